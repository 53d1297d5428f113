"""Claims: frozen, certified, visaed, sent, answered, paid, paid on. Rules 22, 23 and 26, and who may do what."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from socle.documents import erasure
from socle.documents.models import Document
from socle.grants import rules
from socle.grants.actions import claims, expenses, operations
from socle.grants.models import Claim, ClaimStatus, Operation, Statement
from socle.grants.queries import dues, partners_seen
from socle.grants.retention import EVIDENCE
from socle.grants.rules import why_not_change
from socle.grants.schemes import retained_until
from socle.grants.statements import Digest, lines_of
from socle.lib.refusals import Refused
from socle.people.models import Operator, Role, User
from tests import factories as f
from tests.grants.situations import AT, Kind, expense, grant, month, opened, prove

D = Decimal


@pytest.fixture
def president(lead):
    return f.member(Role.PRESIDENT, lead)


@pytest.fixture
def claim(operation, partner, finance):
    grant(operation, finance)
    expense(partner, finance, "F-1")
    expense(partner, finance, "F-2", paid_on=date(2024, 1, 5))
    expense(partner, finance, "F-3", pieces=False)
    return claims.prepare(operation, by=finance, at=AT)


def visa(statement: Statement, **fields) -> claims.Visa:
    facts = {
        "content": f.pdf(), "content_type": "application/pdf", "name": "Comptable fictive",
        "quality": "comptable publique", "on": AT.date(), "way": Statement.Way.PAPER, "code": statement.code,
    }  # fmt: skip
    return claims.Visa(**{**facts, **fields})


def sent(claim, president, finance):
    for statement in claim.statements.all():
        claims.certify(statement, quality="présidente", by=president, at=AT)
        claims.record_visa(statement, visa(statement), by=finance, at=AT)
    claims.send(claim, on=AT.date(), by=finance, at=AT)
    return claim


@pytest.mark.slow
def test_a_claim_holds_what_is_ready_and_what_counts_for_nothing_with_the_reason(claim, finance):
    lines = [
        (line.rank, line.expense.invoice_number, str(line.eligible), line.reason[:5]) for line in claim.lines.all()
    ]
    assert lines == [(1, "F-1", "1000.00", ""), (2, "F-2", "0.00", "Payée")]
    assert (claim.eligible, claim.aid) == (D("1000.00"), D("800.00"))
    with pytest.raises(Refused, match="déjà en préparation"):
        claims.prepare(claim.operation, by=finance, at=AT)
    one = claim.lines.get(rank=1).expense
    with pytest.raises(Refused, match="ne change plus"):
        expenses.correct(one, by=finance, at=AT)
    # What no claim holds still changes.
    assert why_not_change(expense(one.partner, finance, "F-9")) is None


@pytest.mark.slow
def test_the_code_of_a_statement_is_that_of_its_lines_as_they_are_kept(operation, partner, finance, claim):
    def told():
        digest = Digest(claim, partner)
        for line in lines_of(claim, partner):
            digest.add(line)
        return digest.sha256

    statement = claim.statements.get()
    assert told() == statement.sha256
    assert statement.code.replace("-", "").lower() == statement.sha256[:8]
    for changed in ({"eligible": D("999.99")}, {"reason": "autre"}, {"rank": 7}):
        line = claim.lines.get(rank=1)
        type(line).objects.filter(pk=line.pk).update(**changed)
        assert told() != statement.sha256
        type(line).objects.filter(pk=line.pk).update(**{name: getattr(line, name) for name in changed})


@pytest.mark.slow
def test_a_claim_that_is_cancelled_sets_its_lines_free(claim, finance):
    claims.cancel(claim, by=finance, at=AT)
    again = claims.prepare(claim.operation, by=finance, at=AT)
    assert (again.number, again.eligible) == (2, D("1000.00"))
    with pytest.raises(Refused, match="ne le permet pas"):
        claims.cancel(claim, by=finance, at=AT)


@pytest.mark.slow
def test_rule_22_a_claim_leaves_certified_then_visaed_with_name_and_date(claim, president, finance):
    statement = claim.statements.get()
    with pytest.raises(Refused, match="une fois certifié"):
        claims.record_visa(statement, visa(statement), by=finance, at=AT)
    with pytest.raises(Refused, match="n’est pas certifié"):
        claims.send(claim, on=AT.date(), by=finance, at=AT)
    with pytest.raises(Refused, match="se certifie par la présidence"):
        claims.certify(statement, quality="", by=finance, at=AT)
    claims.certify(statement, quality="présidente", by=president, at=AT)
    with pytest.raises(Refused, match="n’est pas visé par son comptable"):
        claims.send(claim, on=AT.date(), by=finance, at=AT)
    for wrong in ({"name": " "}, {"quality": ""}, {"on": None}):
        with pytest.raises(Refused, match="Un visa dit le nom"):
            claims.record_visa(statement, visa(statement, **wrong), by=finance, at=AT)
    with pytest.raises(Refused, match="à venir"):
        claims.record_visa(statement, visa(statement, on=AT.date() + timedelta(days=1)), by=finance, at=AT)
    claims.record_visa(statement, visa(statement), by=finance, at=AT)
    claims.send(claim, on=AT.date(), by=finance, at=AT)
    assert claim.status == ClaimStatus.SENT


@pytest.mark.slow
def test_no_statement_nor_payment_is_certified_by_the_platform_itself(claim, president, finance):
    socle, statement = User.objects.system(), claim.statements.get()
    with pytest.raises(Refused, match="par une personne, à son nom"):
        claims.certify(statement, quality="", by=socle, at=AT)
    sent(claim, president, finance)
    statement.refresh_from_db()
    assert statement.certified_by == president
    claims.note_answer(claim, [], on=AT.date(), by=finance, at=AT)
    with pytest.raises(Refused, match="par une personne, à son nom"):
        claims.note_received(claim, amount=D("800.00"), on=AT.date(), by=socle, at=AT)
    claims.note_received(claim, amount=D("800.00"), on=AT.date(), by=finance, at=AT)
    statement.refresh_from_db()
    with pytest.raises(Refused, match="par une personne, à son nom"):
        claims.pay_on(statement, amount=D("1.00"), on=AT.date(), by=socle, at=AT)


@pytest.mark.slow
def test_rule_22_a_visa_on_another_version_is_refused(claim, president, partner, finance):
    former = claim.statements.get()
    claims.certify(former, quality="présidente", by=president, at=AT)
    claims.cancel(claim, by=finance, at=AT)
    expense(partner, finance, "F-4")
    again = claims.prepare(claim.operation, by=finance, at=AT).statements.get()
    assert again.code != former.code
    claims.certify(again, quality="présidente", by=president, at=AT)
    with pytest.raises(Refused, match="porte sur une autre version"):
        claims.record_visa(again, visa(again, code=former.code), by=finance, at=AT)
    signed_elsewhere = visa(again, way=Statement.Way.CERTIFICATE, content=f.pdf(3))
    with pytest.raises(Refused, match="n’est pas le document à signer"):
        claims.record_visa(again, signed_elsewhere, by=finance, at=AT)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (claims.Answer(1, D("1000.01")), "1 000,01 € acceptés"),
        (claims.Answer(1, D("999.99")), "dites pourquoi"),
        (claims.Answer(1, D("-1.00"), "non"), "sans signe"),
        (claims.Answer(9, D("0.00"), "non"), "pas de ligne 9"),
        ([claims.Answer(1, D("0.00"), "non"), claims.Answer(1, D("1.00"), "non")], "deux fois la même ligne"),
    ],
)
@pytest.mark.slow
def test_an_answer_that_cannot_be_is_refused(claim, president, finance, answer, says):
    sent(claim, president, finance)
    with pytest.raises(Refused) as refused:
        claims.note_answer(claim, answer if isinstance(answer, list) else [answer], on=AT.date(), by=finance, at=AT)
    assert says in refused.value.sentence.replace("\u202f", " ").replace("\u00a0", " ")


@pytest.mark.slow
def test_rule_23_what_is_due_comes_from_accepted_spend_and_days_run_until_it_is_paid_on(
    operation, partner, cdg, president, finance
):
    grant(operation, finance)
    expense(partner, finance, "F-1")
    other = cdg.operator.memberships.get(role=Role.FINANCE_OFFICER).user
    expense(cdg, other, "F-2")
    head = f.member(Role.CDG_PRESIDENT, cdg.operator)
    claim = claims.prepare(operation, by=finance, at=AT)
    for statement in claim.statements.all():
        claims.certify(statement, quality="", by=head if statement.partner == cdg else president, at=AT)
        by = other if statement.partner == cdg else finance
        claims.record_visa(statement, visa(statement), by=by, at=AT)
    claims.send(claim, on=AT.date(), by=finance, at=AT)
    line = claim.lines.get(partner=cdg)
    claims.note_answer(
        claim, [claims.Answer(line.rank, D("500.00"), "part non prouvée")], on=AT.date(), by=finance, at=AT
    )
    assert (claim.accepted, claim.aid_due) == (D("1500.00"), D("1200.00"))
    of_each = claim.statements.order_by("partner").values_list("accepted", "aid_due")
    assert list(of_each) == [(D("1000.00"), D("800.00")), (D("500.00"), D("400.00"))]
    with pytest.raises(Refused, match="dépasse l’aide due"):
        claims.note_received(claim, amount=D("1200.01"), on=AT.date(), by=finance, at=AT)
    statement = claim.statements.get(partner=cdg)
    with pytest.raises(Refused, match="L’aide n’est pas reçue"):
        claims.pay_on(statement, amount=D("400.00"), on=AT.date(), by=finance, at=AT)
    claims.note_received(claim, amount=D("1200.00"), on=date(2023, 7, 1), by=finance, at=AT)
    statement = claim.statements.get(partner=cdg)
    with pytest.raises(Refused, match="dépasse ce qui reste"):
        claims.pay_on(statement, amount=D("400.01"), on=date(2023, 7, 11), by=finance, at=AT)
    claims.pay_on(statement, amount=D("150.00"), on=date(2023, 7, 6), by=finance, at=AT)
    [due] = [one for one in dues(claim) if one.statement == statement]
    assert (due.amount, due.left, due.days(date(2023, 7, 31))) == (D("400.00"), D("250.00"), 30)
    claims.pay_on(statement, amount=D("250.00"), on=date(2023, 7, 11), by=finance, at=AT)
    [due] = [one for one in dues(claim) if one.statement == statement]
    assert (due.left, due.days(date(2023, 7, 31))) == (D("0.00"), 10)
    with pytest.raises(Refused, match="dit pourquoi"):
        claims.pay_on(statement, amount=D("-100.00"), on=date(2023, 8, 1), by=finance, at=AT)
    claims.pay_on(statement, amount=D("-100.00"), on=date(2023, 8, 1), reason="contrôle", by=finance, at=AT)
    with pytest.raises(Refused, match="dépasse ce qui reste"):
        claims.pay_on(statement, amount=D("-300.01"), on=date(2023, 8, 1), reason="contrôle", by=finance, at=AT)


@pytest.mark.parametrize("held_by", ["partner", "grant"])
@pytest.mark.slow
def test_a_ceiling_counts_neither_what_was_cancelled_nor_what_was_refused(
    operation, partner, president, finance, held_by
):
    """Two purchases of 800 euros of aid each, and a ceiling of 900."""
    grant(operation, finance, "900.00" if held_by == "grant" else "80000.00")
    if held_by == "partner":
        operations.add_partner(operation, partner.operator, ceiling=D("900.00"), by=finance, at=AT)
    expense(partner, finance, "F-1")
    first = claims.prepare(operation, by=finance, at=AT)
    assert (first.aid, first.is_capped) == (D("800.00"), False)
    claims.cancel(first, by=finance, at=AT)
    again = sent(claims.prepare(operation, by=finance, at=AT), president, finance)
    assert (again.aid, again.is_capped) == (D("800.00"), False)
    claims.note_answer(again, [claims.Answer(1, D("250.00"), "hors projet")], on=AT.date(), by=finance, at=AT)
    assert again.aid_due == D("200.00")
    expense(partner, finance, "F-2")
    last = claims.prepare(operation, by=finance, at=AT)
    assert (last.aid, last.is_capped) == (D("700.00"), True)


@pytest.mark.slow
def test_a_flat_rate_is_accepted_as_far_as_its_base_is(operation, partner, president, finance):
    grant(operation, finance)
    one = month(partner, finance)
    prove(one, Kind.PAYSLIP, finance)
    prove(one, Kind.MISSION, finance, share=D("50"))
    claim = sent(claims.prepare(operation, by=finance, at=AT), president, finance)
    claims.note_answer(claim, [claims.Answer(1, D("1000.00"), "prime exclue")], on=AT.date(), by=finance, at=AT)
    assert [(str(line.eligible), str(line.accepted)) for line in claim.lines.all()] == [
        ("1500.00", "1000.00"),
        ("225.00", "150.00"),
    ]
    assert claim.lines.get(expense=None).refusal


@pytest.mark.parametrize(
    ("accounts", "years", "until"),
    [
        (date(2024, 2, 15), 3, date(2027, 12, 31)),
        (date(2024, 12, 31), 3, date(2027, 12, 31)),
        (None, 3, None),
        (date(2024, 2, 15), None, None),
    ],
)
def test_rule_26_an_unknown_day_of_the_accounts_means_keep(accounts, years, until):
    assert retained_until(accounts, years) == until


@pytest.mark.parametrize(("planned", "year"), [("999999.99", 2027), ("1000000.00", 2026)])
def test_rule_26_a_large_operation_keeps_its_evidence_as_its_scheme_says(operation, partner, finance, planned, year):
    category = operation.categories.get(code="materiel")
    operations.plan(partner, category, 2022, D(planned), by=finance, at=AT)
    # What another operation plans counts for it alone.
    other = opened(operation.programme, finance)
    operations.plan(
        other.partners.get(), other.categories.get(code="materiel"), 2022, D("5000000.00"), by=finance, at=AT
    )
    assert operations.note_accounts(operation, on=date(2024, 2, 15), by=finance, at=AT) == date(year, 12, 31)


@pytest.mark.slow
def test_rule_26_a_scheme_that_counts_from_the_last_payment_waits_for_the_end(claim, president, finance):
    operation = claim.operation
    Operation.objects.update(scheme="feder-2021-2027")
    operation.refresh_from_db()
    assert operations.note_accounts(operation, on=date(2024, 2, 15), by=finance, at=AT) is None
    sent(claim, president, finance)
    claims.note_answer(claim, [], on=AT.date(), by=finance, at=AT)
    claims.note_received(claim, amount=D("800.00"), on=date(2024, 7, 9), by=finance, at=AT)
    document = claim.lines.first().expense.evidence.first().document
    assert document.kept_until is None
    operations.close(operation, because="Tout fut payé par acomptes.", by=finance, at=AT)
    document.refresh_from_db()
    assert document.kept_until == date(2029, 12, 31)
    operations.reopen(operation, by=finance, at=AT)
    document.refresh_from_db()
    assert document.kept_until is None, "what it is kept for may still be asked"


@pytest.mark.slow
def test_rule_26_no_evidence_goes_before_its_last_day_and_all_goes_after(operation, partner, finance):
    one = expense(partner, finance)
    document = one.evidence.get(kind=Kind.INVOICE).document
    far = datetime(2099, 1, 1, tzinfo=UTC)
    assert erasure.end_due(EVIDENCE, far, by=finance, at=far, is_dry=True) == 0, "nothing has a last day"
    operations.note_accounts(operation, on=date(2024, 2, 15), by=finance, at=AT)
    last_day, day_after = datetime(2027, 12, 31, 12, tzinfo=UTC), datetime(2028, 1, 1, 12, tzinfo=UTC)
    assert erasure.end_due(EVIDENCE, last_day, by=finance, at=last_day, is_dry=False) == 0
    later = expense(partner, finance, "F-2").evidence.first().document
    assert later.kept_until == date(2027, 12, 31), "a piece that comes after has its last day too"
    erasure.end_due(EVIDENCE, day_after, by=finance, at=day_after, is_dry=False)
    document = Document.objects.get(pk=document.pk)
    assert document.ended_at
    assert document.sha256
    assert document.title == "Pièce d’une opération subventionnée"
    operations.note_accounts(operation, on=None, by=finance, at=AT)


@pytest.mark.parametrize(
    ("states", "because", "says"),
    [
        ([], "", "Aucun solde n’est payé"),
        ([], " ", "Aucun solde n’est payé"),
        ([], "L’autorité renonce au solde.", None),
        ([("prepared", False)], "Un motif.", "La demande n°\u00a01 n’est pas payée"),
        ([("answered", True)], "Un motif.", "La demande n°\u00a01 n’est pas payée"),
        ([("cancelled", True)], "", "Aucun solde n’est payé"),
        ([("paid", False)], "", "Aucun solde n’est payé"),
        ([("paid", False)], "Un motif.", None),
        ([("paid", False), ("paid", True)], "", None),
        ([("paid", True), ("sent", False)], "", "La demande n°\u00a02 n’est pas payée"),
    ],
)
def test_an_operation_is_closed_once_a_balance_is_paid_or_a_word_says_why(operation, finance, states, because, says):
    Operation.objects.update(status="granted")
    operation.refresh_from_db()
    for number, (status, is_balance) in enumerate(states, start=1):
        Claim.objects.create(
            operation=operation, number=number, status=status, is_balance=is_balance, eligible=D(1), aid=D(1),
            prepared_by=finance, prepared_at=AT,
        )  # fmt: skip
    said = rules.why_not_close(operation, because=because)
    assert said is None if says is None else says in said


@pytest.mark.parametrize(
    ("status", "days", "says"),
    [
        ("closed", 0, None),
        ("closed", 30, None),
        ("closed", 31, "jusqu’au 1er\u00a0juillet\u00a02023"),
        ("closed", None, "Le jour de cette fin n’est pas connu"),
        ("refused", 30, None),
        ("granted", 0, "L’état de ce dossier"),
    ],
)
def test_an_operation_is_reopened_within_thirty_days(operation, status, days, says):
    operation.status, operation.ended_at = status, None if days is None else AT
    said = rules.why_not_reopen(operation, on=AT.date() + timedelta(days=days or 0))
    assert said is None if says is None else says in said


@pytest.mark.parametrize(("to", "was"), [("closed", "granted"), ("refused", "filed"), ("refused", "complete")])
def test_an_operation_ended_by_mistake_goes_back_to_where_it_was(operation, partner, cdg, finance, to, was):
    Operation.objects.update(status=was)
    operation.refresh_from_db()
    if to == "closed":
        operations.close(operation, because="L’autorité renonce au solde.", by=finance, at=AT)
        assert operation.closed_because == "L’autorité renonce au solde."
    else:
        operations.note_refusal(operation, by=finance, at=AT)
    assert (operation.status, operation.ended_at, operation.ended_from) == (to, AT, was)
    theirs = cdg.operator.memberships.get(role=Role.FINANCE_OFFICER).user
    with pytest.raises(Refused, match="chef de file"):
        operations.reopen(operation, by=theirs, at=AT)
    operations.reopen(operation, by=finance, at=AT + timedelta(days=30))
    operation.refresh_from_db()
    assert (operation.status, operation.ended_at, operation.closed_because) == (was, None, "")
    with pytest.raises(Refused, match="L’état de ce dossier"):
        operations.reopen(operation, by=finance, at=AT)


# --- Who -------------------------------------------------------------------------------------------------------------
def test_each_partner_keeps_its_own_lines_and_the_lead_those_of_who_has_nobody(operation, partner, cdg, finance):
    theirs = cdg.operator.memberships.get(role=Role.FINANCE_OFFICER).user
    with pytest.raises(Refused, match="tient ses propres dépenses"):
        expense(cdg, finance, contract=None)
    with pytest.raises(Refused, match="tient ses propres dépenses"):
        expense(partner, theirs, contract=None)
    alone = operations.add_partner(operation, Operator.objects.get(code="cdg62"), by=finance, at=AT)
    expense(alone, finance, "F-7", contract=None, pieces=False)
    with pytest.raises(Refused, match="dossier est tenu"):
        operations.change_terms(operation, name="Autre", by=theirs, at=AT)


def test_a_partner_sees_its_own_lines_and_the_lead_all(operation, partner, cdg):
    assert {one.pk for one in partners_seen(operation, partner.operator)} == {partner.pk, cdg.pk}
    assert [one.pk for one in partners_seen(operation, cdg.operator)] == [cdg.pk]
    assert partners_seen(operation, Operator.objects.get(code="cdg62")) == []


@pytest.mark.parametrize(
    ("act", "says"),
    [
        (lambda one, by: claims.prepare(one, by=by, at=AT), "une fois l’aide attribuée"),
        (lambda one, by: operations.file_application(one, on=AT.date(), by=by, at=AT), "Versez d’abord les pièces"),
        (
            lambda one, by: operations.note_grant(one, on=AT.date(), grant=D(1), reference="", by=by, at=AT),
            "L’état de ce dossier",
        ),
        (lambda one, by: operations.close(one, by=by, at=AT), "L’état de ce dossier"),
    ],
)
def test_each_step_waits_for_the_one_before(operation, finance, act, says):
    with pytest.raises(Refused, match=says):
        act(operation, finance)
    assert Operation.objects.get().status == "draft"


@pytest.mark.slow
def test_no_claim_after_the_last_day_of_claims(operation, partner, finance):
    grant(operation, finance)
    expense(partner, finance)
    late = datetime(2025, 8, 1, 9, tzinfo=UTC)
    with pytest.raises(Refused, match="Les demandes étaient reçues jusqu’au 31"):
        claims.prepare(operation, by=finance, at=late)
    assert claims.prepare(operation, by=finance, at=datetime(2025, 7, 31, 9, tzinfo=UTC)).number == 1
