"""Messages that come from the prefecture, in the exchange format of @CTES: read leniently, and never believed.

Whatever arrives is somebody else's: nothing it names is opened, nothing of it is unfolded, and its size is bounded.
"""

from __future__ import annotations

import io
import logging
import re
import tarfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import wraps
from typing import Any, TypeVar

from lxml import etree  # type: ignore[import-untyped]

from socle.deliberations.models import Incoming
from socle.lib.refusals import Said
from socle.lib.text import whole

log = logging.getLogger("socle.deliberations")

R = TypeVar("R")
Kind = Incoming.Kind
# A classification, the longest of them, weighs 60 kB.
MOST_BYTES = 2 * 1024 * 1024
MOST_FILES = 60
# What an archive of the prefecture may unfold to.
MOST_UNFOLDED = 50 * 1024 * 1024
# Nor do 60 kB hold half of this.
MOST_ELEMENTS, MOST_ATTRIBUTES, DEEPEST = 20_000, 60, 30
GZIP = b"\x1f\x8b"
# What says a long name of a file in an archive, or its dates; and what, in it, would move where the next file begins.
MOST_NAMING, MOVING = 2 * 1024, (b"size=", b"GNU.sparse")
NAMING = (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME)
ROOTS = {
    "ARActe": Kind.RECEIPT,
    "AnomalieActe": Kind.ANOMALY,
    "CourrierSimple": Kind.LETTER,
    "DemandePieceComplementaire": Kind.REQUEST,
    "ARPieceComplementaire": Kind.PIECES_RECEIPT,
    "LettreObservations": Kind.OBSERVATIONS,
    "ARReponseRejetLettreObservations": Kind.REPLY_RECEIPT,
    "DefereTA": Kind.REFERRAL,
    "ARAnnulation": Kind.CANCELLATION,
    "RetourClassification": Kind.CLASSIFICATION,
    "ReponseClassificationSansChangement": Kind.SAME_CLASSIFICATION,
    "AnomalieEnveloppe": Kind.ENVELOPE_ANOMALY,
}
DECLARED = re.compile(rb"""\s*<\?xml[^>]{0,60}\sencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})""")
IDENTIFIER = re.compile(r"[09][0-9][0-9AB]-(?P<siren>[0-9]{9})-[0-9]{8}-[A-Z0-9_]{1,15}-[A-Z]{2}", re.IGNORECASE)
NAMED = re.compile(rf"(?P<identifier>{IDENTIFIER.pattern})-[1-7]-[1-9]_", re.IGNORECASE)
# How a message is told to whoever reads a file apart from here.
TOLD_AS: dict[str, str] = {
    **dict.fromkeys((Kind.RECEIPT, Kind.PIECES_RECEIPT, Kind.REPLY_RECEIPT), "received"),
    **dict.fromkeys(Incoming.LETTERS, "letter"),
    **dict.fromkeys((Kind.CLASSIFICATION, Kind.SAME_CLASSIFICATION), "classification"),
    Kind.ANOMALY: "refused",
    Kind.CANCELLATION: "cancelled",
    Kind.ENVELOPE_ANOMALY: "envelope",
}
# The natures of anomalies that the schema knows; the prefecture sends others.
NATURES = {Kind.ANOMALY: range(1, 1000), Kind.ENVELOPE_ANOMALY: (1, 2, 3, 4, 5, 100)}


ODD = (
    "Cette archive n’est pas de celles que la préfecture envoie (dossiers, liens, chemins ou taille)\u00a0: elle est "
    "gardée sans être ouverte. Demandez-lui si elle vient d’elle."
)
OTHERWISE = (
    "Ce message n’est pas écrit comme ceux de la préfecture\u00a0: il est gardé sans être lu. Demandez-lui s’il vient "
    "d’elle."
)
UNFORESEEN = (
    "Ce message a mis en défaut la plateforme, qui n’a pas pu le lire\u00a0: il est gardé sans suite. Lisez-le "
    "vous-même, et prévenez l’opérateur, dont le journal technique dit pourquoi."
)


class Unreadable(Said):
    """It is no message that we can read; `sentence` says why, and what becomes of it."""


@dataclass(frozen=True)
class Message:
    """One message: which, of which act, of what day (of reception, of the letter), what it says.

    `is_outside_schema`: it says something that its own schema does not know, and is read all the same.
    """

    kind: Incoming.Kind
    identifier: str = ""
    day: date | None = None
    says: str = ""
    is_outside_schema: bool = False
    in_force_on: date | None = None
    # In the receipt of an answer: the day of the letter that was answered.
    letter_on: date | None = None

    @property
    def siren(self) -> str:
        """Of the body that it is about; empty when it does not say."""
        found = IDENTIFIER.fullmatch(self.identifier)
        return found["siren"] if found else ""


@dataclass(frozen=True)
class Classification:
    """The nomenclature of a prefecture: its day, its matters by code, its kinds of files by nature of act."""

    of: date
    matters: dict[str, str]
    kinds: dict[tuple[str, str], str]


def _only_unreadable(reader: Callable[[bytes], R]) -> Callable[[bytes], R]:
    """Whatever the bytes of somebody else make this reader do, it is a message that we cannot read."""

    @wraps(reader)
    def read(content: bytes) -> R:
        try:
            return reader(content)
        except Unreadable:
            raise
        except Exception as error:
            log.exception("a message of the prefecture could not be read")
            raise Unreadable(UNFORESEEN) from error

    return read


def parse(content: bytes) -> Any:
    """Return the root of this XML, read without unfolding an entity nor opening anything. Raises Unreadable."""
    if len(content) > MOST_BYTES:
        raise Unreadable("Ce message est bien trop long pour être de la préfecture\u00a0: il est gardé sans être lu.")
    if b"<!ENTITY" in content:
        raise Unreadable(
            "Ce message définit des entités, ce que la préfecture ne fait pas\u00a0: il est gardé sans être lu. "
            "Demandez-lui s’il vient d’elle."
        )
    # A page of error of a device, an archive in the place of a message, an alphabet of two bytes.
    if b"<!DOCTYPE" in content or _in_two_bytes(content):
        raise Unreadable(OTHERWISE)
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        dtd_validation=False,
        huge_tree=False,
        encoding=_alphabet(content),
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable(
            "Ce message n’est pas du XML, ou il est coupé\u00a0: il est gardé sans être lu. Demandez à la préfecture "
            "de l’envoyer de nouveau."
        ) from error
    if root.getroottree().docinfo.internalDTD is not None:  # In an alphabet where it was not seen above.
        raise Unreadable(OTHERWISE)
    _bound(root)
    return root


def _alphabet(content: bytes) -> str | None:
    """The alphabet in which these bytes are written, where what their head says of it is not so; else None.

    Devices write again in UTF-8 what says that it is in ISO-8859-1, and the other way round.
    """
    said = DECLARED.match(content)
    is_said_utf8 = said is None or said[1].lower() in (b"utf-8", b"utf8")
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "ISO-8859-1" if is_said_utf8 else None
    return None if is_said_utf8 or content.isascii() else "UTF-8"


def _bound(root: Any) -> None:
    """Refuse what is out of all measure: each attribute is looked for among those of its element. Raises Unreadable."""
    depth = elements = 0
    for event, element in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        depth += {"start": 1, "end": -1}.get(event, 0)
        elements += event != "end"
        if depth > DEEPEST or elements > MOST_ELEMENTS or (event == "start" and len(element.attrib) > MOST_ATTRIBUTES):
            raise Unreadable(
                "Ce message n’a pas la forme de ceux de la préfecture (trop d’éléments, ou trop imbriqués)\u00a0: il "
                "est gardé sans être lu. Demandez-lui s’il vient d’elle."
            )


@_only_unreadable
def read(content: bytes) -> Message:
    """Return what this message says; a field that is missing or odd is left out. Raises Unreadable."""
    root = parse(content)
    name = _name(root)
    if name not in ROOTS:
        raise Unreadable(
            f"Ce message («\u00a0{name[:40]}\u00a0») n’est pas de ceux que la préfecture envoie\u00a0: il est gardé "
            "sans être lu."
        )
    kind = ROOTS[name]
    identifier = _attribute(root, "IDActe")
    if kind in NATURES:
        echoed = next(_under(root, "ActeRecu"), None)
        names = [*_texts(root, "NomFichier"), *(_attribute(one, "IDActe") for one in root.iter())]
        found = next((match for one in names if (match := NAMED.search(one) or IDENTIFIER.search(one))), None)
        identifier = identifier or (found.groupdict().get("identifier") or found[0] if found else "")
        nature = _first(root, "Nature")
        said = [_first(root, "Detail"), f"nature {nature}" if nature else ""]
        is_outside = whole(nature) not in NATURES[kind]
        is_outside = is_outside or (kind == Kind.ANOMALY and echoed is None)
        return Message(kind, identifier, _day(_first(root, "Date")), " – ".join(filter(None, said)), is_outside)
    day = _day(_attribute(root, "DateReception") or _attribute(root, "DateCourrierPref") or _first(root, "DateDepot"))
    if kind in (Kind.CLASSIFICATION, Kind.SAME_CLASSIFICATION):
        day = _day(_first(root, "DateClassification"))
    if not identifier:  # In the receipts of what we replied, the letter is told inside.
        identifier = next(filter(None, (_attribute(one, "IDActe") for one in root.iter())), "")
    says = [_first(root, one) for one in ("DescriptionPieces", "Motif", "NatureIllegalite", "Objet")]
    return Message(
        kind,
        identifier,
        day,
        "" if kind == Kind.RECEIPT else " – ".join(filter(None, says)),
        in_force_on=_day(_first(root, "ClassificationDateVersionEnCours")),
        letter_on=next((_day(_attribute(one, "DateCourrierPref")) for one in _under(root, "InfosCourrierPref")), None),
    )


@_only_unreadable
def classification(content: bytes) -> Classification:
    """Return the nomenclature that this message (7-2) brings. Raises Unreadable."""
    root = parse(content)
    of = _day(_first(root, "DateClassification"))
    if _name(root) != "RetourClassification" or of is None:
        raise Unreadable("Ce message n’apporte pas de classification\u00a0: celle d’avant reste en usage.")
    matters: dict[str, str] = {}
    for element in root.iter():
        if re.fullmatch(r"Matiere[1-5]", _name(element)):
            above = [one for one in element.iterancestors() if _name(one).startswith("Matiere") and _code(one)]
            code = ".".join([*(_code(one) for one in reversed(above)), _code(element)])
            if re.fullmatch(r"[1-9][0-9]?(\.[1-9][0-9]?){0,4}", code):
                matters[code] = _attribute(element, "Libelle")[:300]
    kinds = {
        (_attribute(nature, "TypeAbrege"), _attribute(one, "CodeTypePJ")): _attribute(one, "Libelle")[:300]
        for nature in _under(root, "NatureActe")
        for one in _under(nature, "TypePJNatureActe")
        if re.fullmatch(r"[A-Z]{2}", _attribute(nature, "TypeAbrege"))
        and re.fullmatch(r"[0-9A-Z]{2}_[0-9A-Z]{2}", _attribute(one, "CodeTypePJ"))
    }
    if not any("." in code for code in matters):
        raise Unreadable("Cette classification ne dit aucune matière\u00a0: celle d’avant reste en usage.")
    return Classification(of, matters, kinds)


@_only_unreadable
def opened(content: bytes) -> dict[str, bytes]:
    """Return the files of an archive of the prefecture, by name, in memory. Raises Unreadable, whatever is odd in it.

    Nothing is written anywhere: a name that leads out of a folder leads nowhere.
    """
    files: dict[str, bytes] = {}
    try:
        # Unfolded within bounds first: what names a file in a tar is read whole, however long it says to be.
        unfolded = zlib.decompressobj(wbits=31)
        plain = unfolded.decompress(content, MOST_UNFOLDED)
        if unfolded.unconsumed_tail or not _is_plain(plain):
            raise Unreadable(ODD)
        with tarfile.open(fileobj=io.BytesIO(plain), mode="r:") as tar:
            for member in tar:
                if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._ -]{0,199}", member.name) or member.name in files:
                    raise Unreadable(ODD)
                held = tar.extractfile(member)
                files[member.name] = held.read() if held else b""
                if len(files[member.name]) != member.size:
                    raise tarfile.ReadError("cut")
    except (tarfile.TarError, zlib.error, EOFError, ValueError, OSError) as error:
        raise Unreadable(
            "Cette archive est abîmée ou coupée\u00a0: elle est gardée sans être ouverte. Demandez à la préfecture de "
            "l’envoyer de nouveau."
        ) from error
    return files


def written_in(files: Mapping[str, bytes]) -> list[str]:
    """Return the names of the messages among the files of an archive: neither its envelope, nor what comes along."""
    named = (name for name in files if name.lower().endswith(".xml"))
    return [name for name in named if b"EnveloppeMISILLCL" not in files[name][:600]]


def named_by(message: Message, filename: str) -> Message:
    """Return this message, with the act that its file names when it is an anomaly that names none itself."""
    if message.identifier or message.kind not in NATURES or (found := NAMED.search(filename)) is None:
        return message
    return replace(message, identifier=found["identifier"])


def read_file(content: bytes) -> list[Message]:
    """Return the messages of a file of the prefecture: one, or an archive of several. Raises Unreadable."""
    if not content.startswith(GZIP):
        return [read(content)]
    files = opened(content)
    if not (names := written_in(files)):
        raise Unreadable("Cette archive ne contient aucun message.")
    return [named_by(read(files[name]), name) for name in names]


def _is_plain(plain: bytes) -> bool:
    """Say whether this tar holds regular files only, few, each as long as its head says, with short names.

    Read from the heads before the library reads them: a sparse entry unfolds from nothing, and long names, records
    without end or sizes below zero hold some of its versions for ever. Raises tarfile.HeaderError.
    """
    place = files = names = 0
    # What is cut is for the library to say.
    while len(head := plain[place : place + tarfile.BLOCKSIZE]) == tarfile.BLOCKSIZE and head.strip(b"\0"):
        kind = head[156:157]
        size = tarfile.nti(head[124:136])  # type: ignore[attr-defined]
        place += tarfile.BLOCKSIZE
        if kind in NAMING:
            said = plain[place : place + size]
            names += 1
            if not 0 <= size <= MOST_NAMING or any(word in said for word in MOVING):
                return False
        elif kind in (tarfile.REGTYPE, tarfile.AREGTYPE) and size >= 0:
            files += 1
        else:
            return False
        if max(files, names) > MOST_FILES:
            return False
        place += -(-size // tarfile.BLOCKSIZE) * tarfile.BLOCKSIZE
    return True


def _in_two_bytes(content: bytes) -> bool:
    """The exchange is in ISO-8859-1 or UTF-8: an alphabet of two bytes would hide what is looked for in it."""
    return content[:2] in (b"\xfe\xff", b"\xff\xfe") or b"\x00" in content[:200]


def _name(element: Any) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _under(root: Any, name: str) -> Iterator[Any]:
    return (one for one in root.iter() if _name(one) == name)


def _texts(root: Any, name: str) -> list[str]:
    return [(one.text or "").strip() for one in _under(root, name)]


def _first(root: Any, name: str) -> str:
    return next(iter(_texts(root, name)), "")


def _attribute(element: Any, name: str) -> str:
    """Whether it is qualified or not."""
    return next((str(value).strip() for key, value in element.attrib.items() if key.rpartition("}")[2] == name), "")


def _code(element: Any) -> str:
    return _attribute(element, "CodeMatiere")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None
