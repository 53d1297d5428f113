"""The official papers of an assembly, the latest of each kind."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from socle.assemblies import papers
from socle.assemblies.actions.outcome import sessions_of
from socle.assemblies.models import Meeting, Posting
from socle.assemblies.tally import roll_of
from socle.documents import actions as documents
from socle.documents.models import Document
from socle.documents.official import Mention, Official

HEAD = Mention("En-tête de l’organisme", r"République française|Commune|Syndicat")
PAGES = Mention("Numéro de page", r"Page 1 sur \d+")
HOUR = Mention("Jour et heure de la séance", r"Le \w+ \d+(?:er)? \w+ \d{4}, à \d+ h", "CGCT, L. 2121-15")
PRESIDENCY = Mention("Présidence de la séance", r"sous la présidence de", "CGCT, L. 2121-15")
SECRETARY = Mention("Secrétaire nommé ou nommée", r"secrétaire de séance", "CGCT, L. 2121-15")
MEMBERS = Mention("Membres présents et pouvoirs", r"Membre\s+Présence\s+Pouvoir à", "CGCT, L. 2121-15")
QUORUM = Mention("Quorum", r"Quorum|quorum", "CGCT, L. 2121-17")
SIGNED = Mention("Signatures", r"(?:Le|La) (?:maire|présidente?|première?)[\w\s-]*,", "CGCT, L. 2121-15")
# On a list and on a certificate the hour and who signs are of usage: the article is that of minutes and registers.
USUAL_HOUR, USUAL_SIGNED = replace(HOUR, article=""), replace(SIGNED, article="")


def _last() -> Meeting | None:
    held = Meeting.objects.filter(status=Meeting.Status.HELD, items__act__isnull=False)
    found: Meeting | None = held.select_related("president", "secretary").order_by("-starts_at", "-pk").first()
    return found


def _kept(document: Document | None) -> bytes | None:
    return documents.read(document) if document is not None else None


def _convocation(at: datetime) -> bytes | None:
    meeting = Meeting.objects.filter(convocation__isnull=False).order_by("-convened_at", "-pk").first()
    return _kept(meeting.convocation) if meeting else None


def _extract(at: datetime) -> bytes | None:
    meeting = _last()
    item = meeting.items.filter(act__isnull=False).select_related("act__document").last() if meeting else None
    return _kept(item.act.document) if item and item.act else None


def _list(at: datetime) -> bytes | None:
    meeting = _last()
    return _kept(meeting.list_act.document) if meeting and meeting.list_act else None


def _minutes(at: datetime) -> bytes | None:
    meeting = _last()
    return papers.minutes(meeting, list(meeting.items.all()), roll_of(meeting), at=at) if meeting else None


def _certificate(at: datetime) -> bytes | None:
    posting = Posting.objects.select_related("document").order_by("-noted_at", "-pk").first()
    return _kept(posting.document) if posting else None


def _register(at: datetime) -> bytes | None:
    meeting = _last()
    if meeting is None:
        return None
    year, assembly = meeting.held_on.year, meeting.assembly
    return papers.register(assembly, sessions_of(assembly, year), [], year=year).set(at=at)


PAPERS = (
    Official(
        "convocation",
        "Convocation",
        "le maire, la maire ou la présidence",
        (
            HEAD,
            PAGES,
            Mention("Jour, heure et lieu", r"se tiendra le \w+ \d+(?:er)? \w+ \d{4} à \d+ h", "CGCT, L. 2121-10"),
            Mention("Ordre du jour", r"Ordre du jour 1\. ", "CGCT, L. 2121-10"),
            Mention("Auteur ou autrice", r"(?:Le|La) (?:maire|président)e?,", "CGCT, L. 2121-10"),
        ),
        _convocation,
        ("délai (jours francs)",),
    ),
    Official(
        "deliberation",
        "Extrait du registre des délibérations",
        "qui a présidé, et le ou la secrétaire de séance",
        (
            HEAD,
            PAGES,
            Mention("Place du visa", r"Réservé au visa de la préfecture"),
            HOUR,
            PRESIDENCY,
            SECRETARY,
            MEMBERS,
            QUORUM,
            Mention("Issue du vote", r"à l’unanimité|par \d+ voix pour"),
            Mention("Dispositif", r"après en avoir délibéré.* décide\s:"),
            Mention("Séance et commune, au pied", r"– séance du \d+", "CGCT, R. 2121-9"),
            SIGNED,
        ),
        _extract,
        ("arrondissement", "voies et délais de recours"),
    ),
    Official(
        "liste",
        "Liste des délibérations examinées",
        "qui a présidé",
        (
            HEAD,
            PAGES,
            Mention("Délibérations et issues", r"Point Numéro Objet Issue", "CGCT, L. 2121-25"),
            USUAL_HOUR,
            USUAL_SIGNED,
        ),
        _list,
    ),
    Official(
        "proces-verbal",
        "Procès-verbal",
        "qui a présidé, et le ou la secrétaire de séance",
        (
            HEAD,
            PAGES,
            HOUR,
            PRESIDENCY,
            SECRETARY,
            MEMBERS,
            QUORUM,
            Mention("Ordre du jour", r"Ordre du jour 1\. ", "CGCT, L. 2121-15"),
            Mention("Résultat de chaque vote", r"Adoptée|Rejetée", "CGCT, L. 2121-15"),
            Mention("Teneur des discussions", r"Teneur des discussions", "CGCT, L. 2121-15"),
            SIGNED,
        ),
        _minutes,
    ),
    Official(
        "certificat-affichage",
        "Certificat d’affichage",
        "le maire, la maire ou la présidence",
        (
            HEAD,
            PAGES,
            Mention("Qui certifie, quoi", r"certifie que (?:la|le) .* de la séance du", "CGCT, L. 2121-25"),
            Mention("Jours d’affichage", r"affichée? (?:à la mairie|au siège) (?:du|le) \d+", "CGCT, L. 2121-25"),
            USUAL_SIGNED,
        ),
        _certificate,
    ),
    Official(
        "registre",
        "Registre des délibérations",
        "qui a présidé, et le ou la secrétaire de chaque séance",
        (
            HEAD,
            PAGES,
            Mention("Commune et jour de la séance, à chaque feuillet", r"– séance du \d+", "CGCT, R. 2121-9"),
            Mention("Cote et paraphe", r"Feuillet coté.*Paraphe", "CGCT, R. 2121-9"),
            Mention("Convocation", r"Convocation du \d+", "CGCT, L. 2121-10"),
            Mention("Numéro dans la séance", r"N° 1 de la séance", "CGCT, R. 2121-9"),
            Mention(
                "Feuillet de clôture et membres présents", r"Feuillet de clôture.*Membres présents", "CGCT, R. 2121-9"
            ),
            Mention("Table par date et par matière", r"Table par date.*Table par matière", "CGCT, R. 2121-9"),
            HOUR,
            SECRETARY,
            MEMBERS,
            QUORUM,
            SIGNED,
        ),
        _register,
        ("délibérations rejetées",),
    ),
)
