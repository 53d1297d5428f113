"""Run in a process of its own, on an empty migrated database: two mairies with their folder and a device each.

python -m tests.engines.furnish_drive           furnish it; prints, as JSON, how each enters
python -m tests.engines.furnish_drive count     prints, as JSON, what the folders hold
python -m tests.engines.furnish_drive killed    begins the archive of the second mairie, and is killed in the middle
python -m tests.engines.furnish_drive joined    one more person serves the first mairie; prints how they enter
python -m tests.engines.furnish_drive left      their function ended yesterday
python -m tests.engines.furnish_drive made      goes on with it an hour later; prints, as JSON, what came of it
"""

from __future__ import annotations

import json
import os
import signal
import sys
from datetime import timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "socle.config.settings")
# Whoever makes a device's password is written to: no mail server runs here.
os.environ["SOCLE_EMAIL_URL"] = "dummymail://"


def furnish() -> list[dict[str, str]]:
    from socle.engines.radicale.engine import Agendas
    from socle.files.actions import spaces
    from socle.people.devices import actions as devices
    from socle.people.devices.models import Use
    from socle.people.models import Role, User
    from socle.provisioning.contract import Wanted
    from tests import factories as f

    made = []
    for insee_code, name in (("59474", "Prisches"), ("62001", "Ablain")):
        place = f.beneficiary(f.commune(insee_code, name, 1000))
        person = f.member(Role.SECRETARY, place)
        spaces.open_space(place, by=User.objects.system(), at=f.NOW)
        agendas = Agendas()
        for change in agendas.plan(Wanted(place, "agendas"), agendas.observe(place)).changes:
            agendas.apply(change)
        _, secret = devices.make(person, name="Ordinateur", uses=(Use.FILES, Use.AGENDA), by=person, at=f.NOW)
        made.append(
            {
                "path": f"/dav/dossier/{place.pk}/",
                "events": f"/dav/agenda/{place.pk}/agendas/mairie/",
                "login": person.email,
                "secret": secret,
            }
        )
    return made


def count() -> dict[str, object]:
    from django_scopes import scopes_disabled

    from socle.files import queries
    from socle.files.models import Entry, Lock, Space

    with scopes_disabled():
        return {
            "files": sorted(
                [one.name, one.size, one.content.sha256 if one.content else ""]
                for one in Entry.objects.filter(is_folder=False, trashed_with=None).select_related("content")
            ),
            "locks": Lock.objects.count(),
            "is_right": all(one.used_bytes == queries.counted(one) for one in Space.objects.all()),
        }


def killed() -> None:
    """The worker dies between two files of a part, after others were finished."""
    from django.utils import timezone
    from django_scopes import scope

    from socle.lib.archives import Writing
    from socle.people.models import Beneficiary, Role
    from socle.provisioning.handover import actions, making
    from tests import factories as f

    place = Beneficiary.objects.order_by("pk").last()
    assert place is not None
    mayor = f.member(Role.MAYOR, place)
    write = Writing.write

    def dying(self: Writing, data: bytes) -> int:
        written = write(self, data)
        if self.path.endswith(".bin"):
            os.kill(os.getpid(), signal.SIGKILL)
        return written

    Writing.write = dying  # type: ignore[method-assign]
    with scope(beneficiary=place):
        asked = actions.ask(place, reason="Fin de la convention", by=mayor, at=timezone.now())
    making.make(asked.pk, at=timezone.now())


def made() -> dict[str, object]:
    from django.core.files.storage import default_storage
    from django.utils import timezone
    from django_scopes import scopes_disabled

    from socle.lib.archives import check
    from socle.provisioning.handover import making
    from socle.provisioning.handover.actions import workshop
    from socle.provisioning.handover.models import Handover

    with scopes_disabled():
        before = Handover.objects.get()
        begun = workshop(before).exists()
        count = making.make_due(at=timezone.now() + timedelta(hours=1))
        after = Handover.objects.get()
        found = check(default_storage.path(after.file))
        return {
            "was": [before.status, begun],
            "made": count,
            "status": after.status,
            "faults": found.faults,
            "files": found.files,
            "workshop": workshop(after).exists(),
        }


def joined() -> dict[str, str]:
    from socle.people.devices import actions as devices
    from socle.people.devices.models import Use
    from socle.people.models import Beneficiary, Role
    from tests import factories as f

    place = Beneficiary.objects.order_by("pk").first()
    assert place is not None
    person = f.member(Role.SECRETARY, place, email="renfort@exemple.invalid")
    _, secret = devices.make(person, name="Ordinateur", uses=(Use.FILES, Use.AGENDA), by=person, at=f.NOW)
    return {"path": f"/dav/dossier/{place.pk}/", "login": person.email, "secret": secret}


def left() -> int:
    from django.utils import timezone

    from socle.lib.dates import day_of
    from socle.people.models import Membership

    yesterday = day_of(timezone.now()) - timedelta(days=1)
    return Membership.objects.filter(user__email="renfort@exemple.invalid").update(ends_on=yesterday)


if __name__ == "__main__":
    django.setup()
    verbs = {"count": count, "killed": killed, "made": made, "joined": joined, "left": left}
    print(json.dumps(verbs[sys.argv[1]]() if sys.argv[1:] else furnish()))
