"""From an empty folder to agreements signed, by typing what the guide says: see `tools.drills.zero`."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.conftest import needed

pytestmark = pytest.mark.journey


def test_the_guide_leads_from_an_empty_folder_to_agreements_signed_and_brought_back() -> None:
    if os.geteuid() != 0:
        needed("the mail servers start as root only")
    # In a process of its own: the browser of the other journeys is driven by this one. Its folder has a short path,
    # which the accounts of the mail servers go through.
    followed = subprocess.run(
        [sys.executable, "-m", "tools.drills.zero"],
        env={**os.environ, "TMPDIR": "/tmp"}, capture_output=True, text=True, timeout=1500,
    )  # fmt: skip
    assert followed.returncode == 0, followed.stderr[-4000:]
    seen = json.loads(followed.stdout.splitlines()[-1])
    assert seen["said by the guide nowhere"] == []
    assert seen["a mailbox that receives"]
