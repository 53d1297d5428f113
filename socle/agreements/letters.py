"""Letters to the mairies of several agreements (mail merge): one text with variables, filled for each, sent by a batch.

They share the limit of the reminders: nobody is written to twice within days about one agreement.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from socle.agreements import rules
from socle.agreements.models import Agreement, Letter, Status
from socle.agreements.queries import people_of
from socle.journal import actions as journal
from socle.journal.models import Entry
from socle.lib import dates
from socle.lib.refusals import refuse
from socle.outbox import departures
from socle.people.models import Operator, User
from socle.programme.models import Programme

MOST_CHARACTERS = 5000
NOBODY = "Cette convention ne lie aucune mairie\u00a0: il n’y a personne à qui écrire."
_VARIABLE = re.compile(r"\[\s*([^\[\]]*?)\s*\]")


def _day(day: date | None) -> str:
    return dates.in_words(day) if day else "(date à venir)"


# Each variable as the page offers it: its meaning, and how it is read from an agreement.
VARIABLES: dict[str, tuple[str, Callable[[Agreement], str]]] = {
    "mairie": ("le nom du bénéficiaire", lambda one: one.bound.name),
    "convention": ("le numéro de la convention", lambda one: one.number),
    "services": (
        "les services choisis",
        lambda one: ", ".join(choice.service.name for choice in one.choices.select_related("service")),
    ),
    "debut": ("le jour où elle prend effet", lambda one: _day(one.starts_on)),
    "fin": ("son dernier jour", lambda one: _day(one.ends_on)),
    "lien": (
        "l’adresse où la mairie la lit",
        lambda one: f"{settings.PLATFORM_URL}{reverse('mairie:agreement', args=[one.number])}",
    ),
}


def why_not_words(subject: str, body: str) -> str | None:
    """Say what is wrong with the words of a letter, or None."""
    if not subject.strip() or not body.strip():
        return "Une lettre a un objet et un texte."
    if len(subject) > 150 or len(body) > MOST_CHARACTERS:
        return f"La lettre est trop longue\u00a0: 150 caractères pour l’objet, {MOST_CHARACTERS} pour le texte."
    return why_not_filled(subject) or why_not_filled(body)


def why_not_filled(words: str) -> str | None:
    """Say which word between brackets cannot be replaced in these words, or None."""
    for name in _VARIABLE.findall(words):
        if name not in VARIABLES:
            known = ", ".join(f"[{one}]" for one in VARIABLES)
            return f"«\u00a0[{name}]\u00a0» est inconnu. Les mots entre crochets qui existent\u00a0: {known}."
    if {"[", "]"} & set(_VARIABLE.sub("", words)):
        return "Un crochet manque\u00a0: un mot à remplacer s’écrit «\u00a0[mairie]\u00a0»."
    return None


def filled(words: str, agreement: Agreement) -> str:
    """Return the words of a letter with its variables replaced by the facts of this agreement, once."""
    return _VARIABLE.sub(lambda found: VARIABLES[found[1]][1](agreement), words)


@transaction.atomic
def write(
    subject: str, body: str, *, key: UUID, programme: Programme, operator: Operator, by: User, at: datetime
) -> Letter:
    """Keep the words of a letter, which never change after; asked twice with the same key, once. Raises Refused."""
    if known := Letter.objects.filter(key=key, written_by=by).first():
        return known
    refuse(rules.why_not_write(by=by, on=dates.day_of(at)) or why_not_words(subject, body))
    letter = Letter.objects.create(
        key=key,
        programme=programme,
        operator=operator,
        subject=" ".join(subject.split()),
        body=body.replace("\r\n", "\n").strip(),
        written_by=by,
        written_at=at,
    )
    journal.record("letter.written", letter, by=by, at=at)
    return letter


def why_not_send(agreement: Agreement) -> str | None:
    """Say why no letter leaves about this agreement, as it stands, or None."""
    if agreement.beneficiary_id is None:
        return NOBODY
    if agreement.status == Status.CANCELLED:
        return "La convention est abandonnée\u00a0: personne n’est à prévenir."
    return None


def send(letter: Letter, agreement: Agreement, *, by: User, at: datetime) -> int:
    """Send this letter to each person of the mairie of this agreement, once; return how many. Raises Refused.

    It leaves out of any transaction, each message under its own name: made again after a kill, what has left does not
    leave again, and the line of the journal is written.
    """
    on = dates.day_of(at)
    with agreement.within():
        if is_sent(letter, agreement):
            return 0
        refuse(rules.why_not_follow(agreement.beneficiary, agreement.programme, by=by, on=on))
        last = rules.written_to([agreement.pk]).get(str(agreement.pk))
        refuse(why_not_send(agreement) or rules.why_too_soon(last, on=on))
        refuse(rules.why_nobody_is_written_to(agreement, on=on))
        people = people_of(agreement, on=on)
        subject, body = filled(letter.subject, agreement), filled(letter.body, agreement)
    for person in people:
        text = f"Bonjour {person.name},\n\n{body}\n\n{letter.operator.name}\n"
        departures.send_once(("agreement.letter_sent", letter.pk, agreement.pk), subject, text, person.email, at=at)
    with transaction.atomic(), agreement.within():
        Agreement.every.select_for_update().get(pk=agreement.pk)
        # Two at once: the second finds the line written.
        if not is_sent(letter, agreement):
            journal.record("agreement.letter_sent", agreement, by=by, at=at, letter=letter.pk, people=len(people))
    return len(people)


def is_sent(letter: Letter, agreement: Agreement) -> bool:
    """Whether this letter has left about this agreement."""
    return Entry.objects.about(agreement).filter(verb="agreement.letter_sent", facts__letter=letter.pk).exists()
