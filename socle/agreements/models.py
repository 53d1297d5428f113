"""Tripartite agreements: the parties, the services chosen, the state."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import ClassVar

from django.db import models
from django_scopes import ScopedManager, scope, scopes_disabled

from socle.deliberations.models import Act, Article
from socle.documents.models import Document, Text
from socle.lib import dates
from socle.lib.text import town_of
from socle.people.models import Beneficiary, Operator, User
from socle.programme.models import AgreementType, Assessment, Programme, Promise, Service
from socle.signing.models import Round


class Status(models.TextChoices):
    DRAFT = "draft", "projet"
    READY = "ready", "à la signature"
    SIGNED = "signed", "signée"
    ENDED = "ended", "terminée"
    CANCELLED = "cancelled", "abandonnée"


MOVES: dict[Status, tuple[Status, ...]] = {
    Status.DRAFT: (Status.READY, Status.CANCELLED),
    Status.READY: (Status.DRAFT, Status.SIGNED, Status.CANCELLED),
    Status.SIGNED: (Status.ENDED,),
    Status.ENDED: (),
    Status.CANCELLED: (),
}
# Those that forbid another: an agreement given up, or over, leaves the place to the next one.
OVER = (Status.CANCELLED, Status.ENDED)
# Those that somebody has to see through.
IN_PREPARATION = (Status.DRAFT, Status.READY)


class _OfBeneficiaries(models.Manager["Agreement"]):
    def get_queryset(self) -> models.QuerySet[Agreement]:
        return super().get_queryset().filter(amends__isnull=True, beneficiary__isnull=False)


class Agreement(models.Model):
    """Agreement that binds its parties: a beneficiary, its centre de gestion and the lead operator, or operators alone.

    An amendment is one too: another document, numbered after the agreement that it `amends`, with its own parties, acts
    and signatures. Once concluded, what it says is written on that agreement. One that binds operators among
    themselves has no beneficiary: out of every scope, it is read by its parties alone.

    `objects` has the agreements of beneficiaries alone, which open rights and are counted; `every` has all the rows,
    for what is drafted, read and signed.
    """

    number = models.CharField("numéro", max_length=30, unique=True)
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="agreements", verbose_name="programme")
    type = models.ForeignKey(AgreementType, models.PROTECT, related_name="agreements", verbose_name="type")
    beneficiary = models.ForeignKey(
        Beneficiary, models.PROTECT, null=True, blank=True, related_name="agreements", verbose_name="bénéficiaire"
    )
    amends = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="amended_by", verbose_name="convention modifiée"
    )
    # What an amendment is for, and what it changes, as it was printed: [clause, before, after], in words.
    purpose = models.CharField("objet de l’avenant", max_length=500, blank=True, db_default="")
    changes = models.JSONField(
        "modifications", default=list, blank=True, db_default=models.Value([], models.JSONField())
    )
    text = models.ForeignKey(Text, models.PROTECT, related_name="+", verbose_name="modèle")
    # What it was printed on, for one of a model; neither for one that the committee approves itself.
    approved_by = models.ForeignKey(
        Article, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="article qui approuve le modèle"
    )
    delegated_by = models.ForeignKey(
        Article, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="article qui délègue"
    )
    # What was printed for the committee, whose approval is of it, and its words, line by line: it cites a deed to come.
    # Then the article that approved it, once printed again with it: nobody signs before.
    committee_print = models.ForeignKey(
        Document, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="imprimé pour l’assemblée"
    )
    committee_words = models.TextField("mots imprimés pour l’assemblée", blank=True, default="", db_default="")
    committee_article = models.ForeignKey(
        Article, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="article qui l’approuve"
    )
    status = models.CharField("état", max_length=10, choices=Status.choices, default=Status.DRAFT)
    services = models.ManyToManyField(Service, through="ChosenService", related_name="+", verbose_name="services")
    starts_on = models.DateField("prend effet le", null=True, blank=True)
    # Its last day: that of its term, moved by a renewal or by a termination with its notice.
    ends_on = models.DateField("prend fin le", null=True, blank=True)
    term_months = models.PositiveSmallIntegerField("durée (mois)")
    annual_price = models.DecimalField("contribution annuelle (€)", max_digits=10, decimal_places=2)
    vat_regime = models.CharField("régime de TVA", max_length=120)
    # Why its centre de gestion is not that of the beneficiary's department, when it is another.
    cdg_reason = models.CharField("motif d’un autre centre de gestion", max_length=300, blank=True, db_default="")
    drafted_at = models.DateTimeField("rédigée le")
    signed_at = models.DateTimeField("conclue le", null=True, blank=True)
    # Who sees it through until it is concluded; nobody: it waits in the list.
    followed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="suivie par"
    )
    assessment = models.ForeignKey(
        Assessment, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="rang à la rédaction"
    )
    round = models.OneToOneField(
        Round, models.PROTECT, null=True, blank=True, related_name="agreement", verbose_name="parapheur"
    )

    objects: ClassVar[models.Manager[Agreement]] = ScopedManager(_OfBeneficiaries, beneficiary="beneficiary")
    every: ClassVar[models.Manager[Agreement]] = ScopedManager(beneficiary="beneficiary")

    class Meta:
        verbose_name = "convention"
        ordering = ["-drafted_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "beneficiary"],
                condition=~models.Q(status__in=OVER) & models.Q(amends__isnull=True),
                name="one_running_agreement_per_beneficiary",
            ),
            models.UniqueConstraint(
                fields=["type"],
                condition=~models.Q(status__in=OVER) & models.Q(amends__isnull=True, beneficiary__isnull=True),
                name="one_running_agreement_of_operators_per_type",
            ),
            models.UniqueConstraint(
                fields=["amends"],
                condition=models.Q(status__in=IN_PREPARATION),
                name="one_amendment_in_preparation_per_agreement",
            ),
            models.CheckConstraint(
                condition=models.Q(approved_by=None, delegated_by=None)
                | models.Q(approved_by__isnull=False, delegated_by__isnull=False),
                name="agreement_is_printed_on_both",
            ),
        ]
        # The surest way from a beneficiary to its agreement, for a planner that has counted nothing yet.
        indexes = [models.Index(fields=["beneficiary", "programme"], name="agreement_of_a_beneficiary")]

    def __str__(self) -> str:
        return f"{'avenant' if self.amends_id else 'convention'} {self.number}"

    @property
    def title(self) -> str:
        """« Convention n° PMC-2026-0001 », « Avenant n° 1 à la convention n° PMC-2026-0001 »."""
        return f"{'Avenant' if self.amends_id else 'Convention'} {self._numbered}"

    @property
    def _numbered(self) -> str:
        """« n° PMC-2026-0001 »; of an amendment, its rank and the agreement, as its own number tells them."""
        of, amends, rank = self.number.rpartition("-A")
        if self.amends_id is None or not amends:
            return f"n°\u00a0{self.number}"
        return f"n°\u00a0{rank} à la convention n°\u00a0{of}"

    @property
    def bound(self) -> Beneficiary:
        """Its beneficiary, for what only agreements of beneficiaries come to."""
        assert self.beneficiary is not None
        return self.beneficiary

    @property
    def awaits_act(self) -> bool:
        """Whether it is printed with a deed to come, and not yet again with the act that approves it."""
        return self.committee_print_id is not None and self.committee_article_id is None

    @property
    def is_for_the_committee(self) -> bool:
        """Whether it is printed for the committee to approve it itself, and not on a model, by delegation."""
        return self.round_id is not None and self.approved_by_id is None

    def chosen(self) -> list[Service]:
        """The services taken in it, in the order of the offer: one query."""
        return [choice.service for choice in self.choices.select_related("service")]

    def within(self) -> AbstractContextManager[None]:
        """The scope in which it is read: its beneficiary's, or none at all where it binds operators alone."""
        return scopes_disabled() if self.beneficiary_id is None else scope(beneficiary=self.beneficiary_id)

    @property
    def with_whom(self) -> str:
        """Whom it binds to the lead: its beneficiary, or the operators that are its parties."""
        if self.beneficiary is not None:
            return self.beneficiary.name
        return ", ".join(party.name for party in self.parties.all() if party.kind != Party.Kind.LEAD)

    @property
    def the(self) -> str:
        """« la convention n° PMC-2026-0001 », « l’avenant n° 1 à la convention n° PMC-2026-0001 »."""
        return f"{'l’avenant' if self.amends_id else 'la convention'} {self._numbered}"

    @property
    def amendments(self) -> models.QuerySet[Agreement]:
        """Its amendments, given up ones included, in order."""
        return Agreement.every.filter(amends=self).order_by("pk")


class Succession(models.Model):
    """The public body that succeeds the beneficiary of an agreement when its commune merges.

    Carried by an amendment, numbered after the agreement, which then is the successor's; or noted for the record, the
    agreement staying where it is. One that is taken back stays written: `withdrawn_at`.
    """

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="successions", verbose_name="convention")
    predecessor = models.ForeignKey(Beneficiary, models.PROTECT, related_name="+", verbose_name="prédécesseur")
    successor = models.ForeignKey(Beneficiary, models.PROTECT, related_name="+", verbose_name="successeur")
    amendment = models.CharField("avenant de transfert", max_length=36, blank=True)
    effect_on = models.DateField("prend effet le")
    noted_at = models.DateTimeField("noté le")
    withdrawn_at = models.DateTimeField("repris le", null=True, blank=True)

    class Meta:
        verbose_name = "succession"
        ordering = ["-noted_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["agreement"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="one_succession_in_force_per_agreement",
            )
        ]

    def __str__(self) -> str:
        return self.amendment or f"successeur noté, convention {self.agreement_id}"


class Termination(models.Model):
    """The end of an agreement before its term, by one of its parties, with its notice; withdrawn, it stays written."""

    class Ground(models.TextChoices):
        BENEFICIARY = "beneficiary", "décision du bénéficiaire"
        GENERAL_INTEREST = "general_interest", "motif d’intérêt général, par un opérateur"
        BREACH = "breach", "manquement grave, après mise en demeure"

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="terminations", verbose_name="convention")
    ground = models.CharField("motif", max_length=20, choices=Ground.choices)
    reason = models.TextField("précisions", blank=True)
    act = models.ForeignKey(Act, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="acte")
    notified_on = models.DateField("notifiée le")
    effective_on = models.DateField("prend effet le")
    former_end_on = models.DateField("terme précédent")
    recorded_at = models.DateTimeField("enregistrée le")
    withdrawn_at = models.DateTimeField("retirée le", null=True, blank=True)

    class Meta:
        verbose_name = "résiliation"
        ordering = ["-recorded_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["agreement"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="one_termination_in_force_per_agreement",
            )
        ]

    def __str__(self) -> str:
        return f"résiliation, convention {self.agreement_id}"


class Suspension(models.Model):
    """An agreement in force whose services stop, from a day on, until it is lifted; nothing is deleted."""

    class Ground(models.TextChoices):
        SECURITY = "security", "sécurité des autres bénéficiaires en danger"
        FORCE_MAJEURE = "force_majeure", "force majeure"

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="suspensions", verbose_name="convention")
    ground = models.CharField("motif", max_length=20, choices=Ground.choices)
    reason = models.TextField("précisions")
    conditions = models.TextField("conditions du rétablissement")
    notified_on = models.DateField("notifiée le")
    effective_on = models.DateField("prend effet le")
    lifted_on = models.DateField("levée le", null=True, blank=True)
    recorded_at = models.DateTimeField("enregistrée le")

    class Meta:
        verbose_name = "suspension"
        ordering = ["-recorded_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["agreement"],
                condition=models.Q(lifted_on__isnull=True),
                name="one_suspension_at_a_time_per_agreement",
            )
        ]

    def __str__(self) -> str:
        return f"suspension, convention {self.agreement_id}"

    @property
    def in_words(self) -> str:
        """« du 3 mars 2027 au 9 mars 2027, force majeure : … », « à partir du 3 mars 2027, … »."""
        since = dates.in_words(self.effective_on)
        when = f"du {since} au {dates.in_words(self.lifted_on)}" if self.lifted_on else f"à partir du {since}"
        return f"{when}, {self.get_ground_display()}\u00a0: {self.reason}"


class Renewal(models.Model):
    """One renewal of an agreement, by an express decision of its beneficiary."""

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="renewals", verbose_name="convention")
    rank = models.PositiveSmallIntegerField("rang")
    act = models.ForeignKey(Act, models.PROTECT, null=True, related_name="+", verbose_name="acte")
    notified_on = models.DateField("notifié le")
    former_end_on = models.DateField("terme précédent")
    recorded_at = models.DateTimeField("enregistré le")

    class Meta:
        verbose_name = "renouvellement"
        ordering = ["rank"]
        constraints = [models.UniqueConstraint(fields=["agreement", "rank"], name="one_renewal_per_rank")]

    def __str__(self) -> str:
        return f"renouvellement {self.rank}, convention {self.agreement_id}"


class Notification(models.Model):
    """An official letter of the lead to a party of an agreement, signed on paper: it counts from its receipt.

    Its PDF is kept as it was written. The day on which the party received it, and by which way, make its certain date.
    """

    class Kind(models.TextChoices):
        CONCLUSION = "conclusion", "notification de la convention"
        FORMAL_NOTICE = "formal_notice", "mise en demeure"
        TERMINATION = "termination", "résiliation"
        SUSPENSION = "suspension", "suspension"

    class Status(models.TextChoices):
        WRITTEN = "written", "à remettre"
        RECEIVED = "received", "reçue"
        WITHDRAWN = "withdrawn", "retirée"

    class Way(models.TextChoices):
        REGISTERED = "registered", "lettre recommandée avec avis de réception"
        ELECTRONIC = "electronic", "recommandé électronique"
        HAND = "hand", "remise en main propre contre récépissé"

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="notifications", verbose_name="convention")
    # To whom: one of its parties.
    party = models.ForeignKey("Party", models.PROTECT, related_name="+", verbose_name="destinataire")
    kind = models.CharField("courrier", max_length=15, choices=Kind.choices)
    status = models.CharField("état", max_length=10, choices=Status.choices, default=Status.WRITTEN)
    text = models.ForeignKey(Text, models.PROTECT, related_name="+", verbose_name="modèle")
    document = models.OneToOneField(Document, models.PROTECT, related_name="+", verbose_name="document")
    ground = models.CharField("motif", max_length=20, choices=Termination.Ground.choices, blank=True)
    reason = models.TextField("précisions", blank=True)
    effective_on = models.DateField("prend effet le", null=True, blank=True)
    written_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="établie par")
    written_at = models.DateTimeField("établie le")
    way = models.CharField("remise par", max_length=10, choices=Way.choices, blank=True)
    reference = models.CharField("référence de l’envoi", max_length=60, blank=True)
    received_on = models.DateField("reçue le", null=True, blank=True)
    proof = models.ForeignKey(
        Document, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="preuve de la réception"
    )

    class Meta:
        verbose_name = "notification"
        ordering = ["-written_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status="received", received_on__isnull=False) & ~models.Q(way="")
                | ~models.Q(status="received") & models.Q(received_on=None, way=""),
                name="a_notification_received_has_its_day",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, convention {self.agreement_id}"


class Letter(models.Model):
    """Words of a letter to the mairies of several agreements, with its variables as typed; kept as it was sent.

    `key` is that of the form that sent it: sent twice, it is written once.
    """

    key = models.UUIDField("clé de la demande", unique=True, editable=False)
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="+", verbose_name="programme")
    operator = models.ForeignKey(Operator, models.PROTECT, related_name="+", verbose_name="opérateur")
    subject = models.CharField("objet", max_length=150)
    body = models.TextField("texte", max_length=5000)
    written_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="écrite par")
    written_at = models.DateTimeField("écrite le")

    class Meta:
        verbose_name = "lettre"
        ordering = ["-written_at", "-pk"]

    def __str__(self) -> str:
        return self.subject


class PromiseKept(models.Model):
    """One promise of the text, kept for one of its periods; withdrawn, it stays written."""

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="promises_kept", verbose_name="convention")
    promise = models.ForeignKey(Promise, models.PROTECT, related_name="kept", verbose_name="promesse")
    # The last day of the period that it answers.
    due_on = models.DateField("échéance")
    kept_on = models.DateField("tenue le")
    reference = models.CharField("référence", max_length=200, blank=True)
    document = models.ForeignKey(
        Document, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="document"
    )
    recorded_at = models.DateTimeField("enregistrée le")
    withdrawn_at = models.DateTimeField("retirée le", null=True, blank=True)

    class Meta:
        verbose_name = "promesse tenue"
        verbose_name_plural = "promesses tenues"
        ordering = ["-due_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "promise", "due_on"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="a_promise_is_kept_once_a_period",
            )
        ]

    def __str__(self) -> str:
        return f"promesse {self.promise_id} tenue, convention {self.agreement_id}"


class ChosenService(models.Model):
    """A service of the offer taken in an agreement."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="choices", verbose_name="convention")
    service = models.ForeignKey(Service, models.PROTECT, related_name="+", verbose_name="service")

    class Meta:
        verbose_name = "service choisi"
        verbose_name_plural = "services choisis"
        ordering = ["service__order"]
        constraints = [models.UniqueConstraint(fields=["agreement", "service"], name="a_service_is_chosen_once")]

    def __str__(self) -> str:
        return f"{self.service_id} ({self.agreement_id})"


class Party(models.Model):
    """One of the parties, as the document names it, in the order of signature."""

    class Kind(models.TextChoices):
        BENEFICIARY = "beneficiary", "bénéficiaire"
        CDG = "cdg", "centre de gestion"
        SUPPORT = "technical_support", "appui technique"
        LEAD = "lead", "syndicat chef de file"

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="parties", verbose_name="convention")
    rank = models.PositiveSmallIntegerField("rang de signature")
    kind = models.CharField("partie", max_length=20, choices=Kind.choices)
    operator = models.ForeignKey(
        Operator, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="opérateur"
    )
    name = models.CharField("nom", max_length=200)
    siret = models.CharField("SIRET", max_length=14, blank=True)
    seat = models.CharField("siège", max_length=250, blank=True)
    signatory = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="signataire"
    )
    representative = models.CharField("représentée par", max_length=120, blank=True)
    quality = models.CharField("qualité", max_length=120, blank=True)
    act = models.ForeignKey(
        Act, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="acte habilitant"
    )

    class Meta:
        verbose_name = "partie"
        ordering = ["rank"]
        constraints = [
            # Operators alone may be two of one kind: both centres de gestion.
            models.UniqueConstraint(
                fields=["agreement", "kind"],
                condition=~models.Q(kind="cdg"),
                name="one_party_of_each_kind",
            ),
            models.UniqueConstraint(fields=["agreement", "operator"], name="an_operator_is_one_party"),
            models.UniqueConstraint(fields=["agreement", "rank"], name="one_party_per_rank"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def body(self) -> Beneficiary | Operator:
        """Who it is."""
        return self.operator or self.agreement.bound

    @property
    def field(self) -> str:
        """The name of its place to sign in the document, and in addresses: unique, where its kind may not be."""
        return self.kind if self.agreement.beneficiary_id is not None else f"{self.kind}-{self.rank}"

    @property
    def place(self) -> str:
        """Where this party signs, as an act says « Fait à … »: the commune, or the town of the seat; else nothing."""
        body = self.agreement.beneficiary
        if self.operator_id is None and body is not None and body.commune is not None:
            return body.commune.name
        return town_of(self.seat)
