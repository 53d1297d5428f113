"""The addresses of the calendars of the collections of a site."""

from django.urls import path

from socle.sections.waste import public

urlpatterns = [
    path("<slug:slug>/collectes.ics", public.calendar, name="website_waste_calendar"),
    path("<slug:slug>/secteur/<slug:sector>/collectes.ics", public.calendar, name="website_sector_calendar"),
]
