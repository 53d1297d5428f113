"""Draw mistakes by a seed, make each, run the tests that execute its line, and show those that no test saw.

    python -m tools.mutants [--part former] [--seed 7] [--count 200] [--least 85] [--only socle/people/rules.py ...]

The parts are those of `changes.py`: the former holds what refuses, writes and proves; the widened one, that and all
else that holds a rule, a right, a sum or a day, the doors as well.

Which tests execute which lines is kept in `.pytest_cache/mutants.json`: a file of tests is learnt again when it
changed, or a file whose lines it executes. Exit status: 1 when fewer than `--least` percent are killed, 85 of the
former part and 80 of the widened one.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

from tools.mutants import changes

KEPT = changes.ROOT / ".pytest_cache" / "mutants.json"
PYTEST = [
    sys.executable,
    "-m",
    "pytest",
    "-p",
    "tools.mutants.running",
    "-p",
    "no:randomly",
    "--no-header",
    "-m",
    changes.WATCHED,
]
LEAST = {"former": 85, "widened": 80}
MOST_NAMED = 4
# What holds every room: see docs/dev/mutants.md.
NETS = "tests/consistency/"
# Draws its cases of the source: that a refusal was dropped is for the tests of its room to see.
REFUSALS = "tests/consistency/test_refusals.py::"
# What sees that a field of a model changed.
MIGRATIONS = "tests/consistency/test_files.py::test_the_migrations_say_what_the_models_say"
# Each test that passes: its seconds, and the lines it executes, by file.
Tests = dict[str, tuple[float, dict[str, list[int]]]]


def main() -> int:
    reader = argparse.ArgumentParser(prog="python -m tools.mutants")
    reader.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10_000))
    reader.add_argument("--count", type=int, default=200)
    reader.add_argument("--least", type=float)
    reader.add_argument("--part", choices=[*LEAST], default="widened")
    reader.add_argument("--only", nargs="+")
    asked = reader.parse_args()
    files = asked.only or changes.files(asked.part)
    print(f"{len(files)} files, {changes.share(files):.0f} % of the lines of the platform", flush=True)
    begun = time.monotonic()
    tests = known_tests()
    drawn = changes.draw(files, asked.count, asked.seed)
    print(f"seed {asked.seed}: {len(drawn)} mutants, tests known after {time.monotonic() - begun:.0f} s", flush=True)
    outcomes = tried(drawn, tests)
    typed = asked_of_types(drawn, outcomes)
    share = shown(drawn, outcomes)
    print(
        f"\nseed {asked.seed}: {share:.1f} % of {len(drawn)} killed ({typed} by their types alone), "
        f"in {(time.monotonic() - begun) / 60:.1f} minutes"
    )
    return int(share < (asked.least or LEAST[asked.part]))


def known_tests() -> Tests:
    """The fast tests, and the slow but cheap ones, that pass; run where they are not known."""
    kept = _read() if KEPT.exists() else {}
    found_files = (path.relative_to(changes.ROOT) for path in changes.ROOT.glob("tests/**/test_*.py"))
    files = sorted(str(path) for path in found_files if ".venv" not in path.parts)
    new = [file for file in files if file not in kept or kept[file][0] != _digest(file, kept[file][1])]
    if new:
        with tempfile.TemporaryDirectory() as folder:
            environment = {**os.environ, "SOCLE_MUTANTS_MAP": f"{folder}/map"}
            spread = ["-n", "2", "--dist", "loadfile"] if len(new) > 5 else ["-n", "0"]
            subprocess.run([*PYTEST, *spread, *new], cwd=changes.ROOT, env=environment, check=False)
            found: Tests = {}
            for line in Path(folder, "map").read_text().splitlines():
                found.update(_told(*json.loads(line)))
        _digest_of.cache_clear()
        for file in new:
            tests = {test: said for test, said in found.items() if test.partition("::")[0] == file}
            kept[file] = _digest(file, tests), tests
        _write(kept)
    return {test: said for file in files for test, said in kept[file][1].items()}


def _told(tests: dict[str, tuple[float, list[int]]], executed: list[tuple[str, list[int]]]) -> Tests:
    """The tests, each with the lines that it executes: those that several execute are kept once."""
    return {test: (seconds, dict(executed[rank] for rank in ranks)) for test, (seconds, ranks) in tests.items()}


def _read() -> dict[str, tuple[str, Tests]]:
    digests, tests, executed = json.loads(KEPT.read_text())
    kept: dict[str, tuple[str, Tests]] = {file: (digest, {}) for file, digest in digests.items()}
    for test, said in _told(tests, executed).items():
        kept[test.partition("::")[0]][1][test] = said
    return kept


def _write(kept: dict[str, tuple[str, Tests]]) -> None:
    executed: dict[tuple[str, tuple[int, ...]], int] = {}
    tests = {
        test: (seconds, [executed.setdefault((file, tuple(mine)), len(executed)) for file, mine in lines.items()])
        for _, known in kept.values()
        for test, (seconds, lines) in known.items()
    }
    KEPT.parent.mkdir(exist_ok=True)
    KEPT.write_text(json.dumps([{file: digest for file, (digest, _) in kept.items()}, tests, [*executed]]))


def _digest(file: str, tests: Tests) -> str:
    """What is known of these tests holds for as long as this does not change."""
    paths = {file, str(Path(file).with_name("conftest.py")), *(one for _, lines in tests.values() for one in lines)}
    return hashlib.sha256(b"".join([changes.WATCHED.encode(), *map(_digest_of, sorted(paths))])).hexdigest()


@cache
def _digest_of(path: str) -> bytes:
    there = changes.ROOT / path
    return hashlib.sha256(there.read_bytes()).digest() if there.exists() else b""


def covering(mutant: changes.Mutant, tests: Tests) -> list[str]:
    """The tests that execute this line, or any of a file read once: of its room, then the nets; the quick first.

    Of a file read once, those that execute a line that uses the name come before all others: not all are run.
    """
    near, seconds = f"tests/{Path(mutant.file).parts[1]}/", Counter[str]()
    using = set() if mutant.function else changes.lines_naming(mutant)
    found = []
    for test, (lasted, by_file) in tests.items():
        if mutant.drops_a_refusal and test.startswith(REFUSALS):
            continue
        lines = by_file.get(mutant.file, [])
        if any(mutant.line <= line <= mutant.end for line in lines) if mutant.function else lines:
            found.append(test)
            seconds[test.partition("::")[0]] += lasted

    def order(test: str) -> tuple[Any, ...]:
        file = test.partition("::")[0]
        is_using = not using.isdisjoint(tests[test][1].get(mutant.file, ()))
        return not is_using, not test.startswith(near), not test.startswith(NETS), seconds[file], file, tests[test][0]

    first = [MIGRATIONS] if mutant.file.endswith("models.py") and not mutant.function else []
    return first + sorted(found, key=order)


def naming(mutant: changes.Mutant) -> list[str]:
    """The files of tests of its room that name its module: tried whole, dear tests too, where no line is known."""
    module = Path(mutant.file)
    word = re.compile(rf"\b{re.escape(module.parent.name if module.stem == '__init__' else module.stem)}\b")
    room = changes.ROOT / "tests" / module.parts[1]
    texts = {path: path.read_text() for path in sorted(room.rglob("test_*.py"))}
    named = sorted((len(text), path) for path, text in texts.items() if word.search(text))
    return [str(path.relative_to(changes.ROOT)) for _, path in named[:MOST_NAMED]]


def tried(drawn: list[changes.Mutant], tests: Tests, processes: int = 2) -> list[dict[str, Any]]:
    """What came of each mutant, in their order: `killed` names the test that failed."""
    # A line that no watched test executes may be a matter of those that are too dear to watch: they start apart.
    work = [
        (one.file, one.number, one.function, known)
        if (known := covering(one, tests))
        else (one.file, one.number, 0, naming(one))
        for one in drawn
    ]
    files = sorted({test.partition("::")[0] for *_, function, mine in work if function for test in mine})
    # The test of this very tool may be watched.
    environment = {name: value for name, value in os.environ.items() if name != "SOCLE_MUTANTS_MAP"}
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "queue.json").write_text(json.dumps(work))
        command = [*PYTEST, "-n", "0", "-s", "-p", "no:cacheprovider"]
        running = [
            subprocess.Popen(
                [*command, f"--basetemp={folder}/base{rank}", *files],
                cwd=changes.ROOT,
                env={**environment, "SOCLE_MUTANTS_QUEUE": folder},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
            for rank in range(processes)
        ]
        for process in running:
            said, _ = process.communicate()
            if process.returncode:
                print(said.decode(errors="replace")[-3000:])
        found = [Path(folder, f"{rank}.json") for rank in range(len(drawn))]
        return [json.loads(one.read_text()) if one.exists() else {"error": "not tried"} for one in found]


def asked_of_types(drawn: list[changes.Mutant], outcomes: list[dict[str, Any]]) -> int:
    """Say killed what the types refuse among those that no test saw; return how many.

    One mistake of each file at a time: what mypy says of a file that it does not say of the right one is its own.
    """
    left = [rank for rank, outcome in enumerate(outcomes) if "killed" not in outcome]
    usual = _said_of_types({drawn[rank].file: None for rank in left})
    found = 0
    while left:
        first = {drawn[rank].file: rank for rank in reversed(left)}
        said = _said_of_types({file: drawn[rank].number for file, rank in first.items()})
        for file, rank in first.items():
            if new := said[file] - usual[file]:
                outcomes[rank] = {"killed": f"mypy: {min(new)}"}
                found += 1
        left = [rank for rank in left if rank not in first.values()]
    return found


def _said_of_types(numbers: dict[str, int | None]) -> dict[str, set[str]]:
    """What mypy reproaches to each file, with that mistake in it."""
    said: dict[str, set[str]] = {file: set() for file in numbers}
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "mypy", "--no-error-summary"]
        for rank, (file, number) in enumerate(numbers.items()):
            put = Path(folder, f"{rank}.py")
            put.write_text(ast.unparse(changes.mutated(file, number)))
            command += ["--shadow-file", file, str(put)]
        done = subprocess.run(command, cwd=changes.ROOT, capture_output=True, text=True, check=False) if said else None
    for line in done.stdout.splitlines() if done else []:
        file, _, reproach = line.partition(":")
        if file in said and " error: " in reproach:
            said[file].add(reproach.partition(" error: ")[2])
    return said


def shown(drawn: list[changes.Mutant], outcomes: list[dict[str, Any]]) -> float:
    """Print each survivor, where it is and what it changes; return the percentage that was killed."""
    survivors = [(mutant, outcome) for mutant, outcome in zip(drawn, outcomes, strict=True) if "killed" not in outcome]
    for mutant, outcome in sorted(survivors, key=lambda one: (one[0].file, one[0].line)):
        why = outcome.get("error") or f"{outcome['ran']} tests{', not all' if outcome.get('is_cut') else ''}"
        print(f"\n{mutant.file}:{mutant.line} ({why}, {outcome.get('seconds', 0)} s)\n{mutant.diff}")
    return 100 * (len(drawn) - len(survivors)) / len(drawn)


if __name__ == "__main__":
    sys.exit(main())
