"""The programs that act in the beneficiary's name: their tokens."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from socle.integrations import actions, rules
from socle.integrations.forms import TokenForm
from socle.integrations.models import Token
from socle.integrations.shown import TOKEN_COLUMNS, token_rows
from socle.lib.dates import day_of
from socle.lib.refusals import Refused
from socle.mairie.access import gesture, mairie_view, person
from socle.people.models import Beneficiary
from socle.ui.shapes import Link


def _crumbs(here: str) -> list[Link]:
    return [Link("Jetons d’accès", reverse("mairie:tokens")), Link(here)]


@mairie_view
def show_all(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """List the beneficiary's tokens."""
    by, at = person(request), timezone.now()
    context = {
        "rows": token_rows(beneficiary, by=by, at=at),
        "columns": TOKEN_COLUMNS,
        "why_not_keep": rules.why_not_keep(beneficiary, by=by, on=day_of(at)),
    }
    return render(request, "mairie/tokens.html", context)


@sensitive_variables("secret")
@mairie_view
def create(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """Make a token, and show its secret this once."""
    form = (
        TokenForm(request.POST, for_beneficiary=True) if request.method == "POST" else TokenForm(for_beneficiary=True)
    )
    if form.is_bound and form.is_valid():
        try:
            token, secret = actions.create_token(
                beneficiary, **form.cleaned_data, by=person(request), at=timezone.now()
            )
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            response = render(
                request, "mairie/token_made.html", {"token": token, "secret": secret, "crumbs": _crumbs(token.name)}
            )
            response["Cache-Control"] = "no-store"
            return response
    status = 422 if form.errors else 200
    return render(request, "mairie/token_form.html", {"form": form, "crumbs": _crumbs("Créer")}, status=status)


def token_or_404(request: HttpRequest, beneficiary: Beneficiary) -> Token:
    """Return the token of the active beneficiary that a gesture names, or answer 404."""
    asked = request.POST.get("jeton", "")[:8].replace("\x00", "")
    token = Token.objects.of(beneficiary).filter(prefix=asked).first()
    if token is None:
        raise Http404("Ce jeton n’existe pas, ou n’est pas celui de votre organisme.")
    return token


@gesture
def revoke(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """Put a program out."""
    token = token_or_404(request, beneficiary)
    if token.revoked_at is not None:
        messages.info(request, "Ce jeton est déjà révoqué.")
    else:
        actions.revoke_token(token, by=person(request), at=timezone.now())
        messages.success(request, f"Le jeton « {token.name} » est révoqué : il n’ouvre plus rien.")
    return redirect("mairie:tokens")


@gesture
def take_over(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """Answer for a token in place of whoever did."""
    token = token_or_404(request, beneficiary)
    if token.held_by_id == person(request).pk:
        messages.info(request, "Vous répondez déjà de ce jeton.")
    else:
        actions.take_over_token(token, by=person(request), at=timezone.now())
        messages.success(request, f"Vous répondez maintenant du jeton « {token.name} ».")
    return redirect("mairie:tokens")
