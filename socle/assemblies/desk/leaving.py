"""« Faire partir »: the acts of a meeting, put online and sent to the prefecture; list, minutes and register."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from socle.assemblies import actions, papers
from socle.assemblies.desk import Desk, assembly_or_404, item_or_404, meeting_or_404
from socle.assemblies.desk.preparing import pdf
from socle.assemblies.models import Meeting
from socle.assemblies.presenters import road_of
from socle.assemblies.tally import roll_of, tally
from socle.deliberations import actions as acts
from socle.deliberations.models import Act
from socle.deliberations.rules import why_not_put_online
from socle.documents import actions as documents
from socle.lib import dates
from socle.ui.shapes import Link


def acts_of(desk: Desk, meeting: Meeting) -> list[tuple[Act, str]]:
    """The acts that came out of a meeting, then its list and its minutes, each with the address of its text."""
    items = meeting.items.filter(act__isnull=False).select_related("act__document", "act__beneficiary", "act__operator")
    out = [(item.act, desk.address("meeting_item_text", meeting.pk, item.pk)) for item in items if item.act is not None]
    if meeting.list_act is not None:
        out.append((meeting.list_act, desk.address("meeting_list", meeting.pk)))
    if meeting.minutes_act is not None:
        out.append((meeting.minutes_act, desk.address("meeting_minutes", meeting.pk)))
    return out


def show(request: HttpRequest, desk: Desk, meeting_id: int) -> HttpResponse:
    """Show the acts of a meeting and their road, what is late in front."""
    meeting = meeting_or_404(desk, meeting_id)
    on = dates.day_of(timezone.now())
    out = acts_of(desk, meeting)
    context = {
        "crumbs": [Link("Séances", desk.address("meetings")), Link(meeting.name)],
        "meeting": meeting,
        "steps": road_of(desk, meeting),
        "acts": [(act, why_not_put_online(act, by=desk.by, on=on), url) for act, url in out],
        "items": list(meeting.items.all()),
        "can_write": meeting.minutes_act_id is None,
    }
    return desk.show(request, "leaving", context)


def publish(request: HttpRequest, desk: Desk, meeting_id: int) -> HttpResponse:
    """Ask the site to show the acts ticked."""
    meeting = meeting_or_404(desk, meeting_id)
    at = timezone.now()
    chosen = set(request.POST.getlist("acte"))
    asked = 0
    for act, _ in acts_of(desk, meeting):
        if str(act.pk) in chosen and why_not_put_online(act, by=desk.by, on=dates.day_of(at)) is None:
            acts.ask_online(act, by=desk.by, at=at)
            asked += 1
    if asked:
        messages.success(request, f"{asked} acte{'s' if asked > 1 else ''} en cours de mise en ligne.")
    else:
        messages.info(request, "Aucun acte coché ne peut être mis en ligne.")
    return desk.to("meeting_leave", meeting.pk)


def discuss(request: HttpRequest, desk: Desk, meeting_id: int) -> HttpResponse:
    """Write the substance of the discussions."""
    meeting = meeting_or_404(desk, meeting_id)
    said = request.POST.get("teneur", "")[:60000]
    actions.write_discussion(meeting, discussion=said, by=desk.by, at=timezone.now())
    messages.success(request, "La teneur des discussions est écrite.")
    return desk.to("meeting_leave", meeting.pk)


def minutes(request: HttpRequest, desk: Desk, meeting_id: int) -> HttpResponse:
    """Give the minutes as they were arrested, or as they stand."""
    meeting = meeting_or_404(desk, meeting_id)
    if meeting.minutes_act is not None and meeting.minutes_act.document is not None:
        content = documents.read(meeting.minutes_act.document)
    else:
        items = list(meeting.items.select_related("act", "reporter"))
        content = papers.minutes(meeting, items, roll_of(meeting), at=timezone.now())
    return pdf(content, f"proces-verbal-{meeting.held_on.isoformat()}")


def list_of(request: HttpRequest, desk: Desk, meeting_id: int) -> HttpResponse:
    """Give the list of the deliberations examined, as it was made, or as it stands."""
    meeting = meeting_or_404(desk, meeting_id)
    if meeting.list_act is not None and meeting.list_act.document is not None:
        content = documents.read(meeting.list_act.document)
    else:
        content = papers.list_of(meeting, list(meeting.items.select_related("act")), at=timezone.now())
    return pdf(content, f"liste-{meeting.held_on.isoformat()}")


def deliberation(request: HttpRequest, desk: Desk, meeting_id: int, item_id: int) -> HttpResponse:
    """Give the text of a deliberation as its act keeps it, or its draft while it is to be voted."""
    meeting = meeting_or_404(desk, meeting_id)
    item = item_or_404(meeting, item_id)
    if item.act is not None and item.act.document is not None:
        return pdf(documents.read(item.act.document), f"deliberation-{item.act.number}")
    roll = roll_of(meeting)
    number = item.act.number if item.act else "projet"
    content = papers.extract(item, number, roll, tally(item, roll), actions.author_of(meeting), at=timezone.now())
    return pdf(content, f"projet-{item.pk}")


def register(request: HttpRequest, desk: Desk, year: int) -> HttpResponse:
    """Give the register of a year, to print and to bind."""
    assembly = assembly_or_404(desk)
    held = assembly.meetings.filter(status=Meeting.Status.HELD, starts_at__year=year)
    rows = held.select_related("president", "secretary", "assembly__beneficiary", "assembly__operator")
    meetings = list(rows.prefetch_related("items__act").order_by("starts_at"))
    if not meetings:
        raise Http404(f"Aucune séance n’a été tenue en {year}.")
    return pdf(papers.register(meetings, year=year, at=timezone.now()), f"registre-{year}")
