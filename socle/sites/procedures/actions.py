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
    own = _own(website, code, at=at, by=by)
    for name in WRITTEN:
        setattr(own, name, words.get(name, "").strip())
    _save(own)
    journal.record("website.procedure_written", website, by=by, at=at, procedure=code)
    return own


@transaction.atomic
def show(website: WebSite, code: str, *, is_shown: bool, by: User, at: datetime) -> LocalProcedure:
    """Leave a procedure out of the site, or put it back. What was written of it is kept. Raises Refused."""
    refuse(why_not_write(code))
    own = _own(website, code, at=at, by=by)
    own.is_hidden = not is_shown
    _save(own)
    journal.record("website.procedure_shown", website, by=by, at=at, procedure=code, shown=is_shown)
    return own


def _own(website: WebSite, code: str, **written: Any) -> LocalProcedure:
    """Return the row of this site for it, locked, or a new one."""
    own = LocalProcedure.objects.select_for_update().filter(website=website, code=code).first()
    own = own or LocalProcedure(website=website, code=code)
    own.written_at, own.written_by = written["at"], written["by"]
    return own


def _save(own: LocalProcedure) -> None:
    try:
        own.full_clean()
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from error
    own.save()
    changed(own.website_id, KEY, at=own.written_at)
