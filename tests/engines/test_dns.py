"""Whoever looks at names: the same questions to the twin and to a real server; then all that a DNS may answer."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from socle.engines.dns.engine import Dns, place_of
from socle.engines.simulated.names import SimulatedNames
from socle.sites.contract import Lookout, NamesError, Seen
from tests.dns_server import Records, serving

HOSTS = ("prisches.fr", "www.prisches.fr")
RIGHT = (
    "prisches.fr. 60 IN A 192.0.2.80",
    "prisches.fr. 60 IN AAAA 2001:db8::80",
    "www.prisches.fr. 60 IN CNAME prisches.sites.example.",
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
    with serving(*RIGHT) as records:
        yield records


@pytest.fixture
def here(there: Records) -> Iterator[Records]:
    """The resolver, which knows where the domain is served."""
    with serving(
        *RIGHT,
        "prisches.sites.example. 60 IN A 192.0.2.80",
        "prisches.fr. 60 IN NS ns1.prisches.fr.",
        "ns1.prisches.fr. 60 IN A 127.0.0.1",
    ) as records:
        yield records


@pytest.fixture
def dns(here: Records, there: Records) -> Dns:
    return Dns([f"127.0.0.1:{here.port}"], port=there.port, timeout=30)


class LookoutContract:
    """What whoever looks at names owes."""

    def test_it_says_something_of_each_host_from_both_sides(self, lookout: Lookout) -> None:
        seen = lookout.look(HOSTS, zone="prisches.fr")
        for host in HOSTS:
            for source in ("here", "there"):
                assert seen.of(host, source), (host, source)
        assert Seen.read(str(seen)).facts == seen.facts


class TestSimulated(LookoutContract):
    @pytest.fixture
    def lookout(self) -> Lookout:
        return SimulatedNames()


class TestDns(LookoutContract):
    @pytest.fixture
    def lookout(self, dns: Dns) -> Lookout:
        return dns


def test_what_each_side_says_is_kept_apart(dns, here, there):
    there.lines[0] = "prisches.fr. 3600 IN A 203.0.113.7"
    here.lines.append('fr. 60 IN CAA 0 issue "never.example"')
    here.lines.append('prisches.fr. 60 IN CAA 0 issue "letsencrypt.org"')
    assert str(dns.look(HOSTS, zone="prisches.fr")).splitlines() == [
        "here prisches.fr 60 A 192.0.2.80",
        "here prisches.fr 60 AAAA 2001:db8::80",
        "here prisches.fr 60 CAA letsencrypt.org",
        "here www.prisches.fr 60 A 192.0.2.80",
        "here www.prisches.fr 60 CNAME prisches.sites.example",
        "there prisches.fr 3600 A 203.0.113.7",
        "there prisches.fr 60 AAAA 2001:db8::80",
        "there www.prisches.fr 60 CNAME prisches.sites.example",
    ]


def test_the_text_that_proves_whose_a_name_is_is_read_on_both_sides_and_only_there(dns, here, there):
    there.lines.append('_socle.prisches.fr. 60 IN TXT "socle-pre" "uve=abc"')
    here.lines.append('prisches.fr. 60 IN TXT "socle-preuve=ailleurs"')
    seen = dns.look(["prisches.fr"], zone="prisches.fr", proof="_socle.prisches.fr")
    assert seen.texts("_socle.prisches.fr") == ["socle-preuve=abc"]
    assert Seen.read(str(seen)).texts("_socle.prisches.fr") == ["socle-preuve=abc"]
    assert not dns.look(["prisches.fr"], zone="prisches.fr").texts("_socle.prisches.fr")


def test_a_name_that_does_not_exist_and_a_server_that_fails_are_two_things(dns, here, there):
    here.lines.clear()
    assert str(dns.look(["prisches.fr"], zone="prisches.fr")) == "here prisches.fr 0 NONE"
    here.is_deaf = True
    assert str(dns.look(["prisches.fr"], zone="prisches.fr")) == "here prisches.fr 0 FAILED"


def test_a_domain_cannot_make_us_knock_inside(dns, there, settings):
    settings.OUTGOING_INTERNAL = []
    seen = dns.look(HOSTS, zone="prisches.fr")
    assert there.asked == []
    assert not seen.of("prisches.fr", "there")


def test_silence_is_said_in_bounded_time_and_never_raises(settings):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mute:
        mute.bind(("127.0.0.1", 0))
        quiet = Dns([f"127.0.0.1:{mute.getsockname()[1]}"], timeout=0.2)
        assert {line.kind for line in quiet.look(HOSTS, zone="prisches.fr").lines} == {"FAILED"}
    assert {line.kind for line in Dns(["127.0.0.1:1"], timeout=0.2).look(HOSTS, zone="prisches.fr").lines} == {"FAILED"}


def test_nonsense_for_an_answer_is_no_answer():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        # Ready in its queue before it is asked anything: garbage, and from the right port.
        engine = Dns([f"127.0.0.1:{server.getsockname()[1]}"], timeout=0.2)
        import threading

        def babble() -> None:
            _, who = server.recvfrom(512)
            server.sendto(b"\xff" * 600, who)

        thread = threading.Thread(target=babble)
        thread.start()
        lines = engine.look(["prisches.fr"], zone="prisches.fr").lines
        thread.join(5)
    assert {line.kind for line in lines} == {"FAILED"}


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
    with pytest.raises(NamesError, match="n’a pas encore dit"):
        dns.certificate_end("prisches.fr")
    settings.SOCLE_SITES_FRONT = "pas une adresse"
    with pytest.raises(NamesError, match="SOCLE_SITES_FRONT"):
        dns.certificate_end("prisches.fr")
    settings.SOCLE_SITES_FRONT = "127.0.0.1:1"
    with pytest.raises(NamesError, match="ne répond pas"):
        dns.certificate_end("prisches.fr")
