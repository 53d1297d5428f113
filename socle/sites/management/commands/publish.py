"""`socle publish [HOST …] [--all]`: the sites as files, those that wait, or made anew."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django_scopes import scopes_disabled

from socle.lib.text import number
from socle.sites.models import WebSite
from socle.sites.publishing import actions
from socle.sites.publishing.reads import EVERYTHING


class Command(BaseCommand):
    help = (
        "Publie en fichiers les sites où quelque chose a changé. Avec des noms d’hôtes, ou --all pour tous, refait "
        "entièrement leurs fichiers\u00a0; ceux qui ne changent pas gardent leur date."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("hosts", nargs="*", metavar="HOTE", help="par exemple prisches.communes.exemple.fr")
        parser.add_argument("--all", action="store_true", help="refaire tous les sites")

    def handle(self, *args: Any, hosts: list[str], **options: Any) -> None:
        now = timezone.now()
        if hosts or options["all"]:
            with scopes_disabled():  # The command serves every site of the installation.
                wanted = WebSite.objects.all() if options["all"] else WebSite.objects.filter(host__in=hosts)
                found = dict(wanted.values_list("host", "pk"))
            if unknown := sorted(set(hosts) - set(found)):
                raise CommandError(f"Aucun site à ce nom\u00a0: {', '.join(unknown)}. Rien n’a été publié.")
            for website_id in found.values():
                actions.changed_quietly(website_id, EVERYTHING, at=now)
        written = removed = sites = 0
        problems: list[str] = []
        stopped = ""
        for website_id, done in actions.publish_each():
            sites += 1
            written += len(done.written)
            removed += len(done.removed)
            problems += [] if done.stopped else done.problems
            stopped = stopped or done.stopped
            if options["verbosity"] > 1:
                self.stdout.write(f"  site {website_id}\u00a0: {number(len(done.written))} adresses écrites")
        self.stdout.write(
            f"Sites publiés\u00a0: {number(sites)}\u00a0; adresses écrites\u00a0: {number(written)}, "
            f"retirées\u00a0: {number(removed)}."
        )
        if stopped:
            raise CommandError(stopped)
        if problems:
            said = "\u00a0; ".join(problems[:10])
            raise CommandError(
                f"{number(len(problems))} adresses n’ont pas pu être publiées, leur version précédente reste en "
                f"ligne\u00a0: {said}"
            )
