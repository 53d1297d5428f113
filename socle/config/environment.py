"""The variables of the environment, as every file of settings reads them."""

from __future__ import annotations

import os
from pathlib import Path

import environ

from socle.config import credentials

ROOT = Path(__file__).resolve().parent.parent.parent
env = environ.Env()
if (ROOT / ".env").exists():
    environ.Env.read_env(ROOT / ".env")
# A secret handed over as a file is worth the variable it is named after. Not `os.environ`: our children inherit the
# name of the file, and read it themselves.
env.ENVIRON = {**os.environ, **credentials.variables(os.environ)}  # type: ignore[assignment]
