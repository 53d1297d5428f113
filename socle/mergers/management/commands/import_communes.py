"""`socle import-communes FILE|VINTAGE`: prints what a vintage would change; writes it with --yes."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from socle.lib.refusals import Refused
from socle.lib.text import number, whole
from socle.mergers import queries
from socle.mergers.actions import bring_vintage
from socle.people.models import User
from socle.territory import candidates
from socle.territory.differences import Difference, Kind, Line, compare
from socle.territory.importing import is_already_imported
from socle.territory.rules import percent, read_share, why_not_import

SHOWN = 20


class Command(BaseCommand):
    help = "Compare un millésime du code officiel géographique avec les communes connues ; sans --yes, n’écrit rien."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "source",
            metavar="FICHIER|MILLÉSIME",
            help="une année livrée avec la plateforme (2026), ou un fichier : " + candidates.SHAPES.replace("%", "%%"),
        )
        parser.add_argument(
            "--year", type=int, metavar="ANNÉE", help="millésime, quand le nom du fichier ne le dit pas"
        )
        parser.add_argument(
            "--changes", type=Path, metavar="FICHIER", help="ce que sont devenues les communes disparues (changes.csv)"
        )
        parser.add_argument("--yes", action="store_true", help="écrire ce qui a été montré")
        parser.add_argument(
            "--force",
            metavar="PART",
            help="part des communes dont on admet la disparition, écrite en toutes lettres : --force « 2,9 %% »",
        )
        parser.add_argument("--all", action="store_true", help=f"montrer plus de {SHOWN} lignes par groupe")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            candidate = self._read(options)
            forced = _share(options["force"])
            thresholds = queries.thresholds()
            difference = compare(candidate, thresholds=thresholds)
            if is_already_imported(difference):
                self.stdout.write(f"Déjà importé : le millésime {candidate.year} est celui que l’on connaît.")
                return
            self._show(difference, show_all=options["all"])
            refusal = why_not_import(difference, forced_share=forced)
            if not options["yes"]:
                if refusal:
                    self.stdout.write(f"Ce millésime serait refusé : {refusal}")
                    self.stdout.write("Rien n’a été écrit.")
                else:
                    self.stdout.write("Rien n’a été écrit. Pour écrire cette liste : la même commande, avec --yes")
                return
            _, plans = bring_vintage(
                candidate,
                forced_share=forced,
                expected=difference.fingerprint,
                by=User.objects.system(),
                at=timezone.now(),
                progress=self.stdout.write,
            )
        except Refused as refusal_raised:
            raise CommandError(refusal_raised.sentence) from None
        self.stdout.write(f"Le millésime {candidate.year} est importé.")
        for plan in plans:
            self.stdout.write(f"À relire dans la console : {plan.get_kind_display()} – {plan.beneficiary.name}.")

    def _read(self, options: dict[str, Any]) -> candidates.Candidate:
        source = options["source"]
        if (whole(source, longest=4) or 0) >= 1000 and not Path(source).exists():
            return candidates.read_vintage(int(source))
        candidate = candidates.read_path(Path(source), year=options["year"])
        if changes := options["changes"]:
            try:
                content = changes.read_bytes() if changes.stat().st_size <= candidates.MAX_BYTES else None
            except OSError:
                raise Refused(f"Le fichier « {changes} » est introuvable ou illisible.") from None
            if content is None:
                raise Refused(f"Le fichier « {changes} » est bien trop gros pour être celui des changements.")
            candidate = candidates.with_changes(candidate, content)
        return candidate

    def _show(self, difference: Difference, *, show_all: bool) -> None:
        candidate = difference.candidate
        self.stdout.write(
            f"Millésime {candidate.year} : {number(len(candidate.communes))} communes ; "
            f"connues aujourd’hui : {number(difference.known)}."
        )
        stakes = queries.at_stake(line.commune_id for line in difference.lines if line.commune_id is not None)
        ours = [line for line in difference.lines if line.commune_id in stakes]
        if ours:
            self.stdout.write(f"\nCommunes du programme ({number(len(ours))}) :")
            for line in ours:
                self.stdout.write(f"  ! {line.place} : {line.says} — {stakes[line.commune_id or 0]}")
        for kind in Kind:
            lines = difference.of(kind)
            if lines:
                self._show_group(kind, lines, show_all=show_all)
        self.stdout.write(f"\nPopulations qui changent : {number(difference.populations)}.")
        if not difference.lines:
            self.stdout.write("Aucune commune n’apparaît, ne disparaît ni ne change de nom, de code ou d’attaches.")
        share = percent(difference.share)
        self.stdout.write(f"Communes qui disparaîtraient ou seraient vidées : {number(difference.removed)} ({share}).")

    def _show_group(self, kind: Kind, lines: list[Line], *, show_all: bool) -> None:
        self.stdout.write(f"\n{kind.label} ({number(len(lines))}) :")
        shown = lines if show_all else lines[:SHOWN]
        for line in shown:
            self.stdout.write(f"  · {line.place} : {line.says}")
        if len(lines) > len(shown):
            self.stdout.write(f"  … et {number(len(lines) - len(shown))} autres (--all pour les voir)")


def _share(text: str | None) -> Decimal | None:
    if text is None:
        return None
    share = read_share(text)
    if share is None:
        raise Refused(f"« {text[:20]} » n’est pas une part : écrivez par exemple --force « 2,9 % ».")
    return share
