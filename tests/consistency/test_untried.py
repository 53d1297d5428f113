"""What the tests could not try, for want of what is not ours to commit, is said by `make test` at its very end."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from types import SimpleNamespace

from tests import conftest

HERE = Path(__file__).parents[2]


def test_what_was_not_tried_is_told_apart_and_each_is_said(tmp_path, monkeypatch):
    """As pytest writes them, then as the summary says them: what hides a part of the proof fails, and no other."""
    written = {name: tmp_path / name for name in ("SOCLE_TEST_SKIPS", "SOCLE_TEST_UNTRIED")}
    for name, path in written.items():
        path.touch()
        monkeypatch.setenv(name, str(path))
    reasons = [f"Skipped: {conftest.NOT_OURS}: the official schema is in no folder", "Skipped: no server"]
    skipped = [SimpleNamespace(nodeid=f"tests/{n}.py", longrepr=("", 1, why)) for n, why in enumerate(reasons)]
    said = SimpleNamespace(stats={"skipped": skipped}, section=lambda *a, **b: None, line=lambda *a: None)
    conftest.pytest_terminal_summary(said)
    conftest.pytest_terminal_summary(said)  # Another part of the run, the same test: said once.
    assert ["no server" in path.read_text() for path in written.values()] == [True, False]
    summary = re.search(r"(?ms)^summary\(\) \{.*?^\}", (HERE / "tools/test").read_text())[0]

    def told(skips: str) -> tuple[int, str]:
        files = "".join(f"{name}={tmp_path / name}\n" for name in ("timings", "notes", "failed"))
        line = (
            f"say() {{ echo $1; }}\n{files}touch $timings $notes $failed\nSOCLE_TEST_SKIPS={skips}\n{summary}\nsummary"
        )
        done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout

    code, out = told("/dev/null")
    assert "NON ESSAYÉ(S), 1," in out
    assert "1 the official schema is in no folder" in out
    assert code == 0
    monkeypatch.setenv("SOCLE_TEST_EVERYTHING", "1")
    assert told(str(written["SOCLE_TEST_SKIPS"]))[0] == 1
