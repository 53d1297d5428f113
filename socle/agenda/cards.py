"""Contacts, as address books write them (vCard): what a card says, and a card written again without losing the rest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any
from uuid import uuid4

import vobject
from vobject.base import readComponents

from socle.agenda.contract import Kept
from socle.lib.refusals import Refused
from socle.lib.text import folded

# A card may have a photograph; a whole file brought in may have many.
HEAVIEST_CARD = 700_000
HEAVIEST_FILE = 4_000_000
MOST_CARDS = 2_000
UNREADABLE = (
    "Ce fichier ne se lit pas comme un carnet d’adresses : demandez au logiciel d’origine un export « vCard » (.vcf)."
)


@dataclass(frozen=True)
class Card:
    """A contact, as its form was filled."""

    first_name: str = ""
    last_name: str = ""
    organisation: str = ""
    title: str = ""
    email: str = ""
    phone: str = ""
    mobile: str = ""
    street: str = ""
    postal_code: str = ""
    city: str = ""
    words: str = ""

    @property
    def name(self) -> str:
        return " ".join(part for part in (self.first_name, self.last_name) if part) or self.organisation or self.email


@dataclass(frozen=True)
class Contact:
    """A card of an address book."""

    href: str
    etag: str
    card: Card

    @property
    def sorting(self) -> tuple[str, str]:
        return folded(self.card.last_name or self.card.name), folded(self.card.first_name)

    def answers(self, words: str) -> bool:
        """Whether it holds all these words, without accents or capitals."""
        held = folded(" ".join(str(getattr(self.card, one.name)) for one in fields(self.card)))
        digits = "".join(filter(str.isdigit, self.card.phone + " " + self.card.mobile))
        return all(word in held or (word.isdigit() and word in digits) for word in folded(words).split())


def why_not_keep(text: str) -> str | None:
    """Refuse a card too heavy for the telephones that will read it."""
    if len(text) > HEAVIEST_CARD:
        return "Cette fiche est trop lourde : choisissez une photographie plus petite."
    return None


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return " ".join(_text(one) for one in value if one)
    return str(value or "").strip()


def _first(part: Any, name: str, *, mobile: bool | None = None) -> Any:
    for one in part.contents.get(name, []):
        # Old cards name the kind alone: TEL;CELL.
        kinds = {kind.upper() for kind in [*one.params.get("TYPE", []), *one.singletonparams]}
        if mobile is None or ("CELL" in kinds) == mobile:
            return one
    return None


def read(text: str) -> Card:
    """Read a card; what it does not say is empty. Raises `Refused` when it is none."""
    part = _one(text)
    name = getattr(getattr(part, "n", None), "value", None)
    first, last = (_text(name.given), _text(name.family)) if name is not None else ("", "")
    if not (first or last):
        last = _text(getattr(getattr(part, "fn", None), "value", ""))
    place = getattr(_first(part, "adr"), "value", None)
    return Card(
        first_name=first,
        last_name=last,
        organisation=_text(getattr(_first(part, "org"), "value", "")),
        title=_text(getattr(_first(part, "title"), "value", "")),
        email=_text(getattr(_first(part, "email"), "value", "")),
        phone=_text(getattr(_first(part, "tel", mobile=False), "value", "")),
        mobile=_text(getattr(_first(part, "tel", mobile=True), "value", "")),
        street=_text(getattr(place, "street", "")),
        postal_code=_text(getattr(place, "code", "")),
        city=_text(getattr(place, "city", "")),
        words=_text(getattr(_first(part, "note"), "value", "")),
    )


def _one(text: str) -> Any:
    try:
        return next(iter(readComponents(text, allowQP=True)))
    except (StopIteration, vobject.base.ParseError, ValueError, AttributeError, KeyError, IndexError) as error:
        raise Refused("Cette fiche ne se lit pas ici : changez-la depuis le logiciel qui l’a écrite.") from error


def write(card: Card, *, before: str = "") -> str:
    """Write a card, or write one again: what we do not know of it (a photograph, a birthday) stays as it was."""
    part = _one(before) if before else vobject.vCard()
    if not before:
        part.add("uid").value = str(uuid4())
    _set(part, "n", vobject.vcard.Name(family=card.last_name, given=card.first_name))
    _set(part, "fn", card.name)
    _set(part, "org", [card.organisation] if card.organisation else None)
    _set(part, "title", card.title or None)
    _set(part, "email", card.email or None)
    _set_phone(part, card.phone, mobile=False)
    _set_phone(part, card.mobile, mobile=True)
    has_place = card.street or card.postal_code or card.city
    place = vobject.vcard.Address(street=card.street, code=card.postal_code, city=card.city) if has_place else None
    _set(part, "adr", place)
    _set(part, "note", card.words or None)
    return str(part.serialize())


def _set(part: Any, name: str, value: Any) -> None:
    found = _first(part, name)
    if value is None:
        if found is not None:
            part.remove(found)
    elif found is None:
        part.add(name).value = value
    else:
        found.value = value


def _set_phone(part: Any, value: str, *, mobile: bool) -> None:
    found = _first(part, "tel", mobile=mobile)
    if not value:
        if found is not None:
            part.remove(found)
        return
    if found is None:
        found = part.add("tel")
        found.type_param = "CELL" if mobile else "VOICE"
    found.value = value


def contacts(files: list[Kept]) -> tuple[list[Contact], int]:
    """Return the contacts of a book by name, and how many cards cannot be read."""
    found, broken = [], 0
    for kept in files:
        try:
            found.append(Contact(kept.href, kept.etag, read(kept.text)))
        except Refused:
            broken += 1
    return sorted(found, key=lambda contact: contact.sorting), broken


def split(content: bytes) -> list[tuple[str, str]]:
    """Cut a file of cards into cards, each with its UID (made when it has none). Raises `Refused`."""
    if len(content) > HEAVIEST_FILE:
        raise Refused("Ce fichier est trop lourd : exportez le carnet sans les photographies, ou en plusieurs fois.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    return list(_split(text))


def _split(text: str) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    try:
        for count, part in enumerate(readComponents(text, allowQP=True), start=1):
            if part.name != "VCARD":
                raise Refused(UNREADABLE)
            if count > MOST_CARDS:
                raise Refused(f"Ce fichier a plus de {MOST_CARDS} contacts : exportez le carnet en plusieurs fois.")
            uid = _text(getattr(getattr(part, "uid", None), "value", ""))[:200]
            if not uid:
                uid = str(uuid4())
                _set(part, "uid", uid)
            if not hasattr(part, "fn"):
                name = getattr(getattr(part, "n", None), "value", None)
                _set(part, "fn", _text(name) if name is not None else "Sans nom")
            if not hasattr(part, "n"):
                _set(part, "n", vobject.vcard.Name(family=_text(part.fn.value)))
            for line in part.lines():
                # Written anew, a kind that stands alone would be lost.
                if line.singletonparams:
                    line.params.setdefault("TYPE", []).extend(line.singletonparams)
                    line.singletonparams = []
            if hasattr(part, "version"):
                part.version.value = "3.0"
            written = part.serialize()
            if (sentence := why_not_keep(written)) is not None:
                raise Refused(sentence)
            if uid not in seen:
                seen.add(uid)
                yield uid, written
    except Refused:
        raise
    except Exception as error:  # vobject raises many, by what is wrong.
        raise Refused(UNREADABLE) from error
    if not seen:
        raise Refused("Ce fichier ne contient aucun contact.")
