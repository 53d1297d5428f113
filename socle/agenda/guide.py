"""How a mairie uses its agendas and its contacts: what its page of services says."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.urls import reverse

from socle.agenda.models import Calendar, Venue
from socle.people.models import Beneficiary, User
from socle.provisioning.guides import Figure, Guide, Way
from socle.ui.shapes import Fact, Link


def dav_address(beneficiary: Beneficiary) -> str:
    """Return the address that a program asks for."""
    return f"{settings.PLATFORM_URL}/dav/agenda/{beneficiary.pk}/agendas/"


def give(beneficiary: Beneficiary, *, by: User, at: datetime) -> Guide:
    """Return the gestures of the agendas, and how a telephone or a program follows them."""
    to_type = (Fact("Adresse", dav_address(beneficiary)), Fact("Nom d’utilisateur", by.email))
    return Guide(
        links=(
            Link("Ouvrir l’agenda", reverse("mairie:agenda"), "calendar"),
            Link("Ajouter un événement", reverse("mairie:event_new"), "plus"),
            Link("Contacts", reverse("mairie:contacts"), "people"),
            Link("Salles", reverse("mairie:venues"), "mairie"),
        ),
        ways=(
            Way(
                "Sur votre téléphone",
                (
                    "iPhone : Réglages, Calendrier, Comptes, Ajouter un compte, Autre, « Compte CalDAV ». "
                    "Faites de même avec « Compte CardDAV » pour les contacts.",
                    "Android : installez l’application libre DAVx⁵, puis « Connexion avec une URL ».",
                    "Donnez l’adresse, votre nom d’utilisateur, et le mot de passe fait pour cet appareil.",
                ),
                "phone",
                to_type,
            ),
            Way(
                "Sur votre ordinateur",
                (
                    "Thunderbird : Agenda, « Nouvel agenda », « Sur le réseau ». Donnez votre nom d’utilisateur "
                    "et l’adresse : les agendas s’affichent, cochez ceux que vous voulez.",
                    "Contacts : Carnet d’adresses, « Nouveau carnet CardDAV », avec la même adresse.",
                    "Outlook : il faut le complément libre « CalDav Synchronizer ».",
                ),
                "computer",
                to_type,
            ),
        ),
        figures=(
            Figure("Agendas", str(Calendar.objects.filter(owner=None).count())),
            Figure("Salles à réserver", str(Venue.objects.filter(closed_at=None).count())),
        ),
        asks_device_password=True,
    )
