"""Journeys of the forms: what is done, what is refused and why, what happens when a form is sent twice."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django_scopes import scopes_disabled

from socle.agreements import actions
from socle.agreements.gestures import SendToSignature
from socle.agreements.models import Agreement, Party, Status
from socle.batches import actions as batches
from socle.batches.contract import Wish
from socle.batches.models import Batch
from socle.documents import actions as documents
from socle.documents.models import Text
from socle.journal.models import Entry
from socle.people.models import Beneficiary, Membership, Role
from socle.programme.models import AgreementType, TypeParty
from socle.provisioning.models import State
from socle.signing.models import Reading
from tests import factories as f
from tests.documents.test_uploads import pdf

PDF = pdf()


@pytest.fixture
def officer(enter):
    return enter("officer")


def said(response):
    """The messages of the page where a gesture leads."""
    soup = BeautifulSoup(response.content, "html.parser")
    return " ".join(notice.get_text(" ", strip=True) for notice in soup.select(".messages"))


def count(verb):
    return Entry.objects.filter(verb=verb).count()


# --- Amending ---------------------------------------------------------------------------------------------------------
@pytest.mark.slow
def test_an_officer_drafts_an_amendment_says_what_it_changes_and_the_mairie_reads_it(world, officer, enter):
    f.amendments(world.programme)
    page = f"/console/conventions/{world.signed}/"
    answer = officer.post(f"{page}avenant/", follow=True)
    assert "Le projet d’avenant est rédigé" in said(answer)
    number = f"{world.signed}-A1"
    assert f"/console/conventions/{number}/" in answer.redirect_chain[-1][0]
    assert "L’objet de l’avenant est à écrire" in answer.content.decode()
    assert f"{number} est en préparation" in said(officer.post(f"{page}avenant/", follow=True)).replace("\u00a0", " ")
    terms = f"/console/conventions/{number}/avenant/conditions/"
    assert officer.post(terms, {"purpose": "Prix.", "annual_price": "-1", "ends_on": "2029-11-24"}).status_code == 422
    answer = officer.post(terms, {"purpose": "Prix.", "annual_price": "99.00", "ends_on": "2029-11-24"}, follow=True)
    changed = BeautifulSoup(answer.content, "html.parser").find("th", string="Contribution annuelle").parent
    assert [cell.get_text() for cell in changed.select("td")][1] == "99,00\u00a0€"
    assert number in officer.get(page).content.decode()
    # In the register, the agreement alone; in the search, both.
    assert number not in officer.get("/console/conventions/").content.decode()
    assert officer.get("/console/recherche/", {"q": number}).url == f"/console/conventions/{number}/"
    assert officer.get(f"/console/conventions/{world.signed}/avenant/conditions/").status_code == 404
    assert enter("cdg59").post(f"{page}avenant/").status_code == 404
    assert enter("technician").post(f"{page}avenant/").status_code == 403
    assert enter("somme").get(terms).status_code == 403


# --- Reported to the committee ----------------------------------------------------------------------------------------
@pytest.mark.slow
def test_rule_12_the_register_lists_what_was_concluded_by_delegation_since_the_last_committee(world, officer):
    asked = "/console/conventions/?conclues=comite"
    assert world.signed in officer.get(asked).content.decode()
    assert world.ready not in officer.get(asked).content.decode()
    assert world.signed in officer.get("/console/conventions.csv?conclues=comite").getvalue().decode()
    f.act(world.programme.lead(), "2026-90", body="comité syndical", adopted_on=f.TODAY - timedelta(days=1))
    assert world.signed in officer.get(asked).content.decode()
    f.act(world.programme.lead(), "2026-91", body="comité syndical", adopted_on=f.TODAY)
    assert world.signed not in officer.get(asked).content.decode()


# --- Between operators ------------------------------------------------------------------------------------------------
@pytest.mark.slow
def test_operators_read_what_binds_them_and_nobody_else_does(world, officer, enter):
    text = Text.objects.create(
        name="operateurs", version="2026-11-29", body="# Convention\n\n{{ basis }}", sha256="b" * 64
    )
    kind = AgreementType.objects.create(
        programme=world.programme, code="cdg59", name="Partenariat du Nord", has_beneficiary=False,
        approved_by=AgreementType.ApprovedBy.EACH, text_name=text.name, text_version=text.version, term_months=36,
        annual_price="0.00", vat_regime="remboursement de coûts, hors du champ de la TVA", basis="Au coût.", order=9,
    )  # fmt: skip
    for rank, code in enumerate(("cdg59", "npdcn"), start=1):
        partner = world.programme.partners.get(operator__code=code)
        TypeParty.objects.create(type=kind, rank=rank, part=partner.part, operator=partner.operator)
    drafting = "/console/conventions/rediger/"
    assert "Partenariat du Nord" not in enter("cdg59").get("/console/conventions/").content.decode()
    for who in ("cdg59", "technician", "finance"):
        assert enter(who).post(drafting, {"type": "cdg59"}).status_code == 403
    assert officer.post(drafting, {"type": "inconnu"}).status_code == 404
    answer = officer.post(drafting, {"type": "cdg59"}, follow=True)
    page = answer.redirect_chain[-1][0]
    assert "Base de remboursement" in answer.content.decode()
    assert "existe déjà" in said(officer.post(drafting, {"type": "cdg59"}, follow=True))
    assert officer.get(f"{page}parties/cdg-1/").status_code == 200
    assert officer.get(f"{page}parties/cdg/").status_code == 404
    assert enter("cdg59").get(page).status_code == 200
    assert "Partenariat du Nord" in enter("cdg59").get("/console/conventions/").content.decode()
    for who in ("cdg62", "somme"):
        assert enter(who).get(page).status_code == 404
        assert "Partenariat du Nord" not in enter(who).get("/console/conventions/").content.decode()
    number = page.split("/")[3]
    for who, is_there in (("officer", True), ("cdg59", True), ("cdg62", False)):
        for list_ in ("/console/conventions/?type=cdg59", "/console/conventions.csv?type=cdg59"):
            answer = enter(who).get(list_)
            listed = answer.getvalue() if answer.streaming else answer.content
            assert (number in listed.decode()) is is_there, (who, list_)
    # Its signatories are not the three of a commune's agreement: no date is said to be theirs.
    with scopes_disabled():
        Agreement.every.filter(number=number).update(status=Status.SIGNED, signed_at=f.NOW)
    listed = officer.get("/console/conventions/?type=cdg59").content.decode()
    assert "<dt>conclue</dt>" in listed
    assert "<dt>bénéficiaire</dt>" not in listed
    assert enter("cdg59").get(f"{page}resilier/").status_code == 403
    assert officer.get(f"{page}resilier/").status_code == 200


# --- Drafting ---------------------------------------------------------------------------------------------------------
@pytest.mark.slow
def test_an_officer_drafts_the_agreement_of_a_commune_and_a_second_click_leads_to_the_same(world, officer):
    first = officer.post("/console/communes/59218/rediger/", follow=True)
    assert "est rédigé" in said(first)
    second = officer.post("/console/communes/59218/rediger/")
    assert second.url == first.redirect_chain[-1][0]
    with scopes_disabled():
        assert Agreement.objects.filter(beneficiary__commune__insee_code="59218").count() == 1


def test_a_refused_draft_registers_nothing(world, officer, monkeypatch):
    world.programme.partners.filter(part="cdg").delete()
    response = officer.post("/console/communes/59218/rediger/", follow=True)
    assert "Aucun centre de gestion du programme" in said(response)
    assert not Beneficiary.objects.filter(commune__insee_code="59218").exists()


@pytest.mark.slow
@pytest.mark.both
def test_a_draft_says_what_is_missing_and_where_to_mend_it(world, officer):
    soup = BeautifulSoup(officer.get(f"/console/conventions/{world.draft}/").content, "html.parser")
    notice = soup.select_one(".notice-wait")
    assert "La délibération du conseil municipal manque" in notice.get_text()
    assert f"/console/conventions/{world.draft}/parties/beneficiary/" in {a["href"] for a in notice.select("a")}
    button = next(b for b in soup.find_all("button") if "Envoyer" in b.get_text())
    assert button.has_attr("disabled")
    response = officer.post(f"/console/conventions/{world.draft}/envoyer/", follow=True)
    assert "La délibération du conseil municipal manque" in said(response)
    assert world.agreement(world.draft).status == Status.DRAFT


@pytest.mark.slow
def test_what_waits_for_the_mairie_is_asked_of_it_by_a_button_once_in_three_days(world, officer):
    with scopes_disabled():
        f.member(Role.SECRETARY, world.agreement(world.draft).beneficiary)
    page, home = f"/console/conventions/{world.draft}/", "/console/"
    world.agreement(world.draft)
    answer = officer.post(f"{page}relancer/", {"retour": page}, follow=True)
    assert "La mairie est relancée\u00a0: 1 message part." in said(answer)
    soup = BeautifulSoup(answer.content, "html.parser")
    button = next(one for one in soup.select("button") if "Relancer la mairie" in one.get_text())
    assert button.has_attr("disabled")
    assert "laissez-lui 3 jours" in said(officer.post(f"{page}relancer/", follow=True))
    assert f"{page}relancer/" not in officer.get(home).content.decode()


# --- Services ---------------------------------------------------------------------------------------------------------
def chosen(world):
    with scopes_disabled():
        return sorted(world.agreement(world.draft).services.values_list("code", flat=True))


@pytest.mark.slow
@pytest.mark.both
def test_services_are_chosen_and_the_change_undone_once(world, officer):
    address = f"/console/conventions/{world.draft}"
    response = officer.post(f"{address}/services/", {"services": ["telephonie"]}, follow=True)
    assert "Annuler ce changement" in response.content.decode()
    assert chosen(world) == ["telephonie"]
    officer.post(f"{address}/retablir-services/")
    assert chosen(world) == ["messagerie", "site-internet"]
    assert "plus rien à annuler" in said(officer.post(f"{address}/retablir-services/", follow=True))
    assert count("agreement.services_chosen") == 2


@pytest.mark.slow
def test_a_service_of_nobody_is_refused_and_nothing_changes(world, officer):
    response = officer.post(
        f"/console/conventions/{world.draft}/services/", {"services": ["site-internet", "fusée"]}, follow=True
    )
    assert response.status_code == 422
    assert "n’est pas de l’offre" in BeautifulSoup(response.content, "html.parser").get_text()
    assert chosen(world) == ["messagerie", "site-internet"]


@pytest.mark.slow
def test_the_services_of_an_agreement_at_the_signature_do_not_change(world, officer):
    response = officer.post(f"/console/conventions/{world.ready}/services/", {"services": ["telephonie"]}, follow=True)
    assert "n’est plus un projet" in said(response)


# --- Outside the delegation -------------------------------------------------------------------------------------------
@pytest.mark.slow
@pytest.mark.both
def test_what_departs_from_the_model_is_printed_for_the_committee_and_waits_for_its_act(world, officer):
    with scopes_disabled():
        agreement = world.agreement(world.draft)
        actions.complete_party(
            agreement, kind="beneficiary", act=f.act(agreement.beneficiary), by=world.people["officer"], at=f.NOW
        )
        mayor = f.member(Role.MAYOR, agreement.beneficiary, quality="Maire").memberships.get()
        actions.complete_party(agreement, kind="beneficiary", membership=mayor, by=world.people["officer"], at=f.NOW)
        Agreement.objects.filter(pk=agreement.pk).update(term_months=48)
    address = f"/console/conventions/{world.draft}/"
    page = officer.get(address).content.decode()
    assert "hors délégation" in page
    assert "la durée n’est pas celle du programme" in page
    assert "sort de la délégation" in said(officer.post(f"{address}envoyer/", follow=True))
    printed = officer.post(f"{address}envoyer/", {"for_the_committee": "1"}, follow=True)
    assert "imprimée, hors délégation" in said(printed)
    assert f"{address}comite/" in printed.content.decode()

    missing = officer.post(f"{address}comite/", {"act": "", "article": "1"})
    assert (missing.status_code, count("agreement.act_linked")) == (422, 0)
    recorded = officer.post(
        f"{address}comite/acte/", {**ACT, "body": "comité syndical", "number": "2026-40"}, follow=True
    )
    assert "dites quel article approuve" in said(recorded)
    act = f.acts().get(number="2026-40")
    assert act.operator == world.programme.lead()
    without_words = officer.post(f"{address}comite/", {"act": act.pk, "article": "3"})
    assert (without_words.status_code, count("act.approved")) == (422, 0)
    linked = officer.post(f"{address}comite/", {"act": act.pk, "article": "3", "text": "Approuve."}, follow=True)
    assert "L’acte est rattaché" in said(linked)
    assert "L’article 3 de l’acte n°\u00a02026-40" in linked.content.decode()
    # The act is executory: it is printed again with it at once, and signed in order.
    assert "elle est imprimée avec lui, et se signe" in said(linked)
    assert "se signe dans l’ordre des parties" in linked.content.decode()
    assert "D’une impression à l’autre" in linked.content.decode()
    twice = officer.post(f"{address}comite/", {"act": act.pk, "article": "3"})
    assert (twice.status_code, count("act.approved")) == (422, 1)


# --- Parties and acts -------------------------------------------------------------------------------------------------
ACT = {
    "body": "conseil municipal",
    "number": "2026-14",
    "subject": "Convention tripartite",
    "adopted_on": "2026-11-02",
    "received_on": "2026-11-03",
    "published_on": "2026-11-04",
}


@pytest.mark.slow
def test_an_act_is_recorded_with_its_pdf_and_attached(world, officer):
    address = f"/console/conventions/{world.draft}/parties/beneficiary/acte/"
    upload = SimpleUploadedFile("acte.pdf", PDF, content_type="application/pdf")
    response = officer.post(address, {**ACT, "document": upload}, follow=True)
    assert "enregistré et rattaché" in said(response)
    with scopes_disabled():
        party = world.agreement(world.draft).parties.get(kind="beneficiary")
        assert party.act.number == "2026-14"
        assert documents.read(party.act.document) == PDF


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"published_on": "2026-11-01"}, "avant d’être adopté"),
        ({"adopted_on": "2027-01-01"}, "n’est pas encore venu"),
        ({"number": "!!!"}, "Le numéro de l’acte"),
        ({"adopted_on": "hier"}, "date"),
        ({"number": ""}, "requis"),
        ({"document": b"MZ not a pdf"}, "n’est pas un PDF"),
        ({"document": b""}, "vide"),
    ],
)
def test_a_wrong_act_is_refused_beside_its_form_and_nothing_is_kept(world, officer, change, words):
    address = f"/console/conventions/{world.draft}/parties/beneficiary/acte/"
    given = {**ACT, **change}
    if isinstance(given.get("document"), bytes):
        given["document"] = SimpleUploadedFile("acte.pdf", given["document"], content_type="application/pdf")
    response = officer.post(address, given)
    assert response.status_code == 422
    assert words in response.content.decode()
    with scopes_disabled():
        assert world.agreement(world.draft).parties.get(kind="beneficiary").act is None
        assert not world.agreement(world.draft).beneficiary.acts.exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("lacks", "given", "refused"),
    [
        ({"received_on": None}, {"received_on": "2026-10-02"}, ""),
        ({"published_on": None}, {"published_on": "2026-10-03", "certificate": "Affichée, d’après la mairie."}, ""),
        ({"published_on": None}, {"published_on": "2026-10-03", "certificate": ""}, "Dites comment l’acte"),
        ({"received_on": None}, {"received_on": "2026-09-30"}, "avant d’être adopté"),
        (
            {"received_on": None, "published_on": None},
            {"received_on": "2026-10-02", "published_on": "2026-09-30", "certificate": "Affichée."},
            "avant d’être adopté",
        ),
        ({"received_on": None}, {}, "au moins une date"),
    ],
)
def test_an_officer_notes_the_dates_that_an_act_lacks_all_or_none(world, officer, lacks, given, refused):
    act = world.agreement(world.ready).parties.get(kind="beneficiary").act
    f.acts().filter(pk=act.pk).update(**lacks)
    address = f"/console/conventions/{world.ready}/"
    form = f"{address}parties/beneficiary/acte/dates/"
    assert f'href="{form}"' in officer.get(address).content.decode()
    response = officer.post(form, given)
    assert response.status_code == (422 if refused else 302)
    assert refused in response.content.decode()
    act.refresh_from_db()
    assert (act.executory_on is None) == bool(refused)
    assert all(getattr(act, name) is None for name in lacks) == bool(refused)
    assert (form in officer.get(address).content.decode()) == bool(refused)


@pytest.mark.slow
def test_the_line_that_asks_for_a_signatory_leads_to_whoever_is_named_else_invited(world, officer, enter):
    address, invite = (
        f"/console/conventions/{world.draft}/",
        "/console/communes/59001/personnes/inviter/?fonction=mayor",
    )
    assert f'href="{invite}"' in officer.get(address).content.decode()
    assert f'href="{invite}"' in officer.get(f"{address}parties/beneficiary/").content.decode()
    assert '<option value="mayor" selected>' in officer.get(invite).content.decode()
    # Those of an operator are its own to invite, and the lead's.
    person = world.people["cdg59_president"]
    Membership.objects.filter(user=person).update(ends_on=f.TODAY - timedelta(days=1))
    theirs = "/console/personnes/operateur/cdg59/inviter/?fonction=cdg_president"
    assert f'href="{theirs}"' in officer.get(f"{address}parties/cdg/").content.decode()
    Membership.objects.filter(user=world.people["president"]).update(ends_on=f.TODAY - timedelta(days=1))
    assert "faites-le inscrire" in enter("cdg59").get(f"{address}parties/lead/").content.decode()

    f.member(Role.MAYOR, world.agreement(world.draft).beneficiary)
    found = officer.get(address).content.decode()
    assert invite not in found
    assert f'href="{address}parties/beneficiary/">La personne qui signera' in found


def test_the_act_and_the_signatory_of_another_are_not_choices(world, officer):
    with scopes_disabled():
        foreign_act = world.agreement(world.signed).parties.get(kind="beneficiary").act
        foreign = world.people["mayor62002"].memberships.get()
    address = f"/console/conventions/{world.draft}/parties/beneficiary/"
    response = officer.post(address, {"act": foreign_act.pk, "membership": foreign.pk})
    assert response.status_code == 422
    assert "n’est pas celui de cette partie" in response.content.decode()
    assert "n’a pas qualité" in response.content.decode()


def test_a_party_of_no_kind_is_not_found(world, officer):
    assert officer.get(f"/console/conventions/{world.draft}/parties/king/").status_code == 404


# --- Sending, taking back, giving up ----------------------------------------------------------------------------------
@pytest.fixture
def whole(world):
    """The draft, with nothing missing."""
    with scopes_disabled():
        agreement = world.agreement(world.draft)
        mayor = f.member(Role.MAYOR, agreement.beneficiary, quality="Maire")
        actions.complete_party(
            agreement,
            kind=Party.Kind.BENEFICIARY,
            act=f.act(agreement.beneficiary),
            membership=mayor.memberships.get(),
            by=world.people["officer"],
            at=f.NOW,
        )
    return world.draft


@pytest.mark.slow
def test_a_whole_draft_is_sent_taken_back_and_sent_again(world, officer, whole):
    page = f"/console/conventions/{whole}/"
    soup = BeautifulSoup(officer.get(page).content, "html.parser")
    recap = next(one for one in soup.select("h2") if "voici ce qui va partir" in one.get_text()).find_parent("section")
    assert [line.get_text().split(", pour ")[0].split(", ")[-1] for line in recap.select("ol li")] == [
        "Maire", "Présidente", "Président",
    ]  # fmt: skip
    assert "pour la commune d’Abancourt" in recap.get_text() or "pour la commune de Abancourt" in recap.get_text()
    assert [form["action"] for form in recap.select("form")] == [f"{page}envoyer/"]
    # An act that is not executory yet stops no sending, and no signature rests on it: it is said before.
    assert "Rien ne se signe encore" not in recap.get_text()
    with scopes_disabled():
        f.acts().filter(beneficiary=world.agreement(whole).beneficiary_id).update(published_on=None)
    warned = officer.get(page).content.decode()
    assert "Rien ne se signe encore sur cet acte" in warned
    assert "il manque sa publication" in warned
    with scopes_disabled():
        f.acts().filter(beneficiary=world.agreement(whole).beneficiary_id).update(published_on=f.TODAY)
    assert "bénéficiaire signe en premier" in said(officer.post(f"{page}envoyer/", follow=True))
    assert "déjà à la signature" in said(officer.post(f"{page}envoyer/", follow=True))
    assert count("agreement.ready") == 3
    assert "redevenue un projet" in said(officer.post(f"{page}reprendre/", follow=True))
    assert "déjà un projet" in said(officer.post(f"{page}reprendre/", follow=True))
    officer.post(f"{page}envoyer/")
    assert world.agreement(whole).status == Status.READY


@pytest.mark.slow
def test_what_someone_has_signed_is_not_taken_back_but_may_be_given_up(world, officer):
    page = f"/console/conventions/{world.ready}/"
    assert "Une partie a déjà signé" in officer.get(page).content.decode()
    assert "Une partie a déjà signé" in said(officer.post(f"{page}reprendre/", follow=True))
    assert "Ce geste ne se reprend pas" in officer.get(f"{page}abandonner/").content.decode()
    assert world.agreement(world.ready).status == Status.READY
    assert "abandonnée" in said(officer.post(f"{page}abandonner/", follow=True))
    assert "déjà abandonnée" in said(officer.post(f"{page}abandonner/", follow=True))
    assert count("agreement.cancelled") == 1
    assert "Rédiger la convention" in officer.get("/console/communes/59474/").content.decode()


def test_a_concluded_agreement_is_not_given_up(world, officer):
    response = officer.post(f"/console/conventions/{world.signed}/abandonner/", follow=True)
    assert "ne s’abandonne pas" in said(response)
    assert world.agreement(world.signed).status == Status.SIGNED


# --- The document -----------------------------------------------------------------------------------------------------
def test_the_pdf_is_given_as_it_was_kept(world, officer):
    response = officer.get(f"/console/conventions/{world.signed}/convention.pdf")
    with scopes_disabled():
        assert response.content == documents.read(world.agreement(world.signed).round.current)
    assert response["Content-Disposition"] == f'attachment; filename="convention-{world.signed.lower()}.pdf"'
    assert "no-store" in response["Cache-Control"]


def test_an_altered_file_is_never_given(world, officer):
    with scopes_disabled():
        path = Path(world.agreement(world.signed).round.current.file.path)
    kept = path.read_bytes()
    content = bytearray(kept)
    content[100] ^= 1
    path.chmod(0o600)
    path.write_bytes(content)
    try:
        for page in ("convention.pdf", "signatures/"):
            response = officer.get(f"/console/conventions/{world.signed}/{page}")
            assert response.status_code == 409
            assert "a été modifié depuis qu’il est conservé" in response.content.decode()
    finally:
        # The other tests read it too.
        path.write_bytes(kept)


def test_a_draft_has_no_pdf_and_no_text_while_it_has_gaps(world, officer):
    assert officer.get(f"/console/conventions/{world.draft}/convention.pdf").status_code == 404
    response = officer.get(f"/console/conventions/{world.draft}/texte/")
    assert response.status_code == 409
    assert "manque" in response.content.decode()


# --- Signing ----------------------------------------------------------------------------------------------------------
def test_a_signature_sent_twice_is_made_once(world, enter):
    client = enter("cdg59_president")
    asked = {"read": "on", "shown": world.agreement(world.ready).round.current.sha256}
    for _ in range(2):
        response = client.post(f"/console/conventions/{world.ready}/signer/", asked)
        assert response.url == f"/console/conventions/{world.ready}/signatures/"
    assert count("agreement.party_signed") == 5


def test_the_president_of_another_centre_de_gestion_does_not_sign(world, enter):
    client = enter("cdg62_president")
    assert client.post(f"/console/conventions/{world.ready}/signer/", {"read": "on"}).status_code == 404


@pytest.mark.slow
@pytest.mark.both
def test_several_are_signed_after_one_reading_of_a_frozen_list(world, enter):
    client = enter("cdg59_president")
    assert "Aucune des conventions cochées" in said(client.post("/console/a-signer/", {"etape": "relire"}, follow=True))
    asked = {"convention": [world.ready, world.signed]}
    page = client.post("/console/a-signer/", {"etape": "relire", **asked}).content.decode()
    assert world.ready in page
    assert world.signed not in page
    hidden = {name: re.findall(rf'name="{name}" value="([0-9a-f-]+)"', page)[0] for name in ("shown", "key")}
    assert client.post("/console/a-signer/", {"etape": "signer", **hidden, **asked}).status_code == 422
    changed = {"etape": "signer", "read": "on", **hidden, "shown": "0" * 64, **asked}
    assert "a changé depuis" in said(client.post("/console/a-signer/", changed, follow=True))
    assert not Batch.objects.filter(gesture="sign").exists()
    for _ in range(2):
        response = client.post("/console/a-signer/", {"etape": "signer", "read": "on", **hidden, **asked}, follow=True)
    assert "s’apposent l’une après l’autre" in said(response)
    batch = Batch.objects.get(gesture="sign")
    # As the worker does, in the scope of nobody.
    batches.carry_on(only=batch.pk)
    line = batch.lines.get()
    assert line.says == f"Convention n°\u00a0{world.ready} signée."
    # Its code is that of the commune: PostgreSQL takes no longer one.
    assert (line.label, line.code) == (f"{world.ready}, Prisches", "59474")
    reading = Reading.objects.get()
    agreement = world.agreement(world.ready)
    slot = agreement.round.slots.get(rank=2)
    assert (slot.signed_by, reading.sha256, reading.places.get().slot) == (reading.by, hidden["shown"], slot)
    assert "Aucune convention n’attend votre signature" in client.get("/console/a-signer/").content.decode()
    assert not [one for one in client.get("/console/lots/").context["gestures"] if one[0].code == "sign"]


def test_a_batch_sends_a_complete_draft_to_signature_in_the_scope_of_nobody(world, enter):
    draft = world.agreement(world.draft)
    given = {
        "act": f.act(draft.beneficiary, "2026-77"),
        "membership": f.member(Role.MAYOR, draft.beneficiary, quality="Maire").memberships.get(),
    }
    with scopes_disabled():
        actions.complete_party(draft, kind=Party.Kind.BENEFICIARY, **given, by=world.people["officer"], at=f.NOW)
    said = SendToSignature().do(str(draft.pk), Wish(world.people["officer"], world.programme), at=f.NOW)
    assert said == f"Convention n°\u00a0{world.draft} à la signature."
    assert world.agreement(world.draft).status == Status.READY


# --- Installations ----------------------------------------------------------------------------------------------------
def test_a_technician_asks_for_another_try(world, enter):
    with time_machine.travel(f.NOW + timedelta(minutes=7), tick=False):
        response = enter("technician").post(
            f"/console/installations/{world.failed.pk}/essayer/", {"retour": "/console/installations/?etat=failed"}
        )
    assert response.url == "/console/installations/?etat=failed"
    assert world.installation(world.failed).next_look_at == f.NOW + timedelta(minutes=7)


@pytest.mark.parametrize("elsewhere", ["https://exemple.invalid/", "//exemple.invalid", "/mairie/", "javascript:x", ""])
def test_a_gesture_never_leads_to_another_site(world, enter, elsewhere):
    response = enter("technician").post(f"/console/installations/{world.failed.pk}/essayer/", {"retour": elsewhere})
    assert response.url == f"/console/installations/{world.failed.pk}/"


@pytest.mark.slow
def test_a_service_is_suspended_and_resumed_once_each(world, enter):
    client, page = enter("technician"), f"/console/installations/{world.live.pk}/"
    assert "suspension est demandée" in said(client.post(f"{page}suspendre/", follow=True))
    assert "déjà suspendu" in said(client.post(f"{page}suspendre/", follow=True))
    assert not world.installation(world.live).wanted_present
    assert "reprise est demandée" in said(client.post(f"{page}retablir/", follow=True))
    assert "rien à reprendre" in said(client.post(f"{page}retablir/", follow=True))
    assert count("installation.suspension_wanted") == count("installation.resumption_wanted") == 1


def test_what_works_is_not_tried_again(world, enter):
    response = enter("technician").post(f"/console/installations/{world.live.pk}/essayer/", follow=True)
    assert "n’attend pas de nouvel essai" in said(response)


def test_the_plan_says_what_would_be_done_and_touches_nothing(world, enter):
    before = Entry.objects.count()
    page = enter("technician").get(f"/console/installations/{world.failed.pk}/plan/").content.decode()
    assert "Simulé\u00a0: créer" in page or "Simulé : créer" in page
    assert Entry.objects.count() == before
    assert world.installation(world.failed).state == State.FAILED


def test_a_plan_that_cannot_be_made_says_why(world, enter, settings):
    settings.SOCLE_ENGINES = {}
    page = enter("technician").get(f"/console/installations/{world.failed.pk}/plan/").content.decode()
    assert "Aucun moteur n’est branché ici" in page


# --- Other public bodies ----------------------------------------------------------------------------------------------
BODY = {
    "name": "CCAS de Prisches",
    "legal_form": "centre communal d’action sociale",
    "siret_number": "200 039 386 00038",
    "department": "59",
    "seat": "1 place de la Mairie, 59550 Prisches",
}


@pytest.mark.slow
def test_another_public_body_is_registered_once_and_can_have_its_agreement(world, officer):
    first = officer.post("/console/beneficiaires/nouveau/", BODY, follow=True)
    assert "est inscrit" in said(first)
    page = first.redirect_chain[-1][0]
    assert officer.post("/console/beneficiaires/nouveau/", BODY).url == page
    drafted = officer.post(f"{page}rediger/", follow=True)
    assert "est rédigé" in said(drafted)
    assert officer.post(f"{page}rediger/").url == drafted.redirect_chain[-1][0]
    assert "CCAS de Prisches" in officer.get("/console/beneficiaires/").content.decode()
    assert "CCAS" in officer.get(f"{page}journal.csv").content.decode()
    assert officer.get(page).status_code == 200


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"siret_number": "20003938600039"}, "La clé de ce SIRET est fausse"),
        ({"siret_number": "123"}, "14 chiffres"),
        ({"siret_number": "²0003938600038"}, "14 chiffres"),
        ({"name": "   "}, "requis"),
        ({"department": "75"}, "75"),
    ],
)
def test_a_wrong_body_is_refused_with_its_reason(world, officer, change, words):
    response = officer.post("/console/beneficiaires/nouveau/", {**BODY, **change})
    assert response.status_code == 422
    assert words in response.content.decode()
    assert not Beneficiary.objects.filter(kind=Beneficiary.Kind.OTHER).exists()


@pytest.mark.slow
def test_a_centre_de_gestion_sees_no_body_of_the_other_department(world, officer, enter):
    page = officer.post("/console/beneficiaires/nouveau/", {**BODY, "department": "62"}).url
    client = enter("cdg59")
    for address in (page, f"{page}journal.csv", f"{page}journal.json"):
        assert client.get(address).status_code == 404
    assert client.post(f"{page}rediger/").status_code == 404
    assert "CCAS" not in client.get("/console/beneficiaires/").content.decode()
    response = client.post("/console/beneficiaires/nouveau/", BODY)
    assert response.status_code == 422
    assert "autre département" in response.content.decode()


@pytest.mark.slow
def test_no_gesture_needs_javascript(world, enter):
    for who in ("officer", "technician", "president"):
        for address in ("/console/", f"/console/conventions/{world.draft}/", "/console/communes/62002/"):
            soup = BeautifulSoup(enter(who).get(address).content, "html.parser")
            # What it adds, nothing needs: each form posts by itself.
            assert [one["src"] for one in soup.select("script[src]") if "console/console.js" not in one["src"]] == []
            for form in soup.select("form[method=post]"):
                assert form.select_one("input[name=csrfmiddlewaretoken]") or "logout" in form.get("action", "")
