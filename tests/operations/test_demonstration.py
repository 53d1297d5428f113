"""A demonstration stays on its machine, and erases only what is its own."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from socle.journal import heads
from socle.lib.declared import Step
from socle.lib.hosts import is_loopback
from socle.lib.refusals import Refused
from socle.operations import demonstration
from socle.operations.safekeeping import inventory, restoring
from socle.serving import middleware
from tests.consistency import house


@pytest.fixture
def demo(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory that bears our marker and holds a bit of everything."""
    settings.DATA_DIR = tmp_path
    settings.DEMO_MARKER = tmp_path / "demonstration"
    settings.DEMO = True
    monkeypatch.setattr(demonstration, "database_name", lambda: "sqlite socle.sqlite3")
    monkeypatch.setattr(demonstration.connection, "vendor", "sqlite")
    monkeypatch.setattr(demonstration.connection, "close", lambda: None)
    settings.DEMO_MARKER.write_text(f"{demonstration.HEADING}\nbase : sqlite socle.sqlite3\n")
    (tmp_path / "socle.sqlite3").write_text("rows")
    (tmp_path / "media" / "images").mkdir(parents=True)
    (tmp_path / "programmes").mkdir()
    (tmp_path / "programmes" / "le-notre.toml").write_text("written by a person")
    return tmp_path


def test_starting_over_removes_what_socle_wrote_and_nothing_a_person_put_there(demo: Path) -> None:
    demonstration.start_over()
    assert sorted(path.name for path in demo.iterdir()) == ["programmes"]
    assert (demo / "programmes" / "le-notre.toml").read_text() == "written by a person"


# What starting over leaves: the marker, which goes last; of a process that runs; of the servers beside; a person's own.
LEFT = {
    *("demonstration", "draining", "locks", "port"),
    *("mail-servers", "name-server", "transmission-server", "webmail", "former-keys", "programmes"),
}


def test_whatever_is_written_in_the_directory_goes_or_is_left_for_a_reason() -> None:
    named = {
        name
        for path in house.code()
        for name in re.findall(r"DATA_DIR\)? / \(?[\"']([\w.-]+)", house.read(path))
        if path.parts[1] != "replays"
    }
    assert len(named) > 20
    # The head of a journal that is gone would have the next one refused, at the last step.
    assert named | {heads.FILE} <= {*demonstration.OURS, *LEFT}


def test_starting_over_does_not_follow_a_link_out_of_the_directory(
    demo: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "precious").write_text("kept")
    (demo / "kept").symlink_to(elsewhere)
    demonstration.start_over()
    assert (elsewhere / "precious").read_text() == "kept"
    assert not (demo / "kept").exists()


@pytest.mark.parametrize("marker", ["", "un fichier qui porte ce nom par hasard"])
def test_a_directory_without_our_marker_is_never_erased(demo: Path, marker: str) -> None:
    (demo / "demonstration").write_text(marker)
    with pytest.raises(Refused, match="rien n’a été effacé"):
        demonstration.start_over()
    assert (demo / "socle.sqlite3").exists()


def test_a_demonstration_restored_beside_another_database_is_of_that_one(
    demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside = tmp_path / "restoring"
    (beside / inventory.STAGING).mkdir(parents=True)
    (beside / inventory.STAGING / inventory.SECRET_KEY).write_text("clé")
    (beside / "demonstration").write_text(demonstration.mark())
    monkeypatch.setattr(demonstration, "database_name", lambda: "postgresql ailleurs:5432/socle")
    assert demonstration.why_not_this_database() is not None
    restoring._prepare_keys_and_marker(beside)
    (beside / "demonstration").replace(demo / "demonstration")
    assert demonstration.why_not_this_database() is None


def test_a_demonstration_never_lays_hands_on_another_database(demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demonstration, "database_name", lambda: "postgresql production:5432/socle")
    with pytest.raises(Refused, match="liée à une autre base"):
        demonstration.start_over()
    assert (demo / "socle.sqlite3").exists()
    assert demonstration.why_not_this_database() is not None


def test_the_marker_names_its_database_without_its_password() -> None:
    database = {"ENGINE": "django.db.backends.postgresql", "HOST": "base", "PORT": 5432, "NAME": "socle"}
    assert demonstration.database_name({**database, "PASSWORD": "tres-secret"}) == "postgresql base:5432/socle"


@pytest.mark.django_db
def test_a_database_in_use_never_becomes_a_demonstration(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DEMO_MARKER = tmp_path / "demonstration"
    monkeypatch.setattr(demonstration.connection, "close", lambda: None)
    with pytest.raises(Refused, match="rien n’a été touché"):
        demonstration.open_mode()
    assert not settings.DEMO_MARKER.exists()


def test_steps_are_told_in_order_and_a_refusal_stops_them() -> None:
    told: list[str] = []

    def wrong(say: demonstration.Say) -> None:
        raise Refused("Le fichier du territoire est tronqué.")

    steps = [
        Step("Base", lambda say: say("42 tables")),
        Step("Territoire", wrong),
        Step("Personnes", lambda say: say("never")),
    ]
    with pytest.raises(Refused, match="tronqué"):
        demonstration.prepare(told.append, steps)
    assert told == ["[1/3] Base…", "      42 tables", "[2/3] Territoire…"]


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        ("prisches.localhost", True),
        ("localhost.", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.4", False),
        ("example.org", False),
        ("localhost.example.org", False),
        ("127.0.0.1.example.org", False),
        ("", False),
    ],
)
def test_a_demonstration_listens_to_this_machine_only(settings: Any, host: str, here: bool) -> None:
    settings.DEMO = True
    assert is_loopback(host) is here
    assert (demonstration.why_not_listen_on(host) is None) is here
    settings.DEMO = False
    assert demonstration.why_not_listen_on(host) is None


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"HTTP_HOST": "localhost:8000"}, 200),
        ({"HTTP_HOST": "prisches.localhost:8000"}, 200),
        ({"HTTP_HOST": "[::1]:8000", "REMOTE_ADDR": "::1"}, 200),
        ({"HTTP_HOST": "127.0.0.1"}, 200),
        ({"HTTP_HOST": "demo.example.org"}, 403),
        ({"HTTP_HOST": "192.168.1.4:8000"}, 403),
        ({"REMOTE_ADDR": "192.168.1.9"}, 403),
        ({"REMOTE_ADDR": ""}, 403),
        ({"HTTP_X_FORWARDED_FOR": "10.0.0.1"}, 403),
        ({"HTTP_FORWARDED": "for=10.0.0.1"}, 403),
        ({"HTTP_VIA": "1.1 proxy"}, 403),
    ],
)
def test_a_demonstration_refuses_what_comes_from_elsewhere_or_through_a_proxy(
    settings: Any, rf: RequestFactory, headers: dict[str, str], status: int
) -> None:
    gate = middleware.DemonstrationStaysHere(lambda request: HttpResponse("ok"))
    request = rf.get("/", **{"SERVER_NAME": "localhost", **headers})
    settings.DEMO = True
    assert gate(request).status_code == status
    settings.DEMO = False
    assert gate(request).status_code == 200


def test_the_page_that_refuses_is_a_good_page() -> None:
    from tests.client import defects

    assert defects(middleware.REFUSAL) == []
