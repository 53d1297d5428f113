"""The doctor says which services of the offer have no engine here, and what mends it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from socle.lib.findings import Severity
from socle.operations.doctor.wiring import wiring
from socle.provisioning.models import State
from tests import factories as f
from tests.operations.test_doctor import found, in_service

__all__ = ["in_service"]

TWIN, REAL = "socle.engines.simulated.engine.SimulatedMail", "tests.provisioning.test_twins.Real"


@pytest.mark.parametrize(
    ("demo", "engine", "boxes", "severity"),
    [
        (False, TWIN, "", Severity.ERROR),
        (False, "", "", Severity.ERROR),
        (True, TWIN, "", Severity.OK),
        (False, REAL, "ours", Severity.OK),
        (False, REAL, "", Severity.WARNING),
    ],
)
@pytest.mark.django_db
def test_a_service_of_the_offer_without_its_engine_is_wrong(
    in_service: Any, demo: bool, engine: str, boxes: str, severity: Severity
) -> None:
    in_service.DEMO, in_service.SOCLE_MAIL_BOXES = demo, boxes
    in_service.SOCLE_MAIL_SERVERS = "/somewhere" if engine == REAL else ""
    in_service.SOCLE_ENGINES = {"site-internet": REAL} | ({"messagerie": engine} if engine else {})
    f.installation(f.beneficiary(), state=State.PENDING)
    seen, said = found("wiring")
    assert seen is severity
    assert ("« Messagerie » reste à mettre en service." in said) is (severity is Severity.ERROR)
    assert ("1 collectivité l’attend." in said) is (severity is Severity.ERROR)
    assert ("SOCLE_MAIL_BOX_COMMAND" in said) is (severity is Severity.WARNING)


@pytest.mark.django_db
def test_what_mends_it_is_said_and_an_installation_without_an_offer_lacks_nothing(in_service: Any) -> None:
    assert found("wiring")[0] is Severity.OK
    f.programme()
    assert any("socle mail-servers write" in one.remedy for one in wiring())


NAMES = """
import django
django.setup()
from django.conf import settings
from socle.provisioning.engines import served_codes
named = {name: str(getattr(settings, name)) for name in dir(settings) if name.startswith("SOCLE_")}
twins = [name for name, said in named.items() if "engines.simulated" in said]
print(settings.DEMO, "messagerie" in served_codes(), "site-internet" in served_codes(), *twins)
"""


@pytest.mark.slow
def test_a_real_installation_names_no_twin_but_those_that_it_refuses(tmp_path: Path) -> None:
    """Read as `socle` reads them in an empty folder: neither a variable nor a marker."""
    run = subprocess.run(
        [sys.executable, "-c", NAMES],
        env={"SOCLE_DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "socle.config.settings", "PATH": "/usr/bin"},
        capture_output=True,
        check=True,
        text=True,
    )
    assert run.stdout.split() == ["False", "False", "True", "SOCLE_ENGINES"]
