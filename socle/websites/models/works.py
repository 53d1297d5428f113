"""Works in a commune: where, from when to when, what they close."""

# Pages declare their panels and bounds as class attributes of types Wagtail never wrote down.
# mypy: disable-error-code="misc,list-item,assignment,django-manager-missing"

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel
from wagtail.models import Page

from socle.lib.dates import day_of, in_days
from socle.websites.models.announcements import FAR, INDEX_TEMPLATE, AnnouncementIndexPage, AnnouncementPage, is_far
from socle.websites.models.pages import today


class WorksIndexPage(AnnouncementIndexPage):
    """The works under way and to come."""

    template = INDEX_TEMPLATE
    subpage_types = ["websites.WorksPage"]
    nothing = "Aucun chantier n’est annoncé pour le moment."
    archives_title = "Travaux terminés"

    class Meta:
        verbose_name = "page des travaux"
        verbose_name_plural = "pages des travaux"

    @classmethod
    def kind(cls) -> type[AnnouncementPage]:
        return WorksPage


class WorksPage(AnnouncementPage):
    """Works: where, from when to when, what they close, which way round."""

    class Effect(models.TextChoices):
        NONE = "none", "circulation normale"
        PARKING = "parking", "stationnement interdit"
        ALTERNATE = "alternate", "circulation alternée"
        CLOSED = "closed", "voie fermée"

    place = models.CharField("lieu", max_length=200, help_text="Par exemple\u00a0: rue de l’Église, du 3 au 21.")
    starts_on = models.DateField("premier jour")
    ends_on = models.DateField("dernier jour prévu", help_text="Une prévision suffit\u00a0: elle se corrige.")
    effect = models.CharField("circulation", max_length=20, choices=Effect.choices, default=Effect.NONE)
    closed = models.CharField(
        "ce qui est fermé ou gêné",
        max_length=300,
        blank=True,
        help_text="Par exemple\u00a0: la rue, sauf pour les personnes qui y habitent\u00a0; l’arrêt de car.",
    )
    detour = models.CharField("déviation", max_length=300, blank=True, help_text="Par où passer, à pied et en voiture.")
    contact = models.CharField("qui renseigne", max_length=200, blank=True)

    template = "websites/pages/announcement.html"
    parent_page_types: ClassVar[list[str]] = ["websites.WorksIndexPage"]
    key = "works"
    found_as = "Travaux"
    content_panels = [
        FieldPanel("title", heading="Titre"),
        FieldPanel("summary"),
        FieldPanel("place"),
        FieldRowPanel([FieldPanel("starts_on"), FieldPanel("ends_on")], heading="Quand"),
        MultiFieldPanel(
            [FieldPanel("effect"), FieldPanel("closed"), FieldPanel("detour")], heading="Ce que cela change"
        ),
        FieldPanel("contact"),
        FieldPanel("body"),
    ]

    class Meta:
        verbose_name = "annonce de travaux"
        verbose_name_plural = "annonces de travaux"
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="works_end_after_they_start",
                violation_error_message="Le dernier jour vient après le premier\u00a0: vérifiez les deux dates.",
            )
        ]

    @classmethod
    def current(cls, page: Page, *, at: datetime) -> models.QuerySet[Any]:
        return cls.under(page).filter(ends_on__gte=day_of(at)).order_by("starts_on", "pk")

    @classmethod
    def past(cls, page: Page, *, at: datetime) -> models.QuerySet[Any]:
        return cls.under(page).filter(ends_on__lt=day_of(at)).order_by("-ends_on", "-pk")

    def clean(self) -> None:
        super().clean()
        if self.starts_on is None or self.ends_on is None:
            return
        if is_far(self.starts_on):
            raise ValidationError({"starts_on": FAR})
        if is_far(self.ends_on):
            raise ValidationError({"ends_on": FAR})
        if self.ends_on < self.starts_on:
            raise ValidationError({"ends_on": "Le dernier jour vient après le premier\u00a0: vérifiez les deux dates."})

    def group(self) -> str:
        return "En ce moment" if self.starts_on <= today() else "À venir"

    def dates(self) -> str:
        return f"{in_days(self.starts_on, self.ends_on)}, {self.place}"

    def facts(self) -> list[tuple[str, str]]:
        return [
            ("Où", self.place),
            ("Quand", in_days(self.starts_on, self.ends_on).capitalize()),
            ("Circulation", self.get_effect_display().capitalize()),
            ("Fermé ou gêné", self.closed),
            ("Déviation", self.detour),
            ("Contact", self.contact),
        ]

    def ended(self) -> str:
        return "Ces travaux sont terminés" if self.ends_on < today() else ""
