"""The folders of the mairies, kept here: one exists when its space is open and its drive answers."""

from __future__ import annotations

import errno

from django.conf import settings
from django.db import DatabaseError
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope

from socle.files import queries
from socle.files.actions import spaces
from socle.files.models import Space
from socle.lib.refusals import Refused
from socle.lib.text import bytes_in_french, of_place
from socle.people.models import Beneficiary, User
from socle.provisioning.contract import Change, EngineError, Observed, Plan, Wanted


class OwnFiles:
    """Opens, suspends and resumes the spaces of `socle.files`."""

    is_simulated = False
    service_code = "fichiers"

    def check(self) -> None:
        """Say whether the rows answer and the disk takes a file; change nothing."""
        try:
            Space._base_manager.exists()
        except DatabaseError as error:
            raise EngineError("La base des dossiers partagés ne répond pas.") from error
        if settings.FILES_TARGET:
            return
        try:
            settings.FILES_ROOT.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            name = errno.errorcode.get(error.errno or 0, "OSError")
            raise EngineError(f"Le disque des dossiers partagés ne s’écrit pas ({name}).") from error

    def observe(self, beneficiary: Beneficiary) -> Observed:
        """Look for the space, and for the root that its drive shows."""
        with scope(beneficiary=beneficiary):
            space = queries.space_of(beneficiary)
            if space is None:
                return Observed(False, "Pas encore de dossier partagé.", details={"state": "absent"})
            queries.root_of(space)
        address = self.address(beneficiary)
        if space.suspended_at is not None:
            return Observed(False, "Dossier partagé suspendu, gardé en entier.", address, {"state": "suspended"})
        held = bytes_in_french(space.quota_bytes)
        return Observed(True, f"Dossier partagé ouvert, de {held}.", address, {"state": "live"})

    def address(self, beneficiary: Beneficiary) -> str:
        """Where its network drive is."""
        return settings.PLATFORM_URL + reverse("drive", args=[f"{beneficiary.pk}/"])

    def plan(self, wanted: Wanted, observed: Observed) -> Plan:
        """Say the one step that leads from what is found to what is wanted."""
        state = observed.details["state"]
        verbs = {(True, "absent"): "make", (True, "suspended"): "resume", (False, "live"): "suspend"}
        verb = verbs.get((wanted.is_present, state))
        if verb is None:
            return Plan()
        says = {
            "make": "Ouvrir le dossier partagé et ses premiers dossiers",
            "resume": "Rouvrir le dossier partagé, tel qu’il était",
            "suspend": "Suspendre le dossier partagé, sans rien effacer",
        }[verb]
        place = wanted.beneficiary
        whose = of_place(place.commune.name) if place.commune else of_place(place.name)
        key = f"{self.service_code}/{place.pk}/{verb}"
        return Plan((Change(key, place, verb, f"{says} {whose}"),))

    def apply(self, change: Change) -> None:
        """Do the step; a step already done changes nothing."""
        by, at, place = User.objects.system(), timezone.now(), change.beneficiary
        try:
            with scope(beneficiary=place):
                space = queries.space_of(place)
                if change.verb == "make":
                    spaces.open_space(place, by=by, at=at)
                elif change.verb == "suspend":
                    if space is not None and space.suspended_at is None:
                        spaces.suspend_space(space, by=by, at=at)
                elif change.verb == "resume":
                    if space is not None and space.suspended_at is not None:
                        spaces.resume_space(space, by=by, at=at)
                else:
                    raise EngineError(f"Étape inconnue\u00a0: {change.verb}.", is_lasting=True)
        except Refused as refusal:
            raise EngineError(refusal.sentence, is_lasting=True) from refusal
