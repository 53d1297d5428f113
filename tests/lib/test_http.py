"""Outgoing requests, against a real server of this machine and hostile names."""

from __future__ import annotations

import datetime
import ipaddress
import json
import logging
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from socle.lib import http

INSIDE = "mène à l’intérieur du réseau"
# How long, in seconds, a server that misbehaves goes on, unless its client leaves.
PATIENCE = 20


class Handler(BaseHTTPRequestHandler):
    """Answers as its path says, and remembers what it was asked, and who waited for it to the end."""

    protocol_version = "HTTP/1.1"
    asked: ClassVar[list[tuple[str, str, dict[str, str], bytes]]] = []
    waited_for: ClassVar[list[str]] = []

    def log_message(self, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.asked.append((self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body))
        getattr(self, "answer_" + self.path.strip("/").partition("?")[0])()

    do_POST = do_HEAD = do_PUT = do_PATCH = do_DELETE = do_GET

    def say(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def answer_good(self) -> None:
        self.say(200, '{"ville": "Écaillon"}'.encode(), Content_Type="application/json")

    def answer_broken(self) -> None:
        self.say(500, b"no")

    def answer_elsewhere(self) -> None:
        self.say(302, b"", Location="http://169.254.169.254/latest/meta-data/")

    def answer_huge(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(10**12))
        self.end_headers()
        self.pour(b"x" * 65536, pause=0)

    def answer_drip(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.pour(b"x", pause=0.05)

    def answer_drip_of_headers(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        self.pour(b"x", pause=0.05)

    def answer_silence(self) -> None:
        self.connection.settimeout(PATIENCE)
        try:
            self.rfile.read(1)
        except TimeoutError:
            self.waited_for.append(self.path)
        self.close_connection = True

    def answer_noise(self) -> None:
        self.wfile.write(b"220 smtp.example ESMTP\r\n")
        self.close_connection = True

    def answer_cut(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"half")
        self.close_connection = True

    def pour(self, drop: bytes, *, pause: float) -> None:
        end = time.monotonic() + PATIENCE
        try:
            while time.monotonic() < end:
                self.wfile.write(drop)
                time.sleep(pause)
        except OSError:
            self.close_connection = True
        else:
            self.waited_for.append(self.path)


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    yield from _serving(Server(("127.0.0.1", 0), Handler))


def _serving(server: ThreadingHTTPServer) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield int(server.server_address[1])
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def nothing_asked_yet() -> None:
    Handler.asked.clear()
    Handler.waited_for.clear()


@pytest.fixture
def inside(settings: Any, port: int) -> str:
    """The local server, as one of the operator's own systems."""
    settings.OUTGOING_INTERNAL = ["127.0.0.1"]
    settings.OUTGOING_HTTP = True
    return f"http://127.0.0.1:{port}"


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """`names({"a.example": ["192.0.2.1"]})` is the DNS of the test; what it was asked is in the list it returns."""

    def is_known(answers: dict[str, list[list[str]]]) -> list[str]:
        asked: list[str] = []

        real = socket.getaddrinfo

        def getaddrinfo(host: str, port: int, *args: Any, **kwargs: Any) -> list[Any]:
            if host[0].isdigit():
                return real(host, port, *args, **kwargs)
            if host not in answers:
                raise socket.gaierror("unknown")
            addresses = answers[host][min(asked.count(host), len(answers[host]) - 1)]
            asked.append(host)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

        monkeypatch.setattr(http.socket, "getaddrinfo", getaddrinfo)
        return asked

    return is_known


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_an_interface_is_asked_by_its_other_verbs(inside: str, method: str) -> None:
    assert http.send(method, f"{inside}/good", json={"a": 1}).is_ok
    assert http.send(method, f"{inside}/good").is_ok
    (told, _, headers, body), (_, _, _, nothing) = Handler.asked
    assert (told, headers["content-type"], json.loads(body), nothing) == (method, "application/json", {"a": 1}, b"")


@pytest.mark.parametrize("method", ["CONNECT", "TRACE", "GET /x HTTP/1.1\r\nX: y", ""])
def test_no_other_verb_is_sent(inside: str, method: str) -> None:
    with pytest.raises(http.Forbidden):
        http.send(method, f"{inside}/good")
    assert Handler.asked == []


# --- What works ------------------------------------------------------------------------------------------------------
def test_a_post_sends_json_and_reads_the_answer(inside: str) -> None:
    answer = http.post(f"{inside}/good?x=1", json={"numéro": 1}, headers={"X-Signature": "abc"})
    assert answer.is_ok
    assert answer.status == 200
    assert answer.json() == {"ville": "Écaillon"}
    assert answer.headers["content-type"] == "application/json"
    ((method, path, headers, body),) = Handler.asked
    assert (method, path) == ("POST", "/good?x=1")
    assert json.loads(body) == {"numéro": 1}
    assert headers["content-type"] == "application/json"
    assert headers["x-signature"] == "abc"
    assert headers["host"] == inside.removeprefix("http://")
    assert headers["accept-encoding"] == "identity"


def test_the_very_bytes_that_were_signed_are_sent(inside: str) -> None:
    http.post(f"{inside}/good", body=b'{"a" : 1}', headers={"Content-Type": "application/json"})
    assert Handler.asked[0][3] == b'{"a" : 1}'


def test_a_body_is_sent_by_pieces_with_its_length(inside: str) -> None:
    http.post(f"{inside}/good", body=http.Stream(5, lambda: iter([b"un", b" ", b"de"])))
    _, _, headers, body = Handler.asked[0]
    assert (headers["content-length"], body) == ("5", b"un de")
    assert "transfer-encoding" not in headers


def test_a_failure_of_the_other_side_is_an_answer_whose_text_can_be_read(inside: str) -> None:
    answer = http.get(f"{inside}/broken")
    assert (answer.is_ok, answer.status, answer.text) == (False, 500, "no")
    for body in (b"no", b"[" * 100_000, b"9" * 5000, b"\xff"):
        with pytest.raises(http.Unreachable, match="JSON"):
            http.Answer(200, body).json()


def test_a_redirection_is_not_followed(inside: str) -> None:
    answer = http.get(f"{inside}/elsewhere")
    assert answer.status == 302
    assert len(Handler.asked) == 1


# --- Where we do not go ----------------------------------------------------------------------------------------------
INTERNAL = [
    "127.0.0.1", "127.255.0.9", "0.0.0.0", "10.0.0.1", "172.16.9.9", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "100.100.100.200", "168.63.129.16", "192.0.0.192", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b:1::a00:1", "2002:7f00:1::", "2002:a00:1::1", "::127.0.0.1", "2001:db8::1",
    "2001:0:7f00:1::1", "fec0::1",
]  # fmt: skip


def test_no_address_of_the_inside_is_called(subtests: Any) -> None:
    for text in INTERNAL:
        with subtests.test(text):
            assert INSIDE in (http.why_not_address(ipaddress.ip_address(text)) or "")


def test_each_special_block_is_refused_to_its_ends_and_what_touches_it_is_judged_apart(subtests: Any) -> None:
    for block in http.SPECIAL:
        first, last = int(block[0]), int(block[-1])
        kind = type(block[0])
        with subtests.test(str(block)):
            assert [INSIDE in (http.why_not_address(kind(one)) or "") for one in (first, last)] == [True, True]
    for outside in ("9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0",
                    "192.88.100.0", "2001:200::", "2000:ffff:ffff::", "2003::", "3ffe:ffff::"):  # fmt: skip
        assert http.why_not_address(ipaddress.ip_address(outside)) is None, outside


def test_what_is_special_is_the_same_on_each_python() -> None:
    """From one to the next, `ipaddress` changes its mind of what is global, private or reserved (3.11, 3.13)."""
    source = Path(http.__file__).read_text()
    assert not re.findall(
        r"\.is_(global|private|reserved|link_local|site_local|loopback|unspecified|multicast)", source
    )


def test_public_addresses_are_called(subtests: Any) -> None:
    for text in ("93.184.215.14", "2606:2800:21f:cb07::1", "64:ff9b::5db8:d70e", "192.88.98.1", "2001:200::1",
                 "2a01:cb00::1", "223.255.255.255", "198.17.255.255", "2620:4f:8001::"):  # fmt: skip
        with subtests.test(text):
            assert http.why_not_address(ipaddress.ip_address(text)) is None


def test_the_operator_lets_its_own_systems_through_and_no_other(settings: Any, subtests: Any) -> None:
    settings.OUTGOING_INTERNAL = ["10.2.0.0/16", "fd12::/32", "parapheur.lan"]
    for text, host, is_let_through in (
        ("10.2.3.4", "x.example", True),
        ("::ffff:10.2.3.4", "x.example", False),
        ("10.3.0.1", "x.example", False),
        ("fd12::9", "x.example", True),
        ("192.168.1.5", "parapheur.lan", True),
        ("192.168.1.5", "sous.parapheur.lan", False),
        # A name of ours never leads to the keys of the host.
        ("169.254.169.254", "parapheur.lan", False),
        ("0.0.0.0", "parapheur.lan", False),
        ("224.0.0.1", "parapheur.lan", False),
        ("fd00:ec2::254", "parapheur.lan", False),
        ("fd12:1::9", "parapheur.lan", True),
        ("127.0.0.1", "parapheur.lan", True),
        ("192.88.99.1", "parapheur.lan", False),
        ("2001:20::1", "parapheur.lan", False),
    ):
        with subtests.test(f"{host} {text}"):
            assert (http.why_not_address(ipaddress.ip_address(text), host) is None) == is_let_through


def test_every_way_to_write_an_address_of_this_machine_is_refused(port: int, settings: Any, subtests: Any) -> None:
    settings.OUTGOING_HTTP = True
    for host in ("127.0.0.1", "localhost", "2130706433", "0x7f.1", "0177.0.0.1", "127.1", "[::1]", "[::ffff:7f00:1]",
                 "LOCALHOST.", "0", "[::]"):  # fmt: skip
        with subtests.test(host), pytest.raises(http.OutgoingError):
            http.get(f"http://{host}:{port}/good")
    assert Handler.asked == []


def test_an_address_that_is_not_one_is_refused_with_its_remedy(subtests: Any) -> None:
    for url, words in (
        ("http://exemple.fr/", "chiffré"),
        ("ftp://exemple.fr/", "https://"),
        ("file:///etc/passwd", "https://"),
        ("//exemple.fr", "https://"),
        ("", "https://"),
        ("exemple.fr", "https://"),
        ("https://", "https://"),
        ("https://moi:secret@exemple.fr/", "identifiant"),
        ("https://exemple.fr:22/", "port 22"),
        ("https://exemple.fr:25/", "port 25"),
        ("https://exemple.fr:99999/", "mal formée"),
        ("https://exemple.fr:x/", "mal formée"),
        ("https://exemple.fr/\r\nX-Injected: 1", "caractère"),
        ("https://exemple.fr\\@127.0.0.1/", "caractère"),
        ("https://exemple.fr /", "caractère"),
        ("https://éxemple.fr/", "caractère"),
        ("https://[fe80::1%25eth0]/", "mal formé"),
        ("https://[::1/", "mal formée"),
        ("https://" + "a" * 300 + "/", "mal formé"),
    ):
        with subtests.test(url[:40]):
            assert words in (http.why_not_call(url) or "")
            with pytest.raises(http.Forbidden, match=words):
                http.get(url)
    assert http.why_not_call("https://exemple.fr:8443/crochet?x=1") is None


def test_a_name_that_leads_inside_is_refused_even_when_it_also_leads_outside(
    names: Callable[..., list[str]], settings: Any, port: int
) -> None:
    settings.OUTGOING_HTTP = True
    names({"piege.example": [["93.184.215.14", "127.0.0.1"]]})
    with pytest.raises(http.Forbidden, match=INSIDE):
        http.get(f"http://piege.example:{port}/good")
    assert Handler.asked == []


def test_a_name_that_changes_its_answer_after_the_check_changes_nothing(
    names: Callable[..., list[str]], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: public when checked, internal when called."""
    asked = names({"girouette.example": [["93.184.215.14"], ["127.0.0.1"]]})
    called: list[Any] = []

    def create_connection(place: tuple[str, int], *args: Any, **kwargs: Any) -> socket.socket:
        called.append(place)
        raise ConnectionRefusedError

    monkeypatch.setattr("urllib3.util.connection.create_connection", create_connection)
    with pytest.raises(http.Unreachable):
        http.get("https://girouette.example/good")
    assert asked == ["girouette.example"]
    assert called == [("93.184.215.14", 443)]


def test_the_server_hears_the_name_and_the_next_address_is_tried(
    names: Callable[..., list[str]], settings: Any, port: int
) -> None:
    settings.OUTGOING_HTTP = True
    settings.OUTGOING_INTERNAL = ["127.0.0.0/8"]
    # Nothing listens on the first two.
    names({"crochet.example": [["127.0.0.9", "127.0.0.8", "127.0.0.1", "127.0.0.7"]]})
    assert http.get(f"http://crochet.example:{port}/good").is_ok
    assert Handler.asked[0][2]["host"] == f"crochet.example:{port}"


def test_a_name_nobody_knows_is_said(names: Callable[..., list[str]]) -> None:
    names({})
    with pytest.raises(http.Unreachable, match="inconnu"):
        http.get("https://nulle-part.example/")


@pytest.mark.parametrize(("code", "kind"), [(socket.EAI_NONAME, http.Unknown), (socket.EAI_AGAIN, http.Unreachable)])
def test_a_name_that_does_not_exist_is_told_from_a_dns_in_trouble(
    monkeypatch: pytest.MonkeyPatch, code: int, kind: type[Exception]
) -> None:
    def getaddrinfo(*args: Any, **kwargs: Any) -> list[Any]:
        raise socket.gaierror(code, "no")

    monkeypatch.setattr(http.socket, "getaddrinfo", getaddrinfo)
    with pytest.raises(http.Unreachable) as refusal:
        http.get("https://nulle-part.example/")
    assert type(refusal.value) is kind


def test_a_resolver_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    done, waited_for = threading.Event(), threading.Event()

    def getaddrinfo(*args: Any, **kwargs: Any) -> list[Any]:
        if not done.wait(PATIENCE):
            waited_for.set()
        return []

    monkeypatch.setattr(http.socket, "getaddrinfo", getaddrinfo)
    with pytest.raises(http.Unreachable, match="à temps"):
        http.get("https://lent.example/", timeout=0.1)
    assert not waited_for.is_set()
    done.set()


# --- Others who misbehave --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("drip", "à temps"),
        ("drip_of_headers", "à temps"),
        ("silence", "à temps"),
        ("huge", "dépasse"),
        ("noise", "coupé"),
        ("cut", "coupé"),
    ],
)
def test_a_server_that_misbehaves_costs_little_time_and_memory(inside: str, path: str, words: str) -> None:
    with pytest.raises(http.Unreachable, match=words):
        http.get(f"{inside}/{path}", timeout=0.3, limit=100_000)
    assert not Handler.waited_for


def test_nobody_listening_is_said(settings: Any) -> None:
    settings.OUTGOING_INTERNAL, settings.OUTGOING_HTTP = ["127.0.0.1"], True
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with pytest.raises(http.Unreachable, match="ne répond pas"):
            http.get(f"http://127.0.0.1:{free.getsockname()[1]}/")


def test_no_header_is_forged(inside: str, subtests: Any) -> None:
    for name, value in (("X-A", "1\r\nX-B: 2"), ("X-A\r\nX-B", "2"), ("Host", "ailleurs"), ("Content-Length", "3"),
                        ("", "x"), ("Transfer-Encoding", "chunked")):  # fmt: skip
        with subtests.test(name), pytest.raises(http.Forbidden):
            http.post(f"{inside}/good", json={}, headers={name: value})
    assert Handler.asked == []


def test_the_log_holds_neither_path_nor_header(inside: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        http.get(f"{inside}/good?token=s3cret", headers={"Authorization": "Bearer s3cret"})
        with pytest.raises(http.Unreachable) as refusal:
            http.get(f"{inside}/cut?token=s3cret", headers={"Authorization": "Bearer s3cret"})
    written = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("socle"))
    assert "GET 127.0.0.1 200" in written
    assert "s3cret" not in caplog.text + refusal.value.sentence


# --- Encrypted -------------------------------------------------------------------------------------------------------
def _certificate(folder: Path, name: str, *, days: int = 1) -> Path:
    """A certificate and its key in one file; it is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    today = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - datetime.timedelta(days=9))
        .not_valid_after(today + datetime.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    path.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return path


@pytest.fixture
def secure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[int]:
    """A TLS server whose certificate is for crochet.example; the parameter says for how many days from now."""
    path = _certificate(tmp_path, "crochet.example", days=getattr(request, "param", 1))
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    server = Server(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    yield from _serving(server)


def test_the_certificate_is_checked_against_the_name(
    secure: int, names: Callable[..., list[str]], settings: Any
) -> None:
    settings.OUTGOING_INTERNAL = ["127.0.0.1"]
    names({"crochet.example": [["127.0.0.1"]], "autre.example": [["127.0.0.1"]]})
    assert http.get(f"https://crochet.example:{secure}/good").json() == {"ville": "Écaillon"}
    with pytest.raises(http.Unreachable, match="certificat"):
        http.get(f"https://autre.example:{secure}/good")
    assert len(Handler.asked) == 1


@pytest.mark.parametrize("secure", [-1], indirect=True)
def test_an_expired_certificate_is_refused(secure: int, names: Callable[..., list[str]], settings: Any) -> None:
    settings.OUTGOING_INTERNAL = ["127.0.0.1"]
    names({"crochet.example": [["127.0.0.1"]]})
    with pytest.raises(http.Unreachable, match="certificat"):
        http.get(f"https://crochet.example:{secure}/good")
    assert Handler.asked == []


@pytest.fixture
def demanding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A TLS server that speaks to whoever shows the certificate of client.example, and to nobody else."""
    path, known = _certificate(tmp_path, "crochet.example"), _certificate(tmp_path, "client.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    context.load_verify_locations(known)
    context.verify_mode = ssl.CERT_REQUIRED
    server = Server(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    yield from _serving(server)


def test_a_client_certificate_opens_what_is_closed_to_others(
    demanding: int, tmp_path: Path, names: Callable[..., list[str]], settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.OUTGOING_INTERNAL = ["127.0.0.1"]
    names({"crochet.example": [["127.0.0.1"]]})
    url = f"https://crochet.example:{demanding}/good"
    known = http.Certificate((tmp_path / "client.example.pem").read_bytes())
    with caplog.at_level(logging.DEBUG):
        assert http.get(url, certificate=known).is_ok
        assert http.post(url, body=b"1", certificate=known).is_ok
        for other in (None, http.Certificate((tmp_path / "crochet.example.pem").read_bytes())):
            with pytest.raises(http.Unreachable):
                http.get(url, certificate=other)
        with pytest.raises(http.Forbidden, match="ne se lit pas"):
            http.get(url, certificate=http.Certificate(b"nothing"))
    assert "PRIVATE" not in f"{known!r}{caplog.text}"


@pytest.mark.parametrize("has_memory", [True, False])
def test_a_key_lies_in_a_file_of_its_own_and_no_longer(
    has_memory: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    if not has_memory:
        monkeypatch.delattr("os.memfd_create", raising=False)
    with http._in_a_file(b"secret") as path:
        assert Path(path).read_bytes() == b"secret"
        assert [one.stat().st_mode & 0o077 for one in tmp_path.iterdir()] == ([] if has_memory else [0])
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_does_not_encrypt_is_refused(port: int, settings: Any) -> None:
    settings.OUTGOING_INTERNAL = ["127.0.0.1"]
    with pytest.raises(http.Unreachable, match="certificat"):
        http.get(f"https://127.0.0.1:{port}/good")
