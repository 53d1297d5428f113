"""What visitors wait for while photographs are published, in one throw-away installation, on two cores (three minutes).

python -m tools.bench.pictures

Ten communes publish, one after the other, a news item with a photograph of 4 MB. Meanwhile visitors read them all, at
the shipped front and at the platform's own web server: the first pages, the lists of news, and each item as soon as it
is there. What counts is the worst answer. A machine that does something else at the same time says nothing.
"""

from __future__ import annotations

import argparse
import statistics
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import urllib3

from tools.bench import fronts
from tools.bench.__main__ import machine, ms, table
from tools.bench.web import grow, published
from tools.installation import Installation, installation, wait_for
from tools.photographs import heavy

NEWS = "photographie-mesuree"
# A visitor who has read a page asks for the next one.
PAUSE = 0.02


# --- Inside the installation ------------------------------------------------------------------------------------------
def publish(hosts: list[str], photographs: str) -> list[float]:
    """Publish an item on each of these sites, as the mairie's short form does; return the seconds that each took."""
    from django.utils import timezone
    from django_scopes import scopes_disabled

    from socle.lib.dates import day_of
    from socle.people.models import User
    from socle.sites.models import WebSite
    from socle.sites.photographs import Photograph
    from socle.sites.writing import publish_news

    lasted, at = [], timezone.now()
    with scopes_disabled():  # A measure sees everything.
        for number, host in enumerate(hosts):
            begun = time.perf_counter()
            publish_news(
                WebSite.objects.select_related("root_page", "beneficiary").get(host=host),
                title="Photographie mesurée",
                words="Une nouvelle écrite pour mesurer la plateforme. Elle n’annonce rien.",
                published_on=day_of(at),
                photograph=Photograph("vue.jpg", Path(photographs, f"{number}.jpg").read_bytes()),
                shows="Une vue inventée.",
                by=User.objects.system(),
                at=at,
            )
            lasted.append(time.perf_counter() - begun)
    return lasted


# --- Around it --------------------------------------------------------------------------------------------------------
@dataclass
class Visitor:
    """Somebody who reads page after page at one address, and how long each answer took."""

    address: str
    hosts: Sequence[str]
    ends: threading.Event
    seconds: list[float] = field(default_factory=list)
    worst: tuple[float, str] = (0.0, "")
    failed: int = 0

    def read(self) -> None:
        """Read them all again and again, until told to end."""
        pages = [(host, path) for path in ("/", "/actualites/", f"/actualites/{NEWS}/") for host in self.hosts]
        with urllib3.PoolManager(retries=False) as http:
            while not self.ends.is_set():
                for host, path in pages:
                    begun = time.perf_counter()
                    answer = http.request("GET", f"{self.address}{path}", headers={"Host": host}, timeout=120)
                    lasted = time.perf_counter() - begun
                    self.seconds.append(lasted)
                    self.worst = max(self.worst, (lasted, path))
                    self.failed += answer.status not in (200, 404)
                    time.sleep(PAUSE)


def measure(ours: Installation, hosts: Sequence[str]) -> None:
    """Publish while visitors read, and print what they waited for."""
    photographs = ours.directory / "photographs"
    photographs.mkdir()
    for number in range(len(hosts)):
        (photographs / f"{number}.jpg").write_bytes(heavy(number))
    items = [published(ours) / "hosts" / host / "actualites" / NEWS / "index.html" for host in hosts]
    for kind in ("worker", "scheduler", "web"):
        ours.start(kind)
    wait_for(ours.answers, seconds=60, what="the web server")
    # What the scheduler finds to do when it starts is not what is measured.
    time.sleep(15)
    platform = f"reverse_proxy 127.0.0.1:{ours.port}"
    front = fronts.caddy(ours.directory / "front", published(ours), platform=platform)
    with front as address, ThreadPoolExecutor() as pool:
        ends = threading.Event()
        visitors = {
            "the shipped front": Visitor(address, hosts, ends),
            "the platform’s own web server": Visitor(ours.address, hosts, ends),
        }
        reading = [pool.submit(one.read) for one in visitors.values()]
        try:
            begun = time.monotonic()
            gestures = ours.inside("tools.bench.pictures:publish", hosts, str(photographs))
            wait_for(lambda: all(item.exists() for item in items), seconds=900, what="every item, served as a file")
            lasted = time.monotonic() - begun
        finally:
            ends.set()
        for one in reading:
            one.result()
    print(f"### {len(hosts)} publications with a photograph of 4 MB, the last one served after {lasted:.0f} s\n")
    table(
        ["who answers", "answers", "median", "worst", "of which page", "failed"],
        [
            [name, str(len(one.seconds)), ms(statistics.median(one.seconds)), ms(one.worst[0]), one.worst[1],
             str(one.failed)]
            for name, one in visitors.items()
        ],
    )  # fmt: skip
    print(f"The gesture itself, photograph included: {ms(statistics.median(gestures))}, at worst {ms(max(gestures))}.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10, help="communes, each with a news item (10)")
    chosen = parser.parse_args()
    print(machine() + "\n", flush=True)
    with installation("postgresql") as ours:
        grow(ours, chosen.count)
        measure(ours, ours.inside("tools.bench.lives:hosts", chosen.count))


if __name__ == "__main__":
    main()
