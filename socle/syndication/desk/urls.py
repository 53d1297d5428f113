"""The addresses of contents proposed to the sites, at the operators' door."""

from django.urls import path

from socle.syndication.desk import views

PATHS = [
    path("partages/", views.show_all, name="shares"),
    path("partages.<table:format>", views.export, name="shares_file"),
    path("partages/nouveau/<slug:share_kind>/", views.propose, name="share_new"),
    path("partages/<int:share_id>/", views.show, name="share"),
    path("partages/<int:share_id>/image/", views.picture, name="share_picture"),
    path("partages/<int:share_id>/reponses.<table:format>", views.export_answers, name="share_file"),
    path("partages/<int:share_id>/corriger/", views.correct, name="share_correct"),
    path("partages/<int:share_id>/retirer/", views.withdraw, name="share_withdraw"),
    path("partages/<int:share_id>/retablir/", views.restore, name="share_restore"),
]
