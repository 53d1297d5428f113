"""« Préparer »: the meetings, the agenda of one, its convocation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.contrib import messages
from django.db import transaction
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from socle.assemblies import actions, papers, rules
from socle.assemblies.actions import Proposed
from socle.assemblies.actions.agenda import BY_DELEGATION
from socle.assemblies.desk import Desk, item_asked, item_or_404, meeting_or_404
from socle.assemblies.forms import AnnexForm, ConvocationForm, ItemForm, MeetingForm, SubjectsForm
from socle.assemblies.item_models import kind_of, models, to_check
from socle.assemblies.models import Assembly, Item, Meeting, Register
from socle.assemblies.presenters import road_of, where_it_is
from socle.deliberations.matters import name_of, suggested
from socle.documents import actions as documents
from socle.lib import dates
from socle.lib.refusals import Refused, refuse
from socle.lib.text import whole
from socle.ui.shapes import Link
from socle.ui.submit import refusal_shown_in

SHOWN = 200


def show_all(request: HttpRequest, desk: Desk) -> HttpResponse:
    """List the meetings, those that wait first, and open another."""
    desk.forbid()
    at = timezone.now()
    assembly = desk.assembly
    meetings = []
    if assembly is not None:
        left = Count("items", filter=Q(items__act__received_on=None, items__act__isnull=False))
        meetings = list(assembly.meetings.annotate(count=Count("items", distinct=True), to_send=left)[:SHOWN])
    context = {
        "assembly": assembly,
        "current": [where_it_is(desk, one) for one in meetings if not one.is_past_its_work],
        "past": [where_it_is(desk, one) for one in meetings if one.is_past_its_work],
        "years": _registers(assembly, meetings),
        "members": assembly.members.in_office(dates.day_of(at)).count() if assembly else 0,
        "form": MeetingForm(
            initial={"starts_at": _proposed(desk, meetings), "place": assembly.place if assembly else ""}
        ),
        "last": next((one for one in meetings if one.status == Meeting.Status.HELD), None),
    }
    return desk.show(request, "meetings", context)


def _registers(assembly: Assembly | None, meetings: Sequence[Meeting]) -> list[tuple[int, list[Register]]]:
    """Each year that held a session, the last first, with the versions of its register."""
    years = sorted({one.held_on.year for one in meetings if one.status == Meeting.Status.HELD}, reverse=True)
    made = list(assembly.registers.all()) if assembly is not None and years else []
    return [(year, [one for one in made if one.year == year]) for year in years]


def _proposed(desk: Desk, meetings: Sequence[Meeting]) -> datetime:
    """Propose the first day that a convocation sent today allows, at the hour of the last meeting."""
    at = timezone.now()
    assembly = desk.assembly
    earliest = actions.earliest_on(assembly, sent_on=dates.day_of(at)) if assembly else None
    first = timezone.localtime(at + timedelta(days=7)).replace(hour=19, minute=0, second=0, microsecond=0)
    if meetings:
        first = first.replace(hour=timezone.localtime(meetings[0].starts_at).hour)
    return max(first, first.replace(year=earliest.year, month=earliest.month, day=earliest.day)) if earliest else first


def prepare(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Open a meeting to be prepared."""
    desk.forbid()
    at = timezone.now()
    form = MeetingForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return desk.to("meetings")
    assembly = actions.open_assembly(desk.owner, by=desk.by, at=at)
    copies = assembly.meetings.filter(pk=whole(request.POST.get("reprendre", "")) or 0).first()
    meeting = actions.prepare(assembly, **form.cleaned_data, copies=copies, by=desk.by, at=at)
    return desk.to("meeting", meeting.pk)


def show(request: HttpRequest, desk: Desk, meeting_id: int) -> HttpResponse:
    """Show the agenda of a meeting, and what its convocation still wants."""
    return _page(request, desk, meeting_or_404(desk, meeting_id))


def _page(
    request: HttpRequest,
    desk: Desk,
    meeting: Meeting,
    *,
    form: ConvocationForm | None = None,
    subjects: SubjectsForm | None = None,
) -> HttpResponse:
    at = timezone.now()
    items = list(meeting.items.select_related("reporter"))
    wrong = any(one is not None and one.errors for one in (form, subjects))
    members = list(meeting.assembly.members.in_office(meeting.held_on))
    context = {
        "crumbs": [Link("Séances", desk.address("meetings")), Link(meeting.name)],
        "meeting": meeting,
        "steps": road_of(desk, meeting),
        "items": [(item, _matters(item)) for item in items],
        "models": models(meeting.assembly, on=meeting.held_on),
        "is_told": any(item.asked_for == BY_DELEGATION for item in items),
        "delegated": actions.delegated(meeting) if meeting.status == Meeting.Status.PREPARED else [],
        "form": form or ConvocationForm(meeting=meeting),
        "subjects": subjects or SubjectsForm(),
        "why_not_prepare": rules.why_not_prepare(meeting),
        "why_not_convene": rules.why_not_convene(meeting, at=at),
        "delay": rules.judge_delay(meeting, sent_on=dates.day_of(meeting.convened_at or at))
        if not meeting.assembly.needs_population or meeting.assembly.population is not None
        else None,
        "by_email": sum(1 for one in members if one.email),
        "by_letter": [one for one in members if not one.email],
        "convocations": list(meeting.convocations.select_related("member")),
        "can_open": rules.why_not_open(meeting, at=at) is None,
    }
    return desk.show(request, "preparing", context, status=422 if wrong else 200)


def _matters(item: Item) -> list[tuple[str, str]]:
    """The matters between which people choose, when the subject calls for several and none is said."""
    if item.matter or item.kind == Item.Kind.INFORMATION:
        return []
    found = suggested(item.subject)
    return [(code, name_of(code)) for code in found] if len(found) > 1 else []


def change(request: HttpRequest, desk: Desk, meeting_id: int) -> HttpResponse:
    """Change when, where, the note, the urgency."""
    meeting = meeting_or_404(desk, meeting_id)
    form = ConvocationForm(request.POST, meeting=meeting)
    if not form.is_valid():
        return _page(request, desk, meeting, form=form)
    actions.change(meeting, **form.cleaned_data, by=desk.by, at=timezone.now())
    messages.success(request, "C’est noté.")
    return desk.to("meeting", meeting.pk)


def add(request: HttpRequest, desk: Desk, meeting_id: int) -> HttpResponse:
    """Write items on the agenda: one a line, or one of the models."""
    meeting = meeting_or_404(desk, meeting_id)
    at = timezone.now()
    if "decisions" in request.POST:
        actions.report_decisions(meeting, by=desk.by, at=at)
        return desk.to("meeting", meeting.pk)
    chosen = whole(request.POST.get("modele", ""))
    proposed = models(meeting.assembly, on=meeting.held_on)
    if chosen is not None and chosen < len(proposed):
        item = actions.add_item(meeting, proposed[chosen], by=desk.by, at=at)
        if doubt := to_check(proposed[chosen]):
            messages.warning(request, doubt)
        return desk.to("meeting_item", meeting.pk, item.pk)
    form = SubjectsForm(request.POST)
    if not form.is_valid():
        return _page(request, desk, meeting, subjects=form)
    try:
        with transaction.atomic():
            for line in form.cleaned_data["subjects"].splitlines():
                if line.strip():
                    subject = line.strip(" \t–-•")[:499]
                    actions.add_item(meeting, Proposed(subject, kind=kind_of(subject)), by=desk.by, at=at)
    except Refused as refusal:
        form.add_error("subjects", refusal.sentence)
        return _page(request, desk, meeting, subjects=form)
    return desk.to("meeting", meeting.pk)


def item(request: HttpRequest, desk: Desk, meeting_id: int, item_id: int) -> HttpResponse:
    """Write an item: why, and what is decided."""
    meeting = meeting_or_404(desk, meeting_id)
    one = item_or_404(meeting, item_id)
    is_annex = "title" in request.POST
    form = ItemForm(None if is_annex else request.POST or None, item=one)
    joined = AnnexForm(request.POST, request.FILES) if is_annex else AnnexForm()
    if joined.is_valid():
        with refusal_shown_in(joined):
            said = joined.cleaned_data
            actions.annex(one, said["document"], title=said["title"], by=desk.by, at=timezone.now())
            messages.success(request, "Annexe jointe.")
            return desk.to("meeting_item", meeting.pk, one.pk)
    if form.is_valid():
        wanted = Proposed(**{"college": one.college, **form.cleaned_data, "asked_for": one.asked_for})
        with refusal_shown_in(form):
            actions.correct_item(one, wanted, by=desk.by, at=timezone.now())
            messages.success(request, f"Point {one.rank} écrit.")
            return _to_next(desk, meeting, one) if "suivant" in request.POST else desk.to("meeting", meeting.pk)
    crumbs = [
        Link("Séances", desk.address("meetings")),
        Link(meeting.name, desk.address("meeting", meeting.pk)),
        Link(f"Point {one.rank}"),
    ]
    context = {
        "crumbs": crumbs,
        "meeting": meeting,
        "item": one,
        "form": form,
        "joined": joined,
        "annexes": list(one.annexes.select_related("document")),
        "is_last": not meeting.items.filter(rank__gt=one.rank).exists(),
        "why_not": rules.why_not_prepare(meeting),
        "why_not_annex": rules.why_not_annex(one, title="", size=0),
    }
    return desk.show(request, "item", context, status=422 if form.errors or joined.errors else 200)


def _to_next(desk: Desk, meeting: Meeting, item: Item) -> HttpResponse:
    """Lead to the item that follows, to be written in its turn; after the last, to the agenda."""
    after = meeting.items.filter(rank__gt=item.rank).order_by("rank").first()
    return desk.to("meeting_item", meeting.pk, after.pk) if after else desk.to("meeting", meeting.pk)


def annex(request: HttpRequest, desk: Desk, meeting_id: int, item_id: int, annex_id: int) -> HttpResponse:
    """Give a PDF joined to an item."""
    one = item_or_404(meeting_or_404(desk, meeting_id), item_id).annexes.filter(pk=annex_id).first()
    if one is None:
        raise Http404("Cette annexe n’est pas jointe à ce point.")
    return pdf(documents.read(one.document), f"annexe-{one.pk}")


def remove_annex(request: HttpRequest, desk: Desk, meeting_id: int, item_id: int) -> HttpResponse:
    """Take a PDF off an item."""
    meeting = meeting_or_404(desk, meeting_id)
    item = item_or_404(meeting, item_id)
    one = item.annexes.select_related("document").filter(pk=whole(request.POST.get("annexe", "")) or 0).first()
    if one is None:
        raise Refused("Cette annexe n’est plus jointe à ce point\u00a0: rechargez la page.")
    one.item = item
    actions.remove_annex(one, by=desk.by, at=timezone.now())
    messages.success(request, f"«\u00a0{one.title}\u00a0» n’est plus joint à ce point.")
    return desk.to("meeting_item", meeting.pk, item.pk)


def rearrange(request: HttpRequest, desk: Desk, meeting_id: int) -> HttpResponse:
    """Move an item up or down, take it off, or say which of two matters it is."""
    meeting = meeting_or_404(desk, meeting_id)
    at = timezone.now()
    for name in ("monter", "descendre", "retirer", "matiere"):
        if (asked := request.POST.get(name, "")) == "":
            continue
        pk, _, matter = asked.partition(":")
        one = item_asked(meeting, pk)
        if name == "retirer":
            actions.remove_item(one, by=desk.by, at=at)
            messages.success(request, f"«\u00a0{one.subject}\u00a0» est retiré de l’ordre du jour.")
        elif name == "matiere":
            actions.say_matter(one, matter=matter, by=desk.by, at=at)
        else:
            actions.move_item(one, up=name == "monter", by=desk.by, at=at)
        return desk.to("meeting", meeting.pk)
    raise Refused("Ce geste n’existe plus\u00a0: rechargez la page.")


def convene(request: HttpRequest, desk: Desk, meeting_id: int) -> HttpResponse:
    """Send the convocation."""
    meeting = actions.convene(meeting_or_404(desk, meeting_id), by=desk.by, at=timezone.now())
    ways = list(meeting.convocations.values_list("way", flat=True))
    letters, emails = ways.count("letter"), ways.count("email")
    said = ["La séance est convoquée."]
    if emails:
        said.append(f"{emails} convocation{'s partent' if emails > 1 else ' part'} par courriel.")
    if letters:
        said.append(f"{letters} convocation{'s sont' if letters > 1 else ' est'} à imprimer et à remettre.")
    messages.success(request, " ".join(said))
    return desk.to("meeting", meeting.pk)


def cancel(request: HttpRequest, desk: Desk, meeting_id: int) -> HttpResponse:
    """Call the meeting off."""
    meeting = actions.cancel(meeting_or_404(desk, meeting_id), by=desk.by, at=timezone.now())
    if meeting.convened_at:
        messages.warning(request, "La séance est annulée\u00a0: prévenez les membres, la convocation était partie.")
    else:
        messages.success(request, "La séance est annulée.")
    return desk.to("meetings")


def convocation(request: HttpRequest, desk: Desk, meeting_id: int) -> HttpResponse:
    """Give the convocation as it left, or as it would leave."""
    meeting = meeting_or_404(desk, meeting_id)
    if meeting.convocation is not None:
        content = documents.read(meeting.convocation)
    else:
        refuse("L’ordre du jour est vide\u00a0: inscrivez-y un point au moins." if not meeting.items.exists() else None)
        content = papers.convocation(meeting, list(meeting.items.all()), at=timezone.now())
    return pdf(content, f"convocation-{meeting.held_on.isoformat()}")


def pdf(content: bytes, name: str) -> HttpResponse:
    """Give a PDF to read in the browser, under this name."""
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return response
