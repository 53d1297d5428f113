"""Requests to join, the links that open them, the letters they call for."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q

from socle.agreements.models import Agreement
from socle.people.models import Beneficiary, User
from socle.programme.models import Programme, Service
from socle.territory.models import Commune, Department


class Status(models.TextChoices):
    RECEIVED = "received", "reçue, à confirmer"
    CONFIRMED = "confirmed", "à étudier"
    QUALIFIED = "qualified", "étudiée"
    PLANNED = "planned", "planifiée"
    DRAFTING = "drafting", "convention en rédaction"
    REFUSED = "refused", "refusée"
    WITHDRAWN = "withdrawn", "retirée"


# One that nobody confirms is erased with what it says of a person: that is no state.
MOVES: dict[Status, tuple[Status, ...]] = {
    Status.RECEIVED: (Status.CONFIRMED, Status.WITHDRAWN),
    # An officer may draft the agreement from the page of the commune without waiting: the request follows.
    Status.CONFIRMED: (Status.QUALIFIED, Status.DRAFTING, Status.REFUSED, Status.WITHDRAWN),
    Status.QUALIFIED: (Status.PLANNED, Status.DRAFTING, Status.REFUSED, Status.WITHDRAWN),
    Status.PLANNED: (Status.QUALIFIED, Status.DRAFTING, Status.REFUSED, Status.WITHDRAWN),
    Status.DRAFTING: (),
    Status.REFUSED: (Status.CONFIRMED,),
    Status.WITHDRAWN: (),
}
# Those that hold the place: a second request for the same body waits for their outcome. One that nobody confirmed holds
# nothing, or whoever likes to annoy would shut the door to a mairie.
OPEN = (Status.CONFIRMED, Status.QUALIFIED, Status.PLANNED)
# The instants at which something happened to an open request: none for long is silence.
MOVED = ("confirmed_at", "noticed_at", "objected_at", "verified_at", "qualified_at", "planned_at", "maintained_at")


class JoinRequestQuerySet(models.QuerySet["JoinRequest"]):
    def open(self) -> JoinRequestQuerySet:
        """Those whose address was confirmed and that wait for an outcome."""
        return self.filter(status__in=OPEN)


class JoinRequest(models.Model):
    """Request made in the name of a commune or of another public body. It binds nobody.

    The body becomes a beneficiary when the agreement is drafted. The person's name, address and words are let go with
    time (`erased_at`); what became of the request stays.
    """

    class Function(models.TextChoices):
        MAYOR = "mayor", "maire, présidente ou président"
        ELECTED = "elected", "autre élue ou élu"
        SECRETARY = "secretary", "secrétariat ou direction"
        OTHER = "other", "autre"

    reference = models.CharField("référence", max_length=12, unique=True)
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="+", verbose_name="programme")
    commune = models.ForeignKey(
        Commune, models.PROTECT, null=True, blank=True, related_name="join_requests", verbose_name="commune"
    )
    body_name = models.CharField("nom de l’établissement", max_length=200, blank=True)
    legal_form = models.CharField("forme juridique", max_length=120, blank=True)
    siret = models.CharField("SIRET", max_length=14, blank=True)
    department = models.ForeignKey(Department, models.PROTECT, related_name="+", verbose_name="département")
    beneficiary = models.ForeignKey(
        Beneficiary, models.PROTECT, null=True, blank=True, related_name="join_requests", verbose_name="bénéficiaire"
    )
    name = models.CharField("nom de la personne", max_length=120, blank=True)
    function = models.CharField("fonction", max_length=10, choices=Function.choices)
    email = models.EmailField("adresse électronique", blank=True)
    services = models.ManyToManyField(Service, related_name="+", blank=True, verbose_name="services souhaités")
    words = models.TextField("message", blank=True)
    status = models.CharField("état", max_length=10, choices=Status.choices, default=Status.RECEIVED)
    # What the form bore, so that a form sent twice makes one request.
    form_sha256 = models.CharField("empreinte du formulaire", max_length=64, unique=True)
    asked_at = models.DateTimeField("reçue le")
    confirmed_at = models.DateTimeField("confirmée le", null=True, blank=True)
    # The mairie's published address was told that someone asks in its name.
    noticed_at = models.DateTimeField("mairie prévenue le", null=True, blank=True)
    objected_at = models.DateTimeField("opposition de la mairie le", null=True, blank=True)
    has_published_address = models.BooleanField("demandée depuis l’adresse publiée", default=False)
    verified_at = models.DateTimeField("identité vérifiée le", null=True, blank=True)
    verified_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="identité vérifiée par"
    )
    qualified_at = models.DateTimeField("étudiée le", null=True, blank=True)
    officer = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="suivie par"
    )
    planned_at = models.DateTimeField("planifiée le", null=True, blank=True)
    planned_on = models.DateField("prévue à partir du", null=True, blank=True)
    wave = models.CharField("vague", max_length=60, blank=True)
    closed_at = models.DateTimeField("close le", null=True, blank=True)
    reason = models.TextField("motif du refus", blank=True)
    agreement = models.ForeignKey(
        Agreement, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="convention"
    )
    # Open and silent for long: whoever asked was reminded, and said that they still ask, or said nothing.
    reminded_at = models.DateTimeField("relancée le", null=True, blank=True)
    maintained_at = models.DateTimeField("maintenue le", null=True, blank=True)
    erased_at = models.DateTimeField("données de la personne effacées le", null=True, blank=True)
    is_fictitious = models.BooleanField("demande fictive de démonstration", default=False)

    objects = JoinRequestQuerySet.as_manager()

    class Meta:
        verbose_name = "demande d’adhésion"
        verbose_name_plural = "demandes d’adhésion"
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(commune__isnull=False, siret="") | (Q(commune__isnull=True) & ~Q(siret="")),
                name="a_request_is_for_a_commune_or_a_siret",
            ),
            models.UniqueConstraint(
                fields=["programme", "commune"],
                condition=Q(commune__isnull=False, status__in=OPEN),
                name="one_open_request_per_commune",
            ),
            models.UniqueConstraint(
                fields=["programme", "siret"],
                condition=Q(commune__isnull=True, status__in=OPEN),
                name="one_open_request_per_siret",
            ),
        ]

    def __str__(self) -> str:
        return f"demande {self.reference}"

    @property
    def place_name(self) -> str:
        """How lists and letters call the body: the commune's name, or the body's own."""
        return self.commune.name if self.commune is not None else self.body_name

    @property
    def is_reminded(self) -> bool:
        """Whether it is open, was silent for so long that whoever asked was reminded, and nothing moved since."""
        reminded = self.reminded_at
        if reminded is None or self.status not in OPEN:
            return False
        moves = [getattr(self, name) for name in MOVED]
        return all(moved is None or moved <= reminded for moved in moves)

    @property
    def is_identified(self) -> bool:
        """Whether it is known to come from the body itself, and no objection came since."""
        if self.verified_at is not None:
            return self.objected_at is None or self.verified_at >= self.objected_at
        return self.has_published_address and self.objected_at is None


class JoinLink(models.Model):
    """A link of a letter, for one purpose and a time. Only its digest is kept: the database opens no door."""

    class Purpose(models.TextChoices):
        CONFIRM = "confirm", "confirmer la demande"
        FOLLOW = "follow", "suivre la demande"
        OBJECT = "object", "s’opposer à la demande"

    request = models.ForeignKey(JoinRequest, models.CASCADE, related_name="links", verbose_name="demande")
    purpose = models.CharField("objet", max_length=8, choices=Purpose.choices)
    token_sha256 = models.CharField("empreinte du lien", max_length=64, unique=True)
    expires_at = models.DateTimeField("valable jusqu’au")
    used_at = models.DateTimeField("utilisé le", null=True, blank=True)

    class Meta:
        verbose_name = "lien d’une demande"
        verbose_name_plural = "liens des demandes"

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} ({self.request_id})"

    def is_expired(self, at: datetime) -> bool:
        """Whether it is too old at this instant."""
        return at >= self.expires_at


class JoinLetter(models.Model):
    """A letter that a request calls for: due, then gone. Its links are drawn when it leaves."""

    class Kind(models.TextChoices):
        CONFIRM = "confirm", "lien de confirmation"
        ACKNOWLEDGED = "acknowledged", "accusé de réception"
        NOTICE = "notice", "avis à la mairie"
        ARRIVED = "arrived", "avis à l’opérateur"
        OBJECTED = "objected", "opposition, à l’opérateur"
        QUALIFIED = "qualified", "demande étudiée"
        PLANNED = "planned", "demande planifiée"
        DRAFTING = "drafting", "convention en rédaction"
        REFUSED = "refused", "demande refusée"
        REOPENED = "reopened", "demande rouverte"
        WITHDRAWN = "withdrawn", "demande retirée"
        LINK = "link", "nouveau lien de suivi"
        SILENT = "silent", "relance avant effacement"
        GOING = "going", "relance, à l’opérateur"

    request = models.ForeignKey(JoinRequest, models.CASCADE, related_name="letters", verbose_name="demande")
    kind = models.CharField("nature", max_length=12, choices=Kind.choices)
    due_at = models.DateTimeField("à envoyer le")
    left_at = models.DateTimeField("partie le", null=True, blank=True)

    class Meta:
        verbose_name = "lettre d’une demande"
        verbose_name_plural = "lettres des demandes"
        ordering = ["-due_at", "-pk"]
        indexes = [models.Index(fields=["left_at", "due_at"], name="join_letters_to_send")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.request_id})"
