"""The web servers that stand before Roundcube in production, with the files that are shipped, moved to a folder."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from socle.engines.roundcube import configuration
from socle.engines.roundcube.layout import Webmail
from socle.engines.roundcube.server import answers
from tests.conftest import needed, tool
from tests.consistency import house

SHIPPED, PLACE = "deploy/mail/webmail", "/var/lib/socle-webmail"
SOCKET = "/run/php/socle-webmail.sock"


def moved(name: str, place: Path, socket: Path) -> str:
    """A shipped file, for this folder and this socket."""
    return house.read(f"{SHIPPED}/{name}").replace(PLACE, str(place)).replace(SOCKET, str(socket))


def nginx(folder: Path, port: int, place: Path, socket: Path) -> list[str]:
    """Write what nginx reads in `folder`; its command."""
    (folder / "webmail.inc").write_text(moved("webmail.inc", place, socket))
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    folders = "".join(f"{kind}_temp_path {folder}/{kind}; " for kind in kinds)
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/nginx.pid; error_log stderr; {'user root;' if os.getuid() == 0 else ''}\n"
        f"events {{}}\nhttp {{ {folders} include /etc/nginx/mime.types;\n"
        f"server {{ listen 127.0.0.1:{port}; include {folder}/webmail.inc; }} }}\n"
    )
    return [tool("nginx"), "-e", "stderr", "-p", str(folder), "-c", str(folder / "nginx.conf")]


def caddy(folder: Path, port: int, place: Path, socket: Path) -> list[str]:
    """Write what Caddy reads in `folder`; its command."""
    served = moved("webmail.caddy", place, socket).replace("courrier.operateur.example", f"http://:{port}")
    (folder / "Caddyfile").write_text(f"{{\n\tadmin off\n\tauto_https off\n}}\n{served}")
    program = tool("caddy")
    return [program, "run", "--config", str(folder / "Caddyfile")]


FRONTS = {"nginx": nginx, "caddy": caddy}


def fpm() -> str:
    """The php-fpm of this machine, whose name holds its version."""
    return tool(*map(str, Path("/usr/sbin").glob("php-fpm*")), "php-fpm")


@contextlib.contextmanager
def in_production(webmail: Webmail, front: str) -> Iterator[None]:
    """Serve this Roundcube as in production: php-fpm with the shipped pool, behind this web server."""
    if os.geteuid() != 0:
        needed("php-fpm takes the account of its pool: root only")
    configuration.write(webmail)
    folder, socket = webmail.folder / "front", webmail.folder / "php.sock"
    folder.mkdir()
    said = webmail.folder / "front.log"
    (folder / "fpm.conf").write_text(
        f"[global]\nerror_log = {said}\ndaemonize = no\n{moved('php-fpm.conf', webmail.folder, socket)}"
        "catch_workers_output = yes\n"
    )
    commands = [
        [fpm(), "-y", str(folder / "fpm.conf")],
        FRONTS[front](folder, webmail.port, webmail.folder, socket),
    ]
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    with contextlib.ExitStack() as running, said.open("ab") as log:
        for command in commands:
            running.enter_context(ended(subprocess.Popen(command, env=environment, stdout=log, stderr=log)))
        deadline = time.monotonic() + 60
        while not answers(webmail.url):
            assert time.monotonic() < deadline, said.read_text()
            time.sleep(0.05)
        yield


@contextlib.contextmanager
def ended(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """End this process after the block."""
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)
