"""The programs that act in the organisation's name: their tokens."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from socle.integrations import actions
from socle.integrations.desk import Desk
from socle.integrations.forms import TokenForm
from socle.integrations.models import Token
from socle.integrations.presenters import TOKEN_COLUMNS, TOKEN_SHEET, token_rows
from socle.people import exports
from socle.ui.shapes import Link, files_of
from socle.ui.submit import refusal_shown_in


def _crumbs(desk: Desk, here: str) -> list[Link]:
    return [Link("Jetons d’accès", desk.address("tokens")), Link(here)]


def show_all(request: HttpRequest, desk: Desk) -> HttpResponse:
    """List the organisation's tokens."""
    context = {
        "rows": token_rows(desk.owner, by=desk.by, at=timezone.now()),
        "columns": TOKEN_COLUMNS,
        "why_not_keep": desk.why_not_keep_tokens,
        "files": files_of(request, f"{desk.door}:tokens_file"),
    }
    return desk.show(request, "tokens", context)


def export(request: HttpRequest, desk: Desk, format: str) -> HttpResponse:
    """Give the organisation's tokens as a file; never a secret, which nobody has."""
    rows = token_rows(desk.owner, by=desk.by, at=timezone.now())
    return exports.leave(request, TOKEN_SHEET, rows, format=format, owner=desk.owner, by=desk.by)


@sensitive_variables("secret")
def create(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Make a token, and show its secret this once."""
    desk.forbid(desk.why_not_keep_tokens)
    form = TokenForm(*([request.POST] if request.method == "POST" else []), owner=desk.owner)
    if form.is_bound and form.is_valid():
        with refusal_shown_in(form):
            token, secret = actions.create_token(desk.owner, **form.cleaned_data, by=desk.by, at=timezone.now())
            context = {"token": token, "secret": secret, "crumbs": _crumbs(desk, token.name)}
            response = desk.show(request, "token_made", context)
            response["Cache-Control"] = "no-store"
            return response
    context = {"form": form, "crumbs": _crumbs(desk, "Créer")}
    return desk.show(request, "token_form", context, status=422 if form.errors else 200)


def token_or_404(request: HttpRequest, desk: Desk) -> Token:
    """Return the token of this organisation that a gesture names, or answer 404."""
    asked = request.POST.get("jeton", "")[:8].replace("\x00", "")
    token = Token.objects.of(desk.owner).filter(prefix=asked).first()
    if token is None:
        raise Http404("Ce jeton n’existe pas, ou n’est pas celui de votre organisme.")
    return token


def revoke(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Put a program out."""
    token = token_or_404(request, desk)
    desk.forbid(desk.why_not_keep_tokens)
    if token.revoked_at is not None:
        messages.info(request, "Ce jeton est déjà révoqué.")
    else:
        actions.revoke_token(token, by=desk.by, at=timezone.now())
        messages.success(request, f"Le jeton « {token.name} » est révoqué : il n’ouvre plus rien.")
    return desk.to("tokens")


def take_over(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Answer for a token in place of whoever did."""
    token = token_or_404(request, desk)
    desk.forbid(desk.why_not_keep_tokens)
    if token.held_by_id == desk.by.pk:
        messages.info(request, "Vous répondez déjà de ce jeton.")
    else:
        actions.take_over_token(token, by=desk.by, at=timezone.now())
        messages.success(request, f"Vous répondez maintenant du jeton « {token.name} ».")
    return desk.to("tokens")
