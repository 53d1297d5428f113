"""The twins: one class per service, the same manners as a real engine."""

from __future__ import annotations

from django.conf import settings
from django.utils import timezone
from django_scopes import scope

from socle.engines.simulated.models import LedgerLine, Thing
from socle.lib.text import slug
from socle.mail.defaults import ensure_defaults
from socle.mail.domains import free_name
from socle.mail.models import Domain
from socle.people.models import Beneficiary, User
from socle.provisioning.contract import Change, EngineError, Observed, Plan, Wanted

# The service and the commune whose installation fails in a demonstration.
FAILING = ("messagerie", "59573")


def _fails_for(service_code: str, beneficiary: Beneficiary) -> str:
    """Why this service is down for one mairie of the demonstration, which shows what a failure is; or nothing."""
    code = beneficiary.insee_code
    is_shown = settings.DEMO and (service_code, code) == FAILING
    return "Simulé\u00a0: le serveur de messagerie n’a plus de place pour une boîte." if is_shown else ""


class Simulated:
    """A service made of named things, kept in the database instead of an outside system."""

    is_simulated = True
    service_code = ""
    noun = ""

    def names(self, beneficiary: Beneficiary) -> list[str]:
        """The things this beneficiary should have, in the order they are made."""
        raise NotImplementedError

    def stem(self, beneficiary: Beneficiary) -> str:
        """A name without accents that belongs to this beneficiary only."""
        code = beneficiary.commune.insee_code if beneficiary.commune else str(beneficiary.pk)
        return f"{slug(beneficiary.place_name)}-{code.lower()}"

    def check(self) -> None:
        """A twin always answers as long as the database does."""
        Thing.objects.exists()

    def observe(self, beneficiary: Beneficiary) -> Observed:
        things = list(Thing.objects.filter(service_code=self.service_code, beneficiary=beneficiary))
        present = [thing.name for thing in things if not thing.is_suspended]
        expected = self.names(beneficiary)
        return Observed(
            is_present=set(expected) <= set(present),
            says=f"Simulé : {self.noun} {', '.join(present)}." if present else f"Simulé : {self.noun}, rien encore.",
            proof=f"simulé:{self.service_code}/{self.stem(beneficiary)}" if present else "",
            details={"present": "\n".join(present), "all": "\n".join(thing.name for thing in things)},
        )

    def plan(self, wanted: Wanted, observed: Observed) -> Plan:
        present = observed.details["present"].split("\n") if observed.details["present"] else []
        made = observed.details["all"].split("\n") if observed.details["all"] else []
        if why := _fails_for(self.service_code, wanted.beneficiary):
            raise EngineError(why)
        if not wanted.is_present:
            return Plan(tuple(self._change(wanted.beneficiary, "suspend", name) for name in present))
        return Plan(
            tuple(
                self._change(wanted.beneficiary, "resume" if name in made else "make", name)
                for name in self.names(wanted.beneficiary)
                if name not in present
            )
        )

    def _change(self, beneficiary: Beneficiary, verb: str, name: str) -> Change:
        said = {"make": "créer", "suspend": "suspendre", "resume": "rouvrir"}[verb]
        return Change(
            key=f"{self.service_code}/{beneficiary.pk}/{verb}/{name}",
            beneficiary=beneficiary,
            verb=verb,
            says=f"Simulé : {said} {name}",
            details={"name": name},
        )

    def apply(self, change: Change) -> None:
        name = change.details["name"]
        if change.verb == "make":
            _, has_effect = Thing.objects.get_or_create(
                service_code=self.service_code, beneficiary=change.beneficiary, name=name
            )
        elif change.verb in ("suspend", "resume"):
            has_effect = bool(
                Thing.objects.filter(
                    service_code=self.service_code,
                    beneficiary=change.beneficiary,
                    name=name,
                    is_suspended=change.verb == "resume",
                ).update(is_suspended=change.verb == "suspend")
            )
        else:
            raise EngineError(f"Étape inconnue : {change.verb}.", is_lasting=True)
        if has_effect:
            LedgerLine.objects.create(key=change.key)


class SimulatedMail(Simulated):
    """Stands for the mail servers: a domain, the mairie's box and the civil registry's."""

    service_code = "messagerie"
    noun = "domaine et boîtes"

    def names(self, beneficiary: Beneficiary) -> list[str]:
        if settings.SOCLE_MAIL_DOMAIN:
            with scope(beneficiary=beneficiary):
                given = Domain.objects.filter(beneficiary=beneficiary, is_own=False).first()
            domain = given.name if given else free_name(beneficiary)
        else:
            domain = f"{self.stem(beneficiary)}.invalid"
        return [domain, f"mairie@{domain}", f"etat-civil@{domain}"]

    def apply(self, change: Change) -> None:
        """As every twin; with the domain come the boxes, in the room that keeps them."""
        if change.verb == "make" and "@" not in change.details["name"] and settings.SOCLE_MAIL_DOMAIN:
            with scope(beneficiary=change.beneficiary):
                ensure_defaults(change.beneficiary, by=User.objects.system(), at=timezone.now())
        super().apply(change)


class SimulatedFiles(Simulated):
    """Stands for the file server: the mairie's folder."""

    service_code = "fichiers"
    noun = "dossier"

    def names(self, beneficiary: Beneficiary) -> list[str]:
        return [f"/{self.stem(beneficiary)}/"]


class SimulatedBackups(Simulated):
    """Stands for the backup server: one repository."""

    service_code = "sauvegardes"
    noun = "dépôt"

    def names(self, beneficiary: Beneficiary) -> list[str]:
        return [f"depot-{self.stem(beneficiary)}"]
