"""Messages inhabitants wrote from the site: the list, one message and its answer, the gestures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.contrib import messages as notes
from django.core.files.storage import default_storage
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from socle.inbox import actions, rules
from socle.inbox.emails import STALE
from socle.inbox.forms import AnswerForm
from socle.inbox.models import ContactMessage, MessageLetter, Status
from socle.inbox.ready_answers import Ready, ready_for, words_of
from socle.lib import dates
from socle.lib.refusals import Refused
from socle.lib.spreadsheet import Field, Kind, Sheet
from socle.mairie.access import gesture, mairie_view, message_or_404, messages_of, person
from socle.mairie.files import leave
from socle.mairie.forms import MessageFilters
from socle.mairie.publishing.access import site_of
from socle.people.acting import opens
from socle.people.capabilities import Capability, those_who
from socle.people.models import Beneficiary, Membership, User
from socle.retention.table import lasts
from socle.ui.shapes import Column, Fact, Link, Tone, files_of
from socle.ui.submit import refusal_shown_in

PER_PAGE = 30
TONES: dict[str, Tone] = {Status.NEW: "wait", Status.ANSWERED: "ok", Status.CLOSED: "neutral", Status.SPAM: "danger"}
COLUMNS = (Column("De"), Column("Objet"), Column("État"), Column("Confié à"), Column("Reçu"))
SHEET: Sheet[ContactMessage] = Sheet(
    "messages",
    "messages",
    "Messages des habitants",
    (
        Field("Numéro", lambda one: one.number, Kind.CODE),
        Field("Reçu le (Europe/Paris)", lambda one: one.received_at, Kind.INSTANT),
        Field("État", lambda one: one.get_status_display(), Kind.CODE),
        Field("Prénom et nom", lambda one: one.name),
        Field("Adresse électronique", lambda one: one.email),
        Field("Téléphone", lambda one: one.phone),
        Field("Adresse postale", lambda one: one.address),
        Field("Objet", lambda one: one.get_subject_display()),
        Field("Message", lambda one: one.words),
        Field("Confié à", lambda one: one.assigned_to.name if one.assigned_to else ""),
        Field("Fictif", lambda one: one.is_fictitious, Kind.YES_NO),
    ),
    is_personal=True,
)


@dataclass(frozen=True)
class Row:
    """One line of the list."""

    message: ContactMessage
    tone: Tone
    due_on: date | None


@dataclass(frozen=True)
class Event:
    """One thing that happened to a message."""

    at: object
    label: str
    detail: str = ""
    tone: Tone | str = ""


def _rows(request: HttpRequest, beneficiary: Beneficiary) -> tuple[MessageFilters, QuerySet[ContactMessage]]:
    filters = MessageFilters(request.GET, with_past=opens(request, Capability.ADMINISTER))
    found = messages_of(request, beneficiary, are_over=filters.asks_past)
    return filters, filters.narrow(found.select_related("assigned_to"))


@mairie_view
def show_all(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """List the messages, the latest first; those to treat when nothing else is asked."""
    filters, found = _rows(request, beneficiary)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "filters": filters,
        "page": page,
        "rows": [_row(one) for one in page.object_list],
        "columns": COLUMNS,
        "files": files_of(request, "mairie:messages_file"),
        "kept": lasts("messages-habitants"),
        "kept_forgotten": lasts("messages-sans-suite"),
        "kept_spam": lasts("messages-indesirables"),
    }
    return render(request, "mairie/messages.html", context)


def _row(message: ContactMessage) -> Row:
    return Row(message, TONES[message.status], _due_on(message))


def _due_on(message: ContactMessage) -> date | None:
    """The day by which a request that nobody answered wants its full receipt."""
    is_waiting = message.status == Status.NEW and message.subject == ContactMessage.Subject.REQUEST
    return rules.full_receipt_due_on(message.received_at) if is_waiting else None


@mairie_view
def export(request: HttpRequest, beneficiary: Beneficiary, format: str) -> HttpResponse:
    """Give the list as filtered, whole, as a file."""
    _, found = _rows(request, beneficiary)
    return leave(request, beneficiary, SHEET, found.iterator(chunk_size=500), format)


@mairie_view
def show(request: HttpRequest, beneficiary: Beneficiary, message_id: int) -> HttpResponse:
    """Show a message, what was answered, what may be done; the answer is filled by the ready one that is chosen."""
    message = message_or_404(request, beneficiary, message_id)
    chosen = next((one for one in ready_for(message) if one.code == request.GET.get("reponse")), None)
    website = site_of(beneficiary) if chosen else None
    if chosen is None or website is None:
        return _page(request, beneficiary, message, AnswerForm())
    filled = {"words": words_of(chosen, message, website), "stays_open": chosen.stays_open}
    return _page(request, beneficiary, message, AnswerForm(initial=filled), chosen)


def _page(
    request: HttpRequest,
    beneficiary: Beneficiary,
    message: ContactMessage,
    form: AnswerForm,
    chosen: Ready | None = None,
) -> HttpResponse:
    context = {
        "ready": ready_for(message),
        "chosen": chosen,
        "message": message,
        "tone": TONES[message.status],
        "is_over": messages_of(request, beneficiary, are_over=True).filter(pk=message.pk).exists(),
        "due_on": _due_on(message),
        "facts": _facts(message),
        "events": _events(message),
        "people": _people(beneficiary),
        "form": form,
        "why_not_answer": rules.why_not_answer(message),
        "can_close": rules.why_not_close(message) is None,
        "can_reopen": rules.why_not_reopen(message) is None,
        "can_call_spam": rules.why_not_spam(message) is None,
        "crumbs": [Link("Messages", reverse("mairie:messages")), Link(f"N°\u00a0{message.number}")],
    }
    return render(request, "mairie/message.html", context, status=422 if form.errors else 200)


def _facts(message: ContactMessage) -> list[Fact]:
    facts = [Fact("De", message.name)]
    for term, value in (
        ("Courriel", message.email),
        ("Téléphone", message.phone),
        ("Adresse postale", message.address),
    ):
        if value:
            facts.append(Fact(term, value))
    return [*facts, Fact("Objet", message.get_subject_display()), Fact("Numéro", message.number)]


def _events(message: ContactMessage) -> list[Event]:
    """Return the messages sent and the answers, the latest first."""
    at, events = timezone.now(), [Event(message.received_at, "Message reçu")]
    for letter in message.letters.select_related("reply__written_by"):
        if letter.kind == MessageLetter.Kind.REPLY and letter.reply is not None:
            author = letter.reply.written_by
            events.append(Event(letter.reply.written_at, "Réponse", author.name if author else ""))
        if letter.left_at is not None:
            events.append(Event(letter.left_at, f"Courriel parti\u00a0: {letter.get_kind_display()}", tone="ok"))
        elif letter.due_at <= at - STALE:
            events.append(Event(letter.due_at, f"Courriel non parti\u00a0: {letter.get_kind_display()}", tone="alert"))
        else:
            events.append(Event(letter.due_at, f"Courriel en attente\u00a0: {letter.get_kind_display()}", tone="wait"))
    return sorted(events, key=lambda event: str(event.at), reverse=True)


def _people(beneficiary: Beneficiary) -> list[User]:
    """To whom a message may be entrusted: the people of the mairie."""
    on = dates.day_of(timezone.now())
    held = Membership.objects.active_on(on).filter(beneficiary=beneficiary, role__in=those_who(Capability.ANSWER))
    return list(User.objects.filter(pk__in=held.values("user"), is_active=True).order_by("name", "pk"))


@gesture
def answer(request: HttpRequest, beneficiary: Beneficiary, message_id: int) -> HttpResponse:
    """Answer by e-mail."""
    message, form = message_or_404(request, beneficiary, message_id), AnswerForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        with refusal_shown_in(form):
            actions.answer(message, **said, by=person(request), at=timezone.now())
            notes.success(request, "Votre réponse part par courriel.")
            return redirect("mairie:message", message.pk)
    return _page(request, beneficiary, message_or_404(request, beneficiary, message_id), form)


@gesture
def assign(request: HttpRequest, beneficiary: Beneficiary, message_id: int) -> HttpResponse:
    """Entrust a message to a person of the mairie, or to nobody."""
    message, chosen = message_or_404(request, beneficiary, message_id), request.POST.get("person", "")
    to = next((one for one in _people(beneficiary) if str(one.pk) == chosen), None)
    if chosen and to is None:
        raise Refused("Cette personne n’exerce pas de fonction à la mairie\u00a0: choisissez-en une autre.")
    actions.assign(message, to=to, by=person(request), at=timezone.now())
    notes.success(request, f"Message confié à {to.name}." if to else "Ce message n’est plus confié à personne.")
    return redirect("mairie:message", message.pk)


@gesture
def close(request: HttpRequest, beneficiary: Beneficiary, message_id: int) -> HttpResponse:
    """Put a message away."""
    message = message_or_404(request, beneficiary, message_id)
    actions.close(message, by=person(request), at=timezone.now())
    notes.success(request, "Message classé. Vous pouvez le reprendre.")
    return redirect("mairie:message", message.pk)


@gesture
def reopen(request: HttpRequest, beneficiary: Beneficiary, message_id: int) -> HttpResponse:
    """Take a message up again."""
    message = message_or_404(request, beneficiary, message_id)
    actions.reopen(message, by=person(request), at=timezone.now())
    notes.success(request, "Message de nouveau à traiter.")
    return redirect("mairie:message", message.pk)


@gesture
def call_spam(request: HttpRequest, beneficiary: Beneficiary, message_id: int) -> HttpResponse:
    """Put a message among the unwanted ones."""
    message = message_or_404(request, beneficiary, message_id)
    actions.call_spam(message, by=person(request), at=timezone.now())
    notes.success(request, "Message mis parmi les indésirables. Vous pouvez le reprendre.")
    return redirect("mairie:message", message.pk)


@mairie_view
def read_file(request: HttpRequest, beneficiary: Beneficiary, message_id: int, file_id: int) -> HttpResponse:
    """Give a file that came with a message, to be kept: it is never shown as a page."""
    message = message_or_404(request, beneficiary, message_id)
    found = message.files.filter(pk=file_id).first()
    if found is None:
        raise Http404("Ce fichier n’existe pas, ou n’est pas joint à ce message.")
    try:
        content = default_storage.open(str(found.file.name))
    except OSError:
        raise Refused("Ce fichier ne peut pas être lu en ce moment\u00a0: réessayez dans un instant.") from None
    response: HttpResponseBase = FileResponse(
        content, content_type=found.content_type, as_attachment=True, filename=found.filename
    )
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    assert isinstance(response, HttpResponse | FileResponse)
    return response  # type: ignore[return-value]
