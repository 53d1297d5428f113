"""Reading a published extract of a register: the text of an act as it was copied, line by line, and its presence table.

What is read is what is written. A text that is cut, shuffled or made of two acts is refused with the remedy; what the
text says and contradicts is kept, for `counting` to tell.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from socle.assemblies.ballots import Votes
from socle.deliberations.numbering import normalise
from socle.lib import numerals
from socle.lib.refusals import Refused
from socle.lib.text import folded

MOST_BYTES = 200_000
MOST_LINES = 5_000
MOST_SEATS = 500
MARKS = ("\\boxtimes", "☒", "X", "x")
AGAIN = "Reprenez la copie entière de l’acte, dans son ordre."

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_STAMP = re.compile(
    r"(?P<what>Envoyé en préfecture|Reçu en préfecture|Affiché|Publié) le[ \t]*(?P<day>\d\d/\d\d/\d{4})?"
)
_IDENTIFIER = re.compile(r"^ID\s*:\s*(\S+)$")
_NUMBER = re.compile(r"^DÉLIBÉRATION (?:N° ?)?(?P<number>\d{4}\s*[–—_/-]\s*\w{1,10})$")
_FOOTER = re.compile(r"^Délibération n° ?(?P<number>\d{4}\s*[–—_/-]\s*\w{1,10})$")
_PAGE = re.compile(r"^Page (\d{1,3}) sur (\d{1,3})$")
_SUBJECT = re.compile(r"^Objet\s*: (?P<subject>.{1,500})$")
_SESSION = re.compile(
    r"^Le (?P<held>[^,]{5,80}), (?P<assembly>le [^,]{3,40}?) du (?P<body>[^,]{3,120}?) s['’]est réuni "
    r"à (?P<place>[^,]{2,60}),.{0,200}? sur convocation en date du (?P<convened>[^,]{5,80}), sous la "
    r"présidence de (?P<head>[^,]{3,80}?)\.$"
)
_ARTICLE = re.compile(r"^Article (?P<number>\d{1,3}) ?: (?P<text>.+)$")
_VOTES = re.compile(
    r"^Voix pour ?: ?(?P<in_favour>\d{1,4})\s*Voix contre ?: ?(?P<against>\d{1,4})"
    r"\s*Abstentions? ?: ?(?P<abstentions>\d{1,4})$"
)
_CAST = re.compile(r"^-? ?Suffrages exprimés ?: ?(?P<cast>\d{1,4})$")


@dataclass(frozen=True)
class Seat:
    """A line of the table: `mark` is « P » present, « A » absent, « E » excused, or nothing where the copy has none."""

    college: str
    name: str
    mark: str
    proxy_to: str = ""

    @property
    def surname(self) -> str:
        """The name as a table without first names has it: the words in capitals, hyphenated."""
        words = re.sub(r"-\s+", "-", self.name).split()
        return " ".join(word for word in words if word.isupper() and len(word) > 1 and not word.endswith("."))

    @property
    def is_feminine(self) -> bool:
        return self.name.startswith("Mme")


@dataclass(frozen=True)
class Totals:
    """The last line of the table, as it is written."""

    present: int
    absent: int
    excused: int
    proxies: int


@dataclass(frozen=True)
class PublishedAct:
    """A published act, read and not mended."""

    number: str
    body: str
    title: str
    assembly: str
    register: str
    subject: str
    held_on: date
    convened_on: date
    place: str
    head: str
    identifier: str
    sent_on: date | None
    received_on: date | None
    posted_on: date | None
    stamps: int
    session_words: str
    seats: tuple[Seat, ...]
    totals: Totals
    quorum_words: str
    paragraphs: tuple[str, ...]
    articles: tuple[str, ...]
    votes: Votes
    said_cast: int
    signatory: tuple[str, ...]


def parse(text: str) -> PublishedAct:
    """Read the text of a published extract. Raises Refused, which says what is missing, doubled or out of its place."""
    lines = _lines(text)
    stamps = [match for line in lines for match in _STAMP.finditer(line)]
    number_at, number = _one(lines, _NUMBER.match, "son numéro («\u00a0DÉLIBÉRATION 2021 – 16\u00a0»)")
    subject_at, subject = _one(lines, _SUBJECT.match, "son objet («\u00a0Objet\u00a0: …\u00a0»)")
    session_at, session = _one(lines, _SESSION.match, "la phrase de la séance («\u00a0Le … s’est réuni à …\u00a0»)")
    table_at = _place(lines, lambda line: line.startswith("Collectivité\tMembre"), "le tableau des membres")
    quorum_at = _place(lines, lambda line: line.startswith("Le quorum"), "la phrase du quorum")
    opening_at = _place(
        lines, lambda line: folded(line) == folded(f"{session['assembly']},"), "l’ouverture du dispositif"
    )
    votes_at, votes = _one(lines, _VOTES.match, "le compte des voix («\u00a0Voix pour\u00a0: 12…\u00a0»)")
    cast_at, cast = _one(lines, _CAST.match, "les suffrages exprimés")
    end_at = _place(
        lines, lambda line: line.startswith("Pour extrait conforme"), "la mention «\u00a0Pour extrait conforme\u00a0»"
    )
    _in_order(
        [
            ("le numéro", number_at), ("l’objet", subject_at), ("la séance", session_at), ("le tableau", table_at),
            ("le quorum", quorum_at), ("le dispositif", opening_at), ("le compte des voix", votes_at),
            ("les suffrages exprimés", cast_at), ("la signature", end_at),
        ]
    )  # fmt: skip
    numbers = [number["number"], *(match["number"] for line in lines if (match := _FOOTER.match(line)))]
    _same({normalise(one) for one in numbers}, "numéros")
    identifiers = [match[1] for line in lines if (match := _IDENTIFIER.match(line))]
    if not identifiers:
        raise Refused(f"Il manque à ce texte son identifiant («\u00a0ID\u00a0: …\u00a0»). {AGAIN}")
    _same(set(identifiers), "identifiants")
    seats, totals = _table(lines[table_at + 1 : quorum_at], table_at + 2)
    paragraphs = [*_paragraphs(lines[opening_at + 1 : votes_at])]
    articles = [paragraph for paragraph in paragraphs if _ARTICLE.match(paragraph)]
    ranks = [int(match["number"]) for paragraph in paragraphs if (match := _ARTICLE.match(paragraph))]
    if not ranks or ranks != [*range(1, len(ranks) + 1)]:
        raise Refused(f"Les articles de ce texte ne se suivent pas ({', '.join(map(str, ranks)) or 'aucun'}). {AGAIN}")
    titles = [line for line in lines[number_at + 1 : subject_at] if line]
    return PublishedAct(
        number=number["number"],
        body=session["body"],
        title=titles[0] if titles else session["body"],
        assembly=re.sub(r"^le ", "", session["assembly"]),
        register=titles[-1] if titles else "",
        subject=subject["subject"],
        held_on=_day(session["held"], "de la séance"),
        convened_on=_day(session["convened"], "de la convocation"),
        place=session["place"],
        head=session["head"],
        identifier=identifiers[0],
        sent_on=_stamped(stamps, "Envoyé en préfecture"),
        received_on=_stamped(stamps, "Reçu en préfecture"),
        posted_on=_stamped(stamps, "Affiché", "Publié"),
        stamps=sum(1 for match in stamps if match["what"] in ("Affiché", "Publié")),
        session_words=lines[session_at],
        seats=seats,
        totals=totals,
        quorum_words=lines[quorum_at],
        paragraphs=tuple(one for one in paragraphs if not _ARTICLE.match(one) and not one.startswith("Adopté par")),
        articles=tuple(articles),
        votes=Votes(int(votes["in_favour"]), int(votes["against"]), int(votes["abstentions"])),
        said_cast=int(cast["cast"]),
        signatory=tuple(line.rstrip(" :") for line in lines[end_at + 1 :] if line),
    )


def read_presence(content: str) -> tuple[Seat, ...]:
    """Read the table apart (`college,nom,marque,pouvoir_a`; « ? » is a line without a mark). Raises Refused."""
    if len(content) > MOST_BYTES:
        raise Refused("Le tableau de présence est trop long pour celui d’une assemblée\u00a0: vérifiez le fichier.")
    rows = list(csv.reader(io.StringIO(content)))
    if not rows or rows[0] != ["college", "nom", "marque", "pouvoir_a"]:
        raise Refused("Le tableau de présence commence par la ligne «\u00a0college,nom,marque,pouvoir_a\u00a0».")
    seats = []
    for place, row in enumerate(rows[1:], 2):
        if len(row) != 4 or row[2] not in ("P", "A", "E", "?") or not row[1]:
            raise Refused(
                f"Tableau de présence, ligne {place}\u00a0: il y faut un collège, un nom, une marque (P, A, E ou "
                "«\u00a0?\u00a0» sans marque) et, au besoin, à qui va le pouvoir."
            )
        seats.append(Seat(row[0], row[1], row[2].replace("?", ""), row[3]))
    return tuple(seats)


# --- Lines ------------------------------------------------------------------------------------------------------------
def _lines(text: str) -> list[str]:
    if len(text.encode("utf-8", "replace")) > MOST_BYTES or text.count("\n") > MOST_LINES:
        raise Refused("Ce texte est trop long pour être celui d’un acte\u00a0: vérifiez le fichier.")
    if found := _CONTROL.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise Refused(f"Ligne {line}\u00a0: ce fichier n’est pas un texte. Copiez les mots de l’acte, en UTF-8.")
    # A table's line keeps its tabs: an empty cell is told by them.
    return [line.strip(" \u00a0") for line in text.lstrip("\ufeff").splitlines()]


def _place(lines: Sequence[str], is_it: Callable[[str], object], what: str) -> int:
    found = [place for place, line in enumerate(lines) if is_it(line)]
    if not found:
        raise Refused(f"Il manque à ce texte {what}. {AGAIN}")
    if len(found) > 1:
        raise Refused(
            f"Ce texte a deux fois {what}, lignes {found[0] + 1} et {found[1] + 1}\u00a0: gardez la copie d’un seul "
            "acte."
        )
    return found[0]


def _one(lines: Sequence[str], match: Callable[[str], re.Match[str] | None], what: str) -> tuple[int, re.Match[str]]:
    place = _place(lines, match, what)
    found = match(lines[place])
    assert found is not None
    return place, found


def _in_order(parts: Sequence[tuple[str, int]]) -> None:
    for (before, first), (after, second) in pairwise(parts):
        if second < first:
            raise Refused(f"Dans ce texte, {after} (ligne {second + 1}) précède {before} (ligne {first + 1}). {AGAIN}")


def _same(values: set[str], what: str) -> None:
    if len(values) > 1:
        raise Refused(
            f"Ce texte porte plusieurs {what} ({', '.join(sorted(values))})\u00a0: gardez la copie d’un seul acte."
        )


def _day(words: str, what: str) -> date:
    day = numerals.day_of(words)
    if day is None:
        raise Refused(f"La date {what} ne se lit pas («\u00a0{words}\u00a0»)\u00a0: corrigez la copie.")
    return day


def _stamped(stamps: Iterable[re.Match[str]], *what: str) -> date | None:
    """Return the day that the stamps of this kind bear, None where they are blank."""
    days = {match["day"] for match in stamps if match["what"] in what and match["day"]}
    _same(days, f"dates «\u00a0{what[0]} le\u00a0»")
    if not days:
        return None
    day, month, year = days.pop().split("/")
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise Refused(
            f"Le tampon «\u00a0{what[0]} le {day}/{month}/{year}\u00a0» n’est pas une date\u00a0: corrigez la copie."
        ) from None


# --- The table of presence --------------------------------------------------------------------------------------------
def _table(lines: Sequence[str], first: int) -> tuple[tuple[Seat, ...], Totals]:
    seats: list[Seat] = []
    totals: Totals | None = None
    college = ""
    for place, line in enumerate(lines, first):
        if not line.strip():
            continue
        cells = [re.sub(r"-\s+", "-", cell.strip()) for cell in line.split("\t")]
        if totals is not None or not 2 <= len(cells) <= 6:
            raise Refused(f"Ligne {place}\u00a0: cette ligne n’est pas de celles du tableau. {AGAIN}")
        cells += [""] * (6 - len(cells))
        if not cells[0] and not cells[1]:
            totals = _totals(cells, place)
            continue
        college = cells[0] or college
        seats.append(_seat(college, cells, place))
    if totals is None or not seats:
        raise Refused(f"Il manque au tableau des membres {'ses lignes' if totals else 'sa ligne de totaux'}. {AGAIN}")
    if len(seats) > MOST_SEATS:
        raise Refused(f"{len(seats)} lignes\u00a0: c’est trop pour une assemblée. Vérifiez le tableau.")
    names = [seat.name for seat in seats]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise Refused(f"{twice} est deux fois au tableau des membres\u00a0: gardez une ligne.")
    return tuple(seats), totals


def _seat(college: str, cells: Sequence[str], place: int) -> Seat:
    if not college or not cells[1]:
        raise Refused(f"Ligne {place}\u00a0: il manque à ce membre son nom ou sa collectivité. Complétez le tableau.")
    marks = [mark for mark, cell in zip("PAE", cells[2:5], strict=True) if cell]
    if len(marks) > 1 or any(cell and cell not in MARKS for cell in cells[2:5]):
        raise Refused(
            f"Ligne {place}\u00a0: {cells[1]} a plusieurs marques, ou une marque qui ne se lit pas. Une seule croix "
            "par ligne\u00a0: présent, absent ou excusé."
        )
    return Seat(college, cells[1], marks[0] if marks else "", cells[5])


def _totals(cells: Sequence[str], place: int) -> Totals:
    figures = [numerals.number_of(cell) for cell in cells[2:6]]
    if None in figures:
        raise Refused(f"Ligne {place}\u00a0: les quatre totaux du tableau sont des nombres. Complétez-les.")
    return Totals(*(figure for figure in figures if figure is not None))


# --- Paragraphs -------------------------------------------------------------------------------------------------------
def _paragraphs(lines: Sequence[str]) -> Iterator[str]:
    """Give the paragraphs of the act: without stamps nor footers, those cut by a page joined again."""
    footers = [place for place, line in enumerate(lines) if _PAGE.match(line)]
    furniture = set()
    for place in footers:
        furniture |= {place, *(before for before in range(max(place - 4, 0), place) if _is_furniture(lines[before]))}
    pending = ""
    for place, line in enumerate(lines):
        if not line or place in furniture or _STAMP.search(line) or _IDENTIFIER.match(line):
            continue
        for part in re.split(r"(?=\*\*Considérant\*\*)", line):
            words = part.replace("**", "").strip()
            if not words:
                continue
            if pending and words[0].islower():
                pending = f"{pending} {words}"
                continue
            if pending:
                yield pending
            pending = words
    if pending:
        yield pending


def _is_furniture(line: str) -> bool:
    return bool(_FOOTER.match(line)) or (line.startswith("Comité ") and not line.endswith((";", ".", ",")))
