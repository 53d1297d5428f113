"""The address of the venues of a commune as open data."""

from django.urls import path

from socle.sections.listing import public

urlpatterns = [path("equipements.csv", public.venues_file, name="website_equipment_file")]
