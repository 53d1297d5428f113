"""The real mail servers when things go wrong: killed in the middle, guessed at, scanned; and what brings back."""

from __future__ import annotations

import contextlib
import imaplib
import io
import json
import mailbox
import os
import re
import shlex
import signal
import smtplib
import subprocess
import zipfile
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from email.header import decode_header, make_header
from pathlib import Path

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone

from socle.engines.postfix_dovecot import (
    certificates,
    chain,
    configuration,
    copies,
    exporting,
    handover,
    maps,
    measuring,
    server_status,
)
from socle.engines.postfix_dovecot.engine import PostfixDovecot
from socle.engines.postfix_dovecot.layout import Layout
from socle.lib.archives import Archive
from socle.mail import actions as mail
from socle.mail import manners, restoring
from socle.mail.models import Mailbox, Restoration
from socle.operations import doctor
from socle.people.models import User
from tests import factories as f
from tests.conftest import tool
from tests.engines.contract import EngineContract
from tests.engines.mail_server import (
    Imap,
    Served,
    Writer,
    client_python,
    mail_servers,
    message,
    need_servers,
    person,
    served,
    started,
    trusting,
    until,
)
from tests.restic_keys import in_haste
from tools.cluster import Cluster, binaries

__all__ = ["mail_servers", "served"]

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
PRISCHES = "mairie@prisches.courriel.test"


@pytest.fixture
def place():
    return f.beneficiary(f.commune("59474", "Prisches", 1000))


@pytest.fixture
def secretary(served, place):
    who = person(place)
    served.open(place)
    return who


@pytest.fixture(autouse=True)
def copies_that_open_at_once(monkeypatch):
    run = copies._restic

    def then_in_haste(layout, *line, **others):
        said = run(layout, *line, **others)
        if line[0] == "init":
            in_haste(Path(layout.copies), Path(layout.copies_key).read_text().strip())
        return said

    monkeypatch.setattr(copies, "_restic", then_in_haste)


# --- Killed in the middle ---------------------------------------------------------------------------------------------
def test_servers_killed_during_deliveries_lose_no_message_and_double_only_those_in_hand(served, secretary):
    _, secret = served.device(secretary)
    kills = [
        (server, is_alone) for is_alone in (True, False) for server in ("run/master.pid", "queue/spool/pid/master.pid")
    ]
    try:
        with Writer(served, PRISCHES) as writer:
            # Alone, it leaves children who still hold its sockets; with them, as a power cut would.
            for server, is_alone in kills:
                writer.more(10)
                kill(served.layout.folder / server, is_alone=is_alone)
                served.servers.start_dovecot()
                served.servers.start_postfix()
    finally:
        served.servers.start_dovecot()
        served.servers.start_postfix()
    served.flush()
    received = [one["Message-ID"] for one in served.messages(PRISCHES, secret)]
    assert set(writer.accepted) <= set(received)
    # Killed after it kept a message and before Postfix knew, Dovecot is told it again (RFC 1047): of those it had in
    # hand at that instant, five at most for one box (`lmtp_destination_concurrency_limit`).
    doubled = [one for one, times in Counter(received).items() if times > 1]
    assert len(doubled) <= 5 * len(kills)
    assert len(writer.accepted) >= 40


def kill(pid_file: Path, *, is_alone: bool) -> None:
    """Kill a server without a word; with all its children unless it `is_alone`."""
    master = int(pid_file.read_text())
    children = subprocess.run(["pgrep", "-P", str(master)], capture_output=True, text=True).stdout.split()
    for pid in (master, *(() if is_alone else map(int, children))):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    until(lambda: not Path(f"/proc/{master}").exists() or "Z" in Path(f"/proc/{master}/stat").read_text(), str)


def test_a_platform_killed_while_it_writes_leaves_the_servers_what_they_knew(served, secretary, place):
    _, secret = served.device(secretary)

    def fail() -> None:
        with maps.writing(served.layout) as writer:
            writer.write(maps.Relations())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    served.imap(PRISCHES, secret).logout()


def test_servers_read_while_the_platform_writes(served, secretary, place):
    _, secret = served.device(secretary)
    with maps.writing(served.layout) as writer:
        writer.write(exporting.said([place.pk], at=timezone.now()).relations, owners=[place.pk])
        served.imap(PRISCHES, secret).logout()
        with served.outside() as client:
            client.sendmail("ami@voisin.exemple.test", [PRISCHES], "Subject: x\n\nx\n")
    assert served.wait_for(PRISCHES, secret)


def test_a_signer_that_is_stopped_makes_senders_wait_and_lets_nothing_leave_unsigned(served, secretary):
    _, secret = served.device(secretary)
    served.servers.stop_opendkim()
    try:
        with pytest.raises(smtplib.SMTPResponseException) as failure:
            served.send(PRISCHES, secret, PRISCHES)
        assert 400 <= failure.value.smtp_code < 500
    finally:
        served.servers.start_opendkim()
    served.send(PRISCHES, secret, PRISCHES)
    assert served.wait_for(PRISCHES, secret)[0]["DKIM-Signature"]


# --- Guessed at, scanned ----------------------------------------------------------------------------------------------
def test_guessing_is_slowed_and_seen(served, secretary):
    _, secret = served.device(secretary)
    for _ in range(3):
        client = Imap("127.0.0.1", served.layout.ports.imap, timeout=60)
        client.starttls(trusting())
        with pytest.raises(imaplib.IMAP4.error):
            client.login(PRISCHES, "k7m3p9qd-aaaaa-aaaaa-aaaaa-aaaaa")
        client.shutdown()
    # Dovecot holds each address that was wrong in its penalties, which lengthen: doveadm says so.
    held = subprocess.run(
        ["/usr/bin/doveadm", "-c", str(served.layout.dovecot_conf), "penalty"],
        capture_output=True, text=True, timeout=30,
    )  # fmt: skip
    assert "127.0.0." in held.stdout, held.stderr
    seen = server_status.look(served.layout, at=timezone.now())
    assert {one.address: one.times for one in seen.refused}[PRISCHES] >= 3
    assert dict(seen.servers) == dict.fromkeys(("postfix", "dovecot", "opendkim", "rspamd"), True)
    assert server_status.latest() == seen
    served.imap(PRISCHES, secret).logout()


def test_no_server_speaks_an_old_tls_nor_to_whoever_shows_no_certificate(served):
    ports = served.layout.ports
    scanned = subprocess.run(
        [client_python(), "-c", SCAN, *map(str, (ports.imaps, ports.submissions, ports.submission, ports.smtp))],
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert scanned.returncode == 0, scanned.stderr
    spoken = json.loads(scanned.stdout)
    assert len(spoken) == 4
    for port, (versions, anonymous) in spoken.items():
        assert versions == ["TLS 1.2", "TLS 1.3"], port
        # Another server that brings mail may speak so: it checks no certificate either (RFC 7672, 1.3).
        assert not anonymous or int(port) == ports.smtp, port


SCAN = """
import json, sys
from sslyze import ScanCommand, Scanner, ServerNetworkConfiguration, ServerNetworkLocation, ServerScanRequest
from sslyze import ProtocolWithOpportunisticTlsEnum as Opportunistic

ASKED = {"SSL 2": ScanCommand.SSL_2_0_CIPHER_SUITES, "SSL 3": ScanCommand.SSL_3_0_CIPHER_SUITES,
         "TLS 1.0": ScanCommand.TLS_1_0_CIPHER_SUITES, "TLS 1.1": ScanCommand.TLS_1_1_CIPHER_SUITES,
         "TLS 1.2": ScanCommand.TLS_1_2_CIPHER_SUITES, "TLS 1.3": ScanCommand.TLS_1_3_CIPHER_SUITES}
scanner = Scanner(per_server_concurrent_connections_limit=2)
asked = []
for rank, port in enumerate(sys.argv[1:]):
    where = ServerNetworkLocation(hostname="localhost", ip_address="127.0.0.1", port=int(port))
    how = ServerNetworkConfiguration(
        tls_server_name_indication="localhost",
        tls_opportunistic_encryption=Opportunistic.SMTP if rank >= 2 else None)
    asked.append(ServerScanRequest(where, how, scan_commands=set(ASKED.values())))
scanner.queue_scans(asked)
found = {}
for result in scanner.get_results():
    assert result.scan_result is not None, result
    spoken, anonymous = [], []
    for name, command in ASKED.items():
        attempt = getattr(result.scan_result, command.value)
        assert attempt.result is not None, (name, attempt.error_trace)
        if attempt.result.accepted_cipher_suites:
            spoken.append(name)
        anonymous += [one.cipher_suite.name for one in attempt.result.accepted_cipher_suites
                      if one.cipher_suite.is_anonymous]
    found[result.server_location.port] = spoken, anonymous
print(json.dumps(found))
"""


# --- Brought back -----------------------------------------------------------------------------------------------------
def test_a_box_is_brought_back_to_a_date_beside_what_it_holds(served, secretary, place):
    tool("restic")
    _, secret = served.device(secretary)
    served.send(PRISCHES, secret, PRISCHES, "perdu")
    served.wait_for(PRISCHES, secret)
    reader = served.imap(PRISCHES, secret)
    reader.create('"Urbanisme"')
    reader.append('"Urbanisme"', "(\\Flagged)", None, message(PRISCHES, PRISCHES, "permis").as_bytes())
    copies.save(served.layout)
    reader.select("INBOX")
    reader.store("1:*", "+FLAGS", "\\Deleted")
    reader.expunge()
    reader.logout()
    served.send(PRISCHES, secret, PRISCHES, "depuis")
    served.wait_for(PRISCHES, secret)
    asked = Restoration.objects.create(
        mailbox=Mailbox.objects.get(address=PRISCHES), as_of=timezone.localdate(), asked_at=timezone.now()
    )
    assert copies.carry_out_asked(served.layout, at=timezone.now()) == 1
    asked.refresh_from_db()
    assert (asked.problem, asked.status) == ("", "done")
    assert (asked.found, asked.restored) == (2, 2)
    assert [one["Subject"] for one in served.messages(PRISCHES, secret)] == ["depuis"]
    assert [one["Subject"] for one in brought(served, secret, f"{asked.folder}/INBOX")] == ["perdu"]
    assert [one["Subject"] for one in brought(served, secret, f"{asked.folder}/Urbanisme")] == ["permis"]
    # Cut short and taken up again, nothing is there twice.
    Restoration.objects.filter(pk=asked.pk).update(status="asked")
    copies.carry_out_asked(served.layout, at=timezone.now())
    assert len(brought(served, secret, f"{asked.folder}/INBOX")) == 1


def brought(served: Served, secret: str, folder: str) -> list:
    """IMAP writes names of folders in its own encoding (RFC 3501, 5.1.3)."""
    for letter, coded in (("é", "&AOk-"), ("û", "&APs-"), ("\u00a0", "&AKA-")):
        folder = folder.replace(letter, coded)
    return served.messages(PRISCHES, secret, folder)


def test_a_date_before_any_copy_is_refused_with_a_sentence(served, secretary, place):
    tool("restic")
    copies.save(served.layout)
    asked = Restoration.objects.create(
        mailbox=Mailbox.objects.get(address=PRISCHES),
        as_of=timezone.localdate() - timedelta(days=40),
        asked_at=timezone.now(),
    )
    copies.carry_out_asked(served.layout, at=timezone.now())
    asked.refresh_from_db()
    assert asked.status == "failed"
    assert "Aucune copie" in asked.problem


def test_an_erased_box_is_moved_aside_and_nothing_is_destroyed(served, secretary, place):
    _, secret = served.device(secretary)
    civil = PRISCHES.replace("mairie", "etat-civil")
    served.send(PRISCHES, secret, civil, "gardé")
    served.wait_for(civil, secret)
    box, at = Mailbox.objects.get(address=civil), timezone.now()
    mail.delete_box(box, by=secretary, at=at)
    Mailbox.objects.filter(pk=box.pk).update(kept_until=at)
    mail.erase_box(Mailbox.objects.get(pk=box.pk), by=User.objects.system(), at=at)
    served.export(place)
    assert copies.set_aside_erased(served.layout, at=at) == 1
    assert copies.set_aside_erased(served.layout, at=at) == 0
    kept = [path for path in served.layout.set_aside.rglob("*") if path.parent.name in ("new", "cur")]
    assert len(kept) == 1
    assert not (served.layout.vmail / exporting.home_of(box)).exists()


def test_all_the_messages_of_a_mairie_leave_with_it_and_none_of_a_neighbour(served, secretary, place, tmp_path):
    _, secret = served.device(secretary)
    neighbour = f.beneficiary(f.commune("62001", "Ablain-Saint-Nazaire", 1800))
    served.open(neighbour)
    served.send(PRISCHES, secret, PRISCHES, "emporté", "From ailleurs\nfin\n")
    served.wait_for(PRISCHES, secret)
    reader = served.imap(PRISCHES, secret)
    reader.create('"&AMk-t&AOk-"')
    reader.append('"&AMk-t&AOk-"', "(\\Flagged \\Seen)", None, message(PRISCHES, PRISCHES, "classé").as_bytes())
    reader.logout()
    civil = Mailbox.objects.get(address=PRISCHES.replace("mairie", "etat-civil"))
    served.send(PRISCHES, secret, civil.address, "d’une boîte supprimée")
    served.wait_for(civil.address, secret)
    mail.delete_box(civil, by=secretary, at=timezone.now())
    served.export(place)
    archive = Archive(tmp_path / "archive.zip", at=timezone.now())
    with archive.part("messages", "Messages", "x") as shelf:
        handover.write(place, shelf)
    archive.close()
    with zipfile.ZipFile(tmp_path / "archive.zip") as opened:
        names = opened.namelist()
        opened.extractall(tmp_path)
    found = {}
    for name in names:
        if name.endswith(".mbox"):
            with contextlib.closing(mailbox.mbox(tmp_path / name)) as box:
                found[f"{Path(name).parent.name}/{Path(name).stem}"] = [one["Subject"] for one in box]
    decoded = {key: [str(make_header(decode_header(one))) for one in subjects] for key, subjects in found.items()}
    assert decoded[f"{PRISCHES}/INBOX"] == ["emporté"]
    assert decoded[f"{PRISCHES}/Été"] == ["classé"]
    assert decoded[f"{civil.address}/INBOX"] == ["d’une boîte supprimée"]
    assert "ablain" not in " ".join(names)
    # What was lent is taken back.
    with maps.reading(served.layout) as reading:
        assert not any(reading.held([maps.LENT]).rows.values())


# --- Measured, tried --------------------------------------------------------------------------------------------------
def test_what_boxes_hold_is_noted_once(served, secretary):
    _, secret = served.device(secretary)
    served.send(PRISCHES, secret, PRISCHES, "pesé", "x" * 5000)
    served.wait_for(PRISCHES, secret)
    assert measuring.measure(served.layout, at=timezone.now()) == 1
    box = Mailbox.objects.get(address=PRISCHES)
    assert box.messages == 1
    assert box.used_bytes > 5000
    later = timezone.now() + timedelta(minutes=15)
    assert measuring.measure(served.layout, at=later) == 0
    box.refresh_from_db()
    assert box.measured_at == later  # It holds the same, and is known to.


def test_the_trial_message_goes_the_way_of_everybodys(served):
    served.export()
    test = chain.run(served.layout)
    assert test.error == ""
    assert test.seconds is not None
    # It leaves nothing in its box.
    assert served.messages(f"arrivee@{chain.domain()}", served.layout.chain_secret) == []


def test_a_trial_message_that_cannot_leave_says_why(served):
    served.export()
    served.servers.stop_postfix()
    try:
        test = chain.run(served.layout)
    finally:
        served.servers.start_postfix()
    assert test.seconds is None
    assert "L’envoi n’a pas abouti" in test.error


# --- Restored: not asked by a person ----------------------------------------------------------------------------------
def test_a_box_asked_for_from_the_screens_is_carried_out(served, secretary, place):
    tool("restic")
    _, secret = served.device(secretary)
    served.send(PRISCHES, secret, PRISCHES, "hier")
    served.wait_for(PRISCHES, secret)
    copies.save(served.layout)
    box = Mailbox.objects.get(address=PRISCHES)
    Mailbox.objects.filter(pk=box.pk).update(made_at=timezone.now() - timedelta(days=3))
    box.refresh_from_db()
    yesterday = timezone.localdate() - timedelta(days=1)
    asked = restoring.ask_restoration(box, as_of=yesterday, by=secretary, at=timezone.now())
    copies.carry_out_asked(served.layout, at=timezone.now())
    asked.refresh_from_db()
    # The only copy is of today: made after the night, it says nothing of yesterday.
    assert asked.status in ("failed", "done")
    assert bool(asked.problem) == (asked.status == "failed")


# --- PostgreSQL -------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def cluster():
    need_servers()
    if binaries() is None:
        tool("initdb")
    made = Cluster(Path(f"/tmp/socle-maps-{os.getpid()}")).make().start()
    yield made
    made.remove()


@pytest.fixture(scope="module")
def servers(cluster):
    import psycopg

    maps.prepare(Layout(cluster.directory, reader_url=cluster.url, writer_url=cluster.url))
    with psycopg.connect(cluster.url, autocommit=True) as database:
        database.execute(maps.reader_sql("lecteur", "essai").encode())
    reader = f"postgres://lecteur:essai@{cluster.host}:{cluster.port}/postgres"
    with started(reader_url=reader, writer_url=cluster.url) as servers:
        yield servers


class TestOnPostgresqlRelations(EngineContract):
    """The same contract, the relations in PostgreSQL, read by a role that may do nothing else."""

    service_code = "messagerie"

    @pytest.fixture(autouse=True)
    def on_the_real_servers(self, servers, settings, all_beneficiaries):
        settings.SOCLE_MAIL_SERVERS = str(servers.layout.folder)
        settings.SOCLE_MAIL_DOMAIN = "courriel.test"
        self.served = Served(servers)
        yield
        self.served.empty()

    def make_engine(self):
        return PostfixDovecot()

    def test_a_message_goes_from_box_to_box(self, place):
        who = person(place)
        self.served.open(place)
        _, secret = self.served.device(who)
        self.served.send(PRISCHES, secret, PRISCHES, "PostgreSQL")
        assert self.served.wait_for(PRISCHES, secret)[0]["Subject"] == "PostgreSQL"

    def test_the_reader_only_reads(self, servers):
        import psycopg

        with (
            psycopg.connect(servers.layout.reader_url) as database,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            database.execute("DELETE FROM mail_maps.domains")

    @pytest.mark.drill
    def test_the_database_restarted_makes_senders_and_readers_wait_and_loses_nothing(self, cluster, place):
        who = person(place)
        self.served.open(place)
        _, secret = self.served.device(who)
        with Writer(self.served, PRISCHES) as writer:
            writer.more(5)
            cluster.stop()
            try:
                # A program that is told « wait » keeps its password; told that it is wrong, it asks its person.
                with pytest.raises(imaplib.IMAP4.error, match="UNAVAILABLE"):
                    self.served.imap(PRISCHES, secret)
                assert writer.refused
            finally:
                cluster.start()
            # Postfix comes back to it within some seconds, Dovecot within half a minute.
            writer.more(5, patience=60)
            until(lambda: can_enter(self.served, secret), self.served.said, patience=60)
        assert {code // 100 for code in writer.refused} == {4}
        self.served.flush()
        received = [one["Message-ID"] for one in self.served.messages(PRISCHES, secret)]
        assert sorted(received) == sorted(writer.accepted)


def can_enter(served: Served, secret: str) -> bool:
    try:
        served.imap(PRISCHES, secret).logout()
    except imaplib.IMAP4.error:
        return False
    return True


# --- The doctor -------------------------------------------------------------------------------------------------------
def examined(code: str) -> str:
    """What the doctor says, its remedy with it; nothing when all is well."""
    (check,) = doctor.examine(only=[code])
    return " ".join(f"{one.says} {one.remedy}" for one in check.findings if one.severity).replace("\u00a0", " ")


def typed(remedy: str) -> str:
    """Type the command of ours that a remedy prints, as root."""
    out = io.StringIO()
    call_command("mail_servers", re.search(r"socle mail-servers (\w+)", remedy)[1], stdout=out)
    return out.getvalue()


def test_a_certificate_that_is_over_is_seen_and_mended_by_what_the_doctor_prints(served, settings):
    settings.SOCLE_MAIL_WATCH = "socle.engines.postfix_dovecot.server_status.latest"
    layout, servers = served.layout, served.servers

    def look() -> str:
        server_status.look(layout, at=timezone.now())
        return examined("mail-certificate")

    assert look() == ""
    try:
        with time_machine.travel(timezone.now() - timedelta(days=500), tick=False):
            configuration.make_own_certificate(layout)
        servers.reload()
        until(lambda: "que montre" not in look() and "a expiré le" in look(), served.said)
        # Made again, and nobody was told: the file is right, what people meet is not.
        configuration.make_own_certificate(layout)
        said = look()
        assert "Le certificat que montre Dovecot a expiré" in said
        assert "vaut jusqu’au" in typed(said)
        assert look() == ""
        with time_machine.travel(timezone.now() - timedelta(days=500), tick=False):
            configuration.make_own_certificate(layout)
        servers.reload()
        until(lambda: "a expiré le" in look(), served.said)
        typed(look())
        # As soon as it is typed, without waiting for the next look.
        assert examined("mail-certificate") == ""
    finally:
        configuration.make_own_certificate(layout)
        servers.reload()


def test_a_certificate_that_others_gave_is_theirs_to_renew(served, tmp_path):
    mine = replace(served.layout, certificate=str(tmp_path / "mx.pem"))
    assert "ne se lit pas" in certificates.why_not_renew(mine, at=timezone.now())
    Path(mine.certificate).write_bytes(Path(served.layout.certificate).read_bytes())
    assert certificates.why_not_renew(mine, at=timezone.now()) is None
    said = certificates.why_not_renew(mine, at=timezone.now() + timedelta(days=400))
    assert "certbot renew" in said
    assert "a expiré le" in said


def test_rules_that_cannot_be_read_are_seen_and_what_waited_leaves_by_what_the_doctor_prints(
    served, secretary, place, settings
):
    settings.SOCLE_MAIL_WATCH = "socle.engines.postfix_dovecot.server_status.latest"
    settings.SOCLE_ENGINES = {"messagerie": "socle.engines.postfix_dovecot.engine.PostfixDovecot"}
    _, secret = served.device(secretary)
    today, at = timezone.localdate(), timezone.now()
    box = Mailbox.objects.get(address=PRISCHES)
    manners.be_absent(box, subject="Absence", text="Lundi.", starts_on=today, ends_on=today, by=secretary, at=at)
    served.export(place)
    (served.layout.sieve / "prisches.courriel.test").chmod(0o700)
    with served.outside() as client:
        client.send_message(message("ami@voisin.exemple.test", PRISCHES, "Retenu"))
    until(lambda: server_status.look(served.layout, at=timezone.now()).deferred == 1, served.said)
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        server_status.look(served.layout, at=timezone.now())
        assert "1 message en attente" in examined("delivery")
    remedy = examined("engines")
    assert "prisches.courriel.test" in remedy
    typed(remedy)
    again = shlex.split(re.search(r"postqueue -c \S+ -f", remedy)[0])
    subprocess.run([f"/usr/sbin/{again[0]}", *again[1:]], check=True, timeout=30)
    assert served.wait_for(PRISCHES, secret)[0]["Subject"] == "Retenu"
    until(lambda: served.queue() == 0, served.said)
    server_status.look(served.layout, at=timezone.now())
    assert (examined("engines"), examined("delivery")) == ("", "")
