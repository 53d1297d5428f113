"""The journal: every act within the scope of this operator, the steps of one undertaking folded, and its chain."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from socle.journal import heads
from socle.journal.models import EntryQuerySet
from socle.journal.verbs import families
from socle.lib import dates
from socle.lib.text import slug
from socle.people.models import Membership, User
from socle.provisioning.desk import journal_lines
from socle.provisioning.desk.access import Access, console_view, record_view
from socle.provisioning.desk.lists import Filters, at_place, choice, page_of, text
from socle.ui.fields import DayInput
from socle.ui.shapes import Column, Link, files_of

COLUMNS = (Column("Acte"), Column("Instant"), Column("Bénéficiaire"), Column("Par"), Column("Faits"), Column("Chaîne"))
# Most are folded: a page holds more of them than of any other list.
PER_PAGE = 150
PERSON = f"{User._meta.label_lower}:"


def _this_week(on: date) -> tuple[date, date]:
    monday = on - timedelta(days=on.weekday())
    return monday, on


def _last_week(on: date) -> tuple[date, date]:
    monday = on - timedelta(days=on.weekday() + 7)
    return monday, monday + timedelta(days=6)


def _last_month(on: date) -> tuple[date, date]:
    last = on.replace(day=1) - timedelta(days=1)
    return last.replace(day=1), last


# By the word of the address: the words of the link, and the first and last days.
PERIODS: dict[str, tuple[str, Callable[[date], tuple[date, date]]]] = {
    "aujourdhui": ("Aujourd’hui", lambda on: (on, on)),
    "hier": ("Hier", lambda on: (on - timedelta(days=1), on - timedelta(days=1))),
    "semaine": ("Cette semaine", _this_week),
    "semaine-derniere": ("La semaine dernière", _last_week),
    "mois": ("Ce mois-ci", lambda on: (on.replace(day=1), on)),
    "mois-dernier": ("Le mois dernier", _last_month),
}
ANYBODY, MYSELF, MACHINE = "personnes", "moi", "plateforme"


class JournalFilters(Filters):
    code, view, title = "journal", "console:journal", "Journal"
    periode = choice("Période", [(code, words) for code, (words, _) in PERIODS.items()])
    du = forms.DateField(label="Ou du", required=False, widget=DayInput())
    au = forms.DateField(label="Au", required=False, widget=DayInput())
    q = text("Commune ou organisme", placeholder="Nom ou code INSEE")
    qui = choice("Qui", ())
    famille = choice("Sujet", (), every="Tous")

    def prepare(self, access: Access) -> None:
        self.user = access.user
        held = Membership.objects.filter(operator=access.operator, user__is_active=True).exclude(user=access.user)
        people = held.order_by("user__name", "user").values_list("user", "user__name").distinct()
        known = [(ANYBODY, "Les personnes"), (MYSELF, "Moi"), (MACHINE, "La plateforme, d’elle-même")]
        self.offer("qui", [*known, *((str(pk), name) for pk, name in people)], every="Tout le monde")
        self.families = {slug(name): verbs for name, verbs in families().items()}
        self.offer("famille", [(slug(name), name) for name in families()], every="Tous")

    def apply(self, entries: EntryQuerySet, access: Access) -> EntryQuerySet:
        """Narrow the journal to what is asked for; days that are given hold before a period."""
        first, last = self.cleaned_data.get("du"), self.cleaned_data.get("au")
        if (period := self.chosen("periode")) and not (first or last):
            first, last = PERIODS[period][1](dates.day_of(timezone.now()))
        if first:
            entries = entries.filter(at__gte=dates.bounds_of(first)[0])
        if last:
            entries = entries.filter(at__lt=dates.bounds_of(last)[1])
        if first or last:
            # Of a period, what is read is the days; elsewhere, the order in which the lines are sealed.
            entries = entries.order_by("-at", "-pk")
        if wanted := self.chosen("q").strip():
            entries = entries.filter(beneficiary_ref__in=named(access, wanted))
        if who := self.chosen("qui"):
            machine = f"{PERSON}{User.objects.system().pk}"
            ref = {MYSELF: f"{PERSON}{self.user.pk}", MACHINE: machine}.get(who, f"{PERSON}{who}")
            entries = entries.exclude(by_ref=machine) if who == ANYBODY else entries.filter(by_ref=ref)
        if family := self.chosen("famille"):
            entries = entries.filter(verb__in=self.families[family])
        return entries

    @property
    def shortcuts(self) -> list[Link]:
        """The periods, each in one press, the other filters kept; the icon marks the one in use."""
        links = []
        for code, (words, _) in PERIODS.items():
            asked = self.query.copy()
            for name in ("du", "au", "page"):
                asked.pop(name, None)
            asked["periode"] = code
            is_used = self.chosen("periode") == code
            links.append(Link(words, f"{reverse(self.view)}?{asked.urlencode()}", "check" if is_used else ""))
        return links


def named(access: Access, wanted: str) -> list[str]:
    """The identifiers of the beneficiaries seen whose name, or code, holds these words."""
    meant = access.beneficiaries().filter(at_place(wanted, commune="commune__", name="name"))
    return [str(pk) for pk in meant.values_list("pk", flat=True)]


@console_view
def show_all(request: HttpRequest, access: Access) -> HttpResponse:
    """List the acts, the latest first; check the chain when asked."""
    record_view(request, "journal")
    filters = JournalFilters(request, access)
    page = page_of(request, filters.apply(access.entries(), access), per_page=PER_PAGE)
    context = {
        "access": access,
        "filters": filters,
        "page": page,
        "rows": journal_lines.folded(page),
        "columns": COLUMNS,
        "files": files_of(request, "console:journal_file", formats=journal_lines.FORMATS),
        # The whole chain is read again: only when someone wants to know.
        "chain": heads.examine(at=timezone.now()) if request.GET.get("chaine") == "verifier" else None,
    }
    return render(request, "console/journal.html", context)


@console_view
def export(request: HttpRequest, access: Access, kind: str) -> HttpResponse:
    """Give the journal as filtered, whole, as a file."""
    record_view(request, "journals_file")
    filters = JournalFilters(request, access)
    return journal_lines.export(request, access, filters.apply(access.entries(), access), "", kind)
