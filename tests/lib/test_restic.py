"""restic is run with what it needs and no more, is stopped when it must be, and its failures are told apart."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from socle.lib import restic
from socle.lib.restic import Failed, Kind, Restic


@pytest.fixture
def saying(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Restic]:
    """A repository opened by a program called restic that does what we want."""

    def make(script: str, **options: Any) -> Restic:
        program = tmp_path / "restic"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        return Restic("depot", **options)

    return make


@pytest.mark.parametrize(
    ("code", "said", "kind"),
    [
        (12, "", Kind.WRONG_KEY), (1, "Fatal: wrong password or no key found", Kind.WRONG_KEY), (11, "", Kind.LOCKED),
        (1, "unable to create lock: repository is already locked by PID 3", Kind.LOCKED), (10, "", Kind.NO_REPOSITORY),
        (1, "write: no space left on device", Kind.FULL), (1, "Access Denied.", Kind.NO_ACCESS),
        (1, "SignatureDoesNotMatch", Kind.NO_ACCESS), (1, "dial tcp: connection refused", Kind.NO_ANSWER),
        (1, "open config: permission denied. Is there a repository at the following location?", Kind.NO_RIGHT),
        (1, "Fatal: path /x: not found", Kind.MISSING),
        (1, 'Fatal: cannot dump file: path "/x": not found in snapshot', Kind.MISSING),
        (1, 'Fatal: cannot dump file: cannot load subtree for "/saving": decrypting blob failed', Kind.DAMAGED),
        (1, "pack 12 contains 3 errors", Kind.DAMAGED),
        (1, "Fatal: unable to open config file: is there a repository", Kind.DAMAGED),
        (1, "ciphertext verification failed", Kind.DAMAGED), (1, "<script>", Kind.OTHER), (1, "", Kind.OTHER),
    ],
)  # fmt: skip
def test_why_it_failed_is_read_from_its_code_then_from_its_words(code: int, said: str, kind: Kind) -> None:
    assert Failed(code, [said]).kind is kind


def test_a_machine_without_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not restic.is_here()
    with pytest.raises(Failed) as failed:
        Restic("depot")
    assert failed.value.kind is Kind.ABSENT


def test_it_is_given_its_key_and_nothing_of_ours(
    saying: Callable[..., Restic], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SOCLE_SECRET_KEY", "AWS_SECRET_ACCESS_KEY", "RESTIC_REPOSITORY"):
        monkeypatch.setenv(name, "ailleurs")
    said = saying('echo "$@"; env', key="notre cle", environment={"AWS_ACCESS_KEY_ID": "moi"}).run(["cat", "config"])
    line, *told = said.decode().splitlines()
    assert line == "--repo depot --no-cache cat config"
    assert {"RESTIC_PASSWORD=notre cle", "AWS_ACCESS_KEY_ID=moi"} <= set(told)
    assert "ailleurs" not in said.decode()


@pytest.mark.slow
def test_who_never_ends_says_too_much_or_will_not_have_us_is_stopped(saying: Callable[..., Restic]) -> None:
    refused = "echo 'Load(<config/0>) failed, retrying after 1s: Access Denied.' >&2; exec sleep 600"
    for script, options, kind in (
        ("exec sleep 600", {"timeout": 0.3}, Kind.LATE),
        ("exec yes", {"most_bytes": 1000}, Kind.ENDLESS),
        (refused, {"gives_up": True}, Kind.NO_ACCESS),
        (refused.replace("Access Denied", "bucket does not exist"), {"gives_up": True}, Kind.NO_REPOSITORY),
    ):  # fmt: skip
        with pytest.raises(Failed) as failed:
            saying(script).run(["snapshots"], **options)
        assert failed.value.kind is kind
    with pytest.raises(Failed) as failed:
        list(saying("exec tr '\\\\0' x < /dev/zero").lines(["ls"], most_line=1000))
    assert failed.value.kind is Kind.ENDLESS


def test_the_name_of_a_file_in_its_progress_is_no_complaint(saying: Callable[..., Restic]) -> None:
    progress = json.dumps({"message_type": "status", "current_files": ["/corrupt, no such file.pdf"]})
    complaint = json.dumps({"message_type": "exit_error", "code": 1, "message": "Fatal: quelque chose"})
    with pytest.raises(Failed) as failed:
        saying(f"echo '{progress}'; echo '{complaint}' >&2; exit 1").run(["backup"])
    assert (failed.value.kind, failed.value.last) == (Kind.OTHER, "Fatal: quelque chose")
    with pytest.raises(Failed) as failed:
        saying("echo 'repository contains errors'; exit 1").run(["check"])
    assert failed.value.kind is Kind.DAMAGED


def test_what_it_complains_of_without_failing_is_kept(saying: Callable[..., Restic]) -> None:
    run = saying('echo \'{"message_type": "error", "item": "/a"}\' >&2; echo rien de grave >&2')
    run.run(["backup"])
    assert [restic.text_of(message) for message in run.errors][1:] == ["rien de grave"]
    assert run.errors[0]["item"] == "/a"


@pytest.mark.parametrize(
    ("said", "micro"),
    [
        ("2026-11-25T01:30:00.123456789+01:00", 123456),
        ("2026-11-25T00:30:00Z", 0),
        ("2026-11-25T00:30:00", 0),
        ("2026-11-25T01:30:00.5+01:00", 500_000),
    ],
)
def test_its_instants_have_nine_digits_and_a_zone(said: str, micro: int) -> None:
    assert restic.instant(said) == datetime(2026, 11, 25, 0, 30, 0, micro, tzinfo=UTC)
