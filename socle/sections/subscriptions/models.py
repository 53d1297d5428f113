"""Who receives the alerts of a site by e-mail, and how far each alert has gone."""

# A scoped manager has no type the checker could find.
# mypy: disable-error-code="django-manager-missing"

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django_scopes import ScopedManager

from socle.sites.models.notices import Alert
from socle.sites.models.sites import WebSite
from socle.syndication.models import ShareOffer


class AlertSubscription(models.Model):
    """An address that asked for the alerts of a site. It receives none until the link written to it is opened.

    Whoever leaves is erased at once: nothing is kept of an address that no longer wants anything.
    """

    website = models.ForeignKey(
        WebSite, models.CASCADE, related_name="alert_subscriptions", verbose_name="site internet"
    )
    email = models.EmailField("adresse électronique")
    asked_at = models.DateTimeField("demandé le")
    confirmed_at = models.DateTimeField("confirmé le", null=True, blank=True)
    # Only the digest of the link is kept: the database opens no door.
    link_sha256 = models.CharField("empreinte du lien", max_length=64, blank=True)
    link_expires_at = models.DateTimeField("lien valable jusqu’au", null=True, blank=True)
    # A letter must leave for this address: the link, or the reminder that the subscription is there already.
    letter_due_at = models.DateTimeField("lettre à envoyer le", null=True, blank=True)

    objects = ScopedManager(beneficiary="website__beneficiary")

    class Meta:
        verbose_name = "abonnement aux alertes"
        verbose_name_plural = "abonnements aux alertes"
        ordering = ["pk"]
        indexes = [
            models.Index(
                fields=["letter_due_at"], name="subscription_letters_to_send", condition=Q(letter_due_at__isnull=False)
            ),
            models.Index(fields=["link_sha256"], name="subscription_by_link", condition=~Q(link_sha256="")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["website", "email"], name="one_alert_subscription_per_address"),
        ]

    def __str__(self) -> str:
        return f"abonnement {self.pk}, site {self.website_id}"


class AlertMailing(models.Model):
    """How far an alert has been sent to those who subscribed before it appeared: never twice, whatever stops.

    The alert is one of the site, or one of others that the site accepted.
    """

    alert = models.OneToOneField(
        Alert, models.CASCADE, null=True, blank=True, related_name="mailing", verbose_name="alerte"
    )
    offer = models.OneToOneField(
        ShareOffer, models.CASCADE, null=True, blank=True, related_name="mailing", verbose_name="alerte partagée"
    )
    begun_at = models.DateTimeField("commencé le")
    reached = models.BigIntegerField("dernier abonnement servi", default=0)
    sent = models.PositiveIntegerField("courriels partis", default=0)
    done_at = models.DateTimeField("terminé le", null=True, blank=True)

    class Meta:
        verbose_name = "envoi d’une alerte"
        verbose_name_plural = "envois des alertes"
        constraints = [
            models.CheckConstraint(
                condition=Q(alert__isnull=True, offer__isnull=False) | Q(alert__isnull=False, offer__isnull=True),
                name="a_mailing_is_of_one_alert",
            ),
        ]

    def __str__(self) -> str:
        return f"envoi de l’alerte {self.alert_id}" if self.alert_id else f"envoi de la proposition {self.offer_id}"
