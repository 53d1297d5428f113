"""The file of the passphrase: whoever else may read it is refused; what systemd hands over is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from socle.operations.safekeeping import repository


def test_a_credential_of_systemd_is_taken_and_a_file_open_to_others_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "backup-passphrase"
    path.write_text("une phrase de passe longue\n")
    # As systemd makes it: readable by its service through an access list, whose mask shows as the group's rights.
    path.chmod(0o440)

    def why_not() -> str | None:
        return repository.why_not_passphrase(path, data_dir=tmp_path / "data", target=None)

    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    assert "chmod 600" in str(why_not())
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "elsewhere"))
    assert "chmod 600" in str(why_not())
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert why_not() is None
    path.chmod(0o444)
    assert "chmod 600" in str(why_not())
