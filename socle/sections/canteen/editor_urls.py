"""The address of the menus in the editor: the form of a week."""

from django.urls import path

from socle.sites.editor import sections

urlpatterns = [path("menus/", sections.section, {"section_code": "menus"}, name="website_menus")]
