"""`socle doctor`: says how the installation is, and what to do."""

from __future__ import annotations

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from socle.lib.findings import Severity, worst
from socle.operations.doctor import CHECKS, examine

SIGNS = {Severity.OK: "✓", Severity.WARNING: "!", Severity.ERROR: "✗"}


class Command(BaseCommand):
    help = (
        "Examine l’installation : ce qui est trouvé, et le remède. Répond 0 quand tout est bon, 1 s’il y a à "
        "surveiller, 2 s’il y a à corriger."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="répondre en JSON")
        parser.add_argument(
            "--quick", action="store_true", help="laisser ce qui interroge d’autres machines ou relit tout"
        )
        parser.add_argument("--quiet", action="store_true", help="ne montrer que ce qui ne va pas")
        parser.add_argument("--list", action="store_true", help="nommer les contrôles, sans rien examiner")
        parser.add_argument("only", nargs="*", metavar="CONTRÔLE", help="n’examiner que ceux-ci")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["list"]:
            for check in CHECKS:
                self.stdout.write(f"{check.code:<16} {check.label}")
            return
        unknown = set(options["only"]) - {check.code for check in CHECKS}
        if unknown:
            raise CommandError(
                f"Contrôle inconnu : {', '.join(sorted(unknown))}. « socle doctor --list » les nomme tous."
            )
        found = []
        for examined in examine(only=options["only"], quick=options["quick"]):
            found.append(examined)
            if options["json"]:
                continue
            for finding in examined.findings:
                if options["quiet"] and finding.severity is Severity.OK:
                    continue
                paint = (self.style.SUCCESS, self.style.WARNING, self.style.ERROR)[finding.severity]
                self.stdout.write(f"{paint(SIGNS[finding.severity])} {examined.label} : {finding.says}")
                if finding.remedy:
                    self.stdout.write(f"    → {finding.remedy}")
                self.stdout.flush()
        severity = worst(found)
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(found, severity), ensure_ascii=False, indent=2))
        else:
            wrong = [finding for examined in found for finding in examined.findings if finding.severity]
            errors = sum(finding.severity is Severity.ERROR for finding in wrong)
            self.stdout.write(
                self.style.SUCCESS("Tout va bien.")
                if not wrong
                else f"À corriger : {errors}. À surveiller : {len(wrong) - errors}."
            )
        if severity:
            sys.exit(int(severity))


def _as_json(found: list[Any], severity: Severity) -> dict[str, Any]:
    return {
        "severity": severity.name.lower(),
        "checks": [
            {
                "code": examined.code,
                "label": examined.label,
                "severity": examined.severity.name.lower(),
                "findings": [
                    {"severity": finding.severity.name.lower(), "says": finding.says, "remedy": finding.remedy}
                    for finding in examined.findings
                ],
            }
            for examined in found
        ],
    }
