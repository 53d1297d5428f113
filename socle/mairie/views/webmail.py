"""Reading a box in the browser: which one, then the way to the webmail and back (RFC 6749, 4.1)."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from socle.lib import dates
from socle.lib.refusals import Refused, refuse
from socle.mail import queries
from socle.mail.models import Mailbox
from socle.mail.webmail import actions, rules, secrets
from socle.mail.webmail.queries import address, entrance
from socle.mairie.access import mairie_view, person
from socle.mairie.views.mail import home
from socle.mairie.views.mailboxes import box_or_404
from socle.people.models import Beneficiary
from socle.people.sign_in import sessions
from socle.ui.shapes import Link

# Which box was chosen, while the browser goes to the webmail and comes back.
CHOSEN = "mail_box_to_read"
# What the webmail draws to know its own question again is short.
LONGEST_STATE = 200


def _opened(request: HttpRequest) -> list[Mailbox]:
    """The boxes this person may read, the shared ones first."""
    on = dates.day_of(timezone.now())
    return list(queries.boxes_opened_by(person(request), on).order_by("-kind", "address"))


@mairie_view
def choose(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """Show the boxes this person opens; with one only, it is opened."""
    opened = _opened(request) if address() else []
    if len(opened) == 1:
        return redirect("mairie:mailbox_read", opened[0].pk)
    crumbs = [] if address() else [home(), Link("Lire le courrier")]
    context = {"opened": opened, "is_in_browser": bool(address()), "crumbs": crumbs}
    return render(request, "mairie/mail_read.html", context)


@mairie_view
def read(request: HttpRequest, beneficiary: Beneficiary, box_id: int) -> HttpResponse:
    """Lead to the webmail, which comes back at once to ask for this box."""
    box = box_or_404(request, beneficiary, box_id)
    refuse(rules.why_not_read(box, by=person(request), on=dates.day_of(timezone.now())))
    request.session[CHOSEN] = box.pk
    return redirect(entrance())


@mairie_view
def authorize(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """The webmail asks whose box is read: send it a code, for the box that was chosen, or let the person choose."""
    asked, state = request.GET, request.GET.get("state", "")
    is_ours = asked.get("client_id") == secrets.WEBMAIL and asked.get("redirect_uri") == entrance()
    if not address() or not is_ours or asked.get("response_type") != "code" or not 0 < len(state) <= LONGEST_STATE:
        raise Refused("Cette demande ne vient pas de la messagerie : ouvrez-la depuis « Messagerie ».")
    chosen, opened = request.session.pop(CHOSEN, None), _opened(request)
    box = next((one for one in opened if one.pk == chosen), None) or (opened[0] if len(opened) == 1 else None)
    if box is None:
        return redirect("mairie:mail_read")
    by = person(request)
    code = actions.ask(box, session=sessions.of_request(request, by), by=by, at=timezone.now())
    return redirect(f"{entrance()}?{urlencode({'code': code, 'state': state})}")
