"""The head of the chain: how many lines it had at an instant, and the seal of the last, signed by the platform.

A chain alone does not see its tail cut: what is left of it still holds. Its head, kept where whoever holds the database
does not write, does. It is in the data folder, in each backup, and wherever `socle journal head` is printed to.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings
from django.db import models
from django.utils import timezone

from socle.journal import actions
from socle.journal.actions import ChainReport
from socle.journal.models import Entry
from socle.lib import dates
from socle.lib.refusals import Refused, refuse

log = logging.getLogger("socle.journal")

FILE = "journal-head.json"
FORMAT = 1
# Without new lines, the head is signed again so often: its instant says until when nothing may be added in the past.
RENEWED = timedelta(minutes=1)
RESTORED = (
    "Si la base vient d’être rétablie autrement que par «\u00a0socle restore\u00a0», ou si une ligne fut écrite à une "
    "horloge fausse, «\u00a0socle journal accept\u00a0» montre l’écart, et «\u00a0socle journal accept --yes\u00a0» "
    "l’accepte en laissant une ligne au journal."
)


@dataclass(frozen=True)
class Head:
    """How many lines were sealed at this instant, and the seal of the last one; `key` is the public half, in hex."""

    count: int
    seal: str
    at: datetime
    key: str = ""
    signature: str = ""

    @property
    def said(self) -> bytes:
        """Return the bytes that are signed (Ed25519, RFC 8032)."""
        return f"socle journal head {FORMAT}\n{self.count}\n{self.seal}\n{self.at.isoformat()}\n".encode()

    def as_json(self) -> str:
        return json.dumps({"format": FORMAT, **asdict(self), "at": self.at.isoformat()}, indent=1)

    @property
    def name(self) -> str:
        """« le relevé du 25 novembre 2026 à 10 h 00 »."""
        return f"le relevé du {dates.at_in_words(self.at)}"


def public_key_of(secret: str) -> str:
    """The public half of the key that signs heads where this is the platform's secret key."""
    return _private(secret).public_key().public_bytes_raw().hex()


def _private(secret: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"socle.journal.heads" + secret.encode()).digest())


def _our_keys() -> set[str]:
    return {public_key_of(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)}


# --- Saying it, and reading it again ----------------------------------------------------------------------------------
def current(*, at: datetime) -> Head:
    """The head of the chain as the database has it now, signed."""
    last = Entry.objects.filter(position__isnull=False).order_by("-position").values_list("position", "seal").first()
    count, seal = last or (0, actions.GENESIS)
    head = Head(count or 0, seal, at)
    private = _private(settings.SECRET_KEY)
    return replace(head, key=private.public_key().public_bytes_raw().hex(), signature=private.sign(head.said).hex())


def read(content: bytes, *, keys: Collection[str] = ()) -> Head:
    """Read a head; raise `Refused` when it is not one, or not signed by one of these keys (by default, ours)."""
    try:
        said = json.loads(content)
        if said.pop("format") != FORMAT:
            raise ValueError
        head = Head(**{**said, "at": datetime.fromisoformat(said["at"])})
        if not isinstance(head.count, int) or head.count < 0 or head.at.tzinfo is None:
            raise ValueError
        signature, key = bytes.fromhex(head.signature), Ed25519PublicKey.from_public_bytes(bytes.fromhex(head.key))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Refused("Ce n’est pas un relevé du journal, tel que «\u00a0socle journal head\u00a0» l’écrit.") from error
    try:
        key.verify(signature, head.said)
    except InvalidSignature as error:
        raise Refused("Ce relevé du journal a été modifié\u00a0: sa signature ne lui correspond plus.") from error
    if head.key not in (keys or _our_keys()):
        raise Refused(
            "Ce relevé du journal n’est pas signé par la clé de cette plateforme. S’il le fut par une clé d’autrefois, "
            "donnez-la\u00a0: dans SOCLE_SECRET_KEY_FALLBACKS, ou sa moitié publique par «\u00a0--key\u00a0»."
        )
    return head


def why_not_follow(head: Head) -> str | None:
    """Say in French why the chain of the database does not continue this head, or None. One line is read."""
    if head.count == 0:
        return None
    seals = Entry.objects.filter(position=head.count).values_list("seal", flat=True)
    return None if seals.first() == head.seal else f"La chaîne du journal n’est plus celle que connaît {head.name}."


# --- In the data folder -----------------------------------------------------------------------------------------------
def _path() -> Path:
    return Path(settings.DATA_DIR) / FILE


def kept(*, keys: Collection[str] = ()) -> Head | None:
    """The head kept in the data folder, None before the first; raise `Refused` when it cannot be relied on."""
    try:
        return read(_path().read_bytes(), keys=keys)
    except FileNotFoundError:
        return None


def count_in(path: Path) -> int:
    """How many lines a head says there were, whoever signed it; 0 when nothing can be read."""
    try:
        return int(json.loads(path.read_bytes())["count"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0


def to_save(*, at: datetime) -> str:
    """Return the head of the chain for a backup: the current one, or the kept one when the chain lost it.

    So that what is restored raises the alarm again, instead of being coherent with what was touched.
    """
    try:
        ours = kept()
        is_followed = ours is None or why_not_follow(ours) is None
    except Refused:
        is_followed = False
    return current(at=at).as_json() if is_followed else _path().read_text(encoding="utf-8", errors="replace")


def keep(*, at: datetime) -> None:
    """Renew the head of the data folder; raise `Refused`, and leave it as it is, when the chain does not follow it."""
    former, head = kept(), current(at=at)
    if former is not None:
        refuse(why_not_follow(former))
        if (former.count, former.key) == (head.count, head.key) and abs(at - former.at) < RENEWED:
            return
    _write(head)


def _write(head: Head) -> None:
    path = _path()
    draft = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    with draft.open("w", encoding="utf-8") as file:
        file.write(head.as_json() + "\n")
        # As the rest of the data folder, for its owner alone; who keeps the machine may have accepted the chain.
        os.fchmod(file.fileno(), 0o600)
        if os.geteuid() == 0:
            owner = path.parent.stat()
            os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def why_not_go_on(*, at: datetime) -> str | None:
    """Say in French what a quick look finds wrong, or None when the chain follows its head and no late line waits.

    The lines themselves are not read again: `examine` does.
    """
    try:
        ours = kept()
    except Refused as refusal:
        return refusal.sentence
    if ours is not None and (sentence := why_not_follow(ours)):
        return sentence
    late = actions.late_lines(*([ours] if ours else []), at=at)
    return actions.added_afterwards(late) if late else None


# --- Sealing, and looking ---------------------------------------------------------------------------------------------
_last_trouble = ""


def seal_and_keep() -> int:
    """The tick: seal what waits, but for what is dated before the last seal, and renew the head; return how many."""
    global _last_trouble
    at, trouble, ours = timezone.now(), "", None
    try:
        ours = kept()
    except Refused as refusal:
        trouble = refusal.sentence
    count = actions.seal(not_before=actions.too_old(*([ours] if ours else []), at=at))
    try:
        keep(at=at)
    except Refused as refusal:
        trouble = refusal.sentence
    if trouble and trouble != _last_trouble:
        # Once, and not at each tick; the doctor goes on saying it.
        log.error("the journal's chain does not follow its head: see socle journal verify")
    _last_trouble = trouble
    return count


def examine(*others: Head, at: datetime, keys: Collection[str] = ()) -> ChainReport:
    """Verify the chain, against the head of the data folder and these others."""
    try:
        ours = kept(keys=keys)
    except Refused as refusal:
        report = actions.verify(*others, at=at)
        return replace(report, reason=f"{_path()}\u00a0: {refusal.sentence}") if report.is_intact else report
    return actions.verify(*([ours] if ours else []), *others, at=at)


def accept(*, by: models.Model, at: datetime) -> ChainReport:
    """Take the chain as it is: late lines are sealed, the head follows, and a line of the journal says so.

    For what has an explanation: a database restored by hand, a clock that was wrong. Raises `Refused` when the chain
    itself is broken: nothing makes that good.
    """
    report = actions.verify(at=at)
    if report.broken_at is not None:
        raise Refused(f"La chaîne elle-même est rompue. {report.sentence}")
    while actions.seal():
        pass
    actions.record("journal.accepted", by, by=by, at=at, late=report.late, former_count=count_in(_path()))
    actions.seal()
    _write(current(at=at))
    return examine(at=at)
