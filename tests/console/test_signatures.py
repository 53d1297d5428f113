"""Signing from the console with true seals, the mayor's first: the file itself proves each of them."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from socle.agreements.models import Status
from tests.console.test_gestures import said

pytestmark = [pytest.mark.slow, pytest.mark.seals]


def test_each_president_signs_in_turn_and_the_proof_is_read_in_the_file(world, enter):
    page = f"/console/conventions/{world.ready}"
    cdg, lead = enter("cdg59_president"), enter("president")

    def shown() -> dict[str, str]:
        return {"read": "on", "shown": world.agreement(world.ready).round.current.sha256}

    assert "Signature attendue d’abord" in lead.get(f"{page}/signer/").content.decode()
    refused = lead.post(f"{page}/signer/", {"read": "on"}, follow=True)
    assert "Signature attendue d’abord" in said(refused)
    assert "Cochez la case" in cdg.post(f"{page}/signer/").content.decode()
    assert "a changé depuis" in said(cdg.post(f"{page}/signer/", {"read": "on"}, follow=True))
    signed = cdg.post(f"{page}/signer/", shown(), follow=True)
    assert "Vous avez signé" in said(signed)
    assert "Des signatures sont attendues" in signed.content.decode()
    signed = lead.post(f"{page}/signer/", shown(), follow=True)
    assert "Le fichier est intact" in signed.content.decode()
    assert world.agreement(world.ready).status == Status.SIGNED


def test_the_page_that_signs_several_says_of_each_what_the_page_that_signs_one_says(world, enter):
    president = enter("cdg59_president")
    one = BeautifulSoup(president.get(f"/console/conventions/{world.ready}/signer/").content, "html.parser")
    asked = {"etape": "lire", "toutes": "1"}
    several = BeautifulSoup(president.post("/console/a-signer/", asked).content, "html.parser")

    def facts(soup):
        return [fact.get_text(" ", strip=True) for fact in soup.select(".fact")]

    assert facts(one) == facts(several) != []
    for words in ("Elle ne se reprend pas", "Vous signez pour", world.agreement(world.ready).round.current.sha256):
        assert words in one.get_text()
        assert words in several.get_text()
