"""Sending acts to the prefecture: on paper, elsewhere, or by a transmission device, where nothing is sent twice.

What leaves by a device, an act or the answer to a letter, is first marked as leaving, in a transaction of its own; its
reference comes after. Cut in between, whoever takes it up again asks the device whether it knows it before handing it
over once more.
"""

from __future__ import annotations

import hashlib
import logging
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from django.db import IntegrityError, transaction

from socle.deliberations import accounts, numbering, transmission
from socle.deliberations import transmission_rules as rules
from socle.deliberations.actions import receive
from socle.deliberations.contract import Access, Answer, NumberTaken, Parcel, Transmitter, TransmitterError, transmitter
from socle.deliberations.models import Act, Enclosure, Incoming, Reply, Road, Status, Transmission, TransmissionAccount
from socle.deliberations.models.transmissions import LONGEST_WAIT, NUMBER_USED
from socle.deliberations.slip import compose
from socle.deliberations.transmission import Sender, Sending
from socle.documents import actions as documents
from socle.documents.models import Document
from socle.journal import actions as journal
from socle.lib import dates, locks
from socle.lib.refusals import Refused, refuse
from socle.people.models import User

log = logging.getLogger("socle.deliberations")

# Minutes before a device that did not answer is asked again: longer and longer, twice a day in the end.
FIRST_WAIT = timedelta(minutes=2)
# Bodies whose acts may leave at the same time, at most: a lock is a file that stays.
LOCKS = 64
ON_ITS_WAY_ALREADY = "Cet envoi est déjà en route\u00a0: il ne part pas deux fois."
USED_ELSEWHERE = (
    "si cet acte y est parti autrement, notez-le comme transmis ailleurs, avec son accusé\u00a0; sinon envoyez-le de "
    "nouveau, il partira sous un autre numéro."
)
Leaving = TypeVar("Leaving", bound=Transmission | Reply)


@transaction.atomic
def send(acts: Sequence[Act], *, by: User, at: datetime) -> list[Transmission]:
    """Send these acts of one body the way it sends: by its device where it may, on paper otherwise. Raises Refused."""
    refuse(None if acts else rules.NOTHING)
    account = TransmissionAccount.of(acts[0].beneficiary or acts[0].operator)  # type: ignore[arg-type]
    if rules.why_not_electronic(account, at=at) is not None:
        return send_on_paper(acts, by=by, at=at)
    return [send_electronically(act, by=by, at=at) for act in acts]


@transaction.atomic
def send_on_paper(acts: Sequence[Act], *, by: User, at: datetime) -> list[Transmission]:
    """Note that these acts of one body leave on paper together, and make the slip that lists them. Raises Refused."""
    acts = sorted(acts, key=lambda act: (act.adopted_on, act.number))
    refuse(rules.why_not_send_on_paper(acts, by=by, on=dates.day_of(at)))
    slip = documents.keep(
        compose(acts, at=at),
        title=f"Bordereau de transmission du {dates.in_words(dates.day_of(at))}",
        filename=f"bordereau-{dates.day_of(at).isoformat()}.pdf",
        by=by,
        at=at,
        beneficiary=acts[0].beneficiary,
    )
    sent = []
    for act in acts:
        one = _made(act, road=Road.PAPER, status=Status.SENT, sent_at=at, sent_by=by, slip=slip, asked_at=at)
        journal.record("act.sent_on_paper", act, by=by, at=at, transmission=one.pk, slip=slip.pk)
        sent.append(one)
    return sent


@transaction.atomic
def note_stamped_copy(
    sent: Transmission, *, document: Document, received_on: date, by: User, at: datetime
) -> Transmission:
    """Note the copy that the prefecture stamped, beside the act's own file, and its day. Raises Refused."""
    sent = held(sent)
    refuse(rules.why_not_note_stamped_copy(sent, document, received_on=received_on, by=by, on=dates.day_of(at)))
    receive(sent.act, received_on=received_on, by=by, at=at)
    sent.status, sent.received_on, sent.stamped = Status.RECEIVED, received_on, document
    sent.save(update_fields=["status", "received_on", "stamped"])
    journal.record("act.stamped", sent.act, by=by, at=at, transmission=sent.pk, sha256=document.sha256)
    return sent


@transaction.atomic
def note_elsewhere(
    act: Act, *, received_on: date, proof: Document, identifier: str = "", by: User, at: datetime
) -> Transmission:
    """Note an act that was sent on another platform, with the receipt that proves it. Raises Refused."""
    identifier = identifier.strip()
    refuse(
        rules.why_not_note_elsewhere(
            act, proof, received_on=received_on, identifier=identifier, by=by, on=dates.day_of(at)
        )
    )
    act = receive(act, received_on=received_on, by=by, at=at)
    one = _made(
        act,
        road=Road.ELSEWHERE,
        status=Status.RECEIVED,
        asked_at=at,
        sent_by=by,
        received_on=received_on,
        proof=proof,
        identifier=identifier,
    )
    if identifier:
        name(act, identifier)
    journal.record("act.sent_elsewhere", act, by=by, at=at, transmission=one.pk, sha256=proof.sha256)
    return one


@transaction.atomic
def send_electronically(
    act: Act,
    *,
    annexes: Sequence[tuple[Document, str]] = (),
    nature: str = "",
    is_followed_by_paper: bool = False,
    by: User,
    at: datetime,
) -> Transmission:
    """Ask that an act leave by its body's device, with files annexed and their kinds; it leaves at once, elsewhere.

    Whatever the device or the prefecture would refuse is refused here, before. Raises Refused.
    """
    account = TransmissionAccount.of(act.beneficiary or act.operator)  # type: ignore[arg-type]
    nature = nature or rules.NATURE_OF.get(act.kind, "")  # type: ignore[call-overload]
    refuse(
        rules.why_not_send_electronically(
            act, account, nature=nature, kinds=[kind for _, kind in annexes], by=by, at=at
        )
    )
    if account is None:
        raise Refused("unreachable: the rule refuses it")
    one = _made(
        act,
        road=Road.ELECTRONIC,
        asked_at=at,
        sent_by=by,
        nature=nature,
        identifier=str(rules.identifier_of(act, account, nature=nature, number=rules.number_to_send(act))),
        is_followed_by_paper=is_followed_by_paper,
    )
    Enclosure.objects.bulk_create(
        Enclosure(transmission=one, rank=rank, document=document, kind=kind)
        for rank, (document, kind) in enumerate(annexes, 1)
    )
    _check_files(one, account)
    journal.record("act.sending_asked", act, by=by, at=at, transmission=one.pk)
    return one


@transaction.atomic
def take_back(sent: Transmission, *, by: User, at: datetime) -> Transmission:
    """Give up a sending that has not left, or a slip that will not. Raises Refused."""
    sent = held(sent)
    refuse(rules.why_not_take_back(sent, by=by, on=dates.day_of(at)))
    sent.status = Status.CANCELLED
    sent.save(update_fields=["status"])
    journal.record("act.sending_taken_back", sent.act, by=by, at=at, transmission=sent.pk)
    return sent


def ask_cancellation(sent: Transmission, *, by: User, at: datetime) -> Transmission:
    """Ask the prefecture to cancel a sending that it received; the act itself stands. Raises Refused.

    Out of any transaction: the device is asked in between. Cut there, the same may be asked again.
    """
    refuse(rules.why_not_cancel(sent, by=by, at=at))
    account = accounts.of(sent.act)
    try:
        transmitter(account.transmitter).cancel(accounts.access(account), sent.reference)
    except TransmitterError as error:
        raise Refused(error.sentence) from error
    with transaction.atomic():
        sent = held(sent)
        if sent.status == Status.RECEIVED:
            sent.status = Status.CANCELLING
            sent.save(update_fields=["status"])
            journal.record("act.cancellation_asked", sent.act, by=by, at=at, transmission=sent.pk)
    return sent


@transaction.atomic
def reply(letter: Incoming, *, flow: str, document: Document, by: User, at: datetime) -> Reply:
    """Ask that this PDF answer a letter of the prefecture; it leaves at once, elsewhere. Raises Refused."""
    refuse(rules.why_not_reply(letter, document, flow=flow, by=by, at=at))
    one = Reply(letter=letter, flow=flow, document=document, asked_at=at, sent_by=by)
    _insert(one)
    journal.record("act.answer_asked", one.act, by=by, at=at, letter=letter.pk, flow=flow, sha256=document.sha256)
    return one


def leave_due(*, act: str = "", by: User, at: datetime, is_awaited: Callable[[], bool] = lambda: False) -> int:
    """Hand over what is to leave, about one act or all, and take up what was cut; return how many left.

    `is_awaited` is asked between two: it stops when something else is due.
    """
    acts = Transmission.of_all().filter(road=Road.ELECTRONIC).to_leave(at).select_related("act")
    replies = Reply.of_all().to_leave(at).select_related("letter__transmission__act")
    if act:
        acts, replies = acts.filter(act=int(act)), replies.filter(letter__transmission__act=int(act))
    left = 0
    for one in [*acts.order_by("asked_at"), *replies.order_by("asked_at")]:
        left += leave(one, by=by, at=at)
        if is_awaited():
            break
    return left


def leave(one: Leaving, *, by: User, at: datetime) -> bool:
    """Hand one act, or one answer, over to its device, once; say whether it left now.

    Out of any transaction. One of a body at a time, and whatever the instant at which one dies: the device is asked
    first about what may have been handed over. What it refuses is kept with its words; silence is tried again.
    """
    with locks.held(lock_of(one)) as is_mine:
        sent = _marked_as_leaving(one) if is_mine else None
        if sent is None:
            return False
        try:
            reference = _handed_over(sent, at=at)
        except (TransmitterError, Refused) as error:
            is_lasting = not isinstance(error, TransmitterError) or error.is_lasting
            why = f"{NUMBER_USED} {USED_ELSEWHERE} " if isinstance(error, NumberTaken) else ""
            _came_back(sent, f"{why}{error.sentence}", is_lasting=is_lasting, by=by, at=at)
            return False
        with transaction.atomic():
            sent = held(sent)
            sent.status, sent.reference, sent.sent_at, sent.says = Status.SENT, reference, at, ""
            sent.save(update_fields=["status", "reference", "sent_at", "says"])
            if isinstance(sent, Reply):
                journal.record("act.answered", sent.act, by=by, at=at, letter=sent.letter_id, flow=sent.flow)
            else:
                journal.record("act.sent", sent.act, by=by, at=at, transmission=sent.pk, sha256=sent.archive_sha256)
        return True


def lock_of(one: Transmission | Reply) -> str:
    """Name the lock under which this leaves: that of its body, whose envelopes are ranked."""
    return f"transmission-{((one.act.beneficiary_id or 0) + (one.act.operator_id or 0)) % LOCKS}"


def _marked_as_leaving(one: Leaving) -> Leaving | None:
    with transaction.atomic(durable=True):
        sent = held(one)
        if sent.status not in (Status.ASKED, Status.LEAVING):
            return None
        sent.status, sent.tries = Status.LEAVING, sent.tries + 1
        sent.save(update_fields=["status", "tries"])
    return sent


def _handed_over(sent: Transmission | Reply, *, at: datetime) -> str:
    account = accounts.of(sent.act)
    refuse(rules.why_not_electronic(account, at=at))
    device = transmitter(account.transmitter)
    access = accounts.access(account)
    if sent.tries > 1 and (known := _found(sent, device, access)):
        log.info("%s %s: the device had it already", type(sent).__name__.lower(), sent.pk)
        return known
    if isinstance(sent, Reply):
        with _answering(sent) as answer:
            return device.reply(access, answer)
    with packed(sent, account, at=at) as parcel:
        sent.archive_name, sent.archive_sha256 = parcel.archive_name, parcel.archive_sha256
        sent.save(update_fields=["archive_name", "archive_sha256"])
        return device.send(access, parcel)


def _found(sent: Transmission | Reply, device: Transmitter, access: Access) -> str | None:
    """The reference of what may have been handed over, where the device knows it."""
    since = dates.day_of(sent.asked_at)
    if not isinstance(sent, Reply):
        return device.find(access, _number(sent), since=since)
    others = Reply.of_all().filter(letter__transmission=sent.sending).exclude(reference="")
    besides = set(others.values_list("reference", flat=True))
    return device.find(access, _number(sent.sending), since=since, kind=sent.flow[0], besides=besides)


def _number(sent: Transmission) -> str:
    return rules.number_sent(sent.identifier)


@contextmanager
def _answering(one: Reply) -> Iterator[Answer]:
    """The answer as it leaves, its file on the disk for as long as it is handed over."""
    identifier, letter = one.sending.identifier, one.letter
    kind = transmission.usual_kind(one.sending.nature)
    assert letter.letter_on is not None  # The rule refuses to answer one without its day.
    name = transmission.answer_name(kind, identifier, one.flow)
    message = transmission.answer(one.flow, identifier, letter.letter_on, name)
    with tempfile.TemporaryDirectory(prefix="transmission-") as folder:
        path = _copied(one.document, Path(folder) / "answer")
        yield Answer(one.flow, identifier, letter.reference, kind, path, message)


@transaction.atomic
def _came_back(sent: Transmission | Reply, says: str, *, is_lasting: bool, by: User, at: datetime) -> None:
    sent = held(sent)
    sent.says = says
    if is_lasting:
        note_refusal(sent, says, by=by, at=at)
    else:
        sent.status = Status.ASKED
        sent.next_try_at = at + min(FIRST_WAIT * 2 ** min(sent.tries - 1, 12), LONGEST_WAIT)
        sent.save(update_fields=["status", "says", "next_try_at"])


def note_refusal(sent: Transmission | Reply, says: str, *, by: User, at: datetime) -> None:
    """Write that the device or the prefecture refused this, in their words; it may be sent anew."""
    sent.status, sent.says = Status.REFUSED, says
    sent.save(update_fields=["status", "says"])
    if isinstance(sent, Reply):
        journal.record("act.answer_refused", sent.act, by=by, at=at, letter=sent.letter_id, flow=sent.flow)
    else:
        journal.record("act.sending_refused", sent.act, by=by, at=at, transmission=sent.pk)


@contextmanager
def packed(sent: Transmission, account: TransmissionAccount, *, at: datetime) -> Iterator[Parcel]:
    """Make the archive of this sending on the disk, from the files kept, for as long as it is handed over.

    Raises Refused. The rank of its envelope is that of the day, so that no two are named alike.
    """
    with tempfile.TemporaryDirectory(prefix="transmission-") as name:
        folder = Path(name)
        sending = _sending(sent, account, folder)
        if str(sending.identifier) != sent.identifier:
            raise Refused("L’acte ou les réglages ont changé depuis la demande\u00a0: envoyez-le de nouveau.")
        today = dates.day_of(at)
        start = f"{account.device}-EACT--{account.siren}--{today:%Y%m%d}-"
        others = (
            Transmission.of_all()
            .exclude(pk=sent.pk)
            .filter(
                act__beneficiary=account.beneficiary_id,
                act__operator=account.operator_id,
                archive_name__startswith=start,
            )
        )
        ranks = [
            int(one.removeprefix(start).partition(".")[0]) for one in others.values_list("archive_name", flat=True)
        ]
        path = folder / "archive"
        with path.open("wb") as file:
            archive_name = transmission.write_archive(
                file,
                sending,
                sender=sender_of(account),
                device=account.device,
                sent_on=today,
                series=max(ranks, default=0) + 1,
            )
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        kinds = {one: one.partition("-")[0] for one in sending.files}
        yield Parcel(sending, sender_of(account), path, archive_name, digest, kinds)


def sender_of(account: TransmissionAccount) -> Sender:
    """Who sends, as the envelope says it."""
    return Sender(
        account.siren,
        account.department,
        account.district,
        account.nature,
        account.email,
        account.referent,
        account.phone,
    )


def _check_files(sent: Transmission, account: TransmissionAccount) -> None:
    with tempfile.TemporaryDirectory(prefix="transmission-") as folder:
        refuse(transmission.why_too_heavy(sum(document.size for document, _ in _files(sent))))
        refuse(transmission.why_not_send(_sending(sent, account, Path(folder))))


def _files(sent: Transmission) -> list[tuple[Document, str]]:
    if sent.act.document is None:
        raise Refused("Il manque le texte de l’acte\u00a0: déposez-le d’abord, c’est lui que la préfecture lit.")
    enclosures = sent.enclosures.select_related("document")
    return [(sent.act.document, ""), *((one.document, one.kind) for one in enclosures)]


def _sending(sent: Transmission, account: TransmissionAccount, folder: Path) -> Sending:
    """The act and its annexes, each file copied from where it is kept, checked, by pieces."""
    files = _files(sent)
    paths = [_copied(document, folder / str(rank)) for rank, (document, _) in enumerate(files)]
    act = sent.act
    number = _number(sent) if numbering.is_again(_number(sent), act.number) else act.number
    return Sending(
        rules.identifier_of(act, account, nature=sent.nature, number=number),
        act.subject,
        act.matter,
        account.classification_on or act.adopted_on,
        paths[0],
        tuple(paths[1:]),
        sent.is_followed_by_paper,
        tuple(kind for _, kind in files[1:]),
    )


def _copied(document: Document, path: Path) -> Path:
    with documents.open_stream(document) as source, path.open("wb") as here:
        while piece := source.read(documents.PIECE):
            here.write(piece)
    return path


def name(act: Act, identifier: str) -> None:
    """Write the name that the prefecture knows an act by."""
    act.identifier = identifier
    act.save(update_fields=["identifier"])


def held(sent: Leaving) -> Leaving:
    """The same, read again as it is now and held until the transaction ends."""
    act = "letter__transmission__act" if isinstance(sent, Reply) else "act"
    related = [act, *(f"{act}__{one}" for one in ("beneficiary", "operator", "document"))]
    rows = type(sent).of_all().select_for_update(of=("self",)).select_related(*related)
    return rows.get(pk=sent.pk)  # type: ignore[return-value]


def _made(act: Act, **fields: object) -> Transmission:
    one = Transmission(act=act, **fields)
    _insert(one)
    return one


def _insert(one: Transmission | Reply) -> None:
    try:
        with transaction.atomic():
            one.save(force_insert=True)
    except IntegrityError as error:
        # Two people sent it in the same second: the second one is told, like whoever comes later.
        raise Refused(ON_ITS_WAY_ALREADY) from error
