"""The file of an operation: its terms, its purchases, what each claim waits for; schemes read as data."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from socle.grants.actions import claims, operations
from socle.grants.models import Operation, Paper
from socle.grants.rules import why_not_answer_line, why_not_send, why_not_terms
from socle.grants.schemes import read, schemes
from socle.journal.models import Entry
from socle.lib.refusals import Refused
from tests import factories as f
from tests.grants.situations import AT, contract, expense, grant

D = Decimal
DAY = date(2022, 6, 1)


@pytest.mark.parametrize(
    ("terms", "says"),
    [
        ({}, ""),
        ({"spend_from": DAY, "spend_until": DAY, "paid_from": DAY, "paid_until": DAY}, ""),
        ({"spend_from": date(2022, 6, 2), "spend_until": DAY}, "Une période commence"),
        ({"paid_from": date(2022, 6, 2), "paid_until": DAY}, "Une période commence"),
        ({"name": " "}, "Nommez l’opération"),
        ({"rate": D("0")}, "Un taux d’aide"),
        ({"rate": D("1")}, ""),
        ({"rate": D("1.0001")}, "Un taux d’aide"),
        ({"grant": D("0.00")}, ""),
        ({"grant": D("-1.00")}, "sans signe"),
        ({"grant": D("1.001")}, "en centimes"),
    ],
)
def test_the_terms_of_an_operation_at_their_bounds(terms, says):
    facts = {
        "name": "Essai", "rate": D("0.8"), "spend_from": DAY, "spend_until": date(2023, 1, 1), "paid_from": DAY,
        "paid_until": date(2023, 1, 1),
    }  # fmt: skip
    assert says in (why_not_terms(Operation(**{**facts, **terms})) or "")
    assert bool(why_not_terms(Operation(**{**facts, **terms}))) == bool(says)


def test_every_scheme_says_where_each_term_comes_from():
    assert set(schemes()) == {"react-eu", "feder-2021-2027", "detr"}
    for scheme in schemes().values():
        assert all(term.source for term in scheme.terms.values())
        assert {"rate", "spend_from", "spend_until", "paid_from", "paid_until", "vat_basis"} <= set(scheme.terms)
        assert all("à vérifier" in term.cited for term in scheme.terms.values() if not term.is_read)
    react = schemes()["react-eu"]
    assert (react.value("rate"), react.value("claim_until")) == (D("0.80"), date(2025, 7, 31))
    assert react.value("vat_basis") is None, "its authority says it"


@pytest.mark.parametrize(
    ("scheme", "name", "value", "says"),
    [
        *((code, "min_own_share", D("0.20"), "opérations d’investissement") for code in schemes()),
        ("detr", "vat_basis", "net", "sans article cité"),
    ],
)
def test_paper_23_what_of_a_scheme_was_only_remembered_is_a_parameter_that_a_person_validates(
    scheme, name, value, says
):
    term = schemes()[scheme].terms[name]
    assert (term.value, term.is_read) == (value, False)
    assert says in term.cited
    assert term.cited.endswith(" (à vérifier, puis à valider par une personne)")


HEADS = 'name = "a"\nfund = "b"\nprogramme = "c"\nauthority = "d"\n'
ONE = '[[category]]\ncode = "x"\nname = "X"\nkind = "real"\n'


@pytest.mark.parametrize(
    "content",
    [
        '[rate]\nvalue = "1.5"\nsource = "s"\nread = true\n',
        '[rate]\nvalue = 0.8\nsource = "s"\nread = true\n',
        '[unknown]\nvalue = 1\nsource = "s"\nread = true\n',
        '[spend_from]\nvalue = "2022-01-01"\nsource = "s"\nread = true\n',
        '[[flat_rate]]\ncode = "f"\nname = "F"\nrate = "0.15"\non = ["y"]\nsource = "s"\nread = true\n',
    ],
)
def test_a_scheme_that_is_none_is_refused_when_it_is_read(content):
    read("a", HEADS + ONE)
    with pytest.raises(ValueError, match=r"\S"):
        read("a", HEADS + content + ONE)


def test_a_purchase_has_a_number_of_its_own_and_an_amount(partner, finance):
    first = contract(partner, finance)
    with pytest.raises(Refused, match="existe déjà"):
        contract_again(partner, finance, first.number)
    with pytest.raises(Refused, match="sans signe"):
        contract(partner, finance, "2022-09", amount=D("-1.00"))


def contract_again(partner, finance, number):
    one = contract(partner, finance, number)
    one.pk = None
    one._state.adding = True
    return operations.record_contract(one, by=finance, at=AT)


@pytest.mark.slow
def test_rule_22_each_part_of_a_visa_is_wanted(operation, partner, finance):
    grant(operation, finance)
    expense(partner, finance)
    claim = claims.prepare(operation, by=finance, at=AT)
    document = Paper.objects.first().document
    full = {"certified_at": AT, "visa": document, "visa_name": "Camille", "visa_on": DAY}
    claim.statements.update(**full)
    assert why_not_send(claim, list(claim.statements.all())) is None
    for name, empty in (("certified_at", None), ("visa", None), ("visa_name", ""), ("visa_on", None)):
        claim.statements.update(**{**full, name: empty})
        assert "l’état de" in (why_not_send(claim, list(claim.statements.all())) or "").casefold(), name
    line = claim.lines.get()
    assert why_not_answer_line(line, accepted=line.eligible, refusal="") is None


def test_an_application_is_filed_once_it_is_approved_and_whole(operation, partner, cdg, finance):
    def refused() -> str:
        with pytest.raises(Refused) as one:
            operations.file_application(operation, on=DAY, by=finance, at=AT)
        return one.value.sentence

    article, operation.article = operation.article, None
    assert "Désignez l’article" in refused()
    operation.article = article
    assert "convention de partenariat" in refused()
    add = {"filename": "a.pdf", "by": finance, "at": AT}
    for kind, name in ((Paper.Kind.APPLICATION, "  "), ("nothing", "Formulaire")):
        with pytest.raises(Refused, match="nature de cette pièce"):
            operations.add_paper(operation, f.pdf(), kind=kind, name=name, **add)
    operations.add_paper(operation, f.pdf(), kind=Paper.Kind.PARTNERSHIP, name="Convention", **add)
    assert "pièces de la demande" in refused()
    first = operations.add_paper(operation, f.pdf(), kind=Paper.Kind.APPLICATION, name="Formulaire", **add)
    again = operations.add_paper(operation, f.pdf(2), kind=Paper.Kind.APPLICATION, name="Formulaire ", **add)
    assert (first.version, again.version) == (1, 2)
    operations.file_application(operation, on=DAY, by=finance, at=AT)
    assert operation.status == "filed"
    operations.note_complete(operation, on=DAY, by=finance, at=AT)
    assert (operation.status, operation.complete_on) == ("complete", DAY)
    verbs = Entry.objects.filter(object_type="grants.operation").order_by("id").values_list("verb", flat=True)
    assert list(verbs)[-2:] == ["operation.filed", "operation.complete"]
    with pytest.raises(Refused, match="Versez d’abord l’acte attributif"):
        operations.note_grant(operation, on=DAY, grant=D(1), reference="", by=finance, at=AT)
