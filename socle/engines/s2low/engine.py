"""The transmission device S²LOW (`socle.deliberations.contract.Transmitter`)."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from socle.deliberations.contract import (
    Access,
    Answer,
    Arrival,
    Declined,
    NumberTaken,
    Parcel,
    Progress,
    Stage,
    Unavailable,
)
from socle.deliberations.numbering import NATURES
from socle.deliberations.transmission import typed
from socle.engines.s2low.client import ACTES, LATIN, SENDING, Client, Part, split

# Its states, each as it names it. Once acknowledged, an act goes on to be archived, and stays received.
STATES = {
    -1: ("erreur", Stage.REFUSED),
    0: ("annulé", Stage.CANCELLED),
    1: ("posté", Stage.HELD),
    2: ("en attente de transmission", Stage.HELD),
    3: ("transmis", Stage.SENT),
    4: ("acquittement reçu", Stage.RECEIVED),
    5: ("validé", Stage.RECEIVED),
    6: ("refusé", Stage.REFUSED),
    7: ("document reçu", Stage.RECEIVED),
    8: ("acquittement envoyé", Stage.RECEIVED),
    9: ("document envoyé", Stage.SENT),
    10: ("refus d’envoi", Stage.SENT),
    11: ("acquittement de document reçu", Stage.RECEIVED),
    12: ("envoyé au SAE", Stage.RECEIVED),
    13: ("archivé par le SAE", Stage.RECEIVED),
    14: ("erreur lors de l’archivage", Stage.RECEIVED),
    15: ("reçu par le SAE", Stage.RECEIVED),
    16: ("détruite", Stage.RECEIVED),
    17: ("en attente d’être postée", Stage.HELD),
    18: ("en attente d’être signée", Stage.HELD),
    19: ("en attente de transmission au SAE", Stage.RECEIVED),
    20: ("erreur lors de l’envoi au SAE", Stage.RECEIVED),
    21: ("document reçu (pas d’AR)", Stage.RECEIVED),
    22: ("documents indisponibles pour le SAE", Stage.RECEIVED),
}
# The messages by which a prefecture says that it received something.
RECEIPT = re.compile(rb"<([A-Za-z_]\w*:)?AR(Acte|PieceComplementaire|ReponseRejetLettreObservations)[\s/>]")
HELD = tuple(state for state, (_, stage) in STATES.items() if stage == Stage.HELD)
# In which states what was handed over may be, those just put down first: a letter that came is in none.
LOOKED = (*HELD, 3, -1, 4, 5)
PAGE = 100
MOST_PAGES = 50
TYPES = {"pdf": "application/pdf", "png": "image/png", "jpg": "image/jpeg"}


class S2low:
    """One S²LOW per body, at the address that the body gave, with the body's own certificate.

    It makes its own message, envelope and archive from the fields of a form: ours are those that we check, and whose
    digest we keep.
    """

    is_simulated = False

    def check(self, access: Access) -> None:
        Client(access).text("/api/test-connexion.php")

    def find(
        self, access: Access, number: str, *, since: date, kind: str = "1", besides: Collection[str] = ()
    ) -> str | None:
        client = Client(access)
        for status in LOOKED:
            for page in range(MOST_PAGES):
                told = client.json(
                    f"{ACTES}api/list_actes.php",
                    status_id=str(status),
                    offset=str(page * PAGE),
                    limit=str(PAGE),
                    min_date=since.isoformat(),
                )
                listed = _list(told.get("transactions") if isinstance(told, dict) else None)
                for one in listed:
                    is_it = (str(one.get("number")), str(one.get("type"))) == (number, kind)
                    if is_it and str(one.get("id")) not in besides:
                        return _reference(str(one.get("id")))
                if len(listed) < PAGE:
                    break
        return None

    def send(self, access: Access, parcel: Parcel) -> str:
        sending = parcel.sending
        _, _, _, number, nature = str(sending.identifier).split("-")
        files = list(sending.files.items())
        levels = [*sending.matter.split("."), "", "", "", ""][:5]
        parts = [
            Part("api", "1"),
            Part("nature_code", str(NATURES.index(nature) + 1)),
            Part("number", number),
            Part("subject", typed(sending.subject)),
            Part("decision_date", sending.identifier.adopted_on.isoformat()),
            Part("en_attente", "0"),
            Part("document_papier", "1" if sending.is_followed_by_paper else "0"),
            Part("type_acte", parcel.kinds[files[0][0]]),
            *(Part(f"classif{rank}", level) for rank, level in enumerate(levels, 1) if level),
            *(Part("type_pj[]", parcel.kinds[name]) for name, _ in files[1:]),
            _file("acte_pdf_file", *files[0]),
            *(_file("acte_attachments[]", name, content) for name, content in files[1:]),
        ]
        try:
            said = Client(access).post(f"{ACTES}actes_transac_create.php", parts, timeout=SENDING)
        except Declined as error:
            raise NumberTaken(error.sentence) if "même numéro" in error.sentence else error from error
        return _reference(said[0])

    def reply(self, access: Access, answer: Answer) -> str:
        parts = [
            Part("api", "1"),
            Part("id", answer.letter),
            # Of what is refused or rejected, 3; of what is given, 4; its own form says 1 for a mere letter.
            Part("type_envoie", "1" if answer.flow == "2-2" else answer.flow[2]),
            Part("type_acte", answer.kind),
            _file("acte_pdf_file", answer.name, answer.document),
        ]
        said = Client(access).post(f"{ACTES}actes_transac_reponse_create.php?api=1", parts, timeout=SENDING)
        return _reference(said[0].rpartition(":")[2])

    def status(self, access: Access, reference: str) -> Progress:
        client = Client(access)
        first, *rest = client.text(f"{ACTES}actes_transac_get_status.php", transaction=reference)
        try:
            state = int(first)
        except ValueError as error:
            raise Unavailable("Le dispositif de transmission a répondu autre chose qu’un état.") from error
        message, says = split("\n".join(rest).encode(LATIN))
        # One that it learnt since is waited for, like those that it has not sent yet.
        _, stage = STATES.get(state, ("", Stage.HELD))
        if stage == Stage.RECEIVED and not message:
            # The receipt came with an earlier state, which nobody asked about in time.
            message = self._receipt(client, reference)
        return Progress(stage, message, says[:1000])

    def _receipt(self, client: Client, reference: str) -> bytes:
        """The receipt of the prefecture, whatever became of the act since; empty while there is none."""
        try:
            message, _ = split(client.file(f"{ACTES}actes_transac_get_ARActe.php", id=reference))
        except Declined:
            return b""
        # A refusal leads to one of its pages.
        return message if RECEIPT.search(message[:2000]) else b""

    def cancel(self, access: Access, reference: str) -> None:
        Client(access).post(f"{ACTES}actes_transac_cancel.php", [Part("api", "1"), Part("id", reference)])

    def stamped_copy(self, access: Access, reference: str) -> bytes | None:
        try:
            content = Client(access).file(f"{ACTES}actes_transac_get_tampon.php", transaction=reference)
        except Declined:
            return None
        return content if content.startswith(b"%PDF-") else None

    def incoming(self, access: Access) -> Sequence[Arrival]:
        client = Client(access)
        arrivals = []
        for one in _list(client.json(f"{ACTES}api/list_document_prefecture.php")):
            reference = _reference(str(one.get("id")))
            arrivals.append(Arrival(reference, client.file(f"{ACTES}actes_transac_get_document.php", id=reference)))
        return arrivals

    def take(self, access: Access, reference: str) -> None:
        Client(access).json(f"{ACTES}api/document_prefecture_mark_as_read.php", transaction_id=reference)

    def classification(self, access: Access) -> bytes:
        return Client(access).file(f"{ACTES}actes_classification_fetch.php", api="1")


def _file(field: str, name: str, content: Any) -> Part:
    if not isinstance(content, Path):
        raise TypeError("a file to send is on the disk")
    return Part(field, content, re.sub(r"[^A-Za-z0-9._ ]", "_", name), TYPES[name.rpartition(".")[2]])


def _reference(text: str) -> str:
    """An identifier of its own, or `Unavailable`: nothing else goes back to it."""
    if not re.fullmatch(r"[0-9]{1,18}", text.strip()):
        raise Unavailable("Le dispositif de transmission n’a pas donné sa référence\u00a0: elle lui sera redemandée.")
    return text.strip()


def _list(told: Any) -> list[dict[str, Any]]:
    return [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []
