"""`socle backup TARGET`: save the platform; `check`, `list` and `prune` keep the backups."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from socle.lib.refusals import Refused
from socle.lib.text import bytes_in_french, number
from socle.operations.safekeeping import restoring, saving
from socle.operations.safekeeping.repository import Repository

VERBS = ("check", "list", "prune")
LENGTH = re.compile(r"(\d+[ymdh])+")


def told(write: Callable[[str], None]) -> Callable[[float], None] | None:
    """Tell the progress at each tenth; to a person only."""
    if not sys.stdout.isatty():
        return None
    last = [0]

    def progress(share: float) -> None:
        if (tenth := int(share * 10)) > last[0]:
            last[0] = tenth
            write(f"  {tenth * 10} %")

    return progress


def rule_of_settings() -> dict[str, str]:
    """The rule of what is kept; raise `Refused` when it is not one."""
    rule = settings.SOCLE_BACKUP_KEEP
    if not rule or any(name not in ("daily", "weekly", "monthly", "yearly") for name in rule):
        raise Refused(
            "SOCLE_BACKUP_KEEP se lit « daily=14d,weekly=2m,monthly=1y » : une autre règle n’est pas appliquée."
        )
    if any(not LENGTH.fullmatch(length) for length in rule.values()):
        raise Refused("Dans SOCLE_BACKUP_KEEP, une durée se lit « 14d », « 2m » ou « 1y » : rien n’a été effacé.")
    return rule


class Command(BaseCommand):
    help = "Sauvegarde la plateforme, chiffrée, dans un dossier ou un stockage S3 (check, list, prune : voir le guide)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "words", nargs="*", metavar="[check|list|prune] CIBLE", help="où : un dossier, ou s3://bucket/prefixe"
        )
        parser.add_argument(
            "--passphrase-file", default="", help="fichier de la phrase de passe (mode 600, hors des données)"
        )
        parser.add_argument(
            "--read", default="", metavar="PART", help="check : relire cette part des données (5%%, 100%%)"
        )
        parser.add_argument(
            "--max-age", type=int, metavar="HEURES", help="check : échouer si la dernière est plus vieille"
        )
        parser.add_argument("--yes", action="store_true", help="prune : effacer vraiment")
        parser.add_argument("--json", action="store_true", help="répondre en JSON")

    def handle(self, *args: Any, words: list[str], passphrase_file: str, **options: Any) -> None:
        verb = words.pop(0) if words and words[0] in VERBS else "save"
        if len(words) > 1:
            raise CommandError("Une seule cible à la fois : un dossier, ou « s3://bucket/prefixe ».")
        try:
            repository = saving.open_repository(words[0] if words else "", passphrase_file)
            getattr(self, f"_{verb}")(repository, options)
        except Refused as refusal:
            raise CommandError(refusal.sentence) from refusal
        except KeyboardInterrupt:
            raise CommandError("Interrompu : les sauvegardes déjà faites sont intactes.", returncode=130) from None

    def _save(self, repository: Repository, options: dict[str, Any]) -> None:
        quiet = options["json"]
        begun = timezone.now()
        done = saving.save(
            repository,
            at=begun,
            say=(lambda sentence: None) if quiet else self._say,
            progress=None if quiet else told(self._say),
        )
        seconds = (timezone.now() - begun).total_seconds()
        if quiet:
            said = {"snapshot": done.snapshot_id, "files": done.files, "size": done.size, "added": done.added}
            said |= {"rows": done.rows, "missing": list(done.missing), "unreadable": list(done.unreadable)}
            self._say(json.dumps({**said, "seconds": round(seconds, 1)}, ensure_ascii=False))
        else:
            self._say(
                f"{number(done.rows)} lignes et {number(done.files)} fichiers, {bytes_in_french(done.size)} "
                f"(dont {bytes_in_french(done.added)} de nouveau), en {seconds:.0f} s."
            )
            if done.is_first:
                self._say(
                    self.style.WARNING(
                        "GARDEZ LA PHRASE DE PASSE AILLEURS QUE SUR CETTE MACHINE (coffre, papier scellé) : sans "
                        "elle, ces "
                        "sauvegardes ne peuvent être lues par personne, pas même par vous."
                    )
                )
            for name in done.missing[:10]:
                self.stderr.write(self.style.WARNING(f"Fichier nommé par la base, et introuvable : {name}"))
        if done.unreadable:
            raise CommandError(
                f"Sauvegarde {done.snapshot_id[:8]} INCOMPLÈTE : {len(done.unreadable)} fichiers n’ont pas pu être lus "
                f"({', '.join(done.unreadable[:3])}). Corrigez leurs droits, puis recommencez."
            )
        if done.missing:
            raise CommandError(
                f"Sauvegarde {done.snapshot_id[:8]} faite, mais {len(done.missing)} fichiers manquaient déjà ici : "
                "cherchez-les dans une sauvegarde plus ancienne.",
                returncode=3,
            )
        if not quiet:
            self._say(self.style.SUCCESS(f"Sauvegarde {done.snapshot_id[:8]} faite dans {repository.target.address}."))

    def _check(self, repository: Repository, options: dict[str, Any]) -> None:
        share = options["read"]
        if share and not re.fullmatch(r"(100|\d{1,2})%", share):
            raise Refused("La part à relire se dit « 5% » ou « 100% ».")
        repository.unlock()
        repository.check(share=share)
        latest = repository.find("latest")
        manifest = restoring.read_manifest(repository, latest)
        age = timezone.now() - latest.taken_at
        self._say(
            f"Dépôt intact{f', données relues ({share})' if share else ''}. Dernière sauvegarde : "
            f"{latest.taken_at.astimezone():%d/%m/%Y à %H:%M} ({latest.id[:8]}), Socle {manifest.version}, "
            f"{manifest.engine}, {number(manifest.rows)} lignes."
        )
        if latest.is_incomplete:
            raise CommandError("La dernière sauvegarde est incomplète : refaites-en une.")
        if options["max_age"] is not None and age > timedelta(hours=options["max_age"]):
            raise CommandError(f"La dernière sauvegarde a {int(age.total_seconds() // 3600)} heures : refaites-en une.")

    def _list(self, repository: Repository, options: dict[str, Any]) -> None:
        snapshots = repository.snapshots()
        if options["json"]:
            rows = [
                {
                    "id": s.id,
                    "at": s.taken_at.isoformat(),
                    "size": s.size,
                    "version": s.tag("version"),
                    "incomplete": s.is_incomplete,
                }
                for s in snapshots
            ]
            self._say(json.dumps(rows))
            return
        if not snapshots:
            self._say("Aucune sauvegarde encore.")
        for snapshot in snapshots:
            remark = "  INCOMPLÈTE" if snapshot.is_incomplete else ""
            self._say(
                f"{snapshot.id[:8]}  {snapshot.taken_at.astimezone():%d/%m/%Y %H:%M}  "
                f"{bytes_in_french(snapshot.size):>10}  "
                f"Socle {snapshot.tag('version')}, {snapshot.tag('database')}{remark}"
            )

    def _prune(self, repository: Repository, options: dict[str, Any]) -> None:
        rule = rule_of_settings()
        repository.unlock()
        kept, gone = repository.prune(rule, is_dry=not options["yes"])
        for snapshot in gone:
            self._say(f"  {snapshot.id[:8]}  {snapshot.taken_at.astimezone():%d/%m/%Y %H:%M}")
        said = f"{len(gone)} à effacer, {len(kept)} gardées"
        if options["yes"]:
            self._say(self.style.SUCCESS(f"{said.replace('à effacer', 'effacées')}."))
        else:
            self._say(f"{said}. Rien n’a été effacé : ajoutez --yes.")

    def _say(self, sentence: str) -> None:
        self.stdout.write(sentence)
        self.stdout.flush()
