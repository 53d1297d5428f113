"""Papers of acts: the text and the proof that were kept, and the model of a deliberation to adapt."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from socle.assemblies import actions as assemblies
from socle.documents.serving import served
from socle.mairie import journey
from socle.mairie.access import act_or_404, gesture, mairie_view, person
from socle.mairie.model_deliberation import model_for, proposed_by
from socle.people.models import Beneficiary


@mairie_view
def text(request: HttpRequest, beneficiary: Beneficiary, act_id: int) -> HttpResponse:
    """Give the text of the act, as it was kept."""
    act = act_or_404(request, beneficiary, act_id)
    if act.document is None:
        raise Http404("Le texte de cet acte n’a pas été déposé.")
    return served(act.document, name=f"acte-{act.number}.pdf")


@mairie_view
def proof(request: HttpRequest, beneficiary: Beneficiary, act_id: int) -> HttpResponse:
    """Give what proves that the act was published, as it was kept."""
    act = act_or_404(request, beneficiary, act_id)
    if act.publication_proof is None:
        raise Http404("Aucun fichier ne prouve la publication de cet acte.")
    return served(act.publication_proof, name=f"publication-{act.number}.pdf")


@mairie_view
def model(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """Show a model of the deliberation, filled with the facts of the beneficiary, to print or to copy."""
    situation = journey.situation_of(beneficiary)
    return render(
        request, "mairie/model_deliberation.html", {"beneficiary": beneficiary, "model": model_for(situation)}
    )


@gesture
def model_propose(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """Write the model on the agenda of the next meeting in preparation, made when there is none."""
    situation = journey.situation_of(beneficiary)
    by, at = person(request), timezone.now()
    agreement = situation.agreement
    asked_for = f"agreement:{agreement.number}" if agreement is not None else ""
    wanted = proposed_by(model_for(situation), asked_for=asked_for)
    item = assemblies.propose(beneficiary, wanted, by=by, at=at)
    messages.success(request, "Le projet est à l’ordre du jour. L’acte qui en sortira ira à la convention.")
    return redirect("mairie:meeting", item.meeting_id)


@mairie_view
def model_text(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """Give the same model as plain text, to be opened in a word processor."""
    model = model_for(journey.situation_of(beneficiary))
    response = HttpResponse("\ufeff" + model.as_text(), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="projet-de-deliberation.txt"'
    return response
