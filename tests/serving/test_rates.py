"""How often one visitor may do each thing: the table, the page that says to wait, and who is counted as one."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponse
from django.test import Client, RequestFactory
from prometheus_client import REGISTRY

from socle.lib import limits
from socle.serving import rates
from tests.client import DemandingClient

NOW = "2026-11-25 09:00:00+00:00"


@pytest.fixture
def door(settings: Any) -> Any:
    """`door(sign-in="2/60")`: the middleware alone, so amended, around a page that says « in »."""

    def of(**amended: str) -> rates.RateLimits:
        settings.RATE_LIMITS = {name.replace("_", "-"): text for name, text in amended.items()}
        return rates.RateLimits(lambda request: HttpResponse("in"))

    return of


# One request that each rule counts, and one that it does not.
CASES: tuple[tuple[str, tuple[str, str, dict[str, Any]], tuple[str, str, dict[str, Any]]], ...] = (
    ("sign-in", ("post", "/compte/connexion/", {}), ("get", "/compte/connexion/", {})),
    ("second-factor", ("post", "/compte/second-controle/code/", {}), ("get", "/compte/second-controle/code/", {})),
    ("reset", ("post", "/compte/mot-de-passe-oublie/", {}), ("post", "/compte/mot-de-passe/", {})),
    ("joining", ("post", "/programme/pack/adherer/59474/", {}), ("get", "/programme/pack/adherer/", {})),
    ("dialogue", ("post", "/_/contact/", {}), ("get", "/_/contact/", {})),
    ("enrolment", ("post", "/sauvegardes/enrolement/", {}), ("get", "/sauvegardes/enrolement/", {})),
    ("uploads", ("post", "/mairie/x/", {}), ("post", "/mairie/x/", {"content_type": "application/json"})),
    ("search", ("get", "/console/communes/?q=pri", {}), ("get", "/console/communes/?q=", {})),
    ("exports", ("get", "/console/communes.csv", {}), ("get", "/console/communes/", {})),
    ("bundles", ("get", "/mairie/dossier/3/dossier.zip", {}), ("get", "/mairie/dossier/3/", {})),
    ("forms", ("post", "/console/x/", {"content_type": "text/plain"}), ("get", "/console/x/", {})),
    ("folder", ("post", "/mairie/dossier/3/deposer/", {}), ("get", "/mairie/dossier/3/", {})),
    ("drives", ("put", "/dav/dossier/3/a.txt", {}), ("get", "/mairie/dossier/", {})),
    ("webmail", ("post", "/webmail/verifier", {}), ("get", "/mairie/messagerie/", {})),
    ("shared", ("get", "/partage/x/", {}), ("get", "/programme/", {})),
    ("shared-password", ("post", "/partage/x/", {}), ("get", "/partage/x/", {})),
    ("api", ("get", "/api/v1/communes", {}), ("get", "/console/communes", {})),
)


@pytest.mark.parametrize(("name", "counted", "free"), CASES, ids=[name for name, *_ in CASES])
def test_each_rule_counts_what_it_names_and_nothing_else(
    door: Any, rf: RequestFactory, name: str, counted: Any, free: Any
) -> None:
    middleware = door(**{name.replace("-", "_"): "3/60"})

    def ask(what: Any) -> int:
        method, address, more = what
        status: int = middleware(getattr(rf, method)(address, **more)).status_code
        return status

    with time_machine.travel(NOW, tick=False) as clock:
        assert [ask(free) for _ in range(5)] == [200] * 5
        assert [ask(counted) for _ in range(4)] == [200, 200, 200, 429]
        assert ask(free) == 200
        clock.shift(121)
        assert ask(counted) == 200


@pytest.mark.slow
def test_a_drive_is_counted_by_handfuls_and_stopped_all_the_same(
    door: Any, rf: RequestFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[int] = []
    true_set = limits.cache.set
    monkeypatch.setattr(
        limits.cache, "set", lambda key, value, timeout: (written.append(value), true_set(key, value, timeout))
    )
    middleware, other = door(drives="600/60"), door(drives="600/60")
    with time_machine.travel(NOW, tick=False) as clock:
        answers = [middleware(rf.get("/dav/dossier/3/a.txt")).status_code for _ in range(700)]
        # Six at a time: what has passed is what is allowed, and the last handful.
        assert written == list(range(6, 601, 6))
        assert answers.index(429) == 605
        assert set(answers[605:]) == {429}
        # Another process learns it with its first handful.
        assert [other(rf.get("/dav/dossier/3/a.txt")).status_code for _ in range(7)] == [200] * 5 + [429] * 2
        clock.shift(121)
        assert middleware(rf.get("/dav/dossier/3/a.txt")).status_code == 200


def test_every_rule_has_its_case() -> None:
    assert [name for name, *_ in CASES] == [rule.name for rule in rates.RULES]


def test_a_person_is_told_in_french_how_long_to_wait_and_a_program_by_a_header(settings: Any) -> None:
    settings.RATE_LIMITS = {"search": "1/60", "api": "1/60"}
    client = DemandingClient(REMOTE_ADDR="203.0.113.7")
    with time_machine.travel(NOW, tick=False):
        client.get("/nulle-part/?q=prisches")
        response = client.get("/nulle-part/?q=prisches")
        assert response.status_code == 429
        assert response["Retry-After"] == "60"
        assert "réessayez dans 60 secondes" in response.content.decode().replace("\u00a0", " ")
        client.get("/api/v1/communes")
        response = client.get("/api/v1/communes")
    assert response.status_code == 429
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["status"] == 429
    assert int(response["Retry-After"]) > 0


def test_what_is_refused_is_measured(door: Any, rf: RequestFactory) -> None:
    def refused() -> float:
        return REGISTRY.get_sample_value("socle_refused_attempts_total", {"rule": "search"}) or 0.0

    middleware, before = door(search="1/60"), refused()
    for _ in range(3):
        middleware(rf.get("/?q=x"))
    assert refused() == before + 2


@pytest.mark.parametrize(
    ("proxies", "chain", "is_same"),
    [
        # Nobody in front: what a visitor says of their own address is not believed.
        (0, ("198.51.100.1", "198.51.100.2"), True),
        # One proxy of ours: the last address is what it saw, the others are what the visitor claims.
        (1, ("198.51.100.1", "198.51.100.2"), False),
        (1, ("6.6.6.6, 198.51.100.1", "7.7.7.7, 198.51.100.1"), True),
        (2, ("198.51.100.1, 10.0.0.1", "198.51.100.2, 10.0.0.1"), False),
    ],
)
def test_visitors_are_told_apart_behind_the_proxies_we_trust_and_no_other(
    door: Any, settings: Any, rf: RequestFactory, proxies: int, chain: tuple[str, str], is_same: bool
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    middleware = door(search="1/60")
    first, second = (middleware(rf.get("/?q=x", headers={"x-forwarded-for": seen})).status_code for seen in chain)
    assert first == 200
    assert second == (429 if is_same else 200)


def test_the_address_of_a_visitor_is_kept_nowhere_readable(rf: RequestFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    monkeypatch.setattr(limits.cache, "set", lambda key, value, timeout: written.append(key))
    limits.seconds_to_wait(f"search:{limits.visitor(rf.get('/', REMOTE_ADDR='203.0.113.7'))}", limit=1, per=60)
    assert written
    assert not any("203.0.113.7" in key for key in written)


@pytest.mark.parametrize("amended", [{"sign-in": "beaucoup"}, {"sign-in": "0/60"}, {"inconnue": "1/60"}])
def test_a_table_that_cannot_be_read_stops_the_start(settings: Any, amended: dict[str, str]) -> None:
    settings.RATE_LIMITS = amended
    with pytest.raises(ImproperlyConfigured, match="SOCLE_RATE_LIMITS"):
        rates.rules()


@pytest.mark.django_db
def test_guessing_a_password_from_one_address_is_stopped_whoever_is_guessed(settings: Any) -> None:
    settings.RATE_LIMITS = {"sign-in": "5/300"}
    client = Client(REMOTE_ADDR="203.0.113.7")
    statuses = [
        client.post("/compte/connexion/", {"login": f"personne{number}@exemple.fr", "password": "essai"}).status_code
        for number in range(7)
    ]
    assert statuses == [200] * 5 + [429] * 2
