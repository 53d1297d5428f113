"""`make mutants` makes the mistakes it says, tells one that a test sees from one that none sees, draws by a seed."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import pytest

from tools.mutants import __main__ as mutants
from tools.mutants import changes

RULES = "socle/signing/rules.py"


def made(source: str) -> set[str]:
    """What each change makes of this source."""
    found = set()
    for number in range(len([*changes.changes_of(ast.parse(source))])):
        tree = ast.parse(source)
        [*changes.changes_of(tree)][number][2]()
        found.add(ast.unparse(tree))
    return found


@pytest.mark.parametrize(
    ("source", "mistakes"),
    [
        ("x = a < b", {"x = a <= b"}),
        ("x = a >= b", {"x = a > b"}),
        ("x = a == b", {"x = a != b"}),
        ("x = a in b", {"x = a not in b"}),
        ("x = a and b", {"x = a or b", "x = a", "x = b"}),
        ("x = not a", {"x = a"}),
        ("x = True", {"x = False"}),
        ("x = 3", {"x = 4"}),
        ("x = a + b", {"x = a - b"}),
        ("x = 'a' + b", set()),
        ("x = a if b else c", {"x = c if b else a"}),
        ("x = min(a)", {"x = max(a)"}),
        ("x = (a, b)", {"x = (a,)", "x = (b,)"}),
        ("x = {a: 'b', c: 'd'}", {"x = {a: 'b'}", "x = {c: 'd'}"}),
        ("x = {'a': 'b', 'c': 'd'}", set()),
        ("x = [a for a in b if a]", {"x = [a for a in b]"}),
        ("a.filter(b=c)", {"a.exclude(b=c)", "a.filter()", "pass"}),
        ("if a:\n    b", {"if not a:\n    b"}),
        ("if a == b:\n    c", {"if a != b:\n    c"}),
        ("refuse(a)", {"pass"}),
        ("a.b = c", {"pass"}),
        ("raise a", {"pass"}),
        ("def f():\n    return a", {"def f():\n    return None"}),
        ("def f(a: int | None) -> bool:\n    'Words.'\n    logger.info(a)", set()),
    ],
)
def test_the_mistakes_that_can_be_made(source: str, mistakes: set[str]) -> None:
    assert made(source) == mistakes


@pytest.mark.parametrize(
    ("before", "after", "is_dropped"),
    [
        ("refuse(rules.why_not_sign(a))", "pass", True),
        ("refuse(why_not_sign(a) or why_not_read(a))", "refuse(why_not_sign(a))", True),
        ("check_writable(place)", "pass", True),
        ("if reason := why_not_sign(a):", "if not (reason := why_not_sign(a)):", False),
        ("a.b = c", "pass", False),
    ],
)
def test_a_dropped_refusal_is_seen_by_its_room(before: str, after: str, is_dropped: bool) -> None:
    mutant = changes.Mutant("socle/signing/rules.py", 0, 1, 1, 1, f"-{before}\n+{after}")
    assert mutant.drops_a_refusal is is_dropped
    net, room = "tests/consistency/test_refusals.py::test_a", "tests/signing/test_rules.py::test_b"
    known: mutants.Tests = {one: (1.0, {mutant.file: [1]}) for one in (net, room)}
    assert (net in mutants.covering(mutant, known)) is not is_dropped


def test_a_line_that_no_watched_test_executes_is_tried_with_the_files_that_name_its_module() -> None:
    mutant = changes.Mutant("socle/operations/safekeeping/restoring.py", 0, 1, 1, 1, "-a\n+b")
    found = mutants.naming(mutant)
    assert 1 <= len(found) <= mutants.MOST_NAMED
    assert all("restoring" in (changes.ROOT / one).read_text() for one in found)
    assert mutants.naming(replace(mutant, file="socle/signing/never_written.py")) == []


def test_a_seed_draws_the_same_mistakes() -> None:
    first, again, other = (changes.draw([RULES], 5, seed) for seed in (1, 1, 2))
    assert first == again != other
    assert len({mutant.number for mutant in first}) == 5


def test_the_widened_part_holds_the_former_and_the_doors_and_says_its_share() -> None:
    former, widened = (set(changes.files(part)) for part in ("former", "widened"))
    assert former < widened
    here = {"socle/mairie/views/agreements.py", "socle/people/help.py", "socle/api/guard.py", "socle/lib/money.py"}
    assert here <= widened - former
    left = ("socle/engines/", "socle/trials/", "socle/config/", "socle/ui/")
    assert not [one for one in widened if "/migrations/" in one or one.startswith(left) or one.endswith("/verbs.py")]
    assert 15 < changes.share([*former]) < 25 < 80 < changes.share([*widened]) < 100


def test_what_each_test_executes_is_kept_as_it_was_learnt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mutants, "KEPT", tmp_path / "kept" / "mutants.json")
    first: mutants.Tests = {"tests/a/test_a.py::test_b": (0.5, {RULES: [1, 2], "socle/c.py": [3]})}
    other: mutants.Tests = {"tests/a/test_d.py::test_e[::]": (1.5, {RULES: [1, 2]})}
    kept = {"tests/a/test_a.py": ("x", first), "tests/a/test_d.py": ("y", other), "tests/a/test_f.py": ("z", {})}
    mutants._write(kept)
    assert mutants._read() == kept
    # Alike lines are written once.
    assert mutants.KEPT.read_text().count("[1, 2]") == 1


@pytest.mark.slow
def test_a_mistake_lives_until_a_test_that_looks_is_run() -> None:
    """Put in a function that is there already, and read anew with its module."""
    mistakes = {one.diff.splitlines()[-1].strip(): one for one in changes.draw([RULES], 1000, 1)}
    looked = "slot.round.slots.all() if one.rank < slot.rank"
    waiting = mistakes[f"+first = next((one for one in {looked}), None)"]
    blind, looking = (
        f"tests/signing/test_signing.py::{test}"
        for test in ("test_a_closed_account_does_not_sign", "test_the_slots_of_a_round_are_read_anew")
    )
    # Of the quick one alone a place that is said to be elsewhere, as one process takes seconds to start.
    known: mutants.Tests = {
        blind: (1.0, {RULES: [0, waiting.line]}),
        looking: (2.0, {RULES: [waiting.line]}),
    }
    drawn = [replace(waiting, line=0, end=0), waiting, replace(waiting, function=0)]
    outcomes = mutants.tried(drawn, known, processes=1)
    assert [one for one in outcomes if "error" in one] == []
    assert [one.get("killed") for one in outcomes[:2]] == [None, looking]
    # Read anew, it was killed by the one that looks and by no other.
    assert outcomes[2]["killed"].startswith("1 failed, 1 passed")
