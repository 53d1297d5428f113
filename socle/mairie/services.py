"""The services of a beneficiary in plain words: what each is for, its state, how to use it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from socle.agreements.models import Status
from socle.mairie.journey import Situation
from socle.people.models import User
from socle.programme.models import Service
from socle.provisioning.guides import Guide, guide_of
from socle.provisioning.models import Installation, State
from socle.provisioning.rules import why_pending
from socle.provisioning.wiring import unserved
from socle.ui.shapes import Tone

_WORDS: dict[str, tuple[str, Tone, str]] = {
    State.LIVE: ("En service", "ok", ""),
    State.PENDING: ("Se met en place", "wait", "Cela prend quelques minutes. Vous n’avez rien à faire."),
    State.FAILED: (
        "Retardé",
        "alert",
        "Un nouvel essai est déjà prévu, et l’équipe technique est prévenue. Vous n’avez rien à faire.",
    ),
    State.SUSPENDED: (
        "Suspendu",
        "alert",
        "Rien de ce que vous avez écrit n’est effacé\u00a0: tout reste gardé, et vous pouvez l’emporter.",
    ),
}
_ICONS = {
    "site-internet": "website",
    "messagerie": "mail",
    "agendas": "calendar",
    "fichiers": "folder",
    "sauvegardes": "backup",
}
_DRAWINGS = {
    "site-internet": "browser",
    "messagerie": "letter",
    "agendas": "calendar",
    "fichiers": "folder",
    "sauvegardes": "safe",
}
# What one does with a service that is simulated: nothing for good, and it is said.
SIMULATED = "Simulé dans cette démonstration\u00a0: ses réglages s’essaient, mais rien n’en part et rien n’y arrive."


# What has no engine here yet: nobody calls it soon.
UNSERVED = (
    "Votre opérateur doit d’abord le brancher à la plateforme. Vous n’avez rien à faire\u00a0: il s’ouvrira de "
    "lui-même."
)


@dataclass(frozen=True)
class ShownService:
    """One service as a secretary reads it."""

    service: Service
    icon: str
    label: str
    tone: Tone
    sentence: str
    is_simulated: bool = False
    installation: Installation | None = None
    guide: Guide = field(default_factory=Guide)

    @property
    def drawing(self) -> str:
        """Return the guide of a service as long as no room says how it is used."""
        return _DRAWINGS.get(self.service.code, "") if not self.guide.ways else ""

    @property
    def is_usable(self) -> bool:
        """Whether there is something to use: a twin has nothing behind."""
        return self.installation is not None and self.installation.state == State.LIVE and not self.is_simulated


def shown_services(situation: Situation) -> list[ShownService]:
    """Return the services of the agreement, each with its state; those of a draft are only chosen."""
    agreement = situation.agreement
    if agreement is None:
        return []
    installations = {one.service_id: one for one in situation.installations}
    chosen = agreement.chosen()
    return [_shown(service, installations.get(service.pk), situation) for service in chosen]


def _shown(service: Service, installation: Installation | None, situation: Situation) -> ShownService:
    icon = _ICONS.get(service.code, "check")
    agreement = situation.agreement
    is_unserved = bool(unserved([service]))
    if agreement is None or agreement.status != Status.SIGNED:
        sentence = UNSERVED if is_unserved else "Il s’ouvrira à la dernière signature."
        return ShownService(service, icon, "Choisi", "neutral", sentence)
    if installation is None:
        if is_unserved:
            return ShownService(service, icon, "À mettre en service", "wait", UNSERVED)
        if service.is_provisioned:
            return ShownService(service, icon, "Se met en place", "wait", "Vous n’avez rien à faire.")
        return ShownService(
            service, icon, "Droit ouvert", "info", "Le syndicat vous contacte pour convenir de sa mise en place."
        )
    label, tone, sentence = _WORDS[installation.state]
    if installation.state == State.PENDING and not installation.wanted_present:
        label, sentence = "Se suspend", "Rien de ce que vous avez écrit n’est effacé."
    elif why_pending(installation):
        label, sentence = "À mettre en service", UNSERVED
    if not sentence:
        sentence = SIMULATED if installation.is_simulated else ""
    return ShownService(
        service,
        icon,
        label,
        tone,
        sentence,
        installation.is_simulated,
        installation,
    )


def guided_services(situation: Situation, *, by: User, at: datetime) -> list[ShownService]:
    """Return the services, each that is live and real with how to use it, as its room says."""
    return [
        replace(one, guide=guide_of(one.service.code, situation.beneficiary, by=by, at=at)) if one.is_usable else one
        for one in shown_services(situation)
    ]
