"""A server of ours that speaks the documented interface of S²LOW for acts, on loopback. It is not S²LOW.

For the tests, and for whoever tries on one machine: nothing leaves it, no prefecture reads anything. It asks for a
client certificate, by which it knows a body, and answers as the twin does (`engines/simulated/letters`); an act whose
subject ends with « (archivé) » goes on to be archived before anybody asks for its receipt.
"""

from __future__ import annotations

import json
import mmap
import re
import ssl
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address
from pathlib import Path
from threading import Lock, Thread
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from socle.deliberations import transmission
from socle.deliberations.contract import Stage
from socle.deliberations.elements import ENCODING
from socle.deliberations.numbering import NATURES, NUMBER, Identifier
from socle.deliberations.transmission import Sending
from socle.engines.simulated import letters
from socle.lib.text import whole

SAYS = "Serveur d’essai de la plateforme, et non S²LOW\u00a0: rien n’est transmis."
STATES = {Stage.HELD: 1, Stage.SENT: 3, Stage.RECEIVED: 4, Stage.REFUSED: -1, Stage.CANCELLED: 0}
# The word, in brackets in a subject, by which an act goes on to be archived before anybody asks.
ARCHIVED = "archivé"
# Days for which its certificates are good.
LASTS = timedelta(days=800)


@dataclass
class Held:
    """An act that it was handed, and how often it was asked about."""

    identifier: str
    number: str
    subject: str
    message: bytes
    size: int
    looks: int = 0
    answers: str = ""
    is_cancelled: bool = False
    is_letter_taken: bool = False


@dataclass
class Desk:
    """Acts that it holds, by the SIREN of each body."""

    department: str = "059"
    acts: dict[str, dict[int, Held]] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def of(self, siren: str) -> dict[int, Held]:
        return self.acts.setdefault(siren, {})


class Refusal(Exception):
    """It says KO, and why."""


class TrialServer:
    """One server in a folder, which holds its authority, its certificate and those of the bodies (`body`)."""

    def __init__(self, folder: Path, *, port: int = 0, desk: Desk | None = None) -> None:
        self.folder, self.desk = folder, desk or Desk()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._certify("authority", "Autorité d’essai")
        self._certify("server", "127.0.0.1")
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(self.authority))
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_cert_chain(folder / "server.pem")
        desk_ = self.desk

        class Bound(_Handler):
            desk = desk_

        self.server = _Quiet(("127.0.0.1", port), Bound)
        # The handshake is made by the thread of each conversation: one that hangs keeps nobody waiting.
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)

    @property
    def address(self) -> str:
        return f"https://127.0.0.1:{self.server.server_address[1]}"

    @property
    def authority(self) -> Path:
        """The certificate to believe (SSL_CERT_FILE)."""
        return self.folder / "authority.pem"

    def body(self, siren: str) -> Path:
        """The certificate and key of this body, in one file."""
        self._certify(siren, siren)
        return self.folder / f"{siren}.pem"

    def __enter__(self) -> TrialServer:
        Thread(target=self.server.serve_forever, args=(0.02,), daemon=True, name="transmission").start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.server.shutdown()
        self.close()

    def close(self) -> None:
        """Let its port go."""
        self.server.server_close()

    def _certify(self, name: str, subject: str) -> None:
        """Make a certificate and its key in one file, once: its own for the authority, signed by it for the others."""
        path = self.folder / f"{name}.pem"
        if path.exists():
            return
        key = ec.generate_private_key(ec.SECP256R1())
        named = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
        issuer, signs = named, key
        if name != "authority":
            content = self.authority.read_bytes()
            issuer = x509.load_pem_x509_certificate(content).subject
            signs = _private(content)
        now = datetime.now(UTC)
        made = x509.CertificateBuilder(issuer, named, key.public_key(), x509.random_serial_number(),
                                       now - timedelta(days=1), now + LASTS)  # fmt: skip
        is_authority = name == "authority"
        made = made.add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        made = made.add_extension(
            x509.KeyUsage(not is_authority, False, False, False, False, is_authority, is_authority, False, False), True
        )
        made = made.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        signer = x509.AuthorityKeyIdentifier.from_issuer_public_key(signs.public_key())
        made = made.add_extension(signer, critical=False)
        if name == "server":
            names = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1")), x509.DNSName("localhost")])
            made = made.add_extension(names, critical=False)
        path.touch(mode=0o600)
        path.write_bytes(
            made.sign(signs, SHA256()).public_bytes(Encoding.PEM)
            + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )


def _private(content: bytes) -> ec.EllipticCurvePrivateKey:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key = load_pem_private_key(content, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def ignore(self, request: Any, client_address: Any) -> None:
        """Whoever has no certificate of its authority is not let in, and knows it: nothing is said here."""

    handle_error = ignore


class _Handler(BaseHTTPRequestHandler):
    desk: Desk
    server_version = "Socle-essai"
    protocol_version = "HTTP/1.1"
    timeout = 60

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: what it is asked may be a secret of whoever tries."""

    def get(self) -> None:
        self._answer({name: values[-1] for name, values in parse_qs(urlsplit(self.path).query).items()})

    def post(self) -> None:
        with tempfile.TemporaryFile() as body:
            left = int(self.headers.get("Content-Length", "0"))
            while left and (piece := self.rfile.read(min(left, 1 << 18))):
                body.write(piece)
                left -= len(piece)
            body.flush()
            self._answer(_fields(body.fileno(), self.headers.get("Content-Type", "")))

    do_GET, do_POST = get, post

    def _answer(self, asked: dict[str, Any]) -> None:
        place = urlsplit(self.path).path.rpartition("/")[2].removesuffix(".php").replace("-", "_")
        try:
            found = getattr(self, f"on_{place}", None)
            if found is None:
                self._give(404, SAYS.encode(ENCODING, "replace"))
                return
            with self.desk.lock:
                answer = found(self._siren(), asked)
        except Refusal as refusal:
            answer = f"KO\n{refusal}"
        if isinstance(answer, tuple):
            self._give(302, b"", Location=answer[0])
        else:
            self._give(200, answer if isinstance(answer, bytes) else answer.encode(ENCODING, "replace"))

    def _give(self, status: int, content: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), "X-Trial": "not S2LOW", **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def _siren(self) -> str:
        shown: Any = self.connection.getpeercert()
        names = {key: value for part in shown["subject"] for key, value in part}
        return str(names["commonName"])

    # --- Its questions, by the names of their addresses.
    def on_test_connexion(self, siren: str, asked: dict[str, Any]) -> str:
        return "OK\n"

    def on_actes_transac_create(self, siren: str, asked: dict[str, Any]) -> str:
        held = self.desk.of(siren)
        number, subject = asked.get("number", ""), asked.get("subject", "")
        if not NUMBER.fullmatch(number):
            raise Refusal("Numéro incorrect.")
        if any(one.number == number and not one.answers for one in held.values()):
            raise Refusal(letters.NUMBER_TAKEN)
        adopted_on = date.fromisoformat(asked["decision_date"])
        if adopted_on > datetime.now(UTC).date() + timedelta(days=1):
            raise Refusal("La date de décision est une date dans le futur")
        sizes = [*asked.get("acte_pdf_file", []), *asked.get("acte_attachments[]", [])]
        if not sizes or sum(size for _, size in sizes) > transmission.MOST_BYTES:
            raise Refusal("Archive trop lourde.")
        if any(head[:5] != b"%PDF-" for head, _ in sizes[:1]):
            raise Refusal("Fichier PDF ou XML requis.")
        nature = NATURES[int(asked["nature_code"]) - 1]
        levels = [asked[f"classif{rank}"] for rank in range(1, 6) if asked.get(f"classif{rank}")]
        identifier = Identifier(self.desk.department, siren, adopted_on, number, nature)
        sending = Sending(identifier, subject, ".".join(levels), letters.CLASSIFICATION_ON, b"%PDF-",
                          (b"%PDF-",) * (len(sizes) - 1))  # fmt: skip
        made = Held(str(identifier), number, subject, transmission.message(sending), sum(size for _, size in sizes))
        return f"OK\n{self._put(siren, made)}\n"

    def _put(self, siren: str, made: Held) -> int:
        reference = 1000 + sum(len(acts) for acts in self.desk.acts.values())
        self.desk.of(siren)[reference] = made
        return reference

    def on_actes_transac_reponse_create(self, siren: str, asked: dict[str, Any]) -> str:
        about = self._held(siren, asked.get("id"))
        letter, ((head, size),) = letters.letter_for(about.subject), asked.get("acte_pdf_file") or ((b"", 0),)
        if letter is None or about.answers or not asked.get("type_acte") or head[:5] != b"%PDF-":
            raise Refusal("Envoi de fichier illégal.")
        flow = f"{letter[0][0]}-{'2' if letter[0] == '2-1' else asked.get('type_envoie')}"
        if flow not in transmission.ANSWERS:
            raise Refusal("Type de réponse inconnu.")
        made = Held(about.identifier, about.number, about.subject, b"", size, answers=flow)
        return f"OK\u00a0: id généré\u00a0: {self._put(siren, made)}\n"

    def on_actes_transac_get_status(self, siren: str, asked: dict[str, Any]) -> bytes:
        one = self._held(siren, asked.get("transaction"))
        one.looks += 1
        today = datetime.now(UTC).date()
        if one.answers:
            message = letters.answer_receipt(one.answers, one.identifier, received_on=today)
            return b"OK\n4\n" + message if one.looks >= 2 else b"OK\n3\n"
        if one.is_cancelled:
            return b"OK\n0\n" + letters.cancellation_receipt(one.identifier, on=today)
        told = letters.answer(one.message, one.identifier, subject=one.subject, looks=one.looks, on=today)
        if told.stage == Stage.RECEIVED and letters.calls_for(ARCHIVED, one.subject):
            # It went on since, and what came with a former state is told by another question.
            return b"OK\n12\n"
        # Nothing separates the message from what the server says of it.
        return f"OK\n{STATES[told.stage]}\n".encode() + told.message + told.says.encode(ENCODING, "replace")

    def on_actes_transac_get_ARActe(self, siren: str, asked: dict[str, Any]) -> bytes:
        one = self._held(siren, asked.get("id"))
        if one.answers or one.is_cancelled:
            return b""
        today = datetime.now(UTC).date()
        told = letters.answer(one.message, one.identifier, subject=one.subject, looks=one.looks, on=today)
        return told.message if told.stage == Stage.RECEIVED else b""

    def on_actes_transac_cancel(self, siren: str, asked: dict[str, Any]) -> str:
        one = self._held(siren, asked.get("id"))
        if one.looks < 2 or one.is_cancelled:
            raise Refusal("Cette transaction ne peut pas être annulée dans son état.")
        one.is_cancelled = True
        return "OK\n1\n"

    def on_actes_transac_get_tampon(self, siren: str, asked: dict[str, Any]) -> bytes | str:
        one = self._held(siren, asked.get("transaction"))
        return letters.page() if one.looks >= 2 else "KO\nPas d'acquittement recu"

    def on_actes_classification_fetch(self, siren: str, asked: dict[str, Any]) -> bytes:
        return letters.classification()

    def on_list_actes(self, siren: str, asked: dict[str, Any]) -> str:
        listed = [
            {"id": reference, "number": one.number, "subject": one.subject, "type": one.answers[:1] or "1"}
            for reference, one in self.desk.of(siren).items()
            if asked.get("status_id") == ("4" if one.looks >= 2 else "3")
        ]
        first, most = int(asked.get("offset", 0)), int(asked.get("limit", 100))
        return json.dumps({"status_id": asked.get("status_id"), "transactions": listed[first : first + most]})

    def on_list_document_prefecture(self, siren: str, asked: dict[str, Any]) -> str:
        waiting = [
            {"id": str(reference), "type": letter[0][0], "related_transaction_id": str(reference),
             "number": one.number, "unique_id": one.identifier, "last_status_id": "21"}
            for reference, one in self.desk.of(siren).items()
            if one.looks >= 2
            and not (one.answers or one.is_letter_taken)
            and (letter := letters.letter_for(one.subject))
        ]  # fmt: skip
        return json.dumps(waiting)

    def on_actes_transac_get_document(self, siren: str, asked: dict[str, Any]) -> tuple[str]:
        self._held(siren, asked.get("id"))
        return (f"actes_download_file.php?env={asked.get('id')}",)

    def on_actes_download_file(self, siren: str, asked: dict[str, Any]) -> bytes:
        one = self._held(siren, asked.get("env"))
        if (letter := letters.letter_for(one.subject)) is None:
            raise Refusal("Pas de courrier")
        return letters.letter_archive(one.identifier, siren, *letter)

    def on_document_prefecture_mark_as_read(self, siren: str, asked: dict[str, Any]) -> str:
        self._held(siren, asked.get("transaction_id")).is_letter_taken = True
        return json.dumps({"result": "ok"})

    def _held(self, siren: str, reference: str | None) -> Held:
        found = self.desk.of(siren).get(whole(str(reference)) or 0)
        if found is None:
            raise Refusal("Numéro de transaction invalide.")
        return found


def _fields(descriptor: int, content_type: str) -> dict[str, Any]:
    """The fields of a form on the disk: words, and for each file how it begins and how long it is."""
    mark = re.search(r'boundary="?([^";]+)', content_type)
    if mark is None:
        return {}
    asked: dict[str, Any] = {}
    with mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ) as body:
        for start, end in _parts(body, b"--" + mark[1].encode()):
            middle = body.find(b"\r\n\r\n", start, end)
            said = Message()
            told = re.search(rb"(?i)Content-Disposition: ([^\r]*)", body[start:middle])
            said["Content-Disposition"] = told[1].decode(ENCODING) if told else ""
            name = str(said.get_param("name", header="content-disposition"))
            if said.get_filename() is None:
                asked[name] = body[middle + 4 : end].decode(ENCODING)
            else:
                asked.setdefault(name, []).append((body[middle + 4 : middle + 20], end - middle - 4))
    return asked


def _parts(body: mmap.mmap, mark: bytes) -> Iterator[tuple[int, int]]:
    at = body.find(mark)
    while at >= 0:
        following = body.find(b"\r\n" + mark, at + len(mark))
        if following < 0:
            return
        yield at + len(mark) + 2, following
        at = following + 2
