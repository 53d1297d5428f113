"""The addresses of the editor: ours, then Wagtail's."""

from django.urls import include, path
from wagtail.admin import urls as wagtail_urls

from socle.websites.editor import views

urlpatterns = [
    path("horaires/", views.hours, name="website_hours"),
    path("coordonnees/", views.facts, name="website_facts"),
    path("apparence/", views.look, name="website_look"),
    path("apparence/apercu/", views.look_preview, name="website_look_preview"),
    path("apparence/reprendre/", views.take_back_look, name="website_look_back"),
    path("apparence/blason/", views.coat, name="website_coat"),
    path("ouverture/", views.opening, name="website_opening"),
    path("schema-accessibilite/", views.plan, name="website_plan"),
    path("nouvelle-actualite/", views.news, name="website_news"),
    path("fermetures/", views.days, name="website_days"),
    path("fermetures/feries/", views.holidays, name="website_holidays"),
    path("fermetures/<int:day_id>/retirer/", views.remove_day, name="website_remove_day"),
    path("fermetures/<int:day_id>/remettre/", views.put_back_day, name="website_put_back_day"),
    path("alertes/", views.alert, name="website_alert"),
    path("alertes/<int:alert_id>/retirer/", views.withdraw_alert, name="website_withdraw_alert"),
    path("alertes/<int:alert_id>/remettre/", views.put_back_alert, name="website_put_back_alert"),
    path("nouvel-evenement/", views.event, name="website_event"),
    path("", include(wagtail_urls)),
]
