"""One page's requests per second, beside nginx serving the same bytes."""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from socle.lib.ports import free_port
from tools.installation import wait_for

CONFIGURATION = """
worker_processes 2; pid {where}/nginx.pid; error_log {where}/error.log; daemon off; user root;
events {{ worker_connections 256; }}
http {{
  access_log off; client_body_temp_path {where}/body; proxy_temp_path {where}/proxy; fastcgi_temp_path {where}/fcgi;
  uwsgi_temp_path {where}/uwsgi; scgi_temp_path {where}/scgi; default_type text/html; sendfile on;
  server {{ listen 127.0.0.1:{port}; root {where}/files; index index.html; }}
}}
"""


def missing() -> list[str]:
    """The commands this measure needs and the machine lacks."""
    return [name for name in ("nginx", "wrk") if not shutil.which(name) and not Path(f"/usr/sbin/{name}").exists()]


@contextlib.contextmanager
def nginx(where: Path, body: bytes) -> Iterator[str]:
    """Serve these bytes as `/` with nginx; give its address."""
    files = where / "files"
    files.mkdir(parents=True)
    where.chmod(0o755)
    (files / "index.html").write_bytes(body)
    port = free_port()
    configuration = where / "nginx.conf"
    configuration.write_text(CONFIGURATION.format(where=where, port=port))
    process = subprocess.Popen([shutil.which("nginx") or "/usr/sbin/nginx", "-c", str(configuration)])
    address = f"http://127.0.0.1:{port}/"
    try:
        wait_for(lambda: _fetch(address), seconds=10, what="nginx")
        yield address
    finally:
        process.terminate()
        process.wait()


def _fetch(address: str, host: str = "") -> bytes:
    request = urllib.request.Request(address, headers={"Host": host} if host else {})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return bytes(answer.read())
    except OSError:
        return b""


def load(address: str, host: str = "", *, seconds: int = 8) -> dict[str, float]:
    """Ask as often as possible, sixteen at once, from one core; return requests per second and p99 in seconds."""
    line = ["wrk", "-t1", "-c16", f"-d{seconds}s", "--latency", *(["-H", f"Host: {host}"] if host else []), address]
    said = subprocess.run(line, check=True, capture_output=True, text=True).stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    centile = re.search(r"99%\s+([\d.]+)(us|ms|s)\b", said)
    assert rate, said
    assert centile, said
    if wrong := re.search(r"Non-2xx or 3xx responses: (\d+)", said):
        raise RuntimeError(f"{wrong[1]} requests failed at {address}")
    unit = {"us": 1e-6, "ms": 1e-3, "s": 1.0}[centile[2]]
    return {"per_second": float(rate[1]), "p99": float(centile[1]) * unit}


def compare(address: str, where: Path, *, host: str = "") -> dict[str, Any]:
    """Measure a page, then nginx serving the same bytes, in the same run."""
    body = _fetch(address, host)
    assert body, address
    load(address, host, seconds=2)
    ours = load(address, host)
    time.sleep(1)
    with nginx(where, body) as reference:
        load(reference, seconds=2)
        theirs = load(reference)
    return {"bytes": len(body), "ours": ours, "nginx": theirs, "ratio": ours["per_second"] / theirs["per_second"]}
