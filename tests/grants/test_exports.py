"""The archive of evidence: resumed after a kill with nothing twice, made in the background when it is heavy."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import zipfile
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command

from socle.documents import actions as documents
from socle.grants import archives, exports, recounting
from socle.grants.actions import claims
from socle.grants.models import Expense
from socle.grants.recounting import recount
from socle.lib.archives import LIST, SUMS, check
from socle.lib.refusals import Refused
from tests.grants.situations import AT, SUPPLIER, D, Kind, expense, grant, month, prove


@pytest.fixture
def claim(operation, partner, cdg, finance):
    grant(operation, finance)
    one = expense(partner, finance)
    prove(one, Kind.PAYMENT, finance)
    other = cdg.operator.memberships.get(role="finance_officer").user
    expense(cdg, other, "F-2")
    return claims.prepare(operation, by=finance, at=AT)


def broken_after(monkeypatch, times: int) -> None:
    """The disk gives out after so many pieces were read."""
    real, left = documents.open_stream, [times]

    def stream(document):
        left[0] -= 1
        if left[0] < 0:
            raise OSError("gone")
        return real(document)

    monkeypatch.setattr(documents, "open_stream", stream)


@pytest.mark.slow
@pytest.mark.parametrize("times", [0, 1, 3, 4, 6])
def test_an_archive_that_was_cut_is_resumed_with_nothing_twice(claim, tmp_path, monkeypatch, times):
    path = tmp_path / "evidence.zip"
    with monkeypatch.context() as cut:
        broken_after(cut, times)
        with pytest.raises(OSError, match="gone"):
            exports.write_evidence(claim, path, at=AT)
    exports.write_evidence(claim, path, at=AT)
    found = check(path)
    assert not found.faults
    with zipfile.ZipFile(path) as made:
        names = made.namelist()
        listed = made.read("npdcn/pieces.csv").decode("utf-8-sig")
    assert len(names) == len(set(names))
    assert sum(name.endswith(".pdf") and not name.startswith("dossier") for name in names) == 5
    assert listed.count("\n") == 4


@pytest.mark.slow
def test_a_heavy_archive_is_made_in_the_background_and_kept_a_week(claim, finance, monkeypatch):
    assert archives.weight_of(claim) > 0
    archives.ask(claim, by=finance, at=AT)
    with monkeypatch.context() as cut:
        broken_after(cut, 1)
        assert archives.make_due(at=AT) == 0
    claim.refresh_from_db()
    assert (claim.archive, claim.archive_made_at) == ("", None)
    assert archives.make_due(at=AT) == 0, "its maker may be alive"
    later = claim.archive_claimed_until + timedelta(seconds=1)
    assert archives.make_due(at=later) == 1
    claim.refresh_from_db()
    assert default_storage.exists(claim.archive)
    made = claim.archive_made_at
    assert archives.remove_old(at=made + archives.KEPT) == 0
    assert archives.remove_old(at=made + archives.KEPT + timedelta(seconds=1)) == 1
    assert not default_storage.exists(claim.archive)


@pytest.mark.slow
def test_the_lead_alone_asks_for_it(claim, cdg):
    other = cdg.operator.memberships.get(role="finance_officer").user
    with pytest.raises(Refused, match="chef de file"):
        archives.ask(claim, by=other, at=AT)


# --- The total, from the archive alone -------------------------------------------------------------------------------
@pytest.fixture
def shares(operation, partner, finance):
    """A claim with cents, a share that is no whole number, and a flat rate."""
    grant(operation, finance)
    expense(partner, finance, "F-1", net=D("1234.56"), vat=D("246.91"))
    expense(partner, finance, "F-2", net=D("99.99"), vat=D("20.00"), key=D("62.5"))
    prove(month(partner, finance), Kind.PAYSLIP, finance)
    [staff] = Expense.objects.exclude(person="")
    prove(staff, Kind.TIMESHEET, finance, signed_on=AT.date(), countersigned_on=AT.date())
    return claims.prepare(operation, by=finance, at=AT)


@pytest.fixture
def evidence(shares, tmp_path) -> Path:
    exports.write_evidence(shares, tmp_path / "evidence.zip", at=AT)
    return tmp_path / "evidence.zip"


def inside(path: Path, name: str) -> bytes:
    with zipfile.ZipFile(path) as archive:
        return archive.read(name)


def altered(path: Path, change) -> Path:
    """The same archive, one file changed, and its sums made again as who falsifies it would."""
    to = path.with_name("altered.zip")
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist() if name != SUMS}
    change(files)
    files[SUMS] = "".join(f"{hashlib.sha256(one).hexdigest()}  {name}\n" for name, one in files.items()).encode()
    with zipfile.ZipFile(to, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return to


@pytest.mark.slow
def test_the_lines_of_the_archive_are_french_and_make_the_total_of_the_claim(shares, evidence):
    rows = list(csv.DictReader(io.StringIO(inside(evidence, "dossier/lignes.csv").decode("utf-8-sig")), delimiter=";"))
    assert {"HT, ou salaire brut", "TVA, ou charges patronales", "Montant demandé", "Part imputée (%)"} <= set(rows[0])
    for row in rows:
        for name in ("HT, ou salaire brut", "TVA, ou charges patronales", "TTC, ou coût chargé", "Montant demandé"):
            assert re.fullmatch(r"\d+,\d\d", row[name]) or (row["Forfait"] == "oui" and not row[name]), row
    assert [row["Part imputée (%)"] for row in rows] == ["100", "62,5", "50", ""]
    assert sum(Decimal(row["Montant demandé"].replace(",", ".")) for row in rows) == shares.eligible
    found = recount(evidence)
    assert (found.lines, found.claimed, found.accepted, found.faults) == (4, shares.eligible, None, [])
    for name in ("plan.csv", "marches.csv", "personnel.csv"):
        table = inside(evidence, f"dossier/{name}").decode("utf-8-sig")
        assert not re.search(r";\d+\.\d", table), table
        assert len({len(row) for row in csv.reader(io.StringIO(table), delimiter=";")}) == 1, table
    market = list(
        csv.DictReader(io.StringIO(inside(evidence, "dossier/marches.csv").decode("utf-8-sig")), delimiter=";")
    )
    assert [(one["Numéro"], one["SIRET"], one["Montant HT"]) for one in market] == [("2022-01", SUPPLIER, "40000,00")]


@pytest.mark.slow
def test_an_answer_is_recounted_too(shares, finance, tmp_path):
    type(shares).objects.filter(pk=shares.pk).update(status="sent")
    shares.refresh_from_db()
    claims.note_answer(shares, [claims.Answer(1, D("1000.00"), "écrêtée")], on=AT.date(), by=finance, at=AT)
    exports.write_evidence(shares, tmp_path / "evidence.zip", at=AT)
    found = recount(tmp_path / "evidence.zip")
    assert (found.claimed, found.accepted, found.faults) == (shares.eligible, shares.accepted, [])
    assert found.claimed - found.accepted == D("234.56")


def lines_changed(old: str, new: str):
    def change(files: dict[str, bytes]) -> None:
        assert old.encode() in files["dossier/lignes.csv"]
        files["dossier/lignes.csv"] = files["dossier/lignes.csv"].replace(old.encode(), new.encode())

    return change


def without_an_invoice(files: dict[str, bytes]) -> None:
    invoice = next(content for name, content in files.items() if "-invoice-" in name)
    for name in [name for name, content in files.items() if content == invoice]:
        del files[name]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            lines_changed(";1234,56;246,91;1481,47;", ";1000,00;234,55;1234,55;"),
            "et sa part de la facture fait 1\u202f234,55",
        ),
        (lines_changed(";1234,56;;", ";1234,57;;"), "et la demande dit"),
        (without_an_invoice, "n’est pas dans l’archive"),
    ],
)
def test_a_falsified_archive_is_told(evidence, change, says, capsys):
    path = altered(evidence, change)
    assert any(says in one for one in recount(path).faults), recount(path).faults
    with pytest.raises(CommandError, match="ne fait pas preuve"):
        call_command("grants", "recount", str(path), "--json")
    assert json.loads(capsys.readouterr().out)["faults"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "change",
    [
        lambda files: files.pop("dossier/lignes.csv"),
        lines_changed("Montant demandé", "Montant"),
        lines_changed(";1234,56;;", ";1234.56;;"),
        lines_changed(";1234,56;;", ";NaN;;"),
    ],
)
def test_what_is_no_archive_of_a_claim_is_refused_with_the_remedy(evidence, change, tmp_path):
    other = tmp_path / "other.zip"
    other.write_bytes(b"PK no")
    for path in (altered(evidence, change), other):
        with pytest.raises(CommandError, match="téléchargez-la de nouveau"):
            call_command("grants", "recount", str(path))
    with pytest.raises(CommandError, match="ne se lit pas"):
        call_command("grants", "recount", str(tmp_path / "nowhere.zip"))


@pytest.mark.slow
def test_an_archive_that_unfolds_beyond_its_bound_is_refused(evidence, monkeypatch):
    with zipfile.ZipFile(evidence) as archive:
        largest = max(archive.getinfo(name).file_size for name in ("dossier/lignes.csv", SUMS, LIST))
    monkeypatch.setattr(recounting, "MOST", largest)
    assert recount(evidence).faults == []
    monkeypatch.setattr(recounting, "MOST", largest - 1)
    with pytest.raises(Refused, match="téléchargez-la de nouveau"):
        recount(evidence)


def evaluated(formula: str, sheet) -> Decimal:
    """What a spreadsheet gives of the only formula that we write: a sum of cells of one column."""
    asked = re.fullmatch(r"=SUM\(([A-Z]+)(\d+):\1(\d+)\)", formula)
    assert asked, formula
    cells = [row[0].value for row in sheet[f"{asked[1]}{asked[2]}:{asked[1]}{asked[3]}"]]
    return sum((Decimal(str(one)) for one in cells if one is not None), Decimal(0))


@pytest.mark.slow
def test_the_workbook_adds_up_what_the_claim_keeps(shares, evidence):
    sheet = openpyxl.load_workbook(io.BytesIO(inside(evidence, "dossier/etat-recapitulatif.xlsx"))).active
    headers = [cell.value for cell in sheet[1]]
    column = headers.index("Montant demandé") + 1
    labels = {row[headers.index("Poste de dépense")].value: row[0].row for row in sheet.iter_rows(min_row=2)}
    stored = sheet.cell(labels["Total de la demande"], column).value
    formula = sheet.cell(labels["Somme des lignes, par formule"], column)
    assert formula.data_type == "f"
    assert Decimal(str(stored)) == evaluated(formula.value, sheet) == shares.eligible
    assert formula.value == f"=SUM({formula.column_letter}2:{formula.column_letter}{1 + shares.lines.count()})"
    # A sort moves the lines alone.
    assert sheet.auto_filter.ref.endswith(str(1 + shares.lines.count()))
    # What people typed is no formula.
    assert [cell.coordinate for row in sheet.iter_rows() for cell in row if cell.data_type == "f"] == [
        formula.coordinate
    ]
