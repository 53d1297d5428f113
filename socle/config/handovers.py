"""Parts of the archive of a beneficiary that leaves with all its data: one line a room, in the archive's order.

A room that keeps something a mairie wrote adds its line here, and `handover.py` with a function
`write(beneficiary, shelf)`: everything, in formats that any program reads, nothing of another beneficiary.
"""

from __future__ import annotations

from socle.provisioning.handover.contract import Part

PARTS: tuple[Part, ...] = (
    Part(
        "dossier",
        "Le dossier partagé",
        "Les fichiers tels qu’ils sont, leurs anciennes versions et la corbeille à part.",
        "socle.files.handover.write",
    ),
    Part(
        "site-internet",
        "Site internet",
        "Le site tel qu’il est publié (à ouvrir dans un navigateur), son contenu, ses images et ses documents.",
        "socle.sites.handover.write",
    ),
    Part(
        "messages-habitants",
        "Messages des habitants",
        "Ce que les habitants ont écrit depuis le site, les réponses de la mairie et les pièces jointes.",
        "socle.inbox.handover.write",
    ),
    Part(
        "eliminations",
        "Éliminations d’archives",
        "Chaque bordereau d’élimination tel qu’il fut imprimé, son visa, et ce qui a été éliminé.",
        "socle.eliminations.handover.write",
    ),
    Part(
        "deliberations",
        "Délibérations et actes",
        "Le texte de chaque acte enregistré, tel qu’il est conservé, et leur liste\u00a0: en entier (actes.csv), et au "
        "format national des données ouvertes (deliberations.csv, schéma SCDL «\u00a0délibérations\u00a0»). "
        "Leur chemin jusqu’à la préfecture (transmissions.csv), ses messages et les exemplaires tamponnés.",
        "socle.deliberations.handover.write",
    ),
    Part(
        "seances",
        "Séances de l’assemblée",
        "Ses membres, chaque séance et sa convocation, chaque point avec son vote et ce qui l’explique.",
        "socle.assemblies.handover.write",
    ),
    Part(
        "conventions",
        "Conventions",
        "Chaque convention signée, avec ses parties, ses services, ses dates et les documents conservés.",
        "socle.agreements.handover.write",
    ),
    Part(
        "contributions",
        "Contributions",
        "Ce que la collectivité a été appelée à payer, avec son calcul, le titre et ce qui est encaissé (un tableau)"
        "\u00a0; ce qu’elle exige pour payer.",
        "socle.revenue.handover.write",
    ),
    Part(
        "agendas",
        "Agendas, contacts et réservations",
        "Chaque agenda au format iCalendar (.ics), chaque carnet au format vCard (.vcf)\u00a0: tout logiciel d’agenda "
        "les lit. Les réservations des salles sont aussi en tableau.",
        "socle.agenda.handover.write",
    ),
    Part(
        "sauvegardes",
        "Sauvegardes des machines",
        "Les machines de la mairie, ce qu’elles ont sauvegardé et quand, les attestations de restauration.",
        "socle.backups.handover.write",
    ),
    Part(
        "messages",
        "Messages",
        "Chaque dossier de chaque boîte est un fichier mbox, que les logiciels de messagerie ouvrent (Thunderbird).",
        "socle.engines.postfix_dovecot.handover.write",
    ),
)
