"""The screens of operations that a scheme pays for: terms, expenses, claims."""

from socle.provisioning.desk import Desk

DESK = Desk(
    urls="socle.grants.desk.urls.PATHS",
    readings={
        "grant_expense": "Dépense d’une opération subventionnée",
        "grant_piece": "Pièce justificative d’une dépense",
        "grant_statement": "État des dépenses d’un partenaire",
        "grant_claim_file": "Fichier d’une demande de paiement",
    },
    of_several={
        "grant_expenses": "Dépenses d’une opération subventionnée",
        "grant_expenses_file": "Dépenses d’une opération subventionnée, en fichier",
    },
)
