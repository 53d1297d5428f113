"""A table of papers tells the mention that is absent, and never one that stands there."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from socle.documents import official
from socle.documents.official import Mention, Official
from tests import factories as f

THERE = Mention("Titre", r"Acte", "CGCT, L. 1", is_read=True)
ABSENT = Mention("Signature", r"Le maire,", "CGCT, L. 2", is_read=False)


@pytest.mark.parametrize(
    ("pages", "found"),
    [(["Acte", "Le maire,"], ["1", "2"]), (["Le maire, Acte"], ["1", "1"]), (["Acte"], ["1", "absente"])],
)
def test_each_mention_is_told_with_its_page_or_as_absent(pages, found) -> None:
    kind = Official("acte", "Acte", "le maire", (THERE, ABSENT), lambda at: None, ("délai",))
    lines = official.table([(kind, "acte.pdf", pages)])
    assert [line[-1] for line in lines] == found
    assert [line[official.HEADERS.index("Article lu")] for line in lines] == ["oui", ""]
    assert [line[-1] for line in official.table([(kind, "", [])])] == ["", ""], "none is there: nothing is absent"


@pytest.mark.django_db
def test_papers_are_written_and_those_that_do_not_exist_are_named(tmp_path, monkeypatch, capsys) -> None:
    made = Official("acte", "Acte", "le maire", (ABSENT,), lambda at: f.pdf())
    none = Official("avis", "Avis", "personne", (THERE,), lambda at: None)
    monkeypatch.setattr(official, "kinds", lambda: (made, none))
    call_command("papers", out=tmp_path / "papers")
    out, err = capsys.readouterr()
    assert "1\u00a0papier, index.csv, 1\u00a0mention\u00a0absente" in out
    assert "Avis\u00a0: aucun ici." in err
    assert sorted(path.name for path in (tmp_path / "papers").iterdir()) == ["acte.pdf", "index.csv"]
    Path(tmp_path, "file").write_text("")
    with pytest.raises(CommandError, match="Choisissez un autre dossier"):
        call_command("papers", out=tmp_path / "file" / "x")
