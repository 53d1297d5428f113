"""Answers of the prefecture: every message is kept whole, then does what it says, or is set aside with the reason.

Nothing is lost, and nothing is done twice: a message is known by its bytes, and one that fits nothing changes nothing.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F

from socle.deliberations import accounts, messages
from socle.deliberations.actions import receive as note_reception
from socle.deliberations.actions import revoke_reception
from socle.deliberations.contract import Access, Declined, Stage, Transmitter, TransmitterError, transmitter
from socle.deliberations.messages import Message, Unreadable
from socle.deliberations.models import (
    Incoming,
    IncomingFile,
    Reply,
    Road,
    Status,
    Transmission,
    TransmissionAccount,
)
from socle.deliberations.models.transmissions import MOVES, TransmissionQuerySet
from socle.deliberations.rules import why_not_may_record
from socle.deliberations.sending import held, name, note_refusal
from socle.documents import actions as documents
from socle.documents.models import Document
from socle.documents.rules import EXTENSIONS, why_not_keep, why_not_publish_pdf
from socle.documents.scanning import UNREACHABLE, why_not_take
from socle.journal import actions as journal
from socle.lib import dates
from socle.lib.due import long_ago
from socle.lib.refusals import Refused, refuse
from socle.people.models import Beneficiary, Operator, User

log = logging.getLogger("socle.deliberations")

Kind = Incoming.Kind
# Between two questions to the device of one body; how long its stamped copy is waited for.
EVERY, STAMPED_WITHIN = timedelta(minutes=10), timedelta(days=7)
RECEIPTS_OF_ANSWERS = (Kind.PIECES_RECEIPT, Kind.REPLY_RECEIPT)
# What a file that comes along may be, by how it ends.
TYPES = {".pdf": "application/pdf", ".png": "image/png", ".jpg": "image/jpeg", ".xml": "application/xml"}


def receive(
    content: bytes,
    *,
    owner: Beneficiary | Operator,
    sent: Transmission | None = None,
    reference: str = "",
    by: User,
    at: datetime,
) -> list[Incoming]:
    """Keep what came for this body, a message or an archive of them, and do what it says; return the messages.

    `sent` is the act that the device says it answers, `reference` the device's own for what came. Never raises for
    what the content is: what cannot be read, is another's or contradicts what is known is kept, and set aside with a
    French sentence. What the antivirus refuses is not kept: a note stands for it. Raises Refused when it does not
    answer: what came waits at the device.
    """
    if not content.startswith(messages.GZIP):
        return [_one(content, owner=owner, sent=sent, reference=reference, by=by, at=at)]
    try:
        files = messages.opened(content)
    except Unreadable as error:
        return [_one(content, owner=owner, sent=sent, why_unread=error.sentence, by=by, at=at)]
    written = messages.written_in(files)
    others = {name: held for name, held in files.items() if not name.lower().endswith(".xml")}
    if not written:
        reason = "Cette archive ne contient aucun message\u00a0: elle est gardée sans suite."
        return [_one(content, owner=owner, sent=sent, why_unread=reason, by=by, at=at)]
    return [
        _one(
            files[one],
            owner=owner,
            sent=sent,
            reference=reference,
            along=others if rank == 0 else {},
            named=one,
            by=by,
            at=at,
        )
        for rank, one in enumerate(written)
    ]


@documents.unless_refused()
def _one(
    content: bytes,
    *,
    owner: Beneficiary | Operator,
    sent: Transmission | None,
    reference: str = "",
    along: dict[str, bytes] | None = None,
    named: str = "",
    why_unread: str = "",
    by: User,
    at: datetime,
) -> Incoming:
    sha256 = hashlib.sha256(content).hexdigest()
    key = {"operator": owner} if isinstance(owner, Operator) else {"beneficiary": owner}
    known = Incoming._base_manager.filter(**key, sha256=sha256).first()
    if known is not None:
        log.info("incoming %s: received once more, and already kept", known.pk)
        # What it wanted may be there by now: a day that was to come, an act noted since.
        return _again(known, content, owner=owner, sent=sent, by=by, at=at)
    message = Message(Kind.UNREAD, says="")
    why_unread = why_unread or _why_not_take(content) or ""
    if not why_unread:
        try:
            message = messages.read(content)
        except Unreadable as error:
            why_unread = error.sentence
    message = messages.named_by(message, named)
    one = Incoming(
        **key,
        kind=message.kind,
        identifier=message.identifier[:60],
        letter_on=message.day,
        says=message.says,
        received_at=at,
        reference=reference[:60],
        sha256=sha256,
        message=_kept(content, "message", owner=owner, by=by, at=at),
        set_aside_because=why_unread,
    )
    if not why_unread:
        _apply(one, message, content, owner=owner, sent=sent, by=by, at=at)
    one.save(force_insert=True)
    for named, held_file in (along or {}).items():
        IncomingFile.objects.create(incoming=one, document=_kept(held_file, named, owner=owner, by=by, at=at))
    verb = "prefecture.set_aside" if one.set_aside_because else "prefecture.heard"
    journal.record(verb, one, by=by, at=at, kind=one.kind, sha256=sha256)
    return one


def _apply(
    one: Incoming,
    message: Message,
    content: bytes,
    *,
    owner: Beneficiary | Operator,
    sent: Transmission | None,
    by: User,
    at: datetime,
) -> None:
    """Do what a message says, or write on it why nothing is done."""
    account = TransmissionAccount.of(owner)
    sent = sent or _sent_as(message.identifier, owner)
    one.set_aside_because = _why_aside(message, account, sent) or ""
    if one.set_aside_because:
        return
    one.transmission = sent
    try:
        with documents.unless_refused(Unreadable):
            _do(message, content, account, sent, by=by, at=at)
    except (Refused, Unreadable) as refusal:
        one.set_aside_because = f"{refusal.sentence} Le message est gardé, et rien n’a changé."
    except (InterfaceError, OperationalError):  # The database is out of reach, and not the message: it comes again.
        raise
    except Exception:
        log.exception("incoming of %s %s: what it says could not be done", type(owner).__name__.lower(), owner.pk)
        one.transmission, one.set_aside_because = None, messages.UNFORESEEN


@transaction.atomic
def take_up(one: Incoming, *, by: User, at: datetime) -> Incoming:
    """Read again a message that was set aside, once what it wanted is there; it may stay aside. Raises Refused."""
    owner = one.beneficiary or one.operator
    if owner is None:
        raise Refused("Ce message n’est à personne.")
    refuse(why_not_may_record(by, owner, on=dates.day_of(at)))
    return _again(one, documents.read(one.message), owner=owner, sent=one.transmission, by=by, at=at)


def _again(
    one: Incoming,
    content: bytes,
    *,
    owner: Beneficiary | Operator,
    sent: Transmission | None,
    by: User,
    at: datetime,
) -> Incoming:
    one.refresh_from_db(from_queryset=Incoming._base_manager.select_for_update(of=("self",)))
    if not one.set_aside_because or one.kind == Kind.UNREAD:
        return one
    try:
        message = messages.read(content)
    except Unreadable as error:  # Kept by a version that read more than this one.
        one.set_aside_because = error.sentence
    else:
        _apply(one, message, content, owner=owner, sent=sent, by=by, at=at)
    one.save(update_fields=["set_aside_because", "transmission"])
    if not one.set_aside_because:
        journal.record("prefecture.heard", one, by=by, at=at, kind=one.kind, sha256=one.sha256)
    return one


def _why_aside(message: Message, account: TransmissionAccount | None, sent: Transmission | None) -> str | None:
    """Say in French why this message fits nothing here, or None."""
    if message.kind in (Kind.CLASSIFICATION, Kind.SAME_CLASSIFICATION):
        return None
    siren = account.siren if account is not None else ""
    if message.siren and message.siren != siren:
        return (
            f"Ce message est pour un autre organisme (SIREN {message.siren})\u00a0: il est gardé sans suite. Prévenez "
            "le dispositif de transmission, qui l’a remis ici."
        )
    if sent is None:
        what = f"l’identifiant «\u00a0{message.identifier}\u00a0»" if message.identifier else "cet identifiant"
        return (
            f"Aucun acte envoyé d’ici ne porte {what}\u00a0: le message est gardé. S’il répond à un acte transmis "
            "ailleurs, notez cet acte et sa réception."
        )
    if message.identifier and message.identifier.upper() != sent.identifier.upper():
        return (
            f"Le dispositif donne ce message pour «\u00a0{sent.identifier}\u00a0», et il parle de "
            f"«\u00a0{message.identifier}\u00a0»\u00a0: il est gardé sans suite. Prévenez le dispositif."
        )
    return _why_not_now(message, sent)


def _why_not_now(message: Message, sent: Transmission) -> str | None:
    """Say in French why this message comes too late, or twice, for this sending, or None."""
    status = Status(sent.status)
    if message.kind == Kind.RECEIPT:
        if message.day is None:
            return "Cet accusé ne dit pas sa date de réception\u00a0: il est gardé. Demandez-la à la préfecture."
        if sent.received_on is not None:
            return (
                f"La réception de cet acte est déjà notée, le {dates.in_words(sent.received_on)}\u00a0: ce second "
                f"accusé, du {dates.in_words(message.day)}, est gardé et ne change rien."
            )
        return None if status in (Status.LEAVING, Status.SENT) else _too_late(sent)
    if message.kind in messages.NATURES:
        return None if status in (Status.LEAVING, Status.SENT) else _too_late(sent)
    if message.kind == Kind.CANCELLATION:
        return None if Status.CANCELLED in MOVES[status] and status != Status.ASKED else _too_late(sent)
    return None


def _too_late(sent: Transmission) -> str:
    return (
        f"Ce message ne correspond pas à l’état de l’envoi («\u00a0{sent.get_status_display()}\u00a0»)\u00a0: il est "
        "gardé et ne change rien. Demandez à la préfecture ce qu’il en est."
    )


def _do(
    message: Message,
    content: bytes,
    account: TransmissionAccount | None,
    sent: Transmission | None,
    *,
    by: User,
    at: datetime,
) -> None:
    """Do what a message says; letters wait for somebody. Raises Refused, Unreadable."""
    if account is not None and message.kind == Kind.CLASSIFICATION:
        accounts.keep_classification(account, messages.classification(content), by=by, at=at)
    if account is not None and message.in_force_on is not None and message.in_force_on != account.in_force_on:
        account.in_force_on = message.in_force_on
        account.save(update_fields=["in_force_on"])
    if sent is None:
        return
    sent = held(sent)
    if message.kind == Kind.RECEIPT and message.day is not None:
        act = note_reception(sent.act, received_on=message.day, by=by, at=at)
        name(act, sent.identifier)
        sent.status, sent.received_on, sent.acknowledged_at = Status.RECEIVED, message.day, at
        sent.sent_at = sent.sent_at or at
        sent.proof = _kept(content, "accuse", owner=_owner(sent), by=by, at=at)
        sent.save(update_fields=["status", "received_on", "acknowledged_at", "sent_at", "proof"])
    elif message.kind in messages.NATURES:
        note_refusal(sent, _anomaly(message), by=by, at=at)
    elif message.kind in RECEIPTS_OF_ANSWERS:
        _answer_received(message, sent, by=by, at=at)
    elif message.kind == Kind.CANCELLATION:
        _cancelled(sent, by=by, at=at)


def _answer_received(message: Message, sent: Transmission, *, by: User, at: datetime) -> None:
    """Note that the prefecture has the answers to its letter of this day, or to all of this kind when it says none."""
    mine = Reply.of_all().filter(letter__transmission=sent, flow__startswith=message.kind[0])
    mine = mine.filter(status__in=(Status.LEAVING, Status.SENT))
    if message.letter_on is not None:
        mine = mine.filter(letter__letter_on=message.letter_on)
    for one in mine:
        one.status, one.received_on = Status.RECEIVED, message.day
        one.save(update_fields=["status", "received_on"])
        journal.record("act.answer_received", sent.act, by=by, at=at, letter=one.letter_id, flow=one.flow)


def _anomaly(message: Message) -> str:
    told = message.says or "sans explication"
    odd = " (hors de son propre schéma)" if message.is_outside_schema else ""
    return (
        f"La préfecture a signalé une anomalie{odd}\u00a0: {told}. L’acte n’est pas reçu\u00a0: corrigez, puis "
        "envoyez-le de nouveau."
    )


def _sent_as(identifier: str, owner: Beneficiary | Operator) -> Transmission | None:
    """The last sending of this body under this identifier."""
    if not identifier:
        return None
    mine = Transmission.of_all().filter(
        **({"act__operator": owner} if isinstance(owner, Operator) else {"act__beneficiary": owner})
    )
    return mine.filter(road=Road.ELECTRONIC, identifier__iexact=identifier).order_by("-asked_at", "-pk").first()


def _owner(sent: Transmission) -> Beneficiary | Operator:
    return sent.act.beneficiary or sent.act.operator  # type: ignore[return-value]


def _kept(content: bytes, filename: str, *, owner: Beneficiary | Operator, by: User, at: datetime) -> Document:
    """Keep these bytes as they came, under the type that they have, or as mere text; or a note in their place."""
    if reason := _why_not_take(content):
        content, filename = f"{filename}\n\n{reason}\n".encode(), f"{filename[:150]} (refusé par l’antivirus)"
    kind = next((one for end, one in TYPES.items() if filename.lower().endswith(end)), "application/xml")
    kind = "application/gzip" if content.startswith(messages.GZIP) else kind
    if kind not in EXTENSIONS or why_not_keep(content, content_type=kind):
        kind = "text/plain"
    return documents.keep(
        content or b"\n",
        title=f"Préfecture\u00a0: {filename}"[:200],
        filename=filename,
        by=by,
        at=at,
        beneficiary=owner if isinstance(owner, Beneficiary) else None,
        content_type=kind,
    )


def _why_not_take(content: bytes) -> str | None:
    """Say in French why the antivirus refuses this, or None."""
    reason = why_not_take(content, size=len(content))
    if reason == UNREACHABLE:
        raise Refused(reason)
    return reason


def poll(*, by: User, at: datetime, is_awaited: Callable[[], bool] = lambda: False) -> int:
    """Ask each device where each act is, and what the prefecture wrote; return how many bodies were answered.

    Those asked longest ago first, ten minutes at least between two; a device that fails keeps nobody else from being
    heard. `is_awaited` is asked between two bodies: it stops when something else is due.
    """
    heard = 0
    due = long_ago("heard_at", at, every=EVERY)
    waiting = TransmissionAccount._base_manager.select_related("beneficiary", "operator").filter(due)
    for account in waiting.order_by(F("heard_at").asc(nulls_first=True), "pk"):
        if heard and is_awaited():
            break
        account.heard_at = at
        account.save(update_fields=["heard_at"])
        try:
            hear(account, by=by, at=at)
            heard += 1
        except (TransmitterError, Refused, Unreadable) as error:
            log.warning("transmission account %s: %s", account.pk, error.sentence)
        except Exception:  # Whatever one device answers, the bodies of the others are heard.
            log.exception("transmission account %s: what its device answered", account.pk)
    return heard


def hear(account: TransmissionAccount, *, by: User, at: datetime) -> None:
    """Ask one device what it has for its body, now. Raises TransmitterError, Refused, Unreadable."""
    device, known = transmitter(account.transmitter), accounts.access(account)
    owner = account.body
    answers = Reply.of_all().awaited().filter(letter__transmission__in=_of(account))
    related = answers.select_related("letter__transmission__act")
    for sent in [*_of(account).awaited().order_by("pk"), *related.order_by("pk")]:
        try:
            _follow(sent, owner, device, known, by=by, at=at)
        except Declined as error:  # It no longer knows this one: the others are asked about all the same.
            log.warning("%s %s: %s", type(sent).__name__.lower(), sent.pk, error.sentence)
    unstamped = _of(account).filter(road=Road.ELECTRONIC, status=Status.RECEIVED, stamped=None)
    for sent in unstamped.filter(acknowledged_at__gte=at - STAMPED_WITHIN).order_by("pk"):
        try:
            _take_stamped_copy(sent, device, known, by=by, at=at)
        except TransmitterError as error:
            log.warning("transmission %s: no stamped copy. %s", sent.pk, error.sentence)
    for arrival in device.incoming(known):
        receive(arrival.content, owner=owner, reference=arrival.reference, by=by, at=at)
        # Cut before this, it comes again, and is known by its bytes.
        device.take(known, arrival.reference)
    if account.classification_on is None or account.in_force_on != account.classification_on:
        accounts.keep_classification(account, messages.classification(device.classification(known)), by=by, at=at)


def _of(account: TransmissionAccount) -> TransmissionQuerySet:
    return Transmission.of_all().filter(act__beneficiary=account.beneficiary_id, act__operator=account.operator_id)


def _follow(
    sent: Transmission | Reply,
    owner: Beneficiary | Operator,
    device: Transmitter,
    known: Access,
    *,
    by: User,
    at: datetime,
) -> None:
    progress = device.status(known, sent.reference)
    about = sent.sending if isinstance(sent, Reply) else sent
    if progress.message:
        receive(progress.message, owner=owner, sent=about, by=by, at=at)
    # Whatever became of the message: unreadable, of another or set aside, the device itself says where this one is.
    if progress.stage == Stage.REFUSED:
        _refused(sent, progress.says, by=by, at=at)
    elif progress.stage == Stage.CANCELLED and not isinstance(sent, Reply):
        _cancelled(sent, by=by, at=at)


@transaction.atomic
def _cancelled(sent: Transmission, *, by: User, at: datetime) -> None:
    sent = held(sent)
    if Status.CANCELLED in MOVES[Status(sent.status)]:
        sent.status = Status.CANCELLED
        sent.save(update_fields=["status"])
        journal.record("act.transmission_cancelled", sent.act, by=by, at=at, transmission=sent.pk)
        revoke_reception(sent.act, by=by, at=at)


@transaction.atomic
def _refused(sent: Transmission | Reply, says: str, *, by: User, at: datetime) -> None:
    sent = held(sent)
    if sent.status == Status.SENT:
        note_refusal(sent, says or "Le dispositif a refusé cet envoi sans dire pourquoi.", by=by, at=at)


def _take_stamped_copy(sent: Transmission, device: Transmitter, known: Access, *, by: User, at: datetime) -> None:
    content = device.stamped_copy(known, sent.reference)
    if content is None:
        return
    if reason := why_not_publish_pdf(content):
        log.warning("transmission %s: its stamped copy is not taken: %s", sent.pk, reason)
        return
    with transaction.atomic():
        sent = held(sent)
        if sent.stamped_id is None:
            sent.stamped = _kept(content, "acte-tamponne.pdf", owner=_owner(sent), by=by, at=at)
            sent.save(update_fields=["stamped"])
            journal.record("act.stamped", sent.act, by=by, at=at, transmission=sent.pk, sha256=sent.stamped.sha256)
