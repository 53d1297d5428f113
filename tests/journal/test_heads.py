"""Whoever writes in the database does not rewrite the past unseen: the chain's head is kept elsewhere."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection, models
from django.test import override_settings

from socle.journal import actions as journal
from socle.journal import heads
from socle.journal.models import Entry
from socle.lib import dates
from socle.lib.findings import Severity
from socle.lib.refusals import Refused
from socle.operations.doctor import examine
from socle.people.models import User
from tests import factories as f

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def data_dir(settings: Any, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(f.NOW, tick=False) as traveller:
        yield traveller


def write(count: int = 1, at: datetime = f.NOW) -> None:
    system = User.objects.system()
    for n in range(count):
        journal.record("essai.fait", system, by=system, at=at, rank=n)


def sql(text: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(text, values)


def said(verb: str, *options: str) -> str:
    out = io.StringIO()
    call_command("journal", verb, *options, stdout=out)
    return out.getvalue()


def severity_of(code: str) -> Severity:
    (examined,) = examine(only=[code])
    return max(finding.severity for finding in examined.findings)


def cut(count: int) -> None:
    sql("DELETE FROM journal_entry WHERE position > %s", 5 - count)


def rewrite_all() -> None:
    """Whoever knows how the chain is made, makes it again with another past."""
    sql("UPDATE journal_entry SET position = NULL, seal = '', object_id = '999999' WHERE position IS NOT NULL")
    journal.seal()


def unseal_and_alter_the_last() -> None:
    sql("UPDATE journal_entry SET position = NULL, seal = '', verb = 'essai.autre' WHERE position = 5")
    journal.seal()


def rewrite_the_middle() -> None:
    """Whoever knows how a line is sealed seals it again: those after it hold its former seal."""
    sql("UPDATE journal_entry SET verb = 'essai.autre' WHERE position = 3")
    before, line = Entry.objects.filter(position__in=(2, 3)).order_by("position")
    sql("UPDATE journal_entry SET seal = %s WHERE position = 3", journal._digest(line, 3, before.seal))


def replace_the_last() -> None:
    cut(1)
    write()
    journal.seal()


def forge(at: datetime = f.NOW - 24 * HOUR) -> None:
    rows = models.QuerySet[Entry](Entry)
    rows.bulk_create([Entry(verb="essai.forgé", object_type="x", object_id="1", by_ref="people.user:1", at=at)])


ATTACKS: dict[str, tuple[Callable[[], object], str]] = {
    "the last line removed": (lambda: cut(1), "la dernière ligne a été retirée"),
    "several last lines removed": (lambda: cut(3), "les 3 dernières ont été retirées"),
    "all lines removed": (lambda: cut(5), "les 5 dernières ont été retirées"),
    "the last one replaced": (replace_the_last, "la chaîne a été refaite"),
    "the last one unsealed, altered and sealed": (unseal_and_alter_the_last, "la chaîne a été refaite"),
    "the whole chain made again": (rewrite_all, "la chaîne a été refaite"),
    "an unsealed line of the past": (forge, "ajoutée après coup"),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_past_is_not_rewritten_unseen(attack: str) -> None:
    done, sentence = ATTACKS[attack]
    write(5)
    said("seal")
    assert "La chaîne est intacte" in said("verify")
    assert (severity_of("journal"), severity_of("chain")) == (Severity.OK, Severity.OK)
    done()
    with pytest.raises(CommandError, match=sentence):
        said("verify")
    assert (severity_of("journal"), severity_of("chain")) == (Severity.ERROR, Severity.ERROR)
    # Neither the next tick nor new lines make the alarm stop.
    write(7)
    with pytest.raises(CommandError):
        said("seal")
    with pytest.raises(CommandError):
        said("verify")


def test_a_line_of_the_middle_altered_and_sealed_again_is_told_by_the_next_one() -> None:
    write(5)
    said("seal")
    rewrite_the_middle()
    with pytest.raises(CommandError, match="Ligne 4"):
        said("verify")
    assert severity_of("chain") == Severity.ERROR


def test_a_line_forged_in_the_past_is_never_sealed() -> None:
    write(2)
    said("seal")
    forge()
    write(1)
    with pytest.raises(CommandError):
        said("seal")
    assert list(Entry.objects.filter(position=None).values_list("verb", flat=True)) == ["essai.forgé"]
    assert Entry.objects.filter(position=3, verb="essai.fait").exists()


@pytest.mark.parametrize(
    ("before", "is_intact"),
    [(timedelta(0), True), (HOUR, True), (HOUR + timedelta(seconds=1), False), (400 * 24 * HOUR, False)],
)
def test_a_line_is_late_an_hour_before_the_last_seal(before: timedelta, is_intact: bool) -> None:
    write(1)
    said("seal")
    write(1, at=f.NOW - before)
    heads.seal_and_keep()
    assert heads.examine(at=f.NOW).is_intact is is_intact
    assert Entry.objects.filter(position=None).exists() is not is_intact


def test_nothing_is_added_where_the_platform_was_idle(clock: Any) -> None:
    write(1)
    said("seal")
    clock.shift(24 * HOUR)
    said("seal")
    forge(at=f.NOW + 6 * HOUR)
    with pytest.raises(CommandError, match="ajoutée après coup"):
        said("seal")


def test_a_clock_that_went_ahead_then_back_makes_no_line_late(clock: Any) -> None:
    clock.shift(48 * HOUR)
    write(1, at=f.NOW + 48 * HOUR)
    said("seal")
    clock.shift(-48 * HOUR)
    write(2)
    assert "La chaîne est intacte" in said("seal")
    assert "3 lignes scellées, 0 en attente" in said("verify")


def test_lines_that_wait_for_a_scheduler_that_was_stopped_are_no_forgeries(clock: Any) -> None:
    write(1)
    said("seal")
    write(2, at=f.NOW + HOUR)
    clock.shift(24 * HOUR)
    assert "2 en attente" in said("verify")
    assert "La chaîne est intacte" in said("seal")


def _edited(head: dict[str, Any]) -> str:
    return json.dumps({**head, "count": 1})


def _signed_elsewhere(head: dict[str, Any]) -> str:
    with override_settings(SECRET_KEY="une autre clé"):
        return heads.current(at=f.NOW).as_json()


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (_edited, "a été modifié"),
        (_signed_elsewhere, "n’est pas signé par la clé"),
        (lambda head: json.dumps({**head, "signature": "00"}), "a été modifié"),
        (lambda head: json.dumps({**head, "format": 2}), "Ce n’est pas un relevé"),
        (lambda head: "[]", "Ce n’est pas un relevé"),
        (lambda head: "", "Ce n’est pas un relevé"),
    ],
)
def test_a_head_that_the_platform_did_not_sign_is_an_alarm_and_is_not_written_over(
    data_dir: Path, spoil: Callable[[dict[str, Any]], str], sentence: str
) -> None:
    write(3)
    said("seal")
    kept = data_dir / heads.FILE
    spoilt = spoil(json.loads(kept.read_text()))
    kept.write_text(spoilt)
    write(2)
    for verb in ("verify", "seal", "head"):
        with pytest.raises(CommandError, match=sentence):
            said(verb)
    assert severity_of("journal") is Severity.ERROR
    assert kept.read_text() == spoilt
    assert Entry.objects.filter(position=5).exists()


def test_without_a_head_yet_verify_says_what_it_does_not_see_and_the_tick_writes_one(data_dir: Path) -> None:
    write(3)
    journal.seal()
    assert "ne se verraient pas" in said("verify").replace("\n", " ")
    heads.seal_and_keep()
    assert "Comparée au relevé du 25\u00a0novembre\u00a02026" in said("verify")
    assert [path.name for path in data_dir.iterdir()] == [heads.FILE]
    # As all that lies there, for its owner alone.
    assert (data_dir / heads.FILE).stat().st_mode & 0o777 == 0o600


def test_a_head_printed_and_kept_elsewhere_tells_what_the_data_folder_no_longer_does(
    data_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "relevé.json"
    write(5)
    said("seal")
    elsewhere.write_text(said("head"))
    assert "La chaîne est intacte" in said("verify", "--against", str(elsewhere))
    cut(2)
    (data_dir / heads.FILE).unlink()
    said("seal")
    assert "La chaîne est intacte" in said("verify")
    with pytest.raises(CommandError, match="les 2 dernières ont été retirées"):
        said("verify", "--against", str(elsewhere))
    with pytest.raises(CommandError, match="ne peut pas être lu"):
        said("verify", "--against", str(data_dir / "absent"))


def test_a_head_of_a_former_key_is_read_by_its_public_half(settings: Any, tmp_path: Path) -> None:
    former, elsewhere = settings.SECRET_KEY, tmp_path / "relevé.json"
    write(2)
    said("seal")
    elsewhere.write_text(said("head"))
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "une clé nouvelle", [former]
    said("verify", "--against", str(elsewhere))
    said("seal")
    settings.SECRET_KEY_FALLBACKS = []
    assert "La chaîne est intacte" in said("verify")
    with pytest.raises(CommandError, match="n’est pas signé par la clé de cette plateforme"):
        said("verify", "--against", str(elsewhere))
    key = json.loads(elsewhere.read_text())["key"]
    assert "La chaîne est intacte" in said("verify", "--against", str(elsewhere), "--key", key)


def test_a_head_is_of_the_database_that_it_is_signed_from_and_of_no_secret(data_dir: Path, settings: Any) -> None:
    write(2)
    said("seal")
    head = json.loads((data_dir / heads.FILE).read_text())
    assert (head["count"], head["seal"]) == (2, Entry.objects.get(position=2).seal)
    assert settings.SECRET_KEY not in json.dumps(head)


def test_what_has_an_explanation_is_accepted_and_leaves_a_line() -> None:
    write(5)
    said("seal")
    cut(2)
    forge()
    assert "ajoutez --yes" in said("accept")
    with pytest.raises(CommandError):
        said("verify")
    assert "La chaîne est intacte" in said("accept", "--yes")
    assert "La chaîne est intacte" in said("verify")
    line = Entry.objects.get(verb="journal.accepted")
    assert line.facts == {"late": 1, "former_count": 5}
    assert line.position == 5
    assert "rien à accepter" in said("accept")


def test_a_line_that_was_altered_is_never_accepted() -> None:
    write(3)
    said("seal")
    sql("UPDATE journal_entry SET verb = 'autre' WHERE position = 2")
    with pytest.raises(CommandError, match="La chaîne elle-même est rompue"):
        said("accept", "--yes")
    with pytest.raises(CommandError, match="ne correspond plus à son sceau"):
        said("verify")


@pytest.mark.parametrize(
    "changed", [{"count": -1}, {"count": "5"}, {"count": None}, {"at": f.NOW.replace(tzinfo=None)}], ids=str
)
def test_what_says_no_state_of_a_chain_is_no_head_though_it_is_signed(changed: dict[str, Any], settings: Any) -> None:
    head = replace(heads.current(at=f.NOW), **changed)
    signed = replace(head, signature=heads._private(settings.SECRET_KEY).sign(head.said).hex())
    with pytest.raises(Refused, match="pas un relevé du journal"):
        heads.read(signed.as_json().encode())


def test_a_head_of_an_empty_chain_is_read() -> None:
    head = heads.current(at=f.NOW)
    assert head.count == 0
    assert heads.read(head.as_json().encode()) == head


def test_the_command_says_what_it_sealed_and_compared_in_french_or_for_a_program() -> None:
    write(3)
    nothing = "Aucun relevé n’est gardé dans"
    found = said("verify")
    assert "0 lignes scellées, 3 en attente." in found
    assert nothing in found
    assert "La chaîne est intacte." in found
    found = said("seal")
    assert "3 lignes viennent d’être scellées." in found
    assert "3 lignes scellées, 0 en attente." in found
    assert nothing not in found
    assert "viennent d’être scellées" not in said("seal")
    assert f"Comparée au relevé du {dates.at_in_words(f.NOW)}\u00a0: 3 lignes." in said("verify")
    write()
    told = json.loads(said("seal", "--json"))
    assert told == {
        "intact": True, "sealed": 4, "waiting": 0, "broken_at": None, "reason": None, "late": 0,
        "against": [{"count": 4, "at": f.NOW.isoformat()}],
    }  # fmt: skip
    sql("UPDATE journal_entry SET verb = 'autre' WHERE position = 2")
    out = io.StringIO()
    with pytest.raises(CommandError, match="Le journal a été touché"):
        call_command("journal", "verify", "--json", stdout=out)
    told = json.loads(out.getvalue())
    assert (told["intact"], told["broken_at"]) == (False, 2)
    assert "à" in told["reason"]
    assert told["reason"] in out.getvalue(), "read by a person too"


def test_what_a_backup_keeps_is_the_head_that_the_chain_follows() -> None:
    write(3)
    heads.seal_and_keep()
    kept = heads.kept()
    assert kept is not None
    write()
    journal.seal()
    # It follows what was kept: the backup has the newest.
    assert json.loads(heads.to_save(at=f.NOW))["count"] == 4
    sql("DELETE FROM journal_entry WHERE position >= 3")
    # It lost lines: the backup has what was kept before, which will tell of it again.
    assert json.loads(heads.to_save(at=f.NOW))["count"] == kept.count == 3


def test_a_line_is_late_when_it_is_dated_before_the_last_that_was_sealed() -> None:
    for rank in range(3):
        write(at=f.NOW + rank * HOUR)
    journal.seal()
    last = f.NOW + 2 * HOUR
    assert journal.too_old(at=last) == last - journal.LATE
    assert journal.too_old(at=None) == last - journal.LATE
    # A clock that went back: no later than now.
    assert journal.too_old(at=f.NOW) == f.NOW - journal.LATE
