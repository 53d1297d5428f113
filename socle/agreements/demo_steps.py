"""Demonstration steps of this room: idempotent, quick when nothing is missing, says what it did."""

from __future__ import annotations

from django.utils import timezone
from django_scopes import scopes_disabled

from socle.agreements import priorities
from socle.agreements.demo_data import ensure_amendment, ensure_letters, ensure_notified
from socle.agreements.models import Agreement, Status
from socle.lib.declared import Say, Step
from socle.lib.refusals import Refused
from socle.lib.text import counted, number
from socle.people import personas
from socle.people.models import User


def _ranks(say: Say) -> None:
    if count := priorities.keep_assessments(by=User.objects.system(), at=timezone.now()):
        say(f"{number(count)} rangs établis")


RANKS = Step("Rangs des communes", _ranks)


def _papers(say: Say) -> None:
    """An amendment and the letters of one agreement, the notification of another: of mairies that people play."""
    at = timezone.now()
    officer = User.objects.filter(email=f"officer@{personas.DOMAIN}").first()
    with scopes_disabled():  # Of one mairie among all.
        in_force = Agreement.every.filter(status=Status.SIGNED, amends=None)
        agreement = in_force.filter(beneficiary__commune__insee_code=personas.SHARED_COMMUNES[-1]).first()
        other = in_force.filter(beneficiary__commune__insee_code=personas.LONE_COMMUNE).first()
        if officer is None or agreement is None or other is None:
            return
        try:
            if ensure_notified(other, by=officer, at=at):
                say(f"convention n°\u00a0{other.number}, notifiée")
            if amendment := ensure_amendment(agreement, by=officer, at=at):
                say(f"avenant n°\u00a0{amendment.number}, signé")
            agreement.refresh_from_db()
            if letters := ensure_letters(agreement, by=officer, at=at):
                say(counted(len(letters), "courrier"))
        except Refused as refusal:
            # Of a clock before the texts, say: the demonstration goes on without them.
            say(refusal.sentence)


PAPERS = Step("Un avenant et des courriers fictifs d’une convention en vigueur", _papers)
