"""The addresses of the machines' door."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path, re_path

from socle.api.guard import guarded
from socle.api.v1 import METHODS, api
from socle.api.views import nothing_here, openapi, page


def _behind_the_door(entries: list[URLPattern | URLResolver]) -> list[URLPattern | URLResolver]:
    """The same addresses, each behind the guard: none can be offered without it."""

    def methods(entry: URLPattern) -> list[str]:
        return sorted(METHODS[f"/{entry.pattern}".replace("<", "{").replace(">", "}")])

    return [
        URLPattern(entry.pattern, guarded(entry.callback, methods(entry)), entry.default_args, entry.name)
        for entry in entries
        if isinstance(entry, URLPattern) and entry.name != "api-root"
    ]


urlpatterns: list[URLPattern | URLResolver] = [
    path("", page, name="api_page"),
    path("v1/openapi.json", openapi, name="api_document"),
    path("v1/", include(_behind_the_door(api.urls[0]))),
    re_path(r"^(?P<rest>.*)$", nothing_here),
]
