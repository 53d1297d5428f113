"""The road of an act to the prefecture: each sending, how a body sends, and what the prefecture writes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar, Self, TypeVar

from django.db import models
from django.db.models import Q
from django_scopes import ScopedManager

from socle.deliberations.models.acts import Act
from socle.documents.models import Document
from socle.lib.due import has_come
from socle.people.models import Beneficiary, Operator, User


class Road(models.TextChoices):
    """How an act goes: with a slip that is stamped, on another platform, or by a transmission device."""

    PAPER = "paper", "papier"
    ELSEWHERE = "elsewhere", "transmis ailleurs"
    ELECTRONIC = "electronic", "électronique"


class Status(models.TextChoices):
    ASKED = "asked", "à envoyer"
    LEAVING = "leaving", "en train de partir"
    SENT = "sent", "envoyé"
    RECEIVED = "received", "reçu en préfecture"
    REFUSED = "refused", "refusé"
    CANCELLING = "cancelling", "annulation demandée"
    CANCELLED = "cancelled", "annulé"


MOVES: dict[Status, tuple[Status, ...]] = {
    Status.ASKED: (Status.LEAVING, Status.CANCELLED),
    # Back to where it was, when the device did not answer.
    Status.LEAVING: (Status.SENT, Status.ASKED, Status.REFUSED),
    Status.SENT: (Status.RECEIVED, Status.REFUSED, Status.CANCELLED),
    Status.RECEIVED: (Status.CANCELLING,),
    Status.CANCELLING: (Status.CANCELLED, Status.RECEIVED),
    Status.REFUSED: (),
    Status.CANCELLED: (),
}
# Before its end, a certificate is announced: a new one takes weeks to have.
NOTICE = timedelta(days=30)
# An act that came there may go again.
ENDED = (Status.REFUSED, Status.CANCELLED)
NO_OTHER_BODY = Q(beneficiary__isnull=False, operator__isnull=True) | Q(
    beneficiary__isnull=True, operator__isnull=False
)


class _OfOperators(models.Manager[Any]):
    """The rows of operators, who are no tenants; `path` leads to their body."""

    def __init__(self, path: str = "") -> None:
        super().__init__()
        self.path = path

    def get_queryset(self) -> models.QuerySet[Any]:
        return super().get_queryset().filter(**{f"{self.path}beneficiary__isnull": True})


class TransmissionAccount(models.Model):
    """How one body sends its acts electronically, and what its prefecture says of them.

    The convention with the prefect comes first (CGCT, R. 2131-5 and following). Certificate and key are in the vault.
    """

    beneficiary = models.OneToOneField(
        Beneficiary, models.PROTECT, null=True, blank=True, related_name="transmission", verbose_name="bénéficiaire"
    )
    operator = models.OneToOneField(
        Operator, models.PROTECT, null=True, blank=True, related_name="transmission", verbose_name="opérateur"
    )
    siren = models.CharField("SIREN", max_length=9)
    department = models.CharField("département, sur trois caractères", max_length=3)
    district = models.CharField("arrondissement", max_length=1)
    nature = models.CharField("nature de la collectivité", max_length=2)
    email = models.EmailField("adresse des réponses")
    referent = models.CharField("personne à joindre", max_length=120, blank=True)
    phone = models.CharField("téléphone", max_length=20, blank=True)
    agreed_on = models.DateField("convention avec la préfecture signée le")
    is_compulsory = models.BooleanField("transmission électronique obligatoire", default=False)
    # Which of `SOCLE_TRANSMITTERS`, where it answers, and the three letters by which archives name it.
    transmitter = models.CharField("dispositif de transmission", max_length=20)
    device = models.CharField("trigramme du dispositif", max_length=3)
    address = models.URLField("adresse du dispositif", blank=True)
    login = models.CharField("identifiant", max_length=120, blank=True)
    password = models.TextField("mot de passe, chiffré", blank=True)
    certificate = models.TextField("certificat et clé, chiffrés", blank=True)
    certificate_ends_at = models.DateTimeField("fin du certificat", null=True, blank=True)
    # Of the classification that the prefecture last gave, and of the one that it last said to be in force.
    classification_on = models.DateField("classification du", null=True, blank=True)
    in_force_on = models.DateField("classification en vigueur", null=True, blank=True)
    # When its device was last asked what it has for this body.
    heard_at = models.DateTimeField("interrogé le", null=True, blank=True, db_index=True)

    objects: ClassVar[models.Manager[TransmissionAccount]] = ScopedManager(beneficiary="beneficiary")
    of_operators: ClassVar[models.Manager[TransmissionAccount]] = _OfOperators()

    class Meta:
        verbose_name = "réglage de transmission"
        verbose_name_plural = "réglages de transmission"
        constraints = [models.CheckConstraint(condition=NO_OTHER_BODY, name="an_account_belongs_to_one_body")]

    def __str__(self) -> str:
        return f"{self.siren}, {self.transmitter}"

    @classmethod
    def of(cls, body: Beneficiary | Operator) -> TransmissionAccount | None:
        """How this body sends electronically, or None."""
        key = {"operator": body} if isinstance(body, Operator) else {"beneficiary": body}
        return cls._base_manager.filter(**key).first()

    @property
    def body(self) -> Beneficiary | Operator:
        return self.beneficiary or self.operator  # type: ignore[return-value]

    @classmethod
    def ending(cls, at: datetime) -> models.QuerySet[TransmissionAccount]:
        """Those of every body whose certificate ends soon, or has ended, the first to end in front."""
        return cls._base_manager.filter(certificate_ends_at__lte=at + NOTICE).order_by("certificate_ends_at", "pk")

    @property
    def announced_at(self) -> datetime | None:
        """When the end of its certificate is announced; none has no end."""
        return self.certificate_ends_at - NOTICE if self.certificate_ends_at is not None else None

    def is_ending(self, at: datetime) -> bool:
        """Whether its certificate ends soon, or has ended."""
        return self.announced_at is not None and self.announced_at <= at


class ClassifiedMatter(models.Model):
    """A matter in the nomenclature of one body's prefecture, with the third to fifth levels that are its own."""

    account = models.ForeignKey(TransmissionAccount, models.CASCADE, related_name="matters", verbose_name="réglage")
    code = models.CharField("code", max_length=14)
    label = models.CharField("libellé", max_length=300)

    class Meta:
        verbose_name = "matière de la préfecture"
        verbose_name_plural = "matières de la préfecture"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["account", "code"], name="one_matter_per_prefecture_code")]

    def __str__(self) -> str:
        return f"{self.code} {self.label}"


class FileKind(models.Model):
    """A kind of file that the prefecture takes with an act of this nature: « 99_DE », a deliberation."""

    account = models.ForeignKey(TransmissionAccount, models.CASCADE, related_name="kinds", verbose_name="réglage")
    nature = models.CharField("nature d’acte", max_length=2)
    code = models.CharField("code", max_length=5)
    label = models.CharField("libellé", max_length=300)

    class Meta:
        verbose_name = "typologie de pièce"
        verbose_name_plural = "typologies de pièce"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["account", "nature", "code"], name="one_kind_per_prefecture_nature")
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.label}"


Departing = TypeVar("Departing", bound="Departure")


# The longest wait after a failure.
LONGEST_WAIT = timedelta(hours=12)


class DepartureQuerySet(models.QuerySet[Departing]):
    def open(self) -> Self:
        """Those that are neither refused nor cancelled: at most one for each act, for each letter."""
        return self.exclude(status__in=ENDED)

    def to_leave(self, at: datetime) -> Self:
        """Those to be handed to their device now, or whose handing over was cut."""
        is_due = Q(next_try_at=None) | has_come("next_try_at", at, within=LONGEST_WAIT)
        return self.filter(Q(status=Status.LEAVING) | (Q(status=Status.ASKED) & is_due))


class Departure(models.Model):
    """Something that leaves by a device, once: an act, or the answer to a letter about it."""

    status = models.CharField("état", max_length=10, choices=Status.choices, default=Status.ASKED, db_index=True)
    asked_at = models.DateTimeField("demandée le")
    sent_at = models.DateTimeField("envoyée le", null=True, blank=True)
    sent_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="envoyée par"
    )
    # The device's own.
    reference = models.CharField("référence du dispositif", max_length=60, blank=True)
    tries = models.PositiveSmallIntegerField("essais", default=0)
    next_try_at = models.DateTimeField("prochain essai le", null=True, blank=True)
    received_on = models.DateField("reçue en préfecture le", null=True, blank=True)
    says = models.TextField("refus ou anomalie", blank=True)

    class Meta:
        abstract = True


# How begins the refusal of a number that the device had already, from elsewhere.
NUMBER_USED = "Ce numéro a déjà servi au dispositif\u00a0:"


class TransmissionQuerySet(DepartureQuerySet["Transmission"]):
    def that_used_a_number(self) -> Self:
        """Those whose number no device takes again: it was handed over, or the device had it already."""
        is_used = ~Q(reference="") | Q(says__startswith=NUMBER_USED)
        return self.filter(is_used, road=Road.ELECTRONIC)

    def awaited(self) -> Self:
        """Those of which the device may still say something."""
        return self.filter(road=Road.ELECTRONIC, status__in=(Status.SENT, Status.CANCELLING))


class ReplyQuerySet(DepartureQuerySet["Reply"]):
    def awaited(self) -> Self:
        """Those whose receipt is to come: a mere letter has none."""
        return self.filter(status=Status.SENT).exclude(flow=Reply.Flow.LETTER)


TransmissionManager = models.Manager.from_queryset(TransmissionQuerySet)


class _TransmissionsOfOperators(TransmissionManager["Transmission"]):
    def get_queryset(self) -> TransmissionQuerySet:
        return TransmissionQuerySet(self.model, using=self._db).filter(act__beneficiary__isnull=True)


class Transmission(Departure):
    """One sending of an act to the prefecture, by one road, until it is received, refused or cancelled."""

    act = models.ForeignKey(Act, models.PROTECT, related_name="transmissions", verbose_name="acte")
    road = models.CharField("voie", max_length=10, choices=Road.choices)
    nature = models.CharField("nature d’acte", max_length=2, blank=True)
    # The slip that goes along on paper; then what the prefecture gave back, always another file than the act's own.
    slip = models.ForeignKey(
        Document, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="bordereau"
    )
    stamped = models.ForeignKey(
        Document, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="exemplaire tamponné"
    )
    proof = models.ForeignKey(
        Document, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="preuve de réception"
    )
    identifier = models.CharField("identifiant @CTES", max_length=60, blank=True, db_index=True)
    # By the device: the archive as it left, made again from what is kept.
    is_followed_by_paper = models.BooleanField("suivie d’un envoi papier", default=False)
    archive_name = models.CharField("archive", max_length=80, blank=True)
    archive_sha256 = models.CharField("empreinte SHA-256 de l’archive", max_length=64, blank=True)
    acknowledged_at = models.DateTimeField("accusé lu le", null=True, blank=True)

    objects: ClassVar[TransmissionManager[Transmission]] = ScopedManager(
        beneficiary="act__beneficiary", _manager_class=TransmissionManager
    )
    of_operators: ClassVar[TransmissionManager[Transmission]] = _TransmissionsOfOperators()

    class Meta:
        verbose_name = "transmission"
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["act"], condition=~Q(status__in=["refused", "cancelled"]), name="one_open_transmission_per_act"
            ),
            models.CheckConstraint(
                condition=~Q(status="received") | Q(received_on__isnull=False), name="what_is_received_has_its_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.act}, {self.get_road_display()}"

    @classmethod
    def of_act(cls, act: Act) -> TransmissionQuerySet:
        """The sendings of an act that was read in its own scope."""
        return cls.of_all().filter(act=act)

    @classmethod
    def of_all(cls) -> TransmissionQuerySet:
        """Those of every body, whatever the scope: for what the platform does by itself."""
        return TransmissionQuerySet(cls)

    @classmethod
    def of(cls, body: Beneficiary | Operator) -> models.QuerySet[Transmission]:
        """The sendings of one body; those of a beneficiary are read within a scope, as all that is its own."""
        if isinstance(body, Operator):
            return cls.of_operators.filter(act__operator=body)
        return cls.objects.filter(act__beneficiary=body)


class Enclosure(models.Model):
    """A file annexed to an act that is sent, in its order; `kind` is its code at the prefecture."""

    transmission = models.ForeignKey(Transmission, models.CASCADE, related_name="enclosures", verbose_name="envoi")
    rank = models.PositiveSmallIntegerField("rang")
    document = models.ForeignKey(Document, models.PROTECT, related_name="+", verbose_name="document")
    kind = models.CharField("typologie", max_length=5, blank=True)

    class Meta:
        verbose_name = "annexe d’un envoi"
        verbose_name_plural = "annexes d’un envoi"
        ordering = ["rank"]
        constraints = [models.UniqueConstraint(fields=["transmission", "rank"], name="one_enclosure_per_rank")]

    def __str__(self) -> str:
        return f"annexe {self.rank}"


class Incoming(models.Model):
    """A message of the prefecture to a body: whole, as it came; set aside with the reason when it fits nothing."""

    class Kind(models.TextChoices):
        RECEIPT = "1-2", "accusé de réception"
        ANOMALY = "1-3", "anomalie"
        LETTER = "2-1", "courrier simple"
        REQUEST = "3-1", "demande de pièces complémentaires"
        PIECES_RECEIPT = "3-5", "accusé de réception des pièces"
        OBSERVATIONS = "4-1", "lettre d’observations"
        REPLY_RECEIPT = "4-5", "accusé de réception de la réponse"
        REFERRAL = "5-1", "déféré au tribunal administratif"
        CANCELLATION = "6-2", "accusé d’annulation"
        CLASSIFICATION = "7-2", "classification"
        SAME_CLASSIFICATION = "7-3", "classification inchangée"
        ENVELOPE_ANOMALY = "envelope", "anomalie d’enveloppe"
        UNREAD = "unread", "message illisible"

    # Those that somebody must read, and perhaps answer.
    LETTERS = (Kind.LETTER, Kind.REQUEST, Kind.OBSERVATIONS, Kind.REFERRAL)

    beneficiary = models.ForeignKey(
        Beneficiary, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="bénéficiaire"
    )
    operator = models.ForeignKey(
        Operator, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="opérateur"
    )
    transmission = models.ForeignKey(
        Transmission, models.PROTECT, null=True, blank=True, related_name="incoming", verbose_name="envoi"
    )
    kind = models.CharField("nature", max_length=10, choices=Kind.choices)
    identifier = models.CharField("identifiant @CTES", max_length=60, blank=True)
    letter_on = models.DateField("daté du", null=True, blank=True)
    says = models.TextField("contenu", blank=True)
    set_aside_because = models.TextField("mis de côté parce que", blank=True)
    received_at = models.DateTimeField("arrivé le")
    # By which the device knows it: what an answer names.
    reference = models.CharField("référence du dispositif", max_length=60, blank=True)
    sha256 = models.CharField("empreinte SHA-256", max_length=64)
    message = models.ForeignKey(Document, models.PROTECT, related_name="+", verbose_name="message")

    objects: ClassVar[models.Manager[Incoming]] = ScopedManager(beneficiary="beneficiary")
    of_operators: ClassVar[models.Manager[Incoming]] = _OfOperators()

    class Meta:
        verbose_name = "message de la préfecture"
        verbose_name_plural = "messages de la préfecture"
        ordering = ["-received_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=NO_OTHER_BODY, name="a_message_comes_to_one_body"),
            models.UniqueConstraint(
                fields=["beneficiary", "sha256"],
                condition=Q(beneficiary__isnull=False),
                name="one_message_per_beneficiary_and_bytes",
            ),
            models.UniqueConstraint(
                fields=["operator", "sha256"],
                condition=Q(operator__isnull=False),
                name="one_message_per_operator_and_bytes",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """Its kind, as a screen begins with it."""
        return str(self.get_kind_display()).capitalize()


class IncomingFile(models.Model):
    """A file that came with a message of the prefecture: its letter, a piece."""

    incoming = models.ForeignKey(Incoming, models.CASCADE, related_name="files", verbose_name="message")
    document = models.ForeignKey(Document, models.PROTECT, related_name="+", verbose_name="document")

    class Meta:
        verbose_name = "fichier d’un message de la préfecture"
        verbose_name_plural = "fichiers des messages de la préfecture"
        ordering = ["pk"]

    def __str__(self) -> str:
        return str(self.document)


class Reply(Departure):
    """The answer of a body to a letter of its prefecture, by the device that brought the letter: one PDF."""

    class Flow(models.TextChoices):
        """The messages of @CTES that answer; the figure before the hyphen is that of the letter."""

        LETTER = "2-2", "réponse au courrier"
        REFUSAL = "3-3", "refus d’envoyer les pièces"
        PIECES = "3-4", "pièces complémentaires"
        REJECTION = "4-3", "rejet des observations"
        JUSTIFICATION = "4-4", "réponse aux observations"

    letter = models.ForeignKey(Incoming, models.PROTECT, related_name="replies", verbose_name="message")
    flow = models.CharField("réponse", max_length=3, choices=Flow.choices)
    document = models.ForeignKey(Document, models.PROTECT, related_name="+", verbose_name="document")

    objects: ClassVar[models.Manager[Reply]] = ScopedManager(beneficiary="letter__beneficiary")

    class Meta:
        verbose_name = "réponse à la préfecture"
        verbose_name_plural = "réponses à la préfecture"
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["letter"],
                condition=~Q(status__in=["refused", "cancelled"]),
                name="one_open_reply_per_letter",
            ),
        ]

    def __str__(self) -> str:
        return str(self.get_flow_display())

    @classmethod
    def of_all(cls) -> ReplyQuerySet:
        """Those of every body, whatever the scope: for what the platform does by itself."""
        return ReplyQuerySet(cls)

    @property
    def sending(self) -> Transmission:
        """The sending that the letter was about: none is answered without."""
        assert self.letter.transmission is not None
        return self.letter.transmission

    @property
    def act(self) -> Act:
        return self.sending.act
