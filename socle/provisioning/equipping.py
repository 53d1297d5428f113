"""Equips one commune of the demonstration from end to end, through the same actions as the screens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django_scopes import scope

from socle.agreements import actions as agreements
from socle.agreements.models import Agreement, Party, Status
from socle.agreements.rules import SIGNING_ROLE, whose_act
from socle.deliberations import actions as deliberations
from socle.deliberations.models import Act, Author
from socle.deliberations.rules import why_not_empowering
from socle.documents import actions as documents
from socle.lib import dates
from socle.lib.refusals import Refused, refuse
from socle.lib.siret import spaced
from socle.people import actions as people
from socle.people.models import Beneficiary, Membership, User
from socle.people.personas import ensure_people_of
from socle.programme.eligibility import standing
from socle.programme.models import Programme
from socle.provisioning import actions as provisioning
from socle.provisioning.models import Installation, State
from socle.territory.queries import find_commune

SITE = "site-internet"
Clock = Callable[[], datetime]


class Unfinished(Refused):
    """An engine failed: the commune is not wholly equipped yet, and the same call goes on from there."""


@dataclass
class Equipped:
    """Result of `equip`: each step said in French, the signed document, the address of the site."""

    insee_code: str
    steps: list[dict[str, str]] = field(default_factory=list)
    agreement_number: str = ""
    agreement_pdf: str = ""
    site_url: str = ""
    already_equipped: bool = False


def why_not_equip() -> str | None:
    """The shortcut signs in the name of fictitious people: only a demonstration may take it."""
    if settings.DEMO:
        return None
    return (
        "« socle equip » signe au nom de personnes fictives : seule une démonstration peut s’en servir. "
        "Préparez-en une avec « socle demo », dans un dossier de données à elle."
    )


def equip(
    insee_code: str,
    *,
    programme: Programme,
    say: Callable[[str, str], None],
    now: Clock = timezone.now,
    signatures: int | None = None,
) -> Equipped:
    """Take a commune from eligible to a live website; each missing step is done, none is done twice.

    `say(step, sentence)` is called once each step is done; `now` says the moment of each gesture; `signatures` stops
    after so many of them. Raises Refused: unknown or merged commune, not a demonstration, or whatever the screens would
    have refused, an act on which nobody may sign yet included; then nothing is done at all.
    """
    refuse(why_not_equip())
    commune = find_commune(insee_code)
    done = Equipped(commune.insee_code)

    def note(code: str, sentence: str) -> None:
        done.steps.append({"step": code, "says": sentence})

    def step(code: str, sentence: str) -> None:
        note(code, sentence)
        say(code, sentence)

    system = User.objects.system()
    eligibility = standing(programme, commune)
    note("eligibility", " ".join(eligibility.reasons))
    # What the rules refuse is refused before the first signature: all that leads to it stands or falls together.
    with transaction.atomic():
        beneficiary = people.register_beneficiary(commune, by=system, at=now())
        ensure_people_of(beneficiary, by=system, at=now())
        with scope(beneficiary=beneficiary):
            agreement = _agreement(beneficiary, programme, note, now)
            done.already_equipped = agreement.status == Status.SIGNED and _is_live(beneficiary)
            if agreement.status == Status.DRAFT:
                agreement = _complete(agreement, note, now)
            elif agreement.status == Status.READY:
                refuse(_why_nobody_signs(agreement, on=dates.day_of(now())))
    for one in done.steps:
        say(one["step"], one["says"])
    with scope(beneficiary=beneficiary):
        if agreement.status == Status.READY:
            agreement = _sign(agreement, step, now, most=signatures)
        done.agreement_number = agreement.number
        assert agreement.round is not None  # A signed agreement has its round.
        done.agreement_pdf = documents.address_of(agreement.round.current)
        if agreement.status != Status.SIGNED:
            return done
        provisioning.open_rights(agreement, by=system, at=now())
        failures = []
        for installation in Installation.objects.select_related("beneficiary", "service").order_by("service__order"):
            installation = provisioning.make_so(installation, by=system, at=now())
            if installation.state == State.FAILED:
                failures.append(f"{installation.service.name} : {installation.last_error}")
                continue
            step(f"service.{installation.service.code}", f"{installation.service.name} : {installation.found}")
            if installation.service.code == SITE:
                done.site_url = installation.proof
        if failures:
            raise Unfinished(
                " ".join(failures) + " La plateforme réessaiera d’elle-même ; la même commande reprend où elle en est."
            )
    return done


def _is_live(beneficiary: Beneficiary) -> bool:
    installations = Installation.objects.filter(beneficiary=beneficiary)
    return installations.exists() and not installations.exclude(state=State.LIVE).exists()


def _agreement(
    beneficiary: Beneficiary, programme: Programme, step: Callable[[str, str], None], now: Clock
) -> Agreement:
    running = Agreement.objects.filter(programme=programme).exclude(status=Status.CANCELLED)
    agreement = running.select_related("round", "programme", "beneficiary", "text").first()
    if agreement is None:
        agreement = agreements.draft(beneficiary, programme=programme, by=User.objects.system(), at=now())
        step("draft", f"Projet de convention n° {agreement.number} rédigé.")
    else:
        step("draft", f"Convention n° {agreement.number} : {agreement.get_status_display()}.")
    return agreement


def _complete(agreement: Agreement, step: Callable[[str, str], None], now: Clock) -> Agreement:
    beneficiary, system = agreement.bound, User.objects.system()
    on = dates.day_of(now())
    in_office = Membership.objects.active_on(on).filter(beneficiary=beneficiary, role="mayor")
    mayor = in_office.select_related("user").earliest("pk").user
    if not beneficiary.is_siret_confirmed:
        people.confirm_siret(beneficiary, siret=beneficiary.siret, by=mayor, at=now())
        step("siret", f"SIRET {spaced(beneficiary.siret)} confirmé par la mairie (démonstration).")
    act = agreement.parties.select_related("act").get(kind=Party.Kind.BENEFICIARY).act
    if act is None:
        able = (
            one for one in Act.objects.filter(beneficiary=beneficiary) if not why_not_empowering(one, on=on, whose="")
        )
        act = next(able, None) or _fictitious_act(beneficiary, mayor, at=now())
    for party in agreement.parties.select_related("operator"):
        missing = act if party.act_id is None and party.kind == Party.Kind.BENEFICIARY else None
        if missing is None and party.signatory_id is not None:
            continue
        place = {"operator": party.operator} if party.operator else {"beneficiary": beneficiary}
        membership = Membership.objects.filter(role=SIGNING_ROLE[Party.Kind(party.kind)], **place).first()
        agreements.complete_party(agreement, kind=party.kind, act=missing, membership=membership, by=system, at=now())
    step("act", f"Délibération n° {act.number} du {dates.in_words(act.adopted_on)} (fictive) rattachée.")
    at = now()
    refuse(_why_nobody_signs(agreement, on=dates.day_of(at)))
    agreement = agreements.make_ready(agreement, by=system, at=at)
    assert agreement.round is not None  # make_ready has just opened it.
    step("ready", f"Convention imprimée et conservée, empreinte {agreement.round.original.sha256[:16]}…")
    return agreement


def _why_nobody_signs(agreement: Agreement, *, on: date) -> str | None:
    """Say which party's act would stop the signatures on this day, and what to do, or None."""
    for party in agreement.parties.select_related("act", "operator"):
        party.agreement = agreement
        if reason := why_not_empowering(party.act, on=on, whose=whose_act(party)):
            waits = party.act is not None and party.act.executory_on is not None
            remedy = (
                "recommencez ce jour-là" if waits else "complétez l’acte sur la page de la convention, puis recommencez"
            )
            return f"{reason} Rien n’est fait\u00a0: {remedy}."
    return None


def _fictitious_act(beneficiary: Beneficiary, mayor: User, *, at: datetime) -> Act:
    today = dates.day_of(at)
    # The Thursday of last week: a council does not sit on a Sunday.
    adopted_on: date = today - timedelta(days=today.weekday() + 4)
    return deliberations.record_act(
        beneficiary,
        kind=Act.Kind.DELIBERATION,
        body="conseil municipal",
        number=f"DEMO-{today.year}-01",
        subject="Participation au programme (délibération fictive de démonstration)",
        adopted_on=adopted_on,
        received_on=adopted_on + timedelta(days=1),
        published_on=adopted_on + timedelta(days=4),
        matter="5.7",
        author=Author(mayor.name, "maire"),
        is_fictitious=True,
        by=mayor,
        at=at,
    )


def _sign(agreement: Agreement, step: Callable[[str, str], None], now: Clock, *, most: int | None = None) -> Agreement:
    assert agreement.round is not None  # An agreement is ready only with its round.
    signed_ranks = set(agreement.round.slots.filter(signed_at__isnull=False).values_list("rank", flat=True))
    for party in agreement.parties.select_related("signatory").order_by("rank"):
        if party.rank in signed_ranks:
            continue
        if len(signed_ranks) == most:
            break
        assert party.signatory is not None  # make_ready refuses a party without signatory.
        agreement = agreements.sign(agreement, by=party.signatory, at=now())
        signed_ranks.add(party.rank)
        step(f"signature.{party.kind}", f"Signée pour {party.name} par {party.representative}, {party.quality}.")
    return Agreement.objects.select_related("round__current", "programme", "beneficiary").get(pk=agreement.pk)
