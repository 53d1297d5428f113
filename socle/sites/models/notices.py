"""Announcements of a mairie for a time, which leave by themselves: exceptional days, and alerts above every page."""

# mypy: disable-error-code="django-manager-missing"

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from socle.people.models import User
from socle.sites.models.sites import WebSite


@dataclass(frozen=True)
class Span:
    """From one hour to another, on an exceptional day."""

    opens: time
    closes: time


class ExceptionalDayQuerySet(models.QuerySet["ExceptionalDay"]):
    """Questions about the exceptional days of a site."""

    def kept(self) -> ExceptionalDayQuerySet:
        """Those that were not taken back."""
        return self.filter(removed_at=None)

    def not_past(self, on: date) -> ExceptionalDayQuerySet:
        """Those that are not over on this day."""
        return self.filter(ends_on__gte=on)


class ExceptionalDay(models.Model):
    """One day, or several in a row, when the mairie is closed, or opens at other hours than its week says.

    Without hours the mairie is closed. A past one is shown nowhere; one that was removed can be restored.
    """

    website = models.ForeignKey(WebSite, models.CASCADE, related_name="exceptional_days", verbose_name="site internet")
    starts_on = models.DateField("premier jour")
    ends_on = models.DateField("dernier jour")
    reason = models.CharField("motif", max_length=120, blank=True)
    opens = models.TimeField("ouvre à", null=True, blank=True)
    closes = models.TimeField("ferme à", null=True, blank=True)
    reopens = models.TimeField("rouvre à", null=True, blank=True)
    closes_again = models.TimeField("ferme à nouveau à", null=True, blank=True)
    added_at = models.DateTimeField("annoncé le")
    removed_at = models.DateTimeField("retiré le", null=True, blank=True)

    objects = ExceptionalDayQuerySet.as_manager()

    class Meta:
        verbose_name = "jour exceptionnel de la mairie"
        verbose_name_plural = "jours exceptionnels de la mairie"
        ordering = ["starts_on", "pk"]
        indexes = [models.Index(fields=["website", "ends_on"], name="exceptional_day_by_end")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="an_exceptional_day_ends_after_it_starts",
                violation_error_message="Le dernier jour vient après le premier\u00a0: vérifiez les deux dates.",
            ),
            models.CheckConstraint(
                condition=Q(opens__isnull=True, closes__isnull=True) | Q(closes__gt=F("opens")),
                name="an_exceptional_day_closes_after_it_opens",
                violation_error_message="La mairie ferme après avoir ouvert\u00a0: vérifiez les deux heures.",
            ),
            models.CheckConstraint(
                condition=Q(reopens__isnull=True, closes_again__isnull=True) | Q(closes_again__gt=F("reopens")),
                name="an_exceptional_day_closes_again_after_it_reopens",
                violation_error_message="La mairie ferme après avoir ouvert\u00a0: vérifiez les deux heures.",
            ),
        ]

    def __str__(self) -> str:
        return f"jour exceptionnel {self.pk}, site {self.website_id}"

    @property
    def spans(self) -> list[Span]:
        """The hours of these days; none when the mairie is closed."""
        ends = [(self.opens, self.closes), (self.reopens, self.closes_again)]
        return [Span(opens, closes) for opens, closes in ends if opens is not None and closes is not None]

    @property
    def is_closed(self) -> bool:
        return not self.spans

    @property
    def is_one_day(self) -> bool:
        return self.starts_on == self.ends_on


class AlertQuerySet(models.QuerySet["Alert"]):
    """Questions about the alerts of a site."""

    def shown(self, at: datetime) -> AlertQuerySet:
        """Those that readers see at this instant, the gravest first."""
        return self.filter(withdrawn_at=None, starts_at__lte=at, ends_at__gt=at).order_by(
            "-gravity", "-starts_at", "-pk"
        )

    def begun(self, at: datetime) -> AlertQuerySet:
        """Those that readers have seen, or see: the newest first."""
        return self.filter(withdrawn_at=None, starts_at__lte=at).order_by("-starts_at", "-pk")


class Alert(models.Model):
    """A few words above every page of a site, from one instant to another."""

    class Gravity(models.IntegerChoices):
        INFORMATION = 1, "information"
        VIGILANCE = 2, "vigilance"
        URGENCY = 3, "urgence"

    # The names of their looks.
    TONES: ClassVar[dict[int, str]] = {1: "information", 2: "vigilance", 3: "urgency"}

    website = models.ForeignKey(WebSite, models.CASCADE, related_name="alerts", verbose_name="site internet")
    gravity = models.PositiveSmallIntegerField("gravité", choices=Gravity.choices, default=Gravity.INFORMATION)
    words = models.CharField("message", max_length=300)
    link = models.CharField("lien", max_length=500, blank=True)
    link_words = models.CharField("texte du lien", max_length=80, blank=True)
    starts_at = models.DateTimeField("paraît le")
    ends_at = models.DateTimeField("disparaît le")
    published_at = models.DateTimeField("publiée le")
    published_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="publiée par"
    )
    withdrawn_at = models.DateTimeField("retirée le", null=True, blank=True)
    # The site was told that it appears, then that it disappears: what the tick still has to say is found by these.
    appeared_at = models.DateTimeField("parue le", null=True, blank=True)
    disappeared_at = models.DateTimeField("disparue le", null=True, blank=True)

    objects = AlertQuerySet.as_manager()

    class Meta:
        verbose_name = "alerte"
        verbose_name_plural = "alertes"
        ordering = ["-starts_at", "-pk"]
        indexes = [
            models.Index(fields=["website", "ends_at"], name="alert_of_site_by_end"),
            models.Index(
                fields=["starts_at"], name="alert_to_appear", condition=Q(appeared_at=None, withdrawn_at=None)
            ),
            models.Index(
                fields=["ends_at"], name="alert_to_disappear", condition=Q(disappeared_at=None, withdrawn_at=None)
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="an_alert_ends_after_it_starts",
                violation_error_message="L’alerte disparaît après avoir paru\u00a0: vérifiez les deux moments.",
            ),
            models.CheckConstraint(condition=Q(gravity__gte=1, gravity__lte=3), name="an_alert_has_a_known_gravity"),
        ]

    def __str__(self) -> str:
        return f"alerte {self.pk}, site {self.website_id}"

    @property
    def tone(self) -> str:
        """The name of its look."""
        return self.TONES[self.gravity]
