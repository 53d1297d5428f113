"""The first person of an installation is invited from the command line, once, and comes in by the link it prints."""

from __future__ import annotations

import io
import json
import smtplib
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from socle.journal.models import Entry
from socle.people import emails
from socle.people.models import Invitation, InvitationStatus, Membership, Operator, Role
from tests import factories as f
from tests.factories import NOW

pytestmark = pytest.mark.django_db

EMAIL, SIREN = "anne@exemple.invalid", "200039386"
PASSWORD = "chaudron-mistral-avesnes"


@pytest.fixture(autouse=True)
def now(time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)


def invite(email: str = EMAIL, operator: str = SIREN, **options: Any) -> dict[str, Any]:
    said = io.StringIO()
    given = {"name": "Anne Exemple", "operator_name": "Syndicat de l’Avesnois", **options}
    call_command("first_person", email, operator=operator, json=True, stdout=said, **given)
    answer: dict[str, Any] = json.loads(said.getvalue())
    return answer


def come_in(client: Any, told: dict[str, Any]) -> Any:
    return client.post(
        urlsplit(told["invitation"]).path, {"name": "Anne", "password1": PASSWORD, "password2": PASSWORD}
    )


def test_the_first_person_comes_in_by_the_printed_link_and_administers(client: Any, mailoutbox: list[Any]) -> None:
    told = invite()
    assert told["operator"] == {
        "code": "syndicat-de-l-avesnois",
        "name": "Syndicat de l’Avesnois",
        "siret": SIREN + "00012",
    }
    (message,) = mailoutbox
    assert message.to == [EMAIL]
    assert told["invitation"] in message.body
    come_in(client, told)
    membership = Membership.objects.get()
    assert (membership.user.email, membership.role) == (EMAIL, Role.PROGRAMME_OFFICER)
    # The password typed a moment ago is not asked again to put the second factor in place.
    assert client.get(reverse("mfa_activate_totp")).status_code == 200
    with pytest.raises(CommandError, match="Quelqu’un administre déjà"):
        invite("autre@exemple.invalid", replace=True)
    assert Invitation.objects.count() == 1


def test_a_link_serves_once_and_not_after_its_day(client: Any, time_machine: Any) -> None:
    told = invite()
    time_machine.move_to(NOW + timedelta(days=15))
    come_in(client, told)
    assert not Membership.objects.exists()
    again = invite()  # The same address is given another link.
    assert again["invitation"] != told["invitation"]
    come_in(client, again)
    client.logout()
    come_in(client, again)
    assert Membership.objects.count() == 1
    assert Invitation.objects.get().status == InvitationStatus.ACCEPTED


def test_a_link_asked_again_closes_the_former_one(client: Any) -> None:
    first, second = invite(), invite()
    come_in(client, first)
    assert not Membership.objects.exists()
    come_in(client, second)
    assert Membership.objects.exists()


def test_another_address_takes_its_place_only_when_it_is_said(client: Any) -> None:
    first = invite()
    with pytest.raises(CommandError, match="--replace"):
        invite("autre@exemple.invalid")
    second = invite("autre@exemple.invalid", replace=True)
    come_in(client, first)
    assert not Membership.objects.exists()
    come_in(client, second)
    assert Membership.objects.get().user.email == "autre@exemple.invalid"
    assert Operator.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"email": "pas une adresse"}, "n’est pas complète"),
        ({"name": " "}, "nom de la personne manque"),
        ({"operator": "syndicat"}, "Aucun opérateur ne porte le code"),
        ({"operator": "200039387"}, "clé de ce SIREN est fausse"),
        ({"operator": "20003938600039"}, "clé de ce SIRET est fausse"),
        ({"operator": "2000"}, "Un SIRET compte 14 chiffres"),
        ({"operator_name": ""}, "pas encore connu"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_made(given: dict[str, str], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        invite(**given)
    assert not Operator.objects.exists()
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("named", ["npdcn", SIREN, "200 039 386 00038"])
def test_an_operator_that_exists_is_found(named: str) -> None:
    operator = Operator.objects.create(code="npdcn", name="Syndicat", siret=SIREN + "00038")
    assert invite(operator=named, operator_name="")["operator"]["code"] == "npdcn"
    assert Operator.objects.get() == operator


def test_a_message_that_does_not_leave_leaves_the_link(monkeypatch: pytest.MonkeyPatch, client: Any) -> None:
    def refuse(*args: Any, **more: Any) -> None:
        raise smtplib.SMTPRecipientsRefused({EMAIL: (550, b"no such box")})

    monkeypatch.setattr(emails, "write_invitation", refuse)
    told = invite()
    assert told["has_left"] is False
    come_in(client, told)
    assert Membership.objects.exists()


def test_somebody_whose_role_ended_administers_no_more(client: Any) -> None:
    come_in(client, invite())
    Membership.objects.update(ends_on=f.TODAY - timedelta(days=1))
    assert invite("suite@exemple.invalid")["email"] == "suite@exemple.invalid"


def test_the_link_is_nowhere_in_the_base_nor_in_the_journal() -> None:
    token = urlsplit(invite()["invitation"]).path.strip("/").split("/")[-1]
    assert not Invitation.objects.filter(token_sha256__contains=token).exists()
    assert token not in json.dumps(list(Entry.objects.values_list("facts", flat=True)))


def test_django_s_own_way_says_which_is_ours() -> None:
    with pytest.raises(CommandError, match="socle first-person"):
        call_command("createsuperuser", "--email", EMAIL, "--noinput")
