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
from socle.lib.text import folded
from socle.programme.queries import with_priority
from socle.provisioning.stages import Stage, with_stage

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
        rows = rows.filter(search_name__contains=folded(filters.q))
    page = cut_of(request, rows, COMMUNE_KEYS, filters)
    return shapes.Communes(data=[_commune(one) for one in page.rows], next=page.next)


@operation("GET", "/communes/{insee_code}", shapes.Commune, tag="Communes", scope=Scope.COMMUNES_READ)
def show_commune(request: HttpRequest, insee_code: InseeCode):  # type: ignore[no-untyped-def]
    """Lire une commune."""
    return _commune(commune_or_404(caller_of(request), insee_code))


def commune_or_404(caller: Caller, insee_code: str) -> Any:
    found = _communes(caller).filter(insee_code=insee_code).first()
    if found is None:
        raise Http404("Cette commune n’existe pas, ou n’est pas de celles que ce jeton voit.")
    return found
