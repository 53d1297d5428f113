"""The subject of an act that somebody hands over, as the act says it: nobody types it again."""

from __future__ import annotations

import re
from pathlib import PurePath

from socle.deliberations.models import Act
from socle.lib.pdf_contents import contents_of
from socle.lib.refusals import Refused
from socle.lib.text import in_one_line

# « Objet : tarifs de la cantine », up to the next line that is empty or begins another thing; a line or two.
SAID = re.compile(r"^[ \t\xa0]*objet[ \t\xa0]*:[ \t\xa0]*(\S[^\n]*)", re.IGNORECASE | re.MULTILINE)
# What names of files say of any act: nature, number, date, machine.
GENERAL = re.compile(
    r"[\W\d_]+|\b(?:actes?|d[ée]lib[ée]rations?|d[ée]lib|arr[êe]t[ée]s?|proc[èe]s|verbal|pv|n[°o]?|du|scan|img|doc|document|"
    r"copie|num[ée]ris(?:ation|é)|sign[ée]e?|vf|final|version)\b",
    re.IGNORECASE,
)
LONGEST: int = Act._meta.get_field("subject").max_length  # type: ignore[assignment]


def subject_of(pdf: bytes, filename: str) -> str:
    """Return what an act says of itself after « Objet », or what its file is called; nothing when neither says one."""
    try:
        words = contents_of(pdf).words or ""
    except Refused:
        words = ""  # Locked, damaged, slow: it is read by people alone.
    if found := SAID.search(words):
        return in_one_line([found[1]])[:LONGEST]
    stem = PurePath(filename).stem
    # At least one word of its own: « Délibération 2026-12 » says no subject.
    if not any(len(word) > 3 for word in GENERAL.sub(" ", stem).split()):
        return ""
    named = re.sub(r"^(?:[\W\d_]|n°)+", "", re.sub(r"[_-]+", " ", stem)).strip()
    return (named[:1].upper() + named[1:])[:LONGEST]
