"""An old box brought from a real Dovecot into a real Dovecot: whole, with its dates and its flags, never twice."""

from __future__ import annotations

import contextlib
import datetime as clock
import imaplib
import ipaddress
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from socle.engines.imap import client as imap
from socle.engines.imap.client import encode_name, enter_by_command
from socle.lib.ports import free_port
from socle.mail.importing import actions, copying
from socle.mail.importing.contract import BoxError
from socle.mail.models import Migration, MigrationFolder
from tests import factories as f
from tests.conftest import tool
from tests.mail.conftest import equip

PASSWORD = "un-mot-de-passe"
OLD = "mairie@ancien.fr"
SINCE = clock.datetime(2019, 5, 4, 3, 2, 1, tzinfo=clock.UTC)
CONFIGURATION = """\
dovecot_config_version = 2.4.1
dovecot_storage_version = 2.4.1
base_dir = {root}/run
state_dir = {root}/run
log_path = {root}/log
listen = 127.0.0.1
protocols {{
  imap = yes
}}
ssl = yes
ssl_server_cert_file = {root}/cert.pem
ssl_server_key_file = {root}/key.pem
mail_driver = maildir
mail_home = {root}/vmail/%{{user | domain}}/%{{user | username}}
mail_path = ~/Maildir
mail_uid = 5000
mail_gid = 5000
first_valid_uid = 5000
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Sent {{
    special_use = \\Sent
    auto = subscribe
  }}
}}
passdb static {{
  password = {password}
}}
userdb static {{
}}
service imap-login {{
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
"""


@dataclass(frozen=True)
class Server:
    root: Path
    port: int

    @property
    def command(self) -> str:
        return f"doveadm -c {self.root}/dovecot.conf exec imap -u {{address}}"

    @contextlib.contextmanager
    def inside(self, address: str) -> Iterator[imaplib.IMAP4]:
        opened = enter_by_command(self.command, address)
        try:
            yield opened
        finally:
            opened.logout()


def _certificate(root: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = clock.datetime.now(clock.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - clock.timedelta(days=1))
        .not_valid_after(now + clock.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (root / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (root / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Server]:
    """Dovecot alone, on a free port: every address is a box, under one password."""
    program, doveadm = tool("dovecot"), tool("doveadm")
    if os.geteuid():
        pytest.skip("Dovecot gives each box its owner: these tests run as root")
    root = Path(tempfile.mkdtemp(prefix="dovecot-"))
    root.chmod(0o755)
    port = free_port()
    (root / "vmail").mkdir()
    os.chown(root / "vmail", 5000, 5000)
    _certificate(root)
    (root / "dovecot.conf").write_text(CONFIGURATION.format(root=root, port=port, password=PASSWORD))
    subprocess.run([program, "-c", f"{root}/dovecot.conf"], check=True, timeout=20)
    try:
        for _ in range(100):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.05)
        yield Server(root, port)
    finally:
        subprocess.run([doveadm, "-c", f"{root}/dovecot.conf", "stop"], check=False, timeout=20)
        shutil.rmtree(root, ignore_errors=True)


@pytest.fixture
def at_home(db, dovecot, settings, monkeypatch):
    from django_scopes import scope

    settings.SOCLE_MAIL_DOMAIN = f"d{time.monotonic_ns()}.exemple.fr"
    settings.OUTGOING_INTERNAL = ["127.0.0.0/8"]
    settings.SOCLE_MAIL_BOXES = "socle.engines.imap.engine.CommandBoxes"
    settings.SOCLE_MAIL_BOX_COMMAND = dovecot.command
    monkeypatch.setenv("SSL_CERT_FILE", str(dovecot.root / "cert.pem"))
    here = equip(f.beneficiary())
    with scope(beneficiary=here.place):
        yield here


def message(rank: int) -> bytes:
    return f"Message-ID: <m{rank}@ancien.fr>\r\nSubject: {rank}\r\n\r\n{'x' * rank}\r\n".encode()


def fill(server: Server, address: str, folder: str, ranks: range) -> None:
    with server.inside(address) as box:
        name = f'"{encode_name(folder)}"'
        if folder != "INBOX":
            box.create(name)
        for rank in ranks:
            flags = "(\\Seen \\Answered)" if rank % 2 else "()"
            date = imaplib.Time2Internaldate(SINCE + clock.timedelta(hours=rank))
            assert box.append(name, flags, date, message(rank))[0] == "OK"


def heads(server: Server, address: str, folder: str):
    with server.inside(address) as opened:
        box = imap.ImapBox(opened)
        box.select(folder, make=True)
        return [
            (head.message_id, head.size, head.at, tuple(sorted(set(head.flags) - {"\\Recent"})))
            for head in box.heads(after=0, most=10_000)
        ]


def ask(here, server: Server, address: str, password: str = PASSWORD) -> Migration:
    migration = actions.ask_import(
        here.main, login=address, password=password, host="imap.exemple.fr", by=here.secretary, at=f.NOW
    )
    Migration.objects.filter(pk=migration.pk).update(host="127.0.0.1", port=server.port)
    return migration


@pytest.mark.slow
def test_a_real_box_is_brought_whole_cut_and_taken_up_and_never_doubled(at_home, dovecot):
    old = f"mairie-{time.monotonic_ns()}@ancien.fr"
    fill(dovecot, old, "INBOX", range(40))
    fill(dovecot, old, "Délibérations/2019", range(100, 110))
    fill(dovecot, old, "Messages envoyés", range(200, 205))
    migration = ask(at_home, dovecot, old)
    # Cut after the first messages, as many times as it takes to see several slices.
    copying.copy_mailbox(migration.pk, deadline=time.monotonic() - 1)
    assert Migration.objects.get().status == "running"
    # What was copied and not noted is found here again.
    MigrationFolder.objects.update(last_uid=0, brought=0)
    copying.copy_mailbox(migration.pk, deadline=time.monotonic() + 60)
    migration.refresh_from_db()
    assert (migration.status, migration.problem, migration.secret) == ("done", "", "")
    address = at_home.main.address
    for there, here in (("INBOX", "INBOX"), ("Délibérations/2019", "Délibérations/2019"), ("Messages envoyés", "Sent")):
        assert sorted(heads(dovecot, address, here)) == sorted(heads(dovecot, old, there))
    assert sum(one.left for one in MigrationFolder.objects.all()) == 0

    fill(dovecot, old, "INBOX", range(40, 42))
    again = ask(at_home, dovecot, old)
    copying.copy_mailbox(again.pk, deadline=time.monotonic() + 60)
    rows = MigrationFolder.objects.filter(migration=again)
    assert sum(one.brought for one in rows) == 2
    assert sum(one.present for one in rows) == 55
    assert len(heads(dovecot, address, "INBOX")) == 42


@pytest.mark.slow
def test_a_wrong_password_is_told(at_home, dovecot):
    migration = ask(at_home, dovecot, OLD, "faux")
    copying.copy_mailbox(migration.pk, deadline=time.monotonic() + 60)
    migration.refresh_from_db()
    assert migration.status == "failed"
    assert "refuse cet identifiant" in migration.problem


@pytest.mark.slow
def test_a_certificate_nobody_vouches_for_is_refused(at_home, dovecot, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(BoxError, match="certificat"):
        imap.connect("127.0.0.1", dovecot.port, login=OLD, password=PASSWORD)


@pytest.mark.slow
def test_a_box_of_ours_that_does_not_open_is_tried_later(at_home, dovecot, settings):
    settings.SOCLE_MAIL_BOX_COMMAND = "false {address}"
    fill(dovecot, OLD, "INBOX", range(1))
    migration = ask(at_home, dovecot, OLD)
    copying.copy_mailbox(migration.pk, deadline=time.monotonic() + 60)
    migration.refresh_from_db()
    assert (migration.status, migration.tries) == ("running", 1)
    assert "n’ouvrent pas" in migration.problem
