"""Words that an official paper, an e-mail, a model or a text of the platform never bears: a jurist struck them out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.consistency.house import ROOT, files, read

STRUCK = {
    "two genders of one person": r"(?:\ble|\bLe) maire ou la maire",
    "a plural in brackets": r"\w\((?:e|s|es|e\)s?)\)",
    "a day as a machine writes it": r"\b20\d\d-\d\d-\d\d\b",
    "a SIRET without spaces": r"\bSIRET\b[^\n{]{0,20}\b\d{14}\b",
    "a department in the place of a town": r"\bÀ département\b",
    "« de » before a vowel": r"\b(?:de|que|le) (?:Eccles|Audresselles|Aubers)\b",
    "an address of this machine": r"localhost|127\.0\.0\.1",
    "nothing, counted": r"\b0 (?:acte|mairie|commune|message|machine)s?\b",
    "a vote of both genders": r"Présents et présentes",
    "« s’inscrit d’une pression »": r"s’inscrit d’une pression|Être prévenu des prochains",
}


def written() -> list[Path]:
    """What is printed or sent: texts, models of items, layouts, papers, e-mails."""
    return [path for path in files(".py", ".txt", ".md", ".toml", ".typ") if _is_official(path)]


def _is_official(path: Path) -> bool:
    if path.parts[:2] == ("texts", "demarches"):
        # Read by the site, which writes its dates in words; nothing of it is a paper.
        return False
    if path.parts[0] == "texts":
        # What was printed of a former version stays as it was: the last one alone is printed anew.
        dated = [one.name for one in (ROOT / "texts" / path.parts[1]).glob("20*")]
        return not dated or path.parts[2] == max(dated)
    if path.parts[0] != "socle":
        return False
    is_paper = "papers" in path.parts or path.name == "item_models.toml" or path.suffix == ".typ"
    return is_paper or ("templates" in path.parts and path.suffix == ".txt")


@pytest.mark.parametrize("what", STRUCK)
def test_no_paper_bears_what_a_jurist_struck_out(what: str) -> None:
    looked = re.compile(STRUCK[what])
    wrong = [
        f"{path}:{rank}: {line.strip()[:100]}"
        for path in written()
        for rank, line in enumerate(read(path).splitlines(), 1)
        if looked.search(line.replace("\\u00a0", " ").replace("\u00a0", " "))
    ]
    assert wrong == []


def test_there_is_much_to_read() -> None:
    kinds = {path.suffix for path in written()}
    assert kinds >= {".txt", ".md", ".toml", ".typ", ".py"}, kinds


def test_each_finding_about_the_papers_has_a_test_by_its_number() -> None:
    named = re.compile(r"^def test_paper_(\d\d)_", re.MULTILINE)
    found = {number for path in files(".py") if path.parts[0] == "tests" for number in named.findall(read(path))}
    assert found == {f"{number:02d}" for number in range(1, 25)}
