"""Queries on the requests to join: its road, what an officer checks, the communes that answer to what someone typed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest

from socle.agreements.models import Agreement
from socle.agreements.models import Status as AgreementStatus
from socle.joining.emails import published_address
from socle.joining.models import MOVED, JoinLetter, JoinRequest, Status
from socle.lib import dates
from socle.lib.refusals import Refused
from socle.lib.text import folded, number, readings
from socle.people.models import Beneficiary
from socle.programme.eligibility import assess
from socle.provisioning.access import Access
from socle.territory.models import Commune, FormerCommune, TownHall
from socle.territory.queries import named
from socle.ui.shapes import Step, Tone

MOST_FOUND = 20
ROAD = ("Reçue", "Confirmée", "Étudiée", "Planifiée", "Convention en rédaction")
REACHED = {
    Status.RECEIVED: 1,
    Status.CONFIRMED: 2,
    Status.QUALIFIED: 3,
    Status.PLANNED: 4,
    Status.DRAFTING: 5,
}


def find_communes(typed: str, served: Iterable[int]) -> tuple[list[Commune], bool]:
    """Return the communes of today that a name, a postal code or an INSEE code designates, and whether there are more.

    The name or the code of a part that merged leads to the commune that stands there now. An exact name comes first;
    `served` are the departments of the programme: elsewhere, only what was typed exactly, or all there is.
    """
    # What no database keeps in a text, PostgreSQL refuses to look for.
    wanted = folded(typed.replace("\0", ""))[:80]
    if len(wanted) < 2:
        return [], False
    parts = FormerCommune.objects.all()
    if wanted[0].isdigit():
        code = wanted.upper().replace(" ", "")
        meant = exact = Q(insee_code=code) | Q(postal_codes__code=code)
        parts = parts.filter(insee_code=code)
    else:
        meant = named(wanted, lookup="startswith") | named(wanted, after=" ")
        exact = named(wanted, lookup="exact")
        parts = parts.filter(named(wanted, lookup="startswith"))
    heirs = _heirs(Commune.objects.filter(meant, gone_in__isnull=False, merged_into__isnull=False))
    all_named = meant | Q(pk__in=[*parts.values_list("commune_id", flat=True)[:200], *heirs])
    current = Commune.objects.current().select_related("department").distinct().order_by("search_name", "insee_code")
    here = current.filter(department__in=served)
    found = [*here.filter(all_named)[:200], *current.exclude(department__in=served).filter(exact)[:200]]
    found = found or list(current.filter(all_named)[:200])
    found.sort(key=lambda one: (one.search_name not in readings(wanted), one.department_id not in served))
    return found[:MOST_FOUND], len(found) > MOST_FOUND


def _heirs(gone: models.QuerySet[Commune]) -> list[int]:
    return [one.heir.pk for one in gone.select_related("merged_into__merged_into").distinct()[:200]]


def road_of(request: JoinRequest) -> list[Step]:
    """Return the five steps of a request, each done, current or to come; one that was closed stops where it was."""
    is_stopped = request.status in (Status.REFUSED, Status.WITHDRAWN)
    reached = _reached_before_it_stopped(request) if is_stopped else REACHED[Status(request.status)]
    details = [
        dates.in_words(dates.day_of(at)) if at else ""
        for at in (request.asked_at, request.confirmed_at, request.qualified_at, request.planned_at)
    ]
    if request.planned_on is not None:
        details[3] = f"à partir du {dates.in_words(request.planned_on)}"
    elif reached > 4:
        details[3] = "sans attendre"
    details.append(dates.in_words(dates.day_of(request.closed_at)) if reached > 4 and request.closed_at else "")
    steps = []
    for rank, label in enumerate(ROAD):
        if rank < reached:
            steps.append(Step(label, "done", details[rank]))
        elif rank == reached:
            state = request.get_status_display()
            steps.append(Step(label, "failed", state) if is_stopped else Step(label, "current"))
        else:
            steps.append(Step(label, "todo"))
    return steps


def _reached_before_it_stopped(request: JoinRequest) -> int:
    stamps = (request.asked_at, request.confirmed_at, request.qualified_at, request.planned_at)
    return sum(at is not None for at in stamps)


def followed_by_drafts() -> models.QuerySet[JoinRequest]:
    """The open requests whose body has a running agreement in their programme by now, within the scope in force."""
    running = Agreement.objects.filter(programme=OuterRef("programme")).exclude(status=AgreementStatus.CANCELLED)
    of_commune = running.filter(beneficiary__commune=OuterRef("commune"))
    of_body = running.filter(beneficiary__siret=OuterRef("siret"))
    return JoinRequest.objects.open().filter(Exists(of_commune) | Q(Exists(of_body), commune__isnull=True))


# What is written of a silence breaks none.
REMINDERS = (JoinLetter.Kind.SILENT, JoinLetter.Kind.GOING)


def silent_since(before: datetime) -> QuerySet[JoinRequest]:
    """Return the open requests of which nothing moved since this instant, each with `moved_at`; a day to come is not
    silence.
    """
    letters = JoinLetter.objects.filter(request=OuterRef("pk")).exclude(kind__in=REMINDERS).order_by("-due_at")
    moved_at = Greatest(
        "asked_at", *(Coalesce(move, "asked_at") for move in MOVED),
        Coalesce(Subquery(letters.values("due_at")[:1]), "asked_at"),
    )  # fmt: skip
    open_ones = JoinRequest.objects.open().annotate(moved_at=moved_at).filter(moved_at__lt=before)
    return open_ones.exclude(status=Status.PLANNED, planned_on__gte=dates.day_of(before))


def to_remind(before: datetime) -> QuerySet[JoinRequest]:
    """Return the silent requests whose silence was not reminded yet."""
    return silent_since(before).filter(Q(reminded_at__isnull=True) | Q(reminded_at__lt=F("moved_at")))


def to_let_go(before: datetime, *, reminded_before: datetime) -> QuerySet[JoinRequest]:
    """Return the silent requests whose reminder was left without an answer for long enough."""
    return silent_since(before).filter(reminded_at__lte=reminded_before, reminded_at__gte=F("moved_at"))


def agreement_of(request: JoinRequest) -> Agreement | None:
    """Return the running agreement of the body in this programme, within the scope in force, or None."""
    body = Q(beneficiary__commune=request.commune) if request.commune else Q(beneficiary__siret=request.siret)
    running = Agreement.objects.filter(body, programme=request.programme).exclude(status=AgreementStatus.CANCELLED)
    found: Agreement | None = running.select_related("beneficiary").first()
    return found


def seen_by(access: Access) -> models.QuerySet[JoinRequest]:
    """Those of an operator's territory that were confirmed: what nobody confirmed is nobody's to read."""
    mine = JoinRequest.objects.filter(programme=access.programme, department__in=access.departments)
    return mine.exclude(status=Status.RECEIVED)


def named_by(beneficiary: Beneficiary) -> Q:
    """Those made in the name of a beneficiary; one that nobody registered yet, too."""
    own = Q(beneficiary=beneficiary.pk) if beneficiary.pk is not None else Q(pk__in=[])
    if beneficiary.commune_id is not None:
        own |= Q(commune=beneficiary.commune_id)
    elif beneficiary.siret:
        own |= Q(commune__isnull=True, siret=beneficiary.siret)
    return own


def of_body(beneficiary: Beneficiary) -> models.QuerySet[JoinRequest]:
    """Those made in the name of a beneficiary, that were confirmed."""
    return JoinRequest.objects.filter(named_by(beneficiary)).exclude(status=Status.RECEIVED)


def shown_to(beneficiary: Beneficiary) -> JoinRequest | None:
    """Return the request that the people of a beneficiary read on their first page: under way, or drafting."""
    closed = (Status.REFUSED, Status.WITHDRAWN)
    return of_body(beneficiary).exclude(status__in=closed).select_related("programme", "commune").first()


@dataclass(frozen=True)
class Check:
    """One thing an officer looks at before saying that a request is receivable."""

    label: str
    sentence: str
    tone: Tone
    detail: str = ""


def checks_of(request: JoinRequest) -> list[Check]:
    """List what is known that helps to study the request: where the body stands, and whether it is the one asking."""
    return [*_rank_checks(request), _identity_check(request)]


def _rank_checks(request: JoinRequest) -> list[Check]:
    if request.commune is None:
        return [
            Check("Rang", "Un établissement public n’a pas de rang : il est équipé au choix de l’opérateur.", "info")
        ]
    try:
        stands = assess(request.programme, request.commune)
    except Refused as refusal:
        return [Check("Rang", refusal.sentence, "alert")]
    population = "inconnue" if stands.population is None else f"{number(stands.population)} habitants"
    rank = f"{number(stands.rank)}{'er' if stands.rank == 1 else 'e'} rang du programme" if stands.rank else "Sans rang"
    tone: Tone = "ok" if stands.is_priority else "info"
    return [
        Check("Population", f"{population}, millésime {request.programme.priority_vintage.year}", tone),
        Check("Rang", rank, tone, " ".join(stands.reasons)),
    ]


def _identity_check(request: JoinRequest) -> Check:
    label = "Identité"
    if request.is_identified and request.verified_at is not None:
        who = f" par {request.verified_by.name}" if request.verified_by else ""
        day = dates.in_words(dates.day_of(request.verified_at))
        return Check(label, f"Vérifiée{who} le {day}.", "ok")
    if request.objected_at is not None:
        day = dates.in_words(dates.day_of(request.objected_at))
        return Check(label, f"La mairie s’est opposée à cette demande le {day} : appelez-la.", "danger")
    if request.has_published_address:
        return Check(label, "La demande vient de l’adresse que publie l’annuaire pour cette mairie.", "ok")
    if request.noticed_at is not None:
        day = dates.in_words(dates.day_of(request.noticed_at))
        return Check(
            label,
            f"L’adresse de la demande n’est pas celle que publie l’annuaire. La mairie est prévenue depuis le {day} et "
            "n’a pas répondu : un silence ne prouve rien, appelez-la.",
            "wait",
        )
    return Check(label, f"À vérifier par l’opérateur : {_why_no_notice(request)}", "wait")


def _why_no_notice(request: JoinRequest) -> str:
    if request.commune is None:
        return "aucun annuaire ne donne l’adresse de cet établissement. Appelez-le au numéro de ses actes."
    hall = TownHall.objects.filter(commune=request.commune).first()
    if hall is not None and hall.email_withheld:
        return "l’adresse publiée semble être celle d’une personne, nous n’y écrivons pas. Appelez la mairie."
    if published_address(request):
        return "le message à l’adresse publiée n’est pas encore parti."
    return "l’annuaire ne publie pas d’adresse électronique. Appelez la mairie."
