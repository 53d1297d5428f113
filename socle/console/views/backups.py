"""The machines' saves of the whole territory: who is late, what is wrong, and the key in escrow."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from socle.backups import actions, certificate, escrow, rules, tasks
from socle.backups.forms import KeyForm, QuotaForm
from socle.backups.models import (
    GIGABYTE,
    Account,
    Drill,
    EscrowUse,
    Machine,
    Period,
    Repository,
    Snapshot,
    Status,
    UseStatus,
)
from socle.backups.presenters import SHEET, ago, row_of, rows_of, summary_of, with_states
from socle.backups.scripting import script_of
from socle.documents.serving import served
from socle.lib import dates
from socle.lib.refusals import Refused
from socle.provisioning.desk import journal_lines
from socle.provisioning.desk.access import Access, console_view, forbid, gesture, record_view
from socle.provisioning.desk.listing import ListColumn, Listing, in_files, on_page
from socle.provisioning.desk.lists import PLACE, Filters, at_place, choice, text
from socle.ui.shapes import Link, Sorting
from socle.ui.submit import refusal_shown_in

COLUMNS: tuple[ListColumn[Any], ...] = (
    ListColumn("Bénéficiaire et machine", sort="place"),
    ListColumn("État", sort="status"),
    ListColumn("Dernière sauvegarde", sort="last"),
    ListColumn("Place", sort="room", is_number=True),
    ListColumn("Exercice", sort="drill_at"),
    *in_files(SHEET.fields),
)
LATE, WRONG = "en-retard", "anomalie"
SHOWN = 20


class BackupFilters(Filters):
    code, view, title = "backups", "console:backups", "Sauvegardes"
    columns = on_page(COLUMNS)
    q = text("Recherche", placeholder="Commune, code INSEE ou machine")
    etat = choice("État", [*Status.choices, (LATE, "en retard"), (WRONG, "anomalie")], every="Tous")

    def apply(self, machines: models.QuerySet[Machine], *, at: datetime) -> models.QuerySet[Machine]:
        """Narrow the list to what is asked for."""
        if state := self.chosen("etat"):
            machines = machines.filter(_wanted(state, at=at))
        if wanted := self.chosen("q").strip():
            machines = machines.filter(at_place(wanted) | Q(name__icontains=wanted))
        return machines


def _wanted(state: str, *, at: datetime) -> Q:
    if state == LATE:
        late = Q()
        for period in Period:
            limit = at - timedelta(days=period.value * settings.SOCLE_MACHINE_BACKUPS_LATE)
            late |= Q(every_days=period, last__lt=limit)
        return Q(status=Status.ENROLLED) & late
    if state == WRONG:
        wrong = Q(drill_is_sound=False) | Q(check_is_sound=False) | Q(has_vanished=True) | Q(has_doubtful=True)
        return Q(status=Status.ENROLLED) & wrong
    return Q(status=state)


def _mine(access: Access) -> Any:
    machines = with_states(Machine.objects.filter(beneficiary__department__in=access.departments))
    last = Coalesce("repository__last_success_at", "enrolled_at", "made_at")
    return machines.annotate(place=PLACE, last=last, room=Coalesce("repository__size", 0))


def _order(asked: Sorting) -> tuple[Any, ...]:
    """A machine that was never tried is the least recent on every database."""
    key = F(asked.key)
    return key.desc(nulls_last=True) if asked.is_descending else key.asc(nulls_first=True), "place", "name", "pk"


BACKUPS: Listing[Any] = Listing(
    BackupFilters, COLUMNS, lambda access, filters: filters.apply(_mine(access), at=timezone.now()),
    "backups_file", SHEET.file_name, SHEET.title, default="place", order=_order,
    dress=lambda machines: rows_of(machines, at=timezone.now()),
)  # fmt: skip


@console_view
def show_all(request: HttpRequest, access: Access) -> HttpResponse:
    """List the machines of the territory."""
    context, at = BACKUPS.context(request, access), timezone.now()
    counts = _mine(access).aggregate(
        enrolled=models.Count("pk", filter=Q(status=Status.ENROLLED)),
        late=models.Count("pk", filter=_wanted(LATE, at=at)),
        wrong=models.Count("pk", filter=_wanted(WRONG, at=at)),
        invited=models.Count("pk", filter=Q(status=Status.INVITED)),
    )
    context |= {
        "rows": [(row, journal_lines.address_of(row.machine.beneficiary)) for row in context["rows"]],
        "counts": [
            ("En service", Status.ENROLLED.value, "ok", counts["enrolled"]),
            ("En retard", LATE, "danger" if counts["late"] else "neutral", counts["late"]),
            ("Anomalies", WRONG, "danger" if counts["wrong"] else "neutral", counts["wrong"]),
            ("À installer", Status.INVITED.value, "wait", counts["invited"]),
        ],
        "asked": EscrowUse.objects.filter(
            status=UseStatus.ASKED,
            expires_at__gt=at,
            repository__beneficiary__department__in=access.departments,
        ).select_related("repository__machine", "repository__beneficiary", "asked_by"),
        "is_simulated": not settings.HAS_MACHINE_BACKUPS,
    }
    return render(request, "console/backups.html", context)


export = console_view(BACKUPS.export)


def machine_or_404(access: Access, machine_id: int) -> Any:
    """Return a machine of a mairie this operator may see, or answer 404."""
    found = _mine(access).select_related("beneficiary__department").filter(pk=machine_id).first()
    if found is None:
        raise Http404("Cette machine n’existe pas, ou n’est pas de votre territoire.")
    return found


def _why_not_act(access: Access) -> str | None:
    return rules.why_not_keep(by=access.user, on=dates.day_of(timezone.now()))


def _repository(machine: Machine) -> Repository:
    if machine.repository is None:
        raise Refused("Cette machine n’est pas encore installée : elle n’a pas de dépôt.")
    return machine.repository


@console_view
def show(request: HttpRequest, access: Access, machine_id: int) -> HttpResponse:
    """Show a machine: its saves, checks and rehearsals, and the uses of the key."""
    machine = machine_or_404(access, machine_id)
    record_view(request, "record", machine.beneficiary)
    return _page(request, access, machine, KeyForm())


def _page(request: HttpRequest, access: Access, machine: Any, form: KeyForm) -> HttpResponse:
    at, repository = timezone.now(), machine.repository
    account = Account.objects.filter(beneficiary=machine.beneficiary).first()
    uses = repository.escrow_uses.select_related("asked_by", "decided_by")[:SHOWN] if repository else []
    context = {
        "access": access,
        "machine": machine,
        "repository": repository,
        "row": row_of(machine, at=at),
        "account": account,
        "usage": summary_of(account, []).usage,
        "beneficiary_url": journal_lines.address_of(machine.beneficiary),
        "snapshots": [
            (one, ago(one.dated_at, at=at))
            for one in Snapshot.objects.filter(repository=repository, forgotten_at=None)[:SHOWN]
        ]
        if repository
        else [],
        "checks": repository.checks.all()[:SHOWN] if repository else [],
        "drills": [
            (one, certificate.why_not_attest(one, by=access.user, on=dates.day_of(at)))
            for one in (repository.drills.select_related("attested_by")[:SHOWN] if repository else ())
        ],
        "uses": [
            (
                one,
                rules.why_not_approve(one, by=access.user, at=at),
                one.status == UseStatus.ASKED and one.expires_at is not None and one.expires_at > at,
                one.status == UseStatus.APPROVED and rules.why_not_use(one, at=at) is None,
            )
            for one in uses
        ],
        "form": form,
        "quota": QuotaForm(initial={"gigabytes": account.quota // GIGABYTE}) if account else None,
        "why_not_act": _why_not_act(access),
        "why_not_install": rules.why_not_install(machine, by=access.user, on=dates.day_of(at)),
        "crumbs": [Link("Sauvegardes", reverse("console:backups")), Link(machine.name)],
    }
    return render(request, "console/backup.html", context, status=422 if form.errors else 200)


def _to_act_on(access: Access, machine_id: int) -> Machine:
    """The machine of a gesture, of whoever may make it."""
    machine: Machine = machine_or_404(access, machine_id)
    forbid(_why_not_act(access))
    return machine


def _told(request: HttpRequest, machine: Machine, words: str) -> HttpResponse:
    """Say what was done, on the page of the machine."""
    messages.success(request, words)
    return redirect("console:backup", machine.pk)


@sensitive_variables("code")
@gesture
def install(request: HttpRequest, access: Access, machine_id: int) -> HttpResponse:
    """Give the file that installs a machine, to whom its mairie asked to."""
    machine = machine_or_404(access, machine_id)
    forbid(rules.why_not_install(machine, by=access.user, on=dates.day_of(timezone.now())))
    machine, code = actions.renew_code(machine, by=access.user, at=timezone.now())
    return script_of(machine, code).as_file()


def _drill_or_404(machine: Machine, drill_id: int) -> Drill:
    drills = machine.repository.drills.select_related("document", "attestation") if machine.repository else None
    found = drills.filter(pk=drill_id).first() if drills is not None else None
    if found is None:
        raise Http404("Cet exercice n’existe pas, ou n’est pas de cette machine.")
    return found


@gesture
def attest(request: HttpRequest, access: Access, machine_id: int, drill_id: int) -> HttpResponse:
    """Attest a rehearsal in one’s own name."""
    machine = _to_act_on(access, machine_id)
    certificate.attest(_drill_or_404(machine, drill_id), by=access.user, at=timezone.now())
    return _told(request, machine, "L’exercice est attesté à votre nom\u00a0: imprimez l’attestation, puis signez-la.")


@console_view
def attestation(request: HttpRequest, access: Access, machine_id: int, drill_id: int) -> HttpResponse:
    """Give the attestation of a rehearsal, or its sheet while nobody attested it."""
    machine: Machine = machine_or_404(access, machine_id)
    record_view(request, "record", machine.beneficiary)
    drill = _drill_or_404(machine, drill_id)
    document = drill.attestation or drill.document
    if document is None:
        raise Http404("Cet exercice n’a pas réussi\u00a0: il n’a pas de relevé.")
    return served(document, name=f"exercice-{drill.quarter}.pdf".lower())


@gesture
def check(request: HttpRequest, access: Access, machine_id: int) -> HttpResponse:
    """Read a repository now, its structure and a share of its data."""
    machine = _to_act_on(access, machine_id)
    tasks.check_one.enqueue(_repository(machine).pk, access.user.pk)
    return _told(request, machine, "Le contrôle est lancé : son résultat paraîtra ici dans quelques minutes.")


@gesture
def rehearse(request: HttpRequest, access: Access, machine_id: int) -> HttpResponse:
    """Rehearse a restoration now."""
    machine = _to_act_on(access, machine_id)
    tasks.rehearse_one.enqueue(_repository(machine).pk, access.user.pk)
    return _told(request, machine, "L’exercice est lancé : son résultat paraîtra ici dans quelques minutes.")


@gesture
def ask_key(request: HttpRequest, access: Access, machine_id: int) -> HttpResponse:
    """Ask for the key in escrow."""
    machine = _to_act_on(access, machine_id)
    form = KeyForm(request.POST)
    if form.is_valid():
        with refusal_shown_in(form, "reason"):
            escrow.ask(_repository(machine), **form.cleaned_data, by=access.user, at=timezone.now())
            return _told(request, machine, "C’est demandé : une autre personne doit maintenant donner son accord.")
    return _page(request, access, machine, form)


def _use_or_404(machine: Machine, use_id: int) -> EscrowUse:
    found = EscrowUse.objects.select_related("repository").filter(repository=_repository(machine), pk=use_id).first()
    if found is None:
        raise Http404("Cette demande n’existe pas, ou n’est pas de cette machine.")
    return found


@gesture
def approve(request: HttpRequest, access: Access, machine_id: int, use_id: int) -> HttpResponse:
    """Agree to what another person asked."""
    machine = _to_act_on(access, machine_id)
    escrow.approve(_use_or_404(machine, use_id), by=access.user, at=timezone.now())
    return _told(request, machine, "Votre accord est noté, et écrit au journal de la mairie.")


@gesture
def decline(request: HttpRequest, access: Access, machine_id: int, use_id: int) -> HttpResponse:
    """Drop what was asked."""
    machine = _to_act_on(access, machine_id)
    escrow.decline(_use_or_404(machine, use_id), by=access.user, at=timezone.now())
    return _told(request, machine, "La demande est déclinée : rien n’a été fait.")


@gesture
def erase(request: HttpRequest, access: Access, machine_id: int, use_id: int) -> HttpResponse:
    """Destroy a repository, as two people agreed."""
    machine = _to_act_on(access, machine_id)
    escrow.erase(_use_or_404(machine, use_id), by=access.user, at=timezone.now())
    return _told(request, machine, "Le dépôt est effacé, pour de bon. Le journal de la mairie le dit.")


@gesture
def set_quota(request: HttpRequest, access: Access, machine_id: int) -> HttpResponse:
    """Give a beneficiary another quota."""
    machine = _to_act_on(access, machine_id)
    account = Account.objects.filter(beneficiary=machine.beneficiary).first()
    form = QuotaForm(request.POST)
    if account is None or not form.is_valid():
        raise Refused("Donnez une place entre 1 et 100 000 Go.")
    actions.set_quota(account, gigabytes=form.cleaned_data["gigabytes"], by=access.user, at=timezone.now())
    return _told(request, machine, "La place accordée est changée.")
