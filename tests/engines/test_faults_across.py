"""When an engine, or what it stands on, fails amid what is being done: all converges, nothing is twice, nothing lost.

What concerns one engine alone is beside it; `docs/dev/faults.md` says which test shows what.
"""

from __future__ import annotations

import base64
import http.client
import imaplib
import os
import smtplib
import threading
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from django_scopes import scope

from socle.batches import actions as batches
from socle.batches.actions import Chosen
from socle.batches.gestures import gesture_of
from socle.batches.models import BatchLine, LineState, Status
from socle.engines.postfix_dovecot.layout import MAIL_ID
from socle.engines.restic import htpasswd
from socle.engines.restic.store import ResticStore
from socle.files.actions import spaces
from socle.journal.models import Entry
from socle.mail.models import Mailbox
from socle.people.models import Role, User
from socle.provisioning import actions as provisioning
from socle.provisioning.gestures import Reconcile
from socle.provisioning.models import Installation, State
from tests import factories as f
from tests.agenda.conftest import Dav, Place, event, make_so
from tests.disks import filled, small_disk
from tests.engines.drive import Drive
from tests.engines.mail_server import (
    Served,
    code_of,
    mail_servers,
    message,
    need_servers,
    person,
    served,
    started,
    trusting,
    until,
)
from tests.engines.test_restic import machine
from tests.restic_server import serving

__all__ = ["mail_servers", "served"]

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
PRISCHES, ABLAIN = "mairie@prisches.courriel.test", "mairie@ablain.courriel.test"
SERVICES = ("messagerie", "sauvegardes", "agendas", "fichiers")


# --- Stopped in the middle of a batch ---------------------------------------------------------------------------------
def test_engines_stopped_amid_a_batch_are_caught_up_with_and_nothing_is_made_twice(
    served, settings, tmp_path, monkeypatch
):
    settings.SOCLE_AGENDA_DIR, settings.FILES_ROOT = tmp_path / "agendas", tmp_path / "files"
    settings.SOCLE_ENGINES = {
        **settings.SOCLE_ENGINES,
        "messagerie": "socle.engines.postfix_dovecot.engine.PostfixDovecot",
        "sauvegardes": "socle.engines.restic.engine.MachineBackups",
    }
    settings.SOCLE_MACHINE_STORE = "socle.engines.restic.store.ResticStore"
    for code in SERVICES[1:]:
        service = f.programme().services.get(code="telephonie")
        service.pk, service.code, service.name = None, code, code
        service.save()
    places = [f.beneficiary(f.commune(f"5947{rank}", f"Commune-{rank}", 1000)) for rank in range(4)]
    secretaries = [person(place) for place in places]
    installed = [f.installation(place, service) for place in places for service in SERVICES]
    with serving(tmp_path / "saves") as saves:
        settings.SOCLE_MACHINE_BACKUPS_DIR = str(saves.folder)
        settings.SOCLE_MACHINE_BACKUPS_LISTEN = saves.listen
        made, done = Reconcile.do, []

        def in_the_middle(self: Reconcile, subject: str, wish: Any, *, at: Any) -> str:
            if len(done) == 4:  # The first commune is served; the second begins.
                served.servers.stop_dovecot()
                served.servers.stop_postfix()
                saves.stop()
            if len(done) == 12:  # And the fourth.
                served.servers.start_dovecot()
                served.servers.start_postfix()
                saves.start()
            done.append(subject)
            return made(self, subject, wish, at=at)

        monkeypatch.setattr(Reconcile, "do", in_the_middle)
        try:
            batch = reconcile(installed)
        finally:
            served.servers.start_dovecot()
            served.servers.start_postfix()
        # The batch goes to its end, and says of each line that waits what it waits for.
        assert batch.status == Status.FINISHED
        said = {line.subject: line for line in batch.lines.all()}
        waiting = [one for one in installed if said[str(one.pk)].state == LineState.FAILED]
        assert {(one.beneficiary, one.service.code) for one in waiting} == {(p, "messagerie") for p in places[1:3]}
        for one in waiting:
            line = said[str(one.pk)].says
            assert "Le serveur des boîtes (Dovecot) ne répond pas." in line
            assert "La plateforme réessaiera d’elle-même." in line
        provisioning.reconcile_due(by=User.objects.system(), at=timezone.now() + timedelta(minutes=3))
        for one in installed:
            one.refresh_from_db()
            assert (one.state, one.last_error, bool(one.proof)) == (State.LIVE, "", True), one.service.code
        # Made once: each step is one line of the journal, and looking again finds nothing to do.
        steps = Counter(
            one.facts["key"] for one in Entry.objects.filter(verb="installation.step") if one.facts.get("key")
        )
        assert len(steps) >= len(installed)
        assert set(steps.values()) == {1}
        again = reconcile(installed)
        assert {line.state for line in again.lines.all()} == {LineState.DONE}
        assert Entry.objects.filter(verb="installation.step").count() == sum(steps.values())
        addresses = list(Mailbox.objects.values_list("address", flat=True))
        assert len(addresses) == len(set(addresses)) >= 3 * len(places)
        # The server of the saves lets in, once it is back, whoever was let in while it was away.
        store = ResticStore()
        store.let_in({**htpasswd.read(store.doors), "c1-essai": store.digest_of("secret")})
        until(lambda: status_of(saves.listen, "c1-essai", "secret") == 404, lambda: "not let in")
        assert status_of(saves.listen, "c1-essai", "faux") == 401
    # And a message reaches each of them, once.
    for place, secretary in zip(places, secretaries, strict=True):
        with scope(beneficiary=place):
            address = Mailbox.objects.get(address__startswith="mairie@").address
        _, secret = served.device(secretary)
        with served.outside() as client:
            client.send_message(message("ami@voisin.exemple.test", address))
        assert len(served.wait_for(address, secret)) == 1


def reconcile(installed: list[Installation]) -> Any:
    pack = f.programme()
    batch = batches.start(
        gesture_of("reconcile"),
        [Chosen(str(one.pk), one.service.name) for one in installed],
        programme=pack,
        operator=pack.lead(),
        key=uuid4(),
        by=User.objects.system(),
        at=timezone.now(),
    )
    while batches.carry_on(only=batch.pk):
        BatchLine.objects.update(due_at=None)
    batch.refresh_from_db()
    return batch


def status_of(listen: str, user: str, password: str) -> int:
    """What the server of the saves answers to somebody who asks for a repository that they have not made."""
    link = http.client.HTTPConnection(listen, timeout=60)
    shown = base64.b64encode(f"{user}:{password}".encode()).decode()
    link.request("GET", f"/{user}/config", headers={"Authorization": f"Basic {shown}"})
    answer = link.getresponse().status
    link.close()
    return answer


# --- A full disk ------------------------------------------------------------------------------------------------------
def test_a_full_disk_makes_senders_wait_and_spoils_no_message(settings, all_beneficiaries):
    need_servers()
    with small_disk(48) as disk, started(within=disk) as servers:
        settings.SOCLE_MAIL_SERVERS, settings.SOCLE_MAIL_DOMAIN = str(servers.layout.folder), "courriel.test"
        here = Served(servers)
        place = f.beneficiary(f.commune("59474", "Prisches", 1000))
        secretary = person(place)
        here.open(place)
        _, secret = here.device(secretary)
        receive(here, "avant")
        here.wait_for(PRISCHES, secret)
        kept = {path: path.read_bytes() for path in messages_in(servers.layout.vmail)}
        assert len(kept) == 1
        with filled(disk):
            # Whoever brings a message is told to come again.
            with pytest.raises(smtplib.SMTPException) as refusal:
                receive(here, "trop")
            assert code_of(refusal.value) == 452
            # Whoever writes from a client too, and nothing half-written shows.
            with pytest.raises((imaplib.IMAP4.error, smtplib.SMTPException)):
                append(here, secret, "copie")
            assert {path: path.read_bytes() for path in messages_in(servers.layout.vmail)} == kept
            assert [one["Subject"] for one in here.messages(PRISCHES, secret)] == ["avant"]
        receive(here, "après")
        append(here, secret, "copie")
        here.wait_for(PRISCHES, secret, 3)
        # The disk of the boxes alone is full: what was accepted waits, and arrives once.
        with small_disk(4, at=servers.layout.vmail, owner=MAIL_ID, mode="0700") as boxes:
            with filled(boxes):
                receive(here, "en attente")
                log = servers.layout.folder / "log/postfix.log"
                until(lambda: "status=deferred" in log.read_text(), here.said)
                assert here.queue() == 1
            here.flush()
            assert [one["Subject"] for one in here.wait_for(PRISCHES, secret)] == ["en attente"]
            assert here.queue() == 0


def receive(here: Served, subject: str) -> None:
    with here.outside() as client:
        client.send_message(message("ami@voisin.exemple.test", PRISCHES, subject, "x" * 50_000))


def append(here: Served, secret: str, subject: str) -> None:
    client = here.imap(PRISCHES, secret)
    try:
        said, _ = client.append("INBOX", None, None, message(PRISCHES, PRISCHES, subject, "x" * 50_000).as_bytes())
        if said != "OK":
            raise imaplib.IMAP4.error(said)
    finally:
        client.shutdown()


def messages_in(vmail: Path) -> list[Path]:
    return [path for path in vmail.rglob("*") if path.is_file() and path.parent.name in ("new", "cur", "tmp")]


def test_a_full_disk_refuses_files_and_events_and_keeps_what_was_there(settings, client):
    client.is_demanding = False
    with small_disk(6) as disk:
        settings.SOCLE_AGENDA_DIR, settings.FILES_ROOT = disk / "agendas", disk / "files"
        from django.core.files.storage import storages

        storages._storages.pop("files", None)
        place = f.beneficiary(f.commune("59474", "Prisches", 1000))
        secretary = f.member(Role.SECRETARY, place)
        spaces.open_space(place, by=User.objects.system(), at=f.NOW)
        make_so(place)
        drive, dav = Drive(secretary, place), Dav(client, Place(place, secretary, secretary), secretary)
        assert drive.put("/registre.odt", b"avant").status_code == 201
        assert dav.put("mairie", "un.ics", event("un", title="Avant")).status_code == 201
        with filled(disk):
            for name, body in (("/registre.odt", b"y" * 2_000_000), ("/nouveau.odt", b"z" * 2_000_000)):
                answer = drive.put(name, body)
                assert answer.status_code == 507
                assert "plein" in drive_said(answer)
            for name in ("un", "deux"):
                answer = dav.put("mairie", f"{name}.ics", event(name, title="Trop" * 2000))
                assert answer.status_code == 507, answer.content
            assert drive.content("/registre.odt") == b"avant"
            assert b"SUMMARY:Avant" in dav.get("mairie", "un.ics").content
        # Nothing half-written is left, and all goes on.
        assert not [path for path in (disk / "files").rglob("*") if path.is_file() and path.stat().st_size != 5]
        assert drive.names() == ["registre.odt"] or "nouveau.odt" not in drive.names()
        assert dav.get("mairie", "deux.ics").status_code == 404
        assert drive.put("/nouveau.odt", b"z" * 2_000_000).status_code == 201
        assert dav.put("mairie", "deux.ics", event("deux")).status_code == 201
        assert dav.put("mairie", "un.ics", event("un", title="Ensuite")).status_code in (201, 204)
        assert drive.content("/registre.odt") == b"avant"
    storages._storages.pop("files", None)


def drive_said(answer: Any) -> str:
    return (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode()


def test_a_full_disk_refuses_a_save_and_the_former_ones_are_restored(settings, tmp_path):
    papers = tmp_path / "papiers"
    papers.mkdir()
    (papers / "registre.txt").write_bytes(b"avant" * 1000)
    with small_disk(16) as disk, serving(disk / "saves") as server:
        settings.SOCLE_MACHINE_BACKUPS_DIR = str(server.folder)
        settings.SOCLE_MACHINE_BACKUPS_LISTEN = server.listen
        settings.SOCLE_MACHINE_BACKUPS_URL = f"http://{server.listen}"
        store = ResticStore()
        desk = machine(store, "c1-plein")
        desk.run("backup", str(papers))
        (papers / "photo.bin").write_bytes(os.urandom(3_000_000))
        with filled(disk):
            waiting = desk.start("backup", str(papers))
            assert waiting.stdout is not None
            assert any("retrying" in line for line in waiting.stdout)
            # The former one is whole while there is no space.
            assert len(store.names("c1-plein")) == 1
        # The machine tries again by itself, for a quarter of an hour, and ends once there is space.
        said, _ = waiting.communicate(timeout=60)
        assert waiting.returncode == 0, said
        assert len(store.names("c1-plein")) == 2
        desk.run("check", "--read-data")
        back = tmp_path / "retour"
        desk.run("restore", "latest", "--target", str(back))
        there = {path.name: path.read_bytes() for path in back.rglob("*") if path.is_file()}
        assert there == {path.name: path.read_bytes() for path in papers.iterdir()}


# --- What comes in excess ---------------------------------------------------------------------------------------------
def test_a_bomb_of_messages_fills_its_target_alone(served):
    place, other = (
        f.beneficiary(f.commune(code, name, 1000)) for code, name in (("59474", "Prisches"), ("62001", "Ablain"))
    )
    secretary, mayor = person(place), person(other, Role.MAYOR)
    served.open(place)
    served.open(other)
    (_, secret), (_, theirs) = served.device(secretary), served.device(mayor)
    with served.outside() as client:
        client.send_message(message("ami@voisin.exemple.test", PRISCHES, "avant la bombe"))
    served.wait_for(PRISCHES, secret)
    Mailbox.objects.filter(address=PRISCHES).update(quota_bytes=300_000)
    served.export()
    codes: Counter[int] = Counter()

    def bomb() -> None:
        for _ in range(40):
            try:
                with served.outside() as client:
                    client.send_message(message("x@bombe.exemple.test", PRISCHES, "bombe", "x" * 20_000))
                codes[250] += 1
            except smtplib.SMTPException as failure:
                codes[code_of(failure)] += 1

    bombs = [threading.Thread(target=bomb) for _ in range(3)]
    for one in bombs:
        one.start()
    # Meanwhile the neighbours write and read as on any day.
    for rank in range(3):
        served.send(ABLAIN, theirs, ABLAIN, f"séance {rank}")
    assert len(served.wait_for(ABLAIN, theirs, 3)) == 3
    for one in bombs:
        one.join(60)
    assert codes[552] > 30
    assert set(codes) <= {250, 552}
    held = served.messages(PRISCHES, secret)
    assert held[0]["Subject"] == "avant la bombe"
    # Deliveries made at the same instant see the same space, and Postfix makes five at most: as many may be too many,
    # of a hundred and twenty.
    weights = [len(one.as_bytes()) for one in held]
    assert sum(weights) < 300_000 + 6 * max(weights)


def test_what_weighs_too_much_or_looks_alike_is_refused_at_once(served):
    place = f.beneficiary(f.commune("59474", "Prisches", 1000))
    secretary = person(place)
    served.open(place)
    _, secret = served.device(secretary)
    alike = PRISCHES.replace("a", "\u0430", 1)  # The Cyrillic letter.
    with served.outside() as client:
        # A hundred megabytes are announced: not one is sent.
        assert client.mail("x@bombe.exemple.test", [f"SIZE={100 * 2**20}"])[0] == 552
        client.rset()
        client.command_encoding = "utf-8"
        assert client.mail("x@bombe.exemple.test", ["SMTPUTF8"])[0] == 250
        assert client.rcpt(alike)[0] == 550
        client.rset()
        # Written to a domain of which one letter is another alphabet's.
        assert client.mail("x@bombe.exemple.test", ["SMTPUTF8"])[0] == 250
        assert client.rcpt(PRISCHES.replace("prisches", "pris\u0441hes"))[0] in (550, 554)
    with smtplib.SMTP("127.0.0.1", served.layout.ports.submission, timeout=60) as client:
        client.starttls(context=trusting())
        client.login(PRISCHES, secret)
        client.command_encoding = "utf-8"
        client.mail(alike, ["SMTPUTF8"])
        assert client.rcpt(PRISCHES)[0] == 553
    assert served.queue() == 0
