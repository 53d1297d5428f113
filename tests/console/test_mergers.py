"""The plans of mergers: read, changed, confirmed, applied, undone; and the page of a commune that is no more."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup
from django_scopes import scopes_disabled

from socle.agreements.models import Agreement
from socle.journal.models import Entry
from socle.mergers import actions
from socle.mergers.models import MergerPlan, PlanLine
from socle.people.models import Beneficiary, Role
from socle.provisioning.models import State
from socle.territory.models import Commune
from tests import factories as f


@pytest.fixture
def plan(world: Any) -> MergerPlan:
    """Aibes, which had a convention, two people and two services, has joined Étrœungt, registered by nobody."""
    heir = Commune.objects.get(insee_code="59218")
    gone = f.beneficiary(f.commune("59003", "Aibes", 370))
    f.signed_agreement(gone, number="PMC-2026-0900")
    for service in ("site-internet", "messagerie"):
        f.installation(gone, service, state=State.LIVE)
    f.member(Role.SECRETARY, gone)
    f.member(Role.MAYOR, gone)
    Commune.objects.filter(pk=gone.commune_id).update(gone_in=2027, merged_into=heir, population=None)
    (made,) = actions.draft_missing_plans(by=world.people["officer"], at=f.NOW)
    return made


def line_of(plan: MergerPlan, **fields: Any) -> PlanLine:
    return PlanLine.objects.filter(plan=plan, **fields)[0]


def address(plan: MergerPlan, gesture: str = "") -> str:
    return f"/console/fusions/{plan.pk}/{gesture}"


def soup_of(client: Any, path: str) -> BeautifulSoup:
    return BeautifulSoup(client.get(path).content, "html.parser")


@pytest.mark.slow
def test_a_plan_is_read_changed_applied_after_a_word_and_undone(plan: MergerPlan, enter: Any) -> None:
    officer = enter("officer")
    page = soup_of(officer, address(plan))
    assert "Aibes rejoint Étrœungt" in page.h1.get_text()
    words = page.get_text()
    assert "Elle devient celle d’Étrœungt au 25\u00a0novembre\u00a02026, par un avenant" in words
    assert "1\u00a0convention transférée par avenant" in words
    assert "2\u00a0services qui passent à l’héritière" in words
    mail = line_of(plan, kind="right", right__service__code="messagerie")
    data = {"effect_on": "2027-01-01", f"ligne-{mail.pk}": "end"}
    assert "Rien n’est encore fait" in officer.post(address(plan, "enregistrer/"), data, follow=True).content.decode()
    confirm = soup_of(officer, address(plan, "appliquer/"))
    says = confirm.get_text()
    assert "1\u00a0service suspendu" in says
    assert "Sa fonction prend fin ici le 31\u00a0décembre\u00a02026" in says
    seen = confirm.select_one("input[name=attendu]")["value"]
    # Nothing without the word, nothing of a plan that is not the one that was read.
    assert officer.post(address(plan, "appliquer/"), {"attendu": seen}).status_code == 422
    assert (
        "a changé entre-temps"
        in officer.post(address(plan, "appliquer/"), {"attendu": "autre", "confirme": "on"}).content.decode()
    )
    with scopes_disabled():
        assert MergerPlan.objects.get(pk=plan.pk).status == "draft"
    done = officer.post(address(plan, "appliquer/"), {"attendu": seen, "confirme": "on"}, follow=True)
    assert "Il peut être défait jusqu’au 23\u00a0février\u00a02027" in done.content.decode()
    with scopes_disabled():
        heir = Beneficiary.objects.get(commune__insee_code="59218")
        assert Agreement.objects.get(number="PMC-2026-0900").beneficiary == heir
    undone = soup_of(officer, address(plan, "defaire/"))
    assert "Tout revient où c’était" in undone.get_text()
    seen = undone.select_one("input[name=attendu]")["value"]
    back = officer.post(address(plan, "defaire/"), {"attendu": seen, "confirme": "on"}, follow=True)
    assert "chaque chose est revenue" in back.content.decode()
    with scopes_disabled():
        assert Agreement.objects.get(number="PMC-2026-0900").beneficiary == plan.beneficiary
    verbs = set(Entry.objects.filter(object_id=str(plan.pk)).values_list("verb", flat=True))
    assert {"merger.choice_made", "merger.effect_chosen", "merger.applied", "merger.undone"} <= verbs


@pytest.mark.slow
def test_what_is_impossible_is_greyed_with_its_reason_and_refused_when_sent(plan: MergerPlan, enter: Any) -> None:
    with scopes_disabled():
        f.signed_agreement(f.beneficiary(Commune.objects.get(insee_code="59218")), number="PMC-2026-0901")
    officer = enter("officer")
    line = line_of(plan, kind="agreement")
    page = soup_of(officer, address(plan))
    assert "a déjà sa convention" in page.get_text()
    assert "deux ne courent pas ensemble" in page.find("form", id="plan").get_text()
    apply = next(button for button in page.select("button") if "Appliquer ce plan" in button.get_text())
    assert apply.has_attr("disabled")
    for data in (
        {"effect_on": "2027-01-01", f"ligne-{line.pk}": "archive"},
        {"effect_on": "1926-01-01", f"ligne-{line.pk}": "note"},
    ):
        officer.post(address(plan, "enregistrer/"), data)
    assert officer.post(address(plan, "enregistrer/"), {"effect_on": "demain"}).status_code == 422
    with scopes_disabled():
        assert (line_of(plan, kind="agreement").choice, MergerPlan.objects.get(pk=plan.pk).effect_on) == (
            "carry",
            f.TODAY,
        )


@pytest.mark.slow
def test_tasks_are_ticked_and_unticked_and_only_by_those_who_write_agreements(plan: MergerPlan, enter: Any) -> None:
    line = line_of(plan, kind="task")
    officer = enter("officer")
    officer.post(address(plan, f"tache-{line.pk}/"), {"fait": "oui"})
    assert "Remettre à faire" in officer.get(address(plan)).content.decode()
    officer.post(address(plan, f"tache-{line.pk}/"), {"fait": "non"})
    assert line_of(plan, pk=line.pk).done_at is None
    assert officer.post(address(plan, f"tache-{line_of(plan, kind='right').pk}/")).status_code == 404
    technician = enter("technician")
    assert "Seules les personnes chargées du programme" in technician.get(address(plan)).content.decode()
    for gesture in ("enregistrer/", "appliquer/", "defaire/", f"tache-{line.pk}/"):
        assert technician.post(address(plan, gesture), {"fait": "oui"}).status_code == 403
        assert enter("cdg62").post(address(plan, gesture), {"fait": "oui"}).status_code == 404


@pytest.mark.slow
def test_a_commune_that_merged_says_where_and_shows_its_plan(plan: MergerPlan, enter: Any, world: Any) -> None:
    officer = enter("officer")
    page = officer.get("/console/communes/59003/").content.decode()
    assert "Étrœungt (59218)" in page
    assert address(plan) in page
    assert "PMC-2026-0900" in page
    assert officer.get("/console/communes/59003/journal.csv").status_code == 200
    # The heir says it too, and the first page, to those who carry mergers.
    assert address(plan) in officer.get("/console/communes/59218/").content.decode()
    assert "Aibes rejoint Étrœungt" in officer.get("/console/").content.decode()
    assert enter("cdg62").get("/console/communes/59003/").status_code == 404
    # A code that is a part of a commune leads to it.
    Commune.objects.get(insee_code="59218").former_communes.create(insee_code="59219", name="Hameau", kind="delegated")
    answer = officer.get("/console/communes/59219/")
    assert (answer.status_code, answer.url) == (302, "/console/communes/59218/")


@pytest.mark.slow
def test_the_list_puts_what_waits_first_and_asks_as_much_whatever_its_length(
    plan: MergerPlan, enter: Any, world: Any, django_assert_max_num_queries: Any
) -> None:
    officer = enter("officer")
    with django_assert_max_num_queries(14):
        page = officer.get("/console/fusions/").content.decode()
    assert page.index("Aibes") < page.index("Bermeries")
    assert "Aibes" not in officer.get("/console/fusions/?etat=applied").content.decode()
    assert "Aucune fusion à traiter" in enter("cdg62").get("/console/fusions/").content.decode()
    # Of a plan with eight lines and two services, the page asks no more than this.
    with django_assert_max_num_queries(60):
        officer.get(address(plan))
