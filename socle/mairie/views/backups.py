"""The machines of the mairie and their saves: how they are, adding one, the certificates."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from socle.backups import actions, rules
from socle.backups.forms import InstallationForm, MachineChangeForm, MachineForm
from socle.backups.models import Account, Drill, Machine, Period, Snapshot, Status, System
from socle.backups.presenters import SHEET, MachineRow, ago, row_of, rows_of, summary_of, with_states
from socle.backups.scripting import script_of
from socle.documents.serving import served
from socle.lib.refusals import Refused, refuse
from socle.mairie.access import gesture, mairie_view, person
from socle.mairie.files import leave
from socle.mairie.services import UNSERVED
from socle.people.models import Beneficiary
from socle.provisioning.models import Installation
from socle.provisioning.rules import why_pending
from socle.ui.shapes import Column, Link, files_of
from socle.ui.submit import refusal_shown_in

COLUMNS = (Column("Machine"), Column("État"), Column("Dernière sauvegarde"), Column("Place", is_number=True))
SHOWN = 20
ASKED = "C’est demandé\u00a0: votre opérateur le voit, et conviendra d’un moment avec vous."


def _account(beneficiary: Beneficiary) -> Account | None:
    return Account.objects.filter(beneficiary=beneficiary).first()


def _rows(beneficiary: Beneficiary) -> list[MachineRow]:
    return rows_of(with_states(Machine.objects.filter(beneficiary=beneficiary)), at=timezone.now())


def machine_or_404(beneficiary: Beneficiary, machine_id: int) -> Machine:
    """Return a machine of the active beneficiary, or answer 404 as for one that does not exist."""
    found: Machine | None = with_states(Machine.objects.filter(beneficiary=beneficiary, pk=machine_id)).first()
    if found is None:
        raise Http404("Cette machine n’existe pas, ou n’est pas celle de votre organisme.")
    return found


@mairie_view
def show_all(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """Show how the saves are: in one sentence, then machine by machine, and the certificates."""
    account, rows = _account(beneficiary), _rows(beneficiary)
    living = [row for row in rows if row.machine.status != Status.RETIRED]
    drills = Drill.objects.filter(repository__beneficiary=beneficiary, document__isnull=False)
    services = Installation.objects.filter(beneficiary=beneficiary, service__code="sauvegardes")
    service = services.select_related("service").first()
    context = {
        "account": account,
        "summary": summary_of(account, rows),
        "rows": rows,
        "columns": COLUMNS,
        "drills": drills.select_related("document", "repository__machine")[:SHOWN],
        "is_simulated": service is not None and service.is_simulated,
        "unserved": UNSERVED if service is not None and why_pending(service) else "",
        "why_not_add": rules.why_not_add(account, count=len(living)),
        "files": files_of(request, "mairie:backups_file"),
    }
    return render(request, "mairie/backups.html", context)


@mairie_view
def export(request: HttpRequest, beneficiary: Beneficiary, format: str) -> HttpResponse:
    """Give the machines as a file."""
    return leave(request, beneficiary, SHEET, _rows(beneficiary), format)


@mairie_view
def ask(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """Ask the operators to come and install the saves of a computer."""
    account = _account(beneficiary)
    refuse(rules.why_not_add(account, count=0))
    assert account is not None
    form = InstallationForm(request.POST) if request.method == "POST" else InstallationForm()
    if form.is_bound and form.is_valid():
        with refusal_shown_in(form, "name"):
            actions.add_machine(
                account,
                name=form.cleaned_data["name"],
                system=System.WINDOWS,
                folders="",
                every_days=Period.DAY,
                is_asked=True,
                by=person(request),
                at=timezone.now(),
            )
            messages.success(request, ASKED)
            return redirect("mairie:backups")
    crumbs = [Link("Sauvegardes", reverse("mairie:backups")), Link("Demander l’installation")]
    status = 422 if form.errors else 200
    return render(request, "mairie/backup_machine_ask.html", {"form": form, "crumbs": crumbs}, status=status)


@sensitive_variables("code")
@mairie_view
def add(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """Announce a machine, and show the script that enrols it, this once."""
    account = _account(beneficiary)
    refuse(rules.why_not_add(account, count=0))
    assert account is not None
    form = MachineForm(request.POST) if request.method == "POST" else MachineForm()
    if form.is_bound and form.is_valid():
        try:
            machine, code = actions.add_machine(account, **form.cleaned_data, by=person(request), at=timezone.now())
        except Refused as refusal:
            form.add_error("name" if "machine" in refusal.sentence else None, refusal.sentence)
        else:
            return _show_code(request, machine, code)
    crumbs = [Link("Sauvegardes", reverse("mairie:backups")), Link("Installer soi-même")]
    context = {"form": form, "crumbs": crumbs}
    return render(request, "mairie/backup_machine_add.html", context, status=422 if form.errors else 200)


@sensitive_variables("code")
def _show_code(request: HttpRequest, machine: Machine, code: str) -> HttpResponse:
    context = {
        "machine": machine,
        "code": code,
        "script": script_of(machine, code),
        "crumbs": [Link("Sauvegardes", reverse("mairie:backups")), Link(machine.name)],
    }
    response = render(request, "mairie/backup_machine_code.html", context)
    response["Cache-Control"] = "no-store"
    return response


@mairie_view
def show(request: HttpRequest, beneficiary: Beneficiary, machine_id: int) -> HttpResponse:
    """Show a machine: how it is, its last saves, its checks and rehearsals, what may be done."""
    machine = machine_or_404(beneficiary, machine_id)
    return _page(request, machine, _change_form(machine))


def _change_form(machine: Machine, data: Any = None) -> MachineChangeForm:
    settings = {name: getattr(machine, name) for name in ("name", "folders", "every_days")}
    return MachineChangeForm(data, initial=settings, system=machine.system)


def _page(request: HttpRequest, machine: Machine, form: MachineChangeForm) -> HttpResponse:
    at, repository = timezone.now(), machine.repository
    context: dict[str, Any] = {
        "machine": machine,
        "row": row_of(machine, at=at),
        "form": form,
        "snapshots": [
            (one, ago(one.dated_at, at=at))
            for one in Snapshot.objects.filter(repository=repository, forgotten_at=None)[:SHOWN]
        ]
        if repository
        else [],
        "drills": repository.drills.select_related("document")[:SHOWN] if repository else [],
        "check": repository.checks.first() if repository else None,
        "uses": repository.escrow_uses.exclude(purpose__in=("drill", "prune"))[:SHOWN] if repository else [],
        "why_not_code": rules.why_not_new_code(machine),
        "why_not_ask": rules.why_not_ask_install(machine),
        "why_not_retire": rules.why_not_retire(machine),
        "why_not_resume": rules.why_not_resume(machine, _account(machine.beneficiary)),
        "crumbs": [Link("Sauvegardes", reverse("mairie:backups")), Link(machine.name)],
    }
    return render(request, "mairie/backup_machine.html", context, status=422 if form.errors else 200)


@gesture
def change(request: HttpRequest, beneficiary: Beneficiary, machine_id: int) -> HttpResponse:
    """Call a machine otherwise, or expect its saves at another pace."""
    machine = machine_or_404(beneficiary, machine_id)
    form = _change_form(machine, request.POST)
    if form.is_valid():
        try:
            actions.change_machine(machine, **form.cleaned_data, by=person(request), at=timezone.now())
        except Refused as refusal:
            form.add_error(
                "folders" if "chemin" in refusal.sentence or "dossier" in refusal.sentence else "name", refusal.sentence
            )
        else:
            messages.success(request, "C’est enregistré : la machine le lira avant sa prochaine sauvegarde.")
            return redirect("mairie:backup_machine", machine.pk)
    return _page(request, machine, form)


@gesture
def ask_for(request: HttpRequest, beneficiary: Beneficiary, machine_id: int) -> HttpResponse:
    """Ask the operators to come and install a machine announced before."""
    machine = machine_or_404(beneficiary, machine_id)
    machine = actions.ask_install(machine, by=person(request), at=timezone.now())
    messages.success(request, ASKED)
    return redirect("mairie:backup_machine", machine.pk)


@gesture
def renew_code(request: HttpRequest, beneficiary: Beneficiary, machine_id: int) -> HttpResponse:
    """Give a machine not installed yet another code, and show its script."""
    machine = machine_or_404(beneficiary, machine_id)
    return _show_code(request, *actions.renew_code(machine, by=person(request), at=timezone.now()))


@sensitive_post_parameters()
@gesture
def script(request: HttpRequest, beneficiary: Beneficiary, machine_id: int) -> HttpResponse:
    """Give the script as a file, to whoever has just been shown its code."""
    machine, code = machine_or_404(beneficiary, machine_id), request.POST.get("code", "")[:60]
    if not machine.code_digest or actions.digest_of(code) != machine.code_digest:
        raise Refused("Ce code n’est plus celui de cette machine : demandez-en un autre.")
    made = script_of(machine, code)
    return made.as_file()


@gesture
def retire(request: HttpRequest, beneficiary: Beneficiary, machine_id: int) -> HttpResponse:
    """Let a machine in no more."""
    machine = machine_or_404(beneficiary, machine_id)
    machine = actions.retire_machine(machine, by=person(request), at=timezone.now())
    messages.success(request, f"« {machine.name} » n’est plus sauvegardée. Ce qu’elle avait sauvegardé est gardé.")
    return redirect("mairie:backup_machine", machine.pk)


@gesture
def take_back(request: HttpRequest, beneficiary: Beneficiary, machine_id: int) -> HttpResponse:
    """Let in again a machine that was stopped."""
    machine = machine_or_404(beneficiary, machine_id)
    machine = actions.take_back_machine(machine, by=person(request), at=timezone.now())
    messages.success(request, f"« {machine.name} » peut de nouveau sauvegarder.")
    return redirect("mairie:backup_machine", machine.pk)


@mairie_view
def certificate(request: HttpRequest, beneficiary: Beneficiary, drill_id: int) -> HttpResponse:
    """Give the attestation of a rehearsal, or its sheet while nobody attested it."""
    found = Drill.objects.filter(repository__beneficiary=beneficiary, document__isnull=False, pk=drill_id)
    drill = found.select_related("document", "attestation", "repository").first()
    if drill is None or drill.document is None:
        raise Http404("Cette attestation n’existe pas, ou n’est pas celle de votre organisme.")
    what = "attestation" if drill.attestation else "releve"
    return served(drill.attestation or drill.document, name=f"{what}-{drill.repository.name}-{drill.quarter}.pdf")
