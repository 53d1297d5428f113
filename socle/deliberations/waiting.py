"""Things that wait for whoever keeps the acts of a body: a letter to answer, a certificate to change."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db.models import QuerySet
from django.urls import reverse

from socle.deliberations.models import Incoming, TransmissionAccount
from socle.deliberations.transmission_presenters import certificate_sentence, letter_sentence
from socle.deliberations.transmission_queries import heard, to_answer
from socle.deliberations.transmission_rules import answer_due_on
from socle.lib import dates
from socle.lib.declared import MairieReader, Reader, Row, ToDo, Waiting, WaitingAtMairie
from socle.people.capabilities import Capability
from socle.people.models import Role


def _letters(access: Reader, at: datetime) -> QuerySet[Incoming]:
    return to_answer(heard(access.operator))


def _show_letters(found: list[Incoming], access: Reader, at: datetime) -> list[Row]:
    return [
        Row(
            access.operator.name,
            letter_sentence(one),
            one.received_at,
            reverse("console:transmission_act", args=[one.transmission_id]),
            "Répondre",
        )
        for one in found
    ]


def _certificates(access: Reader, at: datetime) -> QuerySet[TransmissionAccount]:
    return TransmissionAccount.ending(at).filter(operator=access.operator)


def _show_certificates(found: list[TransmissionAccount], access: Reader, at: datetime) -> list[Row]:
    return [
        Row(
            access.operator.name,
            certificate_sentence(one, at=at),
            one.announced_at,
            reverse("console:transmission"),
            "Changer",
        )
        for one in found
    ]


WAITING: tuple[Waiting, ...] = (
    Waiting(
        "courriers-de-la-prefecture",
        "autre message de la préfecture, autres messages de la préfecture",
        ("console:transmission", ""),
        (Role.ASSEMBLY_SECRETARY,),
        _letters,
        _show_letters,
    ),
    Waiting(
        "certificats-de-transmission",
        "autre certificat, autres certificats",
        ("console:transmission", ""),
        (Role.ASSEMBLY_SECRETARY,),
        _certificates,
        _show_certificates,
    ),
)


def _prefecture(mairie: MairieReader, at: datetime) -> Iterator[ToDo]:
    """Tell a mairie the same as an operator. The day of a letter is a prudence of ours, and no article is given."""
    account = TransmissionAccount.of(mairie.beneficiary)
    if account is None:  # Nothing was ever sent by a device, nor answered.
        return
    for one in to_answer(heard(mairie.beneficiary)):
        url = reverse("mairie:transmission_act", args=[one.transmission_id])
        yield ToDo(letter_sentence(one), url, one.says, one.received_at, answer_due_on(one))
    if account.is_ending(at) and account.certificate_ends_at is not None:
        yield ToDo(
            certificate_sentence(account, at=at),
            reverse("mairie:transmission"),
            since=account.announced_at,
            due_on=dates.day_of(account.certificate_ends_at),
        )


AT_MAIRIE: tuple[WaitingAtMairie, ...] = (WaitingAtMairie(Capability.ADMINISTER, _prefecture),)
