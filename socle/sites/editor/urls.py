"""The addresses of the editor: ours, those of the extensions of the sites, then Wagtail's."""

from importlib import import_module

from django.urls import include, path
from wagtail.admin import urls as wagtail_urls

from socle.sites import alerts, exceptional_days, registry
from socle.sites.editor import looking, reviews, sections, views
from socle.sites.editor.access import gesture
from socle.sites.editor.own import has_page, register, register_with
from socle.sites.models.notices import Alert, ExceptionalDay
from socle.sites.models.reviews import Review

register_with("page", has_page)
register("day", ExceptionalDay)
register("alert", Alert)
register("review", Review)

OFF = "C’est retiré du site. Vous pouvez le remettre, plus bas."
ON = "C’est de nouveau sur le site."
remove_day = gesture(ExceptionalDay, exceptional_days.remove_day, said=OFF, back="website_days")
restore_day = gesture(ExceptionalDay, exceptional_days.restore_day, said=ON, back="website_days")
withdraw_alert = gesture(Alert, alerts.withdraw_alert, said=OFF, back="website_alert")
restore_alert = gesture(Alert, alerts.restore_alert, said=ON, back="website_alert")

# Every screen of ours: the guard opens them, and asks of each identifier whether it is of the site.
OURS = [
    path("horaires/", views.hours, name="website_hours"),
    path("coordonnees/", views.facts, name="website_facts"),
    path("apparence/", views.look, name="website_look"),
    path("apparence/apercu/", views.look_preview, name="website_look_preview"),
    path("apparence/blason/", views.coat, name="website_coat"),
    path("ouverture/", views.opening, name="website_opening"),
    path("nouvelle-actualite/", views.news, name="website_news"),
    path("fermetures/", views.days, name="website_days"),
    path("fermetures/feries/", views.holidays, name="website_holidays"),
    path("fermetures/<own_day:day_id>/retirer/", remove_day, name="website_remove_day"),
    path("fermetures/<own_day:day_id>/remettre/", restore_day, name="website_restore_day"),
    path("alertes/", views.alert, name="website_alert"),
    path("alertes/<own_alert:alert_id>/retirer/", withdraw_alert, name="website_withdraw_alert"),
    path("alertes/<own_alert:alert_id>/remettre/", restore_alert, name="website_restore_alert"),
    path("rubriques/", sections.sections, name="website_sections"),
    path("rubriques/<slug:section_code>/", sections.section, name="website_section"),
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
