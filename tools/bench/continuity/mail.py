"""Mail: signing in, and a message from its sender to its reader; our servers, and the same ones with maps by hand."""

from __future__ import annotations

import contextlib
import random
import secrets
import smtplib
import socket
import ssl
import statistics
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import localtime
from pathlib import Path
from typing import Any

from socle.engines.postfix_dovecot import maps
from socle.engines.postfix_dovecot.layout import Layout
from tools.bench.continuity.dav import BY_HAND, OURS
from tools.bench.fronts import Answered

CLIENTS = 8
BODY = "Madame, Monsieur,\n\n" + "Vous trouverez ci-dessous l’ordre du jour de la prochaine séance.\n" * 40


@dataclass(frozen=True)
class Account:
    """One box, and the secret of a device that opens it."""

    address: str
    secret: str


def trusting() -> ssl.SSLContext:
    """The certificate of these servers is their own."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


# --- Signing in -------------------------------------------------------------------------------------------------------
def sign_in(layout: Layout, account: Account, context: ssl.SSLContext) -> float:
    """Connect, encrypt by STARTTLS, sign in and leave; the seconds until one is let in. Raises when one is not."""
    begun = time.perf_counter()
    with socket.create_connection(("127.0.0.1", layout.ports.imap), timeout=30) as link:
        _until(link, b"* OK")
        link.sendall(b"a STARTTLS\r\n")
        _until(link, b"a OK")
        with context.wrap_socket(link, do_handshake_on_connect=True) as safe:
            safe.sendall(f"b LOGIN {account.address} {account.secret}\r\n".encode())
            _until(safe, b"b OK")
            taken = time.perf_counter() - begun
            safe.sendall(b"c LOGOUT\r\n")
            _until(safe, b"c OK")
    return taken


def _until(link: socket.socket, mark: bytes) -> bytes:
    """Read whole lines up to the one that begins with this."""
    read = b""
    while True:
        piece = link.recv(16384)
        read += piece
        lines = read.split(b"\r\n")
        if any(line.startswith(mark) for line in lines[:-1]):
            return read
        refused = [line for line in lines[:-1] if line[:4] in (mark[:2] + b"NO", mark[:2] + b"BA")]
        if not piece or refused:
            raise RuntimeError(f"refused: {read[-200:]!r}")


def sign_ins(layout: Layout, accounts: Sequence[Account], seconds: float) -> Answered:
    """So many clients at once sign in again and again, each time in a box drawn at random."""
    context, until, taken = trusting(), time.perf_counter() + seconds, []

    def play(seed: int) -> None:
        chance = random.Random(seed)
        while time.perf_counter() < until:
            taken.append(sign_in(layout, chance.choice(accounts), context))

    begun = time.perf_counter()
    _together(play)
    return _answered(taken, time.perf_counter() - begun)


def _together(play: Callable[[int], None]) -> None:
    """Run this for each client; the first that fails stops the measure."""
    failures: list[BaseException] = []

    def guarded(number: int) -> None:
        try:
            play(number)
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=guarded, args=[number]) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def _answered(taken: Sequence[float], lasted: float) -> Answered:
    ordered = sorted(taken)
    return Answered(len(ordered) / lasted, statistics.median(ordered), ordered[int(len(ordered) * 0.99) - 1])


# --- Writing ----------------------------------------------------------------------------------------------------------
@contextlib.contextmanager
def submission(layout: Layout, account: Account) -> Iterator[smtplib.SMTP]:
    """Signed in to write, encrypted by STARTTLS."""
    with smtplib.SMTP("127.0.0.1", layout.ports.submission, timeout=60) as client:
        client.starttls(context=trusting())
        client.login(account.address, account.secret)
        yield client


def message(sender: str, to: str) -> str:
    said = EmailMessage()
    said["From"], said["To"], said["Subject"] = sender, to, "Ordre du jour"
    said["Message-ID"], said["Date"] = f"<{secrets.token_hex(12)}@mesure.test>", localtime()
    said.set_content(BODY, cte="quoted-printable")
    return said.as_string()


class Reader:
    """Someone whose client is open on their box."""

    def __init__(self, layout: Layout, account: Account) -> None:
        self.link: socket.socket = socket.create_connection(("127.0.0.1", layout.ports.imap), timeout=30)
        _until(self.link, b"* OK")
        self.link.sendall(b"a STARTTLS\r\n")
        _until(self.link, b"a OK")
        self.link = trusting().wrap_socket(self.link)
        self._say(f"LOGIN {account.address} {account.secret}")
        self._say("SELECT INBOX")

    def _say(self, command: str) -> bytes:
        self.link.sendall(f"b {command}\r\n".encode())
        return _until(self.link, b"b OK")

    def sees_more(self) -> bool:
        """Look once: whether a message has come."""
        return b" EXISTS" in self._say("NOOP")

    def close(self) -> None:
        self.link.close()


def delays(layout: Layout, accounts: Sequence[Account], times: int) -> list[float]:
    """One message after the other: the seconds from its submission to its being seen in the reader’s open box."""
    chance, taken = random.Random(times), []
    for _ in range(max(1, times // 5)):
        sender, receiver = chance.sample(list(accounts), 2)
        reader = Reader(layout, receiver)
        with contextlib.closing(reader), submission(layout, sender) as client:
            for _ in range(5):
                text = message(sender.address, receiver.address)
                begun = time.perf_counter()
                client.sendmail(sender.address, [receiver.address], text.encode())
                while not reader.sees_more():
                    time.sleep(0.002)
                taken.append(time.perf_counter() - begun)
    return taken


def deliveries(layout: Layout, accounts: Sequence[Account], homes: dict[str, Path], count: int) -> float:
    """So many clients at once send their share of these messages; how many a second rest in their boxes."""
    chance, share = random.Random(count), count // CLIENTS
    senders = chance.sample(list(accounts), CLIENTS)
    receivers = [one.address for one in chance.sample(list(accounts), min(len(accounts), 64))]

    def there() -> int:
        return sum(_messages(homes[address]) for address in set(receivers))

    def play(number: int) -> None:
        mine, sender = random.Random(number), senders[number]
        with submission(layout, sender) as client:
            for _ in range(share):
                to = mine.choice(receivers)
                client.sendmail(sender.address, [to], message(sender.address, to).encode())

    before, begun = there(), time.perf_counter()
    _together(play)
    wanted, deadline = before + share * CLIENTS, time.monotonic() + 300
    while there() < wanted:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{wanted - there()} messages did not come")
        time.sleep(0.02)
    return share * CLIENTS / (time.perf_counter() - begun)


def _messages(home: Path) -> int:
    count = 0
    for name in ("new", "cur"):
        with contextlib.suppress(FileNotFoundError):
            count += len(list((home / "Maildir" / name).iterdir()))
    return count


# --- Both, in turn ----------------------------------------------------------------------------------------------------
def compare(
    layouts: dict[str, Layout], accounts: Sequence[Account], *, rounds: int, seconds: float, messages: int
) -> dict[str, dict[str, Any]]:
    """Measure both, in turn; the median of the rounds."""
    with maps.reading(layouts[OURS]) as reader:
        rests = {str(row[1]): str(row[2]) for row in reader.held().rows["mailboxes"]}
    homes = {
        name: {one.address: layout.vmail / rests[one.address] for one in accounts} for name, layout in layouts.items()
    }
    # Each box makes its folders the first time.
    for layout in layouts.values():
        for one in accounts[:: max(1, len(accounts) // 400)]:
            sign_in(layout, one, trusting())
        delays(layout, accounts, 5)
    seen: dict[str, dict[str, list[Any]]] = {name: defaultdict(list) for name in layouts}
    for number in range(rounds):
        order = list(layouts)[:: -1 if number % 2 else 1]
        for name in order:
            seen[name]["sign-ins"].append(sign_ins(layouts[name], accounts, seconds))
        for name in order:
            seen[name]["delays"] += delays(layouts[name], accounts, 40 if messages >= 400 else 10)
        for name in order:
            seen[name]["deliveries"].append(deliveries(layouts[name], accounts, homes[name], messages))
    return {name: dict(found) for name, found in seen.items()}


def rows_of(seen: dict[str, dict[str, Any]]) -> list[list[str]]:
    """Lay it out, the ratio first: ours to what was done by hand, of what is done in a second."""

    def of(name: str) -> tuple[Answered, list[float], list[float]]:
        found = seen[name]
        signed = found["sign-ins"]
        middle = Answered(
            statistics.median(one.per_second for one in signed),
            statistics.median(one.p50 for one in signed),
            statistics.median(one.p99 for one in signed),
            min(one.per_second for one in signed),
            max(one.per_second for one in signed),
        )
        return middle, sorted(found["delays"]), found["deliveries"]

    (mine, delay, delivered), (hand, their_delay, their_delivered) = of(OURS), of(BY_HAND)

    def milliseconds(values: Sequence[float]) -> str:
        return f"{statistics.median(values) * 1000:.1f} ms, {values[int(len(values) * 0.99) - 1] * 1000:.1f} ms"

    def rate(values: Sequence[float]) -> str:
        return f"{statistics.median(values):,.1f}/s ({min(values):,.1f} to {max(values):,.1f})"

    return [
        [
            f"IMAP, STARTTLS and a password, {CLIENTS} clients",
            f"**{mine.per_second / hand.per_second:.2f}**",
            f"{mine.per_second:,.0f}/s ({mine.lowest:,.0f} to {mine.highest:,.0f})",
            f"{hand.per_second:,.0f}/s ({hand.lowest:,.0f} to {hand.highest:,.0f})",
            f"{mine.p50 * 1000:.1f} ms, {mine.p99 * 1000:.1f} ms",
            f"{hand.p50 * 1000:.1f} ms, {hand.p99 * 1000:.1f} ms",
        ],
        [
            f"messages submitted, signed and delivered, {CLIENTS} clients",
            f"**{statistics.median(delivered) / statistics.median(their_delivered):.2f}**",
            rate(delivered),
            rate(their_delivered),
            "",
            "",
        ],
        [
            "one message, from its submission to its being read",
            f"**{statistics.median(their_delay) / statistics.median(delay):.2f}**",
            "",
            "",
            milliseconds(delay),
            milliseconds(their_delay),
        ],
    ]
