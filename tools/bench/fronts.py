"""Web servers over the published files, asked as fast as they answer: ours, and others that serve the very same bytes.

Every server runs at once, idle while another is asked; rounds alternate, so that what else the machine does weighs on
all alike, and the median of the rounds is kept. The client (wrk, one thread, sixteen connections kept open, gzip
accepted) draws at random, at each request, one of the lines of a list: a host and a path.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import urllib3
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from socle.lib.children import die_with_parent
from socle.lib.ports import free_port
from tools.installation import ROOT, executable, wait_for

SITES_CADDY = ROOT / "deploy/one-machine/sites.caddy"
SITES_NGINX = ROOT / "deploy/nginx"
CONNECTIONS = 16

# One list of requests, written once; each request is one of them, drawn at random.
DRAW = """
local requests, count = {}, 0
init = function(arguments)
  math.randomseed(42)
  for line in io.lines(arguments[1]) do
    local host, path = line:match("^(%S+) (%S+)$")
    count = count + 1
    requests[count] = wrk.format("GET", path, {["Host"] = host, ["Accept-Encoding"] = "gzip"})
  end
end
request = function() return requests[math.random(count)] end
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format('\\n{"requests": %d, "microseconds": %d, "bytes": %d, "p50": %d, "p99": %d, "failed": %d}\\n',
    summary.requests, summary.duration, summary.bytes, latency:percentile(50), latency:percentile(99),
    e.connect + e.read + e.write + e.status + e.timeout))
end
"""

CADDY = """{
	admin off
	auto_https off
	default_sni bench.invalid
	log default {
		level WARN
	}
}
%(import)s
%(address)s {
	%(tls)s
	%(body)s
}
"""
# The shipped file, and behind it whoever would answer for the platform.
OURS = "import sites\n\troute {\n\t\t%s\n\t}"
NOBODY = 'respond "the platform was asked" 404'
# The same server, serving the same files and nothing else.
BARE = "root * {$FRONT_PUBLISHED}/hosts/{host}\n\tfile_server {\n\t\tprecompressed br gzip\n\t}"

NGINX = """
worker_processes auto; pid %(where)s/nginx.pid; error_log %(where)s/error.log; daemon off; %(user)s
events { worker_connections 512; }
http {
  include /etc/nginx/mime.types; default_type application/octet-stream; charset utf-8;
  access_log off; sendfile on; tcp_nopush on; server_tokens off; server_names_hash_bucket_size 128;
  client_body_temp_path %(where)s/body; proxy_temp_path %(where)s/proxy; fastcgi_temp_path %(where)s/fcgi;
  uwsgi_temp_path %(where)s/uwsgi; scgi_temp_path %(where)s/scgi;
  %(http)s
}
"""
NGINX_FILES = """
  server {
    listen 127.0.0.1:%(port)d%(tls)s;
    root %(published)s/hosts/$host; index index.html; gzip_static on; error_page 404 /404.html;
  }
"""
# The shipped files for nginx, and behind them whoever would answer for the platform.
NGINX_SITES = """
  include %(ours)s/maps.conf;
  upstream socle { server 127.0.0.1:9; }
  server {
    listen 127.0.0.1:%(port)d%(tls)s;
    set $published %(published)s;
    include %(ours)s/sites.conf;
  }
"""


def missing() -> list[str]:
    """The Debian packages that this measure needs and the machine lacks."""
    return [package for package, name in {"nginx-light": "nginx", "wrk": "wrk"}.items() if not executable(name)]


@dataclass(frozen=True)
class Answered:
    """What one server did: how many answers a second, how long half of them and all but one in a hundred took."""

    per_second: float
    p50: float
    p99: float
    # The lowest and the highest of the rounds: how far the figure can be believed.
    lowest: float = 0.0
    highest: float = 0.0


@dataclass(frozen=True)
class Target:
    """A server to ask: its address, and the list of what is asked of it."""

    address: str
    asked: Path


@contextlib.contextmanager
def running(
    command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Keep a server running during the block, in a group of its own, stopped whatever happens."""
    with log.open("ab") as file:
        process = subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
            # A measure that is killed leaves nothing behind.
            preexec_fn=die_with_parent,
        )
    try:
        yield process
        if process.poll() is not None:
            raise RuntimeError(f"{command[0]} stopped by itself: {log.read_text(errors='replace')[-2000:]}")
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def listens(port: int, log: Path | None = None) -> None:
    """Wait until somebody answers at this port."""
    import socket

    def answers() -> bool:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            return False
        return True

    try:
        wait_for(answers, seconds=30, every=0.05, what=f"a server at {port}")
    except TimeoutError:
        said = log.read_text(errors="replace")[-2000:] if log and log.exists() else ""
        raise RuntimeError(f"no server at {port}: {said}") from None


def certificate(where: Path) -> tuple[Path, Path]:
    """Make a certificate for a day; return its file and that of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "bench.invalid")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("bench.invalid")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (where / "bench.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (where / "bench.key").write_bytes(secret)
    return where / "bench.pem", where / "bench.key"


@contextlib.contextmanager
def caddy(
    where: Path,
    published: Path,
    *,
    sites: Path | None = SITES_CADDY,
    is_secure: bool = False,
    platform: str = NOBODY,
) -> Iterator[str]:
    """Serve the published files with Caddy: by our configuration, or by a bare `file_server`; give its address."""
    where.mkdir(parents=True)
    port = free_port()
    tls = f"tls {' '.join(map(str, certificate(where)))}" if is_secure else ""
    scheme = "https" if is_secure else "http"
    written = CADDY % {
        "import": f"import {sites}" if sites else "",
        "address": f"{scheme}://:{port}",
        "tls": tls,
        "body": OURS % platform if sites else BARE,
    }
    (where / "Caddyfile").write_text(written)
    environment = {"FRONT_PUBLISHED": str(published), "HOME": str(where), "XDG_DATA_HOME": str(where)}
    command = [executable("caddy"), "run", "--adapter", "caddyfile", "--config", str(where / "Caddyfile")]
    with running(command, where / "log", environment):
        listens(port, where / "log")
        yield f"{scheme}://127.0.0.1:{port}"


@contextlib.contextmanager
def nginx(where: Path, http: str, port: int) -> Iterator[str]:
    """Run nginx with this block of configuration; give its address."""
    where.mkdir(parents=True, exist_ok=True)
    user = "user root;" if os.getuid() == 0 else ""
    (where / "nginx.conf").write_text(NGINX % {"where": where, "http": http, "user": user})
    with running([executable("nginx"), "-c", str(where / "nginx.conf")], where / "log"):
        listens(port, where / "log")
        yield f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def nginx_files(
    where: Path, published: Path, *, sites: Path | None = SITES_NGINX, is_secure: bool = False
) -> Iterator[str]:
    """Serve the published files with nginx: by our configuration, or by a bare one; give its address."""
    where.mkdir(parents=True)
    port = free_port()
    tls = ""
    if is_secure:
        public, secret = certificate(where)
        tls = f" ssl; ssl_certificate {public}; ssl_certificate_key {secret}"
    written = NGINX_SITES if sites else NGINX_FILES
    block = written % {"port": port, "tls": tls, "published": published, "ours": sites}
    with nginx(where, block, port) as address:
        yield address.replace("http", "https", 1) if is_secure else address


def ask_for(where: Path, requests: Sequence[tuple[str, str]]) -> Path:
    """Write the list of what is asked: hosts and paths."""
    where.write_text("".join(f"{host} {path}\n" for host, path in requests))
    return where


def load(target: Target, *, seconds: float) -> Answered:
    """Ask as fast as it answers for so long. Raises when an answer is not what it should be."""
    script = target.asked.with_suffix(".lua")
    script.write_text(DRAW)
    line = [executable("wrk"), "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s", "--timeout", "30s"]
    line += ["-s", str(script), target.address, "--", str(target.asked)]
    said = subprocess.run(line, check=True, capture_output=True, text=True).stdout
    seen = json.loads(said[said.rindex("\n{") :])
    if seen["failed"] or not seen["requests"]:
        raise RuntimeError(f"{target.address}: {seen['failed']} of {seen['requests']} requests failed")
    rate = seen["requests"] / (seen["microseconds"] / 1e6)
    return Answered(rate, seen["p50"] / 1e6, seen["p99"] / 1e6)


def compare(
    targets: Mapping[str, Target],
    *,
    rounds: int = 3,
    seconds: float = 8,
    by: Callable[..., Answered] = load,
) -> dict[str, Answered]:
    """Ask each in turn, several times; keep the median of each."""
    seen: dict[str, list[Answered]] = {name: [] for name in targets}
    for target in targets.values():
        by(target, seconds=min(2, seconds))
    for number in range(rounds):
        # The other way round every second time: nobody always comes after the same one.
        for name in list(targets)[:: -1 if number % 2 else 1]:
            seen[name].append(by(targets[name], seconds=seconds))
            time.sleep(0.3)
    return {
        name: Answered(
            statistics.median(one.per_second for one in all_of_it),
            statistics.median(one.p50 for one in all_of_it),
            statistics.median(one.p99 for one in all_of_it),
            min(one.per_second for one in all_of_it),
            max(one.per_second for one in all_of_it),
        )
        for name, all_of_it in seen.items()
    }


def read(address: str, host: str, path: str = "/") -> urllib3.BaseHTTPResponse:
    """Ask once, as a browser that accepts gzip."""
    # The certificate is ours, for a name that is nobody’s: what is read is the page.
    urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    with urllib3.PoolManager(cert_reqs="CERT_NONE") as http:
        return http.request(
            "GET", f"{address}{path}", headers={"Host": host, "Accept-Encoding": "gzip"}, decode_content=False
        )
