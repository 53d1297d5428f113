"""The desk of an assembly, the same at both doors: its members, its meetings, and the acts that come out of them.

A view here is handed a `Desk` by the door that has let the person in; each door opens all of them by `urls.paths`.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils import timezone

from socle.assemblies import rules
from socle.assemblies.models import Assembly, Item, Meeting, Member
from socle.lib import dates
from socle.lib.refusals import Refused
from socle.lib.text import whole
from socle.people import desk


@dataclass(frozen=True)
class Desk(desk.Desk):
    """Whose assembly this is, who keeps it, and by which door they came."""

    def template(self, page: str) -> str:
        """Return the name of the template of a page."""
        return f"assemblies/{page}.html"

    def forbid(self) -> None:
        """Answer 403 to whoever does not keep this assembly."""
        if reason := rules.why_not_keep(self.by, self.owner, on=dates.day_of(timezone.now())):
            raise PermissionDenied(reason)

    @property
    def assembly(self) -> Assembly | None:
        """The assembly of this body, once somebody opened it."""
        return Assembly.of(self.owner)


def assembly_or_404(desk: Desk) -> Assembly:
    """Return the assembly of this body, or answer 404 while it has none; 403 to whoever does not keep it."""
    desk.forbid()
    found = desk.assembly
    if found is None:
        raise Http404("Cette assemblée n’est pas encore décrite.")
    return found


def meeting_or_404(desk: Desk, meeting_id: int) -> Meeting:
    """Return a meeting of this body, or answer 404 as for one that does not exist."""
    assembly = assembly_or_404(desk)
    rows = assembly.meetings.select_related(
        "president",
        "secretary",
        "repeats",
        "convocation",
        "list_act__document",
        "minutes_act__document",
        "minutes_arrested_in",
    )
    meeting: Meeting | None = rows.filter(pk=meeting_id).first()
    if meeting is None:
        raise Http404("Cette séance n’existe pas, ou n’est pas celle de votre organisme.")
    meeting.assembly = assembly
    return meeting


def item_or_404(meeting: Meeting, item_id: str | int) -> Item:
    """Return an item of this meeting, or answer 404."""
    found = meeting.items.filter(pk=whole(str(item_id)) or 0).first()
    if found is None:
        raise Http404("Ce point n’est pas à l’ordre du jour de cette séance.")
    found.meeting = meeting
    return found


def item_asked(meeting: Meeting, asked: str) -> Item:
    """Return the item of this meeting that a form names. Raises Refused when it is there no more."""
    try:
        return item_or_404(meeting, asked)
    except Http404 as gone:
        raise Refused("Ce point n’est plus à l’ordre du jour\u00a0: rechargez la page.") from gone


def member_or_404(assembly: Assembly, member_id: int) -> Member:
    """Return a member of this assembly, or answer 404."""
    found: Member | None = assembly.members.filter(pk=member_id).first()
    if found is None:
        raise Http404("Cette personne n’est pas de votre assemblée.")
    found.assembly = assembly
    return found
