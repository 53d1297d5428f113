"""Speaks IMAP (RFC 3501) and parses at the edge: folders, heads, messages; knows no model."""

from __future__ import annotations

import base64
import contextlib
import imaplib
import re
import shlex
import socket
import ssl
import subprocess
from collections.abc import Iterable
from datetime import UTC, datetime
from email.parser import BytesHeaderParser

from socle.lib import http
from socle.lib.text import whole
from socle.mail.importing.contract import BoxError, Head, OldFolder

# Seconds for one answer; bytes of the largest one we read.
TIMEOUT = 60.0
LARGEST_ANSWER = 64 * 1024 * 1024
IMAPS = 993
# Folders that show what others hold (RFC 6154), or cannot be opened.
SKIPPED = {"\\noselect", "\\nonexistent", "\\all", "\\flagged", "\\important"}
ROLES = {"\\sent": "Sent", "\\drafts": "Drafts", "\\trash": "Trash", "\\junk": "Junk"}
# What providers call these folders when they do not say what they are.
NAMED = {
    "sent": "Sent", "sent items": "Sent", "sent messages": "Sent", "envoyes": "Sent", "elements envoyes": "Sent",
    "messages envoyes": "Sent", "outbox": "Sent", "sent-mail": "Sent",
    "drafts": "Drafts", "draft": "Drafts", "brouillons": "Drafts",
    "trash": "Trash", "corbeille": "Trash", "deleted items": "Trash", "deleted messages": "Trash",
    "elements supprimes": "Trash",
    "junk": "Junk", "spam": "Junk", "indesirables": "Junk", "courrier indesirable": "Junk", "quarantaine": "Junk",
    "pourriel": "Junk",
}  # fmt: skip
LIST = re.compile(rb'\((?P<flags>[^)]*)\) (?P<separator>NIL|"(?:[^"\\]|\\.)") (?P<name>.+)', re.DOTALL)
UID = re.compile(rb"\bUID (\d+)")
SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)")
FLAGS = re.compile(rb"\bFLAGS \(([^)]*)\)")
KEPT_FLAGS = {"\\seen": "\\Seen", "\\answered": "\\Answered", "\\flagged": "\\Flagged", "\\draft": "\\Draft"}
HEADS = "(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])"


class Guarded(imaplib.IMAP4_SSL):
    """The library's client, led to an address that was judged, and that believes no size beyond reason."""

    def __init__(self, host: str, port: int, address: str, context: ssl.SSLContext) -> None:
        self.address = address
        super().__init__(host, port, ssl_context=context, timeout=TIMEOUT)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        plain = socket.create_connection((self.address, self.port), timeout=timeout)
        try:
            wrapped: socket.socket = self.ssl_context.wrap_socket(plain, server_hostname=self.host)
        except BaseException:
            plain.close()
            raise
        return wrapped

    def read(self, size: int) -> bytes:
        if size > LARGEST_ANSWER:
            raise self.abort(f"literal of {size} bytes")
        return super().read(size)


def connect(host: str, port: int, *, login: str, password: str) -> imaplib.IMAP4:
    """Enter a box: TLS from the first byte, a name that leads outside. Raises `BoxError`."""
    if port != IMAPS and not 1024 <= port <= 65535:
        raise BoxError(f"Le port {port} n’est pas celui d’un serveur IMAP chiffré : 993 d’ordinaire.", is_lasting=True)
    try:
        places = http.addresses_of(host, port)
    except http.Unknown as error:
        raise BoxError(f"Le serveur « {host} » n’existe pas : vérifiez son nom.", is_lasting=True) from error
    except http.Forbidden as error:
        raise BoxError(error.sentence, is_lasting=True) from error
    except http.OutgoingError as error:
        raise BoxError(error.sentence) from error
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        client = Guarded(host, port, places[0], context)
    except ssl.SSLError as error:
        raise BoxError(
            f"Le serveur « {host} » ne chiffre pas comme il faut, ou son certificat n’est pas valable."
        ) from error
    except (OSError, imaplib.IMAP4.error) as error:
        raise BoxError(f"Le serveur « {host} » ne répond pas.") from error
    try:
        _enter(client, login, password)
    except BaseException:
        with contextlib.suppress(OSError, imaplib.IMAP4.error):
            client.shutdown()
        raise
    return client


class Piped(imaplib.IMAP4_stream):
    """The library's client, on the two ends of a command that runs without a shell."""

    def open(self, host: str | None = None, port: int | None = None, timeout: float | None = None) -> None:
        self.process = subprocess.Popen(  # noqa: S603 (the operator's own command, in pieces)
            shlex.split(self.command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.writefile, self.readfile = self.process.stdin, self.process.stdout


def enter_by_command(command: str, address: str) -> imaplib.IMAP4:
    """Enter a box of ours by the operator's command; `{address}` in it is the box. Raises `BoxError`."""
    try:
        return Piped(command.replace("{address}", shlex.quote(address)))
    except (OSError, ValueError, imaplib.IMAP4.error) as error:
        raise BoxError("Nos serveurs de courrier n’ouvrent pas cette boîte en ce moment.") from error


def _enter(client: imaplib.IMAP4, login: str, password: str) -> None:
    if re.search(r"[\x00\r\n]", login + password):
        raise BoxError(
            "L’identifiant ou le mot de passe contient un caractère qui n’y a pas sa place.", is_lasting=True
        )
    try:
        if password.isascii() and login.isascii():
            client.login(login, password)
        else:
            client.authenticate("PLAIN", lambda _: f"\0{login}\0{password}".encode())
    except imaplib.IMAP4.abort as error:
        raise BoxError("L’ancien serveur a coupé la conversation.") from error
    except imaplib.IMAP4.error as error:
        raise BoxError(
            "L’ancienne boîte refuse cet identifiant ou ce mot de passe. Vérifiez-les en ouvrant la boîte chez son "
            "fournisseur, et que l’accès IMAP y est permis.",
            is_lasting=True,
        ) from error
    except OSError as error:
        raise BoxError("L’ancien serveur ne répond plus.") from error


class ImapBox:
    """An open box, old or ours."""

    def __init__(self, client: imaplib.IMAP4) -> None:
        self.client = client
        self.separator = "/"
        self.selected = ""

    def close(self) -> None:
        """Leave, whatever state the conversation is in."""
        with contextlib.suppress(OSError, imaplib.IMAP4.error):
            self.client.logout()

    def _ask(self, command: str, *arguments: object) -> list[object]:
        """One command; `BoxError` when it is refused or nobody answers any more."""
        try:
            state, data = getattr(self.client, command)(*arguments)
        except imaplib.IMAP4.abort as error:
            raise BoxError("Le serveur de courrier a coupé la conversation.") from error
        except imaplib.IMAP4.error as error:
            raise BoxError(f"Le serveur de courrier a répondu autre chose que ce qu’on attend ({command}).") from error
        except OSError as error:
            raise BoxError("Le serveur de courrier ne répond plus.") from error
        if state != "OK":
            raise self._refusal(data)
        return list(data)

    @staticmethod
    def _refusal(data: Iterable[object]) -> BoxError:
        said = b" ".join(one for one in data if isinstance(one, bytes)).decode("utf-8", errors="replace")
        if "OVERQUOTA" in said.upper() or "quota" in said.lower():
            return BoxError("La boîte est pleine : donnez-lui plus de place, puis reprenez.", is_lasting=True)
        harmless = re.sub(r"[^ -~]", "?", said)[:120]
        return BoxError(f"Le serveur de courrier refuse : « {harmless} ».")

    def folders(self) -> list[OldFolder]:
        found: dict[str, OldFolder] = {}
        for line in self._ask("list"):
            # A name that is a literal comes as a pair.
            whole = b" ".join(line) if isinstance(line, tuple) else line
            if not isinstance(whole, bytes) or (match := LIST.match(re.sub(rb"\{\d+\} ", b"", whole))) is None:
                continue
            flags = set(match["flags"].decode("ascii", errors="replace").lower().split())
            raw = _unquoted(match["name"])
            if flags & SKIPPED or not raw:
                continue
            separator = "" if match["separator"] == b"NIL" else _unquoted(match["separator"])
            role = next((name for flag, name in ROLES.items() if flag in flags), "")
            name = role or named_here(decode_name(raw), separator)
            found.setdefault(raw, OldFolder(raw, name))
            if len(found) >= 1000:
                break
        return sorted(found.values(), key=lambda one: (one.name != "INBOX", one.name))

    def select(self, folder: str, *, make: bool = False) -> tuple[int, int]:
        name = encode_name(folder) if make else folder
        if make and folder != "INBOX":
            with contextlib.suppress(BoxError):
                self._ask("create", _quoted(name))
            with contextlib.suppress(BoxError):
                self._ask("subscribe", _quoted(name))
        count = self._ask("select", _quoted(name), not make)[0]
        self.selected = folder
        said = self.client.response("UIDVALIDITY")[1]
        return _number(said and said[0]) or 0, _number(count) or 0

    def heads(self, *, after: int, most: int) -> list[Head]:
        numbers = self._ask("uid", "SEARCH", f"UID {after + 1}:*")
        words = b" ".join(one for one in numbers if isinstance(one, bytes)).split()
        # « 5:* » gives the last message even when its number is below 5.
        uids = sorted({uid for word in words if (uid := _number(word) or 0) > after})[:most]
        if not uids:
            return []
        heads = {}
        for part in self._ask("uid", "FETCH", ",".join(map(str, uids)), HEADS):
            if isinstance(part, tuple) and (head := read_head(part[0], part[1])) is not None:
                heads[head.uid] = head
        # One that vanished meanwhile still has its number: what is asked next starts after it.
        return [heads.get(uid) or Head(uid, 0, datetime.fromtimestamp(0, UTC), (), "") for uid in uids]

    def read(self, uid: int) -> bytes:
        for part in self._ask("uid", "FETCH", str(uid), "(BODY.PEEK[])"):
            if isinstance(part, tuple) and isinstance(part[1], bytes):
                return part[1]
        return b""

    def append(self, folder: str, content: bytes, *, flags: Iterable[str], at: datetime) -> None:
        kept = " ".join(KEPT_FLAGS[flag.lower()] for flag in flags if flag.lower() in KEPT_FLAGS)
        self._ask("append", _quoted(encode_name(folder)), f"({kept})", imaplib.Time2Internaldate(at), content)


def read_head(line: bytes, header: bytes) -> Head | None:
    """Read the answer of a FETCH on a message; None when it is not one."""
    uid, size, flags = UID.search(line), SIZE.search(line), FLAGS.search(line)
    if uid is None or size is None:
        return None
    try:
        moment = imaplib.Internaldate2tuple(line)
        at = datetime(*moment[:6]).astimezone(UTC) if moment else datetime.fromtimestamp(0, UTC)
    except (ValueError, OverflowError, OSError):
        at = datetime.fromtimestamp(0, UTC)
    message_id = str(BytesHeaderParser().parsebytes(header).get("Message-ID", ""))
    words = flags[1].decode("ascii", errors="replace").split() if flags else []
    return Head(int(uid[1]), int(size[1]), at, tuple(words), " ".join(message_id.split())[:250])


# --- Names of folders -------------------------------------------------------------------------------------------------
def _number(said: object) -> int | None:
    """The number that a server wrote, or None."""
    return whole(said.decode("ascii", "replace"), longest=10) if isinstance(said, bytes) else None


def _unquoted(name: bytes) -> str:
    text = name.strip().decode("latin-1")
    if text.startswith('"') and text.endswith('"') and len(text) >= 2:
        text = re.sub(r"\\(.)", r"\1", text[1:-1])
    return "" if re.search(r"[\x00-\x1f\x7f]", text) or len(text) > 255 else text


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def decode_name(raw: str) -> str:
    """A folder's name as people read it, out of IMAP's own UTF-7 (RFC 3501, 5.1.3)."""

    def decoded(match: re.Match[str]) -> str:
        if not match[1]:
            return "&"
        text = match[1].replace(",", "/")
        try:
            return base64.b64decode(text + "=" * (-len(text) % 4)).decode("utf-16-be")
        except (ValueError, UnicodeError):
            return match[0]

    return re.sub(r"&([A-Za-z0-9+,]*)-", decoded, raw)


def encode_name(name: str) -> str:
    """A folder's name as IMAP writes it."""

    def encoded(match: re.Match[str]) -> str:
        if match[0] == "&":
            return "&-"
        text = base64.b64encode(match[0].encode("utf-16-be")).decode().rstrip("=").replace("/", ",")
        return f"&{text}-"

    return re.sub(r"&|[^ -~]+", encoded, name)


def named_here(name: str, separator: str) -> str:
    """Return the name in our boxes of a folder of an old one: its levels, without what our servers would not take."""
    levels = name.split(separator) if separator else [name]
    if len(levels) > 1 and levels[0].upper() == "INBOX":
        levels = levels[1:]
    if levels[0].upper() == "INBOX":
        return "INBOX"
    if len(levels) == 1 and (known := NAMED.get(_plain(levels[0]))):
        return known
    clean = [re.sub(r"[\x00-\x1f\x7f/%*\\]", " ", level).strip(" .~") or "Dossier" for level in levels[:8]]
    return "/".join(level[:60] for level in clean)


def _plain(name: str) -> str:
    from socle.lib.text import folded

    return folded(name)
