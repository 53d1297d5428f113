"""The addresses of plans of mergers and splits, at the operators' door."""

from django.urls import path

from socle.mergers.desk import views

PATHS = [
    path("fusions/", views.show_all, name="mergers"),
    path("fusions.<table:format>", views.export, name="mergers_file"),
    path("fusions/<int:plan_id>/", views.show, name="merger"),
    path("fusions/<int:plan_id>/enregistrer/", views.settle, name="merger_settle"),
    path("fusions/<int:plan_id>/tache-<int:line_id>/", views.tick, name="merger_tick"),
    path("fusions/<int:plan_id>/confier/", views.entrust, name="merger_entrust"),
    path("fusions/<int:plan_id>/appliquer/", views.apply, name="merger_apply"),
    path("fusions/<int:plan_id>/defaire/", views.undo, name="merger_undo"),
]
