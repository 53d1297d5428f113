"""What pytest does here beside running tests: watch which lines each executes, or make mistakes before it runs them.

A plugin (`-p tools.mutants.running`). With `SOCLE_MUTANTS_MAP`, each passing test is noted in that file with its
duration and the lines it executed. With `SOCLE_MUTANTS_QUEUE`, nothing is run as usual: for each mutant of the queue a
fork of this process, where Django is loaded and the tests are known, puts the mistake in the function and runs the
tests that execute its line, until one fails. With `SOCLE_MUTANT`, the module is loaded with the mistake in it.
"""

from __future__ import annotations

import fcntl
import gc
import json
import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest

from tools.mutants import changes

# On one mutant: after these seconds of processor no more tests are begun, and it survives; after those of the clock it
# waits or loops for ever, and is killed.
ENOUGH, TOO_LONG = 30, 300
# Tests of a mistake read as its module is loaded, which takes a Python of its own.
MOST_ANEW = 60
# Seconds of processor of a slow test, with what is made before it: beyond, it is not run.
DEAR = 3
# What is proved there asks for servers, or for processes of its own.
SERVED = {"deploy", "engines", "operations", "serving", "trials"}
TOOL = 3  # One of the numbers that sys.monitoring leaves free.

_targets = {str(changes.ROOT / file): file for file in changes.files()}
_context: set[tuple[str, int]] = set()
_load = SourceFileLoader.get_code


def _get_code(self: SourceFileLoader, fullname: str) -> CodeType | None:
    """The code of a module: watched, or with a mistake in it."""
    file = _targets.get(self.path)
    if file and os.environ.get("SOCLE_MUTANT", "").startswith(f"{file}:"):
        return changes.compiled(file, int(os.environ["SOCLE_MUTANT"].rpartition(":")[2]))
    code = _load(self, fullname)
    if file and code and "SOCLE_MUTANTS_MAP" in os.environ:
        _watch(code)
    return code


SourceFileLoader.get_code = _get_code  # type: ignore[method-assign,assignment]


def _watch(code: CodeType) -> None:
    sys.monitoring.set_local_events(TOOL, code, sys.monitoring.events.LINE)
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            _watch(inner)


def _seen(code: CodeType, line: int) -> Any:
    _context.add((_targets[code.co_filename], line))
    return sys.monitoring.DISABLE


if "SOCLE_MUTANTS_MAP" in os.environ:
    sys.monitoring.use_tool_id(TOOL, "mutants")
    sys.monitoring.register_callback(TOOL, sys.monitoring.events.LINE, _seen)


def _processor() -> float:
    """Seconds of it, of this process and of those that it waited for."""
    return sum(os.times()[:4])


def _is_served(test: Any) -> bool:
    from tests.worlds import is_served

    room = test.nodeid.split("/")[1]
    return room in SERVED or is_served(test) or not {"browser", "html_validator"}.isdisjoint(test.fixturenames)


class Map:
    """Which lines each test executes; what is made once for several counts for each that asks for it.

    Of the slow tests, those alone that run in this process, and that are cheap enough.
    """

    def __init__(self) -> None:
        self.shared: dict[tuple[str, str], set[tuple[str, int]]] = defaultdict(set)
        self.made: dict[tuple[str, str], float] = {}
        self.tests: dict[str, tuple[float, set[tuple[str, int]], list[str]]] = {}
        self.wrong: set[str] = set()

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        self.slow = {item.nodeid for item in items if item.get_closest_marker("slow")}
        items[:] = [item for item in items if item.nodeid not in self.slow or not _is_served(item)]

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[Any]:
        test, asked = item.nodeid, item.fixturenames  # type: ignore[attr-defined]
        if test in self.slow and self._before(test, asked) > DEAR:
            item.add_marker(pytest.mark.skip(reason="what it starts from is dear"))
        _context.clear()
        sys.monitoring.restart_events()
        begun, made = _processor(), sum(self.made.values())
        result = yield
        lasted = _processor() - begun - (sum(self.made.values()) - made)
        self.tests[test] = (lasted, set(_context), asked)
        if test in self.slow and lasted + self._before(test, asked) > DEAR:
            self.wrong.add(test)
        return result

    def _before(self, test: str, asked: list[str]) -> float:
        return sum(seconds for (base, name), seconds in self.made.items() if name in asked and test.startswith(base))

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any, request: pytest.FixtureRequest) -> Iterator[Any]:
        before, begun = set(_context), _processor()
        result = yield
        if fixturedef.scope != "function":
            made = fixturedef.baseid, request.fixturename or ""
            self.shared[made] |= _context - before
            # The database is kept from one run to the next: whoever makes it first does not make all that follows dear.
            self.made[made] = 0 if made[1].startswith("django_db") else _processor() - begun
        return result

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if not report.passed:
            self.wrong.add(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        found: dict[str, Any] = {}
        # What several tests execute of a file is written once.
        executed: dict[tuple[str, tuple[int, ...]], int] = {}
        for test, (seconds, lines, fixtures) in self.tests.items():
            if test not in self.wrong:
                made = (
                    more for (base, name), more in self.shared.items() if name in fixtures and test.startswith(base)
                )
                by_file = defaultdict(list)
                for file, line in sorted(lines.union(*made)):
                    by_file[file].append(line)
                ranks = [executed.setdefault((file, tuple(mine)), len(executed)) for file, mine in by_file.items()]
                found[test] = [round(seconds, 3), ranks]
        with open(os.environ["SOCLE_MUTANTS_MAP"], "a") as kept:
            fcntl.flock(kept, fcntl.LOCK_EX)
            kept.write(json.dumps([found, [*executed]]) + "\n")


class Queue:
    """Mutants taken one by one, by as many processes as there are."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.work = folder, json.loads((folder / "queue.json").read_text())

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        known = {item.nodeid: item for item in session.items}
        gc.freeze()
        for rank, (file, number, function, tests) in enumerate(self.work):
            try:
                os.close(os.open(self.folder / f"{rank}.taken", os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                continue
            begun = time.monotonic()
            if function:
                outcome = self._forked(
                    session, [known[test] for test in tests if test in known], file, number, function
                )
            else:
                outcome = self._anew(session, tests, f"{file}:{number}")
            outcome["seconds"] = round(time.monotonic() - begun, 1)
            (self.folder / f"{rank}.json").write_text(json.dumps(outcome))
        return True

    def _forked(self, session: pytest.Session, items: list[Any], *mutant: Any) -> dict[str, Any]:
        """Run these tests in a process of their own, where the function has changed."""
        told, tell = os.pipe()
        child = os.fork()
        if child == 0:
            os.setsid()
            nowhere = os.open(os.devnull, os.O_RDWR)
            for descriptor in (0, 1, 2):
                os.dup2(nowhere, descriptor)
            try:
                outcome = _run(session, items) if put(*mutant) else {"error": "the function was not found"}
            except BaseException as error:
                outcome = {"error": f"{type(error).__name__} out of any test: {error}"}
            os.write(tell, json.dumps(outcome).encode())
            os.killpg(0, signal.SIGKILL)  # And whatever program a test started.
        os.close(tell)
        end = time.monotonic() + TOO_LONG
        while not os.waitpid(child, os.WNOHANG)[0]:
            if time.monotonic() > end:
                os.killpg(child, signal.SIGKILL)
                os.waitpid(child, 0)
                break
            time.sleep(0.01)
        with os.fdopen(told) as answer:
            said = answer.read()
        return json.loads(said) if said else {"killed": "no end"}

    def _anew(self, session: pytest.Session, tests: list[str], mutant: str) -> dict[str, Any]:
        """Run these tests, or files of tests, in a new Python: the mistake is read as the module is loaded."""
        if not tests:
            return {"ran": 0}
        environment = {**os.environ, "SOCLE_MUTANT": mutant}
        del environment["SOCLE_MUTANTS_QUEUE"]
        command = [sys.executable, "-m", "pytest", "-p", "tools.mutants.running", "-p", "no:randomly", "-n", "0", "-x"]
        command += [
            "-m",
            changes.WATCHED,
            "--no-header",
            "-p",
            "no:cacheprovider",
            f"--basetemp={self.folder / mutant.replace('/', '+')}",
        ]
        try:
            done = subprocess.run(
                [*command, *tests[:MOST_ANEW]],
                cwd=changes.ROOT,
                env=environment,
                capture_output=True,
                timeout=TOO_LONG,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return {"ran": 0, "is_cut": True}
        last = done.stdout.decode(errors="replace").strip().splitlines()[-1:]
        return (
            {"killed": last[0] if last else "not loaded"}
            if done.returncode not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
            else {"ran": len(tests[:MOST_ANEW]), "is_cut": len(tests) > MOST_ANEW}
        )


def put(file: str, number: int, line: int) -> bool:
    """Change the function that begins at this line, wherever it is kept; False if it is nowhere.

    A module that is not loaded yet will be with the mistake in it.
    """
    path = str(changes.ROOT / file)
    os.environ["SOCLE_MUTANT"] = f"{file}:{number}"
    is_found = all(getattr(module, "__file__", None) != path for module in [*sys.modules.values()])
    new = {(code.co_qualname, code.co_firstlineno): code for code in _codes(changes.compiled(file, number))}
    gc.unfreeze()
    for thing in gc.get_objects():
        if type(thing) is FunctionType and thing.__code__.co_filename == path:
            code = new.get((thing.__code__.co_qualname, thing.__code__.co_firstlineno))
            if code and code != thing.__code__ and code.co_freevars == thing.__code__.co_freevars:
                thing.__code__, is_found = code, True
    return is_found


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _codes(inner)


def _run(session: pytest.Session, items: list[Any]) -> dict[str, Any]:
    begun = time.process_time()
    for rank, item in enumerate(items):
        following = items[rank + 1] if rank + 1 < len(items) else None
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.testsfailed:
            return {"killed": item.nodeid, "ran": rank + 1}
        if time.process_time() - begun > ENOUGH:
            return {"ran": rank + 1, "is_cut": following is not None}
    return {"ran": len(items)}


def pytest_configure(config: pytest.Config) -> None:
    if "SOCLE_MUTANTS_MAP" in os.environ and not hasattr(config, "workerinput") and config.getoption("numprocesses", 0):
        return  # It only hands the tests out.
    if "SOCLE_MUTANTS_MAP" in os.environ:
        config.pluginmanager.register(Map())
    elif folder := os.environ.get("SOCLE_MUTANTS_QUEUE"):
        config.pluginmanager.register(Queue(Path(folder)))
