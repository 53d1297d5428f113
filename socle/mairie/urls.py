"""The addresses of the beneficiaries' door."""

from django.urls import path

from socle.mairie.views import home

app_name = "mairie"
urlpatterns = [
    path("", home.show, name="home"),
]
