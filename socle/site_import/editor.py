"""The screens that import a former site: what is read, what was found, what is imported, and taking it back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST
from wagtail.admin.auth import require_admin_access

from socle.lib.refusals import Refused
from socle.lib.text import whole
from socle.site_import import actions, importing, rules
from socle.site_import.forms import AddressForm, ExportForm
from socle.site_import.models import TO_IMPORT, ItemState, Nature, SiteImport
from socle.sites.editor.access import author_of, do, website_of
from socle.sites.models.sites import WebSite
from socle.ui.submit import refusal_shown_in

PER_PAGE = 100
SCREEN = "website_imports"
# What is listed together, by its name in the address, in the order of the screen.
VIEWS = {"a-choisir": TO_IMPORT, "ecartes": (ItemState.LEFT,), "faits": ()}


def _screen(request: HttpRequest, website: WebSite, **more: Any) -> HttpResponse:
    context = {
        "website": website,
        "imports": SiteImport.objects.filter(website=website).select_related("started_by")[:20],
        "reason": rules.why_not_import(website),
        "export_form": ExportForm(),
        "address_form": AddressForm(),
        **more,
    }
    return render(request, "websites/editor/imports.html", context)


@require_admin_access
def imports(request: HttpRequest) -> HttpResponse:
    """Say where the former site is, and see what was imported already."""
    website = website_of(request)
    if request.method != "POST":
        return _screen(request, website)
    at, by = timezone.now(), author_of(request)
    if "export" in request.POST:
        form: Any = ExportForm(request.POST, request.FILES)
        more = {"export_form": form}
    else:
        form = AddressForm(request.POST)
        more = {"address_form": form}
    if form.is_valid():
        data = form.cleaned_data
        with refusal_shown_in(form):
            if "export_form" in more:
                made = actions.read_export(website, data["file"], by=by, at=at)
            else:
                made = actions.read_address(website, data["address"], is_declared=data["is_declared"], by=by, at=at)
            messages.success(request, "La lecture commence\u00a0: rien n’est écrit sur votre site pour l’instant.")
            return redirect("website_import", made.pk)
    return _screen(request, website, faulty=form, **more)


def _import(request: HttpRequest, import_id: int) -> SiteImport:
    found = SiteImport.objects.select_related("website__root_page", "started_by")
    return get_object_or_404(found, pk=import_id, website=website_of(request))


def _counts(one: SiteImport) -> list[dict[str, Any]]:
    """Return, for each nature, how many things were found, ticked, imported, and the rest; one query."""
    rows = (
        one.items.order_by()
        .values("nature")
        .annotate(
            found=Count("pk", filter=Q(state__in=TO_IMPORT)),
            chosen=Count("pk", filter=Q(state__in=TO_IMPORT, is_chosen=True)),
            imported=Count("pk", filter=Q(state=ItemState.IMPORTED)),
            known=Count("pk", filter=Q(state=ItemState.KNOWN)),
            left=Count("pk", filter=Q(state=ItemState.LEFT)),
            failed=Count("pk", filter=Q(state=ItemState.FAILED)),
            removed=Count("pk", filter=Q(state=ItemState.REMOVED)),
            kept=Count("pk", filter=Q(state=ItemState.KEPT)),
            to_read=Count("pk", filter=Q(state=ItemState.TO_READ)),
            mute=Count("pk", filter=Q(state=ItemState.IMPORTED, nature=Nature.IMAGE, alternative="")),
        )
    )
    by_nature = {row["nature"]: row for row in rows}
    return [{**by_nature[code], "code": code, "label": label} for code, label in Nature.choices if code in by_nature]


def _progress(one: SiteImport, counts: list[dict[str, Any]]) -> dict[str, int]:
    """Return how far the reading, or the import, has come."""
    total = {name: sum(row[name] for row in counts) for name in ("to_read", "chosen", "imported", "failed", "found")}
    if one.is_looking:
        done = sum(row["found"] + row["left"] + row["known"] for row in counts if row["code"] in ("news", "page"))
        return {"done": done, "total": done + total["to_read"]}
    waiting = total["chosen"] - sum(row["failed"] for row in counts)
    done = total["imported"] + total["failed"]
    return {"done": done, "total": done + max(0, waiting)}


@require_admin_access
def site_import(request: HttpRequest, import_id: int) -> HttpResponse:
    """See what was found and tick what is imported; see how far it has come, and what became of each thing."""
    one = _import(request, import_id)
    if request.method == "POST":
        return _ticked(request, one)
    counts = _counts(one)
    view = request.GET.get("liste", "")
    if view not in VIEWS:
        view = "a-choisir" if any(row["found"] for row in counts) else "faits"
    nature = request.GET.get("nature", "")
    rows = one.items.select_related("page", "document")
    if view == "faits":
        rows = rows.exclude(state__in=(*TO_IMPORT, ItemState.LEFT, ItemState.TO_READ))
    else:
        rows = rows.filter(state__in=VIEWS[view])
    if nature in Nature.values:
        rows = rows.filter(nature=nature)
    pages = Paginator(rows.defer("content", "summary"), PER_PAGE)
    chosen = sum(row["chosen"] for row in counts)
    context = {
        "one": one,
        "counts": counts,
        "progress": _progress(one, counts),
        "items": pages.get_page(request.GET.get("page")),
        "view": view,
        "nature": nature,
        "chosen": chosen,
        "mute": sum(row["mute"] for row in counts),
        "may_choose": rules.why_not_choose(one) is None,
        "may_import": rules.why_not_import_chosen(one, chosen) is None,
        "may_stop": rules.why_not_stop(one) is None,
        "may_resume": rules.why_not_resume(one) is None,
        "may_take_back": rules.why_not_take_back(one, importing.to_remove(one)) is None,
    }
    return render(request, "websites/editor/import.html", context)


def _numbers(request: HttpRequest, name: str) -> list[int]:
    return [pk for value in request.POST.getlist(name)[:PER_PAGE] if (pk := whole(value)) is not None]


def _ticked(request: HttpRequest, one: SiteImport) -> HttpResponse:
    """Keep the ticks of the lines shown; then import, tick a whole nature, or come back to the list."""
    given: dict[str, Any] = {"by": author_of(request), "at": timezone.now()}
    try:
        actions.choose(one, shown=_numbers(request, "shown"), ticked=_numbers(request, "ticked"), **given)
        for word, is_chosen in (("all", True), ("none", False)):
            if request.POST.get(word) in Nature.values:
                actions.choose_all(one, Nature(request.POST[word]), is_chosen=is_chosen, **given)
        if "import" in request.POST:
            actions.import_chosen(one, **given)
            messages.success(request, "C’est parti\u00a0: ce qui est coché devient des brouillons. Rien n’est publié.")
            return redirect("website_import", one.pk)
        messages.success(request, "Vos choix sont gardés.")
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    back = reverse("website_import", args=[one.pk])
    nature = request.POST.get("nature", "")
    page = whole(request.POST.get("page", "")) or 1
    nature = nature if nature in Nature.values else ""
    return redirect(f"{back}?liste=a-choisir&nature={nature}&page={page}")


def _gesture(request: HttpRequest, import_id: int, act: Any, said: str) -> HttpResponse:
    one = _import(request, import_id)
    return do(request, act, one, said=said, back=reverse("website_import", args=[one.pk]))


@require_admin_access
@require_POST
def stop_import(request: HttpRequest, import_id: int) -> HttpResponse:
    """Stop reading, or importing."""
    return _gesture(request, import_id, actions.stop, "C’est arrêté. Ce qui était fait le reste.")


@require_admin_access
@require_POST
def resume_import(request: HttpRequest, import_id: int) -> HttpResponse:
    """Go on reading."""
    return _gesture(request, import_id, actions.resume, "La lecture reprend où elle s’était arrêtée.")


@require_admin_access
@require_POST
def take_back_import(request: HttpRequest, import_id: int) -> HttpResponse:
    """Remove the drafts that nobody touched since."""
    said = "Les brouillons auxquels personne n’a touché sont en cours de retrait."
    return _gesture(request, import_id, actions.take_back, said)
