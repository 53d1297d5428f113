"""From an empty folder to agreements signed, by typing what the guide says: see `tools.drills.zero`."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from tests.conftest import needed
from tools.drills import zero

pytestmark = pytest.mark.journey


def test_the_guide_leads_from_an_empty_folder_to_agreements_signed_and_brought_back() -> None:
    if os.geteuid() != 0:
        needed("the mail servers start as root only")
    # A short path that their own accounts go through.
    with tempfile.TemporaryDirectory(prefix="socle-zero-", dir="/tmp") as empty:
        Path(empty).chmod(0o711)
        seen = zero.in_an_empty_folder(Path(empty) / "here")
    assert seen["said by the guide nowhere"] == []
    assert seen["a mailbox that receives"]
