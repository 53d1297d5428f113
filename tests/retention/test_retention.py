"""Personal data goes by rule, a person who asks is forgotten, and each passage leaves its proof."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from io import StringIO
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import models

from socle.journal import actions as journal
from socle.journal.models import Entry
from socle.lib import dates
from socle.lib.declared import Fate
from socle.lib.refusals import Refused
from socle.outbox.models import Message
from socle.people import erasure
from socle.people.models import Beneficiary, Role, User
from socle.retention import actions
from socle.retention.models import Sweep
from socle.retention.table import lasts, rules
from tests import factories as f
from tests.consistency import house

pytestmark = pytest.mark.django_db
LONG_AGO = timedelta(days=4 * 365)


def place() -> Beneficiary:
    """The one commune of these tests."""
    return Beneficiary.objects.first() or f.beneficiary()


def former(email: str = "ancienne@exemple.invalid", *, ago: timedelta = LONG_AGO, **fields: Any) -> User:
    """A person whose role ended that long ago."""
    user = f.user(email, name="Camille Partie", **fields)
    day = dates.day_of(f.NOW - ago)
    user.memberships.create(role=Role.SECRETARY, beneficiary=place(), starts_on=day, ends_on=day, quality="Maire")
    return user


# --- Forgetting a person ---------------------------------------------------------------------------------------------
def test_a_forgotten_person_is_nowhere_and_what_they_did_stays() -> None:
    system, user = User.objects.system(), former(last_login=f.NOW)
    user.set_password("une phrase pour essayer")
    user.save()
    line = journal.record("essai.fait", place(), by=user, at=f.NOW)
    Message.objects.create(to=f"Camille <{user.email}>", sender="x", subject="Bonjour", body="Camille Partie")
    Message.objects.create(to="autre@exemple.invalid", sender="x", subject="Bonjour", body="…")
    done = erasure.forget(user, by=system, at=f.NOW)
    user.refresh_from_db()
    assert user.is_forgotten
    assert not user.is_active
    assert not user.has_usable_password()
    assert user.last_login is None
    assert "Camille" not in str(User.objects.filter(pk=user.pk).values())
    assert list(user.memberships.values_list("quality", flat=True)) == [""]
    assert [message.to for message in Message.objects.all()] == ["autre@exemple.invalid"]
    assert done.journal_lines == 1
    assert Entry.objects.get(pk=line.pk).by_ref == f"people.user:{user.pk}"
    journal.seal()
    assert journal.verify().is_intact
    written = Entry.objects.get(verb="person.forgotten")
    assert (written.object_id, written.facts) == (str(user.pk), {})


def test_who_holds_a_role_the_system_and_who_was_forgotten_are_not_forgotten() -> None:
    system = User.objects.system()
    acting = f.member(Role.SECRETARY, place())
    gone = former()
    erasure.forget(gone, by=system, at=f.NOW)
    for user, sentence in ((acting, "exerce encore"), (system, "n’est pas une personne"), (gone, "déjà été effacée")):
        with pytest.raises(Refused, match=sentence):
            erasure.forget(user, by=system, at=f.NOW)
    acting.refresh_from_db()
    assert not acting.is_forgotten


def test_the_command_shows_first_and_forgets_when_told() -> None:
    user = former()
    said = StringIO()
    call_command("forget", user.email.upper(), stdout=said)
    user.refresh_from_db()
    assert not user.is_forgotten
    assert "Rien n’a été changé" in said.getvalue()
    assert "Camille" not in said.getvalue()
    call_command("forget", str(user.pk), "--yes", stdout=StringIO())
    user.refresh_from_db()
    assert user.is_forgotten
    with pytest.raises(CommandError, match="Personne ne porte"):
        call_command("forget", "ancienne@exemple.invalid", "--yes", stdout=StringIO())


# --- Rules -----------------------------------------------------------------------------------------------------------
def test_people_go_when_their_last_role_and_their_last_visit_are_old() -> None:
    kept = [
        f.member(Role.SECRETARY, place()),
        former("recente@exemple.invalid", ago=timedelta(days=30)),
        former("revenue@exemple.invalid", last_login=f.NOW - timedelta(days=10)),
        former("technique@exemple.invalid", is_staff=True),
    ]
    returned = former("reprise@exemple.invalid")
    returned.memberships.create(role=Role.MAYOR, beneficiary=place(), starts_on=dates.day_of(f.NOW))
    goes = former("oubliee@exemple.invalid")
    actions.sweep(by=User.objects.system(), at=f.NOW)
    for user in (*kept, returned, goes):
        user.refresh_from_db()
        assert user.is_forgotten is (user == goes), user.email


def test_an_account_that_never_served_goes_after_a_year() -> None:
    absent = f.user("absente@exemple.invalid")
    User.objects.filter(pk=absent.pk).update(date_joined=f.NOW - timedelta(days=400))
    recent = f.user("nouvelle@exemple.invalid")
    User.objects.filter(pk=recent.pk).update(date_joined=f.NOW - timedelta(days=100))
    actions.sweep(by=User.objects.system(), at=f.NOW)
    assert User.objects.get(pk=absent.pk).is_forgotten
    assert not User.objects.get(pk=recent.pk).is_forgotten


@pytest.mark.slow
def test_a_rule_passes_once_a_day_and_leaves_its_proof() -> None:
    system = User.objects.system()
    former()
    done = {passage.rule: passage for passage in actions.sweep(by=system, at=f.NOW)}
    assert set(done) == {rule.code for rule in rules() if rule.let_go}
    assert done["comptes"].treated == 1
    assert Entry.objects.get(verb="retention.applied").facts == {"rule": "comptes", "rows": 1}
    assert actions.sweep(by=system, at=f.NOW + timedelta(hours=2)) == []
    assert len(actions.sweep(by=system, at=f.NOW + timedelta(hours=21))) == len(done)
    assert Sweep.objects.filter(rule="comptes").latest("pk").ran_at == f.NOW + timedelta(hours=21)


def test_a_rule_that_fails_stops_no_other_and_says_nothing_personal(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(*args: object, **kwargs: object) -> int:
        raise ValueError("camille@exemple.invalid")

    monkeypatch.setattr("socle.people.erasure.forget_former_people", wrong)
    done = {passage.rule: passage for passage in actions.sweep(by=User.objects.system(), at=f.NOW)}
    assert done["comptes"].error == "ValueError"
    assert done["sessions"].error == ""
    # Tried again at once: a failure is no passage.
    assert [passage.rule for passage in actions.sweep(by=User.objects.system(), at=f.NOW)] == ["comptes"]


def test_the_operator_chooses_the_lengths_and_a_wrong_one_erases_nothing(settings: Any) -> None:
    settings.SOCLE_RETENTION_DAYS = {"comptes": "30"}
    assert {rule.code: rule.days for rule in rules()}["comptes"] == 30
    assert lasts("comptes") == "30\u00a0jours"
    for wrong in ({"comptes": "0"}, {"comptes": "-3"}, {"comptes": "trente"}, {"compte": "30"}, {"journal": "30"}):
        settings.SOCLE_RETENTION_DAYS = wrong
        with pytest.raises(ValueError, match="SOCLE_RETENTION_DAYS"):
            actions.sweep(by=User.objects.system(), at=f.NOW)
    assert not Sweep.objects.exists()


def test_the_command_counts_what_it_would_do() -> None:
    person = former()
    said = StringIO()
    call_command("retention", stdout=said)
    assert "comptes" in said.getvalue()
    assert "1 à traiter" in said.getvalue()
    assert not Sweep.objects.exists()
    assert not User.objects.get(pk=person.pk).is_forgotten


def test_every_rule_says_what_whose_how_long_and_why() -> None:
    assert len({rule.code for rule in rules()}) == len(rules())
    for rule in rules():
        assert rule.what
        assert rule.whose
        assert rule.basis.endswith(".")
        ends_by_itself, ends_by_a_slip = rule.act is not None, rule.kept_as is not None
        assert not (ends_by_itself and ends_by_a_slip)
        assert (ends_by_itself or ends_by_a_slip) == (rule.days is not None) == (rule.fate != Fate.KEPT)


def test_whatever_holds_an_address_or_a_number_has_its_rule() -> None:
    """A new model with an e-mail address or a telephone number gets a line of `ANSWERED`, and a rule, in one go."""
    codes = {rule.code for rule in rules()}
    declaring = [import_module(name.rpartition(".")[0]) for name in settings.SOCLE_RETENTION]
    answered = {label: code for room in declaring for label, code in getattr(room, "ANSWERED", {}).items()}
    held = {
        model._meta.label
        for model in house.our_models()
        for field in model._meta.local_fields
        if isinstance(field, models.EmailField) or field.name in ("phone", "mobile", "to", "device")
    }
    assert sorted(label for label in held if answered.get(label) not in codes) == []
