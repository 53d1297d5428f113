"""Models: what an inhabitant writes to the mairie from its site, what came with it, what was answered."""

# A scoped manager has no type the checker could find.
# mypy: disable-error-code="django-manager-missing"

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django_scopes import ScopedManager

from socle.people.models import Beneficiary, User


class Status(models.TextChoices):
    NEW = "new", "nouveau"
    ANSWERED = "answered", "répondu"
    CLOSED = "closed", "classé"
    SPAM = "spam", "indésirable"


MOVES: dict[Status, tuple[Status, ...]] = {
    Status.NEW: (Status.ANSWERED, Status.CLOSED, Status.SPAM),
    Status.ANSWERED: (Status.NEW, Status.CLOSED),
    Status.CLOSED: (Status.NEW,),
    Status.SPAM: (Status.NEW,),
}


class ContactMessage(models.Model):
    """A message written on the form of a site.

    `number` is given to whoever wrote, so that they name it on the telephone; it opens nothing. `receipt` holds the
    words of the receipt as they were given, on the screen and by e-mail: they prove what was said, and when.
    """

    class Subject(models.TextChoices):
        QUESTION = "question", "Une question"
        REQUEST = "request", "Une demande\u00a0: document, autorisation, aide…"
        REPORT = "report", "Un problème à signaler\u00a0: voirie, éclairage, dépôt…"
        OTHER = "other", "Autre chose"

    beneficiary = models.ForeignKey(
        Beneficiary, models.PROTECT, related_name="contact_messages", verbose_name="bénéficiaire"
    )
    number = models.CharField("numéro", max_length=12, unique=True)
    status = models.CharField("état", max_length=10, choices=Status.choices, default=Status.NEW)
    name = models.CharField("prénom et nom", max_length=120)
    email = models.EmailField("adresse électronique", blank=True)
    phone = models.CharField("téléphone", max_length=30, blank=True)
    address = models.CharField("adresse postale", max_length=250, blank=True)
    subject = models.CharField("objet", max_length=10, choices=Subject.choices)
    words = models.TextField("message")
    # Without accents nor case: what the search of the mairie reads.
    search_text = models.TextField("texte cherché")
    receipt = models.TextField("accusé de réception", blank=True)
    # What the form bore, so that a form sent twice makes one message.
    form_sha256 = models.CharField("empreinte du formulaire", max_length=64, unique=True)
    received_at = models.DateTimeField("reçu le")
    # The last time its state changed: what its retention counts from.
    moved_at = models.DateTimeField("changé d’état le", null=True, blank=True)
    assigned_to = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="confié à"
    )
    is_fictitious = models.BooleanField("message fictif de démonstration", default=False)

    objects = ScopedManager(beneficiary="beneficiary")

    class Meta:
        verbose_name = "message d’un habitant"
        verbose_name_plural = "messages des habitants"
        ordering = ["-received_at", "-pk"]
        indexes = [models.Index(fields=["beneficiary", "status", "received_at"], name="contact_message_by_state")]
        constraints = [
            models.CheckConstraint(condition=~Q(email="") | ~Q(phone=""), name="a_message_leaves_a_way_to_answer")
        ]

    def __str__(self) -> str:
        return f"message {self.number}"

    @property
    def subject_in_words(self) -> str:
        """Return the subject of the message, without the examples that help to choose in the list."""
        return self.get_subject_display().partition("\u00a0:")[0]


class MessageFile(models.Model):
    """A file that came with a message: private, read by the mairie only, erased with it."""

    message = models.ForeignKey(ContactMessage, models.CASCADE, related_name="files", verbose_name="message")
    file = models.FileField("fichier", max_length=250)
    filename = models.CharField("nom", max_length=100)
    content_type = models.CharField("type", max_length=80)
    size = models.PositiveIntegerField("taille (octets)")

    class Meta:
        verbose_name = "pièce jointe à un message"
        verbose_name_plural = "pièces jointes aux messages"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"pièce {self.pk}, message {self.message_id}"


class MessageReply(models.Model):
    """The answer of the mairie, by e-mail."""

    message = models.ForeignKey(ContactMessage, models.CASCADE, related_name="replies", verbose_name="message")
    words = models.TextField("réponse")
    written_at = models.DateTimeField("écrite le")
    written_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="écrite par"
    )
    # What the form bore: two clicks send one answer.
    form_sha256 = models.CharField("empreinte du formulaire", max_length=64, unique=True)

    class Meta:
        verbose_name = "réponse à un message"
        verbose_name_plural = "réponses aux messages"
        ordering = ["written_at", "pk"]

    def __str__(self) -> str:
        return f"réponse {self.pk}, message {self.message_id}"


class MessageLetter(models.Model):
    """An e-mail that a message calls for: due, then gone."""

    class Kind(models.TextChoices):
        RECEIPT = "receipt", "accusé de réception"
        TOLD = "told", "avis à la mairie"
        REPLY = "reply", "réponse"

    message = models.ForeignKey(ContactMessage, models.CASCADE, related_name="letters", verbose_name="message")
    kind = models.CharField("nature", max_length=8, choices=Kind.choices)
    reply = models.OneToOneField(
        MessageReply, models.CASCADE, null=True, blank=True, related_name="letter", verbose_name="réponse"
    )
    due_at = models.DateTimeField("à envoyer le")
    left_at = models.DateTimeField("partie le", null=True, blank=True)

    class Meta:
        verbose_name = "courriel d’un message"
        verbose_name_plural = "courriels des messages"
        ordering = ["-due_at", "-pk"]
        indexes = [models.Index(fields=["due_at"], name="message_letters_to_send", condition=Q(left_at=None))]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.message_id})"
