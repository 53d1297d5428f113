"""When a signature on paper may be recorded, attested by another, confirmed or contested by its party, and by whom."""

from __future__ import annotations

from datetime import date

from socle.agreements.models import Agreement, Party, Status
from socle.agreements.rules import in_office, next_party, signatory_of, why_not_follow, why_unempowered
from socle.lib import dates
from socle.people.models import User
from socle.signing import rules as signing
from socle.signing.models import PaperSignature, Slot


def why_not_record_paper(agreement: Agreement, *, signed_on: date, by: User, on: date) -> str | None:
    """Say why a signature on paper, of this day, cannot be recorded for the next party by this person, or None.

    Whoever follows the agreement records it, or whoever signs for that party.
    """
    if agreement.status != Status.READY or agreement.round is None:
        return f"La convention est «\u00a0{agreement.get_status_display()}\u00a0»\u00a0: personne n’a à la signer."
    if reason := why_not_recorder(agreement, by=by, on=on):
        return reason
    party = next_party(agreement)
    if party is None:
        return "Toutes les parties ont signé, ou leur signature sur papier attend d’être confirmée."
    slots = list(agreement.round.slots.order_by("rank"))
    slot = next(one for one in slots if one.rank == party.rank)
    if reason := signing.why_not_paper(slot):
        return reason
    former = [_day_of(one) for one in agreement.round.slots.filter(rank__lt=party.rank).prefetch_related("papers")]
    earliest = max([dates.day_of(agreement.round.opened_at), *(day for day in former if day)])
    if signed_on < earliest:
        return f"La signature serait antérieure au {dates.in_words(earliest)}, jour de l’étape d’avant."
    if signed_on > on:
        return f"Le {dates.in_words(signed_on)} n’est pas encore venu\u00a0: vérifiez la date de signature."
    if signatory_of(party, on=signed_on) is None:
        return f"Personne n’exerçait ce jour-là la fonction qui signe pour «\u00a0{party.name}\u00a0»."
    return why_unempowered(agreement, party, on=signed_on)


def why_not_recorder(agreement: Agreement, *, by: User, on: date) -> str | None:
    """Say why this person is not one who records a signature on paper of this agreement, or None."""
    party = next_party(agreement)
    if party is not None and _signs_for(party, by, on=on):
        return None
    return why_not_follow(agreement.beneficiary, agreement.programme, by=by, on=on)


def why_not_answer_paper(agreement: Agreement, paper: PaperSignature, *, by: User, on: date) -> str | None:
    """Say why this person cannot confirm or contest, in the name of its party, a signature on paper, or None."""
    if reason := _why_not_open(agreement, paper):
        return reason
    party = party_of_paper(agreement, paper)
    if _signs_for(party, by, on=on):
        return None
    return f"La personne qui signe pour «\u00a0{party.name}\u00a0» confirme cette signature, ou la conteste."


def why_not_attest_paper(agreement: Agreement, paper: PaperSignature, *, by: User, on: date) -> str | None:
    """Say why this person cannot be the second who attests a signature on paper, or None."""
    return (
        _why_not_open(agreement, paper)
        or why_not_follow(agreement.beneficiary, agreement.programme, by=by, on=on)
        or signing.why_not_attest(paper, by=by)
    )


def party_of_paper(agreement: Agreement, paper: PaperSignature) -> Party:
    """The party in whose name a signature on paper was recorded."""
    party = agreement.parties.select_related("operator", "signatory").get(rank=paper.slot.rank)
    party.agreement = agreement
    return party


def _why_not_open(agreement: Agreement, paper: PaperSignature) -> str | None:
    if agreement.status != Status.READY or paper.slot.round_id != agreement.round_id:
        return (
            f"La convention est «\u00a0{agreement.get_status_display()}\u00a0»\u00a0: plus rien ne se dit de ce papier."
        )
    return signing.why_not_answer(paper)


def _signs_for(party: Party, user: User, *, on: date) -> bool:
    return any(one.user_id == user.pk for one in in_office(party, on=on))


def _day_of(slot: Slot) -> date | None:
    """The day on which a place was signed, on paper or otherwise, sure or not yet."""
    if slot.signed_at:
        return dates.day_of(slot.signed_at)
    waiting = [one.signed_on for one in slot.papers.all() if one.status == PaperSignature.Status.WAITING]
    return waiting[0] if waiting else None
