"""« À faire »: all that waits for the people of a mairie, on its site or elsewhere, in one list, the oldest first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.urls import reverse

from socle.assemblies.models import Meeting
from socle.backups.models import Machine
from socle.backups.models import Status as MachineStatus
from socle.backups.presenters import rows_of, with_states
from socle.deliberations.models import Act, TransmissionAccount
from socle.deliberations.transmission_presenters import certificate_sentence, letter_sentence
from socle.deliberations.transmission_queries import heard, to_answer
from socle.domains.models import DomainName
from socle.eliminations.models import Status as SlipStatus
from socle.eliminations.queries import count_due, is_time_to_propose, latest
from socle.inbox.models import Status as MessageStatus
from socle.inbox.queries import ordinary
from socle.lib.dates import bounds_of, day_of
from socle.mairie.journey import NextAct
from socle.people.capabilities import Capability
from socle.people.invitation_rules import why_not_confirm_invitation
from socle.people.models import Beneficiary, Invitation, InvitationStatus, User
from socle.people.roster import terms_of
from socle.people.rules import powers_of
from socle.quality.models.score import SiteTask
from socle.quality.upkeep.score import examine
from socle.sites.models import Review, WebSite
from socle.sites.models.reviews import ReviewStatus
from socle.syndication.offered import waiting_offers

# How many acts are named one by one.
ACTS_NAMED = 3
TO_PUBLISH = "à publier"


@dataclass(frozen=True)
class Task:
    """One thing to do: what, where it is done, since when it waits; or a gesture made from the list itself."""

    label: str
    url: str
    detail: str = ""
    since: datetime | None = None
    gesture: str = ""


def tasks_of(
    beneficiary: Beneficiary,
    website: WebSite | None,
    next_act: NextAct,
    *,
    by: User,
    at: datetime,
    may: Callable[[Capability], bool],
) -> list[Task]:
    """Return what waits for this person besides the next act of the programme, which has its own place on the page.

    `may` says what their function opens: what they could not do does not wait for them. Within the scope of the
    beneficiary; a constant number of queries.
    """
    publishes, administers = may(Capability.PUBLISH), may(Capability.ADMINISTER)
    acts = _acts(beneficiary, only_to_publish=not administers) if publishes else ()
    found = [
        *(_people(beneficiary, by=by, at=at) if administers else ()),
        *(task for task in acts if task.url != next_act.url),
        *(_messages(at=at) if may(Capability.ANSWER) else ()),
        *(_machines(beneficiary, at=at) if administers else ()),
        *(_sessions(beneficiary, at=at) if administers else ()),
        *(_prefecture(beneficiary, at=at) if administers else ()),
        *(_names(beneficiary) if administers else ()),
        *(_archives(beneficiary, at=at) if administers else ()),
        *(_site(website, by=by, at=at) if website is not None and publishes else ()),
    ]
    # What nobody dated comes after what waits since a day.
    return sorted(found, key=lambda task: (task.since is None, task.since or at))


def _people(beneficiary: Beneficiary, *, by: User, at: datetime) -> Iterator[Task]:
    on = day_of(at)
    proposed = list(
        Invitation.objects.filter(beneficiary=beneficiary, status=InvitationStatus.PROPOSED).select_related(
            "proposed_by"
        )
    )
    powers = powers_of(by, on=on, beneficiary=beneficiary) if proposed else None
    for one in proposed:
        if why_not_confirm_invitation(one, by=by, on=on, powers=powers) is None:
            who = f" par {one.proposed_by.name}" if one.proposed_by else ""
            yield Task(
                f"{one.name}, {one.get_role_display()}\u00a0: invitation proposée{who}",
                reverse("mairie:invitation_confirm", args=[one.pk]),
                terms_of(one).capitalize(),
                since=one.proposed_at,
                gesture="Confirmer",
            )


def _acts(beneficiary: Beneficiary, *, only_to_publish: bool) -> Iterator[Task]:
    """The acts whose road is not at its end: what they are, their reception, their publication, or only this one."""
    own = Act.objects.filter(beneficiary=beneficiary).order_by("adopted_on", "pk")
    lacks = Q(received_on=None, not_transmissible_because="") & ~Q(kind__in=[*Act.TELLING, *Act.HELD_BACK])
    lacks |= Q(published_on=None, put_online_asked_at=None) & ~Q(kind__in=Act.HELD_BACK)
    unsaid = Q(kind=Act.Kind.UNQUALIFIED)
    waiting = list(own.filter(lacks | unsaid))
    if only_to_publish:
        waiting = [one for one in waiting if _lacking(one) == TO_PUBLISH]
    for act in waiting[:ACTS_NAMED]:
        since, _ = bounds_of(act.adopted_on)
        yield Task(f"{act.name}\u00a0: {_lacking(act)}", reverse("mairie:act", args=[act.pk]), act.subject, since)
    if len(waiting) > ACTS_NAMED:
        since, _ = bounds_of(waiting[ACTS_NAMED].adopted_on)
        more = len(waiting) - ACTS_NAMED
        yield Task(f"{more} autre{'s' if more > 1 else ''} acte{'s' if more > 1 else ''} à compléter",
                   reverse("mairie:acts"), since=since)  # fmt: skip


def _sessions(beneficiary: Beneficiary, *, at: datetime) -> Iterator[Task]:
    """The session to be held today, and those that were opened and never closed."""
    _, tonight = bounds_of(day_of(at))
    waiting = (Meeting.Status.CONVENED, Meeting.Status.OPEN)
    meetings = Meeting.objects.filter(assembly__beneficiary=beneficiary, status__in=waiting, starts_at__lt=tonight)
    for one in meetings.order_by("starts_at"):
        what = "à lever" if one.status == Meeting.Status.OPEN else "à tenir"
        yield Task(f"{one.name}\u00a0: {what}", reverse("mairie:meeting_hold", args=[one.pk]), since=one.starts_at)


def _prefecture(beneficiary: Beneficiary, *, at: datetime) -> Iterator[Task]:
    """Its messages to answer, and the certificate by which acts leave when it ends soon."""
    account = TransmissionAccount.of(beneficiary)
    if account is None:  # Nothing was ever sent by a device, nor answered.
        return
    for one in to_answer(heard(beneficiary)):
        label, url = letter_sentence(one), reverse("mairie:transmission_act", args=[one.transmission_id])
        yield Task(label, url, one.says, one.received_at)
    if account.is_ending(at):
        yield Task(certificate_sentence(account, at=at), reverse("mairie:transmission"), since=account.announced_at)


def _lacking(act: Act) -> str:
    if not act.is_qualified:
        return "dites ce qu’il est"
    if act.published_on is None and act.put_online_asked_at is None:
        return TO_PUBLISH
    return "réception en préfecture à noter"


def _archives(beneficiary: Beneficiary, *, at: datetime) -> Iterator[Task]:
    """Archives at the end of their time, when a slip is worth preparing; or the one that waits."""
    slip = latest(beneficiary)
    if slip is not None and slip.is_open:
        what = "visa des archives à noter" if slip.status == SlipStatus.PREPARED else "à éliminer"
        label = f"Bordereau d’élimination n°\u00a0{slip.number}\u00a0: {what}"
        yield Task(label, reverse("mairie:elimination", args=[slip.pk]), since=slip.made_at)
    elif is_time_to_propose(slip, at=at) and (count := count_due(beneficiary, at=at)):
        over = f"{count} dossiers au terme de leur durée" if count > 1 else "Un dossier au terme de sa durée"
        yield Task(f"{over}\u00a0: bordereau d’élimination à préparer", reverse("mairie:eliminations"))


def _messages(*, at: datetime) -> Iterator[Task]:
    """Those of inhabitants that nobody treated; read within the scope."""
    waiting = list(ordinary(at).filter(status=MessageStatus.NEW).order_by("received_at")[:100])
    if waiting:
        several = len(waiting) > 1
        said = f"{len(waiting)} messages du site à traiter" if several else "Un message du site à traiter"
        yield Task(said, reverse("mairie:messages"), since=waiting[0].received_at)


def _names(beneficiary: Beneficiary) -> Iterator[Task]:
    """Names of the mairie's own that the DNS does not prove yet."""
    for name in DomainName.objects.filter(beneficiary=beneficiary, is_own=True, proved_at=None).order_by("claimed_at"):
        yield Task(
            f"{name.shown} : à prouver dans le DNS",
            reverse("mairie:domain_name", args=[name.pk]),
            since=name.claimed_at,
        )


def _machines(beneficiary: Beneficiary, *, at: datetime) -> Iterator[Task]:
    machines = Machine.objects.filter(beneficiary=beneficiary).exclude(status=MachineStatus.RETIRED)
    for row in rows_of(with_states(machines), at=at):
        if row.machine.status == MachineStatus.INVITED and row.machine.install_asked_at is None:
            yield Task(
                f"Sauvegarde de « {row.machine.name} » : à installer",
                reverse("mairie:backup_machine", args=[row.machine.pk]),
                since=row.machine.made_at,
            )
        elif row.machine.status == MachineStatus.ENROLLED and row.is_wrong:
            yield Task(
                f"Sauvegardes, «\u00a0{row.machine.name}\u00a0»\u00a0: {row.label.lower()}",
                reverse("mairie:backup_machine", args=[row.machine.pk]),
                row.sentence,
                row.last_at,
            )


def _site(website: WebSite, *, by: User, at: datetime) -> Iterator[Task]:
    mine = Q(status=ReviewStatus.WAITING, asked_of=by) | Q(status=ReviewStatus.SENT_BACK, asked_by=by)
    for review in Review.objects.filter(mine, website=website).select_related("page", "asked_by", "answered_by"):
        other, since = (
            (review.asked_by, review.asked_at) if review.is_waiting else (review.answered_by, review.answered_at)
        )
        what = "À relire avant publication" if review.is_waiting else "À reprendre"
        yield Task(
            f"{what}\u00a0: {review.page.draft_title or review.page.title}",
            reverse("website_review", args=[review.pk]),
            f"De {other.name}." if other else "",
            since,
        )
    offers = list(waiting_offers(website, at=at).values_list("offered_at", flat=True))
    if offers:
        said = f"{len(offers)} contenus proposés à votre site" if len(offers) > 1 else "Un contenu proposé à votre site"
        yield Task(said, reverse("website_shares"), since=min(offers))
    for one in examine(website, on=day_of(at)):
        # Its opening is the end of the road.
        if one.check.who == SiteTask.Who.MAIRIE and one.check.code != "opening":
            yield Task(one.says, one.url, since=one.since_at)
