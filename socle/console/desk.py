"""The lists of the console itself: those that may be filtered under a name, and those whose rows may be chosen."""

from __future__ import annotations

from typing import Any

from socle.batches.actions import Chosen
from socle.batches.contract import Subject
from socle.console.views import late_acts
from socle.provisioning.desk import Desk
from socle.provisioning.desk.access import here
from socle.provisioning.desk.selections import Selectable


def _body(row: Any) -> Chosen:
    return Chosen(str(row.pk), row.name, row.insee_code)


LATE_ACTS = Selectable("actes-en-retard", here("late_acts"), Subject.BENEFICIARY, late_acts.filtered_rows, _body)

VIEWS = "socle.console.views"
DESK = Desk(
    lists=(
        f"{VIEWS}.communes.COMMUNES",
        f"{VIEWS}.agreements.AGREEMENTS",
        f"{VIEWS}.deadlines.DEADLINES",
        f"{VIEWS}.late_acts.LateFilters",
        f"{VIEWS}.installations.INSTALLATIONS",
        f"{VIEWS}.sites.SITES",
        f"{VIEWS}.names.NAMES",
        f"{VIEWS}.backups.BACKUPS",
        f"{VIEWS}.journal.JournalFilters",
        f"{VIEWS}.audit.READINGS",
    ),
    selectable=("socle.console.desk.LATE_ACTS",),
    readings={
        "record": "Dossier de l’organisme",
        "people": "Personnes de l’organisme",
        "signatories": "Signataires des mairies, à vérifier",
        "person": "Fiche d’une personne",
        "agreement": "Convention",
        "agreement_text": "Texte de la convention",
        "agreement_file": "PDF de la convention",
        "signatures": "Preuve des signatures",
        "handover": "Archive de toutes les données, emportée",
        "installation": "Installation d’un service",
        "mail": "Messagerie de l’organisme\u00a0: ses boîtes, jamais leur contenu",
        "journal_file": "Journal de l’organisme, en fichier",
        "helped": "Espace de la mairie, en assistance",
    },
    of_several={
        "journal": "Journal de plusieurs organismes",
        "journals_file": "Journal de plusieurs organismes, en fichier",
        "agreements_file": "Registre des conventions, en fichier",
        "installations_file": "Liste des installations, en fichier",
        "communes_file": "Liste des communes, en fichier",
        "bodies_file": "Liste des autres établissements, en fichier",
        "late_acts_file": "Actes et séances en retard, en fichier",
        "priorities_file": "Liste des priorités qui ont changé, en fichier",
        "batch": "Lot fait sur plusieurs organismes",
        "batch_file": "Rapport d’un lot, en fichier",
    },
)
