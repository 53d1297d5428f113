"""The addresses of the operators' door."""

from django.urls import path

from socle.console.views import home, outbox

app_name = "console"
urlpatterns = [
    path("", home.show, name="home"),
    path("boite-denvoi/", outbox.show_all, name="outbox"),
    path("boite-denvoi/<int:message_id>/", outbox.show, name="outbox_message"),
]
