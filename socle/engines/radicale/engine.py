"""The service `agendas`: the calendars of the mairie, of its council, of its people and of its venues; its contacts."""

from __future__ import annotations

from django.conf import settings
from django.utils import timezone

from socle.agenda import actions
from socle.agenda.access import agenda_of
from socle.agenda.contract import store
from socle.people.models import Beneficiary, User
from socle.provisioning.contract import Change, EngineError, Observed, Plan, Wanted


class Agendas:
    """Makes, closes and opens again the calendars of `socle.agenda`, kept by Radicale in this very process."""

    is_simulated = False
    service_code = "agendas"

    def check(self) -> None:
        """Say whether the folder of the calendars can be written, and is that of every machine; change nothing."""
        _refuse_apart()
        try:
            store().check()
        except OSError as error:
            raise EngineError("Le dossier des agendas ne peut pas être écrit.") from error

    def observe(self, beneficiary: Beneficiary) -> Observed:
        """Look at the row and the folders."""
        agenda = agenda_of(beneficiary)
        if agenda is None:
            return Observed(False, "Pas encore d’agenda.", details={"state": "absent", "missing": ""})
        wished = actions.wished_of(beneficiary, at=timezone.now())
        missing = [one.slug for one in wished if not store().has(beneficiary.pk, one.slug)]
        details = {"state": "suspended" if agenda.suspended_at else "open", "missing": "\n".join(missing)}
        if agenda.suspended_at is not None:
            return Observed(False, "Agendas suspendus ; rien n’est effacé.", details=details)
        there = len(wished) - len(missing)
        says = (
            f"{there} agendas et carnets sur {len(wished)}." if missing else f"{there} agendas et carnets en service."
        )
        return Observed(not missing, says, address_of(beneficiary), details)

    def plan(self, wanted: Wanted, observed: Observed) -> Plan:
        """Say what differs: opening first, then each calendar that is missing."""
        beneficiary, state = wanted.beneficiary, observed.details["state"]
        if not wanted.is_present:
            if state != "open":
                return Plan()
            return Plan((self._change(beneficiary, "suspend", "", "Suspendre les agendas, sans rien effacer"),))
        changes = []
        if state == "absent":
            changes.append(self._change(beneficiary, "open", "", "Ouvrir les agendas"))
            missing = [one.slug for one in actions.wished_of(beneficiary, at=timezone.now())]
        else:
            missing = observed.details["missing"].split("\n") if observed.details["missing"] else []
        if state == "suspended":
            changes.append(self._change(beneficiary, "resume", "", "Rouvrir les agendas suspendus"))
        if missing:
            names = ", ".join(f"« {slug} »" for slug in missing)
            changes.append(self._change(beneficiary, "make", "\n".join(missing), f"Faire {names}"))
        return Plan(tuple(changes))

    def _change(self, beneficiary: Beneficiary, verb: str, slugs: str, says: str) -> Change:
        key = f"{self.service_code}/{beneficiary.pk}/{verb}" + "".join(f"/{slug}" for slug in slugs.split())
        return Change(key, beneficiary, verb, f"{says} : {beneficiary.name}")

    def apply(self, change: Change) -> None:
        """Do the step; a step already done changes nothing."""
        by, at, beneficiary = User.objects.system(), timezone.now(), change.beneficiary
        if change.verb != "suspend":
            _refuse_apart()
        try:
            if change.verb in ("open", "resume"):
                actions.open_agenda(beneficiary, by=by, at=at)
            elif change.verb == "suspend":
                actions.suspend_agenda(beneficiary, by=by, at=at)
            elif change.verb == "make":
                # All that is wanted now: a person may have come or left since the plan, and what exists stays as it is.
                actions.make_collections(beneficiary, actions.wished_of(beneficiary, at=at), by=by, at=at)
            else:
                raise EngineError(f"Étape inconnue : {change.verb}.", is_lasting=True)
        except OSError as error:
            raise EngineError("Le dossier des agendas ne peut pas être écrit.") from error


def _refuse_apart() -> None:
    if settings.AGENDAS_ARE_APART:
        raise EngineError(
            "Plusieurs machines servent la plateforme, et chacune aurait ses propres agendas.",
            remedy="Montez sur toutes un même dossier, et nommez-le dans SOCLE_AGENDA_DIR (guide «\u00a0Installer la "
            "plateforme\u00a0», «\u00a0Sur plusieurs machines\u00a0»).",
        )


def address_of(beneficiary: Beneficiary) -> str:
    """The address that a client is given."""
    return f"{settings.PLATFORM_URL}/dav/agenda/{beneficiary.pk}/"
