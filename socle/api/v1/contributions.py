"""The contributions called by the lead of a programme, for its finance package, and the titles that this one issues."""

from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest
from django.utils import timezone
from ninja import Body, Query

from socle.api import problems
from socle.api.guard import Caller, caller_of
from socle.api.pages import Key
from socle.api.shapes import contributions as shapes
from socle.api.shapes.values import Identifier
from socle.api.v1.offering import Link, allow, cut_of, operation, url_of
from socle.integrations.models import Scope
from socle.lib import dates
from socle.revenue import calls, rules
from socle.revenue.models import Contribution

CONTRIBUTION_KEYS = {"id": Key("pk", "number")}


def _why_not_read(caller: Caller) -> str | None:
    return rules.why_not_read_calls(is_lead=caller.access.is_lead, sees_money=caller.access.sees_money)


def _contributions(caller: Caller) -> Any:
    rows = Contribution.objects.filter(agreement__programme=caller.access.programme)
    return rows.select_related("agreement").order_by("pk")


def _contribution(one: Contribution) -> shapes.Contribution:
    title = None
    if one.read_at is not None and one.title_on is not None:
        title = shapes.Title(
            bordereau=one.bordereau,
            title=one.title,
            title_on=one.title_on,
            collected=str(one.collected),
            outstanding=str(one.outstanding),
            read_at=one.read_at,
        )
    return shapes.Contribution(
        url=url_of("contributions", one.pk),
        id=one.pk,
        reference=one.reference,
        agreement=one.agreement.number,
        beneficiary=one.agreement.beneficiary_id,
        year=one.year,
        export=one.export_rank,
        first_on=one.first_on,
        last_on=one.last_on,
        debtor=shapes.Debtor(
            name=one.debtor_name,
            siret=one.debtor_siret,
            service_code=one.service_code or None,
            engagement=one.engagement or None,
        ),
        subject=one.subject,
        budget=one.budget or None,
        account=one.account or None,
        function=one.function or None,
        net=str(one.net),
        vat_regime=one.vat_regime,
        vat_rate=str(one.vat_rate),
        vat=str(one.vat),
        total=str(one.total),
        due_on=one.due_on,
        exported_at=one.exported_at,
        title=title,
        is_fictitious=one.is_fictitious,
    )


@operation(
    "GET", "/contributions", shapes.Contributions, tag="Contributions", scope=Scope.CONTRIBUTIONS_READ,
    leads_to=[Link("show_contribution", {"id": "$response.body#/data/0/id"})],
)  # fmt: skip
def list_contributions(request: HttpRequest, filters: Query[shapes.ContributionFilters]):  # type: ignore[no-untyped-def]
    """Lister les contributions appelées.

    Chez le chef de file du programme, qui les appelle : telles qu’exportées, avec leur titre une fois relu.
    """
    caller = caller_of(request)
    allow(_why_not_read(caller))
    rows = _contributions(caller)
    if filters.year:
        rows = rows.filter(year=filters.year)
    if filters.export:
        rows = rows.filter(export_rank=filters.export)
    if filters.reference:
        rows = rows.filter(reference=filters.reference)
    if filters.beneficiary:
        rows = rows.filter(agreement__beneficiary=filters.beneficiary)
    if filters.titled:
        rows = rows.filter(read_at__isnull=filters.titled == "no")
    page = cut_of(request, rows, CONTRIBUTION_KEYS, filters)
    return shapes.Contributions(data=[_contribution(one) for one in page.rows], next=page.next)


@operation(
    "GET", "/contributions/{id}", shapes.Contribution, tag="Contributions", scope=Scope.CONTRIBUTIONS_READ,
)  # fmt: skip
def show_contribution(request: HttpRequest, id: Identifier):  # type: ignore[no-untyped-def]
    """Lire une contribution appelée."""
    caller = caller_of(request)
    found = None if _why_not_read(caller) else _contributions(caller).filter(pk=id).first()
    if found is None:
        raise Http404("Cette contribution n’existe pas, ou n’est pas de celles que ce jeton voit.")
    return _contribution(found)


def _answer(one: shapes.NewTitle) -> dict[str, Any]:
    return {
        "bordereau": one.bordereau,
        "title": one.title,
        "title_on": one.title_on,
        "collected": Decimal(one.collected),
        "outstanding": Decimal(one.outstanding),
    }


@operation("POST", "/titles", shapes.ReadTitles, tag="Contributions", scope=Scope.CONTRIBUTIONS_WRITE)
def note_titles(request: HttpRequest, body: Body[shapes.NewTitles]):  # type: ignore[no-untyped-def]
    """Noter les titres que le logiciel de finances a émis.

    Tous, ou aucun : « errors » dit chaque faute. Les règles sont celles du fichier relu à l’écran, et le geste est
    celui de la personne responsable des finances du chef de file : qu’elle réponde du jeton. Redits, ils ne changent
    rien.
    """
    caller, at = caller_of(request), timezone.now()
    on = dates.day_of(at)
    allow(_why_not_read(caller))
    programme, by = caller.access.programme, caller.access.user
    allow(rules.why_not_call(by, programme.lead(), year=on.year, on=on))
    told = [(one.reference, _answer(one)) for one in body.titles]
    try:
        changed = calls.note_titles(programme, told, by=by, at=at)
    except calls.FaultyTitles as faulty:
        errors = [
            {"in": "body", "where": f"titles/{rank}/{field}", "detail": says} for rank, field, says in faulty.faults
        ]
        return problems.answer(request, "invalide", faulty.sentence, errors=errors)
    return shapes.ReadTitles(changed=changed)
