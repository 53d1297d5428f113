"""The agenda of a site: its list, what has passed, and its events. When each takes place is computed, never stored."""

# Pages declare their panels and bounds as class attributes of types Wagtail never wrote down.
# mypy: disable-error-code="misc,list-item,assignment,django-manager-missing"

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django_scopes import scopes_disabled
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel, FieldRowPanel, InlinePanel, MultiFieldPanel
from wagtail.contrib.routable_page.models import re_path
from wagtail.fields import StreamField
from wagtail.models import Page

from socle.lib.dates import add_months, in_days, in_words
from socle.sites.blocks import Body
from socle.sites.contract import OutsideEvent, outside_events
from socle.sites.models.pages import CommunePage, ListPage, site_path_of, today
from socle.sites.models.panels import PICTURE
from socle.sites.models.sites import HOME_PATH_LENGTH, WebSite
from socle.sites.occurrences import SHORTEST, Announced, Rhythm, Showing, Timing, next_showing, showings_of
from socle.sites.publishing.reads import depend_on
from socle.syndication.models import Kind, Share

# How far the agenda shows each time of what comes back; beyond, the next time only.
HORIZON = 35
LONGEST = timedelta(days=366)
# How far what a mairie's public calendars hold is shown.
OUTSIDE_DAYS = 120


def events_under(page: Page) -> models.QuerySet[EventPage]:
    """Return the events published under a page."""
    depend_on("events")
    return EventPage.objects.descendant_of(page).live()


def events_to_come(page: Page, *, on: date) -> list[Announced]:
    """Return the events published under a page, those accepted from others and those of the mairie's public calendars,
    that are not over on this day.

    The same number of queries, whatever theirs.
    """
    depend_on("day")
    events = list(events_under(page).filter(Q(last_on=None) | Q(last_on__gte=on)).order_by("starts_on", "pk"))
    skipped: dict[int, set[date]] = {event.pk: set() for event in events}
    for event_id, day in SkippedDay.objects.filter(event__in=skipped).values_list("event_id", "skipped_on"):
        skipped[event_id].add(day)
    for event in events:
        event.known_skipped = skipped[event.pk]
    shared = Share.objects.accepted_under(page.path[:HOME_PATH_LENGTH]).shown(timezone.now())
    accepted = shared.filter(kind=Kind.EVENT).filter(Q(ends_on=None, starts_on__gte=on) | Q(ends_on__gte=on))
    return [*events, *accepted, *_from_calendars(page, on=on)]


def _from_calendars(page: Page, *, on: date) -> list[OutsideEvent]:
    with scopes_disabled():  # The site whose page is being rendered.
        website = WebSite.objects.filter(root_page__path=page.path[:HOME_PATH_LENGTH]).first()
    return outside_events(website.beneficiary_id, first=on, days=OUTSIDE_DAYS) if website is not None else []


def next_events(page: Page, *, on: date, limit: int) -> list[Showing]:
    """Return the next time of each event, the nearest first."""
    found = [showing for event in events_to_come(page, on=on) if (showing := next_showing(event, on=on))]
    return sorted(found, key=lambda showing: showing.sorting)[:limit]


class EventIndexPage(ListPage):
    """The agenda: what is to come, day by day, and what has passed at its own address.

    Made with the first event: a site is born without it.
    """

    introduction = models.CharField("introduction", max_length=300, blank=True)

    template = "websites/pages/event_index.html"
    named = "events"
    parent_page_types: ClassVar[list[str]] = ["websites.HomePage"]
    subpage_types = ["events.EventPage"]
    max_count_per_parent = 1
    per_page = 20
    content_panels = [*CommunePage.content_panels, FieldPanel("introduction")]

    class Meta:
        verbose_name = "page de l’agenda"
        verbose_name_plural = "pages de l’agenda"

    def items(self) -> list[Showing]:
        on = today()
        found = []
        for event in events_to_come(self, on=on):
            near = showings_of(event, on=on, days=HORIZON)
            later = None if near else next_showing(event, on=on)
            found += near or ([later] if later else [])
        return sorted(found, key=lambda showing: showing.sorting)

    def past(self) -> models.QuerySet[EventPage]:
        """Return the events that are over, the latest first."""
        depend_on("day")
        return events_under(self).filter(last_on__lt=today()).order_by("-last_on", "-pk")

    @re_path(r"^archives/(?:page/(?P<number>[2-9]|[1-9][0-9]+)/)?$")
    def archives(self, request: HttpRequest, number: str = "1") -> HttpResponse:
        """The events that are over."""
        archives = "websites/pages/event_archives.html"
        agenda = site_path_of(self)
        return self.page_of(request, self.past(), number, below="archives/", template=archives, agenda=agenda)

    def get_cached_paths(self) -> list[str]:
        return [*super().get_cached_paths(), *self.paths_of(self.past(), "archives/")]

    def shown_as(self) -> set[str]:
        return super().shown_as() | {"events"}


class EventPage(CommunePage):
    """One event: when, where, for whom, and how it comes back."""

    starts_on = models.DateField("jour", help_text="Le premier jour s’il dure, ou s’il se répète.")
    start_time = models.TimeField("heure de début", null=True, blank=True, help_text="Vide\u00a0: toute la journée.")
    ends_on = models.DateField("dernier jour", null=True, blank=True, help_text="Vide\u00a0: le même jour.")
    end_time = models.TimeField("heure de fin", null=True, blank=True)
    rhythm = models.CharField("a lieu", max_length=20, choices=Rhythm.choices, default=Rhythm.ONCE)
    repeats_until = models.DateField("jusqu’au", null=True, blank=True, help_text="Vide\u00a0: sans fin prévue.")
    # Computed from what precedes, so that lists ask the database for what is to come; empty: without end.
    last_on = models.DateField("dernier jour de la dernière fois", null=True, blank=True, editable=False, db_index=True)
    place = models.CharField("lieu", max_length=200, help_text="Par exemple\u00a0: salle des fêtes, 3 rue de l’Église.")
    summary = models.TextField(
        "en deux phrases", max_length=400, blank=True, help_text="Ce texte s’affiche aussi dans l’agenda."
    )
    picture = models.ForeignKey(
        "websites.CommuneImage", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="image"
    )
    picture_alternative = models.CharField(
        "description de l’image",
        max_length=200,
        blank=True,
        help_text="Pour qui ne voit pas l’image. Une affiche\u00a0: tout ce qu’elle apprend.",
    )
    picture_is_decorative = models.BooleanField(
        "elle ne fait que décorer",
        default=False,
        db_default=False,
        help_text="Elle n’apprend rien que le texte ne dise.",
    )
    body = StreamField(Body(), verbose_name="texte complet", blank=True)
    contact = models.CharField(
        "contact", max_length=200, blank=True, help_text="Qui renseigne\u00a0: un nom d’association, un téléphone…"
    )
    is_free = models.BooleanField("entrée gratuite", default=False)
    price = models.CharField("tarif", max_length=100, blank=True, help_text="Par exemple\u00a0: 5\u00a0€ par adulte.")

    template = "websites/pages/event.html"
    parent_page_types: ClassVar[list[str]] = ["events.EventIndexPage"]
    show_in_menus_default = False
    found_as = "Agenda"
    content_panels = [
        FieldPanel("title", heading="Titre"),
        FieldPanel("summary"),
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("starts_on"), FieldPanel("start_time")]),
                FieldRowPanel([FieldPanel("ends_on"), FieldPanel("end_time")]),
            ],
            heading="Quand",
        ),
        MultiFieldPanel(
            [
                FieldPanel("rhythm", heading="Combien de fois"),
                FieldPanel("repeats_until", classname="only-repeating"),
                InlinePanel(
                    "skipped_days",
                    heading="Sauf ces jours-là",
                    label="jour sans événement",
                    classname="only-repeating",
                ),
            ],
            heading="S’il se répète",
        ),
        FieldPanel("place"),
        MultiFieldPanel(
            [FieldPanel("is_free"), FieldPanel("price"), FieldPanel("contact")], heading="Tarif et contact"
        ),
        PICTURE,
        FieldPanel("body"),
    ]

    known_skipped: set[date] | None = None

    class Meta:
        verbose_name = "événement"
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=models.F("starts_on")),
                name="an_event_ends_after_it_starts",
                violation_error_message="Le dernier jour vient après le premier\u00a0: vérifiez les deux dates.",
            )
        ]

    @property
    def timing(self) -> Timing:
        return Timing(
            self.starts_on,
            self.ends_on or self.starts_on,
            self.start_time,
            self.end_time,
            Rhythm(self.rhythm),
            self.repeats_until,
        )

    def skipped(self) -> set[date]:
        """The days on which it does not take place, though its rhythm says so."""
        if self.known_skipped is not None:
            return self.known_skipped
        return {day.skipped_on for day in self.skipped_days.all() if day.skipped_on}

    def clean(self) -> None:
        super().clean()
        if self.starts_on is None:
            return
        errors: dict[str, str] = {}
        ends_on = self.ends_on or self.starts_on
        if self.starts_on.year < 1990 or self.starts_on > add_months(today(), 60):
            errors["starts_on"] = "Cette date est très loin d’aujourd’hui\u00a0: vérifiez l’année."
        elif ends_on < self.starts_on:
            errors["ends_on"] = "Le dernier jour vient après le premier\u00a0: vérifiez les deux dates."
        elif ends_on - self.starts_on >= LONGEST:
            errors["ends_on"] = "Cet événement durerait plus d’un an\u00a0: vérifiez les dates."
        if self.end_time is not None and self.start_time is None:
            errors["start_time"] = "Donnez l’heure de début, ou effacez l’heure de fin."
        elif self.end_time and self.start_time and ends_on == self.starts_on and self.end_time <= self.start_time:
            errors["end_time"] = "Il finit après avoir commencé\u00a0: s’il finit après minuit, donnez le dernier jour."
        if not errors:
            errors |= self._wrong_rhythm(ends_on)
        if self.is_free and self.price:
            errors["price"] = "Un événement gratuit n’a pas de tarif\u00a0: effacez le tarif ou décochez la case."
        if errors:
            raise ValidationError(errors)

    def _wrong_rhythm(self, ends_on: date) -> dict[str, str]:
        """Say what does not hold in how it comes back."""
        until = self.repeats_until
        if self.rhythm == Rhythm.ONCE:
            if until is not None:
                return {"repeats_until": "Dites à quel rythme il se répète, ou effacez cette date."}
            return {}
        if until is not None and until < self.starts_on:
            return {"repeats_until": "Il se répète jusqu’à un jour d’avant le premier\u00a0: vérifiez les dates."}
        if until is not None and until > add_months(self.starts_on, 120):
            return {"repeats_until": "C’est dans plus de dix ans\u00a0: laissez vide s’il n’a pas de fin prévue."}
        if (ends_on - self.starts_on).days >= SHORTEST[Rhythm(self.rhythm)]:
            return {"rhythm": "Il recommencerait avant d’avoir fini\u00a0: vérifiez le dernier jour."}
        if self.rhythm == Rhythm.MONTHLY and self.starts_on.day > 28:
            return {
                "rhythm": "Tous les mois n’ont pas cinq fois ce jour\u00a0: choisissez plutôt «\u00a0le dernier\u00a0»."
            }
        if self.rhythm == Rhythm.MONTHLY_LAST and (self.starts_on + timedelta(days=7)).month == self.starts_on.month:
            return {
                "starts_on": f"Le {in_words(self.starts_on)} n’est pas le dernier de son mois\u00a0: vérifiez le jour."
            }
        return {}

    def save(self, *args: Any, **kwargs: Any) -> None:
        # A draft may have no day yet.
        self.last_on = self.timing.last_on() if self.starts_on else None
        super().save(*args, **kwargs)

    def shown_as(self) -> set[str]:
        return super().shown_as() | {"events"}

    def found_on(self) -> date:
        return self.starts_on

    def found_when(self, on: date | None) -> str:
        return self.timing.in_words(self.starts_on)

    @property
    def past_words(self) -> str:
        """When it took place: its day, or from when to when it came back."""
        if self.rhythm == Rhythm.ONCE or self.last_on is None:
            return self.timing.in_words(self.starts_on)
        return in_days(self.starts_on, self.last_on)

    def showings(self, *, on: date, limit: int = 10) -> list[Showing]:
        """Return the times to show on its own page."""
        if self.rhythm == Rhythm.ONCE:
            return []
        return showings_of(self, on=on, days=366)[:limit]

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        on = today()
        depend_on("day")
        coming = next_showing(self, on=on)
        context["when"] = self.timing.in_words(coming.begins_on if coming else self.starts_on)
        context["is_over"] = coming is None
        context["showings"] = self.showings(on=on)
        return context


class SkippedDay(models.Model):
    """A day on which an event that comes back does not take place."""

    event = ParentalKey(EventPage, on_delete=models.CASCADE, related_name="skipped_days", verbose_name="événement")
    skipped_on = models.DateField("jour sans")

    panels: ClassVar[list[Any]] = [FieldPanel("skipped_on")]

    class Meta:
        verbose_name = "jour sans événement"
        verbose_name_plural = "jours sans événement"
        ordering = ["skipped_on"]

    def __str__(self) -> str:
        return f"{self.skipped_on}"
