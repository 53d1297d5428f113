"""The verbs that this room writes in the journal, and their French words."""

FAMILY = "Agendas et contacts"
# The journal is written once: what concerns a venue keeps there the word of its first lines, « room ».
VERBS: dict[str, str] = {
    "address_book.written": "Contacts changés",
    "agenda.opened": "Agendas ouverts",
    "agenda.resumed": "Agendas rouverts",
    "agenda.suspended": "Agendas suspendus",
    "booking.accepted": "Réservation d’une salle acceptée",
    "booking.asked": "Réservation d’une salle demandée",
    "booking.cancelled": "Réservation d’une salle annulée",
    "booking.changed": "Réservation d’une salle changée",
    "booking.made": "Salle réservée",
    "booking.refused": "Réservation d’une salle refusée",
    "calendar.event_removed": "Événement supprimé d’un agenda",
    "calendar.event_written": "Événement écrit dans un agenda",
    "calendar.guest_answered": "Réponse à une invitation notée",
    "calendar.handed_over": "Agenda personnel passé à une autre personne",
    "calendar.made": "Agenda fait",
    "calendar.public_changed": "Agenda public changé",
    "calendar.set": "Agenda réglé",
    "calendar.shared": "Droits sur un agenda changés",
    "room.changed": "Salle changée",
    "room.made": "Salle ajoutée",
}
