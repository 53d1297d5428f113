"""A skeleton of a programme that loads as it is, and all the faults of a file said at once."""

from __future__ import annotations

import io
import tomllib
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from socle.deliberations.models import Act
from socle.documents.models import Text
from socle.people.models import Operator
from socle.programme import skeleton
from socle.programme.models import Programme
from tests import factories as f

pytestmark = pytest.mark.django_db


@pytest.fixture
def base() -> None:
    """What `migrate` and `load-territory` leave: departments, a vintage, the texts of the release."""
    f.department()
    f.vintage()
    f.text()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "programme.toml"


def run(*words: Any, **options: Any) -> str:
    said = io.StringIO()
    call_command(*words, stdout=said, stderr=said, **options)
    return said.getvalue().replace("\u00a0", " ")


def write(path: Path, **options: str) -> str:
    words = [word for name, value in options.items() for word in (f"--{name.replace('_', '-')}", value)]
    return run("programme", "new", str(path), *words)


def faults(path: Path) -> list[str]:
    said = io.StringIO()
    with pytest.raises(CommandError, match=r"à corriger\. Rien n’est changé"):
        call_command("programme", "check", str(path), stderr=said)
    return said.getvalue().replace("\u00a0", " ").splitlines()


def test_the_skeleton_loads_as_it_is_and_says_what_is_left_to_write(base: None, path: Path) -> None:
    Text.objects.update(is_shipped=True)
    said = write(path)
    lines = path.read_text(encoding="utf-8").splitlines()
    left = [n for n, line in enumerate(lines, 1) if "À COMPLÉTER" in line and n > 3]
    assert f"À compléter, lignes {', '.join(map(str, left))}." in said
    assert "se charge tel quel" in run("programme", "check", str(path))
    assert not Programme.objects.exists()  # It was looked at, not loaded.
    run("load_programmes", str(path))
    assert Programme.objects.get().agreement_types.get().text_version == Text.objects.get().version
    assert not Programme.objects.get().agreement_types.get().text_is_demonstration
    assert "déjà à jour" in run("load_programmes", str(path))


def test_what_is_given_at_once_is_not_left_to_write(base: None, path: Path) -> None:
    Text.objects.update(is_shipped=True)
    write(
        path, name="Pack « numérique » de l’Avesnois", prefix="PNA", department="59", lead="Syndicat de l’Avesnois",
        lead_siret="200 039 386 00038", lead_seat="1 place Verte, 59440 Avesnes", cdg="Centre de gestion",
        cdg_siret="99999990700010", cdg_seat="Lille", act="2026-12", adopted_on="2026-03-02",
        received_on="2026-03-03", published_on="2026-03-04",
    )  # fmt: skip
    run("load_programmes", str(path))
    programme = Programme.objects.get()
    assert (programme.code, programme.number_prefix) == ("pack-numerique-de-l-avesnois", "PNA")
    assert [(one.siret, one.is_fictitious) for one in Operator.objects.order_by("code")] == [
        ("99999990700010", False),
        ("20003938600038", False),
    ]
    founding = Act.of_operators.get()
    assert (str(founding.received_on), str(founding.published_on)) == ("2026-03-03", "2026-03-04")


def test_a_name_alone_is_that_of_the_operator_s_folder(base: None, settings: Any, tmp_path: Path) -> None:
    Text.objects.update(is_shipped=True)
    settings.DATA_DIR = tmp_path
    write(Path("pack.toml"))
    assert (tmp_path / "programmes" / "pack.toml").exists()
    assert "se charge tel quel" in run("programme", "check", "pack.toml")
    run("load_programmes")
    assert Programme.objects.exists()
    assert "déjà à jour" in run("load_programmes", "pack.toml")


def test_a_file_that_exists_is_never_replaced(base: None, path: Path) -> None:
    Text.objects.update(is_shipped=True)
    path.write_text("le mien")
    with pytest.raises(CommandError, match="existe déjà"):
        write(path)
    assert path.read_text() == "le mien"


def test_a_wrong_siret_writes_nothing(base: None, path: Path) -> None:
    with pytest.raises(CommandError, match="14 chiffres"):
        write(path, lead_siret="200039386")
    assert not path.exists()


def test_without_communes_it_says_what_to_load(path: Path) -> None:
    with pytest.raises(CommandError, match="load-territory"):
        write(path)


TEN_FAULTS = (
    ("below = 1000", 'below = "mille"', "un nombre entier est attendu"),
    ('source = "', 'origine = "', "ce champ est inconnu"),
    ("vintage = 2026", "vintage = 2025", "le millésime 2025 n’est pas chargé"),
    ("99999995600017", "99999995600018", "La clé de ce SIRET est fausse"),
    ('departments = ["59"]', 'departments = ["5Z"]', "le département « 5Z » n’existe pas"),
    ("adopted_on = ", "adopted_on = 'hier' # ", "une date est attendue"),
    ("article = 2\ntext", "article = 9\ntext", "l’acte fondateur n’a pas d’article 9"),
    ('annual_price = "0.00"', "annual_price = 240.0", "entre guillemets"),
    ('text = "convention-tripartite"\nversion', 'text = "convention-inconnue"\nversion', "n’a pas de version"),
    ('part = "cdg"\n', 'part = "cdg"\nsees_money = "oui"\n', "true ou false est attendu"),
)


def test_ten_faults_are_said_at_once_each_with_its_line(base: None, path: Path) -> None:
    Text.objects.update(is_shipped=True)
    write(path)
    text = path.read_text(encoding="utf-8")
    for before, after, _ in TEN_FAULTS:
        assert before in text
        text = text.replace(before, after, 1)
    path.write_text(text, encoding="utf-8")
    said = faults(path)
    lines = text.splitlines()
    for _, after, reason in TEN_FAULTS:
        (fault,) = [one for one in said if reason in one][:1]
        number = int(fault.partition("ligne ")[2].partition(" ")[0])
        assert after.splitlines()[-1].strip()[:12] in lines[number - 1] or after.splitlines()[0] in lines[number - 1]
    assert not Programme.objects.exists()


def test_what_others_refer_to_is_mended_first(base: None, path: Path) -> None:
    """A wrong code would make wrong all that names it: those are not called faults."""
    Text.objects.update(is_shipped=True)
    write(path)
    text = path.read_text(encoding="utf-8").replace('code = "chef-de-file"', 'code = "Chef de file"')
    path.write_text(text, encoding="utf-8")
    (only,) = faults(path)
    assert "« operator.1.code »" in only


def test_what_the_loading_refuses_is_said_by_the_check(base: None, path: Path) -> None:
    Text.objects.update(is_shipped=True)
    write(path, act="2026 n° 12")
    (only,) = faults(path)
    assert "ligne 56" in only
    assert "Le numéro de l’acte" in only
    with pytest.raises(CommandError, match="Le numéro de l’acte"):
        run("load_programmes", str(path))


def test_every_field_of_the_file_has_a_right_value_in_the_skeleton_or_may_be_left_out() -> None:
    assert tomllib.loads(skeleton.written(skeleton.Facts(), vintage=2026, version="2026-11-25", today=f.TODAY))


@pytest.mark.parametrize("is_demonstration", [False, True])
def test_the_syndicate_s_own_file_is_loaded_by_itself_in_a_demonstration_alone(
    settings: Any, tmp_path: Path, is_demonstration: bool
) -> None:
    from socle.programme import actions

    settings.DATA_DIR, settings.DEMO = tmp_path, is_demonstration
    assert actions.files() == ([actions.shipped()] if is_demonstration else [])
    if not is_demonstration:
        with pytest.raises(CommandError, match="Aucun fichier de programme"):
            run("load_programmes")


def test_the_operator_of_the_first_person_is_the_one_of_the_file(base: None, path: Path) -> None:
    """Whoever was invited before any programme was loaded works for its lead afterwards."""
    Text.objects.update(is_shipped=True)
    run("first_person", "anne@exemple.invalid", name="Anne", operator="200039386", operator_name="Syndicat")
    write(path, lead="Syndicat de l’Avesnois", lead_siret="20003938600038")
    run("load_programmes", str(path))
    lead = Programme.objects.get().lead()
    assert (lead.code, lead.name, lead.siret) == ("chef-de-file", "Syndicat de l’Avesnois", "20003938600038")
    assert lead.invitations.get().email == "anne@exemple.invalid"


@pytest.mark.parametrize(
    ("said", "is_refused"),
    [
        ("Participation hors du champ de la TVA (article 3)", False),
        ("Hors taxes, TVA à 20 %", False),
        ("TVA à préciser", True),
        ("selon la loi", True),
    ],
)
def test_the_vat_is_chosen_as_the_file_is_written_or_is_left_to_fill(
    base: None, path: Path, said: str, is_refused: bool
) -> None:
    Text.objects.update(is_shipped=True)
    if is_refused:
        with pytest.raises(CommandError, match="n’est pas choisi"):
            write(path, vat=said)
        assert not path.exists()
        return
    write(path, vat=said)
    (kind,) = [
        one for one in tomllib.loads(path.read_text(encoding="utf-8"))["agreement"] if one["code"] == "tripartite"
    ]
    assert kind["vat_regime"] == said
