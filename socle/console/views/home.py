"""The first page of the operators' door: what waits for this person, what was done, and the territory at a glance."""

from __future__ import annotations

import hashlib
from typing import Any

from csp.constants import SELF
from csp.decorators import csp_replace
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.views.decorators.http import require_safe

from socle import __version__
from socle.agreements.queries import due_within
from socle.agreements.rules import WRITERS
from socle.console import maps, today
from socle.console.views import first_steps
from socle.console.views.platform import why_not_read
from socle.grants.desk.operations import shown_at_home
from socle.lib import dates
from socle.programme.queries import with_priority
from socle.provisioning.desk.access import ONLY_CONTROL, Access, console_view, open_to_control
from socle.provisioning.stages import eligible, with_stage
from socle.provisioning.wiring import unwired
from socle.territory.maps import territory_map
from socle.ui.shapes import Column

COLUMNS = (
    Column("Qui"),
    Column("Quoi"),
    Column("Depuis le"),
    Column("À qui le tour"),
    Column("Geste", is_hidden=True),
)
# Within so many days, an agreement falls due soon.
SOON = 30


@console_view
@open_to_control
def show(request: HttpRequest, access: Access) -> HttpResponse:
    """Show what waits for this person, and what was done since they last came; the grants to who only controls them."""
    if access.roles == ONLY_CONTROL:
        return redirect("console:grants")
    at = timezone.now()
    writes = access.holds(*WRITERS)
    inbox, to_propose = today.inbox(access, at=at), _to_propose(access) if writes else 0
    context = {
        "columns": COLUMNS,
        "first_steps": first_steps.shown_at_home(access, at=at),
        "inbox": inbox,
        "done": today.done_since(access, today.last_visit(request, access.user, at=at)),
        "to_propose": to_propose,
        "due": due_within(access.agreements(), SOON, on=dates.day_of(at)).count() if writes else 0,
        "soon": SOON,
        "unwired": unwired(access.programme.services.all(), access.installations()) if not why_not_read(access) else [],
        **shown_at_home(access),
        # What waits, or is to be proposed, is of some commune: without any, one looks.
        "is_empty": not inbox.rows and not to_propose and not access.communes().exists(),
    }
    return render(request, "console/home.html", context)


def _to_propose(access: Access) -> int:
    """How many priority communes have no agreement yet."""
    communes: Any = with_priority(eligible(access.communes(), access.programme), access.programme)
    return int(communes.filter(is_priority=True).count())


@require_safe
@csp_replace({"frame-ancestors": [SELF]})
@console_view
def show_map(request: HttpRequest, access: Access) -> HttpResponse:
    """The map of the communes, a page of its own in a frame: their list does not carry it.

    It weighs 360 kB and changes when a commune comes to another stage: the browser keeps it, asks each time whether it
    is still the same, and is most often told so in a few bytes. It says nothing personal.
    """
    communes: Any = with_priority(with_stage(access.communes(), access.programme), access.programme)  # type: ignore[arg-type]
    found = communes.order_by().values_list("pk", "stage", "is_priority")
    stages = {pk: (stage, has_priority) for pk, stage, has_priority in found}
    outlines = territory_map(access.departments)
    stylesheets = [static(name) for name in ("ui/socle.css", "console/console.css")]
    said = (__version__, stylesheets, outlines.tag, sorted(stages.items()))
    tag = quote_etag(hashlib.sha256(repr(said).encode()).hexdigest()[:32])
    response = get_conditional_response(request, etag=tag)
    if response is None:
        response = render(request, "console/map.html", {"map": maps.draw(outlines, stages)})
    response["ETag"] = tag
    response["Cache-Control"] = "private, no-cache"
    return response


@console_view
def show_settings(request: HttpRequest, access: Access) -> HttpResponse:
    """List what is set once, and what one looks up."""
    return render(request, "console/settings.html", {"access": access})
