"""Models: what opens one person's services to one device."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Use(models.TextChoices):
    """Services that a device password opens."""

    MAIL = "mail", "messagerie"
    AGENDA = "agenda", "agendas et contacts"
    FILES = "files", "fichiers"

    @property
    def field(self) -> str:
        """The column that says whether a device is let into it."""
        return f"opens_{self.value}"


class DevicePasswordQuerySet(models.QuerySet["DevicePassword"]):
    def live(self) -> DevicePasswordQuerySet:
        """Those that open something: not ended, of an open account."""
        return self.filter(ended_at__isnull=True, user__is_active=True)


class DevicePassword(models.Model):
    """A password made by the platform for one device of one person: shown once, kept as a digest, ended alone.

    `prefix` is public: it is the beginning of the secret, by which the row is found and which the journal may hold.
    """

    user = models.ForeignKey("people.User", models.CASCADE, related_name="device_passwords", verbose_name="personne")
    name = models.CharField("nom de l’appareil", max_length=60)
    opens_mail = models.BooleanField("ouvre la messagerie", default=False)
    opens_agenda = models.BooleanField("ouvre les agendas et les contacts", default=False)
    opens_files = models.BooleanField("ouvre les fichiers", default=False)
    prefix = models.CharField("début, public", max_length=8, unique=True)
    # As Dovecot reads it: {SSHA256}, then base64 of the digest followed by its salt.
    digest = models.CharField("empreinte", max_length=120)
    made_at = models.DateTimeField("fait le")
    used_at = models.DateTimeField("dernière utilisation", null=True, blank=True)
    ended_at = models.DateTimeField("arrêté le", null=True, blank=True)

    objects = DevicePasswordQuerySet.as_manager()

    class Meta:
        verbose_name = "mot de passe d’appareil"
        verbose_name_plural = "mots de passe d’appareils"
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(opens_mail=True) | Q(opens_agenda=True) | Q(opens_files=True),
                name="a_device_password_opens_something",
            ),
            models.UniqueConstraint(
                fields=["user", "name"], condition=Q(ended_at__isnull=True), name="one_live_device_of_a_name"
            ),
        ]

    def __str__(self) -> str:
        return f"appareil {self.prefix} ({self.user_id})"

    @property
    def uses(self) -> list[Use]:
        """Return the services it opens."""
        return [use for use in Use if getattr(self, use.field)]

    def opens(self, use: Use) -> bool:
        """Whether it lets its device into this."""
        return bool(getattr(self, use.field))
