"""The addresses of the council in the editor."""

from django.urls import path

from socle.sections.council import editor as council
from socle.sections.council.models import Councillor
from socle.sites.editor.own import register

register("councillor", Councillor)

urlpatterns = [
    path("conseil/", council.council, name="website_council"),
    path("conseil/personne/", council.councillor, name="website_councillor_new"),
    path("conseil/personne/<own_councillor:councillor_id>/", council.councillor, name="website_councillor"),
    path(
        "conseil/personne/<own_councillor:councillor_id>/deplacer/",
        council.move_councillor,
        name="website_move_councillor",
    ),
    path(
        "conseil/personne/<own_councillor:councillor_id>/retirer/",
        council.remove_councillor,
        name="website_remove_councillor",
    ),
]
