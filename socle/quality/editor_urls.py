"""The addresses, in the editor, of what is to do, of the accessibility plan and of the pages seen."""

from django.urls import path

from socle.quality.accessibility import editor as accessibility
from socle.quality.audience import editor as audience
from socle.quality.upkeep import editor as upkeep

urlpatterns = [
    path("schema-accessibilite/", accessibility.plan, name="website_plan"),
    path("a-faire/", upkeep.upkeep, name="website_upkeep"),
    path("audience/", audience.audience, name="website_audience"),
    path("audience.<table:format>", audience.audience_file, name="website_audience_file"),
]
