"""HTTP requests of calendar clients: who is it, what does it reach, and Radicale answers."""

from __future__ import annotations

import io
from datetime import datetime

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from radicale import httputils

from socle.agenda import rules
from socle.agenda.access import Reach, agenda_of, reach_of
from socle.agenda.byclient import Client
from socle.agenda.entrance import let_in
from socle.engines.radicale.application import HEAVIEST_REQUEST, HOME, Application, acting_as, application_for
from socle.journal import actions as journal
from socle.lib import mounts
from socle.lib.dates import day_of
from socle.lib.xml_requests import MALFORMED, Bounds, why_not_read
from socle.people.acting import beneficiaries_served, helped_by
from socle.people.devices import entrance
from socle.people.devices.models import Use
from socle.people.models import Beneficiary, User

METHODS = {
    *("DELETE", "GET", "HEAD", "MKCALENDAR", "MKCOL", "MOVE", "OPTIONS", "PROPFIND", "PROPPATCH", "PUT", "REPORT"),
}
# Those that say something in XML: how heavy it may be, and how much it may say. A program that synchronises asks for
# what changed by its addresses, thousands of them the first time.
ASKING, REPORTING = Bounds(hrefs=200, properties=100), Bounds(hrefs=5000, properties=50)
IN_XML = {
    **dict.fromkeys(("MKCALENDAR", "MKCOL", "PROPFIND", "PROPPATCH"), (256 * 1024, ASKING)),
    "REPORT": (1024 * 1024, REPORTING),
}
NOT_THEIRS = "Ces agendas ne sont pas ceux d’un organisme que vous servez."
TOO_LONG = "Cette demande est démesurée\u00a0: demandez en plusieurs fois."
TOO_HEAVY = "Cet envoi est trop lourd : un agenda garde des événements, et le dossier partagé leurs pièces."


def said(sentence: str, status: int) -> HttpResponse:
    """Answer a sentence: programs show the status, people who look read why."""
    response = HttpResponse(sentence, status=status, content_type="text/plain; charset=utf-8")
    response["Cache-Control"] = "no-store"
    return response


@csrf_exempt
def dav(request: HttpRequest, beneficiary_id: int, rest: str = "") -> HttpResponseBase:
    """Answer a client at the address of one beneficiary."""
    at = timezone.now()
    if request.method not in METHODS:
        response = said("Cette méthode n’est pas de celles d’un agenda.", 405)
        response["Allow"] = ", ".join(sorted(METHODS))
        return response
    shown = entrance.shown_by(request)
    reach = let_in(shown, beneficiary_id, at=at) if shown is not None else None
    if reach is None:
        found = _step_by_step(request, beneficiary_id, at=at)
        if not isinstance(found, Reach):
            return found
        reach = found
    if _weight(request) > HEAVIEST_REQUEST:
        return said(TOO_HEAVY, 413)
    if refused := _why_not_read(request, application_for(beneficiary_id)):
        return refused
    return _answered(request, reach, at=f"/dav/agenda/{beneficiary_id}", client=Client(reach, at))


def _step_by_step(request: HttpRequest, beneficiary_id: int, *, at: datetime) -> Reach | HttpResponse:
    """Return what a helper reaches; to anybody else who is not simply let in, why not."""
    try:
        device = entrance.let_in(request, use=Use.AGENDA, at=at)
    except entrance.NotLetIn as refused:
        return refused.answer()
    # The same answer whether there is nobody of this number or it is not theirs.
    beneficiary = Beneficiary.objects.filter(pk=beneficiary_id).select_related("agenda").first()
    reach = reach_of(device.user, beneficiary, on=day_of(at)) if beneficiary is not None else None
    if beneficiary is None or reach is None:
        return said(NOT_THEIRS, 403)
    if sentence := rules.why_closed(getattr(beneficiary, "agenda", None)):
        return said(sentence, 403)
    return reach


def _weight(request: HttpRequest) -> int:
    length = request.META.get("CONTENT_LENGTH") or "0"
    return int(length) if length.isdecimal() else HEAVIEST_REQUEST + 1


def _why_not_read(request: HttpRequest, application: Application) -> HttpResponse | None:
    """Refuse what no library should read; leave the rest as Radicale will read it, in UTF-8."""
    if not (weight := _weight(request)) or request.method not in IN_XML:
        return None
    heaviest, bounds = IN_XML[request.method]
    if weight > heaviest:
        return said(TOO_LONG, 413)
    try:
        body = httputils.read_raw_request_body(application.configuration, request.META)
        text = httputils.decode_request(application.configuration, request.META, body)
        body = text.encode()
    except (RuntimeError, ConnectionError, LookupError, UnicodeError):
        return said(MALFORMED, 400)
    if refusal := why_not_read(text, bounds):
        return said(refusal, 400)
    request.META["wsgi.input"] = io.BytesIO(body)
    request.META.update(CONTENT_LENGTH=str(len(body)), CONTENT_TYPE="application/xml; charset=utf-8")
    return None


def _answered(request: HttpRequest, reach: Reach, *, at: str, client: Client) -> HttpResponseBase:
    # These would move Radicale elsewhere than where we mount it.
    for name in ("HTTP_X_SCRIPT_NAME", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_SERVER"):
        request.META.pop(name, None)
    request.META.pop("HTTP_X_FORWARDED_FOR", None)
    application = application_for(reach.beneficiary.pk)
    marks = {"helper": reach.help.operator.code} if reach.help else {}
    with acting_as(client), journal.marked(**marks):
        return mounts.answer(application, request, at=at)


@csrf_exempt
def discover(request: HttpRequest) -> HttpResponseBase:
    """Lead a client that only knows our name (RFC 6764) to the calendars of the first place its person serves."""
    at = timezone.now()
    try:
        device = entrance.let_in(request, use=Use.AGENDA, at=at)
    except entrance.NotLetIn as refused:
        return refused.answer()
    place = first_place(device.user, at=at)
    if place is None:
        return said(NOT_THEIRS, 403)
    response = HttpResponse(status=301)
    response["Location"] = f"/dav/agenda/{place.pk}/{HOME}/"
    response["Cache-Control"] = "no-store"
    return response


def first_place(user: User, *, at: datetime) -> Beneficiary | None:
    """The first beneficiary this person serves today, else helps, whose agendas are open."""
    today = day_of(at)
    places = [*beneficiaries_served(user, on=today), *(one.beneficiary for one in helped_by(user, on=today))]
    return next((one for one in places if rules.why_closed(agenda_of(one)) is None), places[0] if places else None)
