"""Roles fit their place, begin and end on a day, and leave a line in the journal."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest
from allauth.mfa.models import Authenticator

from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.people import actions, helping, rules
from socle.people.models import (
    BENEFICIARY_ROLES,
    Beneficiary,
    HelpAccess,
    LinkedIdentity,
    Membership,
    Operator,
    Rescue,
    RescueStatus,
    Role,
    User,
)
from tests import factories
from tests.factories import NOW, TODAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def system() -> User:
    return User.objects.system()


def test_an_account_is_opened_once_and_without_a_password(system: User) -> None:
    first = actions.enrol(" Camille@Exemple.invalid ", name="Camille Exemple", by=system, at=NOW)
    again = actions.enrol("camille@exemple.invalid", name="Quelqu’un d’autre", by=system, at=NOW)
    assert first == again
    assert again.name == "Camille Exemple"
    assert not first.has_usable_password()
    assert [entry.verb for entry in Entry.objects.about(first)] == ["person.enrolled"]
    assert "Camille" not in str(Entry.objects.about(first).get().facts)


@pytest.mark.parametrize(
    ("email", "name", "says"),
    [("camille", "Camille", "n’est pas complète"), ("a@b.invalid", " ", "nom de la personne manque")],
)
def test_an_account_wants_an_address_and_a_name(system: User, email: str, name: str, says: str) -> None:
    with pytest.raises(Refused, match=says):
        actions.enrol(email, name=name, by=system, at=NOW)
    assert not User.objects.exclude(pk=system.pk).exists()


@pytest.mark.parametrize(
    ("role", "place", "says"),
    [
        (Role.MAYOR, "operator", "dans une mairie"),
        (Role.TECHNICIAN, "beneficiary", "chez un opérateur"),
        (Role.MAYOR, "both", "un lieu et un seul"),
        (Role.MAYOR, "none", "un lieu et un seul"),
    ],
)
def test_a_role_fits_its_place(system: User, role: Role, place: str, says: str) -> None:
    places: dict[str, Any] = {}
    if place in ("beneficiary", "both"):
        places["beneficiary"] = factories.beneficiary()
    if place in ("operator", "both"):
        places["operator"] = factories.operator("npdcn", "Syndicat", 1)
    with pytest.raises(Refused, match=says):
        actions.give_role(factories.user(), role=role, by=system, at=NOW, **places)
    assert not Membership.objects.exists()


def test_a_role_is_given_once_ends_on_its_last_day_and_may_be_given_again(system: User) -> None:
    where = factories.beneficiary()
    person = factories.user()
    held = actions.give_role(person, role=Role.MAYOR, beneficiary=where, quality="Maire", by=system, at=NOW)
    assert actions.give_role(person, role=Role.MAYOR, beneficiary=where, by=system, at=NOW) == held
    actions.end_role(held, last_day=TODAY, by=system, at=NOW)
    # Given on its last day, it is still held: nothing changes.
    assert actions.give_role(person, role=Role.MAYOR, beneficiary=where, by=system, at=NOW).ends_on == TODAY
    assert rules.holds(person, Role.MAYOR, on=TODAY, beneficiary=where)
    assert not rules.holds(person, Role.MAYOR, on=TODAY + timedelta(days=1), beneficiary=where)
    later = NOW + timedelta(days=40)
    again = actions.give_role(person, role=Role.MAYOR, beneficiary=where, quality="Maire déléguée", by=system, at=later)
    assert again.pk == held.pk
    again.refresh_from_db()
    assert again.quality == "Maire déléguée"
    assert again.ends_on is None
    assert rules.holds(person, Role.MAYOR, on=later.date(), beneficiary=where)
    assert [entry.verb for entry in Entry.objects.about(held)] == ["role.given", "role.ended", "role.given"]


def test_a_role_does_not_end_before_it_begins(system: User) -> None:
    held = actions.give_role(factories.user(), role=Role.MAYOR, beneficiary=factories.beneficiary(), by=system, at=NOW)
    with pytest.raises(Refused, match="ne peut pas finir avant"):
        actions.end_role(held, last_day=date(2020, 1, 1), by=system, at=NOW)
    held.refresh_from_db()
    assert held.ends_on is None


def test_roles_are_read_for_a_day_and_never_of_a_closed_account(system: User) -> None:
    syndicate = factories.operator("npdcn", "Syndicat", 1)
    person = factories.member(Role.TECHNICIAN, syndicate, starts_on=TODAY)
    assert rules.roles_of(person, on=TODAY) == {Role.TECHNICIAN}
    assert rules.operators_of(person, on=TODAY) == [syndicate]
    assert rules.roles_of(person, on=TODAY - timedelta(days=1)) == set()
    assert rules.operators_of(person, on=TODAY - timedelta(days=1)) == []
    person.is_active = False
    assert rules.roles_of(person, on=TODAY) == set()
    assert not rules.is_operator(person, on=TODAY)


def test_a_role_ended_by_mistake_is_kept_until_its_last_day(system: User) -> None:
    held = actions.give_role(factories.user(), role=Role.MAYOR, beneficiary=factories.beneficiary(), by=system, at=NOW)
    actions.end_role(held, last_day=TODAY + timedelta(days=3), by=system, at=NOW)
    assert actions.keep_role(held, by=system, at=NOW + timedelta(days=3)).ends_on is None
    actions.end_role(held, last_day=TODAY, by=system, at=NOW)
    with pytest.raises(Refused, match="a pris fin"):
        actions.keep_role(held, by=system, at=NOW + timedelta(days=1))
    verbs = [entry.verb for entry in Entry.objects.about(held)]
    assert verbs == ["role.ended", "role.kept", "role.ended", "role.given"]


@pytest.mark.parametrize(
    ("who", "whose", "may"),
    [
        ("mayor", "secretary", True),
        ("secretary", "mayor", False),
        ("secretary", "secretary", True),
        ("officer", "secretary", False),
        ("officer", "mayor", True),
        ("stranger", "secretary", False),
        ("technician", "mayor", False),
    ],
)
def test_who_may_end_whose_role(system: User, who: str, whose: str, may: bool) -> None:
    here, syndicate = factories.beneficiary(), factories.operator("npdcn", "Syndicat", 1)
    elsewhere = factories.beneficiary(factories.commune("59001", "Abancourt"))
    people = {
        "mayor": factories.member(Role.MAYOR, here),
        "secretary": factories.member(Role.SECRETARY, here),
        "officer": factories.member(Role.PROGRAMME_OFFICER, syndicate),
        "technician": factories.member(Role.TECHNICIAN, syndicate),
        "stranger": factories.member(Role.MAYOR, elsewhere),
    }
    held = people[whose].memberships.get()
    assert (rules.why_not_end(held, by=people[who], on=TODAY) is None) == may


def test_the_roles_held_are_those_that_are_held_one_by_one_in_one_query(django_assert_max_num_queries: Any) -> None:
    here, elsewhere = factories.beneficiary(), factories.beneficiary(factories.commune("62001", "Ablain", 1000))
    both = factories.member(Role.SECRETARY, here, email="deux@exemple.invalid")
    factories.member(Role.MAYOR, here, email="deux@exemple.invalid")
    mayor, helper = factories.member(Role.MAYOR, elsewhere), factories.user("aide@exemple.invalid")
    closed = factories.member(Role.MAYOR, here, email="fermee@exemple.invalid")
    closed.is_active = False
    seen = {}
    with helping.lent(helper, here):
        for person, place in product((both, mayor, helper, closed), (here, elsewhere)):
            with django_assert_max_num_queries(1):
                held = rules.roles_held(person, *BENEFICIARY_ROLES, on=TODAY, beneficiary=place)
            assert held == {one for one in BENEFICIARY_ROLES if rules.holds(person, one, on=TODAY, beneficiary=place)}
            seen[person, place] = held
    assert seen[both, here] == {Role.SECRETARY, Role.MAYOR}
    assert seen[mayor, elsewhere] == {Role.MAYOR}
    assert seen[helper, here] == {Role.SECRETARY}
    assert not seen[closed, here]


@pytest.mark.parametrize(
    ("fields", "account", "is_there", "stays"),
    [
        ({}, True, True, True),
        ({}, False, False, False),
        ({"ends_on": TODAY}, True, True, False),
        ({"ends_on": TODAY - timedelta(days=1)}, True, False, False),
        ({"starts_on": TODAY + timedelta(days=1)}, True, False, False),
    ],
)
def test_who_is_in_place_holds_the_role_that_day_with_an_open_account(
    fields: dict[str, date], account: bool, is_there: bool, stays: bool
) -> None:
    place = factories.beneficiary()
    one = Membership.objects.get(user=factories.member(Role.MAYOR, place), role=Role.MAYOR)
    assert rules.is_last_mayor(one, on=TODAY)
    other = factories.member(Role.MAYOR, place, email="autre@exemple.invalid", **fields)
    User.objects.filter(pk=other.pk).update(is_active=account)
    assert rules.is_last_mayor(one, on=TODAY) is not stays
    one.delete()
    assert rules.in_place(Role.MAYOR, on=TODAY, beneficiary=place) is is_there


@pytest.mark.parametrize(
    ("is_superuser", "is_staff", "opens"), [(False, False, False), (True, False, True), (False, True, True)]
)
def test_whoever_administers_the_platform_opens_many_mairies(is_superuser: bool, is_staff: bool, opens: bool) -> None:
    person = factories.user(is_superuser=is_superuser, is_staff=is_staff)
    assert rules.opens_many(person, on=TODAY) is opens


YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


@pytest.mark.parametrize(
    ("starts_on", "last_day", "says"),
    [
        (TODAY, TODAY, None),
        (TOMORROW, TODAY, "ne peut pas finir avant"),
        (None, YESTERDAY, None),
        (None, YESTERDAY - timedelta(days=1), "au plus tôt hier"),
    ],
)
def test_the_last_day_of_a_role_at_its_bounds(starts_on: date | None, last_day: date, says: str | None) -> None:
    held = Membership(user=factories.user(), role=Role.SECRETARY, starts_on=starts_on)
    said = rules.why_not_end_role(held, last_day, by=held.user, on=TODAY)
    assert says in (said or "") if says else said is None
    by_system = rules.why_not_end_role(held, last_day, by=User.objects.system(), on=TODAY)
    assert (by_system is None) is (starts_on != TOMORROW)


@pytest.mark.parametrize(
    ("ends_on", "is_given", "ends", "keeps", "hands_over"),
    [
        (None, False, True, False, False),
        (TODAY, False, True, True, False),
        (YESTERDAY, False, False, False, True),
        (YESTERDAY, True, False, False, False),
    ],
)
def test_a_role_is_ended_kept_and_handed_over_by_its_last_day(
    system: User, ends_on: date | None, is_given: bool, ends: bool, keeps: bool, hands_over: bool
) -> None:
    held = Membership(role=Role.SECRETARY, ends_on=ends_on, handed_over_at=NOW if is_given else None)
    assert (rules.why_not_end(held, by=system, on=TODAY) is None) is ends
    assert (rules.why_not_keep_role(held, by=system, on=TODAY) is None) is keeps
    assert (rules.why_not_hand_over(held, on=TODAY) is None) is hands_over


def test_who_keeps_a_role_that_was_to_end() -> None:
    here, syndicate = factories.beneficiary(), factories.operator("npdcn", "Syndicat", 1)
    mayor, officer = factories.member(Role.MAYOR, here), factories.member(Role.PROGRAMME_OFFICER, syndicate)
    secretary = factories.member(Role.SECRETARY, here)
    for role, may in ((Role.SECRETARY, {mayor}), (Role.MAYOR, {mayor, officer})):
        held = Membership(user=factories.user(), beneficiary=here, role=role, ends_on=TODAY)
        assert {
            one for one in (mayor, officer, secretary) if rules.why_not_keep_role(held, by=one, on=TODAY) is None
        } == may


def test_whoever_serves_more_mairies_than_the_parameter_opens_many(settings: Any) -> None:
    settings.SOCLE_FOUR_EYES_ABOVE = 1
    here, elsewhere = factories.beneficiary(), factories.beneficiary(factories.commune("59001", "Abancourt"))
    person = factories.member(Role.MAYOR, here, email="une@exemple.invalid")
    factories.member(Role.SECRETARY, here, email="une@exemple.invalid")
    factories.member(Role.SECRETARY, elsewhere, email="une@exemple.invalid", ends_on=YESTERDAY)
    assert not rules.opens_many(person, on=TODAY)
    assert rules.opens_many(person, on=YESTERDAY)
    assert rules.opens_many(factories.member(Role.TECHNICIAN, factories.operator("npdcn", "S", 1)), on=TODAY)


def test_a_rescue_is_approved_in_time_by_another_of_the_same_operator() -> None:
    lead, other = factories.operator("npdcn", "S", 1), factories.operator("cdg59", "C", 2)
    asking, whose = factories.member(Role.TECHNICIAN, lead), factories.member(Role.MAYOR, factories.beneficiary())
    factories.second_factor(whose)
    may = factories.member(Role.PROGRAMME_OFFICER, lead)
    closed = factories.member(Role.TECHNICIAN, lead, email="fermee@exemple.invalid")
    closed.is_active = False
    closed.save(update_fields=["is_active"])
    factories.member(Role.TECHNICIAN, lead, email="partie@exemple.invalid", ends_on=YESTERDAY)
    factories.member(Role.PRESIDENT, lead)
    factories.member(Role.TECHNICIAN, other)
    assert rules.approvers_of(whose, asked_by=asking, on=TODAY) == [may]
    assert rules.approvers_of(may, asked_by=asking, on=TODAY) == []
    asked = Rescue(user=whose, asked_by=asking, status=RescueStatus.ASKED, expires_at=NOW + timedelta(seconds=1))
    said = {"at": NOW, "on": TODAY}
    assert rules.why_not_approve(asked, by=may, **said) is None
    assert "Vous l’avez demandé" in (rules.why_not_approve(asked, by=asking, **said) or "")
    assert rules.why_not_approve(asked, by=closed, **said) == rules.ONLY_RESCUERS
    assert "trop ancienne" in (rules.why_not_approve(asked, by=may, at=asked.expires_at, on=TODAY) or "")
    assert rules.why_not_decline(asked, by=asking, on=TODAY) is None
    assert rules.why_not_decline(asked, by=whose, on=TODAY) == rules.ONLY_RESCUERS
    asked.status = RescueStatus.DONE
    assert "déjà décidée" in (rules.why_not_approve(asked, by=may, **said) or "")
    assert "déjà décidée" in (rules.why_not_decline(asked, by=may, on=TODAY) or "")


def test_who_rescues_closes_and_opens_an_account_again(system: User) -> None:
    lead = factories.operator("npdcn", "S", 1)
    technician, whose = factories.member(Role.TECHNICIAN, lead), factories.user()
    factories.second_factor(technician)
    factories.second_factor(whose)
    president = factories.member(Role.PRESIDENT, lead)
    for rule in (rules.why_not_reset_second_factor, rules.why_not_close, rules.why_not_end_sessions):
        assert rule(whose, by=technician, on=TODAY) is None, rule
        assert rule(whose, by=system, on=TODAY) is None, rule
        assert rule(whose, by=president, on=TODAY) == rules.ONLY_RESCUERS
        assert rule(technician, by=technician, on=TODAY), rule
    for rule in (rules.why_not_reset_second_factor, rules.why_not_close, rules.why_not_reopen):
        assert "de la plateforme" in (rule(system, by=technician, on=TODAY) or ""), rule
    assert "déjà ouvert" in (rules.why_not_reopen(whose, by=technician, on=TODAY) or "")
    whose.is_active = False
    assert "déjà fermé" in (rules.why_not_close(whose, by=technician, on=TODAY) or "")
    assert rules.why_not_reopen(whose, by=system, on=TODAY) is None
    assert rules.why_not_reopen(whose, by=president, on=TODAY) == rules.ONLY_RESCUERS


@pytest.mark.parametrize(
    ("acr", "amr", "issuer", "counts"),
    [
        ("", "", "https://idp", False),
        ("eidas2", "", "https://idp", True),
        ("", "mfa", "https://idp", True),
        ("eidas2", "mfa", "https://autre", False),
    ],
)
def test_an_identity_counts_as_second_factor_where_its_word_does(
    settings: Any, acr: str, amr: str, issuer: str, counts: bool
) -> None:
    settings.OIDC_ISSUER, settings.OIDC_TWO_FACTORS_ACR, settings.OIDC_TWO_FACTORS_AMR = "https://idp", acr, amr
    lead, here = factories.operator("npdcn", "S", 1), factories.beneficiary()
    technician, proved = factories.member(Role.TECHNICIAN, lead), factories.member(Role.PRESIDENT, lead)
    factories.member(Role.SECRETARY, here)
    factories.second_factor(proved)
    # Codes kept for the day when a factor is lost are none.
    Authenticator.objects.create(user=technician, type=Authenticator.Type.RECOVERY_CODES, data={})
    LinkedIdentity.objects.create(user=technician, issuer=issuer, subject="a", linked_at=NOW, used_at=NOW)
    assert list(rules.lacking_second_factor(on=TODAY)) == ([] if counts else [technician])
    assert rules.lacks_second_factor(technician, on=TODAY) is not counts
    User.objects.filter(pk=technician.pk).update(is_fictitious=True)
    settings.DEMO = True
    assert not rules.lacks_second_factor(technician, on=TODAY)


@pytest.mark.parametrize(
    ("who", "days", "motive", "says"),
    [
        ("secretary", 0, "Un site à corriger", None),
        ("mayor", 30, "Un site à corriger", None),
        ("secretary", 31, "Un site à corriger", "30 jours au plus"),
        ("secretary", -1, "Un site à corriger", "déjà passé"),
        ("secretary", 0, " ", "Dites pourquoi"),
        ("stranger", 0, "Un site à corriger", "Seules les personnes de la mairie"),
        ("advisor", 0, "Un site à corriger", "Seules les personnes de la mairie"),
    ],
)
@pytest.mark.usefixtures("all_beneficiaries")
def test_who_lets_an_operator_help_and_until_when(
    settings: Any, who: str, days: int, motive: str, says: str | None
) -> None:
    settings.SOCLE_HELP_DAYS = 30
    here, elsewhere = factories.beneficiary(), factories.beneficiary(factories.commune("59001", "Abancourt"))
    centre, empty = factories.operator("cdg59", "C", 2), factories.operator("cdg62", "C", 3)
    people = {
        "secretary": factories.member(Role.SECRETARY, here),
        "mayor": factories.member(Role.MAYOR, here),
        "stranger": factories.member(Role.MAYOR, elsewhere),
        "advisor": factories.member(Role.CDG_ADVISOR, centre),
    }

    def said(operator: Operator) -> str:
        last_day = TODAY + timedelta(days=days)
        found = rules.why_not_open_help(here, operator, motive=motive, last_day=last_day, by=people[who], on=TODAY)
        return (found or "").replace("\u00a0", " ")

    assert says in said(centre) if says else said(centre) == ""
    if says is None:
        assert "Personne n’y est" in said(empty)
        access = {"operator": centre, "motive": "x", "opened_at": NOW, "opened_by": people["mayor"]}
        access |= {"starts_on": TODAY, "ends_on": TODAY}
        HelpAccess.objects.create(beneficiary=elsewhere, **access)
        assert said(centre) == ""
        HelpAccess.objects.create(beneficiary=here, **access)
        assert "déjà ouvert" in said(centre)


def test_a_siret_is_confirmed_by_the_mairie_and_begins_with_its_siren(system: User) -> None:
    here, elsewhere = factories.beneficiary(), factories.beneficiary(factories.commune("59001", "Abancourt"))
    secretary, stranger = factories.member(Role.SECRETARY, here), factories.member(Role.MAYOR, elsewhere)
    Beneficiary.objects.filter(pk=here.pk).update(is_siret_confirmed=False)
    given = actions.confirm_siret(here, siret=f" {here.siret} ", by=secretary, at=NOW)
    given.refresh_from_db()
    assert (given.is_siret_confirmed, given.siret) == (True, here.siret)
    assert Entry.objects.get(verb="beneficiary.siret_confirmed").by_ref == f"people.user:{secretary.pk}"
    for number, by, says in (
        (here.siret, stranger, "Seules les personnes"),
        (elsewhere.siret, secretary, "autre établissement"),
        ("123", secretary, "SIRET"),
    ):
        assert says in (rules.why_not_confirm_siret(here, number, by=by, on=TODAY) or "")
    body = Beneficiary(kind=Beneficiary.Kind.OTHER)
    assert rules.why_not_confirm_siret(body, elsewhere.siret, by=system, on=TODAY) is None


@pytest.mark.parametrize(
    ("is_demo", "is_fictitious", "is_active", "may"),
    [
        (True, True, True, True),
        (False, True, True, False),
        (True, False, True, False),
        (True, True, False, False),
    ],
)
def test_who_is_played(settings: Any, is_demo: bool, is_fictitious: bool, is_active: bool, may: bool) -> None:
    settings.DEMO = is_demo
    assert (rules.why_not_play(User(is_fictitious=is_fictitious, is_active=is_active)) is None) is may


def test_a_person_is_forgotten_once_and_out_of_any_role(system: User) -> None:
    here = factories.beneficiary()
    person = factories.member(Role.MAYOR, here, ends_on=YESTERDAY)
    assert rules.why_not_forget(person, on=TODAY) is None
    assert "la fonction de maire" in (rules.why_not_forget(person, on=YESTERDAY) or "")
    factories.member(Role.SECRETARY, here, email=person.email, ends_on=YESTERDAY)
    assert "2 fonctions (" in (rules.why_not_forget(person, on=YESTERDAY) or "")
    assert "n’est pas une personne" in (rules.why_not_forget(system, on=TODAY) or "")


@pytest.mark.parametrize(("asked", "begins"), [(None, TODAY), (TOMORROW, TOMORROW)])
def test_a_role_given_again_is_held_from_its_new_day(system: User, asked: date | None, begins: date) -> None:
    place, heir = factories.beneficiary(), factories.user("suite@exemple.invalid")
    former = factories.member(
        Role.MAYOR, place, starts_on=YESTERDAY, ends_on=YESTERDAY, quality="Maire", successor=heir
    )
    again = actions.give_role(
        former, role=Role.MAYOR, beneficiary=place, quality="Mairesse", starts_on=asked, by=system, at=NOW
    )
    again.refresh_from_db()
    assert (again.starts_on, again.ends_on, again.quality, again.successor) == (begins, None, "Mairesse", None)
    assert Membership.objects.count() == 1


def test_each_gesture_on_a_role_writes_its_row_and_its_line_and_touches_no_other(system: User) -> None:
    place, person, heir = factories.beneficiary(), factories.user(), factories.user("suite@exemple.invalid")
    beside = actions.give_role(heir, role=Role.SECRETARY, beneficiary=place, by=system, at=NOW)
    kept = Membership.objects.values().get(pk=beside.pk)
    begins, last = TODAY + timedelta(days=1), TODAY + timedelta(days=3)
    held = actions.give_role(person, role=Role.MAYOR, beneficiary=place, starts_on=begins, by=system, at=NOW)
    departure = {"successor": heir, "reminded_at": None, "handed_over_at": None}
    for gesture, given, fields in (
        (actions.end_role, {"last_day": last, "successor": heir}, {"ends_on": last, **departure}),
        (actions.keep_role, {}, {"ends_on": None, **departure, "successor": None}),
        (actions.end_role_with_commune, {"last_day": last}, {"ends_on": last}),
        (actions.give_back_role, {"ends_on": None}, {"ends_on": None, "reminded_at": None, "handed_over_at": None}),
        (actions.give_back_role, {"ends_on": last}, {"ends_on": last}),
    ):
        Membership.objects.filter(pk=held.pk).update(reminded_at=NOW, handed_over_at=None)
        held.refresh_from_db()
        gesture(held, by=system, at=NOW, **given)
        held.refresh_from_db()
        assert {name: getattr(held, name) for name in fields} == fields
    pk = str(held.pk)
    actions.take_back_role(held, by=system, at=NOW)
    lines = Entry.objects.filter(object_id=pk, object_type="people.membership").order_by("pk")
    assert [(one.verb, one.facts) for one in lines] == [
        ("role.given", {"role": "mayor", "starts_on": str(begins)}),
        ("role.ended", {"role": "mayor", "ends_on": str(last), "successor": heir.pk}),
        ("role.kept", {"role": "mayor"}),
        ("role.ended", {"ends_on": str(last)}),
        ("role.given", {"role": "mayor", "ends_on": ""}),
        ("role.given", {"role": "mayor", "ends_on": str(last)}),
        ("role.taken_back", {"role": "mayor"}),
    ]
    assert list(Membership.objects.values()) == [kept]
