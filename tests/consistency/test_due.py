"""What waits for a moment does so by `socle.lib.due`: a clock that went ahead and came back keeps nothing waiting."""

from __future__ import annotations

import re

from tests.consistency import house

# Fields that say when a row is due again, until when somebody has it, or when it was last seen to.
MOMENTS = re.compile(r"\b(next_\w+_at|\w*claimed_until|rests_until|(?:looked|heard|checked|pruned)_at)__lte?=")
# They count and show what waits; they decide nothing.
SHOWN = {"socle/domains/monitoring.py", "socle/integrations/presenters.py"}


def test_whoever_waits_for_a_moment_asks_whether_it_could_be_written() -> None:
    found = {}
    for path in sorted((house.ROOT / "socle").rglob("*.py")):
        name = str(path.relative_to(house.ROOT))
        if "/migrations/" not in name and name not in SHOWN and (met := MOMENTS.findall(path.read_text())):
            found[name] = met
    assert found == {}


def test_those_that_show_what_waits_are_there() -> None:
    assert all(MOMENTS.search(house.read(name)) for name in SHOWN)
