"""The guard of the editor: closed by default.

A view of Wagtail is reachable only if its name is in OPENED, a view of ours if it is among the addresses of the editor.
Every identifier in an address must be of the site being edited; one of an unknown kind is refused. A new view, or a new
kind of identifier, brought by a new version of Wagtail is therefore closed until someone has thought about it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any, cast

from csp.constants import NONCE, NONE, SELF, UNSAFE_INLINE
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import ResolverMatch, reverse
from django.utils import timezone
from django.utils.datastructures import MultiValueDictKeyError
from django_scopes import scope
from wagtail.models import Page, Revision, UploadedFile

from socle.journal import readings
from socle.lib.dates import day_of
from socle.lib.text import whole
from socle.people.acting import active_beneficiary, beneficiaries_served, help_in_force, in_its_name, opens
from socle.people.models import User
from socle.sites.editor.openings import PREFIX, takes
from socle.sites.editor.own import Own, has_page
from socle.sites.editor.powers import lend
from socle.sites.models.media import CommuneDocument, CommuneImage
from socle.sites.models.sites import WebSite, edited, website_to_edit

# The views of Wagtail that an editor needs. Everything else of it answers 404.
OPENED = frozenset(
    """
    wagtailadmin_home wagtailadmin_logout wagtailadmin_sprite wagtailadmin_javascript_catalog
    wagtailadmin_explore_root wagtailadmin_explore wagtailadmin_explore_results wagtailadmin_pages:add
    wagtailadmin_pages:preview_on_add wagtailadmin_pages:add_subpage wagtailadmin_pages:edit
    wagtailadmin_pages:preview_on_edit wagtailadmin_pages:view_draft wagtailadmin_pages:delete
    wagtailadmin_pages:unpublish wagtailadmin_pages:usage wagtailadmin_pages:search
    wagtailadmin_pages:search_results wagtailadmin_pages:set_page_position wagtailadmin_pages:revisions_index
    wagtailadmin_pages:revisions_view wagtailadmin_pages:revisions_revert wagtailadmin_pages:revisions_unschedule
    wagtailadmin_pages:revisions_compare wagtailadmin_pages:history wagtailadmin_pages:history_results
    wagtailadmin_choose_page wagtailadmin_choose_page_child wagtailadmin_choose_page_search
    wagtailadmin_choose_page_chosen_multiple wagtailadmin_choose_page_external_link
    wagtailadmin_choose_page_email_link wagtailadmin_choose_page_phone_link wagtailadmin_choose_page_anchor_link
    wagtailadmin_editing_sessions:ping wagtailadmin_editing_sessions:release wagtailadmin_dismissibles
    wagtailimages:index wagtailimages:index_results wagtailimages:add wagtailimages:edit wagtailimages:delete
    wagtailimages:image_usage wagtailimages:add_multiple wagtailimages:edit_multiple wagtailimages:delete_multiple
    wagtailimages:create_multiple_from_uploaded_image wagtailimages:delete_upload_multiple
    wagtailimages_chooser:choose wagtailimages_chooser:choose_results wagtailimages_chooser:chosen
    wagtailimages_chooser:chosen_multiple wagtailimages_chooser:create wagtailimages_chooser:select_format
    wagtaildocs:index wagtaildocs:index_results wagtaildocs:add wagtaildocs:edit wagtaildocs:delete
    wagtaildocs:document_usage wagtaildocs:add_multiple wagtaildocs:edit_multiple wagtaildocs:delete_multiple
    wagtaildocs:create_multiple_from_uploaded_document wagtaildocs:delete_upload_multiple
    wagtaildocs_chooser:choose wagtaildocs_chooser:choose_results wagtaildocs_chooser:chosen
    wagtaildocs_chooser:chosen_multiple wagtaildocs_chooser:create
    """.split()  # noqa: SIM905
)

# The tightest policy Wagtail 7.4 works under. It writes style attributes, from its pages and from its scripts: hence
# 'unsafe-inline' for styles. Its choosers and forms write small scripts in the page: they bear the nonce of the
# response, put there on its way out, so that an attribute such as onerror, a javascript: address or anything that a
# script inserts later does not run.
POLICY = {
    "default-src": [NONE],
    "script-src": [SELF, NONCE],
    "style-src": [SELF, UNSAFE_INLINE],
    "img-src": [SELF, "data:", "blob:"],
    "font-src": [SELF],
    "connect-src": [SELF],
    "frame-src": [SELF],
    "form-action": [SELF],
    "frame-ancestors": [SELF],
    "base-uri": [NONE],
    "object-src": [NONE],
    "manifest-src": [SELF],
}


def is_own_page(website: WebSite, value: Any) -> bool:
    """Say whether this is the identifier of a page of the site."""
    return (pk := whole(str(value))) is not None and has_page(website, pk)


def is_own_image(website: WebSite, value: Any) -> bool:
    """Say whether this is the identifier of an image of the site."""
    own = CommuneImage.objects.filter(collection_id=website.collection_id)
    return own.filter(pk=whole(str(value))).exists()


def is_own_document(website: WebSite, value: Any) -> bool:
    """Say whether this is the identifier of a file of the site."""
    own = CommuneDocument.objects.filter(collection_id=website.collection_id)
    return own.filter(pk=whole(str(value))).exists()


def is_own_revision(website: WebSite, value: Any) -> bool:
    """Say whether this is the identifier of a revision of a page of the site, or one of the words for its ends."""
    if value in {"live", "earliest", "latest"}:
        return True
    revision = Revision.page_revisions.filter(pk=whole(str(value))).first()
    return revision is not None and is_own_page(website, revision.object_id)


OF_PAGES = {"page_id": is_own_page, "parent_page_id": is_own_page, "page_to_move_id": is_own_page}
OF_IMAGES = {"image_id": is_own_image, "pk": is_own_image}
OF_DOCUMENTS = {"document_id": is_own_document, "doc_id": is_own_document, "pk": is_own_document}
# Words of an address that designate nothing of anyone.
INERT = frozenset(
    {"content_type_app_name", "content_type_model_name", "app_label", "model_name", "session_id", "format"}
)


@cache
def own_views() -> frozenset[str]:
    """Return the names of the screens of ours, those of the extensions of the sites included."""
    from socle.sites.editor.urls import OURS

    return frozenset(pattern.name for pattern in OURS if pattern.name)


def why_not_open(match: ResolverMatch, request: HttpRequest, website: WebSite) -> str | None:
    """Say, for the log, why this address stays closed to an editor of this site; None when it opens."""
    name = match.view_name or ""
    if name in own_views():
        return _why_not_ours(match, website)
    if name not in OPENED:
        return f"the view {name or 'without a name'} is not opened"
    return _why_not_wagtail(name, match, request, website)


def _why_not_ours(match: ResolverMatch, website: WebSite) -> str | None:
    """The identifiers of our addresses are tied to the site; the words are looked up by the view."""
    for key, value in match.kwargs.items():
        if isinstance(value, Own):
            if not value.is_of(website):
                return f"{key} is of another site"
        elif not isinstance(value, str):
            return f"{key} is of an unknown kind"
    return None


def _why_not_wagtail(name: str, match: ResolverMatch, request: HttpRequest, website: WebSite) -> str | None:
    is_image, is_document = name.startswith("wagtailimages"), name.startswith("wagtaildocs")
    checks: dict[str, Callable[[WebSite, Any], bool]] = {
        "revision_id": is_own_revision,
        **(OF_IMAGES if is_image else OF_DOCUMENTS if is_document else OF_PAGES),
    }
    if name == "wagtailadmin_editing_sessions:ping":
        if names_a_page(match.kwargs):
            checks["object_id"] = is_own_page
        else:
            return "an editing session is of a page"
    for key, value in match.kwargs.items():
        if key in checks:
            if not checks[key](website, value):
                return f"{key} is of another site"
        elif key == "uploaded_file_id":
            if not UploadedFile.objects.filter(pk=value, uploaded_by_user=request.user.pk).exists():
                return "this upload is of another person"
        elif key not in INERT:
            return f"{key} is of an unknown kind"
    # Only the comparison of two revisions has arguments without a name: the page, then each end.
    for rank, value in enumerate(match.args):
        if name != "wagtailadmin_pages:revisions_compare" or rank > 2:
            return "an argument is of an unknown kind"
        if not (is_own_page if rank == 0 else is_own_revision)(website, value):
            return "a compared revision is of another site"
    if name.endswith("chosen_multiple"):
        check = is_own_image if is_image else is_own_document if is_document else is_own_page
        if not all(check(website, value) for value in request.GET.getlist("id")):
            return "a chosen thing is of another site"
    return None


def give_numbers(kwargs: dict[str, Any]) -> None:
    """Put the numbers that views expect in the place of the identifiers of an address, once these were asked about."""
    kwargs.update({key: value.pk for key, value in kwargs.items() if isinstance(value, Own)})


def names_a_page(kwargs: dict[str, Any]) -> bool:
    """Say whether an address names a model of page."""
    from django.apps import apps

    try:
        return issubclass(apps.get_model(kwargs["app_label"], kwargs["model_name"]), Page)
    except LookupError:
        return False


INLINE_SCRIPT = re.compile(rb"<script(?![^>]*\s(?:src|nonce)=)")


def mark_scripts(request: HttpRequest, response: HttpResponseBase) -> None:
    """Put the nonce of the response on the scripts written in its page."""
    if isinstance(response, HttpResponse) and response.get("Content-Type", "").startswith("text/html"):
        nonce = str(request.csp_nonce)  # type: ignore[attr-defined]
        response.content = INLINE_SCRIPT.sub(b'<script nonce="' + nonce.encode() + b'"', response.content)
        if response.has_header("Content-Length"):
            response["Content-Length"] = str(len(response.content))


# Pages of the site shown inside the editor, which Wagtail asks for by a request of its own.
PREVIEWS = frozenset({"preview_on_add", "preview_on_edit", "view_draft", "revisions_view"})


def forget_inner_policy(response: HttpResponseBase, match: ResolverMatch) -> None:
    """A preview comes back with what the site's public door refuses, its own frame in the editor included."""
    if match.url_name in PREVIEWS:
        for header in ("Content-Security-Policy", "X-Frame-Options"):
            if response.has_header(header):
                del response[header]


class EditorGuard:
    """Let the people of the active beneficiary edit its site, and nothing else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.path_info.startswith(PREFIX):
            response._csp_replace = POLICY  # type: ignore[attr-defined]
            mark_scripts(request, response)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        if not request.path_info.startswith(PREFIX):
            return None
        match = request.resolver_match
        if match is None:
            raise Http404
        user = request.user
        if not user.is_authenticated:
            if is_fetch(request):
                raise PermissionDenied
            return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
        if user.is_superuser:
            give_numbers(kwargs)
            return None
        beneficiary = active_beneficiary(request)
        if beneficiary is None:
            raise PermissionDenied("L’éditeur du site est réservé aux mairies et aux autres bénéficiaires.")
        website = website_to_edit(beneficiary)
        if website is None:
            return render(request, "websites/editor/no_site.html", {"beneficiary": beneficiary}, status=404)
        if moved := elsewhere(match, request, website):
            return moved
        if why_not_open(match, request, website):
            raise Http404("Cette page n’existe pas dans l’éditeur de votre site.")
        if not opens(request, takes(match.view_name)):
            raise PermissionDenied("Votre fonction n’ouvre pas cette page\u00a0: demandez au secrétariat de la mairie.")
        give_numbers(kwargs)
        lend(user, website)
        token = edited.set(website)
        try:
            with scope(beneficiary=beneficiary), in_its_name(request):
                response = view(request, *args, **kwargs)
                if hasattr(response, "render") and not getattr(response, "is_rendered", True):
                    response = response.render()
                forget_inner_policy(response, match)
                note_helped(request, website, response)
                return response
        except MultiValueDictKeyError as error:
            # Wagtail's blocks read their count without looking: a form that lost it is a bad request, not a failure.
            raise BadRequest("Le formulaire est incomplet\u00a0: rechargez la page et recommencez.") from error
        finally:
            edited.reset(token)


def note_helped(request: HttpRequest, website: WebSite, response: HttpResponseBase) -> None:
    """Keep that a helper opened the editor of the site: what is not published yet is the mairie's own."""
    access = help_in_force(request)
    if access is None or request.method != "GET" or is_fetch(request) or response.status_code >= 300:
        return
    seen = [readings.Seen("helped", website.beneficiary, "site")]
    readings.note(seen, by=cast(User, request.user), operator=access.operator, door="mairie", at=timezone.now())


def is_fetch(request: HttpRequest) -> bool:
    """Say whether the browser asks for a fragment, which a sign-in page could not replace."""
    return request.headers.get("x-requested-with") == "XMLHttpRequest"


def _to_the_site_of(asked: str, request: HttpRequest) -> HttpResponse | None:
    """A message names one of the communes its reader serves: offer to act for that one."""
    served = beneficiaries_served(request.user, on=day_of(timezone.now()))
    owner = next((one for one in served if str(one.pk) == asked), None)
    if owner is None:
        return None
    return render(request, "websites/editor/other_commune.html", {"other": owner.pk, "here": request.path})


def elsewhere(match: ResolverMatch, request: HttpRequest, website: WebSite) -> HttpResponse | None:
    """Send the addresses that begin at the root of all the sites to the editor's own home."""
    name = match.view_name
    query = f"?{request.META['QUERY_STRING']}" if request.META.get("QUERY_STRING") else ""
    if name == "wagtailadmin_explore_root":
        return redirect("wagtailadmin_explore", website.root_page_id)
    if name == "wagtailadmin_choose_page":
        return HttpResponseRedirect(reverse("wagtailadmin_choose_page_child", args=[website.root_page_id]) + query)
    if name in own_views() and (asked := request.GET.get("commune", "")) not in ("", str(website.beneficiary_id)):
        return _to_the_site_of(asked, request)
    if name == "wagtailadmin_account":
        return redirect("website_home")
    if name == "wagtailadmin_login":
        return redirect("website_home")
    return None
