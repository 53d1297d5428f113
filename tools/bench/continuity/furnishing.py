"""Called inside the installation on trial: people get their devices, calendars their events, folders their files."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import F
from django.utils import timezone
from django_scopes import scope, scopes_disabled

# One more box than what every mairie has from the first day.
FIFTH = "urbanisme"
SMALL, LARGE = 4_000, 100_000
# How the files of a mairie are spread over its first folders; the one that is asked for is in the last.
SPREAD = {"Secrétariat": 50, "Conseil municipal": 30, "À partager": 20}
LISTED, READ = "Secrétariat", "À partager"
LARGE_NAME = "plan.bin"


def places() -> list[dict[str, Any]]:
    """The communes whose every service is live, with who serves each: identifiers, by rank."""
    from socle.people.models import Role
    from socle.provisioning.models import Installation, State

    with scopes_disabled():  # A measure sees everything.
        live = Installation.objects.filter(state=State.LIVE, service__code="messagerie").select_related("beneficiary")
        found = []
        for one in live.order_by("beneficiary_id"):
            members = one.beneficiary.memberships.filter(user__is_active=True).select_related("user").order_by("pk")
            by_role = {Role(member.role): member.user for member in members}
            if {Role.SECRETARY, Role.MAYOR} <= by_role.keys():
                found.append(
                    {
                        "pk": one.beneficiary_id,
                        "secretary": by_role[Role.SECRETARY].pk,
                        "mayor": by_role[Role.MAYOR].pk,
                        "login": by_role[Role.SECRETARY].email,
                    }
                )
    return found


def add_boxes(chosen: Sequence[dict[str, Any]]) -> int:
    """Make the fifth box of each, opened to both its people; return how many boxes there are in all."""
    from socle.mail import actions
    from socle.mail.models import Mailbox
    from socle.mail.models.boxes import Kind
    from socle.people.models import Beneficiary, User

    by = User.objects.system()
    with scopes_disabled():  # As above.
        for place in chosen:
            beneficiary = Beneficiary.objects.get(pk=place["pk"])
            if Mailbox.objects.filter(beneficiary=beneficiary, local_part=FIFTH).exists():
                continue
            box = actions.make_box(
                beneficiary, local_part=FIFTH, kind=Kind.SHARED, display_name="Urbanisme", by=by, at=timezone.now()
            )
            for role in ("secretary", "mayor"):
                actions.open_box(box, to=User.objects.get(pk=place[role]), by=by, at=timezone.now())
        return Mailbox.objects.filter(beneficiary__in=[place["pk"] for place in chosen]).receiving().count()


def link_devices(chosen: Sequence[dict[str, Any]]) -> list[dict[str, str]]:
    """A device password for each person, that opens everything; return the secrets, place by place."""
    from socle.people.devices import actions
    from socle.people.devices.models import Use
    from socle.people.models import User

    made = []
    for place in chosen:
        secrets = {}
        for role in ("secretary", "mayor"):
            person = User.objects.get(pk=place[role])
            name = f"Mesure {timezone.now():%d %H:%M:%S.%f}"
            secrets[role] = actions.make(person, name=name, uses=list(Use), by=person, at=timezone.now())[1]
        made.append(secrets)
    return made


def boxes(chosen: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The boxes of each place: the address, and who of its people opens it and may write from it."""
    from socle.mail.models import Mailbox

    with scopes_disabled():  # As above.
        known: dict[int, list[dict[str, Any]]] = {place["pk"]: [] for place in chosen}
        for box in (
            Mailbox.objects.filter(beneficiary__in=known).receiving().prefetch_related("openings").order_by("pk")
        ):
            openers = [one.user_id for one in box.openings.all()]
            known[box.beneficiary_id].append({"address": box.address, "openers": openers})
    return [known[place["pk"]] for place in chosen]


def event(place: int, rank: int, day: datetime) -> tuple[str, str]:
    """One event of a year: its UID and its text. One in twenty comes back every week, as meetings do."""
    uid = f"{place}-{rank}@mesure"
    start = (day + timedelta(days=rank * 365 / 200 - 182)).replace(hour=8 + rank % 9, minute=15 * (rank % 4), second=0)
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Mesure//FR",
        "BEGIN:VEVENT",
        f"UID:{uid}",
        f"DTSTAMP:{day:%Y%m%dT%H%M%SZ}",
        f"DTSTART:{start:%Y%m%dT%H%M%SZ}",
        f"DTEND:{start + timedelta(hours=1):%Y%m%dT%H%M%SZ}",
        *(["RRULE:FREQ=WEEKLY;COUNT=10"] if rank % 20 == 0 else []),
        f"SUMMARY:Réunion n° {rank} de la commission des travaux",
        "LOCATION:Salle du conseil\\, mairie",
        "DESCRIPTION:Ordre du jour : suivi des chantiers\\, devis reçus\\, questions diverses.",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
    return uid, "\r\n".join(lines)


def fill_calendars(chosen: Sequence[dict[str, Any]], events: int) -> int:
    """Write so many events in the calendar of each mairie, by Radicale’s own writer of many items; nothing is flushed.

    The same reading and the same checks as what a client sends; only the files are not waited for, one by one.
    """
    from socle.engines.radicale.application import HOME, application_for
    from socle.engines.radicale.store import _item

    day, written = datetime.now(UTC).replace(minute=0, second=0, microsecond=0), 0
    for place in chosen:
        storage = application_for(place["pk"]).storage
        storage._filesystem_fsync = False
        with storage.acquire_lock("w"):
            [collection] = storage.discover(f"/{HOME}/mairie/")
            texts = (event(place["pk"], rank, day)[1] for rank in range(events))
            collection._upload_all_nonatomic((_item(text, collection) for text in texts), suffix=".ics")
        written += events
    return written


def fill_folders(chosen: Sequence[dict[str, Any]], files: int) -> list[dict[str, Any]]:
    """Put so many files in the folder of each mairie: bytes by the storage’s own gestures, rows many at a time.

    Returns, for each, what a server of files would be given to hold the same: names, and where the bytes are.
    """
    from socle.files import contents, filenames
    from socle.files.contents import Incoming
    from socle.files.models import Content, Entry, Space, stored_name
    from socle.people.models import Beneficiary

    chance, at, store, held = random.Random(chosen[0]["pk"]), timezone.now(), contents.contents(), []
    for place in chosen:
        with scope(beneficiary=Beneficiary.objects.get(pk=place["pk"])):
            space = Space.objects.get()
            folders = {one.name: one for one in Entry.objects.filter(parent__parent__isnull=True, is_folder=True)}
            rows, entries = [], []
            for folder, name, size in _names(files):
                incoming = Incoming(size)
                incoming.write(chance.randbytes(size))
                incoming.close()
                store.settle(incoming, stored_name(space.pk, incoming.sha256))
                rows.append(Content(space=space, sha256=incoming.sha256, size=size, kind=incoming.kind, added_at=at))
                entries.append(
                    Entry(
                        space=space, parent=folders[folder], is_folder=False, size=size, made_at=at, modified_at=at,
                        **filenames.columns_of(name),
                    )
                )  # fmt: skip
            for entry, content in zip(entries, Content.objects.bulk_create(rows), strict=True):
                entry.content = content
            Entry.objects.bulk_create(entries)
            Space.objects.filter(pk=space.pk).update(used_bytes=F("used_bytes") + sum(row.size for row in rows))
            # One of the mairies has the files of the demonstration too.
            shown = Entry.objects.filter(is_folder=False).select_related("parent", "content")
            held.append({f"{one.parent.name}/{one.name}": stored_name(space.pk, one.content.sha256) for one in shown})
    return held


def _names(files: int) -> list[tuple[str, str, int]]:
    found = [(READ, LARGE_NAME, LARGE)]
    for folder, share in SPREAD.items():
        count = files * share // 100 - (folder == READ)
        found += [(folder, f"Compte rendu n° {rank}.txt", SMALL) for rank in range(count)]
    return found


def analyse() -> None:
    """What the database knows of its tables, after so many rows at once."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
