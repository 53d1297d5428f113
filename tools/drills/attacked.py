"""One visitor, or one agent, against the platform: nobody else waits for them.

Who sends slowly goes by the front as it is shipped, to an installation of its own: a demonstration is closed to whoever
comes by a front. The agents are those of a demonstration on PostgreSQL. Two processes of the web server each. Each
attack tells what another visitor waits for while nothing happens and while it lasts, the processes it lost, and what
they weigh after it.
"""

from __future__ import annotations

import contextlib
import io
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pikepdf
import requests

from socle.lib.ports import free_ports
from tools.drills import attack
from tools.drills.attack import Figures, Target
from tools.installation import ROOT, Installation, Running, executable, wait_for

# What is promised to everybody else: so many times their quiet wait, and so many MiB more for a process.
MOST_SLOWDOWN, MOST_MIB = 3.0, 100
# Below this, a wait is nobody's: two processors serve, attack and measure.
UNNOTICED = 0.5
HOST = "localhost"
# One visitor of the drill counts for a crowd.
OFTEN = "forms=100000/300"
PRESIDENT, WAITING = "Gabriel Exemple", "PMC-2026-0003"


@contextlib.contextmanager
def in_front(ours: Installation) -> Iterator[int]:
    """Caddy with our own file, before this installation; the port where it listens for encryption."""
    http, https, inside = free_ports(3)
    folder = ours.directory / "front"
    folder.mkdir()
    ours.variables |= {
        "HOME": str(folder), "RUNTIME_DIRECTORY": str(folder), "STATE_DIRECTORY": str(folder / "state"),
        "FRONT_EMAIL": "exercice@exemple.invalid", "FRONT_ISSUER": "internal", "FRONT_AUDIENCE": "off",
        "FRONT_HTTP_PORT": str(http), "FRONT_HTTPS_PORT": str(https), "FRONT_INSIDE_PORT": str(inside),
        "FRONT_PLACES": f"127.0.0.1:{ours.port}", "FRONT_SITES": f"https://{HOST}",
        "FRONT_PUBLISHED": str(ours.data / "published"),
    }  # fmt: skip
    caddy = executable("caddy")
    front = ours.start("front", caddy, "run", "--config", str(ROOT / "deploy/one-machine/Caddyfile"))
    try:
        yield https
    finally:
        front.stop()


def attacked(ours: Installation) -> dict[str, Any]:
    """Attack them, one attack after the other; what was seen of each, and what is wrong."""
    seen: dict[str, Any] = {}
    wrong: list[str] = []
    behind = Installation(ours.directory / "behind")
    behind.directory.mkdir()
    behind.variables = {
        "SOCLE_PLATFORM_URL": f"https://{HOST}", "SOCLE_PLATFORM_HOSTS": HOST, "SOCLE_TRUSTED_PROXIES": "1",
        "SOCLE_RATE_LIMITS": OFTEN,
    }  # fmt: skip
    behind.socle("migrate", "--verbosity", "0")
    behind.socle("collectstatic", "--no-input", "--verbosity", "0")
    try:
        with in_front(behind) as port:
            visitor = Target(f"https://127.0.0.1:{port}", host=HOST)
            slow = {
                f"{count} slow bodies, by the front": partial(attack.slow_bodies, visitor, count=count)
                for count in (34, 60)
            }
            _suffer(behind, visitor, lambda: slow, seen, wrong)
    finally:
        behind.stop()

    ours.variables = {"SOCLE_RATE_LIMITS": OFTEN}
    visitor = Target(ours.address)
    given = ours.inside("tools.drills.attacked:device")
    agent = Target(ours.address, login=given["login"], password=given["secret"])

    def of_agents() -> dict[str, Callable[[], Figures]]:
        president = Agent(visitor, PRESIDENT)
        return {
            "34 slow bodies": partial(attack.slow_bodies, visitor),
            "a nested request": partial(attack.nested_body, agent, given["calendar"]),
            "a drive asked for 6,000 properties": partial(attack.many_properties, agent, given["drive"]),
            **president.deposits(),
        }

    _suffer(ours, visitor, of_agents, seen, wrong)
    return {**seen, "wrong": wrong}


def _suffer(
    ours: Installation,
    visitor: Target,
    attacks: Callable[[], dict[str, Callable[[], Figures]]],
    seen: dict[str, Any],
    wrong: list[str],
) -> None:
    """Serve, attack, and add to what was seen and to what is wrong."""
    web = ours.start("web")
    try:
        wait_for(lambda: _answers(visitor), seconds=120, what="the platform")
    except TimeoutError:
        print(ours.log_of("web")[-2000:], ours.log_of("front")[-2000:], sep="\n")
        raise
    for name, act in attacks().items():
        before = weights(web)
        figures = act()
        after = weights(web)
        grown = max((after[pid] - before[pid] for pid in before.keys() & after.keys()), default=0.0)
        lost = len(before.keys() - after.keys())
        seen[name] = {
            "quiet p95, s": round(figures.quiet_p95, 2), "p95, s": round(figures.p95, 2), "failed": figures.failed,
            "lost": lost, "MiB more": round(grown), "took, s": round(figures.took, 1), "answers": figures.answers,
        }  # fmt: skip
        print(f"{name}: {seen[name]}", flush=True)
        if figures.p95 > max(UNNOTICED, MOST_SLOWDOWN * figures.quiet_p95):
            wrong.append(f"{name}: another visitor waits {figures.p95:.1f} s, {figures.quiet_p95:.1f} before")
        if figures.failed:
            wrong.append(f"{name}: {figures.failed} requests of another visitor failed")
        if lost:
            wrong.append(f"{name}: {lost} processes lost")
        if grown > MOST_MIB:
            wrong.append(f"{name}: a process weighs {grown:.0f} MiB more")


def _answers(visitor: Target) -> bool:
    try:
        return visitor.ask("GET", "/")[0] == 200
    except OSError:
        return False


def weights(web: Running) -> dict[int, float]:
    """What each process of the web server weighs now, in MiB, by its number; a reader that it started is not one."""
    found = {}
    for pid in web.family():
        with contextlib.suppress(OSError):
            status = Path(f"/proc/{pid}/status").read_text()
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
            if b"-c" not in command.split(b"\0") and (rss := re.search(r"VmRSS:\s+(\d+)", status)):
                found[pid] = int(rss[1]) / 1024
    return found


class Agent:
    """Somebody of the demonstration, signed in, who presses and sends."""

    def __init__(self, target: Target, name: str) -> None:
        self.target, self.link = target, requests.Session()
        page = self.get("/demonstration/").text
        form = next(one for one in re.findall(r"<form.*?</form>", page, re.S) if name in one)
        action = re.search(r'action="([^"]+)"', form)
        self.post(action[1] if action else "/demonstration/", dict(re.findall(r'name="([^"]+)" value="([^"]*)"', form)))

    def get(self, path: str) -> requests.Response:
        answer = self.link.get(f"{self.target.url}{path}", timeout=120)
        answer.raise_for_status()
        return answer

    def post(self, path: str, fields: dict[str, str], **files: Any) -> requests.Response:
        token = next((one.value for one in self.link.cookies if "csrf" in one.name), "")
        fields = {"csrfmiddlewaretoken": token, **fields}
        return self.link.post(f"{self.target.url}{path}", data=fields, files=files or None, timeout=180)

    def deposits(self) -> dict[str, Callable[[], Figures]]:
        """What it deposits as signed elsewhere: small to send, and long to read without bounds."""
        from tests.signing import hostile

        document = self.get(f"/console/conventions/{WAITING}/convention.pdf").content
        place = free_place(document)

        def deposited(content: bytes) -> Callable[[], Figures]:
            def act() -> Counter[str]:
                before = time.monotonic()
                answer = self.post(f"/console/conventions/{WAITING}/signer/deposer/", {}, file=("signe.pdf", content))
                said = re.search(r'class="field-error"[^>]*>(?:<svg.*?</svg>)?([^<]+)', answer.text, re.S)
                took = time.monotonic() - before
                return Counter([f"{answer.status_code} after {took:.0f} s: {said[1].strip() if said else ''}"])

            return lambda: attack.measured("deposit", self.target, act)

        return {
            "14 authorities of one name": deposited(hostile.signed_by_many(document, 14, field=place)),
            "60 authorities of one name": deposited(hostile.signed_by_many(document, 60, field=place)),
            "a table of free objects": deposited(hostile.many_free_entries(document)),
        }


def free_place(document: bytes) -> str:
    """The first place of a document that nobody has signed."""
    with pikepdf.open(io.BytesIO(document)) as pdf:
        return next(str(one.T) for one in pdf.Root.AcroForm.Fields if str(one.get("/FT")) == "/Sig" and "/V" not in one)


def device() -> dict[str, str]:
    """In the installation: a device of somebody who has a calendar and a drive; how it signs in, and where."""
    from django.utils import timezone

    from socle.people.devices import actions
    from socle.people.devices.models import Use
    from socle.people.models import Membership, Role

    member = Membership.objects.select_related("user").get(user__name="Charlie Exemple", role=Role.SECRETARY)
    uses = [Use.AGENDA, Use.FILES]
    _, secret = actions.make(member.user, name="Téléphone", uses=uses, by=member.user, at=timezone.now())
    place = f"/dav/agenda/{member.beneficiary_id}/"
    return {"login": member.user.email, "secret": secret, "calendar": place, "drive": "/dav/dossier/"}
