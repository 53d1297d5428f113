"""`socle first-person EMAIL --name … --operator …`: invites who will administer a new installation."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse
from django.utils import timezone

from socle.lib import dates
from socle.lib.refusals import Refused
from socle.people import emails
from socle.people.first_person import invite_first_person
from socle.people.models import User


class Command(BaseCommand):
    help = (
        "Invite la première personne, qui administrera la plateforme, et donne son lien, bon une fois. Refuse dès que "
        "quelqu’un administre."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "email", metavar="ADRESSE", help="son adresse électronique à elle, jamais une boîte partagée"
        )
        parser.add_argument("--name", required=True, metavar="NOM", help="prénom et nom")
        parser.add_argument(
            "--operator", required=True, metavar="SIREN|CODE", help="l’opérateur pour lequel elle travaille"
        )
        parser.add_argument("--operator-name", default="", metavar="NOM", help="son nom, s’il n’est pas encore connu")
        parser.add_argument("--replace", action="store_true", help="retirer l’invitation d’une autre adresse")
        parser.add_argument("--json", action="store_true", help="répondre en JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            invitation, token = invite_first_person(
                options["email"],
                name=options["name"],
                operator=options["operator"],
                operator_name=options["operator_name"],
                replaces=options["replace"],
                by=User.objects.system(),
                at=timezone.now(),
            )
        except Refused as refusal:
            raise CommandError(refusal.sentence) from refusal
        link = f"{settings.PLATFORM_URL}{reverse('invitation', args=[token])}"
        try:
            emails.write_invitation(invitation, token=token)
            has_left = True
        except OSError:
            has_left = False
        place, expires_at = invitation.operator, invitation.expires_at
        assert place is not None
        assert expires_at is not None
        if options["json"]:
            said = {
                "email": invitation.email,
                "name": invitation.name,
                "operator": {"code": place.code, "name": place.name, "siret": place.siret},
                "role": invitation.role,
                "invitation": link,
                "expires_at": expires_at.isoformat(),
                "has_left": has_left,
            }
            self.stdout.write(json.dumps(said, ensure_ascii=False, indent=2))
            return
        self.stdout.write(f"{invitation.name} est invité·e, pour {place.name}, comme {invitation.get_role_display()}.")
        self.stdout.write(link)
        self.stdout.write(f"Ce lien sert une fois, jusqu’au {dates.at_in_words(expires_at)}.")
        if not has_left:
            self.stdout.write("Le message n’a pas pu partir\u00a0: donnez-lui ce lien, et réglez SOCLE_EMAIL_URL.")
