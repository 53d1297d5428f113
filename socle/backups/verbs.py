"""The verbs that this room writes in the journal, and their French words."""

FAMILY = "Sauvegardes"
VERBS: dict[str, str] = {
    "backup.account_opened": "Compte de sauvegarde ouvert",
    "backup.account_resumed": "Compte de sauvegarde rouvert",
    "backup.account_suspended": "Compte de sauvegarde suspendu",
    "backup.check_failed": "Dépôt de sauvegardes trouvé abîmé",
    "backup.code_cancelled": "Code d’installation d’une machine annulé",
    "backup.code_renewed": "Code d’installation d’une machine refait",
    "backup.drill_failed": "Exercice de restauration manqué",
    "backup.drill_passed": "Exercice de restauration réussi",
    "backup.erased": "Dépôt de sauvegardes effacé",
    "backup.escrow_confirmed": "Clé sous séquestre essayée",
    "backup.key_approved": "Usage de la clé sous séquestre approuvé",
    "backup.key_asked": "Usage de la clé sous séquestre demandé",
    "backup.key_declined": "Usage de la clé sous séquestre décliné",
    "backup.key_used": "Clé sous séquestre utilisée",
    "backup.install_asked": "Installation d’une sauvegarde demandée",
    "backup.machine_added": "Machine à sauvegarder ajoutée",
    "backup.machine_changed": "Machine sauvegardée modifiée",
    "backup.machine_enrolled": "Machine sauvegardée installée",
    "backup.machine_resumed": "Machine sauvegardée reprise",
    "backup.machine_retired": "Machine sauvegardée arrêtée",
    "backup.pruned": "Sauvegardes élaguées selon les règles",
    "backup.quota_set": "Place des sauvegardes changée",
    "backup.snapshot_doubted": "Sauvegarde à la date douteuse",
    "backup.snapshot_vanished": "Sauvegarde disparue",
}
