"""Whoever asks the DNS: the same questions to the twin and to a real server; then all that a DNS may answer."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from socle.domains.contract import Dns as Contract
from socle.domains.contract import Heard, NoCertificate, Told
from socle.engines.dns.engine import Dns, place_of
from socle.engines.simulated.names import SimulatedDns
from tests.dns_server import Records, serving

LINES = (
    "prisches.fr. 60 IN A 192.0.2.80",
    "prisches.fr. 60 IN AAAA 2001:db8::80",
    "www.prisches.fr. 60 IN CNAME prisches.sites.example.",
    "prisches.fr. 60 IN MX 10 MX1.op.example.",
    "prisches.fr. 60 IN MX 20 mx2.op.example.",
    'prisches.fr. 60 IN TXT "v=spf1 mx ~all"',
    'prisches.fr. 60 IN CAA 0 issue "letsencrypt.org"',
    "autoconfig.prisches.fr. 60 IN CNAME socle.op.example.",
    "_imaps._tcp.prisches.fr. 60 IN SRV 0 1 993 imap.op.example.",
    f's1._domainkey.prisches.fr. 60 IN TXT "v=DKIM1; p={"A" * 200}" "{"B" * 192}"',
)
HOSTS = [(name, kind) for name in ("prisches.fr", "www.prisches.fr") for kind in ("A", "AAAA")]
QUESTIONS = (
    *HOSTS,
    ("prisches.fr", "MX"),
    ("prisches.fr", "TXT"),
    ("prisches.fr", "CAA"),
    ("autoconfig.prisches.fr", "CNAME"),
    ("_imaps._tcp.prisches.fr", "SRV"),
    ("s1._domainkey.prisches.fr", "TXT"),
    ("_dmarc.prisches.fr", "TXT"),
)


@pytest.fixture(autouse=True)
def front(settings) -> None:
    settings.SOCLE_SITES_ADDRESSES = ["192.0.2.80", "2001:db8::80"]
    settings.SOCLE_SITES_FRONT = ""
    # The servers of these domains are on this machine.
    settings.OUTGOING_INTERNAL = ["127.0.0.0/8"]


@pytest.fixture
def there() -> Iterator[Records]:
    """The server of the domain: it knows its own zone only."""
    with serving(*LINES) as records:
        yield records


@pytest.fixture
def here(there: Records) -> Iterator[Records]:
    """The resolver, which knows where the domain is served."""
    with serving(
        *LINES,
        "prisches.sites.example. 60 IN A 192.0.2.80",
        "prisches.fr. 60 IN NS ns1.prisches.fr.",
        "ns1.prisches.fr. 60 IN A 127.0.0.1",
    ) as records:
        yield records


@pytest.fixture
def dns(here: Records, there: Records) -> Dns:
    return Dns([f"127.0.0.1:{here.port}"], port=there.port, timeout=30)


class DnsContract:
    """What whoever asks the DNS owes."""

    def test_every_question_has_an_answer_from_both_sides(self, asked: Contract) -> None:
        heard = asked.ask(QUESTIONS, zone="prisches.fr")
        for name, kind in QUESTIONS:
            for source in ("here", "there"):
                assert heard.of(name, kind, source), (name, kind, source)
        assert Heard.read(str(heard)).facts == heard.facts


@pytest.mark.django_db
class TestTheTwin(DnsContract):
    @pytest.fixture
    def asked(self) -> Contract:
        return SimulatedDns()


class TestDns(DnsContract):
    @pytest.fixture
    def asked(self, dns: Dns) -> Contract:
        return dns


def test_what_is_told_is_told_as_a_zone_file_has_it(dns):
    heard = dns.ask(QUESTIONS, zone="prisches.fr")

    def told(name: str, kind: str) -> list[str]:
        return [line.value for line in heard.of(name, kind, "there")]

    assert sorted(told("prisches.fr", "MX")) == ["10 mx1.op.example.", "20 mx2.op.example."]
    assert told("prisches.fr", "TXT") == ['"v=spf1 mx ~all"']
    assert told("prisches.fr", "CAA") == ['0 issue "letsencrypt.org"']
    assert told("autoconfig.prisches.fr", "CNAME") == ["socle.op.example."]
    assert told("_imaps._tcp.prisches.fr", "SRV") == ["0 1 993 imap.op.example."]
    assert "A" * 200 in told("s1._domainkey.prisches.fr", "TXT")[0]
    assert heard.of("_dmarc.prisches.fr", "TXT", "here") == [Told("here", "_dmarc.prisches.fr", "TXT", "NONE")]


def test_what_each_side_says_of_a_host_is_kept_apart_with_the_road_that_it_takes(dns, there):
    there.lines[0] = "prisches.fr. 3600 IN A 203.0.113.7"
    assert str(dns.ask(HOSTS, zone="prisches.fr")).splitlines() == [
        "here prisches.fr A 60 A 192.0.2.80",
        "here prisches.fr AAAA 60 AAAA 2001:db8::80",
        "here www.prisches.fr A 60 A 192.0.2.80",
        "here www.prisches.fr A 60 CNAME prisches.sites.example.",
        "here www.prisches.fr AAAA 60 CNAME prisches.sites.example.",
        "there prisches.fr A 3600 A 203.0.113.7",
        "there prisches.fr AAAA 60 AAAA 2001:db8::80",
        "there www.prisches.fr A 60 CNAME prisches.sites.example.",
        "there www.prisches.fr AAAA 60 CNAME prisches.sites.example.",
    ]


def test_the_alias_of_a_text_says_nothing_of_what_it_leads_to(dns, here, there):
    for server in (here, there):
        server.lines += [
            "_dmarc.prisches.fr. 60 IN CNAME d.ailleurs.fr.",
            'd.ailleurs.fr. 60 IN TXT "v=DMARC1; p=none"',
        ]
    heard = dns.ask([("_dmarc.prisches.fr", "TXT")], zone="prisches.fr")
    assert {line.kind for line in heard.lines} == {"NONE"}


def test_a_domain_cannot_make_us_knock_inside(dns, there, settings):
    settings.OUTGOING_INTERNAL = []
    heard = dns.ask(QUESTIONS, zone="prisches.fr")
    assert there.asked == []
    assert {line.source for line in heard.lines} == {"here"}


@pytest.mark.slow
def test_a_name_that_does_not_exist_a_server_that_fails_and_silence_are_told_apart_in_bounded_time(dns, here, there):
    here.lines.clear()
    assert str(dns.ask([("prisches.fr", "A")], zone="prisches.fr")) == "here prisches.fr A 0 NONE"
    here.is_deaf = there.is_deaf = True
    assert {line.kind for line in dns.ask(QUESTIONS, zone="prisches.fr").lines} == {"FAILED"}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mute:
        mute.bind(("127.0.0.1", 0))
        for place in (f"127.0.0.1:{mute.getsockname()[1]}", "127.0.0.1:1"):
            quiet = Dns([place], timeout=0.3)
            assert {line.kind for line in quiet.ask(QUESTIONS, zone="prisches.fr").lines} == {"FAILED"}


@pytest.mark.slow
def test_nonsense_for_an_answer_is_no_answer():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        engine = Dns([f"127.0.0.1:{server.getsockname()[1]}"], timeout=0.2)

        def babble() -> None:
            _, who = server.recvfrom(512)
            server.sendto(b"\xff" * 600, who)

        thread = threading.Thread(target=babble)
        thread.start()
        lines = engine.ask([("prisches.fr", "A")], zone="prisches.fr").lines
        thread.join(5)
    assert {line.kind for line in lines} == {"FAILED"}


def test_a_flood_of_records_is_cut(dns, here, there):
    for server in (here, there):
        server.lines += [f"prisches.fr. 60 IN MX 10 m{rank}.fr." for rank in range(90)]
    assert len(dns.ask([("prisches.fr", "MX")], zone="prisches.fr").of("prisches.fr", "MX", "here")) <= 20


@pytest.mark.parametrize("name", ["a" * 64 + ".fr", "a..fr", ".".join(["a" * 60] * 5), "é.fr"])
def test_a_name_that_no_server_can_be_asked_of_is_a_failure_and_never_raises(dns, name):
    assert {line.kind for line in dns.ask([(name, "A"), (name, "MX")], zone="prisches.fr").lines} <= {"FAILED", "NONE"}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("192.0.2.53", ("192.0.2.53", 53)),
        ("192.0.2.53:5353", ("192.0.2.53", 5353)),
        ("2001:db8::53", ("2001:db8::53", 53)),
        ("[2001:db8::53]:5353", ("2001:db8::53", 5353)),
    ],
)
def test_a_place_is_read_as_people_write_it(text, place):
    assert (place_of(text, port=53).address, place_of(text, port=53).port) == place


def test_the_certificate_is_asked_of_our_own_front_and_nowhere_else(dns, settings):
    settings.SOCLE_SITES_ADDRESSES = []
    with pytest.raises(NoCertificate, match="n’a pas encore dit"):
        dns.certificate_end("prisches.fr")
    settings.SOCLE_SITES_FRONT = "pas une adresse"
    with pytest.raises(NoCertificate, match="SOCLE_SITES_FRONT"):
        dns.certificate_end("prisches.fr")
    settings.SOCLE_SITES_FRONT = "127.0.0.1:1"
    with pytest.raises(NoCertificate, match="ne répond pas"):
        dns.certificate_end("prisches.fr")
