"""Acts signed with a certificate of one's own (RGS, qualified) and handed back: which act it is, and what is kept.

The signed file takes the place of the text, whose bytes it holds whole: what is put online and sent is the act signed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from pathlib import Path

from django.db import transaction

from socle.deliberations.models import Act, Status, Transmission
from socle.deliberations.rules import why_not_may_record
from socle.documents import actions as documents
from socle.journal import actions as journal
from socle.lib import dates
from socle.lib.refusals import Refused, refuse
from socle.people.models import User
from socle.signing.contract import trust

# Beyond these, the latest of the body, the text that was signed is not looked for.
MOST_LOOKED_AT = 2000


def why_not_hand_back(act: Act, *, by: User, on: date) -> str | None:
    """Say in French why the text of this act cannot be replaced by the same one signed, or None."""
    owner = act.beneficiary or act.operator
    if owner is not None and (reason := why_not_may_record(by, owner, on=on)):
        return reason
    if act.document_id is None:
        return "Cet acte n’a pas encore de texte à signer."
    if act.put_online_asked_at is not None or act.put_online_at is not None:
        return "Cet acte est en ligne, et ce que le public lit ne change plus\u00a0: signez avant de mettre en ligne."
    gone = Transmission.objects.filter(act=act).exclude(status__in=(Status.REFUSED, Status.CANCELLED))
    if act.received_on is not None or gone.exists():
        return "Cet acte est parti en préfecture\u00a0: signez avant de l’envoyer."
    return None


def act_of(content: bytes, acts: Iterable[Act]) -> Act:
    """Return the act, of these, whose text these bytes begin with. Raises Refused, naming another one it is."""
    acts = list(acts)
    digests: dict[int, str] = {}

    def begins_with(act: Act) -> bool:
        text = act.document
        if text is None or text.size > len(content):
            return False
        if text.size not in digests:
            digests[text.size] = hashlib.sha256(content[: text.size]).hexdigest()
        return digests[text.size] == text.sha256

    if found := next(filter(begins_with, acts), None):
        return found
    if acts and (owner := acts[0].beneficiary or acts[0].operator) is not None:
        others = Act.of(owner).filter(document__isnull=False).exclude(pk__in=[one.pk for one in acts])
        others = others.select_related("document").only("kind", "number", "document__size", "document__sha256")
        if other := next(filter(begins_with, others[:MOST_LOOKED_AT]), None):
            raise Refused(f"Ce PDF est celui d’un autre acte ({other.name})\u00a0: choisissez le bon fichier.")
    raise Refused(
        "Ce PDF n’est aucun de ces actes\u00a0: téléchargez l’acte ici, signez ce fichier sans le modifier, déposez-le."
    )


def hand_back(act: Act, content: bytes, *, names: Sequence[str], by: User, at: datetime) -> Act:
    """Keep the act signed by one of these persons in place of its text. Raises Refused, and then nothing is kept.

    Authorities are asked, outside of any transaction.
    """
    from socle.signing import deposits

    refuse(why_not_hand_back(act, by=by, on=dates.day_of(at)))
    assert act.document is not None  # why_not_hand_back has refused an act without a text.
    text = act.document
    signed, certificate, _ = deposits.take(
        content,
        current=documents.read(text),
        former=[],
        field_name=None,
        names=names,
        trust=trust(),
        # The text may have been signed before it was recorded here: it came to be the day of the act, or before.
        since=min(datetime.combine(act.adopted_on, time.min, dates.PARIS), text.kept_at),
        at=at,
    )
    with transaction.atomic():
        act = Act._base_manager.select_for_update(of=("self",)).get(pk=act.pk)
        refuse(why_not_hand_back(act, by=by, on=dates.day_of(at)))
        if act.document_id != text.pk:
            raise Refused("Une autre signature est arrivée entre-temps\u00a0: téléchargez l’acte de nouveau.")
        act.document = documents.keep(
            signed, title=text.title, filename=Path(str(text.file.name)).name, beneficiary=act.beneficiary, by=by, at=at
        )
        who = str(certificate.subject.native.get("common_name", ""))[:100]
        act.signatories = ", ".join(filter(None, (act.signatories, who)))[:300]
        act.save(update_fields=["document", "signatories"])
        digest = hashlib.sha256(certificate.dump()).hexdigest()
        journal.record(
            "act.signed", act, by=by, at=at, text=text.sha256, sha256=act.document.sha256, certificate=digest
        )
    return act
