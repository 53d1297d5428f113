"""Whoever holds the zones: the same questions to the twin and to a real PowerDNS; then all that one may answer."""

from __future__ import annotations

import contextlib
import json
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import pytest

from socle.domains import actions, tasks
from socle.domains.contract import Held, Mark, Zones, ZonesError
from socle.domains.diagnosis import Level, questions
from socle.domains.models import DomainName
from socle.domains.uses import wanted_records
from socle.domains.zones import digest, plan
from socle.engines.dns.engine import Dns
from socle.engines.powerdns.client import Client, Comment, PowerDnsError, RRset
from socle.engines.powerdns.engine import PowerDns
from socle.engines.simulated.zones import SimulatedZones
from socle.mail.domains import give_domain, take_domain
from socle.mail.models import Domain
from socle.mail.records import DkimKey, Facts, records_of
from socle.people.models import User
from socle.trials.powerdns import Server
from tests import factories as f
from tests.conftest import tool
from tests.disks import filled, small_disk
from tests.mail.test_records import SERVERS

ROOT = "courriel.test"


@pytest.fixture(scope="session")
def pdns() -> Iterator[Server]:
    """Debian's PowerDNS, on free ports, its zones in a folder of its own."""
    tool("pdns_server")
    folder = Path(tempfile.mkdtemp(prefix="socle-pdns-"))
    folder.chmod(0o711)
    server = Server(folder / "pdns")
    try:
        yield server.start()
    finally:
        server.remove()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def client(pdns: Server, named: None) -> Client:
    return Client(pdns.url, pdns.key)


@pytest.fixture(autouse=True)
def named(settings) -> None:
    settings.SOCLE_NAME_SERVERS = [f"ns1.{ROOT}", f"ns2.{ROOT}"]
    # It answers on this machine, in clear.
    settings.OUTGOING_INTERNAL = ["127.0.0.1"]


@pytest.fixture
def real(client: Client) -> Iterator[PowerDns]:
    """The engine on the real server, emptied afterwards."""
    yield PowerDns(client)
    for zone in (ROOT, "prisches.fr", "autre.fr"):
        client.remove_zone(zone)


def mine(name: str, kind: str, *contents: str, ttl: int = 300, theirs: tuple[str, ...] = ()) -> Held:
    marks = tuple(Mark("prisches.fr", digest(kind, one)) for one in contents)
    return Held(name, kind, ttl, (*contents, *theirs), marks)


class ZonesContract:
    """What whoever holds zones owes."""

    def test_it_answers(self, zones: Zones) -> None:
        zones.check()

    def test_a_zone_is_made_once_and_signed(self, zones: Zones) -> None:
        assert not zones.exists("prisches.fr")
        zones.make("prisches.fr")
        zones.make("prisches.fr")
        assert zones.exists("prisches.fr")
        signed = zones.signed("prisches.fr")
        assert signed.is_signed
        assert signed.ds
        assert zones.read("prisches.fr", ["prisches.fr"]) == ()

    def test_what_is_written_is_read_with_its_marks(self, zones: Zones) -> None:
        zones.make("prisches.fr")
        sets = (
            mine("prisches.fr", "MX", "10 mx1.op.example.", "20 mx2.op.example."),
            mine("prisches.fr", "TXT", '"v=spf1 mx ~all"', theirs=('"autre; \\"chose\\""',)),
            mine("s._domainkey.prisches.fr", "TXT", '"' + "A" * 255 + '" "' + "B" * 140 + '"'),
            mine("prisches.fr", "CAA", '0 issue "letsencrypt.org"'),
            mine("_imaps._tcp.prisches.fr", "SRV", "0 1 993 imap.op.example."),
            mine("autoconfig.prisches.fr", "CNAME", "socle.op.example."),
            mine("prisches.fr", "AAAA", "2001:db8::80"),
        )
        zones.write("prisches.fr", sets)
        read = zones.read("prisches.fr", dict.fromkeys(one.name for one in sets))
        assert {_plain(one) for one in read} == {_plain(one) for one in sets}
        assert zones.read("prisches.fr", ["inconnu.prisches.fr"]) == ()

    def test_writing_replaces_and_nothing_removes(self, zones: Zones) -> None:
        zones.make("prisches.fr")
        zones.write("prisches.fr", [mine("a.prisches.fr", "A", "192.0.2.1"), mine("b.prisches.fr", "A", "192.0.2.2")])
        zones.write("prisches.fr", [mine("a.prisches.fr", "A", "192.0.2.3"), Held("b.prisches.fr", "A", 0, ())])
        zones.write("prisches.fr", [Held("b.prisches.fr", "A", 0, ())])
        zones.write("prisches.fr", [])
        (read,) = zones.read("prisches.fr", ["a.prisches.fr", "b.prisches.fr"])
        assert read.contents == ("192.0.2.3",)

    def test_what_is_impossible_is_refused_whole_and_for_good(self, zones: Zones) -> None:
        zones.make("prisches.fr")
        zones.write("prisches.fr", [mine("www.prisches.fr", "A", "192.0.2.1")])
        for wrong in (mine("www.prisches.fr", "CNAME", "ailleurs.fr."), mine("www.autre.fr", "A", "192.0.2.9")):
            with pytest.raises(ZonesError) as refusal:
                zones.write("prisches.fr", [mine("b.prisches.fr", "A", "192.0.2.2"), wrong])
            assert refusal.value.is_lasting
        read = zones.read("prisches.fr", ["www.prisches.fr", "b.prisches.fr"])
        assert [one.contents for one in read] == [("192.0.2.1",)]

    def test_a_zone_that_is_not_there_is_an_error_that_lasts(self, zones: Zones) -> None:
        for ask in (
            lambda: zones.read("autre.fr", ["autre.fr"]),
            lambda: zones.write("autre.fr", [mine("autre.fr", "A", "192.0.2.1")]),
        ):
            with pytest.raises(ZonesError) as refusal:
                ask()
            assert refusal.value.is_lasting

    def test_a_whole_domain_is_planned_written_and_then_left_alone(self, zones: Zones) -> None:
        zones.make("prisches.fr")
        wanted = records_of(Facts("prisches.fr", SERVERS, (DkimKey("s1", "MIIB" + "A" * 732),)))
        names = list(dict.fromkeys(one.name for one in wanted))
        first = plan("prisches.fr", wanted, zones.read("prisches.fr", names), owner="prisches.fr")
        zones.write("prisches.fr", first.sets)
        assert not plan("prisches.fr", wanted, zones.read("prisches.fr", names), owner="prisches.fr")
        gone = plan("prisches.fr", (), zones.read("prisches.fr", names), owner="prisches.fr")
        zones.write("prisches.fr", gone.sets)
        assert zones.read("prisches.fr", names) == ()

    def test_zones_do_not_touch_each_other(self, zones: Zones) -> None:
        zones.make("prisches.fr")
        zones.make("autre.fr")
        zones.write("autre.fr", [mine("autre.fr", "A", "192.0.2.1")])
        before = zones.read("autre.fr", ["autre.fr"])
        zones.write("prisches.fr", [mine("prisches.fr", "A", "192.0.2.2")])
        assert zones.read("autre.fr", ["autre.fr"]) == before


def _plain(one: Held) -> tuple[Any, ...]:
    return one.name, one.type, one.ttl, frozenset(one.contents), frozenset(one.marks)


@pytest.mark.django_db
class TestTheTwin(ZonesContract):
    @pytest.fixture
    def zones(self) -> Zones:
        return SimulatedZones()


class TestRealPowerDns(ZonesContract):
    @pytest.fixture
    def zones(self, real: PowerDns) -> Zones:
        return real

    def test_what_others_noted_stays_beside_what_we_write(self, real: PowerDns, client: Client) -> None:
        real.make("prisches.fr")
        note = Comment("ne pas toucher avant juin", "paul", 1_700_000_000)
        client.replace("prisches.fr", [RRset("prisches.fr", "TXT", 60, ('"preuve=1"',), (note,))])
        (held,) = real.read("prisches.fr", ["prisches.fr"])
        wanted = [one for one in records_of(Facts("prisches.fr", SERVERS)) if one.type == "TXT"][:1]
        real.write("prisches.fr", plan("prisches.fr", wanted, [held], owner="prisches.fr").sets)
        (after,) = [one for one in client.rrsets("prisches.fr", "prisches.fr") if one.type == "TXT"]
        assert '"preuve=1"' in after.contents
        assert note in after.comments

    def test_a_zone_made_by_hand_is_signed_when_we_take_it(self, real: PowerDns, client: Client) -> None:
        client._ask("POST", "/zones", {"name": "prisches.fr.", "kind": "Native", "nameservers": ["ns.fr."]})
        assert not real.signed("prisches.fr").is_signed
        real.make("prisches.fr")
        assert real.signed("prisches.fr").ds

    @pytest.mark.parametrize("is_there_already", [False, True])
    def test_the_head_of_a_zone_names_our_first_server(self, real: PowerDns, pdns, client, is_there_already) -> None:
        if is_there_already:
            client.make_zone("prisches.fr", kind="Native", name_servers=["ns1.courriel.test"])
        real.make("prisches.fr")
        (soa,) = [found for found in ask(pdns, "prisches.fr", "SOA").answer if found.rdtype == dns.rdatatype.SOA]
        assert (str(soa[0].mname), str(soa[0].rname)) == (f"ns1.{ROOT}.", "hostmaster.prisches.fr.")

    def test_the_head_that_somebody_wrote_by_hand_stays(self, real: PowerDns, client: Client) -> None:
        client.make_zone("prisches.fr", kind="Native", name_servers=["ns1.courriel.test"])
        theirs = "cache.prisches.fr. paul.prisches.fr. 7 1 2 3 4"
        client.replace("prisches.fr", [RRset("prisches.fr", "SOA", 60, (theirs,))])
        real.make("prisches.fr")
        (soa,) = [one for one in client.rrsets("prisches.fr", "prisches.fr") if one.type == "SOA"]
        assert soa.contents[0].startswith("cache.prisches.fr. paul.prisches.fr.")

    def test_many_names_are_read_at_once(self, real: PowerDns) -> None:
        real.make("prisches.fr")
        names = [f"n{rank}.prisches.fr" for rank in range(60)]
        real.write("prisches.fr", [mine(name, "A", "192.0.2.1") for name in names])
        assert len(real.read("prisches.fr", names[:50])) == 50

    @pytest.mark.parametrize(
        "name", ["a/../b.fr", "=2f.fr", "a b.fr", "é.fr", "a.fr?x=1", "*.fr", "a\\.b.fr", "x" * 300]
    )
    def test_a_hostile_name_reaches_no_other_zone(self, real: PowerDns, client: Client, name: str) -> None:
        real.make("prisches.fr")
        for ask in (lambda: real.exists(name), lambda: real.read("prisches.fr", [name])):
            with contextlib.suppress(ZonesError):
                assert not ask()
        with pytest.raises(ZonesError):
            real.write("prisches.fr", [mine(name, "A", "192.0.2.1")])
        assert {one.type for one in client.rrsets("prisches.fr")} == {"SOA", "NS"}


def ask(pdns: Server, name: str, kind: str) -> dns.message.Message:
    query = dns.message.make_query(name, kind, want_dnssec=True)
    return dns.query.udp_with_fallback(query, "127.0.0.1", port=pdns.port, timeout=30)[0]


def test_the_dns_answers_all_that_was_written_signed(real, pdns):
    real.make("prisches.fr")
    wanted = records_of(Facts("prisches.fr", SERVERS, (DkimKey("s1", "MIIB" + "A" * 732),)))
    real.write("prisches.fr", plan("prisches.fr", wanted, (), owner="prisches.fr").sets)
    for name, kind in questions(wanted):
        answer = ask(pdns, name, kind)
        types = {dns.rdatatype.to_text(found.rdtype) for found in answer.answer}
        assert types == {kind, "RRSIG"}, (name, kind)
        assert answer.flags & dns.flags.AA
    key = ask(pdns, "prisches.fr", "DNSKEY")
    assert {dns.rdatatype.to_text(found.rdtype) for found in key.answer} == {"DNSKEY", "RRSIG"}
    absent = ask(pdns, "inconnu.prisches.fr", "A")
    assert absent.rcode() == dns.rcode.NXDOMAIN
    (apex,) = [found for found in ask(pdns, "prisches.fr", "NS").answer if found.rdtype == dns.rdatatype.NS]
    assert {str(one.target) for one in apex} == {f"ns1.{ROOT}.", f"ns2.{ROOT}."}


# --- From the room to the world and back ------------------------------------------------------------------------------
@pytest.fixture
def mail(settings, real, pdns) -> None:
    """The room writes in the real server, and asks it as its resolver."""
    settings.SOCLE_MAIL_DOMAIN = ROOT
    settings.SOCLE_MAIL_MX = [f"mx1.{ROOT}", f"mx2.{ROOT}"]
    settings.SOCLE_MAIL_IMAP_HOST, settings.SOCLE_MAIL_SMTP_HOST = f"imap.{ROOT}", f"smtp.{ROOT}"
    settings.SOCLE_MAIL_WEB_HOST = "socle.test"
    settings.SOCLE_MAIL_SENDERS, settings.SOCLE_MAIL_SENDERS_NAME = ["192.0.2.25"], f"_spf.{ROOT}"
    settings.SOCLE_MAIL_REPORTS = f"dmarc@{ROOT}"
    settings.SOCLE_POWERDNS_URL, settings.SOCLE_POWERDNS_KEY = pdns.url, pdns.key
    settings.SOCLE_ZONES = "socle.engines.powerdns.engine.PowerDns"
    settings.SOCLE_DNS = "socle.engines.dns.engine.Dns"
    settings.SOCLE_DNS_RESOLVERS = [f"127.0.0.1:{pdns.port}"]


def as_name(domain: Domain) -> DomainName:
    """The name that a domain of mail bears, as it is now."""
    return DomainName.objects.select_related("beneficiary").get(name=domain.name)


@pytest.fixture
def system(db) -> User:
    return User.objects.system()


@pytest.mark.usefixtures("all_beneficiaries", "mail")
class TestTheRoomOnARealServer:
    def given(self, system: User, code: str = "59474", name: str = "Prisches") -> Domain:
        return give_domain(f.beneficiary(f.commune(code, name, 1000)), by=system, at=f.NOW)

    @pytest.mark.slow
    def test_a_domain_is_born_complete_and_our_own_check_says_so(self, system, pdns):
        domain = self.given(system)
        actions.make_base()
        watch = actions.make_zone(as_name(domain), by=system, at=f.NOW)
        assert watch.zone_problem == ""
        assert actions.check_name(as_name(domain), by=system, at=f.NOW).is_right
        domain.refresh_from_db()
        assert domain.is_mail_here
        heard = Dns().ask(questions(wanted_records(as_name(domain), at=f.NOW)), zone=ROOT)
        found = actions.diagnosis_of(as_name(domain), heard, at=f.NOW)
        assert {one.level for one in found.checks} == {Level.OK}
        # What every commune's SPF and DMARC stand on (RFC 7489, 7.1).
        answer = ask(pdns, f"_spf.{ROOT}", "TXT").answer
        told = [one.to_text() for found in answer if found.rdtype == dns.rdatatype.TXT for one in found]
        assert told == ['"v=spf1 ip4:192.0.2.25 -all"']
        assert ask(pdns, f"{domain.name}._report._dmarc.{ROOT}", "TXT").answer
        assert not actions.survey(as_name(domain), at=f.NOW)
        assert not actions.survey_base()

    @pytest.mark.slow
    def test_whoever_asks_is_told_that_no_other_name_sends_anything(self, system, pdns):
        """Names that exist and names that do not, as the servers that receive a forged message ask for them."""
        domain = self.given(system)
        actions.make_base()
        assert actions.make_zone(as_name(domain), by=system, at=f.NOW).zone_problem == ""

        def told(name: str, kind: str) -> list[str]:
            answer = [found for found in ask(pdns, name, "TXT").answer if found.rdtype == dns.rdatatype.TXT]
            texts = [b"".join(one.strings).decode() for found in answer for one in found]
            return [text for text in texts if text.startswith(kind)]

        under = [f"{label}.{top}" for label in ("inconnue", "a.b.c") for top in (ROOT, domain.name)]
        for name in (ROOT, f"imap.{ROOT}", *under):
            assert told(name, "v=spf1") == ["v=spf1 -all"], name
            assert told(f"_dmarc.{name}", "v=DMARC1") == ["v=DMARC1; p=reject; sp=reject"], name
        for alias in ("mta-sts", "autoconfig", "autodiscover"):
            assert told(f"_dmarc.{alias}.{domain.name}", "v=DMARC1") == ["v=DMARC1; p=reject; sp=reject"]
        (staged,) = told(f"_dmarc.{domain.name}", "v=DMARC1")
        assert staged.startswith("v=DMARC1; p=quarantine; sp=reject")
        for sender in (domain.name, f"mx1.{ROOT}"):
            assert told(sender, "v=spf1") == [f"v=spf1 include:_spf.{ROOT} ~all"]

    @pytest.mark.slow
    def test_a_zone_made_before_has_its_head_mended_when_something_is_written(self, system, pdns, client):
        client.make_zone(ROOT, kind="Native", name_servers=[f"ns1.{ROOT}"])
        assert actions.make_zone(as_name(self.given(system)), by=system, at=f.NOW).zone_problem == ""
        (soa,) = [found for found in ask(pdns, ROOT, "SOA").answer if found.rdtype == dns.rdatatype.SOA]
        assert str(soa[0].mname) == f"ns1.{ROOT}."

    @pytest.mark.slow
    def test_a_domain_entrusted_has_a_zone_of_its_own_and_its_ds(self, system, pdns):
        place = f.beneficiary(f.commune("59474", "Prisches", 1000))
        domain = take_domain(place, "prisches.fr", by=system, at=f.NOW)
        actions.entrust(as_name(domain), by=system, at=f.NOW)
        watch = actions.make_zone(as_name(domain), by=system, at=f.NOW)
        assert watch.zone_problem == ""
        key_tag, algorithm, digest_type, text = watch.ds.splitlines()[0].split()
        assert int(key_tag) > 0
        assert (algorithm, len(text)) == ("13", {"1": 40, "2": 64, "4": 96}[digest_type])
        actions.check_name(as_name(domain), by=system, at=f.NOW)
        domain.refresh_from_db()
        assert (domain.is_mail_here, domain.status) == (True, "active")

    @pytest.mark.slow
    def test_two_communes_in_one_zone_never_touch_each_other(self, system):
        one, other = self.given(system), self.given(system, "62001", "Ablain-Saint-Nazaire")
        for domain in (one, other):
            actions.make_zone(as_name(domain), by=system, at=f.NOW)
        real = PowerDns()
        before = real.read(ROOT, [other.name])
        one.dkim_selector = "nouveau"
        one.status, one.is_main = "closed", False
        one.save()
        actions.make_zone(as_name(one), by=system, at=f.NOW)
        assert real.read(ROOT, [other.name]) == before
        assert {mark.owner for held in before for mark in held.marks} == {other.name}

    @pytest.mark.slow
    def test_a_server_stopped_amid_a_batch_is_caught_up_with_and_nothing_is_there_twice(self, system, pdns, settings):
        domains = [self.given(system, f"59{rank:03}", f"Commune-{rank}") for rank in range(1, 9)]
        for domain in domains[:3]:
            actions.make_zone(as_name(domain), by=system, at=f.NOW)
        assert pdns.running is not None
        pdns.running.kill()
        pdns.running.wait(60)
        for domain in domains:
            actions.make_zone(as_name(domain), by=system, at=f.NOW)
        assert DomainName.objects.filter(zone_problem__contains="ne répond pas").count() == 8
        pdns.start()
        for domain in domains:
            actions.make_zone(as_name(domain), by=system, at=f.NOW)
        assert not DomainName.objects.exclude(zone_problem="").exists()
        real = PowerDns()
        for domain in domains:
            sets = real.read(ROOT, [domain.name])
            assert sorted(one.type for one in sets) == ["CAA", "MX", "TXT"]
            assert [len(one.contents) for one in sets if one.type == "MX"] == [2]
            assert not actions.survey(as_name(domain), at=f.NOW)

    @pytest.mark.slow
    def test_a_server_that_hangs_holds_nobody_for_long_and_is_caught_up_with(self, system, pdns, monkeypatch):
        domains = [self.given(system, f"59{rank:03}", f"Commune-{rank}") for rank in range(1, 9)]
        monkeypatch.setitem(Client.__init__.__kwdefaults__, "timeout", 0.4)
        monkeypatch.setattr(tasks, "SLICE", 1.0)
        assert pdns.running is not None
        pdns.running.send_signal(signal.SIGSTOP)
        try:
            # The worker leaves the rest to the next time, and serves the others meanwhile.
            assert 0 < tasks.write_zones.call() < len(domains)
            assert DomainName.objects.filter(zone_problem__contains="ne répond pas").exists()
        finally:
            pdns.running.send_signal(signal.SIGCONT)
        monkeypatch.undo()
        DomainName.objects.filter(holder="operator").update(next_zone_at=f.NOW)
        tasks.write_zones.call()
        assert not DomainName.objects.exclude(zone_problem="").exists()
        for domain in domains:
            assert sorted(one.type for one in PowerDns().read(ROOT, [domain.name])) == ["CAA", "MX", "TXT"]

    @pytest.mark.slow
    def test_a_full_disk_spoils_no_zone_and_is_caught_up_with(self, system, settings):
        kept, late = self.given(system), self.given(system, "62001", "Ablain-Saint-Nazaire")
        with small_disk(8) as disk, Server(disk / "pdns") as pdns:
            settings.SOCLE_POWERDNS_URL, settings.SOCLE_POWERDNS_KEY = pdns.url, pdns.key
            assert actions.make_zone(as_name(kept), by=system, at=f.NOW).zone_problem == ""
            before = PowerDns().read(ROOT, [kept.name])
            kept.dkim_selector = "nouveau"
            kept.save()
            with filled(disk):
                for domain in (kept, late):
                    assert actions.make_zone(as_name(domain), by=system, at=f.NOW).zone_problem
                # What was there answers as before.
                assert PowerDns().read(ROOT, [kept.name]) == before
                assert ask(pdns, kept.name, "MX").answer
            DomainName.objects.filter(holder="operator").update(next_zone_at=f.NOW)
            tasks.write_zones.call()
            assert not DomainName.objects.exclude(zone_problem="").exists()
            for domain in (kept, late):
                assert sorted(one.type for one in PowerDns().read(ROOT, [domain.name])) == ["CAA", "MX", "TXT"]
                assert not actions.survey(as_name(domain), at=f.NOW)

    def test_a_wrong_key_is_said_and_kept(self, system, settings):
        settings.SOCLE_POWERDNS_KEY = "une-autre"
        watch = actions.make_zone(as_name(self.given(system)), by=system, at=f.NOW)
        assert "SOCLE_POWERDNS_KEY" in watch.zone_problem
        with pytest.raises(ZonesError, match="refuse notre clé"):
            PowerDns().check()

    @pytest.mark.slow
    def test_of_thirty_zones_each_is_read_again_as_it_was_written(self, client):
        real = PowerDns()
        wanted = {
            name: records_of(Facts(name, SERVERS, (DkimKey("s1", "MIIB" + f"{rank:02}" + "A" * 386),)))
            for rank, name in enumerate(f"commune-{rank}.fr" for rank in range(30))
        }
        try:
            for name, records in wanted.items():
                real.make(name)
                real.write(name, plan(name, records, (), owner=name).sets)
            for name, records in wanted.items():
                assert not plan(name, records, real.read(name, {one.name for one in records}), owner=name)
        finally:
            for name in wanted:
                client.remove_zone(name)


# --- What is not PowerDNS, or no longer is ----------------------------------------------------------------------------
class False_(BaseHTTPRequestHandler):
    """Answers whatever the test says."""

    answer: ClassVar[tuple[int, bytes]] = (200, b"{}")
    asked: ClassVar[list[tuple[str, str, str]]] = []

    def log_message(self, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.asked.append((self.command, self.path, self.headers.get("X-API-Key", "")))
        status, body = self.answer
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET


class Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


@pytest.fixture(scope="module")
def false_port() -> Iterator[int]:
    server = Quiet(("127.0.0.1", 0), False_)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield int(server.server_address[1])
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def false(false_port: int) -> Iterator[str]:
    """The address of a server that answers what the test says."""
    False_.asked.clear()
    yield f"http://127.0.0.1:{false_port}"
    False_.answer = (200, b"{}")


@pytest.mark.parametrize(
    ("answer", "is_lasting", "said"),
    [
        ((500, b""), False, "réponse 500"),
        ((500, b"<html>"), False, "réponse 500"),
        ((500, b'{"error": "Could  not\\nreplace"}'), False, "Could not replace"),
        ((422, b'{"error": "RRset x IN A: bad"}'), True, "bad"),
        ((401, b"Unauthorized"), True, "SOCLE_POWERDNS_KEY"),
        ((403, b""), True, "webserver-allow-from"),
        ((404, b"Not Found"), True, "ne connaît pas cette zone"),
        ((302, b""), False, "réponse 302"),
        ((200, b"bonjour"), False, "pas du JSON"),
        ((200, b"[1, 2]"), False, "ne parle pas comme lui"),
        ((200, b'{"rrsets": 3}'), False, "ne parle pas comme lui"),
        ((200, b'{"rrsets": [3]}'), False, "ne parle pas comme lui"),
        ((200, b'{"rrsets": [{"records": [[]]}]}'), False, "ne parle pas comme lui"),
        ((200, b"x" * 5_000_000), False, "dépasse"),
    ],
)
def test_whatever_is_answered_is_a_sentence(false, answer, is_lasting, said):
    False_.answer = answer
    with pytest.raises(ZonesError) as failure:
        PowerDns(Client(false, "clef")).read("prisches.fr", ["prisches.fr"])
    assert said in failure.value.sentence
    assert failure.value.is_lasting is is_lasting
    assert "clef" not in failure.value.sentence


def test_odd_values_are_read_without_a_fault(false):
    odd = {"rrsets": [{"name": None, "type": 3, "ttl": "x", "records": [{}], "comments": [{"content": "a"}]}]}
    False_.answer = (200, json.dumps(odd).encode())
    assert Client(false, "clef").rrsets("prisches.fr") == [RRset("", "3", 0, ("",), (Comment("a", ""),))]


def test_the_address_asked_is_the_one_meant(false):
    False_.answer = (200, b'{"rrsets": []}')
    Client(f"{false}/", "clef", server="a/b").rrsets("prisches.fr", "../x?y.prisches.fr")
    assert False_.asked == [
        ("GET", "/api/v1/servers/a%2Fb/zones/prisches.fr.?rrset_name=..%2Fx%3Fy.prisches.fr.", "clef")
    ]


def test_nobody_there_and_an_address_that_is_not_ours_to_call(settings):
    with pytest.raises(PowerDnsError, match="ne répond pas") as failure:
        Client("http://127.0.0.1:1999", "clef", timeout=2).version()
    assert not failure.value.is_lasting
    settings.OUTGOING_INTERNAL = []
    with pytest.raises(PowerDnsError, match="n’est pas appelé") as failure:
        Client("http://127.0.0.1:1999", "clef").version()
    assert failure.value.is_lasting


def test_servers_without_a_name_make_no_zone(settings, false):
    settings.SOCLE_NAME_SERVERS = []
    for ask_it in (PowerDns(Client(false, "clef")).check, lambda: PowerDns(Client(false, "clef")).make("prisches.fr")):
        with pytest.raises(ZonesError, match="SOCLE_NAME_SERVERS") as failure:
            ask_it()
        assert failure.value.is_lasting
