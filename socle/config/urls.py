"""The platform's addresses: one prefix per door."""

from django.urls import URLPattern, URLResolver, include, path

from socle.ui import gallery

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("socle.public.urls")),
    path("console/", include("socle.console.urls")),
    path("mairie/", include("socle.mairie.urls")),
    path("ui/", gallery.show, name="gallery"),
]

handler400 = "socle.public.views.errors.bad_request"
handler403 = "socle.public.views.errors.permission_denied"
handler404 = "socle.public.views.errors.not_found"
handler429 = "socle.public.views.errors.too_many"
handler500 = "socle.public.views.errors.server_error"
