"""Inviting by e-mail: a link good once, for one person, for some days; and who decides."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse

from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.people import invitation_rules as rules_of
from socle.people import invitations, rules
from socle.people.models import Beneficiary, Invitation, InvitationStatus, Membership, Operator, Role, User
from socle.people.roster import terms_of
from tests import factories
from tests.factories import NOW, TODAY

pytestmark = pytest.mark.django_db

EMAIL = "nouvelle@exemple.invalid"
PASSWORD = "chaudron-mistral-avesnes"


@pytest.fixture(autouse=True)
def now(time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def here() -> Beneficiary:
    return factories.beneficiary()


@pytest.fixture
def mayor(here: Beneficiary) -> User:
    return factories.member(Role.MAYOR, here)


def invite(where: Beneficiary | Operator, by: User, role: Role = Role.SECRETARY, **more: Any) -> Invitation:
    place = {"beneficiary": where} if isinstance(where, Beneficiary) else {"operator": where}
    given = {"name": "Noa Exemple", "role": role, "by": by, "at": NOW, **place, **more}
    return invitations.invite(given.pop("email", EMAIL), **given)


def link(mailoutbox: list[Any], *, at: Any = NOW) -> str:
    """Let the messages leave, and read the link of the last one."""
    invitations.send_due(at=at)
    found = re.search(r"/invitation/\S+", mailoutbox[-1].body)
    assert found
    return found.group()


def answer(client: Any, address: str, **more: Any) -> Any:
    return client.post(address, {"name": "Noa Exemple", "password1": PASSWORD, "password2": PASSWORD, **more})


def test_the_link_opens_an_account_with_its_password_and_its_role(
    client: Any, here: Beneficiary, mayor: User, mailoutbox: list[Any]
) -> None:
    invitation = invite(here, mayor, quality="Secrétaire de mairie", last_day=TODAY + timedelta(days=90))
    address = link(mailoutbox)
    assert mailoutbox[-1].to == [EMAIL]
    assert "Commune de Prisches" in client.get(address).content.decode()
    response = answer(client, address, name="Noa Exemple-Durand")
    assert (response.status_code, response["Location"]) == (302, "/entrer/")
    person = User.objects.get(email=EMAIL)
    assert person.check_password(PASSWORD)
    assert person.name == "Noa Exemple-Durand"
    held = person.memberships.get()
    assert (held.beneficiary, held.role, held.quality) == (here, Role.SECRETARY, "Secrétaire de mairie")
    assert held.ends_on == TODAY + timedelta(days=90)
    assert client.get("/mairie/").status_code == 200
    verbs = [entry.verb for entry in Entry.objects.about(invitation)]
    assert verbs == ["invitation.accepted", "invitation.sent"]
    facts = str(list(Entry.objects.values_list("facts", flat=True)))
    assert "Noa" not in facts
    assert EMAIL not in facts


def test_the_link_is_kept_nowhere_but_in_the_message(here: Beneficiary, mayor: User, mailoutbox: list[Any]) -> None:
    invitation = invite(here, mayor)
    assert invitation.token_sha256 == ""
    token = link(mailoutbox).strip("/").rpartition("/")[2]
    invitation.refresh_from_db()
    assert token not in str(Invitation.objects.values().get())
    assert invitation.token_sha256 == invitations.digest(token)


def test_the_messages_leave_once_and_the_one_that_fails_does_not_hold_the_others(
    here: Beneficiary, mayor: User, mailoutbox: list[Any], monkeypatch: Any, caplog: Any
) -> None:
    first, second = invite(here, mayor), invite(here, mayor, email="autre@exemple.invalid")
    write = invitations.emails.write_invitation

    def fails_for_the_first(invitation: Invitation, *, token: str) -> None:
        if invitation.pk == first.pk:
            raise OSError("no server")
        write(invitation, token=token)

    monkeypatch.setattr(invitations.emails, "write_invitation", fails_for_the_first)
    assert invitations.send_due(at=NOW) == 1
    assert [message.to for message in mailoutbox] == [[second.email]]
    first.refresh_from_db()
    assert (first.mailed_at, first.token_sha256) == (None, "")
    monkeypatch.undo()
    assert invitations.send_due(at=NOW) == 1
    assert invitations.send_due(at=NOW) == 0


# --- What must not open ----------------------------------------------------------------------------------------------
def test_a_link_serves_once(client: Any, here: Beneficiary, mayor: User, mailoutbox: list[Any]) -> None:
    invite(here, mayor)
    address = link(mailoutbox)
    answer(client, address)
    client.logout()
    for response in (client.get(address), answer(client, address, password1="autre-mot-de-passe", name="Voleur")):
        assert response.status_code == 410
        assert "a déjà servi" in response.content.decode()
    assert User.objects.get(email=EMAIL).check_password(PASSWORD)
    assert "_auth_user_id" not in client.session


def test_a_link_expires_and_a_new_one_kills_the_former(
    client: Any, here: Beneficiary, mayor: User, mailoutbox: list[Any], time_machine: Any
) -> None:
    invitation = invite(here, mayor)
    former = link(mailoutbox)
    later = NOW + timedelta(days=14)
    time_machine.move_to(later, tick=False)
    response = answer(client, former)
    assert response.status_code == 410
    assert "expiré" in response.content.decode()
    assert not User.objects.filter(email=EMAIL).exists()
    invitations.resend(invitation, by=mayor, at=later)
    address = link(mailoutbox, at=later)
    assert address != former
    assert client.get(former).status_code == 404
    assert answer(client, address).status_code == 302


def test_a_link_withdrawn_opens_nothing(client: Any, here: Beneficiary, mayor: User, mailoutbox: list[Any]) -> None:
    invitation = invite(here, mayor)
    address = link(mailoutbox)
    invitations.withdraw(invitation, by=mayor, at=NOW)
    assert answer(client, address).status_code == 404
    assert not Membership.objects.filter(user__email=EMAIL).exists()


@pytest.mark.parametrize("token", ["x", "0" * 64, "a" * 5000, "%00", "..%2f..%2fentrer"])
def test_a_link_that_never_was_is_a_page_that_says_what_to_do(client: Any, token: str) -> None:
    response = client.get(f"/invitation/{token}/")
    assert response.status_code == 404


@pytest.mark.slow
@pytest.mark.both
def test_links_are_not_guessed_at_leisure(client: Any) -> None:
    statuses = {client.get(f"/invitation/essai-{rank}/").status_code for rank in range(61)}
    assert statuses == {404, 429}


def test_another_person_signed_in_does_not_take_the_role(
    client: Any, here: Beneficiary, mayor: User, mailoutbox: list[Any]
) -> None:
    invite(here, mayor, role=Role.MAYOR)
    address = link(mailoutbox)
    other = factories.user("autre@exemple.invalid")
    client.force_login(other)
    for response in (client.get(address), client.post(address)):
        assert response.status_code == 409
        assert "une autre personne" in response.content.decode()
    assert not other.memberships.exists()
    assert Invitation.objects.get().status == InvitationStatus.SENT


def test_the_link_does_not_take_over_an_account_that_has_a_password(
    client: Any, here: Beneficiary, mayor: User, mailoutbox: list[Any]
) -> None:
    known = factories.user(EMAIL)
    known.set_password(PASSWORD)
    known.save()
    invite(here, mayor)
    address = link(mailoutbox)
    assert "vous avez déjà un compte" in client.get(address).content.decode().lower()
    answer(client, address, password1="un-tout-autre-secret", password2="un-tout-autre-secret")
    known.refresh_from_db()
    assert known.check_password(PASSWORD)
    assert not known.memberships.exists()
    assert not Session.objects.exists()
    client.force_login(known)
    assert client.post(address)["Location"] == reverse("my_door")
    assert known.memberships.get().role == Role.SECRETARY


def test_a_weak_or_mistyped_password_changes_nothing(
    client: Any, here: Beneficiary, mayor: User, mailoutbox: list[Any]
) -> None:
    invite(here, mayor)
    address = link(mailoutbox)
    for wrong in ({"password2": "autre-chose-de-long"}, {"password1": "court", "password2": "court"}, {"name": " "}):
        response = answer(client, address, **wrong)
        assert response.status_code == 422
    assert not User.objects.filter(email=EMAIL).exists()
    assert Invitation.objects.get().status == InvitationStatus.SENT


def test_the_action_itself_refuses_an_address_that_is_not_the_invited_one(here: Beneficiary, mayor: User) -> None:
    """Whoever signs people in by another way calls the same action."""
    invitation = invite(here, mayor)
    assert invitations.waiting_for(EMAIL.upper(), at=NOW) == [invitation]
    with pytest.raises(Refused, match="une autre personne"):
        invitations.accept(invitation, by=factories.user("autre@exemple.invalid"), at=NOW)
    person = invitations.open_account_for(invitation, at=NOW)
    invitations.accept(invitation, by=person, at=NOW)
    with pytest.raises(Refused, match="déjà servi"):
        invitations.accept(invitation, by=person, at=NOW)
    assert invitations.waiting_for(EMAIL, at=NOW) == []
    assert person.memberships.count() == 1


@pytest.mark.parametrize(
    ("first", "last", "starts"), [(None, None, 0), (-3, None, 0), (0, 0, 0), (20, 20, 20), (20, 40, 20)]
)
def test_a_function_begins_on_its_first_day_or_once_accepted_and_says_whether_it_has_a_box(
    here: Beneficiary, mayor: User, first: int | None, last: int | None, starts: int
) -> None:
    def day(after: int | None) -> Any:
        return None if after is None else TODAY + timedelta(days=after)

    invitation = invite(here, mayor, first_day=day(first), last_day=day(last), has_box=last is None)
    held = invitations.accept(invitation, by=invitations.open_account_for(invitation, at=NOW), at=NOW)
    assert (held.starts_on, held.ends_on, held.has_box) == (day(starts), day(last), last is None)
    assert Membership.objects.active_on(day(starts) - timedelta(days=1)).filter(pk=held.pk).exists() is False
    assert Membership.objects.active_on(day(starts)).filter(pk=held.pk).exists()


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "has_box", "said"),
    [
        (None, None, False, "dès son accord, sans boîte"),
        (date(2027, 1, 4), None, True, "à partir du 4 janvier 2027, avec une boîte"),
        (
            date(2027, 1, 4),
            date(2027, 6, 30),
            True,
            "à partir du 4 janvier 2027, jusqu’au 30 juin 2027, avec une boîte",
        ),
        (None, date(2027, 6, 30), True, "dès son accord, jusqu’au 30 juin 2027, avec une boîte"),
    ],
)
def test_whoever_confirms_reads_from_when_and_with_what(
    here: Beneficiary, mayor: User, starts_on: date | None, ends_on: date | None, has_box: bool, said: str
) -> None:
    invitation = invite(here, mayor, first_day=starts_on, last_day=ends_on, has_box=has_box)
    assert terms_of(invitation).replace("\u00a0", " ") == said
    # The people of an operator have no mailbox here.
    assert "boîte" not in terms_of(Invitation(starts_on=starts_on, has_box=has_box))


def test_a_function_does_not_end_before_it_begins(here: Beneficiary, mayor: User) -> None:
    with pytest.raises(Refused, match="précède le premier"):
        invite(here, mayor, first_day=TODAY + timedelta(days=2), last_day=TODAY + timedelta(days=1))


# --- Who decides -----------------------------------------------------------------------------------------------------
CASES = [
    # who, where, has a mayor or a head, what becomes of it
    ("mayor", "here", True, "sent"),
    ("secretary", "here", True, "proposed"),
    ("officer", "here", True, "proposed"),
    ("officer", "here", False, "sent"),
    ("advisor", "here", False, "sent"),
    ("technician", "here", False, None),
    ("mayor_elsewhere", "here", False, None),
    ("secretary_elsewhere", "here", True, None),
    ("president", "lead", True, "sent"),
    ("officer", "lead", True, "proposed"),
    ("officer", "somme", False, "sent"),
    ("advisor", "lead", True, None),
    ("advisor", "cdg", True, "proposed"),
    ("technician", "lead", True, None),
    ("mayor", "lead", True, None),
]


@pytest.mark.parametrize(("who", "where", "has_head", "becomes"), CASES)
def test_who_names_and_who_proposes(who: str, where: str, has_head: bool, becomes: str | None) -> None:
    here = factories.beneficiary()
    elsewhere = factories.beneficiary(factories.commune("59001", "Abancourt"))
    places: dict[str, Any] = {
        "here": here,
        "lead": factories.operator("npdcn", "Syndicat", 1),
        "cdg": factories.operator("cdg59", "Centre de gestion", 2),
        "somme": factories.operator("somme-numerique", "Somme", 4),
    }
    held = {
        "secretary": (Role.SECRETARY, here),
        "mayor_elsewhere": (Role.MAYOR, elsewhere),
        "secretary_elsewhere": (Role.SECRETARY, elsewhere),
        "officer": (Role.PROGRAMME_OFFICER, places["lead"]),
        "technician": (Role.TECHNICIAN, places["lead"]),
        "advisor": (Role.CDG_ADVISOR, places["cdg"]),
    }
    if has_head:
        held |= {
            "mayor": (Role.MAYOR, here),
            "president": (Role.PRESIDENT, places["lead"]),
            "cdg_president": (Role.CDG_PRESIDENT, places["cdg"]),
        }
    people = {name: factories.member(*given) for name, given in held.items()}
    role = {"here": Role.SECRETARY, "cdg": Role.CDG_ADVISOR}.get(where, Role.TECHNICIAN)
    if becomes is None:
        with pytest.raises(Refused):
            invite(places[where], people[who], role=role)
        assert not Invitation.objects.exists()
    else:
        assert invite(places[where], people[who], role=role).status == becomes


def test_what_is_proposed_leaves_when_the_mayor_confirms(
    here: Beneficiary, mayor: User, mailoutbox: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    secretary = factories.member(Role.SECRETARY, here)
    with django_capture_on_commit_callbacks(execute=True):
        invitation = invite(here, secretary)
    # The mayor is told; nothing leaves for the person yet.
    assert [message.to for message in mailoutbox] == [[mayor.email]]
    assert "Noa Exemple" in mailoutbox[0].body
    assert invitations.send_due(at=NOW) == 0
    with pytest.raises(Refused, match="qui confirme les personnes de l’équipe"):
        invitations.confirm(invitation, by=secretary, at=NOW)
    invitations.confirm(invitation, by=mayor, at=NOW)
    assert invitations.send_due(at=NOW) == 1
    assert mailoutbox[-1].to == [EMAIL]
    with pytest.raises(Refused, match="vient de partir"):
        invitations.resend(invitation, by=mayor, at=NOW + timedelta(minutes=1))


def test_the_same_person_is_not_invited_twice_to_the_same_role(here: Beneficiary, mayor: User) -> None:
    invite(here, mayor)
    with pytest.raises(Refused, match="attendez sa réponse"):
        invite(here, mayor)
    factories.member(Role.SECRETARY, here, email="deja@exemple.invalid")
    with pytest.raises(Refused, match="exerce déjà"):
        invite(here, mayor, email="DEJA@exemple.invalid")
    factories.user("ferme@exemple.invalid", is_active=False)
    for closed in ("ferme@exemple.invalid", User.objects.system().email):
        with pytest.raises(Refused, match="rouvrez-le"):
            invite(here, mayor, email=closed)
    with pytest.raises(Refused, match="dernier jour"):
        invite(here, mayor, email="c@exemple.invalid", last_day=TODAY - timedelta(days=1))
    assert invite(here, mayor, email="c@exemple.invalid", last_day=TODAY).ends_on == TODAY


def test_a_name_cannot_forge_a_header(here: Beneficiary, mayor: User, mailoutbox: list[Any]) -> None:
    here.name = "Commune\nBcc: tous@exemple.invalid"
    here.save()
    invite(here, mayor)
    invitations.send_due(at=NOW)
    assert "\n" not in mailoutbox[-1].subject
    assert mailoutbox[-1].recipients() == [EMAIL]


def test_what_nobody_accepted_is_erased_long_after(here: Beneficiary, mayor: User) -> None:
    old, accepted = invite(here, mayor), invite(here, mayor, email="oui@exemple.invalid")
    invitations.accept(accepted, by=invitations.open_account_for(accepted, at=NOW), at=NOW)
    assert invitations.forget_old(at=NOW + timedelta(days=179)) == 0
    assert invitations.forget_old(at=NOW + timedelta(days=181)) == 1
    assert list(Invitation.objects.all()) == [accepted]
    assert not Invitation.objects.filter(pk=old.pk).exists()


ABLE, MINUTES = rules.Powers(None, None, False), timedelta(minutes=1)


@pytest.mark.parametrize(
    ("rule", "fields", "says"),
    [
        ("confirm", {"status": "proposed"}, None),
        ("confirm", {"status": "sent"}, "est déjà « "),
        ("resend", {"status": "proposed"}, "attend d’être confirmée"),
        ("resend", {"status": "accepted"}, "est déjà « "),
        ("resend", {}, "vient de partir"),
        ("resend", {"mailed_at": NOW - 5 * MINUTES + timedelta(seconds=1)}, "vient de partir"),
        ("resend", {"mailed_at": NOW - 5 * MINUTES}, None),
        ("withdraw", {}, None),
        ("withdraw", {"status": "withdrawn"}, "est déjà « "),
        ("accept", {}, None),
        ("accept", {"status": "accepted"}, "a déjà servi"),
        ("accept", {"status": "withdrawn"}, "a été retirée"),
        ("accept", {"expires_at": NOW}, "a expiré"),
        ("accept", {"expires_at": NOW + MINUTES}, None),
        ("accept", {"email": "autre@exemple.invalid"}, "une autre personne"),
        ("accept", {"ends_on": TODAY - timedelta(days=1)}, "a pris fin"),
        ("accept", {"ends_on": TODAY}, None),
        ("accept", {"is_active": False}, "Ce compte est fermé"),
    ],
)
def test_what_is_done_with_an_invitation_at_its_bounds(rule: str, fields: dict[str, Any], says: str | None) -> None:
    by = User(email=EMAIL, is_active=fields.pop("is_active", True))
    invitation = Invitation(**{"email": EMAIL, "status": "sent", "role": Role.SECRETARY} | fields)
    said = {
        "confirm": lambda: rules_of.why_not_confirm_invitation(invitation, by=by, on=TODAY, powers=ABLE),
        "resend": lambda: rules_of.why_not_resend_invitation(invitation, by=by, at=NOW, on=TODAY, powers=ABLE),
        "withdraw": lambda: rules_of.why_not_withdraw_invitation(invitation, by=by, on=TODAY, powers=ABLE),
        "accept": lambda: rules_of.why_not_accept_invitation(invitation, by=by, at=NOW, on=TODAY),
    }[rule]()
    assert says in said.replace("\u00a0", " ") if says else said is None
