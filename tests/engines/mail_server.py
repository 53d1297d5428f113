"""The real mail servers, started once for all tests that want them, and people who write by them.

`mail_servers` starts Postfix, Dovecot, OpenDKIM and rspamd on free ports of 127.0.0.1; `served` has the platform of one
test command them, and leaves them empty. Nothing leaves the machine: whatever is not for a box of ours is refused.
"""

from __future__ import annotations

import contextlib
import email.policy
import email.utils
import imaplib
import itertools
import os
import shutil
import smtplib
import socket
import sqlite3
import ssl
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from socle.engines.postfix_dovecot import exporting, maps
from socle.engines.postfix_dovecot.layout import Bounds, Layout, Ports
from socle.engines.postfix_dovecot.servers import missing_packages
from socle.mail.defaults import ensure_defaults
from socle.mail.models import Mailbox
from socle.people.devices import actions as devices
from socle.people.devices.models import DevicePassword, Use
from socle.people.models import Beneficiary, Role, User
from socle.trials.mail_servers import TrialServers
from tests import dns_server
from tests import factories as f
from tests.conftest import needed

PATIENCE = 20.0
# Small enough to be reached by a test, large enough not to be by accident.
BOUNDS = Bounds(
    message_bytes=2_000_000,
    recipients=50,
    recipients_per_hour=120,
    recipients_per_day=1000,
    messages_per_minute=100_000,
    recipients_per_minute=1_000_000,
    auth_per_minute=10_000,
    failure_delay=1,
    soonest_retry=1,
    latest_retry=2,
    learns_before=1,
)
# Rspamd compiles its own list of thousands for a minute.
SUFFIXES = "test\n"


class ServersHere(TrialServers):
    """Servers that ask a resolver of ours about who writes."""

    names: dns_server.Records


@contextlib.contextmanager
def started(
    *, reader_url: str = "", writer_url: str = "", token_check: str = "", within: Path = Path("/tmp")
) -> Iterator[ServersHere]:
    """A set of servers in a folder of its own, gone afterwards."""
    # The servers run as several users, and sockets have short names: pytest's own folders suit neither.
    folder = Path(tempfile.mkdtemp(prefix="socle-mail-", dir=within))
    folder.chmod(0o755)
    (folder / "suffixes").write_text(SUFFIXES)
    with dns_server.serving() as names:
        yield from _started(folder, names, reader_url=reader_url, writer_url=writer_url, token_check=token_check)


def _started(folder: Path, names: dns_server.Records, **chosen: str) -> Iterator[ServersHere]:
    layout = Layout.fresh(
        folder,
        host="mx.operateur.test",
        ports=Ports.free(),
        bounds=BOUNDS,
        resolver=f"127.0.0.1:{names.port}",
        suffixes=str(folder / "suffixes"),
        **chosen,
    )
    servers = ServersHere(layout)
    servers.names = names
    try:
        servers.start()
        yield servers
    finally:
        servers.stop()
        shutil.rmtree(folder, ignore_errors=True)


def need_servers() -> None:
    """Skip, loudly, where the real servers cannot run; fail under `make test`, which installs them."""
    if packages := missing_packages():
        needed(f"{', '.join(packages)} not installed")
    if os.geteuid() != 0:
        needed("Postfix and Dovecot start as root only")


@pytest.fixture(scope="session")
def mail_servers() -> Iterator[ServersHere]:
    """Postfix, Dovecot, OpenDKIM and rspamd on SQLite relations, started once."""
    need_servers()
    with started() as servers:
        yield servers


_places = itertools.cycle(range(2, 250))


def somewhere() -> tuple[str, int]:
    """Another address of this machine each time: what one neighbour does wrong is not held against the next one."""
    return f"127.0.0.{next(_places)}", 0


class Imap(imaplib.IMAP4):
    """A client that calls from somewhere else each time."""

    def _create_socket(self, timeout: float | None) -> socket.socket:
        return socket.create_connection((self.host, self.port), timeout, source_address=somewhere())


@dataclass
class Served:
    """A platform that commands the servers."""

    servers: ServersHere

    @property
    def layout(self) -> Layout:
        return self.servers.layout

    def export(self, *places: Beneficiary) -> maps.Written:
        """What the reactions and the ticks do on commit."""
        owners = [place.pk for place in places] or None
        return exporting.export(self.layout, owners, at=timezone.now())

    # --- People -------------------------------------------------------------------------------------------------------
    def open(self, place: Beneficiary) -> list[Mailbox]:
        """A mairie with its first boxes, known to the servers."""
        ensure_defaults(place, by=User.objects.system(), at=timezone.now())
        self.export(place)
        return list(Mailbox.objects.filter(beneficiary=place))

    def device(self, person: User, name: str = "Téléphone") -> tuple[DevicePassword, str]:
        """A device password for mail, known to the servers, and its secret."""
        f.second_factor(person)
        made = devices.make(person, name=name, uses=[Use.MAIL], by=person, at=timezone.now())
        self.export()
        return made

    # --- Reading ------------------------------------------------------------------------------------------------------
    def imap(self, address: str, secret: str) -> imaplib.IMAP4:
        """Signed in by IMAP, encrypted by STARTTLS."""
        client = Imap("127.0.0.1", self.layout.ports.imap, timeout=60)
        try:
            client.starttls(trusting())
            client.login(address, secret)
        except BaseException:
            client.shutdown()
            raise
        return client

    def messages(self, address: str, secret: str, folder: str = "INBOX") -> list[EmailMessage]:
        """All that a folder of a box holds."""
        client = self.imap(address, secret)
        try:
            client.select(f'"{folder}"', readonly=True)
            _, (found,) = client.search(None, "ALL")
            read = []
            for number in found.split():
                _, parts = client.fetch(number.decode(), "(RFC822)")
                read.append(email.message_from_bytes(parts[0][1], policy=email.policy.default))  # type: ignore[index]
            return read  # type: ignore[return-value]
        finally:
            client.logout()

    def wait_for(self, address: str, secret: str, count: int = 1, folder: str = "INBOX") -> list[EmailMessage]:
        """Wait until a folder holds so many messages, and return them; fails when they do not come."""
        found: list[EmailMessage] = []

        def has_come() -> bool:
            nonlocal found
            found = self.messages(address, secret, folder)
            return len(found) >= count

        until(has_come, lambda: f"{len(found)} of {count} messages in {address}\n{self.said()}")
        return found

    # --- Writing ------------------------------------------------------------------------------------------------------
    @contextlib.contextmanager
    def submission(self, address: str, secret: str, *, wrapped: bool = False) -> Iterator[smtplib.SMTP]:
        """Signed in to write, encrypted at once (465) or by STARTTLS (587)."""
        ports = self.layout.ports
        client: smtplib.SMTP
        if wrapped:
            client = smtplib.SMTP_SSL(
                "127.0.0.1", ports.submissions, timeout=60, context=trusting(), source_address=somewhere()
            )
        else:
            client = smtplib.SMTP("127.0.0.1", ports.submission, timeout=60, source_address=somewhere())
        try:
            if not wrapped:
                client.starttls(context=trusting())
            client.login(address, secret)
            yield client
        finally:
            client.close()

    def send(self, address: str, secret: str, to: str, subject: str = "Essai", body: str = "Bonjour.\n") -> None:
        with self.submission(address, secret) as client:
            client.send_message(message(address, to, subject, body))

    def names(self, *lines: str) -> None:
        """Have the resolver of these servers know these records, besides those it knows."""
        self.servers.names.lines += lines

    @contextlib.contextmanager
    def outside(self) -> Iterator[smtplib.SMTP]:
        """A neighbour of the Internet who brings mail to us."""
        with smtplib.SMTP("127.0.0.1", self.layout.ports.smtp, timeout=60, source_address=somewhere()) as client:
            client.ehlo("voisin.exemple.test")
            yield client

    # --- What they say ------------------------------------------------------------------------------------------------
    def said(self) -> str:
        """The end of the servers' logs."""
        logs = self.layout.folder / "log"
        return "\n".join("\n".join(path.read_text().splitlines()[-25:]) for path in sorted(logs.glob("*.log")))

    def queue(self) -> int:
        """How many messages wait in Postfix's queue."""
        listed = subprocess.run(
            ["/usr/sbin/postqueue", "-c", str(self.layout.postfix), "-j"], capture_output=True, text=True, timeout=30
        )
        return len(listed.stdout.splitlines())

    def flush(self) -> None:
        """Have all that waits tried again at once, and wait until nothing does."""
        subprocess.run(["/usr/sbin/postqueue", "-c", str(self.layout.postfix), "-f"], check=True, timeout=30)
        until(lambda: self.queue() == 0, self.said)

    def empty(self) -> None:
        """Forget everything that a test said to the servers."""
        self.servers.names.lines.clear()
        with maps.writing(self.layout) as writer:
            writer.write(maps.Relations())
        for folder in (self.layout.sieve, self.layout.opendkim / "keys"):
            for path in sorted(folder.rglob("*"), reverse=True):
                path.rmdir() if path.is_dir() else path.unlink()
        subprocess.run(
            ["/usr/sbin/postsuper", "-c", str(self.layout.postfix), "-d", "ALL"], capture_output=True, timeout=30
        )
        with contextlib.closing(sqlite3.connect(self.layout.folder / "rates/rates.sqlite")) as rates:
            rates.executescript("DROP TABLE IF EXISTS sent; DROP TABLE IF EXISTS held;")
        (self.layout.folder / "rates/rates.sqlite").unlink()


@pytest.fixture
def served(mail_servers: ServersHere, settings: Any, all_beneficiaries: None) -> Iterator[Served]:
    """The platform of this test commands the servers; what it writes is its own account's, as when it is in service."""
    settings.SOCLE_MAIL_SERVERS = str(mail_servers.layout.folder)
    settings.SOCLE_MAIL_DOMAIN = "courriel.test"
    known = Served(mail_servers)
    before = os.umask(0o077)
    try:
        yield known
    finally:
        os.umask(before)
        known.empty()


class Writer:
    """A neighbour who writes to one box, one message after the other, for the time of a `with`."""

    def __init__(self, served: Served, to: str) -> None:
        self.served, self.to = served, to
        # What we told them we had taken, by its Message-ID.
        self.accepted: list[str] = []
        # The codes by which we put them off; 0 for nobody there.
        self.refused: list[int] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._write)

    def _write(self) -> None:
        while not self._stop.is_set() and len(self.accepted) < 400:
            said = message("ami@voisin.exemple.test", self.to, f"n° {len(self.accepted)}")
            try:
                with self.served.outside() as client:
                    client.send_message(said)
            except (OSError, smtplib.SMTPException) as failure:
                self.refused.append(code_of(failure))
                self._stop.wait(0.2)
                continue
            self.accepted.append(said["Message-ID"])

    def more(self, count: int, *, patience: float = PATIENCE) -> None:
        """Wait until so many more were accepted."""
        enough = len(self.accepted) + count
        until(lambda: len(self.accepted) >= enough, self.served.said, patience=patience)

    def __enter__(self) -> Writer:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        self._thread.join(60)


def code_of(failure: BaseException) -> int:
    """The code of SMTP by which a message was refused; 0 when nobody answered."""
    if isinstance(failure, smtplib.SMTPRecipientsRefused):
        return next(iter(failure.recipients.values()))[0]
    return failure.smtp_code if isinstance(failure, smtplib.SMTPResponseException) else 0


def person(place: Beneficiary, role: Role = Role.SECRETARY) -> User:
    """Somebody of this mairie, who opens its boxes."""
    return f.member(role, place)


def trusting() -> ssl.SSLContext:
    """The certificate of these servers is their own."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def message(sender: str, to: str, subject: str = "Essai", body: str = "Bonjour.\n") -> EmailMessage:
    said = EmailMessage()
    said["From"], said["To"], said["Subject"] = sender, to, subject
    said["Message-ID"] = f"<{time.monotonic_ns()}@exemple.test>"
    said["Date"] = email.utils.localtime()
    said.set_content(body)
    return said


def until(is_so: Callable[[], bool], said: Callable[[], str], *, patience: float = PATIENCE) -> None:
    """Wait for something that other programs do; fails with what they said when it does not come."""
    deadline = time.monotonic() + patience
    while not is_so():
        assert time.monotonic() < deadline, said()
        time.sleep(0.1)


@pytest.fixture(scope="session")
def dkim() -> Callable[[bytes, str, str], bool]:
    """`dkim(message, name, record)`: whether its signature is right when the DNS says this at this name (dkimpy)."""
    python = client_python()

    def verify(raw: bytes, name: str, record: str) -> bool:
        asked = subprocess.run([python, "-c", VERIFY, name, record], input=raw, capture_output=True, timeout=60)
        assert asked.returncode == 0, asked.stderr.decode()
        verify.said = asked.stderr.decode()  # type: ignore[attr-defined]
        return asked.stdout.strip() == b"True"

    return verify


VERIFY = """
import logging, sys, dkim
logging.basicConfig(level=logging.DEBUG)
name, record = sys.argv[1].encode(), sys.argv[2].encode()
look = lambda asked, timeout=5: record if asked == name else None
print(dkim.verify(sys.stdin.buffer.read(), logger=logging.getLogger(), dnsfunc=look))
"""


def client_python() -> str:
    """The Python of the ordinary clients (`tools/setup clients`), apart from ours."""
    path = Path(__file__).parent.parent / "clients/.venv/bin/python"
    if not path.exists():
        needed("tests/clients/.venv is not installed (tools/setup clients)")
    return str(path)
