"""« Publier »: what can be, what was lately, and the forms of a news item, of an event and of an album."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Page

from socle.lib.dates import day_of, in_words
from socle.lib.refusals import Refused
from socle.mairie.access import person
from socle.mairie.publishing.access import site_view
from socle.mairie.publishing.forms import AlbumForm, AlbumWordsForm, AnnouncementForm, NewsForm, PicturesForm
from socle.sections.albums import actions as albums
from socle.sections.albums.models import AlbumPage
from socle.sections.events.actions import publish_event
from socle.sections.events.models import EventPage
from socle.sites import writing
from socle.sites.editor.looking import place_of
from socle.sites.models.notices import Alert, ExceptionalDay
from socle.sites.models.pages import NewsPage
from socle.sites.models.sites import WebSite
from socle.sites.photographs import handed_over
from socle.ui.submit import refusal_shown_in

# How many pages « Publié dernièrement » shows.
LATEST = 8


@dataclass(frozen=True)
class Row:
    """A page published lately."""

    page: Page
    kind: str
    when: str
    see: str
    edit: str


@site_view
def show(request: HttpRequest, website: WebSite) -> HttpResponse:
    """Show what can be published, and what was lately."""
    now = timezone.now()
    pages: Any = Page.objects.all()
    pages = pages.descendant_of(website.root_page).live().type(NewsPage, EventPage, AlbumPage)
    rows = [
        Row(
            page,
            str(page.specific_class._meta.verbose_name),
            _when(page),
            place_of(page),
            reverse("wagtailadmin_pages:edit", args=[page.pk]),
        )
        for page in pages.order_by("-last_published_at", "-pk").specific()[:LATEST]
    ]
    context = {
        "website": website,
        "rows": rows,
        "alerts": Alert.objects.shown(now).filter(website=website).count(),
        "closings": ExceptionalDay.objects.filter(website=website).kept().not_past(day_of(now)).count(),
    }
    return render(request, "mairie/publishing/publish.html", context)


def _when(page: Any) -> str:
    """When an event takes place, or the day that a news item bears; of the others, when they were published."""
    if isinstance(page, EventPage):
        return page.timing.rhythm_in_words or page.timing.in_words(page.starts_on)
    return f"le {in_words(page.published_on if isinstance(page, NewsPage) else day_of(page.last_published_at))}"


def _published(request: HttpRequest, form: forms.Form, publish: Callable[..., Page]) -> HttpResponse | None:
    """Publish what a form says, and lead to it; None when it is not sent, or says something that cannot be."""
    if request.method != "POST" or not form.is_valid():
        return None
    given = dict(form.cleaned_data)
    given["photograph"] = handed_over(given["photograph"])
    try:
        page = publish(**given, by=person(request), at=timezone.now())
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
    except ValidationError as error:
        form.add_error(None, error)
    else:
        messages.success(request, f"C’est publié\u00a0: «\u00a0{page.title}\u00a0». Le site le montre dans un instant.")
        return redirect("mairie:publish")
    return None


def _form(request: HttpRequest, template: str, form: forms.Form, **context: Any) -> HttpResponse:
    return render(request, template, {"form": form, **context}, status=422 if form.errors else 200)


@site_view
def news(request: HttpRequest, website: WebSite) -> HttpResponse:
    """Publish a news item."""
    form = NewsForm(request.POST or None, request.FILES or None)

    def publish(**given: Any) -> Page:
        return writing.publish_news(website, **given)

    return _published(request, form, publish) or _form(request, "mairie/publishing/news.html", form)


@site_view
def event(request: HttpRequest, website: WebSite) -> HttpResponse:
    """Publish an event."""
    form = AnnouncementForm(request.POST or None, request.FILES or None)

    def publish(**given: Any) -> Page:
        return publish_event(website, **given)

    return _published(request, form, publish) or _form(request, "mairie/publishing/event.html", form)


@site_view
def album(request: HttpRequest, website: WebSite, page_id: int | None = None) -> HttpResponse:
    """Send photographs to an album, new or not, then lead to what they show."""
    found = _album(website, page_id) if page_id is not None else None
    form = (PicturesForm if found else AlbumForm)(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        data, by, at = form.cleaned_data, person(request), timezone.now()
        handed = [one for file in data["pictures"] if (one := handed_over(file)) is not None]
        with refusal_shown_in(form):
            with transaction.atomic():
                made = found or albums.begin_album(website, data["title"], taken_on=data["taken_on"], by=by, at=at)
                albums.add_pictures(made, handed, credit=data["credit"], by=by, at=at)
            return redirect("mairie:album", made.pk)
    return _form(request, "mairie/publishing/album_new.html", form, album=found)


@site_view
def album_words(request: HttpRequest, website: WebSite, page_id: int) -> HttpResponse:
    """Say what each photograph of an album shows, and publish it."""
    found = _album(website, page_id)
    draft: Any = found
    pictures = list(draft.get_latest_revision_as_object().pictures.all())
    form = AlbumWordsForm(request.POST or None, pictures=pictures)
    if request.method == "POST" and form.is_valid():
        with refusal_shown_in(form):
            albums.publish_album(found, form.words(), by=person(request), at=timezone.now())
            messages.success(request, f"L’album «\u00a0{found.title}\u00a0» est publié.")
            return redirect("mairie:publish")
    return _form(request, "mairie/publishing/album.html", form, album=found)


def _album(website: WebSite, page_id: int) -> AlbumPage:
    albums_of_all: Any = AlbumPage.objects
    found: AlbumPage = get_object_or_404(albums_of_all.descendant_of(website.root_page), pk=page_id)
    return found
