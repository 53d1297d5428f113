"""The communes and how far each has come."""

from typing import Any

from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest
from ninja import Query

from socle.api.guard import Caller, caller_of
from socle.api.pages import Key
from socle.api.shapes import communes as shapes
from socle.api.shapes.values import InseeCode
from socle.api.v1.offering import cut_of, operation, url_of
from socle.integrations.models import Scope
from socle.mergers.presenters import title_of
from socle.mergers.queries import plans_about
from socle.programme.eligibility import standing
from socle.programme.queries import with_priority
from socle.programme.ranks import Kept, show_history, since_when
from socle.provisioning.access import OwnAccess
from socle.provisioning.stages import Stage, with_stage
from socle.territory.models import Commune
from socle.territory.queries import named

COMMUNE_KEYS = {
    "name": Key("search_name"),
    "population": Key("known_population", "number"),
    "insee_code": Key("insee_code"),
}


def _communes(caller: Caller) -> Any:
    found = with_stage(caller.access.communes(), caller.access.programme)
    # A population that is not known sorts before zero.
    return (
        with_priority(found, caller.access.programme)  # type: ignore[arg-type]
        .annotate(known_population=Coalesce("population", -1))
        .select_related("department", "epci", "beneficiary")
    )


def _commune(one: Any) -> shapes.Commune:
    beneficiary = getattr(one, "beneficiary", None)
    return shapes.Commune(
        url=url_of("communes", one.insee_code),
        insee_code=one.insee_code,
        name=one.name,
        department=one.department.code,
        siren=one.siren,
        population=one.population,
        epci=shapes.Epci(siren=one.epci.siren, name=one.epci.name) if one.epci else None,
        is_priority=one.is_priority,
        stage=one.stage,
        stage_label=Stage(one.stage).label,
        agreement=one.agreement_number,
        beneficiary=beneficiary.pk if beneficiary else None,
    )


@operation("GET", "/communes", shapes.Communes, tag="Communes", scope=Scope.COMMUNES_READ)
def list_communes(request: HttpRequest, filters: Query[shapes.CommuneFilters]):  # type: ignore[no-untyped-def]
    """Lister les communes et leur étape."""
    rows = _communes(caller_of(request))
    if filters.department:
        rows = rows.filter(department__code=filters.department)
    if filters.stage:
        rows = rows.filter(stage=filters.stage)
    if filters.priority is not None:
        rows = rows.filter(is_priority=filters.priority)
    if filters.epci:
        rows = rows.filter(epci__siren=filters.epci)
    if filters.q:
        rows = rows.filter(named(filters.q))
    page = cut_of(request, rows, COMMUNE_KEYS, filters)
    return shapes.Communes(data=[_commune(one) for one in page.rows], next=page.next)


@operation("GET", "/communes/{insee_code}", shapes.CommuneWithStanding, tag="Communes", scope=Scope.COMMUNES_READ)
def show_commune(request: HttpRequest, insee_code: InseeCode):  # type: ignore[no-untyped-def]
    """Lire une commune, et son rang dans l’ordre de priorité.

    La priorité est un rang, jamais un refus.
    """
    caller = caller_of(request)
    commune = commune_or_404(caller, insee_code)
    return shapes.CommuneWithStanding(**_commune(commune).model_dump(), standing=_standing(caller, commune))


def _standing(caller: Caller, commune: Commune) -> shapes.Standing:
    programme = caller.access.programme
    stands = standing(programme, commune)
    return shapes.Standing(
        rank=stands.rank,
        is_priority=stands.is_priority,
        population=stands.population,
        vintage=programme.priority_vintage.year,
        reasons=list(stands.reasons),
        since=since_when(show_history(programme, commune), stands),
    )


@operation("GET", "/communes/{insee_code}/history", shapes.CommuneHistory, tag="Communes", scope=Scope.COMMUNES_READ)
def show_commune_history(request: HttpRequest, insee_code: InseeCode):  # type: ignore[no-untyped-def]
    """Lire ce qu’une commune a été.

    Ses noms et codes par millésime, les communes d’autrefois qui la composent, ses fusions et scissions, ses rangs avec
    leurs raisons. Une commune qui n’est plus se lit aussi, et dit où elle est aujourd’hui.
    """
    caller = caller_of(request)
    commune = _past_or_present(caller, insee_code)
    heir = commune.heir if commune.merged_into is not None else None
    return shapes.CommuneHistory(
        url=url_of("communes", insee_code, "history"),
        insee_code=commune.insee_code,
        name=commune.name,
        gone_in=commune.gone_in,
        heir=shapes.CommuneRef(insee_code=heir.insee_code, name=heir.name) if heir else None,
        vintages=[
            shapes.FormerName(
                vintage=one.vintage.year,
                insee_code=one.insee_code,
                name=one.name,
                department=one.department.code,
                population=one.population,
            )
            for one in commune.vintages.select_related("vintage", "department").order_by("vintage__year", "insee_code")
        ],
        former_communes=[
            shapes.FormerCommune(
                insee_code=one.insee_code,
                name=one.name or None,
                kind=one.kind,  # type: ignore[arg-type]
                kind_label=one.get_kind_display(),
            )
            for one in commune.former_communes.all()
        ],
        mergers=[
            shapes.Merger(
                kind=plan.kind,  # type: ignore[arg-type]
                title=title_of(plan),
                vintage=plan.year,
                status=plan.status,  # type: ignore[arg-type]
                status_label=plan.get_status_display(),
                effect_on=plan.effect_on,
                applied_at=plan.applied_at,
                undone_at=plan.undone_at,
            )
            for plan in plans_about(commune)
        ],
        standings=[_kept(one) for one in show_history(caller.access.programme, commune)],
    )


def _kept(one: Kept) -> shapes.KeptStanding:
    row = one.row
    return shapes.KeptStanding(
        rank=row.rank,
        is_priority=row.is_priority,
        population=row.population,
        vintage=row.vintage.year,
        reasons=list(one.reasons),
        assessed_at=row.assessed_at,
        replaced_at=row.replaced_at,
        changes=one.changes,
    )


def _past_or_present(caller: Caller, insee_code: str) -> Commune:
    """Return a commune of today, or one of the same territory that is no more."""
    access = caller.access
    current = access.communes().filter(insee_code=insee_code).select_related("merged_into").first()
    if current is not None:
        return current
    gone = Commune.objects.filter(gone_in__isnull=False, insee_code=insee_code).select_related("merged_into")
    gone = (
        gone.filter(beneficiary=access.beneficiary)
        if isinstance(access, OwnAccess)
        else gone.filter(department__in=access.departments)
    )
    if (found := gone.first()) is None:
        raise Http404("Cette commune n’existe pas, ou n’est pas de celles que ce jeton voit.")
    return found


def commune_or_404(caller: Caller, insee_code: str) -> Any:
    found = _communes(caller).filter(insee_code=insee_code).first()
    if found is None:
        raise Http404("Cette commune n’existe pas, ou n’est pas de celles que ce jeton voit.")
    return found
