"""`make bench-web`: what serving and publishing the communes' sites costs, in one throw-away installation.

python -m tools.bench.web                                the whole: 905 sites, on two cores
python -m tools.bench.web --count 50 --only servers      a look at one part of it

Parts: `servers` (the shipped web server beside others serving the same bytes, and Wagtail's own rendering), `wordpress`
(the same content in a WordPress multisite), `publication` (from a secretary's gesture to the bytes served), `rebuild`
(every site made anew, and another day), `growth` (what one more site costs among so many).
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import signal
import statistics
import sys
import time
import urllib.parse
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import urllib3

from tools.bench import fronts, wordpress
from tools.bench.__main__ import machine, ms, table
from tools.bench.fronts import Answered, Target
from tools.installation import SOCLE, Installation, installation, wait_for

PARTS = ("servers", "wordpress", "publication", "rebuild", "growth")
SIZES = (100, 1000, 5000)
LIVES = "tools.bench.lives"
TIMES = 20
# The sites furnished as a site in use is; WordPress has as many sub-sites, as full.
FURNISHED = 10
DISK = 2 * 2**30
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


def fine(seconds: float) -> str:
    """A short duration, in the unit where it can be read."""
    return f"{seconds * 1e6:.0f} µs" if seconds < 0.001 else (f"{seconds * 1e3:.1f} ms" if seconds < 1 else ms(seconds))


def going(what: str) -> None:
    """Say on the error output where the measure is: it lasts."""
    print(f"{time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)


def published(ours: Installation) -> Path:
    return ours.data / "published"


def grow(ours: Installation, count: int) -> float:
    """Make sites for real communes up to this number, and publish them meanwhile; return the seconds it took.

    Sites are made one after the other (their tree is one, and locked); as many processes as there are cores publish.
    """
    begun = time.monotonic()

    def publish_until(made: Future[Any]) -> None:
        is_last = False
        while not is_last:
            is_last = made.done()
            ours.socle("publish", seconds=7200)
            if not is_last:
                # Nothing was waiting for now.
                time.sleep(1)

    with ThreadPoolExecutor() as pool:
        made = pool.submit(ours.inside, f"{LIVES}:make_up_to", count, seconds=7200)
        publishing = [pool.submit(publish_until, made) for _ in range(os.cpu_count() or 1)]
        made.result()
        for one in publishing:
            one.result()
    return time.monotonic() - begun


def rows_of(seen: Mapping[str, Answered], reference: Mapping[str, str]) -> list[list[str]]:
    """Lay out what each server did, and the ratio to the one it is to be compared with."""
    rows = []
    for name, done in seen.items():
        beside = reference.get(name)
        rows.append(
            [
                name,
                f"{done.per_second:,.0f}/s",
                f"{done.lowest:,.0f} to {done.highest:,.0f}",
                fine(done.p50),
                fine(done.p99),
                f"{done.per_second / seen[beside].per_second:.3f}" if beside else "",
            ]
        )
    return rows


HEAD = ["what answers", "a second", "rounds", "p50", "p99", "ratio"]


def measure_servers(ours: Installation, *, rounds: int, seconds: float) -> None:
    """The shipped configuration beside the same server bare, nginx, and pages made at each request."""
    where = ours.directory / "fronts"
    where.mkdir(exist_ok=True)
    names = ours.inside(f"{LIVES}:hosts", 100_000)
    homes = fronts.ask_for(where / "homes", [(host, "/") for host in names])
    ours.start("web")
    wait_for(ours.answers, seconds=60, what="the web server")
    with contextlib.ExitStack() as stack:
        targets: dict[str, Target] = {}
        for is_secure in (False, True):
            suffix = ", encrypted" if is_secure else ""
            here = where / ("secure" if is_secure else "plain")
            here.mkdir()
            ways = {
                "Caddy, `sites.caddy`": fronts.caddy(here / "ours", published(ours), is_secure=is_secure),
                "Caddy, bare `file_server`": fronts.caddy(
                    here / "bare", published(ours), sites=None, is_secure=is_secure
                ),
                "nginx, `sites.conf`": fronts.nginx_files(here / "nginx", published(ours), is_secure=is_secure),
                "nginx, bare": fronts.nginx_files(
                    here / "bare-nginx", published(ours), sites=None, is_secure=is_secure
                ),
            }
            for name, way in ways.items():
                targets[name + suffix] = Target(stack.enter_context(way), homes)
        answers = {name: fronts.read(target.address, names[0]) for name, target in targets.items()}
        bodies = {name: answer.data for name, answer in answers.items()}
        assert len(set(bodies.values())) == 1, "these servers do not serve the same bytes"
        seen = fronts.compare(targets, rounds=rounds, seconds=seconds)
        # Apart: made at each request, it would only keep the others waiting.
        dynamic = fronts.compare(
            {"Wagtail, made at each request (granian, two processes)": Target(ours.address, homes)},
            rounds=1,
            # A page takes long enough that a second could pass without any.
            seconds=max(8, seconds),
        )
    ours_plain, bare = "Caddy, `sites.caddy`", "Caddy, bare `file_server`"
    reference = {
        ours_plain: bare,
        f"{ours_plain}, encrypted": f"{bare}, encrypted",
        "Wagtail, made at each request (granian, two processes)": ours_plain,
        "nginx, `sites.conf`": "nginx, bare",
        "nginx, `sites.conf`, encrypted": "nginx, bare, encrypted",
    }
    size = len(next(iter(bodies.values())))
    print(
        f"### A home page of {len(names)} sites drawn at random, {fronts.CONNECTIONS} connections kept open, gzip "
        f"({size / 1000:.1f} kB the first of them)\n"
    )
    table(HEAD, rows_of(seen | dynamic, reference))
    print(
        "Ratios: the shipped configurations to the same server bare, Wagtail to `sites.caddy`. "
        f"Headers of one answer: {_headers(answers[ours_plain])} bytes by `sites.caddy`, "
        f"{_headers(answers[bare])} by the bare server.\n",
        flush=True,
    )


def _headers(answer: urllib3.BaseHTTPResponse) -> int:
    return sum(len(name) + len(value) + 4 for name, value in answer.headers.items())


def measure_wordpress(ours: Installation, *, rounds: int, seconds: float) -> None:
    """The same content in a WordPress multisite, with and without a page cache in front."""
    where = ours.directory / "wordpress"
    where.mkdir()
    furnished = ours.inside(f"{LIVES}:furnish", FURNISHED)
    ours.socle("publish", seconds=3600)
    homes = fronts.ask_for(where / "ours", [(site["host"], "/") for site in furnished])
    with contextlib.ExitStack() as stack:
        other = stack.enter_context(wordpress.multisite(where, furnished))
        theirs = fronts.ask_for(where / "theirs", [(host, "/") for host in other.hosts])
        ours_address = stack.enter_context(fronts.caddy(where / "caddy", published(ours)))
        by_nginx = stack.enter_context(fronts.nginx_files(where / "ours-by-nginx", published(ours)))
        targets = {
            "Caddy, `sites.caddy`": Target(ours_address, homes),
            "nginx, `sites.conf`": Target(by_nginx, homes),
            "WordPress, nginx and php-fpm": Target(other.address, theirs),
            "WordPress, its pages kept by nginx (`fastcgi_cache`)": Target(other.cached_address, theirs),
        }
        sizes = {
            "Caddy, `sites.caddy`": len(fronts.read(ours_address, furnished[0]["host"]).data),
            "WordPress, nginx and php-fpm": len(fronts.read(other.address, other.hosts[0]).data),
        }
        seen = fronts.compare(targets, rounds=rounds, seconds=seconds)
    print(f"### The same content in WordPress {other.version}: {len(other.hosts)} sub-sites of a multisite\n")
    kept = list(targets)[-1]
    print("Ratios: to WordPress with its pages kept.\n")
    table(HEAD, rows_of(seen, dict.fromkeys(list(targets)[:-1], kept)))
    first = furnished[0]
    print(
        f"Each site: {first['pages'] - first['news']} pages, {first['news']} news items, {first['pictures']} pictures; "
        f"a home page, compressed: {sizes['Caddy, `sites.caddy`'] / 1000:.1f} kB, "
        f"{sizes['WordPress, nginx and php-fpm'] / 1000:.1f} kB in WordPress ({other.theme}). {other.setting}\n",
        flush=True,
    )


class Secretary:
    """Someone who publishes news from the editor, over HTTP."""

    def __init__(self, ours: Installation, host: str) -> None:
        known = ours.inside(f"{LIVES}:secretary_of", host)
        self.http = urllib3.PoolManager()
        self.session = known["cookie"]
        self.form = f"{ours.address}/mairie/site/pages/add/websites/newspage/{known['index']}/"

    def publish(self, title: str) -> tuple[float, float]:
        """Post the form of a news item; return the instant of the gesture, and how long it was answered after."""
        page = self.http.request("GET", self.form, headers={"Cookie": self.session}, redirect=False)
        token = TOKEN.search(page.data.decode())
        if page.status != 200 or not token:
            raise RuntimeError(f"the form of a news item was not given ({page.status})")
        cookie = page.headers.get("Set-Cookie", "").partition(";")[0]
        fields = {
            "csrfmiddlewaretoken": token[1],
            "title": title,
            "summary": "Deux phrases pour mesurer. Elles n’annoncent rien.",
            "published_on": time.strftime("%Y-%m-%d"),
            "picture": "",
            "picture_alternative": "",
            "search_description": "",
            "go_live_at": "",
            "expire_at": "",
            "body-count": "0",
            "action-publish": "action-publish",
        }
        begun = time.perf_counter()
        answer = self.http.request(
            "POST",
            self.form,
            body=urllib.parse.urlencode(fields),
            headers={
                "Cookie": f"{self.session}; {cookie}",
                "Content-Type": "application/x-www-form-urlencoded",
            },
            redirect=False,
        )
        if answer.status != 302:
            raise RuntimeError(f"the news item was not published ({answer.status})")
        return begun, time.perf_counter() - begun


def measure_publication(ours: Installation, *, times: int = TIMES) -> None:
    """From the button to the bytes, the worker and the scheduler at work among the other sites."""
    names = ours.inside(f"{LIVES}:hosts", 100_000)
    chosen = [names[len(names) * number // 4] for number in range(4)]
    answered, seen = [], []
    with contextlib.ExitStack() as stack:
        running = [ours.start("worker"), ours.start("scheduler")]
        stack.callback(lambda: [one.stop() for one in running])
        if not ours.answers():
            ours.start("web")
            wait_for(ours.answers, seconds=60, what="the web server")
        address = stack.enter_context(fronts.caddy(ours.directory / "published-by", published(ours)))
        secretaries = {host: Secretary(ours, host) for host in chosen}
        http = urllib3.PoolManager()
        # What the scheduler finds to do when it starts is not what is measured.
        time.sleep(15)
        for number in range(times + 1):
            host = chosen[number % len(chosen)]
            title = f"Nouvelle mesurée {number + 1}"

            def is_shown(host: str = host, title: str = title) -> bool:
                return title in http.request("GET", f"{address}/", headers={"Host": host}).data.decode()

            begun, taken = secretaries[host].publish(title)
            wait_for(is_shown, seconds=60, every=0.01, what="the news item on the site")
            if number:
                answered.append(taken)
                seen.append(time.perf_counter() - begun)
    print(f"### One news item, from the gesture to the web server, among {len(names)} sites\n")
    table(
        ["what", "median", "worst", "times"],
        [
            ["the editor answers", ms(statistics.median(answered)), ms(max(answered)), str(times)],
            ["the home page served shows it", ms(statistics.median(seen)), ms(max(seen)), str(times)],
        ],
    )


def publish(ours: Installation, name: str, *arguments: str, processes: int = 1) -> tuple[float, float]:
    """Run `socle publish` in so many processes; return the seconds it took, and the most memory one of them took."""
    begun = time.monotonic()
    commands = [ours.start(name, *SOCLE, "publish", *arguments) for _ in range(processes)]
    while any(one.lives for one in commands):
        for one in commands:
            one.watch()
        time.sleep(0.5)
    if any(one.process.returncode for one in commands):
        raise RuntimeError(f"socle publish failed: {ours.log_of(name)[-2000:]}")
    return time.monotonic() - begun, max(one.peak for one in commands)


def measure_rebuild(ours: Installation) -> None:
    """Every site made anew by the command, then by as many processes as there are cores; then another day."""
    cores = os.cpu_count() or 1
    rows = []

    def measured(what: str, sites: int, *arguments: str, processes: int = 1) -> None:
        seconds, peak = publish(ours, f"publish-{len(rows)}", *arguments, processes=processes)
        rows.append([what, str(sites), duration(seconds), ms(seconds / max(1, sites)), f"{peak:.0f} MiB"])

    measured("`socle publish --all`", len(ours.inside(f"{LIVES}:hosts", 100_000)), "--all")
    measured(f"all noted, {cores} × `socle publish`", ours.inside(f"{LIVES}:everything_changed"), processes=cores)
    measured(f"another day noted, {cores} × `socle publish`", ours.inside(f"{LIVES}:new_day"), processes=cores)
    print("### The sites made anew\n")
    table(["what", "sites", "lasted", "each", "peak memory of a process"], rows)


def duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.1f} min"


def measure_growth(ours: Installation, count: int, lasted: float, *, seconds: float) -> list[str]:
    """What one more site costs among so many."""
    weight = ours.inside(f"{LIVES}:weigh")
    spent = ours.inside(f"{LIVES}:ticks", 20)
    names = ours.inside(f"{LIVES}:hosts", 100_000)
    where = ours.directory / f"growth-{count}"
    where.mkdir()
    homes = fronts.ask_for(where / "homes", [(host, "/") for host in names])
    with fronts.caddy(where / "caddy", published(ours)) as address:
        served = fronts.compare({"ours": Target(address, homes)}, rounds=3, seconds=seconds)["ours"]
    more = ours.inside(f"{LIVES}:one_more", 10)
    sites = weight["sites"]
    return [
        f"{sites:,}",
        duration(lasted),
        ms(more["making"]),
        ms(more["publishing"]),
        f"{weight['bytes'] / sites / 1000:.0f} kB",
        f"{weight['inodes'] / sites:.0f}",
        f"{weight['database'] / sites / 1000:.0f} kB",
        f"{served.per_second:,.0f}/s",
        fine(served.p99),
        fine(spent["publish_waiting"]),
        fine(spent["note_new_look"]),
    ]


GROWTH = [
    "sites",
    "since the former size",
    "one more made",
    "and published",
    "disk a site",
    "inodes a site",
    "database a site",
    "home pages served",
    "p99",
    "`publish_waiting`, nothing to do",
    "`note_new_look`",
]


@contextlib.contextmanager
def bounded(ours: Installation, count: int) -> Iterator[None]:
    """Refuse to go on when the sites take more of the disk than they may."""
    yield
    taken = sum(
        os.lstat(os.path.join(folder, name)).st_blocks * 512
        for folder, _, files in os.walk(ours.data)
        for name in files
        if os.lstat(os.path.join(folder, name)).st_nlink == 1
    )
    if taken > DISK * max(1000, count) / 1000:
        raise RuntimeError(f"{taken / 2**30:.1f} GiB for {count} sites: too much")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", choices=PARTS, default=list(PARTS))
    parser.add_argument("--count", type=int, default=905, help="sites, but for their growth (905)")
    parser.add_argument("--sizes", type=int, nargs="*", default=list(SIZES), help="numbers of sites to measure at")
    parser.add_argument("--rounds", type=int, default=5, help="times each server is asked")
    parser.add_argument("--seconds", type=float, default=8, help="how long, each time")
    chosen = parser.parse_args()
    lacking = fronts.missing() + (wordpress.missing() if "wordpress" in chosen.only else [])
    if lacking:
        raise SystemExit(f"Il manque des paquets Debian\u00a0: apt-get install {' '.join(lacking)}")
    # Asked to end, it stops what it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    print(machine() + "\n", flush=True)
    begun = time.monotonic()
    sizes = sorted(chosen.sizes) if "growth" in chosen.only else []
    growth: list[list[str]] = []
    has_others = bool(set(chosen.only) - {"growth"})
    with installation("postgresql") as ours:
        going("a demonstration is ready")
        for count in sorted({*sizes, *([chosen.count] if has_others else [])}):
            going(f"growing to {count} sites")
            with bounded(ours, count):
                lasted = grow(ours, count)
            if count == chosen.count and has_others:
                print(f"{count} sites made and published in {duration(lasted)}.\n", flush=True)
                if "servers" in chosen.only:
                    going("servers")
                    measure_servers(ours, rounds=chosen.rounds, seconds=chosen.seconds)
                if "publication" in chosen.only:
                    going("publication")
                    measure_publication(ours)
                if "rebuild" in chosen.only:
                    going("rebuild")
                    measure_rebuild(ours)
                if "wordpress" in chosen.only:
                    going("wordpress")
                    measure_wordpress(ours, rounds=min(3, chosen.rounds), seconds=chosen.seconds)
                ours.stop()
            if count in sizes:
                going(f"growth, at {count} sites")
                growth.append(measure_growth(ours, count, lasted, seconds=min(5, chosen.seconds)))
                # The table comes last; a run that is stopped before has said this much.
                going(" | ".join(growth[-1]))
    if growth:
        print("### One more site, among so many\n")
        table(GROWTH, growth)
    print(f"Measured in {(time.monotonic() - begun) / 60:.0f} minutes.")


if __name__ == "__main__":
    main()
