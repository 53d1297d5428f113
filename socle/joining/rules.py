"""Who may ask to join, what an officer may do with a request, and when. One sentence serves the button and the act."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from django.conf import settings
from django_scopes import scopes_disabled

from socle.agreements import rules as agreements
from socle.agreements.models import Agreement
from socle.agreements.models import Status as AgreementStatus
from socle.joining.models import MOVES, OPEN, JoinLink, JoinRequest, Status
from socle.lib import dates
from socle.lib import siret as siret_numbers
from socle.lib.text import of_place
from socle.people import rules as people
from socle.people.models import Beneficiary, User
from socle.programme.eligibility import departments_of
from socle.programme.models import Programme, Service
from socle.territory.models import Commune, Department

MOST_WORDS = 4000
MOST_REASON = 2000
# Names go into letters: they carry no address, so that nobody advertises through us.
NOT_A_NAME = re.compile(r"[\d/@<>:\r\n]|www\.")
NOT_A_BODY = re.compile(r"[@<>\r\n]|://|www\.")


# --- Asking ----------------------------------------------------------------------------------------------------------
def why_not_ask_for_commune(programme: Programme, commune: Commune) -> str | None:
    """Say in French why nobody can ask to join in the name of this commune, or None."""
    if commune.gone_in is not None:
        if commune.merged_into is None:
            return f"{commune.name} n’est plus une commune : cherchez par son nom celle qui lui succède."
        heir = commune.heir
        return f"{commune.name} fait partie {of_place(heir.name)} ({heir.insee_code}) : demandez pour cette commune."
    if reason := why_outside(programme, commune.department):
        return f"{commune.name} n’est pas du territoire du programme. {reason}"
    with scopes_disabled():  # One answer, whether there is a row; nothing of it is shown.
        running = Agreement.objects.filter(programme=programme, beneficiary__commune=commune)
        has_agreement = running.exclude(status=AgreementStatus.CANCELLED).exists()
    has_request = JoinRequest.objects.open().filter(programme=programme, commune=commune).exists()
    return _why_held(commune.name, has_agreement=has_agreement, has_request=has_request)


def why_not_ask_for_body(programme: Programme, name: str, number: str, department: Department) -> str | None:
    """Say in French why nobody can ask to join in the name of this other public body, or None."""
    if reason := people.why_not_register_body(name, number):
        return reason
    if NOT_A_BODY.search(name):
        return "Le nom de l’établissement s’écrit sans adresse : tel qu’il figure dans ses actes."
    if reason := why_outside(programme, department):
        return reason
    commune = Commune.objects.current().filter(siren=number[:9]).first()
    if commune is not None:
        return f"Ce SIRET est celui de la commune {of_place(commune.name)} : demandez en son nom."
    with scopes_disabled():  # One answer, whether there is a row; nothing of it is shown.
        running = Agreement.objects.filter(programme=programme, beneficiary__siret=number)
        has_agreement = running.exclude(status=AgreementStatus.CANCELLED).exists()
    has_request = JoinRequest.objects.open().filter(programme=programme, siret=number).exists()
    return _why_held(name, has_agreement=has_agreement, has_request=has_request)


def why_outside(programme: Programme, department: Department) -> str | None:
    """Say why a department is not one where an agreement of this programme can be made, or None."""
    served = departments_of(programme)
    if department.pk not in served:
        names = ", ".join(sorted(one.name for one in served.values()))
        return f"Il couvre : {names}. Adressez-vous à l’opérateur public de services numériques de votre département."
    return agreements.why_no_cdg(department, programme)


def _why_held(name: str, *, has_agreement: bool, has_request: bool) -> str | None:
    if has_agreement:
        return (
            f"{name} a déjà une convention, conclue ou en projet, avec ce programme : connectez-vous pour la suivre, "
            "ou appelez votre centre de gestion."
        )
    if has_request:
        return (
            f"Une demande est déjà à l’étude pour {name} : la personne qui l’a faite en suit l’avancement par le lien "
            "reçu. Si vous n’en saviez rien, écrivez à l’opérateur du programme."
        )
    return None


def why_not_say(name: str, email: str, words: str) -> str | None:
    """Say in French what is wrong with who asks and what they write, or None."""
    if reason := people.why_not_enrol(email, name):
        return reason
    if NOT_A_NAME.search(name):
        return "Un nom s’écrit sans chiffre ni adresse : indiquez un prénom et un nom."
    if len(words) > MOST_WORDS:
        return f"Le message dépasse {MOST_WORDS} caractères : allez à l’essentiel, l’opérateur vous répondra."
    return None


def why_not_replay(known: JoinRequest, address: str) -> str | None:
    """Say why a form that was already sent cannot be sent again, or None when it says the same."""
    if known.email == address:
        return None
    return (
        "Ce formulaire a déjà été envoyé, avec une autre adresse : revenez à la page du programme pour en remplir un "
        "autre."
    )


def why_not_wish(programme: Programme, services: list[Service]) -> str | None:
    """Say why these services cannot be wished for in this programme, or None."""
    foreign = [service for service in services if service.programme_id != programme.pk]
    return "Un des services souhaités n’est pas de ce programme." if foreign else None


def why_not_ask_again(request: JoinRequest) -> str | None:
    """Say why a request that was received can no longer be confirmed: what stands now may forbid it; or None."""
    if request.commune is not None:
        return why_not_ask_for_commune(request.programme, request.commune)
    return why_not_ask_for_body(request.programme, request.body_name, request.siret, request.department)


def why_not_confirm(link: JoinLink, *, at: datetime) -> str | None:
    """Say why this link does not confirm its request now, or None."""
    if link.used_at is not None or link.request.status != Status.RECEIVED:
        return (
            "Ce lien a déjà servi : la demande est confirmée. Son avancement se lit par le lien du second message, "
            "celui de l’accusé de réception."
        )
    if link.is_expired(at):
        return "Ce lien a expiré, et la demande avec lui : refaites-la, elle ne prend que quelques minutes."
    return why_not_ask_again(link.request)


def why_not_object(request: JoinRequest) -> str | None:
    """Say why the mairie cannot object to a request now, or None."""
    if request.objected_at is not None:
        return "L’opposition est déjà notée : l’opérateur en a été prévenu, et n’ira pas plus loin sans vous."
    if MOVES[Status(request.status)] == () or request.status == Status.REFUSED:
        return "Cette demande est close : il n’y a plus à s’y opposer. Pour toute question, écrivez à l’opérateur."
    return None


# --- Handling --------------------------------------------------------------------------------------------------------
def candidate(request: JoinRequest) -> Beneficiary:
    """The beneficiary that the body is, or would be."""
    if request.beneficiary is not None:
        return request.beneficiary
    is_commune = request.commune is not None
    return Beneficiary(
        kind=Beneficiary.Kind.COMMUNE if is_commune else Beneficiary.Kind.OTHER,
        commune=request.commune,
        department=request.department,
        name=request.place_name,
    )


def why_not_handle(request: JoinRequest, *, by: User, on: date) -> str | None:
    """Who may handle a request: whoever may write the agreement that would follow."""
    return agreements.why_not_follow(candidate(request), request.programme, by=by, on=on)


def _why_not_move(request: JoinRequest, to: Status) -> str | None:
    if to in MOVES[Status(request.status)]:
        return None
    if request.status == Status.RECEIVED:
        return "Cette demande n’est pas confirmée : la personne qui l’a faite doit d’abord ouvrir le lien reçu."
    return f"Cette demande est « {request.get_status_display()} » : ce geste n’est plus possible."


def why_not_verify(request: JoinRequest, *, by: User, on: date) -> str | None:
    """Say why this person cannot vouch that the body itself asks, or None."""
    if reason := why_not_handle(request, by=by, on=on):
        return reason
    if request.status not in (Status.CONFIRMED, Status.QUALIFIED, Status.PLANNED):
        return _why_not_move(request, Status.QUALIFIED) or None
    return "L’identité de cette demande est déjà établie." if request.is_identified else None


def why_not_qualify(request: JoinRequest, *, by: User, on: date) -> str | None:
    """Say why this person cannot say that a request is studied and receivable, or None."""
    return why_not_handle(request, by=by, on=on) or why_no_qualification(request)


def why_no_qualification(request: JoinRequest) -> str | None:
    """Say why a request cannot be said receivable now, whoever says it, or None."""
    if request.status == Status.PLANNED:
        return "Cette demande est déjà étudiée, et planifiée."
    return _why_not_move(request, Status.QUALIFIED) or _why_not_identified(request)


def _why_not_identified(request: JoinRequest) -> str | None:
    if request.is_identified:
        return None
    if request.objected_at is not None:
        return "La mairie s’est opposée à cette demande : appelez-la, puis vérifiez l’identité ou refusez."
    return (
        "Rien ne prouve encore que la mairie elle-même demande : appelez-la au numéro publié, puis notez que "
        "l’identité est vérifiée."
    )


def why_not_plan(
    request: JoinRequest, *, by: User, on: date, planned_on: date | None = None, wave: str = ""
) -> str | None:
    """Say why this person cannot plan the request for this day, or None; planned already, it is planned anew."""
    if reason := why_not_handle(request, by=by, on=on):
        return reason
    if request.status != Status.PLANNED and (reason := _why_not_move(request, Status.PLANNED)):
        if request.status == Status.CONFIRMED:
            return "Étudiez d’abord la demande : elle se planifie ensuite."
        return reason
    if planned_on is not None and planned_on < on:
        return "Ce jour est passé : choisissez-en un à venir."
    if len(wave) > 60:
        return "Le nom de la vague compte 60 caractères au plus."
    return None


def why_not_unplan(request: JoinRequest, *, by: User, on: date) -> str | None:
    """Say why this person cannot take the planned day back, or None."""
    if reason := why_not_handle(request, by=by, on=on):
        return reason
    return None if request.status == Status.PLANNED else "Cette demande n’est pas planifiée."


def why_not_assign(request: JoinRequest, officer: User | None, *, by: User, on: date) -> str | None:
    """Say why this person cannot entrust the request to that officer (None: to nobody), or None."""
    if reason := why_not_handle(request, by=by, on=on) or _why_not_followed(request):
        return reason
    if officer is not None and why_not_handle(request, by=officer, on=on) is not None:
        return "Cette personne ne suit pas ce département : choisissez-en une autre."
    return None


def _why_not_followed(request: JoinRequest) -> str | None:
    return None if request.status in OPEN else _why_not_move(request, Status.QUALIFIED)


def why_not_take(request: JoinRequest, *, by: User) -> str | None:
    """Say why a request is not to be taken in charge among others, by whoever may handle it, or None.

    From its own page one may take it from a colleague, knowingly; among fifty others, never.
    """
    if reason := _why_not_followed(request):
        return reason
    if request.officer_id == by.pk:
        return "Vous suivez déjà cette demande."
    return "Une autre personne suit déjà cette demande : changez-le depuis sa page." if request.officer_id else None


def officers_of(request: JoinRequest, *, on: date) -> list[User]:
    """Those who may handle the request: the lead's officers and the advisors of the centre de gestion."""
    return agreements.followers_of(candidate(request), request.programme, on=on)


def why_not_refuse(request: JoinRequest, *, by: User, on: date, reason: str | None = None) -> str | None:
    """Say why this person cannot refuse the request, for this reason when it is given, or None."""
    if sentence := why_not_handle(request, by=by, on=on):
        return sentence
    if sentence := _why_not_move(request, Status.REFUSED):
        return sentence
    if reason is not None and not reason.strip():
        return "Écrivez le motif : la mairie le lira tel quel."
    if reason is not None and len(reason) > MOST_REASON:
        return f"Le motif dépasse {MOST_REASON} caractères."
    return None


def why_not_reopen(request: JoinRequest, *, by: User, on: date) -> str | None:
    """Say why this person cannot take a refusal back, or None."""
    if reason := why_not_handle(request, by=by, on=on):
        return reason
    if request.status != Status.REFUSED:
        return "Cette demande n’est pas refusée."
    if request.erased_at is not None:
        return "Les données de la personne qui l’a faite sont effacées : la mairie doit faire une nouvelle demande."
    return why_not_ask_again(request)


def why_not_withdraw(request: JoinRequest, *, by: User, on: date) -> str | None:
    """Say why the request cannot be withdrawn, or None; the system does it for whoever holds the link."""
    if reason := why_not_handle(request, by=by, on=on):
        return reason
    if Status.WITHDRAWN in MOVES[Status(request.status)]:
        return None
    return f"Cette demande est « {request.get_status_display()} » : elle ne se retire plus."


def goes_on(request: JoinRequest) -> date | None:
    """The day from which a request that was reminded goes, if nothing moves until then."""
    if not request.is_reminded or request.reminded_at is None:
        return None
    return dates.day_of(request.reminded_at + timedelta(days=settings.SOCLE_JOINING_REMINDER_DAYS))


def why_not_maintain(request: JoinRequest, *, by: User, on: date) -> str | None:
    """Say why this person cannot keep a silent request alive, or None; the system does it for whoever has the link."""
    if reason := why_not_handle(request, by=by, on=on):
        return reason
    if request.status not in OPEN:
        return f"Cette demande est « {request.get_status_display()} » : il n’y a rien à maintenir."
    return None if request.is_reminded else "Cette demande n’a pas été relancée : elle suit son cours."


def why_not_draft(request: JoinRequest, *, by: User, on: date) -> str | None:
    """Say why this person cannot register the body and draft its agreement, or None."""
    if reason := why_not_handle(request, by=by, on=on):
        return reason
    if request.status == Status.CONFIRMED:
        return "Étudiez d’abord la demande : la convention se rédige ensuite."
    if reason := _why_not_move(request, Status.DRAFTING) or _why_not_identified(request):
        return reason
    if request.commune is None and (reason := siret_numbers.why_not_siret(request.siret)):
        return reason
    return agreements.why_not_draft(candidate(request), request.programme, by=by, on=on)
