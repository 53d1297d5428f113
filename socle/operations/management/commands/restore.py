"""`socle restore TARGET`: bring the platform back from a backup."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from socle.lib.refusals import Refused, refuse
from socle.lib.text import bytes_in_french, number
from socle.operations.management.commands.backup import told
from socle.operations.safekeeping import restoring, saving
from socle.operations.safekeeping.repository import Repository


class Command(BaseCommand):
    help = "Rétablit la plateforme depuis une sauvegarde : système vide, ou à la place de celui qui est là (--over)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "target", nargs="?", default="", metavar="CIBLE", help="où : un dossier, ou s3://bucket/prefixe"
        )
        parser.add_argument("--passphrase-file", default="", help="fichier de la phrase de passe")
        parser.add_argument("--snapshot", default="latest", metavar="ID", help="laquelle (par défaut : la dernière)")
        parser.add_argument("--over", action="store_true", help="mettre de côté ce qui est là, et prendre sa place")
        parser.add_argument("--dry-run", action="store_true", help="tout vérifier, ne rien écrire")
        parser.add_argument("--resume", action="store_true", help="finir une restauration interrompue")
        parser.add_argument("--json", action="store_true", help="répondre en JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        say = (lambda sentence: None) if options["json"] else self._say
        try:
            if options["resume"]:
                self._told(restoring.resume(say=say), options)
                return
            repository = saving.open_repository(
                options["target"], options["passphrase_file"], only_reads=options["dry_run"]
            )
            if not repository.exists():
                raise Refused(
                    f"Il n’y a pas de sauvegardes à cette adresse ({repository.target.address}) : vérifiez-la."
                )
            if options["dry_run"]:
                self._try(repository, options)
                return
            done = restoring.restore(
                repository,
                repository.find(options["snapshot"]),
                over=options["over"],
                at=timezone.now(),
                say=say,
                progress=None if options["json"] else told(self._say),
            )
        except Refused as refusal:
            raise CommandError(refusal.sentence) from refusal
        except KeyboardInterrupt:
            half = restoring.why_not_start()
            raise CommandError(f"Interrompu. {half or 'Rien n’a été changé.'}", returncode=130) from None
        self._told(done, options)

    def _try(self, repository: Repository, options: dict[str, Any]) -> None:
        snapshot = repository.find(options["snapshot"])
        manifest = restoring.read_manifest(repository, snapshot)
        size, _ = repository.size_of(snapshot.id)
        self._say(
            f"Sauvegarde {snapshot.id[:8]} du {snapshot.taken_at.astimezone():%d/%m/%Y à %H:%M} : Socle "
            f"{manifest.version}, {manifest.engine}, {len(manifest.tables)} tables, {number(manifest.rows)} lignes, "
            f"{bytes_in_french(size)}."
        )
        refuse(restoring.why_not_restore(manifest, over=options["over"]))
        self._say(self.style.SUCCESS("Elle peut être restaurée ici. Rien n’a été changé."))

    def _told(self, done: restoring.Restored, options: dict[str, Any]) -> None:
        if options["json"]:
            said: dict[str, Any] = {
                "rows": done.manifest.rows,
                "tables": len(done.manifest.tables),
                "files": done.files,
            }
            said |= {"documents": done.documents, "altered": list(done.altered), "chain_intact": done.chain.is_intact}
            said |= {"sealed": done.chain.sealed, "migrations": done.migrations_passed, "aside": done.aside}
            self._say(json.dumps({**said, "remarks": list(done.remarks)}, ensure_ascii=False))
        else:
            manifest = done.manifest
            self._say(
                f"Restauré : {len(manifest.tables)} tables, {number(manifest.rows)} lignes, {number(done.files)} "
                "fichiers, "
                f"tels qu’ils étaient le {manifest.taken_at.astimezone():%d/%m/%Y à %H:%M}."
            )
            state = "intacte" if done.chain.is_intact else "ROMPUE"
            self._say(f"Documents relus octet par octet : {number(done.documents)}, dont {len(done.altered)} altérés.")
            self._say(f"Chaîne du journal {state} ({number(done.chain.sealed)} lignes scellées).")
            if done.migrations_passed:
                self._say(f"Base mise à la version installée ({done.migrations_passed} migrations).")
            if done.aside:
                self._say(f"Ce qui était là est mis de côté : {done.aside}. Effacez-le quand tout va bien.")
        for remark in done.remarks:
            self.stderr.write(self.style.WARNING(remark))
        if done.altered or not done.chain.is_intact:
            raise CommandError(
                "Restauré, mais tout n’est pas intact (ci-dessus) : essayez une sauvegarde plus ancienne."
            )
        if not options["json"]:
            self._say(self.style.SUCCESS("La plateforme est rétablie : « socle run » la sert."))

    def _say(self, sentence: str) -> None:
        self.stdout.write(sentence)
        self.stdout.flush()
