"""Who else reaches the folder of the mairie: by a link, by a right, by a network drive."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters

from socle.files import queries, rules
from socle.files.actions import links, spaces
from socle.files.guide import drive_address, drive_ways
from socle.files.models import ROLES, Entry, FolderRight, Level
from socle.lib.refusals import Refused
from socle.lib.text import whole
from socle.mairie.access import folder_of, gesture, mairie_view, person, place_or_404
from socle.mairie.views.files import crumbs_of, powers_in
from socle.people.models import Beneficiary
from socle.ui.meanwhile import Cell, Cells
from socle.ui.shapes import Column, Link

RIGHTS_COLUMNS = (Column("Dossier"), *(Column(role.label.capitalize()) for role in ROLES))


@sensitive_post_parameters("password")
@mairie_view
def share(request: HttpRequest, beneficiary: Beneficiary, entry_id: int) -> HttpResponse:
    """Make a link to a file or a folder, and show it: nobody will see it whole again."""
    place = place_or_404(request, beneficiary, entry_id)
    if request.method != "POST":
        return _shared(request, place)
    days, password = request.POST.get("days", ""), request.POST.get("password", "")
    try:
        link, token = links.share(
            place,
            days=whole(days, longest=5) or 0,
            password=password,
            by=person(request),
            at=timezone.now(),
        )
    except Refused as refusal:
        return _shared(request, place, error=refusal.sentence)
    url = settings.PLATFORM_URL + reverse("shared", args=[token])
    return _shared(request, place, made=link, url=url)


def _shared(request: HttpRequest, place: queries.Place, **more: object) -> HttpResponse:
    at = timezone.now()
    space = place.entry.space
    most: int = settings.SOCLE_FILES_LINK_DAYS
    context = {
        "place": place,
        "entry": place.entry,
        "days": sorted({one for one in (1, 7, 15, 30, most) if one <= most}),
        "most": most,
        "links": queries.links_of(space, at).filter(entry=place.entry),
        "why_not": rules.why_not_share(place.entry, days=1)
        or rules.why_not_write(space, powers_in(request, space), place.top),
        "crumbs": crumbs_of(place, "Partager"),
        **more,
    }
    return render(request, "mairie/file_share.html", context, status=422 if more.get("error") else 200)


@mairie_view
def show_links(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """Show the links that still open something."""
    space = folder_of(beneficiary)
    powers = powers_in(request, space)
    found = [(link, queries.place_of(link.entry)) for link in queries.links_of(space, timezone.now())[:500]]
    context = {
        "rows": [(link, place) for link, place in found if powers.sees(place.top)],
        "crumbs": [Link("Dossier", reverse("mairie:files")), Link("Liens")],
    }
    return render(request, "mairie/file_links.html", context)


@gesture
def end_link(request: HttpRequest, beneficiary: Beneficiary, link_id: int) -> HttpResponse:
    """Stop a link."""
    space = folder_of(beneficiary)
    link = queries.links_of(space, timezone.now()).filter(pk=link_id).first()
    if link is None:
        raise Http404("Ce lien n’existe pas, n’est pas celui de votre organisme, ou n’ouvre plus rien.")
    place_or_404(request, beneficiary, link.entry_id)
    links.end_link(link, by=person(request), at=timezone.now())
    messages.success(request, "Lien arrêté\u00a0: il n’ouvre plus rien. Pour partager de nouveau, faites-en un autre.")
    return redirect("mairie:file_links")


@mairie_view
def show_rights(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """Show who may do what in each first folder; whoever represents the mairie changes it."""
    space = folder_of(beneficiary)
    at = timezone.now()
    tops = list(Entry.objects.filter(parent=queries.root_of(space), is_folder=True, trashed_with__isnull=True))
    held = {
        (one.folder_id, one.role): Level(one.level)
        for one in FolderRight.objects.filter(folder__in=[one.pk for one in tops])
    }
    asked = {f"right-{one.pk}-{role.value}": (one, role) for one in tops for role in ROLES}
    form = Cells(
        request.POST if request.method == "POST" else None,
        cells={
            name: Cell(f"{one.name}, {role.label}", rules.level_of(held, one.pk, role.value).value, dict(Level.choices))
            for name, (one, role) in asked.items()
        },
    )
    if form.is_valid():
        sent = form.cleaned_data
        given = {(one.pk, role.value): sent[name] for name, (one, role) in asked.items() if sent[name]}
        try:
            count = spaces.give_rights(space, given, by=person(request), at=at)
        except Refused as refusal:
            messages.error(request, refusal.sentence)
        else:
            messages.success(request, "Droits enregistrés." if count else "Rien n’a changé.")
        return redirect("mairie:file_rights")
    rows = [(one, [(role, name, form.value(name)) for name, (of, role) in asked.items() if of == one]) for one in tops]
    context = {
        "form": form,
        "rows": rows,
        "levels": Level.choices,
        "columns": RIGHTS_COLUMNS,
        "why_not": rules.why_not_give_rights(space, person(request), at=at),
        "crumbs": [Link("Dossier", reverse("mairie:files")), Link("Droits")],
    }
    return render(request, "mairie/file_rights.html", context, status=422 if form.errors else 200)


@mairie_view
def show_drive(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """Say, gesture by gesture, how the folder opens as a drive of one's own computer."""
    folder_of(beneficiary)
    context = {
        "address": drive_address(beneficiary),
        "login": person(request).email,
        "ways": drive_ways(beneficiary, login=person(request).email),
        "crumbs": [Link("Dossier", reverse("mairie:files")), Link("Lecteur réseau")],
    }
    return render(request, "mairie/files_drive.html", context)
