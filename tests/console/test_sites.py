"""The sites of the territory: what each lacks, who reads it, and the audit kept from the console."""

import csv
import io
import re
from decimal import Decimal

import pytest
from django_scopes import scopes_disabled

from socle.lib.dates import add_months
from socle.people.models import Beneficiary
from socle.quality.accessibility.actions import AuditResult, declare_audit
from socle.quality.models.accessibility import Audit
from socle.quality.models.audience import PageViews
from socle.quality.models.score import SiteTask
from socle.quality.upkeep import score
from socle.sites.actions import create_site
from socle.sites.models import WebSite
from tests import factories as f

RESULT = AuditResult(f.TODAY, "SMO", Decimal("81.25"), "Accueil", failing="Contrastes")
FORM = {"made_on": "2026-11-20", "auditor": "SMO", "rate": "81,25", "pages": "Accueil", "failing": "Contrastes"}
SITE = "/console/sites/{site}/"
READ = ("", "audit/", "audit/{audit}/")


@pytest.fixture
def site(world) -> WebSite:
    """The site of Ablainzevelle, examined once."""
    with scopes_disabled():
        website = create_site(
            Beneficiary.objects.get(commune__insee_code="62002"), by=world.people["officer"], at=f.NOW
        )
        score.keep(website, at=f.NOW)
    return website


@pytest.fixture
def audit(world, site) -> Audit:
    return declare_audit(site, RESULT, by=world.people["technician"], at=f.NOW)


@pytest.mark.slow
def test_every_address_of_a_site_is_read_or_refused_as_its_department_wants(world, enter, site, audit):
    from socle.console.urls import urlpatterns

    routes = {str(one.pattern).partition("<int:website_id>/")[2] for one in urlpatterns if "website_id" in
              str(one.pattern)}  # fmt: skip
    assert {one.replace("<int:audit_id>", "{audit}") for one in routes} == {*READ, "audit/{audit}/retirer/"}
    base = SITE.format(site=site.pk)
    read = [base + one.format(audit=audit.pk) for one in READ]
    for who in ("officer", "technician", "finance", "president", "cdg62", "somme"):
        client = enter(who)
        assert [client.get(one).status_code for one in read] == [200, 200, 200], who
    stranger, finance = enter("cdg59"), enter("finance")
    for one in read:
        assert stranger.get(one).status_code == 404
    for one in (*read[1:], f"{read[2]}retirer/"):
        assert stranger.post(one, FORM).status_code == 404, one
        assert finance.post(one, FORM).status_code == 403, one
    assert "Ablainzevelle" not in stranger.get("/console/sites/").content.decode()


@pytest.mark.slow
def test_the_list_says_what_is_missing_filters_it_and_leaves_as_a_file(
    world, enter, site, django_assert_max_num_queries, monkeypatch
):
    monkeypatch.setattr("socle.console.views.sites.MOST_NAMED", 2)
    client = enter("officer")
    page = client.get("/console/sites/").content.decode()
    assert "pas encore ouvert" in page
    assert "coordonnées et mentions légales" in page
    # Whatever a site lacks, its line names a few things, and says how many more.
    assert re.search(r"et \d+\xa0autres", page)
    assert "Ablainzevelle" in client.get("/console/sites/?manque=audit&etat=unopened").content.decode()
    assert "Aucun site ne répond" in client.get("/console/sites/?manque=news&etat=opened").content.decode()
    table = client.get("/console/sites.csv").getvalue().decode("utf-8-sig")
    assert "le nom de la personne responsable du site" in table
    with scopes_disabled():
        other = create_site(Beneficiary.objects.get(commune__insee_code="59474"), by=world.people["officer"], at=f.NOW)
        score.keep(other, at=f.NOW)
    with django_assert_max_num_queries(26):
        client.get("/console/sites/")


@pytest.mark.slow
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


@pytest.mark.slow
@pytest.mark.both
def test_the_list_sorts_the_sites_by_the_pages_read_and_a_site_shows_its_year(world, enter, site, monkeypatch):
    client = enter("officer")
    with monkeypatch.context() as nothing_is_counted:
        nothing_is_counted.setattr("socle.console.views.sites.why_not_measure", lambda: "rien")
        assert "non comptées" in client.get("/console/sites/").content.decode()
        assert "Audience</h2>" not in client.get(SITE.format(site=site.pk)).content.decode()
    assert "Aucune page de ce site" in client.get(SITE.format(site=site.pk)).content.decode()
    with scopes_disabled():
        other = create_site(Beneficiary.objects.get(commune__insee_code="59474"), by=world.people["officer"], at=f.NOW)
        this, last = f.TODAY.replace(day=1), add_months(f.TODAY.replace(day=1), -1)
        for website, month, path, views in ((site, last, "/", 1200), (other, last, "/", 7), (other, this, "/", 9999),
                                            (site, this, "/contact/", 4)):  # fmt: skip
            PageViews.objects.create(website=website, month_on=month, path=path, views=views)
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


@pytest.mark.slow
def test_the_result_of_an_audit_is_declared_corrected_and_withdrawn(world, enter, site):
    client, base = enter("technician"), f"{SITE.format(site=site.pk)}audit/"
    refused = client.post(base, {**FORM, "failing": ""})
    assert refused.status_code == 422
    assert "Recopiez les non-conformités" in refused.content.decode()
    assert client.post(base, {**FORM, "auditor": ""}).status_code == 422
    assert client.post(base, FORM).url == base
    audit = Audit.objects.get()
    with scopes_disabled():
        beside = f.open_site(create_site(f.beneficiary(f.commune("59003", "Aibes")), by=f.user(), at=f.NOW))
    declare_audit(beside, RESULT, by=world.people["technician"], at=f.NOW)
    assert list(client.get(base).context["audits"]) == [audit]
    Audit.objects.exclude(pk=audit.pk).delete()
    assert "partiellement conforme" in client.get(SITE.format(site=site.pk)).content.decode()
    assert "81,25" in client.get(f"{base}{audit.pk}/").content.decode()
    client.post(f"{base}{audit.pk}/", {**FORM, "rate": "40"})
    assert "non conforme" in client.get(base).content.decode()
    client.post(f"{base}{audit.pk}/retirer/")
    assert not Audit.objects.exists()
