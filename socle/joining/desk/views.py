"""Requests to join: the list of those that are confirmed, and the file of each, from the study to the draft."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce, Lower
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from socle.batches.actions import Chosen
from socle.batches.contract import Subject
from socle.joining import actions, rules
from socle.joining.models import OPEN, JoinLetter, JoinRequest
from socle.joining.presenters import JOINING
from socle.joining.queries import checks_of, road_of, seen_by
from socle.lib import dates
from socle.lib.siret import spaced
from socle.lib.spreadsheet import Kind
from socle.people.forms import day_field
from socle.provisioning.desk.access import Access, chosen_officer, console_view, forbid, gesture, here, record_view
from socle.provisioning.desk.listing import ListColumn, Listing, on_page
from socle.provisioning.desk.lists import Filters, at_place, choice, text
from socle.territory.models import TownHall
from socle.ui.meanwhile import Filled
from socle.ui.shapes import Fact, Link
from socle.ui.submit import refusal_shown_in

COLUMNS: tuple[ListColumn[JoinRequest], ...] = (
    ListColumn(header="Référence", cell=lambda one: one.reference, kind=Kind.CODE),
    ListColumn("Organisme", lambda one: one.place_name, sort="place"),
    ListColumn(header="Code INSEE", cell=lambda one: one.commune.insee_code if one.commune else "", kind=Kind.CODE),
    ListColumn(header="SIRET", cell=lambda one: one.siret, kind=Kind.CODE),
    ListColumn(header="Département", cell=lambda one: one.department.code, kind=Kind.CODE),
    ListColumn(
        "Habitants", lambda one: one.commune.population if one.commune else None, Kind.NUMBER, "Population",
        sort="commune__population", is_number=True,
    ),
    ListColumn("État", lambda one: one.get_status_display(), sort="status"),
    ListColumn("Reçue le", lambda one: dates.day_of(one.asked_at), Kind.DAY, sort="asked_at"),
    ListColumn("Prévue", lambda one: one.planned_on, Kind.DAY, "Prévue à partir du", sort="planned_on"),
    ListColumn(header="Vague", cell=lambda one: one.wave),
    ListColumn("Suivie par", sort="officer__name"),
    ListColumn(header="Identité établie", cell=lambda one: one.is_identified, kind=Kind.YES_NO),
)  # fmt: skip
PLACE = Coalesce("commune__search_name", Lower("body_name"))


class JoinFilters(Filters):
    code, view, title = "demandes", here("join_requests"), "Demandes"
    columns = on_page(COLUMNS)
    q = text("Recherche", placeholder="Référence, commune, code INSEE ou SIRET")
    etat = choice(
        "État",
        [("ouvertes", "En cours"), *((look.code, look.label) for look in JOINING.values())],
        every="Tous",
    )
    departement = choice("Département", (), every="Tous")
    suivi = choice("Suivi", [("moi", "Les miennes"), ("personne", "Que personne ne suit")], every="Toutes")

    def prepare(self, access: Access) -> None:
        self.user = access.user
        self.offer("departement", ((one.code, str(one)) for one in access.departments), every="Tous")

    def apply(self, asked: models.QuerySet[JoinRequest]) -> models.QuerySet[JoinRequest]:
        """Narrow the list to what is asked for."""
        if status := self.chosen("etat"):
            asked = asked.filter(status__in=OPEN if status == "ouvertes" else [status])
        if department := self.chosen("departement"):
            asked = asked.filter(department__code=department)
        if followed := self.chosen("suivi"):
            asked = asked.filter(officer=self.user if followed == "moi" else None)
        if wanted := self.chosen("q").strip():
            asked = asked.filter(
                Q(reference__iexact=wanted)
                | Q(siret=wanted.replace(" ", ""))
                | at_place(wanted, commune="commune__", name="body_name")
            )
        return asked


def _rows(access: Access, filters: JoinFilters) -> models.QuerySet[JoinRequest]:
    asked = filters.apply(seen_by(access)).annotate(place=PLACE)
    return asked.select_related("commune", "department", "officer", "verified_by")


def _call(row: Any) -> Chosen:
    return Chosen(str(row.pk), f"{row.reference}, {row.place_name}", row.commune.insee_code if row.commune else "")


REQUESTS = Listing(
    JoinFilters, COLUMNS, _rows, "join_requests_file", "demandes", "Demandes d’adhésion",
    default="-asked_at", is_read=True, subject=Subject.JOIN_REQUEST, call=_call,
)  # fmt: skip


def request_or_404(access: Access, reference: str) -> JoinRequest:
    """Return a request this operator may see, or answer 404."""
    seen = seen_by(access).select_related("programme__priority_vintage", "commune__department", "department")
    seen = seen.select_related("beneficiary", "officer", "verified_by", "agreement")
    found = seen.filter(reference=reference).first()
    if found is None:
        raise Http404("Cette demande n’existe pas, ou n’est pas de votre territoire.")
    return found


@console_view
def show_all(request: HttpRequest, access: Access) -> HttpResponse:
    """List the requests to join."""
    context = REQUESTS.context(request, access)
    context |= {"rows": [(one, JOINING[one.status]) for one in context["page"]], "programme": access.programme}
    return render(request, "joining/join_requests.html", context)


@console_view
def export(request: HttpRequest, access: Access, format: str) -> HttpResponse:
    """Give the list as filtered, whole, as a file: nothing of the people who asked."""
    return REQUESTS.export(request, access, format)


# --- One request ------------------------------------------------------------------------------------------------------
class PlanForm(Filled, forms.Form):
    """When, and with which others."""

    planned_on = day_field("À partir du", "La mairie lira ce jour.")
    wave = forms.CharField(
        label="Vague",
        max_length=60,
        required=False,
        help_text="Par exemple : Avesnois, printemps.",
        error_messages={"max_length": "Le nom de la vague compte 60 caractères au plus."},
    )


class ReasonForm(forms.Form):
    """The reason of a refusal, which the mairie reads."""

    reason = forms.CharField(
        label="Motif",
        max_length=rules.MOST_REASON,
        help_text="La mairie le lira tel quel, dans son message et sur sa page de suivi.",
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={
            "required": "Écrivez le motif : la mairie le lira tel quel.",
            "max_length": f"Le motif dépasse {rules.MOST_REASON} caractères.",
        },
    )


@console_view
def show(request: HttpRequest, access: Access, reference: str) -> HttpResponse:
    """Show a request: where it stands, what to check, what may be done."""
    return _shown(request, access, request_or_404(access, reference))


def _shown(
    request: HttpRequest,
    access: Access,
    asked: JoinRequest,
    *,
    plan_form: PlanForm | None = None,
    reason_form: ReasonForm | None = None,
) -> HttpResponse:
    record_view(request, "join_request", asked, asked.reference)
    on = dates.day_of(timezone.now())
    why_not_handle = rules.why_not_handle(asked, by=access.user, on=on)
    whys: dict[str, str | None] = {
        name: rule(asked, by=access.user, on=on)
        for name, rule in {
            "verify": rules.why_not_verify,
            "qualify": rules.why_not_qualify,
            "plan": rules.why_not_plan,
            "unplan": rules.why_not_unplan,
            "refuse": rules.why_not_refuse,
            "reopen": rules.why_not_reopen,
            "withdraw": rules.why_not_withdraw,
            "draft": rules.why_not_draft,
            "maintain": rules.why_not_maintain,
        }.items()
    }
    context = {
        "asked": asked,
        "look": JOINING[asked.status],
        "road": road_of(asked),
        "checks": checks_of(asked),
        "facts": _facts(asked),
        "hall_facts": _hall_facts(asked),
        "letters": [_event(letter) for letter in asked.letters.exclude(kind=JoinLetter.Kind.CONFIRM)],
        "is_open": asked.status in OPEN,
        "goes_on": rules.goes_on(asked) if asked.status in OPEN else None,
        "why_not": whys,
        "why_not_handle": why_not_handle,
        "officers": rules.officers_of(asked, on=on) if not why_not_handle else [],
        "plan_form": plan_form or _plan_form(asked),
        "reason_form": reason_form or ReasonForm(),
        "crumbs": [Link("Demandes", reverse(here("join_requests"))), Link(asked.reference)],
    }
    is_wrong = any(form is not None and form.errors for form in (plan_form, reason_form))
    return render(request, "joining/join_request.html", context, status=422 if is_wrong else 200)


def _plan_form(asked: JoinRequest, data: Any = None) -> PlanForm:
    return PlanForm(data, initial={"planned_on": asked.planned_on, "wave": asked.wave})


class _Event:
    def __init__(self, letter: JoinLetter) -> None:
        self.at = letter.left_at or letter.due_at
        self.label = letter.get_kind_display().capitalize()
        self.detail = "" if letter.left_at else "n’est pas encore partie"
        self.tone = "" if letter.left_at else "wait"
        self.url = ""


def _event(letter: JoinLetter) -> _Event:
    return _Event(letter)


def _facts(asked: JoinRequest) -> list[Fact]:
    facts = [Fact("Demandé par", asked.name or "effacé", asked.get_function_display())]
    if asked.email:
        facts.append(Fact("Adresse", asked.email, "confirmée par son lien"))
    facts += [
        Fact("Services souhaités", ", ".join(one.name for one in asked.services.all()) or "aucun de coché"),
        Fact("Reçue le", dates.in_words(dates.day_of(asked.asked_at))),
        Fact("Suivie par", asked.officer.name if asked.officer else "personne"),
    ]
    if asked.commune is None:
        facts += [Fact("SIRET", spaced(asked.siret)), Fact("Forme juridique", asked.legal_form)]
    if asked.planned_on:
        facts.append(Fact("Prévue à partir du", dates.in_words(asked.planned_on), asked.wave and f"vague {asked.wave}"))
    return facts


def _hall_facts(asked: JoinRequest) -> list[Fact]:
    """Return the telephone number that the State's directory publishes: it is the one to call, not the one typed."""
    hall = TownHall.objects.filter(commune=asked.commune).first() if asked.commune else None
    if hall is None:
        return []
    withheld = "non montré : l’adresse publiée semble être celle d’une personne"
    return [
        Fact("Téléphone publié", hall.phone or "inconnu"),
        Fact("Courriel publié", hall.email or (withheld if hall.email_withheld else "inconnu")),
    ]


# --- Gestures ---------------------------------------------------------------------------------------------------------
def _reached(access: Access, reference: str) -> JoinRequest:
    asked = request_or_404(access, reference)
    forbid(rules.why_not_handle(asked, by=access.user, on=dates.day_of(timezone.now())))
    return asked


def _simple(act: Callable[..., JoinRequest], words: str) -> Any:
    """A gesture that asks nothing more."""

    @gesture
    def view(request: HttpRequest, access: Access, reference: str) -> HttpResponse:
        asked = act(_reached(access, reference), by=access.user, at=timezone.now())
        messages.success(request, words.format(place=asked.place_name))
        return redirect(here("join_request"), reference)

    return view


verify = _simple(actions.verify, "L’identité est notée comme vérifiée.")
qualify = _simple(actions.qualify, "La demande est étudiée : la mairie en est prévenue.")
unplan = _simple(actions.unplan, "La demande n’a plus de jour prévu : la mairie en est prévenue.")
reopen = _simple(actions.reopen, "La demande est de nouveau à l’étude : la mairie en est prévenue.")
maintain = _simple(actions.maintain, "La demande est gardée : elle ne sera pas retirée pour son silence.")
withdraw = _simple(actions.withdraw, "La demande est retirée : la mairie en est prévenue.")


@gesture
def assign(request: HttpRequest, access: Access, reference: str) -> HttpResponse:
    """Entrust the request to an officer."""
    asked = _reached(access, reference)
    officer = chosen_officer(request, rules.officers_of(asked, on=dates.day_of(timezone.now())))
    actions.assign(asked, officer=officer, by=access.user, at=timezone.now())
    words = f"La demande est confiée à {officer.name}." if officer else "La demande n’est plus confiée à personne."
    messages.success(request, words)
    return redirect(here("join_request"), reference)


@gesture
def plan(request: HttpRequest, access: Access, reference: str) -> HttpResponse:
    """Give the request its day and its wave."""
    asked = _reached(access, reference)
    form = _plan_form(asked, request.POST)
    if form.is_valid():
        with refusal_shown_in(form):
            actions.plan(asked, **form.cleaned_data, by=access.user, at=timezone.now())
            messages.success(request, "La demande est planifiée : la mairie en est prévenue.")
            return redirect(here("join_request"), reference)
    return _shown(request, access, asked, plan_form=form)


@gesture
def turn_down(request: HttpRequest, access: Access, reference: str) -> HttpResponse:
    """Refuse the request with its reason."""
    asked, form = _reached(access, reference), ReasonForm(request.POST)
    if form.is_valid():
        with refusal_shown_in(form):
            actions.turn_down(asked, reason=form.cleaned_data["reason"], by=access.user, at=timezone.now())
            messages.success(request, "La demande est refusée : la mairie lira le motif. Vous pouvez la rouvrir.")
            return redirect(here("join_request"), reference)
    return _shown(request, access, asked, reason_form=form)


@gesture
def draft(request: HttpRequest, access: Access, reference: str) -> HttpResponse:
    """Register the body, invite the person, draft the agreement; asked twice, it leads to the one there is."""
    asked = _reached(access, reference)
    if asked.agreement is None:
        asked = actions.draft(asked, by=access.user, at=timezone.now())
        messages.success(
            request,
            f"{asked.place_name} est inscrit au programme, la personne est invitée, et le projet est rédigé : "
            "complétez-le.",
        )
    assert asked.agreement is not None
    return redirect(here("agreement"), asked.agreement.number)
