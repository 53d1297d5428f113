"""WsgiDAV, told of our own locks and folders; what one request reaches is in `REACH`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from wsgidav.error_printer import ErrorPrinter
from wsgidav.request_resolver import RequestResolver
from wsgidav.wsgidav_app import WsgiDAVApp

from socle.engines.own_files.drive.locks import DatabaseLocks, OneAtATime
from socle.engines.own_files.drive.provider import Folders
from socle.engines.own_files.drive.reach import REACH

MOUNT = "/dav/dossier"


@cache
def application() -> Any:
    """The program, made once in each process."""
    made = WsgiDAVApp(
        {
            "mount_path": MOUNT,
            "provider_mapping": {},
            "middleware_stack": [ErrorPrinter, RequestResolver],
            "lock_storage": None,
            "property_manager": None,
            "hotfixes": {"re_encode_path_info": True, "unquote_path_info": False},
            "add_header_MS_Author_Via": True,
            "block_size": 512 * 1024,
            "logging": {"enable": False},
            "suppress_version_info": True,
            "verbose": 1,
            "http_authenticator": {"accept_basic": False, "accept_digest": False},
        }
    )
    made.lock_manager = OneAtATime(DatabaseLocks())
    made.add_provider("/", Folders())
    return made


def speak(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Hand one request to the program, as whoever entered; what it says of the connection is the server's to say."""
    environ["wsgidav.auth.user_name"] = REACH.get().principal
    # What was refused in the middle of a body is not read to its end.
    environ["wsgidav.some_input_read"] = 1

    def told(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        return start_response(status, [one for one in headers if one[0].lower() != "connection"], exc_info)

    answer: Iterable[bytes] = application()(environ, told)
    return answer
