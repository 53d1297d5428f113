"""The doctor says what a beginning lacks: a programme, somebody who enters, an approved model; each with its remedy."""

from __future__ import annotations

from typing import Any

import pytest

from socle.deliberations.models import Approval
from socle.documents.models import Text
from socle.lib.findings import Severity
from socle.people.models import Operator, Role, User
from socle.programme.models import Programme
from tests import factories as f
from tests.operations.test_doctor import found

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def now(time_machine: Any) -> None:
    time_machine.move_to(f.NOW, tick=False)


def test_without_a_programme_it_says_how_to_write_one() -> None:
    severity, said = found("programmes")
    assert severity is Severity.WARNING
    assert "socle programme new" in said
    assert "socle load-programmes" in said
    f.programme()
    assert found("programmes")[0] is Severity.OK


def test_a_programme_that_still_bears_what_the_skeleton_leaves_is_said() -> None:
    f.programme()
    Programme.objects.update(name="À COMPLÉTER\u00a0: le nom du programme")
    assert "socle programme check" in found("programmes")[1]
    Programme.objects.update(name="Pack")
    Operator.objects.filter(code="npdcn").update(seat="À COMPLÉTER\u00a0: le siège, sur une ligne")
    assert "socle programme check" in found("programmes")[1]


@pytest.mark.parametrize(
    ("role", "is_open", "enters"),
    [
        (Role.PROGRAMME_OFFICER, True, True),
        (Role.PRESIDENT, True, True),
        (Role.PROGRAMME_OFFICER, False, False),
        (Role.TECHNICIAN, True, False),
        (Role.CDG_ADVISOR, True, False),
    ],
)
def test_somebody_must_administer(role: Role, is_open: bool, enters: bool) -> None:
    person = f.member(role, f.operator("syndicat", "Syndicat", 1))
    User.objects.filter(pk=person.pk).update(is_active=is_open)
    severity, said = found("entrance")
    assert (severity is Severity.OK) == enters
    assert ("socle first-person" in said) != enters


def test_a_model_is_approved_by_an_executory_act_that_names_its_words() -> None:
    programme = f.programme()
    assert "modèle de démonstration" in found("models")[1]
    Text.objects.update(is_demonstration=False)
    assert found("models")[0] is Severity.OK
    Approval.objects.all().delete()
    severity, said = found("models")
    assert severity is Severity.WARNING
    assert "aucun modèle approuvé" in said
    assert "Noter l’acte qui approuve" in said
    f.approval(programme.powers.get(power="model").article, f.text().sha256)
    assert found("models")[0] is Severity.OK
    f.acts().filter(pk=programme.founding_act_id).update(published_on=None)
    assert "n’est pas exécutoire" in found("models")[1]
