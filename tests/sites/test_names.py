"""The commune's own name: read, explained, followed from one state to the next, served, and left."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django_scopes import scopes_disabled

from socle.domains.actions import check_name, record_check
from socle.domains.contract import Heard, NoCertificate
from socle.domains.models import DomainCheck, DomainName
from socle.domains.rules import why_not_advised
from socle.engines.simulated.names import SimulatedDns
from socle.journal.models import Entry
from socle.lib.domains import read_domain
from socle.lib.refusals import Refused
from socle.sites import hosts
from socle.sites.models import SiteName, WebSite
from socle.sites.models.names import Status
from socle.sites.names import actions
from socle.sites.names.use import SiteUse
from socle.sites.publishing import folders
from socle.sites.publishing.actions import publish_waiting
from tests import factories as f
from tests.sites.conftest import secretary

RIGHT = """here prisches.fr A 60 A 192.0.2.80
here prisches.fr AAAA 60 AAAA 2001:db8::80
here www.prisches.fr A 60 A 192.0.2.80
here www.prisches.fr AAAA 60 AAAA 2001:db8::80"""
ELSEWHERE = RIGHT.replace("192.0.2.80", "203.0.113.7")
SILENT = "here prisches.fr A 0 FAILED\nhere www.prisches.fr A 0 FAILED"


@pytest.fixture(autouse=True)
def front(settings, tmp_path):
    settings.SOCLE_SITES_ADDRESSES = ["192.0.2.80", "2001:db8::80"]
    settings.SOCLE_CERTIFICATE_AUTHORITIES = ["letsencrypt.org"]
    settings.SOCLE_DNS = "socle.engines.simulated.names.SimulatedDns"
    settings.PUBLISHED_ROOT = tmp_path / "published"


# --- What people write -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("prisches.fr", "prisches.fr"),
        (" https://www.Prisches.FR/accueil ", "prisches.fr"),
        ("prisches.fr.", "prisches.fr"),
        ("mairie.prisches.fr", "mairie.prisches.fr"),
        ("hœdic.fr", "xn--hdic-g4a.fr"),
        ("prisches.asso.fr", "prisches.asso.fr"),
    ],
)
def test_a_domain_is_read_as_people_write_it(text, domain):
    assert read_domain(text) == domain


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "Écrivez le nom"),
        ("mairie@prisches.fr", "adresse électronique"),
        ("192.0.2.1", "adresse IP"),
        ("prisches", "extension"),
        ("prisches.nexistepas", "n’existe pas"),
        ("prisches.test", "n’existe pas"),
        ("asso.fr", "est une extension"),
        ("fr", "extension"),
        ("prisches..fr", "ne peut pas être"),
        ("-prisches.fr", "ne peut pas être"),
        ("prisches.fr:8080", "ne contient que"),
        ("prisches .fr", "ne contient que"),
        ("*.prisches.fr", "ne contient que"),
        ("[::1]", "ne contient que"),
        ("<b>.fr", "ne contient que"),
        ("a" * 64 + ".fr", "ne peut pas être"),
        (".".join(["a" * 60] * 5) + ".fr", "ne peut pas être|trop long"),
        ("prisches\x00.fr", "ne peut pas être|ne contient que"),
        ("\u202eprisches.fr", "ne peut pas être"),
        ("../../etc", "Écrivez le nom"),
    ],
)
def test_what_is_no_domain_is_refused_with_the_remedy(text, why):
    with pytest.raises(Refused, match=why):
        read_domain(text)


@pytest.mark.usefixtures("all_beneficiaries")
def test_the_records_to_copy_are_those_a_registrar_accepts(prisches):
    def wanted(text):
        name = DomainName.objects.get(name=given(prisches, text).domain)
        return [(one.label("prisches.fr"), one.type, one.content) for one in SiteUse().wanted(name, at=f.NOW)]

    alias = f"{prisches.first_host}."
    assert wanted("prisches.fr") == [("@", "A", "192.0.2.80"), ("@", "AAAA", "2001:db8::80"), ("www", "CNAME", alias)]
    assert wanted("mairie.prisches.fr") == [("mairie", "CNAME", alias)]
    assert why_not_advised("prisches.com")
    assert not why_not_advised("prisches.fr")


# --- From one state to the next --------------------------------------------------------------------------------------
def given(website, text="prisches.fr", **options):
    """A name that is asked for, and proved."""
    name = actions.ask_name(website, text, by=f.user(), at=f.NOW, **options)
    f.prove(website.beneficiary, name.domain)
    return name


def seen(name, text, *, after=timedelta()):
    """What becomes of a name of the site once the DNS said this of it."""
    record_check(DomainName.objects.get(name=name.domain), Heard.read(text), by=f.user(), at=f.NOW + after)
    return SiteName.objects.get(pk=name.pk)


def verbs():
    return list(Entry.objects.filter(verb__startswith="website.name").order_by("pk").values_list("verb", flat=True))


@pytest.mark.usefixtures("all_beneficiaries")
def test_a_name_is_asked_waits_is_right_is_served_and_becomes_the_main_one(prisches, visit, settings):
    name = seen(given(prisches), ELSEWHERE)
    assert name.status == Status.WAITING
    assert not hosts.is_served("prisches.fr")
    settings.IS_HTTPS = True
    name = seen(name, RIGHT)
    # Answers already, so that its certificate can be obtained; nobody is led there yet.
    assert (name.status, name.is_main) == (Status.RIGHT, False)
    assert hosts.is_served("prisches.fr")
    assert hosts.is_served("www.prisches.fr")
    actions.follow(name, True, certificate_until=f.NOW + timedelta(days=90), by=f.user(), at=f.NOW)
    settings.IS_HTTPS = False
    name.refresh_from_db()
    assert (name.status, name.is_main) == (Status.SERVED, True)
    site = WebSite.objects.select_related("site").get(pk=prisches.pk)
    assert (site.host, site.site.hostname) == ("www.prisches.fr", "www.prisches.fr")
    assert verbs() == ["website.name_asked", "website.name_right", "website.name_served", "website.name_main"]
    f.open_site(site)
    home = visit(site)
    assert b'<link rel="canonical" href="http://www.prisches.fr/">' in home.content.replace(b":8000", b"")
    assert b"www.prisches.fr" in visit(site, "/sitemap.xml").content


@pytest.mark.usefixtures("all_beneficiaries")
def test_every_other_name_leads_to_the_main_one_for_good_once_it_is_settled(prisches, client, settings):
    name = seen(given(prisches), RIGHT)
    first = prisches.host

    def led(host, path="/contact/?a=1"):
        answer = client.get(path, headers={"host": host})
        return answer.status_code, answer.headers.get("Location")

    to = f"{WebSite.objects.get(pk=prisches.pk).root_url}/contact/?a=1"
    assert led("prisches.fr") == led(first) == (302, to)
    settings.SOCLE_NAME_SETTLES_DAYS = 30
    name = seen(name, RIGHT, after=timedelta(days=31))
    assert led("PRISCHES.fr.") == (301, to)
    # The one that always answers is never given up: it is where the site goes back if its own name is lost.
    assert led(first) == (302, to)


@pytest.mark.usefixtures("all_beneficiaries")
def test_a_name_that_leads_elsewhere_for_days_is_lost_and_the_site_goes_back(prisches, client):
    name = seen(given(prisches), RIGHT)
    name = seen(name, SILENT, after=timedelta(days=1))
    assert (name.wrong_at, name.is_main) == (None, True)  # Silence is no proof.
    name = seen(name, ELSEWHERE, after=timedelta(days=2))
    assert (name.status, name.is_main) == (Status.SERVED, True)
    name = seen(name, RIGHT, after=timedelta(days=3))
    assert name.wrong_at is None
    name = seen(name, ELSEWHERE, after=timedelta(days=4))
    name = seen(name, ELSEWHERE, after=timedelta(days=7, seconds=-1))
    assert (name.status, name.is_main) == (Status.SERVED, True)
    name = seen(name, ELSEWHERE, after=timedelta(days=7))
    assert (name.status, name.is_main) == (Status.WAITING, False)
    assert WebSite.objects.get(pk=prisches.pk).host == prisches.first_host
    assert client.get("/", headers={"host": prisches.first_host}).status_code == 200
    assert not hosts.is_served("prisches.fr")
    assert verbs()[-1] == "website.name_lost"
    assert DomainCheck.objects.filter(domain__name=name.domain).count() == 5


@pytest.mark.usefixtures("all_beneficiaries")
def test_a_former_name_leads_to_the_new_one_and_may_come_back(prisches, ablain):
    old = seen(given(prisches), RIGHT)
    new = given(prisches, "prisches-en-thierache.fr", is_www_first=False)
    new = seen(new, RIGHT.replace("prisches.fr", "prisches-en-thierache.fr"))
    old.refresh_from_db()
    assert (old.status, new.is_main) == (Status.REPLACED, True)
    assert WebSite.objects.get(pk=prisches.pk).host == "prisches-en-thierache.fr"
    actions.choose_main(old, is_www_first=True, by=f.user(), at=f.NOW)
    new.refresh_from_db()
    assert (new.status, WebSite.objects.get(pk=prisches.pk).host) == (Status.REPLACED, "www.prisches.fr")
    with pytest.raises(Refused, match="choisissez-en d’abord une autre"):
        actions.withdraw_name(SiteName.objects.get(pk=old.pk), by=f.user(), at=f.NOW)
    actions.leave_main(WebSite.objects.get(pk=prisches.pk), by=f.user(), at=f.NOW)
    assert WebSite.objects.get(pk=prisches.pk).host == prisches.first_host
    actions.withdraw_name(SiteName.objects.get(pk=old.pk), by=f.user(), at=f.NOW)
    assert not hosts.is_served("prisches.fr")


@pytest.mark.usefixtures("all_beneficiaries")
def test_a_name_is_of_one_site_and_never_ours(prisches, ablain, settings):
    settings.SITES_DOMAIN, settings.PLATFORM_HOSTS = "communes.syndicat.fr", ["socle.syndicat.fr"]
    given(prisches)
    for text, why in (
        ("www.prisches.fr", "déjà à un autre organisme"),
        ("ablain.communes.syndicat.fr", "appartient à l’opérateur"),
        ("socle.syndicat.fr", "appartient à l’opérateur"),
    ):
        with pytest.raises(Refused, match=why):
            given(ablain, text)
    with pytest.raises(Refused, match="déjà dans la liste"):
        given(prisches)
    for number in range(5):
        given(prisches, f"prisches-{number}.fr")
    with pytest.raises(Refused, match="6 noms au plus"):
        given(prisches, "prisches-de-trop.fr")


@pytest.mark.usefixtures("all_beneficiaries")
def test_a_name_that_nobody_proved_never_serves(prisches):
    name = actions.ask_name(prisches, "prisches.fr", by=f.user(), at=f.NOW)
    name = seen(name, RIGHT)
    assert (name.status, name.is_main, hosts.is_served("prisches.fr")) == (Status.WAITING, False, False)


@pytest.mark.usefixtures("all_beneficiaries")
@pytest.mark.slow
def test_the_page_gives_the_text_to_copy_and_the_name_serves_once_it_is_read(prisches, client, settings, monkeypatch):
    client.force_login(secretary(prisches.beneficiary))
    said = {"text": "socle-preuve=une-autre"}

    class World(SimulatedDns):
        def ask(self, questions, *, zone):
            return Heard.read(f"{RIGHT}\nhere _socle.prisches.fr TXT 60 TXT {said['text']}")

    monkeypatch.setattr("socle.domains.actions.dns", World)
    client.post("/mairie/adresse-internet/donner/", {"domain": "prisches.fr", "is_www_first": "yes"})
    own = DomainName.objects.get(is_own=True)
    where = f"/mairie/noms-de-domaine/{own.pk}/"
    page = client.get(where).content.decode()
    assert "À prouver" in page
    assert own.proof in page.partition("Tous les enregistrements")[0]
    assert not hosts.is_served("prisches.fr")
    said["text"] = own.proof
    client.post(f"{where}verifier/")
    assert hosts.is_served("prisches.fr")
    assert own.proof not in client.get(where).content.decode().partition("Ce qui a été vu")[0]


@pytest.mark.usefixtures("all_beneficiaries")
@pytest.mark.slow
def test_what_served_before_proofs_were_asked_goes_on_and_is_marked(prisches, client):
    name = seen(given(prisches), RIGHT)
    DomainName.objects.update(proved_at=None)
    own = DomainName.objects.get()
    assert (own.name, own.proved_at) == ("prisches.fr", None)
    name = seen(name, RIGHT, after=timedelta(days=9))
    assert (name.status, name.is_main, name.wrong_at) == (Status.SERVED, True, None)
    client.force_login(secretary(prisches.beneficiary))
    assert "À prouver" in client.get("/mairie/noms-de-domaine/").content.decode()
    assert own.proof in client.get(f"/mairie/adresse-internet/{name.pk}/", follow=True).content.decode()
    # Once it is lost, it comes back as a new one does.
    for days in (10, 14):
        name = seen(name, ELSEWHERE, after=timedelta(days=days))
    assert seen(name, RIGHT, after=timedelta(days=15)).status == Status.WAITING


@pytest.mark.usefixtures("all_beneficiaries")
def test_a_name_taken_away_is_free_for_whoever_has_it(prisches, ablain):
    actions.withdraw_name(given(prisches), by=f.user(), at=f.NOW)
    assert actions.ask_name(ablain, "prisches.fr", by=f.user(), at=f.NOW)
    assert not DomainName.objects.filter(proved_at__isnull=False).exists()


@pytest.mark.usefixtures("all_beneficiaries")
def test_a_certificate_is_looked_for_once_the_name_is_right_and_again_soon(prisches, settings, monkeypatch):
    settings.IS_HTTPS = True
    name = given(prisches)
    own, said = DomainName.objects.get(), {}

    class World(SimulatedDns):
        def certificate_end(self, host):
            if said:
                return f.NOW + timedelta(days=90)
            raise NoCertificate("pas de certificat")

    monkeypatch.setattr("socle.sites.names.use.dns", World)
    check_name(own, by=f.user(), at=f.NOW)
    name.refresh_from_db()
    own.refresh_from_db()
    assert (name.status, name.problem, own.next_check_at) == (
        Status.RIGHT, "pas de certificat", f.NOW + timedelta(minutes=1),
    )  # fmt: skip
    said["is there"] = True
    check_name(own, by=f.user(), at=f.NOW)
    name.refresh_from_db()
    assert (name.status, name.problem, name.is_main) == (Status.SERVED, "", True)
    assert name.certificate_until == f.NOW + timedelta(days=90)


@pytest.mark.slow
@pytest.mark.usefixtures("all_beneficiaries")
def test_the_web_server_is_told_where_each_name_leads(prisches):
    publish_waiting()
    name = seen(given(prisches), RIGHT)
    publish_waiting()
    top = folders.root() / "hosts"
    assert (top / "www.prisches.fr" / "index.html").exists()
    to = WebSite.objects.get(pk=prisches.pk).place
    assert (top / "prisches.fr" / "@302" / to).exists()
    assert (top / prisches.first_host / "@302" / to).exists()
    seen(name, RIGHT, after=timedelta(days=31))
    publish_waiting()
    assert (top / "prisches.fr" / "@301" / to).exists()
    assert not (top / "prisches.fr" / "@302").exists()
    actions.leave_main(WebSite.objects.get(pk=prisches.pk), by=f.user(), at=f.NOW)
    publish_waiting()
    assert (top / prisches.first_host / "index.html").exists()
    assert (top / "prisches.fr" / "@302" / WebSite.objects.get(pk=prisches.pk).place).exists()
    actions.withdraw_name(SiteName.objects.get(), by=f.user(), at=f.NOW)
    publish_waiting()
    assert sorted(path.name for path in top.iterdir()) == [prisches.first_host]


# --- The mairie's screens --------------------------------------------------------------------------------------------
@pytest.mark.slow
def test_a_secretary_gives_a_name_reads_what_to_do_and_takes_it_away(prisches, client, valid_html):
    client.force_login(secretary(prisches.beneficiary))
    assert "La commune a-t-elle son nom de domaine" in client.get("/mairie/noms-de-domaine/").content.decode()
    refused = client.post("/mairie/adresse-internet/donner/", {"domain": "prisches", "is_www_first": "yes"})
    assert (refused.status_code, "extension" in refused.content.decode()) == (422, True)
    data = {"domain": "https://www.prisches.fr/", "is_www_first": "yes"}
    page = client.post("/mairie/adresse-internet/donner/", data, follow=True)
    assert "Conduit" in page.content.decode() or "En service" in page.content.decode()
    page = client.get(page.redirect_chain[-1][0])
    assert valid_html(page.content) == []
    with scopes_disabled():
        where = f"/mairie/adresse-internet/{SiteName.objects.get().pk}/"
    page = client.post(f"{where}principale/", {"avec_www": "non"}, follow=True)
    assert "maintenant à l’adresse prisches.fr" in page.content.decode()
    page = client.post(f"{where}verifier/", follow=True)
    assert "tout est juste" in page.content.decode()
    assert "choisissez-en d’abord une autre" in client.post(f"{where}retirer/", follow=True).content.decode()
    client.post("/mairie/adresse-internet/revenir/")
    client.post(f"{where}retirer/")
    assert client.get(where).status_code == 404
