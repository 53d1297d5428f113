"""The sites of the territory: what each lacks, who reads it, and the audit kept from the console."""

import csv
import io
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from django_scopes import scopes_disabled

from socle.people.models import Beneficiary
from socle.websites import score
from socle.websites.actions import create_site
from socle.websites.models import AudienceCount, AudienceDay, Audit, Judgement, SiteTask, WebSite
from tests import factories as f

SITE = "/console/sites/{site}/"
READ = ("", "audit/")
GESTURES = ("commencer", "decrire", "relire", "reprendre", "conclure", "abandonner", "rouvrir-1")


@pytest.fixture
def site(world) -> WebSite:
    """The site of Ablainzevelle, examined once."""
    with scopes_disabled():
        website = create_site(
            Beneficiary.objects.get(commune__insee_code="62002"), by=world.people["officer"], at=f.NOW
        )
        score.keep(website, at=f.NOW)
    return website


def test_every_address_of_a_site_is_read_or_refused_as_its_department_wants(world, enter, site):
    from socle.console.urls import urlpatterns

    routes = {str(one.pattern).replace("sites/<int:website_id>/", "") for one in urlpatterns if "website_id" in
              str(one.pattern)}  # fmt: skip
    tried = {*READ, "audit/theme-<int:number>/", "audit.<table:format>", *(f"audit/{one}/" for one in GESTURES)}
    assert {re.sub(r"audit\.<", "audit.<", re.sub("sites/<int:website_id>/?", "", route)) for route in routes} == {
        one.replace("rouvrir-1", "rouvrir-<int:audit_id>") for one in tried
    }
    base = SITE.format(site=site.pk)
    for who in ("officer", "technician", "finance", "president", "cdg62", "somme"):
        client = enter(who)
        assert [client.get(base + one).status_code for one in READ] == [200, 200], who
    stranger, finance = enter("cdg59"), enter("finance")
    for one in READ:
        assert stranger.get(base + one).status_code == 404
    for one in GESTURES:
        assert stranger.post(f"{base}audit/{one}/").status_code == 404, one
        assert finance.post(f"{base}audit/{one}/").status_code == 403, one
    assert "Ablainzevelle" not in stranger.get("/console/sites/").content.decode()


def test_the_list_says_what_is_missing_filters_it_and_leaves_as_a_file(
    world, enter, site, django_assert_max_num_queries
):
    client = enter("officer")
    page = client.get("/console/sites/").content.decode()
    assert "pas encore ouvert" in page
    assert "direction de la publication" in page
    # Whatever a site lacks, its line names a few things, and says how many more.
    assert re.search(r"et \d+\xa0autres", page)
    assert "Ablainzevelle" in client.get("/console/sites/?manque=audit&etat=unopened").content.decode()
    assert "Aucun site ne répond" in client.get("/console/sites/?manque=phone&etat=opened").content.decode()
    table = client.get("/console/sites.csv").getvalue().decode("utf-8-sig")
    assert "Le nom de la personne qui dirige la publication n’est pas indiqué." in table
    with scopes_disabled():
        other = create_site(Beneficiary.objects.get(commune__insee_code="59474"), by=world.people["officer"], at=f.NOW)
        score.keep(other, at=f.NOW)
    with django_assert_max_num_queries(26):
        client.get("/console/sites/")


def test_broken_links_are_counted_sorted_filtered_and_exported(world, enter, site):
    with scopes_disabled():
        SiteTask.objects.create(
            score=site.score, code="links", who="mairie", says="Des liens sont cassés.", count=3, since_at=f.NOW
        )
        other = create_site(Beneficiary.objects.get(commune__insee_code="59474"), by=world.people["officer"], at=f.NOW)
        score.keep(other, at=f.NOW)
    client = enter("officer")
    page = client.get("/console/sites/?manque=links").content.decode()
    assert "3 liens cassés" in page
    assert "Prisches" not in page.partition("<table")[2]
    table = client.get("/console/sites/?tri=-broken_links").content.decode().partition("<table")[2]
    assert table.index("Ablainzevelle") < table.index("Prisches")
    table = client.get("/console/sites.csv").getvalue().decode("utf-8-sig")
    rows = csv.DictReader(io.StringIO(table), delimiter=";")
    assert {row["Bénéficiaire"]: row["Liens cassés"] for row in rows} == {
        "Commune de Ablainzevelle": "3", "Commune de Prisches": "0",
    }  # fmt: skip


def test_the_list_sorts_the_sites_by_the_pages_read_and_a_site_shows_its_year(world, enter, site, monkeypatch):
    client = enter("officer")
    with monkeypatch.context() as nothing_is_counted:
        nothing_is_counted.setattr("socle.websites.audience.shown.is_shown", lambda: False)
        assert "non comptées" in client.get("/console/sites/").content.decode()
        assert "Audience</h2>" not in client.get(SITE.format(site=site.pk)).content.decode()
    assert "Aucune page de ce site" in client.get(SITE.format(site=site.pk)).content.decode()
    with scopes_disabled():
        other = create_site(Beneficiary.objects.get(commune__insee_code="59474"), by=world.people["officer"], at=f.NOW)
        today = timezone.localdate()
        for website, age, views in ((site, 3, 1200), (site, 45, 99), (other, 3, 7)):
            AudienceDay.objects.create(website=website, counted_on=today - timedelta(days=age), views=views)
        AudienceCount.objects.create(website=site, counted_on=today, kind="page", label="/contact/", count=4)
    for order, expected in (("-views", ["Ablainzevelle", "Prisches"]), ("views", ["Prisches", "Ablainzevelle"])):
        page = client.get(f"/console/sites/?tri={order}").content.decode()
        assert sorted(expected, key=page.index) == expected, order
    assert "1\u202f200" in page.replace("\u00a0", "\u202f")
    assert ";1200" in client.get("/console/sites.csv").getvalue().decode("utf-8-sig")
    shown = client.get(SITE.format(site=site.pk)).content.decode()
    assert "Pages vues, mois par mois" in shown
    assert "Mairie et contact (4)" in shown
    # Another department sees the numbers of its own sites only.
    assert "Ablainzevelle" not in enter("cdg59").get("/console/sites/?tri=-views").content.decode()


def test_an_audit_goes_from_its_beginning_to_the_statement(world, enter, site):
    client, base = enter("technician"), f"{SITE.format(site=site.pk)}audit/"
    client.post(f"{base}commencer/")
    audit = Audit.objects.get()
    page = client.get(base).content.decode()
    assert "Critères encore à évaluer" in page
    theme = client.get(f"{base}theme-8/").content.decode()
    assert "Proposé par la plateforme" in theme
    assert client.get(f"{base}theme-14/").status_code == 404
    refused = client.post(f"{base}theme-3/", {"etat-3-1": "derogated"})
    assert refused.status_code == 422
    assert "se motive" in refused.content.decode()
    sent = {"etat-3-1": "failing", "constat-3-1": "rouge seul", "suivant": "oui"}
    assert client.post(f"{base}theme-3/", sent).url == f"{base}theme-4/"
    assert audit.judgements.get(criterion="3.1").state == Judgement.State.FAILING

    bad = SimpleUploadedFile("g.csv", "Critère;État\n99.9;C\n".encode())
    refused = client.post(f"{base}reprendre/", {"grid": bad}).content.decode()
    assert "Rien n’a été repris." in refused
    grid = client.get(f"{base[:-1]}.csv").getvalue().decode("utf-8-sig").replace("à évaluer", "conforme")
    client.post(f"{base}reprendre/", {"grid": SimpleUploadedFile("g.csv", grid.encode())})
    assert audit.judgements.count() == 106

    wrong = client.post(f"{base}decrire/", {"auditor": "SMO", "made_on": "2026-11-20", "pages": "contact"})
    assert "commence par" in wrong.content.decode()
    client.post(f"{base}decrire/", {"auditor": "SMO", "made_on": "2026-11-20", "pages": "/ Accueil\n/contact/ Contact"})
    client.post(f"{base}conclure/")
    audit.refresh_from_db()
    assert audit.concluded_at is not None
    assert audit.conforming == audit.applicable - 1
    assert f"rouvrir-{audit.pk}" in client.get(base).content.decode()
    assert "partiellement conforme" in client.get(SITE.format(site=site.pk)).content.decode()
