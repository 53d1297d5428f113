"""A council holds its session on a telephone, a syndicate on a screen: from nothing to acts, gestures counted."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.assemblies.test_papers import words_of
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
    page.get_by_label("Secrétaire de séance").select_option(index=2)
    hand.gestures += 1
    hand.press("Ouvrir la séance")
    unanimous = page.get_by_role("button", name="Adoptée à l’unanimité")
    expect(unanimous.first).to_be_visible()
    assert violations(page) == []
    while unanimous.count():
        left = unanimous.count()
        # What nobody wrote before is typed as it is voted: the same press keeps both.
        if (decided := unanimous.first.locator("xpath=ancestor::li[1]").get_by_label("Ce qui est décidé")).is_visible():
            decided.fill("D’approuver ce qui est proposé.")
            hand.gestures += 1
        unanimous.first.click()
        hand.gestures += 1
        expect(unanimous).to_have_count(left - 1)
    assert violations(page) == []
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
        # Those whom another of these journeys wrote before stay as they are.
        expect(page.get_by_text(re.compile("personnes? de plus au tableau"))).to_be_visible()
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
        # Of which two an item, what is decided and its vote; the law gives the prefecture its own time to stamp.
        assert hand.gestures == 21
        # A page of a telephone holds in its width.
        assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("innerWidth")


def test_a_session_is_prepared_in_half_the_gestures_and_again_in_a_quarter(
    platform: Platform, of_a_mairie: Callable[..., AbstractContextManager[Hand]]
) -> None:
    """Eleven members with their addresses, six items with what is decided, convened; then the same agenda again."""
    people = "\n".join(f"{line}, membre{rank}@exemple.invalid" for rank, line in enumerate(ELEVEN.splitlines()))
    with of_a_mairie("Signe la convention", NEWCOMER) as hand:
        page = hand.page
        page.goto(platform.url("/mairie/seances/assemblee/"))
        hand.fill("Membres", people)
        hand.press("Ajouter")
        page.goto(platform.url("/mairie/seances/"))
        hand.press("Préparer")
        hand.fill("Points à inscrire", f"{FIVE}\nCharte forestière")
        hand.press("Inscrire")
        hand.follow("Budget primitif 2027")
        for rank in range(1, 7):
            expect(page.get_by_role("heading", level=1)).to_have_text(f"Point {rank}")
            hand.fill("Ce qui est décidé", "D’approuver ce qui est proposé.")
            page.get_by_role(
                "button", name=f"Enregistrer{', puis le point suivant' if rank < 6 else ''}", exact=True
            ).click()
            hand.gestures += 1
        hand.unfold("Envoyer la convocation")
        hand.press("Convoquer")
        expect(page.get_by_text("11 convocations partent par courriel")).to_be_visible()
        assert hand.gestures == 20
        first = number_of(page.url)
        the_days_pass(platform, page.url)
        holds(hand)
        hand.gestures = 0
        page.goto(platform.url("/mairie/seances/"))
        hand.tick("Reprendre l’ordre du jour")
        # Of this mairie, another test may have held a session since, beside this one.
        page.get_by_role("checkbox", name="Reprendre l’ordre du jour").evaluate(
            "(box, pk) => { box.value = pk }", first
        )
        hand.press("Préparer")
        hand.follow("Budget primitif 2027")
        for button in ("Enregistrer, puis le point suivant", "Enregistrer, puis le point suivant", "Enregistrer"):
            hand.fill("Ce qui est décidé", "D’approuver ce qui est proposé cette fois.")
            page.get_by_role("button", name=button, exact=True).click()
            hand.gestures += 1
        hand.unfold("Envoyer la convocation")
        hand.press("Convoquer")
        expect(page.get_by_text("La séance est convoquée")).to_be_visible()
        assert hand.gestures == 11


def test_a_session_that_is_not_simple_says_on_paper_what_happened(
    platform: Platform, of_a_mairie: Callable[..., AbstractContextManager[Hand]]
) -> None:
    """Somebody absent, one who withdraws, a secret, a nomination without a vote: ticked, pressed, read on paper."""
    with of_a_mairie("Signe la convention", NEWCOMER) as hand:
        page = hand.page
        page.goto(platform.url("/mairie/seances/assemblee/"))
        hand.fill("Membres", ELEVEN)
        hand.press("Ajouter")
        page.goto(platform.url("/mairie/seances/"))
        hand.press("Préparer")
        hand.fill("Points à inscrire", "Vente du presbytère\nVœu\nDésignation d’un délégué\nQuestions diverses")
        hand.press("Inscrire")
        hand.unfold("Envoyer la convocation")
        hand.press("Convoquer")
        the_days_pass(platform, page.url)
        page.goto(f"{page.url.rstrip('/')}/tenir/")
        page.get_by_label("Secrétaire de séance").select_option(label="M. Brice Deux")
        hand.press("Ouvrir la séance")
        # Absent, then withdrawn, then voted: one press sends the three.
        hand.unfold("Présences et pouvoirs")
        page.get_by_role("group", name="Karim Fictif").get_by_label("Absent·e").check()
        first, second, third, last = (page.locator(f"#point-{rank}") for rank in range(1, 5))
        for item in (first, second):
            item.get_by_label("Ce qui est décidé").fill("D’approuver ce qui est proposé.")
        first.get_by_text("Retrait d’un membre").click()
        first.get_by_label("Jean Fictif").check()
        first.get_by_role("button", name="Adoptée à l’unanimité").click()
        expect(first.get_by_text("9 pour, 0 contre").first).to_be_visible()
        assert violations(page) == []
        second.get_by_text("Autre vote").click()
        second.get_by_role("button", name="Des membres demandent un scrutin").click()
        hand.fill("Membres qui demandent le scrutin secret", "4")
        page.get_by_label("Contre", exact=False).last.fill("3")
        assert violations(page) == []
        hand.press("Noter ce vote")
        expect(second.get_by_text("7 pour, 3 contre").first).to_be_visible()
        third.get_by_label("Ce qui est décidé").fill("De nommer son délégué.")
        third.get_by_label("Sans vote", exact=False).check()
        third.get_by_label("Voix de chaque candidat, candidate ou liste").fill("Hugo Fictif")
        third.get_by_role("button", name="Noter la nomination").click()
        last.get_by_role("button", name="L’assemblée en prend acte").click()
        assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("innerWidth")
        hand.press("Lever la séance")
        papers = {
            link.inner_text().removeprefix("PDF "): words_of(
                page.request.get(platform.url(str(link.get_attribute("href")))).body()
            )
            for link in page.locator("main .rows").get_by_role("link", name="PDF").all()
        }
        minutes = page.get_by_role("link", name="Relire le projet").get_attribute("href")
        papers["minutes"] = words_of(page.request.get(platform.url(str(minutes))).body())
    told = " ".join(papers.values()).replace("\u00a0", " ")
    for words in (
        "9 membres présents sur 11 en exercice", "Jean Fictif présence, retrait de ce point",
        "Karim Fictif absence", "à l’unanimité (9 voix)", "N’a pas pris part au vote : Jean Fictif, par retrait.",
        "Au scrutin secret, à la demande de 4 des 10 membres présents", "par 7 voix pour, 3 voix contre",
        "Est nommé ou nommée : Hugo Fictif.", "Une seule candidature par poste a été présentée",
        "il en est donné lecture par Mme Anne Un", "Le conseil municipal prend acte.",
        "M. Brice Deux a été nommé secrétaire de séance, seule candidature",
    ):  # fmt: skip
        assert words in told, words
    assert "vérifier" not in told


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
