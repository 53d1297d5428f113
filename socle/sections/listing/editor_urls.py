"""The addresses of the listing in the editor. `table` is the format of a file, registered by `people.exports`."""

from django.urls import path

from socle.sections.listing import editor as listing
from socle.sections.listing.models import ListingEntry
from socle.sites.editor.own import register

register("entry", ListingEntry)

urlpatterns = [
    path("annuaire/", listing.listing, name="website_directory"),
    path("annuaire.<table:format>", listing.listing_file, name="website_directory_file"),
    path("annuaire/import/", listing.import_entries, name="website_import_entries"),
    path("annuaire/fiche/", listing.entry, name="website_entry_new"),
    path("annuaire/fiche/<own_entry:entry_id>/", listing.entry, name="website_entry"),
    path("annuaire/fiche/<own_entry:entry_id>/retirer/", listing.remove_entry, name="website_remove_entry"),
    path("annuaire/fiche/<own_entry:entry_id>/remettre/", listing.restore_entry, name="website_restore_entry"),
]
