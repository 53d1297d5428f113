"""The DNS asked about a domain of mail: a real server, then all that one may answer."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from socle.engines.dns.records import Asker
from socle.engines.simulated.mail_names import SimulatedAsker
from socle.mail.contract import Asker as Contract
from socle.mail.contract import Heard, Told
from tests.dns_server import Records, serving

LINES = (
    "prisches.fr. 60 IN MX 10 MX1.op.example.",
    "prisches.fr. 60 IN MX 20 mx2.op.example.",
    'prisches.fr. 60 IN TXT "v=spf1 mx ~all"',
    'prisches.fr. 60 IN CAA 0 issue "letsencrypt.org"',
    "autoconfig.prisches.fr. 60 IN CNAME socle.op.example.",
    "_imaps._tcp.prisches.fr. 60 IN SRV 0 1 993 imap.op.example.",
    f's1._domainkey.prisches.fr. 60 IN TXT "v=DKIM1; p={"A" * 200}" "{"B" * 192}"',
)
QUESTIONS = (
    ("prisches.fr", "MX"),
    ("prisches.fr", "TXT"),
    ("prisches.fr", "CAA"),
    ("autoconfig.prisches.fr", "CNAME"),
    ("_imaps._tcp.prisches.fr", "SRV"),
    ("s1._domainkey.prisches.fr", "TXT"),
    ("_dmarc.prisches.fr", "TXT"),
)


@pytest.fixture(autouse=True)
def here_only(settings) -> None:
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
    with serving(*LINES, "prisches.fr. 60 IN NS ns1.prisches.fr.", "ns1.prisches.fr. 60 IN A 127.0.0.1") as records:
        yield records


@pytest.fixture
def dns(here: Records, there: Records) -> Asker:
    return Asker([f"127.0.0.1:{here.port}"], port=there.port, timeout=30)


class AskerContract:
    """What whoever asks about a domain owes."""

    def test_every_question_has_an_answer_from_both_sides(self, asker: Contract) -> None:
        heard = asker.ask(QUESTIONS, zone="prisches.fr")
        for name, kind in QUESTIONS:
            for source in ("here", "there"):
                assert heard.of(name, kind, source), (name, kind, source)
        assert Heard.read(str(heard)).facts == heard.facts


@pytest.mark.django_db
class TestTheTwin(AskerContract):
    @pytest.fixture
    def asker(self) -> Contract:
        return SimulatedAsker()


class TestDns(AskerContract):
    @pytest.fixture
    def asker(self, dns: Asker) -> Contract:
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


def test_the_servers_of_the_domain_know_first(dns, there):
    there.lines[0] = "prisches.fr. 60 IN MX 10 ancien.fr."
    there.lines[1] = there.lines[0]
    heard = dns.ask([("prisches.fr", "MX")], zone="prisches.fr")
    assert [line.value for line in heard.of("prisches.fr", "MX", "there")] == ["10 ancien.fr."]
    assert len(heard.of("prisches.fr", "MX", "here")) == 2


def test_an_alias_says_nothing_of_what_it_leads_to(dns, here, there):
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


def test_a_server_that_fails_and_silence_are_said_in_bounded_time(dns, here, there):
    here.is_deaf = there.is_deaf = True
    assert {line.kind for line in dns.ask(QUESTIONS, zone="prisches.fr").lines} == {"FAILED"}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mute:
        mute.bind(("127.0.0.1", 0))
        quiet = Asker([f"127.0.0.1:{mute.getsockname()[1]}"], timeout=0.3)
        assert {line.kind for line in quiet.ask(QUESTIONS, zone="prisches.fr").lines} == {"FAILED"}


def test_a_flood_of_records_is_cut(dns, here, there):
    for server in (here, there):
        server.lines += [f"prisches.fr. 60 IN MX 10 m{rank}.fr." for rank in range(90)]
    assert len(dns.ask([("prisches.fr", "MX")], zone="prisches.fr").of("prisches.fr", "MX", "here")) <= 20


@pytest.mark.parametrize("name", ["a" * 64 + ".fr", "a..fr", ".".join(["a" * 60] * 5), "é.fr"])
def test_a_name_that_no_server_can_be_asked_of_is_a_failure_and_never_raises(dns, name):
    assert {line.kind for line in dns.ask([(name, "MX")], zone="prisches.fr").lines} <= {"FAILED", "NONE"}
