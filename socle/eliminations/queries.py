"""Archives at their term, slips under way, agreements: read by several screens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from socle.eliminations.models import Slip, StandingAgreement
from socle.lib.declared import Batch, Ending, Rule
from socle.people.models import Beneficiary
from socle.retention.table import rules

# A slip a season is enough: « À faire » does not speak of it more often.
PACE = timedelta(days=90)


@dataclass(frozen=True)
class Proposal:
    """Archives that one rule proposes to eliminate: its articles, year by year."""

    rule: Rule
    batches: tuple[Batch, ...]

    @property
    def count(self) -> int:
        return sum(len(one.rows) for one in self.batches)


def ended_by_slip() -> tuple[Rule, ...]:
    """The rules whose archives come to a term, and go by a slip."""
    return tuple(one for one in rules() if one.ends == Ending.SLIP and one.archives)


def proposals(beneficiary: Beneficiary, *, at: datetime) -> list[Proposal]:
    """Return what this beneficiary may propose to eliminate at this instant; a few queries a rule."""
    found = []
    for rule in ended_by_slip():
        kept = rule.kept_as
        batches = tuple(kept.due(beneficiary.pk, rule.before(at))) if kept is not None else ()
        if batches:
            found.append(Proposal(rule, batches))
    return found


def count_due(beneficiary: Beneficiary, *, at: datetime) -> int:
    """How many files this beneficiary may propose; one query a rule."""
    kept = ((rule, rule.kept_as) for rule in ended_by_slip())
    return sum(one.count(beneficiary.pk, rule.before(at)) for rule, one in kept if one is not None)


def latest(beneficiary: Beneficiary) -> Slip | None:
    """The last slip that was prepared: the one under way, when there is one."""
    slip: Slip | None = Slip.objects.filter(beneficiary=beneficiary).select_related("document").first()
    return slip


def is_time_to_propose(last: Slip | None, *, at: datetime) -> bool:
    """Whether a slip is worth speaking of: none is under way, nor was made this season."""
    return last is None or (not last.is_open and last.made_at <= at - PACE)


def agreements(beneficiary: Beneficiary) -> list[StandingAgreement]:
    """Those that nobody ended, some perhaps over by their own day."""
    return list(StandingAgreement.objects.filter(beneficiary=beneficiary, ended_at=None))
