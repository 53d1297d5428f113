"""How the body of this desk sends to its prefecture electronically, and what the prefecture wrote."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters

from socle.assemblies.desk import Desk
from socle.assemblies.forms import AccountForm, CertificateForm
from socle.deliberations import accounts
from socle.deliberations.models import TransmissionAccount
from socle.deliberations.transmission_queries import heard, letters, set_aside, to_answer
from socle.deliberations.transmission_rules import AccountFacts, why_not_electronic
from socle.lib.refusals import Refused
from socle.ui.shapes import Link
from socle.ui.submit import refusal_shown_in

SHOWN = 50


def show(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Show how acts are sent, and the letters of the prefecture."""
    desk.forbid()
    return _page(request, desk)


def _page(
    request: HttpRequest, desk: Desk, *, form: AccountForm | None = None, certificate: CertificateForm | None = None
) -> HttpResponse:
    account = TransmissionAccount.of(desk.owner)
    wrong = any(one is not None and one.errors for one in (form, certificate))
    context = {
        "crumbs": [Link("Séances", desk.address("meetings")), Link("Préfecture")],
        "account": account,
        "why_not": why_not_electronic(account, at=timezone.now()),
        "form": form or AccountForm(owner=desk.owner),
        "certificate": certificate or CertificateForm(),
        "certificate_ends_soon": account is not None and account.is_ending(timezone.now()),
        "letters": list(letters(desk.owner)[:SHOWN]),
        "unanswered": set(to_answer(heard(desk.owner)).values_list("pk", flat=True)),
        "set_aside": list(set_aside(desk.owner)[:SHOWN]),
    }
    return desk.show(request, "transmission", context, status=422 if wrong else 200)


@sensitive_post_parameters("password")
def set_account(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Write how acts are sent electronically."""
    desk.forbid()
    form = AccountForm(request.POST, owner=desk.owner)
    if form.is_valid():
        with refusal_shown_in(form):
            accounts.set_account(desk.owner, AccountFacts(**form.cleaned_data), by=desk.by, at=timezone.now())
            messages.success(request, "C’est noté. Déposez le certificat, puis essayez.")
            return desk.to("transmission")
    return _page(request, desk, form=form)


def _account(desk: Desk) -> TransmissionAccount:
    desk.forbid()
    account = TransmissionAccount.of(desk.owner)
    if account is None:
        raise Refused("Dites d’abord le dispositif de transmission.")
    return account


@sensitive_post_parameters("certificate_password")
def certify(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Keep the certificate of the body in the vault."""
    account, form = _account(desk), CertificateForm(request.POST, request.FILES)
    if form.is_valid():
        content = form.cleaned_data["certificate"].read()
        password = form.cleaned_data["certificate_password"]
        with refusal_shown_in(form, "certificate"):
            accounts.give_certificate(account, content, password=password, by=desk.by, at=timezone.now())
            messages.success(request, "Le certificat est gardé, chiffré.")
            return desk.to("transmission")
    return _page(request, desk, certificate=form)


def check(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Ask the device whether it knows the body, then read the nomenclature of the prefecture."""
    account, at = _account(desk), timezone.now()
    accounts.check(account, by=desk.by, at=at)
    accounts.read_classification(account, by=desk.by, at=at)
    messages.success(request, "Le dispositif répond, et la classification de la préfecture est lue.")
    return desk.to("transmission")
