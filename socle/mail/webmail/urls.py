"""The addresses of the machines that read the mail for people: `/webmail/`."""

from django.urls import path

from socle.mail.webmail import public

urlpatterns = [
    path("jeton", public.give_token, name="webmail_token"),
    path("identite", public.say_identity, name="webmail_identity"),
    path("verifier", public.check_token, name="webmail_check"),
]
