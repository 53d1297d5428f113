"""Run in a process of its own, on an empty migrated database: two communes equipped, a bulletin.

python -m tests.operations.safekeeping.furnish            furnish it
python -m tests.operations.safekeeping.furnish write      write documents until the standard input closes
python -m tests.operations.safekeeping.furnish ask HOST…  print the title of the page that each host answers
"""

from __future__ import annotations

import os
import sys
import threading

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "socle.config.settings")
INSEE_CODES = {"59474": "Prisches", "62001": "Ablain-Saint-Nazaire"}


def furnish() -> None:
    from django.conf import settings
    from django.core.files.base import ContentFile
    from django_scopes import scopes_disabled

    from socle.documents import actions as documents
    from socle.documents import erasure
    from socle.documents.models import Document
    from socle.documents.texts import publish_seeds
    from socle.journal import actions as journal
    from socle.people.models import Role, User
    from socle.provisioning import equipping
    from socle.sites.models import CommuneDocument
    from tests import factories as f

    settings.DEMO, settings.SOCLE_SIGNING = True, "socle.engines.simulated.authority.SimulatedTrust"
    publish_seeds(by=User.objects.system(), at=f.NOW)
    pack = f.programme()
    f.member(Role.PRESIDENT, pack.lead(), quality="Présidente")
    for code in ("59", "62"):
        cdg = pack.centre_de_gestion_of(f.department(code))
        f.member(Role.CDG_PRESIDENT, cdg, quality="Président")
        f.act(cdg)
    for insee_code, name in INSEE_CODES.items():
        f.commune(insee_code, name, 1000)
        equipping.equip(insee_code, programme=pack, say=lambda code, sentence: None)
    with scopes_disabled():
        CommuneDocument.objects.create(title="Bulletin", file=ContentFile(b"%PDF-1.4 bulletin", name="bulletin.pdf"))
    ended = documents.keep(
        b"%PDF-1.4 payslip",
        title="Bulletin de paie de Camille",
        filename="camille.pdf",
        by=User.objects.system(),
        at=f.NOW,
        rule="bulletins",
        neutral_title="Bulletin de paie",
    )
    Document.objects.filter(pk=ended.pk).update(kept_until=f.TODAY, ended_at=f.NOW)
    erasure.discard_ended()
    while journal.seal():
        pass


def write() -> None:
    """Documents, one after the other: a file, then its row and its line of journal, as everybody writes them."""
    from django.utils import timezone

    from socle.documents import actions as documents
    from socle.journal import actions as journal
    from socle.people.models import User

    over = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
    number = 0
    while not over.is_set():
        number += 1
        documents.keep(
            b"%PDF-1.4 " + os.urandom(2000),
            title=f"Essai {number}",
            filename="essai.pdf",
            by=User.objects.system(),
            at=timezone.now(),
        )
        if number % 5 == 0:
            journal.seal()
        if number == 1:
            print("writing", flush=True)
    print(number, flush=True)


def ask(*hosts: str) -> None:
    from bs4 import BeautifulSoup
    from django.test import Client

    for host in hosts:
        answer = Client(headers={"host": host}).get("/")
        heading = BeautifulSoup(answer.content, "html5lib").find("h1")
        print(answer.status_code, heading.get_text(" ", strip=True) if heading else "")


def main() -> None:
    django.setup()
    match sys.argv[1:]:
        case []:
            furnish()
        case ["write"]:
            write()
        case ["ask", *hosts]:
            ask(*hosts)


if __name__ == "__main__":
    main()
