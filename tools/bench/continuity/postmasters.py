"""Our mail servers as the platform describes them, and the same ones as someone who knows them would set them up."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import psycopg

from socle.engines.postfix_dovecot import configuration, maps
from socle.engines.postfix_dovecot.layout import MAIL_ID, Bounds, Layout, Ports
from socle.trials.mail_servers import TrialServers

# One machine plays everybody here: what bounds a person or a neighbour would bound the measure.
BOUNDS = Bounds(
    recipients_per_hour=10_000_000,
    recipients_per_day=10_000_000,
    messages_per_minute=10_000_000,
    recipients_per_minute=10_000_000,
    auth_per_minute=10_000_000,
)


def described(where: Path, url: str) -> Layout:
    """Our servers, not started: their relations are a schema of the installation’s database, read by their own role."""
    layout = Layout.fresh(
        where, host="mx.courriel.test", ports=Ports.free(), bounds=BOUNDS, reader_url=url, writer_url=url
    )
    maps.prepare(layout)
    secret = secrets.token_hex(12)
    with psycopg.connect(url, autocommit=True) as database:
        database.execute(maps.reader_sql("mail_reader", secret).encode())
    return replace(layout, reader_url=f"postgres://mail_reader:{secret}@{url.partition('@')[2]}")


@contextlib.contextmanager
def by_hand(ours: Layout, secrets_of: Mapping[str, str]) -> Iterator[Layout]:
    """The same servers as someone who knows them would set them up for these boxes, and for nothing that changes.

    Files in place of relations, one password an address, no count of what each one sends; the rest, encryption,
    signatures, quotas and flushing included, is the same. `secrets_of`: the password of each address.
    """
    # Their sockets have short names, and they run as several users.
    folder = Path(tempfile.mkdtemp(prefix="socle-by-hand-", dir="/tmp"))
    folder.chmod(0o755)
    layout = Layout.fresh(folder, host=ours.host, ports=Ports.free(), bounds=BOUNDS)
    servers = TrialServers(layout)
    try:
        configuration.write(layout)
        layout = servers.layout = Layout.load(folder)
        with maps.reading(ours) as reader:
            _write_by_hand(layout, reader.held(), secrets_of)
        for name in ("KeyTable", "SigningTable"):
            text = (ours.opendkim / name).read_text().replace(str(ours.folder), str(folder))
            (layout.opendkim / name).write_text(text)
        shutil.copytree(ours.opendkim / "keys", layout.opendkim / "keys", dirs_exist_ok=True)
        for key in (layout.opendkim / "keys").iterdir():
            shutil.chown(key, group="opendkim")
        servers.start_opendkim()
        servers.start_dovecot()
        servers.start_postfix()
        yield layout
    finally:
        servers.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _write_by_hand(layout: Layout, relations: maps.Relations, secrets_of: Mapping[str, str]) -> None:
    rows, folder = relations.rows, layout.folder
    digests = {
        str(address): str(digest)
        for _, address, prefix, _, digest, _ in rows["logins"]
        if prefix == secrets_of.get(str(address), "")[:8]
    }
    users = [
        f"{address}:{digests[str(address)]}:{MAIL_ID}:{MAIL_ID}::{folder}/vmail/{home}::"
        f"userdb_quota_storage_size={quota}B\n"
        for _, address, home, quota in sorted(rows["mailboxes"])
        if str(address) in digests
    ]
    (folder / "users").write_text("".join(users))
    aliases, senders = defaultdict(list), defaultdict(list)
    for _, source, target in sorted(rows["aliases"]):
        aliases[source].append(str(target))
    for _, address, login in sorted(rows["senders"]):
        senders[address].append(str(login))
    domains = [str(name) for _, name in sorted(rows["domains"])]
    tables = {
        "domains": [f"{name} {name}" for name in domains],
        "mailboxes": [f"{row[1]} {row[1]}" for row in sorted(rows["mailboxes"])],
        "aliases": [f"{source} {', '.join(targets)}" for source, targets in aliases.items()],
        "senders": [f"{address} {', '.join(logins)}" for address, logins in senders.items()],
    }
    for name, lines in tables.items():
        (layout.postfix / name).write_text("".join(f"{line}\n" for line in lines))
    main = layout.postfix / "main.cf"
    text = main.read_text()
    for name in tables:
        text = text.replace(f"proxy:sqlite:{folder}/postfix/{name}.cf", f"texthash:{folder}/postfix/{name}")
    main.write_text(text)
    master = layout.postfix / "master.cf"
    master.write_text(master.read_text().replace(",check_policy_service,unix:private/rates", ""))
    dovecot = layout.dovecot_conf
    text = dovecot.read_text()
    sql = text[text.index("passdb sql {") : text.index("# --- Where messages are kept")]
    files = "".join(
        f"{kind} passwd-file {{\n  passwd_file_path = {folder}/users\n}}\n" for kind in ("passdb", "userdb")
    )
    text = text.replace(sql, f"{files}\n").replace(f"sql_driver = sqlite\nsqlite_path = {layout.maps_path}", "")
    dovecot.write_text(text)
    conf = layout.opendkim / "opendkim.conf"
    conf.write_text("".join(line for line in conf.read_text().splitlines(True) if "SetupPolicyScript" not in line))
