"""Recording acts, what they approve, and what happens to them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, Q

from socle.deliberations.models import Act, Approval, Article, Author, PublicationChoice, Vote
from socle.deliberations.rules import (
    approved_already,
    number_taken,
    why_not_approve,
    why_not_attach_document,
    why_not_certify,
    why_not_choose,
    why_not_describe,
    why_not_hold_back,
    why_not_may_record,
    why_not_notify,
    why_not_put_online,
    why_not_qualify,
    why_not_receive,
    why_not_record,
    why_not_record_articles,
    why_not_remove,
    why_not_withdraw,
)
from socle.documents.models import Document
from socle.journal import actions as journal
from socle.lib import dates
from socle.lib.refusals import Refused, refuse
from socle.lib.text import folded
from socle.people.capabilities import Capability
from socle.people.models import Beneficiary, Operator, User


@transaction.atomic
def record_act(
    owner: Beneficiary | Operator,
    *,
    kind: str,
    body: str,
    number: str,
    subject: str,
    adopted_on: date,
    received_on: date | None = None,
    published_on: date | None = None,
    not_transmissible_because: str = "",
    identifier: str = "",
    document: Document | None = None,
    matter: str = "",
    author: Author | None = None,
    vote: Vote | None = None,
    mode: str = "",
    certificate: str = "",
    notified_on: date | None = None,
    is_fictitious: bool = False,
    by: User,
    at: datetime,
) -> Act:
    """Record an act of this body's assembly, with its document where it was uploaded.

    A day of publication is one that people declare, with how it was done (`mode`) and what proves it (`certificate`).
    Raises Refused when the dates contradict each other, the number is taken, or the person may not.
    """
    number = number.strip()
    refuse(why_not_may_record(by, owner, on=dates.day_of(at), capability=Capability.PUBLISH))
    refuse(
        why_not_record(
            owner,
            kind=kind,
            number=number,
            adopted_on=adopted_on,
            received_on=received_on,
            published_on=published_on,
            not_transmissible_because=not_transmissible_because,
            matter=matter,
            vote=vote,
            notified_on=notified_on,
            on=dates.day_of(at),
        )
    )
    author = author or Author()
    act = Act(
        beneficiary=owner if isinstance(owner, Beneficiary) else None,
        operator=owner if isinstance(owner, Operator) else None,
        kind=kind,
        body=body,
        number=number,
        subject=subject,
        adopted_on=adopted_on,
        received_on=received_on,
        published_on=published_on,
        not_transmissible_because=not_transmissible_because,
        identifier=identifier,
        document=document,
        matter=matter,
        author_name=author.name,
        author_quality=author.quality,
        members_in_office=vote.members if vote else None,
        votes_for=vote.in_favour if vote else None,
        votes_against=vote.against if vote else None,
        abstentions=vote.abstentions if vote else None,
        mode=mode if published_on else "",
        publication_certificate=certificate if published_on else "",
        declared_by=by if published_on and not by.is_system else None,
        notified_on=notified_on,
        is_fictitious=is_fictitious,
        search_text=folded(f"{number} {subject}"),
    )
    try:
        with transaction.atomic():
            act.save(force_insert=True)
    except IntegrityError as error:
        # Two people recorded it in the same second: the second one is told, like whoever comes later.
        raise Refused(number_taken(number)) from error
    journal.record("act.recorded", act, by=by, at=at, adopted_on=adopted_on.isoformat())
    return act


@transaction.atomic
def qualify(act: Act, *, kind: str, by: User, at: datetime) -> Act:
    """Say what an act is; said again, it corrects. An individual one leaves the public site. Raises Refused."""
    act = _held(act)
    refuse(why_not_qualify(act, kind=kind, by=by, on=dates.day_of(at)))
    act.kind = kind
    act.save(update_fields=["kind"])
    journal.record("act.qualified", act, by=by, at=at, kind=kind)
    return act


@transaction.atomic
def certify_publication(
    act: Act,
    *,
    published_on: date,
    certificate: str,
    mode: str = "",
    proof: Document | None = None,
    by: User,
    at: datetime,
) -> Act:
    """Declare the day on which an act was published elsewhere than by us, how, and what proves it. Raises Refused."""
    act = _held(act)
    on = dates.day_of(at)
    refuse(
        why_not_certify(act, published_on=published_on, certificate=certificate, mode=mode, proof=proof, by=by, on=on)
    )
    act.published_on = published_on
    act.publication_certificate = certificate
    act.mode, act.publication_proof = mode, proof
    act.declared_by = None if by.is_system else by
    act.save(update_fields=["published_on", "publication_certificate", "mode", "publication_proof", "declared_by"])
    journal.record("act.published", act, by=by, at=at, published_on=published_on.isoformat())
    return act


@transaction.atomic
def notify(act: Act, *, notified_on: date, by: User, at: datetime) -> Act:
    """Note the day on which an individual act was notified to its person. Raises Refused."""
    act = _held(act)
    refuse(why_not_notify(act, notified_on=notified_on, by=by, on=dates.day_of(at)))
    act.notified_on = notified_on
    act.save(update_fields=["notified_on"])
    journal.record("act.notified", act, by=by, at=at, notified_on=notified_on.isoformat())
    return act


@transaction.atomic
def hold_back(act: Act, *, because: str, by: User, at: datetime) -> Act:
    """Keep an act from the public for the personal data it holds; said empty, it is shown again. Raises Refused."""
    act, because = _held(act), because.strip()
    refuse(why_not_hold_back(act, because=because, by=by, on=dates.day_of(at)))
    was, act.held_back_because = act.held_back_because, because
    if because != was:
        act.save(update_fields=["held_back_because"])
        # What it says of people stays out of the journal, which forgets nothing.
        journal.record("act.held_back" if because else "act.shown_again", act, by=by, at=at)
    return act


@transaction.atomic
def describe(act: Act, *, matter: str, author: Author, by: User, at: datetime) -> Act:
    """Say an act's matter in the nomenclature, and who answers for it; said again, it corrects. Raises Refused."""
    act = _held(act)
    refuse(why_not_describe(act, matter=matter, by=by, on=dates.day_of(at)))
    act.matter, act.author_name, act.author_quality = matter, author.name, author.quality
    act.save(update_fields=["matter", "author_name", "author_quality"])
    journal.record("act.described", act, by=by, at=at, matter=matter)
    return act


@transaction.atomic
def choose_mode(
    act: Act, *, mode: str, population: int | None, starts_on: date, by: User, at: datetime
) -> PublicationChoice:
    """Note how this act chose that the acts of its body are published; the choice before it ends. Raises Refused."""
    act = _held(act)
    on = dates.day_of(at)
    refuse(why_not_choose(act, mode=mode, population=population, starts_on=starts_on, by=by, on=on))
    before = PublicationChoice.objects.filter(
        act__beneficiary=act.beneficiary, act__operator=act.operator, starts_on__lt=starts_on
    )
    still = before.filter(Q(ends_on=None) | Q(ends_on__gte=starts_on))
    still.update(ends_on=starts_on - timedelta(days=1))
    choice = PublicationChoice.objects.create(act=act, mode=mode, starts_on=starts_on)
    journal.record("act.mode_chosen", act, by=by, at=at, mode=mode, starts_on=starts_on.isoformat())
    return choice


@transaction.atomic
def ask_online(act: Act, *, author: Author | None = None, by: User, at: datetime) -> Act:
    """Ask the site of its body to show an act, with its file. Its day is written once it is served. Raises Refused.

    `author` is who answers for it, when nobody said so before.
    """
    act = _held(act)
    refuse(why_not_put_online(act, author=author, by=by, on=dates.day_of(at)))
    if author and not act.author:
        act.author_name, act.author_quality = author.name, author.quality
    act.put_online_asked_at = at
    act.save(update_fields=["put_online_asked_at", "author_name", "author_quality"])
    journal.record("act.online_asked", act, by=by, at=at)
    return act


@transaction.atomic
def note_online(act: Act, *, address: str, sha256: str, by: User, at: datetime) -> Act:
    """Write the instant at which the file of an act began to be served at this address; once, and never moved.

    `sha256` is that of the bytes served: other than those of the act, nothing is written. The act is published on that
    day (Europe/Paris), unless its people said another day before.
    """
    act = _held(act)
    if act.put_online_at is not None or act.put_online_asked_at is None or act.is_held_back:
        return act
    if act.document is None or sha256 != act.document.sha256:
        return act
    act.put_online_at, act.online_sha256, act.mode = at, sha256, Act.Mode.ELECTRONIC
    if act.published_on is None:
        act.published_on = dates.day_of(at)
        act.publication_certificate = (
            f"Mis en ligne sur le site internet, à l’adresse {address}, le {dates.at_in_words(at)}."
        )
    act.save(update_fields=["put_online_at", "online_sha256", "mode", "published_on", "publication_certificate"])
    journal.record("act.put_online", act, by=by, at=at, sha256=sha256)
    return act


@transaction.atomic
def receive(act: Act, *, received_on: date, by: User, at: datetime) -> Act:
    """Complete an act with the day the prefecture received it. Raises Refused."""
    act = _held(act)
    refuse(why_not_receive(act, received_on=received_on, by=by, on=dates.day_of(at)))
    act.received_on = received_on
    act.save(update_fields=["received_on"])
    journal.record("act.received", act, by=by, at=at, received_on=received_on.isoformat())
    return act


@transaction.atomic
def revoke_reception(act: Act, *, by: User, at: datetime) -> Act:
    """Take away the day of a reception that the prefecture cancelled: the act is no longer executory by it."""
    act = _held(act)
    if act.received_on is not None:
        act.received_on, act.identifier = None, ""
        act.save(update_fields=["received_on", "identifier"])
        journal.record("act.reception_cancelled", act, by=by, at=at)
    return act


@transaction.atomic
def complete_dates(
    act: Act, *, received_on: date | None, published_on: date | None, certificate: str, by: User, at: datetime
) -> Act:
    """Note of an act, at once, the dates of its road that are given: both or nothing. Raises Refused."""
    if received_on is not None:
        act = receive(act, received_on=received_on, by=by, at=at)
    if published_on is not None:
        act = certify_publication(act, published_on=published_on, certificate=certificate, by=by, at=at)
    return act


@transaction.atomic
def attach_document(act: Act, *, document: Document, by: User, at: datetime) -> Act:
    """Join its file to an act that has none. Raises Refused."""
    act = _held(act)
    refuse(why_not_attach_document(act, document, by=by, on=dates.day_of(at)))
    act.document = document
    act.save(update_fields=["document"])
    journal.record("act.document_attached", act, by=by, at=at, sha256=document.sha256)
    return act


@transaction.atomic
def remove(act: Act, *, by: User, at: datetime) -> None:
    """Take away an act recorded by mistake, on which nothing stands; its file stays kept. Raises Refused."""
    act = _held(act)
    refuse(why_not_remove(act, by=by, on=dates.day_of(at)))
    journal.record("act.removed", act, by=by, at=at, number=act.number, adopted_on=act.adopted_on.isoformat())
    try:
        with transaction.atomic():
            act.delete()
    except ProtectedError as error:
        if any(one._meta.app_label == "assemblies" for one in error.protected_objects):
            raise Refused("Cet acte est sorti d’une séance tenue ici\u00a0: il ne se retire pas.") from error
        raise Refused(
            "Une convention s’appuie sur cet acte\u00a0: il ne se retire pas. "
            "Rattachez d’abord un autre acte à la convention, tant qu’elle est un projet."
        ) from error


@transaction.atomic
def record_articles(act: Act, articles: Iterable[tuple[int, str]], *, by: User, at: datetime) -> dict[int, Article]:
    """Write these articles under an act; one already there is corrected. Return them by number. Raises Refused."""
    articles = list(articles)
    act = _held(act)
    refuse(why_not_record_articles(act, articles, by=by, on=dates.day_of(at)))
    known = {article.number: article for article in act.articles.all()}
    written = []
    for number, text in articles:
        article = known.get(number)
        if article is None:
            known[number] = Article.objects.create(act=act, number=number, text=text)
        elif article.text != text:
            article.text = text
            article.save(update_fields=["text"])
        else:
            continue
        written.append(number)
    if written:
        journal.record("act.articles_recorded", act, by=by, at=at, articles=written)
    return {number: known[number] for number, _ in articles}


@transaction.atomic
def approve(
    article: Article,
    *,
    subject: str,
    sha256: str,
    title: str,
    is_fictitious: bool = False,
    is_declared: bool = False,
    by: User,
    at: datetime,
) -> Approval:
    """Note that this article approves the very bytes of this digest. Raises Refused."""
    article.act = _held(article.act)
    refuse(why_not_approve(article, subject=subject, sha256=sha256, by=by, on=dates.day_of(at)))
    approval = Approval(
        article=article,
        subject=subject,
        sha256=sha256,
        title=title,
        is_fictitious=is_fictitious,
        is_declared=is_declared,
        recorded_at=at,
    )
    try:
        with transaction.atomic():
            approval.save(force_insert=True)
    except IntegrityError as error:
        # Two people noted it in the same second: the second one is told, like whoever comes later.
        raise Refused(approved_already(article)) from error
    journal.record("act.approved", article.act, by=by, at=at, article=article.number, approves=subject, sha256=sha256)
    return approval


@transaction.atomic
def withdraw(approval: Approval, *, by: User, at: datetime) -> None:
    """Take back an approval noted by mistake; the journal keeps that it was there. Raises Refused."""
    act = approval.article.act
    refuse(why_not_withdraw(approval, by=by, on=dates.day_of(at)))
    journal.record("act.approval_withdrawn", act, by=by, at=at, article=approval.article.number, sha256=approval.sha256)
    approval.delete()


def _held(act: Act) -> Act:
    """The same act, read again as it is now and held until the transaction ends."""
    act.refresh_from_db(from_queryset=Act._base_manager.select_for_update(of=("self",)))
    return act
