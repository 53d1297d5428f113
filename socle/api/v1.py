"""Version 1: each operation reads through the caller's access, or calls one action, as a screen does."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Annotated, Any

from django.conf import settings
from django.db.models import Prefetch
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Body, NinjaAPI, Path, Query
from ninja.errors import HttpError, ValidationError
from ninja.security import HttpBearer
from pydantic import BaseModel

from socle.agreements import actions as agreement_actions
from socle.agreements import rules as agreement_rules
from socle.agreements.models import Agreement, ChosenService, Party
from socle.api import problems, shapes
from socle.api.guard import Caller, caller_of, matches, tag_of
from socle.api.pages import Key, Slice, cut
from socle.api.problems import Problem
from socle.integrations.models import Scope
from socle.journal import facts
from socle.journal.models import Entry
from socle.journal.verbs import label_of
from socle.lib import dates
from socle.lib.text import folded
from socle.people import actions as people
from socle.people.models import Beneficiary, User
from socle.programme.queries import with_priority
from socle.provisioning import actions as provisioning
from socle.provisioning import rules as provisioning_rules
from socle.provisioning.models import Installation
from socle.provisioning.stages import Stage, with_stage
from socle.signing.models import Slot
from socle.territory.models import Commune

ROOT = "/api/v1"


class Bearer(HttpBearer):
    """The token, in the Authorization header. The door has read it before anything else."""

    def authenticate(self, request: HttpRequest, token: str) -> Caller:
        return caller_of(request)


api = NinjaAPI(
    title="Socle",
    version="1",
    description="Ce qu’un programme lit et demande à la plateforme, par les mêmes règles que les écrans.",
    openapi_url=None,
    docs_url=None,
    urls_namespace="api-v1",
    auth=Bearer(),
)


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    told = problems.in_french(error.errors)
    return problems.answer(request, "invalide", "Une valeur au moins est refusée.", errors=told)


@api.exception_handler(HttpError)
def _unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    return problems.answer(request, "mal-formee", "Le contenu de la demande n’est pas du JSON.")


@api.exception_handler(Http404)
def _not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    return problems.answer(request, "introuvable", str(error) or "Il n’y a rien à cette adresse.")


@dataclass(frozen=True)
class Answer:
    """Another answer than « 200, here it is »."""

    content: BaseModel
    status: int = 200
    location: str = ""


Operation = Callable[..., Any]


def operation(
    method: str,
    path: str,
    shape: Any,
    *,
    tag: str,
    scope: Scope | None = None,
    made: bool = False,
    tagged: bool = False,
) -> Callable[[Operation], Operation]:
    """Offer a function at an address: its scope checked, its answer written and tagged.

    The first line of its docstring is its French title, the rest its explanation. `tagged` ones want `If-Match`.
    """

    def offer(function: Operation) -> Operation:
        known = _query_names(function)

        @wraps(function)
        def run(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if scope is not None and not caller_of(request).opens(scope):
                challenge = f'Bearer realm="socle", error="insufficient_scope", scope="{scope.value}"'
                raise Problem(
                    "portee",
                    f"Ce jeton n’a pas la portée {scope.value} ({scope.label}).",
                    headers={"WWW-Authenticate": challenge},
                )
            if unknown := sorted(set(request.GET) - known):
                errors = [{"in": "query", "where": name, "detail": "Ce nom n’est pas connu ici."} for name in unknown]
                return problems.answer(request, "invalide", "Un paramètre n’est pas connu ici.", errors=errors)
            return _written(function(request, *args, **kwargs))

        title, _, rest = (inspect.getdoc(function) or "").partition("\n")
        api.api_operation(
            [method],
            path,
            response={200: shape, 201: shape} if made else shape,
            summary=title.rstrip("."),
            description=" ".join(rest.split()) or None,
            tags=[tag],
            operation_id=function.__name__,
            openapi_extra={"x-scope": scope.value if scope else "", "x-if-match": tagged},
        )(run)
        return run

    return offer


def _query_names(function: Operation) -> set[str]:
    for parameter in inspect.signature(function).parameters.values():
        for kind in getattr(parameter.annotation, "__args__", ()):
            if inspect.isclass(kind) and issubclass(kind, shapes.Paged):
                return set(kind.model_fields)
    return set()


def _written(answer: Any) -> HttpResponse:
    if isinstance(answer, HttpResponse):  # A problem that lists its errors.
        return answer
    if not isinstance(answer, Answer):
        answer = Answer(answer)
    content = answer.content.model_dump_json().encode()
    response = HttpResponse(content, status=answer.status, content_type="application/json")
    response["ETag"] = tag_of(content)
    if answer.location:
        response["Location"] = answer.location
    if isinstance(answer.content, shapes.Page) and answer.content.next:
        response["Link"] = f'<{answer.content.next}>; rel="next"'
    return response


def _must_match(request: HttpRequest, current: BaseModel) -> None:
    """Refuse to replace what changed since it was read."""
    given = request.headers.get("If-Match")
    if given is not None and not given.strip():
        raise Problem("mal-formee", "L’en-tête If-Match est vide.")
    if given is None:
        raise Problem("etiquette", "Lisez d’abord la chose, puis envoyez son étiquette (ETag) dans If-Match.")
    if not matches(given, tag_of(current.model_dump_json().encode())):
        raise Problem("depasse", "La chose a changé depuis que vous l’avez lue : relisez-la.")


def _allow(sentence: str | None) -> None:
    if sentence is not None:
        raise Problem("interdit", sentence)


def _url(*parts: object) -> str:
    return f"{settings.PLATFORM_URL}{ROOT}/{'/'.join(str(part) for part in parts)}"


# --- The token and the offer ------------------------------------------------------------------------------------------
@operation("GET", "/me", shapes.Me, tag="Jeton")
def show_me(request: HttpRequest):  # type: ignore[no-untyped-def]
    """Lire ce que ce jeton ouvre."""
    caller = caller_of(request)
    owner = caller.token.owner
    return shapes.Me(
        name=caller.token.name,
        prefix=caller.token.prefix,
        scopes=sorted(caller.scopes),
        expires_at=caller.token.expires_at,
        organisation=shapes.Organisation(
            kind="beneficiary" if isinstance(owner, Beneficiary) else "operator", id=owner.pk, name=owner.name
        ),
        programme=caller.access.programme.code,
        departments=sorted(one.code for one in caller.access.departments),
        sees_money=caller.access.sees_money,
    )


@operation("GET", "/services", shapes.Services, tag="Jeton")
def list_services(request: HttpRequest):  # type: ignore[no-untyped-def]
    """Lire les services de l’offre.

    Leurs codes sont ceux que portent les conventions et les installations.
    """
    offered = caller_of(request).access.programme.services.order_by("order", "pk")
    return shapes.Services(
        data=[
            shapes.Service(
                code=one.code,
                name=one.name,
                summary=one.summary,
                is_essential=one.is_essential,
                is_provisioned=one.is_provisioned,
            )
            for one in offered
        ]
    )


# --- Communes ---------------------------------------------------------------------------------------------------------
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
        url=_url("communes", one.insee_code),
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
    page = _cut(request, rows, COMMUNE_KEYS, filters)
    return shapes.Communes(data=[_commune(one) for one in page.rows], next=page.next)


@operation("GET", "/communes/{insee_code}", shapes.Commune, tag="Communes", scope=Scope.COMMUNES_READ)
def show_commune(request: HttpRequest, insee_code: shapes.InseeCode):  # type: ignore[no-untyped-def]
    """Lire une commune."""
    return _commune(_commune_or_404(caller_of(request), insee_code))


def _commune_or_404(caller: Caller, insee_code: str) -> Any:
    found = _communes(caller).filter(insee_code=insee_code).first()
    if found is None:
        raise Http404("Cette commune n’existe pas, ou n’est pas de celles que ce jeton voit.")
    return found


# --- Beneficiaries ----------------------------------------------------------------------------------------------------
BENEFICIARY_KEYS = {"id": Key("pk", "number"), "name": Key("name")}


def _beneficiary(one: Beneficiary) -> shapes.Beneficiary:
    return shapes.Beneficiary(
        url=_url("beneficiaries", one.pk),
        id=one.pk,
        kind=one.kind,  # type: ignore[arg-type]
        name=one.name,
        legal_form=one.legal_form,
        siret=one.siret,
        is_siret_confirmed=one.is_siret_confirmed,
        is_fictitious=one.is_fictitious,
        seat=one.seat,
        department=one.department.code,
        insee_code=one.commune.insee_code if one.commune else None,
    )


def _ref(one: Beneficiary) -> shapes.BeneficiaryRef:
    return shapes.BeneficiaryRef(id=one.pk, name=one.name, insee_code=one.commune.insee_code if one.commune else None)


@operation("GET", "/beneficiaries", shapes.Beneficiaries, tag="Bénéficiaires", scope=Scope.BENEFICIARIES_READ)
def list_beneficiaries(request: HttpRequest, filters: Query[shapes.BeneficiaryFilters]):  # type: ignore[no-untyped-def]
    """Lister les bénéficiaires."""
    rows = caller_of(request).access.beneficiaries().select_related("department", "commune")
    if filters.department:
        rows = rows.filter(department__code=filters.department)
    if filters.kind:
        rows = rows.filter(kind=filters.kind)
    if filters.insee_code:
        rows = rows.filter(commune__insee_code=filters.insee_code)
    if filters.siret:
        rows = rows.filter(siret=filters.siret)
    page = _cut(request, rows, BENEFICIARY_KEYS, filters)
    return shapes.Beneficiaries(data=[_beneficiary(one) for one in page.rows], next=page.next)


@operation("GET", "/beneficiaries/{id}", shapes.Beneficiary, tag="Bénéficiaires", scope=Scope.BENEFICIARIES_READ)
def show_beneficiary(request: HttpRequest, id: shapes.Identifier):  # type: ignore[no-untyped-def]
    """Lire un bénéficiaire."""
    return _beneficiary(_beneficiary_or_404(caller_of(request), id))


def _beneficiary_or_404(caller: Caller, identifier: int) -> Beneficiary:
    found: Beneficiary | None = (
        caller.access.beneficiaries().filter(pk=identifier).select_related("department", "commune").first()
    )
    if found is None:
        raise Http404("Ce bénéficiaire n’existe pas, ou n’est pas de ceux que ce jeton voit.")
    return found


def _may_register(caller: Caller, candidate: Beneficiary) -> None:
    """Whoever may write agreements registers those they are written for, as on the screens."""
    on = dates.day_of(timezone.now())
    _allow(agreement_rules.why_not_follow(candidate, caller.access.programme, by=caller.access.user, on=on))


@operation(
    "PUT", "/communes/{insee_code}/beneficiary", shapes.Beneficiary, made=True,
    tag="Bénéficiaires", scope=Scope.BENEFICIARIES_WRITE,
)  # fmt: skip
def register_commune(request: HttpRequest, insee_code: shapes.InseeCode):  # type: ignore[no-untyped-def]
    """Inscrire une commune.

    Ses données publiques sont reprises. Déjà inscrite, elle est rendue telle quelle.
    """
    caller = caller_of(request)
    commune: Commune = _commune_or_404(caller, insee_code)
    known = getattr(commune, "beneficiary", None)
    _may_register(caller, Beneficiary(kind=Beneficiary.Kind.COMMUNE, commune=commune, department=commune.department))
    found = people.register_beneficiary(commune, by=caller.access.user, at=timezone.now())
    content = _beneficiary(found)
    return Answer(content, 200 if known else 201, location=content.url)


@operation(
    "POST", "/beneficiaries", shapes.Beneficiary, made=True, tag="Bénéficiaires", scope=Scope.BENEFICIARIES_WRITE
)
def register_body(request: HttpRequest, body: Body[shapes.NewBody]):  # type: ignore[no-untyped-def]
    """Inscrire un établissement public qui n’est pas une commune.

    Déjà connu par son SIRET, il est rendu tel quel.
    """
    caller = caller_of(request)
    department = next((one for one in caller.access.departments if one.code == body.department), None)
    if department is None:
        raise Problem("interdit", "Ce département n’est pas de ceux que ce jeton voit.")
    _may_register(caller, Beneficiary(kind=Beneficiary.Kind.OTHER, department=department))
    at = timezone.now()
    found = people.register_public_body(
        body.name,
        legal_form=body.legal_form,
        siret_number=body.siret,
        seat=body.seat,
        department=department,
        by=caller.access.user,
        at=at,
    )
    if found.department not in caller.access.departments:
        raise Problem("refus", "Cet établissement est déjà inscrit dans un autre département.")
    is_new = Entry.objects.about(found).filter(verb="beneficiary.registered", at=at).exists()
    content = _beneficiary(found)
    return Answer(content, 201 if is_new else 200, location=content.url)


# --- Agreements -------------------------------------------------------------------------------------------------------
AGREEMENT_KEYS = {"number": Key("number"), "drafted_at": Key("drafted_at", "instant")}


def _agreements(caller: Caller) -> Any:
    return (
        caller.access.agreements()
        .select_related("beneficiary__department", "beneficiary__commune", "round")
        .prefetch_related(
            Prefetch("choices", ChosenService.objects.select_related("service").order_by("service__order", "pk")),
            Prefetch("parties", Party.objects.order_by("rank")),
            Prefetch("round__slots", Slot.objects.order_by("rank")),
        )
    )


def _agreement(one: Agreement, caller: Caller) -> shapes.Agreement:
    signed = {slot.rank: slot.signed_at for slot in one.round.slots.all()} if one.round else {}
    with_people = caller.opens(Scope.PEOPLE_READ)
    return shapes.Agreement(
        url=_url("agreements", one.number),
        number=one.number,
        status=one.status,  # type: ignore[arg-type]
        status_label=one.get_status_display(),
        beneficiary=_ref(one.beneficiary),
        department=one.beneficiary.department.code,
        services=[choice.service.code for choice in one.choices.all()],
        parties=[
            shapes.Party(
                kind=party.kind,  # type: ignore[arg-type]
                name=party.name,
                siret=party.siret,
                signed_at=signed.get(party.rank),
                representative=party.representative if with_people else None,
                quality=party.quality if with_people else None,
            )
            for party in one.parties.all()
        ],
        term_months=one.term_months,
        starts_on=one.starts_on,
        ends_on=one.ends_on,
        annual_price=str(one.annual_price) if caller.access.sees_money else None,
        drafted_at=one.drafted_at,
        signed_at=one.signed_at,
    )


@operation("GET", "/agreements", shapes.Agreements, tag="Conventions", scope=Scope.AGREEMENTS_READ)
def list_agreements(request: HttpRequest, filters: Query[shapes.AgreementFilters]):  # type: ignore[no-untyped-def]
    """Lister les conventions."""
    caller = caller_of(request)
    rows = _about(_agreements(caller), filters)
    if filters.status:
        rows = rows.filter(status=filters.status)
    page = _cut(request, rows, AGREEMENT_KEYS, filters)
    return shapes.Agreements(data=[_agreement(one, caller) for one in page.rows], next=page.next)


Number = Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{1,30}$", description="Numéro de la convention.")]


@operation("GET", "/agreements/{number}", shapes.Agreement, tag="Conventions", scope=Scope.AGREEMENTS_READ)
def show_agreement(request: HttpRequest, number: Number):  # type: ignore[no-untyped-def]
    """Lire une convention."""
    caller = caller_of(request)
    return _agreement(_agreement_or_404(caller, number), caller)


def _agreement_or_404(caller: Caller, number: str, *, held: bool = False) -> Agreement:
    """Return an agreement; `held` keeps its row until what is being done is done."""
    if held:
        caller.access.agreements().select_for_update().filter(number=number).first()
    found: Agreement | None = _agreements(caller).select_related("programme").filter(number=number).first()
    if found is None:
        raise Http404("Cette convention n’existe pas, ou n’est pas de celles que ce jeton voit.")
    return found


@operation("POST", "/agreements", shapes.Agreement, made=True, tag="Conventions", scope=Scope.AGREEMENTS_WRITE)
def draft_agreement(request: HttpRequest, body: Body[shapes.NewAgreement]):  # type: ignore[no-untyped-def]
    """Rédiger la convention d’un bénéficiaire.

    Elle naît du modèle du programme, avec les services proposés d’office.
    """
    caller = caller_of(request)
    beneficiary = _beneficiary_or_404(caller, body.beneficiary)
    programme, by, at = caller.access.programme, caller.access.user, timezone.now()
    _allow(agreement_rules.why_not_follow(beneficiary, programme, by=by, on=dates.day_of(at)))
    drafted = agreement_actions.draft(beneficiary, programme=programme, by=by, at=at)
    content = _agreement(_agreement_or_404(caller, drafted.number), caller)
    return Answer(content, 201, location=content.url)


@operation(
    "PUT", "/agreements/{number}/services", shapes.Agreement, tagged=True,
    tag="Conventions", scope=Scope.AGREEMENTS_WRITE,
)  # fmt: skip
def choose_services(  # type: ignore[no-untyped-def]
    request: HttpRequest, number: Number, body: Body[shapes.ChosenServices]
):
    """Choisir les services d’un projet de convention.

    Remplace la liste entière ; If-Match porte l’étiquette de la convention telle que vous l’avez lue.
    """
    caller = caller_of(request)
    agreement = _agreement_or_404(caller, number, held=True)
    _must_match(request, _agreement(agreement, caller))
    offered = {service.code: service for service in agreement.programme.services.all()}
    if unknown := [code for code in body.services if code not in offered]:
        errors = [
            {"in": "body", "where": "services", "detail": f"Le service {code} n’est pas de l’offre."}
            for code in unknown
        ]
        return problems.answer(request, "invalide", "Un service n’est pas de l’offre.", errors=errors)
    agreement_actions.choose_services(
        agreement, services=[offered[code] for code in body.services], by=caller.access.user, at=timezone.now()
    )
    return _agreement(_agreement_or_404(caller, number), caller)


def _gesture_on_agreement(request: HttpRequest, number: str, act: Callable[..., Agreement]) -> shapes.Agreement:
    caller, at = caller_of(request), timezone.now()
    agreement = _agreement_or_404(caller, number, held=True)
    _match_if_asked(request, _agreement(agreement, caller))
    by, programme = caller.access.user, agreement.programme
    _allow(agreement_rules.why_not_follow(agreement.beneficiary, programme, by=by, on=dates.day_of(at)))
    act(agreement, by=by, at=at)
    return _agreement(_agreement_or_404(caller, number), caller)


def _match_if_asked(request: HttpRequest, current: BaseModel) -> None:
    if "If-Match" in request.headers:
        _must_match(request, current)


@operation("POST", "/agreements/{number}/ready", shapes.Agreement, tag="Conventions", scope=Scope.AGREEMENTS_WRITE)
def send_agreement(request: HttpRequest, number: Number):  # type: ignore[no-untyped-def]
    """Envoyer une convention à la signature.

    Refusée tant qu’il y manque quelque chose : « detail » dit quoi. Signer reste le geste d’une personne.
    """
    return _gesture_on_agreement(request, number, agreement_actions.make_ready)


@operation("POST", "/agreements/{number}/reopen", shapes.Agreement, tag="Conventions", scope=Scope.AGREEMENTS_WRITE)
def reopen_agreement(request: HttpRequest, number: Number):  # type: ignore[no-untyped-def]
    """Refaire un projet d’une convention que personne n’a signée."""
    return _gesture_on_agreement(request, number, agreement_actions.reopen)


@operation("POST", "/agreements/{number}/cancel", shapes.Agreement, tag="Conventions", scope=Scope.AGREEMENTS_WRITE)
def cancel_agreement(request: HttpRequest, number: Number):  # type: ignore[no-untyped-def]
    """Abandonner une convention qui n’est pas conclue."""
    return _gesture_on_agreement(request, number, agreement_actions.cancel)


# --- Installations ----------------------------------------------------------------------------------------------------
INSTALLATION_KEYS = {"id": Key("pk", "number")}


def _installations(caller: Caller) -> Any:
    return caller.access.installations().select_related(
        "service", "beneficiary__department", "beneficiary__commune", "right__agreement"
    )


def _installation(one: Installation) -> shapes.Installation:
    return shapes.Installation(
        url=_url("installations", one.pk),
        id=one.pk,
        service=one.service.code,
        beneficiary=_ref(one.beneficiary),
        agreement=one.right.agreement.number,
        state=one.state,  # type: ignore[arg-type]
        state_label=one.get_state_display(),
        wanted=one.wanted_present,
        is_simulated=one.is_simulated,
        found=one.found,
        proof=one.proof,
        looked_at=one.looked_at,
        next_look_at=one.next_look_at,
        attempts=one.attempts,
        last_error=one.last_error,
    )


@operation("GET", "/installations", shapes.Installations, tag="Installations", scope=Scope.INSTALLATIONS_READ)
def list_installations(request: HttpRequest, filters: Query[shapes.InstallationFilters]):  # type: ignore[no-untyped-def]
    """Lister les installations."""
    rows = _about(_installations(caller_of(request)), filters)
    if filters.state:
        rows = rows.filter(state=filters.state)
    if filters.service:
        rows = rows.filter(service__code=filters.service)
    page = _cut(request, rows, INSTALLATION_KEYS, filters)
    return shapes.Installations(data=[_installation(one) for one in page.rows], next=page.next)


@operation("GET", "/installations/{id}", shapes.Installation, tag="Installations", scope=Scope.INSTALLATIONS_READ)
def show_installation(request: HttpRequest, id: shapes.Identifier):  # type: ignore[no-untyped-def]
    """Lire une installation."""
    return _installation(_installation_or_404(caller_of(request), id))


def _installation_or_404(caller: Caller, identifier: int) -> Installation:
    found: Installation | None = _installations(caller).filter(pk=identifier).first()
    if found is None:
        raise Http404("Cette installation n’existe pas, ou n’est pas de celles que ce jeton voit.")
    return found


def _gesture_on_installation(
    request: HttpRequest, identifier: int, act: Callable[..., Installation]
) -> shapes.Installation:
    caller, at = caller_of(request), timezone.now()
    installation = _installation_or_404(caller, identifier)
    _match_if_asked(request, _installation(installation))
    by = caller.access.user
    _allow(provisioning_rules.why_not_operate(installation, by=by, on=dates.day_of(at)))
    act(installation, by=by, at=at)
    return _installation(_installation_or_404(caller, identifier))


@operation(
    "POST", "/installations/{id}/try-again", shapes.Installation, tag="Installations", scope=Scope.INSTALLATIONS_WRITE
)
def try_installation_again(request: HttpRequest, id: shapes.Identifier):  # type: ignore[no-untyped-def]
    """Demander un nouvel essai d’une installation en échec ou en attente."""
    return _gesture_on_installation(request, id, provisioning.try_again)


@operation(
    "POST", "/installations/{id}/suspend", shapes.Installation, tag="Installations", scope=Scope.INSTALLATIONS_WRITE
)
def suspend_installation(request: HttpRequest, id: shapes.Identifier):  # type: ignore[no-untyped-def]
    """Suspendre un service.

    Rien de ce que le bénéficiaire a écrit n’est effacé.
    """
    return _gesture_on_installation(request, id, provisioning.suspend)


@operation(
    "POST", "/installations/{id}/resume", shapes.Installation, tag="Installations", scope=Scope.INSTALLATIONS_WRITE
)
def resume_installation(request: HttpRequest, id: shapes.Identifier):  # type: ignore[no-untyped-def]
    """Reprendre un service suspendu."""
    return _gesture_on_installation(request, id, provisioning.resume)


# --- Journal ----------------------------------------------------------------------------------------------------------
ENTRY_KEYS = {"id": Key("pk", "number")}


def _entries(rows: list[Entry], caller: Caller) -> list[shapes.Entry]:
    authors: dict[str, str] = {}
    if caller.opens(Scope.PEOPLE_READ):
        prefix = "people.user:"
        wanted = {row.by_ref.removeprefix(prefix) for row in rows if row.by_ref.startswith(prefix)}
        authors = {f"{prefix}{user.pk}": str(user) for user in User.objects.filter(pk__in=wanted)}
    return [
        shapes.Entry(
            url=_url("journal", row.pk),
            id=row.pk,
            verb=row.verb,
            label=label_of(row.verb),
            at=row.at,
            object=f"{row.object_type}:{row.object_id}",
            beneficiary=int(row.beneficiary_ref) if row.beneficiary_ref.isdigit() else None,
            by=authors.get(row.by_ref),
            facts=facts.shareable(row),
            position=row.position,
            seal=row.seal,
        )
        for row in rows
    ]


@operation("GET", "/journal", shapes.Journal, tag="Journal", scope=Scope.JOURNAL_READ)
def list_entries(request: HttpRequest, filters: Query[shapes.EntryFilters]):  # type: ignore[no-untyped-def]
    """Lire le journal.

    Du plus ancien au plus récent par défaut : gardez `next` pour reprendre où vous en étiez.
    """
    caller = caller_of(request)
    rows = caller.access.entries()
    if filters.verb:
        rows = rows.filter(verb=filters.verb)
    if filters.beneficiary:
        rows = rows.filter(beneficiary_ref=str(filters.beneficiary))
    if filters.since:
        rows = rows.filter(at__gte=_bounds(filters.since, "since")[0])
    if filters.until:
        rows = rows.filter(at__lt=_bounds(filters.until, "until")[1])
    page = _cut(request, rows, ENTRY_KEYS, filters)
    return shapes.Journal(data=_entries(page.rows, caller), next=page.next)


def _bounds(day: Any, name: str) -> tuple[Any, Any]:
    try:
        return dates.bounds_of(day)
    except OverflowError as error:
        raise Problem("mal-formee", f"Le jour de « {name} » est hors du calendrier.") from error


@operation("GET", "/journal/{id}", shapes.Entry, tag="Journal", scope=Scope.JOURNAL_READ)
def show_entry(request: HttpRequest, id: shapes.Identifier):  # type: ignore[no-untyped-def]
    """Lire une ligne du journal."""
    caller = caller_of(request)
    found = caller.access.entries().filter(pk=id).first()
    if found is None:
        raise Http404("Cette ligne n’existe pas, ou n’est pas de celles que ce jeton voit.")
    return _entries([found], caller)[0]


# --- What lists share -------------------------------------------------------------------------------------------------
def _about(rows: Any, filters: Any) -> Any:
    """Narrow rows of beneficiaries to those asked for."""
    if filters.department:
        rows = rows.filter(beneficiary__department__code=filters.department)
    if filters.beneficiary:
        rows = rows.filter(beneficiary=filters.beneficiary)
    if filters.insee_code:
        rows = rows.filter(beneficiary__commune__insee_code=filters.insee_code)
    return rows


def _cut(request: HttpRequest, rows: Any, keys: dict[str, Key], filters: shapes.Paged) -> Slice[Any]:
    sort: str = filters.sort  # type: ignore[attr-defined]
    return cut(request, rows, keys=keys, sort=sort, limit=filters.limit, cursor=filters.cursor)
