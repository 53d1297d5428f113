"""Messages that a prefecture would write, made from an act as it was sent; by the twin, and by our server of trial.

How it answers is decided by the subject of the act: « (anomalie) », « (silence) », or a letter once it is received,
« (pièces) », « (observations) », « (déféré) », « (courrier) ». It acknowledges all others the second time it is asked.
Words before it may share the brackets: « (fictive, pièces) ».
"""

from __future__ import annotations

import gzip
import io
import re
import tarfile
from datetime import date
from typing import Any

import pikepdf
from lxml import etree  # type: ignore[import-untyped]

from socle.deliberations import matters
from socle.deliberations.contract import Answer, Progress, Stage
from socle.deliberations.elements import ACTES, INSEE, as_bytes, new_root, under
from socle.deliberations.transmission import ANSWERS

CLASSIFICATION_ON = date(2019, 3, 1)
KINDS = {"DE": "99_DE", "AR": "99_AR", "AI": "99_AI", "CC": "99_DC", "BF": "99_BU", "AU": "99_AU"}
NATURE_NAMES = ("Délibérations", "Actes réglementaires", "Actes individuels", "Contrats, conventions et avenants",
                "Documents budgétaires et financiers", "Autres")  # fmt: skip
# The letters that a prefecture writes of an act that it received: their root, and where they say why.
LETTERS = {
    "2-1": ("CourrierSimple", ""),
    "3-1": ("DemandePieceComplementaire", "DescriptionPieces"),
    "4-1": ("LettreObservations", "Motif"),
    "5-1": ("DefereTA", "NatureIllegalite"),
}


ANOMALY, SILENCE = "anomalie", "silence"
# Of the letter that an act calls for: its message, and what it says.
WORDS = {
    "pièces": ("3-1", "Le plan annexé manque."),
    "observations": ("4-1", "L’article 2 ne cite pas son fondement."),
    "déféré": ("5-1", "Incompétence."),
    "courrier": ("2-1", ""),
}
REFUSED = "ODT-VERIF-17 : la transaction n’est pas reconnue (anomalie simulée)"
NUMBER_TAKEN = "Un acte portant le même numéro interne existe déjà dans la base de données."


def letter_for(subject: str) -> tuple[str, str] | None:
    """The letter that an act of this subject calls for: its message, and its words."""
    return next((letter for word, letter in WORDS.items() if calls_for(word, subject)), None)


def calls_for(word: str, subject: str) -> bool:
    """Whether some brackets of the subject end with this word, and with others that explain it."""
    return re.search(rf"\((?:[^()]*, )?{word}\b[^(),]*\)", subject) is not None


def answer(act: bytes, identifier: str, *, subject: str, looks: int, on: date) -> Progress:
    """Say how far an act is when it is asked for the `looks`-th time, and what the prefecture wrote of it."""
    if calls_for(SILENCE, subject) or looks < 2:
        return Progress(Stage.SENT)
    if calls_for(ANOMALY, subject):
        return Progress(
            Stage.REFUSED, anomaly(act, nature="999", detail=REFUSED, on=on), f"Anomalie signalée\u00a0: {REFUSED}"
        )
    return Progress(Stage.RECEIVED, receipt(act, identifier, received_on=on))


# --- What a device writes by itself to the prefecture, on behalf of a body --------------------------------------------
# That a letter was read (3-2, 4-2), by the message that brought it.
READ = {"3-1": "ARDemandePieceComplementaire", "4-1": "ARLettreObservations"}


def read_receipt(flow: str, identifier: str, letter_on: date) -> bytes:
    """Return the message that says that the letter of this day, brought by `flow` (3-1 or 4-1), was read."""
    return as_bytes(new_root(READ[flow], DateCourrierPref=letter_on.isoformat(), IDActe=identifier))


def classification_request(known_on: date) -> bytes:
    """Return the message « DemandeClassification » (7-1): the one that is known is of this day."""
    root = new_root("DemandeClassification")
    under(root, "DateClassification", known_on.isoformat())
    return as_bytes(root)


def cancellation(identifier: str) -> bytes:
    """Return the message « Annulation » (6-1): of the transmission, not of the act."""
    return as_bytes(new_root("Annulation", IDActe=identifier))


# --- What a prefecture reads and writes -------------------------------------------------------------------------------
def why_not_answer(answer: Answer, *, identifier: str) -> str | None:
    """Say why a prefecture does not take this answer to the letter that it wrote about an act, or None."""
    root = etree.fromstring(answer.message)
    told = {etree.QName(name).localname: value for name, value in root.attrib.items()}
    names = [one.text for one in root.iter(f"{{{ACTES}}}NomFichier")]
    letter_on = day_of_letter(identifier).isoformat()
    if (etree.QName(root).localname, told) != (
        ANSWERS[answer.flow], {"IDActe": identifier, "DateCourrierPref": letter_on}
    ):  # fmt: skip
        return "La réponse ne parle pas du courrier que la préfecture simulée a écrit."
    if names != [answer.name] or not answer.document.read_bytes().startswith(b"%PDF-"):
        return "La réponse n’a pas son fichier, en PDF."
    return None


def answer_receipt(flow: str, identifier: str, *, received_on: date) -> bytes:
    """Return the receipt (3-5, 4-5) of an answer; of one to a mere letter there is none."""
    name = {"3": "ARPieceComplementaire", "4": "ARReponseRejetLettreObservations"}.get(flow[0])
    if name is None:
        return b""
    root = new_root(name, DateReception=received_on.isoformat())
    under(root, "InfosCourrierPref", DateCourrierPref=day_of_letter(identifier).isoformat(), IDActe=identifier)
    return as_bytes(root)


def day_of_letter(identifier: str) -> date:
    """The day of the letters that are written here about an act: that of its decision."""
    return date.fromisoformat(identifier.split("-")[2])


def receipt(act: bytes, identifier: str, *, received_on: date, in_force_on: date = CLASSIFICATION_ON) -> bytes:
    """Return the receipt (1-2) of this message « Acte »."""
    root = new_root("ARActe", DateReception=received_on.isoformat(), IDActe=identifier)
    _echo(root, act)
    under(root, "ClassificationDateVersionEnCours", in_force_on.isoformat())
    return as_bytes(root)


def anomaly(act: bytes, *, nature: str, detail: str, on: date, in_force_on: date = CLASSIFICATION_ON) -> bytes:
    """Return the anomaly (1-3) about this message « Acte »."""
    root = new_root("AnomalieActe")
    under(root, "Date", on.isoformat())
    under(root, "Nature", nature)
    under(root, "Detail", detail)
    _echo(root, act)
    under(root, "ClassificationDateVersionEnCours", in_force_on.isoformat())
    return as_bytes(root)


def letter(flow: str, identifier: str, *, on: date, says: str = "") -> bytes:
    """Return a letter (2-1, 3-1, 4-1, 5-1) about an act, of this day."""
    name, place = LETTERS[flow]
    about = {"IDActe": identifier} if flow == "5-1" else {"DateCourrierPref": on.isoformat(), "IDActe": identifier}
    root = new_root(name, **about)
    if flow == "5-1":
        under(root, "DateDepot", on.isoformat())
    if place:
        under(root, place, says)
    inside = under(under(root, "PiecesJointes"), "PieceJointe") if flow == "5-1" else under(root, "Document")
    under(inside, "NomFichier", f"{identifier}-{flow}_1.pdf")
    return as_bytes(root)


def cancellation_receipt(identifier: str, *, on: date) -> bytes:
    """Return the receipt of a cancellation (6-2)."""
    return as_bytes(new_root("ARAnnulation", DateReception=on.isoformat(), IDActe=identifier))


def classification(*, of: date = CLASSIFICATION_ON) -> bytes:
    """Return a nomenclature (7-2): the two levels that ship here, and one of the third, the prefecture's own."""
    root = new_root("RetourClassification")
    under(root, "DateClassification", of.isoformat())
    natures = under(root, "NaturesActes")
    for rank, (code, label) in enumerate(zip(KINDS, NATURE_NAMES, strict=True), 1):
        nature = under(natures, "NatureActe", CodeNatureActe=str(rank), Libelle=label, TypeAbrege=code)
        for kind, name in ((KINDS[code], label), ("99_SE", "Fichier de signature électronique"), ("22_NE", "Note")):
            under(nature, "TypePJNatureActe", CodeTypePJ=kind, Libelle=name)
    parents: dict[str, Any] = {}
    listed = under(root, "Matieres")
    for code in matters.codes():
        first, second = code.split(".")
        label, _, below = matters.name_of(code).partition(", ")
        if first not in parents:
            parents[first] = under(listed, "Matiere1", CodeMatiere=first, Libelle=label)
        element = under(parents[first], "Matiere2", CodeMatiere=second, Libelle=below)
        if code == "1.1":
            under(element, "Matiere3", CodeMatiere="1", Libelle="Délibérations relatives aux marchés publics")
    return as_bytes(root)


def archive(messages: dict[str, bytes], *, siren: str, department: str, on: date) -> bytes:
    """Return these files in an archive as a prefecture sends them, its envelope first."""
    envelope = new_root("EnveloppeMISILLCL")
    under(under(envelope, "Emetteur"), "IDPref", Departement=department)
    listed = under(envelope, "FormulairesEnvoyes")
    for name in messages:
        if name.endswith(".xml"):
            under(under(listed, "Formulaire"), "NomFichier", name)
    under(envelope, "Destinataire").set(f"{{{INSEE}}}SIREN", siren)
    files = {f"EACT--PREF{department}-{siren}-{on:%Y%m%d}-1.xml": as_bytes(envelope), **messages}
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return gzip.compress(buffer.getvalue(), mtime=0)


def letter_archive(identifier: str, siren: str, flow: str, says: str) -> bytes:
    """Return the archive of a letter about this act, of the day of its decision, with the letter itself."""
    on = day_of_letter(identifier)
    files = {
        f"{identifier}-{flow}_0.xml": letter(flow, identifier, on=on, says=says),
        f"{identifier}-{flow}_1.pdf": page(),
    }
    return archive(files, siren=siren, department=identifier[:3], on=on)


def page() -> bytes:
    """Return a PDF of one page, which says nothing."""
    buffer = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(595, 842))
        pdf.save(buffer)
    return buffer.getvalue()


def _echo(root: Any, act: bytes) -> None:
    sent = etree.fromstring(act)
    echoed = etree.SubElement(root, f"{{{ACTES}}}ActeRecu", dict(sent.attrib))
    echoed.extend(list(sent))
