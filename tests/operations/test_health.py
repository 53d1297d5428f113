"""What machines ask: does it live, is it ready, what does it measure, and who may read that."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
import urllib.request
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client, RequestFactory
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from socle.lib.ports import free_port
from socle.operations import metrics
from socle.outbox.smtp import CountedSmtp
from socle.serving import readiness
from tests import migrated
from tests.operations.test_doctor_work import a_task
from tests.operations.test_run import SOCLE, wait_for

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_known_of_migrations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "migrations", readiness.Migrations())


@pytest.fixture
def machine() -> Client:
    """Something that asks by address, as a load balancer does."""
    return Client(SERVER_NAME="192.0.2.7")


def samples(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Each number, by its name and its labels."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(text: str, name: str, **labels: str) -> float | None:
    return samples(text).get((name, frozenset(labels.items())))


# --- Alive and ready --------------------------------------------------------------------------------------------------
def test_a_load_balancer_asks_by_address_and_is_answered_without_a_session(
    machine: Client, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        response = machine.get("/-/live")
    assert (response.status_code, response.content) == (200, b"ok\n")
    assert response["Cache-Control"] == "no-store"
    assert not response.cookies
    assert machine.post("/-/live").status_code == 405
    assert machine.get("/-/autre").status_code == 404


def test_ready_says_so_then_asks_the_database_one_thing_only(machine: Client, django_assert_num_queries: Any) -> None:
    response = machine.get("/-/ready")
    assert response.status_code == 200
    assert response.json() == {"ready": True, "reasons": []}
    with django_assert_num_queries(1):
        machine.get("/-/ready")


def test_a_database_that_does_not_answer_is_a_503_with_its_reason(
    machine: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise OperationalError("password of host")

    monkeypatch.setattr(connection, "cursor", refuse)
    response = machine.get("/-/ready")
    assert response.status_code == 503
    assert response.json() == {"ready": False, "reasons": ["La base de données ne répond pas."]}
    assert machine.get("/-/live").status_code == 200


@pytest.mark.slow
def test_a_database_that_awaits_a_change_is_a_503_until_it_is_made(machine: Client) -> None:
    row = MigrationRecorder.Migration.objects.filter(app="outbox").latest("pk")
    row.delete()
    response = machine.get("/-/ready")
    assert response.status_code == 503
    assert "socle migrate" in response.json()["reasons"][0]
    MigrationRecorder(connection).record_applied("outbox", row.name)
    readiness.migrations.asked_at = float("-inf")
    assert machine.get("/-/ready").status_code == 200


def test_while_changes_are_awaited_the_whole_plan_is_not_read_at_each_question(django_assert_num_queries: Any) -> None:
    MigrationRecorder.Migration.objects.filter(app="outbox").latest("pk").delete()
    seen = readiness.Migrations()
    assert not seen.are_done(clock=lambda: 100.0)
    with django_assert_num_queries(0):
        assert not seen.are_done(clock=lambda: 104.0)


# --- Who reads what is measured ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("settings_changed", "request_made", "status"),
    [
        ({}, {}, 200),
        ({}, {"REMOTE_ADDR": "203.0.113.9"}, 403),
        ({}, {"HTTP_X_FORWARDED_FOR": "203.0.113.9"}, 403),
        # A proxy on the same machine that says nothing of itself lends its address to everybody.
        ({"ALLAUTH_TRUSTED_PROXY_COUNT": 1}, {}, 403),
        ({"IS_HTTPS": True}, {}, 403),
        ({"METRICS_TOKEN": "un-jeton"}, {}, 403),
        ({"METRICS_TOKEN": "un-jeton"}, {"HTTP_AUTHORIZATION": "Bearer autre"}, 403),
        ({"METRICS_TOKEN": "un-jeton"}, {"HTTP_AUTHORIZATION": "Bearer é"}, 403),
        (
            {"METRICS_TOKEN": "un-jeton", "ALLAUTH_TRUSTED_PROXY_COUNT": 1, "IS_HTTPS": True},
            {"HTTP_AUTHORIZATION": "Bearer un-jeton", "REMOTE_ADDR": "203.0.113.9"},
            200,
        ),
    ],
)
def test_what_is_measured_is_read_from_here_or_with_the_token(
    settings: Any, settings_changed: dict[str, Any], request_made: dict[str, str], status: int
) -> None:
    settings.DEMO = False
    for name, wanted in settings_changed.items():
        setattr(settings, name, wanted)
    response = Client().get("/-/metrics", **request_made)  # type: ignore[arg-type]
    assert response.status_code == status
    assert (b"socle_database_up" in response.content) is (status == 200)


# --- What is measured -------------------------------------------------------------------------------------------------
def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


@pytest.mark.slow
def test_a_request_is_counted_by_its_route_and_never_by_its_address(client: Client) -> None:
    before = counted("socle_requests_total", door="console", route="none", method="GET", status="404")
    client.get("/console/jeanne.martin@exemple.fr/nulle-part")
    assert counted("socle_requests_total", door="console", route="none", method="GET", status="404") == before + 1
    labels = {"door": "public", "route": "accessibilite/", "method": "GET", "status": "200"}
    before = counted("socle_requests_total", **labels)
    seconds = counted("socle_request_seconds_count", door="public", route="accessibilite/")
    client.get("/accessibilite/?q=jeanne")
    assert counted("socle_requests_total", **labels) == before + 1
    assert counted("socle_request_seconds_count", door="public", route="accessibilite/") == seconds + 1
    text = Client().get("/-/metrics").content.decode()
    assert "jeanne" not in text
    assert value(text, "socle_requests_total", **labels) is not None


def test_an_invented_method_makes_no_new_series(client: Client) -> None:
    client.generic("JEANNE", "/")
    assert "JEANNE" not in Client().get("/-/metrics").content.decode()


@pytest.mark.slow
def test_tasks_are_counted_by_state_and_the_oldest_by_its_age() -> None:
    a_task(status=TaskResultStatus.READY, enqueued_at=timezone.now() - timedelta(minutes=10))
    a_task(status=TaskResultStatus.READY, enqueued_at=timezone.now() - timedelta(minutes=1))
    a_task(status=TaskResultStatus.FAILED, finished_at=timezone.now())
    text = metrics.exposition().decode()
    assert value(text, "socle_tasks", queue="default", state="ready") == 2
    assert value(text, "socle_tasks", queue="default", state="failed") == 1
    oldest = value(text, "socle_oldest_task_seconds", queue="default")
    assert oldest is not None
    assert 600 <= oldest < 700


@pytest.mark.slow
def test_the_state_of_the_platform_costs_few_queries(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(9):
        text = metrics.exposition().decode()
    for name in ("socle_disk_free_bytes", "socle_journal_unsealed", "socle_installations_overdue"):
        assert value(text, name) is not None
    assert value(text, "socle_websites", state="suspended") == 0


@pytest.mark.slow
def test_a_database_that_does_not_answer_is_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise OperationalError

    monkeypatch.setattr(connection, "cursor", refuse)
    text = metrics.exposition().decode()
    assert value(text, "socle_database_up") == 0
    assert value(text, "socle_disk_free_bytes")


@pytest.mark.slow
def test_a_message_that_does_not_leave_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    message = EmailMessage("Objet", "Corps", "a@exemple.fr", ["b@exemple.fr"])
    sent, failed = counted("socle_messages_total", outcome="sent"), counted("socle_messages_total", outcome="failed")
    monkeypatch.setattr(EmailBackend, "send_messages", lambda self, messages: len(messages))
    assert CountedSmtp().send_messages([message]) == 1

    def fails(self: Any, messages: Any) -> int:
        raise ConnectionRefusedError

    monkeypatch.setattr(EmailBackend, "send_messages", fails)
    with pytest.raises(ConnectionRefusedError):
        CountedSmtp().send_messages([message])
    monkeypatch.setattr(EmailBackend, "send_messages", lambda self, messages: None)
    assert CountedSmtp().send_messages([message]) == 0
    assert counted("socle_messages_total", outcome="sent") == sent + 1
    assert counted("socle_messages_total", outcome="failed") == failed + 2
    assert mail.outbox == []


def test_the_counts_of_the_long_dead_are_forgotten_and_no_other(settings: Any, tmp_path: Path) -> None:
    settings.METRICS_DIR = tmp_path
    nobody = "999999999"
    for name, age in ((f"counter_{nobody}", 10), (f"counter_{os.getpid()}", 10), (f"histogram_{nobody}", 0)):
        path = tmp_path / f"{name}.db"
        path.write_bytes(b"")
        os.utime(path, (time.time() - age * 86400,) * 2)
    metrics.forget_the_dead()
    assert {path.stem for path in tmp_path.iterdir()} == {f"counter_{os.getpid()}", f"histogram_{nobody}"}


def test_a_site_and_a_static_file_have_their_own_shape(rf: RequestFactory) -> None:
    assert metrics.door_and_route(rf.get("/static/ui/x.css")) == ("public", "static")
    request = rf.get("/actualites/une-personne/")
    request.website = object()  # type: ignore[attr-defined]
    assert metrics.door_and_route(request) == ("sites", "none")


@pytest.mark.slow
def test_the_counts_of_several_processes_add_up(tmp_path: Path) -> None:
    """Two web processes answer; whichever is asked gives the sum of both."""
    environment = {
        **{name: text for name, text in os.environ.items() if not name.startswith(("SOCLE_", "PROMETHEUS_"))},
        "SOCLE_DATA_DIR": str(tmp_path),
        "SOCLE_STATIC_BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage",
    }
    migrated.lay(environment)
    port = free_port()
    server = subprocess.Popen(
        # The web server of `socle run`, without what it starts beside.
        [*SOCLE, "web", "--port", str(port), "--workers", "2"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def ask(path: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as response:
            return str(response.read().decode())

    def answers() -> bool:
        with contextlib.suppress(OSError):
            return ask("/-/ready") != ""
        return False

    def writers() -> int:
        return len(list((tmp_path / "metrics").glob("counter_*.db")))

    labels = {"door": "public", "route": "accessibilite/", "method": "GET", "status": "200"}
    try:
        wait_for(answers, seconds=180)
        asked = 0
        # Each connection goes to one process or the other: go on until both have counted.
        while asked < 20 or (writers() < 2 and asked < 500):
            ask("/accessibilite/")
            asked += 1
        told = {value(ask("/-/metrics"), "socle_requests_total", **labels) for _ in range(10)}
        assert writers() >= 2
        assert told == {float(asked)}
    finally:
        server.terminate()
        server.wait(20)
