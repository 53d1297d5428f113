"""Gestures on a name that both doors share: a check asked for by hand, and the file for a technician."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from socle.domains.actions import check_name
from socle.domains.models import DomainName
from socle.domains.records import as_zone_file
from socle.domains.uses import wanted_records
from socle.lib import limits
from socle.people.models import User

# Each check asks servers that are not ours.
CHECKS, PER = 6, 600


def why_not_yet(name: DomainName, what: str = "check") -> str | None:
    """Say how long to wait before this name is checked, or its zone written, by hand again; count this time."""
    return limits.why_not_yet(f"name-{what}:{name.pk}", limit=CHECKS, per=PER)


def check(request: HttpRequest, name: DomainName, *, by: User) -> None:
    """Ask the DNS about a name now, and say what was found in one sentence."""
    if sentence := why_not_yet(name):
        messages.error(request, sentence)
    elif (checked := check_name(name, by=by, at=timezone.now())) is None:
        messages.info(request, "Une vérification est déjà en cours\u00a0: rechargez la page dans un instant.")
    elif checked.is_right:
        messages.success(request, f"«\u00a0{checked.shown}\u00a0»\u00a0: tout est juste.")
    elif checked.is_right is None:
        messages.warning(request, "Le DNS n’a pas encore tout dit\u00a0: une nouvelle vérification a lieu d’elle-même.")
    else:
        messages.warning(request, f"«\u00a0{checked.shown}\u00a0»\u00a0: il reste à faire, voyez ci-dessous.")


def zone_file(name: DomainName) -> HttpResponse:
    """The records of a name, as a technician loads them into a name server."""
    content = as_zone_file(wanted_records(name, at=timezone.now()), name.zone)
    response = HttpResponse(content, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name.name}.zone.txt"'
    response["Cache-Control"] = "private, no-store"
    return response
