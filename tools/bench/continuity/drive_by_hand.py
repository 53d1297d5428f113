"""WsgiDAV as its documentation serves a folder of the disk: basic authentication, locks in memory, no log."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from wsgidav.fs_dav_provider import FilesystemProvider
from wsgidav.wsgidav_app import WsgiDAVApp

_whole = WsgiDAVApp(
    {
        "provider_mapping": {"/": FilesystemProvider(os.environ["BENCH_DRIVE_ROOT"])},
        "http_authenticator": {"accept_basic": True, "accept_digest": False, "default_to_digest": False},
        "simple_dc": {"user_mapping": {"*": json.loads(Path(os.environ["BENCH_DRIVE_USERS"]).read_text())}},
        "verbose": 1,
        "logging": {"enable": False},
    }
)


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Its answer, whose status and headers are said at the first piece: granian reads them before."""
    pieces = iter(_whole(environ, start_response))
    return itertools.chain([next(pieces, b"")], pieces)
