"""What a secretary and a mayor do on their screens, without JavaScript."""

import re
from datetime import UTC, date, datetime

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_scopes import scope, scopes_disabled

from socle.agreements import actions, amendments
from socle.agreements.models import Agreement, Status
from socle.backups import actions as backups
from socle.deliberations.models import Act
from socle.domains.models import DomainName
from socle.inbox.models import ContactMessage
from socle.journal.models import Entry
from socle.lib import siret
from socle.people import invitations
from socle.people.models import Beneficiary, Membership, Role, User
from socle.programme.models import Promise
from socle.provisioning import actions as provisioning
from socle.provisioning.models import Installation, State
from socle.sites.actions import create_site
from tests import factories as f

pytestmark = pytest.mark.django_db


def words(response) -> str:
    return " ".join(BeautifulSoup(response.content.decode(), "html.parser").get_text(" ").split())


def at(name, *args):
    return reverse(f"mairie:{name}", args=args)


# --- Home ------------------------------------------------------------------------------------------------------------
def test_before_any_agreement_the_next_act_is_the_siret_then_nothing(secretary, world):
    with scope(beneficiary=world.here.place):
        actions.cancel(world.here.agreement, by=world.officer, at=f.NOW)
    Beneficiary.objects.filter(pk=world.here.place.pk).update(is_siret_confirmed=False)
    assert "Confirmez le SIRET" in words(secretary.get("/mairie/"))
    Beneficiary.objects.filter(pk=world.here.place.pk).update(is_siret_confirmed=True)
    page = words(secretary.get("/mairie/"))
    assert "Votre convention se prépare" in page
    assert "Qui s’en charge : Syndicat mixte d’essai" in page


@pytest.mark.slow
def test_the_next_act_follows_an_amendment_once_the_agreement_is_signed(client, secretary, world):
    here = world.here
    agreement = world.signed(here)
    f.amendments(world.programme, "# Avenant\n\n{{ changes }}\n\n{{ services }}\n\n{{ signatures }}\n")
    given = {"by": world.officer, "at": f.NOW}
    with scope(beneficiary=here.place):
        amendment = amendments.draft(agreement, **given)
        amendments.set_terms(amendment, purpose="Prix.", annual_price=1, ends_on=agreement.ends_on, **given)
    assert "Faites délibérer votre assemblée" in words(secretary.get("/mairie/"))
    with scope(beneficiary=here.place):
        act = f.act(here.place, "2026-99")
        actions.complete_party(amendment, kind="beneficiary", act=act, by=here.secretary, at=f.NOW)
        actions.make_ready(amendment, for_the_committee=True, **given)
    assert "L’avenant attend une signature" in words(secretary.get("/mairie/"))
    page = words(secretary.get(at("agreement", amendment.number)))
    assert "Ce que l’avenant change" in page
    assert "1,00 €" in page
    assert amendment.number in words(secretary.get(at("agreement", agreement.number)))
    client.force_login(here.mayor)
    assert "Signez l’avenant" in words(client.get("/mairie/"))
    assert client.get(at("sign", amendment.number)).status_code == 200
    with scope(beneficiary=here.place):
        actions.cancel(amendment, **given)
    assert "Signez l’avenant" not in words(client.get("/mairie/"))


@pytest.mark.slow
def test_the_next_act_follows_the_agreement_to_the_site(client, world, settings):
    settings.SOCLE_ENGINES = dict.fromkeys(
        ("site-internet", "messagerie"), "socle.engines.simulated.engine.SimulatedMail"
    )

    def next_act(by):
        client.force_login(by)
        soup = BeautifulSoup(client.get("/mairie/").content.decode(), "html.parser")
        return soup.select_one(".next-title").get_text()

    here = world.here
    assert next_act(here.secretary) == "Faites délibérer votre assemblée"
    with scope(beneficiary=here.place):
        f.acts().filter(pk=here.act.pk).update(published_on=None)
        actions.complete_party(here.agreement, kind="beneficiary", act=here.act, by=here.secretary, at=f.NOW)
        assert next_act(here.secretary) == "Complétez votre délibération"
        f.acts().filter(pk=here.act.pk).update(published_on=f.TODAY)
        assert next_act(here.secretary) == "Votre projet est complet"
        agreement = actions.make_ready(here.agreement, by=world.officer, at=f.NOW)
        assert next_act(here.secretary) == "La convention attend une signature"
        assert next_act(here.mayor) == "Signez la convention"
        agreement = actions.sign(agreement, by=here.mayor, at=f.NOW)
        assert next_act(here.mayor) == "Les autres parties signent"
        for by in (world.cdg_president, world.president):
            agreement = actions.sign(agreement, by=by, at=f.NOW)
        assert next_act(here.secretary) == "Vos services se mettent en place"
        provisioning.open_rights(agreement, by=world.officer, at=f.NOW)
        Installation.objects.update(state=State.FAILED)
        page = words(client.get("/mairie/"))
        assert "l’équipe technique est prévenue" in page
        Installation.objects.update(state=State.LIVE, proof="http://prisches.localhost:8000/", is_simulated=False)
        Installation.objects.filter(service__code="messagerie").update(is_simulated=True)
    client.force_login(here.secretary)
    soup = BeautifulSoup(client.get("/mairie/").content.decode(), "html.parser")
    # At its end, the road is one line that opens.
    assert len(soup.select("details .step-done")) == 6
    assert soup.select_one(".next-title") is None
    with scopes_disabled():
        ContactMessage.objects.update(status="closed")
    assert "Rien ne vous attend." in words(client.get("/mairie/"))
    assert soup.find("a", href="http://prisches.localhost:8000/")
    assert soup.find("a", href=at("publish_news"))
    assert "Lire mes courriels" in soup.select_one(f"a.btn[href='{at('mail_read')}']").get_text()


@pytest.mark.slow
def test_the_mairie_reads_on_its_agreement_what_is_owed_to_it_and_when(secretary, world):
    agreement = world.signed(world.here)
    promise = Promise.objects.create(
        type=agreement.type, code="compte-rendu", name="Rendre compte des services", clause="article 8",
        owed_by="le syndicat", every_months=12, order=0,
    )  # fmt: skip
    page = reverse("mairie:agreement", args=[agreement.number])
    with time_machine.travel(datetime(2027, 11, 25, 12, tzinfo=UTC), tick=False):
        secretary.force_login(world.here.secretary)
        shown = words(secretary.get(page))
        assert "Rendre compte des services En retard" in shown
        assert "Au plus tard le 24 novembre 2027, par le syndicat (article 8)." in shown
        agreement.promises_kept.create(
            promise=promise, due_on=date(2027, 11, 24), kept_on=f.TODAY, recorded_at=f.NOW, reference="Pour nous seuls"
        )
        shown = words(secretary.get(page))
    assert "Au plus tard le 24 novembre 2028, par le syndicat (article 8). Fait le 25 novembre 2026." in shown
    assert "En retard" not in shown


@pytest.mark.slow
def test_a_site_that_is_not_opened_yet_is_not_said_to_be(secretary, world):
    here = world.here
    agreement = world.signed(here)
    website = create_site(here.place, by=world.officer, at=f.NOW)
    with scope(beneficiary=here.place):
        provisioning.open_rights(agreement, by=world.officer, at=f.NOW)
        Installation.objects.update(state=State.LIVE, proof="http://prisches.localhost:8000/", is_simulated=False)

    def home():
        soup = BeautifulSoup(secretary.get("/mairie/").content.decode(), "html.parser")
        tiles = [one.get_text(" ", strip=True) for one in soup.select(".tiles a")]
        return soup, getattr(soup.select_one(".next-title"), "text", ""), tiles

    soup, title, tiles = home()
    said = " ".join(soup.get_text(" ").split())
    assert title == "Relisez votre site, puis ouvrez-le"
    assert "Site ouvert" in said
    assert "Site en ligne" not in said
    assert "Tout est en service" not in said
    assert len(soup.select(".step-done")) == 5
    assert said.count("n’est pas encore ouvert") == 1
    assert tiles[:5] == [
        "Une actualité", "Un événement", "Une alerte", "Une fermeture", "Un acte",
    ]  # fmt: skip
    public = words(secretary.get("/", headers={"host": website.host}))
    assert "est ouvert" not in public
    f.open_site(website, by=here.mayor)
    soup, title, tiles = home()
    assert title == ""
    assert len(soup.select("details .step-done")) == 6
    assert "pas encore ouvert" not in soup.get_text()


@pytest.mark.slow
def test_the_messages_that_nobody_treated_are_counted_beside_their_entry(secretary, world, django_assert_num_queries):
    create_site(world.here.place, by=world.officer, at=f.NOW)

    def counted():
        soup = BeautifulSoup(secretary.get("/mairie/").content.decode(), "html.parser")
        return [one.get_text() for one in soup.select(".nav-waiting")]

    assert counted()[:1] == ["1 à traiter"]
    with CaptureQueriesContext(connection) as few:
        counted()
    f.contact_message(world.here.place)
    f.contact_message(world.here.place, status="closed")
    f.contact_message(world.there.place)
    with django_assert_num_queries(len(few)):
        assert counted()[:1] == ["2 à traiter"]
    # On a phone the menu is closed: what is to do says it too.
    assert "2 messages du site à traiter" in words(secretary.get("/mairie/"))
    with scope(beneficiary=world.here.place):
        ContactMessage.objects.update(status="closed")
    assert counted() == []


@pytest.mark.slow
def test_what_waits_is_in_one_place_and_each_is_done_from_it(client, world):
    here, by = world.here, {"by": world.here.secretary, "at": f.NOW}

    def waiting(person) -> list[tuple[str, str]]:
        client.force_login(person)
        rows = BeautifulSoup(client.get("/mairie/").content.decode(), "html.parser").select(".rows > li")
        return [
            (" ".join(row.get_text(" ").split()), (row.a or row.form).get("href", ""))
            for row in rows
            if row.a or row.form
        ]

    before = len(waiting(here.mayor))
    late = f.act(here.place, "2026-40", received_on=None, adopted_on=date(2026, 9, 1))
    f.act(here.place, "2026-41", published_on=None, adopted_on=date(2026, 9, 2))
    # What is told or held back lacks nothing; what was asked online is on its way.
    f.act(here.place, "2026-42", kind=Act.Kind.INDIVIDUAL, received_on=None, published_on=None)
    f.act(here.place, "2026-43", kind=Act.Kind.MINUTES, received_on=None)
    f.act(here.place, "2026-44", published_on=None, put_online_asked_at=f.NOW)
    invited = {"name": "Ana Neuve", "role": Role.SECRETARY, "beneficiary": here.place}
    invitations.invite("ana@exemple.invalid", **invited, **by)
    found = waiting(here.mayor)
    assert len(found) == before + 3
    said = [text for text, _ in found if any(word in text for word in ("2026-4", "message", "Ana"))]
    assert [text.partition(" :")[0].partition(" à traiter")[0] for text in said] == [
        "Ana Neuve, secrétaire de mairie", "Un message du site", "Délibération n° 2026-40", "Délibération n° 2026-41",
    ]  # fmt: skip
    assert dict(found)[said[2]] == at("act", late.pk)
    assert ["réception en préfecture à noter" in said[2], "à publier" in said[3]] == [True, True]
    # The secretary who proposed does not confirm; the mayor does, from the list, and comes back to it.
    assert [url for text, url in waiting(here.secretary) if "Ana" in text] == [at("people")]
    client.force_login(here.mayor)
    form = BeautifulSoup(client.get("/mairie/").content.decode(), "html.parser").find(
        "form", action=re.compile("confirmer")
    )
    answer = client.post(form["action"], {"retour": "/mairie/"})
    assert answer["Location"] == "/mairie/"
    assert not any("Ana" in text for text, _ in waiting(here.mayor))


@pytest.mark.parametrize(
    ("received_on", "lacks"), [(date(2026, 10, 2), False), (None, True)], ids=["received", "not received"]
)
def test_an_act_asked_online_is_said_once_on_its_way(secretary, world, received_on, lacks):
    dates = {"received_on": received_on, "published_on": None}
    act = f.act(world.here.place, "2026-50", put_online_asked_at=f.NOW, **dates)
    page = words(secretary.get(at("act", act.pk)))
    assert page.count("La mise en ligne est demandée") == 1
    assert ("Il manquera encore sa réception" in page) is lacks
    assert "Il manque sa" not in page
    assert "Pas encore exécutoire" not in page


@pytest.mark.slow
def test_what_operators_wait_for_from_a_mairie_is_in_its_own_list(secretary, world):
    place, by = world.here.place, {"by": world.here.secretary, "at": f.NOW}
    with scope(beneficiary=place):
        account = backups.open_account(place, **by)
        for name, is_asked in (("Accueil", False), ("Cantine", True)):
            backups.add_machine(account, name=name, system="windows", folders="", every_days=1, is_asked=is_asked, **by)
        claimed = {"beneficiary": place, "claimed_at": f.NOW, "next_check_at": f.NOW, "is_own": True}
        name = DomainName.objects.create(name="prisches.fr", **claimed)
        DomainName.objects.create(name="prisches-mairie.fr", proved_at=f.NOW, **claimed)
    page = words(secretary.get("/mairie/"))
    assert "Sauvegarde de « Accueil » : à installer" in page.replace("\u00a0", " ")
    assert "Cantine" not in page
    assert "Votre nom de domaine prisches.fr attend un réglage" in page
    assert "DNS" not in page
    assert "prisches-mairie.fr" not in page
    assert at("domain_name", name.pk) in secretary.get("/mairie/").content.decode()


@pytest.mark.slow
def test_contacts_are_those_of_the_department(secretary, world):
    f.member(Role.CDG_ADVISOR, f.operator("cdg59", "", 0), email="conseil59@exemple.invalid")
    f.member(Role.CDG_ADVISOR, f.operator("cdg62", "", 0), email="conseil62@exemple.invalid")
    page = words(secretary.get("/mairie/"))
    assert "conseil59@exemple.invalid" in page
    assert "conseil62@exemple.invalid" not in page
    # Nobody writes to a person of a demonstration.
    User.objects.filter(email="conseil59@exemple.invalid").update(is_fictitious=True)
    page = words(secretary.get("/mairie/"))
    assert "conseil59@exemple.invalid" not in page
    assert "personne fictive" in page


# --- SIRET -----------------------------------------------------------------------------------------------------------
def test_the_proposed_siret_is_confirmed_in_one_gesture(secretary, world):
    place = world.here.place
    Beneficiary.objects.filter(pk=place.pk).update(is_siret_confirmed=False)
    page = words(secretary.get(at("identity")))
    assert siret.spaced(place.siret).replace("\u00a0", " ") in page.replace("\u00a0", " ")
    response = secretary.post(at("identity"), {"siret": siret.spaced(place.siret)})
    assert response["Location"] == "/mairie/"
    place.refresh_from_db()
    assert place.is_siret_confirmed
    assert Entry.objects.about(place).filter(verb="beneficiary.siret_confirmed").count() == 1


@pytest.mark.parametrize(
    ("typed", "words_said"),
    [
        ("", "Indiquez le SIRET"),
        ("123", "compte 14 chiffres"),
        ("abcdefghijklmn", "compte 14 chiffres"),
        ("٢١٥٩٠٤٧٤٩٠٠٠١٠", "compte 14 chiffres"),
        ("20003938600039", "clé de ce SIRET est fausse"),
        ("20003938600038", "SIREN de la commune"),
        ("9" * 400, "14 chiffres"),
    ],
)
def test_a_wrong_siret_is_refused_and_what_was_typed_is_kept(secretary, world, typed, words_said):
    before = world.here.place.siret
    response = secretary.post(at("identity"), {"siret": typed})
    assert response.status_code == 422
    soup = BeautifulSoup(response.content.decode(), "html.parser")
    assert words_said in soup.select_one("#erreurs").get_text()
    assert soup.select_one("#erreurs a")["href"] == "#id_siret"
    assert soup.select_one("#id_siret").get("value", "") == typed
    world.here.place.refresh_from_db()
    assert world.here.place.siret == before


# --- The agreement ---------------------------------------------------------------------------------------------------
def test_what_is_missing_is_said_with_where_to_mend_it(secretary, world):
    with scope(beneficiary=world.here.place):
        world.here.agreement.choices.all().delete()
        world.here.agreement.parties.filter(kind="beneficiary").update(signatory=None)
        world.here.agreement.parties.filter(kind="cdg").update(act=None)
    Beneficiary.objects.filter(pk=world.here.place.pk).update(is_siret_confirmed=False)
    number = world.here.agreement.number
    soup = BeautifulSoup(secretary.get(at("agreement", number)).content.decode(), "html.parser")
    links = [link["href"] for link in soup.select(".row-line a")]
    assert sorted(links) == sorted(
        [at("identity"), at("agreement_signatory", number), at("acts"), at("agreement_services", number)]
    )
    assert "Vos partenaires s’en chargent" in soup.get_text()


@pytest.mark.slow
def test_services_are_chosen_while_a_draft_and_shown_greyed_after(secretary, world):
    number = world.here.agreement.number
    services = {service.code: service.pk for service in world.programme.services.all()}
    url = at("agreement_services", number)
    response = secretary.post(url, {"services": [services["telephonie"], services["site-internet"]]})
    assert response["Location"] == at("agreement", number)
    with scope(beneficiary=world.here.place):
        assert set(world.here.agreement.choices.values_list("service__code", flat=True)) == {
            "telephonie",
            "site-internet",
        }
    for wrong in ([], ["abc"], ["999999"], ["9" * 40]):
        assert secretary.post(url, {"services": wrong}).status_code == 422
    world.ready(world.here)
    page = secretary.get(url)
    assert "n’est plus un projet" in words(page)
    assert secretary.post(url, {"services": [services["messagerie"]]}).status_code == 422
    with scope(beneficiary=world.here.place):
        assert world.here.agreement.choices.count() == 2


def test_a_service_of_another_programme_is_not_chosen(secretary, world):
    from socle.programme.models import Programme, Service

    first = world.programme.services.first()
    values = {field.attname: getattr(world.programme, field.attname) for field in Programme._meta.concrete_fields}
    other = Programme.objects.create(**{**values, "id": None, "code": "autre"})
    foreign = Service.objects.create(
        programme=other, code="x", name="X", legal_basis="x", provided_by=first.provided_by, order=1
    )
    response = secretary.post(at("agreement_services", world.here.agreement.number), {"services": [foreign.pk]})
    assert response.status_code == 422


def test_the_draft_is_read_before_the_assembly_decides_and_says_it_is_one(secretary, world):
    page = words(secretary.get(at("agreement_text", world.here.agreement.number)))
    assert "ce texte peut encore changer" in page
    assert "[à compléter]" in page


def test_who_signs_is_chosen_among_those_who_hold_the_office(secretary, world):
    other = f.member(Role.MAYOR, world.here.place, email="adjointe@exemple.invalid", quality="Première adjointe")
    url = at("agreement_signatory", world.here.agreement.number)
    assert "Première adjointe" in words(secretary.get(url))
    foreign = world.there.mayor.memberships.get()
    assert secretary.post(url, {"membership": foreign.pk}).status_code == 422
    assert secretary.post(url, {}).status_code == 422
    secretary.post(url, {"membership": other.memberships.get().pk})
    with scope(beneficiary=world.here.place):
        party = world.here.agreement.parties.get(kind="beneficiary")
    assert (party.signatory, party.quality) == (other, "Première adjointe")


def test_nobody_able_to_sign_is_said_with_the_remedy(secretary, world):
    Membership.objects.filter(user=world.here.mayor).delete()
    page = secretary.get(at("agreement_signatory", world.here.agreement.number)).content.decode()
    invite = f"{at('invite')}?fonction=mayor"
    assert f'href="{invite}"' in page
    assert '<option value="mayor" selected>' in secretary.get(invite).content.decode()


def test_a_draft_has_no_document_yet(secretary, world):
    number = world.here.agreement.number
    for name in ("agreement_pdf", "signatures"):
        assert secretary.get(at(name, number)).status_code == 404
    assert secretary.get(at("sign", number))["Location"] == at("agreement", number)


# --- Signing ---------------------------------------------------------------------------------------------------------
def sent(client, number):
    """What the form of the page to sign would send, its box ticked."""
    soup = BeautifulSoup(client.get(at("sign", number)).content.decode(), "html.parser")
    return {"has_read": "on", "sha256": soup.select_one("#id_sha256")["value"]}


@pytest.mark.seals
@pytest.mark.slow
def test_the_mayor_signs_what_is_shown_and_sees_the_signature_verified(mayor, world):
    agreement = world.ready(world.here)
    number = agreement.number
    page = words(mayor.get(at("sign", number))).replace("\u00a0", " ").replace("\u202f", " ")
    for fact in ("240,00 € par an", "36 mois", "Messagerie", "Centre de gestion du Nord", "2026-59474", "Maire"):
        assert fact.lower() in page.lower()
    assert agreement.round.current.sha256 in page
    refused = mayor.post(at("sign", number), {"sha256": agreement.round.current.sha256})
    assert refused.status_code == 422
    assert "on signe ce qu’on a lu" in words(refused)
    facts = sent(mayor, number)
    response = mayor.post(at("sign", number), facts)
    assert response["Location"] == at("signatures", number)
    page = words(mayor.get(at("signatures", number)))
    assert "Les signatures apposées sont valides" in page
    assert "Signature attendue" in page
    # The button pressed twice: told, and not signed again.
    again = mayor.post(at("sign", number), facts, follow=True)
    assert "déjà signée" in words(again)
    with scope(beneficiary=world.here.place):
        assert agreement.round.slots.filter(signed_at__isnull=False).count() == 1


@pytest.mark.slow
def test_the_secretary_sees_why_she_cannot_sign_and_a_forged_form_does_nothing(secretary, world):
    agreement = world.ready(world.here)
    page = secretary.get(at("sign", agreement.number))
    assert "Vous n’êtes pas signataire" in words(page)
    assert BeautifulSoup(page.content.decode(), "html.parser").select_one("button[disabled]")
    forged = {"has_read": "on", "sha256": agreement.round.current.sha256}
    response = secretary.post(at("sign", agreement.number), forged, follow=True)
    assert "Vous n’êtes pas signataire" in words(response)
    with scope(beneficiary=world.here.place):
        assert not agreement.round.slots.filter(signed_at__isnull=False).exists()


def test_another_version_than_the_one_shown_is_not_signed(mayor, world):
    agreement = world.ready(world.here)
    response = mayor.post(at("sign", agreement.number), {"has_read": "on", "sha256": "0" * 64}, follow=True)
    assert "a changé depuis que vous l’avez ouverte" in words(response)
    with scope(beneficiary=world.here.place):
        assert not agreement.round.slots.filter(signed_at__isnull=False).exists()


def test_an_act_not_yet_executory_greys_the_signature(mayor, world):
    agreement = world.ready(world.here)
    f.acts().filter(pk=world.here.act.pk).update(published_on=None)
    page = words(mayor.get(at("sign", agreement.number)))
    assert "n’est pas exécutoire" in page


@pytest.mark.seals
@pytest.mark.slow
def test_the_signed_file_is_given_whole_and_an_altered_one_never(mayor, world):
    agreement = world.signed(world.here)
    number = agreement.number
    with scopes_disabled():
        current = Agreement.objects.get(pk=agreement.pk).round.current
    served = mayor.get(at("agreement_pdf", number))
    assert served.content.startswith(b"%PDF-")
    assert served["Content-Disposition"] == f'attachment; filename="convention-{number.lower()}.pdf"'
    assert "Toutes les signatures sont valides" in words(mayor.get(at("signatures", number)))
    with open(current.file.path, "ab") as file:
        file.write(b" ")
    for name in ("agreement_pdf", "signatures"):
        response = mayor.get(at(name, number))
        assert response.status_code == 409
        assert "n’est plus celui qui a été conservé" in words(response)
        assert b"%PDF-" not in response.content


def test_an_altered_document_is_not_offered_to_be_signed(mayor, world):
    agreement = world.ready(world.here)
    with open(agreement.round.current.file.path, "ab") as file:
        file.write(b" ")
    assert mayor.get(at("sign", agreement.number)).status_code == 409


# --- The rest --------------------------------------------------------------------------------------------------------
def test_the_author_of_a_line_whose_account_is_gone_is_not_invented(secretary, world):
    Entry.objects.create(
        verb="act.recorded",
        object_type="deliberations.act",
        object_id="1",
        beneficiary_ref=str(world.here.place.pk),
        by_ref="people.user:999999",
        at=f.NOW,
    )
    assert "par une personne dont le compte n’existe plus" in words(secretary.get(at("journal")))


def test_a_given_up_agreement_stays_readable_beside_the_new_one(secretary, world):
    with scope(beneficiary=world.here.place):
        actions.cancel(world.here.agreement, by=world.officer, at=f.NOW)
        again = actions.draft(world.here.place, programme=world.programme, by=world.officer, at=f.NOW)
    page = words(secretary.get(at("agreements")))
    assert world.here.agreement.number in page
    assert again.number in page
    assert "n’engage personne" in words(secretary.get(at("agreement", world.here.agreement.number)))


@pytest.mark.slow
def test_another_public_body_than_a_commune_has_the_same_screens(client, world):
    body = Beneficiary.objects.create(
        kind=Beneficiary.Kind.OTHER,
        name="Syndicat des eaux de l’Helpe",
        siret=siret.complete(f.siren(77)),
        department=f.department(),
        is_siret_confirmed=True,
    )
    client.force_login(f.member(Role.SECRETARY, body))
    with scope(beneficiary=body):
        agreement = actions.draft(body, programme=world.programme, by=world.officer, at=f.NOW)
    for name, *args in (
        ("home",), ("identity",), ("acts",), ("act_model",), ("act_record",), ("services",), ("journal",),
        ("agreement", agreement.number), ("agreement_text", agreement.number),
    ):  # fmt: skip
        response = client.get(at(name, *args))
        assert response.status_code == 200
        assert "conseil municipal" not in words(response).lower()


@pytest.mark.slow
def test_every_screen_is_valid_html(secretary, world, valid_html):
    agreement = world.signed(world.here)
    for name, *args in (
        ("home",), ("bodies",), ("identity",), ("acts",), ("act_model",), ("act_record",), ("act", world.here.act.pk),
        ("services",), ("journal",), ("agreement", agreement.number), ("agreement_text", agreement.number),
        ("agreement_services", agreement.number), ("agreement_signatory", agreement.number),
        ("signatures", agreement.number), ("sign", agreement.number),
    ):  # fmt: skip
        assert valid_html(secretary.get(at(name, *args)).content) == [], name
    assert valid_html(secretary.post(at("act_record"), {}).content) == []
    assert agreement.status == Status.SIGNED
