"""What a mairie publishes: its opening hours, its address, its site."""

from __future__ import annotations

import json
import re
from datetime import time
from urllib.parse import urlsplit

from tools.derive_territory.emails import folded

DAYS = {"lundi": 1, "mardi": 2, "mercredi": 3, "jeudi": 4, "vendredi": 5, "samedi": 6, "dimanche": 7}


def opening_hours(text: str) -> tuple[list[tuple[int, int, str, str]], int]:
    """Read `[["lundi","vendredi",[["09:00:00","12:00:00"]]]]`: (first day, last day, opens, closes), and how many
    openings were left out because they make no sense (unknown day, end before start, unreadable time).

    A span that goes past Sunday is cut in two. An unreadable text gives no opening and counts for one.
    """
    if text in ("", "\\N", "[]"):
        return [], 0
    try:
        spans = json.loads(text)
    except (ValueError, RecursionError):
        return [], 1
    if not isinstance(spans, list):
        return [], 1
    found: set[tuple[int, int, str, str]] = set()
    left_out = 0
    for span in spans:
        if not (isinstance(span, list) and len(span) == 3 and isinstance(span[2], list)):
            left_out += 1
            continue
        first, last = (DAYS.get(day.strip().casefold()) if isinstance(day, str) else None for day in span[:2])
        for slot in span[2]:
            times = _slot(slot)
            if first is None or last is None or times is None:
                left_out += 1
            elif first <= last:
                found.add((first, last, *times))
            else:
                found |= {(first, 7, *times), (1, last, *times)}
    return sorted(found), left_out


def _slot(slot: object) -> tuple[str, str] | None:
    if not (isinstance(slot, list) and len(slot) == 2 and all(isinstance(part, str) for part in slot)):
        return None
    try:
        opens, closes = (time.fromisoformat(part) for part in slot)
    except ValueError:
        return None
    if opens.tzinfo or closes.tzinfo or opens >= closes:
        return None
    return f"{opens:%H:%M}", f"{closes:%H:%M}"


def address(text: str, commune_name: str) -> tuple[str, str, str]:
    """Split « 22 Grand'Rue⏎59268 Abancourt » into street, postal code and city; give the city its accents back."""
    lines = [" ".join(line.split()) for line in text.replace("\\N", "").split("\n")]
    street = ", ".join(line for line in lines[:-1] if line)
    match = re.fullmatch(r"(\d{5}) (.+)", lines[-1])
    if match is None:
        return ", ".join(line for line in lines if line), "", ""
    code, city = match.groups()
    same = re.sub(r"[^a-z]", "", folded(city)) == re.sub(r"[^a-z]", "", folded(commune_name))
    return street, code, commune_name if same else city


def website(text: str) -> str:
    """Return a web address a browser can follow, or nothing."""
    text = text.strip().replace("\\N", "")
    if not text:
        return ""
    if "://" not in text:
        text = f"http://{text}"
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
    except ValueError:
        return ""
    good_host = re.fullmatch(r"[a-z0-9.-]+\.[a-z]{2,}", host) is not None
    if parts.scheme not in ("http", "https") or not good_host or parts.username or re.search(r"[\s<>\"']", text):
        return ""
    return text


def email_of(text: str) -> str:
    """Return the address when it is shaped like one, or nothing."""
    text = text.strip().replace("\\N", "")
    return text if re.fullmatch(r"[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", text) else ""
