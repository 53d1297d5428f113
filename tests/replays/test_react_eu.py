"""The fictitious React-EU operation: its files, and its totals recomputed from the raw lines by another method."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import openpyxl
import pytest
from django.core.management import CommandError, call_command

from socle.grants import react_eu
from socle.grants.models import Payment, Statement
from socle.grants.recounting import recount
from socle.lib.archives import check
from socle.people.models import Membership, Operator, User
from socle.programme.models import Power
from socle.replays.react_eu_files import write
from tests import factories as f

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

CLAIMS = ("1", "2", "3")
FIRST, LAST = date(2022, 1, 1), date(2023, 12, 31)


@dataclass(frozen=True)
class Played:
    """The files of the operation, who certified and paid, and how many of them are in function today."""

    folder: Path
    people: set[User]
    still_in_function: int


@pytest.fixture(scope="module")
def played(tmp_path_factory, django_db_setup, django_db_blocker):
    """Played once for the file, in a transaction that goes."""
    from django.db import transaction

    out = tmp_path_factory.mktemp("replay")
    with django_db_blocker.unblock(), transaction.atomic():
        f.text()
        programme = f.programme()
        if not Operator.objects.filter(code="somme-numerique").exists():
            f.operator("somme-numerique", "Somme Numérique", 4)
        Power.objects.filter(programme=programme).exclude(power="model").update(power="funding")
        operation = react_eu.play(programme, by=User.objects.system())
        write(operation, out)
        statements = Statement.objects.filter(claim__operation=operation).select_related("certified_by")
        payments = Payment.objects.filter(statement__in=statements).select_related("noted_by")
        people = {*(one.certified_by for one in statements), *(one.noted_by for one in payments)}
        still = Membership.objects.active_on(f.TODAY).filter(user__in=people).count()
        transaction.set_rollback(True)
    return Played(out, people, still)


@pytest.fixture(scope="module")
def folder(played):
    return played.folder


def test_people_certified_and_paid_who_were_in_function_then_and_are_no_more(played):
    assert len(played.people) == 5
    assert not [one for one in played.people if one.is_system or not one.is_fictitious]
    assert played.still_in_function == 0


def lines(folder: Path, number: str) -> list[dict[str, str]]:
    return table(folder / "claims" / number / "lines.csv")


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8")), delimiter=";"))


def cents(amount: str) -> int:
    whole, _, rest = amount.partition(".")
    assert len(rest) == 2, amount
    return int(whole + rest)


def half_up(amount: Fraction) -> int:
    return int(amount + Fraction(1, 2))


def raw(row: dict[str, str], used: dict[str, Fraction]) -> int:
    """The cents of a raw line of the file of expenses, by fractions and whole numbers alone."""
    paid = date.fromisoformat(row["Payée le"])
    cost = cents(row["Montant HT"])
    if row["Personne"]:
        cost += cents(row["TVA"])
    share = Fraction(row["Part imputée (%)"] or "100")
    if row["Facture"]:
        number = "".join(one for one in row["Facture"].upper() if one.isalnum()).replace("2023019", "202319")
        left = 100 - used.get(row["SIRET du fournisseur"] + number, Fraction(0))
        share = min(share, left)
        used[row["SIRET du fournisseur"] + number] = 100 - left + share
    amount = half_up(cost * share / 100)
    if row["Début de la prestation"]:
        begins, ends = (date.fromisoformat(row[f"{name} de la prestation"]) for name in ("Début", "Fin"))
        days = [begins + timedelta(days=n) for n in range((ends - begins).days + 1)]
        amount = half_up(Fraction(amount * sum(FIRST <= day <= LAST for day in days), len(days)))
    return amount if FIRST <= paid <= LAST else 0


def test_the_totals_are_those_of_the_raw_lines_by_another_method(folder):
    summary = json.loads((folder / "summary.json").read_text("utf-8"))
    assert (summary["is_fictitious"], summary["rate"]) == (True, "0.80")
    rows = table(react_eu.FOLDER / "expenses.csv")
    used: dict[str, Fraction] = {}
    cost = aid = 0
    for claim in summary["claims"]:
        mine = [row for row in rows if row["wave"] == str(claim["number"])]
        staff: dict[str, int] = {}
        eligible = rejected = 0
        for row in mine:
            amount = raw(row, used)
            eligible += amount
            if row["Personne"]:
                staff[row["partner"]] = staff.get(row["partner"], 0) + amount
            if row["Objet"] == react_eu.REJECTED:
                rejected += amount
        eligible += sum(half_up(Fraction(amount * 15, 100)) for amount in staff.values())
        assert cents(claim["eligible"]) == eligible
        assert cents(claim["aid"]) == half_up(Fraction(eligible * 8, 10))
        assert cents(claim["accepted"]) == eligible - rejected
        assert claim["capped"] is False
        cost, aid = cost + eligible - rejected, aid + half_up(Fraction((eligible - rejected) * 8, 10))
    assert cents(summary["own_share"]) == cost - aid


@pytest.mark.parametrize("number", CLAIMS)
def test_each_claim_has_its_lines_its_statement_and_every_piece_in_its_archive(folder, number):
    claim = folder / "claims" / number
    summary = json.loads((folder / "summary.json").read_text("utf-8"))["claims"][int(number) - 1]
    found = lines(folder, number)
    assert sum(cents(line["eligible"]) for line in found) == cents(summary["eligible"])
    assert sum(cents(line["accepted"]) for line in found) == cents(summary["accepted"])
    assert all(line["reason"] for line in found if line["eligible"] != line["accepted"])
    assert not check(claim / "evidence.zip").faults
    with zipfile.ZipFile(claim / "evidence.zip") as archive:
        inside = {hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist()}
    for line in found:
        hashes = line["sha256"].split()
        assert set(hashes) <= inside
        assert bool(hashes) == (line["is_flat_rate"] == "false")
    book = openpyxl.load_workbook(io.BytesIO((claim / "statement.xlsx").read_bytes()))
    cells = [cell for row in book.active.iter_rows() for cell in row]
    # Ours alone, one a column that is added up: asked, and accepted.
    assert [cell.value[:5] for cell in cells if cell.data_type == "f"] == ["=SUM(", "=SUM("]
    place = [cell.value for cell in book.active[1]].index("Montant demandé")
    last = next(row for row in book.active.iter_rows(min_row=2) if row[3].value == "Total de la demande")
    assert str(last[place].value) == summary["eligible"].removesuffix("0").removesuffix(".0")
    assert (claim / "statement.pdf").read_bytes().startswith(b"%PDF")
    found = recount(claim / "evidence.zip")
    assert (found.faults, f"{found.claimed:f}", f"{found.accepted:f}") == ([], summary["eligible"], summary["accepted"])


def test_it_has_a_line_rejected_one_paid_late_one_double_and_a_flat_rate(folder):
    found = [line for number in CLAIMS for line in lines(folder, number)]
    said = [line["reason"] for line in found]
    assert react_eu.REJECTION in said
    assert any(one.startswith("Payée le 16") for one in said)
    assert any(one.startswith("La même facture") for one in said)
    assert {line["subject"] for line in found if line["is_flat_rate"] == "true"}
    assert len({line["partner_siret"] for line in found}) == 4


def digest_of(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_the_installation_is_left_as_it_is_and_the_same_facts_give_the_same_lines(tmp_path, folder):
    data, out = tmp_path / "data", tmp_path / "out"
    data.mkdir()
    (data / "socle.sqlite3").write_bytes(b"not a database")
    (data / "demonstration").write_text("a marker")
    before = digest_of(data)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SOCLE_")}
    done = subprocess.run(
        [sys.executable, "-m", "socle", "replay", "react-eu", "--out", str(out)],
        env={**environment, "SOCLE_DATA_DIR": str(data)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert "Demande 3" in done.stdout
    assert digest_of(data) == before
    assert {path.name for path in tmp_path.iterdir()} == {"data", "out"}
    ours, theirs = (json.loads((one / "summary.json").read_text("utf-8")) for one in (folder, out))
    assert ours["claims"] == theirs["claims"]
    with pytest.raises(CommandError, match="donnez un dossier où vous pouvez écrire"):
        call_command("replay", "react-eu", out=str(data / "socle.sqlite3"))
