"""Things that wait for whoever keeps the assembly of an operator: a letter to answer, a certificate to change."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet
from django.urls import reverse

from socle.deliberations.models import Incoming, TransmissionAccount
from socle.deliberations.transmission_presenters import certificate_sentence, letter_sentence
from socle.deliberations.transmission_queries import heard, to_answer
from socle.lib.declared import Reader, Row, Waiting
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
