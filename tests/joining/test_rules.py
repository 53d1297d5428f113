"""Why a request to join cannot be said receivable: by where it is, and by what proves who asks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from socle.agreements.models import Status as AgreementStatus
from socle.joining import actions, rules
from socle.joining.models import OPEN, JoinLetter, JoinRequest, Status
from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.people.models import Role, User
from socle.programme.models import Service
from tests import factories as f

BEFORE, AFTER = f.NOW - timedelta(hours=1), f.NOW + timedelta(hours=1)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (Status.RECEIVED, "n’est pas confirmée"),
        (Status.CONFIRMED, None),
        (Status.QUALIFIED, "ce geste n’est plus possible"),
        (Status.PLANNED, "déjà étudiée, et planifiée"),
        (Status.DRAFTING, "ce geste n’est plus possible"),
        (Status.REFUSED, "ce geste n’est plus possible"),
        (Status.WITHDRAWN, "ce geste n’est plus possible"),
    ],
)
def test_a_request_is_said_receivable_where_it_may_be(status: Status, said: str | None) -> None:
    found = rules.why_no_qualification(JoinRequest(status=status, verified_at=f.NOW))
    assert found is None if said is None else said in (found or "")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "Rien ne prouve encore"),
        ({"has_published_address": True}, None),
        ({"has_published_address": True, "objected_at": f.NOW}, "s’est opposée"),
        ({"verified_at": f.NOW}, None),
        ({"verified_at": f.NOW, "objected_at": BEFORE}, None),
        ({"verified_at": f.NOW, "objected_at": f.NOW}, None),
        ({"verified_at": f.NOW, "objected_at": AFTER}, "s’est opposée"),
    ],
)
def test_a_request_is_receivable_once_the_mairie_itself_is_known_to_ask(given: dict, said: str | None) -> None:
    found = rules.why_no_qualification(JoinRequest(status=Status.CONFIRMED, **given))
    assert found is None if said is None else said in (found or "")


@pytest.mark.django_db
@pytest.mark.parametrize("status", [None, *AgreementStatus.values])
def test_who_has_an_agreement_that_stands_does_not_ask_to_join(status: str | None) -> None:
    programme, place = f.programme(), f.beneficiary()
    if status is not None:
        f.signed_agreement(place, status=status)
    said = rules.why_not_ask_for_commune(programme, place.commune)
    assert (said is None) == (status in (None, AgreementStatus.CANCELLED))


@pytest.mark.django_db
@pytest.mark.parametrize("status", list(Status))
def test_an_identity_is_vouched_for_once_while_the_request_is_open(status: Status) -> None:
    request = f.join_request(f.commune(), status=status)
    officer = f.member(Role.PROGRAMME_OFFICER, request.programme.lead())
    said = rules.why_not_verify(request, by=officer, on=f.TODAY)
    assert (said is None) == (status in (Status.CONFIRMED, Status.QUALIFIED, Status.PLANNED))
    request.verified_at = f.NOW
    assert rules.why_not_verify(request, by=officer, on=f.TODAY) is not None


DAY = f.TODAY + timedelta(days=9)
STUDIED = {"status": Status.QUALIFIED, "qualified_at": f.NOW}
PLANNED = {**STUDIED, "status": Status.PLANNED, "planned_at": BEFORE, "planned_on": f.TODAY, "wave": "un"}
REFUSED = {**PLANNED, "status": Status.REFUSED, "closed_at": BEFORE, "reason": "Non.", "reminded_at": BEFORE}
ANEW = {"qualified_at": None, "planned_at": None, "planned_on": None, "wave": "", "reminded_at": None}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("gesture", "before", "given", "after", "letters", "verb"),
    [
        (
            "verify", {"has_published_address": False}, {},
            {"verified_at": f.NOW, "verified_by": "officer"}, [], "verified",
        ),
        ("assign", {}, {"officer": "officer"}, {"officer": "officer"}, [], "assigned"),
        ("qualify", {}, {}, {**STUDIED, "officer": "officer"}, ["qualified"], "qualified"),
        (
            "plan", STUDIED, {"planned_on": DAY, "wave": " a  b "},
            {"status": Status.PLANNED, "planned_at": f.NOW, "planned_on": DAY, "wave": "a b"}, ["planned"], "planned",
        ),
        (
            "plan", PLANNED, {"planned_on": f.TODAY, "wave": "deux"},
            {"wave": "deux", "planned_at": f.NOW}, ["planned"], "planned",
        ),
        ("plan", PLANNED, {"planned_on": f.TODAY, "wave": "un"}, {"planned_at": BEFORE}, [], None),
        ("unplan", {**PLANNED, "reminded_at": BEFORE}, {}, {**ANEW, **STUDIED}, ["qualified"], "unplanned"),
        (
            "turn_down", {}, {"reason": " Non. "},
            {"status": Status.REFUSED, "closed_at": f.NOW, "reason": "Non."}, ["refused"], "refused",
        ),
        (
            "reopen", REFUSED, {},
            {**ANEW, "status": Status.CONFIRMED, "closed_at": None, "reason": ""}, ["reopened"], "reopened",
        ),
        ("withdraw", {}, {}, {"status": Status.WITHDRAWN, "closed_at": f.NOW}, ["withdrawn"], "withdrawn"),
        (
            "maintain", {"reminded_at": f.NOW, "confirmed_at": BEFORE}, {},
            {"maintained_at": f.NOW, "reminded_at": None}, [], "maintained",
        ),
        ("object_to", {}, {}, {"objected_at": f.NOW}, ["objected"], "objected"),
        ("send_new_link", {}, {}, {}, ["link"], "link_asked"),
    ],
)  # fmt: skip
def test_a_gesture_writes_its_request_its_letters_and_its_line(
    gesture: str, before: dict, given: dict, after: dict, letters: list[str], verb: str | None
) -> None:
    fields = {"has_published_address": True, **before}
    request = f.join_request(f.commune(), **fields)
    other = f.join_request(f.commune("59001", "Anor"), **fields)
    kept = JoinRequest.objects.values().get(pk=other.pk)
    officer = f.member(Role.PROGRAMME_OFFICER, request.programme.lead())
    given, after = ({k: officer if v == "officer" else v for k, v in one.items()} for one in (given, after))
    getattr(actions, gesture)(request, by=officer, at=f.NOW, **given)
    request.refresh_from_db()
    assert {name: getattr(request, name) for name in after} == after
    written = JoinLetter.objects.values_list("request", "kind", "due_at")
    assert list(written) == [(request.pk, kind, f.NOW) for kind in letters]
    told = list(Entry.objects.values_list("verb", "object_id", "by_ref"))
    assert told == ([(f"join.{verb}", str(request.pk), f"people.user:{officer.pk}")] if verb else [])
    assert all(line.facts["reference"] == request.reference for line in Entry.objects.all())
    assert JoinRequest.objects.values().get(pk=other.pk) == kept


@pytest.mark.django_db
def test_a_request_whose_people_were_erased_is_sent_no_link() -> None:
    request = f.join_request(f.commune(), email="")
    with pytest.raises(Refused, match="sont effacées"):
        actions.send_new_link(request, by=User.objects.system(), at=f.NOW)
    assert not JoinLetter.objects.exists()


@pytest.mark.django_db
def test_what_is_kept_of_what_is_asked() -> None:
    programme, system = f.programme(), User.objects.system()
    service = programme.services.get(code="messagerie")
    asked = {
        "body_name": " Syndicat ", "legal_form": " syndicat ", "siret_number": f.siret.complete(f.siren(77)),
        "department": f.department(), "name": " Zoé Exemple ", "function": JoinRequest.Function.SECRETARY,
        "email": " Zoe@Exemple.invalid ", "services": [service], "words": " Bonjour ", "form": "un",
    }  # fmt: skip
    made = actions.ask(programme, by=system, at=f.NOW, **asked)
    made.refresh_from_db()
    assert (made.body_name, made.legal_form, made.commune) == ("Syndicat", "syndicat", None)
    assert (made.siret, made.department, made.function) == (asked["siret_number"], f.department(), "secretary")
    assert (made.name, made.email, made.words) == ("Zoé Exemple", "zoe@exemple.invalid", "Bonjour")
    assert (made.asked_at, made.status, made.is_fictitious) == (f.NOW, Status.RECEIVED, False)
    assert list(made.services.all()) == [service]
    assert actions.ask(programme, by=system, at=f.NOW, **asked) == made
    assert list(Entry.objects.values_list("verb", "facts")) == [("join.asked", {"reference": made.reference})]
    assert list(JoinLetter.objects.values_list("kind", flat=True)) == ["confirm"]
    with pytest.raises(Refused, match="autre adresse"):
        actions.ask(programme, by=system, at=f.NOW, **{**asked, "email": "autre@exemple.invalid"})
    another = {"form": "deux", "siret_number": f.siret.complete(f.siren(78))}
    for change, says in (
        ({"words": "x" * 4001}, "4000 caractères"),
        ({"name": "Zoé 59"}, "sans chiffre"),
        ({"body_name": "www.syndicat"}, "sans adresse"),
        ({"department": f.department("80")}, "Il couvre"),
        ({"siret_number": f.beneficiary().siret}, "celui de la commune"),
        ({"siret_number": asked["siret_number"]}, "déjà à l’étude"),
    ):
        JoinRequest.objects.update(status=Status.CONFIRMED)
        with pytest.raises(Refused, match=says):
            actions.ask(programme, by=system, at=f.NOW, **{**asked, **another, **change})
    assert rules.why_not_say("Zoé Exemple", "z@exemple.invalid", "x" * 4000) is None
    foreign = Service(programme_id=programme.pk + 1)
    assert rules.why_not_wish(programme, [service]) is None
    assert rules.why_not_wish(programme, [service, foreign])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "planned_on", "wave", "said"),
    [
        (STUDIED, f.TODAY, "x" * 60, None),
        (STUDIED, f.TODAY - timedelta(days=1), "", "Ce jour est passé"),
        (STUDIED, f.TODAY, "x" * 61, "60 caractères"),
        (PLANNED, DAY, "", None),
        ({}, DAY, "", "Étudiez d’abord"),
        (REFUSED, DAY, "", "n’est plus possible"),
        ({"status": Status.RECEIVED}, DAY, "", "n’est pas confirmée"),
    ],
)
def test_when_a_request_is_planned(fields: dict, planned_on: Any, wave: str, said: str | None) -> None:
    request, system = f.join_request(f.commune(), **fields), User.objects.system()
    found = rules.why_not_plan(request, planned_on=planned_on, wave=wave, by=system, on=f.TODAY)
    assert said in found.replace("\u00a0", " ") if said else found is None


@pytest.mark.django_db
@pytest.mark.parametrize("status", list(Status))
def test_what_a_state_forbids(status: Status) -> None:
    request = f.join_request(f.commune(), status=status, has_published_address=True)
    by = {"by": User.objects.system(), "on": f.TODAY}
    open_ = status in (Status.CONFIRMED, Status.QUALIFIED, Status.PLANNED)
    assert (rules.why_not_unplan(request, **by) is None) is (status == Status.PLANNED)
    assert (rules.why_not_assign(request, None, **by) is None) is open_
    assert (rules.why_not_take(request, by=by["by"]) is None) is open_
    assert (rules.why_not_withdraw(request, **by) is None) is (status in (Status.RECEIVED, *OPEN))
    assert (rules.why_not_reopen(request, **by) is None) is (status == Status.REFUSED)
    assert rules.why_not_maintain(request, **by)
    request.reminded_at = f.NOW
    assert (rules.why_not_maintain(request, **by) is None) is open_
    closed = status in (Status.DRAFTING, Status.REFUSED, Status.WITHDRAWN)
    assert (rules.why_not_object(request) is None) is (not closed)
    request.objected_at = f.NOW
    assert "déjà notée" in (rules.why_not_object(request) or "")


@pytest.mark.django_db
def test_a_request_is_taken_from_nobody_and_entrusted_to_who_follows() -> None:
    request = f.join_request(f.commune())
    near, far = (f.member(Role.CDG_ADVISOR, f.operator(code, "", 0)) for code in ("cdg59", "cdg62"))
    assert rules.officers_of(request, on=f.TODAY) == [near]
    assert "ne suit pas ce département" in (rules.why_not_assign(request, far, by=near, on=f.TODAY) or "")
    assert rules.why_not_assign(request, near, by=near, on=f.TODAY) is None
    assert rules.why_not_handle(request, by=far, on=f.TODAY)
    request.officer = near
    assert "Vous suivez déjà" in (rules.why_not_take(request, by=near) or "")
    assert "Une autre personne" in (rules.why_not_take(request, by=far) or "")
