"""`socle webmail …`: writes the mail in the browser (Roundcube); `socle.trials` adds what starts and stops it."""

from __future__ import annotations

import contextlib
from argparse import SUPPRESS
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from socle.engines.postfix_dovecot.layout import Layout, LayoutError
from socle.engines.roundcube import configuration
from socle.engines.roundcube.layout import Webmail, WebmailError
from socle.engines.roundcube.server import answers, missing_packages
from socle.lib import ports


class Command(BaseCommand):
    help = "Écrit, démarre et arrête la messagerie dans le navigateur (Roundcube)."

    def add_arguments(self, parser: CommandParser) -> None:
        folder = str(settings.DATA_DIR / "webmail")
        parser.add_argument("--folder", type=Path, default=Path(folder), help=f"son dossier ({folder})")
        verbs = parser.add_subparsers(dest="verb", required=True)
        self.add_verbs(verbs.add_parser)
        for verb in verbs.choices.values():  # Before the verb or after it, as one types.
            verb.add_argument("--folder", type=Path, default=SUPPRESS, help=SUPPRESS)

    def add_verbs(self, add: Callable[..., Any]) -> None:
        write = add("write", help="écrire ses réglages, et le dire à Dovecot s’il est sur cette machine")
        write.add_argument("--url", default="", help="adresse où les navigateurs la trouvent (https://…)")
        found = f"adresse où elle et Dovecot trouvent la plateforme ({settings.PLATFORM_URL})"
        write.add_argument("--platform", default="", help=found)
        write.add_argument("--imap", default="", help="serveur IMAP en TLS, nom:port")
        write.add_argument("--smtp", default="", help="serveur d’envoi en TLS, nom:port")
        write.add_argument("--database", default="", help="base de Roundcube\u00a0; sinon un fichier SQLite")
        write.add_argument("--owner", default="www-data", help="compte sous lequel tourne PHP (www-data)")
        add("status", help="dire s’il tourne")
        add("packages", help="nommer les paquets Debian qui manquent")

    def handle(self, *args: Any, verb: str, folder: Path, **options: Any) -> None:
        try:
            getattr(self, f"_{verb}")(folder.resolve(), options)
        except (WebmailError, LayoutError) as error:
            raise CommandError(error.sentence) from error

    def _write(self, folder: Path, options: dict[str, Any]) -> None:
        if missing := missing_packages():
            raise CommandError(f"Il manque des paquets Debian\u00a0: apt-get install {' '.join(missing)}")
        servers = self._mail_servers()
        own = servers is not None and servers.certificate.startswith(f"{servers.folder}/tls/")
        url = options["url"] or settings.SOCLE_MAIL_WEBMAIL_URL or Webmail.url
        relay = self._relay(folder, url) if settings.DEMO and not options["platform"] else 0
        # A demonstration is served at one port or another: through the relay, both always find it.
        home = f"http://localhost:{relay}" if relay else settings.PLATFORM_URL
        webmail = Webmail(
            folder,
            url=url,
            platform=options["platform"] or home,
            home=home,
            relay=relay,
            imap=options["imap"] or f"{settings.SOCLE_MAIL_IMAP_HOST}:{settings.SOCLE_MAIL_IMAP_PORT}",
            smtp=options["smtp"] or f"{settings.SOCLE_MAIL_SMTP_HOST}:{settings.SOCLE_MAIL_SMTP_PORT}",
            trusted=servers.certificate if servers is not None and own else "",
            database=options["database"],
            owner=options["owner"],
        )
        configuration.write(webmail)
        self.stdout.write(f"Réglages écrits dans {folder}. SOCLE_MAIL_WEBMAIL_URL={webmail.url}")
        if servers is None:
            self.stdout.write(
                "Aucun serveur de messagerie n’est décrit sur cette machine\u00a0: relancez cette commande sur la leur."
            )
            return
        configuration.let_in(servers, webmail)
        self.stdout.write(
            "Dovecot demandera les jetons à la plateforme dès qu’il aura relu ses réglages\u00a0:"
            f" doveadm -c {servers.dovecot_conf} reload"
        )

    def _relay(self, folder: Path, url: str) -> int:
        """The port of the relay: the one it has, else the first that is free after the webmail's own."""
        with contextlib.suppress(WebmailError):
            if kept := Webmail.load(folder).relay:
                return kept
        first = (urlsplit(url).port or 80) + 1
        return next(port for port in range(max(first, 1024), 65_536) if not ports.is_taken(port))

    def _mail_servers(self) -> Layout | None:
        try:
            return Layout.load(Path(settings.SOCLE_MAIL_SERVERS)) if settings.SOCLE_MAIL_SERVERS else None
        except LayoutError:
            return None

    def _status(self, folder: Path, options: dict[str, Any]) -> None:
        webmail = Webmail.load(folder)
        self.stdout.write(f"{webmail.url}\u00a0: {'répond' if answers(webmail.url) else 'ne répond pas'}.")

    def _packages(self, folder: Path, options: dict[str, Any]) -> None:
        self.stdout.write(" ".join(missing_packages()))
