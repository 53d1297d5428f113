"""Each type of page of a site as a phone loads it, measured by Lighthouse behind the web server of production.

The pages are laid as files, as when they are published, in a folder of their own: the site they belong to is opened and
outside a demonstration for the time of the rendering only.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from tools.installation import executable

HERE = Path(__file__).resolve().parent
SITES_CADDY = HERE.parent.parent / "deploy/one-machine/sites.caddy"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
INSTALL = "npm ci --prefix tools/lighthouse"
# A page of a slow phone, as Lighthouse supposes it: its processor is four times slower than this one.
PHONE = 4.0
# What is not asked, and why.
SKIPPED = {
    "robots-txt": "Lighthouse reads robots.txt in the name of the page, whose policy lets it connect to nothing; "
    "a test reads that file itself."
}
# The first found is taken. Without a window to draw, the same engine takes two and a half times less of a processor.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True)
class Measured:
    """What Lighthouse says of one page: a score out of a hundred by category, what is missing, what was transferred."""

    address: str
    scores: dict[str, int]
    lacks: dict[str, list[str]]
    bytes: int
    requests: int


def missing() -> str:
    """Say in a sentence what this needs and the machine lacks; nothing when it is whole."""
    if not shutil.which("node") or not chromium():
        return "Il manque des paquets Debian\u00a0: apt-get install nodejs npm chromium-headless-shell"
    if not (HERE / "node_modules/lighthouse").exists():
        return f"Lighthouse n’est pas installé\u00a0: {INSTALL}"
    return ""


def chromium() -> str:
    found = (shutil.which(name) for name in BROWSERS)
    return next((path for path in found if path), "")


CADDYFILE = """{
	admin off
	skip_install_trust
	auto_https disable_redirects
	storage file_system %(where)s/authority
	log default {
		level ERROR
	}
}
import %(sites)s
https://:%(port)d {
	tls internal {
		on_demand
	}
	import sites
	route {
		respond 404
	}
}
"""


@contextlib.contextmanager
def served(published: Path, where: Path, port: int) -> Iterator[str]:
    """Serve these files over HTTPS by the shipped configuration, each host with a certificate made when it is asked.

    Gives the fingerprint of the authority's key, by which a browser believes it.
    """
    where.mkdir(parents=True)
    (where / "Caddyfile").write_text(CADDYFILE % {"where": where, "sites": SITES_CADDY, "port": port})
    caddy = executable("caddy")
    with (where / "log").open("wb") as log:
        process = subprocess.Popen(
            [caddy, "run", "--adapter", "caddyfile", "--config", str(where / "Caddyfile")],
            env={"PATH": os.environ["PATH"], "HOME": str(where), "FRONT_PUBLISHED": str(published)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        _wait_for(port, process, where / "log")
        yield _fingerprint(where / "authority/pki/authorities/local/intermediate.crt")
    finally:
        process.terminate()
        process.wait(20)


def _fingerprint(certificate: Path) -> str:
    deadline = time.monotonic() + 30
    while not certificate.exists():
        if time.monotonic() > deadline:
            raise RuntimeError("the web server made no authority of its own")
        time.sleep(0.05)
    key = x509.load_pem_x509_certificate(certificate.read_bytes()).public_key()
    written = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(written).digest()).decode()


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    import socket

    deadline = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > deadline or process.poll() is not None:
                raise RuntimeError(f"the web server did not start: {log.read_text()[-2000:]}") from None
            time.sleep(0.05)
        else:
            return


def measure(
    addresses: Sequence[str], *, believes: str, slowdown: float = PHONE, categories: Sequence[str] = CATEGORIES
) -> Iterator[Measured]:
    """Measure these pages, one after the other, each as soon as it is; `believes`: the fingerprint `served` gives."""
    asked: dict[str, Any] = {"addresses": list(addresses), "categories": list(categories), "chromium": chromium()}
    asked |= {"slowdown": slowdown, "believes": believes, "skipped": list(SKIPPED)}
    process = subprocess.Popen(
        [shutil.which("node") or "node", "measure.mjs"],
        cwd=HERE,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "NODE_ENV": "production"},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        process.stdin.write(json.dumps(asked))
        process.stdin.close()
        for line in process.stdout:
            said = json.loads(line)
            if error := said.pop("error"):
                raise RuntimeError(f"{said['address']} could not be loaded: {error}")
            yield Measured(**said)
        if process.wait(60):
            raise RuntimeError(f"Lighthouse failed: {process.stderr.read()[-2000:]}")
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(20)
        process.stdout.close()
        process.stderr.close()
