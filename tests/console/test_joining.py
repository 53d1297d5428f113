"""Requests to join in the console: studied, verified, planned, refused, followed by a draft; each step told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scopes_disabled

from socle.agreements.models import Agreement
from socle.batches.contract import Wish
from socle.batches.gestures import gesture_of
from socle.joining.models import JoinRequest, Status
from socle.people.models import (
    Beneficiary,
    Checked,
    Invitation,
    InvitationStatus,
    Role,
    SignatoryRequest,
    User,
)
from socle.territory.models import TownHall
from tests import factories as f

SOON = (f.TODAY + timedelta(days=40)).isoformat()


@pytest.fixture
def asked(world: Any) -> JoinRequest:
    found = JoinRequest.objects.get(reference=world.join)
    TownHall.objects.create(commune=found.commune, phone="03 99 00 00 00", email_withheld=True)
    found.services.set(world.programme.services.filter(code="telephonie"))
    return found


@pytest.fixture
def act(asked: JoinRequest, enter: Any, django_capture_on_commit_callbacks: Any) -> Any:
    """`act("etudier")`: the officer's gesture, what follows it done; with `follow`, returns the page it leads to."""

    def gesture(name: str, who: str = "officer", follow: bool = False, **said: Any) -> Any:
        with django_capture_on_commit_callbacks(execute=True):
            answer = enter(who).post(f"/console/demandes/{asked.reference}/{name}/", said, follow=follow)
        asked.refresh_from_db()
        return answer

    return gesture


def told() -> str:
    return str(mail.outbox[-1].subject)


@pytest.mark.slow
def test_a_request_goes_from_the_study_to_the_draft_and_the_mairie_is_told(act: Any, asked: JoinRequest) -> None:
    # Nothing proves that the mairie asks: the officer calls it first.
    assert "appelez-la au numéro publié" in act("etudier", follow=True).content.decode()
    assert asked.status == Status.CONFIRMED
    page = act("verifier", follow=True).content.decode()
    assert "03 99 00 00 00" in page
    assert "Vérifiée par Camille" in page
    act("etudier")
    assert (asked.status, told()) == (Status.QUALIFIED, f"Votre demande d’adhésion est étudiée ({asked.reference})")
    assert asked.officer is not None  # Whoever studies it follows it.
    act("planifier", planned_on=SOON, wave="Avesnois")
    assert (asked.status, asked.wave) == (Status.PLANNED, "Avesnois")
    assert "planifiée" in told()
    count = len(mail.outbox)
    act("planifier", planned_on=SOON, wave="Avesnois")
    assert len(mail.outbox) == count  # The same day again says nothing.
    act("deplanifier")
    assert (asked.status, asked.planned_on) == (Status.QUALIFIED, None)

    file = act("rediger", follow=True).content.decode()
    assert "complétez-le" in file
    assert asked.status == Status.DRAFTING
    beneficiary = Beneficiary.objects.get(commune=asked.commune)
    with scopes_disabled():
        agreement = Agreement.objects.get(beneficiary=beneficiary)
        assert [one.code for one in agreement.services.all()] == ["telephonie"]
    assert (asked.agreement, asked.beneficiary) == (agreement, beneficiary)
    invited = Invitation.objects.get(beneficiary=beneficiary)
    assert (invited.email, invited.role) == (asked.email, Role.MAYOR)
    # The call by which the identity was verified is that of the invitation.
    assert (invited.status, invited.checked) == (InvitationStatus.SENT, Checked.JOINING)
    assert asked.reference in invited.checked_note
    assert {agreement.number in one.body for one in mail.outbox if one.subject.startswith("Votre convention")} == {True}
    # Asked twice, it leads to the one there is.
    assert agreement.number in act("rediger").url
    assert Invitation.objects.count() == 1


@pytest.mark.slow
def test_a_mayor_who_asked_from_the_box_of_the_mairie_is_asked_for_an_address_of_their_own(
    act: Any, asked: JoinRequest
) -> None:
    box = "mairie@etroeungt.invalid"
    TownHall.objects.update(email=box)
    JoinRequest.objects.filter(pk=asked.pk).update(email=box, has_published_address=True)
    act("etudier")
    act("rediger")
    assert asked.status == Status.DRAFTING
    assert not Invitation.objects.exists()
    assert SignatoryRequest.objects.get().beneficiary == asked.beneficiary
    assert [one.to for one in mail.outbox if one.subject.startswith("Qui signera")] == [[box]]


@pytest.mark.slow
def test_a_refusal_is_read_by_the_mairie_and_taken_back(act: Any, asked: JoinRequest, enter: Any) -> None:
    blank = act("refuser", reason="   ")
    assert (blank.status_code, "lira tel quel" in blank.content.decode()) == (422, True)
    assert act("refuser", reason="x" * 3000).status_code == 422
    act("refuser", reason="Votre EPCI\nl’équipe déjà.")
    assert (asked.status, "l’équipe déjà" in mail.outbox[-1].body) == (Status.REFUSED, True)
    act("rouvrir")
    assert (asked.status, asked.reason) == (Status.CONFIRMED, "")
    assert "de nouveau à l’étude" in told()
    act("retirer")
    assert (asked.status, "retirée" in told()) == (Status.WITHDRAWN, True)
    for name in ("etudier", "planifier", "refuser", "rouvrir", "rediger", "verifier", "retirer"):
        act(name, planned_on=SOON, reason="Trop tard.")
        assert asked.status == Status.WITHDRAWN, name


@pytest.mark.slow
def test_an_objection_stops_everything_until_an_officer_has_called(act: Any, asked: JoinRequest) -> None:
    act("verifier")
    act("etudier")
    JoinRequest.objects.filter(pk=asked.pk).update(objected_at=f.NOW + timedelta(hours=1))
    page = act("rediger", follow=True).content.decode()
    assert "s’est opposée" in page
    assert asked.status == Status.QUALIFIED
    assert not Beneficiary.objects.filter(commune=asked.commune).exists()


@pytest.mark.slow
def test_it_is_entrusted_to_those_who_follow_the_department(act: Any, asked: JoinRequest, world: Any) -> None:
    act("confier", officer=world.people["cdg59"].pk)
    assert asked.officer == world.people["cdg59"]
    for wrong in (world.people["cdg62"].pk, world.people["finance"].pk, "0", "x" * 50):
        assert "ne suit pas ce département" in act("confier", officer=wrong, follow=True).content.decode()
    assert asked.officer == world.people["cdg59"]
    act("confier", officer="")
    assert asked.officer is None


@pytest.mark.slow
def test_only_those_who_follow_it_act_and_what_is_wrong_is_said(act: Any, asked: JoinRequest, enter: Any) -> None:
    assert act("etudier", who="finance").status_code == 403
    assert act("etudier", who="cdg62").status_code == 404
    assert "Pour lecture" in enter("finance").get(f"/console/demandes/{asked.reference}/").content.decode()
    act("verifier")
    early = act("planifier", planned_on=SOON)
    assert (early.status_code, "Étudiez d’abord" in early.content.decode()) == (422, True)
    act("etudier", who="cdg59")
    for day in ("2020-01-01", "demain", ""):
        wrong = act("planifier", planned_on=day, wave="Avesnois")
        assert (wrong.status_code, "Avesnois" in wrong.content.decode()) == (422, True)


@pytest.mark.slow
def test_another_body_becomes_a_beneficiary_and_one_already_known_is_kept(world: Any, enter: Any) -> None:
    number = f.siret.complete(f.siren(91))
    ccas = f.join_request(
        siret=number, body_name="CCAS d’essai", legal_form="CCAS", status=Status.QUALIFIED, has_published_address=True,
        function=JoinRequest.Function.OTHER,
    )  # fmt: skip
    enter("cdg59").post(f"/console/demandes/{ccas.reference}/rediger/")
    ccas.refresh_from_db()
    assert (ccas.status, ccas.beneficiary and ccas.beneficiary.siret) == (Status.DRAFTING, number)
    assert Invitation.objects.get(beneficiary=ccas.beneficiary).role == Role.SECRETARY
    # The agreement that exists since forbids another: nothing is half done.
    again = f.join_request(f.commune("59001"), status=Status.PLANNED, has_published_address=True)
    page = enter("officer").post(f"/console/demandes/{again.reference}/rediger/", follow=True).content.decode()
    again.refresh_from_db()
    assert ("existe déjà" in page, again.status) == (True, Status.PLANNED)


@pytest.mark.slow
def test_the_list_narrows_in_few_queries_and_shows_nothing_unconfirmed(
    world: Any, enter: Any, django_assert_max_num_queries: Any
) -> None:
    f.join_request(f.commune("62003"), status=Status.REFUSED, officer=world.people["officer"])
    secret = f.join_request(f.commune("59001"), status=Status.RECEIVED, confirmed_at=None)
    for number in range(3):
        f.join_request(
            siret=f"{number:014d}", body_name=f"Syndicat {number}", status=Status.PLANNED, planned_on=f.TODAY
        )
    client = enter("officer")
    client.get("/console/demandes/")
    with django_assert_max_num_queries(11):  # Two of them: whether one may make each gesture of the list.
        page = client.get("/console/demandes/?tri=-asked_at").content.decode()
    assert page.count("<tr>") == 1 + 5
    for filters, expected in (
        ("etat=ouvertes", 4), ("etat=refused", 1), ("departement=62", 1), ("suivi=moi", 1), ("q=etroeungt", 1),
        ("q=adh-test1", 1), ("q=Syndicat 2", 1), ("q=zzz", 0), ("etat=received", 5), ("etat=x&tri=email", 5),
    ):  # fmt: skip
        answer = client.get(f"/console/demandes/?{filters}")
        assert len(answer.context["page"]) == expected, filters
    assert client.get(f"/console/demandes/{secret.reference}/").status_code == 404
    csv = client.get("/console/demandes.csv").content.decode()
    assert ("Syndicat 2" in csv, "exemple.invalid" in csv, "Camille" in csv) == (True, False, False)
    assert "Acheville" not in enter("cdg59").get("/console/demandes/").content.decode()


@pytest.mark.slow
def test_the_page_of_a_body_leads_to_its_requests_and_each_leads_back(world: Any, enter: Any) -> None:
    officer = enter("officer")
    assert f"/console/demandes/{world.join}/" in officer.get("/console/communes/59218/").content.decode()
    assert "/console/communes/59218/" in officer.get(f"/console/demandes/{world.join}/").content.decode()
    assert "Demande d’adhésion" not in officer.get("/console/communes/62002/").content.decode()
    # One that nobody confirmed is nobody's to read.
    hidden = f.join_request(f.commune("62002"), status=Status.RECEIVED)
    assert hidden.reference not in officer.get("/console/communes/62002/").content.decode()
    body = Beneficiary.objects.create(
        kind=Beneficiary.Kind.OTHER, name="CCAS d’essai", siret=f.siret.complete(f.siren(91)), department=f.department()
    )
    ccas = f.join_request(siret=body.siret, body_name=body.name, beneficiary=body)
    assert f"/console/demandes/{ccas.reference}/" in officer.get(f"/console/beneficiaires/{body.pk}/").content.decode()
    assert f"/console/beneficiaires/{body.pk}/" in officer.get(f"/console/demandes/{ccas.reference}/").content.decode()


def test_many_requests_are_sorted_out_by_a_rule_asked_once_for_each_department(
    world: Any, asked: JoinRequest, django_assert_num_queries: Any
) -> None:
    wish = Wish(world.people["cdg59"], world.programme)
    elsewhere = f.join_request(f.commune("62300", "Ailleurs"))
    few = [str(asked.pk), str(elsewhere.pk)]
    many = [*few, *(str(f.join_request(f.commune(f"59{600 + rank}", f"Essai-{rank}")).pk) for rank in range(9))]
    for code in ("take_requests", "qualify_requests"):
        gesture = gesture_of(code)
        with CaptureQueriesContext(connection) as asking:
            refused = gesture.sort_out(few, wish, at=f.NOW)
        assert "Seules les personnes chargées du programme" in refused[str(elsewhere.pk)]
        with django_assert_num_queries(len(asking)):
            gesture.sort_out(many, wish, at=f.NOW)
    assert "appelez-la" in refused[str(asked.pk)]
    assert gesture_of("take_requests").sort_out(few[:1], wish, at=f.NOW) == {}
    alone = Wish(User.objects.system(), world.programme)
    assert "en son propre nom" in (gesture_of("take_requests").why_not(alone, on=f.TODAY) or "")
