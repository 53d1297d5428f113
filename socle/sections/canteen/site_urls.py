"""The address where the menus were given dish by dish, which they are no more."""

from django.urls import path

from socle.sites import public

urlpatterns = [path("menus-collectifs.csv", public.gone)]
