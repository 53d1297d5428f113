"""Dynamic answers, at each request, on a site's own host, under `/_/`: never a file, never a cookie, never a session.

A form is taken only from a page of the very site: the browser says where it comes from. Nothing there acts in anybody's
name, so that this keeps other people's pages from making their visitors write, and nothing more.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from csp.constants import SELF
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render

from socle.documents.scanning import TellWhatWasFound
from socle.lib.text import whole
from socle.sites.frame import frame_for

MEGABYTE = 1024 * 1024
# The largest form, its files included.
MOST_SENT = 28 * MEGABYTE
ELSEWHERE = "Ce formulaire n’a pas été envoyé depuis une page de ce site\u00a0: ouvrez-la, puis recommencez."
TOO_LARGE = "Ce que vous envoyez dépasse 28\u00a0Mo\u00a0: réduisez les fichiers joints, puis recommencez."
UNREADABLE = "Le formulaire n’est pas arrivé en entier\u00a0: rouvrez la page, puis recommencez."


def is_from_here(request: HttpRequest) -> bool:
    """Say whether a form was sent from a page of this very host, as browsers tell it (Origin, else Referer)."""
    here = (request.scheme, request.get_host())
    said = request.headers.get("Origin") or request.headers.get("Referer", "")
    try:
        parts = urlsplit(said)
    except ValueError:
        return False
    return (parts.scheme, parts.netloc) == here


def on_site(view: Callable[..., HttpResponse], *, is_proven: bool = False) -> Callable[..., HttpResponseBase]:
    """Open a view under `/_/`. `is_proven`: what it is sent bears its own proof, and may come from anywhere."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        # Nobody is signed in on a commune's host; the antivirus asks who handed a file over.
        request.user = AnonymousUser()
        watched = TellWhatWasFound(lambda asked: _answer(view, asked, *args, is_proven=is_proven, **kwargs))
        response = watched(request)
        response["Cache-Control"] = "no-store"
        response["X-Robots-Tag"] = "noindex"
        response._csp_replace = {"form-action": [SELF]}  # type: ignore[attr-defined]
        return response

    return guarded


def _answer(
    view: Callable[..., HttpResponse], request: HttpRequest, *args: Any, is_proven: bool, **kwargs: Any
) -> HttpResponseBase:
    if request.method not in {"GET", "HEAD", "POST"}:
        return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
    if request.method == "POST":
        if not is_proven and not is_from_here(request):
            return stopped(request, ELSEWHERE, 403)
        if _length(request) > MOST_SENT:
            return stopped(request, TOO_LARGE, 413)
        try:
            request.POST  # noqa: B018 (read here, so that what cannot be read is said in French)
        except (SuspiciousOperation, BadRequest, MultiPartParserError, UnreadablePostError):
            return stopped(request, UNREADABLE, 400)
    return view(request, *args, **kwargs)


def _length(request: HttpRequest) -> int:
    said = whole(str(request.META.get("CONTENT_LENGTH") or "0"))
    return MOST_SENT + 1 if said is None else said


def stopped(request: HttpRequest, sentence: str, status: int, *, title: str = "") -> HttpResponse:
    """Say a sentence in the look of the site, with the ways to reach the mairie."""
    context = {
        "frame": frame_for(request, None),
        "sentence": sentence,
        "title": title or ("C’est fait" if status == 200 else "Cela n’a pas pu se faire"),
    }
    return render(request, "websites/dynamic/stopped.html", context, status=status)
