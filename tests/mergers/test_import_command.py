"""`socle import-communes`: what concerns the programme comes first; nothing is written without --yes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from socle.people.models import Role
from socle.territory.models import Commune, Vintage
from tests import factories as f
from tests.territory.conftest import COMMUNES

pytestmark = pytest.mark.django_db
NEXT = COMMUNES + "".join(
    f"59{number},{name},59,,,{population},59000\n"
    for number, name, population in (("001", "Abancourt", 441), ("474", "Prisches-Neuve", 990), ("002", "Abscon", 4389))
)


@pytest.fixture
def file(tmp_path: Path, settings: Any) -> Path:
    settings.SOCLE_IMPORT_CEILING = 1
    f.programme()
    for code, name, population in (("59474", "Prisches", 1010), ("59001", "Abancourt", 441), ("59003", "Aibes", 370)):
        f.commune(code, name, population, epci=None)
    body = f.beneficiary(Commune.objects.get(insee_code="59474"))
    Commune.objects.update(siren="")
    f.signed_agreement(body)
    f.member(Role.MAYOR, body)
    path = tmp_path / "communes-2027.csv"
    path.write_text(NEXT)
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: Any, **options: Any) -> str:
    call_command("import_communes", *map(str, arguments), **options)
    return capsys.readouterr().out


def test_the_list_names_the_communes_of_the_programme_first_with_what_they_have(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = run(capsys, file)
    first, rest = out.split("Disparues, sans successeur connu (1) :")
    assert "Communes du programme (2) :" in first
    assert "! Prisches-Neuve (59474) : s’appelait Prisches — convention PMC-2026-" in first
    assert ", 1 personne" in first
    assert "passe sous 1\u202f000 habitants : 1\u202f010 → 990" in first
    assert "Aibes (59003)" in rest
    assert "Nouvelles (1) :\n  · Abscon (59002)" in rest
    assert out.endswith("avec --yes\n")
    assert not Vintage.objects.filter(year=2027).exists()


def test_with_yes_it_is_written_once(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, file, yes=True).endswith("Le millésime 2027 est importé.\n")
    assert Commune.objects.get(insee_code="59474").name == "Prisches-Neuve"
    assert run(capsys, file, yes=True) == "Déjà importé : le millésime 2027 est celui que l’on connaît.\n"


def test_a_share_beyond_the_ceiling_wants_to_be_spelled_out(
    file: Path, capsys: pytest.CaptureFixture[str], settings: Any
) -> None:
    settings.SOCLE_IMPORT_CEILING = 0.01
    assert "Ce millésime serait refusé : 1 commune sur 3 (33,4\u202f%)" in run(capsys, file)
    with pytest.raises(CommandError, match="peut-être tronqué"):
        run(capsys, file, yes=True)
    with pytest.raises(CommandError, match="que 10\u202f%"):
        run(capsys, file, yes=True, force="10 %")
    with pytest.raises(CommandError, match="n’est pas une part"):
        run(capsys, file, yes=True, force="oui")
    run(capsys, file, yes=True, force="33,4 %")
    assert Commune.objects.get(insee_code="59003").gone_in == 2027


def test_the_changes_beside_the_table_say_who_succeeds(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    changes = file.parent / "changes.csv"
    changes.write_text("insee_code,kind,heir,gone_in\n59003,merged,59474,2027\n")
    assert "Aibes (59003) : rejoint Prisches-Neuve (59474)" in run(capsys, file, changes=changes)
    with pytest.raises(CommandError, match="introuvable ou illisible"):
        run(capsys, file, changes=file.parent / "none.csv")


@pytest.mark.parametrize(("source", "reason"), [("nowhere.csv", "introuvable"), ("1999", "n’est pas livré")])
def test_a_wrong_source_is_refused_in_french(source: str, reason: str) -> None:
    with pytest.raises(CommandError, match=reason):
        call_command("import_communes", source)
