"""Rules: who signs when. Who may sign in whose name is known above, by those who know what the document binds."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.conf import settings

from socle.documents.models import Document
from socle.lib import dates
from socle.people.models import User
from socle.signing import contract
from socle.signing.evidence import SignIn
from socle.signing.models import PaperSignature, Slot, Way
from socle.signing.prints import Scan, number_of

# Between the last time a person was identified and the gesture: long enough to read, too short to walk away.
SIGNED_IN_WITHIN = timedelta(minutes=10)
# A file takes longer to find and to send than a text to read.
HANDED_OVER_WITHIN = timedelta(minutes=30)
# How long a party may contest what was recorded in its name, from the day it was told.
TO_CONTEST = timedelta(days=15)


def why_not_sign(slot: Slot, *, by: User) -> str | None:
    """Say in French why this place cannot be signed now, or None. Every caller shows the sentence as it is."""
    if slot.signed_at is not None:
        signer = slot.signed_by.name if slot.signed_by else "une personne dont le compte n’existe plus"
        return f"Cette place est déjà signée, par {signer}, le {dates.at_in_words(slot.signed_at)}."
    if slot.round.closed_at is not None:
        return (
            f"Le parapheur est clos depuis le {dates.at_in_words(slot.round.closed_at)}\u00a0: rien ne s’y signe plus."
        )
    if slot.recorded_at is not None:
        return (
            f"Cette place est enregistrée sur papier depuis le {dates.at_in_words(slot.recorded_at)}, et attend d’être "
            "confirmée."
        )
    # All of the round, in the order of ranks: whoever asks several questions of a place reads them once.
    first = next((one for one in slot.round.slots.all() if one.rank < slot.rank and one.is_free), None)
    if first is not None:
        return f"Ce n’est pas encore votre tour. Signature attendue d’abord\u00a0: {first.label}."
    if not by.is_active:
        return "Ce compte est fermé\u00a0: il ne peut pas signer."
    if not by.name.strip():
        return "Votre nom manque à votre compte\u00a0: complétez-le avant de signer."
    return None


def why_not_in_product(slot: Slot, *, sign_in: SignIn | None, at: datetime) -> str | None:
    """Say in French why this place cannot be sealed in the platform by who is identified so, or None.

    A demonstration asks for no password: its people are invented, and what they sign says so.
    """
    if reason := why_not_deposit(slot):
        return reason
    return why_not_identified(sign_in, at=at)


def why_not_identified(sign_in: SignIn | None, *, at: datetime) -> str | None:
    """Say in French why whoever is identified so is to be identified again before this gesture, or None."""
    if sign_in is None:
        return None if settings.DEMO else "Identifiez-vous de nouveau pour signer."
    if (sign_in.decided_at or at) - sign_in.at > SIGNED_IN_WITHIN:
        return (
            "Vous vous êtes identifié·e il y a plus de dix minutes\u00a0: déconnectez-vous, reconnectez-vous, "
            "puis signez."
        )
    return None


def why_not_hand_over(sign_in: SignIn | None, *, at: datetime) -> str | None:
    """Say in French why whoever is identified so is to be identified again before they hand over a paper, or None."""
    if sign_in is None:
        return None if settings.DEMO else "Identifiez-vous de nouveau pour enregistrer ce papier."
    if at - sign_in.at > HANDED_OVER_WITHIN:
        return (
            "Vous vous êtes identifié·e il y a plus d’une demi-heure\u00a0: rouvrez cette page, identifiez-vous, puis "
            "déposez de nouveau le fichier."
        )
    return None


def why_not_deposit(slot: Slot) -> str | None:
    """Say in French why no electronic signature can be put in this place, or None."""
    if not contract.is_set():
        return (
            "Cette plateforme n’a pas de cachet de signature\u00a0: rien ne s’y signe. La personne qui l’administre "
            "le règle (docs/guide/signer.md)."
        )
    if any(one.way == Way.PAPER for one in slot.round.slots.all()):
        return "Ce document se signe sur papier\u00a0: une signature commencée sur papier s’y achève."
    return None


def why_not_paper(slot: Slot) -> str | None:
    """Say in French why a signature on paper cannot be recorded in this place, or None."""
    if any(one.way not in ("", Way.PAPER) for one in slot.round.slots.all()):
        return "Une partie a déjà signé ce document sous forme électronique\u00a0: il s’achève de même."
    return None


def why_not_scan(slot: Slot, scan: Scan) -> str | None:
    """Say in French why this scan is not the one of a paper signed in this place, or None.

    Whoever attests may be mistaken, in a hurry, or worse: the file itself must be a picture of this very print, with
    ink where this party signs.
    """
    return _why_known(slot, scan) or _why_another_print(slot, scan) or _why_no_ink(slot, scan)


def _why_known(slot: Slot, scan: Scan) -> str | None:
    """These very bytes are known: the scan of another document, or one that the platform made."""
    papers = PaperSignature.objects.filter(scan__sha256=scan.sha256)
    places = Slot.objects.filter(way=Way.PAPER, result__sha256=scan.sha256)
    if papers.exclude(slot__round=slot.round_id).exists() or places.exclude(round=slot.round_id).exists():
        return (
            "Cette numérisation est déjà enregistrée pour un autre document\u00a0: choisissez celle de l’original "
            "qui porte cette signature."
        )
    if not papers.exists() and not places.exists() and Document.objects.filter(sha256=scan.sha256).exists():
        return (
            "Ce fichier est un document que la plateforme garde déjà, et non la numérisation d’un papier\u00a0: "
            "imprimez-le, faites-le signer, numérisez-le, puis déposez la numérisation."
        )
    return None


def _why_another_print(slot: Slot, scan: Scan) -> str | None:
    """Its codes are of another print, or its pages were never on paper."""
    own = slot.round.code
    found = sorted(scan.codes)
    if len(found) > 1:
        several = " et ".join(f"n°\u00a0{number}" for number in sorted({number_of(one) for one in found}))
        return (
            f"Ce fichier mêle les pages de plusieurs impressions (convention {several})\u00a0: ne numérisez que "
            "celle qui est signée ici."
        )
    if found and found[0] != own:
        number = number_of(found[0])
        if own and number == number_of(own):
            return (
                f"Ce papier est une impression précédente de la convention n°\u00a0{number}, qui a changé "
                "depuis\u00a0: imprimez celle d’aujourd’hui, et faites-la signer."
            )
        return f"Ce papier est une autre convention, la n°\u00a0{number}\u00a0: enregistrez-le sur sa page."
    if not any(page.is_scanned for page in scan.pages):
        return (
            "Ce fichier n’est pas une numérisation\u00a0: ses pages sont du texte, composé par un logiciel. "
            "Numérisez le papier signé, sans le convertir en texte, puis déposez-le."
        )
    return None


def _why_no_ink(slot: Slot, scan: Scan) -> str | None:
    places = [page for page in scan.pages if page.has_ink is not None]
    if places and not any(page.has_ink for page in places):
        return (
            f"Rien n’est écrit dans le cadre de «\u00a0{slot.label}\u00a0»\u00a0: ce papier n’est pas signé par "
            "cette partie. Une fois qu’elle a signé dans son cadre, numérisez-le de nouveau."
        )
    if places and not any(page.is_scanned for page in places if page.has_ink):
        return "La page des signatures n’est pas une numérisation\u00a0: numérisez le papier signé, puis déposez-le."
    return None


def why_not_answer(paper: PaperSignature) -> str | None:
    """Say in French why nothing is to be said any more of a signature recorded on paper, or None."""
    if paper.status == PaperSignature.Status.WAITING:
        return None
    on = f", le {dates.in_words(dates.day_of(paper.settled_at))}" if paper.settled_at else ""
    return f"Cette signature sur papier est déjà {paper.get_status_display()}{on}."


def why_not_attest(paper: PaperSignature, *, by: User) -> str | None:
    """Say in French why this person cannot be the second who attests a paper, or None."""
    if reason := why_not_answer(paper):
        return reason
    if paper.has_code:
        return "Le code de la convention a été lu sur ce papier\u00a0: il n’a pas besoin d’une seconde attestation."
    if paper.attested_at is not None:
        return f"Ce papier est déjà attesté par une seconde personne, le {dates.at_in_words(paper.attested_at)}."
    if paper.recorded_by_id == by.pk:
        return (
            "Vous avez enregistré ce papier\u00a0: une autre personne l’atteste. S’il n’y en a pas, la confirmation "
            "de la partie suffit."
        )
    return None


def last_day_to_contest(paper: PaperSignature) -> date | None:
    """Return the last day on which its party may contest a paper and after which its silence counts, or None.

    Silence counts when the party was told, of a paper whose code was read or that a second person has attested.
    """
    if paper.told_at is None or not (paper.has_code or paper.attested_at):
        return None
    return dates.day_of(paper.told_at) + TO_CONTEST


def why_not_let_pass(paper: PaperSignature, *, on: date) -> str | None:
    """Say in French why the silence of its party does not make a paper sure on this day, or None."""
    if reason := why_not_answer(paper):
        return reason
    last = last_day_to_contest(paper)
    if last is None:
        return "Sa partie n’en est pas avertie, ou aucune seconde personne ne l’atteste\u00a0: son silence ne dit rien."
    return None if on > last else f"Sa partie peut la contester jusqu’au {dates.in_words(last)}."
