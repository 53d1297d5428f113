"""Run in a process of its own, on an empty migrated database: two mairies with their folder and a device each.

python -m tests.engines.furnish_drive           furnish it; prints, as JSON, how each enters
python -m tests.engines.furnish_drive count     prints, as JSON, what the folders hold
"""

from __future__ import annotations

import json
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "socle.config.settings")
# Whoever makes a device's password is written to: no mail server runs here.
os.environ["SOCLE_EMAIL_URL"] = "dummymail://"


def furnish() -> list[dict[str, str]]:
    from socle.files.actions import spaces
    from socle.people.devices import actions as devices
    from socle.people.devices.models import Use
    from socle.people.models import Role, User
    from tests import factories as f

    made = []
    for insee_code, name in (("59474", "Prisches"), ("62001", "Ablain")):
        place = f.beneficiary(f.commune(insee_code, name, 1000))
        person = f.member(Role.SECRETARY, place)
        spaces.open_space(place, by=User.objects.system(), at=f.NOW)
        _, secret = devices.make(person, name="Ordinateur", uses=(Use.FILES,), by=person, at=f.NOW)
        made.append({"path": f"/dav/dossier/{place.pk}/", "login": person.email, "secret": secret})
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


if __name__ == "__main__":
    django.setup()
    print(json.dumps(count() if sys.argv[1:] == ["count"] else furnish()))
