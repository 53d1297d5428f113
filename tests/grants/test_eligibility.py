"""How much of an expense is eligible, why not more, and what it lacks: rules 14, 16, 17, 18, 20, 21 and 24."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from socle.grants.actions import claims, expenses, operations
from socle.grants.judging import judge_again, judged_together, shares_of
from socle.grants.models import Evidence, Expense, Paper
from socle.grants.rules import why_not_evidence
from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.people.models import Operator, Role
from tests import factories as f
from tests.grants.situations import AT, OTHER_SUPPLIER, SUPPLIER, Kind, contract, expense, grant, month, prove

D = Decimal
State = Expense.State


def told(one: Expense) -> tuple[str, str, str, str]:
    one.refresh_from_db()
    return one.state, str(one.eligible), one.why.replace("\u00a0", " "), one.missing.replace("\u00a0", " ")


WINDOW = "la période des dépenses va du 1er janvier 2022 au 31 décembre 2023"


@pytest.mark.parametrize(
    ("fields", "state", "eligible", "why"),
    [
        ({}, State.ELIGIBLE, "1000.00", ""),
        ({"paid_on": date(2022, 1, 1), "mandated_on": None}, State.ELIGIBLE, "1000.00", ""),
        ({"paid_on": date(2023, 12, 31)}, State.ELIGIBLE, "1000.00", ""),
        ({"paid_on": date(2024, 1, 1)}, State.NOT, "0.00", "Payée le 1er janvier 2024, hors de la période"),
        ({"paid_on": date(2021, 12, 31), "mandated_on": None}, State.NOT, "0.00", "Payée le 31 décembre 2021"),
        ({"invoiced_on": date(2021, 12, 31)}, State.NOT, "0.00", "Prestation hors période"),
        (
            {"service_from": date(2023, 7, 1), "service_until": date(2024, 6, 30)},
            State.PARTIAL, "502.73", f"Au prorata, 184 jours sur 366 : {WINDOW}",
        ),
        ({"service_from": date(2023, 12, 31), "service_until": date(2024, 1, 1)}, State.PARTIAL, "500.00", "Au pro"),
        ({"service_from": date(2022, 1, 1), "service_until": date(2023, 12, 31)}, State.ELIGIBLE, "1000.00", ""),
        ({"service_from": date(2024, 1, 1), "service_until": date(2024, 12, 31)}, State.NOT, "0.00", "Prestation"),
        ({"key": D("33.3333")}, State.ELIGIBLE, "333.33", ""),
        ({"other_funding": D("400.00")}, State.PARTIAL, "600.00", "Déjà financée par ailleurs pour 400,00 €"),
        ({"other_funding": D("1000.00")}, State.NOT, "0.00", "Déjà financée par ailleurs"),
    ],
)  # fmt: skip
def test_rule_14_what_is_paid_or_served_out_of_its_window_counts_for_nothing_or_pro_rata(
    partner, finance, fields, state, eligible, why
):
    said = told(expense(partner, finance, **fields))
    assert said[:2] == (state, eligible)
    assert said[2].startswith(why)
    assert bool(said[2]) == bool(why)


def test_the_base_is_that_of_the_operation_and_a_month_of_a_person_is_whole(operation, partner, finance):
    bought, worked = expense(partner, finance), month(partner, finance)
    assert told(worked)[1] == "1500.00", "half of the gross pay and the employer's charges"
    operations.change_terms(operation, vat_basis="gross", by=finance, at=AT)
    assert (told(bought)[1], told(worked)[1]) == ("1200.00", "1500.00")


@pytest.mark.parametrize(
    ("fields", "pieces", "missing"),
    [
        ({}, (Kind.INVOICE, Kind.SERVICE), ""),
        ({}, (Kind.SERVICE,), "La facture"),
        ({}, (Kind.INVOICE,), "La preuve du service fait"),
        ({"mandate": ""}, (Kind.INVOICE, Kind.SERVICE), "Le numéro de mandat"),
        ({"paid_on": None}, (Kind.INVOICE, Kind.SERVICE), "La date de paiement"),
        ({"invoice_number": ""}, (Kind.INVOICE, Kind.SERVICE), "Le numéro de la facture"),
    ],
)
def test_rule_16_no_line_enters_a_claim_without_what_proves_it(operation, partner, finance, fields, pieces, missing):
    grant(operation, finance)
    one = expense(partner, finance, pieces=False, **fields)
    for kind in pieces:
        prove(one, kind, finance)
    assert told(one)[3] == missing
    assert (one.state == State.ELIGIBLE) == (not missing)
    if missing:
        with pytest.raises(Refused, match="Aucune dépense n’est prête"):
            claims.prepare(operation, by=finance, at=AT)
    else:
        assert claims.prepare(operation, by=finance, at=AT).lines.get().expense == one


def test_rule_16_a_piece_that_is_withdrawn_proves_nothing_any_more(partner, finance):
    one = expense(partner, finance)
    expenses.withdraw_evidence(one.evidence.get(kind=Kind.INVOICE), by=finance, at=AT)
    assert told(one)[0] == State.INCOMPLETE
    assert told(one)[3] == "La facture"


@pytest.mark.parametrize(
    ("first", "second", "state", "eligible"),
    [
        (("FA-2022/00123", "", "100"), ("fa 2022 123", "", "100"), State.NOT, "0.00"),
        (("FA-2022/00123", "", "60"), ("FA-2022/00123", "", "40"), State.ELIGIBLE, "400.00"),
        (("FA-2022/00123", "", "60"), ("FA-2022/00123", "", "40.0001"), State.PARTIAL, "400.00"),
        (("FA-2022/00123", "", "60"), ("FA-2022/00123", "", "100"), State.PARTIAL, "400.00"),
        (("FA-2022/00123", "1", "100"), ("FA-2022/00123", "2", "100"), State.ELIGIBLE, "1000.00"),
        (("FA-2022/00123", "1", "100"), ("FA-2022/00123", "1", "100"), State.NOT, "0.00"),
        (("FA-2022/00123", "1", "100"), ("FA-2022/00123", "", "100"), State.NOT, "0.00"),
        (("FA-2022/00123", "", "100"), ("FA-2022/00123", "2", "100"), State.NOT, "0.00"),
        (("FA-2022/00123", "", "100"), ("FA-2022/00124", "", "100"), State.ELIGIBLE, "1000.00"),
    ],
)
@pytest.mark.slow
def test_rule_17_an_invoice_is_never_charged_for_more_than_all_of_it(
    partner, cdg, finance, first, second, state, eligible
):
    number, line, key = first
    former = expense(partner, finance, number, invoice_line=line, key=D(key))
    number, line, key = second
    other = f.member(Role.FINANCE_OFFICER, cdg.operator, email="autre@cdg59.exemple.invalid")
    later = expense(cdg, other, number, invoice_line=line, key=D(key))
    assert told(later)[:2] == (state, eligible)
    assert told(former)[0] == State.ELIGIBLE, "the first is first"
    expenses.withdraw(former, by=finance, at=AT)
    assert told(later)[0] == State.ELIGIBLE, "withdrawn, it leaves its share"


@pytest.mark.slow
def test_rule_17_holds_across_operations_and_suppliers_of_one_siren(lead, operation, partner, finance):
    from socle.grants.models import Operation

    other = Operation(
        programme=operation.programme, scheme="detr", name="Autre", vat_basis="net", authority="Préfecture",
        rate=D("0.4"), spend_from=date(2022, 1, 1), spend_until=date(2022, 12, 31), paid_from=date(2022, 1, 1),
        paid_until=date(2022, 12, 31),
    )  # fmt: skip
    operations.open_operation(other, lead=lead, by=finance, at=AT)
    expense(partner, finance, "F 7")
    of_other = other.partners.get()
    again = expense(of_other, finance, "f-007", category="investissement", contract=contract(of_other, finance, "D1"))
    assert told(again)[:2] == (State.NOT, "0.00")
    elsewhere = expense(partner, finance, "F 7", supplier_siret=OTHER_SUPPLIER)
    assert told(elsewhere)[1] == "1000.00", "another supplier numbers its own"


@pytest.mark.slow
def test_rule_17_what_a_claim_holds_comes_first(operation, partner, cdg, finance):
    grant(operation, finance)
    waiting = expense(partner, finance, "F-9", pieces=False)
    second = expense(cdg, finance_of(cdg), "F-9")
    assert told(second)[0] == State.NOT
    expenses.correct(set_key(waiting, "40"), by=finance, at=AT)
    assert told(second)[:2] == (State.PARTIAL, "600.00")
    claim = claims.prepare(operation, by=finance, at=AT)
    assert [line.eligible for line in claim.lines.all()] == [D("600.00")]
    with pytest.raises(Refused, match="dans la demande n°"):
        expenses.withdraw(second, by=finance_of(cdg), at=AT)


@pytest.mark.parametrize(
    ("share", "is_one"), [(None, False), ("0", False), ("0.0001", True), ("100", True), ("100.0001", False)]
)
def test_a_letter_of_mission_says_a_share(share, is_one):
    piece = Evidence(kind=Evidence.Kind.MISSION, share=D(share) if share else None)
    assert (why_not_evidence(Expense(), piece) is None) is is_one


@pytest.mark.slow
def test_a_share_of_an_invoice_says_whether_a_claim_that_stands_holds_it(operation, partner, cdg, finance):
    grant(operation, finance)
    held = expense(partner, finance, "F-5")
    claim = claims.prepare(operation, by=finance, at=AT)
    free = expense(partner, finance, "F-6")
    keys = [held.invoice_key, free.invoice_key]
    assert [one.is_claimed for key in keys for one in shares_of(keys)[key]] == [True, False]
    claims.cancel(claim, by=finance, at=AT)
    assert [one.is_claimed for key in keys for one in shares_of(keys)[key]] == [False, False]


def test_whatever_is_corrected_of_an_expense_is_kept_and_told_by_its_name(partner, finance):
    one = expense(partner, finance)
    said = {
        "subject": "Autre achat", "invoice_number": "F-2", "invoice_line": "2", "invoiced_on": date(2022, 6, 2),
        "service_from": date(2022, 5, 1), "service_until": date(2022, 5, 31), "net": D("900.00"), "vat": D("180.00"),
        "key": D("50.00"), "other_funding": D("10.00"), "mandate": "13", "bordereau": "4",
        "mandated_on": date(2022, 6, 11), "paid_on": date(2022, 6, 21), "account": "2183", "section": "investissement",
    }  # fmt: skip
    for name, value in said.items():
        setattr(one, name, value)
    expenses.correct(one, by=finance, at=AT)
    assert Expense.objects.values(*said).get(pk=one.pk) == said
    assert set(Entry.objects.get(verb="expense.corrected").facts["fields"]) == set(said)


def test_many_pieces_are_judged_together_as_one_by_one_and_a_failure_keeps_none(operation, partner, cdg, finance):
    first = expense(partner, finance, "F-1", key=D("60"))
    kept = told(first)
    with judged_together():
        second = expense(cdg, finance_of(cdg), "F-1", key=D("60"), contract=contract(cdg, finance_of(cdg), "C-1"))
        third = expense(partner, finance, "F-2")
        # Not yet: it is what was said before anything proved it.
        assert told(third)[0] == State.INCOMPLETE
        assert told(first) == kept
    together = [told(one) for one in (first, second, third)]
    assert together[2][:2] == (State.ELIGIBLE, "1000.00")
    assert together[1][:2] != kept[:2]
    judge_again(operation)
    assert [told(one) for one in (first, second, third)] == together

    @judged_together()
    def cut_short():
        expense(partner, finance, "F-3")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        cut_short()
    assert not Expense.objects.filter(invoice_number="F-3").exists()
    # What comes after is judged at once again.
    assert told(expense(partner, finance, "F-4"))[0] == State.ELIGIBLE


def finance_of(partner):
    return partner.operator.memberships.filter(role=Role.FINANCE_OFFICER).first().user


def set_key(one: Expense, key: str) -> Expense:
    one.key = D(key)
    return one


def test_rule_18_a_partner_is_no_supplier_without_the_written_agreement_of_the_authority(
    operation, partner, cdg, finance
):
    siret = Operator.objects.get(pk=cdg.operator_id).siret
    record = contract(partner, finance, "P-1", supplier_siret=siret)
    one = expense(partner, finance, supplier_siret=siret, contract=record)
    assert told(one)[:2] == (State.NOT, "0.00")
    assert "est un partenaire de l’opération, sans accord écrit" in told(one)[2]
    operations.add_paper(
        operation, f.pdf(), kind=Paper.Kind.SUPPLIER, name="Accord", filename="a.pdf", partner=cdg, by=finance, at=AT
    )
    assert told(one)[:2] == (State.ELIGIBLE, "1000.00")


@pytest.mark.parametrize(
    ("key", "letter", "sheet", "missing"),
    [
        ("50", None, None, "La feuille de temps du mois, ou une lettre de mission à cette quotité"),
        ("50", None, (True, False), "Les deux signatures datées de la feuille de temps"),
        ("50", None, (False, True), "Les deux signatures datées de la feuille de temps"),
        ("50", None, (True, True), ""),
        ("50", ("50", None, None), None, ""),
        ("50", ("40", None, None), None, "La feuille de temps du mois, ou une lettre de mission à cette quotité"),
        ("50", ("50", date(2022, 6, 1), date(2022, 6, 30)), None, ""),
        ("50", ("50", date(2022, 6, 2), None), None, "La feuille de temps du mois, ou une lettre de mission à cette"),
        ("50", ("50", None, date(2022, 6, 29)), None, "La feuille de temps du mois, ou une lettre de mission à cette"),
        ("100", None, (True, True), "La lettre de mission à 100 % pour cette période"),
        ("100", ("100", None, None), None, ""),
    ],
)
def test_rule_20_time_under_all_of_it_is_proved_by_the_month_or_by_a_fixed_share(
    partner, finance, key, letter, sheet, missing
):
    one = month(partner, finance, key)
    assert told(one)[3].startswith("Le bulletin de paie")
    prove(one, Kind.PAYSLIP, finance)
    if letter:
        share, first, last = letter
        prove(one, Kind.MISSION, finance, share=D(share), valid_from=first, valid_until=last)
    if sheet:
        day = date(2022, 7, 1)
        prove(one, Kind.TIMESHEET, finance, signed_on=day if sheet[0] else None,
              countersigned_on=day if sheet[1] else None)  # fmt: skip
    said = told(one)[3]
    assert said.startswith(missing)
    assert bool(said) == bool(missing)


@pytest.mark.slow
def test_rule_21_a_flat_rate_takes_no_line_and_follows_its_base(operation, partner, finance):
    grant(operation, finance)
    flat = operation.categories.get(kind="flat")
    with pytest.raises(Refused, match="est un forfait"):
        expense(partner, finance, category=flat.code)
    with pytest.raises(Refused, match="un forfait, pas deux"):
        operations.set_flat_rate(operation, "indirects-15", by=finance, at=AT)
    for key in ("50", "33.3333"):
        one = month(partner, finance, key)
        prove(one, Kind.PAYSLIP, finance)
        prove(one, Kind.MISSION, finance, share=D(key))
    claim = claims.prepare(operation, by=finance, at=AT)
    assert [(line.category.code, line.eligible) for line in claim.lines.filter(expense=None)] == [
        (flat.code, D("375.00"))  # 15 % of 1,500.00 and 1,000.00.
    ]


@pytest.mark.parametrize("gap", ["threshold", "publicity", "awarded_on", "notified_on", "document"])
def test_rule_24_a_purchase_is_claimed_once_its_record_says_everything(partner, finance, gap):
    record = contract(partner, finance, **{gap: None if gap.endswith("_on") or gap == "document" else ""})
    one = expense(partner, finance, contract=record)
    assert told(one)[0] == State.INCOMPLETE
    assert told(one)[3].startswith("Dans la fiche du marché, ")
    full = contract(partner, finance, "2022-02")
    setattr(record, gap, getattr(full, gap))
    operations.record_contract(record, by=finance, at=AT)
    assert told(one)[0] == State.ELIGIBLE


def test_rule_24_a_purchase_has_a_record_and_it_is_of_its_supplier(partner, finance):
    assert told(expense(partner, finance, contract=None))[3] == "La fiche du marché"
    record = contract(partner, finance, supplier_siret=OTHER_SUPPLIER)
    assert told(expense(partner, finance, "F-2", contract=record, supplier_siret=SUPPLIER))[3] == (
        "Le même fournisseur que dans la fiche du marché"
    )


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"key": D("0.0001")}, ""),
        ({"key": D("0")}, "La part imputée va de"),
        ({"key": D("100.0001")}, "La part imputée va de"),
        ({"key": D("NaN")}, "La part imputée va de"),
        ({"net": D("0.01")}, ""),
        ({"net": D("0.00")}, "hors taxes est nul"),
        ({"net": D("-1.00")}, "sans signe"),
        ({"net": D("1.001")}, "en euros et en centimes"),
        ({"net": D("Infinity")}, "en euros et en centimes"),
        ({"vat": D("-1.00")}, "sans signe"),
        ({"subject": " "}, "Dites l’objet"),
        ({"service_from": date(2022, 6, 1)}, "donnez les deux"),
        ({"service_from": date(2022, 6, 2), "service_until": date(2022, 6, 1)}, "donnez les deux"),
        ({"service_from": date(2022, 6, 1), "service_until": date(2022, 6, 1)}, ""),
        ({"mandated_on": date(2022, 6, 20)}, ""),
        ({"mandated_on": date(2022, 6, 21)}, "Le paiement précède le mandat"),
        ({"supplier_siret": "99999800800019"}, "SIRET"),
    ],
)
def test_an_expense_that_cannot_be_is_not_recorded(partner, finance, fields, says):
    fields = {"contract": None, **fields}
    if not says:
        assert expense(partner, finance, pieces=False, **fields).pk
        return
    with pytest.raises(Refused, match=says):
        expense(partner, finance, pieces=False, **fields)
    assert not Expense.objects.exists()


@pytest.mark.parametrize("missing", ["person", "service_from", "service_until"])
def test_a_month_says_of_whom_and_when(partner, finance, missing):
    with pytest.raises(Refused, match="disent la personne"):
        month(partner, finance, **{missing: "" if missing == "person" else None})
