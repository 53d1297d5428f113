"""Acts of assemblies, recorded or uploaded, their articles, and the very bytes that an article approves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django_scopes import ScopedManager

from socle.documents.models import Document
from socle.lib.text import folded
from socle.people.models import Beneficiary, Operator, User


class ActQuerySet(models.QuerySet["Act"]):
    def shown_on(self, day: date) -> ActQuerySet:
        """Those that the public may read on this day (`rules.why_not_show` says why of one)."""
        dated = Q(published_on__lte=day) | Q(put_online_asked_at__isnull=False)
        return self.public().filter(dated)

    def found_by(self, words: str) -> ActQuerySet:
        """Those whose number and subject hold each of these words, accents and case aside."""
        found = self
        for word in folded(words)[:200].split():
            found = found.filter(search_text__contains=word)
        return found

    def public(self) -> ActQuerySet:
        """Those that nothing holds back from the public, whether they are published or not."""
        return self.exclude(kind__in=Act.NOT_PUBLIC).filter(held_back_because="")

    def to_put_online(self) -> ActQuerySet:
        """Those whose people asked that the site show them, and that it has not shown yet."""
        return self.public().filter(put_online_asked_at__isnull=False, put_online_at=None)


ActManager = models.Manager.from_queryset(ActQuerySet)


@dataclass(frozen=True)
class Vote:
    """The figures of a vote, proxies included: members in office (or of the college that votes), and how they voted."""

    members: int
    in_favour: int
    against: int = 0
    abstentions: int = 0

    @property
    def total(self) -> int:
        return self.in_favour + self.against + self.abstentions


@dataclass(frozen=True)
class Author:
    """Who answers for an act: first name and name, and quality (« maire »)."""

    name: str = ""
    quality: str = ""

    def __bool__(self) -> bool:
        return bool(self.name)

    def __str__(self) -> str:
        return ", ".join(filter(None, (self.name, self.quality)))


class _OfOperators(ActManager["Act"]):
    def get_queryset(self) -> ActQuerySet:
        return ActQuerySet(self.model, using=self._db).filter(beneficiary__isnull=True)


class Act(models.Model):
    """A deliberation, a decision or another act: what it is, what empowers a signatory, and from which day.

    An act belongs to the assembly of a beneficiary or of an operator. It is executory on the later of its publication
    and of its reception by the prefecture (CGCT, L. 2131-1 and L. 3131-1), or on publication alone when it is not
    transmissible, which wants a written reason.
    """

    class Kind(models.TextChoices):
        UNQUALIFIED = "unqualified", "à qualifier"
        DELIBERATION = "deliberation", "délibération"
        REGULATION = "regulation", "arrêté réglementaire"
        DECISION = "decision", "décision"
        MINUTES = "minutes", "procès-verbal"
        LIST = "list", "liste des délibérations"
        INDIVIDUAL = "individual", "acte individuel"

    class Mode(models.TextChoices):
        """How an act is published (CGCT, L. 2131-1, III and IV); the first is the rule, and the default."""

        ELECTRONIC = "electronic", "mise en ligne"
        POSTED = "posted", "affichage"
        PAPER = "paper", "sur papier"

    # What may be said of an act: not the first, where acts recorded before kinds existed begin.
    QUALIFIED = tuple(Kind.choices[1:])
    # Notified to the person, never put online (CGCT, L. 2131-1, II; CRPA, L. 311-6 and L. 312-1-2).
    HELD_BACK = (Kind.INDIVIDUAL,)
    # Nor shown to anybody but who keeps the acts: that of which nobody said what it is may be one of these.
    NOT_PUBLIC = (*HELD_BACK, Kind.UNQUALIFIED)
    # Told, but deciding nothing: neither sent to the prefecture nor executory.
    TELLING = (Kind.MINUTES, Kind.LIST)

    beneficiary = models.ForeignKey(
        Beneficiary, models.PROTECT, null=True, blank=True, related_name="acts", verbose_name="bénéficiaire"
    )
    operator = models.ForeignKey(
        Operator, models.PROTECT, null=True, blank=True, related_name="acts", verbose_name="opérateur"
    )
    kind = models.CharField(
        "nature", max_length=20, choices=Kind, default=Kind.UNQUALIFIED, db_default=Kind.UNQUALIFIED
    )
    body = models.CharField("assemblée", max_length=120)
    number = models.CharField("numéro", max_length=30)
    subject = models.CharField("objet", max_length=500)
    adopted_on = models.DateField("adopté le")
    received_on = models.DateField("reçu en préfecture le", null=True, blank=True)
    published_on = models.DateField("publié le", null=True, blank=True)
    not_transmissible_because = models.CharField("motif de non-transmission", max_length=300, blank=True)
    identifier = models.CharField("identifiant @CTES", max_length=60, blank=True)
    document = models.ForeignKey(
        Document, models.PROTECT, null=True, blank=True, related_name="acts", verbose_name="document"
    )
    # In the nomenclature of @CTES: « 5.7 », two levels at least (`matters`).
    matter = models.CharField("matière", max_length=14, blank=True)
    # Who answers for it: shown with what is put online (CGCT, R. 2131-1 and R. 3131-2).
    author_name = models.CharField("prénom et nom de l’auteur ou de l’autrice", max_length=120, blank=True)
    author_quality = models.CharField("qualité de l’auteur ou de l’autrice", max_length=120, blank=True)
    # Its vote, proxies included; unsaid unless all are said.
    members_in_office = models.PositiveSmallIntegerField("membres en exercice", null=True, blank=True)
    votes_for = models.PositiveSmallIntegerField("voix pour", null=True, blank=True)
    votes_against = models.PositiveSmallIntegerField("voix contre", null=True, blank=True)
    abstentions = models.PositiveSmallIntegerField("abstentions", null=True, blank=True)
    # Whoever signed it with a certificate of their own, in the file itself; on paper, nothing is known here.
    signatories = models.CharField("signé par certificat par", max_length=300, blank=True, default="", db_default="")
    # How it is published; unsaid of those that were only dated.
    mode = models.CharField("mode de publication", max_length=10, choices=Mode, blank=True, default="", db_default="")
    # Of a day that people declare: who did, and what proves it, in words or by a document.
    publication_certificate = models.TextField("certificat de publication", blank=True)
    declared_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="publication déclarée par"
    )
    publication_proof = models.ForeignKey(
        Document, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="preuve de publication"
    )
    # Asked by its people, then written by the publication of their site, once its file is served: the digest is that of
    # the bytes served. Nobody else writes these two.
    put_online_asked_at = models.DateTimeField("mise en ligne demandée le", null=True, blank=True)
    put_online_at = models.DateTimeField("mis en ligne le", null=True, blank=True)
    online_sha256 = models.CharField(
        "empreinte de ce qui est mis en ligne", max_length=64, blank=True, default="", db_default=""
    )
    # Of an individual act, which is brought to the knowledge of its person and of nobody else.
    notified_on = models.DateField("notifié le", null=True, blank=True)
    # What it says of people, said by its own: the public does not read it.
    held_back_because = models.CharField(
        "données personnelles qu’il contient", max_length=300, blank=True, default="", db_default=""
    )
    is_fictitious = models.BooleanField("acte fictif de démonstration", default=False)
    # Its number and its subject, `folded`: what a search reads. Neither changes once it is recorded.
    search_text = models.TextField("texte cherché", blank=True, default="", db_default="")

    # The acts of beneficiaries, within the scope in force; those of operators, who are no tenants, apart.
    objects: ClassVar[ActManager[Act]] = ScopedManager(beneficiary="beneficiary", _manager_class=ActManager)
    of_operators: ClassVar[ActManager[Act]] = _OfOperators()

    class Meta:
        verbose_name = "acte"
        ordering = ["-adopted_on", "number"]
        # A body's own list, in its order.
        indexes = [models.Index(fields=["beneficiary", "-adopted_on", "number"], name="acts_of_a_beneficiary")]
        constraints = [
            models.CheckConstraint(
                condition=Q(beneficiary__isnull=False, operator__isnull=True)
                | Q(beneficiary__isnull=True, operator__isnull=False),
                name="an_act_belongs_to_one_body",
            ),
            models.UniqueConstraint(
                fields=["beneficiary", "number"],
                condition=Q(beneficiary__isnull=False),
                name="one_act_per_beneficiary_number",
            ),
            models.UniqueConstraint(
                fields=["operator", "number"],
                condition=Q(operator__isnull=False),
                name="one_act_per_operator_number",
            ),
            models.CheckConstraint(
                condition=Q(put_online_at__isnull=True) | Q(published_on__isnull=False),
                name="an_act_put_online_is_published",
            ),
            models.CheckConstraint(
                condition=Q(put_online_at__isnull=True, online_sha256="")
                | Q(put_online_at__isnull=False, mode="electronic") & ~Q(online_sha256=""),
                name="what_is_put_online_has_its_digest",
            ),
            models.CheckConstraint(
                condition=Q(members_in_office=None, votes_for=None, votes_against=None, abstentions=None)
                | Q(
                    members_in_office__isnull=False,
                    votes_for__isnull=False,
                    votes_against__isnull=False,
                    abstentions__isnull=False,
                ),
                name="a_vote_is_said_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.body}, n° {self.number}"

    @classmethod
    def of(cls, body: Beneficiary | Operator) -> models.QuerySet[Act]:
        """The acts of one body; those of a beneficiary are read within a scope, as all that is its own."""
        if isinstance(body, Operator):
            return cls.of_operators.filter(operator=body)
        return cls.objects.filter(beneficiary=body)

    @property
    def vote(self) -> Vote | None:
        """The figures of its vote, or None when they were not said."""
        if self.members_in_office is None or self.votes_for is None:
            return None
        return Vote(self.members_in_office, self.votes_for, self.votes_against or 0, self.abstentions or 0)

    @property
    def is_qualified(self) -> bool:
        """Whether its people said what it is."""
        return self.kind != self.Kind.UNQUALIFIED

    @property
    def is_telling(self) -> bool:
        """Whether it tells what was decided, and decides nothing."""
        return self.kind in self.TELLING

    @property
    def name(self) -> str:
        """Return its title: « Délibération n° 2026-12 », « Acte n° 7 » while nobody said what it is."""
        what = str(self.get_kind_display()).capitalize() if self.is_qualified else "Acte"
        return f"{what} n°\u00a0{self.number}"

    @property
    def is_feminine(self) -> bool:
        """Whether its kind is, in a sentence: « la mettre en ligne »."""
        return self.kind in (self.Kind.DELIBERATION, self.Kind.DECISION, self.Kind.LIST)

    @property
    def adopted_words(self) -> str:
        """« Adoptée le », « Pris le », « Établie le »: how its day is told."""
        verb = {
            self.Kind.DELIBERATION: "Adoptée",
            self.Kind.DECISION: "Prise",
            self.Kind.LIST: "Établie",
            self.Kind.MINUTES: "Établi",
            self.Kind.REGULATION: "Pris",
            self.Kind.INDIVIDUAL: "Pris",
        }
        return f"{verb.get(self.Kind(self.kind), 'Adopté')} le"

    @property
    def is_going_online(self) -> bool:
        """Whether its site was asked to show it, and has not served it yet."""
        return self.put_online_asked_at is not None and self.put_online_at is None and not self.is_held_back

    @property
    def is_held_back(self) -> bool:
        """Whether the public does not read it, published or not."""
        return self.kind in self.NOT_PUBLIC or bool(self.held_back_because)

    @property
    def author(self) -> Author:
        """Who answers for it."""
        return Author(self.author_name, self.author_quality)

    @property
    def is_publication_fictitious(self) -> bool:
        """Whether its publication was invented for a demonstration: its certificate says so, and no paper tells it."""
        return "fictif" in folded(self.publication_certificate)

    @property
    def known_on(self) -> date | None:
        """The day it was brought to knowledge: notified when it is individual, published otherwise."""
        return self.notified_on if self.kind in self.HELD_BACK else self.published_on

    @property
    def executory_on(self) -> date | None:
        """The first day on which the act is executory, or None while it is not: not without both days."""
        if self.known_on is None or self.not_transmissible_because:
            return self.known_on
        return max(self.known_on, self.received_on) if self.received_on is not None else None


class PublicationChoice(models.Model):
    """How the acts of a body are published, as one of its acts chose it, from a day to a day (both included)."""

    # Whose it is, its act says; an act that chose is not taken away (`actions.remove`).
    act = models.ForeignKey(Act, models.PROTECT, related_name="choices", verbose_name="acte")
    mode = models.CharField("mode de publication", max_length=10, choices=Act.Mode)
    starts_on = models.DateField("à partir du")
    ends_on = models.DateField("jusqu’au", null=True, blank=True)

    class Meta:
        verbose_name = "choix du mode de publication"
        verbose_name_plural = "choix du mode de publication"
        ordering = ["-starts_on", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["act"], name="an_act_chooses_one_mode"),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=models.F("starts_on")),
                name="a_choice_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_mode_display()}, depuis le {self.starts_on:%d/%m/%Y}"


class Article(models.Model):
    """An article of an act, as it is written."""

    act = models.ForeignKey(Act, models.CASCADE, related_name="articles", verbose_name="acte")
    number = models.PositiveSmallIntegerField("article")
    text = models.TextField("texte")

    class Meta:
        verbose_name = "article d’un acte"
        verbose_name_plural = "articles d’un acte"
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["act", "number"], name="one_article_per_number")]

    def __str__(self) -> str:
        return f"article {self.number}"


class Approval(models.Model):
    """This article of this act approves these very bytes: a text's, or the file of a document.

    What is approved is told by its digest, never by its name nor its date: other words, even better ones, are not
    what the assembly read.
    """

    class Subject(models.TextChoices):
        MODEL = "model", "modèle de convention"
        AGREEMENT = "agreement", "convention"
        APPLICATION = "application", "demande de subvention"

    # An act on which an approval stands is not taken away (`actions.remove`).
    article = models.ForeignKey(Article, models.PROTECT, related_name="approvals", verbose_name="article")
    subject = models.CharField("ce qui est approuvé", max_length=12, choices=Subject.choices)
    sha256 = models.CharField("empreinte SHA-256", max_length=64, db_index=True)
    title = models.CharField("titre", max_length=200)
    is_fictitious = models.BooleanField("approbation fictive de démonstration", default=False)
    # The file withdraws what it no longer says, and nothing that was noted elsewhere.
    is_declared = models.BooleanField("dite par le fichier du programme", default=False, db_default=False)
    recorded_at = models.DateTimeField("enregistrée le")

    class Meta:
        verbose_name = "approbation"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["article", "sha256"], name="an_article_approves_the_same_bytes_once")
        ]

    def __str__(self) -> str:
        return f"{self.title}, par l’{self.article}"
