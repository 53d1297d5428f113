"""The addresses, in the editor, of the import of a former site."""

from django.urls import path

from socle.site_import import editor as imports
from socle.site_import.models import SiteImport
from socle.sites.editor.own import register

register("import", SiteImport)

urlpatterns = [
    path("importer/", imports.imports, name="website_imports"),
    path("importer/<own_import:import_id>/", imports.site_import, name="website_import"),
    path("importer/<own_import:import_id>/arreter/", imports.stop_import, name="website_stop_import"),
    path("importer/<own_import:import_id>/reprendre/", imports.resume_import, name="website_resume_import"),
    path("importer/<own_import:import_id>/retirer/", imports.take_back_import, name="website_take_back_import"),
]
