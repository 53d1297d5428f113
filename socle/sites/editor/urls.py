"""The addresses of the editor: ours, those of the extensions of the sites, then Wagtail's."""

from importlib import import_module

from django.urls import include, path
from wagtail.admin import urls as wagtail_urls

from socle.sites import registry
from socle.sites.editor import looking, procedures, reviews, sections, views
from socle.sites.editor.access import moved
from socle.sites.editor.own import has_page, register, register_with
from socle.sites.models.reviews import Review

register_with("page", has_page)
register("review", Review)

# Every screen of ours: the guard opens them, and asks of each identifier whether it is of the site.
OURS = [
    path("", views.home, name="website_home"),
    path("horaires/", moved("mairie:hours"), name="website_hours"),
    path("coordonnees/", views.facts, name="website_facts"),
    path("apparence/", views.look, name="website_look"),
    path("apparence/apercu/", views.look_preview, name="website_look_preview"),
    path("apparence/blason/", views.coat, name="website_coat"),
    path("ouverture/", views.opening, name="website_opening"),
    path("nouvelle-actualite/", moved("mairie:publish_news"), name="website_news"),
    path("fermetures/", moved("mairie:closings"), name="website_days"),
    path("alertes/", moved("mairie:alerts"), name="website_alert"),
    path("rubriques/", sections.sections, name="website_sections"),
    path("rubriques/<slug:section_code>/", sections.section, name="website_section"),
    path("demarches/", procedures.procedures, name="website_procedures"),
    path("demarches/<procedure:procedure_code>/", procedures.procedure, name="website_procedure"),
    path("demarches/<procedure:procedure_code>/montrer/", procedures.show, name="website_show_procedure"),
    path("voir/", looking.see, name="website_see"),
    path("voir/<path:path>", looking.see, name="website_see_page"),
    path("versions/<own_page:page_id>/", looking.versions, name="website_versions"),
    path("versions/<own_page:page_id>/remettre/", looking.go_back_to, name="website_go_back"),
    path("relecture/<own_page:page_id>/demander/", reviews.ask, name="website_ask_review"),
    path("relectures/<own_review:review_id>/", reviews.review, name="website_review"),
    path("relectures/<own_review:review_id>/reprendre/", reviews.take_back, name="website_take_back_review"),
    *(
        pattern
        for extension in registry.extensions()
        if extension.editor_urls
        for pattern in import_module(extension.editor_urls).urlpatterns
    ),
]

urlpatterns = [*OURS, path("", include(wagtail_urls))]
