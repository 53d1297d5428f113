"""The messages a demonstration did not send, to the people this operator knows."""

from __future__ import annotations

from django.conf import settings
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from socle.joining.models import JoinRequest
from socle.lib.spreadsheet import Field, Kind, Sheet
from socle.outbox.models import Message
from socle.people.exports import PORTION
from socle.people.models import Invitation, Membership
from socle.provisioning.desk.access import Access, console_view
from socle.provisioning.desk.lists import leave, page_of
from socle.ui.shapes import Column, Fact, Link, files_of

COLUMNS = (Column("Objet"), Column("À"), Column("Écrit le"))

SHEET: Sheet[Message] = Sheet(
    "messages",
    "boite-d-envoi",
    "Boîte d’envoi",
    (
        Field("Objet", lambda message: message.subject),
        Field("De", lambda message: message.sender),
        Field("À", lambda message: message.to),
        Field("Écrit le", lambda message: message.written_at, Kind.INSTANT),
    ),
    is_personal=True,
)


def kept_for(access: Access) -> QuerySet[Message]:
    """The messages to people of this operator and of the beneficiaries it sees.

    The lead also sees those to the people of its partners, and those to nobody whom the platform knows.
    """
    operators = Q(operator__partnerships__programme=access.programme) if access.is_lead else Q(operator=access.operator)
    here = Q(beneficiary__in=access.beneficiaries()) | operators
    to_mine, to_others = Q(), Q()
    for model, is_mine, email in (
        (Membership, here, "user__email"),
        (Invitation, here, "email"),
        (JoinRequest, Q(department__in=access.departments), "email"),
    ):
        mine = model._default_manager.filter(is_mine)
        others = model._default_manager.exclude(pk__in=mine.values("pk"))
        to_mine |= Q(whom__in=mine.values(address=Lower(email)))
        to_others |= Q(whom__in=others.values(address=Lower(email)))
    return Message.objects.annotate(whom=Lower("to")).filter(to_mine | ~to_others if access.is_lead else to_mine)


@console_view
def show_all(request: HttpRequest, access: Access) -> HttpResponse:
    """List the messages, the latest first."""
    context = {
        "page": page_of(request, kept_for(access).defer("body")),
        "columns": COLUMNS,
        "keeps_messages": settings.DEMO,
        "files": files_of(request, "console:outbox_file"),
    }
    return render(request, "console/outbox.html", context)


@console_view
def export(request: HttpRequest, access: Access, format: str) -> HttpResponse:
    """Give the list of the messages, whole, as a file; their texts are read one by one."""
    return leave(request, access, SHEET, kept_for(access).defer("body").iterator(chunk_size=PORTION), format)


@console_view
def show(request: HttpRequest, access: Access, message_id: int) -> HttpResponse:
    """Show one message as it would have left."""
    message = get_object_or_404(kept_for(access), pk=message_id)
    crumbs = [Link("Console", "/console/"), Link("Boîte d’envoi", "/console/boite-denvoi/"), Link(message.subject)]
    facts = [
        Fact("De", message.sender),
        Fact("À", message.to),
    ]
    return render(request, "console/outbox_message.html", {"message": message, "crumbs": crumbs, "facts": facts})
