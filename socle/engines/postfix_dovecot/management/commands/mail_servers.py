"""`socle mail-servers …`: describes and feeds the real mail servers; `socle.trials` adds what starts and stops them."""

from __future__ import annotations

from argparse import SUPPRESS
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from socle.engines.postfix_dovecot import certificates, configuration, copies, exporting, server_status
from socle.engines.postfix_dovecot.copies import CopiesError
from socle.engines.postfix_dovecot.doveadm import DoveadmError
from socle.engines.postfix_dovecot.layout import NAME, Layout, LayoutError, Ports
from socle.engines.postfix_dovecot.servers import Servers, ServersError, missing_packages
from socle.lib.refusals import Refused

STATES = {True: "en marche", False: "à l’arrêt"}


class Command(BaseCommand):
    help = "Décrit, démarre, arrête et alimente les vrais serveurs de messagerie (Postfix, Dovecot, OpenDKIM, rspamd)."

    def add_arguments(self, parser: CommandParser) -> None:
        folder = settings.SOCLE_MAIL_SERVERS or str(settings.DATA_DIR / "mail-servers")
        parser.add_argument("--folder", type=Path, default=Path(folder), help=f"dossier des serveurs ({folder})")
        verbs = parser.add_subparsers(dest="verb", required=True)
        self.add_verbs(verbs.add_parser)
        for verb in verbs.choices.values():  # Before the verb or after it, as one types.
            verb.add_argument("--folder", type=Path, default=SUPPRESS, help=SUPPRESS)

    def add_verbs(self, add: Callable[..., Any]) -> None:
        write = add("write", help="écrire les configurations, sans rien démarrer")
        write.add_argument("--host", default="localhost", help="nom sous lequel les serveurs se présentent")
        write.add_argument("--listen", default="127.0.0.1", help="adresse d’écoute\u00a0; « all » pour toutes")
        write.add_argument("--ports", type=int, default=0, help="0 pour les ports habituels, sinon le décalage (20000)")
        write.add_argument("--certificate", default="", help="certificat\u00a0; sinon les serveurs signent le leur")
        write.add_argument("--key", default="", help="clé de ce certificat")
        write.add_argument(
            "--outgoing", default="none", help="ce qui sort\u00a0: none, direct, ou un relais [nom]:port"
        )
        write.add_argument("--reader", default="", help="PostgreSQL\u00a0: adresse du rôle qui lit les relations")
        write.add_argument("--writer", default="", help="PostgreSQL\u00a0: adresse du rôle qui les écrit")
        write.add_argument(
            "--resolver", default="", help="résolveur DNS de rspamd, adresse:port\u00a0; sinon ceux de la machine"
        )
        write.add_argument("--owner", default="", help="compte sous lequel la plateforme tourne")
        add("status", help="dire ce qui tourne")
        add("packages", help="nommer les paquets Debian qui manquent")
        add("export", help="tout redire aux serveurs")
        add("look", help="regarder la file d’attente et les journaux (root)")
        add("certificate", help="refaire le certificat s’il est des serveurs, le leur faire relire (root)")
        add("save", help="copier tous les messages (root)")
        add("restore", help="restaurer les boîtes pour lesquelles on l’a demandé (root)")
        add("reader-sql", help="le SQL qui crée le rôle de lecture, pour PostgreSQL")

    def handle(self, *args: Any, verb: str, folder: Path, **options: Any) -> None:
        try:
            getattr(self, f"_{verb.replace('-', '_')}")(folder, options)
        except (LayoutError, ServersError, DoveadmError, CopiesError) as error:
            raise CommandError(error.sentence) from error
        except Refused as refusal:
            raise CommandError(refusal.sentence) from refusal

    def _write(self, folder: Path, options: dict[str, Any]) -> None:
        if missing := missing_packages():
            raise CommandError(f"Il manque des paquets Debian\u00a0: apt-get install {' '.join(missing)}")
        ports = Ports.shifted(options["ports"]) if options["ports"] else Ports()
        kept: dict[str, Any] = {}
        if (folder / NAME).exists():
            former = Layout.load(folder)
            if former.ports != ports and any(Servers(former).running().values()):
                raise CommandError("Ces serveurs tournent sur d’autres ports : arrêtez-les d’abord.")
            # What is not chosen here: secrets that others hold, and what was tuned by hand.
            names = ("api_key", "chain_secret", "token_check", "bounds", "copies_at", "resolver", "suffixes")
            kept = {name: getattr(former, name) for name in names}
        if options["resolver"] or (settings.DEMO and settings.SOCLE_DNS_RESOLVERS):
            # A demonstration asks its own name server.
            kept["resolver"] = options["resolver"] or settings.SOCLE_DNS_RESOLVERS[0]
        layout = Layout.fresh(
            folder,
            host=options["host"],
            listen=options["listen"],
            ports=ports,
            certificate=options["certificate"],
            key=options["key"],
            outgoing=options["outgoing"],
            reader_url=options["reader"],
            writer_url=options["writer"],
            owner=options["owner"],
            **kept,
        )
        configuration.write(layout)
        self.stdout.write(f"Configurations écrites dans {layout.folder}.")

    def _status(self, folder: Path, options: dict[str, Any]) -> None:
        self._say(Servers(Layout.load(folder)))

    def _say(self, servers: Servers) -> None:
        self.stdout.write(", ".join(f"{name}\u00a0: {STATES[runs]}" for name, runs in servers.running().items()) + ".")

    def _packages(self, folder: Path, options: dict[str, Any]) -> None:
        self.stdout.write(" ".join(missing_packages()))

    def _export(self, folder: Path, options: dict[str, Any]) -> None:
        written = exporting.export(Layout.load(folder), None, at=timezone.now())
        self.stdout.write(f"{written.added} lignes ajoutées, {written.removed} retirées.")

    def _look(self, folder: Path, options: dict[str, Any]) -> None:
        layout = Layout.load(folder)
        if why := server_status.why_not_look(layout):
            raise CommandError(why)
        seen = server_status.look(layout, at=timezone.now())
        stopped = [name for name, runs in seen.servers if not runs]
        waiting = "inconnu" if seen.waiting is None else seen.waiting
        self.stdout.write(f"En attente\u00a0: {waiting}. À l’arrêt\u00a0: {', '.join(stopped) or 'aucun serveur'}.")

    def _certificate(self, folder: Path, options: dict[str, Any]) -> None:
        layout, at = Layout.load(folder), timezone.now()
        found = certificates.renew(layout, at=at)
        server_status.look(layout, at=at)
        self.stdout.write(
            f"Le certificat {found.path} vaut jusqu’au {found.ends_at:%d/%m/%Y}\u00a0; les serveurs l’ont relu."
        )

    def _save(self, folder: Path, options: dict[str, Any]) -> None:
        copies.save(Layout.load(folder))
        self.stdout.write("Les messages sont copiés.")

    def _restore(self, folder: Path, options: dict[str, Any]) -> None:
        layout, at = Layout.load(folder), timezone.now()
        if why := copies.why_not_here(layout):
            raise CommandError(why)
        ended, aside = copies.carry_out_asked(layout, at=at), copies.set_aside_erased(layout, at=at)
        self.stdout.write(f"{ended} restaurations faites, {aside} boîtes effacées mises de côté.")

    def _reader_sql(self, folder: Path, options: dict[str, Any]) -> None:
        from socle.engines.postfix_dovecot.maps import reader_sql

        self.stdout.write(reader_sql("socle_mail", "à-remplacer"))
