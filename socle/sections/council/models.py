"""The council as the site shows it: its page, and who sits in it."""

# Pages declare their panels and bounds as class attributes of types Wagtail never wrote down.
# mypy: disable-error-code="misc,list-item,assignment,django-manager-missing"

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.http import HttpRequest
from wagtail.admin.panels import FieldPanel
from wagtail.fields import StreamField

from socle.assemblies.models import Member
from socle.sites.blocks import Body
from socle.sites.frame import TOWN
from socle.sites.models.pages import CommunePage
from socle.sites.models.sites import WebSite


class CouncilPage(CommunePage):
    """Who sits in the council, in protocol order; its commissions in the text. Made when the mairie wants it."""

    introduction = models.TextField("introduction", max_length=400, blank=True)
    body = StreamField(Body(), verbose_name="commissions et documents", blank=True)

    template = "websites/pages/council.html"
    parent_page_types: ClassVar[list[str]] = ["websites.HomePage"]
    max_count_per_parent = 1
    menu_group = TOWN
    content_panels = [*CommunePage.content_panels, FieldPanel("introduction"), FieldPanel("body")]

    class Meta:
        verbose_name = "page du conseil"
        verbose_name_plural = "pages du conseil"

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from socle.sections.council.presenters import council_of

        context = super().get_context(request, *args, **kwargs)
        context["council"] = council_of(context["frame"].website)
        return context

    def found_by(self) -> list[str]:
        from socle.sections.council.presenters import council_of

        website = self.website()
        assert website is not None
        people = council_of(website).people
        return [f"{one.who.name}, {one.function}, {one.who.delegation}".strip(", ") + "." for one in people]


class Councillor(models.Model):
    """A member of the assembly as the site shows them: their order, and a portrait with their consent."""

    website = models.ForeignKey(WebSite, models.CASCADE, related_name="councillors", verbose_name="site internet")
    member = models.OneToOneField(Member, models.CASCADE, related_name="shown", verbose_name="membre de l’assemblée")
    # Among those of the same function: the order of the deputies is that of their election.
    position = models.PositiveSmallIntegerField("rang")
    portrait = models.ForeignKey(
        "websites.CommuneImage", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="portrait"
    )
    portrait_agreed_on = models.DateField("accord pour le portrait donné le", null=True, blank=True)

    class Meta:
        verbose_name = "membre du conseil"
        verbose_name_plural = "membres du conseil"
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(portrait__isnull=True) | Q(portrait_agreed_on__isnull=False),
                name="a_portrait_is_shown_with_consent",
                violation_error_message="Un portrait se montre avec l’accord de la personne.",
            ),
        ]

    def __str__(self) -> str:
        return f"membre du conseil {self.pk}"

    @property
    def name(self) -> str:
        return self.member.name

    @property
    def function(self) -> str:
        return self.member.function

    @property
    def civility(self) -> str:
        return self.member.civility

    @property
    def delegation(self) -> str:
        return self.member.delegation
