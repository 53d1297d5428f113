"""How often a thing may be tried."""

from __future__ import annotations

from typing import Any

import time_machine
from django.core.cache import cache
from django.test import RequestFactory

from socle.lib.limits import seconds_left, seconds_to_wait, visitor, why_not_yet

NOON = 1_795_000_000 // 3600 * 3600


def test_the_sixth_attempt_waits_and_says_how_long() -> None:
    with time_machine.travel(NOON, tick=False):
        assert [why_not_yet("form:a", limit=5, per=3600) for _ in range(5)] == [None] * 5
        assert why_not_yet("form:a", limit=5, per=3600) == (
            "Trop d’essais en peu de temps\u00a0: réessayez dans 60 minutes."
        )
        assert why_not_yet("form:b", limit=5, per=3600) is None
        assert why_not_yet("other:a", limit=5, per=60) is None


def test_whoever_waits_as_told_may_go_on_and_not_before() -> None:
    with time_machine.travel(NOON + 50, tick=False) as clock:
        for _ in range(10):
            assert seconds_to_wait("k", limit=10, per=60) == 0
        first = seconds_to_wait("k", limit=10, per=60)
        assert 0 < first <= 70
        clock.shift(first)
        while wait := seconds_to_wait("k", limit=10, per=60):
            first += wait
            clock.shift(wait)
        assert 10 <= first <= 70


def test_no_minute_ever_holds_more_than_the_limit_and_a_little() -> None:
    """At the turn of two windows, a counter that starts again from zero would let twice as many through."""
    passed = []
    with time_machine.travel(NOON, tick=False) as clock:
        for second in range(300):
            passed += [second for _ in range(3) if not seconds_to_wait("k", limit=20, per=60)]
            clock.shift(1)
    busiest = max(sum(start <= second < start + 60 for second in passed) for start in range(240))
    assert busiest <= 20 * 1.5
    assert len(passed) >= 20 * 4


def test_the_address_of_the_visitor_is_not_kept_in_clear(monkeypatch: Any) -> None:
    kept: list[str] = []
    real = cache.set
    monkeypatch.setattr(cache, "set", lambda name, *args, **kwargs: (kept.append(name), real(name, *args, **kwargs)))
    assert why_not_yet("join:192.0.2.7", limit=1, per=60) is None
    assert len(kept) == 1
    assert "192.0.2.7" not in kept[0]


def test_the_visitor_is_who_our_own_proxies_say_and_nobody_else(settings: Any) -> None:
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="203.0.113.9, 198.51.100.4")
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 0
    assert visitor(request) == "10.0.0.1"
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    assert visitor(request) == "198.51.100.4"


def test_looking_at_a_limit_counts_nothing() -> None:
    assert [seconds_left("look:a", limit=1, per=60) for _ in range(5)] == [0] * 5
    assert seconds_to_wait("look:a", limit=1, per=60) == 0
    assert seconds_left("look:a", limit=1, per=60) > 0
