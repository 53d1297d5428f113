"""Signing in the name of an operator: what waits, what one signs, one by one or several at once, and the proof."""

from __future__ import annotations

import uuid
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import Prefetch, QuerySet, prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from socle.agreements import actions, proof, rules
from socle.agreements.models import Agreement, Party
from socle.agreements.presenters import AMOUNT_FIELD, REGISTER_FIELDS, file_of, with_register
from socle.agreements.queries import awaiting
from socle.batches import actions as batches
from socle.batches.contract import Subject
from socle.batches.gestures import gesture_of
from socle.console.stages import STATUSES
from socle.console.views.agreements import read_aloud, see_document
from socle.documents import actions as documents
from socle.lib import dates, money
from socle.lib.refusals import refuse
from socle.lib.spreadsheet import Sheet
from socle.people.exports import PORTION
from socle.people.models import Role
from socle.provisioning.desk.access import Access, agreement_or_404, console_view, forbid, gesture, record_view
from socle.provisioning.desk.lists import attachment, leave
from socle.provisioning.desk.selections import list_of
from socle.revenue.desk.meter import shown_to_sign
from socle.signing import readings
from socle.signing.forms import DepositForm
from socle.signing.identified import frozen, sign_in_of
from socle.signing.models import Slot
from socle.ui.shapes import Column, Fact, Link, files_of
from socle.ui.submit import refusal_shown_in

NOT_A_SIGNATORY = (
    "Seules les présidentes et les présidents du syndicat et des centres de gestion signent ici. "
    "Vous pouvez suivre les signatures dans le registre des conventions."
)
COLUMNS = (
    Column("Choisir", is_hidden=True),
    Column("Convention"),
    Column("Services"),
    Column("Signée par le bénéficiaire le"),
)
CHANGED = "Ce que vous signez a changé depuis que vous l’avez ouvert\u00a0: relisez, puis signez."
# Beyond, nobody reads a list; what remains waits for the next one.
MOST = 1000


def _forbid_others(access: Access) -> None:
    forbid(None if access.holds(Role.PRESIDENT, Role.CDG_PRESIDENT) else NOT_A_SIGNATORY)


class ReadForm(forms.Form):
    """The one gesture that cannot be undone asks to say it."""

    read = forms.BooleanField(
        label="J’ai lu la convention et je la signe au nom de mon organisme.",
        error_messages={"required": "Cochez la case pour dire que vous avez lu ce que vous signez."},
    )
    # The SHA-256 of what was shown, and is signed: one document, or the frozen list of several.
    shown = forms.CharField(widget=forms.HiddenInput, required=False)


class ReadThemForm(ReadForm):
    """The same, for several."""

    read = forms.BooleanField(
        label="J’ai lu ces conventions et je les signe au nom de mon organisme.",
        error_messages={"required": "Cochez la case pour dire que vous avez lu ce que vous signez."},
    )
    # Sent twice, it signs once.
    key = forms.UUIDField(widget=forms.HiddenInput)


@console_view
def sign(request: HttpRequest, access: Access, number: str) -> HttpResponse:
    """Show what is signed, and sign. Signed already by this person, it leads to the proof."""
    agreement = agreement_or_404(access, number)
    _forbid_others(access)
    see_document(access, agreement)
    record_view(request, "agreement_text", agreement, agreement.number)
    if _is_signed_by(agreement, access):
        return redirect("console:signatures", number)
    on = dates.day_of(timezone.now())
    shown = agreement.round.current.sha256 if agreement.round else ""
    form = ReadForm(request.POST if request.method == "POST" else None, initial={"shown": shown})
    if form.is_bound and form.is_valid():
        at = timezone.now()
        refuse(rules.why_not_sign(agreement, by=access.user, on=on))
        refuse(CHANGED if form.cleaned_data["shown"] != shown else None)
        actions.sign(agreement, by=access.user, at=at, sign_in=sign_in_of(request, at=at))
        messages.success(request, f"Vous avez signé {agreement.the}.")
        return redirect("console:signatures", number)
    return _to_sign(request, access, agreement, form=form, deposit=DepositForm())


@gesture
def deposit(request: HttpRequest, access: Access, number: str) -> HttpResponse:
    """Take the document that was signed elsewhere, with a certificate of one's own; or say why not."""
    agreement = agreement_or_404(access, number)
    _forbid_others(access)
    see_document(access, agreement)
    taken = DepositForm(request.POST, request.FILES)
    if taken.is_valid():
        with refusal_shown_in(taken, "file"):
            actions.deposit(agreement, content=taken.cleaned_data["file"], by=access.user, at=timezone.now())
            messages.success(request, f"Votre signature est conservée\u00a0: {agreement.the}.")
            return redirect("console:signatures", number)
    shown = agreement.round.current.sha256 if agreement.round else ""
    return _to_sign(request, access, agreement, form=ReadForm(initial={"shown": shown}), deposit=taken)


def _to_sign(
    request: HttpRequest, access: Access, agreement: Agreement, *, form: ReadForm, deposit: DepositForm
) -> HttpResponse:
    on = dates.day_of(timezone.now())
    context = {
        "agreement": agreement,
        "look": STATUSES[agreement.status],
        "form": form,
        "deposit": deposit,
        "deposit_url": reverse("console:deposit", args=[agreement.number]),
        "paper_url": reverse("console:record_paper", args=[agreement.number]),
        "why_not_sign": rules.why_not_sign(agreement, by=access.user, on=on),
        "party": rules.party_of(agreement, access.user, on=on),
        "facts": _facts(agreement),
        "words": read_aloud(agreement) if agreement.round else "",
        "meter": shown_to_sign(access) if agreement.beneficiary_id else None,
        "crumbs": [
            Link("À signer", reverse("console:to_sign")),
            Link(f"n° {agreement.number}", reverse("console:agreement", args=[agreement.number])),
            Link("Signer"),
        ],
    }
    return render(request, "console/sign.html", context, status=422 if form.errors or deposit.errors else 200)


def _is_signed_by(agreement: Agreement, access: Access) -> bool:
    round_ = agreement.round
    return round_ is not None and round_.slots.filter(signed_by=access.user).exists()


def _facts(agreement: Agreement) -> list[Fact]:
    """Say of an agreement what whoever signs it reads, whether one or several are signed."""
    prefetch_related_objects([agreement], "choices__service", "parties__act")
    services = ", ".join(choice.service.name for choice in agreement.choices.all())
    parties = list(agreement.parties.all())
    for party in parties:
        party.agreement = agreement
    return [
        Fact("Bénéficiaire" if agreement.beneficiary_id else "Avec", agreement.with_whom),
        Fact("Services", services),
        Fact("Durée", f"{agreement.term_months}\u00a0mois, à compter de la dernière signature"),
        Fact("Contribution annuelle", money.euros(agreement.annual_price), agreement.vat_regime),
        *(Fact(f"Acte {rules.whose_act(party)}", _act(party)) for party in parties),
    ]


def _act(party: Party) -> str:
    if party.act is None:
        return "manque"
    executory = party.act.executory_on
    state = f"exécutoire le {dates.in_words(executory)}" if executory else "pas encore exécutoire"
    return f"n° {party.act.number} du {dates.in_words(party.act.adopted_on)}, {state}"


def _awaiting(access: Access) -> QuerySet[Agreement]:
    return (
        awaiting(access.readable_agreements(), access.user, on=dates.day_of(timezone.now()))
        .select_related("beneficiary__commune", "beneficiary__department", "round__current", "programme", "text")
        .prefetch_related("choices__service", "parties__act", Prefetch("round__slots", Slot.objects.order_by("rank")))
        .order_by("drafted_at", "pk")
    )


@console_view
def export_to_sign(request: HttpRequest, access: Access, format: str) -> HttpResponse:
    """Give what waits for this person's signature, whole, as a file."""
    _forbid_others(access)
    record_view(request, "agreements_file")
    fields = (*REGISTER_FIELDS, AMOUNT_FIELD) if access.sees_money else REGISTER_FIELDS
    waiting = Sheet("agreements", "a-signer", "Conventions à signer", fields)
    return leave(request, access, waiting, with_register(_awaiting(access)).iterator(chunk_size=PORTION), format)


@console_view
def to_sign(request: HttpRequest, access: Access) -> HttpResponse:
    """List what waits for this person's signature; sign those ticked, or all, after one reading of the frozen list."""
    _forbid_others(access)
    waiting = list(_awaiting(access)[:MOST])
    asked = set(request.POST.getlist("convention"))
    is_all = "toutes" in request.POST
    chosen = [agreement for agreement in waiting if is_all or agreement.number in asked]
    step = request.POST.get("etape") if request.method == "POST" else ""
    if step and not chosen:
        messages.error(
            request, "Aucune des conventions cochées n’attend votre signature\u00a0: cochez-en au moins une."
        )
        return redirect("console:to_sign")
    if step:
        for one in chosen:
            see_document(access, one)
        shown = frozen((one.number, one.round.current.sha256) for one in chosen if one.round)
        form = ReadThemForm(request.POST if step == "signer" else None, initial={"shown": shown, "key": uuid.uuid4()})
        if form.is_bound and form.is_valid():
            refuse(CHANGED if form.cleaned_data["shown"] != shown else None)
            return _sign_all(request, access, chosen, form.cleaned_data["key"])
        crumbs = [Link("À signer", reverse("console:to_sign")), Link("Confirmer")]
        context: dict[str, Any] = {
            "chosen": [(one, _facts(one)) for one in chosen],
            "party": rules.party_of(chosen[0], access.user, on=dates.day_of(timezone.now())),
            "is_all": is_all,
            "meter": shown_to_sign(access),
            "form": form,
            "crumbs": crumbs,
        }
        return render(request, "console/sign_several.html", context, status=422 if form.errors else 200)
    context = {
        "rows": [(one, one.round.slots.all()[0]) for one in waiting if one.round],
        "columns": COLUMNS,
        "files": files_of(request, "console:to_sign_file"),
    }
    return render(request, "console/to_sign.html", context)


def _sign_all(request: HttpRequest, access: Access, chosen: list[Agreement], key: UUID) -> HttpResponse:
    """Keep what was read, and sign each by a batch: it stands or falls alone, and says why."""
    at = timezone.now()
    sign_in = sign_in_of(request, at=at)
    places = [(one.number, next(slot for slot in one.round.slots.all() if slot.is_free)) for one in chosen if one.round]
    with transaction.atomic():
        readings.keep(places, key=key, sign_in=sign_in, by=access.user, at=at)
        batch = batches.start(
            gesture_of("sign"),
            [list_of()[Subject.AGREEMENT].call(one) for one in chosen],
            programme=access.programme,
            operator=access.operator,
            key=key,
            by=access.user,
            at=at,
        )
    messages.success(request, "Vos signatures s’apposent l’une après l’autre\u00a0: vous pouvez quitter cette page.")
    return redirect("console:batch", batch.pk)


@console_view
def show(request: HttpRequest, access: Access, number: str) -> HttpResponse:
    """Show who signed, and what the file itself proves of it."""
    from socle.signing.verification import verify

    agreement = agreement_or_404(access, number)
    record_view(request, "signatures", agreement, agreement.number)
    parties = list(agreement.parties.select_related("signatory"))
    slots = {slot.rank: slot for slot in agreement.round.slots.select_related("signed_by")} if agreement.round else {}
    report = verify(documents.read(agreement.round.current)) if agreement.round else None
    context = {
        "access": access,
        "agreement": agreement,
        "look": STATUSES[agreement.status],
        "places": [(party, slots.get(party.rank)) for party in parties],
        "report": report,
        "file": file_of(agreement) if agreement.round else None,
        "is_complete": bool(slots) and all(slot.signed_at for slot in slots.values()),
        "crumbs": [
            Link("Conventions", reverse("console:agreements")),
            Link(f"n° {agreement.number}", reverse("console:agreement", args=[agreement.number])),
            Link("Signatures"),
        ],
    }
    return render(request, "console/signatures.html", context)


@console_view
def prove(request: HttpRequest, access: Access, number: str) -> HttpResponse:
    """Give the proof: one PDF with the agreement, the acts, the evidence and the journal attached."""
    agreement = agreement_or_404(access, number)
    see_document(access, agreement)
    record_view(request, "agreement_file", agreement, agreement.number)
    content = proof.compose(agreement, at=timezone.now())
    return attachment(content, filename=f"preuve-{agreement.number.lower()}.pdf", content_type="application/pdf")
