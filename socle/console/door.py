"""The operators' door, as its navigation says it."""

from socle.ui.doors import Door, Entry, Section

DOOR = Door(
    code="console",
    name="Console des opérateurs",
    prefix="/console/",
    home="/console/",
    sections=(
        Section(entries=(Entry("Accueil", "console:home", "home"),)),
        Section(heading="Plateforme", entries=(Entry("Boîte d’envoi", "console:outbox", "outbox"),)),
    ),
)
