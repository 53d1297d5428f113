"""Signatures on paper of an agreement: recorded, then sure once each party has said so; the last one concludes it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import date, datetime

from django.db import models, transaction
from django_scopes import scopes_disabled

from socle.agreements import actions, paper_rules, rules
from socle.agreements.models import Agreement, Status
from socle.agreements.paper_emails import tell_papers
from socle.journal import actions as journal
from socle.lib import dates
from socle.lib.refusals import Refused, refuse
from socle.people.models import User
from socle.signing import on_paper, prints
from socle.signing.evidence import SignIn
from socle.signing.models import PaperSignature
from socle.signing.rules import why_not_hand_over, why_not_let_pass


def record(
    agreement: Agreement, *, content: bytes, signed_on: date, by: User, at: datetime, sign_in: SignIn | None = None
) -> PaperSignature:
    """Record that the next party signed on paper on this day: its scan is read, then kept, and this person attests it.

    The signatory is whoever holds the office on that day. The scan is read first, outside of the transaction, for it
    takes seconds; everything is checked again once the rows are held. Raises Refused, and keeps nothing.
    """
    on = dates.day_of(at)
    refuse(why_not_hand_over(sign_in, at=at))
    refuse(paper_rules.why_not_record_paper(agreement, signed_on=signed_on, by=by, on=on))
    party = rules.next_party(agreement)
    # What is missing otherwise, why_not_record_paper has refused.
    assert party is not None
    assert agreement.round is not None
    slot = agreement.round.slots.select_related("round__original").get(rank=party.rank)
    scan = prints.read(slot, content)
    with transaction.atomic():
        agreement = actions.held(agreement)
        refuse(paper_rules.why_not_record_paper(agreement, signed_on=signed_on, by=by, on=on))
        signatory = rules.signatory_of(party, on=signed_on)
        assert signatory is not None
        paper = on_paper.record(
            slot, scan=scan, signatory=signatory, signed_on=signed_on, by=by, at=at, sign_in=sign_in
        )
        journal.record("agreement.paper_recorded", agreement, by=by, at=at, **_facts(agreement, paper))
        _concluded(agreement, paper, by=by, at=at)
    return paper


def confirm(
    agreement: Agreement, paper: PaperSignature, *, by: User, at: datetime, sign_in: SignIn | None = None
) -> Agreement:
    """Confirm a signature on paper in the name of its party; the last one concludes the agreement. Raises Refused."""

    def act(agreement: Agreement, paper: PaperSignature) -> None:
        refuse(paper_rules.why_not_answer_paper(agreement, paper, by=by, on=dates.day_of(at)))
        on_paper.confirm(paper, by=by, at=at, sign_in=sign_in)
        journal.record("agreement.paper_confirmed", agreement, by=by, at=at, **_facts(agreement, paper))

    return _answered(agreement, paper, act, by=by, at=at)


def attest(
    agreement: Agreement, paper: PaperSignature, *, by: User, at: datetime, sign_in: SignIn | None = None
) -> Agreement:
    """Attest, as a second person, a paper on which no code was read. Raises Refused."""

    def act(agreement: Agreement, paper: PaperSignature) -> None:
        refuse(paper_rules.why_not_attest_paper(agreement, paper, by=by, on=dates.day_of(at)))
        on_paper.attest(paper, by=by, at=at, sign_in=sign_in)
        journal.record("agreement.paper_attested", agreement, by=by, at=at, **_facts(agreement, paper))

    return _answered(agreement, paper, act, by=by, at=at)


def contest(agreement: Agreement, paper: PaperSignature, *, reason: str, by: User, at: datetime) -> Agreement:
    """Contest a signature on paper in the name of its party: its place waits again. Raises Refused."""

    def act(agreement: Agreement, paper: PaperSignature) -> None:
        refuse(paper_rules.why_not_answer_paper(agreement, paper, by=by, on=dates.day_of(at)))
        on_paper.contest(paper, reason=reason, by=by, at=at)
        journal.record("agreement.paper_contested", agreement, by=by, at=at, **_facts(agreement, paper))

    return _answered(agreement, paper, act, by=by, at=at)


def let_pass(agreement: Agreement, paper: PaperSignature, *, by: User, at: datetime) -> Agreement:
    """Hold for sure a signature on paper that its party did not contest in its time. Raises Refused."""

    def act(agreement: Agreement, paper: PaperSignature) -> None:
        on_paper.let_pass(paper, by=by, at=at)
        journal.record("agreement.paper_uncontested", agreement, by=by, at=at, **_facts(agreement, paper))

    return _answered(agreement, paper, act, by=by, at=at)


def settle_due(*, by: User, at: datetime) -> int:
    """Tell the parties that nobody could tell before, and hold for sure what none contested in its time.

    Return how many became sure. One that is refused waits on.
    """
    done = 0
    with scopes_disabled():
        for paper in waiting().select_related("slot__round__agreement"):
            agreement = paper.slot.round.agreement
            if paper.told_at is None:
                tell_papers(agreement, by=by, at=at)
            elif why_not_let_pass(paper, on=dates.day_of(at)) is None:
                with contextlib.suppress(Refused):
                    let_pass(agreement, paper, by=by, at=at)
                    done += 1
    return done


def waiting() -> models.QuerySet[PaperSignature]:
    """The signatures on paper that wait to be sure, of agreements at the signature, the oldest first."""
    return PaperSignature.objects.filter(
        status=PaperSignature.Status.WAITING, slot__round__agreement__status=Status.READY
    )


@transaction.atomic
def _answered(
    agreement: Agreement,
    paper: PaperSignature,
    act: Callable[[Agreement, PaperSignature], None],
    *,
    by: User,
    at: datetime,
) -> Agreement:
    agreement = actions.held(agreement)
    paper, _ = on_paper.held(paper)
    act(agreement, paper)
    return _concluded(agreement, paper, by=by, at=at)


def _facts(agreement: Agreement, paper: PaperSignature) -> dict[str, object]:
    return {"party": paper_rules.party_of_paper(agreement, paper).kind, "paper": paper.pk}


def _concluded(agreement: Agreement, paper: PaperSignature, *, by: User, at: datetime) -> Agreement:
    """Conclude the agreement when this was the last signature to be sure, if it may still be."""
    assert agreement.round is not None
    agreement.round.refresh_from_db()
    if agreement.round.closed_at is None:
        return agreement
    refuse(rules.why_nothing_to_amend(agreement))
    return actions.concluded(agreement, agreement.round.current, by=by, at=at)
