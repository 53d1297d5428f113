"""What leaves by SMTP, to a real server: the name of each message, and once at most where a second one would hurt."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.mail import EmailMessage, get_connection
from django.db import transaction

from socle.outbox import departures
from socle.outbox.models import Departure
from tests import factories as f
from tests.mailserver import Server, mail_server
from tests.systems import System


@pytest.fixture
def server(settings) -> Iterator[Server]:
    with mail_server(settings) as taking:
        yield taking


def test_the_same_message_has_the_same_name_and_another_has_another(server: Server) -> None:
    def leave(**changes: Any) -> None:
        said = {"subject": "À signer", "body": "Bonjour", "to": ["a@exemple.invalid"], **changes}
        get_connection().send_messages([EmailMessage(**said)])

    for changes in ({}, {}, {"body": "Bonsoir"}, {"to": ["b@exemple.invalid"]}, {"subject": "Signé"}):
        leave(**changes)
    first, again, *others = server.names
    assert first == again
    assert len({first, *others}) == 4
    leave(headers={"Message-ID": "<a@b>"})
    assert server.names[-1] == "<a@b>"
    for name in server.names[:-1]:
        assert name.endswith("@socle.invalid>")
        assert socket.gethostname() not in name


@pytest.mark.django_db
def test_what_leaves_once_leaves_once_and_another_key_is_another(server: Server) -> None:
    def leave(*key: object, to: str = "a@exemple.invalid") -> bool:
        return departures.send_once(key, "Rappel\nà signer", "Bonjour", to, at=f.NOW)

    assert leave("rappel", 1)
    assert not leave("rappel", 1)
    assert not leave("rappel", 1, to="A@exemple.invalid")
    assert leave("rappel", 2)
    assert leave("rappel", 1, to="b@exemple.invalid")
    assert len(set(server.names)) == len(server.taken) == 3
    # Whom and about what cannot be read back.
    kept = str(list(Departure.objects.values()))
    assert "exemple" not in kept
    assert "rappel" not in kept


@pytest.mark.django_db
def test_what_the_server_did_not_take_may_be_tried_again_and_what_nobody_knows_may_not(server: Server) -> None:
    server.says = ["451 Try again later"]
    with pytest.raises(Exception, match="Try again later"):
        departures.send_once(("a",), "Rappel", "Bonjour", "a@exemple.invalid", at=f.NOW)
    assert not Departure.objects.exists()
    assert departures.send_once(("a",), "Rappel", "Bonjour", "a@exemple.invalid", at=f.NOW)

    server.says = ["421 Closing"]  # The conversation is over, and says so: nothing was taken.
    with pytest.raises(Exception, match="Closing"):
        departures.send_once(("b",), "Rappel", "Bonjour", "a@exemple.invalid", at=f.NOW)
    assert departures.send_once(("b",), "Rappel", "Bonjour", "a@exemple.invalid", at=f.NOW)

    Departure.objects.create(key=departures._digest(("c", "a@exemple.invalid")), claimed_at=f.NOW)
    assert not departures.send_once(("c",), "Rappel", "Bonjour", "a@exemple.invalid", at=f.NOW)
    assert len(server.taken) == 2
    with time_machine.travel(f.NOW + timedelta(days=399)):
        assert departures.forget_old() == 0
    with time_machine.travel(f.NOW + timedelta(days=401)):
        assert departures.forget_old() == 3


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
@pytest.mark.both
def test_it_is_not_sent_from_inside_a_transaction_that_may_be_undone() -> None:
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        departures.send_once(("a",), "Rappel", "Bonjour", "a@exemple.invalid", at=f.NOW)


# --- A worker that is killed ------------------------------------------------------------------------------------------
LEAVING = """
import django; django.setup()
from datetime import timedelta
from django.utils import timezone
from socle.lib.dates import day_of
from socle.people.models import Membership, Role
from tests import factories as f
place = f.beneficiary(f.commune("59474", "Prisches", 900))
for role in (Role.SECRETARY, Role.MAYOR):
    f.member(role, place)
Membership.objects.filter(role=Role.SECRETARY).update(ends_on=day_of(timezone.now()) + timedelta(days=3))
"""
ROUND = "import django; django.setup(); from socle.people.offboarding import remind_due; print(remind_due())"


@pytest.mark.slow
@pytest.mark.postgresql
def test_a_process_killed_once_the_server_has_taken_its_message_sends_no_second_one(
    server: Server, tmp_path: Path
) -> None:
    with System(tmp_path / "here") as system:
        system.migrate()
        made = system.python(LEAVING)
        assert made.returncode == 0, made.stderr
        there = system.environment | {"SOCLE_EMAIL_URL": f"smtp://127.0.0.1:{server.port}"}

        def go_round() -> int:
            running = subprocess.Popen(
                [sys.executable, "-c", ROUND], env=there, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
            server.sender = running.pid
            running.communicate(timeout=120)
            return running.returncode

        server.kills = True
        assert go_round() == -signal.SIGKILL  # The first message was taken, and its sender died.
        assert len(server.taken) == 1
        assert go_round() == -signal.SIGKILL  # It went on with the second, and died again.
        assert len(server.taken) == 2
        server.kills = False
        assert go_round() == 0
    assert sorted(message["To"].partition("-")[0] for message in server.taken) == ["mayor", "secretary"]
