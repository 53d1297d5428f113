"""The addresses where one asks for the alerts of a site by e-mail, confirms it, and ends it."""

from django.urls import path

from socle.sections.subscriptions import public
from socle.sites.dynamic import on_site

urlpatterns = [
    path("_/alertes/", on_site(public.ask), name="website_alerts"),
    path("_/alertes/confirmer/<str:token>/", on_site(public.confirm), name="website_alerts_confirm"),
    path("_/alertes/fin/<str:token>/", on_site(public.end, is_proven=True), name="website_alerts_end"),
]
