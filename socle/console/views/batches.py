"""Batches: choosing what to do to many rows, seeing it go, pausing, resuming, stopping, retrying; the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from socle.batches import actions, rules
from socle.batches.actions import Chosen
from socle.batches.contract import Cautious, Gesture, Subject, Wish
from socle.batches.gestures import all_gestures, gesture_of, label_of
from socle.batches.models import WAITING, Batch, BatchLine, LineState, Status
from socle.batches.progress import REPORT, Progress, counts_of, progress_of
from socle.lib import dates
from socle.lib.refusals import Refused, refuse
from socle.lib.spreadsheet import Field, Kind, Sheet
from socle.lib.text import number
from socle.people.exports import PORTION, in_portions
from socle.provisioning.desk.access import Access, console_view, gesture, record_view, way_back
from socle.provisioning.desk.lists import leave, page_of
from socle.provisioning.desk.selections import Selectable, chosen_rows, is_chosen, list_of, selectable_of
from socle.ui.shapes import Column, Fact, Link, Look, files_of, looks

COLUMNS = (Column("Lot"), Column("État"), Column("Avancement"), Column("Lancé par"), Column("Lancé le"))
LINES = (Column("Objet"), Column("Résultat"), Column("Détail"), Column("Fini le"))
# A batch and its advance: lines that ended, lines in all, lines that failed.
SHEET: Sheet[tuple[Batch, tuple[int, int, int]]] = Sheet(
    "batches",
    "lots",
    "Lots",
    (
        Field("Lot", lambda row: row[0].pk, Kind.NUMBER),
        Field("Geste", lambda row: label_of(row[0].gesture)),
        Field("État", lambda row: row[0].get_status_display()),
        Field("Lignes traitées", lambda row: row[1][0], Kind.NUMBER),
        Field("Lignes", lambda row: row[1][1], Kind.NUMBER),
        Field("En échec", lambda row: row[1][2], Kind.NUMBER),
        Field("Empêchement", lambda row: row[0].hindrance),
        Field("Lancé par", lambda row: str(row[0].started_by)),
        Field("Suivi par", lambda row: str(row[0].follower)),
        Field("Lancé le", lambda row: row[0].started_at, Kind.INSTANT),
        Field("Fini le", lambda row: row[0].ended_at, Kind.INSTANT),
    ),
    is_personal=True,
)
STATUSES = looks(
    {
        Status.RUNNING: ("info", "wait"),
        Status.PAUSED: ("wait", "stop"),
        Status.FINISHED: ("ok", "check"),
        Status.CANCELLED: ("neutral", "cross"),
    }
)
STATES = looks(
    {
        LineState.DONE: ("ok", "check"),
        LineState.FAILED: ("danger", "alert"),
        LineState.REFUSED: ("alert", "info"),
        LineState.RUNNING: ("info", "wait"),
        LineState.PENDING: ("wait", "clock"),
        LineState.LEFT: ("neutral", "cross"),
    }
)
# Of the things refused for the same reason, the names shown; the report has them all.
NAMED = 12
LATEST = 6
PAGE, ALL = "page", "toutes"


def batch_or_404(access: Access, batch_id: int) -> Batch:
    """Return a batch of this operator, or answer 404."""
    found = (
        Batch.objects.filter(operator=access.operator, pk=batch_id)
        .select_related("operator", "programme", "started_by", "followed_by")
        .first()
    )
    if found is None:
        raise Http404("Ce lot n’existe pas, ou n’est pas de votre organisme.")
    return found


@console_view
def show_all(request: HttpRequest, access: Access) -> HttpResponse:
    """List the batches of this operator, the latest first."""
    page = page_of(request, _batches(access))
    context = {
        "page": page,
        "columns": COLUMNS,
        "rows": [(one, label_of(one.gesture), STATUSES[one.status], advance) for one, advance in _advanced(page)],
        "files": files_of(request, "console:batches_file"),
        "gestures": [(one, reverse(list_of()[one.subject].view)) for one in _possible(access)],
    }
    return render(request, "console/batches.html", context)


@console_view
def export_all(request: HttpRequest, access: Access, format: str) -> HttpResponse:
    """Give the batches of this operator as a file."""
    return leave(request, access, SHEET, in_portions(_batches(access), _advanced), format)


def _batches(access: Access) -> QuerySet[Batch]:
    return Batch.objects.filter(operator=access.operator).select_related("started_by", "followed_by")


def _advanced(batches: Iterable[Batch]) -> list[tuple[Batch, tuple[int, int, int]]]:
    """Each batch with its advance; one query, whatever their number."""
    shown = list(batches)
    counts = counts_of(shown)
    return [(one, _advance(counts[one.pk])) for one in shown]


def _advance(counts: dict[str, int]) -> tuple[int, int, int]:
    """Lines that ended, lines in all, lines that failed."""
    total = sum(counts.values())
    return total - sum(counts.get(state, 0) for state in WAITING), total, counts.get(LineState.FAILED, 0)


def _possible(access: Access) -> list[Gesture]:
    wish, on = Wish(access.user, access.programme), dates.day_of(timezone.now())
    return [one for one in all_gestures() if is_chosen(one.subject) and one.why_not(wish, on=on) is None]


# --- Before it starts -------------------------------------------------------------------------------------------------
class ChoiceForm(forms.Form):
    """The rows chosen in a list, and the gesture to make on them."""

    liste = forms.CharField(max_length=40)
    geste = forms.CharField(max_length=40)
    filtres = forms.CharField(max_length=1000, required=False, strip=False)
    portee = forms.ChoiceField(choices=[(PAGE, PAGE), (ALL, ALL)])


class ConfirmForm(forms.Form):
    """The number confirmed, the key that makes the form start once, and the word of care where one is asked."""

    attendu = forms.IntegerField()
    cle = forms.UUIDField()
    confirme = forms.BooleanField(
        label="J’ai lu ce qui va se passer, et je le veux.",
        required=False,
        error_messages={"required": "Cochez la case pour dire que vous avez lu ce qui va se passer."},
    )


@gesture
def prepare(request: HttpRequest, access: Access) -> HttpResponse:
    """Say what will be done, how many times and what is refused already; started only after that."""
    asked = ChoiceForm(request.POST)
    if not asked.is_valid():
        raise Refused("Choisissez un geste et des lignes dans une liste.")
    selectable = selectable_of(asked.cleaned_data["liste"])
    wanted = gesture_of(asked.cleaned_data["geste"])
    if wanted.subject != selectable.subject:
        raise Refused("Ce geste ne se fait pas sur les lignes de cette liste.")
    filters, scope = asked.cleaned_data["filtres"], asked.cleaned_data["portee"]
    only = request.POST.getlist("choix") if scope == PAGE else None
    chosen = chosen_rows(selectable, access, filters=filters, only=only, limit=rules.MOST + 1)
    on = dates.day_of(timezone.now())
    refuse(
        rules.why_not_start(
            wanted, len(chosen), programme=access.programme, operator=access.operator, by=access.user, on=on
        )
    )
    is_confirmed = request.POST.get("etape") == "lancer"
    form = ConfirmForm(request.POST if is_confirmed else None, initial={"cle": uuid4(), "attendu": len(chosen)})
    wish = Wish(access.user, access.programme)
    refused = wanted.sort_out([one.subject for one in chosen], wish, at=timezone.now())
    if _wants_a_word(wanted, selectable, len(chosen) - len(refused), access):
        form.fields["confirme"].required = True
    else:
        del form.fields["confirme"]
    if is_confirmed and form.is_valid():
        if form.cleaned_data["attendu"] == len(chosen):
            return _start(request, access, wanted, chosen, filters=filters, key=form.cleaned_data["cle"])
        messages.warning(request, "La liste a changé entre-temps\u00a0: relisez avant de lancer.")
        form = ConfirmForm(initial={"cle": uuid4(), "attendu": len(chosen)})
    context = {
        "gesture": wanted,
        "selectable": selectable,
        "filters": filters,
        "scope": scope,
        "only": only or [],
        "count": len(chosen),
        "accepted": len(chosen) - len(refused),
        "sample": [one.label for one in chosen if one.subject not in refused][:NAMED],
        "more": max(0, len(chosen) - len(refused) - NAMED),
        "refusals": by_reason(chosen, refused),
        "cautions": _cautions(wanted, [one.subject for one in chosen if one.subject not in refused]),
        "form": form,
        "back": list_address(selectable, filters),
        "crumbs": [Link("Lots", reverse("console:batches")), Link(wanted.label)],
    }
    return render(request, "console/batch_form.html", context, status=422 if form.errors else 200)


def _cautions(wanted: Gesture, subjects: list[str]) -> list[str]:
    return wanted.cautions(subjects, at=timezone.now()) if isinstance(wanted, Cautious) else []


def _wants_a_word(wanted: Gesture, selectable: Selectable, count: int, access: Access) -> bool:
    """A gesture that withdraws something from many is confirmed in so many words, as `socle reconcile` asks --force."""
    if not wanted.needs_care:
        return False
    whole = selectable.rows(_bare(), access).count()
    return count > 1 and count > whole * settings.SOCLE_RECONCILE_CEILING


def _bare() -> HttpRequest:
    return HttpRequest()


def by_reason(chosen: list[Chosen], refused: dict[str, str]) -> list[tuple[str, int, list[str], int]]:
    """Group what is refused by reason, the most frequent first: reason, how many, the first names, how many more."""
    counts = Counter(refused.values())
    names: dict[str, list[str]] = {reason: [] for reason in counts}
    for one in chosen:
        if (reason := refused.get(one.subject)) and len(names[reason]) < NAMED:
            names[reason].append(one.label)
    return [(reason, count, names[reason], max(0, count - NAMED)) for reason, count in counts.most_common()]


def list_address(selectable: Selectable, filters: str) -> str:
    address = reverse(selectable.view)
    return f"{address}?{filters}" if filters else address


def _start(
    request: HttpRequest, access: Access, wanted: Gesture, chosen: list[Chosen], *, filters: str, key: UUID
) -> HttpResponse:
    batch = actions.start(
        wanted,
        chosen,
        programme=access.programme,
        operator=access.operator,
        key=key,
        filters=filters,
        by=access.user,
        at=timezone.now(),
    )
    messages.success(request, "Le lot est lancé\u00a0: il avance tout seul, vous pouvez quitter cette page.")
    return redirect("console:batch", batch.pk)


# --- While it goes ----------------------------------------------------------------------------------------------------
@console_view
def show(request: HttpRequest, access: Access, batch_id: int) -> HttpResponse:
    """Show how far a batch has come, and what became of each line. htmx asks for the moving part alone."""
    batch = batch_or_404(access, batch_id)
    now = progress_of(batch, at=timezone.now())
    context = {
        "batch": batch,
        "label": label_of(batch.gesture),
        "look": STATUSES[batch.status],
        "now": now,
        "is_going": batch.status == Status.RUNNING,
        "counts": _counts(now),
        "latest": [
            (line, STATES[line.state])
            for line in batch.lines.filter(ended_at__isnull=False, started_at__isnull=False).order_by("-ended_at")[
                :LATEST
            ]
        ],
    }
    if request.headers.get("HX-Request"):
        response = render(request, "console/batch.html#progress", context)
        # It ended, or somebody paused it: the whole page says so, and its gestures change.
        if batch.status != Status.RUNNING:
            response["HX-Refresh"] = "true"
        response["Cache-Control"] = "no-store"
        return response
    record_view(request, "batch", code=f"lot {batch.pk}")
    return render(request, "console/batch.html", {**context, **_around(request, access, batch, now)})


def _around(request: HttpRequest, access: Access, batch: Batch, now: Progress) -> dict[str, Any]:
    on = dates.day_of(timezone.now())
    state = request.GET.get("etat", "")
    page = page_of(request, _lines(request, batch))
    origin = _origin(batch)
    return {
        "page": page,
        "rows": [(line, STATES[line.state]) for line in page],
        "line_columns": LINES,
        "files": files_of(request, "console:batch_file", batch.pk),
        "state": STATES.get(state),
        "why_not_pause": rules.why_not_pause(batch, by=access.user, on=on),
        "why_not_resume": rules.why_not_resume(batch, by=access.user, on=on),
        "why_not_cancel": rules.why_not_cancel(batch, by=access.user, on=on),
        "why_not_retry": rules.why_not_retry(batch, now.failed + now.left, by=access.user, on=on),
        "facts": [
            Fact("Lancé par", str(batch.started_by)),
            *([Fact("Suivi par", str(batch.followed_by))] if batch.followed_by else []),
            Fact("Lancé le", dates.at_in_words(batch.started_at)),
            *([Fact("Fini le", dates.at_in_words(batch.ended_at))] if batch.ended_at else []),
            Fact("Lignes", number(now.total)),
        ],
        "origin": origin,
        "crumbs": [Link("Lots", reverse("console:batches")), Link(f"n° {batch.pk}")],
    }


def _lines(request: HttpRequest, batch: Batch) -> QuerySet[BatchLine]:
    """The lines of a batch, those in one state when the address says which."""
    state = request.GET.get("etat", "")
    return batch.lines.filter(state=state) if state in STATES else batch.lines.all()


def _counts(now: Progress) -> list[tuple[Look, int]]:
    values = {
        LineState.DONE: now.done,
        LineState.FAILED: now.failed,
        LineState.REFUSED: now.refused,
        LineState.RUNNING: now.running,
        LineState.PENDING: now.pending,
        LineState.LEFT: now.left,
    }
    return [(STATES[state], count) for state, count in values.items() if count or state == LineState.DONE]


def _origin(batch: Batch) -> str:
    """The list the batch was chosen in, as it was filtered."""
    try:
        origin = list_of().get(Subject(gesture_of(batch.gesture).subject))
    except Refused:
        return ""
    return list_address(origin, batch.filters) if origin else ""


@console_view
def export(request: HttpRequest, access: Access, batch_id: int, format: str) -> HttpResponse:
    """Give the report of a batch: its lines as the page shows them, as a file."""
    batch = batch_or_404(access, batch_id)
    record_view(request, "batch_file", code=f"lot {batch.pk}")
    sheet = replace(REPORT, file_name=f"lot-{batch.pk}")
    return leave(request, access, sheet, _lines(request, batch).iterator(chunk_size=PORTION), format)


def _steer(request: HttpRequest, access: Access, batch_id: int, act: Callable[..., Batch], done: str) -> HttpResponse:
    act(batch_or_404(access, batch_id), by=access.user, at=timezone.now())
    messages.success(request, done)
    return redirect(way_back(request))


@gesture
def pause(request: HttpRequest, access: Access, batch_id: int) -> HttpResponse:
    """Pause a batch."""
    return _steer(request, access, batch_id, actions.pause, "Le lot est en pause : la ligne en cours va à son terme.")


@gesture
def resume(request: HttpRequest, access: Access, batch_id: int) -> HttpResponse:
    """Resume a paused batch."""
    return _steer(request, access, batch_id, actions.resume, "Le lot reprend.")


@gesture
def cancel(request: HttpRequest, access: Access, batch_id: int) -> HttpResponse:
    """Give up what remains of a batch."""
    done = "Le lot est arrêté : ce qui est fait reste fait, ce qui restait peut encore être repris."
    return _steer(request, access, batch_id, actions.cancel, done)


@gesture
def retry(request: HttpRequest, access: Access, batch_id: int) -> HttpResponse:
    """Try again what failed or was left."""
    return _steer(
        request, access, batch_id, actions.retry, "Les lignes en échec et celles qui restaient sont reprises."
    )
