"""What a merger touches is carried by a plan that is read, changed, applied at once, and given back whole."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django_scopes import scopes_disabled

from socle.agreements.models import Agreement, Succession
from socle.agreements.models import Status as AgreementStatus
from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.mergers import actions, rules
from socle.mergers.models import Choice, MergerPlan, PlanLine, Status
from socle.people.models import Beneficiary, Membership, Role
from socle.provisioning import actions as provisioning
from socle.provisioning.models import Installation, Right, State
from socle.sites.actions import create_site
from socle.sites.models.sites import WebSite
from socle.territory import candidates
from socle.territory.models import Commune
from tests import factories as f
from tests.mergers.conftest import Merger, photograph
from tests.territory.conftest import COMMUNES

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("all_beneficiaries")]
Kind = PlanLine.Kind


def drafted(merger: Merger) -> MergerPlan:
    merger.merge()
    (plan,) = actions.draft_missing_plans(by=merger.officer, at=f.NOW)
    return plan


def test_an_agreement_that_was_cancelled_is_not_in_the_plan(merger: Merger) -> None:
    Agreement.objects.filter(pk=merger.agreement.pk).update(status="cancelled")
    assert not drafted(merger).lines.filter(kind=Kind.AGREEMENT).exists()


def chosen(plan: MergerPlan) -> list[tuple[str, str]]:
    return [(line.kind, line.choice) for line in plan.lines.exclude(kind=Kind.TASK)]


def line_of(plan: MergerPlan, kind: str, **fields: Any) -> PlanLine:
    return plan.lines.select_related("plan__beneficiary", "agreement", "website", "right", "membership").get(
        kind=kind, **fields
    )


def choose(plan: MergerPlan, merger: Merger, kind: str, choice: str, **fields: Any) -> None:
    actions.choose(line_of(plan, kind, **fields), choice=choice, by=merger.officer, at=f.NOW)


def test_a_plan_names_everything_the_merged_commune_has_with_what_becomes_of_it(merger: Merger, site: WebSite) -> None:
    plan = drafted(merger)
    assert chosen(plan) == [
        ("agreement", "carry"),
        ("site", "keep"),
        ("person", "end"),  # the mayor's office ends with the commune
        ("person", "move"),
        ("right", "move"),
        ("right", "move"),
    ]
    tasks = [line.says for line in plan.lines.filter(kind=Kind.TASK)]
    assert any("avenant de transfert" in says for says in tasks)
    assert any("sera inscrite au programme" in says for says in tasks)
    assert (plan.year, plan.other, plan.status) == (2027, merger.heir, Status.DRAFT)


def test_a_plan_is_drafted_once(merger: Merger) -> None:
    drafted(merger)
    assert actions.draft_missing_plans(by=merger.officer, at=f.NOW) == []


@pytest.mark.slow
def test_applied_everything_is_at_the_heir_and_the_document_is_not_altered(merger: Merger, site: WebSite) -> None:
    plan = drafted(merger)
    actions.choose_effect_day(plan, effect_on=date(2027, 1, 1), by=merger.officer, at=f.NOW)
    actions.apply(plan, by=merger.officer, at=f.NOW)
    heir = Beneficiary.objects.get(commune=merger.heir)
    agreement = Agreement.objects.get(pk=merger.agreement.pk)
    assert agreement.beneficiary == heir
    succession = Succession.objects.get(agreement=agreement)
    assert (succession.amendment, succession.predecessor) == (f"{agreement.number}-A1", merger.gone)
    assert agreement.parties.get(kind="beneficiary").name == "beneficiary"
    assert set(Right.objects.values_list("beneficiary", flat=True)) == {heir.pk}
    assert set(Installation.objects.values_list("beneficiary", "state")) == {(heir.pk, State.PENDING)}
    old = Membership.objects.get(beneficiary=merger.gone, role=Role.SECRETARY)
    new = Membership.objects.get(beneficiary=heir, role=Role.SECRETARY)
    assert (old.ends_on, new.starts_on, new.user) == (date(2026, 12, 31), date(2027, 1, 1), merger.secretary)
    assert not Membership.objects.filter(beneficiary=heir, role=Role.MAYOR).exists()
    assert WebSite.objects.get().beneficiary == merger.gone
    assert provisioning.open_missing_rights(by=merger.officer, at=f.NOW) == 0
    verbs = set(Entry.objects.values_list("verb", flat=True))
    assert {"merger.drafted", "merger.applied", "agreement.carried", "right.moved", "role.ended"} <= verbs


@pytest.mark.slow
@pytest.mark.both
def test_undone_every_row_is_as_it_was_to_the_last_column(merger: Merger, site: WebSite) -> None:
    there = f.beneficiary(merger.heir)
    create_site(there, by=merger.officer, at=f.NOW)
    # The secretary served Amfroipret once: that function, ended, opens again and must end again.
    Membership.objects.create(
        user=merger.secretary, role=Role.SECRETARY, beneficiary=there, starts_on=date(2020, 1, 1),
        ends_on=date(2021, 1, 1),
    )  # fmt: skip
    plan = drafted(merger)
    choose(plan, merger, Kind.SITE, Choice.REDIRECT)
    choose(plan, merger, Kind.RIGHT, Choice.END, right__service__code="messagerie")
    before = photograph()
    actions.apply(plan, by=merger.officer, at=f.NOW)
    assert photograph() != before
    plan = actions.undo(plan, by=merger.officer, at=f.NOW)
    after = photograph()
    for rows in after[2]:
        if rows["beneficiary_id"] == there.pk:
            # Opening it again wrote its first day; the last one is what gives rights.
            assert rows["ends_on"] == date(2021, 1, 1)
            rows["starts_on"] = date(2020, 1, 1)
    assert after == before
    given_back = Entry.objects.filter(verb="role.given", facts__has_key="ends_on")
    assert {one.facts["ends_on"] for one in given_back} == {"", "2021-01-01"}
    assert plan.status == Status.UNDONE
    assert Succession.objects.get().withdrawn_at is not None
    # Applied again, the amendment takes the next number: the first stays written.
    actions.apply(plan, by=merger.officer, at=f.NOW)
    assert sorted(Succession.objects.values_list("amendment", flat=True)) == [
        f"{merger.agreement.number}-A1",
        f"{merger.agreement.number}-A2",
    ]


@pytest.mark.parametrize("was_wanted", [True, False])
def test_a_right_that_ends_is_wanted_again_once_undone_if_it_was(merger: Merger, was_wanted: bool) -> None:
    plan = drafted(merger)
    line = plan.lines.filter(kind=Kind.RIGHT).first()
    assert line is not None
    Installation.objects.filter(right=line.right).update(wanted_present=was_wanted)
    actions.choose(line_of(plan, Kind.RIGHT, pk=line.pk), choice=Choice.END, by=merger.officer, at=f.NOW)
    actions.apply(plan, by=merger.officer, at=f.NOW)
    right = Right.objects.get(pk=line.right_id)
    assert right.closed_at == f.NOW
    assert not Installation.objects.get(right=right).wanted_present
    actions.undo(MergerPlan.objects.get(pk=plan.pk), by=merger.officer, at=f.NOW)
    assert Right.objects.get(pk=line.right_id).closed_at is None
    assert Installation.objects.get(right=right).wanted_present is was_wanted


@pytest.mark.slow
def test_what_cannot_be_done_is_chosen_by_nobody(merger: Merger, site: WebSite) -> None:
    there = f.beneficiary(merger.heir)
    f.installation(there, "messagerie")
    plan = drafted(merger)
    assert chosen(plan) == [
        ("agreement", "note"),
        ("site", "keep"),
        ("person", "end"),
        ("person", "move"),
        ("right", "move"),
        ("right", "keep"),
    ]
    with pytest.raises(Refused, match="a déjà sa convention, n° PMC"):
        choose(plan, merger, Kind.AGREEMENT, Choice.CARRY)
    with pytest.raises(Refused, match="n’a pas encore de site"):
        choose(plan, merger, Kind.SITE, Choice.REDIRECT)
    with pytest.raises(Refused, match="a déjà ce service"):
        choose(plan, merger, Kind.RIGHT, Choice.MOVE, right__service__code="messagerie")
    with pytest.raises(Refused, match="n’est pas de ceux de cette ligne"):
        choose(plan, merger, Kind.AGREEMENT, "archive")
    actions.apply(plan, by=merger.officer, at=f.NOW)
    assert Agreement.objects.get(pk=merger.agreement.pk).beneficiary == merger.gone
    assert Succession.objects.get().successor == there
    assert Succession.objects.get().amendment == ""


def test_what_became_impossible_since_the_draft_stops_the_whole_plan(merger: Merger) -> None:
    plan = drafted(merger)
    before = photograph()
    heir = f.beneficiary(merger.heir)
    f.signed_agreement(heir)
    with pytest.raises(Refused, match="deux ne courent pas ensemble"):
        actions.apply(plan, by=merger.officer, at=f.NOW)
    assert photograph()[1:] == before[1:]
    assert MergerPlan.objects.get().status == Status.DRAFT


@pytest.mark.slow
def test_only_those_who_write_agreements_carry_a_merger(merger: Merger) -> None:
    plan = drafted(merger)
    technician = f.member(Role.TECHNICIAN, f.programme().lead())
    other_cdg = f.member(Role.CDG_ADVISOR, f.operator("cdg62", "", 3))
    cdg = f.member(Role.CDG_ADVISOR, f.operator("cdg59", "", 2))
    for person in (technician, other_cdg, merger.secretary):
        for gesture in (actions.apply, actions.undo):
            with pytest.raises(Refused, match="Seules les personnes chargées du programme"):
                gesture(plan, by=person, at=f.NOW)
        with pytest.raises(Refused):
            actions.choose(line_of(plan, Kind.AGREEMENT), choice=Choice.NOTE, by=person, at=f.NOW)
        with pytest.raises(Refused):
            actions.tick(plan.lines.filter(kind=Kind.TASK)[0], is_done=True, by=person, at=f.NOW)
    assert rules.why_not_apply(plan, by=cdg, on=f.TODAY) is None


@pytest.mark.slow
def test_a_plan_is_undone_within_its_window_and_while_things_are_where_it_put_them(
    merger: Merger, settings: Any
) -> None:
    settings.SOCLE_MERGER_UNDO_DAYS = 10
    plan = drafted(merger)
    with pytest.raises(Refused, match="rien à défaire"):
        actions.undo(plan, by=merger.officer, at=f.NOW)
    plan = actions.apply(plan, by=merger.officer, at=f.NOW)
    with pytest.raises(Refused, match="déjà appliqué"):
        actions.apply(plan, by=merger.officer, at=f.NOW)
    with pytest.raises(Refused, match="défaites-le d’abord"):
        choose(plan, merger, Kind.AGREEMENT, Choice.NOTE)
    assert rules.why_not_undo(plan, by=merger.officer, on=f.TODAY + timedelta(days=10)) is None
    with pytest.raises(Refused, match="ne se défait plus depuis le"):
        actions.undo(plan, by=merger.officer, at=f.NOW + timedelta(days=11))
    f.signed_agreement(merger.gone, number="PMC-2026-9999")
    with pytest.raises(Refused, match="a une autre convention depuis"):
        actions.undo(plan, by=merger.officer, at=f.NOW)


def test_a_draft_agreement_stays_and_becomes_a_task(merger: Merger) -> None:
    f.signed_agreement(f.beneficiary(f.commune("62004", "Achicourt")))
    Agreement.objects.update(status=AgreementStatus.DRAFT)
    plan = drafted(merger)
    assert chosen(plan)[0] == ("agreement", "keep")
    # Its own, and not the neighbour's.
    (task,) = plan.lines.filter(kind=Kind.TASK, says__startswith="Abandonner le projet")
    assert Agreement.objects.get(beneficiary=merger.gone).number in task.says


def test_the_siren_of_an_heir_that_changed_is_to_be_confirmed(merger: Merger) -> None:
    f.beneficiary(merger.heir)
    Commune.objects.filter(pk=merger.heir.pk).update(siren=f.siren(999))
    assert drafted(merger).lines.filter(kind=Kind.TASK, says__contains="confirmer son nouveau SIRET").exists()


# --- Splits, and what an import drafts --------------------------------------------------------------------------------
def rows(*lines: str) -> candidates.Candidate:
    text = COMMUNES + "".join(f"{line}\n" for line in lines)
    return candidates.read_bytes(text.encode(), name="communes-2027.csv")


def test_an_import_drafts_the_plan_of_each_merged_beneficiary(merger: Merger, settings: Any) -> None:
    settings.SOCLE_IMPORT_CEILING = 1
    candidate = candidates.with_changes(
        rows(f"59006,L'Orée de Mormal,59,{merger.heir.siren},,600,59144"),
        b"insee_code,kind,heir,gone_in\n59070,merged,59006,2027\n",
    )
    _, plans = actions.bring_vintage(candidate, by=merger.officer, at=f.NOW)
    assert [(plan.beneficiary, plan.kind, plan.year) for plan in plans] == [(merger.gone, "merger", 2027)]


def test_a_split_moves_nothing_by_itself_and_is_ended_when_its_tasks_are_done(merger: Merger, settings: Any) -> None:
    settings.SOCLE_IMPORT_CEILING = 1
    merged = f.commune("59071", "Le Hameau", 40, gone_in=2020, merged_into=merger.gone.commune)
    before = photograph()
    lines = [
        f"{code},{name},59,{siren},,{population},59000"
        for code, name, siren, population in (
            ("59006", "Amfroipret", merger.heir.siren, 230),
            ("59070", "Bermeries", f.siren(59070), 330),
            ("59071", "Le Hameau", "", 40),
        )
    ]
    _, plans = actions.bring_vintage(rows(*lines), by=merger.officer, at=f.NOW)
    (plan,) = plans
    assert (plan.kind, plan.beneficiary, plan.other) == ("split", merger.gone, merged)
    assert photograph() == before
    assert {line.kind for line in plan.lines.all()} == {Kind.TASK.value}
    with pytest.raises(Refused, match="Il reste 4 tâches"):
        actions.apply(plan, by=merger.officer, at=f.NOW)
    for line in plan.lines.all():
        actions.tick(line, is_done=True, by=merger.officer, at=f.NOW)
    assert actions.apply(plan, by=merger.officer, at=f.NOW).status == Status.APPLIED
    assert photograph() == before


@pytest.mark.slow
@pytest.mark.both
def test_visitors_are_led_to_the_heir_or_read_that_the_site_is_an_archive(
    merger: Merger, site: WebSite, client: Any
) -> None:
    there = create_site(f.beneficiary(merger.heir), by=merger.officer, at=f.NOW)
    plan = drafted(merger)
    choose(plan, merger, Kind.SITE, Choice.REDIRECT)
    with scopes_disabled():
        actions.apply(plan, by=merger.officer, at=f.NOW)
    response = client.get("/une/page/", headers={"host": site.host})
    assert (response.status_code, response.url) == (302, f"{there.root_url}/")
    actions.undo(plan, by=merger.officer, at=f.NOW)
    assert client.get("/", headers={"host": site.host}).status_code == 200
    choose(plan, merger, Kind.SITE, Choice.ARCHIVE)
    actions.apply(plan, by=merger.officer, at=f.NOW)
    response = client.get("/", headers={"host": site.host})
    assert response.status_code == 410
    assert "fait désormais partie de Amfroipret" in response.content.decode()


def test_a_plan_is_entrusted_once_to_each_and_it_is_written(merger: Merger) -> None:
    plan = drafted(merger)
    for to in (merger.officer, merger.officer, None):
        assert actions.entrust(plan, to=to, by=merger.officer, at=f.NOW).followed_by == to
    written = Entry.objects.filter(verb="merger.entrusted").order_by("id")
    assert [entry.facts["officer"] for entry in written] == [merger.officer.pk, None]


@pytest.mark.parametrize("status", [None, *AgreementStatus.values])
def test_another_agreement_since_keeps_the_first_from_being_given_back(merger: Merger, status: str | None) -> None:
    plan = drafted(merger)
    actions.apply(plan, by=merger.officer, at=f.NOW)
    if status is not None:
        f.signed_agreement(merger.gone, number="PMC-2027-0001", status=status)
    said = rules.why_not_undo(MergerPlan.objects.get(pk=plan.pk), by=merger.officer, on=f.TODAY)
    if status in (None, AgreementStatus.CANCELLED):
        assert said is None
    else:
        assert "a une autre convention depuis" in (said or "")


@pytest.fixture
def neighbour(merger: Merger) -> list[Any]:
    """Another commune that has as much: no plan but its own may touch it."""
    place = f.beneficiary(f.commune("59001", "Abancourt"))
    f.member(Role.MAYOR, place)
    f.member(Role.SECRETARY, place)
    f.installation(place, "site-internet", state=State.LIVE)
    create_site(place, by=merger.officer, at=f.NOW)
    return of(place)


def of(place: Beneficiary) -> list[Any]:
    return [
        list(model.objects.filter(beneficiary=place).order_by("pk").values())
        for model in (Agreement, Right, Installation, Membership, WebSite)
    ]


@pytest.mark.slow
@pytest.mark.both
def test_a_whole_plan_is_written_step_by_step_and_takes_nothing_of_a_neighbour(
    merger: Merger, site: WebSite, neighbour: list[Any]
) -> None:
    f.member(Role.SECRETARY, merger.gone, email="partie@exemple.invalid", ends_on=f.TODAY - timedelta(days=1))
    Right.objects.filter(beneficiary=merger.gone, service__code="messagerie").update(closed_at=f.NOW)
    Entry._base_manager.all()._raw_delete("default")  # type: ignore[attr-defined]
    later, by = f.NOW + timedelta(hours=1), {"by": merger.officer}
    plan = drafted(merger)
    assert [line.kind for line in plan.lines.exclude(kind=Kind.TASK)] == [
        "agreement",
        "site",
        "person",
        "person",
        "right",
    ]
    assert (plan.drafted_at, plan.effect_on) == (f.NOW, f.TODAY)
    task = plan.lines.filter(kind=Kind.TASK)[0]
    with pytest.raises(Refused, match="pas une tâche"):
        actions.tick(line_of(plan, Kind.RIGHT), is_done=True, at=later, **by)
    for is_done, at in ((True, later), (False, None)):
        actions.tick(task, is_done=is_done, at=later, **by)
        task.refresh_from_db()
        assert task.done_at == at
    line = line_of(plan, Kind.SITE)
    for _ in range(2):
        plan = actions.settle(plan, {line.pk: "archive"}, effect_on=date(2027, 1, 1), at=later, **by)
    line.refresh_from_db()
    plan.refresh_from_db()
    assert (line.choice, plan.effect_on) == (Choice.ARCHIVE, date(2027, 1, 1))
    before = photograph()
    actions.apply(plan, at=later, **by)
    plan.refresh_from_db()
    assert (plan.status, plan.applied_at, plan.undone_at) == (Status.APPLIED, later, None)
    assert plan.undo_until == f.TODAY + timedelta(days=actions.undo_days())
    person = line_of(plan, Kind.PERSON, choice=Choice.MOVE)
    assert (person.was_ending_on, person.has_made_membership, person.was_ended_on) == (None, True, None)
    assert person.made_membership.beneficiary.commune == merger.heir
    with pytest.raises(Refused, match="défaites-le d’abord"):
        actions.choose_effect_day(plan, effect_on=f.TODAY, at=later, **by)
    actions.undo(plan, at=later, **by)
    plan.refresh_from_db()
    assert (plan.status, plan.undone_at, plan.undo_until) == (Status.UNDONE, later, None)
    person.refresh_from_db()
    assert (person.made_membership, person.has_made_membership, person.was_ending_on) == (None, False, None)
    assert photograph() == before
    assert of(Beneficiary.objects.get(commune__insee_code="59001")) == neighbour
    told = Entry.objects.filter(verb__startswith="merger.", object_id=str(plan.pk)).order_by("pk")
    count = plan.lines.count()
    assert [(one.verb, one.facts) for one in told] == [
        ("merger.drafted", {"insee_code": "59006", "year": 2027}),
        ("merger.task_ticked", {"done": True}),
        ("merger.task_ticked", {"done": False}),
        ("merger.effect_chosen", {"starts_on": "2027-01-01"}),
        ("merger.choice_made", {"change": "archive", "kind": "site"}),
        ("merger.applied", {"insee_code": "59006", "lines": count}),
        ("merger.undone", {"insee_code": "59006"}),
    ]
    others = set(Entry.objects.exclude(verb__startswith="merger.").values_list("verb", flat=True))
    assert {"beneficiary.registered", "agreement.carried", "agreement.succession_taken_back"} <= others


def test_the_tasks_of_a_plan_follow_what_there_is(merger: Merger, neighbour: list[Any]) -> None:
    tasks = [line.says for line in drafted(merger).lines.filter(kind=Kind.TASK)]
    assert [one.split(" ")[0] for one in tasks] == ["Prévenir", "Amfroipret", "Faire"]
    MergerPlan.objects.all().delete()
    f.beneficiary(merger.heir)
    Agreement.objects.filter(beneficiary=merger.gone).update(status=AgreementStatus.READY)
    tasks = [line.says for line in drafted(merger).lines.filter(kind=Kind.TASK)]
    assert [one.split(" ")[0] for one in tasks] == ["Prévenir", "Abandonner"]


@pytest.mark.parametrize(
    ("spare", "says"),
    [
        (lambda of: None, ["Prévenir", "Vérifier", "Relire", "Demander", "Voir"]),
        (
            lambda of: Agreement.objects.filter(beneficiary=of).update(status="ready"),
            ["Prévenir", "Relire", "Demander", "Voir"],
        ),
        (lambda of: of.memberships.update(ends_on=f.TODAY), ["Prévenir", "Vérifier", "Relire", "Voir"]),
        (
            lambda of: Right.objects.filter(beneficiary=of).update(closed_at=f.NOW),
            ["Prévenir", "Vérifier", "Relire", "Demander"],
        ),
    ],
)
@pytest.mark.slow
@pytest.mark.both
def test_the_tasks_of_a_split_follow_what_there_is(
    merger: Merger, site: WebSite, neighbour: list[Any], spare: Any, says: list[str]
) -> None:
    spare(merger.gone)
    assert [one.split(" ")[0] for one in actions._tasks_of_split(merger.gone, merger.heir)] == says


def test_one_or_several_people_are_asked_about(merger: Merger) -> None:
    assert any("des 2 personnes" in one for one in actions._tasks_of_split(merger.gone, merger.heir))
    merger.mayor.memberships.update(ends_on=f.TODAY)
    assert any("sert la personne" in one for one in actions._tasks_of_split(merger.gone, merger.heir))


@pytest.mark.parametrize(("year", "is_far"), [(2017, False), (2016, True), (2037, False), (2038, True)])
def test_a_merger_takes_effect_within_ten_years_of_its_vintage(year: int, is_far: bool) -> None:
    assert (rules.why_not_effect(MergerPlan(year=2027), date(year, 1, 1)) is not None) is is_far


def test_who_sees_a_plan_through_is_of_its_department(merger: Merger) -> None:
    plan = drafted(merger)
    near, far = (
        f.member(Role.CDG_ADVISOR, f.operator("cdg59", "", 2)),
        f.member(Role.CDG_ADVISOR, f.operator("cdg62", "", 3)),
    )
    for person, name in ((merger.officer, "Zoé"), (near, "Ange")):
        type(person).objects.filter(pk=person.pk).update(name=name)
    assert rules.followers_of(plan, on=f.TODAY) == [near, merger.officer]
    assert "ne suit pas cette commune" in (rules.why_not_entrust(plan, far, by=near, on=f.TODAY) or "")
    assert rules.why_not_entrust(plan, near, by=far, on=f.TODAY)
    assert rules.why_not_entrust(plan, near, by=near, on=f.TODAY) is None


def test_an_agreement_that_went_elsewhere_since_is_not_given_back(merger: Merger) -> None:
    plan = drafted(merger)
    actions.apply(plan, by=merger.officer, at=f.NOW)
    other = f.beneficiary(f.commune("59001", "Abancourt"))
    agreement = Agreement.objects.get(pk=merger.agreement.pk)
    for change in ({"successor": other}, {"successor": agreement.beneficiary, "withdrawn_at": f.NOW}):
        Succession.objects.update(**change)
        said = rules.why_not_undo(MergerPlan.objects.get(pk=plan.pk), by=merger.officer, on=f.TODAY)
        assert "n’est plus là où ce plan l’a mise" in (said or "").replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("line", "choices"),
    [
        (PlanLine(kind=Kind.AGREEMENT, agreement=Agreement(status=AgreementStatus.SIGNED)), "carry note"),
        (PlanLine(kind=Kind.AGREEMENT, agreement=Agreement(status=AgreementStatus.DRAFT)), "keep note"),
        (PlanLine(kind=Kind.SITE), "keep redirect archive"),
        (PlanLine(kind=Kind.PERSON), "move end keep"),
        (PlanLine(kind=Kind.RIGHT), "move keep end"),
        (PlanLine(kind=Kind.TASK), ""),
    ],
    ids=str,
)
def test_what_a_line_may_choose_the_most_likely_first(line: PlanLine, choices: str) -> None:
    assert [one.value for one in rules.choices_of(line)] == choices.split()
