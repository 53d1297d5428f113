"""The lists of the console itself: those that may be filtered under a name, and those whose rows may be chosen."""

from __future__ import annotations

from socle.provisioning.desk import Desk

VIEWS = "socle.console.views"
DESK = Desk(
    lists=(
        f"{VIEWS}.communes.COMMUNES",
        f"{VIEWS}.agreements.AGREEMENTS",
        f"{VIEWS}.deadlines.DEADLINES",
        f"{VIEWS}.late_acts.LATE_ACTS",
        f"{VIEWS}.installations.INSTALLATIONS",
        f"{VIEWS}.sites.SITES",
        f"{VIEWS}.names.NAMES",
        f"{VIEWS}.backups.BACKUPS",
        f"{VIEWS}.journal.JournalFilters",
        f"{VIEWS}.audit.READINGS",
    ),
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
