"""How many gestures each thing takes: those of a mairie's week, on a phone; those of the operators, at 1,280 px.

A gesture is a field filled, a choice, a file, a press; the form itself is opened by two presses at most from the home.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Dialog, Locator, Page, Route, expect

from tests.browser import DESKTOP, PHONE, watched_context
from tests.journeys.conftest import Platform
from tests.mairie.conftest import pdf
from tools.photographs import photograph

pytestmark = pytest.mark.journey

PLACE = "audresselles"
# One that its people have not joined yet: nothing of it is equipped.
NEWCOMER = "Eccles"


class Hand:
    """A page of the platform, and what was done of it since its form was opened."""

    def __init__(self, page: Page, platform: Platform, home: str = "/mairie/") -> None:
        self.page, self.platform, self.home, self.gestures = page, platform, home, 0

    def open(self, *links: str | re.Pattern[str]) -> None:
        """From the home, press these links, two at most: a name, or what one of several begins with."""
        assert len(links) <= 2
        self.page.goto(self.platform.url(self.home))
        for name in links:
            self.page.locator("main").get_by_role("link", name=name, exact=isinstance(name, str)).first.click()
        self.gestures = 0

    def fill(self, label: str, value: str) -> None:
        self.page.get_by_label(re.compile(rf"^{label}(\s+facultatif)?$")).fill(value)
        self.gestures += 1

    def choose(self, label: str, value: str) -> None:
        self.page.get_by_label(label, exact=True).select_option(value)
        self.gestures += 1

    def hand_over(self, label: str, path: Path) -> None:
        self.page.get_by_label(re.compile(f"^{label}")).set_input_files(path)
        self.gestures += 1

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name).click()
        self.gestures += 1

    def unfold(self, summary: str) -> None:
        self.page.locator("summary", has_text=summary).click()
        self.gestures += 1

    def follow(self, name: str | re.Pattern[str]) -> None:
        self.page.locator("main").get_by_role("link", name=name).click()
        self.gestures += 1

    def tick(self, label: str) -> None:
        self.page.get_by_role("checkbox", name=label).check()
        self.gestures += 1


@contextlib.contextmanager
def playing(platform: Platform, browser: Browser, *said: str, **window: Any) -> Iterator[Page]:
    """A window of the person of whom the page of the demonstration says all this."""
    with watched_context(browser, **window) as context:
        page = context.new_page()
        page.goto(platform.url("/demonstration/"))
        player = page.locator(".player")
        for words in said:
            player = player.filter(has_text=words)
        player.first.get_by_role("button").click()
        yield page


@pytest.fixture
def of_a_mairie(platform: Platform, browser: Browser) -> Callable[..., contextlib.AbstractContextManager[Hand]]:
    """`of_a_mairie("Secrétaire de mairie")`: the telephone of somebody of the showcase, or of another commune."""

    @contextlib.contextmanager
    def telephone(role: str, place: str = "Audresselles") -> Iterator[Hand]:
        with playing(platform, browser, place, role, viewport=PHONE) as page:
            yield Hand(page, platform)

    return telephone


@pytest.fixture
def of_an_operator(platform: Platform, browser: Browser) -> Callable[[str], contextlib.AbstractContextManager[Hand]]:
    """`of_an_operator("Claude Exemple")`: the window of somebody of the operators."""

    @contextlib.contextmanager
    def window(name: str) -> Iterator[Hand]:
        with playing(platform, browser, name, viewport=DESKTOP) as page:
            yield Hand(page, platform, "/console/")

    return window


def is_on_the_site(hand: Hand, words: str, path: str = "/") -> None:
    """The site, published in the background, says it within the patience of a test."""
    other = hand.page.context.new_page()

    def says_it() -> bool:
        other.goto(hand.platform.url(path, host=PLACE))
        return words in other.locator("body").inner_text()

    for _ in range(40):
        if says_it():
            break
        other.wait_for_timeout(500)
    assert says_it(), words
    other.close()


@pytest.mark.parametrize(("role", "place"), [("Secrétaire de mairie", "Audresselles"), ("Maire", "Beaurieux")])
def test_what_is_to_be_done_is_read_on_the_first_screen_of_a_phone(of_a_mairie, role, place) -> None:
    with of_a_mairie(role, place) as hand:
        hand.open()
        first = hand.page.locator(".to-do .row-line, .next").first.bounding_box()
        steps = hand.page.locator("details", has=hand.page.locator(".steps")).bounding_box()
    assert first is not None
    assert first["y"] + first["height"] <= PHONE["height"]
    # The six steps are behind one line.
    assert steps is not None
    assert steps["height"] < 50


def test_what_a_mairie_says_each_week_takes_few_gestures(
    of_a_mairie: Callable[..., contextlib.AbstractContextManager[Hand]], tmp_path: Path
) -> None:
    picture, act = tmp_path / "photo.jpg", tmp_path / "2026-09 Tarifs de la cantine.pdf"
    picture.write_bytes(photograph(7))
    act.write_bytes(pdf())
    took = {}
    today = timezone.localdate()
    # Monday opens from 9 to 12, once its hours were corrected.
    a_monday = today + timedelta(days=14 - today.weekday())
    with of_a_mairie("Secrétaire de mairie") as hand:
        hand.open("Une actualité")
        hand.fill("Titre", "Le pont est fermé")
        hand.fill("Texte", "Du 7 au 11 décembre, pour travaux.")
        hand.hand_over("Photographie", picture)
        hand.fill("Ce que montre la photographie", "Le pont, une barrière devant")
        hand.press("Publier")
        expect(hand.page.get_by_text("C’est publié")).to_be_visible()
        took["news"] = hand.gestures

        hand.open("Autre chose", "Les horaires")
        hand.fill("lundi, première ouverture, ouvre à", "9 h")
        hand.fill("lundi, première ouverture, ferme à", "12 h")
        hand.press("Publier les horaires")
        expect(hand.page.get_by_text("Les horaires sont corrigés")).to_be_visible()
        took["hours"] = hand.gestures

        hand.open("Autre chose", "Des horaires réduits")
        hand.fill("Jour", a_monday.isoformat())
        hand.fill("Ferme à", "11 h")
        hand.press("Publier")
        expect(hand.page.get_by_text("C’est annoncé sur tout le site")).to_be_visible()
        took["shorter day"] = hand.gestures

        hand.open("Autre chose", "Une collecte déplacée")
        hand.choose("La collecte du", hand.page.get_by_label("La collecte du").locator("option").nth(1).inner_text())
        hand.press("Publier")
        expect(hand.page.get_by_text("C’est sur le site")).to_be_visible()
        took["collection"] = hand.gestures

        hand.open("Un événement")
        hand.fill("Titre", "Loto de l’école")
        hand.fill("Jour", "2027-01-16")
        hand.fill("Lieu", "Salle des fêtes")
        hand.press("Publier")
        expect(hand.page.get_by_text("C’est publié")).to_be_visible()
        took["event"] = hand.gestures

        hand.open("Une alerte")
        hand.fill("Message", "Route barrée au pont")
        hand.press("Publier l’alerte")
        expect(hand.page.get_by_text("L’alerte est sur toutes les pages")).to_be_visible()
        took["alert"] = hand.gestures

        hand.open("Un acte")
        hand.choose("Nature", "deliberation")
        hand.fill("Date", "2026-09-14")
        hand.hand_over("Texte de l’acte, en PDF", act)
        hand.press("Publier")
        expect(hand.page.get_by_text(re.compile("mise en ligne est demandée|En ligne depuis")).first).to_be_visible()
        took["act"] = hand.gestures

        hand.open("Proposer quelqu’un")
        hand.fill("Nom et prénom", "Ana Neuve")
        hand.fill("Adresse électronique", "ana.neuve@exemple.invalid")
        hand.choose("Fonction", "secretary")
        # Her box is made with her account: nobody asks for it apart.
        expect(hand.page.get_by_role("checkbox", name="Lui ouvrir une boîte aux lettres")).to_be_checked()
        hand.press("Proposer cette personne")
        expect(hand.page.get_by_text("il reste à la confirmer")).to_be_visible()
        took["colleague with her box"] = hand.gestures

        for words in ("Le pont est fermé", "Loto de l’école", "Route barrée au pont", "Tarifs de la cantine"):
            is_on_the_site(hand, words)
    with of_a_mairie("Signe la convention") as hand:
        hand.open()
        hand.page.get_by_role("button", name=re.compile("^Confirmer .*Ana Neuve")).click()
        expect(hand.page.get_by_text("L’invitation de Ana Neuve est partie")).to_be_visible()
        expect(hand.page.get_by_role("heading", level=1)).to_have_text("Commune d’Audresselles")
    assert took == {
        "news": 5,
        "hours": 3,
        "shorter day": 3,
        "collection": 2,
        "event": 4,
        "alert": 2,
        "act": 4,
        "colleague with her box": 4,
    }


def test_a_form_half_filled_is_not_left_without_a_question(
    of_a_mairie: Callable[..., contextlib.AbstractContextManager[Hand]],
) -> None:
    with of_a_mairie("Secrétaire de mairie") as hand:
        asked: list[str] = []
        answers: list[bool] = []

        def answer(dialog: Dialog) -> None:
            asked.append(dialog.type)
            dialog.accept() if answers.pop(0) else dialog.dismiss()

        hand.page.on("dialog", answer)
        trail = hand.page.get_by_role("navigation", name="Fil d’Ariane").get_by_role("link", name="Publier")
        # Written before the script that asks has come, as on a slow network.
        held: list[Route] = []
        hand.page.route("**/unsent*.js", lambda route: held.append(route))
        hand.open("Une actualité")
        title = hand.page.get_by_label("Titre", exact=True)
        title.press_sequentially("Le pont")
        held.pop().continue_()
        hand.page.unroute("**/unsent*.js")
        hand.page.wait_for_load_state()
        answers.append(False)
        trail.click(no_wait_after=True)
        expect(title).to_have_value("Le pont")
        # Refused by the platform, it is still nowhere but here.
        hand.press("Publier")
        expect(hand.page.get_by_role("alert")).to_be_visible()
        answers.append(True)
        trail.click()
        expect(hand.page.get_by_role("heading", level=1)).to_have_text("Publier")
        assert (asked, answers) == (["beforeunload"] * 2, [])

        # Nothing written, or given up by its own button: no question.
        hand.open("Un événement")
        trail.click()
        hand.page.get_by_role("link", name="Un événement").click()
        hand.page.get_by_label("Titre", exact=True).press_sequentially("Loto")
        hand.page.get_by_role("link", name="Renoncer").click()
        expect(hand.page.get_by_role("heading", level=1)).to_have_text("Publier")
        assert asked == ["beforeunload"] * 2


def test_what_operators_do_takes_few_gestures(
    of_a_mairie: Callable[..., contextlib.AbstractContextManager[Hand]],
    of_an_operator: Callable[[str], contextlib.AbstractContextManager[Hand]],
) -> None:
    """Read who comes first and why, read the last week, equip a commune: its officer, its mairie, its signatories."""
    took = {}
    today = timezone.localdate()
    with of_an_operator("Claude Exemple") as officer:
        officer.open()
        officer.follow(re.compile("communes prioritaires à qui proposer une convention"))
        ranks = officer.page.get_by_role("table").locator("td[data-label^=Rang]")
        for rank in range(1, 11):
            expect(ranks.nth(rank - 1)).to_contain_text(re.compile(rf"^\s*{rank}\s+prioritaire"))
        expect(officer.page.get_by_text(re.compile(r"d’abord moins de 1\s000\shabitants"))).to_be_visible()
        took["ten first communes, and why"] = officer.gestures

        officer.open()
        officer.follow("Ce qui s’est passé la semaine dernière")
        expect(officer.page.get_by_role("heading", level=1)).to_have_text("Journal")
        took["what happened last week"] = officer.gestures

        officer.open(re.compile("communes prioritaires"), NEWCOMER)
        officer.press("Rédiger la convention")
        expect(officer.page.get_by_text("est rédigé")).to_be_visible()
        agreement, drafting = officer.page.url, officer.gestures
        with of_a_mairie("Signe la convention", NEWCOMER) as mayor:
            mayor.open("Vérifier le SIRET")
            mayor.press("Confirmer ce SIRET")
            given = mayor.gestures
            # Another journey may have held a session there: the page has acts, then, and its button other words.
            mayor.open("Préparer la délibération", re.compile("Enregistrer (une délibération adoptée|un acte)"))
            mayor.fill("Numéro de l’acte", "2026-41")
            for days, label in ((9, "Adopté le"), (8, "Reçu en préfecture le"), (7, "Publié le")):
                mayor.fill(label, (today - timedelta(days=days)).isoformat())
            mayor.press("Enregistrer l’acte")
            expect(mayor.page.get_by_text("Acte enregistré")).to_be_visible()
            took["what the mairie gives"] = given + mayor.gestures

            officer.open(re.compile(f"^{NEWCOMER}"))
            expect(officer.page).to_have_url(agreement)
            officer.press("Envoyer à la signature")
            expect(officer.page.get_by_text("La convention est à la signature")).to_be_visible()
            took["equip a commune"] = drafting + officer.gestures

            mayor.open("Lire et signer")
            mayor.tick("J’ai lu la convention")
            mayor.press("Signer la convention")
            expect(mayor.page.get_by_text("Votre signature est apposée")).to_be_visible()
            took["the mayor"] = mayor.gestures
        for name in ("Gabriel Exemple", "Dominique Exemple"):
            with of_an_operator(name) as president:
                president.open(re.compile(f"^Lire et signer.*{NEWCOMER}"))
                president.tick("J’ai lu la convention")
                president.press("Signer la convention")
                expect(president.page.get_by_text("Vous avez signé la convention")).to_be_visible()
                took[name] = president.gestures

        stage = officer.page.locator(".page-lead .badge")
        # The worker also serves the other journeys, and may come back to a step a minute later.
        for _ in range(180):
            officer.page.goto(officer.platform.url("/console/communes/59186/"))
            if stage.inner_text() == "équipée":
                break
            officer.page.wait_for_timeout(1_000)
        expect(stage).to_have_text("équipée")
    assert took == {
        "ten first communes, and why": 1,
        "what happened last week": 1,
        "equip a commune": 2,
        "what the mairie gives": 6,
        "the mayor": 2,
        "Gabriel Exemple": 2,
        "Dominique Exemple": 2,
    }


OUTLINED = (
    "one => { const drawn = getComputedStyle(one); return parseFloat(drawn.outlineWidth) >= 2 && drawn.outlineStyle }"
)


def tab_to(page: Page, wanted: Locator) -> None:
    """Tab until this control has the focus, which is seen wherever it stops."""
    for _ in range(60):
        page.keyboard.press("Tab")
        stop = page.locator(":focus")
        # Past the last control, the browser's own have their turn.
        assert not stop.count() or stop.evaluate(OUTLINED) == "solid", stop.evaluate("one => one.outerHTML")
        if wanted.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError(f"{wanted} is not reached by the keyboard")


def test_a_news_item_is_published_by_the_keyboard_alone(platform: Platform, browser: Browser) -> None:
    with playing(platform, browser, "Audresselles", "Secrétaire de mairie") as page:
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        tab_to(page, page.locator("main").get_by_role("link", name="Une actualité", exact=True))
        page.keyboard.press("Enter")
        send = page.locator("main").get_by_role("button", name="Publier", exact=True)
        expect(send).to_be_visible()
        tab_to(page, send)
        page.keyboard.press("Enter")
        # Nothing was written: what is wrong has the focus, and what mends it comes next.
        expect(page.get_by_role("alert")).to_be_focused()
        tab_to(page, page.get_by_label("Titre", exact=True))
        page.keyboard.type("La mairie change d’horaires")
        tab_to(page, page.get_by_label("Texte", exact=True))
        page.keyboard.type("À partir du 4 janvier.")
        tab_to(page, page.locator("summary", has_text="La dater autrement"))
        page.keyboard.press("Space")
        expect(page.get_by_label("Datée du")).to_be_visible()
        tab_to(page, send)
        page.keyboard.press("Space")
        expect(page.get_by_role("status")).to_contain_text("C’est publié")


@pytest.mark.parametrize("role", ["Secrétaire de mairie", "Chargée de programme"])
def test_a_menu_is_short_and_above_the_fold(platform: Platform, browser: Browser, role: str) -> None:
    """Of each door, whoever sees the most of it: others see the same places, or fewer."""
    with playing(platform, browser, role) as page:
        lines = page.get_by_role("navigation", name="Navigation principale", exact=True).get_by_role("link")
        expect(lines.first).to_be_visible()
        assert lines.count() <= 8
        box = lines.last.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 900


def test_an_agreement_waits_for_its_mayor_in_the_demonstration(
    of_a_mairie: Callable[..., contextlib.AbstractContextManager[Hand]],
) -> None:
    with of_a_mairie("Signe la convention", "Pittefaux") as mayor:
        mayor.open("Lire et signer")
        mayor.tick("J’ai lu la convention")
        mayor.press("Signer la convention")
        expect(mayor.page.get_by_text("Votre signature est apposée")).to_be_visible()
    assert mayor.gestures == 2
