"""Who sits in the assembly, what it is, and the rules that its statutes say."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from socle.assemblies import actions
from socle.assemblies.actions import Seated
from socle.assemblies.desk import Desk, assembly_or_404, member_or_404
from socle.assemblies.forms import ArmsForm, AssemblyForm, MemberForm, MembersForm, StatuteForm
from socle.assemblies.functions import titled
from socle.assemblies.law import Regime, rule_on, unread
from socle.assemblies.models import Assembly, StatuteRule
from socle.assemblies.quorum import deemed_complete
from socle.lib import dates
from socle.lib.refusals import Refused
from socle.lib.text import whole
from socle.ui.shapes import Column, Link
from socle.ui.submit import refusal_shown_in

COLUMNS = [Column("Nom"), Column("Fonction"), Column("Convocation"), Column("Corriger", is_hidden=True)]


def _crumbs(desk: Desk, *links: Link) -> list[Link]:
    return [Link("Séances", desk.address("meetings")), *links]


def show(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Show who sits, and write more of them."""
    desk.forbid()
    form = MembersForm(request.POST or None)
    if form.is_valid():
        with refusal_shown_in(form, "names"):
            assembly = actions.open_assembly(desk.owner, by=desk.by, at=timezone.now())
            seated = actions.seat_all(assembly, form.cleaned_data["names"], by=desk.by, at=timezone.now())
            messages.success(request, f"{len(seated)} personne{'s' if len(seated) > 1 else ''} de plus au tableau.")
            return desk.to("assembly")
    return _page(request, desk, _assembly(desk), names=form)


def _assembly(desk: Desk) -> Assembly:
    return desk.assembly or actions.assembly_of(desk.owner, on=dates.day_of(timezone.now()))


def _page(
    request: HttpRequest,
    desk: Desk,
    assembly: Assembly,
    *,
    names: MembersForm | None = None,
    about: AssemblyForm | None = None,
    statute: StatuteForm | None = None,
    arms: ArmsForm | None = None,
) -> HttpResponse:
    on = dates.day_of(timezone.now())
    wrong = any(form is not None and form.errors for form in (names, about, statute, arms))
    is_by_statutes = assembly.regime == Regime.OPEN_SYNDICATE
    members = list(assembly.members.in_office(on)) if assembly.pk else []
    context = {
        "crumbs": _crumbs(desk, Link("L’assemblée")),
        "assembly": assembly,
        "members": titled(assembly, members),
        "complete": _complete(assembly, len(members), on),
        "gone": list(assembly.members.filter(left_on__lte=on)) if assembly.pk else [],
        "columns": COLUMNS,
        "names": names or MembersForm(),
        "arms": arms or ArmsForm(),
        "about": about or AssemblyForm(assembly=assembly),
        "statute": (statute or StatuteForm()) if is_by_statutes else None,
        "statutes": list(assembly.statutes.all()) if assembly.pk else [],
        "to_confirm": _to_confirm(assembly, on) if is_by_statutes else [],
        "to_check": sorted({rule.source for rule in unread(assembly.law, on=on)}),
    }
    return desk.show(request, "assembly", context, status=422 if wrong else 200)


def _complete(assembly: Assembly, members: int, on: date) -> str:
    """Say that a small council is deemed complete, or is not, where that question is asked."""
    if not assembly.is_commune or assembly.population is None or not members:
        return ""
    answer = deemed_complete(members, law=assembly.law, population=assembly.population, on=on)
    return "" if answer.is_met is None else answer.sentence


def _to_confirm(assembly: Assembly, on: date) -> list[str]:
    """The rules that its statutes still have to say."""
    law = assembly.law
    rows = ((label, rule_on(law, name, on=on)) for name, label in StatuteRule.Topic.choices)
    return [str(label) for label, rule in rows if rule is None or not rule.is_confirmed]


def describe(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Say what the assembly is, and its population."""
    desk.forbid()
    assembly = actions.open_assembly(desk.owner, by=desk.by, at=timezone.now())
    form = AssemblyForm(request.POST, assembly=assembly)
    if not form.is_valid():
        return _page(request, desk, assembly, about=form)
    actions.describe(assembly, **form.cleaned_data, by=desk.by, at=timezone.now())
    messages.success(request, "C’est noté.")
    return desk.to("assembly")


def set_arms(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Put the coat of arms at the head of the papers, or take it off."""
    desk.forbid()
    assembly = actions.open_assembly(desk.owner, by=desk.by, at=timezone.now())
    if "retirer" in request.POST:
        actions.set_arms(assembly, b"", by=desk.by, at=timezone.now())
        messages.success(request, "Les armoiries sont retirées des papiers à venir.")
        return desk.to("assembly")
    form = ArmsForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, desk, assembly, arms=form)
    actions.set_arms(assembly, form.cleaned_data["arms"], by=desk.by, at=timezone.now())
    messages.success(request, "Les armoiries seront en tête des papiers à venir.")
    return desk.to("assembly")


def confirm_statute(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Write a rule of the statutes."""
    desk.forbid()
    assembly = actions.open_assembly(desk.owner, by=desk.by, at=timezone.now())
    form = StatuteForm(request.POST)
    if not form.is_valid():
        return _page(request, desk, assembly, statute=form)
    actions.confirm_statute(assembly, StatuteRule(**form.cleaned_data), by=desk.by, at=timezone.now())
    messages.success(request, "La règle des statuts est notée.")
    return desk.to("assembly")


def withdraw_statute(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Take back a rule of the statutes written by mistake."""
    assembly = assembly_or_404(desk)
    row = assembly.statutes.filter(pk=whole(request.POST.get("regle", "")) or 0).first()
    if row is None:
        raise Refused("Cette règle n’est plus là\u00a0: rechargez la page.")
    actions.withdraw_statute(row, by=desk.by, at=timezone.now())
    return desk.to("assembly")


def member(request: HttpRequest, desk: Desk, member_id: int) -> HttpResponse:
    """Correct a member."""
    assembly = assembly_or_404(desk)
    who = member_or_404(assembly, member_id)
    form = MemberForm(request.POST or None, member=who)
    if form.is_valid():
        with refusal_shown_in(form):
            actions.correct(who, Seated(**form.cleaned_data), by=desk.by, at=timezone.now())
            messages.success(request, "C’est noté.")
            return desk.to("assembly")
    crumbs = _crumbs(desk, Link("L’assemblée", desk.address("assembly")), Link(who.name))
    context = {"crumbs": crumbs, "form": form, "member": who, "today": dates.day_of(timezone.now())}
    return desk.show(request, "member", context, status=422 if form.errors else 200)


def leave(request: HttpRequest, desk: Desk, member_id: int) -> HttpResponse:
    """Note that a member is no longer in office from today on."""
    who = member_or_404(assembly_or_404(desk), member_id)
    at = timezone.now()
    actions.leave(who, left_on=dates.day_of(at), by=desk.by, at=at)
    messages.success(request, f"{who.name} n’est plus en exercice. Ses votes restent dans les séances passées.")
    return desk.to("assembly")
