"""Pages of a site, as a phone loads them behind the web server of production: what Lighthouse says of each."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.robotparser import RobotFileParser

import pytest

from socle.lib.ports import free_port
from tests.conftest import EVERYTHING
from tests.sites.conftest import equipped
from tools import lighthouse
from tools.lighthouse.site import furnish, lay

pytestmark = [
    pytest.mark.slow,
    pytest.mark.journey,
    pytest.mark.django_db,
    # The library that resizes images leaves its temporary files to the garbage collector.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

LEAST = 98
# Not the fourth: how fast a page is depends on what else this machine does; `make lighthouse` measures it at rest.
JUDGED = [name for name in lighthouse.CATEGORIES if name != "performance"]
# What a page of pictures may weigh, compressed: its map, its styles, characters and icon with it.
HEAVIEST = 200_000
# Besides the first page in each layout, those whose words, pictures or form are made as no other's: the rest is put
# together from the same parts. `make lighthouse` measures each type; axe reads all (journeys/test_every_page.py).
OTHERS = {"page", "actualité", "page de contact", "album de photographies"}
# What is known to be below, and why: the type of page, the category.
KNOWN: dict[tuple[str, str], str] = {}


def test_each_make_of_page_satisfies_lighthouse_as_a_phone_loads_it(settings, tmp_path: Path):
    if lacking := lighthouse.missing():
        pytest.fail(lacking) if os.environ.get(EVERYTHING) else pytest.skip(lacking)
    settings.MEDIA_ROOT = tmp_path / "media"
    website = equipped("59474", "Prisches")
    furnish(website)
    website.refresh_from_db()
    port = free_port()
    robots = RobotFileParser()
    kinds = {address: kind for kind, address in lay(website, tmp_path / "published", port)}
    robots.parse((tmp_path / "published/hosts" / website.host / "robots.txt").read_text().splitlines())
    assert all(robots.can_fetch("*", address) for address in kinds)
    assert robots.site_maps() == [f"https://{website.host}:{port}/sitemap.xml"]
    assert len(kinds) > 12
    judged = [address for address, kind in kinds.items() if kind in OTHERS or kind.startswith("page d’accueil")]
    wrong, weights = [], {}
    with lighthouse.served(tmp_path / "published", tmp_path / "caddy", port) as authority:
        # The processor as it is: nothing judged here depends on it.
        for seen in lighthouse.measure(judged, believes=authority, slowdown=1, categories=JUDGED):
            kind = kinds[seen.address]
            weights[kind] = seen.bytes
            wrong += [
                f"{kind}, {name}: {seen.scores[name]}: {seen.lacks[name]}"
                for name in JUDGED
                if seen.scores[name] < LEAST and (kind, name) not in KNOWN
            ]
    assert len(weights) == len(judged) == 5 + len(OTHERS)
    assert wrong == []
    homes = {kind: weight for kind, weight in weights.items() if kind.startswith("page d’accueil")}
    assert len(homes) == 5
    assert max(homes.values()) < HEAVIEST, homes
