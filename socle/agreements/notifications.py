"""Official letters of the lead to a party: the agreement notified, a formal notice, its end, its suspension.

Each is written once, from a text of `texts/`, signed by hand by the lead's president, and counts from the day on which
the party received it: that day, the way and the reference of the sending are noted here.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from socle.agreements import ending_rules, rules
from socle.agreements.actions import held
from socle.agreements.deeds import facts_of
from socle.agreements.models import Agreement, Notification, Party, Status, Suspension, Termination
from socle.agreements.suspensions import running
from socle.deliberations.models import Act
from socle.deliberations.rules import why_not_empowering
from socle.documents import actions as documents
from socle.documents import correspondence
from socle.journal import actions as journal
from socle.lib import dates
from socle.lib.refusals import Refused, refuse
from socle.lib.text import in_sentence
from socle.people.models import Role, User

Kind = Notification.Kind
TEXTS = {
    Kind.CONCLUSION: "notification-convention",
    Kind.FORMAL_NOTICE: "mise-en-demeure",
    Kind.TERMINATION: "resiliation",
    Kind.SUSPENSION: "suspension",
}
# The grounds by which an operator ends an agreement; a beneficiary ends it by an act of its own.
GROUNDS = {
    Termination.Ground.GENERAL_INTEREST: "motif d’intérêt général",
    Termination.Ground.BREACH: "manquement grave, après une mise en demeure restée sans effet",
}
WANTS_REASON = (Kind.FORMAL_NOTICE, Kind.TERMINATION)


def addressees(agreement: Agreement) -> list[Party]:
    """The parties that the lead writes to, in order."""
    return [one for one in agreement.parties.select_related("operator") if one.kind != Party.Kind.LEAD]


def delivered(agreement: Agreement) -> QuerySet[Notification]:
    """The letters that the beneficiary of this agreement received, the oldest first: its mairie reads these alone.

    One to be handed over is not a letter yet, one withdrawn never was; those to another party are that party's.
    """
    received = Notification.objects.filter(agreement=agreement, status=Notification.Status.RECEIVED)
    own = received.filter(party__kind=Party.Kind.BENEFICIARY).select_related("document")
    return own.order_by("received_on", "pk")


def filename(notification: Notification) -> str:
    """How the file of a letter is called, at every door and in what a beneficiary takes along."""
    return f"{notification.kind}-{notification.agreement.number}.pdf".replace("_", "-").lower()


def why_not_notify(agreement: Agreement, kind: str, *, by: User, on: date) -> str | None:
    """Say in French why no letter of this kind is to be written about this agreement by this person, or None."""
    if reason := rules.why_not_of_the_lead(agreement.programme, by=by, on=on):
        return reason
    if kind not in TEXTS:
        return "Ce courrier n’existe pas."
    if kind == Kind.CONCLUSION and agreement.status in (Status.SIGNED, Status.ENDED):
        return None
    if agreement.amends_id is not None and kind != Kind.CONCLUSION:
        return "C’est la convention qui se dénonce ou se suspend\u00a0: ses avenants la suivent."
    if agreement.status != Status.SIGNED or agreement.ends_on is None:
        return "Seule une convention en vigueur fait l’objet d’un tel courrier."
    if kind == Kind.SUSPENSION and running(agreement) is None:
        return "Cette convention n’est pas suspendue\u00a0: enregistrez d’abord la suspension, qui n’attend rien."
    return None


def why_not_write(
    agreement: Agreement,
    kind: str,
    *,
    reason: str = "",
    ground: str = "",
    effective_on: date | None = None,
    act: Act | None = None,
    by: User,
    on: date,
) -> str | None:
    """Say in French why this letter cannot be written so, or None."""
    if refusal := why_not_notify(agreement, kind, by=by, on=on):
        return refusal
    if kind in WANTS_REASON and not reason.strip():
        return "Écrivez les motifs\u00a0: la partie doit les connaître."
    if kind != Kind.TERMINATION:
        return None
    if ground not in GROUNDS:
        return "Choisissez le motif de la résiliation."
    if act is not None and act.operator_id != agreement.programme.lead().pk:
        return "Cet acte n’est pas du syndicat."
    if act is not None and (refusal := why_not_empowering(act, on=on, whose=rules.WHOSE[Party.Kind.LEAD])):
        return refusal
    earliest = ending_rules.earliest_end(agreement, ground, notified_on=on)
    if ground == Termination.Ground.BREACH:
        # The formal notice has run its time already: the letter ends the agreement, no other delay is wanted.
        earliest = on
    if effective_on is None or effective_on < earliest:
        return f"Préavis compris, elle prendrait effet le {dates.in_words(earliest)} au plus tôt."
    assert agreement.ends_on is not None  # why_not_notify has refused an agreement without a term.
    if effective_on > agreement.ends_on:
        return f"La convention prend fin d’elle-même le {dates.in_words(agreement.ends_on)}, avant cette date."
    return None


def caution(agreement: Agreement, *, on: date) -> str:
    """Warn that no formal notice ran its time here, before an agreement ends for a breach; it forbids nothing."""
    months = ending_rules.notice_of(agreement, Termination.Ground.BREACH)
    notices = agreement.notifications.filter(kind=Kind.FORMAL_NOTICE, status=Notification.Status.RECEIVED)
    if any(one.received_on and dates.add_months(one.received_on, months) <= on for one in notices):
        return ""
    return (
        "Pour un manquement grave, une mise en demeure précède\u00a0: aucune n’est notée ici comme reçue depuis "
        f"{months}\u00a0mois. Vérifiez qu’elle l’a été."
    )


@transaction.atomic
def write(
    agreement: Agreement,
    kind: str,
    *,
    party: Party,
    reason: str = "",
    ground: str = "",
    effective_on: date | None = None,
    act: Act | None = None,
    by: User,
    at: datetime,
) -> Notification:
    """Compose and keep an official letter to this party, to be signed and handed over. Raises Refused."""
    agreement, on = held(agreement), dates.day_of(at)
    given = {"reason": reason, "ground": ground, "effective_on": effective_on, "act": act}
    refuse(why_not_write(agreement, kind, **given, by=by, on=on))  # type: ignore[arg-type]
    if party.agreement_id != agreement.pk or party.kind == Party.Kind.LEAD:
        raise Refused("Cette partie n’est pas une destinataire de ce courrier.")
    suspension = running(agreement) if kind == Kind.SUSPENSION else None
    text = correspondence.text_of(TEXTS[Kind(kind)], on=on)
    label = Kind(kind).label
    document = documents.keep(
        correspondence.render(
            _heading(agreement, party, kind, on=on), text, _variables(agreement, suspension, given), at=at
        ),
        title=f"{label[:1].upper()}{label[1:]}, {agreement.title}, {party.name}"[:200],
        filename=filename(Notification(agreement=agreement, kind=kind)),
        beneficiary=agreement.beneficiary,
        by=by,
        at=at,
    )
    made = Notification.objects.create(
        agreement=agreement,
        party=party,
        kind=kind,
        text=text,
        document=document,
        ground=ground,
        reason=(suspension.reason if suspension else reason).strip(),
        effective_on=suspension.effective_on if suspension else effective_on,
        written_by=by,
        written_at=at,
    )
    journal.record(
        "agreement.notification_written", agreement, by=by, at=at, notification=made.pk, kind=kind, party=party.kind
    )
    return made


def _heading(agreement: Agreement, party: Party, kind: str, *, on: date) -> correspondence.Heading:
    lead = agreement.parties.select_related("operator", "signatory").get(kind=Party.Kind.LEAD)
    lead.agreement = party.agreement = agreement
    office = rules.in_office(lead, on=on)
    signatory = office[0].user.name if office else lead.representative
    quality = (office[0].quality or Role(office[0].role).label) if office else lead.quality
    return correspondence.Heading(
        sender=lead.body.name,
        sender_seat=lead.body.seat,
        addressee=party.body.name,
        addressee_seat=party.body.seat,
        place=lead.place,
        sent_by="Remise par un moyen qui donne date certaine",
        signed_for=f"Pour {in_sentence(lead.body.name)},",
        signatory=signatory,
        quality=quality,
        enclosed=f"Jointe\u00a0: {agreement.the}." if kind == Kind.CONCLUSION else "",
    )


def _variables(agreement: Agreement, suspension: Suspension | None, given: dict[str, Any]) -> dict[str, Any]:
    """The named values that the texts of these letters may use."""
    act: Act | None = given["act"]
    effective_on = suspension.effective_on if suspension else given["effective_on"]
    ground = str(suspension.get_ground_display()) if suspension else GROUNDS.get(given["ground"], "")
    months = ending_rules.notice_of(agreement, given["ground"]) if given["ground"] in GROUNDS else 0
    return {
        "programme": agreement.programme.name,
        "agreement": {
            "the": agreement.the,
            "parties": ", ".join(in_sentence(one.name) for one in agreement.parties.all()),
            "signed_on": dates.in_words(dates.day_of(agreement.signed_at)) if agreement.signed_at else "",
            "starts_on": dates.in_words(agreement.starts_on) if agreement.starts_on else "",
            "ends_on": dates.in_words(agreement.ends_on) if agreement.ends_on else "",
        },
        "reason": " ".join((suspension.reason if suspension else given["reason"]).split()),
        "conditions": " ".join(suspension.conditions.split()) if suspension else "",
        "ground": ground,
        "act": f"Cette décision est prise par la {facts_of(act).sentence}." if act is not None else "",
        "effective_on": dates.in_words(effective_on) if effective_on else "",
        "otherwise": _otherwise(months) if given["ground"] == Termination.Ground.GENERAL_INTEREST else "",
        "breach_months": agreement.type.breach_months,
        "reversibility_months": agreement.type.reversibility_months,
    }


def _otherwise(months: int) -> str:
    return (
        f", ou, si elle est plus tardive, à la fin du délai de {months}\u00a0mois qui suit la réception de cette lettre"
    )


def why_not_receive(
    notification: Notification, *, way: str, reference: str, received_on: date, by: User, on: date
) -> str | None:
    """Say in French why the receipt of a letter cannot be noted so, or None."""
    if refusal := why_not_withdraw(notification, by=by, on=on):
        return refusal
    if way not in Notification.Way.values:
        return "Choisissez comment le courrier a été remis."
    if way != Notification.Way.HAND and not reference.strip():
        return "Notez le numéro de l’envoi\u00a0: il prouve la date de réception."
    if received_on < dates.day_of(notification.written_at):
        day = dates.in_words(dates.day_of(notification.written_at))
        return f"Le courrier est daté du {day}\u00a0: il n’a pas pu être reçu avant."
    if received_on > on:
        return f"Le {dates.in_words(received_on)} n’est pas encore venu\u00a0: vérifiez la date de réception."
    return None


@transaction.atomic
def receive(
    notification: Notification, *, way: str, reference: str = "", received_on: date, by: User, at: datetime
) -> Notification:
    """Note that the party received the letter, on which day and by which way: its certain date. Raises Refused."""
    notification = _held(notification)
    given: dict[str, Any] = {"way": way, "reference": reference.strip(), "received_on": received_on}
    refuse(why_not_receive(notification, **given, by=by, on=dates.day_of(at)))
    for name, value in (given | {"status": Notification.Status.RECEIVED}).items():
        setattr(notification, name, value)
    notification.save(update_fields=["status", *given])
    facts = {"notification": notification.pk, "received_on": received_on.isoformat(), "way": way}
    journal.record("agreement.notification_received", notification.agreement, by=by, at=at, **facts)
    return notification


@transaction.atomic
def withdraw(notification: Notification, *, by: User, at: datetime) -> Notification:
    """Withdraw a letter that was not handed over: it stays written. Raises Refused."""
    notification = _held(notification)
    refuse(why_not_withdraw(notification, by=by, on=dates.day_of(at)))
    notification.status = Notification.Status.WITHDRAWN
    notification.save(update_fields=["status"])
    facts = {"notification": notification.pk}
    journal.record("agreement.notification_withdrawn", notification.agreement, by=by, at=at, **facts)
    return notification


def why_not_withdraw(notification: Notification, *, by: User, on: date) -> str | None:
    """Say in French why nothing more is said of a letter by this person, or None: it is still to be handed over."""
    if reason := rules.why_not_of_the_lead(notification.agreement.programme, by=by, on=on):
        return reason
    if notification.status == Notification.Status.WRITTEN:
        return None
    return f"Ce courrier est déjà «\u00a0{notification.get_status_display()}\u00a0»."


def _held(notification: Notification) -> Notification:
    """The row as it is now, held until the transaction ends; locked alone, as PostgreSQL wants."""
    Notification.objects.select_for_update(of=("self",)).get(pk=notification.pk)
    found = Notification.objects.select_related("party").get(pk=notification.pk)
    found.agreement = held(notification.agreement)
    return found
