"""What the twins pretend is there, and the ledger of what they applied."""

from __future__ import annotations

from django.db import models

from socle.people.models import Beneficiary


class Thing(models.Model):
    """One thing a twin made for a beneficiary: a domain, a mailbox, a calendar, a folder, a repository."""

    service_code = models.SlugField("service")
    beneficiary = models.ForeignKey(Beneficiary, models.CASCADE, related_name="+", verbose_name="bénéficiaire")
    name = models.CharField("nom", max_length=200)
    is_suspended = models.BooleanField("suspendue", default=False)
    made_at = models.DateTimeField("faite le", auto_now_add=True)

    class Meta:
        verbose_name = "chose simulée"
        verbose_name_plural = "choses simulées"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["service_code", "beneficiary", "name"], name="a_simulated_thing_once")
        ]

    def __str__(self) -> str:
        return self.name


class LedgerLine(models.Model):
    """One change that had an effect. Deliberately without a unique key: the ledger must be able to show a double."""

    key = models.CharField("clé", max_length=200, db_index=True)
    applied_at = models.DateTimeField("appliqué le", auto_now_add=True)

    class Meta:
        verbose_name = "ligne du registre simulé"
        verbose_name_plural = "lignes du registre simulé"

    def __str__(self) -> str:
        return self.key
