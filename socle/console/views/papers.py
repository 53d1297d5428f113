"""Signatures on paper, for the operators: recorded with their scan, attested, confirmed or contested by their party."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from socle.agreements import papers, rules
from socle.agreements.models import Agreement
from socle.agreements.paper_rules import why_not_answer_paper, why_not_attest_paper, why_not_recorder
from socle.agreements.presenters import paper_facts, paper_line, said_of_scan
from socle.console.views.agreements import see_document
from socle.console.views.drafts import crumbs
from socle.documents.serving import served
from socle.lib import dates
from socle.lib.refusals import Refused
from socle.provisioning.desk.access import Access, agreement_or_404, console_view, forbid, record_view
from socle.signing.forms import AttestForm, ConfirmForm, ContestForm, PaperForm
from socle.signing.identified import last_sign_in, sign_in_of
from socle.signing.models import PaperSignature
from socle.ui.submit import refusal_shown_in


@console_view
def record(request: HttpRequest, access: Access, number: str) -> HttpResponse:
    """Record the signature on paper of the party whose turn it is, with its scan and its day."""
    agreement = agreement_or_404(access, number)
    at = timezone.now()
    on = dates.day_of(at)
    forbid(why_not_recorder(agreement, by=access.user, on=on))
    record_view(request, "agreement", agreement, agreement.number)
    party = rules.next_party(agreement)
    if request.method != "POST":
        # Asked before the file is chosen: a request that brings one would not come again with it.
        sign_in_of(request, at=at)
    form = PaperForm(request.POST, request.FILES) if request.method == "POST" else PaperForm()
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        with refusal_shown_in(form):
            paper = papers.record(
                agreement,
                content=given["file"],
                signed_on=given["signed_on"],
                by=access.user,
                at=at,
                sign_in=last_sign_in(request),
            )
            messages.success(request, f"La signature sur papier est enregistrée. {paper_line(paper).sentence}")
            if said := said_of_scan(paper):
                messages.warning(request, said)
            return redirect("console:paper", number, paper.pk)
    context = {
        "agreement": agreement,
        "party": party,
        "signatory": rules.signatory_of(party, on=on) if party else None,
        "form": form,
        "crumbs": crumbs(agreement, "Enregistrer une signature sur papier"),
    }
    return render(request, "console/paper_form.html", context, status=422 if form.errors else 200)


@console_view
def show(request: HttpRequest, access: Access, number: str, scan_id: int) -> HttpResponse:
    """Show a signature on paper and where it stands; take what its party, or a second person, says of it."""
    agreement = agreement_or_404(access, number)
    paper = _paper_or_404(agreement, scan_id)
    record_view(request, "signatures", agreement, agreement.number)
    at = timezone.now()
    on = dates.day_of(at)
    gesture = request.POST.get("geste", "") if request.method == "POST" else ""
    shown: dict[str, forms.Form] = {}
    if why_not_answer_paper(agreement, paper, by=access.user, on=on) is None:
        shown = {
            "confirm": ConfirmForm(request.POST if gesture == "confirm" else None, prefix="confirm"),
            "contest": ContestForm(request.POST if gesture == "contest" else None, prefix="contest"),
        }
    if why_not_attest_paper(agreement, paper, by=access.user, on=on) is None:
        shown["attest"] = AttestForm(request.POST if gesture == "attest" else None, prefix="attest")
    form = shown.get(gesture)
    if gesture and form is None:
        why = why_not_attest_paper if gesture == "attest" else why_not_answer_paper
        messages.error(request, why(agreement, paper, by=access.user, on=on) or "")
        return redirect("console:paper", number, scan_id)
    if form is not None and form.is_valid():
        try:
            if gesture == "contest":
                papers.contest(agreement, paper, reason=form.cleaned_data["reason"], by=access.user, at=at)
                messages.success(
                    request, "La signature est contestée\u00a0: elle ne compte pas, et l’opérateur est averti."
                )
            else:
                act = papers.attest if gesture == "attest" else papers.confirm
                act(agreement, paper, by=access.user, at=at, sign_in=sign_in_of(request, at=at))
                messages.success(
                    request, "Le papier est attesté." if gesture == "attest" else "La signature est confirmée."
                )
        except Refused as refusal:
            messages.error(request, refusal.sentence)
        return redirect("console:paper", number, scan_id)
    context = {
        "access": access,
        "agreement": agreement,
        "line": paper_line(paper),
        "facts": paper_facts(paper),
        "forms": shown,
        "sees_document": access.sees_money or agreement.beneficiary_id is None,
        "paper_file": reverse("console:paper_file", args=[number, scan_id]),
        "crumbs": crumbs(agreement, "Signature sur papier"),
    }
    return render(request, "console/paper.html", context, status=422 if form is not None else 200)


@console_view
def download(request: HttpRequest, access: Access, number: str, scan_id: int) -> HttpResponse:
    """Give the scan of a paper, under a name that says that it is one."""
    agreement = agreement_or_404(access, number)
    see_document(access, agreement)
    paper = _paper_or_404(agreement, scan_id)
    record_view(request, "agreement_file", agreement, agreement.number)
    return served(paper.scan, name=f"papier-signe-{agreement.number.lower()}-{paper.slot.rank}")


def _paper_or_404(agreement: Agreement, scan_id: int) -> PaperSignature:
    found = PaperSignature.objects.select_related(
        "slot", "scan", "signatory", "recorded_by", "attested_by", "settled_by"
    )
    return get_object_or_404(found, pk=scan_id, slot__round__agreement=agreement)
