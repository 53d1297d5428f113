"""`socle eligibility`: the communes of a programme in rank order, with the reasons."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from socle.lib.refusals import Refused
from socle.lib.text import number
from socle.programme import eligibility


class Command(BaseCommand):
    help = "Liste les communes d’un programme dans l’ordre de priorité, avec les raisons."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--department",
            action="append",
            default=[],
            metavar="CODE",
            help="département (à répéter ; par défaut ceux du programme)",
        )
        parser.add_argument("--vintage", type=int, metavar="ANNÉE", help="millésime (par défaut celui du programme)")
        parser.add_argument("--programme", metavar="CODE", help="programme (par défaut le seul chargé)")
        parser.add_argument(
            "--order",
            choices=eligibility.Order.values,
            default=eligibility.Order.POPULATION,
            help="ordre, une fois les communes prioritaires placées en tête",
        )
        parser.add_argument("--json", action="store_true", help="une liste d’objets JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            programme = eligibility.choose(options["programme"])
            ranked = eligibility.rank(
                programme,
                departments=eligibility.choose_departments(options["department"]),
                vintage=eligibility.choose_vintage(options["vintage"]),
                order=eligibility.Order(options["order"]),
            )
        except Refused as refusal:
            raise CommandError(refusal.sentence) from refusal
        if options["json"]:
            self.stdout.write(json.dumps([_as_json(e) for e in ranked], ensure_ascii=False, indent=1))
            return
        self.stdout.write(f"{'rang':>6}  {'INSEE':5}  {'population':>10}  {'priorité':8}  commune")
        for e in ranked:
            population = "inconnue" if e.population is None else number(e.population)
            self.stdout.write(
                f"{'—' if e.rank is None else e.rank:>6}  {e.insee_code:5}  {population:>10}  "
                f"{'oui' if e.is_priority else 'non':8}  {e.name}"
            )
        priority = sum(e.is_priority for e in ranked)
        self.stdout.write(f"{number(len(ranked))} communes, dont {number(priority)} prioritaires.")


def _as_json(e: eligibility.Eligibility) -> dict[str, Any]:
    return {
        "insee_code": e.insee_code,
        "name": e.name,
        "department": e.department,
        "population": e.population,
        "priority": e.is_priority,
        "reasons": list(e.reasons),
    }
