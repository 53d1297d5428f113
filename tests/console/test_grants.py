"""« Subventions » at the operators' door: who reads and does what, an invoice dropped and confirmed, a claim paid."""

from __future__ import annotations

import io
from datetime import date, timedelta
from decimal import Decimal

import openpyxl
import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from socle.console.urls import urlpatterns
from socle.documents import actions as documents
from socle.documents.models import Document
from socle.grants.actions import claims, operations
from socle.grants.models import Claim, Expense, Operation
from socle.grants.verbs import VERBS
from socle.integrations.events import EVENTS, EVENTS_OF_OPERATORS, EVENTS_OF_THE_LEAD
from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.people.actions import keep_role
from socle.people.invitations import invite
from socle.people.models import Operator, Role
from tests import factories as f
from tests.consistency import house
from tests.console.test_access import PAGES, fill
from tests.grants import situations as grants
from tests.grants.situations import AT
from tests.lib import invoice_samples

D = Decimal


@pytest.fixture(autouse=True)
def no_hurry(settings):
    settings.RATE_LIMITS = {"exports": "100000/60"}


@pytest.fixture
def operation(world):
    one = grants.granted(world.programme, world.people["finance"])
    cdg = operations.add_partner(one, Operator.objects.get(code="cdg59"), by=world.people["finance"], at=AT)
    f.member(Role.FINANCE_OFFICER, cdg.operator, email="finances@cdg59.exemple.invalid")
    return one


@pytest.fixture
def theirs(operation):
    """The finance officer of the second partner."""
    person = partner(operation, "cdg59").operator.memberships.get(role=Role.FINANCE_OFFICER).user
    f.second_factor(person)
    return person


def partner(operation, code):
    return operation.partners.select_related("operator", "operation").get(operator__code=code)


def pages(operation, expense, piece, contract, claim, statement):
    """Every address of an operation that is read, by its name."""
    base = [operation.pk]
    return {
        "grant": base,
        "grant_terms": base,
        "grant_plan": [*base, expense.partner_id],
        "grant_paper_file": [*base, operation.papers.first().pk],
        "expenses": base,
        "expense_new": base,
        "expense": [*base, expense.pk],
        "expense_piece_file": [*base, expense.pk, piece.pk],
        "contracts": base,
        "contract_new": base,
        "contract": [*base, contract.pk],
        "contract_file": [*base, contract.pk],
        "claim_prepare": base,
        "claim": [*base, claim.number],
        "claim_statement": [*base, claim.number, statement.pk, "lire"],
    }


@pytest.mark.slow
def test_each_partner_reads_its_own_lines_and_a_stranger_none(world, enter, client, operation, theirs):
    finance = world.people["finance"]
    mine = grants.expense(partner(operation, "npdcn"), finance)
    other = grants.expense(partner(operation, "cdg59"), theirs, "F-2", net=D("7319.45"))
    claim = claims.prepare(operation, by=finance, at=AT)

    def of(one):
        statement = claim.statements.get(partner=one.partner)
        return pages(operation, one, one.evidence.first(), one.contract, claim, statement)

    def walk(reader, one):
        return {name: reader.get(reverse(f"console:{name}", args=args)).status_code for name, args in of(one).items()}

    lead = enter("finance")
    assert set(walk(lead, mine).values()) == set(walk(lead, other).values()) == {200}
    client.force_login(theirs, backend="allauth.account.auth_backends.AuthenticationBackend")
    seen = walk(client, other)
    assert {name for name, status in seen.items() if status != 200} == {"grant_terms", "grant_paper_file"}
    assert (seen["grant_terms"], seen["grant_paper_file"]) == (403, 404)
    hidden = walk(client, mine)
    whose = ("expense", "expense_piece_file", "contract", "contract_file", "grant_plan", "claim_statement")
    assert {hidden[name] for name in whose} == {404}
    for name in ("grant", "expenses", "claim", "claim_prepare", "contracts"):
        page = client.get(reverse(f"console:{name}", args=of(mine)[name])).content.decode()
        assert "1\u202f000,00" not in page, name
        assert mine.subject not in page or name == "contracts"
    assert client.get(reverse("console:claim_file", args=[operation.pk, 1, "pieces.zip"])).status_code == 404
    listed = client.get(reverse("console:expenses_file", args=[operation.pk, "csv"]))
    content = b"".join(listed.streaming_content) if listed.streaming else listed.content
    assert "Achat F-2" in content.decode()
    assert "Achat F-1" not in content.decode()
    stranger = enter("cdg62_president")
    assert set(walk(stranger, mine).values()) == {404}
    officer = enter("officer")
    assert set(walk(officer, mine).values()) == {403}, "payslips are not for all the lead's people"


@pytest.mark.slow
def test_no_gesture_on_the_lines_of_another(world, client, operation, theirs):
    finance = world.people["finance"]
    mine = grants.expense(partner(operation, "npdcn"), finance)
    claim = claims.prepare(operation, by=finance, at=AT)
    statement = claim.statements.get()
    client.force_login(theirs, backend="allauth.account.auth_backends.AuthenticationBackend")
    base = [operation.pk]
    gestures = {
        "expense_correct": [*base, mine.pk], "expense_piece": [*base, mine.pk], "expense_withdraw": [*base, mine.pk],
        "claim_certify": [*base, 1, statement.pk], "claim_visa": [*base, 1, statement.pk],
        "claim_pay_on": [*base, 1, statement.pk],
    }  # fmt: skip
    for name, args in gestures.items():
        assert client.post(reverse(f"console:{name}", args=args)).status_code == 404, name
    before = Operation.objects.get(pk=operation.pk).__dict__
    forms = {
        "grant_partner": {"partenaire-operator": Operator.objects.get(code="cdg62").pk},
        "grant_step": {"etape": "rouvre"},
        "grant_accounts": {"comptes-on": "2024-02-15"},
        "claim_prepare": {},
        "claim_send": {"annuler": "oui", "args": 1},
    }
    for name, data in forms.items():
        args = [*base, 1] if data.pop("args", None) else base
        response = client.post(reverse(f"console:{name}", args=args), data, follow=True)
        assert "chef de file" in response.content.decode(), name
    after = Operation.objects.get(pk=operation.pk).__dict__
    assert {k: v for k, v in after.items() if k != "_state"} == {k: v for k, v in before.items() if k != "_state"}
    assert operation.partners.count() == 2
    assert Claim.objects.get().status == "prepared"


@pytest.mark.slow
def test_closing_says_what_is_lost_wants_a_balance_or_a_word_and_is_taken_back(world, enter, operation, theirs, client):
    by, mine = world.people["finance"], partner(operation, "npdcn")
    grants.expense(mine, by)
    grants.expense(mine, by, "F-2", pieces=False)
    lead = enter("finance")
    address, page = (reverse(f"console:{name}", args=[operation.pk]) for name in ("grant_close", "grant"))
    assert address in lead.get(page).content.decode()
    said = BeautifulSoup(lead.get(address).content, "html.parser").select_one("main").get_text(" ", strip=True)
    assert "1 dépense prête\u00a0: 1\u202f000,00\u00a0€ éligibles" in said
    assert "1\u202f000,00\u00a0€ attendent leurs pièces" in said
    assert "pendant 30\u00a0jours" in said
    refused = lead.post(address, {"because": " "})
    assert (refused.status_code, "Aucun solde n’est payé" in refused.content.decode()) == (422, True)
    assert Operation.objects.get().status == "granted"
    client.force_login(theirs, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert (client.get(address).status_code, client.post(address, {"because": "x"}).status_code) == (403, 403)
    assert lead.post(address, {"because": "L’autorité a tout payé par acomptes."}).url == page
    shown = lead.get(page).content.decode()
    assert "L’autorité a tout payé par acomptes." in shown
    assert "Rouvrir l’opération" in shown
    step = reverse("console:grant_step", args=[operation.pk])
    assert "chef de file" in client.post(step, {"etape": "rouvre"}, follow=True).content.decode()
    lead.post(step, {"etape": "rouvre"})
    assert Operation.objects.get().status == "granted"
    # A press of a page opened before, by the address that closed at once.
    assert "Rien n’est choisi" in lead.post(step, {"etape": "solde"}, follow=True).content.decode()
    assert Operation.objects.get().status == "granted"


def test_no_program_is_told_of_a_grant():
    """Webhooks and the interface of programs list what they tell: nothing of grants is of it."""
    told = {verb for verbs in (EVENTS | EVENTS_OF_OPERATORS | EVENTS_OF_THE_LEAD).values() for verb in verbs}
    assert not told & set(VERBS)
    assert not [path for path in house.files(".py") if path.parts[1] == "api" and "socle.grants" in house.read(path)]


# --- An invoice ------------------------------------------------------------------------------------------------------
def dropped(reader, operation, content: bytes, name: str):
    file = SimpleUploadedFile(name, content)
    return reader.post(reverse("console:expense_new", args=[operation.pk]), {"deposer": "oui", "invoice": file})


def values(page: BeautifulSoup) -> dict[str, str]:
    """What a browser would send of the form."""
    found = {}
    for one in page.select("main form [name]"):
        if one.name == "select":
            chosen = one.select_one("option[selected]")
            found[one["name"]] = chosen["value"] if chosen else ""
        elif one.name == "textarea" or one.get("type") != "checkbox":
            found[one["name"]] = one.get("value", "")
    found.pop("csrfmiddlewaretoken", None)
    return found


@pytest.mark.slow
def test_an_invoice_is_dropped_then_confirmed_by_three_fields_at_most(enter, operation):
    reader = enter("finance")
    page = BeautifulSoup(
        dropped(reader, operation, invoice_samples.factur_x("en16931"), "f.pdf").content, "html.parser"
    )
    form = values(page)
    asked = page.select("main form > .field [name], main form > fieldset [name]")
    assert len([one for one in asked if one.get("type") != "hidden"]) <= 3
    form["category"] = str(operation.categories.get(code="materiel").pk)
    response = reader.post(reverse("console:expense_new", args=[operation.pk]), form)
    assert response.status_code == 302, response.content.decode()
    one = Expense.objects.get()
    assert one.net > 0
    assert one.invoice_number
    piece = one.evidence.get()
    assert piece.kind == "invoice"
    assert piece.document.kept_until is None, "tied, it is kept as the others"


@pytest.mark.parametrize(
    ("content", "name", "status", "says"),
    [
        (f.pdf, "scan.pdf", 200, "ne porte pas de données lisibles"),
        (lambda: invoice_samples.ubl("CreditNote"), "avoir.xml", 422, "C’est un avoir"),
        (lambda: invoice_samples.cii(code="396"), "avoir.xml", 422, "versez-le parmi ses pièces"),
        (lambda: invoice_samples.cii(net="-1028.80", vat="-201.58", gross="-1230.38"), "a.xml", 422, "C’est un avoir"),
        (lambda: b"%PDF-1.7 abime", "a.pdf", 422, "PDF"),
        (lambda: b"<Invoice", "a.xml", 422, "facture"),
        (lambda: b"PK\x03\x04", "a.zip", 422, "facture"),
    ],
)
@pytest.mark.slow
def test_an_invoice_that_is_not_read_is_kept_to_be_typed_or_refused(enter, operation, content, name, status, says):
    response = dropped(enter("finance"), operation, content(), name)
    assert response.status_code == status
    assert says in response.content.decode()
    assert not Expense.objects.exists()
    assert Document.objects.filter(title__startswith="Facture").exists() is (status == 200)


@pytest.mark.parametrize("currency", ["SEK", "USD"])
@pytest.mark.slow
def test_an_invoice_in_another_currency_gives_no_euros(enter, operation, currency):
    reader, address = enter("finance"), reverse("console:expense_new", args=[operation.pk])
    page = BeautifulSoup(
        dropped(reader, operation, invoice_samples.cii(currency=currency), "f.xml").content, "html.parser"
    )
    form = values(page)
    assert (form["net"], form["vat"], form["invoice_number"]) == ("", "", invoice_samples.FACTS["number"])
    assert f"Cette facture est en {currency}" in page.get_text()
    form["category"] = str(operation.categories.get(code="materiel").pk)
    for typed in ({}, {"net": "100,00"}, {"vat": "20,00"}):
        assert reader.post(address, {**form, **typed}).status_code == 422
    assert not Expense.objects.exists()
    assert reader.post(address, {**form, "net": "100,00", "vat": "0"}).status_code == 302
    # The same form once more, from the page before: nothing is recorded twice.
    again = reader.post(address, {**form, "net": "100,00", "vat": "0"})
    assert "déjà saisie" in again.content.decode()
    assert Expense.objects.get().net == 100


@pytest.mark.parametrize(
    ("content", "typed", "deducted"),
    [
        (f.pdf, {"number": "AV-9", "net": "60,00", "vat": "12,00"}, ("AV-9", 60)),
        (
            lambda: invoice_samples.factur_x(code="381", net="100.00", vat="20.00"),
            {},
            (invoice_samples.FACTS["number"], 100),
        ),
        (f.pdf, {"number": "AV-9"}, None),
        (lambda: invoice_samples.factur_x(code="381", currency="SEK"), {}, None),
        (lambda: invoice_samples.factur_x(code="380", net="100.00"), {}, None),
    ],
    ids=["typed", "read", "nothing says", "in crowns", "an invoice"],
)
@pytest.mark.slow
def test_a_credit_note_is_put_among_the_pieces(world, enter, operation, content, typed, deducted):
    one = grants.expense(partner(operation, "npdcn"), world.people["finance"])
    data = {"piece-kind": "credit", "piece-document": SimpleUploadedFile("avoir.pdf", content())}
    data |= {f"piece-{name}": value for name, value in typed.items()}
    response = enter("finance").post(reverse("console:expense_piece", args=[operation.pk, one.pk]), data)
    assert response.status_code == (302 if deducted else 422), response.content.decode()
    one.refresh_from_db()
    credits = [(piece.number, piece.net) for piece in one.evidence.filter(kind="credit")]
    assert credits == ([deducted] if deducted else [])
    assert one.eligible == 1000 - (deducted[1] if deducted else 0)


@pytest.mark.parametrize(
    ("name", "kind", "typed", "deducted"),
    [
        ("gestion-07-avoir-381", "credit", {}, ("AV-2023-0012", "129.90")),
        ("portail-03-avoir-381", "credit", {}, ("PB23/A003", "12.80")),
        ("portail-04-avoir-affacture-396", "credit", {}, ("PB23/A004", "6.40")),
        ("portail-05-negative-380", "credit", {}, ("PB23/0093", "32.00")),
        ("plateforme-04-avoir-261", "credit", {}, ("TA2311-A002", "12.00")),
        ("compagnie-07-avoir-autofacture-261", "credit", {}, ("0004417790", "385.83")),
        ("reseau-03-couronnes-avoir", "credit", {}, None),
        ("reseau-03-couronnes-avoir", "credit", {"number": "50125", "net": "215,00"}, ("50125", "215.00")),
        ("gestion-01-une-ligne", "credit", {}, None),
        ("portail-03-avoir-381", "service", {}, None),
    ],
)
@pytest.mark.slow
def test_an_electronic_credit_note_is_a_piece_as_it_came(world, enter, operation, name, kind, typed, deducted):
    one = grants.expense(partner(operation, "npdcn"), world.people["finance"])
    content = (house.ROOT / f"tests/data/invoices/{name}.xml").read_bytes()
    data = {"piece-kind": kind, "piece-document": SimpleUploadedFile("avoir.xml", content)}
    data |= {f"piece-{field}": value for field, value in typed.items()}
    response = enter("finance").post(reverse("console:expense_piece", args=[operation.pk, one.pk]), data)
    assert response.status_code == (302 if deducted else 422), response.content.decode()
    one.refresh_from_db()
    found = one.evidence.filter(kind="credit")
    assert [(piece.number, str(piece.net)) for piece in found] == ([deducted] if deducted else [])
    if deducted:
        assert one.eligible == 1000 - Decimal(deducted[1])
        assert documents.read(found.get().document) == content
        page = enter("finance").get(reverse("console:expense_piece_file", args=[operation.pk, one.pk, found.get().pk]))
        assert page["Content-Type"].startswith("application/xml")
        assert "attachment" in page["Content-Disposition"]


@pytest.mark.parametrize("content", [b"", b"<html/>", b"<Invoice", b"PK\x03\x04", b"%PDF-1.7 abime"])
@pytest.mark.slow
def test_a_piece_that_is_neither_a_pdf_nor_an_invoice_is_refused(world, enter, operation, content):
    one = grants.expense(partner(operation, "npdcn"), world.people["finance"], pieces=False)
    data = {"piece-kind": "invoice", "piece-document": SimpleUploadedFile("piece.xml", content)}
    assert enter("finance").post(reverse("console:expense_piece", args=[operation.pk, one.pk]), data).status_code == 422
    assert not one.evidence.exists()


@pytest.mark.slow
def test_the_invoice_that_another_dropped_is_not_taken(enter, client, operation, theirs):
    page = BeautifulSoup(dropped(enter("finance"), operation, f.pdf(), "f.pdf").content, "html.parser")
    form = values(page) | {
        "category": str(operation.categories.get(code="materiel").pk), "subject": "Achat", "net": "10",
        "invoiced_on": "2022-06-01", "partenaire": str(partner(operation, "cdg59").pk),
    }  # fmt: skip
    client.force_login(theirs, backend="allauth.account.auth_backends.AuthenticationBackend")
    refused = client.post(reverse("console:expense_new", args=[operation.pk]), form, follow=True)
    assert "déposée pour un autre partenaire" in refused.content.decode()
    assert not Expense.objects.exists()


# --- The whole way ---------------------------------------------------------------------------------------------------
def test_a_file_is_imported_whole_or_its_faults_are_told(enter, operation):
    reader = enter("finance")
    own = partner(operation, "npdcn").pk
    address = reverse("console:expenses_import", args=[operation.pk])
    text = "Catégorie;Objet;Date de la facture;Montant HT\nmateriel;Un;2022-06-01;10,00\nmateriel;Deux;2022-06-02;{}\n"
    wrong = SimpleUploadedFile("d.csv", text.format("dix").encode())
    refused = reader.post(address, {"partner": own, "expenses": wrong})
    assert refused.status_code == 422
    page = BeautifulSoup(refused.content, "html.parser")
    caption = page.find("caption", string=lambda said: said and "fautes du fichier" in said)
    [cells] = [[cell.get_text(" ", strip=True) for cell in one] for one in
               [line.find_all(("th", "td")) for line in caption.find_parent("table").select("tbody tr")]]  # fmt: skip
    assert cells[:2] == ["Ligne 3", "Montant HT (D)"]
    assert "n’est pas un montant" in cells[2]
    assert not Expense.objects.exists()
    right = SimpleUploadedFile("d.csv", text.format("10,01").encode("cp1252"))
    assert reader.post(address, {"partner": own, "expenses": right}).status_code == 302
    assert sum(Expense.objects.values_list("net", flat=True)) == D("20.01")
    # The workbook to fill in, filled in.
    given = reader.get(reverse("console:expenses_template", args=[operation.pk]))
    book = openpyxl.load_workbook(io.BytesIO(b"".join(given.streaming_content) if given.streaming else given.content))
    headers = [cell.value for cell in book.active[1]]
    book.active.append([{"Catégorie": "materiel", "Objet": "Trois", "Date de la facture": date(2022, 6, 3),
                         "Montant HT": 10.02}.get(header) for header in headers])  # fmt: skip
    filled = io.BytesIO()
    book.save(filled)
    response = reader.post(address, {"partner": own, "expenses": SimpleUploadedFile("d.xlsx", filled.getvalue())})
    assert response.status_code == 302
    assert Expense.objects.get(subject="Trois").net == D("10.02")


WRONG = (
    "Catégorie;Objet;Date de la facture;Montant HT;Remarque\n"
    "materiel;Un;2022-06-01;dix;\nautre;Deux;2022-06-02;10,00;\nmateriel;;2022-06-03;10,00;\n"
)


def faults_of(response) -> list[str]:
    page = BeautifulSoup(response.content, "html.parser")
    caption = page.find("caption", string=lambda said: said and "fautes du fichier" in said)
    return [row.find("td").get_text(" ", strip=True) for row in caption.find_parent("table").select("tbody tr")]


@pytest.mark.slow
def test_the_faults_of_a_file_sort_by_the_buttons_of_their_headers(
    enter, operation, world, django_assert_max_num_queries
):
    reader, address = enter("finance"), reverse("console:expenses_import", args=[operation.pk])
    data = {"partner": partner(operation, "npdcn").pk, "expenses": SimpleUploadedFile("d.csv", WRONG.encode())}
    response = reader.post(address, data)
    by_line = ["Remarque (E)", "Montant HT (D)", "Catégorie (A)", "Objet (B)"]
    assert faults_of(response) == by_line
    page = BeautifulSoup(response.content, "html.parser")
    form = page.find("form", id="fautes")
    token = {"fautes": form.find("input", {"name": "fautes"})["value"]}
    buttons = {one.find(string=True).strip(): one["formaction"] for one in page.select('button.sorter[form="fautes"]')}
    assert buttons == {"Ligne": "?tri=-line", "Colonne": "?tri=column", "Ce qui ne va pas, et le remède": "?tri=says"}
    with django_assert_max_num_queries(40):
        sorted_so = reader.post(address + buttons["Colonne"], token)
    assert sorted_so.status_code == 200
    assert faults_of(sorted_so) == ["Catégorie (A)", "Objet (B)", "Montant HT (D)", "Remarque (E)"]
    assert faults_of(reader.post(address + "?tri=-column", token)) == faults_of(sorted_so)[::-1]
    assert faults_of(reader.post(address + buttons["Ligne"], token)) == by_line[::-1]
    assert faults_of(reader.post(address + "?tri=person", token)) == by_line, "what is not offered sorts nothing"
    # Of another operation, of another person, or written by hand: nothing of it is shown.
    other = grants.granted(world.programme, world.people["finance"])
    for place, who, sent in (
        (other, "finance", token),
        (operation, "president", token),
        (operation, "finance", {"fautes": token["fautes"][:-2]}),
        (operation, "finance", {"fautes": ""}),
    ):
        said = enter(who).post(reverse("console:expenses_import", args=[place.pk]), sent, follow=True).content.decode()
        assert "fautes du fichier" not in said
        assert "importez de nouveau le fichier" in said or "importez le vôtre de nouveau" in said


@pytest.mark.parametrize("format", ["csv", "xlsx"])
@pytest.mark.slow
def test_a_file_is_given_back_with_its_faults_where_it_is_asked(enter, operation, format):
    reader, address = enter("finance"), reverse("console:expenses_import", args=[operation.pk])
    content = WRONG.encode()
    if format == "xlsx":
        book, target = openpyxl.Workbook(), io.BytesIO()
        for line in WRONG.splitlines():
            book.active.append(line.split(";"))
        book.save(target)
        content = target.getvalue()
    data = {"partner": partner(operation, "npdcn").pk, "expenses": SimpleUploadedFile(f"d.{format}", content)}
    response = reader.post(address, {**data, "annoter": "oui"})
    assert response.status_code == 200
    assert response["Content-Disposition"] == f'attachment; filename="depenses-a-corriger.{format}"'
    assert response["Cache-Control"] == "private, no-store"
    if format == "csv":
        rows = [line.split(";") for line in response.content.decode("utf-8-sig").splitlines()]
    else:
        sheet = openpyxl.load_workbook(io.BytesIO(response.content)).active
        rows = [[cell.value or "" for cell in row] for row in sheet.iter_rows()]
    assert [row[0] for row in rows] == ["Catégorie", "materiel", "autre", "materiel"]
    assert rows[0][-1] == "Ce qui ne va pas"
    for row, says in zip(
        rows[1:], ("n’est pas un montant", "cette catégorie n’est pas", "cette case est vide"), strict=True
    ):
        assert says in row[-1]
    assert not Expense.objects.exists()
    # Without a fault, the same button imports.
    right = "Catégorie;Objet;Date de la facture;Montant HT\nmateriel;Un;2022-06-01;10,00\n".encode()
    response = reader.post(address, {**data, "expenses": SimpleUploadedFile("d.csv", right), "annoter": "oui"})
    assert (response.status_code, Expense.objects.count()) == (302, 1)


@pytest.mark.slow
def test_a_claim_goes_from_its_preparation_to_what_is_paid_on(world, enter, operation):
    finance = world.people["finance"]
    grants.expense(partner(operation, "npdcn"), finance)
    late = grants.expense(partner(operation, "npdcn"), finance, "F-9", pieces=False)
    reader, head = enter("finance"), enter("president")
    base = [operation.pk]
    before = reader.get(reverse("console:claim_prepare", args=base)).content.decode()
    assert late.subject in before
    assert "la preuve du service fait" in before
    operations.change_terms(operation, claim_until=AT.date(), by=finance, at=AT)
    refused = reader.post(reverse("console:claim_prepare", args=base), follow=True)
    assert [one.level_tag for one in refused.context["messages"]] == ["error"]
    assert not Claim.objects.exists()
    operations.change_terms(operation, claim_until=None, by=finance, at=AT)
    assert reader.post(reverse("console:claim_prepare", args=base)).status_code == 302
    claim = Claim.objects.get()

    def current():
        steps = reader.get(reverse("console:claim", args=[*base, 1])).context["steps"]
        return next((one.label for one in steps if one.state == "current"), "")

    assert current() == "Certifiée"
    statement = claim.statements.get()
    args = [*base, 1, statement.pk]
    head.post(reverse("console:claim_certify", args=args), {f"certify-{statement.pk}-quality": "présidente"})
    assert current() == "Visée"
    name = f"visa-{statement.pk}"
    visa = {f"{name}-way": "paper", f"{name}-name": "Camille Exemple", f"{name}-quality": "comptable publique"}
    visa |= {f"{name}-on": f.TODAY.isoformat(), f"{name}-code": "FAUX"}

    def signed():
        return {f"{name}-document": SimpleUploadedFile("v.pdf", f.pdf())}

    refused = reader.post(reverse("console:claim_visa", args=args), visa | signed())
    assert "porte sur une autre version" in refused.content.decode()
    visa[f"{name}-code"] = statement.code.lower()
    assert reader.post(reverse("console:claim_visa", args=args), visa | signed()).status_code == 302
    assert current() == "Envoyée"
    reader.post(reverse("console:claim_send", args=[*base, 1]), {"send-0-on": f.TODAY.isoformat()})
    assert current() == "Contrôlée"
    wrong = reader.post(
        reverse("console:claim_answer", args=[*base, 1]), {"answer-0-on": f.TODAY.isoformat(), "answer-0-lines": "un"}
    )
    assert "Réponse, ligne 1" in wrong.content.decode()
    reader.post(
        reverse("console:claim_answer", args=[*base, 1]),
        {"answer-0-on": f.TODAY.isoformat(), "answer-0-lines": "1 ; 900,00 ; hors projet"},
    )
    claim.refresh_from_db()
    assert (claim.status, claim.accepted) == ("answered", D("900.00"))
    reader.post(
        reverse("console:claim_receive", args=[*base, 1]), {"money-0-on": f.TODAY.isoformat(), "money-0-amount": "720"}
    )
    page = reader.get(reverse("console:claim", args=[*base, 1]))
    assert "720,00" in page.content.decode()
    for file in ("etat.pdf", "etat.xlsx", "lignes.csv", "pieces.zip"):
        response = reader.get(reverse("console:claim_file", args=[*base, 1, file]))
        content = b"".join(response.streaming_content) if response.streaming else response.content
        assert len(content) > 100, file


@pytest.mark.slow
def test_an_operation_is_opened_from_its_scheme_and_walks_its_road(enter, world):
    reader = enter("finance")
    address = reverse("console:grant_open")
    page = BeautifulSoup(reader.get(f"{address}?dispositif=react-eu").content, "html.parser")
    form = values(page) | {"name": "Essai", "vat_basis": "net"}
    assert form["rate"] == "80"
    assert "à vérifier" in page.text
    assert reader.post(address, form).status_code == 302
    one = Operation.objects.get()
    assert (one.rate, one.min_own_share, one.spend_until) == (D("0.8"), D("0.2"), date(2023, 12, 31))
    step = reverse("console:grant_step", args=[one.pk])
    told = reader.post(step, {"etape": "depose", "jour-on": "2022-01-10"})
    assert told.status_code == 422
    assert "Désignez l’article" in told.content.decode()
    piece = {"piece-kind": "application", "piece-name": "Formulaire", "piece-sent_on": "2022-01-09"}
    piece["piece-document"] = SimpleUploadedFile("f.pdf", f.pdf())
    assert reader.post(reverse("console:grant_paper", args=[one.pk]), piece).status_code == 302
    page = reader.get(reverse("console:grant", args=[one.pk])).content.decode()
    assert "envoyée le 09/01/2022" in page
    assert "Plan de financement" in page, "a piece that the scheme usually asks for"


@pytest.mark.slow
def test_the_pages_ask_as_much_whatever_the_number_of_lines(world, enter, operation, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    finance, reader = world.people["finance"], enter("finance")
    own = partner(operation, "npdcn")

    def asked(name):
        address = reverse(f"console:{name}", args=[] if name == "grants" else [operation.pk])
        reader.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert reader.get(address).status_code == 200
        return len(queries)

    names = ("grants", "grant", "expenses", "claim_prepare", "contracts")
    grants.expense(own, finance, pieces=False)
    few = {name: asked(name) for name in names}
    for number in range(8):
        grants.expense(own, finance, f"G-{number}", pieces=False)
    assert {name: asked(name) for name in names} == few


@pytest.mark.slow
def test_the_home_of_a_finance_officer_is_three_lists(world, enter, operation):
    grants.expense(partner(operation, "npdcn"), world.people["finance"], pieces=False)
    home = enter("finance").get("/console/").content.decode()
    for words in ("Ce qui bloque la prochaine demande", "Argent en jeu", "À répondre", "manque la facture"):
        assert words in home
    assert "Ce qui bloque" not in enter("officer").get("/console/").content.decode()


# --- A controller ----------------------------------------------------------------------------------------------------
@pytest.mark.slow
def test_a_controller_reads_the_grants_until_a_day_and_nothing_else(world, client, operation, theirs):
    finance = world.people["finance"]
    lead = finance.memberships.get().operator
    person = f.member(Role.CONTROLLER, lead)
    person.memberships.update(ends_on=f.TODAY)
    f.second_factor(person)
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    mine = grants.expense(partner(operation, "npdcn"), finance)
    grants.expense(partner(operation, "cdg59"), theirs, "F-2")
    claim = claims.prepare(operation, by=finance, at=AT)
    of = pages(operation, mine, mine.evidence.first(), mine.contract, claim, claim.statements.first())
    seen = {name: client.get(reverse(f"console:{name}", args=args)).status_code for name, args in of.items()}
    closed = {"grant_terms", "expense_new", "contract_new"}
    assert {name for name, status in seen.items() if status != 200} == closed
    assert {seen[name] for name in closed} == {403}
    assert client.get("/console/").headers["Location"] == "/console/subventions/"
    page = BeautifulSoup(client.get("/console/subventions/").content, "html.parser")
    assert [one.get_text(strip=True) for one in page.select("nav.tabs a")] in ([], ["Subventions"])
    for address, *_ in PAGES:
        if not address.startswith("/console/subventions/") and address != "/console/":
            assert client.get(fill(address, world)).status_code == 403, address
    for pattern in urlpatterns:
        if (name := pattern.name or "").startswith(("grant_", "expense_", "claim_", "contract")):
            args = of.get(name) or [operation.pk, 1, 1][: len(pattern.pattern.converters)]
            assert client.post(reverse(f"console:{name}", args=_of(pattern, args))).status_code != 302, name
    verbs = set(Entry.objects.filter(by_ref=f"people.user:{person.pk}").values_list("verb", flat=True))
    assert not verbs & set(VERBS), "nothing was done"
    person.memberships.update(ends_on=f.TODAY - timedelta(days=1))
    assert client.get("/console/subventions/").status_code == 403


def _of(pattern, args):
    """Arguments of this address, those that are words included."""
    words = {"which": "lire", "name": "etat.pdf"}
    kinds = list(pattern.pattern.converters)
    return [words.get(kind, args[rank] if rank < len(args) else 1) for rank, kind in enumerate(kinds)]


def test_a_control_has_an_end(world):
    president, lead = world.people["president"], world.people["finance"].memberships.get().operator
    asked = {"name": "Camille Contrôle", "role": Role.CONTROLLER, "operator": lead, "by": president, "at": f.NOW}
    with pytest.raises(Refused, match="Un contrôle a une fin"):
        invite("controle@exemple.invalid", **asked)
    invite("controle@exemple.invalid", **asked, last_day=f.TODAY)
    person = f.member(Role.CONTROLLER, lead)
    person.memberships.update(ends_on=f.TODAY)
    with pytest.raises(Refused, match="Un contrôle a une fin"):
        keep_role(person.memberships.get(), by=president, at=f.NOW)


@pytest.mark.slow
def test_what_is_refused_of_a_controller_or_sent_twice_leaves_no_document(world, enter, client, operation):
    finance = world.people["finance"]
    person = f.member(Role.CONTROLLER, finance.memberships.get().operator)
    f.second_factor(person)
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    one = grants.contract(partner(operation, "npdcn"), finance)
    facts = {
        "number": one.number, "subject": "Équipements", "supplier": "Fournisseur fictif", "procedure": "adapted",
        "supplier_siret": one.supplier_siret, "amount": "40000", "threshold": "", "publicity": "",
    }  # fmt: skip

    def sent(who, name, *args):
        pieces = SimpleUploadedFile("marche.pdf", f.pdf(), content_type="application/pdf")
        answer = who.post(reverse(f"console:{name}", args=[operation.pk, *args]), {**facts, "pieces": pieces})
        return answer.status_code, Document.objects.count()

    before = Document.objects.count()
    assert sent(client, "contract", one.pk) == (422, before)
    assert sent(client, "contract_new") == (403, before)
    # The same number again, by who keeps them.
    assert sent(enter("finance"), "contract_new") == (422, before)
    # And what no rule refuses is kept.
    assert sent(enter("finance"), "contract", one.pk) == (302, before + 1)
