"""The agreement of the beneficiary: where it stands, what it says, its services, who signs, its signatures."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from socle.agreements import actions, notifications, promises, proof, rules
from socle.agreements.changes import changes_of
from socle.agreements.document import agreement_html, build
from socle.agreements.models import IN_PREPARATION, Agreement, Party, Status
from socle.agreements.presenters import AMOUNT_FIELD, STANDING_FIELDS, SUSPENDED_FIELD, file_of, papers_of, receipts_of
from socle.agreements.suspensions import running, with_suspension
from socle.documents import actions as documents
from socle.documents.serving import served
from socle.lib import dates
from socle.lib.money import euros
from socle.lib.spreadsheet import Field, Kind, Sheet
from socle.lib.text import whole
from socle.mairie import journey
from socle.mairie.access import agreement_or_404, mairie_view, person
from socle.mairie.files import leave
from socle.mairie.forms import ServicesForm, SignatoryForm, SignForm
from socle.people.exports import PORTION
from socle.people.models import Beneficiary, Membership, Role
from socle.provisioning.wiring import says, unserved
from socle.revenue import letters
from socle.signing.forms import DepositForm
from socle.signing.identified import sign_in_of
from socle.signing.models import Slot
from socle.ui.shapes import Tone, files_of
from socle.ui.submit import refusal_shown_in

TONES: dict[str, Tone] = {
    Status.DRAFT: "neutral",
    Status.READY: "wait",
    Status.SIGNED: "ok",
    Status.ENDED: "neutral",
    Status.CANCELLED: "danger",
}
# Of what is found in a file; any other is a danger.
TONES_OF_VERDICTS: dict[str, Tone] = {
    "sound": "ok",
    "incomplete": "wait",
    "unsigned": "info",
    "paper": "info",
    "paper_waiting": "wait",
    "printed": "info",
}
# How long before its last day an agreement says that everything can be taken along.
ENDS_SOON = timedelta(days=120)
SHEET: Sheet[Agreement] = Sheet(
    "agreements",
    "conventions",
    "Conventions",
    (
        Field("Numéro", lambda one: one.number, Kind.CODE),
        Field("Programme", lambda one: one.programme.name),
        Field("Services", lambda one: ", ".join(choice.service.name for choice in one.choices.all())),
        *STANDING_FIELDS,
        AMOUNT_FIELD,
        Field("Montant fictif", lambda one: one.text.is_demonstration, Kind.YES_NO),
        Field("Régime de TVA", lambda one: one.vat_regime),
        SUSPENDED_FIELD,
    ),
)


@mairie_view
def show_all(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """Lead to the only agreement; list them when there are several; say how one begins when there is none."""
    agreements = list(Agreement.objects.select_related("programme"))
    if len(agreements) == 1:
        return redirect("mairie:agreement", agreements[0].number)
    shown = [(agreement, TONES[agreement.status]) for agreement in agreements]
    context = {
        "beneficiary": beneficiary,
        "agreements": shown,
        "files": files_of(request, "mairie:agreements_file"),
    }
    return render(request, "mairie/agreements.html", context)


@mairie_view
def export(request: HttpRequest, beneficiary: Beneficiary, format: str) -> HttpResponse:
    """Give the list as a file, when there is only one too."""
    found = with_suspension(Agreement.objects.all(), on=dates.day_of(timezone.now()))
    found = found.select_related("programme", "type", "text", "round")
    found = found.prefetch_related("choices__service", Prefetch("round__slots", Slot.objects.order_by("rank")))
    return leave(request, beneficiary, SHEET, found.iterator(chunk_size=PORTION), format)


@mairie_view
def show(request: HttpRequest, beneficiary: Beneficiary, number: str) -> HttpResponse:
    """Show where the agreement stands, what is missing and where to mend it, who signs, and what it costs."""
    agreement = agreement_or_404(request, number)
    agreement.beneficiary = beneficiary
    user, on = person(request), dates.day_of(timezone.now())
    parties = _parties(agreement)
    gaps = rules.gaps(agreement) if agreement.status == Status.DRAFT else []
    return render(
        request,
        "mairie/agreement.html",
        {
            "beneficiary": beneficiary,
            "agreement": agreement,
            "tone": TONES[agreement.status],
            "gaps": [(gap, *journey.mend(gap, agreement)) for gap in gaps],
            **_services(agreement),
            "why_not_change": rules.why_not_change(agreement, by=user, on=on),
            "signatures": journey.signatures_of(agreement, parties),
            "papers": papers_of(agreement),
            "letters": receipts_of(notifications.delivered(agreement)),
            "calls": [
                (
                    one,
                    f"Contribution {one.year}, {euros(one.total)}",
                    f"Appelée le {dates.in_words(dates.day_of(one.exported_at))}, à régler au plus tard le "
                    f"{dates.in_words(one.due_on)}. Référence\u00a0: {one.reference}.",
                )
                for one in letters.sent(agreement.contributions.order_by("year", "pk"))
            ],
            "file": file_of(agreement) if agreement.round else None,
            "why_not_sign": rules.why_not_sign(agreement, by=user, on=on),
            "is_signatory": rules.party_of(agreement, user, on=on) is not None,
            "price_note": agreement.type.price_note,
            "suspension": running(agreement),
            "standings": promises.standings(agreement, on=on),
            "is_ending": _is_ending(agreement, on=on),
            "changes": changes_of(agreement) if agreement.amends_id else [],
            "amendments": [(one, TONES[one.status]) for one in agreement.amendments.exclude(status=Status.CANCELLED)],
        },
    )


def _services(agreement: Agreement) -> dict[str, Any]:
    """The services taken, and before it is concluded what is to be known of those that have no engine yet."""
    services = agreement.chosen()
    lacking = unserved(services) if agreement.status in IN_PREPARATION else []
    return {"services": services, "unserved": says(lacking) if lacking else ""}


def _is_ending(agreement: Agreement, *, on: date) -> bool:
    """Whether it is time to think of its end: a signed one that is over, or soon will be."""
    ends_on = agreement.ends_on if agreement.status == Status.SIGNED else None
    return ends_on is not None and ends_on - on <= ENDS_SOON


def _parties(agreement: Agreement) -> list[Party]:
    parties = list(agreement.parties.select_related("act", "signatory", "operator"))
    for party in parties:
        party.agreement = agreement
    return parties


def _reading(agreement: Agreement) -> SafeString:
    """The words of the agreement: those printed once it is sent to signature, those known so far before."""
    at = agreement.round.opened_at if agreement.round else timezone.now()
    data = build(agreement, at=at, with_gaps=agreement.status == Status.DRAFT)
    return agreement_html(data, agreement.text.body)


@mairie_view
def read(request: HttpRequest, beneficiary: Beneficiary, number: str) -> HttpResponse:
    """Read the agreement on the screen, or print it."""
    agreement = agreement_or_404(request, number)
    agreement.beneficiary = beneficiary
    return render(
        request,
        "mairie/agreement_text.html",
        {"beneficiary": beneficiary, "agreement": agreement, "text": _reading(agreement)},
    )


@mairie_view
def download(request: HttpRequest, beneficiary: Beneficiary, number: str) -> HttpResponse:
    """Give the PDF in its latest version, checked against its hash."""
    agreement = agreement_or_404(request, number)
    if agreement.round is None:
        raise Http404("Le document n’existe pas encore\u00a0: la convention est un projet.")
    return served(agreement.round.current, name=file_of(agreement).name)


@mairie_view
def letter(request: HttpRequest, beneficiary: Beneficiary, number: str, notification_id: int) -> HttpResponse:
    """Give an official letter that the beneficiary received, as it was written."""
    found = notifications.delivered(agreement_or_404(request, number)).filter(pk=notification_id).first()
    if found is None:
        raise Http404("Ce courrier n’existe pas, ou n’a pas été remis à votre organisme.")
    return served(found.document, name=notifications.filename(found))


@mairie_view
def call(request: HttpRequest, beneficiary: Beneficiary, number: str, contribution_id: int) -> HttpResponse:
    """Give the letter that calls a contribution, dated of the call."""
    called = agreement_or_404(request, number).contributions.filter(pk=contribution_id)
    one = next(iter(letters.sent(called.select_related("agreement__programme", "agreement__beneficiary"))), None)
    if one is None:
        raise Http404("Cette contribution n’existe pas, ou n’a pas été appelée par une lettre.")
    content = letters.compose(one, at=one.exported_at)
    headers = {
        "Content-Disposition": f'attachment; filename="{letters.filename(one)}"',
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(content, content_type="application/pdf", headers=headers)


@mairie_view
def choose_services(request: HttpRequest, beneficiary: Beneficiary, number: str) -> HttpResponse:
    """Choose the services while the agreement is a draft."""
    agreement = agreement_or_404(request, number)
    user, at = person(request), timezone.now()
    refusal = rules.why_not_change(agreement, by=user, on=dates.day_of(at))
    offer = list(agreement.programme.services.all())
    chosen = list(agreement.choices.values_list("service_id", flat=True))
    # A form sent with no box ticked is empty, and is a form all the same.
    sent = request.POST if request.method == "POST" else None
    form = ServicesForm(sent, offer=offer, initial={"services": chosen})
    if form.is_bound:
        if form.is_valid():
            with refusal_shown_in(form):
                actions.choose_services(
                    agreement,
                    services=[service for service in offer if service.pk in form.cleaned_data["services"]],
                    by=user,
                    at=at,
                )
                messages.success(request, "Vos services sont enregistrés.")
                return redirect("mairie:agreement", number)
        chosen = [pk for one in request.POST.getlist("services") if (pk := whole(one)) is not None]
    return render(
        request,
        "mairie/agreement_services.html",
        {
            "beneficiary": beneficiary,
            "agreement": agreement,
            "form": form,
            "offer": [(service, service.pk in chosen) for service in offer],
            "refusal": refusal,
        },
        status=422 if form.errors else 200,
    )


@mairie_view
def choose_signatory(request: HttpRequest, beneficiary: Beneficiary, number: str) -> HttpResponse:
    """Say who signs for the beneficiary, among those who hold the office today."""
    agreement = agreement_or_404(request, number)
    user, at = person(request), timezone.now()
    party = agreement.parties.get(kind=Party.Kind.BENEFICIARY)
    able = list(
        Membership.objects.active_on(dates.day_of(at))
        .filter(beneficiary=beneficiary, role=Role.MAYOR, user__is_active=True)
        .select_related("user")
    )
    current = next((one.pk for one in able if one.user_id == party.signatory_id), None)
    form = SignatoryForm(
        request.POST if request.method == "POST" else None, memberships=able, initial={"membership": current}
    )
    if request.method == "POST" and form.is_valid():
        with refusal_shown_in(form):
            actions.complete_party(
                agreement, kind=Party.Kind.BENEFICIARY, membership=form.cleaned_data["membership"], by=user, at=at
            )
            messages.success(request, "La personne qui signera est enregistrée.")
            return redirect("mairie:agreement", number)
    return render(
        request,
        "mairie/agreement_signatory.html",
        {
            "beneficiary": beneficiary,
            "agreement": agreement,
            "form": form,
            "able": able,
            "refusal": rules.why_not_change(agreement, by=user, on=dates.day_of(at)),
        },
        status=422 if form.errors else 200,
    )


@mairie_view
def sign(request: HttpRequest, beneficiary: Beneficiary, number: str) -> HttpResponse:
    """Show what is signed, then sign it. What was shown is what is signed."""
    agreement = agreement_or_404(request, number)
    agreement.beneficiary = beneficiary
    user, at = person(request), timezone.now()
    refusal = rules.why_not_sign(agreement, by=user, on=dates.day_of(at))
    current = agreement.round.current if agreement.round else None
    shown = current.sha256 if current else ""
    form = SignForm(request.POST or None, initial={"sha256": shown})
    if request.method == "POST" and form.is_valid():
        if refusal is None and form.cleaned_data["sha256"] != shown:
            refusal = "La convention a changé depuis que vous l’avez ouverte\u00a0: relisez-la, puis signez."
        if refusal is not None:
            messages.error(request, refusal)
            return redirect("mairie:agreement", number)
        actions.sign(agreement, by=user, at=at, sign_in=sign_in_of(request, at=at))
        messages.success(request, "Votre signature est apposée. Merci\u00a0!")
        return redirect("mairie:signatures", number)
    if current is None:
        messages.info(request, refusal or "")
        return redirect("mairie:agreement", number)
    return _to_sign(request, agreement, form=form, deposit=DepositForm())


@mairie_view
def deposit(request: HttpRequest, beneficiary: Beneficiary, number: str) -> HttpResponse:
    """Take the document that was signed elsewhere, with a certificate of one's own; or say why not."""
    agreement = agreement_or_404(request, number)
    agreement.beneficiary = beneficiary
    if agreement.round is None or request.method != "POST":
        return redirect("mairie:sign", number)
    taken = DepositForm(request.POST, request.FILES)
    if taken.is_valid():
        with refusal_shown_in(taken, "file"):
            actions.deposit(agreement, content=taken.cleaned_data["file"], by=person(request), at=timezone.now())
            messages.success(request, "Votre signature est vérifiée et conservée. Merci\u00a0!")
            return redirect("mairie:signatures", number)
    return _to_sign(
        request, agreement, form=SignForm(initial={"sha256": agreement.round.current.sha256}), deposit=taken
    )


def _to_sign(request: HttpRequest, agreement: Agreement, *, form: SignForm, deposit: DepositForm) -> HttpResponse:
    assert agreement.round is not None
    user, on = person(request), dates.day_of(timezone.now())
    current = agreement.round.current
    documents.read(current)  # Nothing altered is ever offered to be signed: raises Altered.
    context = {
        "beneficiary": agreement.beneficiary,
        "agreement": agreement,
        "parties": _parties(agreement),
        **_services(agreement),
        "party": rules.party_of(agreement, user, on=on),
        "current": current,
        "refusal": rules.why_not_sign(agreement, by=user, on=on),
        "form": form,
        "deposit": deposit,
        "deposit_url": reverse("mairie:deposit", args=[agreement.number]),
        "paper_url": reverse("mairie:record_paper", args=[agreement.number]),
        "text": _reading(agreement),
    }
    return render(request, "mairie/sign.html", context, status=422 if form.errors or deposit.errors else 200)


@mairie_view
def signatures(request: HttpRequest, beneficiary: Beneficiary, number: str) -> HttpResponse:
    """Verify the signatures of the document, as anyone may verify them."""
    from socle.signing.verification import verify

    agreement = agreement_or_404(request, number)
    if agreement.round is None:
        raise Http404("Le document n’existe pas encore\u00a0: la convention est un projet.")
    report = verify(documents.read(agreement.round.current))
    return render(
        request,
        "mairie/signatures.html",
        {
            "beneficiary": beneficiary,
            "agreement": agreement,
            "report": report,
            "tone": TONES_OF_VERDICTS.get(report.verdict.value, "danger"),
            "file": file_of(agreement),
            "signatures": journey.signatures_of(agreement, _parties(agreement)),
        },
    )


@mairie_view
def prove(request: HttpRequest, beneficiary: Beneficiary, number: str) -> HttpResponse:
    """Give the proof: one PDF with the agreement, the acts, the evidence and the journal attached."""
    agreement = agreement_or_404(request, number)
    content = proof.compose(agreement, at=timezone.now())
    headers = {
        "Content-Disposition": f'attachment; filename="preuve-{agreement.number.lower()}.pdf"',
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(content, content_type="application/pdf", headers=headers)
