"""Addresses of sections that were merged into others: where each leads now, answered 301 where a site has no page."""

from __future__ import annotations

import re

from socle.sites import registry


def new_path(path: str) -> str:
    """Return where a path leads since its section was merged into another; empty when no section had it.

    `\\1` of a new path stands for what the pattern of the old one captured. The first that is the whole path wins.
    """
    for old, new in (pair for extension in registry.extensions() for pair in extension.moved_to):
        if found := re.fullmatch(old, path, re.ASCII):
            return found.expand(new)
    return ""
