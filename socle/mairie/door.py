"""The beneficiaries' door, as its navigation says it."""

from socle.ui.doors import Door, Entry, Section

DOOR = Door(
    code="mairie",
    name="Espace de la mairie",
    prefix="/mairie/",
    home="/mairie/",
    sections=(Section(entries=(Entry("Accueil", "mairie:home", "home"),)),),
)
