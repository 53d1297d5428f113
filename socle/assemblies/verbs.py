"""The verbs that this room writes in the journal, and their French words."""

FAMILY = "Assemblées et séances"
VERBS: dict[str, str] = {
    "assembly.described": "Assemblée décrite",
    "assembly.member_changed": "Membre d’une assemblée corrigé",
    "assembly.member_left": "Départ d’un membre d’une assemblée noté",
    "assembly.member_seated": "Membre d’une assemblée inscrit",
    "assembly.reminded": "Mairie relancée par courriel, pour ses actes en retard",
    "assembly.statute_confirmed": "Règle des statuts d’une assemblée confirmée",
    "assembly.statute_withdrawn": "Règle des statuts d’une assemblée retirée",
    "meeting.attendance_noted": "Présences d’une séance notées",
    "meeting.cancelled": "Séance annulée",
    "meeting.changed": "Séance modifiée",
    "meeting.closed": "Séance levée",
    "meeting.convened": "Séance convoquée",
    "meeting.discussion_written": "Teneur des discussions d’une séance écrite",
    "meeting.failed": "Séance levée faute de quorum",
    "meeting.item_added": "Point inscrit à l’ordre du jour",
    "meeting.item_changed": "Point de l’ordre du jour corrigé",
    "meeting.item_moved": "Point de l’ordre du jour déplacé",
    "meeting.item_removed": "Point retiré de l’ordre du jour",
    "meeting.item_set_aside": "Point reporté, ou remis au vote",
    "meeting.item_voted": "Point voté",
    "meeting.minutes_arrested": "Procès-verbal d’une séance arrêté",
    "meeting.opened": "Séance ouverte",
    "meeting.prepared": "Séance mise en préparation",
    "meeting.withdrawals_noted": "Retraits d’un point notés",
}
