"""The papers that an agreement of a demonstration has lived: an amendment and letters, said to be fictitious."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from socle.agreements import actions, amendments, ending_rules, notifications, suspensions
from socle.agreements.models import Agreement, Notification, Party, Suspension, Termination
from socle.agreements.rules import SIGNING_ROLE
from socle.deliberations import actions as deliberations
from socle.deliberations.models import Act, Author
from socle.lib import dates
from socle.lib.refusals import refuse
from socle.people.models import Beneficiary, Membership, Operator, User
from socle.people.personas import why_not_make_fictions

Kind = Notification.Kind
PURPOSE = "Prolonger la convention de six mois, le temps de renouveler l’équipement (avenant fictif de démonstration)."
BREACH = "Le compte d’un agent parti n’a pas été fermé (manquement fictif)."
DANGER = "Un poste du secrétariat est compromis (incident fictif)."
CURE = "Le poste est réinstallé et ses mots de passe sont changés."
GIVEN_UP = "Fin du programme (motif fictif\u00a0: cette lettre est retirée avant d’être remise)."
# How many days ago an amendment was decided by the council, printed, decided by the committee, then signed.
COUNCIL, PRINTED, COMMITTEE, SIGNED = 30, 20, 14, 6
MONTHS = 6


@transaction.atomic
def ensure_amendment(agreement: Agreement, *, by: User, at: datetime) -> Agreement | None:
    """Amend an agreement in force of a demonstration, as its committee decided, once; None when it was already.

    Raises Refused outside a demonstration, or what the screens would have refused: nothing is kept then.
    """
    refuse(why_not_make_fictions())
    if agreement.amendments.exists() or agreement.ends_on is None:
        return None
    printed_at, signed_at, today = at - timedelta(days=PRINTED), at - timedelta(days=SIGNED), dates.day_of(at)
    price, ends_on = agreement.annual_price, dates.add_months(agreement.ends_on, MONTHS)
    amendment = amendments.draft(agreement, by=by, at=printed_at)
    amendment = amendments.set_terms(
        amendment, purpose=PURPOSE, annual_price=price, ends_on=ends_on, by=by, at=printed_at
    )
    act = _decided(agreement.bound, "conseil municipal", today - timedelta(days=COUNCIL), by=by, at=printed_at)
    for party in amendment.parties.select_related("operator"):
        body = {"operator": party.operator} if party.operator else {"beneficiary": agreement.beneficiary}
        signs = Membership.objects.filter(role=SIGNING_ROLE[Party.Kind(party.kind)], **body).first()
        own = None if party.operator else act
        actions.complete_party(amendment, kind=party.kind, act=own, membership=signs, by=by, at=printed_at)
    amendment = actions.make_ready(amendment, for_the_committee=True, by=by, at=printed_at)
    lead, decided_on = agreement.programme.lead(), today - timedelta(days=COMMITTEE)
    act = _decided(lead, "comité syndical", decided_on, by=by, at=signed_at)
    # Executory already, it is printed with the amendment at once.
    actions.link_act(amendment, act=act, article=1, text="L’avenant est approuvé.", by=by, at=signed_at)
    for party in amendment.parties.select_related("signatory").order_by("rank"):
        assert party.signatory is not None  # make_ready refuses a party without signatory.
        amendment = actions.sign(amendment, by=party.signatory, at=signed_at)
    return amendment


def _decided(owner: Beneficiary | Operator, body: str, day: date, *, by: User, at: datetime) -> Act:
    """An act that approves the amendment, of a Thursday: no assembly sits on a Sunday."""
    adopted_on = day - timedelta(days=(day.weekday() - 3) % 7)
    return deliberations.record_act(
        owner,
        kind=Act.Kind.DELIBERATION,
        body=body,
        number=f"DEMO-{adopted_on.year}-02",
        subject="Avenant à la convention du programme (délibération fictive de démonstration)",
        adopted_on=adopted_on,
        received_on=adopted_on + timedelta(days=1),
        published_on=adopted_on + timedelta(days=4),
        matter="5.7",
        author=Author("", "maire" if isinstance(owner, Beneficiary) else "présidence"),
        is_fictitious=True,
        by=by,
        at=at,
    )


@transaction.atomic
def ensure_letters(agreement: Agreement, *, by: User, at: datetime) -> list[Notification]:
    """Write the letters of a breach about an agreement in force of a demonstration, once; note those handed over.

    Its suspension is lifted the same day, and the letter that would end it is withdrawn: it stays in force. Raises
    Refused outside a demonstration, or what the screens would have refused: nothing is kept then.
    """
    refuse(why_not_make_fictions())
    if agreement.notifications.exists():
        return []
    on, party = dates.day_of(at), agreement.parties.get(kind=Party.Kind.BENEFICIARY)

    def write(kind: Kind, **given: Any) -> Notification:
        return notifications.write(agreement, kind, party=party, by=by, at=at, **given)

    made = [write(Kind.FORMAL_NOTICE, reason=BREACH)]
    ground, said = Suspension.Ground.SECURITY, {"reason": DANGER, "conditions": CURE}
    suspension = suspensions.suspend(agreement, ground=ground, **said, notified_on=on, effective_on=on, by=by, at=at)
    made.append(write(Kind.SUSPENSION))
    suspensions.lift(suspension, lifted_on=on, by=by, at=at)
    for letter in made:
        notifications.receive(letter, way=Notification.Way.HAND, received_on=on, by=by, at=at)
    interest = Termination.Ground.GENERAL_INTEREST
    ends_on = ending_rules.earliest_end(agreement, interest, notified_on=on)
    given_up = write(Kind.TERMINATION, ground=interest, effective_on=ends_on, reason=GIVEN_UP)
    notifications.withdraw(given_up, by=by, at=at)
    return [*made, given_up]


@transaction.atomic
def ensure_notified(agreement: Agreement, *, by: User, at: datetime) -> Notification | None:
    """Notify its conclusion to the beneficiary of an agreement of a demonstration, once, against a receipt.

    Raises Refused outside a demonstration, or what the screens would have refused: nothing is kept then.
    """
    refuse(why_not_make_fictions())
    if agreement.notifications.exists():
        return None
    party = agreement.parties.get(kind=Party.Kind.BENEFICIARY)
    made = notifications.write(agreement, Kind.CONCLUSION, party=party, by=by, at=at)
    way = Notification.Way.HAND
    return notifications.receive(made, way=way, received_on=dates.day_of(at), by=by, at=at)
