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
    # What is printed in the corners of each page, and names this very print: nothing on those of before.
    code = models.CharField("code imprimé", max_length=80, blank=True, db_default="")

    class Meta:
        verbose_name = "parapheur"

    def __str__(self) -> str:
        return f"parapheur du document {self.original_id}"

    @property
    def is_on_paper(self) -> bool:
        """Whether its latest version is the scan of a paper: one of its places is sure, and was signed on paper."""
        return any(slot.way == Way.PAPER and slot.signed_at is not None for slot in self.slots.all())

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
    # Recorded on paper, and not sure yet: the next one signs, and this one is not called signed.
    recorded_at = models.DateTimeField("enregistrée sur papier le", null=True, blank=True)
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

    @property
    def is_free(self) -> bool:
        """Whether it is still to be signed: neither signed, nor recorded on paper and waiting to be sure."""
        return self.signed_at is None and self.recorded_at is None


# The same, in a query.
FREE = models.Q(signed_at=None, recorded_at=None)


class PaperSignature(models.Model):
    """A signature on paper that somebody recorded, with its scan: sure once its party has said so, or has let it pass.

    `has_code` says that the code of this very print was read on its pages; otherwise a second person attests it.
    `body` and `answer` are what was said when it was recorded, and of it since, each written once: the evidence.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", "à confirmer"
        CONFIRMED = "confirmed", "confirmée par la partie"
        UNCONTESTED = "uncontested", "non contestée dans le délai"
        CONTESTED = "contested", "contestée"

    slot = models.ForeignKey(Slot, models.PROTECT, related_name="papers", verbose_name="place de signature")
    scan = models.OneToOneField(Document, models.PROTECT, related_name="+", verbose_name="numérisation")
    status = models.CharField("état", max_length=12, choices=Status.choices, default=Status.WAITING)
    signatory = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="signataire")
    signed_on = models.DateField("signée le")
    has_code = models.BooleanField("code lu")
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="enregistrée par")
    recorded_at = models.DateTimeField("enregistrée le")
    body = models.TextField("preuve de l’enregistrement")
    attested_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="attestée par"
    )
    attested_at = models.DateTimeField("attestée le", null=True, blank=True)
    # When its party was told: from that day, it has so many to contest.
    told_at = models.DateTimeField("annoncée le", null=True, blank=True)
    settled_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="réponse de"
    )
    settled_at = models.DateTimeField("réponse le", null=True, blank=True)
    reason = models.CharField("motif", max_length=500, blank=True)
    answer = models.TextField("preuve de la réponse", blank=True)

    class Meta:
        verbose_name = "signature sur papier"
        verbose_name_plural = "signatures sur papier"
        ordering = ["recorded_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["slot"],
                condition=~models.Q(status="contested"),
                name="one_paper_stands_per_place",
            )
        ]

    def __str__(self) -> str:
        return f"signature sur papier {self.pk}, place {self.slot_id}"


MOVES: dict[PaperSignature.Status, tuple[PaperSignature.Status, ...]] = {
    PaperSignature.Status.WAITING: (
        PaperSignature.Status.CONFIRMED,
        PaperSignature.Status.UNCONTESTED,
        PaperSignature.Status.CONTESTED,
    ),
    PaperSignature.Status.CONFIRMED: (),
    PaperSignature.Status.UNCONTESTED: (),
    PaperSignature.Status.CONTESTED: (),
}


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
