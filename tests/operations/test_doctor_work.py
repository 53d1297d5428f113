"""The doctor finds what works no more: processes, tasks, engines, the sending server, the backups."""

from __future__ import annotations

import socketserver
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult, get_date_max

from socle.lib import locks
from socle.lib.findings import Severity
from socle.mail import server_status
from socle.operations import beats, doctor, processes
from socle.operations.doctor import work
from socle.operations.safekeeping import inventory
from socle.provisioning.contract import EngineError
from tests.operations.test_doctor import deaf_port, found, in_service

__all__ = ["deaf_port", "in_service"]


@pytest.mark.django_db
@pytest.mark.parametrize(("code", "command"), [("worker", "socle worker"), ("scheduler", "socle scheduler")])
def test_a_process_that_lives_no_more_is_found_at_once_however_lately_it_lived(
    in_service: Any, code: str, command: str
) -> None:
    with time_machine.travel("2026-11-25 09:00:00+00:00", tick=False) as clock:
        beats.beat(code)
        clock.shift(3)
        severity, said = found(code)
    assert severity is Severity.ERROR
    assert "0:00:03" in said
    # What it says is what one types.
    (examined,) = doctor.examine(only=[code])
    assert [one.remedy for one in examined.findings] == [command]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("code", "unit"), [("worker", "socle-worker@1.service"), ("scheduler", "socle-scheduler.service")]
)
def test_where_systemd_keeps_it_systemd_starts_it_again(
    in_service: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, unit: str
) -> None:
    monkeypatch.setattr(work, "UNITS", tmp_path)
    (tmp_path / unit.replace("@1", "@")).touch()
    assert f"systemctl restart {unit}" in found(code)[1]


@pytest.mark.django_db
def test_a_process_that_holds_its_lock_lives(in_service: Any) -> None:
    with processes.held(processes.SCHEDULER_LOCK, shared=True):
        assert found("scheduler")[0] is Severity.OK
    name = processes.new_worker_id()
    with processes.held(processes.lock_of(name)):
        assert found("worker")[0] is Severity.OK
    assert found("worker")[0] is Severity.ERROR


@pytest.mark.slow
@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_those_of_another_machine_live_as_long_as_the_database_sees_them(
    in_service: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with processes.living(processes.new_worker_id()), locks.held_apart(processes.AT_WORK):
        # Another machine has a data folder of its own, with none of these locks.
        in_service.DATA_DIR = tmp_path / "there"
        assert [found(code)[0] for code in ("worker", "scheduler")] == [Severity.OK, Severity.OK]
    # The server takes an instant to see that a connection was closed.
    deadline = time.monotonic() + 10
    while [found(code)[0] for code in ("worker", "scheduler")] != [Severity.ERROR, Severity.ERROR]:
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.django_db
@pytest.mark.parametrize("code", ["worker", "scheduler"])
def test_a_process_that_keeps_ending_is_found_even_between_two_deaths(in_service: Any, code: str) -> None:
    in_service.DEMO = True
    assert found(code)[0] is Severity.OK
    processes.note_failing(processes.Failing(code, "L’exécuteur", times=7, exit_code=3))
    severity, said = found(code)
    assert severity is Severity.ERROR
    assert "7 fois de suite" in said
    assert "repart de lui-même" in said
    processes.forget_failing(code)
    assert found(code)[0] is Severity.OK


@pytest.mark.django_db
def test_a_demonstration_at_rest_is_not_ill_but_one_that_lost_its_worker_is(in_service: Any) -> None:
    in_service.DEMO = True
    assert found("worker")[0] is Severity.OK
    with processes.held(processes.RUN_LOCK, shared=True):
        assert found("worker")[0] is Severity.ERROR


def a_task(**changes: Any) -> DBTaskResult[Any, Any]:
    values: dict[str, Any] = {
        "task_path": "socle.operations.beats.worker_lives",
        "args_kwargs": {"args": [], "kwargs": {}},
        "queue_name": "default",
        "backend_name": "default",
        "run_after": get_date_max(),
        "exception_class_path": "",
        "traceback": "",
    }
    enqueued_at = changes.pop("enqueued_at", None)
    row: DBTaskResult[Any, Any] = DBTaskResult.objects.create(**(values | changes))
    if enqueued_at is not None:
        DBTaskResult.objects.filter(pk=row.pk).update(enqueued_at=enqueued_at)
    return row


@pytest.mark.django_db
@pytest.mark.parametrize(("minutes", "severity"), [(0, Severity.OK), (20, Severity.WARNING), (90, Severity.ERROR)])
def test_a_queue_that_does_not_move_is_found(in_service: Any, minutes: int, severity: Severity) -> None:
    a_task(status=TaskResultStatus.READY, enqueued_at=timezone.now() - timedelta(minutes=minutes))
    assert found("queue")[0] is severity


@pytest.mark.django_db
def test_a_task_asked_for_later_does_not_wait_yet(in_service: Any) -> None:
    long_ago = timezone.now() - timedelta(days=2)
    a_task(status=TaskResultStatus.READY, enqueued_at=long_ago, run_after=timezone.now() + timedelta(hours=1))
    a_task(status=TaskResultStatus.READY, enqueued_at=long_ago, run_after=timezone.now() - timedelta(minutes=1))
    assert found("queue")[0] is Severity.OK


@pytest.mark.django_db
def test_tasks_that_failed_lately_are_named_and_older_ones_are_not(in_service: Any) -> None:
    a_task(status=TaskResultStatus.FAILED, finished_at=timezone.now() - timedelta(days=3))
    assert found("failed-tasks")[0] is Severity.OK
    a_task(status=TaskResultStatus.FAILED, finished_at=timezone.now())
    severity, said = found("failed-tasks")
    assert severity is Severity.WARNING
    assert "« socle.operations.beats.worker_lives » a échoué 1 fois" in said


class Deaf:
    is_simulated = False

    def check(self) -> None:
        raise EngineError("La clé est refusée.")


def test_an_engine_that_cannot_work_is_found(in_service: Any) -> None:
    in_service.SOCLE_ENGINES = {"messagerie": f"{__name__}.Deaf", "agendas": "socle.engines.gone.Engine"}
    severity, said = found("engines")
    assert severity is Severity.ERROR
    assert "« messagerie » ne peut pas travailler : La clé est refusée." in said
    assert "agendas" in said


def test_a_sending_server_that_does_not_answer_is_found_without_its_password(in_service: Any, deaf_port: int) -> None:
    in_service.EMAIL_HOST, in_service.EMAIL_PORT = "127.0.0.1", deaf_port
    in_service.EMAIL_HOST_USER, in_service.EMAIL_HOST_PASSWORD = "socle", "tres-secret"
    severity, said = found("mail")
    assert severity is Severity.ERROR
    assert f"127.0.0.1:{deaf_port}" in said
    assert "tres-secret" not in said


class Refusing(socketserver.StreamRequestHandler):
    """A server that answers, and takes nobody's password."""

    def handle(self) -> None:
        self.wfile.write(b"220 courriel.exemple.test\r\n")
        for line in self.rfile:
            if line.upper().startswith(b"EHLO"):
                self.wfile.write(b"250-courriel.exemple.test\r\n250 AUTH PLAIN LOGIN\r\n")
            elif line.upper().startswith(b"QUIT"):
                return
            else:
                self.wfile.write(b"535 5.7.8 Error: authentication failed\r\n")


def test_a_sending_server_that_refuses_the_password_is_not_said_to_be_stopped(in_service: Any, deaf_port: int) -> None:
    in_service.EMAIL_HOST, in_service.EMAIL_USE_TLS, in_service.EMAIL_USE_SSL = "127.0.0.1", False, False
    in_service.EMAIL_HOST_USER, in_service.EMAIL_HOST_PASSWORD = "socle", "tres-secret"
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Refusing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        in_service.EMAIL_PORT = server.server_address[1]
        _, refused = found("mail")
        server.shutdown()
    in_service.EMAIL_PORT = deaf_port
    _, stopped = found("mail")
    assert "répond, et refuse notre compte : le mot de passe est faux" in refused
    assert "Corrigez le compte et le mot de passe" in refused
    assert "ne répond pas : il est arrêté" in stopped
    assert "Démarrez-le" in stopped
    assert "tres-secret" not in refused


@pytest.mark.parametrize("is_here", [True, False])
@pytest.mark.parametrize("was_saved", [True, False])
def test_a_passphrase_that_is_lost_is_found_and_drawn_anew_only_before_any_backup(
    in_service: Any, tmp_path: Path, is_here: bool, was_saved: bool
) -> None:
    named = tmp_path / "backup-passphrase"
    in_service.SOCLE_BACKUP_PASSPHRASE_FILE = str(named)
    if is_here:
        named.write_text("x")
        named.chmod(0o644)
        # Others read it: that is said of the secrets.
        assert f"chmod 600 {named}" in found("secrets")[1]
    if was_saved:
        (tmp_path / inventory.LAST_BACKUP).write_text(f"{datetime.now(UTC).isoformat()}\n")
    severity, said = found("passphrase")
    assert (severity is Severity.OK) is is_here
    assert ("openssl rand" in said) is (not is_here and not was_saved)
    assert ("la copie que vous avez gardée" in said) is (not is_here and was_saved)


@pytest.mark.parametrize(
    ("stamp", "severity"),
    [
        (None, Severity.WARNING),
        ("n’importe quoi", Severity.WARNING),
        (timedelta(hours=3), Severity.OK),
        (timedelta(days=2), Severity.WARNING),
        (timedelta(days=30), Severity.ERROR),
    ],
)
def test_the_age_of_the_last_backup_is_read(in_service: Any, tmp_path: Path, stamp: Any, severity: Severity) -> None:
    if stamp is not None:
        written = stamp if isinstance(stamp, str) else (datetime.now(UTC) - stamp).isoformat()
        (tmp_path / inventory.LAST_BACKUP).write_text(f"{written}\n")
    assert found("backups")[0] is severity


LOOKED_AT: list[server_status.Seen] = []


def last_look() -> server_status.Seen | None:
    return LOOKED_AT[0] if LOOKED_AT else None


@pytest.mark.parametrize(
    ("seen", "severity", "words"),
    [
        (None, Severity.WARNING, "n’ont jamais été regardés"),
        ({"looked_at": 11}, Severity.WARNING, "n’ont plus depuis le"),
        ({}, Severity.OK, ""),
        ({"servers": (("postfix", True), ("dovecot", False))}, Severity.ERROR, "dovecot est à l’arrêt"),
        # Greylisted by a neighbour a while ago; then what nobody mends by waiting.
        ({"deferred": 3, "oldest_at": 59}, Severity.OK, ""),
        ({"deferred": 3, "oldest_at": 61}, Severity.ERROR, "3 messages en attente"),
        ({"deferred": 0, "oldest_at": 61}, Severity.OK, ""),
    ],
)
def test_mail_that_is_put_off_and_a_server_that_stopped_are_found(
    seen: dict[str, Any] | None, severity: Severity, words: str, settings: Any
) -> None:
    settings.SOCLE_MAIL_WATCH = f"{__name__}.last_look"
    settings.SOCLE_MAIL_SERVERS = "/srv/mail"
    at = timezone.now()
    LOOKED_AT.clear()
    if seen is not None:
        ages = {"looked_at": 1, **seen}
        said = {name: at - timedelta(minutes=ages[name]) for name in ("looked_at", "oldest_at") if name in ages}
        reasons = (("451 4.2.0 <…> Permission denied", 3),)
        LOOKED_AT.append(server_status.Seen(**{"servers": (("postfix", True),), "reasons": reasons, **seen, **said}))
    found_severity, found_words = found("delivery")
    assert found_severity is severity
    assert words in found_words
    if "attente" in words:
        assert "Permission denied" in found_words
        assert "postqueue -c /srv/mail/postfix -f" in found_words


def certificate(days: float | None, *shown: float, is_own: bool = False) -> server_status.Certificate:
    """One that ends in so many days in its file, and in the hands of each server."""
    now = timezone.now()
    names = ("Dovecot", "Postfix")
    each = tuple((name, now + timedelta(days=end)) for name, end in zip(names, shown, strict=False))
    ends_at = None if days is None else now + timedelta(days=days)
    return server_status.Certificate("/etc/ssl/mx.pem", is_own, ends_at, each)


@pytest.mark.parametrize(
    ("held", "severity", "words", "remedy"),
    [
        (certificate(90, 90, 90), Severity.OK, "", ""),
        (certificate(15, 15), Severity.OK, "", ""),
        (certificate(13, 13, 13), Severity.WARNING, "/etc/ssl/mx.pem, expire le", "certbot renew"),
        (certificate(2, 2, 2), Severity.ERROR, "dans moins de trois jours", "certbot renew"),
        (certificate(-1, -1, -1), Severity.ERROR, "a expiré le", "certbot renew"),
        (
            certificate(-1, -1, is_own=True),
            Severity.ERROR,
            "a expiré le",
            "mail-servers certificate, sous root, le refait",
        ),
        # Renewed, and not read again.
        (certificate(90, -1, 90), Severity.ERROR, "que montre Dovecot a expiré le", "mail-servers certificate"),
        (certificate(90, 90, 10), Severity.WARNING, "que montre Postfix expire le", "mail-servers certificate"),
        (certificate(90, 60, 90), Severity.OK, "", ""),
        (certificate(None), Severity.ERROR, "ne se lit pas", "mail-servers certificate"),
        (None, Severity.OK, "", ""),
    ],
)
def test_a_certificate_of_the_mail_that_ends_is_found_with_its_day(
    held: Any, severity: Severity, words: str, remedy: str, settings: Any
) -> None:
    settings.SOCLE_MAIL_WATCH = f"{__name__}.last_look"
    LOOKED_AT[:] = [server_status.Seen(timezone.now(), certificate=held)]
    found_severity, said = found("mail-certificate")
    assert found_severity is severity
    assert words in said
    assert remedy in said
    if severity is not Severity.OK and held.ends_at is not None:
        end = min([held.ends_at, *(end for _, end in held.shown)])
        assert f"{end:%d/%m/%Y}" in said
    # Too old a look says nothing: what no longer looks is told elsewhere.
    LOOKED_AT[:] = [server_status.Seen(timezone.now() - timedelta(minutes=11), certificate=held)]
    assert found("mail-certificate")[0] is Severity.OK
    LOOKED_AT.clear()
