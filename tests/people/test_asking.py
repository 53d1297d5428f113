"""A mairie is asked who signs for it: by a link good once, at the address that it publishes, and nothing leaves yet."""

from __future__ import annotations

import re
import smtplib
from datetime import timedelta
from typing import Any

import pytest

from socle.journal.models import Entry
from socle.lib import dates
from socle.lib.refusals import Refused
from socle.people import asking, invitations
from socle.people.models import Beneficiary, Invitation, InvitationStatus, Role, SignatoryRequest, User
from socle.territory.models import TownHall
from tests import factories as f
from tests.factories import NOW

pytestmark = pytest.mark.django_db

BOX = "mairie@prisches.invalid"
GIVEN = {"name": "Noa Exemple", "quality": "Maire", "email": "noa@orange.invalid"}


@pytest.fixture(autouse=True)
def a_day(time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def here() -> Beneficiary:
    made = f.beneficiary()
    TownHall.objects.create(commune=made.commune, email=BOX)
    return made


@pytest.fixture
def officer() -> User:
    return f.member(Role.PROGRAMME_OFFICER, f.programme().lead())


def ask(here: Beneficiary, by: User, *, at: Any = NOW) -> SignatoryRequest:
    return asking.ask(here, operator=f.programme().lead(), by=by, at=at)


def link(mailoutbox: list[Any], *, at: Any = NOW) -> str:
    asking.send_due(at=at)
    found = re.search(r"/signataire/\S+", mailoutbox[-1].body)
    assert found
    return found.group()


def test_the_mairie_answers_and_nothing_leaves_for_the_address_that_it_gives(
    client: Any, here: Beneficiary, officer: User, mailoutbox: list[Any]
) -> None:
    request = ask(here, officer)
    address = link(mailoutbox)
    assert [one.to for one in mailoutbox] == [[BOX]]
    assert address.strip("/").rpartition("/")[2] not in str(SignatoryRequest.objects.values().get())
    assert here.name in client.get(address).content.decode()
    assert client.post(address, GIVEN).status_code == 200
    invitation = Invitation.objects.get()
    assert (invitation.status, invitation.role, invitation.email) == (
        InvitationStatus.PROPOSED,
        Role.MAYOR,
        GIVEN["email"],
    )
    assert (invitations.send_due(at=NOW), len(mailoutbox)) == (0, 1)
    facts = str(list(Entry.objects.values_list("facts", flat=True)))
    assert "Noa" not in facts
    assert "orange" not in facts
    assert [entry.verb for entry in Entry.objects.about(request)] == ["signatory.answered", "signatory.asked"]


def test_a_link_serves_once_and_until_its_day(
    client: Any, here: Beneficiary, officer: User, mailoutbox: list[Any], time_machine: Any, settings: Any
) -> None:
    ask(here, officer)
    address = link(mailoutbox)
    late = NOW + timedelta(days=settings.SOCLE_INVITATION_DAYS)
    time_machine.move_to(late, tick=False)
    response = client.post(address, GIVEN)
    assert (response.status_code, Invitation.objects.count()) == (410, 0)
    assert f"a servi jusqu’au {dates.in_words(dates.day_of(late))}" in response.content.decode()
    time_machine.move_to(late - timedelta(seconds=1), tick=False)
    assert client.post(address, GIVEN).status_code == 200
    response = client.post(address, {**GIVEN, "email": "autre@orange.invalid"})
    assert (response.status_code, Invitation.objects.get().email) == (410, GIVEN["email"])
    assert "a déjà servi" in response.content.decode()
    assert client.get("/signataire/inconnu/").status_code == 404


def test_asked_again_the_former_link_dies(
    client: Any, here: Beneficiary, officer: User, mailoutbox: list[Any], time_machine: Any
) -> None:
    ask(here, officer)
    former = link(mailoutbox)
    later = NOW + asking.BETWEEN
    time_machine.move_to(later, tick=False)
    ask(here, officer, at=later)
    assert client.get(former).status_code == 404
    assert client.get(link(mailoutbox, at=later)).status_code == 200


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"email": BOX}, "boîte commune"),
        ({"email": "contact@prisches.invalid"}, "boîte commune"),
        ({"email": "noa@"}, "pas complète"),
        ({"email": ""}, "Indiquez son adresse"),
        ({"name": ""}, "Indiquez son nom"),
        ({"name": "x" * 121}, "120 caractères"),
    ],
)
def test_a_wrong_answer_is_told_and_the_link_still_serves(
    client: Any, here: Beneficiary, officer: User, mailoutbox: list[Any], given: dict[str, str], says: str
) -> None:
    ask(here, officer)
    address = link(mailoutbox)
    response = client.post(address, {**GIVEN, **given})
    assert (response.status_code, Invitation.objects.count()) == (422, 0)
    assert says in response.content.decode()
    assert client.post(address, GIVEN).status_code == 200


# --- An address that does not exist -----------------------------------------------------------------------------------
@pytest.mark.parametrize(("code", "is_refused"), [(550, True), (450, False)])
def test_an_address_that_the_server_refuses_is_said_and_not_tried_again(
    here: Beneficiary, officer: User, monkeypatch: Any, caplog: Any, code: int, is_refused: bool
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise smtplib.SMTPRecipientsRefused({BOX: (code, b"no such user")})

    ask(here, officer)
    invitation = invitations.invite(
        "x@orange.invalid", name="X", role=Role.SECRETARY, beneficiary=here, by=officer, at=NOW
    )
    monkeypatch.setattr(asking.emails, "_send", refuse)
    assert (asking.send_due(at=NOW), invitations.send_due(at=NOW)) == (0, 0)
    request = SignatoryRequest.objects.get()
    invitation.refresh_from_db()
    assert [one.bounced_at is not None for one in (request, invitation)] == [is_refused, is_refused]
    assert (request.mailed_at, request.token_sha256, invitation.mailed_at) == (None, "", None)
    assert BOX not in caplog.text
    monkeypatch.undo()
    assert (asking.send_due(at=NOW), invitations.send_due(at=NOW)) == ((0, 0) if is_refused else (1, 1))
    if is_refused:
        with pytest.raises(Refused, match="refuse cette adresse"):
            invitations.resend(invitation, by=officer, at=NOW + timedelta(days=1))
        TownHall.objects.update(email="mairie@autre.invalid")
        ask(here, officer)
        assert asking.send_due(at=NOW) == 1


# --- Who is not asked -------------------------------------------------------------------------------------------------
def test_who_is_asked_and_who_is_not(here: Beneficiary, officer: User) -> None:
    def why_not(by: User = officer, at: Any = NOW) -> str:
        return asking.why_not_ask(here, by=by, at=at) or ""

    assert why_not() == ""
    assert "qui suivent" in why_not(f.member(Role.TECHNICIAN, f.programme().lead()))
    ask(here, officer)
    assert "laissez 3 jours" in why_not(at=NOW + asking.BETWEEN - timedelta(seconds=1))
    assert why_not(at=NOW + asking.BETWEEN) == ""
    SignatoryRequest.objects.all().delete()
    TownHall.objects.update(email="")
    assert "n’en publie pas" in why_not()
    TownHall.objects.update(email_withheld=True)
    assert "celle d’une personne" in why_not()
    TownHall.objects.update(email=BOX)
    invitations.invite("noa@orange.invalid", name="Noa", role=Role.MAYOR, beneficiary=here, by=officer, at=NOW)
    assert "déjà invitée à signer" in why_not()
    f.member(Role.MAYOR, here)
    assert "représente déjà" in why_not()


def test_many_are_sorted_out_in_as_many_queries(
    here: Beneficiary, officer: User, django_assert_num_queries: Any
) -> None:
    others = [f.beneficiary(f.commune(f"590{rank:02}", f"Lieu {rank}")) for rank in range(10, 20)]
    for bodies, refused in (([here], set()), ([here, *others], {one.pk for one in others})):
        with django_assert_num_queries(5):
            assert set(asking.reasons_not_to_ask(bodies, by=officer, at=NOW)) == refused
