"""Messages made to the shape of those that prefectures send, and files that none sends: what each of them gives.

All were made here, with their table (`gives.json`), from the schema and from the ways in which devices write it:
headers that contradict their bytes, one line, other prefixes, archives. Acts, numbers and words are invented.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from socle.deliberations import messages
from socle.deliberations.messages import Unreadable

FOLDER = Path(__file__).parents[1] / "data/prefecture"
TABLE = json.loads((FOLDER / "gives.json").read_text())
GOOD = {name: gives for name, gives in TABLE.items() if isinstance(gives, list)}
HOSTILE = {name: sentence for name, sentence in TABLE.items() if isinstance(sentence, str)}
KINDS = {"received", "refused", "letter", "cancelled", "classification", "envelope"}


@pytest.mark.parametrize("name", GOOD)
def test_each_message_of_a_prefecture_gives_what_it_says(name: str) -> None:
    read = messages.read_file((FOLDER / name).read_bytes())
    told = [
        (messages.TOLD_AS[one.kind], one.identifier, one.day.isoformat() if one.day else "", one.says) for one in read
    ]
    assert told == [tuple(one.values()) for one in GOOD[name]]


@pytest.mark.parametrize("name", HOSTILE)
def test_what_no_prefecture_sends_is_refused_with_what_it_is(name: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        messages.read_file((FOLDER / name).read_bytes())
    assert refusal.value.sentence.startswith(HOSTILE[name])


def test_the_table_says_what_every_file_gives_and_every_kind_is_there() -> None:
    assert set(TABLE) == {one.name for one in FOLDER.iterdir()} - {"gives.json"}
    assert len(GOOD) >= 40
    assert {one["kind"] for gives in GOOD.values() for one in gives} == KINDS


@pytest.mark.slow
def test_the_command_reads_each_file_and_writes_nothing(
    db: None, capsys: pytest.CaptureFixture[str], django_assert_num_queries
) -> None:
    with django_assert_num_queries(0):
        for name, gives in GOOD.items():
            call_command("acts", "read", FOLDER / name, "--json")
            assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == gives, name
        for name, sentence in HOSTILE.items():
            with pytest.raises(CommandError) as refusal:
                call_command("acts", "read", FOLDER / name, "--json")
            assert str(refusal.value).startswith(sentence), name
        assert capsys.readouterr().out == ""
