"""What a release may meet on a machine: refused by its front, twice; no certificate yet; a database that changes.

Each step says what it did, which version then serves, and where « rollback » leads; the visitors meanwhile are counted.
"""

from __future__ import annotations

import contextlib
import re
import shutil
from typing import Any
from urllib.request import urlopen

from tests.deploy.load import Visitors
from tools.drills.bare import CLONE, HOST, Bare, commands, publish, settle
from tools.installation import wait_for

PULL = f"cd {CLONE} && git pull --quiet"
# Whoever comes by the front server has this header; who asks the place itself has not.
REFUSED = 'if "HTTP_X_FORWARDED_HOST" in request.META:\n        raise RuntimeError("refused")\n    '
# What the release in service is not promised to live with.
MIGRATION = '''"""What only the code of this release understands: made by the drill."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("journal", "{after}")]
    operations = [migrations.RunSQL("SELECT 1", "SELECT 1")]
'''


def released(ours: Bare) -> dict[str, Any]:
    """Install as the guide says, then release what goes well and what does not: what was seen of each."""
    wrong: list[str] = []
    seen: dict[str, Any] = {"systemd": ours.without_systemd or "its own"}
    packages, clone, _, install, *_ = commands("Sur une machine")
    ours.as_written(packages.replace("install", "install --yes --quiet", 1))
    ours.as_written(clone)
    ours.as_written(f"{install} --no-start")
    settle(ours)
    ours.run("install", "-d", "-o", "socle", "-g", "socle", "-m", "700", "/srv/sauvegardes")
    ours.as_written(install)
    ours.as_written("socle load-territory")
    filled = ours.ground("fill")
    visitors = Visitors(("127.0.0.1", ours.ports[3]), [HOST, filled["site"]], session=filled["session"])
    wait_for(lambda: visitors.ask(HOST, "/").status == 200, seconds=60, what="the front server")
    first = serving(ours)

    def step(name: str, line: str, *, serves: str, says: str, leads: str | None, ends_well: bool = True) -> None:
        said = ours.run("/bin/sh", "-c", f"cd {CLONE}; {line}; echo ended=$?")
        told = {"serves": serving(ours), "rollback leads to": previous(ours)}
        seen[name] = told
        for is_right, what in (
            (said.rstrip().endswith("ended=0") == ends_well, f"ended otherwise:\n{said[-1500:]}"),
            (told["serves"] == serves, f"{told['serves']} serves, {serves} should"),
            (leads is None or told["rollback leads to"] == leads, f"rollback leads to {told['rollback leads to']}"),
            (says in said, f"« {says} » is not said:\n{said[-1500:]}"),
        ):
            if not is_right:
                wrong.append(f"{name}: {what}")

    release = f"{PULL} && deploy/one-machine/release"
    back, said_back = "deploy/one-machine/rollback", "de nouveau en service"
    with visitors:
        publish(ours, "9.0")
        step("a good one", release, serves="9.0", says="9.0", leads=first)
        step("taken back", back, serves=first, says=said_back, leads="9.0")
        step("and forth", back, serves="9.0", says=said_back, leads=first)
    seen["requests"], seen["failed"] = sum(visitors.answered.values()), len(visitors.failures)
    if visitors.failures:
        wrong.append(f"{len(visitors.failures)} requests failed: {visitors.failures[:3]}")
    # Until the front is asked, a few visitors see what it refuses.
    for version in ("9.1", "9.2"):
        publish(ours, version, {"socle/public/views/landing.py": hidden})
        said = f"« rollback » mène à {first}"
        step(f"refused by its front, {version}", release, serves="9.0", says=said, leads=first, ends_well=False)
    step("taken back after two refused", back, serves=first, says=said_back, leads="9.0")
    step("and forth again", back, serves="9.0", says=said_back, leads=first)

    publish(ours, "9.3", {"socle/public/views/landing.py": shown})
    without_certificate(ours)
    step("no certificate yet", release, serves="9.3", says="n’a pas de certificat", leads="9.0")
    migrations = sorted((ours.root / CLONE.lstrip("/") / "socle/journal/migrations").glob("0*.py"))
    changed = {"socle/journal/migrations/0900_of_the_drill.py": lambda _: MIGRATION.format(after=migrations[-1].stem)}
    publish(ours, "9.4", changed)
    step("a database that changes shape", release, serves="9.3", says="--pause", leads="9.0", ends_well=False)
    (ours.root / "etc/socle/socle.env").write_text(
        re.sub(r"^SOCLE_BACKUP_TARGET=.*\n", "", (ours.root / "etc/socle/socle.env").read_text(), flags=re.M)
    )
    step("with a pause, unsaved", f"{release} --pause", serves="9.3", says="--unsaved", leads="9.0", ends_well=False)
    with (ours.root / "etc/socle/socle.env").open("a") as file:
        file.write("SOCLE_BACKUP_TARGET=/srv/sauvegardes\n")
    step("with a pause", f"{release} --pause", serves="9.4", says="socle-worker@1.service s’arrête", leads="9.3")
    step("no way back", "deploy/one-machine/rollback", serves="9.4", says="socle restore", leads="9.3", ends_well=False)
    return {**seen, "wrong": wrong}


def hidden(text: str) -> str:
    return text.replace("    programme = (\n", f"    {REFUSED}programme = (\n", 1) if REFUSED not in text else text


def shown(text: str) -> str:
    return text.replace(REFUSED, "")


def serving(ours: Bare) -> str:
    """The version by which the places answer; the network is this machine's."""
    found = set()
    for port in ours.ports[:2]:
        with contextlib.suppress(OSError), urlopen(f"http://127.0.0.1:{port}/-/in-service", timeout=20) as answer:
            found.add(answer.read().decode().split(" ")[0])
    return " and ".join(sorted(found)) or "nothing"


def previous(ours: Bare) -> str:
    link = ours.root / "opt/socle/previous"
    return link.readlink().name.rpartition("-")[0] if link.is_symlink() else "nothing"


def without_certificate(ours: Bare) -> None:
    """The authority does not answer yet, and none of its certificates is left: as on the first day of a name."""
    front = ours.root / "etc/socle/front.env"
    front.write_text(f"{front.read_text().replace('=internal', '=acme')}FRONT_ACME_CA=https://127.0.0.1:1/directory\n")
    ours.run("systemctl", "stop", "socle-front")
    for place in (ours.root / "var/lib/socle-front").iterdir():
        shutil.rmtree(place, ignore_errors=True)
    ours.run("systemctl", "start", "socle-front")
