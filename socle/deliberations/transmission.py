"""Messages, envelope and archive of an act in the exchange format of @CTES, as a transmission device takes them.

Nothing is sent from here. Strict when leaving: what a prefecture or a device would refuse is refused with its remedy.
What arrives is read in `messages`.
"""

from __future__ import annotations

import gzip
import io
import re
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from socle.deliberations.elements import INSEE, as_bytes, new_root, under
from socle.deliberations.numbering import NATURES, Identifier, normalise
from socle.lib import siret
from socle.lib.refusals import refuse
from socle.lib.text import bytes_in_french

MOST_BYTES = 150 * 1024 * 1024
LONGEST_SUBJECT = 499
# What the alphabet of the messages has not is written as people type it.
_TYPED = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "œ": "oe", "Œ": "OE", "–": "-", "—": "-", "…": "...",
                        "€": "EUR", "\u202f": "\u00a0", "‑": "-"})  # fmt: skip
# The kind of a file, where it is not the nature of its act.
_KINDS = {"CC": "DC", "BF": "BU"}
# By how they begin: an act is a PDF, what is annexed to it may be an image.
_STARTS = {b"%PDF-": "pdf", b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg"}
# Bytes, or where they are: an archive is made piece by piece.
Content = bytes | Path
# As the schema of the envelope writes one.
_ADDRESS = re.compile(r"[_a-z0-9-]+(\.[_a-z0-9-]+)*@[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,6}", re.ASCII | re.IGNORECASE)
_MATTER = re.compile(r"[1-9](\.[1-9][0-9]?){1,4}")


@dataclass(frozen=True)
class Sender:
    """Who sends: its SIREN, department and district, its nature, where answers go, and whom to ask.

    Its nature is 31 for a commune, 42 for an open syndicat mixte.
    """

    siren: str
    department: str
    district: str
    nature: str
    email: str
    referent: str = ""
    phone: str = ""


@dataclass(frozen=True)
class Sending:
    """One act to send: its identifier, its words, its file and those annexed to it, with their kinds where it is said.

    The act is a PDF; a file annexed may be an image.
    """

    identifier: Identifier
    subject: str
    matter: str
    classification_on: date
    document: Content
    annexes: tuple[Content, ...] = ()
    is_followed_by_paper: bool = False
    kinds: tuple[str, ...] = ()

    @property
    def stem(self) -> str:
        return f"{self.identifier}-1-1"

    @cached_property
    def files(self) -> dict[str, Content]:
        """The act, then its annexes, by their names in the archive."""
        usual = usual_kind(self.identifier.nature)
        kinds = [*self.kinds, *("" for _ in self.annexes)]
        return {
            f"{(rank > 1 and kinds[rank - 2]) or usual}-{self.stem}_{rank}.{_extension(one)}": one
            for rank, one in enumerate((self.document, *self.annexes), 1)
        }

    @property
    def size(self) -> int:
        """Bytes of its files together."""
        return sum(_size(one) for one in self.files.values())


def usual_kind(nature: str) -> str:
    """Return the kind of the file of an act of this nature: 99_DE for a deliberation."""
    return f"99_{_KINDS.get(nature, nature)}"


def _size(content: Content) -> int:
    return content.stat().st_size if isinstance(content, Path) else len(content)


def _opened(content: Content) -> BinaryIO:
    return content.open("rb") if isinstance(content, Path) else io.BytesIO(content)


def _extension(content: Content) -> str:
    """By how the file begins; empty for what is not sent."""
    with _opened(content) as file:
        head = file.read(8)
    return next((name for start, name in _STARTS.items() if head.startswith(start)), "")


def why_not_send(act: Sending) -> str | None:
    """Say in French why this act cannot leave so, or None."""
    if reason := act.identifier.why_not:
        return reason
    if not act.subject.strip() or len(typed(act.subject)) > LONGEST_SUBJECT or "\n" in act.subject:
        return (
            f"L’objet transmis tient sur une ligne, de 1 à {LONGEST_SUBJECT} caractères\u00a0: il en a "
            f"{len(typed(act.subject))}. Abrégez-le."
        )
    if not _MATTER.fullmatch(act.matter):
        return (
            f"La matière «\u00a0{act.matter}\u00a0» n’a pas ses deux premiers niveaux\u00a0: choisissez-la, comme "
            "«\u00a05.7\u00a0»."
        )
    if _extension(act.document) != "pdf":
        return "L’acte n’est pas un PDF\u00a0: déposez-le au format PDF."
    for rank, one in enumerate(act.annexes, 1):
        if not _extension(one):
            return f"L’annexe {rank} n’est pas un PDF ni une image PNG ou JPEG\u00a0: remplacez-la."
    return why_too_heavy(act.size)


def why_not_return_to(email: str) -> str | None:
    """Say in French why the envelope does not take this address, to which the prefecture answers, or None."""
    if _ADDRESS.fullmatch(email):
        return None
    return (
        f"L’enveloppe que lit la préfecture ne prend pas l’adresse «\u00a0{email}\u00a0»\u00a0: il y faut des lettres "
        "sans accent, des chiffres, des points, «\u00a0-\u00a0» ou «\u00a0_\u00a0», et une fin de 2 à 6 lettres, comme "
        "actes@commune.fr. Donnez-en une autre."
    )


def why_too_heavy(size: int) -> str | None:
    """Say in French why so many bytes do not leave, or None."""
    if size <= MOST_BYTES:
        return None
    return (
        f"L’acte et ses annexes pèsent {bytes_in_french(size)}, et la transmission en accepte "
        f"{bytes_in_french(MOST_BYTES)}\u00a0: allégez les annexes."
    )


def typed(words: str) -> str:
    """Return the words in the alphabet of the message: « œuvre » is « oeuvre », « ’ » is « ' »."""
    return words.translate(_TYPED)


def message(act: Sending) -> bytes:
    """Return the message « Acte » (1-1) in XML."""
    names = list(act.files)
    root = new_root("Acte", Date=act.identifier.adopted_on.isoformat(), NumeroInterne=normalise(act.identifier.number),
                 CodeNatureActe=str(NATURES.index(act.identifier.nature) + 1))  # fmt: skip
    for rank, code in enumerate(act.matter.split("."), 1):
        under(root, f"CodeMatiere{rank}", CodeMatiere=code)
    under(root, "Objet", typed(act.subject))
    under(root, "ClassificationDateVersion", act.classification_on.isoformat())
    under(under(root, "Document"), "NomFichier", names[0])
    annexes = under(root, "Annexes", Nombre=str(len(names) - 1))
    for name in names[1:]:
        under(under(annexes, "Annexe"), "NomFichier", name)
    under(root, "DocumentPapier", "O" if act.is_followed_by_paper else "N")
    return as_bytes(root)


def envelope(sender: Sender, names: Sequence[str]) -> bytes:
    """Return the envelope in XML: who sends, where answers go, the messages by their names."""
    root = new_root("EnveloppeCLMISILL")
    whence = under(root, "Emetteur")
    place = under(whence, "IDCL", Departement=sender.department, Arrondissement=sender.district, Nature=sender.nature)
    place.set(f"{{{INSEE}}}SIREN", sender.siren)
    if sender.referent:
        person = under(whence, "Referent")
        for name, words in (("Nom", sender.referent), ("Telephone", sender.phone), ("Email", sender.email)):
            under(person, name, typed(words))
    under(under(root, "AdressesRetour"), "Email", sender.email)
    sent = under(root, "FormulairesEnvoyes")
    for name in names:
        under(under(sent, "Formulaire"), "NomFichier", name)
    return as_bytes(root)


# Those by which a body answers a letter of the prefecture.
ANSWERS = {
    "2-2": "ReponseCourrierSimple",
    "3-3": "RefusPieceComplementaire",
    "3-4": "PieceComplementaire",
    "4-3": "RejetLettreObservations",
    "4-4": "ReponseLettreObservations",
}


def answer_name(kind: str, identifier: str, flow: str) -> str:
    """Return the name of the file of an answer; `kind` is that of a file of its act."""
    return f"{kind}-{identifier}-{flow}_1.pdf"


def answer(flow: str, identifier: str, letter_on: date, name: str) -> bytes:
    """Return the message by which a body answers the letter of this day about this act, with the name of its file."""
    root = new_root(ANSWERS[flow], DateCourrierPref=letter_on.isoformat(), IDActe=identifier)
    inside = under(root, "Documents") if flow == "3-4" else root
    under(under(inside, "Document"), "NomFichier", name)
    return as_bytes(root)


def archive(act: Sending, *, sender: Sender, device: str, sent_on: date, series: int = 1) -> tuple[str, bytes]:
    """Return the name and the bytes of the archive, as `write_archive` makes it. Raises Refused."""
    buffer = io.BytesIO()
    name = write_archive(buffer, act, sender=sender, device=device, sent_on=sent_on, series=series)
    return name, buffer.getvalue()


def write_archive(file: BinaryIO, act: Sending, *, sender: Sender, device: str, sent_on: date, series: int = 1) -> str:
    """Write the archive, piece by piece, and return its name: flat, the envelope first; the same act, the same bytes.

    `device` is the three letters of the transmission device, `series` the rank of the envelope that day. Raises
    Refused, before anything is written.
    """
    refuse(siret.why_not_siren(sender.siren) or why_not_return_to(sender.email) or why_not_send(act))
    name = f"EACT--{sender.siren}--{sent_on:%Y%m%d}-{series}"
    inside = f"{act.stem}_0.xml"
    contents: dict[str, Content] = {f"{name}.xml": envelope(sender, [inside]), inside: message(act), **act.files}
    # PDFs are compressed already: more effort gains nothing.
    with (
        gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0, compresslevel=1) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar,
    ):
        for path, content in contents.items():
            member = tarfile.TarInfo(path)
            member.size, member.mode = _size(content), 0o644
            with _opened(content) as source:
                tar.addfile(member, source)
    return f"{device}-{name}.tar.gz"
