"""Ask the thirty everyday questions to sites, as on a phone, and print what is found: a table for the guide.

`python -m tools.questions http://prisches.localhost:8000 …`: each address is the first page of a site that runs. For
each question (`tests/sites/questions.toml`), the rank of the page that answers among three, how many taps lead
to it from the first page (the search, then the result), and the first words of what is shown.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page, sync_playwright

QUESTIONS = Path(__file__).resolve().parent.parent / "tests/sites/questions.toml"
PHONE = {"width": 390, "height": 844}
# As Lighthouse's: without a window to draw.
BROWSER = "/usr/bin/chromium-headless-shell"


def ask(page: Page, site: str, asked: str) -> list[str]:
    """Return the paths of the first three results, from the first page of a site and its search."""
    page.goto(f"{site}/")
    page.locator("a.search").click()
    page.wait_for_load_state("networkidle")
    page.get_by_label("Que cherchez-vous").fill(asked)
    page.keyboard.press("Enter")
    page.wait_for_function("asked => document.title.startsWith(`«\u00a0${asked}\u00a0»`)", arg=asked)
    links = page.locator(".found li > a").evaluate_all("all => all.map(one => one.getAttribute('href'))")
    return [link.partition("#")[0] for link in links[:3]]


def shown(page: Page, site: str, path: str, words: str) -> str:
    """Return the first sentence of a page that says these words, or nothing."""
    page.goto(f"{site}{path}")
    main = page.locator("main").inner_text()
    if words.casefold() not in main.casefold():
        return ""
    lead = page.locator("main .lead, main article p, main p").first
    return " ".join(lead.inner_text().split())[:90]


def table(sites: list[str]) -> int:
    """Print a table for each of these sites; return how many questions none answers."""
    questions = tomllib.loads(QUESTIONS.read_text())["questions"]
    missing = 0
    with sync_playwright() as browsers:
        browser = browsers.chromium.launch(executable_path=BROWSER)
        page = browser.new_context(viewport=PHONE, locale="fr-FR").new_page()  # type: ignore[arg-type]
        for site in sites:
            found = 0
            print(f"\n{urlsplit(site).hostname}\n\n| question | rang | gestes | ce qui est montré |\n|---|---|---|---|")
            for one in questions:
                asked = one["wordings"][0]
                paths = ask(page, site, asked)
                path = next((path for path in (one["page"], one["born"]) if path and path in paths), "")
                said = shown(page, site, path, one["words"] if path == one["page"] else "") if path else ""
                found += bool(said)
                rank = str(paths.index(path) + 1) if path else "–"
                print(f"| {asked} | {rank} | {2 if path else '–'} | {said or 'rien, sinon les numéros et la mairie'} |")
            print(f"\n{found} sur {len(questions)}.")
            missing += len(questions) - found
        browser.close()
    return missing


if __name__ == "__main__":
    table(sys.argv[1:])
