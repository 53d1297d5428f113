"""Rounds of signatures: which places a document has, in which order, and who filled them."""

from __future__ import annotations

import hashlib
import uuid

from django.db import models

from socle.documents.models import Document
from socle.people.models import User


class Way(models.TextChoices):
    """How a place is signed. The first two are in the file, each with its own proof; the third is beside it."""

    SEAL = "seal", "dans la plateforme, sous son cachet"
    CERTIFICATE = "certificate", "avec le certificat de la personne"
    PAPER = "paper", "sur papier"


class Round(models.Model):
    """The signatures asked for one document. `current` is its latest signed version; each version is kept."""

    original = models.OneToOneField(Document, models.PROTECT, related_name="round", verbose_name="document à signer")
    current = models.ForeignKey(Document, models.PROTECT, related_name="+", verbose_name="dernière version")
    opened_at = models.DateTimeField("ouvert le")
    closed_at = models.DateTimeField("clos le", null=True, blank=True)

    class Meta:
        verbose_name = "parapheur"

    def __str__(self) -> str:
        return f"parapheur du document {self.original_id}"

    def read_slots(self) -> dict[int, Slot]:
        """Read every slot, by its key, in the order of ranks, with who signed it: the rules then ask nothing more."""
        self.__dict__.pop("_prefetched_objects_cache", None)  # Another may have signed since they were last read.
        models.prefetch_related_objects([self], models.Prefetch("slots", Slot.objects.select_related("signed_by")))
        return {slot.pk: slot for slot in self.slots.all()}


class Slot(models.Model):
    """One place to sign: a named field of the PDF, filled once, after those of lower rank."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="slots", verbose_name="parapheur")
    rank = models.PositiveSmallIntegerField("rang")
    field_name = models.CharField("champ de signature", max_length=40)
    label = models.CharField("pour", max_length=200)
    signed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="signatures", verbose_name="signé par"
    )
    signed_at = models.DateTimeField("signé le", null=True, blank=True)
    way = models.CharField("moyen", max_length=12, choices=Way.choices, blank=True, db_default="")
    certificate_sha256 = models.CharField("empreinte du certificat", max_length=64, blank=True)
    result = models.OneToOneField(
        Document, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="document signé"
    )

    class Meta:
        verbose_name = "place de signature"
        verbose_name_plural = "places de signature"
        ordering = ["rank"]
        constraints = [
            models.UniqueConstraint(fields=["round", "rank"], name="one_slot_per_rank"),
            models.UniqueConstraint(fields=["round", "field_name"], name="one_slot_per_field"),
            models.CheckConstraint(
                condition=models.Q(signed_at__isnull=True, result__isnull=True)
                | models.Q(signed_at__isnull=False, result__isnull=False),
                name="a_signed_slot_has_its_document",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label} (rang {self.rank})"


class Evidence(models.Model):
    """Evidence of one gesture of signing in the platform: who, when, from which sign-in, which bytes.

    `body` is the very text whose SHA-256 is in the bytes that the seal signs: written once, never edited.
    """

    slot = models.OneToOneField(Slot, models.PROTECT, related_name="evidence", verbose_name="place de signature")
    body = models.TextField("preuve")

    class Meta:
        verbose_name = "preuve de signature"
        verbose_name_plural = "preuves de signature"

    def __str__(self) -> str:
        return f"preuve de la place {self.slot_id}"

    @property
    def recomputed(self) -> str:
        """The SHA-256 of the text as it is now, in hexadecimal."""
        return hashlib.sha256(self.body.encode()).hexdigest()


class Reading(models.Model):
    """One reading of a frozen list, and the one gesture by which a person signs all of it.

    It keeps how the person was identified for that gesture; each signature made after it says its `sha256`, which is
    that of the list: a number and the hash of what is signed, line by line.
    """

    key = models.UUIDField("clé de la demande", unique=True, default=uuid.uuid4, editable=False)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="par")
    read_at = models.DateTimeField("lue et signée le")
    sha256 = models.CharField("empreinte de la liste", max_length=64)
    method = models.CharField("contrôle de l’identité", max_length=40, blank=True)
    identified_at = models.DateTimeField("identité contrôlée le", null=True, blank=True)
    session_sha256 = models.CharField("empreinte de la session", max_length=64, blank=True)
    address = models.CharField("adresse du réseau", max_length=45, blank=True)

    class Meta:
        verbose_name = "lecture d’une liste à signer"
        verbose_name_plural = "lectures de listes à signer"

    def __str__(self) -> str:
        return f"lecture n° {self.pk}"


class ReadSlot(models.Model):
    """One place to sign of a reading, and the hash of the document as it was read."""

    reading = models.ForeignKey(Reading, models.CASCADE, related_name="places", verbose_name="lecture")
    slot = models.ForeignKey(Slot, models.PROTECT, related_name="readings", verbose_name="place de signature")
    document_sha256 = models.CharField("empreinte du document lu", max_length=64)

    class Meta:
        verbose_name = "place d’une lecture"
        verbose_name_plural = "places d’une lecture"
        constraints = [models.UniqueConstraint(fields=["reading", "slot"], name="a_place_is_read_once_in_a_list")]

    def __str__(self) -> str:
        return f"place {self.slot_id}, lecture {self.reading_id}"


class TrustedList(models.Model):
    """The last trusted list of a territory (ETSI TS 119 612) whose signature was good: who is qualified there."""

    territory = models.CharField("territoire", max_length=10, unique=True)
    number = models.PositiveIntegerField("numéro")
    issued_at = models.DateTimeField("publiée le")
    expires_at = models.DateTimeField("fait foi jusqu’au")
    content = models.TextField("contenu signé")
    sha256 = models.CharField("empreinte du fichier publié", max_length=64)

    class Meta:
        verbose_name = "liste de confiance"
        verbose_name_plural = "listes de confiance"

    def __str__(self) -> str:
        return f"liste de confiance {self.territory} n° {self.number}"
