"""Changes that an amendment makes in its agreement: each clause before and after, in words."""

from __future__ import annotations

from datetime import date

from socle.agreements.models import Agreement
from socle.lib import dates, money

# A clause, what it said, what it says: as the document and the screens print them.
Change = tuple[str, str, str]
SERVICES, PRICE, END = "Services", "Contribution annuelle", "Dernier jour"


def changes_of(amendment: Agreement) -> list[Change]:
    """The clauses that an amendment changes: as they were printed once it is, as they would be today before."""
    if amendment.round_id is not None:
        return [(clause, before, after) for clause, before, after in amendment.changes]
    assert amendment.amends is not None  # an agreement that amends nothing has no changes to tell.
    return _between(amendment.amends, amendment)


def is_outdated(amendment: Agreement) -> bool:
    """Whether the agreement no longer has the price or the last day that its amendment, printed since, changes."""
    assert amendment.amends is not None  # as above.
    now = {PRICE: money.euros(amendment.amends.annual_price), END: _day(amendment.amends.ends_on)}
    return any(now.get(clause, before) != before for clause, before, _ in amendment.changes)


def _between(agreement: Agreement, amendment: Agreement) -> list[Change]:
    clauses = (
        (SERVICES, _services(agreement), _services(amendment)),
        (PRICE, money.euros(agreement.annual_price), money.euros(amendment.annual_price)),
        (END, _day(agreement.ends_on), _day(amendment.ends_on)),
    )
    return [clause for clause in clauses if clause[1] != clause[2]]


def _services(agreement: Agreement) -> str:
    return "\u00a0; ".join(choice.service.name for choice in agreement.choices.select_related("service"))


def _day(day: date | None) -> str:
    return dates.in_words(day) if day else ""


def latest_end(agreement: Agreement) -> date | None:
    """The last day that its type allows, every renewal used; None before it is in force. Beyond, an act is wanted."""
    if agreement.starts_on is None:
        return None
    end = dates.add_months(agreement.starts_on, agreement.term_months * (1 + agreement.type.renewals))
    return date.fromordinal(end.toordinal() - 1)
