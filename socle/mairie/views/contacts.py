"""The contacts of a mairie: found, read, written, removed, brought in and taken out."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from socle.agenda import cards, events
from socle.agenda.access import Reach
from socle.agenda.cards import Contact
from socle.agenda.contract import store
from socle.agenda.models import AddressBook
from socle.journal import actions as journal
from socle.lib.refusals import Refused
from socle.lib.spreadsheet import Field, Kind, Sheet
from socle.mairie.access import person
from socle.mairie.agenda import access
from socle.mairie.agenda.access import agenda_gesture, agenda_view, book_or_404, say_removed
from socle.mairie.agenda.forms import CardForm, CardsForm
from socle.mairie.files import leave
from socle.ui.shapes import Column, Fact, Link, files_of
from socle.ui.submit import refusal_shown_in

PER_PAGE = 50
COLUMNS = (Column("Nom"), Column("Téléphone"), Column("Courriel"), Column("Organisme"))


SHEET: Sheet[tuple[AddressBook, Contact]] = Sheet(
    "contacts",
    "contacts",
    "Contacts",
    (
        Field("Prénom", lambda pair: pair[1].card.first_name),
        Field("Nom", lambda pair: pair[1].card.last_name),
        Field("Organisme", lambda pair: pair[1].card.organisation),
        Field("Fonction", lambda pair: pair[1].card.title),
        Field("Adresse électronique", lambda pair: pair[1].card.email),
        Field("Téléphone", lambda pair: pair[1].card.phone),
        Field("Téléphone portable", lambda pair: pair[1].card.mobile),
        Field("Adresse", lambda pair: pair[1].card.street),
        Field("Code postal", lambda pair: pair[1].card.postal_code, Kind.CODE),
        Field("Ville", lambda pair: pair[1].card.city),
        Field("Notes", lambda pair: pair[1].card.words),
        Field("Carnet", lambda pair: pair[0].name),
    ),
    is_personal=True,
)


def _all(reach: Reach) -> tuple[list[tuple[AddressBook, Contact]], int]:
    found, unread = [], 0
    for book in reach.books.values():
        contacts, broken = cards.contacts(store().read(reach.beneficiary.pk, book.slug))
        found += [(book, contact) for contact in contacts]
        unread += broken
    return sorted(found, key=lambda pair: pair[1].sorting), unread


def _answering(request: HttpRequest, found: list[tuple[AddressBook, Contact]]) -> list[tuple[AddressBook, Contact]]:
    words = request.GET.get("q", "").strip()[:100]
    return [pair for pair in found if pair[1].answers(words)] if words else found


@agenda_view
def export(request: HttpRequest, reach: Reach, format: str) -> HttpResponse:
    """Give the contacts as found, whole, as a table."""
    return leave(request, reach.beneficiary, SHEET, _answering(request, _all(reach)[0]), format)


@agenda_view
def show_all(request: HttpRequest, reach: Reach) -> HttpResponse:
    """List the contacts by name, those that answer the words given."""
    words = request.GET.get("q", "").strip()[:100]
    found, unread = _all(reach)
    answering = _answering(request, found)
    page = Paginator(answering, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "words": words,
        "page": page,
        "rows": page.object_list,
        "columns": COLUMNS,
        "count": len(found),
        "unread": unread,
        "has_several": len(reach.books) > 1,
        "removed": say_removed(request, reach),
        "files": files_of(request, "mairie:contacts_file"),
    }
    return render(request, "mairie/agenda/contacts.html", context)


def _contact(book: AddressBook, href: str) -> tuple[Contact, str]:
    kept = events.find(book, href)
    if kept is None:
        raise Http404("Ce contact n’existe pas, ou n’existe plus.")
    return Contact(kept.href, kept.etag, cards.read(kept.text)), kept.text


@agenda_view
def show(request: HttpRequest, reach: Reach, book_id: int, href: str) -> HttpResponse:
    """Show a contact."""
    book = book_or_404(reach, book_id)
    contact, _ = _contact(book, href)
    card = contact.card
    place = " ".join(part for part in (card.street, card.postal_code, card.city) if part)
    facts = [
        Fact(term, value)
        for term, value in (
            ("Organisme", card.organisation),
            ("Fonction", card.title),
            ("Adresse", place),
            ("Carnet", book.name),
        )
        if value
    ]
    crumbs = [Link("Contacts", reverse("mairie:contacts")), Link(card.name)]
    context = {"book": book, "contact": contact, "card": card, "facts": facts, "crumbs": crumbs}
    return render(request, "mairie/agenda/contact.html", context)


def _books(reach: Reach) -> list[tuple[int, str]]:
    return [(one.pk, one.name) for one in reach.books.values() if reach.writes(one.slug)]


@agenda_view
def add(request: HttpRequest, reach: Reach) -> HttpResponse:
    """Write a new contact."""
    form = CardForm(request.POST or None, books=_books(reach))
    if request.method == "POST" and form.is_valid():
        book = book_or_404(reach, form.cleaned_data["book"])
        with refusal_shown_in(form):
            text = cards.write(form.card())
            kept = events.write_card(book, None, text, etag=None, by=person(request), at=timezone.now())
            messages.success(request, f"« {form.card().name} » est dans les contacts.")
            return redirect("mairie:contact", book.pk, kept.href)
    crumbs = [Link("Contacts", reverse("mairie:contacts")), Link("Ajouter un contact")]
    context = {"form": form, "crumbs": crumbs}
    return render(request, "mairie/agenda/contact_form.html", context, status=422 if form.errors else 200)


@agenda_view
def change(request: HttpRequest, reach: Reach, book_id: int, href: str) -> HttpResponse:
    """Change a contact, if nobody else has meanwhile."""
    book = book_or_404(reach, book_id)
    contact, text = _contact(book, href)
    form = CardForm(
        request.POST if request.method == "POST" else None,
        books=[(book.pk, book.name)],
        initial={**contact.card.__dict__, "book": book.pk},
    )
    if form.is_bound and form.is_valid():
        by, at = person(request), timezone.now()
        with refusal_shown_in(form):
            written = cards.write(form.card(), before=text)
            # The form compared what was shown with what is kept; a program may still write before this does.
            events.write_card(book, href, written, etag=contact.etag, by=by, at=at)
            messages.success(request, f"« {form.card().name} » est changé.")
            return redirect("mairie:contact", book.pk, href)
    crumbs = [Link("Contacts", reverse("mairie:contacts")), Link(contact.card.name), Link("Changer")]
    context = {"form": form, "contact": contact, "crumbs": crumbs}
    return render(request, "mairie/agenda/contact_form.html", context, status=422 if form.errors else 200)


@agenda_gesture
def remove(request: HttpRequest, reach: Reach, book_id: int, href: str) -> HttpResponse:
    """Remove a contact; the page that follows offers to put it back."""
    book = book_or_404(reach, book_id)
    etag, by, at = request.POST.get("version") or None, person(request), timezone.now()
    return access.removed(
        request, lambda: events.remove_card(book, href, etag=etag, by=by, at=at), back="mairie:contacts"
    )


@agenda_view
def bring_in(request: HttpRequest, reach: Reach) -> HttpResponse:
    """Bring in a file of contacts."""
    form = CardsForm(request.POST, request.FILES) if request.method == "POST" else CardsForm()
    if form.is_bound and form.is_valid():
        book = next((one for one in reach.books.values() if one.owner_id is None), None)
        with refusal_shown_in(form, "file"):
            if book is None:
                raise Refused("Votre organisme n’a pas encore de carnet d’adresses.")
            found = cards.split(form.cleaned_data["file"].read(cards.HEAVIEST_FILE + 1))
            added, replaced = events.import_cards(book, found, by=person(request), at=timezone.now())
            messages.success(request, f"Contacts ajoutés : {added} ; mis à jour : {replaced}.")
            return redirect("mairie:contacts")
    crumbs = [Link("Contacts", reverse("mairie:contacts")), Link("Apporter un fichier")]
    context = {"form": form, "crumbs": crumbs}
    return render(request, "mairie/agenda/contacts_import.html", context, status=422 if form.errors else 200)


@agenda_view
def take_out(request: HttpRequest, reach: Reach) -> HttpResponse:
    """Give all the contacts that the person reaches, as one file that any address book reads."""
    text = "".join(store().whole(reach.beneficiary.pk, slug) for slug in reach.books)
    journal.record("address_book.taken_out", reach.beneficiary, by=person(request), at=timezone.now())
    response = HttpResponse(text, content_type="text/vcard; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="contacts.vcf"'
    response["Cache-Control"] = "no-store"
    return response
