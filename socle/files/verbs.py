"""The verbs that this room writes in the journal, and their French words."""

FAMILY = "Dossier partagé"
VERBS: dict[str, str] = {
    "file.added": "Fichier déposé",
    "file.bin_emptied": "Corbeille vidée",
    "file.changed": "Fichier modifié",
    "file.copied": "Fichier ou dossier copié",
    "file.erased": "Fichier ou dossier effacé",
    "file.folder_made": "Dossier créé",
    "file.link_ended": "Lien de partage arrêté",
    "file.link_made": "Lien de partage créé",
    "file.moved": "Fichier ou dossier renommé ou déplacé",
    "file.replaced": "Fichier remplacé par un autre",
    "file.restored": "Fichier ou dossier rétabli",
    "file.trashed": "Fichier ou dossier mis à la corbeille",
    "file.version_brought_back": "Ancienne version d’un fichier reprise",
    "space.opened": "Dossier partagé ouvert",
    "space.resumed": "Dossier partagé rouvert",
    "space.rights_given": "Droits changés dans le dossier partagé",
    "space.room_given": "Place du dossier partagé changée",
    "space.suspended": "Dossier partagé suspendu",
}
