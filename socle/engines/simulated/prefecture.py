"""The twin of a transmission device and of the prefecture behind it: nothing is sent, and everything is answered.

How it answers is decided by the subject of the act (`letters.answer`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from django.db import transaction
from django.utils import timezone
from lxml import etree  # type: ignore[import-untyped]

from socle.deliberations import elements, transmission
from socle.deliberations.contract import Access, Answer, Arrival, Declined, NumberTaken, Parcel, Progress, Stage
from socle.engines.simulated import letters
from socle.engines.simulated.models import LedgerLine, SimulatedDeposit
from socle.lib import dates


class SimulatedTransmitter:
    """Keeps in the database what it was handed, refuses a number twice, and answers as a prefecture would."""

    is_simulated = True

    def check(self, access: Access) -> None:
        SimulatedDeposit.objects.filter(siren=access.siren).exists()

    def find(
        self, access: Access, number: str, *, since: date, kind: str = "1", besides: Collection[str] = ()
    ) -> str | None:
        held = SimulatedDeposit.objects.filter(siren=access.siren, number=number).exclude(pk__in=besides)
        found = (held.filter(answers="") if kind == "1" else held.filter(answers__startswith=kind)).first()
        return str(found.pk) if found else None

    @transaction.atomic  # Killed in between, it would hold an act that its ledger does not tell.
    def send(self, access: Access, parcel: Parcel) -> str:
        sending = parcel.sending
        number = str(sending.identifier).split("-")[3]
        if self.find(access, number, since=sending.identifier.adopted_on):
            raise NumberTaken(letters.NUMBER_TAKEN)
        made = SimulatedDeposit.objects.create(
            siren=access.siren,
            number=number,
            identifier=str(sending.identifier),
            subject=sending.subject,
            message=transmission.message(sending).decode(elements.ENCODING),
        )
        LedgerLine.objects.create(key=f"acte:{made.identifier}")
        return str(made.pk)

    @transaction.atomic
    def reply(self, access: Access, answer: Answer) -> str:
        about = self._held(access, answer.letter)
        if reason := letters.why_not_answer(answer, identifier=about.identifier):
            raise Declined(reason)
        made = SimulatedDeposit.objects.create(
            siren=access.siren,
            number=about.number,
            identifier=about.identifier,
            subject=about.subject,
            message=answer.message.decode(elements.ENCODING),
            answers=answer.flow,
        )
        LedgerLine.objects.create(key=f"réponse {answer.flow}:{made.identifier}")
        return str(made.pk)

    def status(self, access: Access, reference: str) -> Progress:
        held = self._held(access, reference)
        held.looks += 1
        held.save(update_fields=["looks"])
        on = dates.day_of(timezone.now())
        if held.answers:
            if held.looks < 2:
                return Progress(Stage.SENT)
            return Progress(
                Stage.RECEIVED, letters.answer_receipt(held.answers, held.identifier, received_on=on)
            )  # fmt: skip
        if held.is_cancelled:
            return Progress(Stage.CANCELLED, letters.cancellation_receipt(held.identifier, on=on))
        return letters.answer(_message(held), held.identifier, subject=held.subject, looks=held.looks, on=on)

    def cancel(self, access: Access, reference: str) -> None:
        held = self._held(access, reference)
        held.is_cancelled = True
        held.save(update_fields=["is_cancelled"])
        _wrote(letters.cancellation(held.identifier))

    def stamped_copy(self, access: Access, reference: str) -> bytes | None:
        return letters.page() if self._held(access, reference).looks >= 2 else None

    def incoming(self, access: Access) -> Sequence[Arrival]:
        waiting = SimulatedDeposit.objects.filter(
            siren=access.siren, looks__gte=2, is_letter_taken=False, answers=""
        )  # fmt: skip
        arrivals = []
        for held in waiting:
            if called := letters.letter_for(held.subject):
                arrivals.append(Arrival(str(held.pk), letters.letter_archive(held.identifier, held.siren, *called)))
        return arrivals

    def take(self, access: Access, reference: str) -> None:
        held = self._held(access, reference)
        held.is_letter_taken = True
        held.save(update_fields=["is_letter_taken"])
        if (called := letters.letter_for(held.subject)) and called[0] in letters.READ:
            _wrote(letters.read_receipt(called[0], held.identifier, letters.day_of_letter(held.identifier)))

    def classification(self, access: Access) -> bytes:
        _wrote(letters.classification_request(letters.CLASSIFICATION_ON))
        return letters.classification()

    def _held(self, access: Access, reference: str) -> SimulatedDeposit:
        found = SimulatedDeposit.objects.filter(siren=access.siren, pk=reference).first()
        if found is None:
            raise Declined("Le dispositif simulé ne connaît pas cet acte\u00a0: envoyez-le de nouveau.")
        return found


def _wrote(message: bytes) -> None:
    """Tell the ledger that the device wrote this by itself to the prefecture."""
    root = etree.fromstring(message)
    LedgerLine.objects.create(key=" ".join([etree.QName(root).localname, *map(str, root.attrib.values())]))


def _message(held: SimulatedDeposit) -> bytes:
    return held.message.encode(elements.ENCODING)
