"""The guide, read in the door of a mairie."""

from __future__ import annotations

import re

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from socle.mairie.guide import PAGES, page_of


@pytest.mark.parametrize("code", PAGES)
def test_a_page_of_the_guide_has_its_parts_and_no_link_that_leads_nowhere(code: str) -> None:
    page = page_of(code)
    soup = BeautifulSoup(page.body, "html.parser")
    assert page.title
    assert [(one["id"], one.get_text()) for one in soup.select("h2")] == list(page.parts)
    assert not soup.select("h1, img, script")
    assert "![" not in page.body
    assert "SOCLE_" not in page.body
    assert not re.search("« | [»;]", page.body)
    known = {reverse("mairie:guide_page", args=[one]): page_of(one) for one in PAGES}
    for link in soup.select("a"):
        address, _, anchor = link["href"].partition("#")
        there = known[address] if address else page
        assert not anchor or BeautifulSoup(there.body, "html.parser").find(id=anchor), link


@pytest.mark.django_db
def test_it_is_two_presses_from_the_home_and_each_page_leads_to_the_others(secretary):
    more = BeautifulSoup(secretary.get(reverse("mairie:more")).content, "html.parser")
    first = secretary.get(more.find("a", string="Mode d’emploi")["href"])
    tabs = BeautifulSoup(first.content, "html.parser").select("nav[aria-label='Pages du mode d’emploi'] a")
    assert [tab["href"] for tab in tabs] == [reverse("mairie:guide_page", args=[code]) for code in PAGES]
    assert "Mes appareils" in secretary.get(tabs[1]["href"]).content.decode()
    assert secretary.get("/mairie/mode-d-emploi/exploiter/").status_code == 404
