"""Retention rules of this room: how long its personal data is kept."""

from socle.lib.declared import CHOICE, Ending, Fate, Rule

RULES: tuple[Rule, ...] = (
    Rule(
        "corbeilles-des-dossiers",
        "Fichiers mis à la corbeille d’un dossier partagé, et leurs versions",
        "personnes que ces fichiers nomment",
        "après leur suppression",
        30,
        CHOICE,
        Fate.ERASED,
        "socle.files.actions.bin.erase_old",
        ends=Ending.GESTURE,
        because="La mairie a mis le fichier à la corbeille\u00a0: le visa des Archives départementales "
        "lui revient avant de le faire.",
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
        ends=Ending.GESTURE,
        because="La mairie a remplacé le fichier\u00a0: une version qui fait foi se garde sous un autre "
        "nom\u00a0; sinon le visa lui revient.",
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
        ends=Ending.MACHINE,
        because="Un jeton\u00a0: le fichier qu’il ouvrait reste.",
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
        ends=Ending.GESTURE,
        because="La mairie en décide\u00a0: le visa des Archives départementales lui revient.",
    ),
)
