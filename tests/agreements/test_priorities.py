"""A priority that changes under an agreement is a line to look at; the agreement keeps the rank it was drafted on."""

from __future__ import annotations

from datetime import timedelta

import pytest

from socle.agreements import actions, priorities
from socle.agreements.models import Agreement
from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.people.models import Role, User
from socle.programme.models import Assessment
from socle.territory.models import CommuneInVintage
from tests import factories as f

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("all_beneficiaries")]
LATER = f.NOW + timedelta(days=1)


def keep(at=LATER):
    return priorities.keep_assessments(by=User.objects.system(), at=at)


@pytest.fixture
def agreement() -> Agreement:
    programme = f.programme()
    body = f.beneficiary(f.commune("59002", "Abscon", 999))
    f.commune("59003", "Aibes", 370)
    officer = f.member(Role.PROGRAMME_OFFICER, programme.lead())
    return actions.draft(body, programme=programme, by=officer, at=f.NOW)


def test_an_agreement_keeps_the_rank_it_was_drafted_on_whatever_follows(agreement: Agreement) -> None:
    kept = agreement.assessment
    assert kept is not None
    assert (kept.rank, kept.is_priority, kept.population) == (2, True, 999)
    CommuneInVintage.objects.filter(insee_code="59002").update(population=1500)
    keep()
    agreement = Agreement.objects.select_related("assessment").get(pk=agreement.pk)
    assert agreement.assessment == kept
    assert Assessment.objects.get(pk=kept.pk).reasons == kept.reasons
    assert agreement.status == "draft"


def test_the_change_is_a_line_until_whoever_writes_the_agreement_has_seen_it(agreement: Agreement) -> None:
    keep()
    mine = Agreement.objects.filter(pk=agreement.pk)
    assert list(priorities.to_look_at(mine)) == []
    CommuneInVintage.objects.filter(insee_code="59002").update(population=1500)
    keep(LATER + timedelta(days=1))
    (change,) = priorities.to_look_at(mine)
    assert (change.commune.name, change.is_priority, change.agreement_number) == ("Abscon", False, agreement.number)
    entry = Entry.objects.get(verb="agreement.priority_changed")
    assert (entry.object_id, entry.facts["priority"]) == (str(agreement.pk), "no")
    technician = f.member(Role.TECHNICIAN, f.programme().lead())
    with pytest.raises(Refused, match="Seules les personnes chargées"):
        priorities.see(agreement, by=technician, at=LATER)
    officer = f.member(Role.PROGRAMME_OFFICER, f.programme().lead())
    assert priorities.see(agreement, by=officer, at=LATER) == 1
    assert list(priorities.to_look_at(mine)) == []
    assert priorities.see(agreement, by=officer, at=LATER) == 0


def test_a_commune_without_agreement_changes_in_silence() -> None:
    f.programme()
    f.beneficiary(f.commune("59002", "Abscon", 999))
    keep()
    CommuneInVintage.objects.filter(insee_code="59002").update(population=1500)
    assert keep(LATER + timedelta(days=1)) == 1
    assert not Entry.objects.filter(verb="agreement.priority_changed").exists()
    assert list(priorities.to_look_at(Agreement.objects.all())) == []
