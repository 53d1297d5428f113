"""Grants: what blocks, what is at risk and what waits; the file of an operation, its partners, plan and papers."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from socle.documents.serving import served
from socle.grants import queries, rules
from socle.grants.actions import operations
from socle.grants.desk import forms as grant_forms
from socle.grants.models import CostCategory, GrantPartner, Operation, OperationRevenue, Paper, Status
from socle.grants.open_data import why_left_out
from socle.grants.publicity import GRANTED
from socle.grants.schemes import schemes
from socle.lib import dates
from socle.lib.dates import in_days, in_words
from socle.lib.money import euros, in_percent
from socle.lib.refusals import Refused
from socle.lib.text import folded
from socle.people.models import Role
from socle.provisioning.desk.access import ONLY_CONTROL, Access, console_view, forbid, gesture, here, open_to_control
from socle.ui.meanwhile import Cell, Cells
from socle.ui.shapes import Bar, Column, Fact, Link, road
from socle.ui.submit import refusal_shown_in

SHOWN = 8
ROAD = ("Dossier", "Déposé", "Complet", "Attribué", "Soldé")
REACHED = {Status.DRAFT: 0, Status.FILED: 1, Status.COMPLETE: 2, Status.GRANTED: 3, Status.REFUSED: 2, Status.CLOSED: 5}
OPERATIONS = (
    Column("Opération"), Column("Dispositif"), Column("État"), Column("Engagé", is_number=True),
    Column("Demandé", is_number=True), Column("Accepté", is_number=True),
)  # fmt: skip
PLAN = (
    Column("Catégorie"),
    *(Column(label, is_number=True) for label in ("Prévu", "Engagé", "Demandé", "Accepté")),
)  # fmt: skip


def crumb() -> Link:
    """The way back to the list of operations."""
    return Link("Subventions", reverse(here("grants")))


def require_reader(access: Access) -> None:
    """Answer 403 to whoever reads nothing of the grants in this operator's name."""
    forbid(rules.why_not_read(access.user, access.operator, on=dates.day_of(timezone.now())))


def operation_or_404(access: Access, operation_id: int) -> Operation:
    """Return an operation of which this operator is a partner, or answer 404; 403 to whoever reads no grant."""
    require_reader(access)
    found = queries.operations_of(access.operator).select_related("programme", "article__act")
    return get_object_or_404(found, pk=operation_id)


def partner_or_404(access: Access, operation: Operation, partner_id: int) -> GrantPartner:
    """Return a partner whose lines this operator reads, or answer 404."""
    for one in queries.partners_seen(operation, access.operator):
        if one.pk == partner_id:
            return one
    raise Http404("Ce partenaire n’est pas de cette opération.")


def require_lead(access: Access, operation: Operation) -> None:
    """Answer 403 to whoever does not keep the file of an operation, before anything is read of what they sent."""
    forbid(rules.why_not_lead(access.user, operation, on=dates.day_of(timezone.now())))


def address_of(operation: Operation) -> str:
    """The address of the page of an operation, which those of its other pages begin with."""
    return reverse(here("grant"), args=[operation.pk])


def crumbs(operation: Operation, *more: Link) -> list[Link]:
    return [crumb(), Link(operation.name, address_of(operation)), *more]


@console_view
@open_to_control
def show_all(request: HttpRequest, access: Access) -> HttpResponse:
    """Show the three lists of the finance officer, then the operations of this operator."""
    require_reader(access)
    on = dates.day_of(timezone.now())
    plans = _plans(access)
    context = {
        "lists": _three_lists(access, plans),
        "rows": [(one.operation, schemes()[one.operation.scheme].name, one.total) for one in plans],
        "columns": OPERATIONS,
        "only_controls": access.roles == ONLY_CONTROL,
        "may_open": rules.why_not_open(access.user, access.operator, on=on) is None and access.is_lead,
    }
    return render(request, "grants/grants.html", context)


def _plans(access: Access) -> list[queries.Plan]:
    found = queries.operations_of(access.operator).select_related("programme")
    return [queries.plan_of(one, queries.partners_seen(one, access.operator)) for one in found]


def _three_lists(access: Access, plans: list[queries.Plan]) -> dict[str, Any]:
    on, found = dates.day_of(timezone.now()), [one.operation for one in plans]
    return {
        "blocking": queries.blocking(found, access.operator)[:SHOWN],
        "at_risk": queries.at_risk(plans, on=on)[:SHOWN],
        "to_answer": queries.to_answer(found, access.operator, on=on)[:SHOWN],
    }


def shown_at_home(access: Access) -> dict[str, Any]:
    """The three lists, as the finance officer's first page shows them; nothing to others, or without an operation."""
    if not access.holds(Role.FINANCE_OFFICER) or not (plans := _plans(access)):
        return {}
    return {"lists": _three_lists(access, plans)}


@console_view
def open_one(request: HttpRequest, access: Access) -> HttpResponse:
    """Choose a scheme, then open an operation with its terms; those that the scheme does not know are asked."""
    require_reader(access)
    on = dates.day_of(timezone.now())
    forbid(rules.why_not_open(access.user, access.operator, on=on))
    code = request.POST.get("dispositif") or request.GET.get("dispositif", "")
    scheme = schemes().get(code)
    form = None
    if scheme is not None:
        known = operations.terms_of(scheme)
        initial = {name: value for name, value in known.items() if value is not None}
        for name in ("rate", "min_own_share"):
            if isinstance(value := initial.get(name), Decimal):
                initial[name] = f"{(value * 100).normalize():f}"
        sent = request.POST if request.method == "POST" else None
        form = grant_forms.TermsForm(sent, initial=initial, is_kept=False, programme=access.programme, scheme=scheme)
        if request.method == "POST" and form.is_valid():
            operation = Operation(programme=access.programme, scheme=code, **form.cleaned_data)
            with refusal_shown_in(form):
                operations.open_operation(operation, lead=access.operator, by=access.user, at=timezone.now())
                messages.success(request, "L’opération est ouverte\u00a0: ajoutez ses partenaires et son plan.")
                return redirect(here("grant"), operation.pk)
    context = {"schemes": schemes().values(), "scheme": scheme, "form": form, "crumbs": [crumb()]}
    return render(request, "grants/grant_open.html", context, status=422 if form and form.errors else 200)


# --- The file of an operation ----------------------------------------------------------------------------------------
@console_view
@open_to_control
def show(request: HttpRequest, access: Access, operation_id: int) -> HttpResponse:
    """Show an operation: its road, its plan and what became of it, its partners, its papers, its claims."""
    return _page(request, access, operation_or_404(access, operation_id))


def _page(
    request: HttpRequest, access: Access, operation: Operation, *, wrong: dict[str, forms.Form] | None = None
) -> HttpResponse:
    on, partners = dates.day_of(timezone.now()), queries.partners_seen(operation, access.operator)
    plan = queries.plan_of(operation, partners)
    is_leading = rules.why_not_lead(access.user, operation, on=on) is None
    mine = [one for one in partners if one.operator_id == access.operator.pk]
    is_lead = any(one.is_lead for one in mine)
    context: dict[str, Any] = {
        "operation": operation,
        "here": address_of(operation),
        "scheme": schemes()[operation.scheme],
        "crumbs": [crumb()],
        "steps": road(ROAD, REACHED[Status(operation.status)]),
        "facts": _facts(operation),
        "plan": plan,
        "plan_columns": PLAN,
        "plan_rows": [(one, cell) for one in plan.categories if (cell := plan.of_category(one)) != queries.Cell()],
        "bars": _bars(plan.total),
        "own": queries.own_share(plan),
        "least_from": term.cited if (term := schemes()[operation.scheme].terms.get("min_own_share")) else "",
        "figures": queries.indicators(operation) if is_lead else None,
        "partners": [(one, plan.of_partner(one)) for one in partners],
        # Captures come each month: they are in the archive of evidence, and are counted here.
        "papers": operation.papers.exclude(kind=Paper.Kind.PUBLICITY).select_related("document") if is_lead else [],
        "captures": operation.papers.filter(kind=Paper.Kind.PUBLICITY).count() if is_lead else 0,
        "why_left_out": why_left_out(operation, partners) if is_lead and operation.status in GRANTED else None,
        "wanted": _wanted(operation) if is_lead and operation.status == Status.DRAFT else [],
        "revenues": OperationRevenue.objects.filter(partner__in=partners, withdrawn_at=None).select_related(
            "partner__operator"
        ),
        "claims": operation.claims.prefetch_related("statements"),
        "leads": is_leading,
        "keeps": any(rules.why_not_keep(access.user, one, on=on) is None for one in partners),
        "why_not_prepare": rules.why_not_prepare(operation, on=on),
        "why_not_reopen": rules.why_not_reopen(operation, on=on),
        "reopening": rules.REOPENING.days,
        "statements_due": _statements_due(access, operation, on),
    }
    if is_leading:
        context |= _forms(operation, wrong or {})
    return render(request, "grants/grant.html", context, status=422 if wrong else 200)


def _wanted(operation: Operation) -> list[str]:
    """The pieces that the scheme usually asks for and that the file has not."""
    there = {folded(name) for name in operation.papers.values_list("name", flat=True)}
    return [one for one in schemes()[operation.scheme].pieces if folded(one) not in there]


def _statements_due(access: Access, operation: Operation, on: Any) -> list[Any]:
    """The statements that this person may certify now: the one button of a partner's representative."""
    claim = operation.claims.filter(status="prepared").first()
    if claim is None:
        return []
    statements = claim.statements.filter(partner__operator=access.operator).select_related("partner__operator", "claim")
    return [one for one in statements if rules.why_not_certify(access.user, one, on=on) is None]


def _facts(operation: Operation) -> list[Fact]:
    shown = [
        Fact("Taux d’aide", in_percent(operation.rate)),
        Fact("Aide maximale", euros(operation.grant) if operation.grant is not None else "à noter d’après l’acte"),
        Fact("Dépenses", in_days(operation.spend_from, operation.spend_until)),
        Fact("Paiements", in_days(operation.paid_from, operation.paid_until)),
        Fact("Base retenue", operation.get_vat_basis_display()),
        Fact("Autorité", operation.authority, operation.reference and f"dossier {operation.reference}"),
    ]
    if operation.ended_at is not None:
        label = "Soldée le" if operation.status == Status.CLOSED else "Refusée le"
        shown.append(Fact(label, in_words(dates.day_of(operation.ended_at)), operation.closed_because))
    if operation.article is not None:
        shown.append(Fact("Acte", f"{operation.article}, {operation.article.act.name}"))
    return shown


def _bars(total: queries.Cell) -> list[Bar]:
    most = max(total.planned, total.committed, Decimal(1))
    lines = (
        ("Prévu", total.planned), ("Engagé", total.committed), ("Demandé", total.claimed), ("Accepté", total.accepted),
    )  # fmt: skip
    return [Bar(label, float(amount / most), euros(amount)) for label, amount in lines]


def _forms(operation: Operation, wrong: dict[str, forms.Form]) -> dict[str, Any]:
    scheme = schemes()[operation.scheme]
    flat = grant_forms.FlatForm(scheme=scheme, prefix="forfait") if scheme.flat_rates else None
    made: dict[str, forms.Form | None] = {
        "partner_form": grant_forms.PartnerForm(operation=operation, prefix="partenaire"),
        "paper_form": grant_forms.PaperForm(operation=operation, prefix="piece"),
        "day_form": grant_forms.DayForm(prefix="jour"),
        "granted_form": grant_forms.GrantedForm(prefix="acte"),
        "flat_form": flat,
        "revenue_form": grant_forms.RevenueForm(operation=operation, prefix="recette"),
        "accounts_form": grant_forms.DayForm(prefix="comptes", initial={"on": operation.accounts_on}),
    }
    return {**made, **wrong}


def _done(
    request: HttpRequest, access: Access, operation: Operation, name: str, form: forms.Form,
    act: Callable[[dict[str, Any]], object], says: str,
) -> HttpResponse:  # fmt: skip
    """Act on a valid form and come back to the operation, or show the page again with what is wrong."""
    require_lead(access, operation)
    if form.is_valid():
        with refusal_shown_in(form):
            act(form.cleaned_data)
            messages.success(request, says)
            return redirect(here("grant"), operation.pk)
    return _page(request, access, operation, wrong={name: form})


@gesture
def set_partner(request: HttpRequest, access: Access, operation_id: int) -> HttpResponse:
    """Add a partner, or change its ceiling."""
    operation = operation_or_404(access, operation_id)
    form = grant_forms.PartnerForm(request.POST, operation=operation, prefix="partenaire")
    return _done(
        request, access, operation, "partner_form", form,
        lambda said: operations.add_partner(operation, **said, by=access.user, at=timezone.now()),
        "Le partenaire est noté.",
    )  # fmt: skip


@gesture
def add_paper(request: HttpRequest, access: Access, operation_id: int) -> HttpResponse:
    """Add a paper to the file."""
    operation = operation_or_404(access, operation_id)
    form = grant_forms.PaperForm(request.POST, request.FILES, operation=operation, prefix="piece")

    def act(said: dict[str, Any]) -> None:
        operations.add_paper(
            operation, said["document"], kind=said["kind"], name=said["name"], filename="piece.pdf",
            partner=said["partner"], sent_on=said["sent_on"], by=access.user, at=timezone.now(),
        )  # fmt: skip

    return _done(request, access, operation, "paper_form", form, act, "La pièce est au dossier.")


@gesture
def take_flat_rate(request: HttpRequest, access: Access, operation_id: int) -> HttpResponse:
    """Take a flat rate of the scheme."""
    operation = operation_or_404(access, operation_id)
    form = grant_forms.FlatForm(request.POST, scheme=schemes()[operation.scheme], prefix="forfait")
    return _done(
        request, access, operation, "flat_form", form,
        lambda said: operations.set_flat_rate(operation, said["code"], by=access.user, at=timezone.now()),
        "Le forfait se calcule désormais sur son assiette.",
    )  # fmt: skip


@gesture
def step(request: HttpRequest, access: Access, operation_id: int) -> HttpResponse:
    """Note the next step of the road: filed, complete, granted, refused; or take a refusal or a closing back."""
    operation, at, by = operation_or_404(access, operation_id), timezone.now(), access.user
    asked = request.POST.get("etape", "")
    if asked == "attribue":
        form: forms.Form = grant_forms.GrantedForm(request.POST, prefix="acte")
        return _done(
            request, access, operation, "granted_form", form,
            lambda said: operations.note_grant(operation, **said, by=by, at=at), "L’acte attributif est noté.",
        )  # fmt: skip
    if asked in ("depose", "complet"):
        act = operations.file_application if asked == "depose" else operations.note_complete
        form = grant_forms.DayForm(request.POST, prefix="jour")
        return _done(
            request,
            access,
            operation,
            "day_form",
            form,
            lambda said: act(operation, **said, by=by, at=at),
            "C’est noté.",
        )
    if asked == "refuse":
        operations.note_refusal(operation, by=by, at=at)
    elif asked == "rouvre":
        operations.reopen(operation, by=by, at=at)
    else:
        raise Refused("Rien n’est choisi\u00a0: rechargez la page.")
    messages.success(request, "C’est noté.")
    return redirect(here("grant"), operation.pk)


@console_view
def close(request: HttpRequest, access: Access, operation_id: int) -> HttpResponse:
    """Close an operation, after a page that says what it would never ask for any more."""
    operation, on = operation_or_404(access, operation_id), dates.day_of(timezone.now())
    require_lead(access, operation)
    has_balance = rules.has_balance(operation)
    form = grant_forms.CloseForm(request.POST if request.method == "POST" else None, asks_why=not has_balance)
    if request.method == "POST" and form.is_valid():
        with refusal_shown_in(form):
            operations.close(operation, **form.cleaned_data, by=access.user, at=timezone.now())
            messages.success(request, "L’opération est soldée.")
            return redirect(here("grant"), operation.pk)
    partners = queries.partners_seen(operation, access.operator)
    context = {
        "operation": operation,
        "form": form,
        "lost": queries.unclaimed_by(operation, partners),
        "received": operation.claims.aggregate(sum=Sum("received"))["sum"] or Decimal(0),
        "has_balance": has_balance,
        # The word that may be missing is asked for here.
        "why_not": rules.why_not_close(operation, because="écrit au formulaire"),
        "until": on + rules.REOPENING,
        "days": rules.REOPENING.days,
        "crumbs": crumbs(operation),
    }
    return render(request, "grants/grant_close.html", context, status=422 if form.errors else 200)


@gesture
def note_revenue(request: HttpRequest, access: Access, operation_id: int) -> HttpResponse:
    """Note a revenue that the operation brings."""
    operation = operation_or_404(access, operation_id)
    form = grant_forms.RevenueForm(request.POST, operation=operation, prefix="recette")
    return _done(
        request, access, operation, "revenue_form", form,
        lambda said: operations.note_revenue(OperationRevenue(**said), by=access.user, at=timezone.now()),
        "La recette est notée.",
    )  # fmt: skip


@gesture
def set_accounts(request: HttpRequest, access: Access, operation_id: int) -> HttpResponse:
    """Note the day of the accounts: every piece has its last day."""
    operation = operation_or_404(access, operation_id)
    form = grant_forms.DayForm(request.POST, prefix="comptes")
    return _done(
        request, access, operation, "accounts_form", form,
        lambda said: operations.note_accounts(operation, **said, by=access.user, at=timezone.now()),
        "Les pièces ont leur dernier jour.",
    )  # fmt: skip


@console_view
def change_terms(request: HttpRequest, access: Access, operation_id: int) -> HttpResponse:
    """Change the terms of an operation, as its grant act or an amendment says."""
    operation = operation_or_404(access, operation_id)
    forbid(rules.why_not_lead(access.user, operation, on=dates.day_of(timezone.now())))
    scheme = schemes()[operation.scheme]
    form = grant_forms.TermsForm(
        request.POST if request.method == "POST" else None,
        initial=grant_forms.terms_shown(operation), programme=operation.programme, scheme=scheme,
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        with refusal_shown_in(form):
            operations.change_terms(operation, by=access.user, at=timezone.now(), **form.cleaned_data)
            messages.success(request, "Les conditions sont notées, et chaque dépense est jugée de nouveau.")
            return redirect(here("grant"), operation.pk)
    context = {"operation": operation, "form": form, "crumbs": crumbs(operation)}
    return render(request, "grants/grant_terms.html", context, status=422 if form.errors else 200)


@console_view
@open_to_control
def plan(request: HttpRequest, access: Access, operation_id: int, partner_id: int) -> HttpResponse:
    """Show and write the plan of a partner: an amount for each category and year."""
    operation = operation_or_404(access, operation_id)
    partner = partner_or_404(access, operation, partner_id)
    may_write = rules.why_not_lead(access.user, operation, on=dates.day_of(timezone.now())) is None
    years = range(operation.spend_from.year, operation.spend_until.year + 1)
    known = queries.plan_of(operation, [partner]).by_year
    categories = list(operation.categories.all())
    amounts = {
        f"p-{category.pk}-{year}": (category, year, known.get((partner.pk, category.pk, year)) or Decimal(0))
        for category in categories
        for year in years
    }
    form = Cells(
        request.POST if request.method == "POST" else None,
        cells={
            name: Cell(f"{category.name}, {year}", f"{amount:f}".replace(".", ",") if amount else "")
            for name, (category, year, amount) in amounts.items()
        },
    )
    wrong: list[str] = []
    changes: list[tuple[CostCategory, int, Decimal]] = []
    for name, (category, year, amount) in amounts.items() if form.is_bound else ():
        found = _amount(form.value(name))
        if found is None:
            written = form.value(name)[:20]
            wrong.append(f"{category.name}, {year}\u00a0: «\u00a0{written}\u00a0» n’est pas un montant.")
        elif found != amount:
            changes.append((category, year, found))
    if form.is_valid() and not wrong:
        require_lead(access, operation)
        for category, year, amount in changes:
            operations.plan(partner, category, year, amount, by=access.user, at=timezone.now())
        messages.success(request, "Le plan est noté.")
        return redirect(here("grant"), operation.pk)
    context = {
        "operation": operation, "partner": partner, "form": form, "years": list(years), "wrong": wrong,
        "rows": [
            (one, [(name, year, form.value(name)) for name, (of, year, _) in amounts.items() if of == one])
            for one in categories
        ],
        "leads": may_write, "crumbs": crumbs(operation),
        "columns": [Column("Catégorie"), *(Column(str(year)) for year in years)],
    }  # fmt: skip
    return render(request, "grants/grant_plan.html", context, status=422 if wrong or form.errors else 200)


def _amount(written: str) -> Decimal | None:
    """Read « 1 234,56 », nothing as nought; None for what is no amount in cents."""
    words = "".join(written.split()).replace("\u202f", "").replace("\u00a0", "").replace("€", "").replace(",", ".")
    try:
        amount = Decimal(words or "0")
    except InvalidOperation:
        return None
    return amount if rules.why_not_amount(amount) is None else None


@console_view
@open_to_control
def paper_file(request: HttpRequest, access: Access, operation_id: int, paper_id: int) -> HttpResponse:
    """Serve a paper of the file, to the lead alone."""
    operation = operation_or_404(access, operation_id)
    if not operation.partners.filter(operator=access.operator, is_lead=True).exists():
        raise Http404("Cette pièce n’est pas de votre dossier.")
    paper = get_object_or_404(Paper.objects.select_related("document"), operation=operation, pk=paper_id)
    return served(paper.document, name=paper.name)
