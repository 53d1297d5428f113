"""`socle grants read-invoice`: sixty invoices of eight shapes (`tests/data/invoices`), and what is none.

The invoices are ours, made to the shapes that programs of others write; `expected.json` says what each must give, which
was worked out from what they were made of, and not from what is read.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from socle.lib.invoices import read_invoice
from tests.lib.invoice_samples import attached, factur_x, pages

FOLDER = Path(__file__).parents[1] / "data/invoices"
EXPECTED = json.loads((FOLDER / "expected.json").read_text("utf-8"))


def told(path: Path) -> dict[str, object]:
    out = StringIO()
    call_command("grants", "read-invoice", str(path), "--json", stdout=out)
    found = json.loads(out.getvalue())
    assert isinstance(found, dict)
    return found


def test_the_corpus_has_what_is_met():
    assert set(EXPECTED) == {path.name for path in FOLDER.glob("*.xml")}
    assert len(EXPECTED) == 60
    producers = Counter(name.partition("-0")[0] for name in EXPECTED)
    assert len(producers) == 8
    assert min(producers.values()) >= 7
    assert {one["currency"] for one in EXPECTED.values()} == {"EUR", "SEK", "GBP"}
    assert sum(one["kind"] == "credit_note" for one in EXPECTED.values()) >= 10
    written = b"".join((FOLDER / name).read_bytes() for name in EXPECTED).replace(b"\0", b"").decode("utf-8", "replace")
    for code in ("261", "381", "384", "386", "393", "396", "471", "472", "473", "500", "501", "751"):
        assert f"TypeCode>{code}<" in written, code
    # The amounts of those that agree do.
    for name, one in EXPECTED.items():
        if not name.startswith("mal-regle"):
            assert Decimal(one["net"]) + Decimal(one["vat"]) == Decimal(one["gross"]), name


@pytest.mark.parametrize("name", EXPECTED)
def test_each_invoice_gives_what_it_says(name):
    assert told(FOLDER / name) == EXPECTED[name]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["gestion-01-une-ligne.xml", "artisan-06-sans-lignes-acompte.xml"])
def test_the_same_data_in_a_pdf_give_the_same_and_say_what_its_pages_do_not(name, tmp_path):
    wanted, path = EXPECTED[name], tmp_path / "facture.pdf"
    gross = wanted["gross"].replace(".", ",") + " €"
    path.write_bytes(attached(pages(wanted["number"], gross), [("factur-x.xml", (FOLDER / name).read_bytes())]))
    assert told(path) == wanted
    path.write_bytes(attached(pages("F-autre", "1,00 €"), [("factur-x.xml", (FOLDER / name).read_bytes())]))
    found = told(path)
    assert len(found.pop("doubts")) == 2
    assert found == {name: value for name, value in wanted.items() if name != "doubts"}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "déposez-en un autre"),
        (b"\x89PNG\r\n\x1a\n", "déposez-en un autre"),
        (b"<html/>", "saisissez la facture à la main"),
        (b"<Invoice", "saisissez-la à la main"),
        (b"%PDF-1.7 and nothing more", "déposez-le de nouveau"),
    ],
    ids=["empty", "a picture", "a page", "cut", "a broken pdf"],
)
def test_what_is_no_invoice_says_what_to_do(content, says, tmp_path):
    path = tmp_path / "facture"
    path.write_bytes(content)
    with pytest.raises(CommandError, match=says):
        call_command("grants", "read-invoice", str(path), "--json")


@pytest.mark.slow
def test_a_pdf_without_data_says_to_type_it(tmp_path):
    path = tmp_path / "facture.pdf"
    path.write_bytes(pages())
    with pytest.raises(CommandError, match="saisissez les champs en le lisant"):
        call_command("grants", "read-invoice", str(path))


def test_what_cannot_be_opened_is_named(tmp_path):
    for path in (tmp_path, tmp_path / "absente.xml"):
        with pytest.raises(CommandError, match="vérifiez son nom"):
            call_command("grants", "read-invoice", str(path))


def test_people_read_it_in_words():
    out = StringIO()
    call_command("grants", "read-invoice", str(FOLDER / "portail-03-avoir-381.xml"), stdout=out)
    said = out.getvalue().replace("\u00a0", " ")
    assert said.startswith("Avoir PB23/A003 ; 5 juin 2023 ; Papeterie du Beffroi ; hors taxes 12,80 € ; ")


@pytest.mark.slow
def test_the_command_itself_answers_and_ends_badly_on_what_is_no_invoice(tmp_path):
    """In processes of their own: what goes out, what goes to the errors, and how each ends."""

    def run(path: Path) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "-m", "socle", "grants", "read-invoice", str(path), "--json"]
        return subprocess.run(line, capture_output=True, text=True, timeout=120, check=False)

    name = "gestion-01-une-ligne.xml"
    done = run(FOLDER / name)
    assert (done.returncode, json.loads(done.stdout)) == (0, EXPECTED[name]), done.stderr
    path = tmp_path / "facture.pdf"
    path.write_bytes(factur_x())
    assert json.loads(run(path).stdout)["gross"] == "1230.38"
    path.write_bytes(b"no")
    failed = run(path)
    assert (failed.returncode, failed.stdout) == (1, "")
    assert "déposez-en un autre" in failed.stderr


def test_amounts_keep_the_sign_and_the_figures_of_the_file():
    content = (FOLDER / "gestion-01-une-ligne.xml").read_bytes()
    plain = read_invoice(content.replace(b"<ram:DuePayableAmount>463.00<", b"<ram:DuePayableAmount>463<")).plain()
    assert plain["due"] == "463.00"
    plain = read_invoice(content.replace(b"<ram:DuePayableAmount>463.00<", b"<ram:DuePayableAmount>463.0049<")).plain()
    assert plain["due"] == "463.0049"
    assert EXPECTED["portail-05-negative-380.xml"]["gross"] == "-38.40"
