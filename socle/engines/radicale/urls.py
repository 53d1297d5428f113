"""The addresses of the calendars, for clients. The platform's hosts only: a commune's site has none of them."""

from django.urls import path

from socle.engines.radicale import views

urlpatterns = [
    path("dav/agenda/<int:beneficiary_id>/", views.dav),
    path("dav/agenda/<int:beneficiary_id>/<path:rest>", views.dav),
    path(".well-known/caldav", views.discover),
    path(".well-known/carddav", views.discover),
]
