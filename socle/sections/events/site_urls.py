"""The addresses of the calendars of a site."""

from django.urls import path

from socle.sections.events import public

urlpatterns = [
    path("agenda.ics", public.agenda, name="website_agenda"),
    path("evenements/<int:event_id>.ics", public.event_calendar, name="website_event_calendar"),
]
