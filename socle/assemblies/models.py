"""Assemblies: who sits in them, their rules, their meetings, and what is voted there item by item."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import ClassVar

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django_scopes import ScopedManager

from socle.assemblies.law import Comparison, Law, Regime, Rule
from socle.deliberations.models import Act, Vote
from socle.documents.models import Document
from socle.lib import dates
from socle.people.models import Beneficiary, Operator, User


class _OfOperators(models.Manager["Assembly"]):
    def get_queryset(self) -> models.QuerySet[Assembly]:
        return models.QuerySet(self.model, using=self._db).filter(beneficiary__isnull=True)


class Assembly(models.Model):
    """The deliberating assembly of a body: a council, a committee, a board."""

    class Kind(models.TextChoices):
        COMMUNE = "commune", "commune"
        EPCI = "epci", "communauté ou autre EPCI"
        CLOSED_SYNDICATE = "closed_syndicate", "syndicat de communes, ou syndicat mixte fermé"
        OPEN_SYNDICATE = "open_syndicate", "syndicat mixte ouvert"
        CCAS = "ccas", "centre communal d’action sociale"
        CDG = "cdg", "centre de gestion"

    # The rules of communes are those of EPCI and closed syndicates too (CGCT, L. 5211-1 and L. 5711-1). Of any other
    # body none is lent: its statutes, or its own texts, say.
    AS_COMMUNES = (Kind.COMMUNE, Kind.EPCI, Kind.CLOSED_SYNDICATE)

    beneficiary = models.OneToOneField(
        Beneficiary, models.PROTECT, null=True, blank=True, related_name="assembly", verbose_name="bénéficiaire"
    )
    operator = models.OneToOneField(
        Operator, models.PROTECT, null=True, blank=True, related_name="assembly", verbose_name="opérateur"
    )
    kind = models.CharField("forme", max_length=20, choices=Kind.choices)
    name = models.CharField("nom de l’assemblée", max_length=120)
    # Whose figures count until the next renewal: a census in between changes nothing.
    population = models.PositiveIntegerField("population au dernier renouvellement général", null=True, blank=True)
    place = models.CharField("lieu habituel", max_length=200, blank=True)
    # What its papers say at their head and at their foot, and whether a deliberation rejected enters its register.
    district = models.CharField("arrondissement", max_length=80, blank=True, default="", db_default="")
    appeal = models.CharField("voies et délais de recours", max_length=600, blank=True, default="", db_default="")
    # A small PNG, as the papers draw it.
    arms = models.BinaryField("armoiries", blank=True, default=b"", db_default=b"")
    has_rejected_in_register = models.BooleanField("délibérations rejetées au registre", default=True, db_default=True)

    objects: ClassVar[models.Manager[Assembly]] = ScopedManager(beneficiary="beneficiary")
    of_operators: ClassVar[models.Manager[Assembly]] = _OfOperators()

    class Meta:
        verbose_name = "assemblée"
        constraints = [
            models.CheckConstraint(
                condition=Q(beneficiary__isnull=False, operator__isnull=True)
                | Q(beneficiary__isnull=True, operator__isnull=False),
                name="an_assembly_is_of_one_body",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def of(cls, body: Beneficiary | Operator) -> Assembly | None:
        """The assembly of a body, or None; that of a beneficiary is read within a scope, as all that is its own."""
        if isinstance(body, Operator):
            return cls.of_operators.select_related("operator").filter(operator=body).first()
        return cls.objects.select_related("beneficiary__commune").filter(beneficiary=body).first()

    @property
    def body(self) -> Beneficiary | Operator:
        owner = self.beneficiary or self.operator
        assert owner is not None
        return owner

    @property
    def regime(self) -> Regime:
        return Regime.COMMUNE if self.kind in self.AS_COMMUNES else Regime.OPEN_SYNDICATE

    @property
    def law(self) -> Law:
        """The law it follows, its own statutes included; one query."""
        return Law(self.regime, tuple(row.rule for row in self.statutes.all()) if self.pk else ())

    @property
    def is_commune(self) -> bool:
        """Whether its functions are called as those of a municipal council."""
        return self.kind == self.Kind.COMMUNE

    @property
    def needs_population(self) -> bool:
        """Whether its delays depend on a population: that of the commune, or of the largest one of an EPCI."""
        return self.kind in self.AS_COMMUNES


class StatuteRule(models.Model):
    """A rule that the statutes of a body say, where the law leaves it to them: its value, its source, its days."""

    class Topic(models.TextChoices):
        CLEAR_DAYS = "clear_days", "jours francs avant la séance"
        URGENT_CLEAR_DAYS = "urgent_clear_days", "jours francs en cas d’urgence"
        SECOND_CLEAR_DAYS = "second_clear_days", "jours francs avant la séance qui suit un quorum manqué"
        QUORUM = "quorum", "quorum"
        PROXIES_PER_HOLDER = "proxies_per_holder", "pouvoirs par personne"
        PROXY_SESSIONS = "proxy_sessions", "séances de suite pour un même pouvoir"
        CASTING_VOTE = "casting_vote", "voix prépondérante (1 oui, 0 non)"

    assembly = models.ForeignKey(Assembly, models.CASCADE, related_name="statutes", verbose_name="assemblée")
    topic = models.CharField("règle", max_length=30, choices=Topic.choices)
    numerator = models.PositiveSmallIntegerField("valeur, ou numérateur")
    denominator = models.PositiveSmallIntegerField("dénominateur", default=1)
    comparison = models.CharField(
        "comparaison",
        max_length=10,
        choices=[(Comparison.MORE_THAN.value, "plus de"), (Comparison.AT_LEAST.value, "au moins")],
        default=Comparison.AT_LEAST.value,
    )
    source = models.CharField("article des statuts", max_length=200)
    first_on = models.DateField("depuis le", null=True, blank=True)
    last_on = models.DateField("jusqu’au", null=True, blank=True)

    class Meta:
        verbose_name = "règle des statuts"
        verbose_name_plural = "règles des statuts"
        ordering = ["topic", "first_on", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(denominator__gte=1), name="a_statute_divides_by_something"),
            models.CheckConstraint(
                condition=Q(first_on__isnull=True) | Q(last_on__isnull=True) | Q(last_on__gte=F("first_on")),
                name="a_statute_begins_before_it_ends",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_topic_display()}, {self.source}"

    @property
    def rule(self) -> Rule:
        """The same as a row of the law."""
        value: Fraction | int = self.numerator
        if self.topic == self.Topic.QUORUM:
            value = Fraction(self.numerator, self.denominator)
        return Rule(
            regime=self.assembly.regime,
            name=self.topic,
            value=value,
            source=self.source,
            is_read=True,
            comparison=Comparison(self.comparison),
            is_exceptional=False,
            first_on=self.first_on,
            last_on=self.last_on,
            from_population=0,
            below_population=None,
        )


class MemberQuerySet(models.QuerySet["Member"]):
    def in_office(self, on: date) -> MemberQuerySet:
        """Those in office on this day: come before it, or that day, and not gone."""
        come = Q(came_on__isnull=True) | Q(came_on__lte=on)
        return self.filter(come).filter(Q(left_on__isnull=True) | Q(left_on__gt=on))


class Member(models.Model):
    """A person who sits in an assembly, from a day to another: elected, or designated by a body that sends them."""

    class Function(models.TextChoices):
        """In protocol order."""

        MAYOR = "mayor", "maire, ou présidence"
        DEPUTY = "deputy", "adjoint ou adjointe, ou vice-présidence"
        DELEGATED = "delegated", "avec délégation, ou membre du bureau"
        MEMBER = "member", "conseiller ou conseillère, ou membre"

    class Civility(models.TextChoices):
        UNSAID = "", "non précisée"
        MRS = "mrs", "madame"
        MR = "mr", "monsieur"

    assembly = models.ForeignKey(Assembly, models.CASCADE, related_name="members", verbose_name="assemblée")
    name = models.CharField("prénom et nom", max_length=120)
    civility = models.CharField("civilité", max_length=3, choices=Civility.choices, blank=True)
    function = models.CharField("fonction", max_length=10, choices=Function.choices, default=Function.MEMBER)
    position = models.PositiveSmallIntegerField("rang", default=0)
    delegation = models.CharField("délégation", max_length=300, blank=True)
    # Votes and quorum may be counted on one college only; a council has none.
    college = models.CharField("collège", max_length=120, blank=True)
    email = models.EmailField("adresse électronique", blank=True)
    born_on = models.DateField("date de naissance", null=True, blank=True)
    came_on = models.DateField("en exercice depuis le", null=True, blank=True)
    left_on = models.DateField("n’est plus en exercice depuis le", null=True, blank=True)

    objects = MemberQuerySet.as_manager()

    class Meta:
        verbose_name = "membre d’une assemblée"
        verbose_name_plural = "membres d’une assemblée"
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["assembly"],
                condition=Q(function="mayor", left_on__isnull=True),
                name="an_assembly_has_one_head",
            ),
            models.CheckConstraint(
                condition=Q(came_on__isnull=True) | Q(left_on__isnull=True) | Q(left_on__gte=F("came_on")),
                name="a_member_comes_before_leaving",
            ),
        ]

    def __str__(self) -> str:
        return f"membre {self.pk}"

    @property
    def titled(self) -> str:
        """Return « Mme Claire Exemple », « Claire Exemple » when nothing was said."""
        title = {"mrs": "Mme\u00a0", "mr": "M.\u00a0"}.get(self.civility, "")
        return f"{title}{self.name}"

    @property
    def is_head(self) -> bool:
        return self.function == self.Function.MAYOR


class Meeting(models.Model):
    """A meeting of an assembly, from its agenda to its minutes."""

    class Status(models.TextChoices):
        PREPARED = "prepared", "en préparation"
        CONVENED = "convened", "convoquée"
        OPEN = "open", "en cours"
        HELD = "held", "tenue"
        FAILED = "failed", "sans quorum"
        CANCELLED = "cancelled", "annulée"

    class NamedBy(models.TextChoices):
        """How the secretary of a session was named, as it opened (CGCT, L. 2121-15 and L. 2121-21)."""

        UNSAID = "", "à dire"
        ALONE = "alone", "une seule candidature"
        SECRET = "secret", "au scrutin secret"
        OPEN = "open", "au vu de tous, à l’unanimité"

    assembly = models.ForeignKey(Assembly, models.CASCADE, related_name="meetings", verbose_name="assemblée")
    starts_at = models.DateTimeField("début")
    place = models.CharField("lieu", max_length=200, blank=True)
    status = models.CharField("état", max_length=10, choices=Status.choices, default=Status.PREPARED)
    # Convened again after a first one without its quorum: the same items, and no quorum.
    repeats = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="repeated_by", verbose_name="séance sans quorum"
    )
    note = models.TextField("note explicative de synthèse", blank=True)
    convened_at = models.DateTimeField("convoquée le", null=True, blank=True)
    convocation = models.ForeignKey(
        Document, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="convocation"
    )
    # Why the delay is shortened; the head reports it as the session opens, and the assembly says.
    urgency = models.CharField("motif de l’urgence", max_length=300, blank=True)
    is_urgency_approved = models.BooleanField("urgence approuvée", null=True, blank=True)
    opened_at = models.DateTimeField("ouverte le", null=True, blank=True)
    closed_at = models.DateTimeField("levée le", null=True, blank=True)
    president = models.ForeignKey(
        Member, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="présidence de séance"
    )
    secretary = models.ForeignKey(
        Member, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="secrétaire de séance"
    )
    secretary_named_by = models.CharField(
        "nomination du ou de la secrétaire", max_length=6, choices=NamedBy, blank=True, default="", db_default=""
    )
    discussion = models.TextField("teneur des discussions", blank=True)
    # What came out of it: the list of the deliberations examined, the minutes once a later meeting arrested them.
    list_act = models.ForeignKey(
        Act, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="liste des délibérations"
    )
    minutes_act = models.ForeignKey(
        Act, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="procès-verbal"
    )
    minutes_arrested_in = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="minutes_arrested", verbose_name="arrêté en séance"
    )

    class Meta:
        verbose_name = "séance"
        ordering = ["-starts_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="prepared") | Q(status="cancelled") | Q(convened_at__isnull=False),
                name="a_meeting_held_was_convened",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(opened_at__isnull=False), name="a_meeting_closed_was_opened"
            ),
        ]

    def __str__(self) -> str:
        return f"séance {self.pk}"

    @property
    def beneficiary_id(self) -> int | None:
        """Whose journal tells of it; nobody's but the operator's for an operator's meeting."""
        return self.assembly.beneficiary_id

    @property
    def held_on(self) -> date:
        return dates.day_of(self.starts_at)

    @property
    def name(self) -> str:
        """Return « Séance du 3 décembre 2026 »."""
        return f"Séance du {dates.in_words(self.held_on)}"

    @property
    def is_past_its_work(self) -> bool:
        """Whether nothing of its agenda may change any more."""
        return self.status in (self.Status.HELD, self.Status.FAILED, self.Status.CANCELLED)


# A meeting called off, or held, moves no more. One without its quorum is convened again as another meeting.
MOVES: dict[Meeting.Status, tuple[Meeting.Status, ...]] = {
    Meeting.Status.PREPARED: (Meeting.Status.CONVENED, Meeting.Status.CANCELLED),
    Meeting.Status.CONVENED: (Meeting.Status.OPEN, Meeting.Status.CANCELLED),
    Meeting.Status.OPEN: (Meeting.Status.HELD, Meeting.Status.FAILED),
    Meeting.Status.HELD: (),
    Meeting.Status.FAILED: (),
    Meeting.Status.CANCELLED: (),
}


class Item(models.Model):
    """An item of the agenda: what is proposed, what is decided, and how it was voted."""

    class Kind(models.TextChoices):
        DELIBERATION = "deliberation", "délibération"
        APPOINTMENT = "appointment", "nomination ou présentation"
        ELECTION = "election", "élection que la loi veut secrète (maire, adjoints…)"
        ACCOUNTS = "accounts", "comptes de l’exécutif"
        INFORMATION = "information", "information, sans vote"

    class Outcome(models.TextChoices):
        PENDING = "pending", "à voter"
        ADOPTED = "adopted", "adoptée"
        REJECTED = "rejected", "rejetée"
        POSTPONED = "postponed", "reportée"
        TOLD = "told", "dont il est pris acte"

    VOTED = (Outcome.ADOPTED, Outcome.REJECTED)
    # Those whose voices go to people.
    NAMING = (Kind.APPOINTMENT, Kind.ELECTION)

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="items", verbose_name="séance")
    rank = models.PositiveSmallIntegerField("rang", validators=[MaxValueValidator(200)])
    kind = models.CharField("nature", max_length=12, choices=Kind.choices, default=Kind.DELIBERATION)
    subject = models.CharField("objet", max_length=499)
    matter = models.CharField("matière", max_length=14, blank=True)
    college = models.CharField("collège qui vote", max_length=120, blank=True)
    reporter = models.ForeignKey(
        Member, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="rapporteur ou rapporteure"
    )
    proposer = models.CharField("à la demande de", max_length=120, blank=True)
    # Why, then what: an empty line separates two paragraphs, each line of the second is an article.
    grounds = models.TextField("exposé", blank=True)
    decision = models.TextField("ce qui est décidé", blank=True)
    # The thing of an upper room that waits for this act: « agreement:PMC-2026-0001 ».
    asked_for = models.CharField("demandé pour", max_length=60, blank=True)
    outcome = models.CharField("issue", max_length=10, choices=Outcome.choices, default=Outcome.PENDING)
    is_secret = models.BooleanField("au scrutin secret", default=False)
    is_head_in_favour = models.BooleanField("la présidence a voté pour", null=True, blank=True)
    has_head_abstained = models.BooleanField("la présidence ne s’est pas prononcée", default=False, db_default=False)
    # One candidate a seat, or one list: the appointment takes effect without a vote (CGCT, L. 2121-21).
    is_without_vote = models.BooleanField("nomination sans vote", default=False, db_default=False)
    # How it was voted and why, when it is not in the ordinary way: the act says it, and never who asked.
    manner = models.TextField("mode de scrutin", blank=True, default="", db_default="")
    members_in_office = models.PositiveSmallIntegerField("membres en exercice", null=True, blank=True)
    votes_for = models.PositiveSmallIntegerField("voix pour", null=True, blank=True)
    votes_against = models.PositiveSmallIntegerField("voix contre", null=True, blank=True)
    abstentions = models.PositiveSmallIntegerField("abstentions", null=True, blank=True)
    # The quorum and the vote, told with their figures and their articles the day they were counted.
    explained = models.TextField("explication du quorum et du vote", blank=True)
    # Of a public ballot, whose act names each voter and how they voted: « Pour : … », one sense a line.
    named = models.TextField("votes nominatifs du scrutin public", blank=True, default="", db_default="")
    act = models.OneToOneField(Act, models.PROTECT, null=True, blank=True, related_name="item", verbose_name="acte")

    class Meta:
        verbose_name = "point de l’ordre du jour"
        verbose_name_plural = "points de l’ordre du jour"
        ordering = ["meeting", "rank"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "rank"], name="one_item_per_rank"),
            models.CheckConstraint(
                condition=~Q(outcome__in=("adopted", "rejected"))
                | Q(votes_for__isnull=False, votes_against__isnull=False, abstentions__isnull=False)
                | Q(is_without_vote=True),
                name="an_item_voted_has_its_figures",
            ),
        ]

    def __str__(self) -> str:
        return f"point {self.rank}"

    @property
    def is_voted(self) -> bool:
        return self.outcome in self.VOTED

    @property
    def names_people(self) -> bool:
        return self.kind in self.NAMING

    @property
    def vote(self) -> Vote | None:
        """The figures of its vote, or None before it, or without one."""
        if self.votes_for is None or self.members_in_office is None:
            return None
        return Vote(self.members_in_office, self.votes_for, self.votes_against or 0, self.abstentions or 0)

    @property
    def articles(self) -> list[tuple[int, str]]:
        """Its articles, by their number: one a line of what is decided."""
        lines = [line.strip() for line in self.decision.splitlines()]
        return list(enumerate((line for line in lines if line), 1))


class Annex(models.Model):
    """A PDF joined to an item: its pages follow those of the extract, which says its title and its digest."""

    item = models.ForeignKey(Item, models.CASCADE, related_name="annexes", verbose_name="point")
    title = models.CharField("titre", max_length=200)
    document = models.ForeignKey(Document, models.PROTECT, related_name="+", verbose_name="document")

    class Meta:
        verbose_name = "annexe d’un point"
        verbose_name_plural = "annexes d’un point"
        ordering = ["item", "pk"]

    def __str__(self) -> str:
        return f"annexe {self.pk}"


class Attendance(models.Model):
    """A member at a meeting: there or not, from which item to which, and to whom they gave their voice."""

    class State(models.TextChoices):
        PRESENT = "present", "présent ou présente"
        EXCUSED = "excused", "excusé ou excusée"
        ABSENT = "absent", "absent ou absente"

    class Paper(models.TextChoices):
        """Whether a proxy is the paper of the session before: one serves three sessions in a row (CGCT, L. 2121-20)."""

        UNSAID = "", "à dire"
        NEW = "new", "nouveau pouvoir"
        SAME = "same", "le même pouvoir"
        ILLNESS = "illness", "le même pouvoir, maladie dûment constatée"

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="attendances", verbose_name="séance")
    member = models.ForeignKey(Member, models.PROTECT, related_name="attendances", verbose_name="membre")
    state = models.CharField("présence", max_length=8, choices=State.choices, default=State.PRESENT)
    # Ranks of items: there from this one, gone before that one.
    arrived_for = models.PositiveSmallIntegerField("arrivée au point", null=True, blank=True)
    left_before = models.PositiveSmallIntegerField("départ avant le point", null=True, blank=True)
    proxy_to = models.ForeignKey(
        Member, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="pouvoir à"
    )
    is_proxy_written = models.BooleanField("pouvoir écrit", default=True)
    paper = models.CharField("même pouvoir", max_length=7, choices=Paper.choices, blank=True, default="", db_default="")

    class Meta:
        verbose_name = "présence"
        verbose_name_plural = "présences"
        ordering = ["meeting", "member__position", "member"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "member"], name="one_attendance_per_member"),
            models.CheckConstraint(
                condition=Q(arrived_for__isnull=True)
                | Q(left_before__isnull=True)
                | Q(left_before__gt=F("arrived_for")),
                name="a_member_arrives_before_leaving_the_room",
            ),
        ]

    def __str__(self) -> str:
        return f"présence {self.pk}"

    def is_there_for(self, rank: int) -> bool:
        """Whether the member is in the room when the item of this rank is called."""
        if self.state != self.State.PRESENT:
            return False
        return (self.arrived_for or 0) <= rank and (self.left_before is None or rank < self.left_before)


class Withdrawal(models.Model):
    """A member who takes no part in an item: neither present for it nor, where the law says so, in office."""

    item = models.ForeignKey(Item, models.CASCADE, related_name="withdrawals", verbose_name="point")
    member = models.ForeignKey(Member, models.PROTECT, related_name="+", verbose_name="membre")
    # CGCT, L. 1111-6, II: the member represents the commune in the body concerned.
    is_out_of_office = models.BooleanField("n’est pas en exercice pour ce point", default=False)

    class Meta:
        verbose_name = "retrait"
        ordering = ["item", "member"]
        constraints = [models.UniqueConstraint(fields=["item", "member"], name="one_withdrawal_per_member_and_item")]

    def __str__(self) -> str:
        return f"retrait {self.pk}"


class Convocation(models.Model):
    """The convocation of one member: by which way, and when it left."""

    class Way(models.TextChoices):
        EMAIL = "email", "par voie électronique"
        LETTER = "letter", "par écrit, à domicile"

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="convocations", verbose_name="séance")
    member = models.ForeignKey(Member, models.PROTECT, related_name="+", verbose_name="membre")
    way = models.CharField("voie", max_length=6, choices=Way.choices)
    due_at = models.DateTimeField("à envoyer le")
    left_at = models.DateTimeField("partie le", null=True, blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="envoyée par")

    class Meta:
        verbose_name = "convocation"
        ordering = ["meeting", "member"]
        constraints = [models.UniqueConstraint(fields=["meeting", "member"], name="one_convocation_per_member")]

    def __str__(self) -> str:
        return f"convocation {self.pk}"


class Posting(models.Model):
    """A paper of a meeting posted at the door of the body, from a day to another: a certificate tells it, kept."""

    class What(models.TextChoices):
        CONVOCATION = "convocation", "la convocation"
        LIST = "list", "la liste des délibérations examinées"
        MINUTES = "minutes", "le procès-verbal"

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="postings", verbose_name="séance")
    what = models.CharField("papier", max_length=12, choices=What)
    first_on = models.DateField("affiché depuis le")
    last_on = models.DateField("affiché jusqu’au")
    # One copy on paper, at the disposal of the public (CGCT, L. 2121-15).
    has_copy = models.BooleanField("exemplaire papier mis à la disposition du public", default=False)
    document = models.ForeignKey(Document, models.PROTECT, related_name="+", verbose_name="certificat d’affichage")
    noted_at = models.DateTimeField("noté le")
    noted_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="noté par")

    class Meta:
        verbose_name = "affichage"
        ordering = ["meeting", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "what"], name="one_posting_per_paper"),
            models.CheckConstraint(condition=Q(last_on__gte=F("first_on")), name="a_posting_begins_before_it_ends"),
        ]

    def __str__(self) -> str:
        return f"affichage {self.pk}"


class Register(models.Model):
    """The register of a year as it was printed: kept; what changes afterwards is another version of it."""

    assembly = models.ForeignKey(Assembly, models.CASCADE, related_name="registers", verbose_name="assemblée")
    year = models.PositiveSmallIntegerField("année")
    version = models.PositiveSmallIntegerField("version")
    document = models.ForeignKey(Document, models.PROTECT, related_name="+", verbose_name="document")
    # Of the facts that it sets: those of today give the same, or the register is to be made again.
    digest = models.CharField("empreinte de ce qu’il dit", max_length=64)
    made_at = models.DateTimeField("fait le")

    class Meta:
        verbose_name = "registre des délibérations"
        verbose_name_plural = "registres des délibérations"
        ordering = ["-year", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["assembly", "year", "version"], name="one_register_per_year_and_version")
        ]

    def __str__(self) -> str:
        return f"registre {self.year}, version {self.version}"
