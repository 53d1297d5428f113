"""Wagtail's editor made for one secretary: the door's look, « Publier » first, nothing of another commune."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.timezone import localtime
from wagtail import hooks
from wagtail.admin.action_menu import ActionMenuItem
from wagtail.admin.utils import get_valid_next_url_from_request
from wagtail.admin.widgets.button import Button
from wagtail.models import Page

from socle.journal import actions as journal
from socle.lib.dates import in_words
from socle.people.models import User
from socle.sites.editor.looking import place_of
from socle.sites.editor.powers import EDITED, edited_website
from socle.sites.models.pages import CommunePage
from socle.sites.models.reviews import Review
from socle.sites.reviewing.actions import close_reviews
from socle.sites.rules import why_not_unpublish
from socle.sites.versions import keep_first_version


def is_editor(request: HttpRequest) -> bool:
    """Say whether this is a mairie's editor, and not the technical administration of the whole."""
    return edited_website(request) is not None


@hooks.register("construct_page_chooser_queryset")
def choose_among_own_pages(pages: QuerySet[Page], request: HttpRequest) -> QuerySet[Page]:
    """A link is chosen among the pages of the site being edited."""
    website = edited_website(request)
    if website is not None:
        return pages.filter(path__startswith=website.root_page.path)
    return pages if request.user.is_superuser else pages.none()


@hooks.register("construct_explorer_page_queryset")
def explore_own_pages(parent: Page, pages: QuerySet[Page], request: HttpRequest) -> QuerySet[Page]:
    """The explorer begins at the home of the site being edited."""
    website = edited_website(request)
    if website is None:
        return pages
    # The list says which pages somebody has still to read, or to correct.
    review = Review.objects.filter(page=OuterRef("pk")).open().values("status")[:1]
    return pages.filter(path__startswith=website.root_page.path).annotate(review_status=Subquery(review))


@hooks.register("construct_page_action_menu")
def publish_first(items: list[Any], request: HttpRequest, context: dict[str, Any]) -> None:
    """« Publier » is what the button does; saving a draft is in its menu."""
    for rank, item in enumerate(items):
        if item.name == "action-publish":
            items.insert(0, items.pop(rank))
            break
    page = context.get("page")
    if isinstance(page, CommunePage) and page.is_mandatory:
        items[:] = [item for item in items if item.name != "action-unpublish"]


@hooks.register("construct_page_listing_buttons")
def fewer_buttons(buttons: list[Any], page: Page, user: Any, context: Any = None) -> None:
    """No button leads to a view the guard keeps closed."""
    if not user.is_superuser:
        buttons[:] = [button for button in buttons if not _is_closed(button, page)]


@hooks.register("register_page_header_buttons")
def looking_buttons(page: Page, user: Any, view_name: str, next_url: str | None = None) -> Iterator[Button]:
    """From a form to the page as it is read, and to what it was."""
    if view_name == "edit" and isinstance(page, CommunePage) and getattr(user, EDITED, None) is not None:
        if page.live:
            yield Button("Voir la page", place_of(page), icon_name="view")
        yield Button("Versions précédentes", reverse("website_versions", args=[page.pk]), icon_name="history")


def _is_closed(button: Any, page: Page) -> bool:
    url = getattr(button, "url", "") or ""
    if f"/{page.pk}/move/" in url or f"/{page.pk}/copy/" in url:
        return True
    specific = page.specific_class
    mandatory = specific is not None and issubclass(specific, CommunePage) and specific.is_mandatory
    return mandatory and (f"/{page.pk}/delete/" in url or f"/{page.pk}/unpublish/" in url)


@hooks.register("before_delete_page")
@hooks.register("before_unpublish_page")
def keep_mandatory_pages(request: HttpRequest, page: Page) -> HttpResponse | None:
    """A page the law or the site wants stays, and the reason is said."""
    specific = page.specific
    if isinstance(specific, CommunePage) and (reason := why_not_unpublish(specific)):
        messages.error(request, reason)
        return redirect("wagtailadmin_pages:edit", page.pk)
    return None


def author(request: HttpRequest) -> User:
    """The person who acts; the guard let nobody else in."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


class AskReviewItem(ActionMenuItem):
    """Save without publishing, then say to whom the page is shown."""

    label = "Faire relire avant de publier…"
    name = "action-ask-review"  # type: ignore[assignment]
    icon_name = "view"

    def is_shown(self, context: Any) -> bool:
        # Not on the form of a former version: it has gestures of its own.
        is_former = context["view"] == "revisions_revert"
        return is_editor(context["request"]) and not is_former and bool(super().is_shown(context))


@hooks.register("register_page_action_menu_item")
def ask_review_item() -> ActionMenuItem:
    return AskReviewItem(order=50)


@hooks.register("after_create_page")
@hooks.register("after_edit_page")
def ask_for_a_review(request: HttpRequest, page: Page) -> HttpResponse | None:
    """Once the page is saved, say to whom it is shown."""
    if is_editor(request) and "action-ask-review" in request.POST:
        return redirect("website_ask_review", page.pk)
    return None


@hooks.register("before_edit_page")
def keep_what_it_was(request: HttpRequest, page: Page) -> None:
    """The first correction of a page keeps what it was born with."""
    if request.method == "POST" and isinstance(page, CommunePage):
        keep_first_version(page)


def awaits(page: Page) -> bool:
    """Say whether what was just published waits for its hour."""
    return page.scheduled_revision is not None


@hooks.register("after_publish_page")
def journal_publication(request: HttpRequest, page: Page) -> None:
    close_reviews(page, by=author(request), at=timezone.now())
    verb = "page.scheduled" if awaits(page) else "page.published"
    journal.record(verb, page.specific, by=author(request), at=timezone.now())


@hooks.register("after_publish_page", order=100)
def show_what_was_published(request: HttpRequest, page: Page) -> HttpResponse | None:
    """Lead to the page as it is read: whoever has just published wants to see it."""
    if not is_editor(request):
        return None
    if awaits(page):
        hour = localtime(page.scheduled_revision.approved_go_live_at)
        messages.success(
            request,
            f"«\u00a0{page.title}\u00a0» paraîtra le {in_words(hour.date())} à {hour:%H}\u00a0h\u00a0{hour:%M}. "
            "Jusque-là, tout peut se corriger, ou s’annuler dans l’historique de la page.",
        )
        return redirect("website_home")
    messages.success(request, "C’est publié\u00a0: voici la page telle que vos visiteurs la lisent.")
    return HttpResponseRedirect(get_valid_next_url_from_request(request) or place_of(page))


@hooks.register("after_unpublish_page")
def journal_withdrawal(request: HttpRequest, page: Page) -> None:
    journal.record("page.unpublished", page.specific, by=author(request), at=timezone.now())


@hooks.register("after_delete_page")
def journal_removal(request: HttpRequest, page: Page) -> None:
    journal.record("page.deleted", page.specific, by=author(request), at=timezone.now())


@hooks.register("insert_global_admin_css")
def door_stylesheets() -> str:
    """The door's stylesheet, whose layers yield to Wagtail's, then what gives Wagtail its colours and its fonts."""
    return format_html_join(
        "\n", '<link rel="stylesheet" href="{}">', ((static(one),) for one in ("ui/socle.css", "websites/editor.css"))
    )


@hooks.register("insert_editor_js")
def own_script() -> str:
    """Add the few lines that name the fields Wagtail leaves nameless."""
    return format_html('<script src="{}"></script>', static("websites/editor.js"))


@hooks.register("register_rich_text_features", order=100)
def french_links(features: Any) -> None:
    """Links, bold, italic and lists are enough: nothing embedded from elsewhere."""
    features.default_features = ["bold", "italic", "h3", "ol", "ul", "link", "document-link"]
