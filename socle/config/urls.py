"""The platform's addresses: one prefix per door."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("compte/", include("allauth.urls")),
]
