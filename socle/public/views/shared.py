"""Files shared by a link: a file, or a folder, for whoever has the link, until its day.

No cookie is given, none is asked: a password that was right gives a key, good for an hour, that the addresses of the
page carry. What is over says so, and no more: not whose it was, nor what.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlencode

from django.core import signing
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django_scopes import scope, scopes_disabled

from socle.files import bundles, contents, kinds, queries, rules
from socle.files.actions import links
from socle.files.models import Entry, Link
from socle.files.queries import Place
from socle.lib import limits
from socle.lib.refusals import Refused
from socle.lib.text import bytes_in_french, whole

P = ParamSpec("P")

KEY_SECONDS = 3600
PER_PAGE = 200
# Wrong passwords for one link, whoever gives them.
WRONG, WINDOW = 30, 600
_SALT = "socle.files.link"


def shared_view(
    view: Callable[Concatenate[HttpRequest, Link, P], HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    """Open a view to whoever has a link that still opens something, within the scope of whose it is."""

    @wraps(view)
    def opened(request: HttpRequest, /, token: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        with scopes_disabled():  # Found by its digest, whoever it is of; the rest is within its scope.
            asked = Link.objects.select_related("entry__space__beneficiary")
            link: Link | None = asked.filter(token_sha256=links.digest_of(token)).first()
        if link is None or _is_over(link):
            return _private(render(request, "public/shared_over.html", status=410))
        with scope(beneficiary=link.entry.space.beneficiary):
            return _private(view(request, link, *args, **kwargs))

    return opened


def _is_over(link: Link) -> bool:
    space = link.entry.space
    return link.is_over(timezone.now()) or not link.entry.is_live or rules.why_not_open(space) is not None


def _private(response: HttpResponseBase) -> HttpResponseBase:
    """In no index, in no cache, and told to no other site."""
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response["Cache-Control"] = "private, no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _key_of(link: Link) -> str:
    # A password that changes, a link that is made again: the keys given before open nothing.
    return signing.dumps([link.pk, hashlib.sha256(link.password.encode()).hexdigest()[:16]], salt=_SALT)


def _has_key(request: HttpRequest, link: Link) -> bool:
    if not link.password:
        return True
    try:
        given = signing.loads(request.GET.get("cle", ""), salt=_SALT, max_age=KEY_SECONDS)
    except signing.BadSignature:
        return False
    return bool(given == [link.pk, hashlib.sha256(link.password.encode()).hexdigest()[:16]])


@csrf_exempt  # No cookie opens it, so that there is nothing to forge; a password is given, or is not.
@sensitive_post_parameters("password")
@shared_view
def show(request: HttpRequest, link: Link) -> HttpResponse:
    """Show what is shared, or ask for its password."""
    is_open, key, error, status = _has_key(request, link), request.GET.get("cle", ""), "", 200
    if not is_open and request.method == "POST":
        if limits.seconds_left(f"shared:{link.pk}", limit=WRONG, per=WINDOW):
            error, status = "Trop de mots de passe faux pour ce lien\u00a0: réessayez dans dix minutes.", 429
        elif links.is_password_of(link, request.POST.get("password", "")):
            is_open, key = True, _key_of(link)
        else:
            limits.seconds_to_wait(f"shared:{link.pk}", limit=WRONG, per=WINDOW)
            error, status = "Ce mot de passe n’est pas le bon\u00a0: demandez-le à qui vous a donné le lien.", 422
    entry = link.entry
    context = {"link": link, "whose": entry.space.beneficiary.name}
    if not is_open:
        return render(request, "public/shared_password.html", {**context, "error": error}, status=status)
    place = _asked(request, link)
    if place is None:
        return render(request, "public/shared_over.html", status=404)
    return render(request, "public/shared.html", {**context, **_shown(request, link, place, key)})


def _asked(request: HttpRequest, link: Link) -> Place | None:
    """Return the shared entry that is asked for: itself, or one that it contains."""
    asked = request.GET.get("dans", "")
    space = link.entry.space
    if not asked:
        return queries.by_id(space, link.entry_id)
    pk = whole(asked) or 0
    place = queries.by_id(space, pk)
    if place is None or not place.entry.is_live or link.entry_id not in [one.pk for one in place.road]:
        return None
    return place


def _shown(request: HttpRequest, link: Link, place: Place, key: str) -> dict[str, object]:
    token = request.resolver_match.kwargs["token"] if request.resolver_match else ""

    def address(entry: Entry, name: str = "") -> str:
        asked = {"dans": entry.pk} if entry.pk != link.entry_id else {}
        given = {"cle": key} if key else {}
        where = reverse(name or ("shared" if entry.is_folder else "shared_file"), args=[token])
        query = urlencode({**asked, **given})
        return f"{where}?{query}" if query else where

    road = place.road[[one.pk for one in place.road].index(link.entry_id) :]
    page, whole = None, ""
    rows: list[tuple[Entry, str, str]] = []
    if place.entry.is_folder:
        found = Entry.objects.filter(parent=place.entry, trashed_with__isnull=True).select_related("content")
        page = Paginator(found.order_by("-is_folder", "sort_name", "pk"), PER_PAGE).get_page(request.GET.get("page"))
        rows = [(one, address(one), "" if one.is_folder else bytes_in_french(one.size)) for one in page.object_list]
        whole = address(place.entry, "shared_zip")
    return {
        "entry": place.entry,
        "rows": rows,
        "page": page,
        "crumbs": [(one.name, address(one)) for one in road],
        "address": address(place.entry),
        "whole": whole,
        "size": bytes_in_french(place.entry.size),
        "nature": kinds.in_words(place.entry.content_type),
    }


def _why_no_key(request: HttpRequest, link: Link) -> HttpResponse | None:
    """The page that asks for the password, when the address holds no key that is still good."""
    if _has_key(request, link):
        return None
    context = {"link": link, "whose": link.entry.space.beneficiary.name, "error": ""}
    return render(request, "public/shared_password.html", context, status=403)


@shared_view
def download(request: HttpRequest, link: Link) -> HttpResponseBase:
    """Give a file that is shared, to be kept; each is counted."""
    if (refused := _why_no_key(request, link)) is not None:
        return refused
    place = _asked(request, link)
    if place is None or place.entry.content is None:
        return render(request, "public/shared_over.html", status=404)
    entry = place.entry
    content = entry.content
    assert content is not None
    try:
        file = contents.contents().reader(content.stored_name)
    except OSError:
        return render(request, "public/shared_over.html", status=503)
    if request.method == "GET":
        links.count_opening(link, at=timezone.now())
    response = FileResponse(file, content_type=kinds.BYTES, as_attachment=True, filename=entry.name)
    response["Content-Length"] = str(content.size)
    response["Content-Security-Policy"] = "default-src 'none'; sandbox; frame-ancestors 'none'"
    response.passes_as_is = True  # type: ignore[attr-defined]  # Its length would be lost (socle.serving.middleware).
    return response


@shared_view
def download_whole(request: HttpRequest, link: Link) -> HttpResponseBase:
    """Give a folder that is shared, or one that it contains, as one ZIP; each is counted."""
    if (refused := _why_no_key(request, link)) is not None:
        return refused
    place = _asked(request, link)
    if place is None or not place.entry.is_folder:
        return render(request, "public/shared_over.html", status=404)
    try:
        pieces = bundles.gather([place.entry])
    except Refused as refusal:
        key = request.GET.get("cle", "")
        context = {"link": link, "whose": link.entry.space.beneficiary.name, **_shown(request, link, place, key)}
        return render(request, "public/shared.html", {**context, "refused": refusal.sentence}, status=409)
    if request.method == "GET":
        links.count_opening(link, at=timezone.now())
    return bundles.served(pieces, name=place.entry.name)
