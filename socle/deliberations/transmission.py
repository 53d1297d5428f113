"""Message, envelope and archive of an act in the exchange format of @CTES, as a transmission device takes them.

Nothing is sent from here. Strict when leaving: what a prefecture or a device would refuse is refused with its remedy.
"""

from __future__ import annotations

import gzip
import io
import re
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from lxml import etree  # type: ignore[import-untyped]

from socle.deliberations.numbering import NATURES, Identifier, normalise
from socle.lib import siret
from socle.lib.refusals import refuse
from socle.lib.text import bytes_in_french

ACTES = "http://www.interieur.gouv.fr/ACTES#v1.1-20040216"
INSEE = "http://xml.insee.fr/schema"
MOST_BYTES = 150 * 1024 * 1024
LONGEST_SUBJECT = 499
# As the norm writes its messages; what its alphabet has not is written as people type it.
ENCODING = "ISO-8859-1"
_TYPED = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "œ": "oe", "Œ": "OE", "–": "-", "—": "-", "…": "...",
                        "€": "EUR", "\u202f": "\u00a0", "‑": "-"})  # fmt: skip
# The kind of a file, where it is not the nature of its act.
_KINDS = {"CC": "DC", "BF": "BU"}
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
    """One act to send: its identifier, its words, its file and those annexed to it, each a PDF."""

    identifier: Identifier
    subject: str
    matter: str
    classification_on: date
    document: bytes
    annexes: tuple[bytes, ...] = ()
    is_followed_by_paper: bool = False

    @property
    def stem(self) -> str:
        return f"{self.identifier}-1-1"

    @property
    def files(self) -> dict[str, bytes]:
        """The act, then its annexes, by their names in the archive."""
        kind = f"99_{_KINDS.get(self.identifier.nature, self.identifier.nature)}"
        return {f"{kind}-{self.stem}_{rank}.pdf": one for rank, one in enumerate((self.document, *self.annexes), 1)}


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
    if any(not one.startswith(b"%PDF-") for one in act.files.values()):
        return "Un fichier joint n’est pas un PDF\u00a0: remplacez-le par l’acte au format PDF."
    size = sum(len(one) for one in act.files.values())
    if size > MOST_BYTES:
        return (
            f"L’acte et ses annexes pèsent {bytes_in_french(size)}, et la transmission en accepte "
            f"{bytes_in_french(MOST_BYTES)}\u00a0: allégez les annexes."
        )
    return None


def typed(words: str) -> str:
    """Return the words in the alphabet of the message: « œuvre » is « oeuvre », « ’ » is « ' »."""
    return words.translate(_TYPED)


def message(act: Sending) -> bytes:
    """Return the message « Acte » (1-1) in XML."""
    names = list(act.files)
    root = _root("Acte", Date=act.identifier.adopted_on.isoformat(), NumeroInterne=normalise(act.identifier.number),
                 CodeNatureActe=str(NATURES.index(act.identifier.nature) + 1))  # fmt: skip
    for rank, code in enumerate(act.matter.split("."), 1):
        _under(root, f"CodeMatiere{rank}", CodeMatiere=code)
    _under(root, "Objet", typed(act.subject))
    _under(root, "ClassificationDateVersion", act.classification_on.isoformat())
    _under(_under(root, "Document"), "NomFichier", names[0])
    annexes = _under(root, "Annexes", Nombre=str(len(names) - 1))
    for name in names[1:]:
        _under(_under(annexes, "Annexe"), "NomFichier", name)
    _under(root, "DocumentPapier", "O" if act.is_followed_by_paper else "N")
    return _bytes(root)


def envelope(sender: Sender, names: Sequence[str]) -> bytes:
    """Return the envelope in XML: who sends, where answers go, the messages by their names."""
    root = _root("EnveloppeCLMISILL")
    whence = _under(root, "Emetteur")
    place = _under(whence, "IDCL", Departement=sender.department, Arrondissement=sender.district, Nature=sender.nature)
    place.set(f"{{{INSEE}}}SIREN", sender.siren)
    if sender.referent:
        person = _under(whence, "Referent")
        for name, words in (("Nom", sender.referent), ("Telephone", sender.phone), ("Email", sender.email)):
            _under(person, name, typed(words))
    _under(_under(root, "AdressesRetour"), "Email", sender.email)
    sent = _under(root, "FormulairesEnvoyes")
    for name in names:
        _under(_under(sent, "Formulaire"), "NomFichier", name)
    return _bytes(root)


def archive(act: Sending, *, sender: Sender, device: str, sent_on: date, series: int = 1) -> tuple[str, bytes]:
    """Return the name and the bytes of the archive: flat, the envelope first; the same act gives the same bytes.

    `device` is the three letters of the transmission device, `series` the rank of the envelope that day. Raises
    Refused.
    """
    refuse(siret.why_not_siren(sender.siren) or why_not_send(act))
    name = f"EACT--{sender.siren}--{sent_on:%Y%m%d}-{series}"
    inside = f"{act.stem}_0.xml"
    contents = {f"{name}.xml": envelope(sender, [inside]), inside: message(act), **act.files}
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for path, content in contents.items():
            member = tarfile.TarInfo(path)
            member.size, member.mode = len(content), 0o644
            tar.addfile(member, io.BytesIO(content))
    return f"{device}-{name}.tar.gz", gzip.compress(buffer.getvalue(), mtime=0)


def _root(name: str, **attributes: str) -> Any:
    root = etree.Element(f"{{{ACTES}}}{name}", nsmap={"actes": ACTES, "insee": INSEE})
    return _with(root, attributes)


def _under(parent: Any, name: str, text: str | None = None, **attributes: str) -> Any:
    element = etree.SubElement(parent, f"{{{ACTES}}}{name}")
    element.text = text
    return _with(element, attributes)


def _with(element: Any, attributes: dict[str, str]) -> Any:
    for name, value in attributes.items():
        element.set(f"{{{ACTES}}}{name}", value)
    return element


def _bytes(root: Any) -> bytes:
    return bytes(etree.tostring(root, xml_declaration=True, encoding=ENCODING, pretty_print=True))
