"""The files of an installation: those that are the operator’s once written, and those that are ours."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from machine import (
    AUDIENCE,
    AUDIENCE_GROUP,
    DATA,
    ETC,
    HERE,
    RELEASES,
    ROOT,
    SEVERAL,
    SITES,
    SLOTS,
    UNITS,
    USER,
    is_root,
    owner_exists,
    step,
)


def folders() -> None:
    for path, mode, owned in (
        (RELEASES, 0o755, False), (SLOTS, 0o755, False), (ETC, 0o755, False), (ETC / "credentials", 0o700, False),
        (DATA, 0o700, True), (SITES, 0o755, True), (UNITS, 0o755, False), (ROOT / "usr/local/bin", 0o755, False),
    ):  # fmt: skip
        if not path.is_dir():
            step(f"Dossier {path}", lambda p=path, m=mode, o=owned: folder(p, m, o))  # type: ignore[misc]


def audience_folder() -> None:
    """The folder where the front server writes the pages read: what is made in it is of the group of its readers."""
    if AUDIENCE.is_dir():
        return

    def act() -> None:
        AUDIENCE.mkdir(parents=True, exist_ok=True)
        if is_root() and Path("/") == ROOT:
            shutil.chown(AUDIENCE, "root", AUDIENCE_GROUP)
        AUDIENCE.chmod(0o2770)

    step(f"Dossier {AUDIENCE}", act)


def folder(path: Path, mode: int, owned: bool) -> None:
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(mode)
    if owned and is_root() and owner_exists():
        shutil.chown(path, USER, USER)


def fill(text: str, answers: dict[str, str]) -> str:
    for mark, answer in answers.items():
        text = text.replace(mark, answer)
    return text


def write_once(path: Path, content: str, mode: int) -> None:
    """Write a file that belongs to the operator from then on."""
    if not path.exists():
        write(path, content, mode)


def change(path: Path, values: dict[str, str]) -> None:
    """Give these variables of a file these values, and touch nothing else of it; what it was is kept beside it."""
    text = path.read_text()
    shutil.copy2(path, path.with_name(f"{path.name}.before"))
    for name, value in values.items():
        text = re.sub(rf"^{name}=.*$", lambda _, line=f"{name}={value}": line, text, flags=re.M)  # type: ignore[misc]
    put(path, text, path.stat().st_mode & 0o777)


def write(path: Path, content: str, mode: int) -> None:
    """Write a file of ours when it differs; what was there is kept beside it."""
    if path.exists() and path.read_text() == content:
        return

    def act() -> None:
        if path.exists():
            shutil.copy2(path, path.with_name(f"{path.name}.before"))
        put(path, content, mode)

    step(f"{path}", act)


def put(path: Path, content: str, mode: int) -> None:
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_text(content)
    temporary.chmod(mode)
    if is_root() and owner_exists() and path.parent == ETC:
        shutil.chown(temporary, "root", USER)
    temporary.replace(path)


def given(name: str, several: bool) -> Path:
    """The file of this name: that of several machines when there is one and it is asked for."""
    other = SEVERAL / name
    return other if several and other.exists() else HERE / name
