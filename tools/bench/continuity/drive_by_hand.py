"""WsgiDAV as its documentation serves a folder of the disk: basic authentication, locks in memory, no log."""

from __future__ import annotations

import json
import os
from pathlib import Path

from wsgidav.fs_dav_provider import FilesystemProvider
from wsgidav.wsgidav_app import WsgiDAVApp

application = WsgiDAVApp(
    {
        "provider_mapping": {"/": FilesystemProvider(os.environ["BENCH_DRIVE_ROOT"])},
        "http_authenticator": {"accept_basic": True, "accept_digest": False, "default_to_digest": False},
        "simple_dc": {"user_mapping": {"*": json.loads(Path(os.environ["BENCH_DRIVE_USERS"]).read_text())}},
        "verbose": 1,
        "logging": {"enable": False},
    }
)
