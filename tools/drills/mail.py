"""The mail of a commune carried by the real servers, set on the screens and told to them by the command as shipped.

An absence, a forwarding and a group: every box receives what is written to it, the absence answers, what is forged is
set aside and sets off neither, and nothing is left in the queue. All of it runs under the umask of the units.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import smtplib
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from email.message import EmailMessage
from email.utils import localtime
from typing import Any

import requests

from socle.engines.postfix_dovecot.layout import Layout, Ports
from socle.lib.dates import day_of
from socle.lib.ports import is_taken
from tests import dns_server
from tools.bench.continuity.mail import Account, submission
from tools.bench.continuity.provisioning import FURNISHING, only_named
from tools.installation import ROOT, SOCLE, Installation, wait_for

# What is written while one works is nobody else's (UMask of deploy/one-machine).
UMASK = 0o077
NEIGHBOUR = "ami@voisin.test"
NAMES = ('voisin.test. 60 IN TXT "v=spf1 ip4:127.0.0.0/8 -all"', '_dmarc.voisin.test. 60 IN TXT "v=DMARC1; p=none"')


class Person:
    """Somebody of the demonstration, signed in, who fills forms."""

    def __init__(self, ours: Installation, key: int) -> None:
        self.address, self.link = ours.address, requests.Session()
        self.link.get(f"{self.address}/demonstration/", timeout=60).raise_for_status()
        self._post("/demonstration/jouer/", {"person": str(key)}).raise_for_status()

    def fill(self, path: str, **fields: str) -> None:
        """Fill the form of this page and send it; raise when it comes back."""
        page = self.link.get(self.address + path, timeout=60)
        page.raise_for_status()
        hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text)
        answer = self._post(path, {**dict(hidden), **fields})
        if answer.status_code != 200:
            raise RuntimeError(f"{path}: {answer.status_code} {re.sub('<[^>]+>', ' ', answer.text)[:2000]}")

    def _post(self, path: str, fields: dict[str, str]) -> requests.Response:
        token = next((one.value for one in self.link.cookies if "csrf" in one.name), "")
        return self.link.post(self.address + path, data={**fields, "csrfmiddlewaretoken": token or ""}, timeout=60)


@contextlib.contextmanager
def servers_of(ours: Installation) -> Iterator[Layout]:
    """The real servers beside this demonstration, described and started by the command; they know their neighbours."""
    folder = ours.directory / "mail"
    bases = [base for base in range(11000, 32000, 1000) if not any(map(is_taken, vars(Ports.shifted(base)).values()))]
    with dns_server.serving(*NAMES) as names:
        line = ["mail-servers", "--folder", str(folder)]
        ports, resolver = str(random.choice(bases)), f"127.0.0.1:{names.port}"
        ours.socle(*line, "write", "--ports", ports, "--resolver", resolver)
        # The whole list of suffixes takes rspamd a minute to read.
        (folder / "suffixes").write_text("test\n")
        layout = replace(Layout.load(folder), suffixes=str(folder / "suffixes"))
        layout.save()
        (folder / "suffixes").chmod(0o644)
        try:
            ours.socle(*line, "start")
            yield layout
        finally:
            ours.socle(*line, "stop")


def boxes_of(chosen: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """In the installation: the boxes of each place, with their numbers."""
    from django_scopes import scopes_disabled

    from socle.mail.models import Mailbox

    with scopes_disabled():  # A drill sees everything.
        found = Mailbox.objects.receiving().order_by("pk")
        return [
            list(found.filter(beneficiary=place["pk"]).values("pk", "address", "local_part", "holder"))
            for place in chosen
        ]


def bring(layout: Layout, to: str, subject: str, *, author: str = NEIGHBOUR) -> None:
    """A neighbour of the Internet brings one message."""
    said = EmailMessage()
    said["From"], said["To"], said["Subject"], said["Date"] = author, to, subject, localtime()
    said["Message-ID"] = f"<{time.monotonic_ns()}@voisin.test>"
    said.set_content("Bonjour.\n")
    with smtplib.SMTP("127.0.0.1", layout.ports.smtp, timeout=60) as client:
        client.sendmail(NEIGHBOUR, [to], said.as_bytes())


def held(layout: Layout, address: str, folder: str, subject: str) -> int:
    """How many messages of this subject a folder of a box holds, as Dovecot says."""
    line = ["/usr/bin/doveadm", "-c", str(layout.dovecot_conf), "search", "-u", address]
    said = subprocess.run(
        [*line, "mailbox", folder, "header", "subject", subject], capture_output=True, text=True, timeout=30
    )
    return len(said.stdout.splitlines())


def waiting(layout: Layout) -> list[str]:
    line = ["/usr/sbin/postqueue", "-c", str(layout.postfix), "-j"]
    return subprocess.run(line, capture_output=True, text=True, check=True, timeout=30).stdout.splitlines()


def carried(ours: Installation) -> dict[str, Any]:
    """Set what a mairie sets, bring it mail, and say what did not arrive."""
    before = os.umask(UMASK)
    try:
        with servers_of(ours) as layout:
            ours.variables["SOCLE_MAIL_SERVERS"] = str(layout.folder)
            ours.socle("reconcile", "--service", "messagerie", "--yes", "--force")
            ours.start("web")
            wait_for(ours.answers, seconds=120, what="the web server")
            return _carried(ours, layout)
    finally:
        ours.stop()
        os.umask(before)


def _carried(ours: Installation, layout: Layout) -> dict[str, Any]:
    places = only_named(ours.inside(f"{FURNISHING}:places")[:2])
    boxes, others = ours.inside("tools.drills.mail:boxes_of", places)
    by_name = {box["local_part"]: box for box in boxes}
    mairie, civil = by_name["mairie"], by_name["etat-civil"]
    # A secretary serves several mairies, of which one is active.
    # The day of the platform, whatever the clock of this machine calls it.
    mayor, today = Person(ours, places[0]["mayor"]), day_of(localtime()).isoformat()
    root = "/mairie/messagerie"
    mayor.fill(
        f"{root}/{mairie['pk']}/absence/", starts_on=today, ends_on=today, subject="Absence", text="De retour lundi."
    )
    mayor.fill(f"{root}/{civil['pk']}/renvoi/", destination="mairie", is_copy_kept="on")
    group = {"local_part": "tout-le-monde", "is_group": "yes", "name": "Tout le monde"}
    mayor.fill(f"{root}/adresses/creer/", **group, destinations="mairie\netat-civil")
    devices = ours.inside(f"{FURNISHING}:link_devices", places)
    # What the reactions of the queue do, and the tick of each hour: here, by the command line as it is shipped.
    exported = ours.socle("mail-servers", "export").strip()

    wrong: list[str] = []

    def arrives(address: str, subject: str, *, folder: str = "INBOX", count: int = 1) -> None:
        with contextlib.suppress(TimeoutError):
            wait_for(lambda: held(layout, address, folder, subject) >= count, seconds=20, what=subject)
        if (seen := held(layout, address, folder, subject)) != count:
            wrong.append(f"{address}, {folder}: {seen} « {subject} », and not {count}")

    every = [box["address"] for box in (*boxes, *others)]
    for address in every:
        bring(layout, address, "Pour chaque boîte")
    for address in every:
        # What « etat-civil » receives goes to « mairie » too.
        arrives(address, "Pour chaque boîte", count=2 if address == mairie["address"] else 1)
    bring(layout, f"tout-le-monde@{mairie['address'].partition('@')[2]}", "Pour tous")
    arrives(mairie["address"], "Pour tous", count=2)
    arrives(civil["address"], "Pour tous")
    # Somebody of the neighbouring mairie writes, and is answered.
    writer = next(box["address"] for box in others if box["local_part"] == "mairie")
    with submission(layout, Account(writer, devices[1]["secretary"])) as client:
        client.sendmail(
            writer, [mairie["address"]], f"From: {writer}\nTo: {mairie['address']}\nSubject: Question\n\nx\n"
        )
    arrives(mairie["address"], "Question")
    arrives(writer, "Absence")
    # Under a name of ours: set aside, and neither answered nor sent on.
    bring(layout, civil["address"], "IBAN", author=f'"{writer}" <{NEIGHBOUR}>')
    arrives(civil["address"], "IBAN", folder="Junk")
    arrives(mairie["address"], "IBAN", count=0)
    with contextlib.suppress(TimeoutError):
        wait_for(lambda: not waiting(layout), seconds=20, what="an empty queue")
    wrong += [f"waits: {json.loads(one)['recipients']}" for one in waiting(layout)]
    ours.socle("mail-servers", "look")
    line = [*SOCLE, "doctor", "--quiet", "delivery", "mail-certificate", "engines"]
    said = subprocess.run(line, env=ours.environment, cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=120)
    # Other engines of the demonstration are started by whoever serves it.
    wrong += [told for told in said.stdout.splitlines() if "messagerie" in told.lower() or "courrier" in told]
    return {"boxes": len(every), "exported": exported, "wrong": wrong}
