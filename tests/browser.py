"""A real browser that notices what it should never see, and axe-core."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from functools import cache
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
SEEN, AXE = "_socle_seen", "_socle_axe"
# What is waited for comes late where other tests keep the processor.
PATIENCE = 20_000
expect.set_options(timeout=PATIENCE)
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
ASKED = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}


@contextlib.contextmanager
def watched_context(browser: Browser, *, viewport: dict[str, int] | None = None) -> Iterator[BrowserContext]:
    """A new context; leaving it raises `AssertionError` if a page called a third party or erred.

    Errors include what the content security policy blocked: the browser says it in its console.
    """
    seen: list[str] = []
    context = browser.new_context(
        locale="fr-FR",
        timezone_id="Europe/Paris",
        viewport=viewport or DESKTOP,  # type: ignore[arg-type]
    )
    context.set_default_timeout(PATIENCE)
    setattr(context, SEEN, seen)
    context.add_init_script(_axe())

    def watch(page: Page) -> None:
        page.on("request", lambda request: _note_third_party(request.url, seen))
        page.on("pageerror", lambda error: seen.append(f"script error: {error}"))
        page.on("console", lambda message: _note_error(message.type, message.text, seen))

    context.on("page", watch)
    try:
        yield context
    finally:
        context.close()
    assert not seen, "the browser saw:\n  " + "\n  ".join(seen)


def _note_third_party(url: str, seen: list[str]) -> None:
    target = urlsplit(url)
    host = target.hostname or ""
    is_here = host in ("localhost", "127.0.0.1", "::1") or host.endswith(".localhost")
    if target.scheme in ("http", "https", "ws", "wss") and not is_here:
        seen.append(f"third party: {url}")


def _note_error(kind: str, text: str, seen: list[str]) -> None:
    # An error page visited on purpose is no error of the page.
    if kind == "error" and "the server responded with a status of" not in text:
        seen.append(f"console: {text}")


@cache
def _axe() -> str:
    """axe-core as each page of a context holds it: half a million characters sent once, read by the page that asks.

    The editor has one of its own, of another release, under the same name: ours takes its place, the first time.
    """
    return f"window.{AXE} = function () {{ {Axe().axe_script}\n window.{AXE} = () => {{}} }}"


def violations(page: Page, *, but: Sequence[str] = ()) -> list[str]:
    """Run axe-core on the page shown, of a `watched_context`; return one line per violation, but the rules in `but`."""
    seen: list[str] = getattr(page.context, SEEN)
    before = len(seen)
    # What a press has just asked for is read whole, not while it comes.
    page.wait_for_load_state()
    # Of all that it says, the violations alone are read.
    found = page.evaluate(f"asked => {{ {AXE}(); return axe.run(asked).then(said => said.violations) }}", ASKED)
    # To measure contrasts, axe-core tries styles that the policy rightly blocks: that is its doing, not the page's.
    del seen[before:]
    return [
        f"{violation['id']} ({violation['impact']}): {violation['help']} — "
        + " | ".join(" ".join(map(str, node["target"])) for node in violation["nodes"])
        for violation in found
        if violation["id"] not in but
    ]
