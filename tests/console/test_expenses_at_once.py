"""Several expenses at once: what is pasted is shown before it is kept, one correction goes to several."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from socle.grants.actions import claims, operations
from socle.grants.models import Expense, ExpenseImport
from socle.people.models import Operator, Role
from tests import factories as f
from tests.grants import situations as grants
from tests.grants.situations import AT

NAMES = "Catégorie\tObjet\tFournisseur\tDate de la facture\tMontant HT"
GOOD = "materiel\tBornes\tAtelier\t12/03/2022\t1 234,56 €"
BAD = "materiel\tCâbles\tAtelier\t31/02/2022\tcent"


@pytest.fixture
def operation(world):
    return grants.granted(world.programme, world.people["finance"])


@pytest.fixture
def paste(operation, enter):
    """What is answered to cells pasted, and to what the form of what was read says next."""
    reader, address = enter("finance"), reverse("console:expenses_paste", args=[operation.pk])

    def send(rows: str, **said: str):
        return reader.post(address, {"partner": operation.partners.get().pk, "rows": rows, **said})

    return send


def main(response) -> BeautifulSoup:
    return BeautifulSoup(response.content, "html.parser").select_one("main")


def test_what_is_pasted_is_shown_mended_where_it_is_wrong_then_kept(operation, enter, paste):
    shown = paste(f"{NAMES}\n{GOOD}\n{BAD}")
    assert shown.status_code == 422
    page = main(shown)
    wrong = {one["name"]: one["value"] for one in page.select("input[aria-invalid]")}
    assert wrong == {"case-3-3": "31/02/2022", "case-3-4": "cent"}
    for name in wrong:
        told = page.find(id=page.find(id=name)["aria-describedby"])
        assert told.find_parent("td") is page.find(id=name).find_parent("td"), "beside its cell"
        assert "n’est pas" in told.get_text()
    assert not page.select("button[name=enregistrer]")
    carried = page.select_one(".pasted input[name=rows]")["value"]
    # Kept by force all the same: nothing is.
    assert paste(carried, enregistrer="oui").status_code == 422
    mended = paste(carried, **{"case-3-3": "13/03/2022", "case-3-4": "100,00"})
    page = main(mended)
    assert mended.status_code == 200
    assert "2 dépenses lues" in page.get_text()
    assert not Expense.objects.exists(), "shown, and not kept"
    assert page.select("button[name=enregistrer]")
    carried = page.select_one(".pasted input[name=rows]")["value"]
    assert paste(carried, enregistrer="oui").status_code == 302
    assert sorted(Expense.objects.values_list("subject", flat=True)) == ["Bornes", "Câbles"]
    again = paste(carried, enregistrer="oui")
    assert again.status_code == 422
    assert "déjà importé" in again.content.decode()
    assert Expense.objects.count() == 2


def test_columns_without_names_are_said_by_hand(paste):
    row = "Bornes\t12/03/2022\tmateriel\t1 234,56 €\tà voir"
    shown = paste(row)
    assert "Dites quelle colonne donne" in shown.content.decode()
    said = ["Objet", "Date de la facture", "Catégorie", "Montant HT", ""]
    columns = {f"colonne-{place}": header for place, header in enumerate(said)}
    page = main(paste(row, **columns))
    assert [
        one["value"] if one.get("value") == "" else one.get_text() for one in page.select("option[selected]")
    ] >= said[:4]
    assert paste(row, enregistrer="oui", **columns).status_code == 302
    assert Expense.objects.get().subject == "Bornes"


@pytest.mark.parametrize(
    "rows",
    [
        "",
        "\t\t\t",
        "\x00",
        f"{NAMES}\n{GOOD}\x00",
        f"{NAMES}\n" + f"{GOOD}\n" * 10_000,
        f"{NAMES}\n" + f"{BAD}\n" * 200,
        "x" * 500_001,
        '"' * 1001,
        f"{NAMES}\n" + GOOD.replace("Bornes", '=HYPERLINK("http://x")'),
        f"{NAMES}\n" + GOOD.replace("Bornes", "<script>alert(1)</script>" * 9),
        NAMES.replace("\t", "|"),
        f"{NAMES}\n",
    ],
    ids=[
        "nothing", "tabs", "a nul", "a nul inside", "ten thousand lines", "faults", "long", "quotes", "formula",
        "script", "bars", "names alone",
    ],
)  # fmt: skip
@pytest.mark.parametrize("said", [{}, {"enregistrer": "oui", "colonne-99": "Objet", "case-0-0": "x", "colonne-0": "?"}])
def test_what_is_no_expense_is_refused_in_french_and_nothing_is_kept(paste, rows, said):
    answer = paste(rows, **said)
    assert answer.status_code == 422
    assert main(answer).select("[role=alert]")
    assert "<script>alert" not in answer.content.decode()
    assert not Expense.objects.exists()
    assert not ExpenseImport.objects.exists()


def test_a_page_pasted_asks_as_much_whatever_its_rows(paste):
    def asked(count: int) -> int:
        paste(GOOD)
        with CaptureQueriesContext(connection) as queries:
            assert paste(f"{NAMES}\n" + f"{GOOD}\n" * count).status_code == 200
        return len(queries)

    assert asked(2) == asked(60) < 40


def test_one_correction_goes_to_the_rows_chosen_and_the_others_are_told_by_their_number(world, enter, operation):
    by, own = world.people["finance"], operation.partners.get()
    held = grants.expense(own, by, "F-0")
    claims.prepare(operation, by=by, at=AT)
    one, two = grants.expense(own, by, "F-1"), grants.expense(own, by, "F-2")
    reader, address = enter("finance"), reverse("console:expenses_correct", args=[operation.pk])
    listed = main(reader.get(reverse("console:expenses", args=[operation.pk]) + "?q=F-"))
    assert {box["value"] for box in listed.select("input[name=choix]")} == {str(row.pk) for row in (held, one, two)}
    assert listed.find(id="lot")["action"] == address
    chosen = {"choix": [held.pk, one.pk, two.pk], "champ": "mandate", "filtres": "q=F-"}
    page = main(reader.get(address, chosen))
    assert "dans la demande" in page.get_text()
    done = reader.post(address, chosen | {"value": "M-77"}, follow=True)
    assert done.redirect_chain[0][0].endswith("/depenses/?q=F-")
    said = done.content.decode()
    assert "2\u00a0dépenses\u00a0corrigées" in said
    assert f"Dépense n°\u00a0{held.pk}, inchangée" in said
    assert [*Expense.objects.order_by("pk").values_list("mandate", flat=True)] == ["12", "M-77", "M-77"]
    refused = reader.post(address, chosen | {"champ": "category", "value": "999999"})
    assert refused.status_code == 422
    for wrong in ({"choix": []}, {"champ": "net"}, {"champ": "partner"}, {"choix": ["²", "9" * 30, "x"]}):
        assert "Cochez les dépenses" in reader.post(address, chosen | wrong, follow=True).content.decode()
    found = reader.post(address, chosen | {"champ": "agreement_number", "value": "AUCUNE-1"})
    assert "Aucune convention de ce numéro" in found.content.decode()


@pytest.mark.slow
def test_nobody_corrects_nor_pastes_for_another(world, enter, client, operation):
    cdg = operations.add_partner(operation, Operator.objects.get(code="cdg59"), by=world.people["finance"], at=AT)
    theirs = f.member(Role.FINANCE_OFFICER, cdg.operator, email="finances@cdg59.exemple.invalid")
    f.second_factor(theirs)
    lead = operation.partners.get(is_lead=True)
    mine, other = grants.expense(lead, world.people["finance"]), grants.expense(cdg, theirs, "F-2")
    address, paste = (
        reverse(f"console:{name}", args=[operation.pk]) for name in ("expenses_correct", "expenses_paste")
    )
    data = {"choix": [mine.pk, other.pk], "champ": "mandate", "value": "M-1"}
    said = enter("finance").get(address, data).content.decode()
    assert "Chaque partenaire tient ses propres dépenses" in said
    assert "Chaque partenaire tient" in enter("finance").post(address, data, follow=True).content.decode()
    assert Expense.objects.get(pk=other.pk).mandate == "12"
    client.force_login(theirs, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert "inchangée" not in client.post(address, data | {"value": "M-2"}, follow=True).content.decode()
    assert Expense.objects.get(pk=mine.pk).mandate == "M-1", "not even chosen"
    assert client.post(paste, {"partner": lead.pk, "rows": f"{NAMES}\n{GOOD}", "enregistrer": "oui"}).status_code == 422
    assert {enter("president").get(one, data).status_code for one in (address, paste)} == {403}
    assert {enter("cdg62_president").get(one, data).status_code for one in (address, paste)} == {404}
    assert Expense.objects.count() == 2


@pytest.mark.slow
def test_the_page_of_a_correction_asks_as_much_whatever_the_number_chosen(world, enter, operation):
    own, reader = operation.partners.get(), enter("finance")
    address = reverse("console:expenses_correct", args=[operation.pk])

    def asked() -> int:
        chosen = {"choix": [*Expense.objects.values_list("pk", flat=True)], "champ": "category"}
        reader.get(address, chosen)
        with CaptureQueriesContext(connection) as queries:
            assert reader.get(address, chosen).status_code == 200
        return len(queries)

    grants.expense(own, world.people["finance"], pieces=False)
    few = asked()
    for number in range(6):
        grants.expense(own, world.people["finance"], f"G-{number}", pieces=False)
    assert asked() == few
