"""A programme as its file declares it: partners, offer, rule of priority, founding act, funding."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.utils.functional import cached_property

from socle.deliberations.models import Act, Article
from socle.people.models import Operator
from socle.territory.models import Commune, Department, Vintage


class Programme(models.Model):
    """Programme that operators offer together, read from a file of `programmes/`; the row is its image."""

    code = models.SlugField("code", unique=True)
    name = models.CharField("nom", max_length=120)
    summary = models.TextField("présentation", blank=True)
    number_prefix = models.CharField("préfixe des numéros", max_length=8)
    file_sha256 = models.CharField("empreinte du fichier", max_length=64)
    priority_below = models.PositiveIntegerField("prioritaire au-dessous de (habitants)")
    priority_vintage = models.ForeignKey(
        Vintage, models.PROTECT, related_name="+", verbose_name="millésime de la population"
    )
    population_definition = models.CharField("population retenue", max_length=200)
    priority_source = models.CharField("source de la priorité", max_length=200)
    founding_act = models.ForeignKey(
        Act, models.PROTECT, null=True, related_name="programmes", verbose_name="acte fondateur"
    )
    has_demonstration = models.BooleanField("complété par la démonstration", default=False)

    class Meta:
        verbose_name = "programme"

    def __str__(self) -> str:
        return self.name

    def lead(self) -> Operator:
        """The lead partner, who signs last."""
        return self._lead

    @cached_property
    def _lead(self) -> Operator:
        return self.partners.select_related("operator").get(part=Partner.Part.LEAD).operator

    def tripartite(self) -> AgreementType:
        """The type of agreement that binds a beneficiary: a programme has one, and no more (`file.py`)."""
        return self.agreement_types.get(has_beneficiary=True, amends=None)

    def centre_de_gestion_of(self, department: Department) -> Operator | None:
        """The centre de gestion concerned by a department, or None where the programme has none."""
        partner = self.partners.select_related("operator").filter(part=Partner.Part.CDG, departments=department).first()
        return partner.operator if partner else None


class Partner(models.Model):
    """An operator's part in a programme, and where it plays it."""

    class Part(models.TextChoices):
        LEAD = "lead", "chef de file"
        CDG = "cdg", "centre de gestion"
        TECHNICAL_SUPPORT = "technical_support", "appui technique"

    programme = models.ForeignKey(Programme, models.CASCADE, related_name="partners", verbose_name="programme")
    operator = models.ForeignKey(Operator, models.PROTECT, related_name="partnerships", verbose_name="opérateur")
    part = models.CharField("rôle", max_length=20, choices=Part.choices)
    sees_money = models.BooleanField("voit les montants", default=True)
    departments = models.ManyToManyField(Department, related_name="+", verbose_name="départements")

    class Meta:
        verbose_name = "partenaire"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["programme", "operator"], name="one_part_per_operator"),
            models.UniqueConstraint(
                fields=["programme"], condition=models.Q(part="lead"), name="one_lead_per_programme"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operator} ({self.get_part_display()})"


class Service(models.Model):
    """One line of the offer, with its link to the competence that allows it and its RGPD sheet (article 28)."""

    programme = models.ForeignKey(Programme, models.CASCADE, related_name="services", verbose_name="programme")
    code = models.SlugField("code")
    name = models.CharField("nom", max_length=120)
    summary = models.TextField("en une phrase", blank=True)
    legal_basis = models.CharField("fondement", max_length=300)
    provided_by = models.CharField("fourni par", max_length=20, choices=Partner.Part.choices)
    is_essential = models.BooleanField("proposé d’office", default=False)
    is_provisioned = models.BooleanField("mis en service par la plateforme", default=False)
    # Added each year to the price of the agreements that take it.
    extra_price = models.DecimalField("en plus, par an (€)", max_digits=10, decimal_places=2, null=True, blank=True)
    handles_personal_data = models.BooleanField("traite des données personnelles", default=False)
    purposes = models.CharField("finalités", max_length=300, blank=True)
    data_categories = models.CharField("catégories de données", max_length=300, blank=True)
    data_subjects = models.CharField("personnes concernées", max_length=300, blank=True)
    retention = models.CharField("conservation", max_length=200, blank=True)
    sub_processors = models.ManyToManyField(
        Operator, related_name="+", blank=True, verbose_name="sous-traitants ultérieurs"
    )
    order = models.PositiveSmallIntegerField("ordre")

    class Meta:
        verbose_name = "service"
        ordering = ["order"]
        constraints = [models.UniqueConstraint(fields=["programme", "code"], name="one_service_per_code")]

    def __str__(self) -> str:
        return self.name

    @property
    def annex_gaps(self) -> list[str]:
        """Parts that its annex lacks (RGPD, article 28, 3), in French; none when it handles no personal data."""
        if not self.handles_personal_data:
            return []
        annex = {
            "les finalités": self.purposes,
            "les catégories de données": self.data_categories,
            "les personnes concernées": self.data_subjects,
            "la conservation": self.retention,
        }
        return [label for label, words in annex.items() if not words.strip()]


class Power(models.Model):
    """Effect of an article of the founding act; its text is the act's (`deliberations.Article`)."""

    class Kind(models.TextChoices):
        PROJECT = "project", "approuve le projet"
        AGREEMENT = "agreement", "approuve une convention entre opérateurs"
        MODEL = "model", "approuve le modèle de convention tripartite"
        FUNDING = "funding", "approuve une demande de financement"
        DELEGATION = "delegation", "délègue la signature au président"

    programme = models.ForeignKey(Programme, models.CASCADE, related_name="powers", verbose_name="programme")
    article = models.ForeignKey(Article, models.PROTECT, related_name="powers", verbose_name="article")
    power = models.CharField("effet", max_length=12, choices=Kind.choices)

    class Meta:
        verbose_name = "effet d’un article"
        verbose_name_plural = "effets des articles"
        ordering = ["article__number"]
        constraints = [models.UniqueConstraint(fields=["programme", "article"], name="one_power_per_article")]

    def __str__(self) -> str:
        return f"{self.article}, {self.get_power_display()}"


class AgreementType(models.Model):
    """One kind of agreement of a programme: who signs it and in which order, on which text, approved by which article.

    Either the text is a model that the assembly approved, and the president concludes on it by delegation; or the
    assembly approves each agreement itself, as it is printed.
    """

    class ApprovedBy(models.TextChoices):
        MODEL = "model", "modèle approuvé, signature déléguée"
        EACH = "each", "chaque convention approuvée"

    programme = models.ForeignKey(Programme, models.CASCADE, related_name="agreement_types", verbose_name="programme")
    code = models.SlugField("code")
    name = models.CharField("nom", max_length=200)
    approved_by = models.CharField("approuvé par", max_length=5, choices=ApprovedBy.choices)
    article = models.ForeignKey(
        Article, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="article qui l’approuve"
    )
    # The type whose agreements these amend, for a type of amendment.
    amends = models.OneToOneField(
        "self", models.CASCADE, null=True, blank=True, related_name="amendment", verbose_name="type modifié"
    )
    has_beneficiary = models.BooleanField("lie un bénéficiaire")
    text_name = models.CharField("texte", max_length=60)
    text_version = models.CharField("version du texte", max_length=10)
    text_is_demonstration = models.BooleanField("modèle de démonstration, non approuvé", default=True)
    # Chosen on a screen, the version holds until another is chosen there: the file no longer says it.
    text_chosen_at = models.DateTimeField("version choisie dans la console le", null=True, blank=True)
    term_months = models.PositiveSmallIntegerField("durée (mois)")
    # What the text says of its end: in months, and how many renewals.
    notice_months = models.PositiveSmallIntegerField("préavis du bénéficiaire (mois)", default=3, db_default=3)
    operators_notice_months = models.PositiveSmallIntegerField("préavis des opérateurs (mois)", default=6, db_default=6)
    breach_months = models.PositiveSmallIntegerField("délai de mise en demeure (mois)", default=1, db_default=1)
    reversibility_months = models.PositiveSmallIntegerField("réversibilité (mois)", default=3, db_default=3)
    renewals = models.PositiveSmallIntegerField("renouvellements", default=1, db_default=1)
    # For all alike; by strata of population, it is nothing and theirs counts. `prices.py` puts the whole together.
    annual_price = models.DecimalField("contribution annuelle (€)", max_digits=10, decimal_places=2)
    per_inhabitant = models.DecimalField("par habitant (€)", max_digits=10, decimal_places=2, null=True, blank=True)
    vat_regime = models.CharField("régime de TVA", max_length=120)
    price_note = models.CharField("note sur le prix", max_length=200, blank=True)
    # What the law wants of services made available between public bodies (CGCT, L. 5111-1-1).
    basis = models.TextField("base de remboursement", blank=True)
    equipment = models.TextField("équipements mis à disposition", blank=True)
    services = models.ManyToManyField(Service, related_name="+", blank=True, verbose_name="services")
    order = models.PositiveSmallIntegerField("ordre")

    class Meta:
        verbose_name = "type de convention"
        verbose_name_plural = "types de convention"
        ordering = ["order"]
        constraints = [
            models.UniqueConstraint(fields=["programme", "code"], name="one_type_per_code"),
            models.UniqueConstraint(
                fields=["programme"],
                condition=models.Q(has_beneficiary=True, amends__isnull=True),
                name="one_type_with_a_beneficiary_per_programme",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Promise(models.Model):
    """A thing that a clause owes the beneficiary, how often, counted from the first day of each agreement of a type."""

    type = models.ForeignKey(AgreementType, models.CASCADE, related_name="promises", verbose_name="type de convention")
    code = models.SlugField("code")
    name = models.CharField("promesse", max_length=200)
    clause = models.CharField("clause", max_length=60)
    owed_by = models.CharField("due par", max_length=120)
    every_months = models.PositiveSmallIntegerField("tous les (mois)")
    # What keeps it by itself, as settings name it (`SOCLE_PROMISE_KEEPERS`); blank: people say when it is kept.
    kept_by = models.SlugField("tenue d’elle-même par", blank=True)
    order = models.PositiveSmallIntegerField("ordre")

    class Meta:
        verbose_name = "promesse"
        ordering = ["order"]
        constraints = [models.UniqueConstraint(fields=["type", "code"], name="one_promise_per_code")]

    def __str__(self) -> str:
        return self.name


class PriceStratum(models.Model):
    """Yearly price of the beneficiaries of so many inhabitants, and that of the first year when it differs."""

    type = models.ForeignKey(AgreementType, models.CASCADE, related_name="strata", verbose_name="type de convention")
    # Included; nothing for all those above the others.
    up_to = models.PositiveIntegerField("jusqu’à (habitants)", null=True, blank=True)
    annual_price = models.DecimalField("contribution annuelle (€)", max_digits=10, decimal_places=2)
    first_year_price = models.DecimalField(
        "contribution de la première année (€)", max_digits=10, decimal_places=2, null=True, blank=True
    )
    order = models.PositiveSmallIntegerField("ordre")

    class Meta:
        verbose_name = "strate de prix"
        verbose_name_plural = "strates de prix"
        ordering = ["order"]
        constraints = [models.UniqueConstraint(fields=["type", "order"], name="one_price_stratum_per_order")]

    def __str__(self) -> str:
        return f"strate {self.order} ({self.type_id})"


class TypeParty(models.Model):
    """One party to the agreements of a type, by its rank of signature.

    Its operator is named, or follows from the department of the beneficiary: nobody is named for a beneficiary, nor
    for the centre de gestion concerned.
    """

    class Part(models.TextChoices):
        BENEFICIARY = "beneficiary", "bénéficiaire"
        LEAD = Partner.Part.LEAD.value, Partner.Part.LEAD.label
        CDG = Partner.Part.CDG.value, Partner.Part.CDG.label
        TECHNICAL_SUPPORT = Partner.Part.TECHNICAL_SUPPORT.value, Partner.Part.TECHNICAL_SUPPORT.label

    type = models.ForeignKey(AgreementType, models.CASCADE, related_name="parties", verbose_name="type de convention")
    rank = models.PositiveSmallIntegerField("rang de signature")
    part = models.CharField("partie", max_length=20, choices=Part.choices)
    operator = models.ForeignKey(
        Operator, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="opérateur"
    )

    class Meta:
        verbose_name = "partie d’un type de convention"
        verbose_name_plural = "parties d’un type de convention"
        ordering = ["rank"]
        constraints = [models.UniqueConstraint(fields=["type", "rank"], name="one_type_party_per_rank")]

    def __str__(self) -> str:
        return f"{self.rank}. {self.get_part_display()}"


class FundingScheme(models.Model):
    """A grant the programme may draw on, between two days (both included)."""

    programme = models.ForeignKey(Programme, models.CASCADE, related_name="schemes", verbose_name="programme")
    code = models.SlugField("code")
    name = models.CharField("nom", max_length=160)
    rate = models.DecimalField("taux", max_digits=5, decimal_places=4)
    spend_from = models.DateField("dépenses à partir du")
    spend_until = models.DateField("dépenses jusqu’au")
    source = models.CharField("source", max_length=200)

    class Meta:
        verbose_name = "dispositif de financement"
        verbose_name_plural = "dispositifs de financement"
        ordering = ["spend_from"]
        constraints = [models.UniqueConstraint(fields=["programme", "code"], name="one_scheme_per_code")]

    def __str__(self) -> str:
        return self.name

    def is_open_on(self, on: date) -> bool:
        """Whether spending made on this day may still be charged to the scheme."""
        return self.spend_from <= on <= self.spend_until


class AssessmentQuerySet(models.QuerySet["Assessment"]):
    def in_force(self) -> AssessmentQuerySet:
        """Those that hold today: one for each commune, at most."""
        return self.filter(replaced_at__isnull=True)


class Assessment(models.Model):
    """Where a commune stood in a programme from an instant on, and why; a row is written only when that changes.

    Never edited after, but to say what replaced it (`replaced_at`) and who looked at a change of priority (`seen_at`).
    It is of a commune, not of a beneficiary: every commune of the territory has a rank, the programme has equipped it
    or not. `rule_sha256` is the digest of what decided: threshold, vintage, definition, source, departments, order.
    """

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="assessments", verbose_name="programme")
    commune = models.ForeignKey(Commune, models.PROTECT, related_name="assessments", verbose_name="commune")
    vintage = models.ForeignKey(Vintage, models.PROTECT, related_name="+", verbose_name="millésime")
    assessed_at = models.DateTimeField("établi le")
    replaced_at = models.DateTimeField("remplacé le", null=True, blank=True)
    population = models.PositiveIntegerField("population", null=True)
    is_priority = models.BooleanField("prioritaire")
    rank = models.PositiveIntegerField("rang", null=True)
    reasons = models.TextField("raisons, une par ligne")
    rule_sha256 = models.CharField("empreinte de la règle", max_length=64)
    has_changed_priority = models.BooleanField("la priorité a changé ce jour-là", default=False)
    seen_at = models.DateTimeField("changement vu le", null=True, blank=True)

    objects = AssessmentQuerySet.as_manager()

    class Meta:
        verbose_name = "rang établi"
        verbose_name_plural = "rangs établis"
        ordering = ["-assessed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "commune"],
                condition=models.Q(replaced_at__isnull=True),
                name="one_assessment_in_force_per_commune",
            )
        ]
        indexes = [
            models.Index(
                fields=["programme", "commune"],
                condition=models.Q(has_changed_priority=True, seen_at__isnull=True),
                name="assessment_to_look_at",
            )
        ]

    def __str__(self) -> str:
        return f"{self.commune_id}, {self.rank or '–'}"
