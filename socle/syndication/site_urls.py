"""The addresses, on a site, of what its mairie accepted from others."""

from django.urls import path

from socle.syndication import public

urlpatterns = [
    path("propose/<int:share_id>/", public.show, name="website_shared"),
    path("propose/<int:share_id>.ics", public.calendar, name="website_shared_calendar"),
]
