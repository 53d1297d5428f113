"""The page of faults names only tests that exist."""

from __future__ import annotations

from tests.consistency import house
from tests.consistency.test_security import NAMED, missing_among


def test_every_test_that_is_named_exists() -> None:
    page = house.read("docs/dev/faults.md")
    assert missing_among(page) == []
    assert len(NAMED.findall(page)) > 40
