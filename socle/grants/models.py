"""Operations that a grant pays for: partners, plan, papers, contracts, expenses with evidence, claims and payments.

Amounts are `Decimal` euros. Rates and shares are fractions, but the key of an expense, in per cent.
"""

from __future__ import annotations

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from socle.agreements.models import Agreement
from socle.deliberations.models import Article
from socle.documents.models import Document
from socle.people.models import Beneficiary, Operator, User, validate_siret
from socle.programme.models import Programme


class Status(models.TextChoices):
    DRAFT = "draft", "dossier en préparation"
    FILED = "filed", "dossier déposé"
    COMPLETE = "complete", "dossier déclaré complet"
    GRANTED = "granted", "aide attribuée"
    REFUSED = "refused", "aide refusée"
    CLOSED = "closed", "soldée"


MOVES: dict[Status, tuple[Status, ...]] = {
    Status.DRAFT: (Status.FILED,),
    Status.FILED: (Status.COMPLETE, Status.GRANTED, Status.REFUSED),
    Status.COMPLETE: (Status.GRANTED, Status.REFUSED),
    Status.GRANTED: (Status.CLOSED,),
    # Back to where it was, for as long as `rules.REOPENING`.
    Status.REFUSED: (Status.FILED, Status.COMPLETE),
    Status.CLOSED: (Status.GRANTED,),
}


class VatBasis(models.TextChoices):
    NET = "net", "hors taxes"
    GROSS = "gross", "toutes taxes comprises"


class Operation(models.Model):
    """A project that a scheme pays for in part, with the terms of its grant act; a copy of the scheme's to begin with.

    Windows include both their days. What is unknown is empty, and refuses what depends on it.
    """

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="operations", verbose_name="programme")
    # A scheme of the programme or of another fund: a file of `schemes/`.
    scheme = models.SlugField("dispositif")
    name = models.CharField("opération", max_length=200)
    authority = models.CharField("autorité de gestion", max_length=200)
    reference = models.CharField("numéro de dossier", max_length=60, blank=True)
    # What open data asks of a subsidy besides; unknown, the operation is left out of it.
    authority_siret = models.CharField(
        "SIRET de l’autorité de gestion", max_length=14, blank=True, db_default="", validators=[validate_siret]
    )
    is_notified = models.BooleanField("aide de minimis notifiée à la Commission", null=True, blank=True)
    # Approves both the use of the fund and the filing of the application.
    article = models.ForeignKey(Article, models.PROTECT, null=True, related_name="+", verbose_name="article d’un acte")
    status = models.CharField("état", max_length=10, choices=Status, default=Status.DRAFT)
    filed_on = models.DateField("déposé le", null=True, blank=True)
    complete_on = models.DateField("complet le", null=True, blank=True)
    granted_on = models.DateField("acte attributif du", null=True, blank=True)
    rate = models.DecimalField("taux d’aide", max_digits=5, decimal_places=4)
    grant = models.DecimalField("montant maximal de l’aide (€)", max_digits=14, decimal_places=2, null=True, blank=True)
    min_own_share = models.DecimalField("part propre minimale", max_digits=5, decimal_places=4, null=True, blank=True)
    spend_from = models.DateField("dépenses à partir du")
    spend_until = models.DateField("dépenses jusqu’au")
    paid_from = models.DateField("paiements à partir du")
    paid_until = models.DateField("paiements jusqu’au")
    claim_until = models.DateField("demandes jusqu’au", null=True, blank=True)
    vat_basis = models.CharField("base retenue", max_length=5, choices=VatBasis)
    is_revenue_deducted = models.BooleanField("les recettes de l’opération se déduisent", default=False)
    least_claim = models.DecimalField("demande d’au moins (€)", max_digits=14, decimal_places=2, null=True, blank=True)
    # The day that the authority tells: until then, every piece is kept.
    accounts_on = models.DateField("comptes présentés le", null=True, blank=True)
    # Refused or closed, and from where; why it was closed when no balance was paid.
    ended_at = models.DateTimeField("finie le", null=True, blank=True)
    ended_from = models.CharField("état avant la fin", max_length=10, choices=Status, blank=True, db_default="")
    closed_because = models.CharField("soldée sans solde payé parce que", max_length=300, blank=True, db_default="")
    is_fictitious = models.BooleanField("opération fictive de démonstration", default=False)
    opened_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="ouverte par")
    opened_at = models.DateTimeField("ouverte le")

    class Meta:
        verbose_name = "opération subventionnée"
        verbose_name_plural = "opérations subventionnées"
        ordering = ["-opened_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(rate__gt=0, rate__lte=1), name="an_aid_pays_a_part"),
            models.CheckConstraint(
                condition=Q(spend_from__lte=F("spend_until"), paid_from__lte=F("paid_until")),
                name="windows_of_an_operation_are_in_order",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class GrantPartner(models.Model):
    """An operator that bears costs of an operation; its lead answers for all of them before the authority."""

    operation = models.ForeignKey(Operation, models.PROTECT, related_name="partners", verbose_name="opération")
    operator = models.ForeignKey(Operator, models.PROTECT, related_name="+", verbose_name="opérateur")
    is_lead = models.BooleanField("chef de file", default=False)
    ceiling = models.DecimalField("aide maximale (€)", max_digits=14, decimal_places=2, null=True, blank=True)

    class Meta:
        verbose_name = "partenaire d’une opération"
        verbose_name_plural = "partenaires d’une opération"
        ordering = ["-is_lead", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["operation", "operator"], name="one_partner_per_operation"),
            models.UniqueConstraint(fields=["operation"], condition=Q(is_lead=True), name="one_lead_per_operation"),
        ]

    def __str__(self) -> str:
        return f"{self.operator}"


class CostCategory(models.Model):
    """A category of the financing plan: real costs, staff costs, or a flat rate computed on others."""

    class Kind(models.TextChoices):
        REAL = "real", "coûts réels"
        STAFF = "staff", "frais de personnel"
        FLAT = "flat", "forfait"

    operation = models.ForeignKey(Operation, models.PROTECT, related_name="categories", verbose_name="opération")
    code = models.SlugField("code")
    name = models.CharField("catégorie", max_length=120)
    kind = models.CharField("nature", max_length=5, choices=Kind)
    # Of this category when it differs from the operation's.
    rate = models.DecimalField("taux d’aide", max_digits=5, decimal_places=4, null=True, blank=True)
    flat_rate = models.DecimalField("taux du forfait", max_digits=5, decimal_places=4, null=True, blank=True)
    base = models.ManyToManyField("self", symmetrical=False, related_name="+", verbose_name="assiette du forfait")
    source = models.CharField("source", max_length=200, blank=True)

    class Meta:
        verbose_name = "catégorie de coûts"
        verbose_name_plural = "catégories de coûts"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["operation", "code"], name="one_category_per_code"),
            models.CheckConstraint(
                condition=Q(kind="flat", flat_rate__gt=0) | (~Q(kind="flat") & Q(flat_rate=None)),
                name="a_flat_category_has_its_rate",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PlanLine(models.Model):
    """The amount planned for a partner, a category and a year."""

    partner = models.ForeignKey(GrantPartner, models.PROTECT, related_name="plan", verbose_name="partenaire")
    category = models.ForeignKey(CostCategory, models.PROTECT, related_name="plan", verbose_name="catégorie")
    year = models.PositiveSmallIntegerField("année")
    amount = models.DecimalField("prévu (€)", max_digits=14, decimal_places=2)

    class Meta:
        verbose_name = "ligne du plan de financement"
        verbose_name_plural = "lignes du plan de financement"
        ordering = ["partner", "category", "year"]
        constraints = [
            models.UniqueConstraint(fields=["partner", "category", "year"], name="one_plan_line"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="a_plan_is_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.category}, {self.year}"


class Paper(models.Model):
    """A paper of the file of an operation: a piece of the application, its grant act, an amendment, a letter."""

    class Kind(models.TextChoices):
        APPLICATION = "application", "pièce du dossier de demande"
        # Who does what, and how the aid is paid on: annexed to the application, then to the grant act.
        PARTNERSHIP = "partnership", "convention de partenariat"
        GRANT_ACT = "grant_act", "acte attributif"
        AMENDMENT = "amendment", "avenant à l’acte attributif"
        SUPPLIER = "supplier", "accord écrit sur un partenaire fournisseur"
        PUBLICITY = "publicity", "preuve de publicité"
        ANSWER = "answer", "courrier de l’autorité de gestion"

    operation = models.ForeignKey(Operation, models.PROTECT, related_name="papers", verbose_name="opération")
    kind = models.CharField("nature", max_length=12, choices=Kind)
    name = models.CharField("pièce", max_length=160)
    version = models.PositiveSmallIntegerField("version", default=1)
    document = models.ForeignKey(Document, models.PROTECT, related_name="+", verbose_name="document")
    # For the written agreement of the authority: of which partner as a supplier.
    partner = models.ForeignKey(
        GrantPartner, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="partenaire"
    )
    sent_on = models.DateField("envoyée le", null=True, blank=True)
    added_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="versée par")
    added_at = models.DateTimeField("versée le")

    class Meta:
        verbose_name = "pièce d’une opération"
        verbose_name_plural = "pièces d’une opération"
        ordering = ["kind", "name", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["operation", "kind", "name", "version"], name="one_version_of_a_paper")
        ]

    def __str__(self) -> str:
        return f"{self.name}, version {self.version}"


class Contract(models.Model):
    """The record of a purchase: how the supplier was chosen. Its lines are claimed once it says everything."""

    class Procedure(models.TextChoices):
        DIRECT = "direct", "sans publicité ni mise en concurrence"
        ADAPTED = "adapted", "procédure adaptée"
        FORMAL = "formal", "procédure formalisée"
        CENTRAL = "central", "centrale d’achat"
        GROUP = "group", "groupement de commandes"

    partner = models.ForeignKey(GrantPartner, models.PROTECT, related_name="contracts", verbose_name="partenaire")
    number = models.CharField("numéro", max_length=40)
    subject = models.CharField("objet", max_length=200)
    supplier = models.CharField("fournisseur", max_length=160)
    supplier_siret = models.CharField("SIRET du fournisseur", max_length=14, validators=[validate_siret])
    amount = models.DecimalField("montant hors taxes (€)", max_digits=14, decimal_places=2)
    procedure = models.CharField("procédure", max_length=8, choices=Procedure)
    threshold = models.CharField("seuil appliqué, et sa source", max_length=200, blank=True)
    publicity = models.CharField("publicité faite, ou pourquoi aucune", max_length=200, blank=True)
    awarded_on = models.DateField("attribué le", null=True, blank=True)
    notified_on = models.DateField("notifié le", null=True, blank=True)
    document = models.ForeignKey(
        Document, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="pièces du marché"
    )
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="saisi par")
    recorded_at = models.DateTimeField("saisi le")

    class Meta:
        verbose_name = "marché"
        ordering = ["number", "pk"]
        constraints = [models.UniqueConstraint(fields=["partner", "number"], name="one_contract_per_number")]

    def __str__(self) -> str:
        return f"{self.number}, {self.subject}"

    @property
    def gaps(self) -> tuple[str, ...]:
        """Parts of the record that are still empty, in French."""
        wanted = {
            "le seuil appliqué": self.threshold,
            "la publicité": self.publicity,
            "la date d’attribution": self.awarded_on,
            "la date de notification": self.notified_on,
            "les pièces du marché": self.document_id,
        }
        return tuple(label for label, value in wanted.items() if not value)


class ExpenseImport(models.Model):
    """A file of expenses, taken whole or not at all; the same file is never taken twice for a partner."""

    partner = models.ForeignKey(GrantPartner, models.PROTECT, related_name="imports", verbose_name="partenaire")
    sha256 = models.CharField("empreinte du fichier", max_length=64)
    lines = models.PositiveIntegerField("lignes")
    imported_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="importé par")
    imported_at = models.DateTimeField("importé le")

    class Meta:
        verbose_name = "import de dépenses"
        verbose_name_plural = "imports de dépenses"
        constraints = [models.UniqueConstraint(fields=["partner", "sha256"], name="a_file_is_imported_once")]

    def __str__(self) -> str:
        return f"import {self.pk}"


class ExpenseQuerySet(models.QuerySet["Expense"]):
    def counting(self) -> ExpenseQuerySet:
        """Those that were not withdrawn."""
        return self.filter(withdrawn_at=None)


class Expense(models.Model):
    """A cost borne by a partner: an invoice, a part of one, or a month of a person's time.

    `key` is the share of it charged to the operation, in per cent. `invoice_key` is the supplier and the number as they
    are compared with others, whatever their spelling. Withdrawn, it stays and counts no more; in a claim, it changes no
    more. Of a month of a person, `net` is the gross pay and `vat` the employer's charges. The verdict (`state` to
    `missing`) is kept by `judging.judge_again`, each time something that it reads changes.
    """

    class State(models.TextChoices):
        INCOMPLETE = "incomplete", "pièces manquantes"
        ELIGIBLE = "eligible", "éligible"
        PARTIAL = "partial", "éligible en partie"
        NOT = "not", "non éligible"

    partner = models.ForeignKey(GrantPartner, models.PROTECT, related_name="expenses", verbose_name="partenaire")
    category = models.ForeignKey(CostCategory, models.PROTECT, related_name="expenses", verbose_name="catégorie")
    subject = models.CharField("objet", max_length=200)
    supplier = models.CharField("fournisseur", max_length=160, blank=True)
    supplier_siret = models.CharField("SIRET du fournisseur", max_length=14, blank=True, validators=[validate_siret])
    invoice_number = models.CharField("numéro de facture", max_length=60, blank=True)
    invoice_key = models.CharField("facture comparée", max_length=120, blank=True)
    # A part of the invoice, as it is called there; empty for the whole.
    invoice_line = models.CharField("ligne de la facture", max_length=60, blank=True)
    invoiced_on = models.DateField("date de facture")
    service_from = models.DateField("prestation à partir du", null=True, blank=True)
    service_until = models.DateField("prestation jusqu’au", null=True, blank=True)
    net = models.DecimalField("montant hors taxes (€)", max_digits=14, decimal_places=2)
    vat = models.DecimalField("TVA (€)", max_digits=14, decimal_places=2, default=Decimal(0))
    key = models.DecimalField(
        "part imputée (%)",
        max_digits=7,
        decimal_places=4,
        default=Decimal(100),
        validators=[MinValueValidator(Decimal("0.0001")), MaxValueValidator(Decimal(100))],
    )
    other_funding = models.DecimalField(
        "autre financement public (€)", max_digits=14, decimal_places=2, default=Decimal(0)
    )
    mandate = models.CharField("numéro de mandat", max_length=30, blank=True)
    bordereau = models.CharField("bordereau", max_length=30, blank=True)
    mandated_on = models.DateField("mandaté le", null=True, blank=True)
    paid_on = models.DateField("payé le", null=True, blank=True)
    account = models.CharField("article budgétaire", max_length=20, blank=True)
    section = models.CharField("section", max_length=20, blank=True)
    # Staff: one month of a person, and the share of their time.
    person = models.CharField("personne", max_length=120, blank=True)
    contract = models.ForeignKey(
        Contract, models.PROTECT, null=True, blank=True, related_name="expenses", verbose_name="marché"
    )
    agreement = models.ForeignKey(
        Agreement, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="convention"
    )
    beneficiary_served = models.ForeignKey(
        Beneficiary, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="pour"
    )
    imported = models.ForeignKey(
        ExpenseImport, models.PROTECT, null=True, blank=True, related_name="expenses", verbose_name="import"
    )
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="saisie par")
    recorded_at = models.DateTimeField("saisie le")
    withdrawn_at = models.DateTimeField("retirée le", null=True, blank=True)
    state = models.CharField("verdict", max_length=10, choices=State, default=State.INCOMPLETE)
    eligible = models.DecimalField("éligible (€)", max_digits=14, decimal_places=2, default=Decimal(0))
    why = models.CharField("pourquoi", max_length=500, blank=True)
    missing = models.CharField("ce qui manque", max_length=500, blank=True)

    objects = ExpenseQuerySet.as_manager()

    class Meta:
        verbose_name = "dépense"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(net__gte=0, vat__gte=0), name="an_expense_is_not_negative"),
            models.CheckConstraint(condition=Q(key__gt=0, key__lte=100), name="a_key_is_a_share"),
        ]
        indexes = [
            models.Index(fields=["invoice_key"], name="expenses_of_an_invoice", condition=~Q(invoice_key="")),
            models.Index(fields=["partner", "state"], name="expenses_of_a_partner", condition=Q(withdrawn_at=None)),
            models.Index(
                fields=["partner"],
                name="expenses_otherwise_funded",
                condition=Q(withdrawn_at=None, other_funding__gt=0),
            ),
            # The list, the last paid first.
            models.Index(fields=["-paid_on", "id"], name="expenses_last_paid", condition=Q(withdrawn_at=None)),
            # Sums are read from it alone.
            models.Index(
                fields=["partner", "category", "eligible"], name="sums_of_a_partner", condition=Q(withdrawn_at=None)
            ),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def gross(self) -> Decimal:
        return self.net + self.vat


class Evidence(models.Model):
    """A piece that proves something of an expense; a monthly sheet is dated and signed twice, a credit note deducts."""

    class Kind(models.TextChoices):
        INVOICE = "invoice", "facture"
        SERVICE = "service", "preuve du service fait"
        PAYSLIP = "payslip", "bulletin de paie"
        TIMESHEET = "timesheet", "feuille de temps"
        MISSION = "mission", "lettre de mission à quotité fixe"
        PAYMENT = "payment", "preuve de paiement"
        CREDIT = "credit", "avoir"

    expense = models.ForeignKey(Expense, models.PROTECT, related_name="evidence", verbose_name="dépense")
    kind = models.CharField("nature", max_length=10, choices=Kind)
    document = models.ForeignKey(Document, models.PROTECT, related_name="evidence_of", verbose_name="document")
    signed_on = models.DateField("signée par la personne le", null=True, blank=True)
    countersigned_on = models.DateField("signée par la hiérarchie le", null=True, blank=True)
    # Of a mission letter: the share of the time, in per cent, and the days it covers.
    share = models.DecimalField("quotité (%)", max_digits=7, decimal_places=4, null=True, blank=True)
    valid_from = models.DateField("valable à partir du", null=True, blank=True)
    valid_until = models.DateField("valable jusqu’au", null=True, blank=True)
    # Of a credit note: its number, and what it gives back.
    number = models.CharField("numéro de l’avoir", max_length=60, blank=True, db_default="")
    net = models.DecimalField("rendu hors taxes (€)", max_digits=14, decimal_places=2, null=True, blank=True)
    vat = models.DecimalField("TVA rendue (€)", max_digits=14, decimal_places=2, null=True, blank=True)
    added_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="versée par")
    added_at = models.DateTimeField("versée le")
    withdrawn_at = models.DateTimeField("retirée le", null=True, blank=True)

    class Meta:
        verbose_name = "pièce justificative"
        verbose_name_plural = "pièces justificatives"
        ordering = ["expense", "kind", "pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.expense_id})"


class OperationRevenue(models.Model):
    """A revenue that the operation itself brings: shown, and deducted where its terms say so."""

    partner = models.ForeignKey(GrantPartner, models.PROTECT, related_name="revenues", verbose_name="partenaire")
    received_on = models.DateField("perçue le")
    amount = models.DecimalField("montant (€)", max_digits=14, decimal_places=2)
    source = models.CharField("source", max_length=200)
    noted_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="notée par")
    noted_at = models.DateTimeField("notée le")
    withdrawn_at = models.DateTimeField("retirée le", null=True, blank=True)

    class Meta:
        verbose_name = "recette d’une opération"
        verbose_name_plural = "recettes d’une opération"
        ordering = ["received_on", "pk"]
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="a_revenue_is_received")]

    def __str__(self) -> str:
        return f"recette du {self.received_on}"


# The lines of a claim are frozen from the start, and set free again when it is cancelled.
class ClaimStatus(models.TextChoices):
    PREPARED = "prepared", "à certifier"
    SENT = "sent", "envoyée"
    ANSWERED = "answered", "contrôlée"
    PAID = "paid", "payée"
    CANCELLED = "cancelled", "annulée"


CLAIM_MOVES: dict[ClaimStatus, tuple[ClaimStatus, ...]] = {
    ClaimStatus.PREPARED: (ClaimStatus.SENT, ClaimStatus.CANCELLED),
    ClaimStatus.SENT: (ClaimStatus.ANSWERED,),
    ClaimStatus.ANSWERED: (ClaimStatus.PAID,),
    ClaimStatus.PAID: (),
    ClaimStatus.CANCELLED: (),
}


class Claim(models.Model):
    """A request for payment: frozen lines, their aid, the statement of each partner, the answer, the money."""

    operation = models.ForeignKey(Operation, models.PROTECT, related_name="claims", verbose_name="opération")
    number = models.PositiveSmallIntegerField("numéro")
    is_balance = models.BooleanField("demande de solde", default=False)
    status = models.CharField("état", max_length=10, choices=ClaimStatus, default=ClaimStatus.PREPARED)
    eligible = models.DecimalField("dépenses éligibles (€)", max_digits=14, decimal_places=2)
    aid = models.DecimalField("aide demandée (€)", max_digits=14, decimal_places=2)
    is_capped = models.BooleanField("aide ramenée à un plafond", default=False)
    accepted = models.DecimalField("dépenses acceptées (€)", max_digits=14, decimal_places=2, null=True, blank=True)
    aid_due = models.DecimalField("aide due (€)", max_digits=14, decimal_places=2, null=True, blank=True)
    prepared_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="préparée par")
    prepared_at = models.DateTimeField("préparée le")
    sent_on = models.DateField("envoyée le", null=True, blank=True)
    answered_on = models.DateField("réponse du", null=True, blank=True)
    answer = models.ForeignKey(
        Paper, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="courrier de réponse"
    )
    # The archive of its evidence, when it is too heavy to be made while somebody waits: a name in the storage.
    archive = models.CharField("archive des pièces", max_length=120, blank=True)
    archive_asked_at = models.DateTimeField("archive demandée le", null=True, blank=True)
    archive_claimed_until = models.DateTimeField("archive en cours jusqu’au", null=True, blank=True)
    archive_made_at = models.DateTimeField("archive faite le", null=True, blank=True)
    received_on = models.DateField("aide reçue le", null=True, blank=True)
    received = models.DecimalField("aide reçue (€)", max_digits=14, decimal_places=2, null=True, blank=True)

    class Meta:
        verbose_name = "demande de paiement"
        verbose_name_plural = "demandes de paiement"
        ordering = ["operation", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["operation", "number"], name="one_claim_per_number"),
            models.UniqueConstraint(
                fields=["operation"], condition=Q(status="prepared"), name="one_claim_prepared_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"demande n° {self.number}"


class ClaimLine(models.Model):
    """A line of a claim, as it is frozen: an expense, or the flat rate of a category for a partner."""

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="lines", verbose_name="demande")
    rank = models.PositiveIntegerField("ligne")
    partner = models.ForeignKey(GrantPartner, models.PROTECT, related_name="+", verbose_name="partenaire")
    category = models.ForeignKey(CostCategory, models.PROTECT, related_name="+", verbose_name="catégorie")
    expense = models.ForeignKey(
        Expense, models.PROTECT, null=True, blank=True, related_name="claim_lines", verbose_name="dépense"
    )
    eligible = models.DecimalField("demandé (€)", max_digits=14, decimal_places=2)
    # Why less than the expense is claimed, when it is.
    reason = models.CharField("pourquoi", max_length=500, blank=True)
    accepted = models.DecimalField("accepté (€)", max_digits=14, decimal_places=2, null=True, blank=True)
    refusal = models.CharField("motif du rejet", max_length=500, blank=True)

    class Meta:
        verbose_name = "ligne d’une demande"
        verbose_name_plural = "lignes d’une demande"
        ordering = ["claim", "rank"]
        indexes = [models.Index(fields=["partner", "category", "eligible", "accepted"], name="claimed_by_a_partner")]
        constraints = [
            models.UniqueConstraint(fields=["claim", "rank"], name="one_line_per_rank"),
            models.UniqueConstraint(fields=["claim", "expense"], name="an_expense_is_once_in_a_claim"),
            models.CheckConstraint(
                condition=Q(eligible__gte=0) & (Q(accepted=None) | Q(accepted__lte=F("eligible"), accepted__gte=0)),
                name="no_more_is_accepted_than_claimed",
            ),
        ]

    def __str__(self) -> str:
        return f"ligne {self.rank}"


class Statement(models.Model):
    """The statement of a partner in a claim: certified by its representative, then visaed by its comptable.

    The comptable has no account here: the statement is printed, signed, and handed back. `sha256` is that of the lines
    that it bears, and its first characters are the code printed on each page.
    """

    class Way(models.TextChoices):
        CERTIFICATE = "certificate", "avec le certificat de la personne"
        PAPER = "paper", "sur papier"

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="statements", verbose_name="demande")
    partner = models.ForeignKey(GrantPartner, models.PROTECT, related_name="+", verbose_name="partenaire")
    sha256 = models.CharField("empreinte des lignes", max_length=64)
    eligible = models.DecimalField("demandé (€)", max_digits=14, decimal_places=2)
    aid = models.DecimalField("aide (€)", max_digits=14, decimal_places=2)
    accepted = models.DecimalField("accepté (€)", max_digits=14, decimal_places=2, null=True, blank=True)
    aid_due = models.DecimalField("aide due (€)", max_digits=14, decimal_places=2, null=True, blank=True)
    document = models.ForeignKey(
        Document, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="état certifié"
    )
    certified_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="certifié par"
    )
    certified_as = models.CharField("qualité", max_length=120, blank=True)
    certified_at = models.DateTimeField("certifié le", null=True, blank=True)
    visa = models.ForeignKey(
        Document, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="état visé"
    )
    visa_name = models.CharField("visé par", max_length=120, blank=True)
    visa_quality = models.CharField("qualité du comptable", max_length=120, blank=True)
    visa_way = models.CharField("moyen", max_length=12, choices=Way, blank=True)
    visa_on = models.DateField("visé le", null=True, blank=True)

    class Meta:
        verbose_name = "état récapitulatif"
        verbose_name_plural = "états récapitulatifs"
        ordering = ["claim", "partner"]
        constraints = [models.UniqueConstraint(fields=["claim", "partner"], name="one_statement_per_partner")]

    def __str__(self) -> str:
        return f"état de {self.partner_id}, demande {self.claim_id}"

    @property
    def code(self) -> str:
        """The control code that the printed statement bears."""
        return f"{self.sha256[:4]}-{self.sha256[4:8]}".upper()


class Payment(models.Model):
    """Aid paid on by the lead to a partner for a claim, or recovered from it when the amount is negative."""

    statement = models.ForeignKey(Statement, models.PROTECT, related_name="payments", verbose_name="état")
    paid_on = models.DateField("versée le")
    amount = models.DecimalField("montant (€)", max_digits=14, decimal_places=2)
    reason = models.CharField("motif", max_length=200, blank=True)
    noted_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="noté par")
    noted_at = models.DateTimeField("noté le")

    class Meta:
        verbose_name = "reversement"
        ordering = ["paid_on", "pk"]
        constraints = [models.CheckConstraint(condition=~Q(amount=0), name="a_payment_is_of_something")]

    def __str__(self) -> str:
        return f"reversement du {self.paid_on}"
