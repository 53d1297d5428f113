"""The addresses of the editor: ours, then Wagtail's."""

from django.urls import include, path
from wagtail.admin import urls as wagtail_urls

from socle.websites.editor import council, directory, documents, looking, reviews, sections, views

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
    path("conseil/", council.council, name="website_council"),
    path("conseil.<table:format>", council.council_file, name="website_council_file"),
    path("conseil/mandat/", council.council_term, name="website_council_term"),
    path("conseil/personne/", council.new_councillor, name="website_councillor_new"),
    path("conseil/personne/<int:councillor_id>/", council.councillor, name="website_councillor"),
    path("conseil/personne/<int:councillor_id>/deplacer/", council.move_councillor, name="website_move_councillor"),
    path("conseil/personne/<int:councillor_id>/depart/", council.councillor_leaves, name="website_councillor_leaves"),
    path(
        "conseil/personne/<int:councillor_id>/remettre/",
        council.put_back_councillor,
        name="website_put_back_councillor",
    ),
    path("conseil/commission/", council.commission, name="website_commission_new"),
    path("conseil/commission/<int:commission_id>/", council.commission, name="website_commission"),
    path(
        "conseil/commission/<int:commission_id>/retirer/", council.remove_commission, name="website_remove_commission"
    ),
    path(
        "conseil/commission/<int:commission_id>/remettre/",
        council.put_back_commission,
        name="website_put_back_commission",
    ),
    path("rubriques/", sections.sections, name="website_sections"),
    path("rubriques/<slug:section_code>/", sections.section, name="website_section"),
    path("annuaire/", directory.directory, name="website_directory"),
    path("annuaire.<table:format>", directory.directory_file, name="website_directory_file"),
    path("annuaire/modele/", directory.directory_model, name="website_directory_model"),
    path("annuaire/import/", directory.import_entries, name="website_import_entries"),
    path("annuaire/import/annuler/", directory.undo_import, name="website_undo_import"),
    path("annuaire/fiche/", directory.new_entry, name="website_entry_new"),
    path("annuaire/fiche/<int:entry_id>/", directory.entry, name="website_entry"),
    path("annuaire/fiche/<int:entry_id>/retirer/", directory.remove_entry, name="website_remove_entry"),
    path("annuaire/fiche/<int:entry_id>/remettre/", directory.put_back_entry, name="website_put_back_entry"),
    path("voir/", looking.see, name="website_see"),
    path("voir/<path:path>", looking.see, name="website_see_page"),
    path("versions/<int:page_id>/", looking.versions, name="website_versions"),
    path("versions/<int:page_id>/remettre/", looking.go_back_to, name="website_go_back"),
    path("relecture/<int:page_id>/demander/", reviews.ask, name="website_ask_review"),
    path("relectures/<int:review_id>/", reviews.review, name="website_review"),
    path("relectures/<int:review_id>/reprendre/", reviews.take_back, name="website_take_back_review"),
    # In the place of Wagtail's own list.
    path("documents/", documents.DocumentsView.as_view(), name="website_documents"),
    path("documents/results/", documents.DocumentsView.as_view(results_only=True), name="website_documents_results"),
    path("", include(wagtail_urls)),
]
