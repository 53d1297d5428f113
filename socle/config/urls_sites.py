"""The addresses of a commune's site: public pages only."""

from django.urls import path, re_path
from wagtail.views import serve

from socle.websites import public

urlpatterns = [
    path("robots.txt", public.robots),
    path("sitemap.xml", public.sitemap),
    path("couleurs/<str:theme>.css", public.theme, name="website_theme"),
    path("icone/<str:colour>/<str:letter>.svg", public.icon, name="website_icon"),
    path("media/<path:path>", public.media, name="website_media"),
    path("documents/<int:document_id>/<str:filename>", public.document, name="website_document"),
    path("actes/<int:act_id>/<str:filename>", public.act_document, name="website_act"),
    re_path(r"^((?:[a-z0-9\-]+/)*)$", serve, name="wagtail_serve"),
]

handler500 = "socle.websites.public.server_error"
