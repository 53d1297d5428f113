"""The addresses of the contact form of a site, answered at each request."""

from django.urls import path

from socle.inbox import public
from socle.sites.dynamic import on_site

urlpatterns = [
    path("_/contact/", on_site(public.contact), name="website_contact"),
    path("_/contact/conditions/", on_site(public.conditions), name="website_contact_conditions"),
    path("_/contact/recu/<str:signed>/", on_site(public.received), name="website_contact_received"),
]
