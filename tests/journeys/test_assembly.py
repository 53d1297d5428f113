"""A council holds its session on a telephone, a syndicate on a screen: from nothing to acts, gestures counted."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser import violations
from tests.journeys.conftest import Platform
from tests.journeys.test_gestures import NEWCOMER, Hand, of_a_mairie, of_an_operator

pytestmark = pytest.mark.journey
__all__ = ["of_a_mairie", "of_an_operator"]

ELEVEN = "\n".join(
    ["Mme Anne Un, maire", "M. Brice Deux, premier adjoint", "Mme Claire Trois, deuxième adjointe"]
    + [f"{name} Fictif" for name in ("Denis", "Élise", "Farid", "Gaëlle", "Hugo", "Inès", "Jean", "Karim")]
)
FIVE = "\n".join(
    [
        "Budget primitif 2027",
        "Taux d’imposition",
        "Tarif de la salle des fêtes",
        "Voirie communale",
        "Motion de soutien",
    ]
)
# Long enough for any delay of convocation.
AGO = timedelta(days=6)


def the_days_pass(platform: Platform, meeting: str) -> None:
    """The session of this address is now, and its convocation left a week ago: nobody can wait for it here."""
    now = datetime.now(UTC)
    with closing(sqlite3.connect(platform.folder / "data/socle.sqlite3", timeout=30)) as base:
        base.execute(
            "UPDATE assemblies_meeting SET starts_at = ?, convened_at = ? WHERE id = ?",
            [*(f"{when:%Y-%m-%d %H:%M:%S}" for when in (now - timedelta(minutes=1), now - AGO)), number_of(meeting)],
        )
        base.commit()


def number_of(address: str) -> int:
    found = re.search(r"/seances/(\d+)/", address)
    assert found is not None
    return int(found[1])


def holds(hand: Hand) -> None:
    """Open the session, adopt everything, close it."""
    page = hand.page
    page.goto(f"{page.url.rstrip('/')}/tenir/")
    hand.press("Ouvrir la séance")
    unanimous = page.get_by_role("button", name="Adoptée à l’unanimité")
    expect(unanimous.first).to_be_visible()
    assert violations(page) == []
    while unanimous.count():
        left = unanimous.count()
        unanimous.first.click()
        hand.gestures += 1
        expect(unanimous).to_have_count(left - 1)
    assert violations(page) == []
    hand.page.get_by_label("Secrétaire de séance").select_option(index=2)
    hand.gestures += 1
    hand.press("Lever la séance")
    expect(page.get_by_role("heading", name="Les actes de cette séance")).to_be_visible()


def test_a_secretary_holds_a_session_in_few_gestures(
    platform: Platform, of_a_mairie: Callable[..., AbstractContextManager[Hand]]
) -> None:
    with of_a_mairie("Signe la convention", NEWCOMER) as hand:
        page = hand.page
        page.goto(platform.url("/mairie/seances/assemblee/"))
        hand.fill("Membres", ELEVEN)
        hand.press("Ajouter")
        expect(page.get_by_text("11 personnes de plus au tableau")).to_be_visible()
        page.goto(platform.url("/mairie/seances/"))
        hand.press("Préparer")
        hand.fill("Points à inscrire", FIVE)
        hand.press("Inscrire")
        expect(page.get_by_role("link", name="Motion de soutien")).to_be_visible()
        assert violations(page) == []
        hand.unfold("Envoyer la convocation")
        hand.press("Convoquer")
        expect(page.get_by_text("La séance est convoquée")).to_be_visible()
        the_days_pass(platform, page.url)
        holds(hand)
        assert violations(page) == []
        expect(page.get_by_role("checkbox", checked=True)).to_have_count(6)
        hand.press("Préparer le bordereau pour la préfecture")
        expect(page.get_by_text("Parti sur papier le")).to_have_count(5)
        assert violations(page) == []
        # Of which one an item; the law gives the prefecture its own time to stamp.
        assert hand.gestures == 16
        # A page of a telephone holds in its width.
        assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("innerWidth")


def test_the_secretary_of_an_assembly_holds_that_of_the_syndicate(
    platform: Platform, of_an_operator: Callable[[str], AbstractContextManager[Hand]]
) -> None:
    with of_an_operator("Andréa Exemple") as hand:
        page = hand.page
        page.goto(platform.url("/console/seances/"))
        page.locator("main .bodies").get_by_role("link").first.click()
        expect(page.get_by_text("Statuts (fictifs), article 8")).to_be_visible()
        hand.unfold("Envoyer la convocation")
        hand.press("Convoquer")
        the_days_pass(platform, page.url)
        holds(hand)
        page.goto(page.url.replace("/partir/", "/tenir/"))
        page.get_by_text("Comment c’est compté").first.click()
        expect(page.get_by_text("le quorum est à confirmer d’après les statuts").first).to_be_visible()
        assert violations(page) == []
