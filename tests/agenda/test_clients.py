"""Ordinary clients, in an environment of their own, against a server that listens: what a telephone would do."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from django_scopes import scope

from socle.agenda.contract import store
from socle.mail.domains import give_domain
from socle.mail.records import facts_of, records_of
from socle.people.models import Role, User
from tests import dns_server
from tests import factories as f
from tests.agenda.conftest import make_place, secret_of
from tests.conftest import EVERYTHING

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
HERE = Path(__file__).parent / "clients"
BIN = Path(__file__).parent.parent / "clients" / ".venv" / "bin"


def client(name: str) -> str:
    """The path of a client of the environment apart; else skip the test, or fail it under `make test`."""
    if (BIN / name).exists():
        return str(BIN / name)
    reason = f"{name} is not installed: tools/setup clients"
    if os.environ.get(EVERYTHING):
        pytest.fail(reason)
    pytest.skip(reason)


def run(*command: str, cwd: Path, timeout: int = 120) -> subprocess.CompletedProcess[str]:
    """Run a client, without the settings of whoever runs the tests."""
    kept = {"PATH": os.environ["PATH"], "HOME": str(cwd), "LANG": "C.UTF-8"}
    return subprocess.run(command, cwd=cwd, env=kept, capture_output=True, text=True, timeout=timeout, check=False)


@pytest.fixture
def here(agendas, time_machine):
    # The server answers real clients, whose clock is not ours.
    place = make_place("59474", "Prisches")
    place.secret = secret_of(place.secretary)
    return place


@pytest.fixture
def url(live_server, here):
    return f"{live_server.url.replace('localhost', '127.0.0.1')}/dav/agenda/{here.body.pk}/"


def test_caldav_finds_writes_searches_follows_and_makes(here, url, tmp_path):
    python = client("python")
    done = run(python, str(HERE / "by_caldav.py"), url, here.secretary.email, here.secret, "u1", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.strip().splitlines()[-1])
    assert said["calendars"] == sorted(["mairie", "conseil", f"perso-{here.secretary.pk}"])
    assert (said["found"], said["own"]) == (4, "À moi")
    assert said["changed"] >= 1
    assert store().read(here.body.pk, "mairie") == []


def test_from_the_domain_alone_caldav_finds_the_calendars_of_its_mairie(here, live_server, settings, tmp_path):
    """From the SRV record on (RFC 6764): what our own records say, asked for by a client that knows nothing else."""
    python = client("python")
    # This client follows a record under the very domain only.
    settings.SOCLE_MAIL_DOMAIN, settings.SOCLE_MAIL_WEB_HOST = "courriel.test", "socle.prisches.courriel.test"
    settings.SOCLE_MAIL_MX = ["mx.courriel.test"]
    with scope(beneficiary=here.body):
        domain = give_domain(here.body, by=User.objects.system(), at=f.NOW)
        told = records_of(facts_of(domain, at=f.NOW))
    lines = [f"{one.name}. {one.ttl} IN {one.type} {one.content}" for one in told if "._tcp." in one.name]
    front = live_server.url.replace("localhost", "127.0.0.1")
    # Who serves two mairies finds, by the domain of one, the calendars of that one.
    here.secretary.memberships.create(role=Role.SECRETARY, beneficiary=make_place("59001", "Abancourt").body)
    with dns_server.serving(*lines) as dns:
        known = (domain.name, str(dns.port), front, here.secretary.email, here.secret)
        done = run(python, str(HERE / "by_discovery.py"), *known, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.strip().splitlines()[-1])
    assert (said["source"], said["host"], said["port"]) == ("srv", "socle.prisches.courriel.test", 443)
    assert said["calendars"] == sorted(["mairie", "conseil", f"perso-{here.secretary.pk}"])
    assert said["same"]


VDIRSYNCER = """
[general]
status_path = "{folder}/status/"
[pair calendars]
a = "local_events"
b = "remote_events"
collections = ["mairie"]
[storage local_events]
type = "filesystem"
path = "{folder}/events/"
fileext = ".ics"
[storage remote_events]
type = "caldav"
url = "{url}"
username = "{login}"
password = "{secret}"
[pair contacts]
a = "local_cards"
b = "remote_cards"
collections = ["contacts"]
[storage local_cards]
type = "filesystem"
path = "{folder}/cards/"
fileext = ".vcf"
[storage remote_cards]
type = "carddav"
url = "{url}"
username = "{login}"
password = "{secret}"
"""


def test_vdirsyncer_carries_events_and_cards_both_ways(here, url, tmp_path):
    program = client("vdirsyncer")
    from tests.agenda.conftest import event

    config = tmp_path / "config"
    config.write_text(
        VDIRSYNCER.format(folder=tmp_path, url=url, login=here.secretary.email, secret=here.secret), encoding="utf-8"
    )
    card = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:{uid}\r\nFN:{name}\r\nN:{name};;;;\r\nEND:VCARD\r\n"
    with store().writing(here.body.pk) as writer:
        writer.put("mairie", "la.ics", event("la", title="De la mairie"), etag=None)
        writer.put("contacts", "la.vcf", card.format(uid="la", name="De la mairie"), etag=None)
    for folder, name, content in (
        ("events/mairie", "ici.ics", event("ici", title="Du téléphone")),
        ("cards/contacts", "ici.vcf", card.format(uid="ici", name="Du téléphone")),
    ):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / name).write_bytes(content.encode())
    for verb in ("discover", "sync"):
        done = run(program, "-c", str(config), verb, cwd=tmp_path)
        assert done.returncode == 0, done.stderr + done.stdout
    for slug, kind in (("mairie", "events"), ("contacts", "cards")):
        there = {"De la mairie", "Du téléphone"}
        assert all(any(name in kept.text for kept in store().read(here.body.pk, slug)) for name in there)
        texts = [path.read_text() for path in (tmp_path / kind / slug).iterdir()]
        assert all(any(name in text for text in texts) for name in there)


def test_the_trial_of_conformity_finds_no_new_failure(here, url, tmp_path):
    """What it found when it was first run is kept in a file, with why: a feature lost since is a failure."""
    program = client("caldav-server-tester")
    done = run(
        program, "--caldav-url", url, "--caldav-username", here.secretary.email, "--caldav-password", here.secret,
        "--format", "json", cwd=tmp_path, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    start = done.stdout.index("{")
    found = json.loads(done.stdout[start:])
    (Path(os.environ.get("SOCLE_TRIAL_KEPT", tmp_path)) / "trial.json").write_text(json.dumps(found, indent=1))
    levels = _levels(found["features"])
    assert "full" in levels.values()
    # What it could not judge counts as well: else a server that answers nothing would pass.
    failures = {name for name, level in levels.items() if level not in ("full", "quirk")}
    known = set(json.loads((HERE / "known_failures.json").read_text(encoding="utf-8")))
    assert failures <= known, {name: found["features"][name] for name in failures - known}


def _levels(features: dict) -> dict[str, str]:
    return {name: value.get("support", "full") for name, value in features.items()}
