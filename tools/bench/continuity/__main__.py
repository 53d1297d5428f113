"""`make bench-continuity`: the services of continuity at the size of a programme, beside the same engines by hand.

python -m tools.bench.continuity                                  the whole: 1,500 communes, hours, root
python -m tools.bench.continuity --communes 20 --only agenda      a look at one part of it
"""

from __future__ import annotations

import argparse
import contextlib
import os
import time
from collections.abc import Sequence
from typing import Any

from socle.engines.postfix_dovecot.layout import Layout
from socle.engines.postfix_dovecot.servers import missing_packages
from socle.trials.mail_servers import TrialServers
from tools.bench import fronts
from tools.bench.__main__ import machine, table
from tools.bench.continuity import agenda, dav, files, mail, memory, postmasters
from tools.bench.continuity.dav import BY_HAND, OURS
from tools.bench.continuity.mail import Account
from tools.bench.continuity.provisioning import FURNISHING, equip, going, in_parts, only_named, timed, wait_until_known
from tools.installation import Installation, executable, installation, wait_for

PARTS = ("mail", "agenda", "files")
EVENTS, FILES = 200, 100
POSTGRESQL = "max_connections = 300\nshared_buffers = 512MB"
# Every request of the measure comes from one address.
UNBOUNDED = "drives=9000000/60"


class Bench:
    """One installation, and what it holds."""

    def __init__(self, ours: Installation, chosen: argparse.Namespace) -> None:
        self.ours, self.chosen = ours, chosen
        self.places: list[dict[str, Any]] = []
        self.accounts: list[Account] = []
        # What the servers by hand held in memory, each at the end of its own measure.
        self.beside: dict[str, memory.Held] = {}
        assert ours.cluster is not None
        self.layout = postmasters.described(ours.directory / "mail", ours.cluster.url)

    # --- Made ---------------------------------------------------------------------------------------------------------
    def provide(self) -> None:
        """Equip, furnish, and say at what pace."""
        ours, count = self.ours, self.chosen.communes
        rows = []

        def paced(what: str, number: int, seconds: float, how: str) -> None:
            rows.append([what, f"{number:,}", f"**{number / seconds * 60:,.0f}/min**", f"{seconds:,.0f} s", how])

        taken = equip(ours, count)
        paced("communes equipped: agreement, signatures, rights, engines, site", count, taken, "the console’s batch")
        waited = wait_until_known(ours)
        paced("the same, the mail servers told of each thing by the queue", count, taken + waited, "the queue")
        self.places = ours.inside(f"{FURNISHING}:places")[-count:]
        seconds, _ = timed("a fifth box", lambda: in_parts(ours, "add_boxes", self.places))
        paced("boxes added", len(self.places), seconds, "the action of the console")
        seconds, devices = timed("devices", lambda: in_parts(ours, "link_devices", self.places))
        paced("device passwords", 2 * len(self.places), seconds, "the action of « Mes appareils »")
        going("the mail servers are told")
        wait_until_known(ours)
        by_place = [secrets for part in devices for secrets in part]
        for place, secrets in zip(self.places, by_place, strict=True):
            place["secret"], place["secrets"] = secrets["secretary"], secrets
        if "agenda" in self.chosen.only:
            seconds, written = timed("events", lambda: in_parts(ours, "fill_calendars", self.places, EVENTS))
            paced("events", sum(written), seconds, "Radicale’s writer of many items, not flushed one by one")
        if "files" in self.chosen.only:
            seconds, held = timed("files", lambda: in_parts(ours, "fill_folders", self.places, FILES))
            paced("files", FILES * len(self.places), seconds, "bytes as the drive writes them, rows in bulk")
            for place, files_of in zip(self.places, [one for part in held for one in part], strict=True):
                place["files"] = files_of
        boxes = ours.inside(f"{FURNISHING}:boxes", only_named(self.places))
        for place, known in zip(self.places, boxes, strict=True):
            for box in known:
                opener = next(role for role in ("secretary", "mayor") if place[role] in box["openers"])
                self.accounts.append(Account(box["address"], place["secrets"][opener]))
        ours.inside(f"{FURNISHING}:analyse")
        going("sites published")
        ours.socle("publish", seconds=14_400)
        print(f"### {len(self.places):,} communes, {len(self.accounts):,} boxes\n")
        table(["what", "how many", "pace", "lasted", "by"], rows)

    # --- Measured -----------------------------------------------------------------------------------------------------
    def measure_mail(self) -> None:
        """Our servers, and the same by hand."""
        going("mail, by hand beside")
        chosen, secrets_of = self.chosen, {one.address: one.secret for one in self.accounts}
        with postmasters.by_hand(self.layout, secrets_of) as other:
            layouts = {OURS: self.layout, BY_HAND: other}
            seen = mail.compare(
                layouts, self.accounts, rounds=chosen.rounds, seconds=chosen.seconds, messages=chosen.messages
            )
            self.beside |= memory.of({f"by hand: {name}": pids for name, pids in heads_of(other).items()})
        print(f"### Mail, {len(self.accounts):,} boxes; by hand: passwd-file and texthash, no count of what is sent\n")
        table(dav.HEAD, mail.rows_of(seen))

    def measure_agenda(self) -> None:
        """Our calendars, and Radicale alone."""
        going("agenda, by hand beside")
        where = self.ours.directory / "radicale"
        with agenda.by_hand(where, self.ours.data / "agendas", self.places) as other:
            gestures = agenda.gestures(self.places, ours=self.ours.port, by_hand=other.port)
            title = f"Calendars, {EVENTS * len(self.places):,} events; by hand: Radicale, htpasswd"
            self._measure("Radicale", gestures, other, title)

    def measure_files(self) -> None:
        """Our folders, and WsgiDAV alone."""
        going("files, by hand beside")
        where = self.ours.directory / "wsgidav"
        with files.by_hand(where, self.ours.data / "files", self.places) as other:
            title = f"Folders, {FILES * len(self.places):,} files; by hand: WsgiDAV on folders of the disk"
            self._measure("WsgiDAV", files.gestures(self.places), other, title)

    def _measure(self, name: str, gestures: Sequence[dav.Gesture], other: dav.Served, title: str) -> None:
        chosen, where = self.chosen, self.ours.directory / f"asked-{name}"
        seen = dav.compare(
            gestures, where, ours=self.ours.port, by_hand=other.port, rounds=chosen.rounds, seconds=chosen.seconds
        )
        self.beside |= memory.of({f"by hand: {name}": [other.pid]})
        print(f"### {title}; {fronts.CONNECTIONS} connections kept open\n")
        table(dav.HEAD, dav.rows_of(seen))

    def look(self) -> dict[str, memory.Held]:
        """The memory of each family of ours, now."""
        assert self.ours.cluster is not None
        families: dict[str, list[int]] = {}
        for one in self.ours.running:
            if one.lives:
                families.setdefault(one.kind, []).append(one.process.pid)
        families["PostgreSQL"] = memory.head_of(self.ours.cluster.directory / "data/postmaster.pid")
        return memory.of({**families, **heads_of(self.layout)})


def heads_of(layout: Layout) -> dict[str, list[int]]:
    """The first process of each mail server."""
    return {
        "Postfix": memory.head_of(layout.folder / "queue/spool/pid/master.pid"),
        "Dovecot": memory.head_of(layout.folder / "run/master.pid"),
        "OpenDKIM": memory.head_of(layout.opendkim / "run/opendkim.pid"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", choices=PARTS, default=list(PARTS))
    parser.add_argument("--communes", type=int, default=1500)
    parser.add_argument("--rounds", type=int, help="of each measure, in turn (5; 1 under 100 communes)")
    parser.add_argument("--seconds", type=float, help="each round lasts (8; 1 under 100 communes)")
    parser.add_argument("--messages", type=int, help="sent in each round (800; 80 under 100 communes)")
    chosen = parser.parse_args()
    is_look = chosen.communes < 100
    chosen.rounds = chosen.rounds or (1 if is_look else 5)
    chosen.seconds = chosen.seconds or (1 if is_look else 8)
    chosen.messages = chosen.messages or (80 if is_look else 800)
    lacking = [*missing_packages(), *([] if executable("wrk") else ["wrk"])]
    if lacking or os.geteuid() != 0:
        raise SystemExit(f"As root, after: apt-get install {' '.join(lacking)}")
    print(machine() + "\n", flush=True)
    begun = time.monotonic()
    going("an installation on PostgreSQL")
    with contextlib.ExitStack() as stack:
        ours = stack.enter_context(installation("postgresql", settings=POSTGRESQL))
        bench = Bench(ours, chosen)
        ours.variables["SOCLE_MAIL_SERVERS"] = str(bench.layout.folder)
        ours.variables["SOCLE_RATE_LIMITS"] = UNBOUNDED
        servers = TrialServers(bench.layout)
        stack.callback(servers.stop)
        servers.start()
        bench.layout = servers.layout
        for kind in ("web", "worker", "worker", "scheduler"):
            ours.start(kind)
        wait_for(ours.answers, seconds=60, what="the web server")
        going("communes equipped")
        bench.provide()
        time.sleep(1 if is_look else 30)
        rest = bench.look()
        for part in PARTS:
            if part in chosen.only:
                getattr(bench, f"measure_{part}")()
        print("### Memory\n")
        table(memory.HEAD, memory.rows_of(rest, bench.look() | bench.beside))
        ours.stop()
    print(f"Measured in {(time.monotonic() - begun) / 60:.0f} minutes; load average {os.getloadavg()[0]:.1f}.")


if __name__ == "__main__":
    main()
