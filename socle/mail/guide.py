"""How a mairie uses its mail: what its page of services says."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from socle.lib import dates
from socle.lib.text import bytes_in_french
from socle.mail import queries
from socle.mail.configuring import settings_of
from socle.mail.webmail.queries import address
from socle.people.models import Beneficiary, User
from socle.provisioning.guides import Figure, Guide, Way
from socle.ui.shapes import Fact, Link

# What is typed in a program is the same for every box: a few are named, the others are on the page of the mail.
MOST_NAMED = 3


def give(beneficiary: Beneficiary, *, by: User, at: datetime) -> Guide:
    """Return how the mail is read and set, and what it uses; nothing when the beneficiary has no domain yet."""
    if (domain := queries.main_domain(beneficiary)) is None:
        return Guide()
    opened = list(queries.boxes_opened_by(by, dates.day_of(at)).order_by("-kind", "address")[:MOST_NAMED])
    quota, servers = queries.quota_of(beneficiary), settings_of()
    links = [Link("Toutes les boîtes", reverse("mairie:mail"), "mail")]
    if address():
        links.insert(0, Link("Ouvrir la messagerie", reverse("mairie:mail_read"), "external"))
    to_type = (
        *(Fact("Adresse", box.address) for box in opened),
        Fact("Recevoir (IMAP)", servers.imap_host, f"port {servers.imap_port}, SSL/TLS"),
        Fact("Envoyer (SMTP)", servers.smtp_host, f"port {servers.smtp_port}, SSL/TLS"),
    )
    return Guide(
        links=tuple(links),
        ways=(
            Way(
                "Sur un téléphone ou un ordinateur",
                (
                    "Créez un mot de passe pour cet appareil : celui de la plateforme ne s’y donne jamais.",
                    "Ajoutez un compte de messagerie : votre adresse entière, et ce mot de passe.",
                    "Le reste se règle tout seul. Si l’appareil le demande, recopiez ces noms.",
                ),
                "phone",
                to_type,
                (Link("Régler un appareil, pas à pas", reverse("mairie:mail_devices"), "phone"),),
            ),
            Way(
                "Ce que vous pouvez changer vous-même",
                (
                    f"Les adresses finissent par @{domain.shown} ; le nom de la commune peut les porter.",
                    "Créez une boîte, ouvrez-la à plusieurs personnes, répondez à une absence.",
                    "Rien ne se perd : une boîte supprimée se reprend, des messages effacés se retrouvent.",
                ),
                "letter",
                links=(Link("Messagerie", reverse("mairie:mail"), "mail"),),
            ),
        ),
        figures=(
            Figure(
                "Place",
                f"{bytes_in_french(quota.used)} sur {bytes_in_french(quota.total)}",
                min(1.0, quota.used / quota.total) if quota.total else None,
            ),
        ),
        asks_device_password=True,
    )
