"""Catalogue of procedures: the answers that every site is born with, read from `texts/demarches/`, by their dates."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.urls import register_converter

FOLDER, ORDER = "demarches", "order.txt"
CODE = r"[a-z0-9]+(?:-[a-z0-9]+)*"
# The titles under which a site was born with some of them, as blocks of its page: the catalogue answers in their place.
FORMER_TITLES = frozenset(
    {
        "Acte d’état civil",
        "Carte d’identité",
        "Passeport",
        "Listes électorales",
        "Recensement citoyen",
        "Urbanisme et travaux",
        "Famille et école",
        "Signaler un problème",
    }
)
_TELEPHONE = re.compile(r"\d{2,4}")


class Group(StrEnum):
    """Where a procedure is put on the page: the order of the groups is theirs here."""

    PAPERS = "papiers"
    FAMILY = "famille"
    CHILDREN = "enfants"
    HOUSE = "logement"
    STREET = "rue"
    TOWN = "commune"
    HEALTH = "sante"

    @property
    def label(self) -> str:
        """Its words above the list."""
        return {
            Group.PAPERS: "Papiers et citoyenneté",
            Group.FAMILY: "Famille",
            Group.CHILDREN: "Enfants et école",
            Group.HOUSE: "Logement, eau et travaux",
            Group.STREET: "Dans la rue",
            Group.TOWN: "Vie de la commune",
            Group.HEALTH: "Santé et urgences",
        }[self]


class Place(StrEnum):
    """Where one goes for a procedure."""

    OFFICE = "office"
    EQUIPPED = "equipped"
    NOWHERE = ""


@dataclass(frozen=True)
class OfficialPage:
    """An address to go on from, or the one after which a text was written, with the day of what was read."""

    label: str
    url: str
    read_on: date | None = None


@dataclass(frozen=True)
class EmergencyNumber:
    """A short number, and who answers."""

    number: str
    who: str


@dataclass(frozen=True)
class Procedure:
    """One answer, in the version of a date: what to do, where, when, with what, how long it takes, what it costs."""

    code: str
    version: date
    title: str
    # In a few words, and an icon: the first of the catalogue are the gestures that the first page offers.
    short: str
    icon: str
    group: Group
    summary: str
    steps: tuple[str, ...]
    place: Place
    is_for_all: bool
    when: str
    bring: tuple[str, ...]
    delay: str
    cost: str
    # The pages of the site, by the last part of their addresses, where more is said when the mairie has them.
    see: tuple[str, ...]
    words: str
    numbers: tuple[EmergencyNumber, ...]
    links: tuple[OfficialPage, ...]
    source: OfficialPage | None


def catalogue(*, on: date) -> tuple[Procedure, ...]:
    """Return the procedures in force on a day, in the order of the catalogue. Raises ImproperlyConfigured."""
    found = []
    for versions in _versions(settings.TEXTS_ROOT / FOLDER).values():
        past = [one for one in versions if one.version <= on]
        # A text dated of tomorrow, on a clock that is late, is better than no answer.
        found.append(past[-1] if past else versions[0])
    return tuple(found)


def will_change(*, on: date) -> bool:
    """Say whether a text is dated of a day to come."""
    return any(one.version > on for versions in _versions(settings.TEXTS_ROOT / FOLDER).values() for one in versions)


def codes() -> tuple[str, ...]:
    """Return the codes of the catalogue, which are the last part of the addresses of their pages."""
    return tuple(_versions(settings.TEXTS_ROOT / FOLDER))


@cache
def _versions(folder: Path) -> dict[str, list[Procedure]]:
    """Return every version of every procedure, the oldest first."""
    names = (folder / ORDER).read_text().split()
    there = {path.name for path in folder.iterdir() if path.is_dir()}
    if set(names) != there or len(names) != len(there):
        raise ImproperlyConfigured(f"{folder / ORDER}: not the folders beside it: {sorted(set(names) ^ there)}")
    found = {}
    for name in names:
        paths = sorted((folder / name).glob("*/text.toml"))
        if not re.fullmatch(CODE, name) or not paths:
            raise ImproperlyConfigured(f"{folder / name}: no version, or no code")
        found[name] = [_read(path) for path in paths]
    return found


class _Code:
    """Converter of an address: the code of a procedure of the catalogue, and nothing else."""

    regex = CODE

    def to_python(self, value: str) -> str:
        if value not in codes():
            raise ValueError
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(_Code, "procedure")

KEYS = {
    *(
        "title",
        "short",
        "icon",
        "group",
        "bodies",
        "summary",
        "steps",
        "at",
        "when",
        "bring",
        "delay",
        "cost",
        "see",
        "words",
    ),
    *("numbers", "links", "source"),
}


def _read(path: Path) -> Procedure:
    """Read one version. Raises ImproperlyConfigured, which names the file."""
    try:
        written: dict[str, Any] = tomllib.loads(path.read_text())
        if unknown := set(written) - KEYS:
            raise ValueError(f"unknown keys: {sorted(unknown)}")
        numbers = tuple(EmergencyNumber(one["number"], one["who"]) for one in written.get("numbers", ()))
        if wrong := [one.number for one in numbers if not _TELEPHONE.fullmatch(one.number)]:
            raise ValueError(f"not short numbers: {wrong}")
        source = written.get("source")
        return Procedure(
            code=path.parts[-3],
            version=date.fromisoformat(path.parts[-2]),
            title=written["title"],
            short=written.get("short", written["title"]),
            icon=written.get("icon", "document"),
            group=Group(written["group"]),
            summary=written["summary"],
            steps=tuple(written["steps"]),
            place=Place(written.get("at", "")),
            is_for_all={"communes": False, "all": True}[written.get("bodies", "communes")],
            when=written.get("when", ""),
            bring=tuple(written.get("bring", ())),
            delay=written.get("delay", ""),
            cost=written.get("cost", ""),
            see=tuple(written.get("see", ())),
            words=written["words"],
            numbers=numbers,
            links=tuple(_page(one) for one in written.get("links", ())),
            source=_page(source) if source else None,
        )
    except (ValueError, KeyError, TypeError) as error:
        raise ImproperlyConfigured(f"{path}: {error}") from error


def _page(written: dict[str, Any]) -> OfficialPage:
    if not written["url"].startswith("https://"):
        raise ValueError(f"not https: {written['url']}")
    return OfficialPage(written["label"], written["url"], written.get("read"))
