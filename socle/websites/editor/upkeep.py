"""The screen « À faire »: all that is to do on a site, broken links and pages to read again included."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_POST
from wagtail.admin.auth import require_admin_access

from socle.lib.dates import day_of
from socle.people.acting import help_in_force
from socle.websites.editor.gestures import author_of, do, website_of
from socle.websites.models.score import SiteTask
from socle.websites.models.upkeep import Confirmation, PageLink
from socle.websites.score import aged_of, keep_found
from socle.websites.upkeep import actions, reminding, shown

SCREEN = "website_upkeep"


@require_admin_access
def upkeep(request: HttpRequest) -> HttpResponse:
    """Examine the site, and show what is to do, who does it, since when, and where."""
    website, now = website_of(request), timezone.now()
    _, found = keep_found(website, at=now)
    mine = [one for one in found if one.check.who == SiteTask.Who.MAIRIE]
    context = {
        "website": website,
        "tasks": shown.to_do(website, mine, aged=aged_of(website, on=day_of(now))),
        "others": [one for one in found if one.check.who == SiteTask.Who.OPERATOR],
        "dismissed": shown.dismissed(website),
        "silent": shown.silent(website),
        "unsure": shown.unsure(website),
        "is_reminded": reminding.is_wanted(author_of(request), on=day_of(now)),
        "is_helped": help_in_force(request) is not None,
        "confirmed": shown.confirmed_lately(website, at=now),
    }
    return render(request, "websites/editor/upkeep.html", context)


def _link(request: HttpRequest, link_id: int) -> PageLink:
    rows = PageLink.objects.select_related("website", "outside")
    return get_object_or_404(rows, pk=link_id, website=website_of(request))


@require_admin_access
@require_POST
def dismiss_link(request: HttpRequest, link_id: int) -> HttpResponse:
    """Tell no more of a broken link."""
    said = "Ce lien n’est plus signalé. Vous pouvez revenir en arrière, plus bas."
    return do(request, actions.dismiss, _link(request, link_id), said=said, back=SCREEN)


@require_admin_access
@require_POST
def recall_link(request: HttpRequest, link_id: int) -> HttpResponse:
    """Tell of it again."""
    return do(request, actions.recall, _link(request, link_id), said="Ce lien est de nouveau signalé.", back=SCREEN)


@require_admin_access
@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    """Say that something is still true."""
    matter = request.POST.get("matter", "")[:40]
    said = "C’est noté à la date d’aujourd’hui. Vous pouvez revenir en arrière, plus bas."
    return do(request, actions.confirm, website_of(request), matter, said=said, back=SCREEN)


@require_admin_access
@require_POST
def undo(request: HttpRequest, confirmation_id: int) -> HttpResponse:
    """Take that back."""
    made = get_object_or_404(
        Confirmation.objects.select_related("website"), pk=confirmation_id, website=website_of(request)
    )
    return do(request, actions.undo, made, said="La confirmation est reprise.", back=SCREEN)


@require_admin_access
@require_POST
def remind(request: HttpRequest) -> HttpResponse:
    """Choose to receive the weekly message, or not."""
    if help_in_force(request) is not None:
        raise Http404("Ce choix est à la personne de la mairie.")
    is_wanted = request.POST.get("wanted") == "1"
    said = (
        "Vous recevrez ce qui est à faire une fois par semaine, quand il y a quelque chose."
        if is_wanted
        else "Vous ne recevrez plus le message de la semaine."
    )
    return do(request, reminding.choose, author_of(request), is_wanted=is_wanted, said=said, back=SCREEN)
