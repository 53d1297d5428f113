"""An ACME authority on a machine of its own: Caddy's, which checks each name by the road it is given.

What the fronts do with Let's Encrypt is what they do with it: an account, an order, a challenge, a certificate.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tools.installation import wait_for

if TYPE_CHECKING:
    from tools.drills.nodes import Node

CADDYFILE = """
{{
	admin off
	storage file_system {folder}
	skip_install_trust
	auto_https disable_redirects
}}
https://{address} {{
	tls internal
	log {{
		output file {folder}/asked.log
	}}
	acme_server
}}
"""
# How long a program in Go believes what it read of /etc/hosts.
HOSTS_BELIEVED = 5.5


class Authority:
    """The authority of this machine; `names` leads each host to the address where it is checked."""

    def __init__(self, node: Node, caddy: Path) -> None:
        self.node, self.caddy = node, caddy
        self.folder = node.root / "authority"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def root(self) -> Path:
        """The certificate that whoever trusts this authority believes."""
        return self.folder / "pki/authorities/local/root.crt"

    @property
    def directory(self) -> str:
        return f"https://{self.node.address}/acme/local/directory"

    def start(self) -> Authority:
        self.folder.mkdir(parents=True)
        (self.folder / "hosts").touch()
        (self.folder / "Caddyfile").write_text(CADDYFILE.format(folder=self.folder, address=self.node.address))
        # Its own resolver, and nobody else's: the names of the drill mean nothing outside.
        alone = 'mount --bind "$1" /etc/hosts; shift; exec "$@"'
        line = [*self.node.inside, "unshare", "--mount", "sh", "-c", alone, "sh", str(self.folder / "hosts")]
        line += [str(self.caddy), "run", "--config", str(self.folder / "Caddyfile")]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                line,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env={"HOME": str(self.folder), "PATH": os.environ["PATH"]},
            )
        wait_for(self.root.exists, seconds=60, what="the authority")
        return self

    def names(self, hosts: Iterable[str], addresses: Sequence[str]) -> None:
        """Say where these hosts lead, as their DNS would: to the first address that answers. Believed once returned."""
        lines = [f"{address} {host}\n" for host in hosts for address in addresses]
        (self.folder / "hosts").write_text("".join(lines))
        time.sleep(HOSTS_BELIEVED)

    def asked(self) -> Counter[str]:
        """What was asked of it so far, by kind: accounts, orders, certificates issued (`finalize`)."""
        path = self.folder / "asked.log"
        kinds: Counter[str] = Counter()
        for line in path.read_text().splitlines() if path.exists() else []:
            entry = json.loads(line)
            if entry["status"] < 400:
                kinds[entry["request"]["uri"].rpartition("/")[2]] += 1
        return kinds

    def hold(self) -> None:
        """Let it answer nobody any more, without anybody knowing."""
        for pid in self.node.processes("authority/Caddyfile"):
            os.kill(pid, signal.SIGSTOP)

    def go_on(self) -> None:
        for pid in self.node.processes("authority/Caddyfile"):
            os.kill(pid, signal.SIGCONT)
