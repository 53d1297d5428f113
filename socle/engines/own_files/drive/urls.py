"""The address of the network drive: it shows the folders one reaches, each under its beneficiary’s number."""

from django.urls import re_path

from socle.engines.own_files.drive.view import answer

urlpatterns = [
    re_path(r"^dossier/?$", answer, {"path": ""}, name="drives"),
    re_path(r"^dossier/(?P<path>.+)$", answer, name="drive"),
]
