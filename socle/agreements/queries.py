"""Queries on many agreements at once: who is to sign next, and when each party signed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Exists, Max, OuterRef, Q, Subquery
from django.db.models.expressions import Combinable
from django_scopes import scopes_disabled

from socle.agreements.deeds import approval_in_words
from socle.agreements.models import Agreement, Party, Status
from socle.agreements.rules import ONLY_A_DEMONSTRATION, SIGNING_ROLE, with_an_account
from socle.deliberations.models import Act, Approval
from socle.deliberations.rules import why_not_standing
from socle.documents.models import Text
from socle.lib import dates
from socle.people.models import Membership, User
from socle.programme.models import AgreementType, Partner, Programme
from socle.signing.models import FREE, Slot


def people_of(agreement: Agreement, *, on: date) -> list[User]:
    """The people of the beneficiary of this agreement who have an account: whom one writes to about it."""
    members = with_an_account(on=on).filter(beneficiary=agreement.beneficiary)
    return list(User.objects.filter(pk__in=members.values("user")).order_by("pk"))


def with_next_party(agreements: models.QuerySet[Agreement]) -> models.QuerySet[Agreement]:
    """Annotate agreements at the signature with `next_rank`, and the `next_party` whose turn it is (its kind)."""
    waiting = Slot.objects.filter(FREE, round=OuterRef("round")).order_by("rank")
    # Nobody's turn while it waits for the act that the committee is to pass.
    printed = Q(round__agreement__committee_print=None) | Q(round__agreement__committee_article__isnull=False)
    waiting = waiting.filter(printed)
    party = Party.objects.filter(agreement=OuterRef("pk"), rank=OuterRef("next_rank"))
    return agreements.annotate(next_rank=Subquery(waiting.values("rank")[:1])).annotate(
        next_party=Subquery(party.values("kind")[:1])
    )


def awaiting(agreements: models.QuerySet[Agreement], user: User, *, on: date) -> models.QuerySet[Agreement]:
    """Keep the agreements at the signature that this person is to sign next for an operator: named, or in the office
    that the person named has left.
    """
    named = Membership.objects.active_on(on).filter(
        user=OuterRef("signatory"), operator=OuterRef("operator"), user__is_active=True
    )
    theirs: Combinable | Q = Q(signatory=user)
    for kind, role in SIGNING_ROLE.items():
        office = user.memberships.active_on(on).filter(role=role, operator__isnull=False)
        theirs |= Q(kind=kind, operator__in=office.values("operator")) & ~Exists(named.filter(role=role))
    mine = Party.objects.filter(theirs, agreement=OuterRef("pk"), rank=OuterRef("next_rank"))
    return with_next_party(agreements.filter(status=Status.READY)).filter(Exists(mine))


def concluded_since(since: date, *, until: date | None = None) -> models.QuerySet[Agreement]:
    """Agreements that the president concluded by delegation from this day on, in order: what a committee is told.

    By delegation: on the strength of the approved model, not of an act of the committee on that very agreement.
    """
    approved = Approval.objects.filter(subject=Approval.Subject.AGREEMENT)
    found = Agreement.objects.filter(
        signed_at__gte=dates.bounds_of(since)[0], type__approved_by=AgreementType.ApprovedBy.MODEL
    ).exclude(Q(round__original__sha256__in=approved.values("sha256")) | Q(committee_article__isnull=False))
    if until is not None:
        found = found.filter(signed_at__lt=dates.bounds_of(until)[1])
    return found.select_related("beneficiary", "programme", "text", "type").order_by("signed_at", "pk")


def last_committee(programme: Programme) -> date:
    """The day after the last meeting of the lead’s committee, as its acts tell it; long ago before any."""
    met = Act.of(programme.lead()).aggregate(last=Max("adopted_on"))["last"]
    return met + timedelta(days=1) if met else date(2000, 1, 1)


def told(agreement: Agreement) -> dict[str, str]:
    """One agreement as the list of those concluded by delegation tells it: JSON values, days in ISO 8601."""
    assert agreement.signed_at is not None  # `concluded_since` keeps those that are concluded.
    return {
        "number": agreement.number,
        "beneficiary": agreement.bound.name,
        "siret": agreement.bound.siret,
        "concluded_on": dates.day_of(agreement.signed_at).isoformat(),
        "starts_on": agreement.starts_on.isoformat() if agreement.starts_on else "",
        "ends_on": agreement.ends_on.isoformat() if agreement.ends_on else "",
        "annual_price": str(agreement.annual_price),
        "model": f"{agreement.text.name} {agreement.text.version}",
    }


def due_within(agreements: models.QuerySet[Agreement], days: int, *, on: date) -> models.QuerySet[Agreement]:
    """Keep the agreements in force whose end, or last day for giving notice of a renewal, falls within so many days."""
    until = date.fromordinal(on.toordinal() + days)
    comes = Q(ends_on__range=(on, until))
    for months in AgreementType.objects.order_by().values_list("notice_months", flat=True).distinct():
        # The notice of a term falls in the period when the term falls in it, so many months later.
        before = _last_term(date.fromordinal(on.toordinal() - 1), months)
        comes |= Q(type__notice_months=months, ends_on__gt=before, ends_on__lte=_last_term(until, months))
    return agreements.filter(comes, status=Status.SIGNED)


def _last_term(day: date, months: int) -> date:
    """The last term whose notice, so many months before it, falls on this day or before: months differ in length."""
    following = dates.add_months(date.fromordinal(day.toordinal() + 1), months)
    return max(dates.add_months(day, months), date.fromordinal(following.toordinal() - 1))


@dataclass(frozen=True)
class Version:
    """A version of a model: what approves its bytes, with why it does not count yet, and how many agreements it has."""

    text: Text
    approvals: list[tuple[Approval, str | None]]
    agreements: int

    @property
    def is_approved(self) -> bool:
        return any(reason is None for _, reason in self.approvals)

    @property
    def approved(self) -> str:
        """« l’article 5 de la délibération n° 2021-16 du comité syndical du 23 novembre 2021 », or nothing."""
        return next((approval_in_words(approval) for approval, reason in self.approvals if reason is None), "")


def versions_of(programme: Programme, name: str, *, on: date) -> list[Version]:
    """The versions of a model, the last first. Agreements are counted whoever reads: a number tells of nobody."""
    texts = list(Text.objects.filter(name=name).order_by("-version"))
    found = Approval.objects.filter(
        sha256__in=[text.sha256 for text in texts],
        subject=Approval.Subject.MODEL,
        article__act__operator__partnerships__in=programme.partners.filter(part=Partner.Part.LEAD),
    )
    approvals: dict[str, list[tuple[Approval, str | None]]] = {}
    shown_only = {text.sha256 for text in texts if text.is_demonstration and not settings.DEMO}
    for approval in found.select_related("article__act").order_by("pk"):
        reason = ONLY_A_DEMONSTRATION if approval.sha256 in shown_only else why_not_standing(approval, on=on)
        approvals.setdefault(approval.sha256, []).append((approval, reason))
    with scopes_disabled():
        drafted = Agreement.every.filter(programme=programme, text__name=name).order_by()
        counts = dict(drafted.values_list("text").annotate(models.Count("pk")))
    return [Version(text, approvals.get(text.sha256, []), counts.get(text.pk, 0)) for text in texts]
