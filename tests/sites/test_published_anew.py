"""Whatever is done to a site, in whatever order: what is renewed equals what is published anew."""

from __future__ import annotations

from random import Random

import pytest
from django.db import transaction

from socle.sites.publishing.actions import changed, publish_waiting
from tests import factories as f
from tests.sites.conftest import equipped
from tests.sites.released import (
    published,
    served,
)
from tests.sites.site_gestures import gestures

__all__ = ["published"]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_whatever_changes_what_is_renewed_equals_what_is_published_anew(time_machine):
    """The net under the keys: a page that forgot to say what it shows would differ here.

    Every gesture is made twice, in an order and with a number drawn once and for all; what follows one is published
    before the next, as its commit asks.
    """
    time_machine.move_to(f.NOW, tick=False)
    website = equipped("59474", "Prisches")
    publish_waiting()
    made, chance = gestures(website), Random(20261125)
    steps = [one for _ in range(2) for one in chance.sample(made, len(made))]
    kinds = (".html", ".xml", ".txt", ".ics", ".atom", ".csv", ".json")
    done = []
    for rank, step in enumerate(steps, start=1):
        done.append((step.__name__, number := chance.randrange(100)))
        with transaction.atomic():
            step(number)
        if rank % 5 and rank < len(steps):
            continue
        publish_waiting()
        renewed = served(website)
        changed(website.pk, "all", at=f.NOW)
        publish_waiting()
        anew = served(website)
        wanted = {name: content for name, content in anew.items() if name.endswith(kinds)}
        assert {name: renewed.get(name) for name in wanted} == wanted, done
        assert {name for name in renewed if name.endswith(".html")} == {n for n in anew if n.endswith(".html")}, done
