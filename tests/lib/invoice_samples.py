"""Invoices of our own, in every form that is read: Factur-X by profile, CII, UBL, and the PDF that shows them.

Its SIRET numbers are invented, and have right keys.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any

import pikepdf
import typst

from socle.lib import siret

SUPPLIER, BUYER = siret.complete("210000501"), siret.complete("210000519")
GUIDELINES = {
    "minimum": "urn:factur-x.eu:1p0:minimum",
    "basicwl": "urn:factur-x.eu:1p0:basicwl",
    "basic": "urn:cen.eu:en16931:2017#compliant#urn:factur-x.eu:1p0:basic",
    "en16931": "urn:cen.eu:en16931:2017",
    "extended": "urn:cen.eu:en16931:2017#conformant#urn:factur-x.eu:1p0:extended",
}
PROFILES = {
    "minimum": "MINIMUM",
    "basicwl": "BASIC WL",
    "basic": "BASIC",
    "en16931": "EN 16931",
    "extended": "EXTENDED",
}
# Net amounts of the lines, and their rates.
LINES = (("Audit du réseau", "1000.00", "20.00"), ("Manuel imprimé", "28.80", "5.50"))
FACTS: Mapping[str, Any] = {
    "number": "FA-2022/00123",
    "day": "20220930",
    "code": "380",
    "currency": "EUR",
    "net": "1028.80",
    "vat": "201.58",
    "gross": "1230.38",
    "due": "1230.38",
    "rates": (("20.00", "1000.00", "200.00"), ("5.50", "28.80", "1.58")),
    "lines": LINES,
    "supplier": SUPPLIER,
    "buyer": BUYER,
    "order": "BC-77",
    "contract": "M-2022-04",
    "first": "20220701",
    "last": "20220930",
}


def cii(level: str = "en16931", **changes: Any) -> bytes:
    """An invoice in CII, with what its profile may hold."""
    of = {**FACTS, **changes}
    has_rates, has_lines = level != "minimum", level not in ("minimum", "basicwl")

    def party(tag: str, name: str, number: str, *, has_address: bool) -> str:
        address = "<ram:PostalTradeAddress><ram:CountryID>FR</ram:CountryID></ram:PostalTradeAddress>"
        return (
            f"<ram:{tag}><ram:Name>{name}</ram:Name><ram:SpecifiedLegalOrganization>"
            f'<ram:ID schemeID="0002">{number}</ram:ID></ram:SpecifiedLegalOrganization>'
            f"{address if has_address else ''}</ram:{tag}>"
        )

    def day(tag: str, value: str) -> str:
        return f'<ram:{tag}><udt:DateTimeString format="102">{value}</udt:DateTimeString></ram:{tag}>'

    lines = "".join(
        f"<ram:IncludedSupplyChainTradeLineItem>"
        f"<ram:AssociatedDocumentLineDocument><ram:LineID>{rank}</ram:LineID></ram:AssociatedDocumentLineDocument>"
        f"<ram:SpecifiedTradeProduct><ram:Name>{name}</ram:Name></ram:SpecifiedTradeProduct>"
        f"<ram:SpecifiedLineTradeAgreement><ram:NetPriceProductTradePrice><ram:ChargeAmount>{net}</ram:ChargeAmount>"
        f"</ram:NetPriceProductTradePrice></ram:SpecifiedLineTradeAgreement>"
        f'<ram:SpecifiedLineTradeDelivery><ram:BilledQuantity unitCode="C62">1</ram:BilledQuantity>'
        f"</ram:SpecifiedLineTradeDelivery><ram:SpecifiedLineTradeSettlement><ram:ApplicableTradeTax>"
        f"<ram:TypeCode>VAT</ram:TypeCode><ram:CategoryCode>S</ram:CategoryCode>"
        f"<ram:RateApplicablePercent>{rate}</ram:RateApplicablePercent></ram:ApplicableTradeTax>"
        f"<ram:SpecifiedTradeSettlementLineMonetarySummation><ram:LineTotalAmount>{net}</ram:LineTotalAmount>"
        f"</ram:SpecifiedTradeSettlementLineMonetarySummation></ram:SpecifiedLineTradeSettlement>"
        f"</ram:IncludedSupplyChainTradeLineItem>"
        for rank, (name, net, rate) in enumerate(of["lines"], 1)
    )
    rates = "".join(
        f"<ram:ApplicableTradeTax><ram:CalculatedAmount>{amount}</ram:CalculatedAmount><ram:TypeCode>VAT</ram:TypeCode>"
        f"<ram:BasisAmount>{base}</ram:BasisAmount><ram:CategoryCode>S</ram:CategoryCode>"
        f"<ram:RateApplicablePercent>{rate}</ram:RateApplicablePercent></ram:ApplicableTradeTax>"
        for rate, base, amount in of["rates"]
    )
    period = (
        f"<ram:BillingSpecifiedPeriod>{day('StartDateTime', of['first'])}{day('EndDateTime', of['last'])}"
        "</ram:BillingSpecifiedPeriod>"
    )
    contract = (
        f"<ram:ContractReferencedDocument><ram:IssuerAssignedID>{of['contract']}</ram:IssuerAssignedID>"
        "</ram:ContractReferencedDocument>"
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rsm:CrossIndustryInvoice '
        'xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100" '
        'xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100" '
        'xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100">\n'
        "<rsm:ExchangedDocumentContext><ram:GuidelineSpecifiedDocumentContextParameter>"
        f"<ram:ID>{GUIDELINES[level]}</ram:ID>"
        "</ram:GuidelineSpecifiedDocumentContextParameter></rsm:ExchangedDocumentContext>\n"
        f"<rsm:ExchangedDocument><ram:ID>{of['number']}</ram:ID><ram:TypeCode>{of['code']}</ram:TypeCode>"
        f"{day('IssueDateTime', of['day'])}</rsm:ExchangedDocument>\n"
        f"<rsm:SupplyChainTradeTransaction>{lines if has_lines else ''}\n<ram:ApplicableHeaderTradeAgreement>"
        f"{party('SellerTradeParty', 'Réseaux &amp; Fils', of['supplier'], has_address=True)}"
        f"{party('BuyerTradeParty', 'Syndicat d’Exemple', of['buyer'], has_address=False)}"
        f"<ram:BuyerOrderReferencedDocument><ram:IssuerAssignedID>{of['order']}</ram:IssuerAssignedID>"
        f"</ram:BuyerOrderReferencedDocument>{contract if has_rates else ''}</ram:ApplicableHeaderTradeAgreement>"
        f"<ram:ApplicableHeaderTradeDelivery/><ram:ApplicableHeaderTradeSettlement>\n"
        f"<ram:InvoiceCurrencyCode>{of['currency']}</ram:InvoiceCurrencyCode>{rates + period if has_rates else ''}\n"
        f"<ram:SpecifiedTradeSettlementHeaderMonetarySummation>"
        f"{'<ram:LineTotalAmount>' + of['net'] + '</ram:LineTotalAmount>' if has_rates else ''}"
        f"<ram:TaxBasisTotalAmount>{of['net']}</ram:TaxBasisTotalAmount>"
        f'<ram:TaxTotalAmount currencyID="{of["currency"]}">{of["vat"]}</ram:TaxTotalAmount>'
        f"<ram:GrandTotalAmount>{of['gross']}</ram:GrandTotalAmount>"
        f"<ram:DuePayableAmount>{of['due']}</ram:DuePayableAmount>"
        f"</ram:SpecifiedTradeSettlementHeaderMonetarySummation></ram:ApplicableHeaderTradeSettlement>"
        f"</rsm:SupplyChainTradeTransaction></rsm:CrossIndustryInvoice>"
    ).encode()


def ubl(root: str = "Invoice", **changes: Any) -> bytes:
    """An invoice in UBL, or a credit note (« CreditNote »)."""
    of = {**FACTS, **({"code": "381"} if root == "CreditNote" else {}), **changes}
    quantity = {"Invoice": "InvoicedQuantity", "CreditNote": "CreditedQuantity"}[root]

    def day(value: str) -> str:
        return f"{value[:4]}-{value[4:6]}-{value[6:]}"

    def money(tag: str, amount: str) -> str:
        return f'<cbc:{tag} currencyID="{of["currency"]}">{amount}</cbc:{tag}>'

    def party(tag: str, name: str, number: str) -> str:
        return (
            f"<cac:{tag}><cac:Party><cac:PartyLegalEntity><cbc:RegistrationName>{name}</cbc:RegistrationName>"
            f'<cbc:CompanyID schemeID="0002">{number}</cbc:CompanyID></cac:PartyLegalEntity></cac:Party></cac:{tag}>'
        )

    def category(tag: str, rate: str) -> str:
        return (
            f"<cac:{tag}><cbc:ID>S</cbc:ID><cbc:Percent>{rate}</cbc:Percent><cac:TaxScheme><cbc:ID>VAT</cbc:ID>"
            f"</cac:TaxScheme></cac:{tag}>"
        )

    rates = "".join(
        f"<cac:TaxSubtotal>{money('TaxableAmount', base)}{money('TaxAmount', amount)}{category('TaxCategory', rate)}"
        "</cac:TaxSubtotal>"
        for rate, base, amount in of["rates"]
    )
    lines = "".join(
        f'<cac:{root}Line><cbc:ID>{rank}</cbc:ID><cbc:{quantity} unitCode="C62">1</cbc:{quantity}>'
        f"{money('LineExtensionAmount', net)}<cac:Item><cbc:Name>{name}</cbc:Name>"
        f"{category('ClassifiedTaxCategory', rate)}</cac:Item><cac:Price>{money('PriceAmount', net)}</cac:Price>"
        f"</cac:{root}Line>"
        for rank, (name, net, rate) in enumerate(of["lines"], 1)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<{root} xmlns="urn:oasis:names:specification:ubl:schema:xsd:{root}-2" '
        'xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2" '
        'xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">\n'
        f"<cbc:CustomizationID>urn:cen.eu:en16931:2017</cbc:CustomizationID><cbc:ID>{of['number']}</cbc:ID>"
        f"<cbc:IssueDate>{day(of['day'])}</cbc:IssueDate><cbc:{root}TypeCode>{of['code']}</cbc:{root}TypeCode>\n"
        f"<cbc:DocumentCurrencyCode>{of['currency']}</cbc:DocumentCurrencyCode>"
        f"<cac:InvoicePeriod><cbc:StartDate>{day(of['first'])}</cbc:StartDate>"
        f"<cbc:EndDate>{day(of['last'])}</cbc:EndDate></cac:InvoicePeriod>"
        f"<cac:OrderReference><cbc:ID>{of['order']}</cbc:ID></cac:OrderReference>"
        f"<cac:ContractDocumentReference><cbc:ID>{of['contract']}</cbc:ID></cac:ContractDocumentReference>\n"
        f"{party('AccountingSupplierParty', 'Réseaux &amp; Fils', of['supplier'])}"
        f"{party('AccountingCustomerParty', 'Syndicat d’Exemple', of['buyer'])}"
        f"<cac:TaxTotal>{money('TaxAmount', of['vat'])}{rates}</cac:TaxTotal>\n<cac:LegalMonetaryTotal>"
        f"{money('LineExtensionAmount', of['net'])}{money('TaxExclusiveAmount', of['net'])}"
        f"{money('TaxInclusiveAmount', of['gross'])}{money('PayableAmount', of['due'])}</cac:LegalMonetaryTotal>\n"
        f"{lines}</{root}>"
    ).encode()


@cache
def pages(number: str = FACTS["number"], gross: str = "1 230,38 €") -> bytes:
    """What the supplier prints: a PDF of one page, without data."""
    source = (
        '#set document(title: "Facture")\n#set text(lang: "fr")\n= Facture n° #sys.inputs.number\n'
        "#table(columns: 3, [Total HT], [TVA], [Total TTC], [1 028,80 €], [201,58 €], [#sys.inputs.gross])\n"
    )
    return typst.compile(source.encode(), sys_inputs={"number": number, "gross": gross})


def factur_x(level: str = "en16931", pdf: bytes | None = None, **changes: Any) -> bytes:
    """A PDF that carries its data, made by the library that reads it elsewhere."""
    from facturx import generate_from_binary

    made = generate_from_binary(pdf or pages(), cii(level, **changes), check_schematron=False)
    assert isinstance(made, bytes)
    return made


def attached(pdf: bytes, files: Iterable[tuple[str, bytes]]) -> bytes:
    """The same PDF, with these files attached as anybody would attach them."""
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as made:
        for name, content in files:
            made.attachments[name] = pikepdf.AttachedFileSpec(made, content, filename=name)
        made.save(target)
    return target.getvalue()


def amounts(**changes: str) -> dict[str, Decimal]:
    """The totals of the samples, as they must be read."""
    return {name: Decimal(changes.get(name, FACTS[name])) for name in ("net", "vat", "gross", "due")}
