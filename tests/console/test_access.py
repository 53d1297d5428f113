"""Who enters, what each sees: one table of roles and addresses, other departments, and amounts."""

import io
import re

import pytest
from django_scopes import scopes_disabled
from openpyxl import load_workbook

from socle.agreements.models import Agreement
from socle.assemblies.models import Assembly
from socle.deliberations.models import Incoming, Transmission
from socle.documents import actions as documents
from socle.domains.models import DomainName
from socle.signing.models import PaperSignature
from socle.sites.actions import create_site
from socle.sites.names.actions import ask_name
from tests import factories as f
from tests.backups.situations import machine_of
from tests.console.conftest import PRICE
from tests.deliberations.transmitting import kept

OPERATORS = (
    "officer", "technician", "finance", "president", "assembly",
    "cdg59", "cdg59_president", "cdg62", "cdg62_president", "somme",
)  # fmt: skip
EVERYBODY = set(OPERATORS)
OFFICERS = {"officer", "cdg59"}
ALL_BUT_62 = EVERYBODY - {"cdg62", "cdg62_president"}
THE_LEADS = {"officer", "technician", "finance", "president", "assembly"}
KEEPERS_OF_GRANTS = {"finance", "president", "cdg59_president", "cdg62_president"}
WITH_MONEY = EVERYBODY - {"somme"}


@pytest.fixture(autouse=True)
def no_hurry(settings):
    """Every file of the console asked in a second is more than any person does, and is refused for that."""
    settings.RATE_LIMITS = {"exports": "100000/60"}


# Address, and who reads it (200); every other operator gets what the last column says. A list as a file is one address,
# whatever the format, which `.csv` stands for: tests/console/test_exports.py opens each.
PAGES = (
    ("/console/", EVERYBODY, 403),
    ("/console/carte/", EVERYBODY, 403),
    ("/console/reglages/", EVERYBODY, 403),
    ("/console/recherche/", EVERYBODY, 403),
    ("/console/filtres/", EVERYBODY, 403),
    ("/console/communes/", EVERYBODY, 403),
    ("/console/communes.csv", EVERYBODY, 403),
    ("/console/communes/59474/", ALL_BUT_62, 404),
    ("/console/communes/59474/journal.csv", ALL_BUT_62, 404),
    ("/console/communes/59474/messagerie/", ALL_BUT_62, 404),
    ("/console/communes/59474/histoire/", ALL_BUT_62, 404),
    ("/console/communes/59474/personnes/", ALL_BUT_62, 404),
    ("/console/communes/59474/personnes.csv", ALL_BUT_62, 404),
    ("/console/communes/59474/personnes/inviter/", OFFICERS, 403),
    ("/console/personnes/", EVERYBODY, 403),
    ("/console/personnes/operateur/cdg59/", ALL_BUT_62 - {"somme"}, 404),
    ("/console/personnes/operateur/cdg59/personnes.csv", ALL_BUT_62 - {"somme"}, 404),
    ("/console/personnes/operateur/cdg59/inviter/", {"cdg59", "cdg59_president"}, 403),
    ("/console/personnes/{person59474}/", ALL_BUT_62, 404),
    ("/console/personnes/fin-{mayor59474}/", OFFICERS, 403),
    ("/console/sauvegardes/", EVERYBODY, 403),
    ("/console/sauvegardes.csv", EVERYBODY, 403),
    ("/console/sauvegardes/{machine}/", ALL_BUT_62, 404),
    ("/console/beneficiaires/", EVERYBODY, 403),
    ("/console/beneficiaires.csv", EVERYBODY, 403),
    ("/console/beneficiaires/nouveau/", {"officer", "cdg59", "cdg62"}, 403),
    ("/console/demandes/", EVERYBODY, 403),
    ("/console/demandes.csv", EVERYBODY, 403),
    ("/console/demandes/{join}/", ALL_BUT_62, 404),
    ("/console/conventions/", EVERYBODY, 403),
    ("/console/conventions.csv", EVERYBODY, 403),
    ("/console/conventions/signataires/", OFFICERS | {"cdg62"}, 403),
    ("/console/conventions/echeances/", EVERYBODY, 403),
    ("/console/conventions/echeances.csv", EVERYBODY, 403),
    ("/console/subventions/", KEEPERS_OF_GRANTS, 403),
    ("/console/subventions/nouvelle/", {"finance"}, 403),
    ("/console/finances/", WITH_MONEY, 403),
    ("/console/finances.csv", WITH_MONEY, 403),
    ("/console/finances/couts.csv", WITH_MONEY, 403),
    ("/console/finances/decomptes/", KEEPERS_OF_GRANTS, 403),
    ("/console/finances/decomptes.csv", KEEPERS_OF_GRANTS, 403),
    ("/console/finances/contributions/", THE_LEADS, 403),
    ("/console/finances/contributions.csv", THE_LEADS, 403),
    ("/console/finances/contributions/reglages/?regime=hors+du+champ+de+la+TVA", {"finance"}, 403),
    ("/console/finances/contributions/debiteurs/{signed}/", {"finance"}, 403),
    ("/console/actes/en-retard/", OFFICERS | {"cdg62"}, 403),
    ("/console/actes/en-retard.csv", OFFICERS | {"cdg62"}, 403),
    ("/console/conventions/{ready}/", ALL_BUT_62, 404),
    ("/console/conventions/{ready}/texte/", ALL_BUT_62 & WITH_MONEY, 403),
    ("/console/conventions/{ready}/convention.pdf", ALL_BUT_62 & WITH_MONEY, 403),
    ("/console/conventions/{ready}/signatures/", ALL_BUT_62, 404),
    ("/console/conventions/{ready}/signer/", {"president", "cdg59_president"}, 403),
    # Whose turn it is records their own paper.
    ("/console/conventions/{ready}/papier/", OFFICERS | {"cdg59_president"}, 403),
    ("/console/conventions/{ready}/papier/{scan}/", ALL_BUT_62, 404),
    ("/console/conventions/{ready}/papier/{scan}/numerisation.pdf", ALL_BUT_62 & WITH_MONEY, 403),
    ("/console/conventions/{ready}/resilier/", OFFICERS, 403),
    ("/console/conventions/{ready}/suspendre/", OFFICERS, 403),
    ("/console/conventions/{ready}/renouveler/", OFFICERS, 403),
    ("/console/conventions/{ready}/preuve.pdf", ALL_BUT_62 & WITH_MONEY, 403),
    ("/console/conventions/{ready}/abandonner/", OFFICERS, 403),
    ("/console/conventions/{ready}/comite/", {"officer"}, 403),
    ("/console/conventions/{draft}/centre-de-gestion/", {"officer"}, 403),
    ("/console/conventions/{ready}/comite/acte/", {"officer"}, 403),
    ("/console/conventions/{draft}/parties/beneficiary/", OFFICERS, 403),
    ("/console/conventions/{draft}/parties/beneficiary/acte/", {"officer"}, 403),
    ("/console/conventions/{ready}/parties/beneficiary/acte/dates/", {"officer"}, 403),
    ("/console/a-signer/", {"president", "cdg59_president", "cdg62_president"}, 403),
    ("/console/a-signer.csv", {"president", "cdg59_president", "cdg62_president"}, 403),
    ("/console/installations/", EVERYBODY, 403),
    ("/console/installations.csv", EVERYBODY, 403),
    ("/console/installations/{failed}/", EVERYBODY - {"cdg59", "cdg59_president"}, 404),
    ("/console/installations/{failed}/plan/", {"officer", "technician", "somme"}, 403),
    ("/console/noms-de-domaine/", EVERYBODY, 403),
    ("/console/noms-de-domaine.csv", EVERYBODY, 403),
    ("/console/noms-de-domaine/{name}/", ALL_BUT_62, 404),
    ("/console/noms-de-domaine/{name}/enregistrements.txt", ALL_BUT_62, 404),
    ("/console/sites/", EVERYBODY, 403),
    ("/console/sites.csv", EVERYBODY, 403),
    ("/console/partages/", EVERYBODY, 403),
    ("/console/partages.csv", EVERYBODY, 403),
    ("/console/partages/nouveau/actualite/", {"officer"}, 403),
    ("/console/lots/", EVERYBODY, 403),
    ("/console/lots.csv", EVERYBODY, 403),
    ("/console/lots/{batch}/", THE_LEADS, 403),
    ("/console/lots/{batch}/rapport.csv", THE_LEADS, 403),
    ("/console/fusions/", EVERYBODY, 403),
    ("/console/fusions.csv", EVERYBODY, 403),
    ("/console/fusions/{plan}/", ALL_BUT_62, 404),
    ("/console/fusions/{plan}/appliquer/", OFFICERS, 403),
    ("/console/fusions/{plan}/defaire/", OFFICERS, 403),
    ("/console/territoire/", EVERYBODY, 403),
    ("/console/territoire/{brought}/", {"officer"}, 403),
    ("/console/territoire/priorites/", EVERYBODY, 403),
    ("/console/territoire/priorites.csv", EVERYBODY, 403),
    ("/console/programme/", EVERYBODY, 403),
    ("/console/programme/delegation/", {"officer"}, 403),
    ("/console/programme/delegation/acte/", {"officer"}, 403),
    ("/console/programme/modeles/{text}/{version}/texte.md", EVERYBODY, 403),
    ("/console/programme/modeles/{text}/", EVERYBODY, 403),
    ("/console/programme/modeles/{text}/{version}/", EVERYBODY, 403),
    ("/console/programme/modeles/{text}/exemple.pdf?version={version}", EVERYBODY, 403),
    ("/console/programme/modeles/{text}/{version}/approuver/", {"officer"}, 403),
    ("/console/programme/modeles/{text}/{version}/approuver/acte/", {"officer"}, 403),
    ("/console/journal/", EVERYBODY, 403),
    ("/console/journal/?chaine=verifier", EVERYBODY, 403),
    ("/console/journal.csv", EVERYBODY, 403),
    ("/console/consultations/", {"officer", "president", "cdg59_president", "cdg62_president"}, 403),
    ("/console/consultations.csv", {"officer", "president", "cdg59_president", "cdg62_president"}, 403),
    ("/console/boite-denvoi/", EVERYBODY, 403),
    ("/console/boite-denvoi.csv", EVERYBODY, 403),
    ("/console/plateforme/", {"officer", "technician", "somme"}, 403),
    ("/console/mise-en-service/", {"officer", "technician"}, 403),
    ("/console/messagerie/", {"officer", "technician", "somme"}, 403),
    ("/console/exploitation/", {"officer", "technician", "somme"}, 403),
    ("/console/exploitation.csv", {"officer", "technician", "somme"}, 403),
    ("/console/seances/", {"assembly"}, 403),
    ("/console/seances/assemblee/", {"assembly"}, 403),
    ("/console/seances/assemblee/{member}/", {"assembly"}, 403),
    ("/console/seances/{meeting}/", {"assembly"}, 403),
    ("/console/seances/{meeting}/convocation.pdf", {"assembly"}, 403),
    ("/console/seances/{meeting}/points/{item}/", {"assembly"}, 403),
    ("/console/seances/{meeting}/points/{item}/deliberation.pdf", {"assembly"}, 403),
    ("/console/seances/{meeting}/points/{item}/annexe-{annex}.pdf", {"assembly"}, 403),
    ("/console/seances/{meeting}/tenir/", {"assembly"}, 403),
    ("/console/seances/{meeting}/tenir/{item}/scrutin/", {"assembly"}, 403),
    ("/console/seances/{meeting}/partir/", {"assembly"}, 403),
    ("/console/seances/{meeting}/liste.pdf", {"assembly"}, 403),
    ("/console/seances/{meeting}/proces-verbal.pdf", {"assembly"}, 403),
    ("/console/seances/{meeting}/affichage-{posting}.pdf", {"assembly"}, 403),
    ("/console/seances/registre-2026.pdf", {"assembly"}, 403),
    ("/console/seances/prefecture/", {"assembly"}, 403),
    ("/console/seances/prefecture/{sent}/", {"assembly"}, 403),
    ("/console/seances/prefecture/fichiers/{paper}/", {"assembly"}, 403),
    ("/console/jetons/", EVERYBODY, 403),
    ("/console/jetons.csv", EVERYBODY, 403),
    ("/console/jetons/nouveau/", {"officer", "technician", "cdg59", "cdg62", "somme", "finance"}, 403),
    ("/console/webhooks/", EVERYBODY, 403),
    ("/console/webhooks/nouveau/", {"officer", "technician", "cdg59", "cdg62", "somme"}, 403),
    ("/console/webhooks.csv", EVERYBODY, 403),
    ("/console/webhooks/{webhook}/", THE_LEADS, 403),
    ("/console/webhooks/{webhook}/envois.csv", THE_LEADS, 403),
    ("/console/webhooks/{webhook}/{delivery}/", THE_LEADS, 403),
    ("/console/webhooks/{webhook}/modifier/", {"officer", "technician"}, 409),
)
# Of those who may not, these are of the other department: for them the thing does not exist.
STRANGERS = {"59": {"cdg62", "cdg62_president"}, "62": {"cdg59", "cdg59_president"}}


def mayor_of(world):
    return world.people["mayor59474"].memberships.get()


# What each place of an address designates; what costs to make is made where an address names it.
PLACES = {
    "scan": lambda world: paper_of(world).pk,
    "draft": lambda world: world.draft,
    "ready": lambda world: world.ready,
    "signed": lambda world: world.signed,
    "failed": lambda world: world.failed.pk,
    "mayor59474": lambda world: mayor_of(world).pk,
    "person59474": lambda world: world.people["mayor59474"].pk,
    "batch": lambda world: world.batch,
    "webhook": lambda world: world.webhook.pk,
    "delivery": lambda world: world.webhook.deliveries.get().pk,
    "join": lambda world: world.join,
    "plan": lambda world: world.plan,
    "brought": lambda world: world.brought,
    "text": lambda world: "convention-tripartite",
    "version": lambda world: "2026-11-25",
    "name": lambda world: name_of(world),
    "machine": lambda world: machine_of(mayor_of(world).beneficiary, by=world.people["officer"]).pk,
    "meeting": lambda world: met(world).pk,
    "posting": lambda world: met(world).postings.get().pk,
    "item": lambda world: met(world).items.get().pk,
    "annex": lambda world: met(world).items.get().annexes.get().pk,
    "member": lambda world: met(world).assembly.members.get().pk,
    "sent": lambda world: told(world).transmission_id,
    "paper": lambda world: told(world).message_id,
}


def fill(address, world):
    if "seances" in address:
        met(world)
    return address.format(**{place: PLACES[place](world) for place in re.findall(r"{(\w+)}", address)})


def told(world):
    """A letter of the prefecture about an act of the lead's assembly, which was sent."""
    lead = world.people["officer"].memberships.get().operator
    if (letter := Incoming.of_operators.filter(operator=lead).first()) is not None:
        return letter
    sent = Transmission.of_all().create(act=f.act(lead, "2026-77"), road="electronic", status="sent", asked_at=f.NOW)
    return Incoming.of_operators.create(
        operator=lead, transmission=sent, kind="3-1", received_at=f.NOW, sha256="a", message=kept(lead)
    )


def met(world):
    """A meeting that the lead's assembly held."""
    lead = world.people["officer"].memberships.get().operator
    if (assembly := Assembly.of(lead)) is None:
        assembly = Assembly.of_operators.create(operator=lead, kind="open_syndicate", name="comité syndical")
        member = assembly.members.create(name="Claire Exemple", function="mayor")
        meeting = assembly.meetings.create(
            starts_at=f.NOW, status="held", convened_at=f.NOW, opened_at=f.NOW, closed_at=f.NOW, president=member
        )
        by = world.people["assembly"]
        plan = documents.keep(f.pdf(), title="Plan", filename="plan.pdf", by=by, at=f.NOW)
        meeting.items.create(rank=1, subject="Budget").annexes.create(title="Plan", document=plan)
        meeting.postings.create(
            what="list", first_on=f.NOW.date(), last_on=f.NOW.date(), document=plan, noted_at=f.NOW, noted_by=by
        )
        assembly.registers.create(year=2026, version=1, document=plan, digest="a", made_at=f.NOW)
    return assembly.meetings.get()


def paper_of(world):
    """A signature on paper of the centre de gestion, recorded by an officer."""
    with scopes_disabled():
        slot = Agreement.objects.get(number=world.ready).round.slots.get(rank=2)
        return PaperSignature.objects.get_or_create(
            slot=slot,
            defaults={
                "scan": slot.round.original,
                "signatory": world.people["cdg59_president"],
                "signed_on": f.TODAY,
                "has_code": False,
                "recorded_by": world.people["officer"],
                "recorded_at": f.NOW,
                "body": "{}",
            },
        )[0]


def name_of(world):
    """The name given to the site of Prisches, both made where a test needs them."""
    place = mayor_of(world).beneficiary
    with scopes_disabled():
        if (name := DomainName.objects.filter(beneficiary=place).first()) is None:
            ask_name(create_site(place, by=f.user(), at=f.NOW), "prisches.fr", by=world.people["officer"], at=f.NOW)
            name = DomainName.objects.get(beneficiary=place)
        return name.pk


@pytest.mark.parametrize("who", OPERATORS)
@pytest.mark.slow
def test_each_operator_opens_their_pages_and_no_other(world, enter, who):
    client = enter(who)
    for address, readers, refused in PAGES:
        status = client.get(fill(address, world)).status_code
        of_59 = "/conventions/{" in address or "/personnes/inviter" in address or "mayor59474" in address
        of_59 = of_59 or any(thing in address for thing in ("{plan}", "{name}", "{machine}"))
        is_stranger = (of_59 and who in STRANGERS["59"]) or ("{failed}" in address and who in STRANGERS["62"])
        # Of the people of a partner, only the lead and the partner know.
        is_stranger = is_stranger or ("operateur/cdg59" in address and who in STRANGERS["59"] | {"somme"})
        # A batch and a webhook are their operator's.
        is_stranger = is_stranger or "{batch}" in address or ("{webhook}" in address and who not in THE_LEADS)
        expected = 200 if who in readers else 404 if is_stranger else refused
        assert status == expected, f"{address}: {status} for {who}, {expected} expected"


def test_every_readable_address_of_the_console_is_in_the_table():
    from socle.console.urls import urlpatterns

    gestures = re.compile(
        r"/(rediger|services|retablir-services|envoyer|reprendre|essayer|suspendre|retablir|revoquer"
        r"|lots/nouveau|priorite-vue|enregistrer|comparer|importer|mettre-de-cote|choisir|laisser|pause|arreter|relancer|secret|repondre|retirer"
        r"|avenant|a-la-main|tenir|conditions|renommer|partager|garder|supprimer|installer|controler|exercice|demander-cle|place"
        r"|seances/preparer|registre/faire|afficher|decrire|statuts|statuts-retirer|depart|modifier|inscrire|ranger|convoquer|annuler|ouvrir"
        r"|presences|vote|issue|abandonner|tout|quorum|lever|publier|teneur|nomination|tampon|signe|ailleurs|noter|noter-un-cout|plafond|exporter|relire|regler|certificat"
        r"|armoiries|decision|renvoyer|fermer-compte|rouvrir-compte|clore-sessions"
        r"|verifier|deposer|liberer|ecrire|mettre-en-service|rendre|maintenir|approuver|decliner|confier|confirmer|rattacher|etudier|planifier|deplanifier|refuser|rouvrir)/$"
    )
    table = {re.sub(r"\?.*|\d+|\{\w+\}|(?<=operateur/)\w+", "", address) for address, *_ in PAGES}
    for pattern in urlpatterns:
        route = f"/console/{pattern.pattern}"
        if (
            gestures.search(route)
            or "<int:invitation_id>" in route
            or "maintenir-" in route
            or "assister-" in route
            or "approbation-" in route
            or "<int:letter_id>" in route
            # An export is there once somebody made it: tests/console/test_contributions.py.
            or "<int:rank>" in route
            # A letter is there once it was written, called or attested: tests/console/test_notifications.py.
            or "<int:notification_id>" in route
            or "<int:contribution_id>" in route
            or "<int:drill_id>" in route
            # A slip is there once acts left on paper: tests/mairie/test_meetings.py.
            or route.endswith(("bordereau.pdf", "comite/imprimer/"))
        ):
            continue
        # Former addresses lead to those of names: tests/domains/test_screens.py.
        if route.startswith(("console/adresses", "console/domaines", "/console/adresses", "/console/domaines")):
            continue
        # What is done to the mail of a commune: tests/console/test_commune_mail.py.
        if re.search(r"/communes/<slug:insee_code>/messagerie/.", route):
            continue
        if (
            "<int:use_id>" in route
            or "<int:body_id>" in route
            or "<int:message_id>" in route
            or "<int:line_id>" in route
        ):
            continue
        # A statement is of operators bound by an agreement: tests/console/test_reckonings.py.
        if "decomptes/<int:year>" in route:
            continue
        # An operation is its partners’ alone: tests/console/test_grants.py.
        if "<int:operation_id>" in route:
            continue
        # A site costs much to make: tests/console/test_sites.py makes one, and reads its pages in every role.
        # So does tests/console/test_shares.py with what is proposed to the sites.
        if "<int:saved_id>" in route or "<int:website_id>" in route or "<int:share_id>" in route:
            continue
        shape = re.sub(r"<(kind|table):\w+>", "csv", route).replace("<slug:kind>", "beneficiary")
        shape = shape.replace("<slug:share_kind>", "actualite")
        assert re.sub(r"<[^>]+>", "", shape) in table, f"{route} is read by nobody in the table"


@pytest.mark.parametrize("who", ["secretary", "mayor59474"])
@pytest.mark.slow
def test_people_of_a_mairie_are_told_the_console_is_not_theirs(world, enter, who):
    client = enter(who)
    for address, *_ in PAGES:
        response = client.get(fill(address, world))
        assert response.status_code == 403
        assert "réservée aux opérateurs" in response.content.decode()


@pytest.mark.slow
def test_nobody_enters_without_signing_in(world, client):
    for address, *_ in PAGES:
        response = client.get(fill(address, world))
        assert response.status_code == 302
        assert response.url.startswith("/compte/login/") or "login" in response.url or "connexion" in response.url


# --- Other departments ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("who", ["cdg59", "cdg59_president"])
@pytest.mark.slow
def test_a_centre_de_gestion_reads_nothing_of_the_other_department(world, enter, who):
    client = enter(who)
    for address in ("/console/", "/console/communes/", "/console/communes.csv", "/console/conventions/",
                    "/console/conventions.csv", "/console/installations/", "/console/installations.csv",
                    "/console/journal/", "/console/journal.csv", "/console/journal.json", "/console/beneficiaires/",
                    "/console/communes/?departement=62", "/console/conventions/?departement=62"):  # fmt: skip
        page = client.get(address).getvalue().decode()
        for word in ("Ablainzevelle", "62002", "Acheville", world.signed):
            assert word not in page, f"{word} in {address}"
    for address in ("/console/communes/62002/", "/console/communes/62002/journal.csv",
                    f"/console/conventions/{world.signed}/", f"/console/conventions/{world.signed}/texte/",
                    f"/console/conventions/{world.signed}/convention.pdf",
                    f"/console/conventions/{world.signed}/signatures/", f"/console/conventions/{world.signed}/signer/",
                    f"/console/installations/{world.failed.pk}/",
                    f"/console/installations/{world.failed.pk}/plan/"):  # fmt: skip
        assert client.get(address).status_code == 404, address


GESTURES_ON_62 = (
    "/console/communes/62003/rediger/",
    "/console/conventions/{signed}/services/",
    "/console/conventions/{signed}/retablir-services/",
    "/console/conventions/{signed}/envoyer/",
    "/console/conventions/{signed}/reprendre/",
    "/console/conventions/{signed}/abandonner/",
    "/console/conventions/{signed}/signer/",
    "/console/installations/{failed}/essayer/",
    "/console/installations/{failed}/suspendre/",
    "/console/installations/{failed}/retablir/",
)


@pytest.mark.slow
def test_a_gesture_on_another_department_finds_nothing(world, enter):
    client = enter("cdg59")
    for address in GESTURES_ON_62:
        assert client.post(fill(address, world)).status_code == 404, address


@pytest.mark.slow
def test_a_gesture_by_the_wrong_role_is_forbidden_with_a_sentence(world, enter):
    client = enter("finance")
    for address in GESTURES_ON_62:
        response = client.post(fill(address, world))
        assert response.status_code == 403, address
        assert "Seules les" in response.content.decode()


def test_a_gesture_reached_by_its_address_leads_to_its_page(world, enter):
    response = enter("officer").get(f"/console/conventions/{world.draft}/envoyer/")
    assert (response.status_code, response.url) == (302, f"/console/conventions/{world.draft}/")


# --- Money ------------------------------------------------------------------------------------------------------------
AMOUNT = re.compile(r"7[\s\u00a0\u202f.]?319|montant d’essai|80(,0+)?[\s\u00a0]?%|240,00")


def read(response):
    return response.getvalue().decode()


def _amounts(world, client):
    """The addresses where the price, its note or the rate of a grant shows."""
    found = []
    for address, *_ in PAGES:
        for number in (world.draft, world.ready, world.signed) if "{ready}" in address else ("",):
            filled = fill(address.replace("{ready}", number), world)
            response = client.get(filled)
            is_read = response.status_code == 200 and "pdf" not in response["Content-Type"]
            if is_read and AMOUNT.search(read(response)):
                found.append(filled)
    return found


@pytest.mark.slow
def test_somme_numerique_meets_no_amount_anywhere(world, enter):
    assert _amounts(world, enter("somme")) == []


@pytest.mark.slow
def test_the_lead_meets_the_amount_where_it_belongs(world, enter):
    found = _amounts(world, enter("finance"))
    file = f"/console/conventions/{world.signed}/"
    for address in ("/console/conventions/", "/console/conventions.csv", "/console/programme/", file,
                    f"{file}texte/"):  # fmt: skip
        assert address in found
    assert str(PRICE).replace(".", ",") in read(enter("finance").get("/console/conventions.csv"))


@pytest.mark.slow
@pytest.mark.parametrize(("who", "is_shown"), [("finance", True), ("somme", False)])
def test_a_workbook_shows_amounts_to_whom_the_csv_does(world, enter, who, is_shown):
    book = load_workbook(io.BytesIO(enter(who).get("/console/conventions.xlsx").getvalue()))
    cells = (f"{cell:.2f}" if isinstance(cell, float) else str(cell) for row in book.active.values for cell in row)
    assert bool(AMOUNT.search("\n".join(cells))) is is_shown


@pytest.mark.slow
def test_a_sort_by_an_amount_one_does_not_see_is_not_a_way_to_guess_it(world, enter):
    page = enter("somme").get("/console/conventions/?tri=annual_price")
    assert page.context["sorting"].key == "number"
