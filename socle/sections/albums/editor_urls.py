"""The addresses where photographs were sent in the editor, which lead to « Publier »."""

from django.urls import path

from socle.sites.editor.access import moved

urlpatterns = [
    path("galerie/", moved("mairie:publish_album"), name="website_album"),
    path("galerie/<own_page:page_id>/ajouter/", moved("mairie:album_add"), name="website_add_pictures"),
]
