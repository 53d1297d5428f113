"""What every transmission device owes: the same questions to the twin and, over TLS, to a server of ours.

The server speaks the documented interface of S²LOW, with a client certificate per body. It is no S²LOW: none was met.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from socle.deliberations import accounts, messages, sending, transmission
from socle.deliberations.contract import (
    Access,
    Answer,
    Declined,
    NotConfigured,
    NumberTaken,
    Parcel,
    Stage,
    Transmitter,
    Unavailable,
)
from socle.deliberations.messages import Kind
from socle.deliberations.models import Incoming, Status
from socle.deliberations.numbering import Identifier
from socle.deliberations.transmission import Sender, Sending
from socle.engines.s2low.engine import S2low
from socle.engines.simulated import letters
from socle.engines.simulated.prefecture import SimulatedTransmitter
from socle.lib.ports import free_ports
from socle.people.models import User
from socle.trials.s2low import TrialServer
from tests import factories as f
from tests.deliberations import transmitting as t

SIREN, NEIGHBOUR = "200039386", "215904715"
SINCE = date(2021, 11, 1)


class TransmitterContract:
    """Subclass it, name it Test…, and give `device` and `access`."""

    @pytest.fixture
    def device(self) -> Transmitter:
        raise NotImplementedError

    @pytest.fixture
    def access(self) -> Access:
        raise NotImplementedError

    @pytest.fixture
    def neighbour(self) -> Access:
        raise NotImplementedError

    def parcel(self, folder: Path, *, subject: str = "Adhésion", number: str = "2021-16", siren: str = SIREN) -> Parcel:
        for name in ("act", "annex"):
            (folder / name).write_bytes(letters.page())
        identifier = Identifier("059", siren, date(2021, 11, 23), number)
        sending = Sending(identifier, subject, "5.7", date(2019, 3, 1), folder / "act", (folder / "annex",))
        sender = Sender(siren, "059", "5", "42", "actes@syndicat.example.fr")
        path = folder / "archive"
        with path.open("wb") as file:
            name = transmission.write_archive(file, sending, sender=sender, device="abc", sent_on=date(2021, 11, 24))
        return Parcel(sending, sender, path, name, "", {one: one.partition("-")[0] for one in sending.files})

    def test_its_check_changes_nothing(self, device, access):
        device.check(access)
        assert device.find(access, "2021_16", since=SINCE) is None

    def test_an_act_is_handed_over_once_and_found_again(self, device, access, neighbour, tmp_path):
        parcel = self.parcel(tmp_path)
        reference = device.send(access, parcel)
        assert device.find(access, "2021_16", since=SINCE) == reference
        assert device.find(neighbour, "2021_16", since=SINCE) is None
        with pytest.raises(NumberTaken, match="même numéro"):
            device.send(access, parcel)
        with pytest.raises(Declined):
            device.status(neighbour, reference)

    def test_it_is_acknowledged_stamped_and_may_be_cancelled(self, device, access, tmp_path):
        reference = device.send(access, self.parcel(tmp_path, subject="L’œuvre – adhésion"))
        assert device.status(access, reference).stage == Stage.SENT
        assert device.stamped_copy(access, reference) is None
        told = device.status(access, reference)
        assert told.stage == Stage.RECEIVED
        receipt = messages.read(told.message)
        assert (receipt.kind, receipt.identifier) == (Kind.RECEIPT, "059-200039386-20211123-2021_16-DE")
        assert device.stamped_copy(access, reference).startswith(b"%PDF-")
        device.cancel(access, reference)
        told = device.status(access, reference)
        assert told.stage == Stage.CANCELLED
        assert messages.read(told.message).kind == Kind.CANCELLATION

    def test_an_anomaly_comes_outside_of_its_own_schema_and_silence_lasts(self, device, access, tmp_path):
        refused = device.send(access, self.parcel(tmp_path, subject="Vœu (anomalie)"))
        silent = device.send(access, self.parcel(tmp_path, subject="Vœu (silence)", number="2021-17"))
        for _ in range(2):
            told = device.status(access, refused)
            assert device.status(access, silent).stage == Stage.SENT
        assert told.stage == Stage.REFUSED
        anomaly = messages.read(told.message)
        assert (anomaly.kind, anomaly.identifier) == (Kind.ANOMALY, "059-200039386-20211123-2021_16-DE")
        assert "ODT-VERIF-17" in anomaly.says
        assert told.says.startswith("Anomalie signalée")

    def test_a_receipt_is_given_though_the_act_was_archived_before_anybody_asked(self, device, access, tmp_path):
        reference = device.send(access, self.parcel(tmp_path, subject="Vœu (archivé)"))
        assert device.status(access, reference).stage == Stage.SENT
        told = device.status(access, reference)
        assert (told.stage, messages.read(told.message).kind) == (Stage.RECEIVED, Kind.RECEIPT)

    @pytest.mark.parametrize("word", letters.WORDS)
    def test_a_letter_waits_until_it_is_taken(self, word, device, access, tmp_path):
        reference = device.send(access, self.parcel(tmp_path, subject=f"Plan ({word})"))
        assert device.incoming(access) == []
        for _ in range(2):
            device.status(access, reference)
        (arrival,) = device.incoming(access)
        files = messages.opened(arrival.content)
        (told,) = (content for name, content in files.items() if name.endswith("_0.xml"))
        assert messages.read(told).kind == letters.WORDS[word][0]
        assert sum(name.endswith(".pdf") for name in files) == 1
        device.take(access, arrival.reference)
        assert device.incoming(access) == []

    @pytest.mark.parametrize(
        ("word", "flow", "receipt"), [("courrier", "2-2", ""), ("pièces", "3-3", "3-5"), ("observations", "4-4", "4-5")]
    )
    def test_a_letter_is_answered_and_the_answer_found_again(self, word, flow, receipt, device, access, neighbour,
                                                             tmp_path):  # fmt: skip
        reference = device.send(access, self.parcel(tmp_path, subject=f"Plan ({word})"))
        for _ in range(2):
            device.status(access, reference)
        (arrival,) = device.incoming(access)
        device.take(access, arrival.reference)
        identifier, asked = "059-200039386-20211123-2021_16-DE", {"since": SINCE, "kind": flow[0]}
        name = transmission.answer_name("99_DE", identifier, flow)
        message = transmission.answer(flow, identifier, date(2021, 11, 23), name)
        answer = Answer(flow, identifier, arrival.reference, "99_DE", tmp_path / "act", message)
        assert device.find(access, "2021_16", **asked) is None
        with pytest.raises(Declined):
            device.reply(neighbour, answer)
        made = device.reply(access, answer)
        assert device.find(access, "2021_16", **asked) == made
        assert device.find(access, "2021_16", **asked, besides={made}) is None
        assert device.find(access, "2021_16", since=SINCE) == reference
        assert device.status(access, made).stage == Stage.SENT
        told = device.status(access, made)
        assert told.stage == Stage.RECEIVED
        assert (messages.read(told.message).kind if told.message else "") == receipt
        assert device.incoming(access) == []

    def test_it_gives_the_nomenclature_of_the_prefecture(self, device, access):
        found = messages.classification(device.classification(access))
        assert found.of == date(2019, 3, 1)
        assert {"5.7", "7.10", "1.1.1"} <= set(found.matters)
        assert found.kinds["CC", "99_DC"]


@pytest.mark.django_db
class TestTheTwin(TransmitterContract):
    @pytest.fixture
    def device(self):
        return SimulatedTransmitter()

    @pytest.fixture
    def access(self):
        return Access(SIREN)

    @pytest.fixture
    def neighbour(self):
        return Access(NEIGHBOUR)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("transmission")


@pytest.fixture
def server(folder: Path, monkeypatch: pytest.MonkeyPatch, settings) -> Iterator[TrialServer]:
    settings.OUTGOING_INTERNAL = ["127.0.0.1"]
    with TrialServer(folder) as running:
        monkeypatch.setenv("SSL_CERT_FILE", str(running.authority))
        yield running


@pytest.mark.slow
class TestOverTls(TransmitterContract):
    @pytest.fixture
    def device(self):
        return S2low()

    @pytest.fixture
    def access(self, server):
        return Access(SIREN, server.address, server.body(SIREN).read_bytes(), "login", "mot de passe")

    @pytest.fixture
    def neighbour(self, server):
        return Access(NEIGHBOUR, server.address, server.body(NEIGHBOUR).read_bytes())


@pytest.mark.slow
def test_no_certificate_no_conversation(server):
    access = Access(SIREN, server.address, server.body(SIREN).read_bytes())
    with pytest.raises(NotConfigured, match="certificat"):
        S2low().check(replace(access, certificate=b""))
    with pytest.raises(NotConfigured, match="ne se lit pas"):
        S2low().check(replace(access, certificate=b"-----BEGIN CERTIFICATE-----\n"))
    with pytest.raises(NotConfigured, match="https"):
        S2low().check(replace(access, address=server.address.replace("https", "http")))
    assert "PRIVATE" not in repr(access)


@pytest.mark.slow
def test_one_signed_by_another_authority_is_not_let_in(server, tmp_path):
    stranger = TrialServer(tmp_path)
    stranger.close()
    other = stranger.body(SIREN).read_bytes()
    with pytest.raises(Unavailable, match="ne répond pas"):
        S2low().check(Access(SIREN, server.address, other))


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.usefixtures("all_beneficiaries")
def test_an_act_makes_the_whole_road_over_tls(server, settings):
    """Asked for, handed over by pieces, acknowledged, stamped, a letter read: each once, and kept."""
    settings.SOCLE_TRANSMITTERS = {"s2low": "socle.engines.s2low.engine.S2low"}
    place, by = f.beneficiary(), User.objects.system()
    made = t.account(place, transmitter="s2low", address=server.address, agreed_on=f.TODAY)
    accounts.give_certificate(made, server.body(made.siren).read_bytes(), by=by, at=timezone.now())
    one = t.act(place, subject="L’œuvre (pièces)", adopted_on=date(2021, 11, 23))
    sent = sending.send_electronically(one, annexes=[(t.kept(place, title="Plan"), "")], by=by, at=timezone.now())
    assert sending.leave_due(by=by, at=timezone.now()) == 1
    assert t.polled(3, at=timezone.now()) == 1
    sent.refresh_from_db()
    one.refresh_from_db()
    assert sent.status == Status.RECEIVED
    assert one.received_on == sent.received_on
    assert sent.stamped not in (None, one.document)
    assert sorted(Incoming.objects.values_list("kind", "set_aside_because")) == [("1-2", ""), ("3-1", "")]
    (held,) = server.desk.of(made.siren).values()
    assert held.size == one.document.size * 2
    assert held.is_letter_taken


@pytest.mark.slow
def test_the_command_starts_the_server_beside_a_demonstration_only_and_says_what_it_is(tmp_path, settings, capsys):
    settings.DATA_DIR, settings.DEMO = tmp_path, False
    with pytest.raises(CommandError, match="pas une démonstration"):
        call_command("transmission_server", "start")
    settings.DEMO = True
    (tmp_path / "demonstration").touch()
    line = [sys.executable, "-m", "socle", "transmission-server", "start", "--siren", SIREN]
    line += ["--ports", str(free_ports(1)[0] - 43)]
    environment = {**os.environ, "SOCLE_DATA_DIR": str(tmp_path)}
    said = subprocess.run(line, capture_output=True, text=True, env=environment, check=True, timeout=60).stdout
    try:
        assert "ce n’est pas S²LOW" in said
        assert (tmp_path / "transmission-server" / f"{SIREN}.pem").stat().st_mode & 0o077 == 0
        call_command("transmission_server", "status")
        assert capsys.readouterr().out.startswith("Le serveur d’essai répond. C’est un serveur à nous")
    finally:
        call_command("transmission_server", "forget")
    assert not (tmp_path / "transmission-server").exists()
