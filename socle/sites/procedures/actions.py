"""Actions of a mairie on a procedure of the catalogue: say how it is done here, leave it out, put it back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from socle.journal import actions as journal
from socle.lib.refusals import Refused, refuse
from socle.people.models import User
from socle.sites.models.procedures import LocalProcedure
from socle.sites.models.sites import WebSite
from socle.sites.procedures.catalogue import codes
from socle.sites.procedures.shown import KEY
from socle.sites.publishing.actions import changed

WRITTEN = ("here", "where", "when", "bring", "delay", "cost", "link")


def why_not_write(code: str, link: str = "") -> str | None:
    """Say why nothing can be said of this procedure, or why this page cannot be opened from it."""
    if code not in codes():
        return "Cette démarche n’est plus dans la liste\u00a0: choisissez-en une autre."
    if link and not link.startswith("https://"):
        return "L’adresse de la page doit commencer par https://."
    return None


@transaction.atomic
def write(website: WebSite, code: str, words: Mapping[str, str], *, by: User, at: datetime) -> LocalProcedure:
    """Say how a procedure is done here, on its page at once. Keys are among WRITTEN. Raises Refused."""
    refuse(why_not_write(code, words.get("link", "")))
    own = _keep(website, code, {name: words.get(name, "").strip() for name in WRITTEN}, by=by, at=at)
    journal.record("website.procedure_written", website, by=by, at=at, procedure=code)
    return own


@transaction.atomic
def show(website: WebSite, code: str, *, is_shown: bool, by: User, at: datetime) -> LocalProcedure:
    """Leave a procedure out of the site, or put it back. What was written of it is kept. Raises Refused."""
    refuse(why_not_write(code))
    own = _keep(website, code, {"is_hidden": not is_shown}, by=by, at=at)
    journal.record("website.procedure_shown", website, by=by, at=at, procedure=code, shown=is_shown)
    return own


def _keep(website: WebSite, code: str, changes: Mapping[str, Any], *, by: User, at: datetime) -> LocalProcedure:
    """Write this of a procedure on this site, whose page is made again. Raises Refused, and then nothing is written."""
    changes = {**changes, "written_at": at, "written_by": by}
    try:
        LocalProcedure(website=website, code=code, **changes).clean_fields()
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from error
    own, _ = LocalProcedure.objects.update_or_create(website=website, code=code, defaults=changes)
    changed(website.pk, KEY, at=at)
    return own
