"""The screen of what is proposed to the commune: accepted, refused, taken back; and what is accepted beforehand."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_POST
from wagtail.admin.auth import require_admin_access

from socle.sites import registry
from socle.sites.editor.access import do, gesture, website_of
from socle.sites.opening import opened_on
from socle.sites.public import send_file
from socle.syndication import actions
from socle.syndication.models import Kind, Policy, ShareOffer
from socle.syndication.offered import offered_to
from socle.syndication.presenters import small_picture
from socle.syndication.sources import sources_of

SCREEN = "website_shares"
SAID = {
    Kind.NEWS: "C’est accepté\u00a0: c’est parmi les actualités du site.",
    Kind.EVENT: "C’est accepté\u00a0: c’est à l’agenda du site.",
    Kind.ALERT: "C’est accepté\u00a0: l’alerte paraît au-dessus de toutes les pages du site, et part par courriel.",
}


def _offer(request: HttpRequest, offer_id: int) -> ShareOffer:
    rows = ShareOffer.objects.select_related("share__picture")
    found: ShareOffer = get_object_or_404(rows, pk=offer_id, website=website_of(request))
    return found


@require_admin_access
def shares(request: HttpRequest) -> HttpResponse:
    """Read what is proposed to the commune, what became of it, and choose what to do with each source."""
    website = website_of(request)
    at = timezone.now()
    context = {
        "website": website,
        "offered": offered_to(website, at=at),
        "policies": Policy.choices,
        "has_agenda": "agenda" in opened_on(website),
        "now": at,
    } | registry.merged(one.screen_context("alerts", website, at=at) for one in registry.extensions())
    return render(request, "websites/editor/shares.html", context)


@require_admin_access
def picture(request: HttpRequest, offer_id: int) -> HttpResponseBase:
    """Send the picture of a proposal, small: before it is accepted, the site itself does not show it."""
    share = _offer(request, offer_id).share
    if share.picture is None:
        raise Http404
    return send_file(small_picture(share.picture))


@require_admin_access
@require_POST
def accept(request: HttpRequest, offer_id: int) -> HttpResponse:
    """Show a proposal on the site."""
    offer = _offer(request, offer_id)
    said = SAID[Kind(offer.share.kind)]
    if offer.share.appears_at > timezone.now():
        said = "C’est accepté\u00a0: cela paraîtra sur le site à son heure."
    return do(request, actions.accept, offer, said=said, back=SCREEN)


refuse = gesture(
    ShareOffer,
    actions.decline,
    said="C’est refusé\u00a0: le site ne le montre pas. Vous pouvez revenir sur ce choix, plus bas.",
    back=SCREEN,
)


@require_admin_access
@require_POST
def source(request: HttpRequest, share_source: str) -> HttpResponse:
    """Choose what is done with whatever a source proposes."""
    website = website_of(request)
    found = next((one for one in sources_of(website) if one.code == share_source), None)
    if found is None:
        raise Http404("Cette origine ne propose rien à votre commune.")
    return do(
        request,
        actions.choose,
        website,
        found,
        policy=request.POST.get("policy", ""),
        is_safety_accepted="safety" in request.POST,
        said="C’est enregistré, pour ce qui sera proposé désormais. Ce qui vous attend déjà reste à décider.",
        back=SCREEN,
    )
