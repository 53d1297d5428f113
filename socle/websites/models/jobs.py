"""The posts that one may apply for, until a day."""

# Pages declare their panels and bounds as class attributes of types Wagtail never wrote down.
# mypy: disable-error-code="misc,list-item,assignment,django-manager-missing"

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel
from wagtail.models import Page

from socle.lib.dates import day_of, weekday_in_words
from socle.websites.models.announcements import FAR, INDEX_TEMPLATE, AnnouncementIndexPage, AnnouncementPage, is_far
from socle.websites.models.pages import today


class JobIndexPage(AnnouncementIndexPage):
    """The posts one may apply for."""

    template = INDEX_TEMPLATE
    subpage_types = ["websites.JobPage"]
    has_archives = False
    nothing = "Aucun poste n’est à pourvoir pour le moment."

    class Meta:
        verbose_name = "page des offres d’emploi"
        verbose_name_plural = "pages des offres d’emploi"

    @classmethod
    def kind(cls) -> type[AnnouncementPage]:
        return JobPage


class JobPage(AnnouncementPage):
    """A post to fill. Its page answers no more once the last day to apply has passed; the mairie keeps it."""

    class Category(models.TextChoices):
        A = "a", "catégorie A"
        B = "b", "catégorie B"
        C = "c", "catégorie C"
        NONE = "none", "hors catégorie"

    class Contract(models.TextChoices):
        PERMANENT = "permanent", "emploi permanent (titulaire ou, à défaut, contractuel ou contractuelle)"
        OPEN_ENDED = "open_ended", "contrat à durée indéterminée"
        FIXED_TERM = "fixed_term", "contrat à durée déterminée"
        SEASONAL = "seasonal", "contrat saisonnier"
        APPRENTICESHIP = "apprenticeship", "apprentissage"
        CIVIC = "civic", "service civique"
        INTERNSHIP = "internship", "stage"
        HOURLY = "hourly", "vacations"

    category = models.CharField("catégorie", max_length=10, choices=Category.choices, default=Category.C)
    contract = models.CharField("contrat", max_length=20, choices=Contract.choices, default=Contract.PERMANENT)
    hours_per_week = models.DecimalField(
        "heures par semaine",
        max_digits=4,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("0.5"))],
        help_text="35 pour un temps complet. Vide si cela varie.",
    )
    starts_on = models.DateField("prise de poste", null=True, blank=True, help_text="Vide\u00a0: dès que possible.")
    place = models.CharField("lieu de travail", max_length=200, blank=True, help_text="Vide\u00a0: la mairie.")
    salary = models.CharField("rémunération", max_length=200, blank=True)
    applications_until = models.DateField(
        "candidatures jusqu’au", help_text="Ce jour compris\u00a0; l’offre disparaît le lendemain."
    )
    how_to_apply = models.TextField(
        "comment postuler",
        max_length=600,
        help_text="Ce qu’il faut envoyer, à qui, à quelle adresse\u00a0; et qui renseigne.",
    )

    template = "websites/pages/job.html"
    parent_page_types: ClassVar[list[str]] = ["websites.JobIndexPage"]
    key = "jobs"
    found_as = "Emploi"
    content_panels = [
        FieldPanel("title", heading="Poste"),
        FieldPanel("summary"),
        FieldRowPanel([FieldPanel("category"), FieldPanel("contract")], heading="Emploi"),
        FieldRowPanel([FieldPanel("hours_per_week"), FieldPanel("starts_on")], heading="Temps et prise de poste"),
        FieldRowPanel([FieldPanel("place"), FieldPanel("salary")], heading="Lieu et rémunération"),
        MultiFieldPanel([FieldPanel("applications_until"), FieldPanel("how_to_apply")], heading="Candidatures"),
        FieldPanel("body"),
    ]

    class Meta:
        verbose_name = "offre d’emploi"
        verbose_name_plural = "offres d’emploi"

    @classmethod
    def current(cls, page: Page, *, at: datetime) -> models.QuerySet[Any]:
        return cls.under(page).filter(applications_until__gte=day_of(at)).order_by("applications_until", "pk")

    @classmethod
    def past(cls, page: Page, *, at: datetime) -> models.QuerySet[Any]:
        return cls.under(page).filter(applications_until__lt=day_of(at)).order_by("-applications_until", "-pk")

    @property
    def is_over(self) -> bool:
        """Whether the last day to apply has passed."""
        return self.applications_until < today()

    def clean(self) -> None:
        super().clean()
        errors = {
            name: FAR
            for name in ("applications_until", "starts_on")
            if getattr(self, name) is not None and is_far(getattr(self, name))
        }
        if self.hours_per_week is not None and self.hours_per_week > 48:
            errors["hours_per_week"] = "Cela fait plus de 48 heures par semaine\u00a0: vérifiez le nombre."
        if errors:
            raise ValidationError(errors)

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.is_over and not getattr(request, "is_preview", False):
            raise Http404
        response: HttpResponse = super().serve(request, *args, **kwargs)
        return response

    def get_cached_paths(self) -> list[str]:
        """Return no address once it is over: its file goes at midnight."""
        return [] if self.is_over else ["/"]

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from socle.websites.daily.jobs import job_data

        context = super().get_context(request, *args, **kwargs)
        if self.applications_until is not None:
            context["structured"] = job_data(self, frame=context["frame"])
        return context

    def group(self) -> str:
        return "Postes à pourvoir"

    def dates(self) -> str:
        return f"candidatures jusqu’au {weekday_in_words(self.applications_until)}"

    @property
    def hours_in_words(self) -> str:
        if self.hours_per_week is None:
            return ""
        whole, rest = divmod(int(self.hours_per_week * 60), 60)
        said = f"{whole}\u00a0h" + (f"\u00a0{rest:02d}" if rest else "")
        return f"{said} par semaine"

    def facts(self) -> list[tuple[str, str]]:
        return [
            ("Emploi", f"{self.get_category_display()}, {self.get_contract_display()}".capitalize()),
            ("Temps de travail", self.hours_in_words),
            ("Prise de poste", weekday_in_words(self.starts_on) if self.starts_on else "dès que possible"),
            ("Lieu", self.place),
            ("Rémunération", self.salary),
            ("Candidatures", f"jusqu’au {weekday_in_words(self.applications_until)}"),
        ]

    def ended(self) -> str:
        return "Cette offre est close" if self.is_over else ""
