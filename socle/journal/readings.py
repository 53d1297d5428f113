"""Who read what is personal: noted once the page is made, in one insert, and let go by a rule of retention."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DatabaseError, models

from socle.journal.models import Reading

log = logging.getLogger("socle.journal")

# The same person reads the same page again within these minutes: it counts once.
SAME_VIEW = timedelta(minutes=10)

# Those that show several bodies at once: each of those the operator follows is told of them.
OF_SEVERAL: dict[str, str] = {
    "journal": "Journal de plusieurs organismes",
    "journals_file": "Journal de plusieurs organismes, en fichier",
    "agreements_file": "Registre des conventions, en fichier",
    "installations_file": "Liste des installations, en fichier",
    "communes_file": "Liste des communes, en fichier",
    "bodies_file": "Liste des autres établissements, en fichier",
    "join_requests_file": "Liste des demandes d’adhésion, en fichier",
    "grant_expenses": "Dépenses d’une opération subventionnée",
    "grant_expenses_file": "Dépenses d’une opération subventionnée, en fichier",
    "late_acts_file": "Actes et séances en retard, en fichier",
    "mergers_file": "Liste des fusions et scissions, en fichier",
    "priorities_file": "Liste des priorités qui ont changé, en fichier",
    "batch": "Lot fait sur plusieurs organismes",
    "batch_file": "Rapport d’un lot, en fichier",
    "webhook": "Envois d’un webhook sur plusieurs organismes",
    "webhook_file": "Envois d’un webhook sur plusieurs organismes, en fichier",
    "api": "Lecture par un programme",
}
# What may be read, in French, as both doors say it. A test finds each kind of the code here.
KINDS: dict[str, str] = {
    "record": "Dossier de l’organisme",
    "people": "Personnes de l’organisme",
    "signatories": "Signataires des mairies, à vérifier",
    "person": "Fiche d’une personne",
    "agreement": "Convention",
    "agreement_text": "Texte de la convention",
    "agreement_file": "PDF de la convention",
    "signatures": "Preuve des signatures",
    "join_request": "Demande d’adhésion",
    "handover": "Archive de toutes les données, emportée",
    "installation": "Installation d’un service",
    "mail": "Messagerie de l’organisme : ses boîtes, jamais leur contenu",
    "merger": "Plan de fusion ou de scission",
    "webhook_delivery": "Envoi d’un webhook",
    "journal_file": "Journal de l’organisme, en fichier",
    "grant_expense": "Dépense d’une opération subventionnée",
    "grant_piece": "Pièce justificative d’une dépense",
    "grant_statement": "État des dépenses d’un partenaire",
    "grant_claim_file": "Fichier d’une demande de paiement",
    "helped": "Espace de la mairie, en assistance",
    **OF_SEVERAL,
}


@dataclass(frozen=True)
class Seen:
    """One thing that a page showed; without a `thing`, several at once."""

    kind: str
    thing: models.Model | None = None
    code: str = ""


def label_of(kind: str) -> str:
    """Return what was read, in French; a kind that an older release noted is shown as it is."""
    return KINDS.get(kind, kind)


def note(
    seen: Iterable[Seen],
    *,
    by: models.Model,
    operator: models.Model | None,
    door: str,
    token: str = "",
    at: datetime,
) -> None:
    """Keep that someone read these things, in the name of an operator: one insert, whatever their number."""
    slot = int(at.timestamp() // SAME_VIEW.total_seconds())
    rows = [
        Reading(
            kind=one.kind,
            object_type=one.thing._meta.label_lower if one.thing is not None else "",
            object_id=str(one.thing.pk) if one.thing is not None else "",
            code=one.code[:60],
            beneficiary_ref=_beneficiary_of(one.thing),
            by_ref=ref_of(by),
            operator_ref=ref_of(operator) if operator is not None else "",
            door=door,
            token=token,
            at=at,
            slot=slot,
        )
        for one in seen
        # A commune that nobody registered yet has nothing personal.
        if one.thing is None or one.thing.pk is not None
    ]
    if not rows:
        return
    try:
        Reading.objects.bulk_create(rows, ignore_conflicts=True)
    except DatabaseError:
        # Whoever mends a full disk at night has to read: what could not be kept is told to the technical log.
        log.exception("a reading was not kept")


def ref_of(thing: models.Model) -> str:
    """Return how a row of this table designates a person or an operator."""
    return f"{thing._meta.label_lower}:{thing.pk}"


def _beneficiary_of(thing: models.Model | None) -> str:
    if thing is None:
        return ""
    pk = thing.pk if thing._meta.label_lower == "people.beneficiary" else getattr(thing, "beneficiary_id", None)
    return "" if pk is None else str(pk)


def erase_readings(before: datetime, *, by: models.Model, at: datetime, is_dry: bool) -> int:
    """The rule of retention: those of before this instant."""
    old = Reading.objects.filter(at__lt=before)
    return old.count() if is_dry else old.delete()[0]
