"""`socle forget PERSON`: forgets a person, by their e-mail address or their number."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from socle.journal.models import Entry
from socle.lib import dates
from socle.lib.refusals import Refused, refuse
from socle.lib.text import number, whole
from socle.people import actions, erasure, rules
from socle.people.models import User


class Command(BaseCommand):
    help = "Efface une personne (RGPD, art. 17) : son compte est pseudonymisé ; le journal et ce qui fut signé restent."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("person", metavar="PERSONNE", help="son adresse électronique, ou son numéro")
        parser.add_argument("--end-roles", action="store_true", help="mettre d’abord fin à ses fonctions, hier soir")
        parser.add_argument("--yes", action="store_true", help="effacer vraiment : il n’y a pas de retour")

    def handle(self, *args: Any, person: str, end_roles: bool, yes: bool, **options: Any) -> None:
        pk = whole(person)
        known = User.objects.filter(email__iexact=person) if pk is None else User.objects.filter(pk=pk)
        user = known.first()
        if user is None:
            raise CommandError("Personne ne porte cette adresse ni ce numéro ici.")
        by, at = User.objects.system(), timezone.now()
        lines = Entry.objects.filter(by_ref=f"{User._meta.label_lower}:{user.pk}").count()
        signatures = user.signatures.count()
        self.stdout.write(
            f"Personne n° {user.pk} : son nom, son adresse, son mot de passe, son second facteur, ses sessions et ses "
            f"messages seront effacés. Restent, sous pseudonyme : {number(lines)} lignes de journal ; et, tels qu’ils "
            f"sont, les documents qu’elle a signés ({number(signatures)})."
        )
        yesterday = dates.day_of(at) - timedelta(days=1)
        try:
            if end_roles and yes:
                for membership in user.memberships.active_on(dates.day_of(at)):
                    actions.end_role(membership, last_day=yesterday, by=by, at=at)
            if not yes:
                if not end_roles:
                    refuse(rules.why_not_forget(user, on=dates.day_of(at)))
                self.stdout.write("Rien n’a été changé : ajoutez --yes pour effacer. Il n’y aura pas de retour.")
                return
            done = erasure.forget(user, by=by, at=at)
        except Refused as refusal:
            raise CommandError(refusal.sentence) from refusal
        self.stdout.write(
            self.style.SUCCESS(f"Personne n° {user.pk} effacée ({number(done.erased)} lignes avec elle).")
        )
        self.stdout.write(
            "Les sauvegardes gardent son nom jusqu’à leur terme (« socle backup prune ») : après une "
            "restauration, refaites "
            "cet effacement."
        )
