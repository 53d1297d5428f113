"""Each person walks through the served platform, from link to link: every page opens, is valid and accessible."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urljoin, urlsplit

import pytest
from playwright.sync_api import Error, Page

from tests.client import defects
from tests.journeys.conftest import Platform

pytestmark = pytest.mark.journey

# Screens that are not ours to mend are read by the tests of the websites.
NOT_OURS = "/mairie/site/"
# One page of each shape is read with care; so many are opened at most for one person.
MOST = 40


def shape(url: str) -> str:
    """Two pages that differ by a number, a code or a filter have one shape."""
    return re.sub(r"\d[\dAB]*", "0", urlsplit(url).path)


def links(page: Page) -> list[str]:
    """The addresses of the links shown, on the same host."""
    host = urlsplit(page.url).netloc
    found = page.eval_on_selector_all("a[href]", "links => links.map(link => link.getAttribute('href'))")
    absolute = [urljoin(page.url, link) for link in found]
    return [link.partition("#")[0] for link in absolute if urlsplit(link).netloc == host]


def walk(
    platform: Platform, page: Page, start: str, axe: Callable[..., list[str]], valid_html: Callable[[str], list[str]]
) -> set[str]:
    """Open one page of each shape that can be reached; return the shapes that were opened."""
    todo, opened, wrong = [start], set(), []
    while todo and len(opened) < MOST:
        url = todo.pop(0)
        # The messages of the outbox lead their addressees to another door, some by a link that has served.
        leads_elsewhere = "/console/" in start and ("/mairie/" in url or "/adhesion/" in url)
        if shape(url) in opened or NOT_OURS in url or leads_elsewhere:
            continue
        opened.add(shape(url))
        try:
            answer = page.goto(url)
        except Error as error:
            if "Download is starting" not in str(error) and "ERR_ABORTED" not in str(error):
                raise
            continue  # A file to keep, not a page.
        if answer is None or answer.status != 200:
            wrong.append(f"{url}: {answer and answer.status}")
            continue
        if not answer.headers.get("content-type", "").startswith("text/html"):
            continue
        todo += links(page)
        if platform.is_first(f"{urlsplit(url).hostname} {shape(url)}"):
            html = answer.text()
            wrong += [f"{url}: {fault}" for fault in (*defects(html, host=urlsplit(url).netloc), *valid_html(html))]
            wrong += [f"{url}: {violation}" for violation in axe(page)]
    assert not wrong, "\n".join(wrong)
    return opened


# The second is the showcase, which has lived three months.
@pytest.mark.parametrize(("host", "says"), [("prisches", "Prisches"), ("audresselles", "Repas des aînés")])
def test_an_inhabitant_reads_the_site_of_a_commune(
    platform: Platform,
    page: Page,
    axe: Callable[..., list[str]],
    valid_html: Callable[[str], list[str]],
    host: str,
    says: str,
) -> None:
    page.goto(platform.url(host=host))
    assert says in page.locator("main").inner_text()
    opened = walk(platform, page, platform.url(host=host), axe, valid_html)
    assert len(opened) >= 8
    assert page.context.cookies() == []


@pytest.mark.parametrize(
    ("person", "door", "pages"),
    [
        ("Secrétaire de mairie", "/mairie/", 3),
        ("Maire", "/mairie/", 3),
        ("Chargée de programme", "/console/", 6),
        ("Technicien", "/console/", 4),
    ],
)
def test_each_person_walks_through_their_door(
    platform: Platform,
    page: Page,
    axe: Callable[..., list[str]],
    valid_html: Callable[[str], list[str]],
    person: str,
    door: str,
    pages: int,
) -> None:
    page.goto(platform.url("/demonstration/"))
    player = page.locator(".player", has=page.get_by_text(re.compile(f"^{person}")))
    player.first.get_by_role("button").click()
    assert urlsplit(page.url).path.startswith(door)
    opened = walk(platform, page, platform.url(door), axe, valid_html)
    assert len([path for path in opened if path.startswith(door)]) >= pages


def test_an_unknown_host_is_told_so_and_shows_no_commune(
    platform: Platform, page: Page, axe: Callable[..., list[str]], valid_html: Callable[[str], list[str]]
) -> None:
    answer = page.goto(platform.url(host="nulle-part"))
    assert answer is not None
    assert answer.status == 404
    assert axe(page) == []
    assert valid_html(page.content()) == []
    assert "Prisches" not in page.content()
