"""The addresses of requests to join, at the operators' door."""

from django.urls import path

from socle.joining.desk import views

PATHS = [
    path("demandes/", views.show_all, name="join_requests"),
    path("demandes.<table:format>", views.export, name="join_requests_file"),
    path("demandes/<slug:reference>/", views.show, name="join_request"),
    path("demandes/<slug:reference>/verifier/", views.verify, name="join_verify"),
    path("demandes/<slug:reference>/confier/", views.assign, name="join_assign"),
    path("demandes/<slug:reference>/etudier/", views.qualify, name="join_qualify"),
    path("demandes/<slug:reference>/planifier/", views.plan, name="join_plan"),
    path("demandes/<slug:reference>/deplanifier/", views.unplan, name="join_unplan"),
    path("demandes/<slug:reference>/refuser/", views.turn_down, name="join_refuse"),
    path("demandes/<slug:reference>/rouvrir/", views.reopen, name="join_reopen"),
    path("demandes/<slug:reference>/maintenir/", views.maintain, name="join_maintain"),
    path("demandes/<slug:reference>/retirer/", views.withdraw, name="join_withdraw"),
    path("demandes/<slug:reference>/rediger/", views.draft, name="join_draft"),
]
