"""Signatures on paper, for a mairie: recorded by whoever signed, confirmed or contested by whoever signs for it."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from socle.agreements import papers, rules
from socle.agreements.models import Agreement
from socle.agreements.paper_rules import why_not_answer_paper, why_not_recorder
from socle.agreements.presenters import paper_facts, paper_line, said_of_scan
from socle.documents.serving import served
from socle.lib.dates import day_of
from socle.lib.refusals import Refused
from socle.mairie.access import agreement_or_404, mairie_view, person
from socle.people.models import Beneficiary
from socle.signing.forms import ConfirmForm, ContestForm, PaperForm
from socle.signing.identified import last_sign_in, sign_in_of
from socle.signing.models import PaperSignature
from socle.ui.submit import refusal_shown_in


@mairie_view
def record(request: HttpRequest, beneficiary: Beneficiary, number: str) -> HttpResponse:
    """Record one's own signature on paper, with its scan and its day: it is sure at once."""
    agreement = agreement_or_404(request, number)
    agreement.beneficiary = beneficiary
    user, at = person(request), timezone.now()
    if reason := why_not_recorder(agreement, by=user, on=day_of(at)):
        raise PermissionDenied(reason)
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
                by=user,
                at=at,
                sign_in=last_sign_in(request),
            )
            messages.success(request, f"La signature sur papier est enregistrée. {paper_line(paper).sentence}")
            if said := said_of_scan(paper):
                messages.warning(request, said)
            return redirect("mairie:paper", number, paper.pk)
    context = {
        "beneficiary": beneficiary,
        "agreement": agreement,
        "party": party,
        "signatory": rules.signatory_of(party, on=day_of(at)) if party else None,
        "form": form,
    }
    return render(request, "mairie/paper_form.html", context, status=422 if form.errors else 200)


@mairie_view
def show(request: HttpRequest, beneficiary: Beneficiary, number: str, scan_id: int) -> HttpResponse:
    """Show what was recorded on paper, and take what whoever signs for the mairie says of it."""
    agreement = agreement_or_404(request, number)
    agreement.beneficiary = beneficiary
    paper = _paper_or_404(agreement, scan_id)
    user, at = person(request), timezone.now()
    refusal = why_not_answer_paper(agreement, paper, by=user, on=day_of(at))
    gesture = request.POST.get("geste", "") if request.method == "POST" else ""
    confirm = ConfirmForm(request.POST if gesture == "confirm" else None, prefix="confirm")
    contest = ContestForm(request.POST if gesture == "contest" else None, prefix="contest")
    form = {"confirm": confirm, "contest": contest}.get(gesture)
    if form is not None and (refusal is not None or form.is_valid()):
        try:
            if refusal is not None:
                raise Refused(refusal)
            if gesture == "contest":
                papers.contest(agreement, paper, reason=form.cleaned_data["reason"], by=user, at=at)
                messages.success(
                    request, "La signature est contestée\u00a0: elle ne compte pas, et l’opérateur est averti."
                )
            else:
                papers.confirm(agreement, paper, by=user, at=at, sign_in=sign_in_of(request, at=at))
                messages.success(request, "La signature est confirmée. Merci\u00a0!")
        except Refused as refused:
            messages.error(request, refused.sentence)
        return redirect("mairie:paper", number, scan_id)
    context = {
        "beneficiary": beneficiary,
        "agreement": agreement,
        "line": paper_line(paper),
        "facts": paper_facts(paper),
        "forms": {"confirm": confirm, "contest": contest} if refusal is None else {},
        "sees_document": True,
        "paper_file": reverse("mairie:paper_file", args=[number, scan_id]),
    }
    return render(request, "mairie/paper.html", context, status=422 if form is not None else 200)


@mairie_view
def download(request: HttpRequest, beneficiary: Beneficiary, number: str, scan_id: int) -> HttpResponse:
    """Give the scan of a paper, under a name that says that it is one."""
    paper = _paper_or_404(agreement_or_404(request, number), scan_id)
    return served(paper.scan, name=f"papier-signe-{number.lower()}-{paper.slot.rank}")


def _paper_or_404(agreement: Agreement, scan_id: int) -> PaperSignature:
    found = PaperSignature.objects.select_related(
        "slot", "scan", "signatory", "recorded_by", "attested_by", "settled_by"
    )
    return get_object_or_404(found, pk=scan_id, slot__round__agreement=agreement)
