"""The verbs that this room writes in the journal, and their French words."""

FAMILY = "Agendas et contacts"
VERBS: dict[str, str] = {
    "address_book.taken_out": "Contacts sortis en fichier",
}
