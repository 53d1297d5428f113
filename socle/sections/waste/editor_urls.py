"""The addresses of the collection of waste in the editor."""

from django.urls import path

from socle.sections.waste import editor as waste
from socle.sections.waste.models import WasteRound, WasteShift
from socle.sites.editor.own import register

register("waste", WasteRound, WasteShift)

urlpatterns = [
    path("dechets/", waste.rounds, name="website_waste"),
    path("dechets/feries/", waste.holidays, name="website_waste_holidays"),
    path("dechets/<slug:waste_kind>/ajouter/", waste.add, name="website_add_waste"),
    path("dechets/<slug:waste_kind>/<own_waste:waste_pk>/", waste.change, name="website_change_waste"),
    path("dechets/<slug:waste_kind>/<own_waste:waste_pk>/retirer/", waste.remove, name="website_remove_waste"),
]
