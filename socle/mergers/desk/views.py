"""Plans of mergers and splits: what becomes of each thing, read, changed, applied at once, given back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Case, Count, Q, Value, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from socle.lib import dates
from socle.lib.spreadsheet import Kind
from socle.mergers import actions, presenters, rules
from socle.mergers.models import MergerPlan, PlanLine, Status
from socle.provisioning.desk import journal_lines
from socle.provisioning.desk.access import Access, chosen_officer, console_view, forbid, gesture, here, record_view
from socle.provisioning.desk.listing import ListColumn, Listing, on_page
from socle.provisioning.desk.lists import Filters, choice
from socle.ui.fields import DayInput
from socle.ui.meanwhile import Filled
from socle.ui.shapes import Fact, Link, looks

COLUMNS: tuple[ListColumn[Any], ...] = (
    ListColumn("Commune", lambda one: one.beneficiary.place_name),
    ListColumn("Ce qui lui arrive", lambda one: one.get_kind_display(), header="Nature"),
    ListColumn(header="Avec", cell=lambda one: one.other.name),
    ListColumn(header="Millésime", cell=lambda one: str(one.year), kind=Kind.CODE),
    ListColumn("État", lambda one: one.get_status_display()),
    ListColumn("À faire", lambda one: one.to_do, Kind.NUMBER, is_number=True),
    ListColumn("Suivi par"),
    ListColumn("Rédigé le", lambda one: one.drafted_at, Kind.INSTANT),
)
STATUSES = looks(
    {
        Status.DRAFT: ("wait", "edit"),
        Status.APPLIED: ("ok", "check"),
        Status.UNDONE: ("neutral", "back"),
    }
)
LATEST = 12
_WAITING_FIRST = Case(
    When(status=Status.DRAFT, then=Value(0)), When(status=Status.UNDONE, then=Value(1)), default=Value(2)
)


class PlanFilters(Filters):
    code, view, title = "fusions", here("mergers"), "Fusions"
    columns = on_page(COLUMNS)
    etat = choice("État", [(look.code, look.label) for look in STATUSES.values()], every="Tous")
    nature = choice("Nature", MergerPlan.Kind.choices)
    suivi = choice("Suivi", [("moi", "Les miens"), ("personne", "Que personne ne suit")], every="Tous")

    def prepare(self, access: Access) -> None:
        self.user = access.user

    def apply(self, plans: Any) -> Any:
        """Narrow the list to what is asked for."""
        if status := self.chosen("etat"):
            plans = plans.filter(status=status)
        if kind := self.chosen("nature"):
            plans = plans.filter(kind=kind)
        if followed := self.chosen("suivi"):
            plans = plans.filter(followed_by=self.user if followed == "moi" else None)
        return plans


def _rows(access: Access, filters: PlanFilters) -> Any:
    to_do = Count("lines", filter=Q(lines__kind=PlanLine.Kind.TASK, lines__done_at__isnull=True))
    plans = filters.apply(MergerPlan.objects.annotate(to_do=to_do))
    plans = plans.select_related("beneficiary__commune", "other", "followed_by")
    return plans.order_by(_WAITING_FIRST, "-drafted_at", "-pk")


PLANS: Listing[Any] = Listing(
    PlanFilters, COLUMNS, _rows, "mergers_file", "fusions", "Fusions et scissions", is_read=True
)


def plan_or_404(plan_id: int) -> MergerPlan:
    """Return a plan whose beneficiary this operator sees, or answer 404; within the scope of the console."""
    found = (
        MergerPlan.objects.select_related("beneficiary__commune", "beneficiary__department", "other", "followed_by")
        .filter(pk=plan_id)
        .first()
    )
    if found is None:
        raise Http404("Ce plan n’existe pas, ou n’est pas de votre territoire.")
    return found


@console_view
def show_all(request: HttpRequest, access: Access) -> HttpResponse:
    """List the plans, those to read first."""
    context = PLANS.context(request, access)
    context["rows"] = [(one, STATUSES[one.status]) for one in context["page"]]
    return render(request, "mergers/mergers.html", context)


@console_view
def export(request: HttpRequest, access: Access, format: str) -> HttpResponse:
    """Give the list as filtered, whole, as a file."""
    return PLANS.export(request, access, format)


@console_view
def show(request: HttpRequest, access: Access, plan_id: int) -> HttpResponse:
    """Show a plan: each thing with its choices, what will happen, the tasks, the gestures and its journal."""
    plan = plan_or_404(plan_id)
    return _shown(request, access, plan, _plan_form(plan))


def _shown(request: HttpRequest, access: Access, plan: MergerPlan, form: EffectForm, status: int = 200) -> HttpResponse:
    record_view(request, "merger", plan)
    on = dates.day_of(timezone.now())
    lines = actions.lines_of(plan)
    heir = rules.heir_of(plan)
    entries = access.entries().filter(object_type=MergerPlan._meta.label_lower, object_id=str(plan.pk))
    things = [
        (heading, icon, [_row(line, plan, heir, access, form) for line in lines if line.kind == kind])
        for kind, (heading, icon) in presenters.HEADINGS.items()
    ]
    context = {
        "access": access,
        "plan": plan,
        "look": STATUSES[plan.status],
        "is_merger": plan.kind == MergerPlan.Kind.MERGER,
        "is_applied": plan.status == Status.APPLIED,
        "form": form,
        "heir": heir,
        "heir_is_mine": plan.other.department_id in {one.pk for one in access.departments},
        "things": [group for group in things if group[2]],
        "tasks": [line for line in lines if line.kind == PlanLine.Kind.TASK],
        "summary": presenters.summary(lines),
        "facts": _facts(plan),
        "followers": (
            rules.followers_of(plan, on=on) if not rules.why_not_entrust(plan, None, by=access.user, on=on) else []
        ),
        "why_not_handle": rules.why_not_handle(plan.beneficiary, by=access.user, on=on),
        "why_not_apply": rules.why_not_apply(plan, by=access.user, on=on),
        "why_not_undo": rules.why_not_undo(plan, by=access.user, on=on) if plan.status == Status.APPLIED else None,
        "lines": journal_lines.read(entries[:LATEST]),
        "crumbs": [*_crumbs(plan)[:-1], Link(presenters.title_of(plan))],
        "title": presenters.title_of(plan),
    }
    return render(request, "mergers/merger.html", context, status=status)


def _row(line: PlanLine, plan: MergerPlan, heir: Any, access: Access, form: EffectForm) -> dict[str, Any]:
    on, name = dates.day_of(timezone.now()), f"ligne-{line.pk}"
    options = presenters.options(line, plan, heir, by=access.user, on=on)
    if form.is_bound and name in form.fields:
        # What was chosen and is not saved stays on the page.
        options = [replace(one, is_chosen=one.value == form[name].value()) for one in options]
    return {
        "line": line,
        "name": presenters.name_of(line),
        "is_fictitious": line.membership is not None and line.membership.user.is_fictitious,
        "url": _address(line),
        "options": options,
        "says": presenters.explain(line, line.choice, plan),
    }


def _address(line: PlanLine) -> str:
    return reverse(here("agreement"), args=[line.agreement.number]) if line.agreement is not None else ""


def _crumbs(plan: MergerPlan) -> list[Link]:
    return [
        Link("Fusions", reverse(here("mergers"))),
        Link(presenters.title_of(plan), reverse(here("merger"), args=[plan.pk])),
    ]


def _facts(plan: MergerPlan) -> list[Fact]:
    facts = [
        Fact("Bénéficiaire", plan.beneficiary.name),
        Fact("Suivi par", plan.followed_by.name if plan.followed_by else "personne"),
        Fact("Vu au millésime", plan.year, f"plan rédigé le {dates.in_words(dates.day_of(plan.drafted_at))}"),
    ]
    if plan.kind == MergerPlan.Kind.MERGER:
        facts.append(Fact("Prend effet le", dates.in_words(plan.effect_on)))
    if plan.applied_at is not None:
        facts.append(Fact("Appliqué le", dates.at_in_words(plan.applied_at)))
    if plan.undo_until is not None and plan.kind == MergerPlan.Kind.MERGER:
        facts.append(Fact("Peut être défait jusqu’au", dates.in_words(plan.undo_until), "ce jour compris"))
    if plan.undone_at is not None:
        facts.append(Fact("Défait le", dates.at_in_words(plan.undone_at)))
    return facts


# --- Changing it ------------------------------------------------------------------------------------------------------
class EffectForm(Filled, forms.Form):
    """The day from which the successor stands; the choice of each line, which the page draws, is compared with it."""

    effect_on = forms.DateField(
        label="Prend effet le",
        help_text="Lu sur l’arrêté préfectoral. Les fonctions finissent ici la veille, et commencent là-bas ce jour.",
        widget=DayInput(),
        error_messages={"required": "Indiquez le jour d’effet.", "invalid": "Écrivez une date, comme 2027-01-01."},
    )


def _plan_form(plan: MergerPlan, data: Any = None) -> EffectForm:
    lines = actions.lines_of(plan)
    chosen = {f"ligne-{line.pk}": line.choice for line in lines if rules.choices_of(line)}
    form = EffectForm(data, initial={"effect_on": plan.effect_on, **chosen})
    for line in lines:
        if (name := f"ligne-{line.pk}") in chosen:
            field = forms.CharField(label=presenters.name_of(line), required=False)
            field.labels = {one.value: str(one.label) for one in rules.choices_of(line)}  # type: ignore[attr-defined]
            form.fields[name] = field
    return form


def _forbid_handling(access: Access, plan: MergerPlan) -> None:
    forbid(rules.why_not_handle(plan.beneficiary, by=access.user, on=dates.day_of(timezone.now())))


@gesture
def settle(request: HttpRequest, access: Access, plan_id: int) -> HttpResponse:
    """Keep the choices and the day of effect."""
    plan = plan_or_404(plan_id)
    _forbid_handling(access, plan)
    form = _plan_form(plan, request.POST)
    if not form.is_valid():
        return _shown(request, access, plan, form, status=422 if form.errors else 200)
    asked = {line.pk: form.cleaned_data.get(f"ligne-{line.pk}") for line in actions.lines_of(plan)}
    choices = {pk: value for pk, value in asked.items() if value}
    actions.settle(plan, choices, effect_on=form.cleaned_data["effect_on"], by=access.user, at=timezone.now())
    messages.success(request, "Le plan est enregistré. Rien n’est encore fait\u00a0: relisez-le, puis appliquez-le.")
    return redirect(here("merger"), plan.pk)


@gesture
def tick(request: HttpRequest, access: Access, plan_id: int, line_id: int) -> HttpResponse:
    """Say that a task is done, or that it is not after all."""
    plan = plan_or_404(plan_id)
    _forbid_handling(access, plan)
    line = plan.lines.filter(pk=line_id, kind=PlanLine.Kind.TASK).first()
    if line is None:
        raise Http404("Cette tâche n’est pas de ce plan.")
    line.plan = plan
    actions.tick(line, is_done=request.POST.get("fait") == "oui", by=access.user, at=timezone.now())
    return redirect(f"{reverse(here('merger'), args=[plan.pk])}#taches")


@gesture
def entrust(request: HttpRequest, access: Access, plan_id: int) -> HttpResponse:
    """Entrust the plan to somebody who sees it through, or to nobody again."""
    plan = plan_or_404(plan_id)
    _forbid_handling(access, plan)
    at = timezone.now()
    to = chosen_officer(request, rules.followers_of(plan, on=dates.day_of(at)))
    actions.entrust(plan, to=to, by=access.user, at=at)
    messages.success(request, f"Le plan est confié à {to.name}." if to else "Le plan n’est plus confié à personne.")
    return redirect(here("merger"), plan.pk)


# --- Applying, undoing ------------------------------------------------------------------------------------------------
class ConfirmForm(forms.Form):
    """The fingerprint of the plan that was read, and the word that confirms."""

    attendu = forms.CharField(widget=forms.HiddenInput)
    confirme = forms.BooleanField(
        label="J’ai lu ce qui va se passer, et je le veux.",
        error_messages={"required": "Cochez la case pour dire que vous avez lu ce qui va se passer."},
    )


@console_view
def apply(request: HttpRequest, access: Access, plan_id: int) -> HttpResponse:
    """Say how many things change and how, then do it once that is confirmed."""
    plan = plan_or_404(plan_id)
    _forbid_handling(access, plan)
    lines = actions.lines_of(plan)
    seen = presenters.fingerprint(plan, lines)
    form = ConfirmForm(request.POST if request.method == "POST" else None, initial={"attendu": seen})
    if form.is_bound and form.is_valid():
        if form.cleaned_data["attendu"] == seen:
            plan = actions.apply(plan, by=access.user, at=timezone.now())
            is_merger = plan.kind == MergerPlan.Kind.MERGER
            messages.success(
                request, _applied(plan) if is_merger else "La scission est traitée\u00a0: rien n’a été déplacé."
            )
            return redirect(here("merger"), plan.pk)
        messages.warning(request, "Le plan a changé entre-temps\u00a0: relisez-le avant de confirmer.")
        form = ConfirmForm(initial={"attendu": seen})
    return _confirm(request, access, plan, form, lines, is_undoing=False)


def _applied(plan: MergerPlan) -> str:
    if plan.kind == MergerPlan.Kind.SPLIT:
        return "La scission est traitée\u00a0: rien n’a été déplacé."
    assert plan.undo_until is not None  # It has just been written.
    until = dates.in_words(plan.undo_until)
    return f"Le plan est appliqué. Il peut être défait jusqu’au {until}\u00a0: tout reviendrait alors comme avant."


@console_view
def undo(request: HttpRequest, access: Access, plan_id: int) -> HttpResponse:
    """Say what will be given back, then do it once that is confirmed."""
    plan = plan_or_404(plan_id)
    _forbid_handling(access, plan)
    lines = actions.lines_of(plan)
    seen = presenters.fingerprint(plan, lines)
    form = ConfirmForm(request.POST if request.method == "POST" else None, initial={"attendu": seen})
    if form.is_bound and form.is_valid():
        plan = actions.undo(plan, by=access.user, at=timezone.now())
        messages.success(request, "Le plan est défait\u00a0: chaque chose est revenue où elle était.")
        return redirect(here("merger"), plan.pk)
    return _confirm(request, access, plan, form, lines, is_undoing=True)


def _confirm(
    request: HttpRequest,
    access: Access,
    plan: MergerPlan,
    form: ConfirmForm,
    lines: list[PlanLine],
    *,
    is_undoing: bool,
) -> HttpResponse:
    record_view(request, "merger", plan)
    on = dates.day_of(timezone.now())
    why = (
        rules.why_not_undo(plan, by=access.user, on=on)
        if is_undoing
        else rules.why_not_apply(plan, by=access.user, on=on)
    )

    def explained(line: PlanLine) -> str:
        return presenters.explain_undoing(line, plan) if is_undoing else presenters.explain(line, line.choice, plan)

    context = {
        "plan": plan,
        "form": form,
        "is_undoing": is_undoing,
        "is_merger": plan.kind == MergerPlan.Kind.MERGER,
        "summary": [] if is_undoing else presenters.summary(lines),
        "rows": [(presenters.name_of(line), says) for line in lines if (says := explained(line))],
        "left": [line for line in lines if line.kind == PlanLine.Kind.TASK and line.done_at is None],
        "refusal": why,
        "title": presenters.title_of(plan),
        "crumbs": [*_crumbs(plan), Link("Défaire" if is_undoing else "Appliquer")],
        "undo_days": actions.undo_days(),
    }
    return render(request, "mergers/merger_confirm.html", context, status=422 if form.errors else 200)
