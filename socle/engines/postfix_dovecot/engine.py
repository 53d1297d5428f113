"""The service « messagerie », made by Postfix, Dovecot, OpenDKIM and rspamd: the contract of provisioning.

What a mairie has is what the room of the mail says; the servers are made to know it. Suspended: nobody signs in nor
writes any more, what arrives is kept, and everything is found again at the resumption. Nothing is ever destroyed here.
"""

from __future__ import annotations

from django.conf import settings
from django.utils import timezone
from django_scopes import scopes_disabled

from socle.engines.postfix_dovecot import exporting
from socle.engines.postfix_dovecot.doveadm import Doveadm, DoveadmError
from socle.engines.postfix_dovecot.layout import Layout
from socle.engines.postfix_dovecot.servers import Servers
from socle.lib.refusals import Refused
from socle.mail import domains
from socle.mail.defaults import ensure_defaults
from socle.mail.models import Domain, Mailbox
from socle.mail.models.domains import Status
from socle.people.models import Beneficiary, User
from socle.provisioning.contract import Change, EngineError, Observed, Plan, Wanted

START_HERE = "Démarrez-les : sudo make services."
START = "Démarrez-les : systemctl start socle-opendkim socle-rspamd socle-dovecot socle-postfix."
KEYS = "socle mail-servers write, avec ses options, puis relancez Dovecot."
SAYS = {
    "make": "Créer le domaine, les boîtes de la mairie et celles de ses membres",
    "export": "Faire connaître les boîtes aux serveurs",
    "suspend": "Suspendre la messagerie\u00a0: plus personne ne s’y connecte, ce qui arrive est gardé",
    "resume": "Rouvrir la messagerie suspendue",
}


class PostfixDovecot:
    """Makes, suspends and reopens the mail of `socle.mail` on the real servers."""

    is_simulated = False
    service_code = "messagerie"

    def check(self) -> None:
        """Say whether the servers are described and answer; change nothing."""
        layout = _layout()
        remedy = START_HERE if settings.DEMO else START
        if silent := Servers(layout).silent():
            said = " ".join(f"{name} ne répond pas sur le port {port}." for name, port in silent)
            raise EngineError(said, remedy=remedy)
        try:
            Doveadm(layout).connected()
        except DoveadmError as error:
            refused = f"Rendez à Dovecot la clé de {layout.folder}/servers.json\u00a0: {KEYS}"
            raise EngineError(error.sentence, remedy=refused if error.is_key_refused else remedy) from error
        if closed := exporting.unreadable(layout):
            names = sorted({path.name if path.is_dir() else path.parent.name for path in closed})
            said = ", ".join(names[:5]) + ("…" if names[5:] else "")
            raise EngineError(
                f"Dovecot ne peut pas lire les règles de {said}\u00a0: tout ce qui y arrive attend.",
                remedy="Redites-lui tout, puis faites repartir ce qui attend\u00a0: "
                f"socle mail-servers export, puis postqueue -c {layout.postfix} -f.",
            )

    def observe(self, beneficiary: Beneficiary) -> Observed:
        """Compare the room, the relations and what Dovecot itself says of the main box."""
        layout, at = _layout(), timezone.now()
        with scopes_disabled():  # One beneficiary's, named.
            main = Domain.objects.filter(beneficiary=beneficiary, is_main=True).first()
            boxes = list(Mailbox.objects.filter(beneficiary=beneficiary).receiving().order_by("pk"))
        if main is None or not boxes:
            return Observed(False, "Pas encore de messagerie.", details={"state": "absent"})
        if exporting.differs(layout, beneficiary.pk, at=at):
            says = f"Les serveurs ne connaissent pas encore tout ce qui est réglé pour {main.name}."
            state = "suspended-stale" if main.status == Status.SUSPENDED else "stale"
            return Observed(False, says, details={"state": state})
        if main.status == Status.SUSPENDED:
            says = f"Messagerie suspendue\u00a0: {main.name}. Ce qui arrive est gardé."
            return Observed(False, says, boxes[0].address, {"state": "suspended"})
        try:
            if not Doveadm(layout).knows(boxes[0].address):
                says = f"Le serveur des boîtes ne trouve pas {boxes[0].address}."
                return Observed(False, says, details={"state": "stale"})
        except DoveadmError as error:
            raise EngineError(error.sentence) from error
        count = f"{len(boxes)} boîtes" if len(boxes) > 1 else "1 boîte"
        return Observed(
            True, f"Messagerie en service\u00a0: {main.name}, {count}.", boxes[0].address, {"state": "live"}
        )

    def plan(self, wanted: Wanted, observed: Observed) -> Plan:
        """Say the steps that lead from what is found to what is wanted."""
        state = observed.details["state"]
        if wanted.is_present:
            verbs = {
                "absent": ("make", "export"),
                "stale": ("export",),
                "suspended": ("resume", "export"),
                "suspended-stale": ("resume", "export"),
                "live": (),
            }[state]
        else:
            verbs = {
                "absent": (),
                "suspended": (),
                "suspended-stale": ("export",),
                "stale": ("suspend", "export"),
                "live": ("suspend", "export"),
            }[state]
        who = wanted.beneficiary
        return Plan(
            tuple(
                Change(f"{self.service_code}/{who.pk}/{verb}", who, verb, f"{SAYS[verb]}\u00a0: {who.name}")
                for verb in verbs
            )
        )

    def apply(self, change: Change) -> None:
        """Do one step; done twice, it changes nothing more."""
        who, by, at = change.beneficiary, User.objects.system(), timezone.now()
        try:
            with scopes_disabled():  # One beneficiary's, named.
                if change.verb == "make":
                    ensure_defaults(who, by=by, at=at)
                elif change.verb == "suspend":
                    for domain in Domain.objects.filter(beneficiary=who, status=Status.ACTIVE):
                        domains.suspend_domain(domain, by=by, at=at)
                elif change.verb == "resume":
                    for domain in Domain.objects.filter(beneficiary=who, status=Status.SUSPENDED):
                        domains.activate(domain, by=by, at=at)
                elif change.verb != "export":
                    raise EngineError(f"Étape inconnue\u00a0: {change.verb}.", is_lasting=True)
        except Refused as refusal:
            raise EngineError(refusal.sentence, is_lasting=True) from refusal
        if change.verb == "export":
            exporting.export(_layout(), [who.pk], at=at)


def _layout() -> Layout:
    layout = exporting.layout()
    if layout is None:
        raise EngineError(
            "Aucun serveur de messagerie n’est décrit\u00a0: socle mail-servers write, ou make services.",
            is_lasting=True,
        )
    return layout
