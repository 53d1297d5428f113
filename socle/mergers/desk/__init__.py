"""The screens of mergers and splits, at the operators' door."""

from socle.provisioning.desk import Desk

DESK = Desk(
    urls="socle.mergers.desk.urls.PATHS",
    lists=("socle.mergers.desk.views.PLANS",),
    readings={"merger": "Plan de fusion ou de scission"},
    of_several={"mergers_file": "Liste des fusions et scissions, en fichier"},
)
