"""Import of an old box into one of the mairie's: asked, followed, given up, resumed."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from socle.lib import dates, limits
from socle.lib.refusals import Refused, refuse
from socle.mail import addresses
from socle.mail.forms import ImportForm, PasswordForm
from socle.mail.importing import actions
from socle.mail.importing.providers import PROVIDERS, provider_of
from socle.mail.models import Migration
from socle.mail.models.migrations import OPEN, Status
from socle.mail.presenters import show_import
from socle.mairie.access import gesture, mairie_view, person
from socle.mairie.views.mail import home
from socle.mairie.views.mailboxes import box_or_404
from socle.people.models import Beneficiary
from socle.ui.shapes import Link
from socle.ui.submit import refusal_shown_in

# Each try knocks at a server that is not ours.
TRIES, PER = 6, 600


@mairie_view
def ask(request: HttpRequest, beneficiary: Beneficiary, box_id: int) -> HttpResponse:
    """Ask for an old box to be copied: its server is asked at once whether it opens."""
    box, by, at = box_or_404(request, beneficiary, box_id), person(request), timezone.now()
    form = ImportForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        asked = form.cleaned_data
        with refusal_shown_in(form):
            refuse(actions.why_not_import(box, by=by, on=dates.day_of(at)))
            login = addresses.read_address(asked["login"])
            host = actions.server_of(login, asked["host"])
            refuse(limits.why_not_yet(f"old-box:{box.pk}", limit=TRIES, per=PER))
            why_not = actions.why_not_enter(host, actions.PORT, login=login, password=asked["password"])
            if why_not is not None:
                provider = provider_of(login)
                raise Refused(f"{why_not} {provider.advice if provider else ''}".strip())
            actions.ask_import(box, login=login, password=asked["password"], host=host, by=by, at=at)
            messages.success(request, "L’ancienne boîte s’ouvre : la reprise commence.")
            return redirect("mairie:mailbox_import", box.pk)
    context = {
        "box": box,
        "form": form,
        "providers": [one for one in PROVIDERS if one.advice],
        "crumbs": [
            home(), Link(box.address, reverse("mairie:mailbox", args=[box.pk])), Link("Reprendre une ancienne boîte"),
        ],
    }  # fmt: skip
    return render(request, "mairie/mailbox_import_ask.html", context, status=422 if form.errors else 200)


@mairie_view
def show(request: HttpRequest, beneficiary: Beneficiary, box_id: int) -> HttpResponse:
    """Show how far the import is, folder by folder, and what was compared."""
    box = box_or_404(request, beneficiary, box_id)
    found = Migration.objects.filter(mailbox=box).prefetch_related("folders").first()
    if found is None:
        return redirect("mairie:mailbox_import_ask", box.pk)
    by, on = person(request), dates.day_of(timezone.now())
    context = {
        "box": box,
        "import": show_import(found),
        "is_under_way": found.status in (Status.ASKED, Status.RUNNING),
        "is_open": found.status in OPEN,
        "is_stopped": found.status == Status.FAILED,
        "form": PasswordForm(),
        "why_not_again": actions.why_not_import(box, by=by, on=on),
        "crumbs": [
            home(), Link(box.address, reverse("mairie:mailbox", args=[box.pk])), Link("Reprise d’une ancienne boîte"),
        ],
    }  # fmt: skip
    return render(request, "mairie/mailbox_import.html", context)


def _migration_or_404(request: HttpRequest, beneficiary: Beneficiary, box_id: int) -> Migration:
    box = box_or_404(request, beneficiary, box_id)
    found = Migration.objects.filter(mailbox=box).select_related("mailbox__beneficiary").first()
    if found is None:
        raise Http404("Aucune reprise n’a été demandée pour cette boîte.")
    migration: Migration = found
    return migration


@gesture
def cancel(request: HttpRequest, beneficiary: Beneficiary, box_id: int) -> HttpResponse:
    """Give up an import."""
    actions.cancel(_migration_or_404(request, beneficiary, box_id), by=person(request), at=timezone.now())
    messages.success(request, "La reprise est annulée : ce qui est déjà copié reste, l’ancien mot de passe est effacé.")
    return redirect("mairie:mailbox_import", box_id)


@gesture
def resume(request: HttpRequest, beneficiary: Beneficiary, box_id: int) -> HttpResponse:
    """Resume an import that stopped."""
    form = PasswordForm(request.POST)
    password = form.cleaned_data["password"] if form.is_valid() else ""
    migration = _migration_or_404(request, beneficiary, box_id)
    actions.resume(migration, password=password, by=person(request), at=timezone.now())
    messages.success(request, "La reprise repart de là où elle s’était arrêtée.")
    return redirect("mairie:mailbox_import", box_id)
