"""The services of a beneficiary in plain words: what each is for, its state, how to use it."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from socle.agreements.models import Status
from socle.mairie.journey import SITE, Situation
from socle.programme.models import Service
from socle.provisioning.models import Installation, State
from socle.ui.shapes import Link, Tone

_WORDS: dict[str, tuple[str, Tone, str]] = {
    State.LIVE: ("En service", "ok", ""),
    State.PENDING: ("Se met en place", "wait", "Cela prend quelques minutes. Vous n’avez rien à faire."),
    State.FAILED: (
        "Retardé",
        "alert",
        "Un nouvel essai est déjà prévu, et l’équipe technique est prévenue. Vous n’avez rien à faire.",
    ),
    State.SUSPENDED: ("Suspendu", "alert", "Rien de ce que vous avez écrit n’est effacé."),
}
_ICONS = {
    "site-internet": "website",
    "messagerie": "mail",
    "agendas": "calendar",
    "fichiers": "folder",
    "sauvegardes": "backup",
}
# What one does with a service that is simulated: nothing yet, and it is said.
SIMULATED = "Simulé dans cette démonstration\u00a0: le service n’existe pas encore vraiment, rien n’est à ouvrir."


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
    links: tuple[Link, ...] = ()


def shown_services(situation: Situation) -> list[ShownService]:
    """Return the services of the agreement, each with its state; those of a draft are only chosen."""
    agreement = situation.agreement
    if agreement is None:
        return []
    installations = {one.service_id: one for one in situation.installations}
    chosen = [choice.service for choice in agreement.choices.select_related("service")]
    return [_shown(service, installations.get(service.pk), situation) for service in chosen]


def _shown(service: Service, installation: Installation | None, situation: Situation) -> ShownService:
    icon = _ICONS.get(service.code, "check")
    agreement = situation.agreement
    if agreement is None or agreement.status != Status.SIGNED:
        return ShownService(service, icon, "Choisi", "neutral", "Il s’ouvrira à la dernière signature.")
    if installation is None:
        if service.is_provisioned:
            return ShownService(service, icon, "Se met en place", "wait", "Vous n’avez rien à faire.")
        return ShownService(
            service, icon, "Droit ouvert", "info", "Le syndicat vous contacte pour convenir de sa mise en place."
        )
    label, tone, sentence = _WORDS[installation.state]
    if installation.state == State.PENDING and not installation.wanted_present:
        label, sentence = "Se suspend", "Rien de ce que vous avez écrit n’est effacé."
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
        _site_links(situation) if service.code == SITE and installation.state == State.LIVE else (),
    )


def _site_links(situation: Situation) -> tuple[Link, ...]:
    return (
        Link("Voir le site", situation.site_url, "external"),
        Link("Publier une actualité", reverse("website_news"), "news"),
        Link("Corriger les horaires", reverse("website_hours"), "clock"),
        Link("Son adresse internet", reverse("mairie:names"), "pin"),
    )
