"""The programs that act in the operator's name: their tokens."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from socle.console.access import Access, console_view, forbid, gesture
from socle.console.lists import leave
from socle.integrations import actions, rules
from socle.integrations.forms import TokenForm
from socle.integrations.models import Token
from socle.integrations.shown import TOKEN_COLUMNS, TOKEN_SHEET, token_rows
from socle.lib import dates
from socle.lib.refusals import Refused
from socle.ui.shapes import Link, files_of


def _why_not_keep(access: Access) -> str | None:
    return rules.why_not_keep(access.operator, by=access.user, on=dates.day_of(timezone.now()))


def _crumbs(here: str) -> list[Link]:
    return [Link("Jetons d’accès", reverse("console:tokens")), Link(here)]


@console_view
def show_all(request: HttpRequest, access: Access) -> HttpResponse:
    """List the operator's tokens."""
    rows = token_rows(access.operator, by=access.user, at=timezone.now())
    context = {
        "rows": rows,
        "columns": TOKEN_COLUMNS,
        "why_not_keep": _why_not_keep(access),
        "files": files_of(request, "console:tokens_file"),
    }
    return render(request, "console/tokens.html", context)


@console_view
def export(request: HttpRequest, access: Access, format: str) -> HttpResponse:
    """Give the operator's tokens as a file; never a secret, which nobody has."""
    rows = token_rows(access.operator, by=access.user, at=timezone.now())
    return leave(request, access, TOKEN_SHEET, rows, format)


@sensitive_variables("secret")
@console_view
def create(request: HttpRequest, access: Access) -> HttpResponse:
    """Make a token, and show its secret this once."""
    forbid(_why_not_keep(access))
    form = TokenForm(request.POST) if request.method == "POST" else TokenForm()
    if form.is_bound and form.is_valid():
        try:
            token, secret = actions.create_token(
                access.operator, **form.cleaned_data, by=access.user, at=timezone.now()
            )
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            response = render(
                request, "console/token_made.html", {"token": token, "secret": secret, "crumbs": _crumbs(token.name)}
            )
            response["Cache-Control"] = "no-store"
            return response
    status = 422 if form.errors else 200
    return render(request, "console/token_form.html", {"form": form, "crumbs": _crumbs("Créer")}, status=status)


def token_or_404(request: HttpRequest, access: Access) -> Token:
    """Return the token of this operator that a gesture names, or answer 404."""
    asked = request.POST.get("jeton", "")[:8].replace("\x00", "")
    token = Token.objects.of(access.operator).filter(prefix=asked).first()
    if token is None:
        raise Http404("Ce jeton n’existe pas, ou n’est pas celui de votre organisme.")
    return token


@gesture
def revoke(request: HttpRequest, access: Access) -> HttpResponse:
    """Put a program out."""
    token = token_or_404(request, access)
    forbid(_why_not_keep(access))
    if token.revoked_at is not None:
        messages.info(request, "Ce jeton est déjà révoqué.")
    else:
        actions.revoke_token(token, by=access.user, at=timezone.now())
        messages.success(request, f"Le jeton « {token.name} » est révoqué : il n’ouvre plus rien.")
    return redirect("console:tokens")


@gesture
def take_over(request: HttpRequest, access: Access) -> HttpResponse:
    """Answer for a token in place of whoever did."""
    token = token_or_404(request, access)
    forbid(_why_not_keep(access))
    if token.held_by_id == access.user.pk:
        messages.info(request, "Vous répondez déjà de ce jeton.")
    else:
        actions.take_over_token(token, by=access.user, at=timezone.now())
        messages.success(request, f"Vous répondez maintenant du jeton « {token.name} ».")
    return redirect("console:tokens")
