"""The addresses of the agenda in the editor."""

from django.urls import path

from socle.websites.events import editor

urlpatterns = [path("nouvel-evenement/", editor.event, name="website_event")]
