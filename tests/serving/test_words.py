"""The words of a site to browsers: the fewest that leave them the same to refuse, and the note they are given."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from socle.serving.headers import PERMISSIONS
from tests.sites.conftest import equipped

pytestmark = pytest.mark.django_db

SCORING = tomllib.loads(Path(__file__).with_name("observatory.toml").read_text())
# Everything that a browser can be told, said in full: what the sites must leave it to refuse.
IN_FULL = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Permitted-Cross-Domain-Policies": "none",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Permissions-Policy": PERMISSIONS,
}
POLICIES = {
    "/": (
        "default-src 'none'; script-src 'self'; frame-ancestors 'none'; connect-src 'self'; style-src 'self'; img-src"
        " 'self' data:; base-uri 'none'; manifest-src 'self'; form-action 'self'; object-src 'none'; font-src 'self'"
    ),
    "/robots.txt": "default-src 'none'; frame-ancestors 'none'",
}
# Of what a policy lets load, what falls back on its default (CSP 3, §6.8.3); the rest is free unless it is said.
FETCHED = {
    "child-src", "connect-src", "font-src", "frame-src", "img-src", "manifest-src", "media-src", "object-src",
    "script-src", "script-src-attr", "script-src-elem", "style-src", "style-src-attr", "style-src-elem", "worker-src",
}  # fmt: skip
FALLBACKS = {"frame-src": ("child-src",), "worker-src": ("child-src", "script-src")} | {
    f"{kind}-src-{part}": (f"{kind}-src",) for kind in ("script", "style") for part in ("attr", "elem")
}


def directives(words: Mapping[str, str]) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in words.get("Content-Security-Policy", "").split(";"))
    return {name: sources for name, _, sources in parts if name}


def refused(words: Mapping[str, str], path: str) -> dict[str, str]:
    """What a browser enforces that was told these words: those that it knows, and what it does without them."""
    policy = directives(words)
    loads = {
        name: next(
            (policy[one] for one in (name, *FALLBACKS.get(name, ()), "default-src") if one in policy), "anything"
        )
        for name in FETCHED
    }
    framed = policy.get("frame-ancestors") or {"DENY": "'none'"}.get(words.get("X-Frame-Options", ""), "anybody")
    # By default since 2020 (Chrome 85, Firefox 87, Safari 15).
    referrer = words.get("Referrer-Policy", "strict-origin-when-cross-origin")
    # Read by the plug-ins of former browsers, where they may run at all.
    may_plug = loads["object-src"] != "'none'"
    # The word of a page that isolates itself, on what it embeds: a page that nobody frames is not.
    may_be_embedded = path != "/" or framed != "'none'"
    return {
        **loads,
        **{name: policy.get(name, "any") for name in ("base-uri", "form-action", "sandbox")},
        "framed by": framed,
        "sniffing": words.get("X-Content-Type-Options", "sniffed"),
        "told of where one came from": referrer,
        "opener": words.get("Cross-Origin-Opener-Policy", "unsafe-none"),
        "plug-ins": words.get("X-Permitted-Cross-Domain-Policies", "any") if may_plug else "none",
        "devices": ",".join(sorted(words.get("Permissions-Policy", "").replace(" ", "").split(","))),
        "embedded": words.get("Cross-Origin-Resource-Policy", "no word") if may_be_embedded else "never",
    }


@pytest.fixture
def told(settings: Any) -> Any:
    """`told(path)`: the words of a site in HTTPS."""
    settings.SECURE_HSTS_SECONDS = 31_536_000
    client = Client(SERVER_NAME=equipped("59474", "Prisches").host)
    return lambda path: dict(client.get(path, secure=True).items())


@pytest.mark.parametrize("path", POLICIES)
def test_a_browser_refuses_what_it_would_if_everything_were_said(told: Any, path: str) -> None:
    words, wanted = told(path), refused({**IN_FULL, "Content-Security-Policy": POLICIES[path]}, path)
    for what, refusal in refused(words, path).items():
        assert refusal == wanted[what], what


@pytest.mark.parametrize("path", POLICIES)
def test_no_word_could_be_left_out(told: Any, path: str) -> None:
    words = told(path)
    wanted = refused(words, path)
    for name in words.keys() & {*IN_FULL, "Content-Security-Policy"}:
        assert refused({key: value for key, value in words.items() if key != name}, path) != wanted, name
    policy = directives(words)
    for name in policy:
        fewer = ";".join(f"{key} {value}" for key, value in policy.items() if key != name)
        assert refused({**words, "Content-Security-Policy": fewer}, path) != wanted, name


def score(words: Mapping[str, str]) -> int:
    """The note of these words, as the Observatory adds it up; no cookie, and every script is the site's own."""
    policy = directives(words)
    scripts = policy.get("script-src", policy.get("default-src", "'unsafe-inline'"))
    unsafe = next((word for word in ("unsafe-inline", "unsafe-eval") if word in scripts), None)
    safe = "default-none" if policy.get("default-src") == "'none'" else "default"
    age = int(words.get("Strict-Transport-Security", "max-age=0").partition("max-age=")[2].partition(";")[0])
    referrer, resource = words.get("Referrer-Policy"), words.get("Cross-Origin-Resource-Policy", "none")
    framing = "x-frame-options" if "X-Frame-Options" in words else "none"
    found = {
        "content-security-policy": unsafe or safe if policy else "none",
        "strict-transport-security": ("six-months" if age >= 15_768_000 else "under-six-months") if age else "none",
        "framing": "frame-ancestors" if "frame-ancestors" in policy else framing,
        "x-content-type-options": words.get("X-Content-Type-Options", "none"),
        "referrer-policy": "none" if referrer is None else "unsafe" if "unsafe" in referrer else "private",
        "cross-origin-resource-policy": "same" if resource.startswith("same-") else resource,
        "cookies": "none",
    }
    points = [SCORING[test][finding] for test, finding in found.items()]
    without = 100 + sum(point for point in points if point < 0)
    return without + (sum(point for point in points if point > 0) if without >= SCORING["extra_credit_from"] else 0)


def test_the_observatory_gives_its_best_note_to_what_is_left(told: Any) -> None:
    words = told("/")
    assert next(grade for least, grade in SCORING["grades"] if score(words) >= least) == "A+"
    # And what it would give without each of them.
    without = {name: score({key: value for key, value in words.items() if key != name}) for name in words}
    assert without["Content-Security-Policy"] < without["Strict-Transport-Security"] < 90
    assert without["X-Content-Type-Options"] < score(words)
