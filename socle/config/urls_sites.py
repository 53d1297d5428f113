"""The addresses of a commune's site: public pages, and what is answered at each request, under `/_/`."""

from importlib import import_module

from django.urls import path, re_path
from wagtail.views import serve

from socle.mail.configuring.public import give_autoconfig
from socle.sites import public, registry
from socle.sites.dynamic import on_site
from socle.sites.search import answers as finding

urlpatterns = [
    path("robots.txt", public.robots),
    # Where mail programs look, at the domain of an address that is also a site's.
    path(".well-known/autoconfig/mail/config-v1.1.xml", give_autoconfig),
    path("sitemap.xml", public.sitemap),
    path("recherche/", finding.page, name="website_find"),
    path("recherche.json", finding.index),
    path("couleurs/<str:theme>.css", public.theme, name="website_theme"),
    path("actualites.atom", public.news_feed, name="website_news_feed"),
    path("alertes.atom", public.alerts_feed, name="website_alerts_feed"),
    path("actes.atom", public.acts_feed, name="website_acts_feed"),
    path("deliberations-<int:year>.csv", public.deliberations_file, name="website_deliberations"),
    path("icone/<str:colour>/<str:letter>.svg", public.icon, name="website_icon"),
    path("media/<path:path>", public.media, name="website_media"),
    path("documents/<int:document_id>/<str:filename>", public.document, name="website_document"),
    path("actes/<int:act_id>/<str:filename>", public.act_document, name="website_act"),
    # Answered at each request; everything else may be a file.
    path("_/recherche/", on_site(finding.answer)),
    *(
        pattern
        for extension in registry.extensions()
        if extension.site_urls
        for pattern in import_module(extension.site_urls).urlpatterns
    ),
    re_path(r"^((?:[a-z0-9\-]+/)*)$", serve, name="wagtail_serve"),
]

handler500 = "socle.sites.public.server_error"
