"""The journal: every act within the scope of this operator, and the state of its chain."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from socle.console import journal_lines
from socle.console.access import Access, console_view, saw
from socle.console.lists import Filters, at_place, choice, page_of, text
from socle.journal import heads
from socle.journal.models import EntryQuerySet
from socle.journal.verbs import words
from socle.lib import dates
from socle.ui.fields import DayInput
from socle.ui.shapes import Column, files_of

COLUMNS = (Column("Acte"), Column("Instant"), Column("Bénéficiaire"), Column("Par"), Column("Faits"), Column("Chaîne"))


class JournalFilters(Filters):
    code, view, title = "journal", "console:journal", "Journal"
    verbe = choice("Acte", words().items(), every="Tous")
    q = text("Bénéficiaire", placeholder="Commune ou code INSEE")
    jour = forms.DateField(label="Jour", required=False, widget=DayInput())

    def apply(self, entries: EntryQuerySet, access: Access) -> EntryQuerySet:
        """Narrow the journal to what is asked for."""
        if verb := self.chosen("verbe"):
            entries = entries.filter(verb=verb)
        if day := self.cleaned_data.get("jour"):
            start, end = dates.bounds_of(day)
            entries = entries.filter(at__gte=start, at__lt=end)
        if wanted := self.chosen("q").strip():
            entries = entries.filter(beneficiary_ref__in=named(access, wanted))
        return entries


def named(access: Access, wanted: str) -> list[str]:
    """The identifiers of the beneficiaries seen whose name, or code, holds these words."""
    meant = access.beneficiaries().filter(at_place(wanted, commune="commune__", name="name"))
    return [str(pk) for pk in meant.values_list("pk", flat=True)]


@console_view
def show_all(request: HttpRequest, access: Access) -> HttpResponse:
    """List the acts, the latest first; check the chain when asked."""
    saw(request, "journal")
    filters = JournalFilters(request, access)
    page = page_of(request, filters.apply(access.entries(), access))
    context = {
        "access": access,
        "filters": filters,
        "page": page,
        "rows": journal_lines.read(page, with_author=False),
        "columns": COLUMNS,
        "files": files_of(request, "console:journal_file", formats=journal_lines.FORMATS),
        # The whole chain is read again: only when someone wants to know.
        "chain": heads.examine(at=timezone.now()) if request.GET.get("chaine") == "verifier" else None,
    }
    return render(request, "console/journal.html", context)


@console_view
def export(request: HttpRequest, access: Access, kind: str) -> HttpResponse:
    """Give the journal as filtered, whole, as a file."""
    saw(request, "journals_file")
    filters = JournalFilters(request, access)
    return journal_lines.export(request, access, filters.apply(access.entries(), access), "", kind)
