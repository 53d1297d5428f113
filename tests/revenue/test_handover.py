"""The contributions called of a beneficiary leave with it, and what it requires to pay; nothing of another."""

import csv
import io
import json
import zipfile

from django_scopes import scope

from socle.lib.archives import Archive
from socle.revenue.handover import write
from tests import factories as f
from tests.revenue.conftest import AT, agreement
from tests.revenue.test_contributions import export, noted, wants


def handed(of, tmp_path):
    """The files of a beneficiary's part, by name."""
    archive = Archive(tmp_path / f"{of.pk}.zip", at=AT)
    with scope(beneficiary=of), archive.part("contributions", "Contributions", "x") as shelf:
        write(of, shelf)
    archive.finish(lambda done: "", {})
    with zipfile.ZipFile(tmp_path / f"{of.pk}.zip") as found:
        return {name.removeprefix("contributions/"): found.read(name).decode("utf-8-sig") for name in found.namelist()}


def test_a_beneficiary_takes_along_what_it_was_asked_to_pay_and_what_it_requires(operator, finance, tmp_path):
    ours, theirs = agreement("59001", "signed", "240.50"), agreement("59002", "signed", "100")
    noted(finance)
    wants(ours, finance, is_engagement_required=True, engagement="E1", engagement_year=2026)
    export(finance)
    files = handed(ours.bound, tmp_path)
    [line] = csv.DictReader(io.StringIO(files["contributions.csv"]), delimiter=";")
    assert (line["Référence"], line["Montant TTC"], line["Numéro d’engagement"]) == ("PMC-59001/2026", "240,50", "E1")
    assert line["Encaissé"] == ""
    assert "ni titre ni facture" in line["Mention"]
    required = json.loads(files["debiteur.json"])
    assert (required["engagement"], required["is_engagement_required"]) == ("E1", True)
    others = handed(theirs.bound, tmp_path)
    assert "debiteur.json" not in others
    assert "PMC-59001" not in others["contributions.csv"]


def test_one_that_was_asked_nothing_is_told_so(operator, tmp_path):
    files = handed(f.beneficiary(), tmp_path)
    assert "contributions.csv" not in files
    assert "Aucune contribution n’a été appelée." in files["index.json"]
