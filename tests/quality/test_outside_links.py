"""Outside addresses are asked rarely, politely, and called broken with reluctance; against a real server."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest

from socle.lib import http
from socle.lib.queue import BEHIND, LAST
from socle.quality.models.upkeep import OutsideAddress, PageLink
from socle.quality.upkeep import asking, links, tasks
from socle.quality.upkeep.asking import Heard, Verdict, learn, listen
from tests import factories as f
from tests.lib.test_http import _certificate, _serving
from tests.sites.conftest import secretary
from tests.sites.two_communes import signed_in

DAY = timedelta(days=1)


class Handler(BaseHTTPRequestHandler):
    """Answers as its path says, and remembers what it was asked."""

    protocol_version = "HTTP/1.1"
    asked: ClassVar[list[tuple[str, str, str]]] = []

    def log_message(self, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        self.asked.append((self.command, self.path, self.headers.get("User-Agent", "")))
        name = self.path.strip("/").partition("?")[0]
        if name.isdigit():
            self.say(int(name))
        elif name.startswith("to-"):
            self.say(302, name.removeprefix("to-").replace("_", "/"))
        else:
            getattr(self, name)()

    do_HEAD = do_GET

    def say(self, status: int, location: str = "") -> None:
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        body = b"" if self.command == "HEAD" else b"body"
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def get_only(self) -> None:
        self.say(405 if self.command == "HEAD" else 200)

    def endless(self) -> None:
        if self.command == "HEAD":
            self.say(501)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(10**12))
        self.end_headers()
        end = time.monotonic() + 3
        try:
            while time.monotonic() < end:
                self.wfile.write(b"x" * 65536)
        except OSError:
            self.close_connection = True

    def loop(self) -> None:
        self.say(301, "/loop?again" if self.path == "/loop" else "/loop")

    def far(self) -> None:
        self.say(302, f"/far?{int(self.path.partition('?')[2] or 0) + 1}")

    def nowhere(self) -> None:
        self.say(302, "http://exa mple/")

    def silence(self) -> None:
        time.sleep(0.5)
        self.close_connection = True

    def noise(self) -> None:
        self.wfile.write(b"220 smtp.example ESMTP\r\n")
        self.close_connection = True


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield int(server.server_address[1])
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def server(settings, port, monkeypatch) -> str:
    """The local server, let through as one of the operator's own; no name is asked of the real DNS."""
    settings.OUTGOING_INTERNAL, settings.OUTGOING_HTTP = ["127.0.0.1"], True
    Handler.asked.clear()
    dns(monkeypatch)
    return f"http://127.0.0.1:{port}"


def dns(monkeypatch, **answers: str) -> None:
    """The DNS of the test: names end in .example, and lead here; « perdu » is unknown, « muet » does not answer."""
    real = socket.getaddrinfo

    def getaddrinfo(host: str, port: int, *args: Any, **kwargs: Any) -> list[Any]:
        if host[0].isdigit():
            return real(host, port, *args, **kwargs)
        if host.startswith("perdu"):
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        if host.startswith("muet"):
            raise socket.gaierror(socket.EAI_AGAIN, "try again")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(http.socket, "getaddrinfo", getaddrinfo)


# --- What is heard ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("path", "verdict", "words"),
    [
        ("200", "answers", ""),
        ("204", "answers", ""),
        ("get_only", "answers", ""),
        ("endless", "answers", ""),
        ("to-_200", "answers", ""),
        ("404", "failing", "n’existe pas"),
        ("410", "failing", "supprimée"),
        ("500", "failing", "panne"),
        ("502", "failing", "panne"),
        ("to-_404", "failing", "n’existe pas"),
        ("loop", "failing", "tourne en rond"),
        ("far", "unsure", "redirection"),
        ("nowhere", "unsure", "mal écrite"),
        ("401", "unsure", "programmes (401)"),
        ("403", "unsure", "programmes (403)"),
        ("429", "unsure", "programmes (429)"),
        ("503", "unsure", "programmes (503)"),
        ("noise", "unsure", "HTTP"),
        ("silence", "unsure", "à temps"),
    ],
)
def test_what_an_address_answers_is_heard_as_it_is(server, monkeypatch, path, verdict, words):
    monkeypatch.setattr(asking, "TIMEOUT", 0.3)
    heard = listen(f"{server}/{path}")
    assert (heard.verdict, words in heard.said) == (verdict, True), heard
    assert len(heard.said) <= 200


def test_a_server_is_asked_by_head_then_by_get_and_told_who_asks(server, settings):
    listen(f"{server}/200")
    listen(f"{server}/get_only")
    assert [(method, path) for method, path, _ in Handler.asked] == [
        ("HEAD", "/200"), ("HEAD", "/get_only"), ("GET", "/get_only"),
    ]  # fmt: skip
    assert settings.PLATFORM_URL in Handler.asked[0][2]


def test_an_address_that_leads_inside_is_neither_called_nor_called_broken(server):
    heard = listen(f"{server}/to-http:__169.254.169.254_latest_")
    assert heard.verdict == Verdict.UNSURE
    assert len(Handler.asked) == 1


@pytest.mark.parametrize(
    ("host", "verdict"), [("perdu.example", "failing"), ("muet.example", "unsure"), ("127.0.0.9", "unsure")]
)
def test_a_name_nobody_bears_fails_and_a_silent_dns_says_nothing(server, settings, port, host, verdict):
    settings.OUTGOING_INTERNAL = ["127.0.0.0/8"]
    heard = listen(f"http://{host}:{port}/200")
    assert (heard.verdict, heard.is_alive) == (verdict, False)


def test_a_wrong_certificate_is_not_called_broken(settings, monkeypatch, tmp_path):
    import ssl

    settings.OUTGOING_INTERNAL = ["127.0.0.1"]
    dns(monkeypatch)
    path = _certificate(tmp_path, "crochet.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    secure = Server(("127.0.0.1", 0), Handler)
    secure.socket = context.wrap_socket(secure.socket, server_side=True)
    serving = _serving(secure)
    at = next(serving)
    assert listen(f"https://crochet.example:{at}/200").verdict == Verdict.ANSWERS
    heard = listen(f"https://autre.example:{at}/200")
    assert (heard.verdict, "certificat" in heard.said) == (Verdict.UNSURE, True)
    next(serving, None)


def test_an_address_in_clear_is_asked_encrypted_and_only_a_good_answer_counts(server, settings, port):
    settings.OUTGOING_HTTP = False
    # A name let through may be called in clear; an address whose name is not may not.
    settings.OUTGOING_INTERNAL = ["127.0.0.0/8"]
    heard = listen(f"http://127.0.0.1:{port}/404")
    assert heard.verdict == Verdict.UNSURE
    assert Handler.asked == []


# --- How an address is written ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("href", "asked"),
    [
        ("https://École.exemple.fr/Été 1?q=é#fin", "https://xn--cole-9oa.exemple.fr/%C3%89t%C3%A9%201?q=%C3%A9"),
        ("HTTPS://Exemple.FR", "https://exemple.fr/"),
        ("https://exemple.fr:8443/a%20b", "https://exemple.fr:8443/a%20b"),
        ("http://[::1]/x", "http://[::1]/x"),
        ("http:///x", ""),
        ("https://exemple", ""),
        ("https://exa mple.fr/", ""),
        ("https://nom:secret@exemple.fr/", ""),
        ("https://exemple.fr:99999/", ""),
        ("http://[::1/", ""),
        ("https://exemple.fr\\@autre.fr/", ""),
        ("https://" + "a" * 70 + ".fr/", "https://" + "a" * 70 + ".fr/"),
        ("https://é" + "a" * 70 + ".fr/", ""),
    ],
)
def test_an_address_is_asked_as_it_can_be_or_said_badly_written(href, asked):
    assert links.outside_address(href) == asked


# --- What is kept ----------------------------------------------------------------------------------------------------
def address(url: str = "https://exemple.fr/") -> OutsideAddress:
    return OutsideAddress.objects.create(url=url, host=url.split("/")[2].split(":")[0], next_check_at=f.NOW)


GONE, GOOD, SHUT = Heard(Verdict.FAILING, "404"), Heard(Verdict.ANSWERS, ""), Heard(Verdict.UNSURE, "403")


def test_an_address_is_broken_after_three_failures_on_three_days(db):
    one = address()
    for hours, failures, verdict in ((0, 1, "failing"), (2, 1, "failing"), (24, 2, "failing"), (25, 2, "failing"),
                                     (48, 3, "broken")):  # fmt: skip
        learn(one, GONE, at=f.NOW + timedelta(hours=hours))
        assert (one.failures, one.verdict) == (failures, verdict), hours
    assert one.failing_since_at == f.NOW
    assert DAY <= one.next_check_at - one.checked_at <= DAY + timedelta(hours=4)
    # Shut to programs, it is not mended for all that; once it answers, it is.
    learn(one, SHUT, at=f.NOW + 3 * DAY)
    assert one.verdict == Verdict.BROKEN
    learn(one, GOOD, at=f.NOW + 4 * DAY)
    assert (one.verdict, one.failures, one.failing_since_at, one.said) == (Verdict.ANSWERS, 0, None, "")
    assert 6 * DAY <= one.next_check_at - one.checked_at <= 6 * DAY + timedelta(hours=4)


def test_what_refuses_programs_is_never_broken_however_often_it_does(db):
    one = address()
    for day in range(12):
        learn(one, SHUT, at=f.NOW + day * DAY)
    assert (one.verdict, one.failures) == (Verdict.UNSURE, 0)


LATE = Heard(Verdict.UNSURE, "Le serveur n’a pas répondu à temps.", is_alive=False)


def test_what_answers_nothing_in_time_is_never_called_broken_and_what_was_stays_so(db):
    one = address()
    for day in range(20):
        learn(one, LATE, at=f.NOW + day * DAY)
    assert (one.verdict, one.failures) == (Verdict.UNSURE, 0)
    for day in (24, 25, 26):
        learn(one, GONE, at=f.NOW + day * DAY)
    for day in (30, 33, 36):
        learn(one, LATE, at=f.NOW + day * DAY)
    assert one.verdict == Verdict.BROKEN


def test_the_list_tells_apart_what_could_not_be_checked(prisches, settings, tmp_path):
    settings.PUBLISHED_ROOT, settings.MEDIA_ROOT = tmp_path / "published", tmp_path / "media"
    url = "https://lent.exemple.fr/"
    linked(prisches, url)
    OutsideAddress.objects.filter(url=url).update(verdict=Verdict.UNSURE, checked_at=f.NOW, said=LATE.said)
    assert not PageLink.objects.broken().exists()
    page = signed_in(secretary(prisches.beneficiary)).get("/mairie/site/a-faire/").content.decode()
    assert "Liens non vérifiés" in page
    assert LATE.said in page


# --- The round -------------------------------------------------------------------------------------------------------
def linked(website, *urls: str) -> None:
    """Pages of this site lead to these addresses."""
    pk = website.root_page_id
    seen = [links.Seen(pk, "/", url, "mots", outside=url) for url in urls]
    links.keep(website, seen, at=f.NOW)


def test_one_address_of_two_sites_is_asked_once_and_both_are_told(prisches, ablain, server):
    url = f"{server}/404"
    linked(prisches, url)
    linked(ablain, url)
    asked = [asking.ask_due(at=f.NOW + day * 2 * DAY) for day in range(3)]
    assert asked == [1, 1, 1]
    assert {path for _, path, _ in Handler.asked} == {"/404"}
    assert OutsideAddress.objects.get().verdict == Verdict.BROKEN
    assert PageLink.objects.broken().count() == 2


def test_the_same_tick_twice_asks_nothing_more(prisches, server):
    linked(prisches, f"{server}/200")
    assert (asking.ask_due(at=f.NOW), asking.ask_due(at=f.NOW)) == (1, 0)
    assert len(Handler.asked) == 1


def test_a_host_waits_between_two_of_its_addresses(prisches, server, port):
    linked(prisches, *(f"{server}/200?{rank}" for rank in range(4)), f"http://autre.example:{port}/200")
    assert asking.ask_due(at=f.NOW) == 2
    assert asking.ask_due(at=f.NOW) == 1
    assert len(asking.due(at=f.NOW)) == 1


def test_a_round_gives_way_and_asks_nobody_when_it_is_told_so(prisches, server, settings):
    linked(prisches, f"{server}/200")
    assert asking.ask_due(at=f.NOW, is_awaited=lambda: True) == 0
    settings.SOCLE_SITES_LINKS = False
    assert asking.ask_due(at=f.NOW) == 0
    assert Handler.asked == []


def test_cut_off_from_everybody_we_learn_nothing(prisches, server):
    linked(prisches, *(f"https://perdu-{rank}.example/" for rank in range(6)))
    assert asking.ask_due(at=f.NOW) == 6
    assert set(OutsideAddress.objects.values_list("verdict", "failures")) == {("unasked", 0)}
    assert asking.ask_due(at=f.NOW) == 0
    # Somebody answers: the others are indeed lost.
    linked(prisches, *(f"https://perdu-{rank}.example/" for rank in range(6)), f"{server}/200")
    assert asking.ask_due(at=f.NOW + DAY) == 7
    assert OutsideAddress.objects.filter(verdict=Verdict.FAILING).count() == 6


def test_the_addresses_due_are_found_in_two_queries(prisches, django_assert_num_queries):
    linked(prisches, *(f"https://site-{rank}.exemple.fr/" for rank in range(30)))
    with django_assert_num_queries(2):
        assert len(asking.due(at=f.NOW)) == 30


def test_an_address_that_no_page_leads_to_is_asked_no_more_then_forgotten(prisches, server):
    linked(prisches, f"{server}/200")
    linked(prisches)
    assert asking.ask_due(at=f.NOW) == 0
    asking.forget_unlinked(at=f.NOW + DAY)
    assert OutsideAddress.objects.count() == 1
    asking.forget_unlinked(at=f.NOW + 31 * DAY)
    assert OutsideAddress.objects.count() == 0


def test_the_task_comes_after_everything_else(db):
    assert tasks.ask_outside_links.priority == LAST < BEHIND
    assert tasks.ask_outside_links.func() == 0
