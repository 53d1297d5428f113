"""Outgoing requests to addresses that people typed: a webhook, a platform of the operator's.

Whoever chooses an address could make our machine talk to what only it can reach: its own database, its neighbours, the
metadata service of its host (CWE-918, OWASP ASVS 5.0 §1.3.6). So the name is resolved once, every address it gives is
checked, and the connection goes to the very address that was checked: an answer of the DNS that changes afterwards
changes nothing. No redirect is followed, no proxy of the environment is used, no cookie is kept.

`get`, `head`, `post` and `send` answer an `Answer`, whatever its status, or raise `Forbidden` (never to be tried again
as it is) or `Unreachable` (worth trying later); both carry a French `sentence`. Whoever is known by a certificate
shows its `Certificate`; what is too large for the memory is sent as a `Stream`.
"""

from __future__ import annotations

import contextlib
import ipaddress
import json as json_format
import logging
import os
import re
import socket
import ssl
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPException
from typing import Any

import urllib3
from django.conf import settings
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, LocationParseError
from urllib3.util import Url, parse_url

from socle.lib.refusals import Said

log = logging.getLogger("socle.outgoing")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Seconds for the whole exchange, from the name to the last byte.
TIMEOUT = 10.0
# Bytes of body beyond which we stop reading.
LIMIT = 1024 * 1024
# A name that gives twenty addresses does not make us knock at twenty doors.
MOST_ADDRESSES = 3
# Ports below this one speak other languages than HTTP, except these two.
FIRST_FREE_PORT, WEB_PORTS = 1024, (80, 443)
DEFAULT_PORTS = {"http": 80, "https": 443}
# Addresses at which the host of a machine gives its keys, at some providers: one is public, the others look internal.
METADATA = tuple(map(ipaddress.ip_address, ("168.63.129.16", "169.254.169.254", "100.100.100.200", "fd00:ec2::254")))
# Each block of the IANA's two special-purpose registries (RFC 6890), those that it calls globally reachable too: none
# is where somebody serves. Written here, and not asked of `ipaddress`, whose answers change from one Python to another.
SPECIAL = tuple(
    map(
        ipaddress.ip_network,
        (
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
            "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16",
            "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
            "::/128", "::1/128", "::ffff:0:0/96", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001::/23",
            "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10",
        ),
    )
)  # fmt: skip
MULTICAST = ipaddress.ip_network("224.0.0.0/4")
# All that is given out of IPv6 is in it: what is outside is not of the Internet yet, or no more.
GIVEN_OUT = ipaddress.ip_network("2000::/3")
# Where an internal name of the operator's may lead.
NEIGHBOURS = tuple(
    map(
        ipaddress.ip_network,
        ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "198.18.0.0/15", "::1/128", "fc00::/7"),
    )
)
# IPv6 addresses that carry an IPv4 one in their last 32 bits (RFC 6052).
NAT64 = ipaddress.ip_network("64:ff9b::/96")
HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", re.ASCII)
# Told by us, from the address and the body.
OUR_HEADERS = {"host", "content-length", "transfer-encoding", "connection", "accept-encoding"}


class OutgoingError(Said):
    """The request had no answer. `sentence` is French and may be shown; it never holds the path nor a header."""


class Forbidden(OutgoingError):
    """We do not call that address: asking again would change nothing."""


class Unreachable(OutgoingError):
    """Nobody answered, or not in time, or not safely, or too much: may be tried again later."""


class Unknown(Unreachable):
    """The DNS says that this name does not exist."""


@dataclass(frozen=True)
class Answer:
    """An answer. `headers` have lower-case names; a redirection is an answer like another."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_ok(self) -> bool:
        """Whether the other side says it is done (2xx)."""
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        """The body as text; what is not UTF-8 is replaced."""
        return self.body.decode("utf-8", errors="replace")

    def json(self) -> Any:
        """The body read as JSON; `Unreachable` when it is not."""
        try:
            return json_format.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise Unreachable("La réponse reçue n’est pas du JSON.") from error


@dataclass(frozen=True)
class Certificate:
    """Our own certificate for those who ask for one, its chain and its key without a password: all of it in PEM."""

    pem: bytes = field(repr=False)


@dataclass(frozen=True)
class Stream:
    """A body read piece by piece: how many bytes, and what gives them, from the first, each time it is called."""

    size: int
    chunks: Callable[[], Iterator[bytes]]


def get(
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    timeout: float = TIMEOUT,
    limit: int = LIMIT,
    in_clear: bool = False,
    certificate: Certificate | None = None,
) -> Answer:
    """Read an address. `timeout` is in seconds for the whole exchange, `limit` in bytes of body.

    `in_clear`: for what is public, that a person asked for, and that its server does not encrypt: « http:// » is read
    too, whatever the installation says. What is asked must then hold no secret.
    """
    asked = dict(headers or {})
    return _exchange("GET", url, body=None, headers=asked, timeout=timeout, limit=limit, in_clear=in_clear,
                     certificate=certificate)  # fmt: skip


def post(
    url: str,
    *,
    json: Any = None,
    body: bytes | Stream | None = None,
    headers: Mapping[str, str] | None = None,
    timeout: float = TIMEOUT,
    limit: int = LIMIT,
    in_clear: bool = False,
    certificate: Certificate | None = None,
) -> Answer:
    """Send `json`, or these very bytes as `body` (what was signed), to an address; the others as for `get`."""
    sent = dict(headers or {})
    if body is None:
        body = json_format.dumps(json, ensure_ascii=False, separators=(",", ":")).encode()
        sent.setdefault("Content-Type", "application/json")
    return _exchange("POST", url, body=body, headers=sent, timeout=timeout, limit=limit, in_clear=in_clear,
                     certificate=certificate)  # fmt: skip


def send(
    method: str,
    url: str,
    *,
    json: Any = None,
    headers: Mapping[str, str] | None = None,
    timeout: float = TIMEOUT,
    limit: int = LIMIT,
) -> Answer:
    """Ask a system's interface by another verb (PUT, PATCH, DELETE), with `json` when there is something to say."""
    if method not in ("PUT", "PATCH", "DELETE"):
        raise Forbidden(f"« {method[:20]} » n’est pas un verbe que nous employons.")
    sent = dict(headers or {})
    body = None
    if json is not None:
        body = json_format.dumps(json, ensure_ascii=False, separators=(",", ":")).encode()
        sent.setdefault("Content-Type", "application/json")
    return _exchange(method, url, body=body, headers=sent, timeout=timeout, limit=limit)


def why_not_call(url: str, *, in_clear: bool = False) -> str | None:
    """Say, before anything is resolved or sent, why this address would be refused; None when its form is good."""
    try:
        _read(url, in_clear=in_clear)
    except Forbidden as refusal:
        return refusal.sentence
    return None


def certificate_end(host: str, port: int = 443, *, at: str = "", timeout: float = TIMEOUT) -> datetime:
    """Read when the certificate shown at this address ends; `Unreachable` when nobody shows a good one.

    For the platform's own names, or for any name asked `at` our own front's address: settings give both, nobody types
    them, and they may well lead inside.
    """
    context = ssl.create_default_context()
    try:
        with (
            socket.create_connection((at or host, port), timeout=timeout) as plain,
            context.wrap_socket(plain, server_hostname=host) as encrypted,
        ):
            shown = encrypted.getpeercert()
    except ssl.SSLError as error:
        reason = getattr(error, "verify_message", "") or type(error).__name__
        raise Unreachable(f"Le certificat de « {host} » n’est pas valable ({reason}).") from error
    except OSError as error:
        raise Unreachable(f"« {host} » ne répond pas sur le port {port}.") from error
    if not shown or "notAfter" not in shown:
        raise Unreachable(f"« {host} » ne montre pas de certificat.")
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(shown["notAfter"])), UTC)


# --- The address -----------------------------------------------------------------------------------------------------
def _read(url: str, *, in_clear: bool = False) -> tuple[str, str, int, str]:
    """Return scheme, host, port and target; `Forbidden` when the address is not one we call.

    One parser reads the address and the connection uses what it read: two parsers that disagree on the host are the
    oldest way around such a guard.
    """
    if not url.isascii() or re.search(r"[\x00-\x20\x7f\\]", url):
        raise Forbidden("L’adresse contient une espace ou un caractère qui n’y a pas sa place.")
    try:
        parsed: Url = parse_url(url)
    except LocationParseError as error:
        raise Forbidden("L’adresse est mal formée : attendu « https://nom/chemin ».") from error
    host = (parsed.host or "").strip("[]").rstrip(".").lower()
    if parsed.scheme not in ("https", "http") or not host:
        raise Forbidden("L’adresse doit commencer par « https:// », suivi d’un nom.")
    if parsed.scheme == "http" and not (in_clear or settings.OUTGOING_HTTP or _is_internal_name(host)):
        raise Forbidden("L’adresse doit commencer par « https:// » : ce qui part d’ici voyage chiffré.")
    if parsed.auth is not None:
        raise Forbidden("L’adresse contient un identifiant : donnez-le par un en-tête, jamais dans l’adresse.")
    if "%" in host or len(host) > 253:
        raise Forbidden("Le nom de l’adresse est mal formé.")
    port = parsed.port if parsed.port is not None else DEFAULT_PORTS[parsed.scheme]
    if port not in WEB_PORTS and not FIRST_FREE_PORT <= port <= 65535:
        raise Forbidden(f"Le port {port} n’est pas celui d’un service web : 80, 443, ou à partir de 1024.")
    return parsed.scheme, host, port, parsed.request_uri


def _is_internal_name(host: str) -> bool:
    return host in {entry.lower() for entry in settings.OUTGOING_INTERNAL}


def _internal_networks() -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    networks = []
    for entry in settings.OUTGOING_INTERNAL:
        try:
            networks.append(ipaddress.ip_network(entry))
        except ValueError:
            continue  # A name.
    return networks


def why_not_address(address: Address, host: str = "") -> str | None:
    """Say why we do not connect to this address, or None.

    Refused: everything that is not of the public Internet (RFC 6890), and the forms of IPv6 that only lead to an IPv4
    address. The operator's own systems are let through by `SOCLE_OUTGOING_INTERNAL`: networks, or names.
    """
    if any(address in network for network in _internal_networks()):
        return None
    if address in NAT64:
        # On a network that speaks IPv6 only, this is how the resolver gives an IPv4 address: that one is judged.
        return why_not_address(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF), host)
    is_special = address in METADATA or any(address in network for network in SPECIAL)
    if not is_special and (address in GIVEN_OUT if address.version == 6 else address not in MULTICAST):
        return None
    if address not in METADATA and any(address in network for network in NEIGHBOURS) and _is_internal_name(host):
        return None
    return (
        "Cette adresse mène à l’intérieur du réseau, et non à l’Internet public : elle est refusée. Si c’est un "
        "système de l’opérateur, son administrateur l’ajoute à SOCLE_OUTGOING_INTERNAL."
    )


def addresses_of(host: str, port: int, *, timeout: float = TIMEOUT) -> list[str]:
    """The addresses of a name that may be called, for an engine that speaks something else than HTTP.

    It connects to one of these and to no other: resolved again, the name could lead elsewhere. Raises `OutgoingError`.
    """
    return [str(one) for one in _resolve(host.rstrip(".").lower(), port, deadline=time.monotonic() + timeout)]


def _resolve(host: str, port: int, *, deadline: float) -> list[Address]:
    """Ask the name's addresses once, in time; refuse them all when one is refused.

    The system's resolver knows no deadline: it is asked in a thread that we stop waiting for.
    """
    found: list[Address] = []
    failed: list[Exception] = []
    # What a resolver says of a name that nobody bears; anything else may be its own trouble.
    nobody = {getattr(socket, name) for name in ("EAI_NONAME", "EAI_NODATA") if hasattr(socket, name)}

    def ask() -> None:
        try:
            for *_, place in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
                address = ipaddress.ip_address(str(place[0]))
                if address not in found:
                    found.append(address)
        except (OSError, UnicodeError, ValueError) as error:
            failed.append(error)

    thread = threading.Thread(target=ask, daemon=True, name="resolve")
    thread.start()
    thread.join(max(0.0, deadline - time.monotonic()))
    if thread.is_alive():
        raise Unreachable(f"Le nom « {host} » n’a pas pu être résolu à temps.")
    if failed and isinstance(failed[0], socket.gaierror) and failed[0].errno in nobody:
        raise Unknown(f"Le nom « {host} » est inconnu du DNS.")
    if failed or not found:
        raise Unreachable(f"Le nom « {host} » est inconnu, ou le DNS ne répond pas.")
    for address in found:
        if sentence := why_not_address(address, host):
            raise Forbidden(sentence)
    return found[:MOST_ADDRESSES]


# --- The exchange ----------------------------------------------------------------------------------------------------
def _exchange(
    method: str,
    url: str,
    *,
    body: bytes | Stream | None,
    headers: dict[str, str],
    timeout: float,
    limit: int,
    in_clear: bool = False,
    certificate: Certificate | None = None,
) -> Answer:
    scheme, host, port, target = _read(url, in_clear=in_clear)
    _check_headers(headers)
    context = _context(certificate) if scheme == "https" else None
    begun = time.monotonic()
    deadline = begun + timeout
    outcome = "refused"
    try:
        addresses = _resolve(host, port, deadline=deadline)
        outcome = "unreachable"
        answer = _first_that_answers(
            addresses,
            lambda address: _ask(
                method,
                scheme,
                host,
                address,
                port,
                target,
                body=body,
                headers=headers,
                deadline=deadline,
                limit=limit,
                context=context,
            ),
        )
        outcome = str(answer.status)
        return answer
    finally:
        # Neither the path nor the headers: both may hold a secret.
        log.info("%s %s %s %.0f ms", method, host, outcome, (time.monotonic() - begun) * 1000)


def _check_headers(headers: Mapping[str, str]) -> None:
    for name, value in headers.items():
        if not HEADER_NAME.fullmatch(name) or name.lower() in OUR_HEADERS or re.search(r"[\x00-\x08\x0a-\x1f]", value):
            raise Forbidden(f"L’en-tête « {name[:40]!r} » n’est pas de ceux qu’on peut envoyer.")


class _NoConnection(Exception):
    """Nothing was sent: the next address may be tried."""


def _first_that_answers(addresses: list[Address], ask: Callable[[Address], Answer]) -> Answer:
    refusal: Exception | None = None
    for address in addresses:
        try:
            return ask(address)
        except _NoConnection as error:
            refusal = error
    if refusal is not None and _is_late(refusal.__cause__):
        raise Unreachable("Le serveur n’a pas répondu à temps.") from refusal
    raise Unreachable("Le serveur ne répond pas : connexion refusée, ou délai dépassé.") from refusal


def _is_late(error: BaseException | None) -> bool:
    # A connection refused is a kind of time-out for the library, and none for us.
    if isinstance(error, urllib3.exceptions.NewConnectionError):
        return False
    return isinstance(error, TimeoutError | urllib3.exceptions.TimeoutError)


def _ask(
    method: str,
    scheme: str,
    host: str,
    address: Address,
    port: int,
    target: str,
    *,
    body: bytes | Stream | None,
    headers: dict[str, str],
    deadline: float,
    limit: int,
    context: ssl.SSLContext | None,
) -> Answer:
    """Speak with one address, under its name: the certificate is checked against the name, not the address."""
    remaining = deadline - time.monotonic()
    if remaining <= 0:
        raise Unreachable("Le serveur n’a pas répondu à temps.")
    connection = _connection(host, address, port, remaining, context)
    response: urllib3.HTTPResponse | None = None
    named = f"[{host}]" if ":" in host else host
    sent = {
        "User-Agent": "Socle",
        "Accept": "*/*",
        **headers,
        "Host": named if port == DEFAULT_PORTS[scheme] else f"{named}:{port}",
        # A small answer that unfolds into a huge one is not asked for.
        "Accept-Encoding": "identity",
    }
    if isinstance(body, Stream):
        sent["Content-Length"] = str(body.size)
    is_late = threading.Event()

    def give_up() -> None:
        is_late.set()
        with contextlib.suppress(OSError, AttributeError):
            connection.sock.shutdown(socket.SHUT_RDWR)

    # The time of each read is bounded by the library, but a byte now and then keeps every read in time.
    watch = threading.Timer(remaining, give_up)
    watch.daemon = True
    watch.start()
    try:
        _connect(connection, host)
        given = body.chunks() if isinstance(body, Stream) else body
        connection.request(method, target, body=given, headers=sent, preload_content=False, decode_content=False)
        response = connection.getresponse()
        content = bytearray()
        while chunk := response.read1(65536):
            content += chunk
            if len(content) > limit:
                raise Unreachable(f"La réponse dépasse {limit // 1024} Kio : elle n’a pas été lue jusqu’au bout.")
        if is_late.is_set():
            raise Unreachable("Le serveur n’a pas répondu à temps.")
        return Answer(response.status, bytes(content), {name.lower(): text for name, text in response.headers.items()})
    except (HTTPError, HTTPException, OSError, ValueError) as error:
        if is_late.is_set() or _is_late(error):
            raise Unreachable("Le serveur n’a pas répondu à temps.") from error
        raise Unreachable("Le serveur a coupé la conversation, ou sa réponse n’est pas du HTTP.") from error
    finally:
        watch.cancel()
        if response is not None:  # An answer without a body is not closed by having been read.
            response.close()
        connection.close()


def _connect(connection: HTTPConnection, host: str) -> None:
    try:
        connection.connect()
    except (ssl.SSLError, urllib3.exceptions.SSLError) as error:
        raise Unreachable(
            f"Le certificat de « {host} » n’est pas valable, ou le serveur ne chiffre pas comme il faut."
        ) from error
    except (HTTPError, OSError) as error:
        raise _NoConnection from error


def _connection(
    host: str, address: Address, port: int, timeout: float, context: ssl.SSLContext | None
) -> HTTPConnection:
    if context is None:
        return HTTPConnection(str(address), port, timeout=timeout)
    return HTTPSConnection(str(address), port, timeout=timeout, ssl_context=context, server_hostname=host)


def _context(certificate: Certificate | None) -> ssl.SSLContext:
    """The authorities this machine believes, to which SSL_CERT_FILE adds the operator's own; and what we show."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if certificate is not None:
        with _in_a_file(certificate.pem) as path:
            try:
                context.load_cert_chain(path, password=lambda: b"")
            except (ssl.SSLError, ValueError) as error:
                raise Forbidden(
                    "Le certificat de cet organisme, ou sa clé, ne se lit pas\u00a0: redonnez-le."
                ) from error
    return context


@contextlib.contextmanager
def _in_a_file(secret: bytes) -> Iterator[str]:
    """Yield the path by which the library reads what it takes from files only: in memory, or else for its owner alone.

    Nothing of it remains after.
    """
    try:
        descriptor, path = os.memfd_create("certificate"), ""
    except (AttributeError, OSError):
        descriptor, path = tempfile.mkstemp()
    try:
        os.write(descriptor, secret)
        yield path or f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)
        if path:
            os.unlink(path)
