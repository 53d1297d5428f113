"""The messages a demonstration did not send."""

from __future__ import annotations

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from socle.console.access import Access, console_view
from socle.outbox.models import Message
from socle.ui.shapes import Column, Fact, Link

COLUMNS = (Column("Objet"), Column("À"), Column("Écrit le"))


@console_view
def show_all(request: HttpRequest, access: Access) -> HttpResponse:
    """List the messages, the latest first."""
    messages = Message.objects.defer("body")
    page = Paginator(messages, 50).get_page(request.GET.get("page"))
    return render(request, "console/outbox.html", {"page": page, "columns": COLUMNS, "keeps_messages": settings.DEMO})


@console_view
def show(request: HttpRequest, access: Access, message_id: int) -> HttpResponse:
    """Show one message as it would have left."""
    message = get_object_or_404(Message, pk=message_id)
    crumbs = [Link("Console", "/console/"), Link("Boîte d’envoi", "/console/boite-denvoi/"), Link(message.subject)]
    facts = [
        Fact("De", message.sender),
        Fact("À", message.to),
    ]
    return render(request, "console/outbox_message.html", {"message": message, "crumbs": crumbs, "facts": facts})
