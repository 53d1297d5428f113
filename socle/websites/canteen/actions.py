"""What is done to the menus of a site: days written, all at once, and the last writing undone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from socle.journal import actions as journal
from socle.lib.dates import day_of
from socle.lib.refusals import refuse
from socle.people.models import User
from socle.websites.canteen.rules import last_writing, why_not_undo, why_not_write
from socle.websites.canteen.writings import WrittenDay, written_of
from socle.websites.models.menus import Dish, DishMark, MenuDay, MenuWriting
from socle.websites.models.sites import WebSite
from socle.websites.publishing.actions import changed

# The index of the search names what the weeks hold: it reads « tree ».
KEYS = ("menus", "tree")


@dataclass(frozen=True)
class Done:
    """What a writing did: days written anew, days whose former words were replaced, days left as they were."""

    added: int = 0
    replaced: int = 0
    same: int = 0


@transaction.atomic
def write(website: WebSite, days: Sequence[WrittenDay], *, kind: MenuWriting.Kind, by: User, at: datetime) -> Done:
    """Say these days; a day of which nothing is said any more leaves the site. Raises Refused.

    Nothing is kept of a writing that changes nothing.
    """
    refuse(why_not_write(days, on=day_of(at)))
    known = {
        day.served_on: day
        for day in MenuDay.objects.kept().whole().filter(website=website, served_on__in=[day.on for day in days])
    }
    different = [day for day in days if (written_of(known[day.on]) != day if day.on in known else day.says_something)]
    if not different:
        return Done(same=len(known))
    writing = MenuWriting.objects.create(website=website, kind=kind, at=at)
    replaced = [known[day.on].pk for day in different if day.on in known]
    MenuDay.objects.filter(pk__in=replaced).update(replaced_by=writing)
    said = [day for day in different if day.says_something]
    rows = MenuDay.objects.bulk_create(
        [
            MenuDay(website=website, served_on=day.on, is_closed=day.is_closed, reason=day.reason, written_by=writing)
            for day in said
        ]
    )
    pairs = [
        (Dish(day=row, course=dish.course, rank=rank, name=dish.name, labels=dish.labels), dish.marks)
        for row, day in zip(rows, said, strict=True)
        for rank, dish in enumerate(day.dishes)
    ]
    dishes = Dish.objects.bulk_create([dish for dish, _ in pairs])
    DishMark.objects.bulk_create(
        [DishMark(dish=dish, code=code) for dish, (_, marks) in zip(dishes, pairs, strict=True) for code in marks]
    )
    changed(website.pk, *KEYS, at=at)
    journal.record("website.menus_written", website, by=by, at=at, writing=writing.pk, days=len(different))
    return Done(len(said) - sum(day.on in known for day in said), len(replaced), len(known) - len(replaced))


@transaction.atomic
def undo(website: WebSite, *, by: User, at: datetime) -> MenuWriting:
    """Put the menus back as they were before the last writing. Raises Refused."""
    writing = last_writing(website, at=at)
    refuse(why_not_undo(writing, at=at))
    assert writing is not None
    writing.days.all().delete()
    writing.replaced.update(replaced_by=None)
    writing.undone_at = at
    writing.save(update_fields=["undone_at"])
    changed(website.pk, *KEYS, at=at)
    journal.record("website.menus_undone", website, by=by, at=at, writing=writing.pk)
    return writing
