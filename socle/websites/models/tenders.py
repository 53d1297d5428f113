"""The contracts that a commune offers to firms, and to whom they went."""

# Pages declare their panels and bounds as class attributes of types Wagtail never wrote down.
# mypy: disable-error-code="misc,list-item,assignment,django-manager-missing"

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Case, F, IntegerField, When
from django.utils import timezone
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel
from wagtail.models import Page

from socle.lib.dates import at_in_words, day_of, in_days
from socle.lib.money import euros
from socle.websites.models.announcements import FAR, INDEX_TEMPLATE, AnnouncementIndexPage, AnnouncementPage, is_far
from socle.websites.models.pages import today


class TenderIndexPage(AnnouncementIndexPage):
    """The contracts the commune offers, and to whom they went."""

    # Said by each: Wagtail gives a class without a template one by its name.
    template = INDEX_TEMPLATE
    subpage_types = ["websites.TenderPage"]
    nothing = "Aucune consultation n’est en cours."
    archives_title = "Marchés attribués ou sans suite"

    class Meta:
        verbose_name = "page des marchés publics"
        verbose_name_plural = "pages des marchés publics"

    @classmethod
    def kind(cls) -> type[AnnouncementPage]:
        return TenderPage


class TenderPage(AnnouncementPage):
    """A contract offered to firms: what for, until which hour, where to answer, and what became of it."""

    class Procedure(models.TextChoices):
        ADAPTED = "adapted", "procédure adaptée"
        OPEN = "open", "appel d’offres ouvert"
        RESTRICTED = "restricted", "appel d’offres restreint"
        NEGOTIATED = "negotiated", "procédure avec négociation"
        DIALOGUE = "dialogue", "dialogue compétitif"
        CONCESSION = "concession", "concession"
        OTHER = "other", "autre consultation"

    class Nature(models.TextChoices):
        WORKS = "works", "travaux"
        SUPPLIES = "supplies", "fournitures"
        SERVICES = "services", "services"

    class Outcome(models.TextChoices):
        AWARDED = "awarded", "attribué"
        ABANDONED = "abandoned", "sans suite"

    reference = models.CharField("référence", max_length=60, blank=True)
    nature = models.CharField("nature", max_length=20, choices=Nature.choices, default=Nature.WORKS)
    procedure = models.CharField("procédure", max_length=20, choices=Procedure.choices, default=Procedure.ADAPTED)
    deadline_at = models.DateTimeField("réponses avant le", help_text="Le jour et l’heure, à l’heure de Paris.")
    profile_url = models.URLField(
        "page du profil d’acheteur",
        max_length=500,
        blank=True,
        help_text="Où retirer le dossier et répondre. L’adresse commence par https://.",
    )
    outcome = models.CharField(
        "résultat", max_length=20, choices=Outcome.choices, blank=True, help_text="Vide tant que rien n’est décidé."
    )
    awarded_to = models.CharField("attribué à", max_length=200, blank=True)
    awarded_on = models.DateField("attribué le", null=True, blank=True)
    amount = models.DecimalField(
        "montant hors taxes",
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("0.01"))],
        help_text="En euros.",
    )
    # The deadline that the site was told has passed: what the tick still has to say is found by it.
    told_at = models.DateTimeField("échéance dite le", null=True, blank=True, editable=False)

    template = "websites/pages/tender.html"
    parent_page_types: ClassVar[list[str]] = ["websites.TenderIndexPage"]
    key = "tenders"
    found_as = "Marché public"
    content_panels = [
        FieldPanel("title", heading="Objet"),
        FieldPanel("summary"),
        FieldRowPanel([FieldPanel("nature"), FieldPanel("procedure"), FieldPanel("reference")], heading="Consultation"),
        FieldPanel("deadline_at"),
        FieldPanel("profile_url"),
        FieldPanel("body"),
        MultiFieldPanel(
            [
                FieldPanel("outcome"),
                FieldPanel("awarded_to"),
                FieldRowPanel([FieldPanel("awarded_on"), FieldPanel("amount")]),
            ],
            heading="Résultat",
        ),
    ]

    class Meta:
        verbose_name = "avis de marché public"
        verbose_name_plural = "avis de marchés publics"

    @classmethod
    def current(cls, page: Page, *, at: datetime) -> models.QuerySet[Any]:
        """Return the open ones, the nearest deadline first, then those that wait for a decision, the latest first."""
        waiting = Case(When(deadline_at__gt=at, then=0), default=1, output_field=IntegerField())
        when_open = Case(When(deadline_at__gt=at, then=F("deadline_at")))
        undecided = cls.under(page).filter(outcome="")
        return undecided.order_by(waiting, when_open, "-deadline_at", "pk")

    @classmethod
    def past(cls, page: Page, *, at: datetime) -> models.QuerySet[Any]:
        return cls.under(page).exclude(outcome="").order_by("-deadline_at", "-pk")

    def clean(self) -> None:
        super().clean()
        errors: dict[str, str] = {}
        if self.deadline_at is not None and is_far(day_of(self.deadline_at)):
            errors["deadline_at"] = FAR
        if self.profile_url and urlsplit(self.profile_url).scheme != "https":
            errors["profile_url"] = "L’adresse doit commencer par https://."
        is_awarded = self.outcome == self.Outcome.AWARDED
        if is_awarded and not self.awarded_to.strip():
            errors["awarded_to"] = "Dites à qui le marché est attribué, ou videz le résultat."
        if not is_awarded and (self.awarded_to.strip() or self.amount is not None or self.awarded_on is not None):
            errors["outcome"] = "Choisissez «\u00a0attribué\u00a0», ou effacez l’attributaire, la date et le montant."
        if self.awarded_on is not None and self.awarded_on > today():
            errors["awarded_on"] = "Cette date n’est pas encore venue\u00a0: vérifiez-la."
        if errors:
            raise ValidationError(errors)

    @property
    def state(self) -> str:
        """Its state in words, at this instant."""
        if self.outcome:
            return self.get_outcome_display()
        return "consultation ouverte" if self.deadline_at > timezone.now() else "consultation close"

    def group(self) -> str:
        return "Consultations ouvertes" if self.deadline_at > timezone.now() else "Closes, décision attendue"

    def dates(self) -> str:
        if self.outcome:
            return self.result
        return f"réponses avant le {at_in_words(self.deadline_at)}"

    @property
    def result(self) -> str:
        """« Attribué à …, le …, pour … hors taxes », « Sans suite »."""
        if self.outcome != self.Outcome.AWARDED:
            return "sans suite"
        said = f"attribué à {self.awarded_to}"
        if self.awarded_on:
            said += f", {in_days(self.awarded_on, self.awarded_on)}"
        return said + (f", pour {euros(self.amount)} hors taxes" if self.amount is not None else "")

    def facts(self) -> list[tuple[str, str]]:
        result = self.result if self.outcome else ""
        return [
            ("Référence", self.reference),
            ("Nature", self.get_nature_display().capitalize()),
            ("Procédure", self.get_procedure_display().capitalize()),
            ("Réponses", f"avant le {at_in_words(self.deadline_at)}"),
            ("Résultat", result[:1].upper() + result[1:]),
        ]

    def ended(self) -> str:
        return "" if not self.outcome and self.deadline_at > timezone.now() else self.state.capitalize()
