"""The service « sauvegardes »: a beneficiary has its place on the backup server, and its machines are let in."""

from __future__ import annotations

from collections.abc import Collection

from django.conf import settings
from django.utils import timezone
from django_scopes import scopes_disabled

from socle.backups import actions
from socle.backups.contract import StoreError, store
from socle.backups.models import Account
from socle.lib.refusals import Refused
from socle.people.models import Beneficiary, User
from socle.provisioning.contract import Change, EngineError, Observed, Plan, Wanted


class MachineBackups:
    """Opens, suspends and reopens the accounts of `socle.backups` on the store that settings name."""

    is_simulated = False
    service_code = "sauvegardes"

    def check(self) -> None:
        """Say whether restic, its server and its folder are there; change nothing."""
        try:
            store().check()
        except StoreError as error:
            raise EngineError(error.sentence, remedy=error.remedy) from error

    def observe(self, beneficiary: Beneficiary) -> Observed:
        """Read the account, and compare who should be let in with who is."""
        # On one of several machines, a folder that our server does not stand before would say that all is well.
        if settings.SEVERAL_MACHINES:
            self.check()
        account = self._account(beneficiary)
        if account is None:
            return Observed(False, "Pas encore de compte de sauvegarde.", details={"state": "absent"})
        mine = self._users(beneficiary)
        try:
            entering = store().who_enters() & mine
        except (StoreError, OSError) as error:
            raise EngineError("Le serveur des sauvegardes ne se laisse pas lire.") from error
        proof = f"sauvegardes:c{beneficiary.pk}"
        if account.suspended_at is not None:
            state = "suspended" if not entering else "leaking"
            return Observed(False, "Compte suspendu, rien n’est effacé.", proof, {"state": state})
        expected = actions.doors().keys() & mine
        if entering != expected:
            return Observed(False, self._why_not_all(beneficiary, expected - entering), proof, {"state": "unpublished"})
        said = "aucune machine" if not mine else f"{len(entering)} machine{'s' if len(entering) > 1 else ''}"
        return Observed(True, f"Compte de sauvegarde ouvert, {said}.", proof, {"state": "open"})

    def plan(self, wanted: Wanted, observed: Observed) -> Plan:
        """Say the one step that leads from what is found to what is wanted."""
        state = observed.details["state"]
        if wanted.is_present:
            steps = {
                "absent": ("make", "Ouvrir le compte de sauvegarde"),
                "suspended": ("resume", "Rouvrir le compte de sauvegarde"),
                "leaking": ("resume", "Rouvrir le compte de sauvegarde"),
                "unpublished": ("publish", "Laisser entrer les machines qui le doivent"),
            }
        else:
            steps = {
                "open": ("suspend", "Suspendre le compte de sauvegarde, sans rien effacer"),
                "unpublished": ("suspend", "Suspendre le compte de sauvegarde, sans rien effacer"),
                "leaking": ("publish", "Ne plus laisser entrer ses machines"),
            }
        if state not in steps:
            return Plan()
        verb, says = steps[state]
        beneficiary = wanted.beneficiary
        key = f"{self.service_code}/{beneficiary.pk}/{verb}"
        return Plan((Change(key, beneficiary, verb, f"{says} : {beneficiary.name}"),))

    def apply(self, change: Change) -> None:
        """Do the step; a step already done changes nothing."""
        by, at = User.objects.system(), timezone.now()
        try:
            with scopes_disabled():  # The change says whose it is.
                account = self._account(change.beneficiary)
                if change.verb == "make":
                    actions.open_account(change.beneficiary, by=by, at=at)
                elif change.verb == "suspend" and account is not None:
                    actions.suspend_account(account, by=by, at=at)
                elif change.verb == "resume" and account is not None:
                    actions.resume_account(account, by=by, at=at)
                elif change.verb != "publish" or account is None:
                    raise EngineError(f"Étape inconnue : {change.verb}.", is_lasting=True)
                store().let_in(actions.doors())
        except Refused as refusal:
            raise EngineError(refusal.sentence, is_lasting=True) from refusal
        except (StoreError, OSError) as error:
            raise EngineError("Le serveur des sauvegardes n’a pas pu être réglé.") from error

    def _account(self, beneficiary: Beneficiary) -> Account | None:
        with scopes_disabled():
            return Account.objects.filter(beneficiary=beneficiary).first()

    def _why_not_all(self, beneficiary: Beneficiary, missing: Collection[str]) -> str:
        if not missing:
            return "Le serveur ne laisse pas entrer les bonnes machines."
        with scopes_disabled():
            names = beneficiary.backup_machines.filter(repository__user__in=missing).values_list("name", flat=True)
        named = ", ".join(f"«\u00a0{name}\u00a0»" for name in names)
        # Enrolled while a twin stood for the server, or by a former release: only the machine can draw another secret.
        return f"Le serveur ne laisse pas entrer {named}\u00a0: si cela dure, arrêtez-la, puis installez-la de nouveau."

    def _users(self, beneficiary: Beneficiary) -> frozenset[str]:
        with scopes_disabled():
            return frozenset(beneficiary.backup_repositories.values_list("user", flat=True))
