"""The acts of bodies as a folder or a ZIP: an index that people read, files, open data; and that folder back.

What comes back was said elsewhere: its days of publication are declared, never those of the platform.
"""

from __future__ import annotations

import io
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import IO, Any

from django_scopes import scopes_disabled

from socle.deliberations import actions, open_data
from socle.deliberations.contract import publisher
from socle.deliberations.models import Act, Author, Vote
from socle.deliberations.rules import why_not_record
from socle.documents import actions as documents
from socle.documents.rules import MAX_SIZE, why_not_upload
from socle.lib.archives import safe_path
from socle.lib.refusals import Refused
from socle.lib.siret import normalise
from socle.lib.spreadsheet import Cell, write_csv
from socle.lib.tables import Bounds, Line, Table
from socle.lib.text import whole
from socle.people.models import Beneficiary, Operator, User

INDEX, OPEN_DATA, TEXTS = "actes.csv", "deliberations.csv", "textes"
MOST_LINES, MOST_INDEX, MOST_ENTRIES = 100_000, 48 * 1024 * 1024, 250_000
Body = Beneficiary | Operator


@dataclass(frozen=True)
class Column:
    """One column of the index: its header, how it is read of an act, how long it may be when it comes back."""

    header: str
    read: Callable[[Act], Cell]
    longest: int = 0
    is_wanted: bool = False


def _body_of(act: Act) -> Body:
    body = act.beneficiary or act.operator
    assert body is not None  # A constraint of the table.
    return body


COLUMNS = {
    "siret": Column("SIRET", lambda act: _body_of(act).siret, 20, True),
    "whose": Column("Organisme", lambda act: _body_of(act).name),
    "kind": Column("Nature", lambda act: str(act.get_kind_display()), 40, True),
    "number": Column("Numéro", lambda act: act.number, 30, True),
    "body": Column("Assemblée", lambda act: act.body, 120, True),
    "subject": Column("Objet", lambda act: act.subject, 500, True),
    "adopted_on": Column("Adopté le", lambda act: act.adopted_on, 0, True),
    "received_on": Column("Reçu en préfecture le", lambda act: act.received_on),
    "not_transmissible_because": Column("Non transmissible parce que", lambda act: act.not_transmissible_because, 300),
    "published_on": Column("Publié le", lambda act: act.published_on),
    "mode": Column("Mode de publication", lambda act: str(act.get_mode_display())),
    "certificate": Column("Preuve de publication", lambda act: act.publication_certificate, 1000),
    "notified_on": Column("Notifié le", lambda act: act.notified_on),
    "identifier": Column("Identifiant @CTES", lambda act: act.identifier, 60),
    "matter": Column("Matière", lambda act: act.matter, 14),
    "author_name": Column("Auteur ou autrice", lambda act: act.author_name, 120),
    "author_quality": Column("Qualité", lambda act: act.author_quality, 120),
    "members": Column("Membres en exercice", lambda act: act.members_in_office),
    "in_favour": Column("Voix pour", lambda act: act.votes_for),
    "against": Column("Voix contre", lambda act: act.votes_against),
    "abstentions": Column("Abstentions", lambda act: act.abstentions),
    "held_back_because": Column("Données personnelles", lambda act: act.held_back_because, 300),
}
FILE, DIGEST = "Fichier", "SHA-256"
HEADERS = (*(one.header for one in COLUMNS.values()), FILE, DIGEST)
DAYS = ("adopted_on", "received_on", "published_on", "notified_on")
VOTES = ("members", "in_favour", "against", "abstentions")


# --- Leaving ----------------------------------------------------------------------------------------------------------
@dataclass
class Exported:
    """How many acts and files left, and what is lacking, in French sentences."""

    acts: int = 0
    files: int = 0
    lacking: list[str] = field(default_factory=list)


def export(bodies: Iterable[Body], place: Path) -> Exported:
    """Write the acts of these bodies in a new folder, or in a ZIP when its name says so. Raises Refused."""
    if place.exists() and (place.is_file() or any(place.iterdir())):
        raise Refused(f"«\u00a0{place}\u00a0» existe déjà, et n’est pas vide\u00a0: choisissez un autre nom.")
    done = Exported()
    temporary = place.with_name(f".{place.name}.part")
    is_zip = place.suffix.lower() == ".zip"
    try:
        if is_zip:
            with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
                _write(bodies, lambda name: archive.open(name, "w", force_zip64=True), done)
        else:
            shutil.rmtree(temporary, ignore_errors=True)
            _write(bodies, lambda name: _opened(temporary / name), done)
            if place.exists():
                place.rmdir()
        temporary.replace(place)
    except OSError as error:
        raise Refused(f"«\u00a0{place}\u00a0» ne se laisse pas écrire ({error.strerror}).") from error
    finally:
        if temporary.is_dir():
            shutil.rmtree(temporary)
        temporary.unlink(missing_ok=True)
    return done


def _opened(path: Path) -> IO[bytes]:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("wb")


def _write(bodies: Iterable[Body], opened: Callable[[str], IO[bytes]], done: Exported) -> None:
    with tempfile.TemporaryFile() as index, tempfile.TemporaryFile() as lines:
        lines.write(open_data.written(()))
        write_csv(index, HEADERS, (row for body in bodies for row in _rows(body, opened, lines, done)))
        for name, source in ((INDEX, index), (OPEN_DATA, lines)):
            source.seek(0)
            with opened(name) as target:
                shutil.copyfileobj(source, target)


def _rows(body: Body, opened: Callable[[str], IO[bytes]], lines: IO[bytes], done: Exported) -> Iterator[list[Cell]]:
    """Give the line of each act of a body, its file written, and its line of open data."""
    root = publisher().roots([body.pk]).get(body.pk, "") if isinstance(body, Beneficiary) else ""
    acts = Act.of(body).select_related("beneficiary__department", "operator", "document").order_by("adopted_on", "pk")
    for act in acts.iterator(chunk_size=500):
        done.acts += 1
        name = digest = ""
        if act.document is not None:
            name = f"{TEXTS}/{safe_path(body.siret or f'{body._meta.model_name}-{body.pk}')}/acte-{act.pk}.pdf"
            try:
                content = documents.read(act.document)
            except Refused as refusal:
                done.lacking.append(f"{body.name}, {act.name}\u00a0: {refusal.sentence}")
                name = ""
            else:
                with opened(name) as target:
                    target.write(content)
                digest, done.files = act.document.sha256, done.files + 1
        lines.write(open_data.as_csv([act], root=root).partition(b"\r\n")[2])
        yield [*(column.read(act) for column in COLUMNS.values()), name, digest]


# --- Coming back ------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Coming:
    """An act of the folder, all of it read: whose it is, what `record_act` takes, and where its file is."""

    line: int
    body: Body
    facts: dict[str, Any]
    held_back_because: str = ""
    file: str = ""
    sha256: str = ""


@dataclass
class Read:
    """The content of a folder: acts to record, how many are here already, and what is refused, line by line."""

    coming: list[Coming] = field(default_factory=list)
    known: int = 0
    refusals: list[tuple[int, str]] = field(default_factory=list)


class Source:
    """A folder or a ZIP from outside: its files by their names in it, none elsewhere, none too heavy."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self._archive: zipfile.ZipFile | None = None
        if place.is_file():
            try:
                self._archive = zipfile.ZipFile(place)
            except (zipfile.BadZipFile, OSError) as error:
                raise Refused(f"«\u00a0{place}\u00a0» n’est ni un dossier ni un ZIP qui se lise.") from error
            if len(self._archive.infolist()) > MOST_ENTRIES:
                raise Refused("Ce ZIP a trop de fichiers\u00a0: partagez-le.")
        elif not place.is_dir():
            raise Refused(f"«\u00a0{place}\u00a0» n’existe pas.")

    def read(self, name: str, *, most: int = MAX_SIZE) -> bytes:
        """Return the bytes of one file. Raises Refused: not there, out of the folder, too heavy, unreadable."""
        if name != safe_path(name):
            raise Refused(f"Le nom de fichier «\u00a0{name[:80]}\u00a0» n’est pas sûr\u00a0: renommez-le.")
        try:
            if self._archive is not None:
                entry = self._archive.getinfo(name)
                size, opened = entry.file_size, partial[IO[bytes]](self._archive.open, entry)
            else:
                path = (self.place / name).resolve()
                if not path.is_relative_to(self.place.resolve()) or not path.is_file():
                    raise Refused(f"Le fichier «\u00a0{name[:80]}\u00a0» manque.")
                size, opened = path.stat().st_size, partial[IO[bytes]](path.open, "rb")
            if size > most:
                raise Refused(f"Le fichier «\u00a0{name[:80]}\u00a0» est trop lourd.")
            with opened() as file:
                content: bytes = file.read(most + 1)
        except KeyError as error:
            raise Refused(f"Le fichier «\u00a0{name[:80]}\u00a0» manque.") from error
        except (OSError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            raise Refused(f"Le fichier «\u00a0{name[:80]}\u00a0» est illisible.") from error
        if len(content) > most:
            raise Refused(f"Le fichier «\u00a0{name[:80]}\u00a0» est trop lourd.")
        return content


def read(source: Source, *, on: date) -> Read:
    """Read what a folder would record, and refuse line by line; nothing is written. Raises Refused for the whole."""
    table = Table(io.BytesIO(source.read(INDEX, most=MOST_INDEX)), Bounds(MOST_INDEX, MOST_LINES))
    table.require(*HEADERS)
    bodies: dict[str, Body] = {one.siret: one for one in Operator.objects.exclude(siret="")}
    bodies |= {one.siret: one for one in Beneficiary.objects.exclude(siret="").select_related("commune", "department")}
    found, seen = Read(), set[tuple[str, str]]()
    for line in table:
        try:
            coming = _read_line(line, bodies)
            key = (coming.body.siret, coming.facts["number"].casefold())
            if key in seen:
                raise Refused(
                    "Ce numéro est déjà celui d’une autre ligne du même organisme\u00a0: corrigez l’un des deux."
                )
            seen.add(key)
            if _is_known(coming):
                found.known += 1
                continue
            _check(coming, source, on=on)
        except Refused as refusal:
            found.refusals.append((line.number, refusal.sentence))
        else:
            found.coming.append(coming)
    return found


def _read_line(line: Line, bodies: Mapping[str, Body]) -> Coming:
    row = {header: line.text(header, is_wanted=False) or "" for header in HEADERS}
    said = {name: row[column.header] for name, column in COLUMNS.items()}
    for name, column in COLUMNS.items():
        if column.is_wanted and not said[name]:
            raise Refused(f"Il manque «\u00a0{column.header}\u00a0».")
        if column.longest and len(said[name]) > column.longest:
            raise Refused(f"«\u00a0{column.header}\u00a0» compte plus de {column.longest} caractères\u00a0: abrégez.")
    body = bodies.get(normalise(said["siret"]))
    if body is None:
        raise Refused(f"Aucun organisme n’a ici le SIRET «\u00a0{said['siret']}\u00a0»\u00a0: inscrivez-le d’abord.")
    days = {name: _day(COLUMNS[name].header, said[name]) for name in DAYS}
    counts = [_count(COLUMNS[name].header, said[name]) for name in VOTES]
    given = [count for count in counts if count is not None]
    if given and len(given) < len(counts):
        raise Refused("Un vote se dit tout entier\u00a0: membres, pour, contre, abstentions.")
    facts: dict[str, Any] = {
        **{name: said[name] for name in ("number", "body", "subject", "not_transmissible_because", "certificate")},
        **{name: said[name] for name in ("identifier", "matter")},
        **days,
        "kind": _code("Nature", said["kind"], Act.Kind.choices),
        "mode": _code("Mode de publication", said["mode"], Act.Mode.choices) if said["mode"] else "",
        "author": Author(said["author_name"], said["author_quality"]),
        "vote": Vote(*given) if given else None,
    }
    return Coming(line.number, body, facts, said["held_back_because"], row[FILE], row[DIGEST].lower())


def _is_known(coming: Coming) -> bool:
    """Whether this very act is here already: the same number, subject, day and file."""
    there = Act.of(coming.body).filter(number__iexact=coming.facts["number"]).select_related("document").first()
    return (
        there is not None
        and (there.subject, there.adopted_on) == (coming.facts["subject"], coming.facts["adopted_on"])
        and (not coming.sha256 or (there.document is not None and there.document.sha256 == coming.sha256))
    )


def _check(coming: Coming, source: Source, *, on: date) -> None:
    facts = coming.facts
    asked = ("kind", "number", "adopted_on", "received_on", "published_on", "not_transmissible_because", "matter",
             "vote", "notified_on")  # fmt: skip
    if reason := why_not_record(coming.body, **{name: facts[name] for name in asked}, on=on):
        raise Refused(reason)
    if coming.file:
        content = source.read(coming.file)
        if reason := why_not_upload(content):
            raise Refused(reason)
        if coming.sha256 and documents.digest_of(content) != coming.sha256:
            raise Refused("Le fichier n’est pas celui de l’index\u00a0: son empreinte est une autre.")


@documents.unless_refused()
def bring_in(found: Read, source: Source, *, by: User, at: datetime) -> int:
    """Record every act read, or none; return how many. Raises Refused, the line named."""
    if found.refusals:
        raise Refused("Rien n’est enregistré\u00a0: corrigez d’abord les lignes refusées.")
    for coming in found.coming:
        try:
            _record(coming, source, by=by, at=at)
        except Refused as refusal:
            raise Refused(f"Ligne {coming.line}\u00a0: {refusal.sentence}") from refusal
    return len(found.coming)


def _record(coming: Coming, source: Source, *, by: User, at: datetime) -> None:
    document, number = None, coming.facts["number"]
    if coming.file:
        document = documents.keep(
            source.read(coming.file),
            title=f"Acte {number}, {coming.body.name}",
            filename=f"acte-{number}.pdf",
            beneficiary=coming.body if isinstance(coming.body, Beneficiary) else None,
            by=by,
            at=at,
        )
    act = actions.record_act(coming.body, **coming.facts, document=document, by=by, at=at)
    if coming.held_back_because:
        actions.hold_back(act, because=coming.held_back_because, by=by, at=at)


def _day(header: str, text: str) -> date | None:
    if not text:
        return None
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007
        except ValueError:
            continue
    raise Refused(f"«\u00a0{header}\u00a0» ne se lit pas\u00a0: écrivez le jour comme 2026-11-25.")


def _count(header: str, text: str) -> int | None:
    if not text:
        return None
    if (count := whole(text, longest=4)) is None:
        raise Refused(f"«\u00a0{header}\u00a0» est un nombre entier, comme 12.")
    return count


def _code(header: str, text: str, choices: Iterable[tuple[str, Any]]) -> str:
    for code, label in choices:
        if text.casefold() in (code, str(label).casefold()):
            return code
    raise Refused(f"«\u00a0{header}\u00a0»\u00a0: choisissez entre {', '.join(str(label) for _, label in choices)}.")


# --- Whose ------------------------------------------------------------------------------------------------------------
def bodies_of(siret: str = "") -> list[Body]:
    """Return the bodies that have acts here, or the one of this SIRET. Raises Refused when nobody has it."""
    with scopes_disabled():  # Whoever runs the platform takes along the acts of all.
        owners: list[Body] = [*Beneficiary.objects.order_by("name", "pk"), *Operator.objects.order_by("name", "pk")]
        if not siret:
            with_acts = {
                *(("b", pk) for pk in Act.objects.order_by().values_list("beneficiary_id", flat=True).distinct()),
                *(("o", pk) for pk in Act.of_operators.order_by().values_list("operator_id", flat=True).distinct()),
            }
            return [one for one in owners if ("b" if isinstance(one, Beneficiary) else "o", one.pk) in with_acts]
    found = [one for one in owners if one.siret and one.siret == normalise(siret)]
    if not found:
        raise Refused(f"Aucun organisme n’a ici le SIRET «\u00a0{siret[:40]}\u00a0».")
    return found
