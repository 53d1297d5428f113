"""The letter that calls a contribution: what is owed, how it is reckoned, until when. No title, and no invoice."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from socle.documents import correspondence
from socle.documents.models import Text
from socle.lib import dates
from socle.lib.money import euros
from socle.lib.text import in_sentence, town_of
from socle.people.models import Membership, Role
from socle.revenue.models import Contribution

TEXT = "appel-contribution"


def sent(contributions: Iterable[Contribution]) -> list[Contribution]:
    """Among contributions that were called, those whose letter was of a text in force on the day of the call.

    Their letter is dated of that day (`compose` at `exported_at`), whoever takes it and whenever.
    """
    first = Text.objects.filter(name=TEXT).order_by("version").values_list("version", flat=True).first()
    return [one for one in contributions if first and first <= dates.day_of(one.exported_at).isoformat()]


def filename(contribution: Contribution) -> str:
    """How the file of the letter is called, at every door and in what a beneficiary takes along."""
    return f"appel-{contribution.reference.replace('/', '-').lower()}.pdf"


def compose(contribution: Contribution, *, at: datetime) -> bytes:
    """Return the letter of a contribution that was called, dated of this day; its amounts are those of the call.

    Raises `Refused` when its text is not published. Read by whoever may read the contributions, and by the debtor.
    """
    agreement, on = contribution.agreement, dates.day_of(at)
    operator = agreement.programme.lead()
    held = Membership.objects.active_on(on).filter(operator=operator, role=Role.PRESIDENT, user__is_active=True)
    office = held.select_related("user").order_by("pk").first()
    heading = correspondence.Heading(
        sender=operator.name,
        sender_seat=operator.seat,
        addressee=contribution.debtor_name,
        addressee_seat=agreement.bound.seat,
        place=town_of(operator.seat),
        signed_for=f"Pour {in_sentence(operator.name)},",
        signatory=office.user.name if office else "",
        quality=(office.quality or Role(office.role).label) if office else str(Role.PRESIDENT.label),
    )
    service_code, engagement = contribution.service_code, contribution.engagement
    values = {
        "agreement": {"the": agreement.the},
        "programme": agreement.programme.name,
        "debtor": in_sentence(contribution.debtor_name),
        "year": contribution.year,
        "first_on": dates.in_words(contribution.first_on),
        "last_on": dates.in_words(contribution.last_on),
        "net": euros(contribution.net),
        "vat_regime": contribution.vat_regime,
        "vat": euros(contribution.vat),
        "total": euros(contribution.total),
        "made": contribution.made.rstrip("."),
        "due_on": dates.in_words(contribution.due_on),
        "service_code": f"Code service\u00a0: {service_code}." if service_code else "",
        "engagement": f"Numéro d’engagement\u00a0: {engagement}." if engagement else "",
        "reference": contribution.reference,
    }
    return correspondence.render(heading, correspondence.text_of(TEXT, on=on), values, at=at)
