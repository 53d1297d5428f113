"""The platform's addresses: one prefix per door."""

from django.urls import URLPattern, URLResolver, include, path

from socle.sites import public as sites
from socle.sites.editor import files as editor_files
from socle.ui import gallery

urlpatterns: list[URLPattern | URLResolver] = [
    # The network drives: named by their door only, since no room imports an engine. First, as they ask most.
    path("dav/", include("socle.engines.own_files.drive.urls")),
    path("", include("socle.public.urls")),
    path("console/", include("socle.console.urls")),
    # Before the mairie's own addresses, since it is one of them.
    path("mairie/site/", include("socle.sites.editor.urls")),
    path("mairie/", include("socle.mairie.urls")),
    path("api/", include("socle.api.urls")),
    path("", include("socle.engines.radicale.urls")),
    # What the webmail and the mail servers ask about who reads which box.
    path("webmail/", include("socle.mail.webmail.urls")),
    path("ui/", gallery.show, name="gallery"),
    # What a preview of the editor shows around a page; on a commune's host, the site's own (urls_sites).
    path("couleurs/<str:theme>.css", sites.theme),
    path("icone/<str:colour>/<str:letter>.svg", sites.icon),
    path("media/<path:path>", editor_files.media),
    path("documents/<int:document_id>/<str:filename>", editor_files.document),
]

handler400 = "socle.public.views.errors.bad_request"
handler403 = "socle.public.views.errors.permission_denied"
handler404 = "socle.public.views.errors.not_found"
handler429 = "socle.public.views.errors.too_many"
handler500 = "socle.public.views.errors.server_error"
