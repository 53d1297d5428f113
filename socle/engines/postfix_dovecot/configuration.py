"""Writes what Postfix, Dovecot and OpenDKIM read at their start, from the templates beside it and one layout.

Nothing here changes with the communes: what does is in the relations (`maps`), the keys and the scripts (`exporting`).
"""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import secrets
import string
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from socle.engines.postfix_dovecot import maps
from socle.engines.postfix_dovecot.layout import MAIL_ID, Layout

TEMPLATES = Path(__file__).parent / "templates"
# What each of Postfix's tables asks of our relations; %s is the address or the domain, escaped by Postfix.
QUERIES = {
    "domains": "SELECT name FROM {schema}domains WHERE name = '%s'",
    "mailboxes": "SELECT address FROM {schema}mailboxes WHERE address = '%s'",
    "aliases": "SELECT destination FROM {schema}aliases WHERE source = '%s'",
    "senders": "SELECT login FROM {schema}senders WHERE address = '%s'",
}


class Template(string.Template):
    """`@{name}`: Postfix and Dovecot have `$` and `%` for themselves."""

    delimiter = "@"
    idpattern = "(?!)"
    braceidpattern = "[a-z_]+"


def write(layout: Layout) -> None:
    """Write everything the servers need, make the folders they want with the owners they want; may be done again."""
    _folders(layout)
    if not layout.certificate:
        layout = _own_certificate(layout)
    layout.save()
    maps.prepare(layout)
    values = _values(layout)
    options = _fill("submission.options", values).rstrip("\n")
    put(layout.postfix / "main.cf", _fill("main.cf", values))
    put(layout.postfix / "master.cf", _fill("master.cf", values | {"submission_options": options}))
    put(layout.postfix / "submission_headers", (TEMPLATES / "submission_headers").read_text())
    put(layout.postfix / "sending_rates.py", (TEMPLATES / "sending_rates.py").read_text())
    dynamic = Path("/etc/postfix/dynamicmaps.cf")
    put(layout.postfix / "dynamicmaps.cf", dynamic.read_text() if dynamic.exists() else "")
    for name, query in QUERIES.items():
        # It holds the reader's password: Postfix's own user reads it, and nobody else.
        put(layout.postfix / f"{name}.cf", _access(layout, query), mode=0o640, group="postfix")
    # The key of doveadm's door, and the reader's password: Dovecot starts as root.
    put(layout.dovecot_conf, _fill("dovecot.conf", values), mode=0o600)
    put(layout.opendkim / "opendkim.conf", _fill("opendkim.conf", values))
    put(layout.opendkim / "whose-name.lua", (TEMPLATES / "whose-name.lua").read_text())
    put(layout.opendkim / "hosts", "127.0.0.1\n")
    for name in ("rspamd.conf", "who-writes.lua"):
        put(layout.rspamd / name, _fill(name, values))
    for name in ("set-aside.sieve", "learn-spam.sieve", "learn-ham.sieve"):
        put(layout.rspamd / name, (TEMPLATES / name).read_text())
    put(layout.rspamd / "bin/learn-mail", _fill("learn-mail", values), mode=0o755)
    put(layout.rspamd / "local.d/headers_group.conf", (TEMPLATES / "headers_group.conf").read_text())
    (layout.rspamd / "domains").touch()
    _give(layout.rspamd / "domains", layout.owner or None)
    if not layout.copies_key.exists():
        put(layout.copies_key, secrets.token_urlsafe(32) + "\n", mode=0o600)
    for table in ("KeyTable", "SigningTable"):
        (layout.opendkim / table).touch()
        _give(layout.opendkim / table, layout.owner or None)
    if not layout.reader_url:
        _give(layout.maps_path, layout.owner or None)


def _folders(layout: Layout) -> None:
    """Postfix’s queue must not be inside its configuration; each server owns what it writes."""
    layout.folder.mkdir(parents=True, exist_ok=True)
    layout.folder.chmod(0o755)
    owners = {
        "postfix": None,
        "queue": None,
        "queue/spool": None,
        "queue/data": "postfix",
        "log": None,
        "run": None,
        "maps": None,
        "sieve": None,
        "vmail": MAIL_ID,
        "set-aside": MAIL_ID,
        "rates": "nobody",
        "opendkim": None,
        "opendkim/run": layout.owner or "opendkim",
        "rspamd": None,
        "rspamd/bin": None,
        "rspamd/local.d": None,
        "rspamd/run": "_rspamd",
    }
    for name, owner in owners.items():
        path = layout.folder / name
        path.mkdir(exist_ok=True)
        path.chmod(0o755)
        if owner is not None:
            _give(path, owner)
    # What the platform itself writes.
    for name in ("maps", "sieve", "opendkim", "rspamd"):
        _give(layout.folder / name, layout.owner or None)
    for private in (
        layout.vmail,
        layout.set_aside,
        *map(layout.folder.joinpath, ("rates", "queue/data", "rspamd/run")),
    ):
        private.chmod(0o700)
    keys = layout.opendkim / "keys"
    keys.mkdir(exist_ok=True)
    keys.chmod(0o750)
    _give(keys, layout.owner or None, "opendkim")


def _give(path: Path, owner: str | int | None, group: str | None = None) -> None:
    """Change the owner where we may: not being root, one prepares and does not start."""
    if os.geteuid() != 0:
        return
    if isinstance(owner, int):
        os.chown(path, owner, owner)
    elif owner:
        known = pwd.getpwnam(owner)
        os.chown(path, known.pw_uid, known.pw_gid)
    if group is not None:
        # Without its package, its group does not exist: whoever starts the servers writes all this again.
        with contextlib.suppress(KeyError):
            os.chown(path, -1, grp.getgrnam(group).gr_gid)


def put(path: Path, text: str, *, mode: int = 0o644, group: str | None = None) -> None:
    """Write a file whole or not at all, with its rights from the first byte."""
    new = path.with_name(path.name + ".new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "w") as file:
        os.fchmod(descriptor, mode)
        file.write(text)
    if group is not None:
        _give(new, None, group)
    os.replace(new, path)


def _fill(name: str, values: dict[str, str]) -> str:
    return Template((TEMPLATES / name).read_text()).substitute(values)


def _values(layout: Layout) -> dict[str, str]:
    bounds, direct = layout.bounds, layout.outgoing == "direct"
    stays = layout.outgoing == "none"
    schema = maps.schema_prefix(layout)
    return {
        "folder": str(layout.folder),
        "host": layout.host,
        "listen": layout.listen,
        "protocols": "all" if ":" in layout.listen or layout.listen in ("*", "all") else "ipv4",
        "certificate": layout.certificate,
        "key": layout.key,
        "api_key": layout.api_key,
        "dkim_user": layout.owner or "opendkim",
        "uid": str(MAIL_ID),
        "gid": str(MAIL_ID),
        "schema": schema,
        "sql": _dovecot_sql(layout),
        "mechanisms": "plain login xoauth2" if layout.token_check else "plain login",
        "tokens": _tokens(layout),
        "map_type": "pgsql" if schema else "sqlite",
        "failure_delay": str(bounds.failure_delay),
        "login_processes": "2",
        "default_transport": "error:5.4.1 This platform sends nothing outside" if stays else "smtp",
        "relay_host": "" if stays or direct else layout.outgoing,
        "minimal_backoff": f"{bounds.soonest_retry}s",
        "maximal_backoff": f"{bounds.latest_retry}s",
        "message_size": str(bounds.message_bytes),
        "recipients": str(bounds.recipients),
        "recipients_per_hour": str(bounds.recipients_per_hour),
        "recipients_per_day": str(bounds.recipients_per_day),
        "messages_per_minute": str(bounds.messages_per_minute),
        "recipients_per_minute": str(bounds.recipients_per_minute),
        "auth_per_minute": str(bounds.auth_per_minute),
        "junk_from": str(bounds.junk_from),
        "refused_from": str(bounds.refused_from),
        "learns_before": str(bounds.learns_before),
        "suffixes": layout.suffixes,
        "resolvers": f'    nameserver = ["{layout.resolver}"];\n' if layout.resolver else "",
        **{f"{name}_port": str(port) for name, port in vars(layout.ports).items()},
    }


def _dovecot_sql(layout: Layout) -> str:
    if not layout.reader_url:
        return f"sql_driver = sqlite\nsqlite_path = {layout.maps_path}"
    there = urlsplit(layout.reader_url)
    return (
        f"sql_driver = pgsql\npgsql {there.hostname} {{\n  parameters {{\n    port = {there.port or 5432}\n"
        f"    user = {unquote(there.username or '')}\n    password = {unquote(there.password or '')}\n"
        f"    dbname = {there.path.lstrip('/')}\n  }}\n}}"
    )


def _tokens(layout: Layout) -> str:
    """How Dovecot asks the platform about the tokens of the webmail (RFC 7662); nothing when there is no webmail."""
    if not layout.token_check:
        return ""
    # Whoever answers in the platform's name must have its certificate.
    is_encrypted = layout.token_check.startswith("https:")
    trusted = "ssl_client_ca_file = /etc/ssl/certs/ca-certificates.crt\n" if is_encrypted else ""
    return trusted + _fill("tokens.conf", {"token_check": layout.token_check})


def _access(layout: Layout, query: str) -> str:
    query = query.format(schema=maps.schema_prefix(layout))
    if not layout.reader_url:
        return f"dbpath = {layout.maps_path}\nquery = {query}\n"
    there = urlsplit(layout.reader_url)
    return (
        f"hosts = {there.hostname}:{there.port or 5432}\nuser = {unquote(there.username or '')}\n"
        f"password = {unquote(there.password or '')}\ndbname = {there.path.lstrip('/')}\nquery = {query}\n"
        # Left to itself, Postfix waits a minute before it asks a database that was restarted, in each of its processes.
        "retry_interval = 3\n"
    )


def own_certificate(layout: Layout) -> tuple[Path, Path]:
    """Where the certificate that the servers sign for themselves is, and its key."""
    return layout.folder / "tls/cert.pem", layout.folder / "tls/key.pem"


def _own_certificate(layout: Layout) -> Layout:
    if not own_certificate(layout)[0].exists():
        make_own_certificate(layout)
    return layout.with_certificate(*own_certificate(layout))


def make_own_certificate(layout: Layout) -> None:
    """Sign a certificate for ourselves, for trials on one machine: clients ask whether to trust it."""
    certificate, key_path = own_certificate(layout)
    certificate.parent.mkdir(exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, layout.host)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(layout.host), x509.DNSName("localhost")]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    put(key_path, private.decode(), mode=0o600)
    put(certificate, made.public_bytes(serialization.Encoding.PEM).decode())
