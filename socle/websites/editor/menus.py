"""The screens of the menus: the weeks, one week as a table, a file taken, the last writing undone."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST
from wagtail.admin.auth import require_admin_access

from socle.lib import spreadsheet
from socle.lib.dates import day_of
from socle.lib.refusals import Refused
from socle.websites.canteen import actions, open_data
from socle.websites.canteen.rules import last_writing, why_not_on
from socle.websites.canteen.shown import Week, monday_of
from socle.websites.canteen.writings import WrittenDay, written_of
from socle.websites.editor.gestures import author_of, do, website_of
from socle.websites.editor.menu_forms import MenuFileForm, WeekForm
from socle.websites.models.menus import ALLERGENS, DIETS, SIGNS, Mark, MenuDay, MenuWriting
from socle.websites.models.sites import WebSite
from socle.websites.opening import index_of, open_section
from socle.websites.registry import sections

SCREEN = "website_menus"
# The weeks proposed, from this one.
AHEAD = 10


def _days(website: WebSite, first: date, last: date) -> dict[date, WrittenDay]:
    rows = MenuDay.objects.kept().whole().filter(website=website, served_on__gte=first, served_on__lte=last)
    return {day.served_on: written_of(day) for day in rows}


def _screen(request: HttpRequest, **more: Any) -> HttpResponse:
    website = website_of(request)
    now = timezone.now()
    first = monday_of(day_of(now))
    known = _days(website, first, first + timedelta(weeks=AHEAD) - timedelta(days=1))
    weeks = []
    for number in range(AHEAD):
        monday = first + timedelta(weeks=number)
        days = [day for on, day in known.items() if monday_of(on) == monday]
        weeks.append((Week(monday, []), sum(bool(day.dishes) for day in days), sum(day.is_closed for day in days)))
    context = {
        "website": website,
        "page": index_of(website, sections()["menus"]),
        "weeks": weeks,
        "last": last_writing(website, at=now),
        "import_form": MenuFileForm(),
        "has_siret": bool(website.beneficiary.siret),
        **more,
    }
    return render(request, "websites/editor/menus.html", context)


@require_admin_access
def weeks(request: HttpRequest) -> HttpResponse:
    """Show the weeks to come: those that are written, those to write."""
    return _screen(request)


def _monday(week_on: str) -> date:
    try:
        on = date.fromisoformat(week_on)
    except ValueError:
        raise Http404 from None
    if on != monday_of(on) or why_not_on(on, on=day_of(timezone.now())):
        raise Http404
    return on


@require_admin_access
def week(request: HttpRequest, week_on: str) -> HttpResponse:
    """Write a week; `?reprendre` begins from the last one written before it: nothing is kept until it is published."""
    website = website_of(request)
    monday = _monday(week_on)
    known = _days(website, monday, monday + timedelta(days=6))
    former = (
        MenuDay.objects.kept()
        .filter(website=website, served_on__lt=monday, is_closed=False)
        .order_by("-served_on")
        .values_list("served_on", flat=True)
        .first()
    )
    is_copy = "reprendre" in request.GET and former is not None and request.method == "GET"
    begun = known
    if is_copy and former is not None:
        begun = _days(website, monday_of(former), monday_of(former) + timedelta(days=6))
    form = WeekForm(request.POST or None, monday=monday, days=begun, is_copy=is_copy)
    if request.method == "POST" and form.is_valid():
        now = timezone.now()
        try:
            open_section(website, sections()["menus"], by=author_of(request), at=now)
            done = actions.write(website, form.days(), kind=MenuWriting.Kind.WEEK, by=author_of(request), at=now)
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            if done == actions.Done(same=done.same):
                messages.success(request, "Rien n’a changé\u00a0: la semaine était déjà écrite ainsi.")
            else:
                messages.success(request, f"C’est sur le site\u00a0: {Week(monday, []).name}.")
            if "another" in request.POST:
                return redirect("website_menu_week", (monday + timedelta(days=7)).isoformat())
            return redirect(SCREEN)
    context = {
        "form": form,
        "website": website,
        "week": Week(monday, []),
        "is_written": bool(known),
        "is_copy": is_copy,
        "former": Week(monday_of(former), []) if former is not None else None,
        "words": [
            ("Allergènes", [Mark(code).label for code in ALLERGENS]),
            ("Signes de qualité", [Mark(code).label for code in SIGNS]),
            ("Régimes", [Mark(code).label for code in DIETS]),
        ],
    }
    return render(request, "websites/editor/menu_week.html", context)


@require_admin_access
@require_POST
def import_file(request: HttpRequest) -> HttpResponse:
    """Take the menus of a file: all its days, or none and the lines to correct."""
    website = website_of(request)
    form = MenuFileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _screen(request, import_form=form)
    now = timezone.now()
    try:
        reading = open_data.read(
            form.cleaned_data["file"].read(), on=day_of(now), restaurant=form.cleaned_data["restaurant"].strip()
        )
        if reading.faults:
            return _screen(
                request,
                faults=reading.faults[: open_data.MOST_FAULTS],
                more_faults=max(0, len(reading.faults) - open_data.MOST_FAULTS),
            )
        open_section(website, sections()["menus"], by=author_of(request), at=now)
        done = actions.write(website, reading.days, kind=MenuWriting.Kind.IMPORT, by=author_of(request), at=now)
    except Refused as refusal:
        form.add_error("file", refusal.sentence)
        return _screen(request, import_form=form)
    for sentence in report_of(reading, done):
        messages.success(request, sentence)
    return redirect(SCREEN)


def report_of(reading: open_data.Reading, done: actions.Done) -> list[str]:
    """Say what became of a file, in a few sentences."""
    said = [
        f"Lignes lues\u00a0: {reading.lines}. Jours ajoutés\u00a0: {done.added}\u00a0; remplacés\u00a0: "
        f"{done.replaced}\u00a0; déjà écrits ainsi\u00a0: {done.same}. Plats\u00a0: {reading.dishes}."
    ]
    if reading.aside:
        aside = "\u00a0; ".join(f"{count} {why}" for why, count in reading.aside.most_common())
        said.append(f"Lignes laissées de côté\u00a0: {aside}.")
    if reading.other_words:
        words = ", ".join(f"«\u00a0{word}\u00a0»" for word in reading.other_words)
        said.append(
            f"Ces mots ne sont pas dans les listes d’allergènes, de signes et de régimes\u00a0: {words}. Ils sont "
            "gardés à côté du plat, comme d’autres labels."
        )
    return said


@require_admin_access
@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Put the menus back as they were before the last writing."""
    said = "Les menus sont de nouveau comme avant cette saisie."
    return do(request, actions.undo, website_of(request), said=said, back=SCREEN)


@require_admin_access
def model_file(request: HttpRequest) -> HttpResponse:
    """Give an empty file with the columns of the schema and one line to follow."""
    website = website_of(request)
    example = {
        "menuCollNom": website.beneficiary.name,
        "menuRestaurantNom": "Cantine",
        "menuDate": monday_of(day_of(timezone.now())).isoformat(),
        "menuRepasType": "déjeuner",
        "menuPlatType": "entrée",
        "menuPlatNom": "(exemple, à remplacer)",
        "menuPlatAllergene": '["moutarde"]',
    }
    row = [example.get(header, "") for header in open_data.HEADERS]
    response = HttpResponse(spreadsheet.as_csv(open_data.HEADERS, [row]), content_type=spreadsheet.FORMATS["csv"])
    response["Content-Disposition"] = 'attachment; filename="menus-modele.csv"'
    return response
