"""The addresses of merged sections: each leads for good to its new page, where a site has that page and not the old."""

from __future__ import annotations

import pytest

from socle.sites.models import StandardPage
from socle.sites.moved import new_path


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/travaux/", "/annonces/categorie/travaux/"),
        ("/travaux/page/2/", "/annonces/categorie/travaux/"),
        ("/offres-emploi/", "/annonces/categorie/emploi/"),
        ("/marches-publics/", "/annonces/categorie/marches-publics/"),
        ("/travaux/archives/", "/annonces/archives/"),
        ("/marches-publics/archives/page/3/", "/annonces/archives/"),
        ("/travaux/fil.atom", "/annonces/fil.atom"),
        ("/travaux/rue-haute/", "/annonces/rue-haute/"),
        ("/offres-emploi/secretaire-2/", "/annonces/secretaire-2/"),
        ("/menus/semaine/2026-48/", "/menus/semaine-2026-48/"),
        ("/", ""),
        ("/travaux", ""),
        ("/travaux/rue/haute/", ""),
        ("/chez/travaux/", ""),
        ("/travaux/rue-haute/\n", ""),
        ("/contact/", ""),
    ],
)
def test_an_old_address_leads_to_one_new_one(old, new):
    assert new_path(old) == new


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
