"""Archives at the end of their time: what is proposed, the slips and their visa, who erases what."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from socle.documents.serving import served
from socle.eliminations import actions, queries, rules
from socle.eliminations.models import Slip, StandingAgreement, Status
from socle.eliminations.presenters import article_rows, kinds, proposal_rows
from socle.lib.dates import day_of
from socle.lib.text import number
from socle.mairie.access import gesture, mairie_view, person
from socle.mairie.forms import AgreementForm, VisaForm
from socle.people.models import Beneficiary
from socle.ui.shapes import Column, Link, Tone
from socle.ui.submit import refusal_shown_in

TONES: dict[str, Tone] = {
    Status.PREPARED: "wait",
    Status.VISAED: "info",
    Status.ERASED: "ok",
    Status.WITHDRAWN: "neutral",
}
ARTICLES = (Column("Article"), Column("Contenu"), Column("Dates"), Column("Volume"), Column("Durée"))
PROPOSED = (Column("Contenu"), Column("Année"), Column("Dates"), Column("Volume"), Column("Durée"))


def slip_or_404(beneficiary: Beneficiary, slip_id: int) -> Slip:
    """Return a slip of the active beneficiary, or answer 404 as for one that does not exist."""
    found = Slip.objects.filter(beneficiary=beneficiary, pk=slip_id).select_related("document", "beneficiary")
    slip: Slip | None = found.first()
    if slip is None:
        raise Http404("Ce bordereau n’existe pas, ou n’est pas celui de votre organisme.")
    return slip


@mairie_view
def show_all(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """Show what is at its term, the slips, what was agreed with the archives, and who erases what."""
    return _page(request, beneficiary, AgreementForm())


def _page(request: HttpRequest, beneficiary: Beneficiary, form: AgreementForm) -> HttpResponse:
    at = timezone.now()
    found, slips = queries.proposals(beneficiary, at=at), list(Slip.objects.filter(beneficiary=beneficiary)[:50])
    context = {
        "proposed": proposal_rows(found),
        "why_not_prepare": rules.why_not_prepare(len(found), slips[0] if slips else None),
        "slips": [(one, TONES[one.status]) for one in slips],
        "agreements": [(one, one.holds_on(day_of(at))) for one in queries.agreements(beneficiary)],
        "names": {one.code: one.what for one in queries.ended_by_slip()},
        "kinds": kinds(),
        "columns": PROPOSED,
        "form": form,
    }
    return render(request, "mairie/eliminations.html", context, status=422 if form.errors else 200)


@gesture
def prepare(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """Print a slip of what is at its term."""
    slip = actions.prepare(beneficiary, by=person(request), at=timezone.now())
    messages.success(request, "Le bordereau est prêt\u00a0: imprimez-le, et faites-le viser par les archives.")
    return redirect("mairie:elimination", slip.pk)


@mairie_view
def show(request: HttpRequest, beneficiary: Beneficiary, slip_id: int) -> HttpResponse:
    """Show a slip, its articles, and what may be done."""
    return _slip_page(request, slip_or_404(beneficiary, slip_id), None)


def _slip_page(request: HttpRequest, slip: Slip, form: VisaForm | None) -> HttpResponse:
    articles, on = list(slip.articles.all()), day_of(timezone.now())
    wanted = {one.rule for one in articles if not one.is_refused}
    agreed = queries.agreements(slip.beneficiary)
    context = {
        "slip": slip,
        "tone": TONES[slip.status],
        "articles": article_rows(articles),
        "columns": ARTICLES,
        "form": form or VisaForm(articles=articles),
        "can_note_visa": slip.status == Status.PREPARED,
        "why_not_erase": rules.why_not_erase(slip, wanted=wanted, agreements=agreed, on=on),
        "is_agreed": slip.status == Status.PREPARED,
        "can_withdraw": rules.why_not_withdraw(slip) is None,
        "crumbs": [Link("Archives et éliminations", reverse("mairie:eliminations")), Link(f"N°\u00a0{slip.number}")],
    }
    return render(request, "mairie/elimination.html", context, status=422 if form is not None and form.errors else 200)


@mairie_view
def read_paper(request: HttpRequest, beneficiary: Beneficiary, slip_id: int) -> HttpResponse:
    """Give a slip as it was printed."""
    slip = slip_or_404(beneficiary, slip_id)
    return served(slip.document, name=f"bordereau-elimination-{slip.number}.pdf")


@gesture
def note_visa(request: HttpRequest, beneficiary: Beneficiary, slip_id: int) -> HttpResponse:
    """Note the visa of the archives."""
    slip = slip_or_404(beneficiary, slip_id)
    form = VisaForm(request.POST, articles=slip.articles.all())
    if form.is_valid():
        said = form.cleaned_data
        with refusal_shown_in(form):
            actions.note_visa(
                slip,
                visa_on=said["visa_on"],
                visa_from=said["visa_from"],
                reference=said["reference"],
                refused=[int(rank) for rank in said["refused"]],
                by=person(request),
                at=timezone.now(),
            )
            messages.success(request, "Le visa est noté\u00a0: ce que le bordereau liste peut être éliminé.")
            return redirect("mairie:elimination", slip.pk)
    return _slip_page(request, slip_or_404(beneficiary, slip_id), form)


@gesture
def erase(request: HttpRequest, beneficiary: Beneficiary, slip_id: int) -> HttpResponse:
    """Erase what a slip lists."""
    slip = actions.erase(slip_or_404(beneficiary, slip_id), by=person(request), at=timezone.now())
    said = f"{number(slip.erased)} dossiers sont éliminés" if slip.erased > 1 else "L’élimination est faite"
    messages.success(request, f"{said}. Le bordereau et le journal en gardent la trace.")
    return redirect("mairie:elimination", slip.pk)


@gesture
def withdraw(request: HttpRequest, beneficiary: Beneficiary, slip_id: int) -> HttpResponse:
    """Give up a slip."""
    slip = actions.withdraw(slip_or_404(beneficiary, slip_id), by=person(request), at=timezone.now())
    messages.success(request, f"Le bordereau n°\u00a0{slip.number} est abandonné\u00a0: rien n’est effacé.")
    return redirect("mairie:eliminations")


@gesture
def note_agreement(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """Note an agreement with the archives."""
    form = AgreementForm(request.POST)
    if form.is_valid():
        with refusal_shown_in(form):
            actions.note_agreement(beneficiary, **form.cleaned_data, by=person(request), at=timezone.now())
            messages.success(request, "L’accord est noté\u00a0: ces archives n’attendent plus de visa.")
            return redirect("mairie:eliminations")
    return _page(request, beneficiary, form)


@gesture
def end_agreement(request: HttpRequest, beneficiary: Beneficiary, agreement_id: int) -> HttpResponse:
    """End an agreement with the archives."""
    found = StandingAgreement.objects.filter(beneficiary=beneficiary, pk=agreement_id).first()
    if found is None:
        raise Http404("Cet accord n’existe pas, ou n’est pas celui de votre organisme.")
    actions.end_agreement(found, by=person(request), at=timezone.now())
    messages.success(request, "L’accord est terminé\u00a0: chaque bordereau attend de nouveau un visa.")
    return redirect("mairie:eliminations")
