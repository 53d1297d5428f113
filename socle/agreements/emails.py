"""E-mails to the people of an agreement: your turn to sign, it is concluded, suspended, resumed. Each is told once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse

from socle.agreements import rules
from socle.agreements.models import Agreement, Status
from socle.agreements.queries import people_of
from socle.journal import actions as journal
from socle.journal.models import Entry
from socle.lib import dates
from socle.lib.refusals import Refused, refuse
from socle.outbox import departures
from socle.people.models import Operator, User


@transaction.atomic
def tell_next_signatory(agreement: Agreement, *, by: User, at: datetime) -> User | None:
    """Write to the person whose turn it is to sign; return them, or None when nobody is to be told.

    One message for each turn: the journal says whose, and a task played twice writes nothing more. The line and the
    message are one transaction: when the message cannot leave, the task fails and may be played again.
    """
    with agreement.within():
        agreement = Agreement.every.select_for_update(of=("self",)).select_related("beneficiary").get(pk=agreement.pk)
        if agreement.status != Status.READY or agreement.round is None or agreement.awaits_act:
            return None
        slots = list(agreement.round.slots.order_by("rank"))
        slot = next((slot for slot in slots if slot.is_free), None)
        if slot is None:
            return None
        party = agreement.parties.select_related("signatory", "operator").get(rank=slot.rank)
        party.agreement = agreement
        signatory = rules.signatory_of(party, on=dates.day_of(at))
        turn = {"round": agreement.round_id, "party": party.kind}
        if signatory is None or _is_told(agreement, "agreement.signatory_told", {**turn, "signatory": signatory.pk}):
            return None
        journal.record("agreement.signatory_told", agreement, by=by, at=at, **turn, signatory=signatory.pk)
        said = {
            "agreement": agreement,
            "party": party,
            "signed": sum(slot.signed_at is not None for slot in slots),
            "services": [choice.service.name for choice in agreement.choices.select_related("service")],
            "url": _address(agreement, party.operator),
        }
        turn_of = ("agreement.signatory_told", agreement.pk, agreement.round_id, party.kind, signatory.pk)
        _write(turn_of, signatory, f"À signer : {agreement}", "agreements/your_turn.txt", said)
        return signatory


def remind_signatory(agreement: Agreement, *, by: User, at: datetime) -> User:
    """Write again to the person whose turn it is to sign, and return them. Raises Refused.

    Another may not follow within days: nobody is pestered. So a reminder leaves once at most, even if this dies in the
    middle: it is prepared in a transaction, leaves out of any, and its line is written in another; made again, what
    has left is not sent again and its line is written.
    """
    with transaction.atomic(), agreement.within():
        key, signatory, subject, text, party = _reminder(agreement, by=by, at=at)
    departures.send_once(key, subject, text, signatory.email, at=at)
    with transaction.atomic(), agreement.within():
        Agreement.every.select_for_update(of=("self",)).get(pk=agreement.pk)
        # Two at once: the second finds the line written.
        if _reminders(agreement) == key[-1]:
            journal.record("agreement.signatory_reminded", agreement, by=by, at=at, party=party)
    return signatory


def _reminder(agreement: Agreement, *, by: User, at: datetime) -> tuple[tuple[object, ...], User, str, str, str]:
    """Return what the next reminder is: its key, for whom, its subject, its text, and for which party."""
    agreement = Agreement.every.select_for_update(of=("self",)).select_related("beneficiary").get(pk=agreement.pk)
    refuse(rules.why_not_remind(agreement, by=by, on=dates.day_of(at)))
    assert agreement.round is not None  # why_not_remind has refused an agreement that is not at the signature.
    slots = list(agreement.round.slots.order_by("rank"))
    slot = next((slot for slot in slots if slot.is_free), None)
    if slot is None:
        raise Refused("Plus personne n’a à signer\u00a0: une signature sur papier attend d’être confirmée.")
    party = agreement.parties.select_related("signatory", "operator").get(rank=slot.rank)
    party.agreement = agreement
    signatory = rules.signatory_of(party, on=dates.day_of(at))
    if signatory is None:
        raise Refused(f"Personne n’exerce aujourd’hui la fonction qui signe pour « {party.name} ».")
    said = {
        "agreement": agreement,
        "party": party,
        "signed": sum(slot.signed_at is not None for slot in slots),
        "services": [choice.service.name for choice in agreement.choices.select_related("service")],
        "url": _address(agreement, party.operator),
        "since": dates.in_words(dates.day_of(agreement.round.opened_at)),
    }
    # Its rank tells it from the one before: it changes when the line of this one is written.
    key = ("agreement.signatory_reminded", agreement.pk, agreement.round_id, signatory.pk, _reminders(agreement))
    subject = f"Rappel, à signer : {agreement}"
    return key, signatory, subject, _text("agreements/your_turn.txt", signatory, said), party.kind


def remind_mairie(agreement: Agreement, *, by: User, at: datetime) -> int:
    """Write to each person of the mairie what its draft waits for; return how many. Raises Refused.

    It leaves as a letter does (`letters.send`), and shares its limit: nobody is written to twice within days.
    """
    on = dates.day_of(at)
    verb = "agreement.mairie_reminded"
    with agreement.within():
        refuse(rules.why_not_remind_mairie(agreement, by=by, on=on))
        people = people_of(agreement, on=on)
        count = Entry.objects.about(agreement).filter(verb=verb).count()
        said = {
            "agreement": agreement,
            "awaited": [gap.sentence for gap in rules.awaited_of_the_mairie(rules.gaps(agreement))],
            "home": f"{settings.PLATFORM_URL}{reverse('mairie:home')}",
        }
    for person in people:
        subject, text = f"Ce qu’attend {agreement.the}", _text("agreements/awaited.txt", person, said)
        departures.send_once((verb, agreement.pk, count), subject, text, person.email, at=at)
    with transaction.atomic(), agreement.within():
        Agreement.every.select_for_update(of=("self",)).get(pk=agreement.pk)
        # Two at once: the second finds the line written.
        if Entry.objects.about(agreement).filter(verb=verb).count() == count:
            journal.record(verb, agreement, by=by, at=at, people=len(people))
    return len(people)


def _reminders(agreement: Agreement) -> int:
    return Entry.objects.about(agreement).filter(verb="agreement.signatory_reminded").count()


def was_reminded(agreement: Agreement, *, by: User, on: date) -> bool:
    """Whether the last message to a signatory is a reminder that this person sent, this very day."""
    verbs = ["agreement.signatory_told", "agreement.signatory_reminded"]
    last = Entry.objects.about(agreement).filter(verb__in=verbs).order_by("-at", "-pk").first()
    return (
        last is not None
        and last.verb == "agreement.signatory_reminded"
        and last.by_ref == f"{by._meta.label_lower}:{by.pk}"
        and dates.day_of(last.at) == on
    )


@transaction.atomic
def tell_outcome(agreement: Agreement, *, by: User, at: datetime) -> list[User]:
    """Write to each person of the beneficiary that its agreement is concluded; return them. Once only."""
    with agreement.within():
        agreement = (
            Agreement.every.select_for_update(of=("self",))
            .select_related("beneficiary", "programme")
            .get(pk=agreement.pk)
        )
        if agreement.status != Status.SIGNED or _is_told(agreement, "agreement.outcome_told", {}):
            return []
        journal.record("agreement.outcome_told", agreement, by=by, at=at)
        people = people_of(agreement, on=dates.day_of(at))
        said = {
            "agreement": agreement,
            "starts_on": dates.in_words(agreement.starts_on) if agreement.starts_on else "",
            "services": [choice.service.name for choice in agreement.choices.select_related("service")],
            "url": _address(agreement, None),
            "home": f"{settings.PLATFORM_URL}{reverse('mairie:home')}",
        }
        for person in people:
            key = ("agreement.outcome_told", agreement.pk)
            _write(key, person, _concluded(agreement), "agreements/concluded.txt", said)
        return people


@transaction.atomic
def tell_suspension(agreement: Agreement, *, by: User, at: datetime) -> list[User]:
    """Write to each person of the beneficiary that its agreement is suspended, or is no more; return them. Once each.

    Of the last suspension, as it stands: one that is lifted before anybody was told of it is told with its end.
    """
    with agreement.within():
        agreement = (
            Agreement.every.select_for_update(of=("self",))
            .select_related("beneficiary", "programme")
            .get(pk=agreement.pk)
        )
        if (suspension := agreement.suspensions.first()) is None:
            return []
        told = {"suspension": suspension.pk, "lifted": suspension.lifted_on is not None}
        if _is_told(agreement, "agreement.suspension_told", told):
            return []
        journal.record("agreement.suspension_told", agreement, by=by, at=at, **told)
        said = {
            "agreement": agreement,
            "suspension": suspension,
            "effective_on": dates.in_words(suspension.effective_on),
            "lifted_on": dates.in_words(suspension.lifted_on) if suspension.lifted_on else "",
            "services": [choice.service.name for choice in agreement.choices.select_related("service")],
            "lead": agreement.programme.lead().name,
            "url": _address(agreement, None),
            "home": f"{settings.PLATFORM_URL}{reverse('mairie:home')}",
        }
        subject = f"Convention {agreement.number} {'rétablie' if suspension.lifted_on else 'suspendue'}"
        people = people_of(agreement, on=dates.day_of(at))
        for person in people:
            key = ("agreement.suspension_told", *told.values())
            _write(key, person, subject, "agreements/suspended.txt", said)
        return people


def _is_told(agreement: Agreement, verb: str, turn: Mapping[str, object]) -> bool:
    told = Entry.objects.about(agreement).filter(verb=verb).values_list("facts", flat=True)
    # Older lines do not say whom they told.
    return any(all(facts.get(key, value) == value for key, value in turn.items()) for facts in told)


def _address(agreement: Agreement, operator: Operator | None) -> str:
    """Where one reads the agreement: the door of the person's own party. The link carries no secret: one signs in."""
    name = "mairie:agreement" if operator is None else "console:agreement"
    return f"{settings.PLATFORM_URL}{reverse(name, args=[agreement.number])}"


def _text(template: str, person: User, said: dict[str, object]) -> str:
    return render_to_string(template, {**said, "person": person})


def _write(key: tuple[object, ...], person: User, subject: str, template: str, said: dict[str, object]) -> None:
    # One message per person: nobody sees the address of another.
    departures.send(key, subject, _text(template, person, said), person.email)


def _concluded(agreement: Agreement) -> str:
    return f"Avenant {agreement.number} conclu" if agreement.amends_id else f"Convention {agreement.number} conclue"
