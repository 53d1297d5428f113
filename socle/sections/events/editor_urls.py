"""The address where an event was announced in the editor, which leads to « Publier »."""

from django.urls import path

from socle.sites.editor.access import moved

urlpatterns = [path("nouvel-evenement/", moved("mairie:publish_event"), name="website_event")]
