"""The addresses of the editor: ours, then Wagtail's."""

from django.urls import include, path
from wagtail.admin import urls as wagtail_urls

from socle.websites.editor import views

urlpatterns = [
    path("horaires/", views.hours, name="website_hours"),
    path("coordonnees/", views.facts, name="website_facts"),
    path("apparence/", views.look, name="website_look"),
    path("apparence/apercu/", views.look_preview, name="website_look_preview"),
    path("apparence/reprendre/", views.take_back_look, name="website_look_back"),
    path("apparence/blason/", views.coat, name="website_coat"),
    path("nouvelle-actualite/", views.news, name="website_news"),
    path("", include(wagtail_urls)),
]
