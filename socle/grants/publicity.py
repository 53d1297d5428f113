"""Rule 25: who pays is said on the sites and documents that a grant pays for, while its publicity is due.

Due from the day of the grant act, to the last day of spending and so many years after it (`publicity_years` of the
scheme, to be confirmed by its authority). What it is due for: agreements of its programme in force while it spent.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Count, F, Q, QuerySet
from django_scopes import scopes_disabled

from socle.agreements.contract import Mention
from socle.agreements.models import Status as AgreementStatus
from socle.grants.models import Operation, Status
from socle.grants.schemes import schemes
from socle.lib.dates import add_months, day_of
from socle.lib.money import in_percent
from socle.lib.text import counted
from socle.programme.models import Programme
from socle.provisioning.models import Installation
from socle.provisioning.models import State as Live
from socle.sites.contract import MENTIONED, shown_as
from socle.sites.models.publication import Shown
from socle.sites.publishing.actions import changed_everywhere

# Those that a grant act was noted for.
GRANTED = (Status.GRANTED, Status.CLOSED)
CONCLUDED = (AgreementStatus.SIGNED, AgreementStatus.ENDED)
COVERED = "programme__agreements__"
HOME = "/"


def until(operation: Operation) -> date:
    """The last day on which who pays for an operation is said."""
    years = schemes()[operation.scheme].value("publicity_years") or 0
    return add_months(operation.spend_until, 12 * years)


def is_due(operation: Operation, *, on: date) -> bool:
    """Whether who pays for an operation is said on this day."""
    granted = operation.granted_on
    return operation.status in GRANTED and granted is not None and granted <= on <= until(operation)


def mention_of(operation: Operation) -> Mention:
    """Return what is said of who pays for an operation; a grant of the State has words alone."""
    scheme = schemes()[operation.scheme]
    return Mention(
        scheme.fund,
        scheme.value("sentence") or "",
        scheme.value("emblem") or "",
        is_fictitious=operation.is_fictitious,
        operation=operation.name,
    )


def said(operations: Iterable[Operation], *, on: date) -> list[Mention]:
    """Return what is said of these operations on this day, each thing once."""
    return list(dict.fromkeys(mention_of(one) for one in operations if is_due(one, on=on)))


def _covering(*, on: date, **agreement: object) -> QuerySet[Operation]:
    """The operations granted by this day that cover agreements like this one, a row for each."""
    of = COVERED
    return Operation.objects.filter(
        Q(**{f"{of}ends_on": None}) | Q(**{f"{of}ends_on__gte": F("spend_from")}),
        status__in=GRANTED,
        granted_on__lte=on,
        **{
            f"{of}amends": None,
            f"{of}status__in": CONCLUDED,
            f"{of}starts_on__lte": F("spend_until"),
            **{of + name: value for name, value in agreement.items()},
        },
    ).order_by("granted_on", "pk")


def operations_of(beneficiary_id: int, *, on: date) -> list[Operation]:
    """Return the operations whose publicity is due on this day on the site of a beneficiary, in one query."""
    return [one for one in dict.fromkeys(_covering(on=on, beneficiary=beneficiary_id)) if is_due(one, on=on)]


def of_beneficiary(beneficiary_id: int, *, on: date) -> list[Mention]:
    """Return what the site of a beneficiary says on this day."""
    return said(operations_of(beneficiary_id, on=on), on=on)


def of_programme(programme_id: int, *, on: date) -> list[Mention]:
    """Return what a document of a programme composed on this day says: of the operations that spend on it."""
    found = Operation.objects.filter(
        programme=programme_id, status__in=GRANTED, granted_on__lte=on, spend_from__lte=on, spend_until__gte=on
    )
    return said(found.order_by("granted_on", "pk"), on=on)


def by_beneficiary(*, on: date) -> dict[int, list[Operation]]:
    """Return the operations whose publicity is due on this day, by beneficiary, in two queries."""
    rows = _covering(on=on, beneficiary__isnull=False).values_list("pk", f"{COVERED}beneficiary").distinct()
    operations = Operation.objects.in_bulk({pk for pk, _ in rows})
    found: dict[int, list[Operation]] = {}
    for pk, body in rows:
        if is_due(operations[pk], on=on):
            found.setdefault(body, []).append(operations[pk])
    return found


# --- The sites that follow -------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Site:
    """A published site: what its home says of who pays, and what is due there, as keys."""

    website_id: int
    operations: list[Operation]
    shown: str
    due: str


def sites(*, on: date) -> list[Site]:
    """Return the published sites with what each says and has to say, in three queries whatever their number."""
    due = by_beneficiary(on=on)
    rows = Shown.objects.filter(file__path=HOME, key__startswith=MENTIONED).order_by("file__website")
    return [
        Site(website, due.get(body, []), key, shown_as(said(due.get(body, ()), on=on)))
        for website, body, key in rows.values_list("file__website", "file__website__beneficiary", "key")
    ]


def follow(*, at: datetime) -> int:
    """Note as changed the sites that do not say what is due today, and only those; return how many."""
    stale: dict[str, list[int]] = {}
    for one in sites(on=day_of(at)):
        if one.shown != one.due:
            stale.setdefault(one.shown, []).append(one.website_id)
    for key, websites in stale.items():
        changed_everywhere(websites, key, at=at)
    return sum(map(len, stale.values()))


# --- What the programme's page tells ---------------------------------------------------------------------------------
@dataclass(frozen=True)
class Told:
    """An operation granted, as the public reads it: the whole of its aid, nothing of a partner."""

    operation: Operation
    fund: str
    mention: Mention | None

    @property
    def rate(self) -> str:
        """« 80 % », « 62,5 % »."""
        return in_percent(self.operation.rate)


def told(programme: Programme, *, on: date) -> list[Told]:
    """Return the operations of a programme that were granted by this day, the last first, in one query."""
    found = Operation.objects.filter(programme=programme, status__in=GRANTED, granted_on__lte=on)
    return [
        Told(one, schemes()[one.scheme].fund, mention_of(one) if is_due(one, on=on) else None)
        for one in found.order_by("-granted_on", "-pk")
    ]


def equipped(programme: Programme) -> str:
    """Say how many beneficiaries have a service that runs, and how many of these services there are, in one query."""
    with scopes_disabled():  # A count of the whole programme, whoever reads it.
        live = Installation.objects.filter(state=Live.LIVE, right__agreement__programme=programme)
        counts = live.aggregate(bodies=Count("beneficiary", distinct=True), services=Count("pk"))
    return f"{counted(counts['bodies'], 'collectivité équipée')}, {counted(counts['services'], 'service actif')}"


def aid(operations: Iterable[Told]) -> Decimal:
    """The aid of these operations, in euros."""
    return sum((one.operation.grant or Decimal(0) for one in operations), Decimal(0))
