"""The forms of grants: terms of an operation, expenses, pieces, purchases, claims. They hold no rule."""

from __future__ import annotations

import contextlib
from typing import Any

from django import forms

from socle.deliberations.models import Article
from socle.documents.fields import PdfField, ScannedFileField
from socle.documents.rules import MAX_UPLOAD, why_not_upload
from socle.grants.actions.expenses import FIELDS
from socle.grants.actions.operations import TERMS
from socle.grants.models import Contract, CostCategory, Evidence, Expense, GrantPartner, Operation, Paper, Statement
from socle.grants.pasting import MOST_CHARACTERS, MOST_ROWS
from socle.grants.rules import NO_BALANCE, OF_INVOICES, OF_STAFF
from socle.grants.schemes import Scheme
from socle.lib.invoices import read_invoice
from socle.lib.refusals import Refused
from socle.lib.siret import normalise
from socle.people.models import Operator
from socle.ui.fields import AmountField, DayField
from socle.ui.meanwhile import Filled

Kind = CostCategory.Kind
NO_AGREEMENT = "Aucune convention de ce numéro n’est de votre territoire."


class PercentField(forms.DecimalField):
    """A share, written in per cent and kept as a fraction."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=7, decimal_places=2, min_value=0, max_value=100, **kwargs)

    def clean(self, value: Any) -> Any:
        found = super().clean(str(value or "").replace(",", ".").replace("%", "").strip())
        return None if found is None else found / 100


class SiretField(forms.CharField):
    """A SIRET, with or without its spaces; a rule judges it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=20, widget=forms.TextInput(attrs={"inputmode": "numeric"}), **kwargs)

    def clean(self, value: Any) -> Any:
        return normalise(super().clean(value))


class TermsForm(Filled, forms.Form):
    """The terms of an operation; those that its scheme knows are proposed, each with its source."""

    name = forms.CharField(label="Nom de l’opération", max_length=200)
    authority = forms.CharField(label="Autorité de gestion", max_length=200)
    reference = forms.CharField(label="Numéro de dossier", max_length=60, required=False)
    article: forms.ModelChoiceField[Article] = forms.ModelChoiceField(
        label="Article qui approuve la demande",
        queryset=Article.objects.none(),
        required=False,
        empty_label="À désigner plus tard",
    )
    rate = PercentField(label="Taux d’aide (%)")
    grant = AmountField(label="Montant maximal de l’aide (€)", max_digits=14, min_value=0, required=False)
    min_own_share = PercentField(label="Part propre minimale (%)", required=False)
    spend_from = DayField(label="Dépenses à partir du")
    spend_until = DayField(label="Dépenses jusqu’au")
    paid_from = DayField(label="Paiements à partir du")
    paid_until = DayField(label="Paiements jusqu’au")
    claim_until = DayField(label="Demandes jusqu’au", required=False)
    vat_basis = forms.ChoiceField(label="Base retenue", choices=[("net", "Hors taxes"), ("gross", "Toutes taxes")])
    is_revenue_deducted = forms.BooleanField(label="Les recettes de l’opération se déduisent", required=False)
    authority_siret = SiretField(label="SIRET de l’autorité de gestion", required=False)
    is_notified = forms.TypedChoiceField(
        label="Aide de minimis notifiée à la Commission",
        choices=[("", "Inconnu"), ("oui", "Oui"), ("non", "Non")],
        coerce=lambda value: value == "oui",
        empty_value=None,
        required=False,
        help_text="Le schéma national des subventions le demande.",
    )
    least_claim = AmountField(label="Demande d’au moins (€)", max_digits=14, min_value=0, required=False)

    def __init__(self, *args: Any, programme: Any, scheme: Scheme | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        article = self.fields["article"]
        assert isinstance(article, forms.ModelChoiceField)
        article.queryset = _articles(programme)
        for name, term in (scheme.terms if scheme else {}).items():
            if name in self.fields:
                self.fields[name].help_text = f"Source\u00a0: {term.cited}."


def _articles(programme: Any) -> Any:
    powers = programme.powers.filter(power="funding")
    return Article.objects.filter(pk__in=powers.values("article")).select_related("act")


def terms_shown(operation: Operation) -> dict[str, Any]:
    """The terms of an operation as its form shows them: shares in per cent."""
    shown = {name: getattr(operation, name) for name in TERMS}
    for name in ("rate", "min_own_share"):
        if shown[name] is not None:
            shown[name] = f"{(shown[name] * 100).normalize():f}"
    shown["is_notified"] = {None: "", True: "oui", False: "non"}[operation.is_notified]
    return shown


class PartnerForm(forms.Form):
    """An operator of the programme that bears costs, and the most it receives."""

    operator = forms.ModelChoiceField(label="Opérateur", queryset=Operator.objects.none())
    ceiling = AmountField(label="Aide maximale (€)", max_digits=14, min_value=0, required=False)

    def __init__(self, *args: Any, operation: Operation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["operator"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Operator.objects.filter(pk__in=operation.programme.partners.values("operator")).order_by(
            "name"
        )


class PaperForm(forms.Form):
    """A paper of the file of an operation."""

    kind = forms.ChoiceField(label="Nature", choices=Paper.Kind)
    name = forms.CharField(label="Nom de la pièce", max_length=160)
    partner = forms.ModelChoiceField(
        label="Partenaire visé", queryset=GrantPartner.objects.none(), required=False,
        help_text="Pour l’accord écrit sur un partenaire fournisseur.",
    )  # fmt: skip
    sent_on = DayField(label="Envoyée le", required=False)
    document = PdfField(label="Fichier")

    def __init__(self, *args: Any, operation: Operation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["partner"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = operation.partners.select_related("operator")


class DayForm(forms.Form):
    """The day of a step."""

    on = DayField(label="Date")


class CloseForm(forms.Form):
    """Why an operation is closed although no balance is paid; nothing when one is."""

    because = forms.CharField(
        label="Pourquoi elle se solde sans solde payé", max_length=300, error_messages={"required": NO_BALANCE},
        help_text="Par exemple\u00a0: l’autorité a versé toute l’aide par acomptes, selon son courrier du 12 mai.",
    )  # fmt: skip

    def __init__(self, *args: Any, asks_why: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not asks_why:
            del self.fields["because"]


class GrantedForm(DayForm):
    """Facts of the grant act."""

    grant = AmountField(label="Montant maximal de l’aide (€)", max_digits=14, min_value=0)
    reference = forms.CharField(label="Numéro de l’acte attributif", max_length=60)


class RevenueForm(forms.Form):
    """A revenue that the operation brings to a partner."""

    partner = forms.ModelChoiceField(label="Partenaire", queryset=GrantPartner.objects.none(), empty_label=None)
    received_on = DayField(label="Perçue le")
    amount = AmountField(label="Montant (€)", max_digits=14, min_value=0)
    source = forms.CharField(label="D’où elle vient", max_length=200)

    def __init__(self, *args: Any, operation: Operation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["partner"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = operation.partners.select_related("operator", "operation")


class FlatForm(forms.Form):
    """One of the flat rates of a scheme."""

    code = forms.ChoiceField(label="Forfait")

    def __init__(self, *args: Any, scheme: Scheme, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["code"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(one.code, one.name) for one in scheme.flat_rates]


class ExpenseForm(Filled, forms.ModelForm[Expense]):
    """An expense: what is asked first, and what a file or the last one already says."""

    net = AmountField(label="Montant hors taxes, ou salaire brut (€)", max_digits=14, min_value=0)
    vat = AmountField(label="TVA, ou charges patronales (€)", max_digits=14, min_value=0, required=False)
    other_funding = AmountField(label="Autre financement public (€)", max_digits=14, min_value=0, required=False)
    supplier_siret = SiretField(label="SIRET du fournisseur", required=False)
    invoiced_on = DayField(label="Date de la facture", required=False)
    service_from = DayField(label="Prestation à partir du", required=False)
    service_until = DayField(label="Prestation jusqu’au", required=False)
    mandated_on = DayField(label="Mandatée le", required=False)
    paid_on = DayField(label="Payée le", required=False)
    agreement_number = forms.CharField(label="Convention liée", max_length=40, required=False)

    class Meta:
        model = Expense
        fields = [name for name in FIELDS if name not in ("agreement", "beneficiary_served")]

    def __init__(
        self,
        *args: Any,
        partner: GrantPartner,
        agreements: Any,
        is_staff: bool,
        is_foreign: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.agreements, self.is_staff = agreements, is_staff
        self.instance.partner = partner
        category, contract = self.fields["category"], self.fields["contract"]
        assert isinstance(category, forms.ModelChoiceField)
        assert isinstance(contract, forms.ModelChoiceField)
        category.queryset = partner.operation.categories.filter(kind=Kind.STAFF if is_staff else Kind.REAL)
        contract.queryset, contract.empty_label = partner.contracts.all(), "À rattacher plus tard"
        category.empty_label = "Choisissez"
        self.fields["key"].required = False
        # What was paid in euros is on no page of an invoice in another currency: nothing stands for it, not even zero.
        self.fields["vat"].required = is_foreign
        if self.instance.agreement_id and self.instance.agreement is not None:
            self.initial["agreement_number"] = self.instance.agreement.number
        for name in OF_INVOICES if is_staff else OF_STAFF:
            del self.fields[name]
        if not is_staff:
            self.fields["invoiced_on"].required = True
        else:
            for name in ("person", "service_from", "service_until"):
                self.fields[name].required = True
            self.fields["person"].label = "Personne"

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or self.cleaned_data
        for name, default in (("vat", 0), ("other_funding", 0), ("key", 100)):
            if cleaned.get(name) is None:
                cleaned[name] = default
        if self.is_staff:
            cleaned["invoiced_on"] = cleaned.get("service_until")
            self.instance.invoiced_on = cleaned["invoiced_on"]
        if number := cleaned.get("agreement_number", "").strip():
            found = self.agreements.filter(number=number).first()
            if found is None:
                self.add_error("agreement_number", NO_AGREEMENT)
            else:
                self.instance.agreement, self.instance.beneficiary_served = found, found.beneficiary
        else:
            self.instance.agreement = self.instance.beneficiary_served = None
        return cleaned

    def _get_validation_exclusions(self) -> set[str]:
        # The rule says it once, in its own words (`why_not_expense`).
        return super()._get_validation_exclusions() | {"supplier_siret"}  # type: ignore[misc,no-any-return]


class InvoiceField(ScannedFileField):
    """An invoice: a PDF, judged as each PDF is, or a file that is read and refused for what it is."""

    most_bytes = MAX_UPLOAD

    def clean(self, data: Any, initial: Any = None) -> Any:
        uploaded = super().clean(data, initial)
        if (uploaded.size or 0) > MAX_UPLOAD:
            raise forms.ValidationError("Cette facture dépasse 20\u00a0Mo\u00a0: réduisez-la avant de la déposer.")
        content: bytes = uploaded.read()
        if content.startswith(b"%PDF-") and (reason := why_not_upload(content)):
            raise forms.ValidationError(reason)
        return uploaded.name or "facture", content


class PieceField(InvoiceField):
    """A piece of an expense: a PDF, or an electronic invoice or credit note that can be read; its bytes."""

    def clean(self, data: Any, initial: Any = None) -> Any:
        content: bytes = super().clean(data, initial)[1]
        if not content.startswith(b"%PDF-"):
            try:
                read_invoice(content)
            except Refused as refusal:
                raise forms.ValidationError(refusal.sentence) from refusal
        return content


class DropForm(forms.Form):
    """An invoice to read: its name, and its bytes."""

    invoice = InvoiceField(
        label="Facture",
        help_text="Un PDF, ou une facture électronique (Factur-X, UBL, CII), de 20\u00a0Mo au plus.",
        error_messages={"required": "Choisissez la facture."},
        widget=forms.FileInput(attrs={"accept": ".pdf,.xml,application/pdf,application/xml"}),
    )


class ImportForm(forms.Form):
    """A file of expenses."""

    partner = forms.ModelChoiceField(label="Partenaire", queryset=GrantPartner.objects.none(), empty_label=None)
    expenses = ScannedFileField(
        label="Fichier de dépenses",
        help_text="CSV ou XLSX, une dépense par ligne, avec les colonnes de l’export.",
        error_messages={"required": "Choisissez le fichier."},
    )

    def __init__(self, *args: Any, partners: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["partner"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = GrantPartner.objects.filter(pk__in=[one.pk for one in partners]).select_related("operator")


class PasteForm(forms.Form):
    """Cells copied from a spreadsheet."""

    partner = forms.ModelChoiceField(label="Partenaire", queryset=GrantPartner.objects.none(), empty_label=None)
    rows = forms.CharField(
        label="Collez vos lignes",
        strip=False,
        max_length=MOST_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "data-cells": True}),
        help_text="Copiez des cases dans votre tableur, si possible avec la ligne qui nomme les colonnes, puis "
        f"collez-les ici\u00a0: {MOST_ROWS} lignes au plus. Rien n’est enregistré avant que vous l’ayez vu.",
        error_messages={
            "required": "Collez des lignes.",
            "null_characters_not_allowed": "Ce texte porte un caractère nul, qu’aucun tableur n’écrit\u00a0: copiez de "
            "nouveau les cases.",
            "max_length": "Ce texte est trop long pour être lu ici\u00a0: importez un fichier.",
        },
    )

    def __init__(self, *args: Any, partners: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["partner"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = GrantPartner.objects.filter(pk__in=[one.pk for one in partners]).select_related(
            "operator", "operation"
        )


# What is said alike of several expenses; the rest is of each invoice, or of each month.
TOGETHER = (
    "category", "contract", "agreement_number", "supplier", "supplier_siret", "key", "mandate", "bordereau",
    "mandated_on", "paid_on", "account", "section",
)  # fmt: skip


def fields_together() -> list[tuple[str, str]]:
    """Return what may be said of several expenses at once: the name of each field, and its words."""
    return [(name, str(ExpenseForm.base_fields[name].label)) for name in TOGETHER]


class TogetherForm(forms.Form):
    """One field of several expenses, as the form of one asks for it."""

    def __init__(self, *args: Any, name: str, partners: list[GrantPartner], agreements: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.name, self.agreements = name, agreements
        asked = ExpenseForm(partner=partners[0], agreements=agreements, is_staff=False).fields[name]
        if name == "category":
            asked.queryset = partners[0].operation.categories.exclude(kind=Kind.FLAT)  # type: ignore[attr-defined]
        elif name == "contract":
            asked.queryset = Contract.objects.filter(partner__in=partners)  # type: ignore[attr-defined]
        asked.required = name in ("category", "key")
        self.fields["value"] = asked

    def clean(self) -> dict[str, Any]:
        """Say what changes, field by field: an agreement brings whom it serves."""
        cleaned = super().clean() or self.cleaned_data
        if "value" not in cleaned:
            return cleaned
        value = cleaned["value"]
        if self.name != "agreement_number":
            return {"changes": {self.name: value}}
        found = self.agreements.filter(number=value).first() if value else None
        if value and found is None:
            self.add_error("value", NO_AGREEMENT)
        return {"changes": {"agreement": found, "beneficiary_served": found.beneficiary if found else None}}


_OF_CREDIT = "D’un avoir seulement\u00a0; vide, il est lu dans le fichier s’il le dit."


class EvidenceForm(forms.Form):
    """A piece of evidence."""

    kind = forms.ChoiceField(label="Ce que la pièce prouve", choices=Evidence.Kind)
    document = PieceField(
        label="Pièce",
        help_text="Un PDF de 20\u00a0Mo au plus\u00a0; une facture ou un avoir, aussi sous leur forme électronique.",
        error_messages={"required": "Choisissez le fichier."},
        widget=forms.FileInput(attrs={"accept": ".pdf,.xml,application/pdf,application/xml"}),
    )
    number = forms.CharField(label="Numéro de l’avoir", max_length=60, required=False, help_text=_OF_CREDIT)
    net = AmountField(label="Rendu hors taxes (€)", max_digits=14, min_value=0, required=False, help_text=_OF_CREDIT)
    vat = AmountField(label="TVA rendue (€)", max_digits=14, min_value=0, required=False, help_text=_OF_CREDIT)
    signed_on = DayField(label="Signée par la personne le", required=False)
    countersigned_on = DayField(label="Signée par la hiérarchie le", required=False)
    share = forms.DecimalField(label="Quotité (%)", max_digits=7, decimal_places=4, required=False, localize=True)
    valid_from = DayField(label="Valable à partir du", required=False)
    valid_until = DayField(label="Valable jusqu’au", required=False)

    def __init__(self, *args: Any, is_staff: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        piece = Evidence.Kind
        kinds = (piece.PAYSLIP, piece.MISSION, piece.TIMESHEET, piece.PAYMENT)
        field = self.fields["kind"]
        assert isinstance(field, forms.ChoiceField)
        if is_staff:
            field.choices = [(one.value, one.label.capitalize()) for one in kinds]
            for name in ("number", "net", "vat"):
                del self.fields[name]
            return
        kinds = (piece.INVOICE, piece.SERVICE, piece.PAYMENT, piece.CREDIT)
        field.choices = [(one.value, one.label.capitalize()) for one in kinds]
        for name in ("signed_on", "countersigned_on", "share", "valid_from", "valid_until"):
            del self.fields[name]

    def clean(self) -> dict[str, Any]:
        """Take of a credit note what its file says, where nothing was typed; data alone prove nothing else."""
        cleaned = super().clean() or self.cleaned_data
        content, kind = cleaned.get("document"), cleaned.get("kind")
        if content and not content.startswith(b"%PDF-") and kind not in (Evidence.Kind.INVOICE, Evidence.Kind.CREDIT):
            self.add_error(
                "document", "Cette pièce se verse en PDF\u00a0: seuls une facture et un avoir sont des données."
            )
        if cleaned.get("kind") != Evidence.Kind.CREDIT or not cleaned.get("document") or cleaned.get("net"):
            return cleaned
        with contextlib.suppress(Refused):
            read = read_invoice(cleaned["document"])
            if read.is_credit_note and read.currency == "EUR":
                cleaned["number"] = cleaned.get("number") or read.number or ""
                cleaned["net"] = abs(read.net) if read.net is not None else None
                cleaned["vat"] = abs(read.vat) if read.vat is not None else None
        return cleaned


class ContractForm(Filled, forms.ModelForm[Contract]):
    """The record of a purchase; its pieces may come later."""

    supplier_siret = SiretField(label="SIRET du fournisseur")
    amount = AmountField(label="Montant hors taxes (€)", max_digits=14, min_value=0)
    awarded_on = DayField(label="Attribué le", required=False)
    notified_on = DayField(label="Notifié le", required=False)
    pieces = PdfField(label="Pièces du marché", required=False)

    class Meta:
        model = Contract
        fields = (
            "number", "subject", "supplier", "supplier_siret", "amount", "procedure", "threshold", "publicity",
            "awarded_on", "notified_on",
        )  # fmt: skip


class CertifyForm(forms.Form):
    """In which quality the representative certifies."""

    quality = forms.CharField(label="En qualité de", max_length=120)


class VisaForm(forms.Form):
    """The statement as the comptable handed it back."""

    way = forms.ChoiceField(label="Signé", choices=Statement.Way, initial=Statement.Way.PAPER)
    code = forms.CharField(
        label="Code de contrôle", max_length=12, required=False, help_text="Celui qui est imprimé sur l’état visé."
    )
    name = forms.CharField(label="Nom du comptable", max_length=120)
    quality = forms.CharField(label="Qualité", max_length=120)
    on = DayField(label="Date du visa")
    document = PdfField(label="État visé")


class AnswerForm(DayForm):
    """The answer of the authority: the lines that it does not accept in full, one a line."""

    lines = forms.CharField(
        label="Lignes non acceptées en entier",
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="Numéro, montant accepté, motif. Par exemple\u00a0: 12\u00a0; 0\u00a0; hors projet.",
    )
    letter = PdfField(label="Courrier de réponse", required=False)


class MoneyForm(DayForm):
    """An amount and its day."""

    amount = AmountField(label="Montant (€)", max_digits=14)


class PaidOnForm(MoneyForm):
    """An amount paid on to a partner, or recovered from it."""

    reason = forms.CharField(
        label="Motif", max_length=200, required=False, help_text="Pour une somme reprise, écrite en négatif."
    )


__all__ = [
    "AnswerForm", "CertifyForm", "ContractForm", "DayForm", "DropForm", "EvidenceForm", "ExpenseForm", "FlatForm",
    "GrantedForm", "ImportForm", "MoneyForm", "PaidOnForm", "PaperForm", "PartnerForm", "PasteForm", "TermsForm",
    "TogetherForm", "VisaForm", "terms_shown",
]  # fmt: skip
