"""Someone leaves: what they hold changes hands the day after their last day, and nothing before."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings as configured
from django.utils import timezone
from django_scopes import scopes_disabled
from wagtail.models import Page

from socle.agreements.models import Agreement, Status
from socle.batches import actions as batches
from socle.batches.models import Batch
from socle.integrations import actions as integrations
from socle.integrations import rules as integrations_rules
from socle.integrations.models import Token, Webhook
from socle.joining.models import JoinRequest
from socle.joining.models import Status as JoinStatus
from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.mergers.models import MergerPlan
from socle.people import actions, help, invitations, offboarding, rules
from socle.people.models import Beneficiary, Membership, OpenSession, Operator, Role, User
from socle.sites.actions import create_site
from tests import factories
from tests.client import DemandingClient
from tests.factories import NOW, TODAY

pytestmark = pytest.mark.django_db

LAST_DAY = TODAY + timedelta(days=10)


def on_day(days: int) -> datetime:
    """A morning, so many days after the last day."""
    return NOW + timedelta(days=10 + days)


@pytest.fixture
def place() -> Beneficiary:
    factories.programme()
    return factories.beneficiary()


@pytest.fixture
def mayor(place: Beneficiary) -> User:
    return factories.member(Role.MAYOR, place, quality="Maire")


@pytest.fixture
def secretary(place: Beneficiary) -> User:
    return factories.member(Role.SECRETARY, place)


@pytest.fixture
def relief(place: Beneficiary) -> User:
    return factories.member(Role.SECRETARY, place, email="relais@exemple.invalid")


def token_of(person: User, place: Any) -> Token:
    scopes = ["communes:read"]
    return integrations.create_token(place, name=f"Logiciel {person.pk}", scopes=scopes, days=90, by=person, at=NOW)[0]


def leave(person: User, by: User, successor: User | None = None) -> Membership:
    return actions.end_role(person.memberships.get(), last_day=LAST_DAY, successor=successor, by=by, at=NOW)


def signed_in(person: User) -> DemandingClient:
    client = DemandingClient()
    client.force_login(person, backend=configured.AUTHENTICATION_BACKENDS[0])
    return client


def test_nothing_changes_hands_before_the_day_after_the_last_one(
    place: Beneficiary, mayor: User, secretary: User, relief: User
) -> None:
    token, held = token_of(secretary, place), leave(secretary, mayor, relief)
    for days in (-5, 0):
        with time_machine.travel(on_day(days), tick=False):
            assert offboarding.hand_over_due() == 0
            with pytest.raises(Refused, match="rien ne change de mains avant"):
                offboarding.hand_over(held, by=mayor, at=timezone.now())
    token.refresh_from_db()
    assert token.held_by == secretary
    assert rules.holds(secretary, Role.SECRETARY, on=LAST_DAY, beneficiary=place)


@pytest.mark.slow
def test_on_the_day_sessions_end_and_what_was_held_passes_on_once(
    place: Beneficiary, mayor: User, secretary: User, relief: User
) -> None:
    token = token_of(secretary, place)
    held = leave(secretary, mayor, relief)
    evening = on_day(0) + timedelta(hours=13)
    with time_machine.travel(evening, tick=False):
        client = signed_in(secretary)
        assert client.get("/mairie/").status_code == 200
        OpenSession.objects.create(user=secretary, session_key="x", opened_at=evening, seen_at=evening)
    with time_machine.travel(evening + timedelta(hours=2), tick=False):
        # The right itself needs no tick: it ended at midnight.
        assert client.get("/mairie/").status_code == 403
        assert integrations_rules.why_not_use(token, at=timezone.now())
        assert offboarding.hand_over_due() == 1
        assert offboarding.hand_over_due() == 0
        assert client.get("/mairie/").status_code == 302
        token = Token.objects.get(pk=token.pk)
        assert integrations_rules.why_not_use(token, at=timezone.now()) is None
    assert token.held_by == relief
    assert not OpenSession.objects.filter(user=secretary).exists()
    facts = Entry.objects.about(held).get(verb="role.handed_over").facts
    assert (facts["successor"], facts["rows"], facts["kinds"]) == (relief.pk, 1, ["jetons"])
    with pytest.raises(Refused, match="déjà donnée"):
        offboarding.hand_over(held, by=mayor, at=on_day(2))


def test_without_a_successor_or_when_they_left_too_it_waits_for_someone(
    place: Beneficiary, mayor: User, secretary: User, relief: User
) -> None:
    token = token_of(secretary, place)
    held = leave(secretary, mayor, relief)
    actions.end_role(relief.memberships.get(), last_day=LAST_DAY, by=mayor, at=NOW)
    with time_machine.travel(on_day(1), tick=False):
        assert offboarding.hand_over_due() == 2
    token.refresh_from_db()
    # Nothing is deleted: the token opens nothing until somebody takes it over.
    assert token.held_by == secretary
    assert Entry.objects.about(held).get(verb="role.handed_over").facts["successor"] is None


def test_a_departure_is_undone_until_its_last_day(mayor: User, secretary: User, relief: User) -> None:
    held = leave(secretary, mayor, relief)
    actions.keep_role(held, by=mayor, at=on_day(0))
    held.refresh_from_db()
    assert (held.ends_on, held.successor) == (None, None)
    with time_machine.travel(on_day(1), tick=False):
        assert offboarding.hand_over_due() == 0
    # Someone who comes back after having left begins anew.
    leave(secretary, mayor, relief)
    with time_machine.travel(on_day(1), tick=False):
        offboarding.hand_over_due()
        back = actions.give_role(secretary, role=Role.SECRETARY, beneficiary=held.beneficiary, by=mayor, at=on_day(1))
    assert (back.pk, back.ends_on, back.successor, back.handed_over_at) == (held.pk, None, None, None)


def test_a_person_of_two_mairies_leaves_one_only(place: Beneficiary, mayor: User, secretary: User) -> None:
    there = factories.beneficiary(factories.commune("59062", "Beaurieux", 150))
    factories.member(Role.SECRETARY, there, email=secretary.email)
    here, other = token_of(secretary, place), token_of(secretary, there)
    relief = factories.member(Role.SECRETARY, place, email="relais@exemple.invalid")
    held = secretary.memberships.get(beneficiary=place)
    actions.end_role(held, last_day=LAST_DAY, successor=relief, by=mayor, at=NOW)
    with time_machine.travel(on_day(1), tick=False):
        client = signed_in(secretary)
        offboarding.hand_over_due()
        page = client.get("/mairie/").content.decode()
        assert "Beaurieux" in page
        assert "Prisches" not in page
    assert [Token.objects.get(pk=one.pk).held_by for one in (here, other)] == [relief, secretary]


@pytest.mark.parametrize("case", ["themselves", "elsewhere", "closed", "leaves first"])
def test_who_may_not_take_over(place: Beneficiary, mayor: User, secretary: User, relief: User, case: str) -> None:
    successor = {"themselves": secretary, "elsewhere": factories.user("loin@exemple.invalid")}.get(case, relief)
    if case == "closed":
        User.objects.filter(pk=relief.pk).update(is_active=False)
        relief.refresh_from_db()
    if case == "leaves first":
        relief.memberships.update(ends_on=LAST_DAY)
    with pytest.raises(Refused):
        leave(secretary, mayor, successor)
    assert secretary.memberships.get().ends_on is None


def test_what_they_hold_is_told_a_week_before_to_those_concerned_once(
    place: Beneficiary, mayor: User, secretary: User, relief: User, mailoutbox: list[Any]
) -> None:
    token_of(secretary, place)
    invitations.invite("lou@exemple.invalid", name="Lou", role=Role.SECRETARY, beneficiary=place, by=secretary, at=NOW)
    cdg = factories.programme().centre_de_gestion_of(place.department)
    assert cdg is not None
    factories.member(Role.CDG_ADVISOR, cdg)
    help.open_access(place, cdg, motive="Congé", last_day=LAST_DAY, by=secretary, at=NOW)
    held = leave(secretary, mayor, relief)
    assert [(one.kind.code, one.things) for one in offboarding.holdings_of(held, on=TODAY)] == [
        ("jetons", [f"Logiciel {secretary.pk}"]),
        ("propositions", ["Lou"]),
        ("assistance", [cdg.name]),
    ]
    mailoutbox.clear()
    with time_machine.travel(on_day(-8), tick=False):
        assert offboarding.remind_due() == 0
    with time_machine.travel(on_day(-7), tick=False):
        assert offboarding.remind_due() == 1
        assert offboarding.remind_due() == 0
    assert {message.to[0] for message in mailoutbox} == {secretary.email, mayor.email, relief.email}
    to_relief = next(message for message in mailoutbox if message.to == [relief.email])
    assert "vous prendrez la suite" in to_relief.body
    assert "Jetons d’accès\u00a0: 1" in to_relief.body


def test_a_departure_that_fails_stops_no_other(
    place: Beneficiary, mayor: User, secretary: User, relief: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    token_of(relief, place)
    first, second = leave(secretary, mayor), leave(relief, mayor)

    def broken(token: Token, **_: Any) -> bool:
        raise RuntimeError("a room that fails")

    monkeypatch.setattr(integrations, "pass_token", broken)
    with time_machine.travel(on_day(1), tick=False):
        assert offboarding.hand_over_due() == 1
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.handed_over_at is not None
    assert second.handed_over_at is None
    assert not Entry.objects.about(second).filter(verb="role.handed_over").exists()


@pytest.mark.slow
@pytest.mark.both
def test_the_page_of_a_departure_says_what_is_held_and_asks_who_takes_over(
    place: Beneficiary, mayor: User, secretary: User, relief: User, settings: Any
) -> None:
    User.objects.update(is_fictitious=True)
    settings.DEMO = True
    token_of(secretary, place)
    held = secretary.memberships.get()
    address = f"/mairie/personnes/fin-{held.pk}/"
    with time_machine.travel(NOW, tick=False):
        client = signed_in(mayor)
        page = client.get(address).content.decode()
        assert f"Départ de {secretary.name}" in page
        assert f"Logiciel {secretary.pk}" in page
        assert client.post(address, {"last_day": "2026-11-01", "successor": ""}).status_code == 422
        assert client.post(address, {"last_day": str(LAST_DAY), "successor": "999999"}).status_code == 422
        said = client.post(address, {"last_day": str(LAST_DAY), "successor": str(relief.pk)}, follow=True)
        assert f"{relief.name} prendra la suite" in said.content.decode()
        assert f"suite\u00a0: {relief.name}" in said.content.decode()
        held.refresh_from_db()
        assert (held.ends_on, held.successor) == (LAST_DAY, relief)
        client.post(f"/mairie/personnes/maintenir-{held.pk}/")
        held.refresh_from_db()
        assert (held.ends_on, held.successor) == (None, None)


def webhook_of(person: User, place: Beneficiary | Operator) -> Webhook:
    where = {"beneficiary": place} if isinstance(place, Beneficiary) else {"operator": place}
    return Webhook.objects.create(
        **where, held_by=person, created_at=NOW, name="CRM", url="https://crm.exemple.invalid/", secret="x"
    )


@pytest.mark.slow
def test_what_an_officer_follows_passes_on_or_waits(place: Beneficiary) -> None:
    programme = factories.programme()
    lead = programme.lead()
    officer = factories.member(Role.PROGRAMME_OFFICER, lead)
    colleague = factories.member(Role.PROGRAMME_OFFICER, lead, email="collegue@exemple.invalid")
    for successor in (colleague, None):
        Membership.objects.filter(user=officer).update(ends_on=None, handed_over_at=None, successor=None)
        webhook = webhook_of(officer, lead)
        batch = Batch.objects.create(
            gesture="draft", operator=lead, programme=programme, started_by=officer, started_at=NOW, resumed_at=NOW
        )
        asked = JoinRequest.objects.create(
            reference=f"ADH-{batch.pk}", programme=programme, commune=place.commune, department=place.department,
            function="mayor", status=JoinStatus.CONFIRMED, form_sha256=str(batch.pk), asked_at=NOW, officer=officer,
        )  # fmt: skip
        agreement = factories.signed_agreement(place, status=Status.DRAFT, followed_by=officer)
        other = factories.commune("59006", "Amfroipret", 230)
        plan = MergerPlan(beneficiary=place, other=other, year=2026, drafted_at=NOW, effect_on=TODAY)
        plan.followed_by = officer
        plan.save()
        held = leave(officer, officer, successor)
        with time_machine.travel(on_day(1), tick=False):
            assert offboarding.hand_over_due() == 1
        for thing in (webhook, batch, asked):
            thing.refresh_from_db()
        with scopes_disabled():
            assert Agreement.objects.get().followed_by == successor
            assert MergerPlan.objects.get().followed_by == successor
            plan.delete()
            agreement.delete()
        assert webhook.held_by == (colleague if successor else officer)
        # Who started it is history; who leads it is not.
        assert batch.started_by == officer
        assert (batch.follower, batch.status) == ((colleague, "running") if successor else (officer, "paused"))
        assert asked.officer == successor
        facts = Entry.objects.about(held).filter(verb="role.handed_over").latest("pk").facts
        assert facts["kinds"] == ["conventions", "demandes", "fusions", "lots", *(["webhooks"] if successor else [])]
        JoinRequest.objects.all().delete()
        Webhook.objects.all().delete()
    # A batch left by somebody goes on in the name of whoever resumes it.
    with time_machine.travel(on_day(1), tick=False):
        resumed = batches.resume(batch, by=colleague, at=timezone.now())
    assert (resumed.follower, resumed.started_by) == (colleague, officer)


@pytest.mark.slow
def test_drafts_and_locks_of_a_site_are_left_to_whoever_takes_over(mayor: User, secretary: User, relief: User) -> None:
    place = mayor.memberships.get().beneficiary
    assert place is not None
    site = create_site(place, by=mayor, at=NOW)
    page = site.root_page.get_children().first()
    assert page is not None
    page = page.specific
    page.draft_title = page.title = "Vœux"
    page.save_revision(user=secretary)
    locked = site.root_page.get_children().last()
    assert locked is not None
    Page.objects.filter(pk=locked.pk).update(locked=True, locked_by=secretary)
    held = leave(secretary, mayor, relief)
    (holding,) = offboarding.holdings_of(held, on=TODAY)
    assert (holding.kind.code, holding.things) == ("pages", ["Vœux", locked.title])
    with time_machine.travel(on_day(1), tick=False):
        offboarding.hand_over_due()
    assert Page.objects.get(pk=page.pk).owner == relief
    assert not Page.objects.get(pk=locked.pk).locked
    # Nothing that was written is lost.
    assert page.get_latest_revision_as_object().title == "Vœux"


@pytest.mark.django_db
def test_a_successor_serves_the_same_place_the_day_after():
    lead = factories.programme().lead()
    elsewhere = Operator.objects.get(code="cdg59")
    leaves = factories.member(Role.TECHNICIAN, lead).memberships.get()
    there, other = (factories.member(Role.FINANCE_OFFICER, where) for where in (lead, elsewhere))
    said = {one: rules.why_not_succeed(one, leaves, after=TODAY) for one in (there, other)}
    assert said[there] is None
    assert "n’exercera plus ici" in said[other]
    there.memberships.update(ends_on=TODAY)
    assert "n’exercera plus ici" in rules.why_not_succeed(there, leaves, after=TODAY)
