"""The addresses, in the editor, where photographs are sent to an album."""

from django.urls import path

from socle.sections.albums import editor as albums

urlpatterns = [
    path("galerie/", albums.pictures, name="website_album"),
    path("galerie/<own_page:page_id>/ajouter/", albums.pictures, name="website_add_pictures"),
]
