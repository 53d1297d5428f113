"""Whatever is done to a site, in whatever order: what is renewed equals what is published anew."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

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
    """The net under the keys: a page that forgot to say what it shows would differ here."""
    time_machine.move_to(f.NOW, tick=False)
    website = equipped("59474", "Prisches")
    publish_waiting()
    made = gestures(website)

    @hypothesis_settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.tuples(st.integers(0, len(made) - 1), st.integers(0, 99)), min_size=1, max_size=5))
    def everything(steps):
        for index, number in steps:
            made[index](number)
        publish_waiting()
        renewed = served(website)
        changed(website.pk, "all", at=f.NOW)
        publish_waiting()
        anew = served(website)
        kinds = (".html", ".xml", ".txt", ".ics", ".atom", ".csv", ".json")
        assert {n: renewed.get(n) for n in anew if n.endswith(kinds)} == {n: anew[n] for n in anew if n.endswith(kinds)}
        assert {n for n in renewed if n.endswith(".html")} == {n for n in anew if n.endswith(".html")}

    everything()
