"""Who signs for the mairies of the drafts: addresses to check before anything leaves, and a table of many."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from socle.agreements import rules, signatories
from socle.agreements.models import Status
from socle.documents.fields import ScannedFileField
from socle.lib import dates
from socle.lib.refusals import Refused, refuse
from socle.lib.tables import MOST_FAULTS, Faulty
from socle.lib.text import counted
from socle.people.forms import noted
from socle.people.invitation_rules import MOST_NOTED, Check
from socle.people.models import Invitation, InvitationStatus, Role, SignatoryRequest
from socle.provisioning.desk.access import Access, console_view, forbid, gesture, record_view
from socle.ui.shapes import Link

# Calls that somebody notes in one go; the others come as these leave.
SHOWN = 100


class MayorsForm(forms.Form):
    """A table of those who sign, and how their addresses were checked."""

    file = ScannedFileField(
        label="Fichier",
        help_text=f"CSV ou XLSX, avec les colonnes {', '.join(signatories.HEADERS)}. La commune s’écrit par son nom ou "
        "son code INSEE\u00a0; l’adresse est à son nom, jamais celle de la mairie.",
        error_messages={"required": "Choisissez le fichier.", "empty": "Ce fichier est vide."},
    )
    note = forms.CharField(
        label="Comment ces adresses ont été vérifiées auprès des mairies",
        required=False,
        max_length=MOST_NOTED,
        help_text="Par exemple\u00a0: toutes les mairies appelées du 2 au 6 mars. Laissez vide pour noter l’appel de "
        "chacune sur cette page\u00a0: les invitations attendent jusque-là.",
        error_messages={"max_length": f"Cette note compte {MOST_NOTED} caractères au plus."},
    )


@console_view
def show(request: HttpRequest, access: Access) -> HttpResponse:
    """Show the addresses to check, what was asked of the mairies, and how to bring a table."""
    _forbid(access)
    return _page(request, access, MayorsForm())


@gesture
def take(request: HttpRequest, access: Access) -> HttpResponse:
    """Invite those of a table: all of them, or nobody and what is to be corrected."""
    _forbid(access)
    form = MayorsForm(request.POST, request.FILES)
    if form.is_valid():
        given: UploadedFile[bytes] = form.cleaned_data["file"]
        at = timezone.now()
        drafts = access.agreements().filter(status=Status.DRAFT)
        known = drafts.select_related("beneficiary__commune", "beneficiary__department")
        try:
            made = signatories.invite_all(given, known, note=form.cleaned_data["note"], by=access.user, at=at)
        except Faulty as faulty:
            return _page(request, access, form, faults=faulty.faults[:MOST_FAULTS], faults_count=len(faulty.faults))
        except Refused as refusal:
            form.add_error("file", refusal.sentence)
        else:
            many = len(made) > 1
            if made[0].status == InvitationStatus.SENT:
                told = f"{counted(len(made), 'invitation')} à signer {'partent' if many else 'part'}."
            else:
                told = f"{counted(len(made), 'invitation')} {'attendent' if many else 'attend'} votre appel, plus bas."
            messages.success(request, told)
            return redirect("console:signatories")
    return _page(request, access, form)


@gesture
def confirm(request: HttpRequest, access: Access) -> HttpResponse:
    """Send the invitations of the lines that say how their address was checked, all of them or none."""
    _forbid(access)
    waiting = list(_to_confirm(access))
    acts = signatories.acts_of(waiting)
    checks: dict[Invitation, Check] = {}
    for one in waiting:
        act = acts.get(one.beneficiary_id or 0)
        if (check := noted(request.POST.get(f"appel-{one.pk}", ""))) is not None:
            checks[one] = check
        elif act is not None and request.POST.get(f"acte-{one.pk}"):
            checks[one] = signatories.by_act(act)
    try:
        refuse(None if checks else "Notez au moins un appel\u00a0: qui vous a répondu à la mairie, et quel jour.")
        count = signatories.confirm_all(checks, by=access.user, at=timezone.now())
    except Refused as refusal:
        # The notes of the other calls stay as they were typed.
        return _page(request, access, MayorsForm(), refusal=refusal.sentence, typed=request.POST)
    messages.success(request, f"{counted(count, 'invitation')} à signer {'partent' if count > 1 else 'part'}.")
    return redirect("console:signatories")


def _forbid(access: Access) -> None:
    forbid(rules.why_not_write(by=access.user, on=dates.day_of(timezone.now())))


def _to_confirm(access: Access) -> Any:
    return signatories.to_confirm(access.beneficiaries())


def _page(
    request: HttpRequest,
    access: Access,
    form: MayorsForm,
    *,
    faults: Any = (),
    faults_count: int = 0,
    refusal: str = "",
    typed: Mapping[str, str] = MappingProxyType({}),
) -> HttpResponse:
    record_view(request, "signatories")
    waiting = list(_to_confirm(access)[: SHOWN + 1])
    acts = signatories.acts_of(waiting)
    answered = {"answered_at": None, "beneficiary__in": access.beneficiaries()}
    asked = SignatoryRequest.objects.filter(**answered).select_related("beneficiary__commune")
    bounced = Invitation.objects.filter(
        status=InvitationStatus.SENT, bounced_at__isnull=False, role=Role.MAYOR, beneficiary__in=access.beneficiaries()
    ).select_related("beneficiary__commune")
    context = {
        "form": form,
        "faults": faults,
        "faults_count": faults_count,
        "is_more": len(waiting) > SHOWN,
        "rows": [
            (one, acts.get(one.beneficiary_id or 0), typed.get(f"appel-{one.pk}", "")[:MOST_NOTED])
            for one in waiting[:SHOWN]
        ],
        "refusal": refusal,
        "asked": asked[:SHOWN],
        "more_asked": max(0, asked.count() - SHOWN),
        "bounced": bounced[:SHOWN],
        "most_noted": MOST_NOTED,
        "crumbs": [Link("Conventions", reverse("console:agreements")), Link("Signataires des mairies")],
    }
    return render(request, "console/signatories.html", context, status=422 if form.errors or faults or refusal else 200)
