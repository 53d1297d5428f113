"""`socle files push|pull`: between the disk of this machine and the object storage that several machines share."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from socle.lib.text import bytes_in_french, number
from socle.operations import file_storage


class Command(BaseCommand):
    help = (
        "Copie les fichiers (médias, documents conservés) du disque vers le stockage partagé (push) ou du stockage "
        "vers le disque (pull). Ne remplace rien. Sans --yes, dit seulement ce qui serait copié."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "way",
            choices=["create", "push", "pull"],
            help="create : le bucket ; push : vers lui ; pull : vers le disque",
        )
        parser.add_argument("--yes", action="store_true", help="copier vraiment")

    def handle(self, *args: Any, way: str, yes: bool, **options: Any) -> None:
        if not file_storage.are_shared():
            raise CommandError("Aucun stockage partagé : nommez-le dans SOCLE_FILES_TARGET (s3://bucket/prefixe).")
        try:
            if way == "create":
                created = file_storage.create()
                self.stdout.write("Le bucket est créé." if created else "Le bucket existe déjà : rien n’a été touché.")
                return
            moved = (file_storage.push if way == "push" else file_storage.pull)(acts=yes, say=self.stdout.write)
        except OSError as error:
            raise CommandError(
                f"La copie s’est arrêtée ({error}) : ce qui est copié l’est pour de bon. "
                "Vérifiez SOCLE_FILES_S3_ENDPOINT et la clé, puis recommencez."
            ) from error
        done = "copiés" if yes else "à copier (--yes pour le faire)"
        self.stdout.write(
            f"{number(moved.copied)} fichiers {done}, {bytes_in_french(moved.size)} ; "
            f"{number(moved.present)} y étaient."
        )
        if moved.different:
            shown = ", ".join(moved.different[:5])
            raise CommandError(
                f"{number(len(moved.different))} fichiers diffèrent sous le même nom, et n’ont pas été touchés : "
                f"{shown}."
            )
