"""The addresses of merged sections: each leads for good to its new page, where a site has that page and not the old."""

from __future__ import annotations

import re

import pytest
from django_scopes import scopes_disabled

from socle.sections.listing.models import Kind, ListingEntry
from socle.sites import registry
from socle.sites.models import StandardPage
from socle.sites.registry import new_paths
from tests import factories as f
from tests.consistency import house

# The web servers that serve the sites from files, and how each writes the paths that it asks of the platform.
FRONTS = {
    "deploy/one-machine/sites.caddy": r"path_regexp \^/\(\?:(.+)\)\(\?:/\|\$\)\n",
    "deploy/nginx/sites.conf": r"location ~ \^/\(\?:(.+)\)\(\?:/\|\$\) \{\n",
}
# What is answered by an address of its own rather than by the table.
GONE = {"menus-collectifs.csv"}
# Each row of the table, by an old address whose new one is on a site of a demonstration.
CRAWLED = [
    ("/travaux/", "/annonces/categorie/travaux/"),
    ("/travaux/page/2/", "/annonces/categorie/travaux/"),
    ("/offres-emploi/", "/annonces/categorie/emploi/"),
    ("/marches-publics/", "/annonces/categorie/marches-publics/"),
    ("/travaux/archives/", "/annonces/archives/"),
    ("/marches-publics/archives/page/3/", "/annonces/archives/"),
    ("/travaux/fil.atom", "/annonces/fil.atom"),
    ("/travaux/refection-de-la-rue-de-leglise-fictive/", "/annonces/refection-de-la-rue-de-leglise-fictive/"),
    ("/equipements-et-salles/", "/annuaire/equipements-et-salles/"),
    ("/menus/semaine/2026-48/", "/menus/semaine-2026-48/"),
    ("/galerie/une-promenade-album-fictif/photo/2/", "/galerie/une-promenade-album-fictif/"),
    ("/galerie/page/2/", "/galerie/"),
    ("/patrimoine/page/2/", "/patrimoine/"),
]


def rows() -> list[tuple[str, str]]:
    return [row for extension in registry.extensions() for row in extension.moved_to]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        *CRAWLED,
        ("/offres-emploi/secretaire-2/", "/annonces/secretaire-2/"),
        ("/", ""),
        ("/travaux", ""),
        ("/travaux/rue/haute/", ""),
        ("/chez/travaux/", ""),
        ("/travaux/rue-haute/\n", ""),
        ("/contact/", ""),
    ],
)
def test_an_old_address_leads_to_one_new_one(old, new):
    assert next(new_paths(old), "") == new


def test_each_row_is_crawled_and_the_web_servers_ask_it_of_the_platform():
    for old, _ in rows():
        assert any(re.fullmatch(old, path) for path, _ in CRAWLED), old
    first = [re.match(r"/(?:\((?:\?:)?)?([a-z0-9|-]+)", old) for old, _ in rows()]
    asked = {name for found in first for name in found[1].split("|")} | GONE
    for front, written in FRONTS.items():
        (listed,) = re.findall(written, house.read(front))
        assert set(listed.replace("\\", "").split("|")) == asked, front


@pytest.mark.slow
def test_each_old_address_is_answered_301_then_200_on_a_full_site(prisches, visit, settings, tmp_path, time_machine):
    time_machine.move_to(f.NOW, tick=False)
    settings.DEMO, settings.MEDIA_ROOT = True, tmp_path
    with scopes_disabled():
        for extension in registry.extensions():
            extension.demo(prisches, by=f.user(), at=f.NOW)
    for old, new in CRAWLED:
        answer = visit(prisches, old)
        assert (answer.status_code, answer.headers.get("Location")) == (301, new), old
        assert visit(prisches, new).status_code == 200, new
    assert visit(prisches, "/menus-collectifs.csv").status_code == 410
    # A kind of which nothing is listed has no page.
    ListingEntry.objects.filter(kind=Kind.VENUE).delete()
    answer = visit(prisches, "/equipements-et-salles/")
    assert (answer.status_code, answer["Location"]) == (301, "/annuaire/")


@pytest.mark.slow
def test_an_old_address_is_answered_301_where_the_new_page_is_and_the_old_is_not(prisches, visit):
    assert visit(prisches, "/travaux/rue-haute/").status_code == 404
    index = prisches.root_page.add_child(instance=StandardPage(title="Annonces", slug="annonces"))
    index.add_child(instance=StandardPage(title="Rue haute", slug="rue-haute"))
    answer = visit(prisches, "/travaux/rue-haute/")
    assert (answer.status_code, answer["Location"]) == (301, "/annonces/rue-haute/")
    assert visit(prisches, "/travaux/rue-haute")["Location"] == "/annonces/rue-haute/"
    assert visit(prisches, "/travaux/rue-basse/").status_code == 404
    old = prisches.root_page.add_child(instance=StandardPage(title="Travaux", slug="travaux"))
    old.add_child(instance=StandardPage(title="Rue haute", slug="rue-haute"))
    assert visit(prisches, "/travaux/rue-haute/").status_code == 200
