"""The screens of requests to join, at the operators' door."""

from socle.provisioning.desk import Desk

DESK = Desk(
    urls="socle.joining.desk.urls.PATHS",
    lists=("socle.joining.desk.views.REQUESTS",),
    readings={"join_request": "Demande d’adhésion"},
    of_several={"join_requests_file": "Liste des demandes d’adhésion, en fichier"},
)
