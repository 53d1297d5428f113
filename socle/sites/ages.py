"""The ages of the things of a site: what a room that extends the sites says of its own, for the list « À faire »."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import models
from django.urls import reverse

from socle.lib.dates import day_of
from socle.sites.models.sites import WebSite
from socle.sites.parameters import value_of


class PageRow(NamedTuple):
    """Columns asked of a live page: enough to know its age and its place."""

    pk: int
    model: str
    title: str
    published_at: datetime | None
    url_path: str


class Written(NamedTuple):
    """A thing of the site: its words, the last day something was written of it, how many months that holds."""

    matter: str
    title: str
    sentence: str
    on: date
    months: int
    url: str
    # How many months a confirmation holds; as many, unless said.
    again: int | None = None


def list_age(
    website: WebSite,
    pages: Sequence[PageRow],
    rows: models.QuerySet[Any],
    *,
    page: type[models.Model],
    matter: str,
    title: str,
    view: str,
    months: str,
) -> Iterator[Written]:
    """Return the age of a list kept on a screen of ours: that of its last row; nothing while its page is not online.

    `months` names a parameter.
    """
    if all(row.model != page._meta.model_name for row in pages):
        return
    last = rows.filter(website=website).aggregate(last=models.Max("added_at"))["last"]
    if last is not None:
        sentence = "{title}\u00a0: rien n’y a été ajouté ni confirmé depuis le {since}."
        yield Written(matter, title, sentence, day_of(last), value_of(months), reverse(view))
