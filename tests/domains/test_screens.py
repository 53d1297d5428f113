"""The page of a domain, at both doors: what to copy and in which order, what was found, what only a keeper may do."""

from __future__ import annotations

import dns.zone
import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from socle.domains import actions
from socle.domains.contract import Heard, Held, Told
from socle.domains.models import DomainName
from socle.domains.uses import wanted_records
from socle.engines.simulated.models import SimulatedSet
from socle.engines.simulated.zones import SimulatedZones
from socle.journal.models import Entry
from socle.mail.domains import give_domain, take_domain
from socle.mail.models import Domain
from socle.mail.models.domains import Status
from socle.people.models import Beneficiary, Role, User
from socle.sites.actions import create_site
from socle.sites.names.actions import ask_name
from tests import factories as f
from tests.domains.test_actions import ROOT, name_of, operator  # noqa: F401 (a fixture, for every test of this module)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("all_beneficiaries")]
FORMER = "mx.ancien.fr"


@pytest.fixture(autouse=True)
def today(time_machine, settings) -> None:
    time_machine.move_to(f.NOW)
    settings.DEMO = True


@pytest.fixture
def place() -> Beneficiary:
    return f.beneficiary(f.commune("59474", "Prisches", 1000))


@pytest.fixture
def system() -> User:
    return User.objects.system()


@pytest.fixture
def own(place, system) -> Domain:
    give_domain(place, by=system, at=f.NOW)
    domain = take_domain(place, "prisches.fr", by=system, at=f.NOW)
    f.prove(place, domain.name)
    return domain


def enter(client, person: User) -> None:
    """Sign in as somebody whose door opens without a second factor."""
    User.objects.filter(pk=person.pk).update(is_fictitious=True)
    client.force_login(person)


@pytest.fixture
def secretary(client, place):
    enter(client, f.member(Role.SECRETARY, place))
    return client


@pytest.fixture
def officer(client):
    enter(client, f.member(Role.PROGRAMME_OFFICER, f.programme().lead()))
    return client


def heard_of(domain: Domain, *, mx: str = f"10 {FORMER}.", spf: str = '"v=spf1 include:spf.ancien.fr ~all"') -> Heard:
    """What the DNS says before the move: the mail and the SPF of a former host, and nothing else."""
    lines = []
    for one in wanted_records(name_of(domain), at=f.NOW):
        there = {"MX": mx, "TXT": spf}.get(one.type) if one.name == domain.name else None
        for source in ("here", "there"):
            kind = one.type if there else "NONE"
            lines.append(Told(source, one.name, one.type, kind, there or "", 600))
    return Heard(tuple(dict.fromkeys(lines)))


def test_nothing_was_seen_yet_and_all_is_there_to_copy(secretary, own):
    page = secretary.get(reverse("mairie:domain_name", args=[name_of(own).pk])).content.decode()
    assert "Pas encore vérifié" in page
    assert "À copier" in page
    assert f"mx1.{ROOT}." in page
    assert own.dkim_public_key in page
    assert f"v=spf1 include:_spf.{ROOT} ~all" in page


@pytest.mark.slow
def test_a_former_provider_gives_the_gestures_their_order(secretary, own, system):
    actions.record_check(name_of(own), heard_of(own), by=system, at=f.NOW)
    page = secretary.get(reverse("mairie:domain_name", args=[name_of(own).pk])).content.decode()
    assert "Changer de messagerie sans rien perdre" in page
    assert page.index("Dès maintenant") < page.index("Le jour de la bascule")
    assert FORMER in page
    # The SPF to copy keeps the servers that still send.
    assert f"v=spf1 include:_spf.{ROOT} include:spf.ancien.fr ~all" in page
    before, _, after = page.partition('sheet-title"><svg')[2].partition("Le jour de la bascule")
    assert before
    assert after
    sheet = secretary.get(reverse("mairie:domain_name_sheet", args=[name_of(own).pk])).content.decode()
    assert "À ne pas tout faire le même jour" in sheet
    assert "Le jour de la bascule" in sheet


@pytest.mark.slow
@pytest.mark.both
def test_a_check_is_asked_for_bounded_and_puts_in_service(secretary, own):
    url = reverse("mairie:domain_name_check", args=[name_of(own).pk])
    page = secretary.post(url, follow=True).content.decode()
    assert "tout est juste" in page
    own.refresh_from_db()
    assert own.status == Status.ACTIVE
    for _ in range(5):
        secretary.post(url)
    assert "Trop d’essais" in secretary.post(url, follow=True).content.decode()


def test_the_file_for_a_technician_is_a_zone_file(secretary, own):
    response = secretary.get(reverse("mairie:domain_name_file", args=[name_of(own).pk]))
    assert response["Content-Disposition"] == 'attachment; filename="prisches.fr.zone.txt"'
    zone = dns.zone.from_text(response.content.decode(), check_origin=False)
    assert zone.origin is not None
    assert zone.origin.to_text() == "prisches.fr."
    assert zone.get_rdataset("@", "MX") is not None
    assert zone.get_rdataset("@", "A") is None


def test_a_domain_of_the_operator_has_nothing_to_copy(secretary, own, system):
    given = Domain.objects.get(is_own=False)
    actions.make_zone(name_of(given), by=system, at=f.NOW)
    page = secretary.get(reverse("mairie:domain_name", args=[name_of(given).pk])).content.decode()
    assert "Il n’y a rien à copier" in page
    assert "À copier" not in page


@pytest.mark.slow
@pytest.mark.both
def test_a_name_is_given_to_the_site_and_to_the_mail_at_once(secretary, place, system, valid_html):
    give_domain(place, by=system, at=f.NOW)
    create_site(place, by=system, at=f.NOW)
    url, data = reverse("mairie:name_ask"), {"domain": "www.prisches.fr", "is_www_first": "yes"}
    assert valid_html(secretary.get(f"{url}?nom=prisches.fr&sert=mail").content) == []
    assert "Choisissez à quoi ce nom sert" in secretary.post(url, data).content.decode()
    page = secretary.post(url, {**data, "uses": ["site", "mail"]}, follow=True)
    assert valid_html(page.content) == []
    assert "Le site à ce nom" in page.content.decode()
    assert "La messagerie à ce nom" in page.content.decode()
    own = Domain.objects.get(is_own=True)
    assert (own.status, name_of(own).is_right) == (Status.ACTIVE, True)
    assert "déjà dans la liste" in secretary.post(url, {**data, "uses": ["mail"]}).content.decode()
    assert DomainName.objects.filter(is_own=True).count() == 1
    assert valid_html(secretary.get(reverse("mairie:domain_names")).content) == []


@pytest.mark.slow
@pytest.mark.both
def test_former_addresses_lead_to_the_page_of_the_name_gestures_as_they_came(secretary, own, place, system):
    site_name = ask_name(create_site(place, by=system, at=f.NOW), own.name, by=system, at=f.NOW)
    page = reverse("mairie:domain_name", args=[name_of(own).pk])
    for former, rest in (
        (f"/mairie/adresse-internet/{site_name.pk}/", "verifier/"),
        (f"/mairie/messagerie/domaines/{own.pk}/", "verifier/"),
        (f"/mairie/messagerie/domaines/{own.pk}/", "enregistrements.txt"),
    ):
        response = secretary.get(former)
        assert (response.status_code, response["Location"]) == (302, page)
        response = secretary.post(f"{former}{rest}")
        assert (response.status_code, response["Location"]) == (307, f"{page}{rest}")
    for former in ("/mairie/adresse-internet/", "/mairie/messagerie/domaines/"):
        assert secretary.get(former)["Location"] == reverse("mairie:domain_names")


# --- The console ------------------------------------------------------------------------------------------------------
@pytest.mark.slow
def test_the_list_shows_where_each_stands_and_asks_little(officer, own, system, django_assert_num_queries):
    given = Domain.objects.get(is_own=False)
    actions.make_zone(name_of(given), by=system, at=f.NOW)
    url = reverse("console:domain_names")
    page = officer.get(url).content.decode()
    assert "prisches.fr" in page
    assert "À vérifier" in page
    for rank in range(3):
        other = f.beneficiary(f.commune(f"5900{rank}", f"Commune {rank}", 500))
        give_domain(other, by=system, at=f.NOW)
    with django_assert_num_queries(13, exact=False) as few:
        officer.get(url)
    count = len(few)
    for rank in range(3, 8):
        other = f.beneficiary(f.commune(f"5900{rank}", f"Commune {rank}", 500))
        give_domain(other, by=system, at=f.NOW)
    with django_assert_num_queries(count):
        officer.get(url)
    actions.record_check(name_of(own), heard_of(own), by=system, at=f.NOW)
    wrong = officer.get(f"{url}?etat=a-corriger").content.decode().partition("<table")[2]
    assert "prisches.fr" in wrong
    assert "Commune 7" not in wrong
    assert "prisches.fr" not in officer.get(f"{url}?etat=juste").content.decode().partition("<table")[2]
    assert "prisches.fr" in officer.get(reverse("console:domain_names_file", args=["csv"])).content.decode("utf-8-sig")


@pytest.mark.slow
def test_a_keeper_reads_the_plan_then_writes_it(officer, own, system):
    given = Domain.objects.get(is_own=False)
    url = reverse("console:domain_name", args=[name_of(given).pk])
    assert "créer la zone" in officer.get(url).content.decode()
    page = officer.post(reverse("console:domain_name_write", args=[name_of(given).pk]), follow=True).content.decode()
    assert "est juste" in page
    assert "dit déjà tout ce qu’elle doit dire" in page
    assert SimulatedSet.objects.filter(name=given.name, type="MX").exists()


@pytest.mark.slow
@pytest.mark.both
def test_what_someone_else_wrote_is_shown_whole(officer, own):
    given = Domain.objects.get(is_own=False)
    twin = SimulatedZones()
    twin.make(ROOT)
    twin.write(ROOT, [Held(given.name, "MX", 60, ("10 mx.ailleurs.fr.",))])
    page = officer.get(reverse("console:domain_name", args=[name_of(given).pk])).content.decode()
    assert "Quelqu’un d’autre a écrit" in page
    assert "mx.ailleurs.fr" in page


@pytest.mark.slow
@pytest.mark.both
def test_a_keeper_forces_with_a_reason_that_stays(officer, own):
    url = reverse("console:mail_domain_activate", args=[own.pk])
    for wrong in ("", "court"):
        assert officer.post(url, {"reason": wrong}).status_code == 422
    own.refresh_from_db()
    assert own.status == Status.PREPARED
    officer.post(url, {"reason": "Bascule convenue avec la mairie ce soir à 20 heures."})
    own.refresh_from_db()
    assert own.status == Status.ACTIVE
    assert own.forced_reason.startswith("Bascule convenue")
    assert Entry.objects.get(verb="mail.domain_activated").facts["is_forced"]
    assert "Bascule convenue" in officer.get(reverse("console:domain_name", args=[name_of(own).pk])).content.decode()


@pytest.mark.slow
@pytest.mark.both
def test_a_zone_is_entrusted_and_given_back(officer, own, system):
    officer.post(reverse("console:domain_name_entrust", args=[name_of(own).pk]))
    actions.make_zone(name_of(own), by=system, at=f.NOW)
    page = officer.get(reverse("console:domain_name", args=[name_of(own).pk])).content.decode()
    assert f"ns1.{ROOT}" in page
    assert "DNSSEC" in page
    officer.post(reverse("console:domain_name_give_back", args=[name_of(own).pk]))
    assert not name_of(own).is_here
    assert Entry.objects.filter(verb="mail.domain_given_back").exists()


@pytest.mark.slow
@pytest.mark.both
def test_whoever_keeps_nothing_only_reads(client, own):
    enter(client, f.member(Role.PRESIDENT, f.programme().lead()))
    assert client.get(reverse("console:domain_name", args=[name_of(own).pk])).status_code == 200
    gestures = [(f"domain_name_{name}", name_of(own).pk) for name in ("check", "write", "entrust", "give_back")]
    for name, pk in (*gestures, ("mail_domain_activate", own.pk)):
        response = client.post(reverse(f"console:{name}", args=[pk]), {"reason": "x" * 40})
        assert response.status_code in (403, 409), name
    own.refresh_from_db()
    assert own.status == Status.PREPARED
    assert not SimulatedSet.objects.exists()


def test_the_operator_s_former_addresses_lead_to_the_list_and_to_the_page(officer, own):
    page = reverse("console:domain_name", args=[name_of(own).pk])
    assert officer.get(f"/console/domaines/{own.pk}/")["Location"] == page
    assert officer.post(f"/console/domaines/{own.pk}/ecrire/")["Location"] == f"{page}ecrire/"
    assert officer.get("/console/domaines/?etat=a-corriger")["Location"] == "/console/noms-de-domaine/?etat=a-corriger"
    assert officer.get("/console/adresses.csv")["Location"] == "/console/noms-de-domaine.csv"


# --- The command ------------------------------------------------------------------------------------------------------
def test_the_command_prints_the_plan_then_writes_it(own, capsys):
    call_command("zones")
    said = capsys.readouterr().out
    assert f"créer la zone {ROOT}, signée" in said
    assert "Rien n’a été fait" in said
    assert not SimulatedSet.objects.exists()
    call_command("zones", yes=True)
    assert "Domaines écrits\u00a0: 1. En échec\u00a0: 0." in capsys.readouterr().out
    call_command("zones")
    assert "Domaines regardés\u00a0: 1. À écrire\u00a0: 0." in capsys.readouterr().out


@pytest.mark.slow
def test_the_command_refuses_to_touch_too_many_at_once(system, capsys, settings):
    settings.SOCLE_RECONCILE_CEILING = 0.1
    for rank in range(12):
        give_domain(f.beneficiary(f.commune(f"590{rank:02}", f"Commune {rank}", 500)), by=system, at=f.NOW)
    with pytest.raises(CommandError, match="--force"):
        call_command("zones", yes=True)
    assert not SimulatedSet.objects.filter(type="MX").exists()
    call_command("zones", yes=True, force=True)
    assert SimulatedSet.objects.filter(type="MX").count() == 12


def test_nobody_holding_zones_is_said(own, settings):
    settings.SOCLE_ZONES = ""
    with pytest.raises(CommandError, match="SOCLE_POWERDNS_URL"):
        call_command("zones")
