"""The addresses of the sections that were merged, and where each leads now; answered 301 where a site has no page."""

from __future__ import annotations

import re

# A pattern of the old path, and the new one, `\1` for what the pattern captured. The first that is the whole path wins.
MOVED: tuple[tuple[str, str], ...] = (
    # Works, jobs and tenders are notices, each of its category.
    (r"/travaux/(?:page/\d+/)?", "/annonces/categorie/travaux/"),
    (r"/offres-emploi/(?:page/\d+/)?", "/annonces/categorie/emploi/"),
    (r"/marches-publics/(?:page/\d+/)?", "/annonces/categorie/marches-publics/"),
    (r"/(?:travaux|marches-publics)/archives/(?:page/\d+/)?", "/annonces/archives/"),
    (r"/(?:travaux|offres-emploi|marches-publics)/fil\.atom", "/annonces/fil.atom"),
    (r"/(?:travaux|offres-emploi|marches-publics)/([a-z0-9-]+)/", r"/annonces/\1/"),
)


def new_path(path: str) -> str:
    """Return where a path leads since its section was merged into another; empty when no section had it."""
    for old, new in MOVED:
        if found := re.fullmatch(old, path, re.ASCII):
            return found.expand(new)
    return ""
