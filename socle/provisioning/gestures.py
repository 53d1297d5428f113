"""Batch gestures on communes and installations: equip, look again, suspend, resume."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.utils import timezone
from django_scopes import scope, scopes_disabled

from socle.agreements.gestures import by_department
from socle.batches.contract import Failed, NotYet, Subject, Wish
from socle.lib import dates
from socle.people.models import Role
from socle.people.rules import holds
from socle.provisioning import actions, equipping, rules
from socle.provisioning.models import Installation, State
from socle.provisioning.stages import Stage, with_stage
from socle.territory.models import Commune


class Equip:
    """Take each commune of a demonstration from eligible to equipped."""

    code = "equip"
    label = "Équiper de bout en bout (démonstration)"
    explains = (
        "Convention rédigée, délibération fictive, trois signatures, services mis en service, site en ligne : "
        "comme « socle equip », commune après commune."
    )
    subject = Subject.COMMUNE
    # Made of the screens’ own actions, each with its transaction: it goes on from where it stopped.
    is_atomic = False
    needs_care = False

    def why_not(self, wish: Wish, *, on: date) -> str | None:
        if reason := equipping.why_not_equip():
            return reason
        if wish.by.is_system or holds(wish.by, Role.PROGRAMME_OFFICER, on=on, operator=wish.programme.lead()):
            return None
        return "Seules les personnes chargées du programme, au syndicat, équipent des communes de la démonstration."

    def sort_out(self, subjects: Sequence[str], wish: Wish, *, at: datetime) -> dict[str, str]:
        why_not = by_department(wish, on=dates.day_of(at))
        communes = Commune.objects.filter(pk__in=subjects).select_related("department")
        refused = {}
        for commune in with_stage(communes, wish.programme):
            is_live = commune.stage == Stage.LIVE  # type: ignore[attr-defined]
            known = "Cette commune est déjà équipée : il n’y a rien à refaire." if is_live else None
            if reason := known or why_not(commune.department):
                refused[str(commune.pk)] = reason
        return refused

    def do(self, subject: str, wish: Wish, *, at: datetime) -> str:
        commune = Commune.objects.get(pk=subject)
        try:
            done = equipping.equip(commune.insee_code, programme=wish.programme, say=lambda code, sentence: None)
        except equipping.Unfinished as unfinished:
            raise Failed(unfinished.sentence) from unfinished
        with scopes_disabled():  # One commune’s own rows.
            waiting = Installation.objects.filter(
                right__agreement__number=done.agreement_number, state__in=[State.PENDING, State.FAILED]
            )
            # Another worker holds one of them: the commune is not equipped until it has finished.
            if waiting.exists():
                raise NotYet("Un service est en train d’être mis en route par ailleurs.")
        return f"Convention n° {done.agreement_number} signée, {done.site_url}"


class _OnInstallations:
    """Base of the gestures on installations."""

    subject = Subject.INSTALLATION

    def why_not(self, wish: Wish, *, on: date) -> str | None:
        if wish.by.is_system or holds(wish.by, Role.TECHNICIAN, Role.PROGRAMME_OFFICER, on=on):
            return None
        return rules.NOT_AN_OPERATOR

    def installation(self, subject: str) -> Installation:
        with scopes_disabled():  # A line knows its installation by identifier; the rules say who may.
            return Installation.objects.select_related("beneficiary", "service").get(pk=subject)

    def installations(self, subjects: Sequence[str]) -> list[Installation]:
        with scopes_disabled():  # As above.
            return list(Installation.objects.filter(pk__in=subjects).select_related("service"))


class Reconcile(_OnInstallations):
    """Look at each installation now, and make it what is wanted."""

    code = "reconcile"
    label = "Vérifier et remettre en place maintenant"
    explains = "Chaque service est vérifié ; ce qui diffère de ce qui est voulu est refait, sans rien faire deux fois."
    # Each step of an engine is its own transaction.
    is_atomic = False
    needs_care = False

    def sort_out(self, subjects: Sequence[str], wish: Wish, *, at: datetime) -> dict[str, str]:
        found = ((one, rules.why_waits(one)) for one in self.installations(subjects))
        return {str(one.pk): reason for one, reason in found if reason}

    def do(self, subject: str, wish: Wish, *, at: datetime) -> str:
        before = self.installation(subject)
        installation = actions.make_so(before, by=wish.by, at=at)
        if installation.claimed_until and installation.claimed_until > timezone.now():
            raise NotYet("Un autre exécuteur s’en occupe.")
        if reason := rules.why_waits(installation):
            raise Failed(reason)
        if installation.state == State.FAILED:
            raise Failed(f"{installation.last_error} La plateforme réessaiera d’elle-même.")
        return installation.found or installation.get_state_display()


class Suspend(_OnInstallations):
    """Want these services no more for now."""

    code = "suspend"
    label = "Suspendre"
    explains = "Les services s’arrêtent ; rien de ce que les bénéficiaires ont écrit n’est effacé, et tout se rétablit."
    is_atomic = True
    needs_care = True

    def sort_out(self, subjects: Sequence[str], wish: Wish, *, at: datetime) -> dict[str, str]:
        found = ((one, rules.why_no_suspension(one)) for one in self.installations(subjects))
        return {str(one.pk): reason for one, reason in found if reason}

    def do(self, subject: str, wish: Wish, *, at: datetime) -> str:
        installation = self.installation(subject)
        with scope(beneficiary=installation.beneficiary):
            actions.suspend(installation, by=wish.by, at=at)
        return "Suspension demandée."


class Resume(_OnInstallations):
    """Want suspended services again."""

    code = "resume"
    label = "Rétablir"
    explains = "Les services suspendus reviennent, avec tout ce qu’ils contenaient."
    is_atomic = True
    needs_care = False

    def sort_out(self, subjects: Sequence[str], wish: Wish, *, at: datetime) -> dict[str, str]:
        found = ((one, rules.why_no_resumption(one)) for one in self.installations(subjects))
        return {str(one.pk): reason for one, reason in found if reason}

    def do(self, subject: str, wish: Wish, *, at: datetime) -> str:
        installation = self.installation(subject)
        with scope(beneficiary=installation.beneficiary):
            actions.resume(installation, by=wish.by, at=at)
        return "Reprise demandée."
