"""The agreements, from the draft to the signature."""

from collections.abc import Callable
from typing import Annotated, Any

from django.db.models import Prefetch
from django.http import Http404, HttpRequest
from django.utils import timezone
from ninja import Body, Path, Query

from socle.agreements import actions as agreement_actions
from socle.agreements import presenters, proof
from socle.agreements import rules as agreement_rules
from socle.agreements.models import Agreement, ChosenService, Party
from socle.agreements.suspensions import with_suspension
from socle.api import problems
from socle.api.guard import Caller, caller_of, record_view
from socle.api.pages import Key
from socle.api.shapes import agreements as shapes
from socle.api.v1.beneficiaries import beneficiary_or_404, reference
from socle.api.v1.offering import (
    Answer,
    Link,
    about,
    allow,
    cut_of,
    file_of,
    match_if_asked,
    must_match,
    operation,
    url_of,
)
from socle.documents import actions as documents
from socle.integrations.models import Scope
from socle.journal import readings
from socle.lib import dates
from socle.provisioning.wiring import unserved
from socle.signing.models import Slot

AGREEMENT_KEYS = {"number": Key("number"), "drafted_at": Key("drafted_at", "instant")}


def _agreements(caller: Caller) -> Any:
    return (
        with_suspension(caller.access.readable_agreements(), on=dates.day_of(timezone.now()))
        .select_related("type", "beneficiary__department", "beneficiary__commune", "round", "amends")
        .prefetch_related(
            Prefetch("choices", ChosenService.objects.select_related("service").order_by("service__order", "pk")),
            Prefetch("parties", Party.objects.order_by("rank")),
            Prefetch("round__slots", Slot.objects.order_by("rank")),
        )
    )


def _agreement(one: Agreement, caller: Caller) -> shapes.Agreement:
    signed = {slot.rank: slot.signed_at for slot in one.round.slots.all()} if one.round else {}
    with_people = caller.opens(Scope.PEOPLE_READ)
    has_price = one.beneficiary_id is not None or one.annual_price
    return shapes.Agreement(
        url=url_of("agreements", one.number),
        number=one.number,
        type=one.type.code,
        type_label=one.type.name,
        amends=one.amends.number if one.amends else None,
        status=one.status,  # type: ignore[arg-type]
        status_label=one.get_status_display(),
        beneficiary=reference(one.beneficiary) if one.beneficiary else None,
        department=one.beneficiary.department.code if one.beneficiary else None,
        services=[choice.service.code for choice in one.choices.all()],
        unserved=[service.code for service in unserved(choice.service for choice in one.choices.all())],
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
        suspended_on=one.suspended_on,  # type: ignore[attr-defined]
        annual_price=str(one.annual_price) if caller.access.sees_money and has_price else None,
        drafted_at=one.drafted_at,
        signed_at=one.signed_at,
    )


@operation("GET", "/agreements", shapes.Agreements, tag="Conventions", scope=Scope.AGREEMENTS_READ)
def list_agreements(request: HttpRequest, filters: Query[shapes.AgreementFilters]):  # type: ignore[no-untyped-def]
    """Lister les conventions, ou les avenants de l’une d’elles.

    Celles des bénéficiaires, et celles entre opérateurs dont l’organisme du jeton est partie.
    """
    caller = caller_of(request)
    rows = about(_agreements(caller), filters)
    rows = rows.filter(amends__number=filters.amends) if filters.amends else rows.filter(amends=None)
    if filters.status:
        rows = rows.filter(status=filters.status)
    if filters.type:
        rows = rows.filter(type__code=filters.type)
    page = cut_of(request, rows, AGREEMENT_KEYS, filters)
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
        caller.access.readable_agreements().select_for_update().filter(number=number).first()
    found: Agreement | None = _agreements(caller).select_related("programme").filter(number=number).first()
    if found is None:
        raise Http404("Cette convention n’existe pas, ou n’est pas de celles que ce jeton voit.")
    return found


PDF = "application/pdf"


@operation(
    "GET", "/agreements/{number}/document", None, media=PDF, tag="Conventions", scope=Scope.AGREEMENTS_FILES,
)  # fmt: skip
def take_document(request: HttpRequest, number: Number):  # type: ignore[no-untyped-def]
    """Prendre le PDF d’une convention, avec les signatures qu’il porte à cet instant.

    Celui que donnent les écrans : « status » de la convention dit si elle est conclue. D’une convention signée sur
    papier, c’est la numérisation, et le nom du fichier le dit. Un projet n’en a pas encore.
    """
    agreement = _with_files_or_404(request, number)
    content = documents.read(agreement.round.current)
    return file_of(content, filename=presenters.file_of(agreement).name, media=PDF)


@operation("GET", "/agreements/{number}/proof", None, media=PDF, tag="Conventions", scope=Scope.AGREEMENTS_FILES)
def take_proof(request: HttpRequest, number: Number):  # type: ignore[no-untyped-def]
    """Prendre la preuve d’une convention : un PDF qui la joint, avec ses actes, ses signatures et son journal.

    Composée à chaque demande, à l’heure qu’elle dit.
    """
    agreement = _with_files_or_404(request, number)
    content = proof.compose(agreement, at=timezone.now())
    return file_of(content, filename=f"preuve-{agreement.number.lower()}.pdf", media=PDF)


def _with_files_or_404(request: HttpRequest, number: str) -> Any:
    """Return an agreement that has a PDF, which this token is about to be given."""
    caller = caller_of(request)
    agreement = _agreement_or_404(caller, number)
    allow(agreement_rules.why_not_see_document(agreement, sees_money=caller.access.sees_money))
    if agreement.round is None:
        raise Http404("Cette convention est encore un projet\u00a0: elle n’a pas de PDF.")
    record_view(request, readings.Seen("agreement_file", agreement, agreement.number))
    return agreement


LEADS_ON = [
    Link(name, {"number": "$response.body#/number"})
    for name in ("show_agreement", "choose_services", "send_agreement", "cancel_agreement")
]


@operation(
    "POST", "/agreements", shapes.Agreement, made=True,
    tag="Conventions", scope=Scope.AGREEMENTS_WRITE, leads_to=LEADS_ON,
)  # fmt: skip
def draft_agreement(request: HttpRequest, body: Body[shapes.NewAgreement]):  # type: ignore[no-untyped-def]
    """Rédiger la convention d’un bénéficiaire.

    Elle naît du modèle du programme, avec les services proposés d’office.
    """
    caller = caller_of(request)
    beneficiary = beneficiary_or_404(caller, body.beneficiary)
    programme, by, at = caller.access.programme, caller.access.user, timezone.now()
    allow(agreement_rules.why_not_follow(beneficiary, programme, by=by, on=dates.day_of(at)))
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

    Remplace la liste entière ; If-Match porte l’étiquette de la convention telle que vous l’avez lue.
    """
    caller = caller_of(request)
    agreement = _agreement_or_404(caller, number, held=True)
    must_match(request, _agreement(agreement, caller))
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
    match_if_asked(request, _agreement(agreement, caller))
    by, programme = caller.access.user, agreement.programme
    allow(agreement_rules.why_not_follow(agreement.beneficiary, programme, by=by, on=dates.day_of(at)))
    act(agreement, by=by, at=at)
    return _agreement(_agreement_or_404(caller, number), caller)


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
