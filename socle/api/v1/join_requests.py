"""The requests to join: where each stands, and what an officer's program does with them."""

from collections.abc import Callable
from typing import Annotated, Any

from django.http import Http404, HttpRequest
from django.utils import timezone
from ninja import Body, Path, Query

from socle.api.guard import Caller, caller_of
from socle.api.pages import Key
from socle.api.shapes import join_requests as shapes
from socle.api.v1.offering import allow, cut_of, match_if_asked, operation, url_of
from socle.integrations.models import Scope
from socle.joining import actions, queries, rules
from socle.joining.models import OPEN, JoinRequest
from socle.lib import dates
from socle.provisioning.access import OwnAccess

JOIN_REQUEST_KEYS = {"asked_at": Key("asked_at", "instant")}
Reference = Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{1,12}$", description="Référence de la demande.")]


def _requests(caller: Caller) -> Any:
    access = caller.access
    seen = queries.of_body(access.beneficiary) if isinstance(access, OwnAccess) else queries.seen_by(access)
    return seen.select_related(
        "programme", "commune__department", "department", "officer", "agreement", "beneficiary__department"
    ).prefetch_related("services")


def _request(one: JoinRequest, caller: Caller) -> shapes.JoinRequest:
    with_people = caller.opens(Scope.PEOPLE_READ)
    # A mairie does not read here who asked in its name: the operator tells it, once it knows who that was.
    with_asker = with_people and not isinstance(caller.access, OwnAccess) and one.erased_at is None
    return shapes.JoinRequest(
        url=url_of("join-requests", one.reference),
        reference=one.reference,
        status=one.status,  # type: ignore[arg-type]
        status_label=one.get_status_display(),
        steps=[
            shapes.JoinStep(label=step.label, state=step.state, detail=step.detail) for step in queries.road_of(one)
        ],
        name=one.place_name,
        insee_code=one.commune.insee_code if one.commune else None,
        siret=one.siret or None,
        legal_form=one.legal_form,
        department=one.department.code,
        population=one.commune.population if one.commune else None,
        services=[service.code for service in one.services.all()],
        is_identified=one.is_identified,
        asked_at=one.asked_at,
        confirmed_at=one.confirmed_at,
        verified_at=one.verified_at,
        objected_at=one.objected_at,
        qualified_at=one.qualified_at,
        planned_at=one.planned_at,
        planned_on=one.planned_on,
        wave=one.wave,
        closed_at=one.closed_at,
        reason=one.reason,
        agreement=one.agreement.number if one.agreement else None,
        beneficiary=one.beneficiary_id,
        officer=str(one.officer) if with_people and one.officer else None,
        asker=shapes.Asker(name=one.name, function=one.get_function_display(), email=one.email, words=one.words)
        if with_asker
        else None,
        is_fictitious=one.is_fictitious,
    )


@operation("GET", "/join-requests", shapes.JoinRequests, tag="Demandes d’adhésion", scope=Scope.JOIN_REQUESTS_READ)
def list_join_requests(request: HttpRequest, filters: Query[shapes.JoinRequestFilters]):  # type: ignore[no-untyped-def]
    """Lister les demandes d’adhésion et leur étape.

    Celles que la personne n’a pas confirmées n’y sont pas.
    """
    caller = caller_of(request)
    rows = _requests(caller)
    if filters.department:
        rows = rows.filter(department__code=filters.department)
    if filters.status:
        rows = rows.filter(status=filters.status)
    if filters.open is not None:
        rows = rows.filter(status__in=OPEN) if filters.open else rows.exclude(status__in=OPEN)
    if filters.insee_code:
        rows = rows.filter(commune__insee_code=filters.insee_code)
    if filters.siret:
        rows = rows.filter(siret=filters.siret)
    page = cut_of(request, rows, JOIN_REQUEST_KEYS, filters)
    return shapes.JoinRequests(data=[_request(one, caller) for one in page.rows], next=page.next)


@operation(
    "GET", "/join-requests/{reference}", shapes.JoinRequest, tag="Demandes d’adhésion", scope=Scope.JOIN_REQUESTS_READ
)
def show_join_request(request: HttpRequest, reference: Reference):  # type: ignore[no-untyped-def]
    """Lire une demande d’adhésion."""
    caller = caller_of(request)
    return _request(_request_or_404(caller, reference), caller)


def _request_or_404(caller: Caller, reference: str) -> JoinRequest:
    found: JoinRequest | None = _requests(caller).filter(reference=reference).first()
    if found is None:
        raise Http404("Cette demande n’existe pas, ou n’est pas de celles que ce jeton voit.")
    return found


def _gesture(request: HttpRequest, reference: str, act: Callable[..., JoinRequest], **more: Any) -> shapes.JoinRequest:
    caller, at = caller_of(request), timezone.now()
    asked = _request_or_404(caller, reference)
    # Held until what is being done is done: what was read is what is acted on.
    JoinRequest.objects.select_for_update().get(pk=asked.pk)
    asked = _request_or_404(caller, reference)
    match_if_asked(request, _request(asked, caller))
    by = caller.access.user
    allow(rules.why_not_handle(asked, by=by, on=dates.day_of(at)))
    act(asked, by=by, at=at, **more)
    return _request(_request_or_404(caller, reference), caller)


@operation(
    "POST", "/join-requests/{reference}/qualify", shapes.JoinRequest,
    tag="Demandes d’adhésion", scope=Scope.JOIN_REQUESTS_WRITE,
)  # fmt: skip
def qualify_join_request(request: HttpRequest, reference: Reference):  # type: ignore[no-untyped-def]
    """Dire qu’une demande est étudiée et recevable.

    La mairie en est prévenue. Refusée tant que rien n’établit que l’organisme lui-même demande : le vérifier, par
    téléphone, reste le geste d’une personne.
    """
    return _gesture(request, reference, actions.qualify)


@operation(
    "POST", "/join-requests/{reference}/plan", shapes.JoinRequest,
    tag="Demandes d’adhésion", scope=Scope.JOIN_REQUESTS_WRITE,
)  # fmt: skip
def plan_join_request(request: HttpRequest, reference: Reference, body: Body[shapes.Planning]):  # type: ignore[no-untyped-def]
    """Planifier une demande étudiée.

    Redite avec un autre jour ou une autre vague, elle les change ; la mairie en est prévenue.
    """
    return _gesture(request, reference, actions.plan, planned_on=body.planned_on, wave=body.wave)


@operation(
    "POST", "/join-requests/{reference}/unplan", shapes.JoinRequest,
    tag="Demandes d’adhésion", scope=Scope.JOIN_REQUESTS_WRITE,
)  # fmt: skip
def unplan_join_request(request: HttpRequest, reference: Reference):  # type: ignore[no-untyped-def]
    """Retirer du calendrier une demande planifiée.

    Elle redevient étudiée ; la mairie en est prévenue.
    """
    return _gesture(request, reference, actions.unplan)
