"""What programs of drives and calendars write in XML: refused at its bound, and nothing is built of it."""

from __future__ import annotations

import time

import pytest

from socle.lib.xml_requests import (
    DEEPEST,
    MALFORMED,
    MOST_ATTRIBUTES,
    MOST_DECLARATIONS,
    MOST_NAMESPACES,
    TOO_DEEP,
    TOO_MANY,
    Bounds,
    why_not_read,
)

BOUNDS = Bounds(hrefs=20, properties=100, elements=1000)


def asked(inside: str, more: str = "") -> str:
    return f'<D:propfind xmlns:D="DAV:"{more}>{inside}</D:propfind>'


def of(inside: str, times: int) -> str:
    return inside * times


@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        (asked("<D:allprop/>"), None),
        (asked(of("<a>", DEEPEST - 1) + of("</a>", DEEPEST - 1)), None),
        (asked(of("<a>", DEEPEST) + of("</a>", DEEPEST)), TOO_DEEP),
        # It is refused at the depth: what follows is not looked at.
        (asked(of("<a>", 60_000)), TOO_DEEP),
        (asked(f"<D:prop>{of('<D:a/>', 100)}</D:prop>"), None),
        (asked(f"<D:prop>{of('<D:a/>', 101)}</D:prop>"), TOO_MANY),
        # A property is what is in a `prop`, wherever that is.
        (asked(f"<D:set><D:prop>{of('<D:a/>', 51)}</D:prop></D:set><D:prop>{of('<D:b/>', 50)}</D:prop>"), TOO_MANY),
        (asked(of("<D:href>/a</D:href>", 20)), None),
        (asked(of("<D:href>/a</D:href>", 21)), TOO_MANY),
        # Of another namespace, it is no address.
        (asked(of("<href>/a</href>", 21)), None),
        (asked(of("<a/>", 999)), None),
        (asked(of("<a/>", 1000)), TOO_MANY),
        (asked("<a " + " ".join(f'b{rank}=""' for rank in range(MOST_ATTRIBUTES)) + "/>"), None),
        (asked("<a " + " ".join(f'b{rank}=""' for rank in range(MOST_ATTRIBUTES + 1)) + "/>"), TOO_MANY),
        (asked("".join(f'<a xmlns="u:{rank}"/>' for rank in range(MOST_NAMESPACES - 1))), None),
        (asked("".join(f'<a xmlns="u:{rank}"/>' for rank in range(MOST_NAMESPACES))), TOO_MANY),
        # Said anew at each property, as some programs do.
        (asked(of('<a xmlns="u:1"/>', MOST_DECLARATIONS - 1)), None),
        (asked("", more="".join(f' xmlns:n{rank}="u:1"' for rank in range(MOST_DECLARATIONS))), TOO_MANY),
        ("<!DOCTYPE a><a/>", MALFORMED),
        ('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', MALFORMED),
        ("<a>", MALFORMED),
        ("<a/><b/>", MALFORMED),
        ("<b:a/>", MALFORMED),
        ("", MALFORMED),
        ("\x00", MALFORMED),
        ("BEGIN:VCALENDAR", MALFORMED),
    ],
)
def test_a_request_is_read_within_its_bounds(said: str, refusal: str | None) -> None:
    assert why_not_read(said, BOUNDS) == refusal
    assert why_not_read(said.encode(), BOUNDS) == refusal


@pytest.mark.parametrize(
    "said",
    [
        b'<?xml version="1.0" encoding="utf-7"?><a/>',
        b'<?xml version="1.0" encoding="inconnu"?><a/>',
        b"<a>\xff</a>",
    ],
)
def test_what_another_might_read_otherwise_is_refused(said: bytes) -> None:
    assert why_not_read(said, BOUNDS) == MALFORMED


def test_looking_at_a_quarter_of_a_megabyte_costs_next_to_nothing() -> None:
    attributes = asked("<a " + " ".join(f'b{rank}=""' for rank in range(25_000)) + "/>")
    namespaces = asked("", more="".join(f' xmlns:n{rank}="u:{rank}"' for rank in range(12_000)))
    for said in (attributes, namespaces, asked(of("<a/>", 60_000)), asked(of("<a>", 60_000))):
        before = time.process_time()
        assert why_not_read(said, BOUNDS) in (TOO_MANY, TOO_DEEP)
        assert time.process_time() - before < 0.5
