"""Actions on publicity: keep the page that a site serves, dated, as evidence that it says who pays."""

from __future__ import annotations

import io
import itertools
import zipfile
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256

from django.db import transaction
from django_scopes import scopes_disabled

from socle.grants import publicity
from socle.grants.actions.operations import add_paper
from socle.grants.models import Operation, Paper
from socle.lib import dates, locks
from socle.lib.refusals import Refused
from socle.people.models import User
from socle.sites.contract import shown_as
from socle.sites.models.publication import PublishedFile
from socle.sites.models.sites import WebSite
from socle.sites.publishing import folders
from socle.sites.publishing.reads import ASSET

PAGE = "index.html"


@transaction.atomic
def keep_capture(operation: Operation, website: WebSite, *, by: User, at: datetime) -> Paper:
    """Keep the home page of a site as it is served, with its style sheets, their SHA-256 and the day. Raises Refused.

    Only a page that says who pays for this operation is evidence; a page kept again in a month is another version.
    """
    on = dates.day_of(at)
    operations = publicity.operations_of(website.beneficiary_id, on=on)
    if operation not in operations:
        raise Refused("La publicité de cette opération n’est pas due sur ce site à ce jour.")
    file = PublishedFile.objects.filter(website=website, path=publicity.HOME).prefetch_related("shown").first()
    keys = {one.key for one in file.shown.all()} if file else set()
    content = folders.served(website.slug, publicity.HOME)
    if content is None or shown_as(publicity.said(operations, on=on)) not in keys:
        raise Refused(
            "La page d’accueil de ce site ne dit pas encore qui le finance\u00a0: publiez-la, puis recommencez."
        )
    files = {PAGE: content}
    for path in sorted(key.removeprefix(ASSET) for key in keys if key.startswith(ASSET) and key.endswith(".css")):
        if style := folders.served(website.slug, path):
            files[path.lstrip("/")] = style
    return add_paper(
        operation,
        _archive(operation, website, files, at=at),
        kind=Paper.Kind.PUBLICITY,
        name=name_of(website.slug, at),
        filename=f"publicite-{website.slug}-{on:%Y-%m-%d}.zip",
        content_type="application/zip",
        by=by,
        at=at,
    )


def keep_captures(*, by: User, at: datetime, limit: int = 50) -> int:
    """Keep the home page of each site that says who pays, once a month for each operation; return how many were kept.

    A site that does not say it yet waits for its publication; so many at a time, and the tick comes back.
    """
    with locks.held("captures") as is_mine, scopes_disabled():  # Whatever site it is.
        todo = _missing(at) if is_mine else iter(())
        return sum(_keep(*one, by=by, at=at) for one in itertools.islice(todo, limit))


def _missing(at: datetime) -> Iterator[tuple[Operation, WebSite]]:
    """The sites that say who pays, and are served, without a page kept this month, for each operation."""
    papers = Paper.objects.filter(kind=Paper.Kind.PUBLICITY, name__endswith=_month(at))
    kept = set(papers.values_list("operation", "name"))
    ready = {one.website_id: one for one in publicity.sites(on=dates.day_of(at)) if one.shown == one.due}
    for website in WebSite.objects.filter(suspended_at=None, archived_at=None, redirects_to=None):
        for operation in ready[website.pk].operations if website.pk in ready else ():
            if (operation.pk, name_of(website.slug, at)) not in kept:
                yield operation, website


def _keep(operation: Operation, website: WebSite, *, by: User, at: datetime) -> bool:
    """Keep one, and say whether it was: what is published anew at this moment waits for the next time."""
    try:
        keep_capture(operation, website, by=by, at=at)
    except Refused:
        return False
    return True


def name_of(slug: str, at: datetime) -> str:
    """The name of the paper: « Page d’accueil de prisches, novembre 2026 »."""
    return f"Page d’accueil de {slug}{_month(at)}"


def _month(at: datetime) -> str:
    on = dates.day_of(at)
    return f", {dates.MONTHS[on.month - 1]} {on.year}"


def _archive(operation: Operation, website: WebSite, files: dict[str, bytes], *, at: datetime) -> bytes:
    """The files as they are served, and a text that says where, when, and the SHA-256 of each."""
    lines = [
        f"Page d’accueil de {website.root_url}/",
        f"Servie le {dates.at_in_words(at)}",
        f"Opération\u00a0: {operation.name}{' (opération fictive)' if operation.is_fictitious else ''}",
        "",
        *(f"{sha256(content).hexdigest()}  {name}" for name, content in files.items()),
    ]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, written in {**files, "preuve.txt": ("\n".join(lines) + "\n").encode()}.items():
            archive.writestr(
                zipfile.ZipInfo(name, at.astimezone(dates.PARIS).timetuple()[:6]), written, zipfile.ZIP_DEFLATED
            )
    return buffer.getvalue()
