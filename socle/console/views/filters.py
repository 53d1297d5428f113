"""Saved filters: the page of all of them, and what may be done to each; their lists show them (desk/lists.py)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from socle.lib import dates
from socle.lib.refusals import Refused
from socle.people import filter_rules
from socle.people import filters as actions
from socle.people.models import SavedFilter
from socle.provisioning.desk.access import Access, console_view, forbid, gesture, way_back
from socle.provisioning.desk.saving import list_of, lists, read, saved_or_404
from socle.ui.shapes import Column, Link

COLUMNS = (Column("Filtre"), Column("À qui"), Column("Gestes", is_hidden=True))


class NameForm(forms.Form):
    """The name of a filter."""

    nom = forms.CharField(
        max_length=60,
        error_messages={
            "required": "Donnez un nom au filtre\u00a0: c’est ainsi que vous le retrouverez.",
            "max_length": "Le nom d’un filtre compte 60 caractères au plus.",
            "null_characters_not_allowed": "Ce nom contient un signe qui ne s’écrit pas\u00a0: tapez-le de nouveau.",
        },
    )

    def name(self) -> str:
        """Return the name, or refuse with what is wrong with it."""
        if not self.is_valid():
            raise Refused(str(self.errors["nom"][0]))
        return str(self.cleaned_data["nom"])


@console_view
def show_all(request: HttpRequest, access: Access) -> HttpResponse:
    """Show one's filters and those shared with one's operator, list by list."""
    codes = SavedFilter.objects.seen_by(access.user, access.operator).values_list("list_code", flat=True)
    used = set(codes.order_by().distinct())
    read_here = [one for code, one in lists().items() if code in used and one.why_not_read(access) is None]
    shelves = [(one.title, reverse(one.view), one.of("", access).shelf) for one in read_here]
    context = {
        "shelves": [shelf for shelf in shelves if shelf[2].entries or shelf[2].removed],
        "columns": COLUMNS,
        "crumbs": [Link("Filtres enregistrés")],
    }
    return render(request, "console/saved_filters.html", context)


@console_view
def show(request: HttpRequest, access: Access, saved_id: int) -> HttpResponse:
    """Lead to the list, filtered so."""
    saved = saved_or_404(access, saved_id)
    return redirect(f"{reverse(lists()[saved.list_code].view)}?{saved.query}")


@gesture
def save(request: HttpRequest, access: Access) -> HttpResponse:
    """Keep the filter of a list under a name."""
    filters = list_of(request.POST.get("liste", ""))
    forbid(filters.why_not_read(access))
    query = read(filters, request.POST.get("filtres", ""), access)
    name, at = NameForm(request.POST).name(), timezone.now()
    saved = actions.save(access.operator, list_code=filters.code, name=name, query=query, by=access.user, at=at)
    messages.success(request, f"Le filtre «\u00a0{saved.name}\u00a0» est enregistré, au-dessus de la liste.")
    return redirect(f"{reverse(filters.view)}?{query}")


@gesture
def rename(request: HttpRequest, access: Access, saved_id: int) -> HttpResponse:
    """Call a filter otherwise."""
    saved = _mine(access, saved_id)
    saved = actions.rename(saved, name=NameForm(request.POST).name(), by=access.user, at=timezone.now())
    messages.success(request, f"Le filtre s’appelle maintenant «\u00a0{saved.name}\u00a0».")
    return redirect(way_back(request))


def _simple(act: Callable[..., SavedFilter], words: str) -> Any:
    """A gesture that asks nothing more."""

    @gesture
    def view(request: HttpRequest, access: Access, saved_id: int) -> HttpResponse:
        saved = act(_mine(access, saved_id), by=access.user, at=timezone.now())
        messages.success(request, words.format(name=saved.name, operator=access.operator.name))
        return redirect(way_back(request))

    return view


share = _simple(actions.share, "Le filtre «\u00a0{name}\u00a0» est partagé avec {operator}.")
keep_private = _simple(actions.keep_private, "Le filtre «\u00a0{name}\u00a0» n’est plus vu que de vous.")
remove = _simple(
    actions.remove, "Le filtre «\u00a0{name}\u00a0» est supprimé\u00a0: vous avez un jour pour le rétablir."
)
restore = _simple(actions.restore, "Le filtre «\u00a0{name}\u00a0» est rétabli.")


def _mine(access: Access, saved_id: int) -> SavedFilter:
    """One that this person may change: another's private one does not exist, another's shared one is refused."""
    saved = saved_or_404(access, saved_id)
    forbid(filter_rules.why_not_keep_filter(saved, by=access.user, on=dates.day_of(timezone.now())))
    return saved
