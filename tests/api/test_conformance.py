"""The served API does what its document says, whatever it is asked: schemathesis, every check, every scope open."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from socle.api.document import document
from socle.integrations import actions
from tests import factories as f
from tests.api.conftest import EVERYTHING, World

HERE = Path(__file__).parent


# PostgreSQL refuses bytes and numbers that SQLite takes.
@pytest.mark.slow
@pytest.mark.postgresql
def test_schemathesis_finds_nothing(live_server, settings):
    # What is under test is not how often one may ask.
    settings.API_RATE = 10_000_000
    settings.PLATFORM_URL = live_server.url
    # Written once, then kept: a busy machine takes longer to write it than its reader waits.
    document()
    world = World()
    _, secret = actions.create_token(
        world.owners["lead"], name="Essai", scopes=EVERYTHING, days=30, by=world.people["lead"], at=f.NOW
    )
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(HERE / "schemathesis.toml")),
        *("run", f"{live_server.url}/api/v1/openapi.json", "--header", f"Authorization: Bearer {secret}"),
        *("--checks", "all", "--mode", "all", "--phases", "examples,coverage,fuzzing"),
        *("--seed", "20261125", "--max-examples", "3", "--continue-on-failure", "--no-color", "--workers", "1"),
    ]
    environment = os.environ | {"SCHEMATHESIS_HOOKS": "tests.api.fresh_keys"}
    ended = subprocess.run(command, env=environment, cwd=HERE.parents[1], capture_output=True, text=True, timeout=1500)
    said = ended.stdout + ended.stderr
    assert ended.returncode == 0, said[-12_000:]
    # It did try: every operation, thousands of requests.
    assert int(re.search(r"([\d,]+) generated", said)[1].replace(",", "")) > 500, said[-3000:]
