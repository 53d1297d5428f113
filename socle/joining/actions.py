"""Actions on a request to join, from the form to the agreement being drafted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.crypto import get_random_string
from django_scopes import scope, scopes_disabled

from socle.agreements import actions as agreements
from socle.joining import emails, queries, rules
from socle.joining.email_links import digest
from socle.joining.models import OPEN, JoinLetter, JoinLink, JoinRequest, Status
from socle.journal import actions as journal
from socle.lib import dates, siret
from socle.lib.queue import enqueue_at_commit
from socle.lib.refusals import refuse
from socle.lib.rows import held
from socle.people import actions as people
from socle.people import asking, invitation_rules, invitations
from socle.people.invitation_rules import Check
from socle.people.models import Beneficiary, Checked, Role, User
from socle.people.own_address import why_not_own
from socle.programme.models import Programme, Service
from socle.retention import table as retention
from socle.territory.models import Commune, Department

Kind = JoinLetter.Kind
# What is read with one that is held.
JOINED = ("programme", "commune__department", "department", "beneficiary__department", "officer")
# The rule that lets silent requests go (`retention`).
SILENT_RULE = "demandes-silencieuses"
# Letters and digits that are not taken for one another when they are read aloud on the telephone.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


# --- From outside ----------------------------------------------------------------------------------------------------
@transaction.atomic
def ask(
    programme: Programme,
    *,
    commune: Commune | None = None,
    body_name: str = "",
    legal_form: str = "",
    siret_number: str = "",
    department: Department | None = None,
    name: str,
    function: JoinRequest.Function,
    email: str,
    services: Iterable[Service] = (),
    words: str = "",
    form: str,
    is_fictitious: bool = False,
    by: User,
    at: datetime,
) -> JoinRequest:
    """Keep a request, for a commune or for another body, and write its confirmation link to the address given.

    `form` is what the form bore: sent twice, it makes one request. Raises Refused (French).
    """
    form_sha256 = digest(form)
    if (known := JoinRequest.objects.filter(form_sha256=form_sha256).first()) is not None:
        refuse(rules.why_not_replay(known, email.strip().lower()))
        return known
    number, wished = siret.normalise(siret_number) if commune is None else "", list(services)
    address = email.strip().lower()
    if commune is not None:
        department = commune.department
        refuse(rules.why_not_ask_for_commune(programme, commune))
    else:
        assert department is not None  # A body says where it sits.
        refuse(rules.why_not_ask_for_body(programme, body_name, number, department))
    refuse(rules.why_not_say(name, address, words))
    refuse(rules.why_not_wish(programme, wished))
    request, is_new = JoinRequest.objects.get_or_create(
        form_sha256=form_sha256,
        defaults={
            "reference": _new_reference(),
            "programme": programme,
            "commune": commune,
            "body_name": body_name.strip() if commune is None else "",
            "legal_form": legal_form.strip() if commune is None else "",
            "siret": number,
            "department": department,
            "name": name.strip(),
            "function": function,
            "email": address,
            "words": words.strip(),
            "asked_at": at,
            "is_fictitious": is_fictitious,
        },
    )
    if is_new:
        request.services.set(wished)
        _write(request, Kind.CONFIRM, at=at)
        journal.record("join.asked", request, by=by, at=at, reference=request.reference)
    return request


def _new_reference() -> str:
    while True:
        reference = f"ADH-{get_random_string(6, ALPHABET)}"
        if not JoinRequest.objects.filter(reference=reference).exists():
            return reference


@transaction.atomic
def confirm(link: JoinLink, *, by: User, at: datetime) -> JoinRequest:
    """Hold the address for proven, and the request for made: it is acknowledged, the mairie and the operator are told.

    Raises Refused when the link has served or expired, or when another request took the place meanwhile.
    """
    # The programme's row is held so that of two requests for one body, the first confirmed wins.
    Programme.objects.select_for_update().get(pk=link.request.programme_id)
    JoinLink.objects.select_for_update().get(pk=link.pk)
    link.refresh_from_db()
    request = held(link.request, *JOINED)
    link.request = request
    refuse(rules.why_not_confirm(link, at=at))
    link.used_at = at
    link.save(update_fields=["used_at"])
    published = emails.published_address(request)
    request.status, request.confirmed_at = Status.CONFIRMED, at
    request.has_published_address = bool(published) and request.email == published.lower()
    request.save(update_fields=["status", "confirmed_at", "has_published_address"])
    _write(request, Kind.ACKNOWLEDGED, at=at)
    if published and not request.has_published_address:
        _write(request, Kind.NOTICE, at=at)
    _write(request, Kind.ARRIVED, at=at)
    journal.record("join.confirmed", request, by=by, at=at, reference=request.reference)
    return request


@transaction.atomic
def object_to(request: JoinRequest, *, by: User, at: datetime) -> JoinRequest:
    """Note that the mairie did not want this request: nothing goes further until an officer has called it."""
    request = held(request, *JOINED)
    refuse(rules.why_not_object(request))
    request.objected_at = at
    request.save(update_fields=["objected_at"])
    _write(request, Kind.OBJECTED, at=at)
    journal.record("join.objected", request, by=by, at=at, reference=request.reference)
    return request


@transaction.atomic
def send_new_link(request: JoinRequest, *, by: User, at: datetime) -> JoinRequest:
    """Write a new link to the address of the request, to whoever holds one that is too old."""
    request = held(request, *JOINED)
    refuse(None if request.email else "Les données de cette demande sont effacées : faites-en une nouvelle.")
    _write(request, Kind.LINK, at=at)
    journal.record("join.link_asked", request, by=by, at=at, reference=request.reference)
    return request


# --- In the console --------------------------------------------------------------------------------------------------
@transaction.atomic
def verify(request: JoinRequest, *, by: User, at: datetime) -> JoinRequest:
    """Note that an officer called the mairie and that it is the one who asks."""
    request = held(request, *JOINED)
    refuse(rules.why_not_verify(request, by=by, on=dates.day_of(at)))
    request.verified_at, request.verified_by = at, by
    request.save(update_fields=["verified_at", "verified_by"])
    journal.record("join.verified", request, by=by, at=at, reference=request.reference)
    return request


@transaction.atomic
def assign(request: JoinRequest, *, officer: User | None, by: User, at: datetime) -> JoinRequest:
    """Entrust the request to an officer, or to nobody again."""
    request = held(request, *JOINED)
    refuse(rules.why_not_assign(request, officer, by=by, on=dates.day_of(at)))
    if request.officer_id != (officer.pk if officer else None):
        request.officer = officer
        request.save(update_fields=["officer"])
        chosen = officer.pk if officer else None
        journal.record("join.assigned", request, by=by, at=at, reference=request.reference, officer=chosen)
    return request


@transaction.atomic
def qualify(request: JoinRequest, *, by: User, at: datetime) -> JoinRequest:
    """Say that the request is studied and receivable; whoever does it follows it, when nobody does."""
    request = held(request, *JOINED)
    refuse(rules.why_not_qualify(request, by=by, on=dates.day_of(at)))
    request.status, request.qualified_at = Status.QUALIFIED, at
    if request.officer is None and not by.is_system:
        request.officer = by
    request.save(update_fields=["status", "qualified_at", "officer"])
    _write(request, Kind.QUALIFIED, at=at)
    journal.record("join.qualified", request, by=by, at=at, reference=request.reference)
    return request


@transaction.atomic
def plan(request: JoinRequest, *, planned_on: date, wave: str = "", by: User, at: datetime) -> JoinRequest:
    """Give the request its day and its wave; said again, it changes them and the mairie is told."""
    request, wave = held(request, *JOINED), " ".join(wave.split())
    refuse(rules.why_not_plan(request, planned_on=planned_on, wave=wave, by=by, on=dates.day_of(at)))
    if (request.planned_on, request.wave) == (planned_on, wave):
        return request
    request.status, request.planned_at = Status.PLANNED, at
    request.planned_on, request.wave = planned_on, wave
    request.save(update_fields=["status", "planned_at", "planned_on", "wave"])
    _write(request, Kind.PLANNED, at=at)
    journal.record("join.planned", request, by=by, at=at, reference=request.reference, starts_on=str(planned_on))
    return request


@transaction.atomic
def unplan(request: JoinRequest, *, by: User, at: datetime) -> JoinRequest:
    """Take the planned day back; the mairie is told that it is studied, without a day."""
    request = held(request, *JOINED)
    refuse(rules.why_not_unplan(request, by=by, on=dates.day_of(at)))
    request.status, request.planned_at, request.planned_on, request.wave = Status.QUALIFIED, None, None, ""
    request.reminded_at = None
    request.save(update_fields=["status", "planned_at", "planned_on", "wave", "reminded_at"])
    _write(request, Kind.QUALIFIED, at=at)
    journal.record("join.unplanned", request, by=by, at=at, reference=request.reference)
    return request


@transaction.atomic
def turn_down(request: JoinRequest, *, reason: str, by: User, at: datetime) -> JoinRequest:
    """Refuse the request; the mairie reads the reason as it is written."""
    request = held(request, *JOINED)
    refuse(rules.why_not_refuse(request, reason=reason, by=by, on=dates.day_of(at)))
    request.status, request.closed_at, request.reason = Status.REFUSED, at, reason.strip()
    request.save(update_fields=["status", "closed_at", "reason"])
    _write(request, Kind.REFUSED, at=at)
    journal.record("join.refused", request, by=by, at=at, reference=request.reference)
    return request


@transaction.atomic
def reopen(request: JoinRequest, *, by: User, at: datetime) -> JoinRequest:
    """Take a refusal back: the request is to be studied again, and the mairie is told."""
    request = held(request, *JOINED)
    refuse(rules.why_not_reopen(request, by=by, on=dates.day_of(at)))
    request.status, request.closed_at, request.reason = Status.CONFIRMED, None, ""
    request.qualified_at = request.planned_at = request.planned_on = request.reminded_at = None
    request.wave = ""
    request.save(
        update_fields=[
            "status", "closed_at", "reason", "qualified_at", "planned_at", "planned_on", "wave", "reminded_at",
        ]
    )  # fmt: skip
    _write(request, Kind.REOPENED, at=at)
    journal.record("join.reopened", request, by=by, at=at, reference=request.reference)
    return request


@transaction.atomic
def withdraw(request: JoinRequest, *, by: User, at: datetime) -> JoinRequest:
    """Withdraw the request, as the mairie wishes: by its link (then `by` is the system), or through an officer."""
    request = held(request, *JOINED)
    refuse(rules.why_not_withdraw(request, by=by, on=dates.day_of(at)))
    request.status, request.closed_at = Status.WITHDRAWN, at
    request.save(update_fields=["status", "closed_at"])
    _write(request, Kind.WITHDRAWN, at=at)
    journal.record("join.withdrawn", request, by=by, at=at, reference=request.reference)
    return request


@transaction.atomic
def maintain(request: JoinRequest, *, by: User, at: datetime) -> JoinRequest:
    """Keep a request that was reminded: whoever asked says so by their link (`by` is the system), or an officer."""
    request = held(request, *JOINED)
    refuse(rules.why_not_maintain(request, by=by, on=dates.day_of(at)))
    request.maintained_at, request.reminded_at = at, None
    request.save(update_fields=["maintained_at", "reminded_at"])
    journal.record("join.maintained", request, by=by, at=at, reference=request.reference)
    return request


def remind_silent(*, by: User, at: datetime) -> int:
    """Write to whoever asked, and to those who follow, that a silent request will go; return how many were reminded.

    Some days before its rule of retention would let it go; each silence is reminded once.
    """
    rule = next(one for one in retention.rules() if one.code == SILENT_RULE)
    silence = max((rule.days or 0) - settings.SOCLE_JOINING_REMINDER_DAYS, 1)
    reminded = 0
    for pk in list(queries.to_remind(at - timedelta(days=silence)).order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            request = held(JoinRequest(pk=pk), *JOINED)
            # Two rounds at once, or a gesture meanwhile: the second finds nothing to remind of.
            if not queries.to_remind(at - timedelta(days=silence)).filter(pk=pk).exists():
                continue
            request.reminded_at = at
            request.save(update_fields=["reminded_at"])
            _write(request, Kind.SILENT, at=at)
            _write(request, Kind.GOING, at=at)
            journal.record("join.reminded", request, by=by, at=at, reference=request.reference)
            reminded += 1
    return reminded


@transaction.atomic
def draft(request: JoinRequest, *, by: User, at: datetime) -> JoinRequest:
    """Register the body, draft its agreement with the services wished, invite the person who asked; all or nothing.

    Raises Refused when a rule of one of these says no.
    """
    request = held(request, *JOINED)
    refuse(rules.why_not_draft(request, by=by, on=dates.day_of(at)))
    beneficiary = _register(request, by=by, at=at)
    agreement = agreements.draft(beneficiary, programme=request.programme, by=by, at=at)
    if wished := list(request.services.all()):
        with scope(beneficiary=beneficiary):  # Registered just now: nobody's scope knows it yet.
            agreements.choose_services(agreement, services=wished, by=by, at=at)
    _invite(request, beneficiary, by=by, at=at)
    request.beneficiary, request.agreement = beneficiary, agreement
    request.status, request.closed_at = Status.DRAFTING, at
    request.save(update_fields=["beneficiary", "agreement", "status", "closed_at"])
    _write(request, Kind.DRAFTING, at=at)
    journal.record("join.drafted", request, by=by, at=at, reference=request.reference, agreement=agreement.number)
    return request


@transaction.atomic
def follow_drafts(*, by: User, at: datetime) -> int:
    """End the open requests whose agreement was drafted by another way, and tell the mairies; return how many."""
    followed = 0
    with scopes_disabled():  # Whatever the beneficiary: each request is matched with its own body's agreement.
        for request in queries.followed_by_drafts().order_by("pk"):
            request = held(request, *JOINED)
            agreement = queries.agreement_of(request)
            if agreement is None or request.status not in OPEN:
                continue
            request.beneficiary, request.agreement = agreement.beneficiary, agreement
            request.status, request.closed_at = Status.DRAFTING, at
            request.save(update_fields=["beneficiary", "agreement", "status", "closed_at"])
            _write(request, Kind.DRAFTING, at=at)
            journal.record(
                "join.drafted", request, by=by, at=at, reference=request.reference, agreement=agreement.number
            )
            followed += 1
    return followed


def _register(request: JoinRequest, *, by: User, at: datetime) -> Beneficiary:
    if request.commune is not None:
        return people.register_beneficiary(request.commune, by=by, at=at)
    return people.register_public_body(
        request.body_name,
        legal_form=request.legal_form,
        siret_number=request.siret,
        seat="",
        department=request.department,
        by=by,
        at=at,
    )


def _invite(request: JoinRequest, beneficiary: Beneficiary, *, by: User, at: datetime) -> None:
    """Invite whoever asked; someone who is there already, or whom this person may not name, is not.

    A mayor who asked from the box of the mairie is asked for an address of their own; at one, the call by which the
    request was verified is that of the invitation.
    """
    role = Role.MAYOR if request.function == JoinRequest.Function.MAYOR else Role.SECRETARY
    if why_not_own(request.email, role=role, beneficiary=beneficiary, operator=None):
        if asking.why_not_ask(beneficiary, by=by, at=at) is None:
            asking.ask(beneficiary, operator=request.programme.lead(), by=by, at=at)
        return
    check = None
    if request.is_identified and request.verified_at is not None:
        day = dates.in_words(dates.day_of(request.verified_at))
        check = Check(Checked.JOINING, f"demande {request.reference}, vérifiée le {day}")
    why_not = invitation_rules.why_not_invite(
        request.email,
        request.name,
        role=role,
        beneficiary=beneficiary,
        operator=None,
        last_day=None,
        by=by,
        on=dates.day_of(at),
    )
    if why_not is None:
        invitations.invite(
            request.email, name=request.name, role=role, beneficiary=beneficiary, check=check, by=by, at=at
        )


# --- Common ----------------------------------------------------------------------------------------------------------
def _write(request: JoinRequest, kind: JoinLetter.Kind, *, at: datetime) -> None:
    JoinLetter.objects.create(request=request, kind=kind, due_at=at)
    enqueue_at_commit("socle.joining.tasks.send_letters")
