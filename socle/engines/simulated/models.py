"""Models: what the twins pretend is there, and the ledger of what they applied."""

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


class SimulatedZone(models.Model):
    """A zone that the twin of the DNS holds."""

    name = models.CharField("nom", max_length=253, unique=True)

    class Meta:
        verbose_name = "zone simulée"
        verbose_name_plural = "zones simulées"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class SimulatedSet(models.Model):
    """All that one name of such a zone says of one type: contents, marks and remarks, one a line."""

    zone = models.ForeignKey(SimulatedZone, models.CASCADE, related_name="sets", verbose_name="zone simulée")
    name = models.CharField("nom", max_length=253)
    type = models.CharField("type", max_length=10)
    ttl = models.PositiveIntegerField("durée de vie")
    contents = models.TextField("contenus")
    marks = models.TextField("marques", blank=True)
    remarks = models.TextField("remarques", blank=True)

    class Meta:
        verbose_name = "enregistrements simulés"
        verbose_name_plural = "enregistrements simulés"
        ordering = ["name", "type"]
        constraints = [models.UniqueConstraint(fields=["zone", "name", "type"], name="a_simulated_set_once")]

    def __str__(self) -> str:
        return f"{self.name} {self.type}"


class SimulatedDeposit(models.Model):
    """Something that the twin of a transmission device was handed: an act, or an answer about one (`answers`: which).

    It answers more the second time it is asked.
    """

    siren = models.CharField("SIREN", max_length=9)
    number = models.CharField("numéro", max_length=15)
    identifier = models.CharField("identifiant @CTES", max_length=60)
    subject = models.CharField("objet", max_length=500)
    message = models.TextField("message")
    looks = models.PositiveSmallIntegerField("fois où il fut demandé", default=0)
    answers = models.CharField("réponse", max_length=3, blank=True)
    is_cancelled = models.BooleanField("annulé", default=False)
    is_letter_taken = models.BooleanField("courrier pris", default=False)

    class Meta:
        verbose_name = "acte remis, simulé"
        verbose_name_plural = "actes remis, simulés"
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.identifier
