"""`socle batch`: the same gesture on many rows, from a shell. How to drill it: socle/batches/actions.py."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from socle.batches import actions
from socle.batches.gestures import all_gestures, gesture_of, label_of
from socle.batches.models import Batch, Status
from socle.batches.progress import REPORT, Progress, progress_of
from socle.lib import spreadsheet
from socle.lib.refusals import Refused
from socle.people.models import User
from socle.programme.eligibility import choose
from socle.provisioning.access import access_of_lead, within
from socle.provisioning.desk.selections import chosen_rows, list_of

STEERING = {"pause": actions.pause, "resume": actions.resume, "cancel": actions.cancel, "retry": actions.retry}
WORDS = {
    "pause": "mettre en pause",
    "resume": "reprendre",
    "cancel": "arrêter ce qui reste",
    "retry": "reprendre ce qui est en échec ou fut laissé",
    "report": "écrire le rapport, en CSV",
}
LOOK_EVERY = 1.0  # seconds


class Command(BaseCommand):
    help = (
        "Lance, suit et conduit des lots : le même geste sur beaucoup de lignes, qui survit à l’arrêt des exécuteurs."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERBE")
        start = verbs.add_parser("start", help="lancer un lot")
        start.add_argument("gesture", metavar="GESTE", help=", ".join(one.code for one in all_gestures()))
        start.add_argument("--programme", help="code du programme (par défaut : le seul)")
        start.add_argument("--filter", default="", help="filtres de la liste, comme dans son adresse : etape=eligible")
        start.add_argument("--insee-code", action="append", default=[], help="seulement cette commune (répétable)")
        start.add_argument("--limit", type=int, help="pas plus de tant de lignes")
        start.add_argument("--wait", action="store_true", help="attendre la fin")
        show = verbs.add_parser("show", help="dire où en est un lot")
        show.add_argument("batch", type=int, metavar="LOT")
        show.add_argument("--wait", action="store_true", help="attendre la fin")
        run = verbs.add_parser("run", help="faire avancer un lot ici même, jusqu’au bout")
        run.add_argument("batch", type=int, metavar="LOT")
        for one in (start, show, run):
            one.add_argument("--json", action="store_true", help="répondre en JSON")
        for one in (start, show):
            one.add_argument("--timeout", type=float, default=3600, help="secondes d’attente au plus (3600)")
        for verb, words in WORDS.items():
            verbs.add_parser(verb, help=words).add_argument("batch", type=int, metavar="LOT")
        verbs.add_parser("list", help="les derniers lots")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        try:
            if verb == "start":
                self._start(**options)
            elif verb == "list":
                for batch in Batch.objects.all()[:20]:
                    self._say(batch, progress_of(batch, at=timezone.now()))
            else:
                self._on(verb, self._batch(options["batch"]), options)
        except Refused as refusal:
            raise CommandError(refusal.sentence) from refusal

    def _batch(self, number: int) -> Batch:
        batch = Batch.objects.filter(pk=number).first()
        if batch is None:
            raise CommandError(f"Il n’y a pas de lot n° {number} : « socle batch list » les montre.")
        return batch

    def _start(self, gesture: str, **options: Any) -> None:
        system, wanted = User.objects.system(), gesture_of(gesture)
        programme = choose(options["programme"])
        access = access_of_lead(programme, by=system)
        with within(access):
            chosen = chosen_rows(list_of()[wanted.subject], access, filters=options["filter"])
            if options["insee_code"]:
                chosen = [one for one in chosen if one.code in options["insee_code"]]
            batch = actions.start(
                wanted,
                chosen[: options["limit"]] if options["limit"] else chosen,
                programme=programme,
                operator=access.operator,
                filters=options["filter"],
                by=system,
                at=timezone.now(),
            )
        if options["wait"]:
            self._wait(batch, options["timeout"], as_json=options["json"])
        else:
            self._tell(batch, as_json=options["json"])

    def _on(self, verb: str, batch: Batch, options: dict[str, Any]) -> None:
        if verb in STEERING:
            self._tell(STEERING[verb](batch, by=User.objects.system(), at=timezone.now()))
        elif verb == "report":
            rows = map(REPORT.cells, batch.lines.iterator(chunk_size=500))
            self.stdout.write(spreadsheet.as_csv(REPORT.headers, rows).decode("utf-8-sig"), ending="")
        elif verb == "run":
            self._run(batch, as_json=options["json"])
        elif options["wait"]:
            self._wait(batch, options["timeout"], as_json=options["json"])
        else:
            self._tell(batch, as_json=options["json"])

    def _run(self, batch: Batch, *, as_json: bool) -> None:
        while self._batch(batch.pk).status == Status.RUNNING:
            if not actions.carry_on(only=batch.pk, slice_of=timedelta(seconds=5)):
                # Another holds what remains, or it is put off: look again a little later.
                time.sleep(LOOK_EVERY if self._batch(batch.pk).status == Status.RUNNING else 0)
        self._finish(batch, as_json=as_json)

    def _wait(self, batch: Batch, timeout: float, *, as_json: bool) -> None:
        until = time.monotonic() + timeout
        while self._batch(batch.pk).status == Status.RUNNING:
            if time.monotonic() > until:
                self._tell(batch, as_json=as_json)
                raise CommandError(f"Le lot n° {batch.pk} n’est pas fini après {timeout:.0f} secondes.")
            time.sleep(LOOK_EVERY)
        self._finish(batch, as_json=as_json)

    def _finish(self, batch: Batch, *, as_json: bool) -> None:
        now = self._tell(batch, as_json=as_json)
        if now.failed or now.waiting or now.left:
            raise CommandError(f"Le lot n° {batch.pk} laisse {now.failed + now.waiting + now.left} lignes à reprendre.")

    def _tell(self, batch: Batch, *, as_json: bool = False) -> Progress:
        batch = self._batch(batch.pk)
        now = progress_of(batch, at=timezone.now())
        if not as_json:
            self._say(batch, now)
            return now
        said = {
            "batch": batch.pk,
            "gesture": batch.gesture,
            "status": batch.status,
            "total": now.total,
            "done": now.done,
            "refused": now.refused,
            "failed": now.failed,
            "left": now.left,
            "running": now.running,
            "pending": now.pending,
            "seconds_left": now.seconds_left,
            "hindrance": batch.hindrance,
            "seconds": round(((batch.ended_at or timezone.now()) - batch.started_at).total_seconds(), 1),
        }
        self.stdout.write(json.dumps(said, ensure_ascii=False))
        return now

    def _say(self, batch: Batch, now: Progress) -> None:
        left = f", reste {now.time_left}" if now.time_left else ""
        self.stdout.write(
            f"Lot n° {batch.pk}, {label_of(batch.gesture)} : {batch.get_status_display()}, {now.over} sur {now.total} "
            f"({now.done} faites, {now.refused} refusées, {now.failed} en échec){left}"
        )
        if batch.hindrance:
            self.stdout.write(f"  Empêché : {batch.hindrance}")
