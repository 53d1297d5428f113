"""The public bodies registered in the programme."""

from django.http import Http404, HttpRequest
from django.utils import timezone
from ninja import Body, Query

from socle.agreements import rules as agreement_rules
from socle.api.guard import Caller, caller_of
from socle.api.pages import Key
from socle.api.problems import Problem
from socle.api.shapes import beneficiaries as shapes
from socle.api.shapes.values import Identifier, InseeCode
from socle.api.v1.communes import commune_or_404
from socle.api.v1.offering import Answer, Link, allow, cut_of, operation, url_of
from socle.integrations.models import Scope
from socle.journal.models import Entry
from socle.lib import dates
from socle.people import actions as people
from socle.people.models import Beneficiary
from socle.territory.models import Commune

SHOWN = Link("show_beneficiary", {"id": "$response.body#/id"})
BENEFICIARY_KEYS = {"id": Key("pk", "number"), "name": Key("name")}


def _beneficiary(one: Beneficiary) -> shapes.Beneficiary:
    return shapes.Beneficiary(
        url=url_of("beneficiaries", one.pk),
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


def reference(one: Beneficiary) -> shapes.BeneficiaryRef:
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
    page = cut_of(request, rows, BENEFICIARY_KEYS, filters)
    return shapes.Beneficiaries(data=[_beneficiary(one) for one in page.rows], next=page.next)


@operation("GET", "/beneficiaries/{id}", shapes.Beneficiary, tag="Bénéficiaires", scope=Scope.BENEFICIARIES_READ)
def show_beneficiary(request: HttpRequest, id: Identifier):  # type: ignore[no-untyped-def]
    """Lire un bénéficiaire."""
    return _beneficiary(beneficiary_or_404(caller_of(request), id))


def beneficiary_or_404(caller: Caller, identifier: int) -> Beneficiary:
    found: Beneficiary | None = (
        caller.access.beneficiaries().filter(pk=identifier).select_related("department", "commune").first()
    )
    if found is None:
        raise Http404("Ce bénéficiaire n’existe pas, ou n’est pas de ceux que ce jeton voit.")
    return found


def _may_register(caller: Caller, candidate: Beneficiary) -> None:
    """Whoever may write agreements registers those they are written for, as on the screens."""
    on = dates.day_of(timezone.now())
    allow(agreement_rules.why_not_follow(candidate, caller.access.programme, by=caller.access.user, on=on))


@operation(
    "PUT", "/communes/{insee_code}/beneficiary", shapes.Beneficiary, made=True,
    tag="Bénéficiaires", scope=Scope.BENEFICIARIES_WRITE, leads_to=[SHOWN],
)  # fmt: skip
def register_commune(request: HttpRequest, insee_code: InseeCode):  # type: ignore[no-untyped-def]
    """Inscrire une commune.

    Ses données publiques sont reprises. Déjà inscrite, elle est rendue telle quelle.
    """
    caller = caller_of(request)
    commune: Commune = commune_or_404(caller, insee_code)
    known = getattr(commune, "beneficiary", None)
    _may_register(caller, Beneficiary(kind=Beneficiary.Kind.COMMUNE, commune=commune, department=commune.department))
    found = people.register_beneficiary(commune, by=caller.access.user, at=timezone.now())
    content = _beneficiary(found)
    return Answer(content, 200 if known else 201, location=content.url)


@operation(
    "POST", "/beneficiaries", shapes.Beneficiary, made=True,
    tag="Bénéficiaires", scope=Scope.BENEFICIARIES_WRITE, leads_to=[SHOWN],
)  # fmt: skip
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
