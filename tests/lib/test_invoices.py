"""Invoices read from their data: every form, what each does not say, what does not agree, and what is no invoice."""

from __future__ import annotations

import io
import logging
import resource
import socket
import subprocess
import sys
import zlib
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socle.lib import invoices, pdf_contents, siret
from socle.lib.invoices import LABELS, Invoice, Kind, Line, Vat, doubts_of_pages, read_invoice, same_number_key
from socle.lib.money import to_cents
from socle.lib.refusals import Refused
from tests import unfolding
from tests.lib.invoice_samples import BUYER, FACTS, PROFILES, SUPPLIER, amounts, attached, cii, factur_x, pages, ubl

# Each form, without a PDF around it: what builds it, and what its profile cannot say.
NO_LINES = ("lines",)
LITTLE = ("vat_rates", "service_from", "service_to", "contract", "lines")
FORMS: dict[str, tuple[Callable[..., bytes], tuple[str, ...]]] = {
    "minimum": (lambda **more: cii("minimum", **more), LITTLE),
    "basicwl": (lambda **more: cii("basicwl", **more), NO_LINES),
    "basic": (lambda **more: cii("basic", **more), ()),
    "en16931": (lambda **more: cii("en16931", **more), ()),
    "extended": (lambda **more: cii("extended", **more), ()),
    "ubl": (lambda **more: ubl(**more), ()),
    "ubl credit note": (lambda **more: ubl("CreditNote", **more), ()),
}
FULL = [name for name, (_, missing) in FORMS.items() if not missing]


def refused(content: bytes) -> str:
    with pytest.raises(Refused) as raised:
        read_invoice(content)
    sentence = raised.value.sentence
    assert any(remedy in sentence for remedy in ("saisissez", "déposez")), sentence
    return sentence


def changed(content: bytes, old: str, new: str) -> bytes:
    assert old.encode() in content
    return content.replace(old.encode(), new.encode())


# --- What is said ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("form", FORMS)
def test_each_form_says_all_that_it_may(form):
    make, missing = FORMS[form]
    read = read_invoice(make())
    wanted = Invoice(
        profile="UBL" if "ubl" in form else "CII",
        supplier_name="Réseaux & Fils",
        supplier_siret=SUPPLIER,
        supplier_siren=SUPPLIER[:9],
        buyer_name="Syndicat d’Exemple",
        buyer_siret=BUYER,
        buyer_siren=BUYER[:9],
        number="FA-2022/00123",
        issued_on=date(2022, 9, 30),
        kind=Kind.CREDIT_NOTE if "credit" in form else Kind.INVOICE,
        currency="EUR",
        **amounts(),
        vat_rates=tuple(Vat(*map(Decimal, one)) for one in FACTS["rates"]),
        service_from=date(2022, 7, 1),
        service_to=date(2022, 9, 30),
        order="BC-77",
        contract="M-2022-04",
        lines=tuple(
            Line(str(rank), name, Decimal(net), Decimal(rate))
            for rank, (name, net, rate) in enumerate(FACTS["lines"], 1)
        ),
        missing=tuple(LABELS[name] for name in missing),
    )
    nothing = Invoice()
    for name in wanted.__dataclass_fields__:
        expected = getattr(nothing if name in missing else wanted, name)
        assert getattr(read, name) == expected, name


@pytest.mark.slow
@pytest.mark.parametrize("level", PROFILES)
def test_a_pdf_says_what_its_data_say(level):
    read = read_invoice(io.BytesIO(factur_x(level)))
    assert read.profile == PROFILES[level]
    assert (read.number, read.gross, read.doubts) == ("FA-2022/00123", Decimal("1230.38"), ())
    assert read.has_data


@pytest.mark.slow
def test_a_pdf_without_data_is_typed():
    for pdf in (pages(), attached(pages(), [("plan.xml", b"<plan/>"), ("notes.txt", b"<<<")])):
        read = read_invoice(pdf)
        assert not read.has_data
        assert read.missing == tuple(LABELS.values())
        assert read.doubts == (invoices.NO_DATA,)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        *((code, Kind.INVOICE) for code in ("380", "386", "471", "472", "473", "500", "501")),
        *((code, Kind.CREDIT_NOTE) for code in ("261", "381", "396")),
        ("325", None),
    ],
)
def test_a_credit_note_is_told_by_its_code(code, kind):
    read = read_invoice(cii(code=code))
    assert read.kind is kind
    assert (LABELS["kind"] in read.missing) is (kind is None)


PARTY = f'<ram:SpecifiedLegalOrganization><ram:ID schemeID="0002">{SUPPLIER}</ram:ID></ram:SpecifiedLegalOrganization>'
OTHER = siret.complete(SUPPLIER[:9], "0002")


def organisation(number: str, scheme: str = ' schemeID="0002"') -> str:
    return PARTY.replace(SUPPLIER, number).replace(' schemeID="0002"', scheme)


def global_id(number: str, scheme: str = "0009") -> str:
    return f'<ram:GlobalID schemeID="{scheme}">{number}</ram:GlobalID>'


@pytest.mark.parametrize(
    ("before", "after", "siren", "number", "doubt"),
    [
        ("", organisation(SUPPLIER), SUPPLIER[:9], SUPPLIER, ""),
        ("", organisation(SUPPLIER, ""), SUPPLIER[:9], SUPPLIER, ""),
        ("", organisation(f"{SUPPLIER[:9]} {SUPPLIER[9:]}"), SUPPLIER[:9], SUPPLIER, ""),
        ("", organisation(SUPPLIER[:9]), SUPPLIER[:9], None, ""),
        ("", organisation(f"{SUPPLIER[:9]}_{SUPPLIER}", ' schemeID="0225"'), SUPPLIER[:9], SUPPLIER, ""),
        (global_id(SUPPLIER), organisation(SUPPLIER[:9]), SUPPLIER[:9], SUPPLIER, ""),
        (global_id(SUPPLIER), organisation(BUYER[:9]), None, None, "deux numéros du fournisseur"),
        (global_id(OTHER), organisation(SUPPLIER), SUPPLIER[:9], None, "deux numéros du fournisseur"),
        # A number without a scheme, or under another, is not one of Sirene, were its key right.
        (f"<ram:ID>{SUPPLIER}</ram:ID>", "", None, None, ""),
        ("", organisation(SUPPLIER, ' schemeID="0088"'), None, None, ""),
        ("", organisation("12345678901234"), None, None, "La clé du SIRET du fournisseur"),
        ("", organisation("123456789"), None, None, "La clé du SIREN du fournisseur"),
        ("", organisation("123456789", ""), None, None, ""),
        ("", "", None, None, ""),
    ],
)
def test_a_party_is_known_by_the_numbers_that_it_gives_for_its_own(before, after, siren, number, doubt):
    content = changed(cii(), PARTY, after)
    read = read_invoice(changed(content, "<ram:SellerTradeParty>", f"<ram:SellerTradeParty>{before}"))
    assert (read.supplier_siren, read.supplier_siret) == (siren, number)
    assert (LABELS["supplier_siret"] in read.missing) is (number is None)
    assert [doubt in one for one in read.doubts] == ([True] if doubt else [])


@pytest.mark.slow
def test_a_party_without_a_legal_name_is_called_by_its_trading_name():
    legal = "<cac:PartyLegalEntity><cbc:RegistrationName>Réseaux &amp; Fils</cbc:RegistrationName>"
    trading = "<cac:PartyName><cbc:Name>Réseaux du Nord</cbc:Name></cac:PartyName>"
    both = read_invoice(changed(ubl(), legal, trading + legal))
    alone = read_invoice(changed(ubl(), legal, f"{trading}<cac:PartyLegalEntity>"))
    assert (both.supplier_name, alone.supplier_name) == ("Réseaux & Fils", "Réseaux du Nord")


def test_a_vat_number_gives_the_siren():
    vat = f'<ram:ID schemeID="VA">FR12{SUPPLIER[:9]}</ram:ID>'
    after = f"<ram:SpecifiedTaxRegistration>{vat}</ram:SpecifiedTaxRegistration></ram:SellerTradeParty>"
    content = changed(changed(cii(), PARTY, ""), "</ram:SellerTradeParty>", after)
    read = read_invoice(content)
    assert (read.supplier_siren, read.supplier_siret) == (SUPPLIER[:9], None)


cents = st.integers(1, 10**14 - 1).map(lambda value: Decimal(value) / 100)


@pytest.mark.slow
@given(net=cents, rate=st.sampled_from([Decimal("20.00"), Decimal("5.50"), Decimal("2.10")]))
def test_no_cent_is_lost_between_the_file_and_the_invoice(net, rate):
    vat = to_cents(net * rate / 100)
    gross = net + vat
    said = {"net": f"{net:f}", "vat": f"{vat:f}", "gross": f"{gross:f}", "due": f"{gross:f}"}
    read = read_invoice(
        cii(
            **said,
            rates=((f"{rate:f}", said["net"], said["vat"]),),
            lines=(("Objet", said["net"], f"{rate:f}"),),
        )
    )
    if gross >= 10**12:
        assert any("ne se lit pas" in doubt for doubt in read.doubts)
        return
    assert (read.net, read.vat, read.gross, read.due) == (net, vat, gross, gross)
    assert read.lines[0].net == net
    assert read.vat_rates == (Vat(rate, net, vat),)
    assert read.doubts == ()


# --- What is missing, what does not agree ----------------------------------------------------------------------------
@pytest.mark.parametrize("code", ["381", "380"])
def test_a_credit_note_in_ubl_is_told_by_its_root(code):
    assert read_invoice(ubl("CreditNote", code=code)).kind is Kind.CREDIT_NOTE


@pytest.mark.slow
def test_ubl_may_leave_its_profile_out_but_not_its_currency():
    without = changed(ubl(), "<cbc:CustomizationID>urn:cen.eu:en16931:2017</cbc:CustomizationID>", "")
    assert read_invoice(without) == read_invoice(ubl())
    refused(changed(ubl(), "<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>", ""))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ["number", "order"])
def test_what_is_empty_is_missing(form, name):
    make, missing = FORMS[form]
    read = read_invoice(make(**{name: " "}))
    assert getattr(read, name) is None
    assert read.missing == tuple(label for key, label in LABELS.items() if key in (*missing, name))


@pytest.mark.parametrize("form", FULL)
@pytest.mark.parametrize(
    ("changes", "doubts"),
    [
        ({"gross": "1230.39", "due": "1230.39"}, ["et la TVA font 1 230,38 €, et le total TTC dit 1 230,39 €."]),
        ({"due": "1000.00"}, ["fait 1 230,38 €, et le reste à payer dit 1 000,00 €."]),
        (
            {"vat": "201.59", "gross": "1230.39", "due": "1230.39"},
            ["La TVA par taux fait 201,58 €, et le total de la TVA dit 201,59 €."],
        ),
        (
            {"lines": (("Audit", "1028.79", "20.00"),)},
            ["Les lignes font 1 028,79 €, et le total hors taxes dit 1 028,80 €."],
        ),
        # 5.5 % of 28.80 is 1.584: a cent more is a way of rounding, two are not.
        (
            {"rates": (("20.00", "1000.00", "200.00"), ("5.50", "28.80", "1.59")), "vat": "201.59", "net": "1028.79"},
            ["Les lignes font 1 028,80 €, et le total hors taxes dit 1 028,79 €."],
        ),
        (
            {"rates": (("20.00", "1000.00", "199.98"), ("5.50", "28.80", "1.60"))},
            [
                "La TVA à 20 % de 1 000,00 € fait 200,00 €, et le fichier dit 199,98 €.",
                "La TVA à 5,5 % de 28,80 € fait 1,58 €, et le fichier dit 1,60 €.",
            ],
        ),
        ({"currency": "USD"}, ["Cette facture est en USD : saisissez les montants payés en euros."]),
        (
            {"first": "20221001"},
            ["La période commence le 1er octobre 2022, après sa fin, le 30 septembre 2022 : vérifiez-la."],
        ),
        (
            {"net": "1028.805", "gross": "1230.385", "due": "1230.385"},
            [
                "dit 1 028,805 €.",
                "Le fichier écrit le total hors taxes au-delà du centime (1 028,805 €) : vérifiez-le.",
                "Le fichier écrit le total toutes taxes comprises au-delà du centime (1 230,385 €) : vérifiez-le.",
                "Le fichier écrit le reste à payer au-delà du centime (1 230,385 €) : vérifiez-le.",
            ],
        ),
        (
            {
                "net": "-100.00", "vat": "-20.00", "gross": "-120.00", "due": "-120.00",
                "rates": (("20.00", "-100.00", "-20.00"),), "lines": (("Retour", "-100.00", "20.00"),),
            },
            ["Le total est négatif (-120,00 €) : vérifiez si c’est un avoir."],
        ),
        ({"lines": (("Audit", "1100.00", "20.00"), ("Geste", "-71.20", "20.00"))}, []),
        ({"net": "1" * 13}, ["le total hors taxes d’une façon qui ne se lit pas : rien n’en est pris."]),
        ({"number": "F" * 101}, ["le numéro de la facture en plus de 100 caractères : rien n’en est pris."]),
    ],
)  # fmt: skip
def test_what_does_not_agree_is_a_doubt_with_both_figures(form, changes, doubts):
    said = [one.replace("\u00a0", " ").replace("\u202f", " ") for one in read_invoice(FORMS[form][0](**changes)).doubts]
    assert [any(end in one for one in said) for end in doubts] == [True] * len(doubts), said
    assert len(said) == len(doubts), said


def test_allowances_charges_what_is_paid_and_what_is_rounded_are_counted():
    rates = (("20.00", "990.00", "198.00"), ("5.50", "28.80", "1.58"))
    content = cii(net="1018.80", vat="199.58", gross="1218.38", due="118.40", rates=rates)
    for tag, before, amount in (
        ("ChargeTotalAmount", "TaxBasisTotalAmount", "5.00"),
        ("AllowanceTotalAmount", "TaxBasisTotalAmount", "15.00"),
        ("RoundingAmount", "GrandTotalAmount", "0.02"),
        ("TotalPrepaidAmount", "DuePayableAmount", "1100.00"),
    ):
        assert read_invoice(content).doubts
        content = changed(content, f"<ram:{before}>", f"<ram:{tag}>{amount}</ram:{tag}><ram:{before}>")
    assert read_invoice(content).doubts == ()


def test_the_least_profile_has_no_place_for_what_is_paid():
    assert read_invoice(cii("minimum", due="118.38")).doubts == ()


def test_a_group_of_the_extended_profile_is_not_counted_with_its_lines():
    content = cii("extended", lines=(("Lot", "1028.80", "20.00"), *FACTS["lines"]))
    assert read_invoice(content).doubts
    grouped = content.replace(
        b"<ram:LineID>1</ram:LineID>",
        b"<ram:LineID>1</ram:LineID><ram:LineStatusReasonCode>GROUP</ram:LineStatusReasonCode>",
    )
    read = read_invoice(grouped)
    assert ([line.rank for line in read.lines], read.doubts) == (["2", "3"], ())


@pytest.mark.parametrize(("second", "number"), [("BC-77", "BC-77"), ("BC-78", None)])
def test_what_is_said_twice_is_taken_when_it_is_the_same(second, number):
    said = "<cac:ContractDocumentReference><cbc:ID>M-2022-04</cbc:ID></cac:ContractDocumentReference>"
    content = changed(
        ubl(contract="BC-77"),
        said.replace("M-2022-04", "BC-77"),
        said.replace("M-2022-04", "BC-77") + said.replace("M-2022-04", second),
    )
    read = read_invoice(content)
    assert read.contract == number
    assert [LABELS["contract"] in doubt for doubt in read.doubts] == ([] if number else [True])


# --- The pages -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("gross", "words", "is_there"),
    [
        ("1234.56", "Total TTC 1 234,56 €", True),
        ("1234.56", "Total TTC 1\u202f234,56\u00a0€", True),
        ("1234.56", "1234.56", True),
        ("1234.56", "EUR 1,234.56", True),
        ("1234.56", "1.234,56", True),
        ("1234.56", "1’234.56 -", True),
        ("-1234.56", "Avoir -1 234,56", True),
        ("1234567.89", "1 234 567,89", True),
        ("1000.00", "800,00 200,00 1 000,00", True),
        ("1000.00", "Net à payer 1 000 €", True),
        ("200.00", "1 000,00 200,00", True),
        ("0.05", "0,05", True),
        ("34.56", "2 34,56", True),
        ("34.56", "2 x 17,28 = 34,56", True),
        ("1234.56", "Total TTC 1 234,57 €", False),
        ("1234.56", "Total TTC 21 234,56 €", False),
        ("1234.56", "1 234,567", False),
        ("234.56", "Total TTC 1 234,56 €", False),
        ("234.56", "Total TTC 1.234,56", False),
        ("34.56", "234,56", False),
        ("1000.00", "page 1 000", False),
        ("1000.00", "1 000,50 €", False),
        ("1234.56", "un total de 1 234 euros", False),
    ],
)
def test_the_total_is_looked_for_on_the_pages(gross, words, is_there):
    doubts = doubts_of_pages(Invoice(gross=Decimal(gross)), words)
    assert [("total TTC" in doubt) for doubt in doubts] == ([] if is_there else [True])


@pytest.mark.parametrize(
    ("number", "words", "is_there"),
    [
        ("FA-2022-1", "Facture n° FA-2022-1 du 3 mars", True),
        ("FA-2022-1", "Facture fa‑2022‑1", True),
        ("FA 2022 1", "FA2022 1", True),
        ("FA.2022", "n°FA.2022", True),
        ("FA-2022-1", "FA-2022-12", False),
        ("FA-2022-1", "EFA-2022-1", False),
        ("FA.2022", "FAX2022", False),
        ("2022", "12022", False),
    ],
)
def test_the_number_is_looked_for_on_the_pages(number, words, is_there):
    doubts = doubts_of_pages(Invoice(number=number), words)
    assert [(number in doubt) for doubt in doubts] == ([] if is_there else [True])


@pytest.mark.parametrize("words", [None, "", " \n\x0c "])
def test_pages_without_words_are_said_not_to_be_compared(words):
    (doubt,) = doubts_of_pages(Invoice(number="F1", gross=Decimal(1)), words)
    assert "n’ont pas pu être comparées" in doubt


@pytest.mark.slow
def test_a_pdf_that_shows_other_figures_than_its_data_is_a_doubt():
    number, total = read_invoice(factur_x(pdf=pages("FA-2022/00124", "1 230,83 €"))).doubts
    assert "FA-2022/00123" in number
    assert "1\u202f230,38\u00a0€" in total
    with pikepdf.new() as blank:
        blank.add_blank_page()
        blank.save(kept := io.BytesIO())
    (scan,) = read_invoice(attached(kept.getvalue(), [("factur-x.xml", cii())])).doubts
    assert "n’ont pas pu être comparées" in scan


# --- What is no invoice ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "changes",
    [
        {"net": "NaN"}, {"net": "1e999"}, {"net": "12,5"}, {"net": "12 500.00"}, {"gross": "INF"}, {"due": ""},
        {"day": "20221301"}, {"day": "20220230"}, {"day": "2022093"}, {"currency": "euros"}, {"currency": ""},
        {"currency": "EUR' or //*[//*[//*]] or '"},
    ],
    ids=str,
)  # fmt: skip
def test_what_does_not_follow_the_norm_is_refused_without_a_word_of_it(form, changes):
    said = refused(FORMS[form][0](**changes))
    assert "ne suivent pas leur norme" in said
    assert not any(value and value in said for value in changes.values())


@pytest.mark.parametrize("form", FORMS)
def test_what_is_cut_or_of_another_house_is_refused(form):
    content = FORMS[form][0]()
    for place in (len(content) // 3, len(content) - 1):
        assert "coupées ou abîmées" in refused(content[:place])
    assert "coupées ou abîmées" in refused(content.replace(b"UTF-8", b"UTF-99"))
    assert "coupées ou abîmées" in refused(content.decode().encode("latin-1", "replace"))
    assert "la plateforme sait lire" in refused(
        content.replace(b":CrossIndustryInvoice:100", b":Facture:1")
        .replace(b"xsd:Invoice-2", b"xsd:F")
        .replace(b"xsd:CreditNote-2", b"xsd:F")
    )


@pytest.mark.parametrize("form", FORMS)
def test_an_alphabet_that_the_file_announces_is_read(form):
    for alphabet in ("utf-16", "cp1252"):
        content = FORMS[form][0]().decode().replace("UTF-8", alphabet).encode(alphabet)
        assert read_invoice(content).supplier_name == "Réseaux & Fils"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("format=\"102\">2022", "format=\"610\">2022"),
        ("urn:cen.eu:en16931:2017", "urn:nobody:1"),
        ("<ram:GrandTotalAmount>1230.38</ram:GrandTotalAmount>", ""),
        ("<ram:ID>FA-2022/00123</ram:ID>", ""),
        ("<ram:ApplicableHeaderTradeDelivery/>", "<ram:Bonus/>"),
        ("<rsm:ExchangedDocumentContext>", "<rsm:Other>x</rsm:Other><rsm:ExchangedDocumentContext>"),
    ],
)  # fmt: skip
def test_what_the_schema_does_not_know_is_refused(old, new):
    assert "ne suivent pas leur norme" in refused(changed(cii(), old, new))


@pytest.mark.parametrize(
    "content", [b"", b"   ", b"PK\x03\x04", b"%PDF", b"\x89PNG\r\n\x1a\n", b'{"total": 12}', b"total;12"]
)
def test_what_is_neither_a_pdf_nor_data_is_refused(content):
    assert "ni un PDF ni les données d’une facture" in refused(content)


def test_a_comment_does_not_cut_an_amount():
    content = changed(cii(), ">1230.38<", ">1<!-- x -->230<?y z?>.38<")
    assert read_invoice(content).gross == Decimal("1230.38")
    assert read_invoice(changed(cii(), "FA-2022/00123", "FA-<!-- -->2022<![CDATA[/00123]]>")).number == "FA-2022/00123"


def test_signs_that_are_not_seen_are_taken_out():
    assert read_invoice(cii(number="FA\u202e-\u200b2022\u00a01\nbis")).number == "FA-2022 1 bis"


class Cost:
    """What the peak of this process grew by: less than two hundred mebibytes."""

    def __enter__(self) -> None:
        self.before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    def __exit__(self, *raised: object) -> None:
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - self.before < 200 * 1024


def entities(declared: str, used: str = "&a;") -> bytes:
    head, _, rest = cii(number="NUMBER").decode().replace("NUMBER", used).partition("\n")
    return f"{head}<!DOCTYPE x [{declared}]>{rest}".encode()


LOL = '<!ENTITY a0 "lol">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
LINE, DELIVERY = "<ram:IncludedSupplyChainTradeLineItem/>", "<ram:ApplicableHeaderTradeDelivery/>"


def attributes(count: int) -> str:
    return DELIVERY.replace("/", " " + " ".join(f'a{rank}=""' for rank in range(count)) + "/")


BOMBS: dict[str, tuple[Callable[[], bytes], str]] = {
    "a billion laughs": (lambda: entities(LOL, "&a9;"), "entités"),
    "a billion laughs in an attribute": (
        lambda: entities(LOL, "x").replace(b'format="102"', b'format="&a9;"'),
        "entités",
    ),
    "a long entity": (lambda: entities(f'<!ENTITY a "{"x" * 100_000}">', "&a;" * 100_000), "entités"),
    "entities in another alphabet": (
        lambda: entities('<!ENTITY a "x">').decode().replace("UTF-8", "UTF-16").encode("utf-16"),
        "entités",
    ),
    "laughs in another alphabet": (
        lambda: entities(LOL, "&a9;").decode().replace("UTF-8", "UTF-16").encode("utf-16"),
        "abîmées",
    ),
    "a file of the machine": (lambda: entities('<!ENTITY a SYSTEM "file:///etc/passwd">'), "entités"),
    "a file of elsewhere": (lambda: entities('<!ENTITY % b SYSTEM "http://127.0.0.1:9/x">%b;', "x"), "entités"),
    "a schema of elsewhere": (
        lambda: cii().replace(b"<!", b"").replace(b"?>\n", b'?><!DOCTYPE x SYSTEM "http://127.0.0.1:9/x">', 1),
        "entités",
    ),
    "depth": (lambda: changed(cii(), DELIVERY, "<a>" * 100_000 + "</a>" * 100_000), "abîmées"),
    "tags": (lambda: changed(cii(), DELIVERY, "<a/>" * 600_000), "trop longues"),
    "tags, just under": (lambda: changed(cii(), DELIVERY, "<a/>" * 590_000), "norme (ligne 6, « a »)"),
    "attributes": (lambda: changed(cii(), DELIVERY, attributes(100_000)), "trop longues"),
    "attributes, just under": (lambda: changed(cii(), DELIVERY, attributes(99_900)), "norme"),
    "a giant attribute": (lambda: changed(cii(), 'format="102"', f'format="{"1" * 1_200_000}"'), "norme"),
    "more than 5 Mio": (lambda: changed(cii(), DELIVERY, DELIVERY + " " * 5 * 1024 * 1024), "trop longues"),
    "10,001 lines": (lambda: changed(cii(), DELIVERY, LINE * 9_999 + DELIVERY), "trop longues"),
    "10,000 lines": (lambda: changed(cii(), DELIVERY, LINE * 9_998 + DELIVERY), "norme"),
    "10 Mio of lines": (lambda: ubl(lines=FACTS["lines"] * 10_000), "trop longues"),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", BOMBS)
def test_what_unfolds_or_has_no_end_is_refused_and_costs_little(name):
    make, words = BOMBS[name]
    content = make()
    with Cost():
        assert words in refused(content).replace("\u00a0", " ")


# --- What is no PDF --------------------------------------------------------------------------------------------------
@cache
def folded(times: int) -> bytes:
    """Four hundred mebibytes, folded into 400 KiB, or twice, into less than one."""
    content = unfolding.folded(400)
    return content if times == 1 else zlib.compress(content, 9)


def with_stream(content: bytes, *, filters: int, pages_of_it: int = 0) -> bytes:
    """A PDF whose pages, or else whose file attached, are this stream, kept folded as it is."""
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(pages())) as made:
        stream = pikepdf.Stream(made, b"")
        stream.write(content, filter=pikepdf.Array([pikepdf.Name.FlateDecode] * filters))
        if pages_of_it:
            made.attachments["factur-x.xml"] = pikepdf.AttachedFileSpec(made, cii(), filename="factur-x.xml")
            made.pages[0].Contents = stream
            for _ in range(pages_of_it - 1):
                made.pages.append(made.pages[0])
        else:
            spec = pikepdf.Dictionary(
                Type=pikepdf.Name.Filespec, F="factur-x.xml", UF="factur-x.xml", EF=pikepdf.Dictionary(F=stream)
            )
            names = pikepdf.Array(["factur-x.xml", made.make_indirect(spec)])
            made.Root.Names = pikepdf.Dictionary(EmbeddedFiles=pikepdf.Dictionary(Names=names))
        made.save(target, stream_decode_level=pikepdf.StreamDecodeLevel.none, recompress_flate=False)
    return target.getvalue()


def locked() -> bytes:
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(factur_x())) as made:
        made.save(target, encryption=pikepdf.Encryption(user="secret", owner="secret"))
    return target.getvalue()


def two_invoices(second: bytes) -> bytes:
    return attached(pages(), [("factur-x.xml", cii()), ("autre.xml", second)])


PDFS: dict[str, tuple[Callable[[], bytes], str]] = {
    "cut": (lambda: factur_x()[:2000], "abîmé ou incomplet"),
    "only its first words": (lambda: b"%PDF-1.7\n", "abîmé ou incomplet"),
    "noise": (lambda: b"%PDF-1.7\n" + bytes(range(256)) * 400, "abîmé ou incomplet"),
    "locked": (locked, "mot de passe"),
    "too heavy": (lambda: pages() + b"\n" * 20 * 1024 * 1024, "20 Mo"),
    "two invoices": (lambda: two_invoices(ubl(number="AUTRE")), "plusieurs factures"),
    "data that are cut": (lambda: attached(pages(), [("factur-x.xml", cii()[:900])]), "coupées ou abîmées"),
    "data out of the norm": (lambda: attached(pages(), [("factur-x.xml", cii(net="NaN"))]), "leur norme"),
    "data that laugh": (lambda: attached(pages(), [("factur-x.xml", entities(LOL, "&a9;"))]), "entités"),
    "data of 6 Mio": (lambda: attached(pages(), [("factur-x.xml", b"<a>" + b" " * 6_000_000)]), "trop lourds"),
    "data that unfold": (lambda: with_stream(folded(1), filters=1), "trop lourds"),
    "data folded twice": (lambda: with_stream(folded(2), filters=2), "trop lourds"),
    "a hundred files": (lambda: attached(pages(), [(f"{n}.xml", b"<a/>") for n in range(101)]), "trop lourds"),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", PDFS)
def test_a_pdf_that_is_not_read_is_refused_and_costs_little(name):
    make, words = PDFS[name]
    content = make()
    with Cost():
        assert words in refused(content).replace("\u00a0", " ")


@pytest.mark.slow
def test_the_same_data_attached_twice_are_one_invoice():
    assert read_invoice(two_invoices(cii())).number == "FA-2022/00123"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("page", "count"),
    [(lambda: folded(1), 1), (lambda: zlib.compress(b"BT /F0 1 Tf " + b"(a) Tj " * 20_000 + b"ET"), 60)],
    ids=["unfolds", "endless"],
)
def test_pages_that_unfold_or_have_no_end_leave_the_data(monkeypatch, page, count):
    monkeypatch.setattr(pdf_contents, "_MOST_SECONDS", 1)
    content = with_stream(page(), filters=1, pages_of_it=count)
    with Cost():
        read = read_invoice(content)
    assert pdf_contents.contents_of(content).words is None
    assert read.gross == Decimal("1230.38")
    assert ["n’ont pas pu être comparées" in doubt for doubt in read.doubts] == [True]


# --- Nothing leaves --------------------------------------------------------------------------------------------------
@pytest.mark.slow
def test_no_connection_is_opened(monkeypatch):
    def no_network(*given: Any, **more: Any) -> Any:
        raise AssertionError("a connection was opened")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, no_network)
    monkeypatch.setattr(socket, "getaddrinfo", no_network)
    for content in (factur_x(), *(make() for make, _ in FORMS.values())):
        assert read_invoice(content).gross == Decimal("1230.38")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("gesture", "error"),
    [
        ("import socket; socket.create_connection(('127.0.0.1', 9))", "PermissionError"),
        ("import urllib.request; urllib.request.urlopen('http://localhost:9/')", "PermissionError"),
        ("import subprocess; subprocess.run(['true'])", "PermissionError"),
        ("import os; os.system('true')", "PermissionError"),
        ("bytearray(600 * 1024 * 1024)", "MemoryError"),
    ],
)
def test_the_process_that_opens_a_pdf_reaches_nothing(gesture, error):
    bounded = f"from socle.lib.children import be_bounded; be_bounded(memory=512 * 1024 * 1024); {gesture}"
    ended = subprocess.run([sys.executable, "-I", "-c", bounded, "1"], capture_output=True, text=True)
    assert error in ended.stderr


@pytest.mark.slow
def test_the_logs_hold_nothing_of_an_invoice(caplog):
    caplog.set_level(logging.DEBUG)
    secret = "SECRET4815"
    in_a_pdf = attached(pages(), [(f"{secret}.xml", cii(net=secret))])
    read_invoice(cii(number=secret))
    read_invoice(factur_x(number=secret))
    for content in (cii(net=secret), cii(currency=secret), in_a_pdf):
        assert secret not in refused(content)
    assert secret not in caplog.text


@pytest.mark.slow
def test_the_library_is_loaded_by_the_first_invoice_only():
    asked = "import sys, socle.lib.invoices; print(*{'facturx', 'pypdf', 'requests'} & sys.modules.keys())"
    ended = subprocess.run([sys.executable, "-I", "-c", asked], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == ""


# --- The same invoice twice ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "spellings",
    [
        (
            "FA-2022/00123",
            "fa 2022 123",
            "FA2022-0123",
            "Fa.2022.123",
            "n° FA 2022-123",
            "FA—2022—000123",
            "F.A. 2022 123",
        ),
        ("123", "00123", "N°123", "n º 123", " 123 "),
        ("2022-É-7", "2022e7", "2022 E 07"),
        ("000", "0", "N° 00"),
        ("FACTURE１２", "facture 12"),
    ],
)
def test_these_are_spellings_of_one_number(spellings):
    assert len({same_number_key(one) for one in spellings}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("FA-2022-123", "FA-2022-124"),
        ("FA-2022-123", "FA-2022-1230"),
        ("FA-2022-123", "FA-2023-123"),
        ("FA-2022-123", "FB-2022-123"),
        ("FA-2022-123", "AV-2022-123"),
        ("FA-2022-123", "2022-123"),
        ("FA-2022-123", "FA-2022-123-B"),
        ("12-3", "1-23"),
        ("12-3", "123"),
        ("2022-1", "2022-10"),
        ("FA-0", "FA"),
        ("FAO-1", "FA0-1"),
        ("1A2", "1A 3"),
        ("NO 12", "12"),
    ],
)
def test_these_are_two_numbers(one, other):
    assert same_number_key(one) != same_number_key(other)
