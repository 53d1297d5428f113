"""One act on its road: what left, what the prefecture wrote of it, and what is answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from socle.assemblies.desk import Desk
from socle.assemblies.forms import CancelForm, ReplyForm, StampedForm
from socle.deliberations import incoming, sending
from socle.deliberations import transmission_rules as rules
from socle.deliberations.contract import is_simulated
from socle.deliberations.models import Incoming, Reply, Road, Status, Transmission, TransmissionAccount
from socle.deliberations.transmission_presenters import WHAT_TO_DO, reply_sentence, sentence
from socle.deliberations.transmission_queries import heard, paper
from socle.documents import actions as documents
from socle.documents.models import Document
from socle.documents.rules import EXTENSIONS
from socle.documents.serving import served
from socle.lib import dates
from socle.lib.refusals import Refused
from socle.people.models import Beneficiary
from socle.ui.shapes import Link
from socle.ui.submit import refusal_shown_in


@dataclass(frozen=True)
class Kept:
    """A file of the exchange, to download."""

    label: str
    url: str
    kind: str
    size: int


@dataclass(frozen=True)
class Letter:
    """A message of the prefecture: what to do of it, by when, the answers made, and the form of another or why not."""

    message: Incoming
    files: list[Kept]
    to_do: str
    due_on: date | None
    replies: list[tuple[Reply, str]]
    form: ReplyForm | None
    why_not: str | None


def _sent_or_404(desk: Desk, sent_id: int) -> Transmission:
    desk.forbid()
    rows = Transmission.of(desk.owner).select_related("act__beneficiary", "act__operator", "slip", "stamped", "proof")
    found = rows.filter(pk=sent_id).first()
    if found is None:
        raise Http404("Cet envoi n’existe pas, ou n’est pas celui de votre organisme.")
    return found


def _letter_or_404(desk: Desk, letter_id: int) -> Incoming:
    desk.forbid()
    found = heard(desk.owner).filter(pk=letter_id).first()
    if found is None:
        raise Http404("Ce message n’existe pas, ou n’est pas pour votre organisme.")
    return found


def show(request: HttpRequest, desk: Desk, sent_id: int) -> HttpResponse:
    """Show the road of one act, and the messages of the prefecture about it."""
    return _page(request, desk, _sent_or_404(desk, sent_id))


def _page(
    request: HttpRequest,
    desk: Desk,
    sent: Transmission,
    *,
    wrong: tuple[Incoming, ReplyForm] | None = None,
    cancel: CancelForm | None = None,
    stamped: StampedForm | None = None,
) -> HttpResponse:
    at, account = timezone.now(), TransmissionAccount.of(desk.owner)
    files = ((sent.slip, "Bordereau"), (sent.proof, "Preuve de réception"), (sent.stamped, "Exemplaire tamponné"))
    has_errors = wrong is not None or any(form is not None and form.errors for form in (cancel, stamped))
    context = {
        "crumbs": [
            Link("Séances", desk.address("meetings")),
            Link("Préfecture", desk.address("transmission")),
            Link(sent.act.name),
        ],
        "sent": sent,
        "is_simulated": account is not None and is_simulated(account.transmitter),
        "sentence": sentence(sent),
        "check_ends_on": rules.legality_check_ends_on(sent),
        "files": [_kept(desk, one, label) for one, label in files if one is not None],
        "letters": [_letter(desk, one, wrong=wrong, at=at) for one in heard(desk.owner).filter(transmission=sent)],
        "may_take_back": rules.why_not_take_back(sent, by=desk.by, on=dates.day_of(at)) is None,
        "may_cancel": sent.road == Road.ELECTRONIC and sent.status in (Status.SENT, Status.RECEIVED),
        "why_not_cancel": rules.why_not_cancel(sent, by=desk.by, at=at),
        "cancel": cancel or CancelForm(),
        "stamped": stamped or StampedForm() if sent.road == Road.PAPER and sent.status == Status.SENT else None,
    }
    return desk.show(request, "sending", context, status=422 if has_errors else 200)


def stamp(request: HttpRequest, desk: Desk, sent_id: int) -> HttpResponse:
    """Note the copy that the prefecture stamped, of an act that left on paper."""
    sent = _sent_or_404(desk, sent_id)
    form = StampedForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, desk, sent, stamped=form)
    at, owner = timezone.now(), desk.owner if isinstance(desk.owner, Beneficiary) else None
    try:
        with documents.unless_refused():
            content, title = form.cleaned_data["document"], f"Exemplaire tamponné, {sent.act.name}"
            document = documents.keep(
                content, title=title, filename="prefecture.pdf", beneficiary=owner, by=desk.by, at=at
            )
            received_on = form.cleaned_data["received_on"]
            sending.note_stamped_copy(sent, document=document, received_on=received_on, by=desk.by, at=at)
    except Refused as refusal:
        form.add_error("received_on", refusal.sentence)
        return _page(request, desk, sent, stamped=form)
    messages.success(request, f"{sent.act.name}\u00a0: reçu en préfecture.")
    return desk.to("transmission_act", sent.pk)


def _kept(desk: Desk, one: Document, label: str) -> Kept:
    kind = EXTENSIONS.get(one.content_type, "").lstrip(".").upper()
    return Kept(label, desk.address("transmission_paper", one.pk), kind, one.size)


def _letter(desk: Desk, one: Incoming, *, wrong: tuple[Incoming, ReplyForm] | None, at: datetime) -> Letter:
    form, why_not = None, None
    if rules.replies_to(one):
        why_not = rules.why_not_answer(one, by=desk.by, at=at)
        form = None if why_not else ReplyForm(letter=one)
    if wrong is not None and wrong[0].pk == one.pk:
        form, why_not = wrong[1], None
    replies = [(each, reply_sentence(each)) for each in one.replies.all()]
    has_one = any(each.status not in (Status.REFUSED, Status.CANCELLED) for each, _ in replies)
    files = [
        # Of what is kept as mere text, the title says why.
        _kept(desk, file, file.title if file.content_type == "text/plain" else f"Pièce jointe {rank}")
        for rank, file in enumerate((each.document for each in one.files.all()), 1)
    ]
    return Letter(
        one,
        [*files, _kept(desk, one.message, "Le message tel qu’il est venu")],
        "" if has_one else WHAT_TO_DO.get(one.kind, ""),
        None if has_one else rules.answer_due_on(one),
        replies,
        form,
        None if has_one else why_not,
    )


def reply(request: HttpRequest, desk: Desk, letter_id: int) -> HttpResponse:
    """Answer a letter of the prefecture with a PDF."""
    letter, at = _letter_or_404(desk, letter_id), timezone.now()
    form = ReplyForm(request.POST, request.FILES, letter=letter)
    if letter.transmission is None:
        raise Refused(rules.why_not_answer(letter, by=desk.by, at=at) or "")
    sent = _sent_or_404(desk, letter.transmission.pk)
    if form.is_valid():
        with refusal_shown_in(form):
            with documents.unless_refused():
                document = documents.keep(
                    form.cleaned_data["document"],
                    title=f"Réponse à la préfecture, {sent.act.name}"[:200],
                    filename="reponse.pdf",
                    beneficiary=desk.owner if isinstance(desk.owner, Beneficiary) else None,
                    by=desk.by,
                    at=at,
                )
                sending.reply(letter, flow=form.cleaned_data["flow"], document=document, by=desk.by, at=at)
            messages.success(request, "La réponse part par le dispositif de transmission.")
            return desk.to("transmission_act", sent.pk)
    return _page(request, desk, sent, wrong=(letter, form))


def cancel(request: HttpRequest, desk: Desk, sent_id: int) -> HttpResponse:
    """Ask the prefecture to cancel a sending that it received."""
    sent, form = _sent_or_404(desk, sent_id), CancelForm(request.POST)
    if not form.is_valid():
        return _page(request, desk, sent, cancel=form)
    sending.ask_cancellation(sent, by=desk.by, at=timezone.now())
    messages.success(request, "L’annulation est demandée à la préfecture.")
    return desk.to("transmission_act", sent.pk)


def take_back(request: HttpRequest, desk: Desk, sent_id: int) -> HttpResponse:
    """Give up a sending that has not left."""
    sent = sending.take_back(_sent_or_404(desk, sent_id), by=desk.by, at=timezone.now())
    messages.success(request, "L’envoi est abandonné\u00a0: l’acte peut repartir.")
    return desk.to("transmission_act", sent.pk)


def take_up(request: HttpRequest, desk: Desk, letter_id: int) -> HttpResponse:
    """Read again a message that was set aside."""
    one = incoming.take_up(_letter_or_404(desk, letter_id), by=desk.by, at=timezone.now())
    if one.set_aside_because:
        messages.info(request, f"Il reste de côté. {one.set_aside_because}")
        return desk.to("transmission")
    messages.success(request, "Le message est relu\u00a0: il a fait ce qu’il dit.")
    return desk.to("transmission_act", one.transmission_id) if one.transmission_id else desk.to("transmission")


def file(request: HttpRequest, desk: Desk, paper_id: int) -> HttpResponse:
    """Give a file that the body and its prefecture exchanged."""
    desk.forbid()
    found = paper(desk.owner, paper_id)
    if found is None:
        raise Http404("Ce fichier n’existe pas, ou n’est pas celui de votre organisme.")
    return served(found, name=found.title)
