"""The front servers that we ship keep no answer: what was made for one person is never given to another."""

from __future__ import annotations

import re

from tests.consistency import house

# What would keep an answer: nginx's caches, and the modules of Caddy that do.
KEEPS = re.compile(
    r"^\s*(?:(?:proxy|fastcgi|uwsgi|scgi)_(?:cache|store)\w*\s+(?!off\b)|cache\b\s*(?:\{|$)|souin\b)", re.M
)


def test_no_front_keeps_what_was_answered() -> None:
    shipped = [path for path in house.files(".conf", ".caddy", "") if path.parts[:1] == ("deploy",)]
    fronts = [path for path in shipped if "nginx" in path.parts or "addy" in path.name]
    assert len(fronts) >= 6  # The reading itself works.
    assert [str(path) for path in fronts if KEEPS.search(house.read(path))] == []


def test_a_cache_would_be_seen() -> None:
    for written in ("\tproxy_cache pages;", "proxy_store on;", "fastcgi_cache_valid 1m;", "\tcache {\n\t}", "souin"):
        assert KEEPS.search(written), written
    assert not KEEPS.search("open_file_cache off;\nadd_header Cache-Control $site_cache always;")
