"""What personal data is kept for how long: one table, read from top to bottom, shown on a page of the console.

A length is a choice of the operator, written in its register of processing with its data protection officer (RGPD,
articles 5 and 30): those of here are proposals, and SOCLE_RETENTION_DAYS changes them. A new room that keeps personal
data adds its line here, and what lets it go: a test asks for it.
"""

from __future__ import annotations

from datetime import datetime

from django.contrib.sessions.models import Session
from django.db import models
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from socle.retention.table import Fate, Rule

CHOICE = "Durée proposée, à fixer dans le registre des traitements (RGPD, art. 5, 1, e et art. 30)."

RULES: tuple[Rule, ...] = (
    Rule(
        "comptes",
        "Comptes des personnes qui n’exercent plus aucune fonction",
        "élus, agents des mairies et des opérateurs",
        "après la fin de la dernière fonction ou la dernière connexion",
        3 * 365,
        CHOICE,
        Fate.PSEUDONYMISED,
        "socle.people.forgetting.forget_former_people",
    ),
    Rule(
        "comptes-jamais-ouverts",
        "Comptes sans fonction, jamais ouverts",
        "personnes invitées qui ne sont pas venues",
        "après la création du compte",
        365,
        CHOICE,
        Fate.PSEUDONYMISED,
        "socle.people.forgetting.forget_people_who_never_came",
    ),
    Rule(
        "invitations",
        "Invitations acceptées, retirées ou expirées",
        "personnes invitées à une fonction",
        "après leur réponse ou leur expiration",
        365,
        CHOICE,
        Fate.ERASED,
        "socle.people.forgetting.erase_invitations",
    ),
    Rule(
        "demandes-non-confirmees",
        "Demandes d’adhésion que personne n’a confirmées",
        "personnes qui demandent au nom d’une mairie",
        "après la demande",
        7,
        CHOICE,
        Fate.ERASED,
        "socle.joining.forgetting.drop_unconfirmed",
    ),
    Rule(
        "demandes-silencieuses",
        "Demandes d’adhésion ouvertes et sans nouvelles : nom, adresse et message de qui les a faites",
        "personnes qui demandent au nom d’une mairie",
        "après le dernier geste, si personne ne répond à la relance qui précède (SOCLE_JOINING_REMINDER_DAYS)",
        365,
        CHOICE,
        Fate.PSEUDONYMISED,
        "socle.joining.forgetting.let_silent_go",
    ),
    Rule(
        "demandes-adhesion",
        "Demandes d’adhésion closes : nom, adresse et message de qui les a faites",
        "personnes qui demandent au nom d’une mairie",
        "après le refus, le retrait ou le projet de convention",
        365,
        CHOICE,
        Fate.PSEUDONYMISED,
        "socle.joining.forgetting.erase_people",
    ),
    Rule(
        "filtres-supprimes",
        "Filtres de listes que leur auteur ou leur autrice a supprimés",
        "agents des opérateurs",
        "après leur suppression",
        1,
        CHOICE,
        Fate.ERASED,
        "socle.people.filters.erase_removed",
    ),
    Rule(
        "abonnes-alertes-non-confirmes",
        "Adresses laissées pour recevoir les alertes d’un site, jamais confirmées",
        "habitants qui demandent les alertes de leur commune",
        "après leur dépôt",
        7,
        CHOICE,
        Fate.ERASED,
        "socle.websites.subscriptions.forgetting.erase_unconfirmed",
    ),
    Rule(
        "abonnes-alertes",
        "Adresses confirmées, abonnées aux alertes d’un site",
        "habitants qui reçoivent les alertes de leur commune",
        "",
        None,
        "Consentement (RGPD, art. 6, 1, a)\u00a0: gardées tant que la personne le veut\u00a0; chaque message porte "
        "le lien qui les efface aussitôt.",
        Fate.KEPT,
    ),
    Rule(
        "messages-habitants",
        "Messages écrits sur les sites des communes, répondus ou classés, et leurs pièces",
        "habitants qui écrivent à leur mairie",
        "après la dernière réponse ou le classement",
        365,
        CHOICE,
        Fate.ERASED,
        "socle.websites.messages.forgetting.erase_treated",
    ),
    Rule(
        "messages-sans-suite",
        "Messages écrits sur les sites des communes, que personne n’a traités",
        "habitants qui écrivent à leur mairie",
        "après leur réception ou leur reprise",
        3 * 365,
        CHOICE,
        Fate.ERASED,
        "socle.websites.messages.forgetting.erase_forgotten",
    ),
    Rule(
        "messages-indesirables",
        "Messages écrits sur les sites des communes, dits indésirables",
        "personnes qui écrivent à une mairie",
        "après qu’ils ont été dits indésirables",
        30,
        CHOICE,
        Fate.ERASED,
        "socle.websites.messages.forgetting.erase_spam",
    ),
    Rule(
        "sessions",
        "Sessions de connexion",
        "toute personne qui s’est connectée",
        "après leur fin",
        1,
        CHOICE,
        Fate.ERASED,
        "socle.config.retention.end_sessions",
    ),
    Rule(
        "appareils-arretes",
        "Mots de passe d’appareils arrêtés : nom de l’appareil, dernière utilisation",
        "toute personne qui a relié un téléphone ou un ordinateur",
        "après leur arrêt",
        365,
        CHOICE,
        Fate.ERASED,
        "socle.people.devices.retention.erase_ended",
    ),
    Rule(
        "archives-a-emporter",
        "Archives de toutes les données d’une collectivité, prêtes à être emportées",
        "toute personne nommée dans ce que la collectivité a confié",
        "après le jour où elles sont prêtes",
        30,
        "Le temps de les emporter\u00a0: c’est une copie, ce dont elle est faite suit ses propres règles. " + CHOICE,
        Fate.ERASED,
        "socle.provisioning.handover.actions.erase_old",
    ),
    Rule(
        "taches",
        "Traces des tâches de fond",
        "destinataires des courriels de service, par leur identifiant",
        "après leur fin",
        30,
        CHOICE,
        Fate.ERASED,
        "socle.config.retention.erase_task_results",
    ),
    Rule(
        "boite-denvoi",
        "Messages gardés par une démonstration",
        "personnes fictives",
        "après leur rédaction",
        90,
        CHOICE,
        Fate.ERASED,
        "socle.outbox.retention.erase_messages",
    ),
    Rule(
        "documents",
        "Documents signés et actes : noms et qualités des signataires",
        "élus signataires",
        "",
        None,
        "Obligation légale et mission d’intérêt public (RGPD, art. 6, 1, c et e) : ce qui engage une collectivité ne "
        "s’altère pas ; son sort final relève des archives publiques.",
        Fate.KEPT,
    ),
    Rule(
        "journal",
        "Journal des actes : des identifiants, jamais un nom",
        "personnes qui agissent",
        "",
        None,
        "Preuve de ce qui fut fait (RGPD, art. 17, 3, b) : l’identifiant ne désigne plus personne une fois le compte "
        "pseudonymisé.",
        Fate.KEPT,
    ),
    Rule(
        "consultations",
        "Consultations : qui a lu un dossier, par identifiant",
        "agents des opérateurs qui consultent",
        "après la consultation",
        365,
        CHOICE,
        Fate.ERASED,
        "socle.journal.readings.erase_readings",
    ),
    Rule(
        "elus",
        "Composition du conseil, telle que le site la montre ou l’a montrée",
        "élus et élues de la commune",
        "",
        None,
        "Mission d’intérêt public (RGPD, art. 6, 1, e)\u00a0: qui siège est public. Un portrait se montre avec "
        "l’accord de la personne, et se retire quand elle le reprend.",
        Fate.KEPT,
    ),
    Rule(
        "annuaire",
        "Fiches retirées de l’annuaire d’un site",
        "personnes nommées dans l’annuaire de leur commune",
        "après le retrait de la fiche",
        365,
        "Consentement (RGPD, art. 6, 1, a) : retirée, la fiche n’est plus publiée ; la durée laisse le temps de "
        "corriger un retrait par erreur.",
        Fate.ERASED,
        "socle.websites.directory.forgetting.erase_removed_entries",
    ),
    Rule(
        "anciens-sites",
        "Textes lus sur l’ancien site d’une commune, et qui n’en ont pas été apportés",
        "personnes nommées sur l’ancien site de leur commune",
        "après le début de la lecture",
        180,
        CHOICE,
        Fate.ERASED,
        "socle.websites.importing.forgetting.erase_texts",
    ),
    Rule(
        "audience",
        "Nombres de pages vues sur les sites des communes : des pages, jamais des personnes",
        "personne : ni adresse, ni appareil, ni visiteur n’y est distingué",
        "après le mois compté",
        760,
        "Aucune donnée personnelle. Durée proposée, pour comparer un mois à celui des deux années d’avant.",
        Fate.ERASED,
        "socle.websites.audience.reading.erase_old",
    ),
    Rule(
        "boites-supprimees",
        "Boîtes aux lettres supprimées : leurs messages",
        "agents et élus des mairies, et qui leur écrit",
        "après la suppression (SOCLE_MAIL_KEPT_DAYS : la date est dite à qui supprime)",
        90,
        CHOICE,
        Fate.ERASED,
        "socle.mail.forgetting.erase_deleted_boxes",
    ),
    Rule(
        "accords-de-renvoi",
        "Adresses extérieures dont la personne n’a pas répondu à la demande d’une mairie",
        "personnes à qui une mairie veut renvoyer du courrier",
        "après l’expiration du lien",
        30,
        CHOICE,
        Fate.ERASED,
        "socle.mail.forgetting.erase_unanswered",
    ),
    Rule(
        "reprises-de-boites",
        "Comptes rendus des reprises d’anciennes boîtes et des restaurations : ancien identifiant, dossiers, nombres",
        "agents et élus des mairies",
        "après la fin de la reprise ou de la restauration",
        365,
        CHOICE,
        Fate.ERASED,
        "socle.mail.forgetting.erase_reports",
    ),
    Rule(
        "boites",
        "Adresses des boîtes d’une mairie, de ses groupes et de leurs destinataires",
        "agents et élus des mairies, membres des groupes",
        "",
        None,
        "Tenues par la mairie pour sa correspondance : supprimées par elle, ou à la fin de la convention.",
        Fate.KEPT,
    ),
    Rule(
        "corbeilles-des-dossiers",
        "Fichiers mis à la corbeille d’un dossier partagé, et leurs versions",
        "personnes que ces fichiers nomment",
        "après leur suppression",
        30,
        CHOICE,
        Fate.ERASED,
        "socle.files.actions.bin.erase_old",
    ),
    Rule(
        "versions-des-fichiers",
        "Anciennes versions des fichiers d’un dossier partagé",
        "personnes que ces fichiers nomment",
        "après leur remplacement",
        180,
        CHOICE,
        Fate.ERASED,
        "socle.files.actions.bin.erase_old_versions",
    ),
    Rule(
        "liens-de-partage",
        "Liens vers un fichier d’un dossier partagé, arrêtés ou expirés\u00a0: qui les a faits, combien d’ouvertures",
        "agents et élus des mairies",
        "après leur fin",
        365,
        CHOICE,
        Fate.ERASED,
        "socle.files.actions.links.forget_ended",
    ),
    Rule(
        "fichiers-des-mairies",
        "Fichiers d’un dossier partagé\u00a0: qui les a modifiés",
        "agents et élus des mairies, et personnes que ces fichiers nomment",
        "",
        None,
        "La mairie est responsable de ce qu’elle y met (RGPD, art. 4, 7)\u00a0: l’opérateur les garde pour elle, et ne "
        "les ouvre pas.",
        Fate.KEPT,
    ),
    Rule(
        "agendas",
        "Agendas et carnets d’adresses des mairies\u00a0: ce que leurs personnes y écrivent",
        "agents, élus, habitants et partenaires que la mairie note dans ses agendas et ses contacts",
        "",
        None,
        "Mission d’intérêt public (RGPD, art. 6, 1, e)\u00a0: la mairie en décide, la plateforme les garde pour elle. "
        "L’agenda personnel de quelqu’un est effacé avec son compte.",
        Fate.KEPT,
    ),
    Rule(
        "reservations",
        "Réservations des salles\u00a0: objet, pour qui, comment joindre",
        "associations et personnes qui réservent une salle",
        "après la fin de la réservation",
        400,
        CHOICE,
        Fate.ERASED,
        "socle.agenda.forgetting.erase_old_bookings",
    ),
    Rule(
        "agendas-supprimes",
        "Événements et contacts supprimés, qui peuvent encore être rétablis",
        "agents, élus, habitants et partenaires que la mairie y avait notés",
        "après la suppression",
        60,
        CHOICE,
        Fate.ERASED,
        "socle.agenda.forgetting.erase_removed",
    ),
    Rule(
        "sauvegardes-machines",
        "Ce que les machines des mairies sauvegardent, chiffré par elles",
        "toute personne que leurs fichiers nomment",
        "",
        None,
        "Pour le compte de la mairie (RGPD, art. 28) : chaque sauvegarde est élaguée selon SOCLE_MACHINE_BACKUPS_KEEP, "
        "et le dépôt d’une machine arrêtée s’efface à la demande de la mairie.",
        Fate.KEPT,
    ),
    Rule(
        "contacts-publics",
        "Coordonnées des mairies et des établissements",
        "personnes morales",
        "",
        None,
        "Données publiques d’organismes publics : aucune personne n’y est nommée.",
        Fate.KEPT,
    ),
)

# Models that hold an e-mail address or a telephone number, and the rule that answers for them.
ANSWERED: dict[str, str] = {
    "people.User": "comptes",
    "people.Operator": "contacts-publics",
    "people.Beneficiary": "contacts-publics",
    "territory.TownHall": "contacts-publics",
    "websites.MunicipalFacts": "contacts-publics",
    "websites.DirectoryEntry": "annuaire",
    "websites.Equipment": "contacts-publics",
    "people.Invitation": "invitations",
    "websites.ContactMessage": "messages-habitants",
    "websites.AlertSubscription": "abonnes-alertes",
    "joining.JoinRequest": "demandes-adhesion",
    "people.OpenSession": "sessions",
    "outbox.Message": "boite-denvoi",
    "mail.Mailbox": "boites",
    "mail.Destination": "boites",
    "mail.Forwarding": "boites",
    "mail.Migration": "reprises-de-boites",
}


def end_sessions(before: datetime, *, by: models.Model, at: datetime, is_dry: bool) -> int:
    """Sessions that ended: nobody can come in with them any more."""
    return _erase(Session.objects.filter(expire_date__lt=before), is_dry=is_dry)


def erase_task_results(before: datetime, *, by: models.Model, at: datetime, is_dry: bool) -> int:
    """Tasks that ended, well or not. Those that went well go after three days already (operations/ticks.py)."""
    over = (TaskResultStatus.SUCCESSFUL, TaskResultStatus.FAILED)
    return _erase(DBTaskResult.objects.filter(status__in=over, finished_at__lt=before), is_dry=is_dry)


def _erase(rows: models.QuerySet[models.Model], *, is_dry: bool) -> int:
    if is_dry:
        return rows.count()
    return rows.delete()[0]
