"""Attempts are counted in the cache: each test starts with none."""

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def nobody_has_tried_yet() -> None:
    cache.clear()
