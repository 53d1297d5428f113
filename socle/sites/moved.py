"""Addresses of sections that were merged into others: where each leads now, answered 301 where a site has no page."""

from __future__ import annotations

import re
from collections.abc import Iterator

from socle.sites import registry


def new_paths(path: str) -> Iterator[str]:
    """Return where a path may lead since its section was merged into another, the best first.

    `\\1` of a new path stands for what the pattern of the old one, which is the whole path, captured.
    """
    for old, new in (pair for extension in registry.extensions() for pair in extension.moved_to):
        if found := re.fullmatch(old, path, re.ASCII):
            yield found.expand(new)
