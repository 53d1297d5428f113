"""The addresses of the agenda in the editor."""

from django.urls import path

from socle.sections.events import editor

urlpatterns = [path("nouvel-evenement/", editor.event, name="website_event")]
