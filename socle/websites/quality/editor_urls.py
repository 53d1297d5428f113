"""The addresses, in the editor, of what is to do, of the accessibility plan and of the pages seen."""

from django.urls import path

from socle.websites.editor import accessibility, audience, upkeep
from socle.websites.editor.own import register
from socle.websites.models import PageLink

register("link", PageLink)

urlpatterns = [
    path("schema-accessibilite/", accessibility.plan, name="website_plan"),
    path("a-faire/", upkeep.upkeep, name="website_upkeep"),
    path("a-faire/rappel/", upkeep.remind, name="website_remind"),
    path("a-faire/exact/", upkeep.confirm, name="website_still_true"),
    path("a-faire/lien/<own_link:link_id>/taire/", upkeep.dismiss_link, name="website_dismiss_link"),
    path("a-faire/lien/<own_link:link_id>/signaler/", upkeep.recall_link, name="website_recall_link"),
    path("audience/", audience.audience, name="website_audience"),
    path("audience.<table:format>", audience.audience_file, name="website_audience_file"),
]
