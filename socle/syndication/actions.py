"""Actions on what is shared: offered, corrected, withdrawn, restored; and what each site answers.

The words are written in one row. Each site has its answer; its pages that show the words are renewed when they change:
behind everything else for a news item or an event, ahead of it for an alert.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.images import ImageFile
from django.db import transaction
from django.db.models import Q, QuerySet
from django_scopes import scopes_disabled
from wagtail.models import Collection

from socle.journal import actions as journal
from socle.lib import rows
from socle.lib.dates import day_of
from socle.lib.due import APART
from socle.lib.refusals import Refused, refuse
from socle.people.models import Operator, User
from socle.programme.models import Partner
from socle.sites.models.media import CommuneImage, safe_name
from socle.sites.models.sites import WebSite
from socle.sites.opening import open_section
from socle.sites.photographs import Photograph
from socle.sites.publishing.actions import changed, changed_everywhere
from socle.sites.registry import sections
from socle.syndication import rules
from socle.syndication.models import Answer, Audience, Kind, Policy, Share, ShareOffer, SharingChoice
from socle.syndication.sources import Source, said_name, source_of
from socle.territory.models import Commune, Department, Epci

WRITTEN = (
    "title", "summary", "text", "link", "link_words", "picture_alternative", "starts_on", "start_time", "ends_on",
    "end_time", "place", "gravity", "is_safety", "appears_at", "disappears_at",
)  # fmt: skip
# What is written of a share that is corrected, its source and its kind staying what they are.
CORRECTED = (
    *WRITTEN, "epci", "from_name", "audience", "department", "audience_epci", "picture", "corrected_at", "appeared_at",
    "disappeared_at",
)  # fmt: skip
# What the lists of a site are sorted by, and cut on.
SORTED_BY = ("starts_on", "start_time", "ends_on", "end_time", "appears_at", "disappears_at")
# The keys of the lists that show each kind (socle.sites.publishing.reads).
LISTS = {Kind.NEWS: ("news", "shares"), Kind.EVENT: ("events", "shares"), Kind.ALERT: ("alerts",)}


@dataclass(frozen=True)
class For:
    """Whom something is for."""

    audience: str
    department: Department | None = None
    epci: Epci | None = None
    communes: Sequence[Commune] = field(default_factory=tuple)


# --- The source ------------------------------------------------------------------------------------------------------
@transaction.atomic
def offer(
    operator: Operator,
    kind: str,
    said: Mapping[str, Any],
    *,
    epci: Epci | None,
    from_name: str,
    for_whom: For,
    picture: Photograph | None = None,
    by: User,
    at: datetime,
) -> Share:
    """Propose a news item, an event or an alert to the sites it is for. Raises Refused."""
    refuse(rules.why_not_share(operator, by=by, on=day_of(at)))
    share = Share(operator=operator, kind=kind, offered_at=at, offered_by=by)
    _write(share, said, epci=epci, from_name=from_name, for_whom=for_whom, at=at)
    _keep_picture(share, picture, drops_picture=False, by=by)
    share.appeared_at = at if share.appears_at <= at else None
    share.save(force_insert=True)
    share.communes.set(for_whom.communes)
    count = settle(share, at=at)
    journal.record("share.offered", share, by=by, at=at, kind=kind, audience=share.audience, sites=count)
    return share


@transaction.atomic
def correct(
    share: Share,
    said: Mapping[str, Any],
    *,
    epci: Epci | None,
    from_name: str,
    for_whom: For,
    picture: Photograph | None = None,
    drops_picture: bool = False,
    by: User,
    at: datetime,
) -> Share:
    """Correct what is proposed: it follows on each site that shows it. Raises Refused."""
    held = Share.objects.select_for_update().get(pk=share.pk)
    refuse(rules.why_not_share(held.operator, by=by, on=day_of(at)) or rules.why_not_correct(held, at=at))
    if held.epci != epci:
        # What a mairie accepts beforehand depends on it.
        raise Refused("Au nom de qui c’est proposé ne change pas\u00a0: retirez-le, puis proposez-le de nouveau.")
    before, was_shown = [getattr(held, name) for name in SORTED_BY], held.appears_at <= at
    former = held.picture
    _write(held, said, epci=epci, from_name=from_name, for_whom=for_whom, at=at)
    _keep_picture(held, picture, drops_picture=drops_picture, by=by)
    held.corrected_at = at
    held.appeared_at, held.disappeared_at = (at if held.appears_at <= at else None), None
    held.save(update_fields=CORRECTED)
    if former is not None and former.pk != held.picture_id:
        former.delete()
    held.communes.set(for_whom.communes)
    is_moved = before != [getattr(held, name) for name in SORTED_BY]
    keys = (f"share:{held.pk}", *(LISTS[Kind(held.kind)] if is_moved else _of_words(held)))
    _tell(held, _accepted(held), *keys, at=at, was_shown=was_shown)
    settle(held, at=at)
    journal.record("share.corrected", held, by=by, at=at)
    return held


@transaction.atomic
def withdraw(share: Share, *, by: User, at: datetime) -> Share:
    """Take it off all the sites; it can be restored."""
    held = Share.objects.select_for_update().get(pk=share.pk)
    refuse(rules.why_not_share(held.operator, by=by, on=day_of(at)) or rules.why_not_withdraw(held, at=at))
    held.withdrawn_at = at
    held.save(update_fields=["withdrawn_at"])
    _tell(held, _accepted(held), *LISTS[Kind(held.kind)], at=at)
    journal.record("share.withdrawn", held, by=by, at=at)
    return held


@transaction.atomic
def restore(share: Share, *, by: User, at: datetime) -> Share:
    """Propose again what was withdrawn: the sites that had accepted it show it again."""
    held = Share.objects.select_for_update().get(pk=share.pk)
    refuse(rules.why_not_share(held.operator, by=by, on=day_of(at)) or rules.why_not_restore(held, at=at))
    held.withdrawn_at = None
    held.appeared_at, held.disappeared_at = (at if held.appears_at <= at else None), None
    held.save(update_fields=["withdrawn_at", "appeared_at", "disappeared_at"])
    _tell(held, _accepted(held), *LISTS[Kind(held.kind)], at=at)
    settle(held, at=at)
    journal.record("share.put_back", held, by=by, at=at)
    return held


def _of_words(share: Share) -> tuple[str, ...]:
    """Return the keys of the pages that show a share, its own key apart: an alert is in every frame."""
    return ("alerts",) if share.kind == Kind.ALERT else ("shares",)


def _write(
    share: Share, said: Mapping[str, Any], *, epci: Epci | None, from_name: str, for_whom: For, at: datetime
) -> None:
    communes = list(for_whom.communes)
    refuse(
        rules.why_not_speak_for(epci, share.operator)
        or rules.why_not_aim(for_whom.audience, department=for_whom.department, epci=for_whom.epci, communes=communes)
        or rules.why_not_say(share.kind, said, at=at)
    )
    for name in WRITTEN:
        if name in said:
            setattr(share, name, said[name])
    share.epci = epci
    share.from_name = from_name.strip() or (said_name(epci) if epci is not None else share.operator.name)
    share.audience = for_whom.audience
    share.department = for_whom.department if for_whom.audience == Audience.DEPARTMENT else None
    share.audience_epci = for_whom.epci if for_whom.audience == Audience.EPCI else None


def _keep_picture(share: Share, picture: Photograph | None, *, drops_picture: bool, by: User) -> None:
    if picture is not None:
        name = safe_name(picture.filename)
        share.picture = CommuneImage.objects.create(
            title=share.title[:255],
            description=share.picture_alternative,
            file=ImageFile(ContentFile(picture.content, name=name), name=name),
            collection=Collection.get_first_root_node(),
            uploaded_by_user=by,
        )
    elif drops_picture:
        share.picture = None
    if share.picture_id is None:
        share.picture_alternative = ""
    elif not share.picture_alternative:
        raise Refused("Décrivez l’image en une phrase, pour qui ne la voit pas.")


# --- Whom it is for --------------------------------------------------------------------------------------------------
def audience_of(share: Share) -> QuerySet[WebSite]:
    """Return the sites online that a share is for today: of the departments of its operator, and of no other."""
    departments = Partner.objects.filter(operator=share.operator_id).values("departments")
    with scopes_disabled():  # Of every commune: whom something is for is read from the map.
        online = WebSite.objects.filter(
            suspended_at=None, archived_at=None, redirects_to=None, beneficiary__department__in=departments
        )
        match share.audience:
            case Audience.DEPARTMENT:
                found = online.filter(beneficiary__department=share.department_id)
            case Audience.EPCI:
                found = online.filter(beneficiary__commune__epci=share.audience_epci_id)
            case Audience.COMMUNES:
                found = online.filter(beneficiary__commune__in=share.communes.values("pk"))
            case _:
                found = online
        return found.order_by("pk")


@transaction.atomic
def settle(share: Share, *, at: datetime) -> int:
    """Offer a share to the sites it is for, and take it off those it is for no longer; return how many it is for.

    What each site accepts beforehand answers at once for it. Said again, it changes nothing.
    """
    # Held: two that settle at once would offer it twice.
    Share.objects.select_for_update().get(pk=share.pk)
    wanted = set(audience_of(share).values_list("pk", flat=True))
    with scopes_disabled():  # The answers of every site to one share.
        rows = ShareOffer.objects.filter(share=share).values_list("website_id", "left_at", "answer")
        known = {website_id: (left_at, answer) for website_id, left_at, answer in rows}
        fresh = sorted(wanted - set(known))
        answers = _answers(share, fresh)
        ShareOffer.objects.bulk_create(
            [
                ShareOffer(
                    share=share,
                    website_id=pk,
                    offered_at=at,
                    answer=answers.get(pk, Answer.WAITING),
                    is_automatic=pk in answers,
                    answered_at=at if pk in answers else None,
                )
                for pk in fresh
            ],
            batch_size=500,
        )
        gone = [pk for pk, (left_at, _) in known.items() if left_at is None and pk not in wanted]
        back = [pk for pk, (left_at, _) in known.items() if left_at is not None and pk in wanted]
        ShareOffer.objects.filter(share=share, website__in=gone).update(left_at=at)
        ShareOffer.objects.filter(share=share, website__in=back).update(left_at=None)
    accepted = [pk for pk in (*gone, *back) if known[pk][1] == Answer.ACCEPTED]
    accepted += [pk for pk in fresh if answers.get(pk) == Answer.ACCEPTED]
    _tell(share, accepted, *LISTS[Kind(share.kind)], at=at)
    return len(wanted)


def _answers(share: Share, websites: Iterable[int]) -> dict[int, Answer]:
    """Return what these sites answer beforehand to this share; those that want to be asked are left out."""
    choices = SharingChoice.objects.filter(source_of(share).choices(), website__in=websites)
    is_safety = share.kind == Kind.ALERT and share.is_safety
    found = {}
    for website_id, policy, is_safety_accepted in choices.values_list("website_id", "policy", "is_safety_accepted"):
        if policy == Policy.ACCEPT or (is_safety and is_safety_accepted and policy == Policy.ASK):
            found[website_id] = Answer.ACCEPTED
        elif policy == Policy.REFUSE:
            found[website_id] = Answer.REFUSED
    return found


def follow_audiences(*, at: datetime) -> int:
    """Settle all that holds: communes join, leave, change EPCI. Return how many shares; called by a tick."""
    shares = list(Share.objects.current(at).select_related("operator", "epci"))
    for share in shares:
        settle(share, at=at)
    return len(shares)


@transaction.atomic
def follow_the_hour(*, at: datetime) -> int:
    """Tell the sites what appears or disappears by now; return how many shares. Called by a tick, missed or not."""
    kept = Share.objects.filter(withdrawn_at=None)
    # What was told of an hour to come was told by a clock gone ahead: it is told again.
    early = kept.filter(Q(appeared_at__gt=at + APART) | Q(disappeared_at__gt=at + APART))
    too_early = {share.pk: share for share in early}
    early.update(appeared_at=None, disappeared_at=None)
    appearing = kept.filter(appeared_at=None, appears_at__lte=at)
    disappearing = kept.filter(disappeared_at=None, disappears_at__lte=at)
    told = too_early | {share.pk: share for share in (*appearing, *disappearing)}
    appearing.update(appeared_at=at)
    disappearing.update(disappeared_at=at)
    for share in told.values():
        _tell(share, _accepted(share), *LISTS[Kind(share.kind)], at=at, was_shown=share.pk in too_early)
    return len(told)


def _accepted(share: Share) -> list[int]:
    with scopes_disabled():  # Identifiers only, of the sites that show it.
        rows = ShareOffer.objects.filter(share=share, answer=Answer.ACCEPTED, left_at=None)
        return list(rows.values_list("website_id", flat=True))


def _tell(share: Share, websites: Iterable[int], *keys: str, at: datetime, was_shown: bool = False) -> None:
    """Let the sites renew the pages that show it; before it appears, none does."""
    if share.appears_at <= at or was_shown:
        changed_everywhere(websites, *keys, at=at, is_urgent=share.kind == Kind.ALERT)


# --- The mairie ------------------------------------------------------------------------------------------------------
def _answer(offer: ShareOffer, answer: Answer, *, by: User, at: datetime) -> ShareOffer:
    was = offer.answer
    offer.answer, offer.is_automatic = answer, False
    offer.answered_at, offer.answered_by = at, by
    offer.save(update_fields=["answer", "is_automatic", "answered_at", "answered_by"])
    if Answer.ACCEPTED in (was, answer) and offer.share.appears_at <= at:
        changed(offer.website_id, *LISTS[Kind(offer.share.kind)], at=at)
    return offer


@transaction.atomic
def accept(offer: ShareOffer, *, by: User, at: datetime) -> ShareOffer:
    """Show it on the site; the agenda opens with the first event. Raises Refused."""
    held = rows.held(offer, "share", "website__root_page")
    refuse(rules.why_not_accept(held, at=at))
    if held.share.kind == Kind.EVENT:
        open_section(held.website, sections()["agenda"], by=by, at=at)
    _answer(held, Answer.ACCEPTED, by=by, at=at)
    journal.record("website.share_accepted", held.website, by=by, at=at, share=held.share_id)
    return held


@transaction.atomic
def decline(offer: ShareOffer, *, by: User, at: datetime) -> ShareOffer:
    """Leave it out of the site, or take it off. Raises Refused."""
    held = rows.held(offer, "share", "website__root_page")
    refuse(rules.why_not_refuse(held, at=at))
    _answer(held, Answer.REFUSED, by=by, at=at)
    journal.record("website.share_refused", held.website, by=by, at=at, share=held.share_id)
    return held


@transaction.atomic
def choose(
    website: WebSite, source: Source, *, policy: str, is_safety_accepted: bool, by: User, at: datetime
) -> SharingChoice:
    """Keep what the mairie does with whatever this source will propose. What it was offered already waits for it.

    To accept everything opens the agenda, so that an event has its place the day it comes.
    """
    if policy not in Policy.values:
        raise Refused("Choisissez ce qui vous convient parmi les trois.")
    if policy == Policy.ACCEPT:
        open_section(website, sections()["agenda"], by=by, at=at)
    kept: SharingChoice
    kept, _ = SharingChoice.objects.update_or_create(
        website=website,
        epci=source.epci,
        operator=source.operator,
        defaults={
            "policy": policy,
            "is_safety_accepted": is_safety_accepted and policy == Policy.ASK,
            "chosen_at": at,
        },
    )
    facts = {"policy": policy, "safety": kept.is_safety_accepted, "source": source.code}
    journal.record("website.sharing_chosen", website, by=by, at=at, **facts)
    return kept
