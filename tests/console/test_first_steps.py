"""The first steps of an installation: walked one by one by what the product offers, and true at each of them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from django.conf import settings as project
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scope, scopes_disabled

from socle.agreements import actions as agreements
from socle.agreements import texts as models
from socle.agreements.models import Agreement
from socle.documents import texts
from socle.documents.models import Text
from socle.operations.safekeeping import inventory
from socle.people import actions as people
from socle.people import invitations
from socle.people.first_person import invite_first_person
from socle.people.invitation_rules import Check
from socle.people.models import Checked, Operator, Role, User
from socle.programme import actions as programmes
from socle.programme.models import Service
from tests import factories as f
from tests.client import DemandingClient
from tests.console.conftest import DEMONSTRATION

PACK = Path(project.ROOT) / "programmes" / "pack-mairies-connectees.toml"
PAGE = "/console/mise-en-service/"
LABELS = {
    "operator": "L’opérateur et ses coordonnées",
    "programme": "Le programme",
    "model": "Le modèle de convention, approuvé par un acte",
    "delegation": "La délégation de signature",
    "seal": "Le cachet et l’horodatage",
    "mail": "Le départ des messages",
    "names": "Les noms de la plateforme et des sites",
    "engines": "Les moteurs des services de l’offre",
    "presidents": "Les présidences, qui signent",
    "backup": "Une première sauvegarde",
    "centre": "La délibération d’un centre de gestion",
    "commune": "La première commune",
}
# What nobody has set yet.
BARE = {
    "DEMO": False,
    "SOCLE_SIGNING": "",
    "SOCLE_TIMESTAMP_URL": "",
    "SOCLE_ENGINES": {"site-internet": "socle.engines.own_sites.engine.OwnSites"},
    "PLATFORM_URL": "http://localhost:8000",
    "SITES_DOMAIN": "localhost",
    "SOCLE_SITES_ADDRESSES": [],
    "DEFAULT_FROM_EMAIL": "Socle <ne-pas-repondre@socle.invalid>",
    "EMAIL_BACKEND": "socle.outbox.smtp.CountedSmtp",
    "SECOND_FACTOR_ROLES": (),
}
SET = {
    "seal": {"SOCLE_SIGNING": "socle.engines.seal.engine.Seal", "SOCLE_TIMESTAMP_URL": "https://tsa.exemple.fr"},
    "mail": {"DEFAULT_FROM_EMAIL": "Socle <ne-pas-repondre@exemple.fr>"},
    "names": {
        "PLATFORM_URL": "https://socle.exemple.fr",
        "PLATFORM_HOSTS": ["socle.exemple.fr", "localhost"],
        "SITES_DOMAIN": "sites.exemple.fr",
        "SOCLE_SITES_ADDRESSES": ["192.0.2.80"],
    },
}


@pytest.fixture(autouse=True)
def bare(settings, tmp_path, demonstration):
    """An installation outside a demonstration, of which nobody set anything."""
    for name, value in BARE.items():
        setattr(settings, name, value)
    settings.DATA_DIR = tmp_path
    return settings


def put(settings, *steps: str) -> None:
    """Set what the variables of these steps say."""
    for step in steps:
        for name, value in SET[step].items():
            setattr(settings, name, value)


def save(settings) -> None:
    """What a backup that succeeded leaves behind it."""
    (settings.DATA_DIR / inventory.LAST_BACKUP).write_text(f"{f.NOW.isoformat()}\n", encoding="utf-8")


def signed_in(person: User) -> DemandingClient:
    client = DemandingClient()
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def page_of(client: DemandingClient, address: str = PAGE) -> BeautifulSoup:
    response = client.get(address)
    assert response.status_code == 200, response.content.decode()
    return BeautifulSoup(response.content, "html.parser")


def steps_of(client: DemandingClient) -> dict[str, str]:
    """Each step of the page and its badge, in order."""
    found = {}
    for one in page_of(client).select(".first-steps > li"):
        label = one.select_one("strong").get_text(strip=True).partition(". ")[2]
        code = next(code for code, known in LABELS.items() if known == label)
        found[code] = one.select_one(".badge").get_text(strip=True)
    return found


def done(client: DemandingClient) -> set[str]:
    return {code for code, badge in steps_of(client).items() if badge == "fait"}


def shown_at_home(client: DemandingClient) -> str:
    """What the first page says of the steps; nothing when it says nothing."""
    cards = [one for one in page_of(client, "/console/").select(".sheet") if "Mise en service" in one.get_text()]
    return cards[0].get_text(" ", strip=True) if cards else ""


# --- From an empty base to the first agreement ------------------------------------------------------------------------
def administered() -> User:
    """The first person, invited from the command line for an operator that nobody knew, who accepts."""
    invited, _ = invite_first_person(
        "anne@exemple.fr",
        name="Anne Exemple",
        operator="200039386",
        operator_name="Syndicat d’essai",
        by=User.objects.system(),
        at=f.NOW,
    )
    person = f.user(invited.email, invited.name)
    invitations.accept(invited, by=person, at=f.NOW)
    return person


def load(tmp_path: Path, *changes: tuple[str, str]) -> None:
    """Load the programme's file, as its people completed it."""
    said = PACK.read_text(encoding="utf-8")
    for before, after in changes:
        assert before in said
        said = said.replace(before, after, 1)
    path = tmp_path / "programme.toml"
    path.write_text(said, encoding="utf-8")
    programmes.load(path, by=User.objects.system(), at=f.NOW, demonstration=False)


SEAT = 'seat = "Arras (siège à préciser par le syndicat)"'
WHOLE = (SEAT, 'seat = "1 rue de l’Essai, 62000 Arras"\nemail = "contact@exemple.fr"')
PUBLISHED = ("received_on = 2021-11-24", "received_on = 2021-11-24\npublished_on = 2021-11-24")


def accept(role: Role, by: User, *, operator=None, beneficiary=None) -> User:
    """Somebody is invited to this role there, and accepts."""
    place = operator or beneficiary
    person = f.user(f"{role.value}-{place.pk}@exemple.fr", f"Camille {role.label}")
    # Whoever signs for a mairie is invited once the mairie was called.
    check = Check(Checked.CALL, "l’accueil de la mairie") if role == Role.MAYOR else None
    invited = invitations.invite(
        person.email, name=person.name, role=role, operator=operator, beneficiary=beneficiary, check=check, by=by,
        at=f.NOW,
    )  # fmt: skip
    invitations.accept(invited, by=person, at=f.NOW)
    return person


def approved(programme, officer: User) -> Text:
    """A model of the operator's own, published, chosen, and approved by an act of its committee."""
    name = "convention-tripartite"
    body = Text.objects.get(name=name, version="2026-12-02").body.replace(
        "statut : modèle de démonstration, non approuvé", "statut : modèle du syndicat"
    )
    draft = models.save_draft(programme, name, body=body, revision=0, by=officer, at=f.NOW)
    text = models.publish(programme, name, version=date(2026, 12, 3), revision=draft.revision, by=officer, at=f.NOW)
    models.choose(programme.tripartite(), text, by=officer, at=f.NOW)
    return text


FACTS = {"subject": "Essai", "adopted_on": date(2026, 11, 2), "received_on": date(2026, 11, 3)}


def act_of(body: str, number: str, **fields) -> agreements.ActFacts:
    return agreements.ActFacts(body=body, number=number, **{**FACTS, "published_on": date(2026, 11, 3), **fields})


@pytest.mark.slow
def test_each_step_done_by_what_the_product_offers_turns_its_line_and_no_other(bare, tmp_path, db) -> None:
    officer = administered()
    client = signed_in(officer)

    # Whoever administers an operator without a programme is led to what is left, instead of a door that is closed.
    assert client.get("/console/communes/").headers["Location"] == PAGE
    assert done(client) == set()
    assert steps_of(client)["seal"] == "peut attendre"
    words = page_of(client).get_text(" ", strip=True)
    assert "socle load-territory" in words
    assert "socle load-programmes" in words
    assert list(steps_of(client)) == list(LABELS)

    f.vintage()
    place = f.commune("59474")
    f.department("62")
    texts.publish_seeds(by=User.objects.system(), at=f.NOW)
    load(tmp_path)
    assert done(client) == {"programme"}
    assert "socle load-territory" not in page_of(client).get_text()
    assert "1 sur 12" in shown_at_home(client)
    assert "Ensuite\u00a0: Le modèle de convention" in shown_at_home(client)
    assert steps_of(client)["operator"] == "peut attendre"

    load(tmp_path, WHOLE)
    assert done(client) == {"programme", "operator"}
    load(tmp_path, WHOLE, PUBLISHED)
    reached = {"programme", "operator", "delegation"}
    assert done(client) == reached

    programme = programmes.Programme.objects.get()
    with scopes_disabled():
        text = approved(programme, officer)
    assert "n’approuve ce modèle" in page_of(client).get_text()
    committee = agreements.record_act_of_committee(
        programme, facts=act_of("comité syndical", "2026-9", published_on=None), by=officer, at=f.NOW
    )
    models.approve(programme, text, act=committee, article=1, words="Approuve le modèle.", by=officer, at=f.NOW)
    assert "il manque sa date de publication" in page_of(client).get_text()
    assert done(client) == reached
    committee.published_on = date(2026, 11, 3)
    committee.save(update_fields=["published_on"])
    reached |= {"model"}
    assert done(client) == reached

    put(bare, "mail")
    reached |= {"mail"}
    assert done(client) == reached
    put(bare, "names")
    reached |= {"names"}
    assert done(client) == reached

    lead, centre = programme.lead(), programme.centre_de_gestion_of(place.department)
    of_centre = accept(Role.CDG_PRESIDENT, officer, operator=centre)
    assert done(client) == reached
    president = accept(Role.PRESIDENT, officer, operator=lead)
    reached |= {"presidents"}
    assert done(client) == reached

    save(bare)
    reached |= {"backup"}
    assert done(client) == reached

    with scopes_disabled():
        agreement = agreements.draft_for_commune(place, programme=programme, by=officer, at=f.NOW)
        body = agreement.bound
    assert "1 convention en projet" in page_of(client).get_text().replace("\u00a0", " ")
    links = [one["href"] for one in page_of(client).select(".first-steps a")]
    assert f"/console/conventions/{agreement.number}/parties/cdg/acte/" in links
    with scope(beneficiary=body):
        agreements.record_act_of_party(
            agreement, kind="cdg", facts=act_of("conseil d’administration", "2026-3"), by=officer, at=f.NOW
        )
    reached |= {"centre"}
    assert done(client) == reached

    mayor = accept(Role.MAYOR, officer, beneficiary=body)
    people.confirm_siret(body, siret=body.siret, by=mayor, at=f.NOW)
    with scope(beneficiary=body):
        agreements.record_act_of_party(
            agreement, kind="beneficiary", facts=act_of("conseil municipal", "2026-4"), by=mayor, at=f.NOW
        )
        memberships = {"beneficiary": mayor, "cdg": of_centre, "lead": president}
        for kind, person in memberships.items():
            agreements.complete_party(agreement, kind=kind, membership=person.memberships.get(), by=officer, at=f.NOW)
        agreement = agreements.make_ready(Agreement.objects.get(), by=officer, at=f.NOW)
        assert "9 sur 12" in shown_at_home(client)
        assert done(client) == reached
        assert "à la signature, aucune conclue" in page_of(client).get_text()
        # The twin of a seal signs where a demonstration is said to be, and nowhere else.
        bare.DEMO, bare.SOCLE_SIGNING = True, "socle.engines.simulated.authority.SimulatedTrust"
        for person in (mayor, of_centre, president):
            agreement = agreements.sign(agreement, by=person, at=f.NOW)
        bare.DEMO, bare.SOCLE_SIGNING = False, ""
    reached |= {"commune"}
    assert done(client) == reached

    # The seal may wait: all the rest is done, the first page says nothing more, and the page says both.
    assert shown_at_home(client) == ""
    assert steps_of(client)["seal"] == "peut attendre"
    assert "La plateforme est en service" in page_of(client).get_text()
    assert steps_of(client)["engines"] == "peut attendre"
    put(bare, "seal")
    reached |= {"seal"}
    assert done(client) == reached
    bare.SOCLE_ENGINES = dict.fromkeys(
        Service.objects.values_list("code", flat=True), "tests.provisioning.test_twins.Real"
    )
    assert done(client) == set(LABELS)


# --- Who reads it, and what it costs ----------------------------------------------------------------------------------
@pytest.mark.parametrize("role", [Role.PRESIDENT, Role.FINANCE_OFFICER, Role.ASSEMBLY_SECRETARY])
def test_before_a_programme_the_page_opens_to_who_administers_and_to_nobody_else(role, db) -> None:
    operator = f.operator("seul", "Syndicat sans programme", 9)
    other = signed_in(f.member(role, operator))
    assert [other.get(address).status_code for address in (PAGE, "/console/")] == [403, 403]
    client = signed_in(f.member(Role.TECHNICIAN, operator))
    assert client.get("/console/").headers["Location"] == PAGE
    soup = page_of(client)
    assert soup.select("nav[aria-label='Navigation principale'] a") == []  # Every other page would lead back here.


def test_a_role_that_ended_a_closed_account_and_a_mairie_do_not_open_it(db) -> None:
    operator = f.operator("seul", "Syndicat sans programme", 9)
    gone = f.member(Role.TECHNICIAN, operator, email="parti@exemple.fr", ends_on=date(2026, 11, 24))
    today = f.member(Role.TECHNICIAN, operator, email="dernier@exemple.fr", ends_on=f.TODAY)
    mayor = f.member(Role.MAYOR, f.beneficiary())
    assert [signed_in(one).get(PAGE).status_code for one in (gone, mayor, today)] == [403, 403, 200]
    User.objects.filter(pk=today.pk).update(is_active=False)
    assert signed_in(today).get(PAGE).status_code == 302
    assert DemandingClient().get(PAGE).headers["Location"].startswith("/compte/connexion/")


def asked(client: DemandingClient, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


@pytest.mark.slow
def test_the_first_page_costs_one_query_more_once_all_is_done_and_none_to_others(world, enter, bare) -> None:
    officer, president, partner = enter("officer"), enter("president"), enter("somme")
    bare.DEMO = True
    before = {who: asked(client, "/console/") for who, client in (("o", officer), ("p", president), ("s", partner))}
    bare.DEMO = False
    put(bare, "mail", "names")
    Operator.objects.update(email="contact@exemple.fr")
    save(bare)
    assert shown_at_home(officer) == ""
    after = {who: asked(client, "/console/") for who, client in (("o", officer), ("p", president), ("s", partner))}
    assert after == {**before, "o": before["o"] + 1}
    # While something is left, the steps are counted: eighteen questions at most, whatever the number of communes.
    put(bare, "seal")
    bare.DEFAULT_FROM_EMAIL = BARE["DEFAULT_FROM_EMAIL"]
    Text.objects.update(is_demonstration=False)
    assert "Ensuite\u00a0: Le départ des messages" in shown_at_home(officer)
    assert shown_at_home(president) == shown_at_home(partner) == ""
    assert before["o"] < asked(officer, "/console/") <= before["o"] + 18


def test_a_demonstration_has_everything_and_says_what_it_is(world, enter, bare) -> None:
    bare.DEMO, bare.SOCLE_SIGNING = True, "socle.engines.simulated.authority.SimulatedTrust"
    bare.SOCLE_ENGINES = DEMONSTRATION["SOCLE_ENGINES"]
    technician = enter("technician")
    assert done(technician) == set(LABELS)
    assert "C’est une démonstration" in page_of(technician).get_text()
    assert shown_at_home(technician) == ""
