"""The verbs that this room writes in the journal, and their French words."""

VERBS: dict[str, str] = {
    "address_book.taken_out": "Contacts sortis en fichier",
}
