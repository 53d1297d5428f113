"""Acts leave as a folder or a ZIP, come back whole or not at all, and are said to be late, contradictory or altered."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import zipfile
from datetime import date

import pytest
from django.core.management import CommandError, call_command

from socle.deliberations import actions, checking, exchange
from socle.deliberations.models import Act
from socle.documents import actions as documents
from socle.documents.models import Document
from socle.lib.refusals import Refused
from socle.people.models import User
from tests import factories as f
from tests.mairie.conftest import pdf

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("all_beneficiaries")]
FACTS = {
    "matter": "5.7", "author_name": "Ada Roi", "author_quality": "maire", "members_in_office": 11, "votes_for": 9,
    "votes_against": 1, "abstentions": 0, "publication_certificate": "=affiché\nà la porte", "mode": Act.Mode.POSTED,
}  # fmt: skip


@pytest.fixture
def place():
    return f.beneficiary()


@pytest.fixture
def folder(place, tmp_path):
    """The folder of a commune that has two acts, one of them individual and held back; they are then gone."""
    kept = documents.keep(pdf(), title="x", filename="x.pdf", beneficiary=place, by=f.user(), at=f.NOW)
    f.act(place, "2026-01", subject="=Vœux", document=kept, **FACTS)
    f.act(place, "2026-02", kind=Act.Kind.INDIVIDUAL, published_on=None, notified_on=date(2026, 10, 4),
          held_back_because="un nom")  # fmt: skip
    exchange.export([place], tmp_path / "here")
    return tmp_path / "here"


def run(*args, yes=False) -> str:
    out = io.StringIO()
    call_command("acts", *map(str, args), *(["--yes"] if yes else []), stdout=out, stderr=out)
    return out.getvalue().replace("\u00a0", " ")


def rows_of(folder):
    return list(csv.DictReader(io.StringIO((folder / "actes.csv").read_text(encoding="utf-8-sig")), delimiter=";"))


def rewrite(folder, rows):
    with (folder / "actes.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, exchange.HEADERS, delimiter=";")
        writer.writeheader()
        writer.writerows(rows)


def facts() -> list[dict]:
    gone = ("id", "document_id", "declared_by_id")
    return [
        {name: value for name, value in one.items() if name not in gone} for one in f.acts().order_by("number").values()
    ]


@pytest.mark.parametrize("name", ["all", "all.zip"])
def test_what_leaves_comes_back_the_same_once(place, folder, tmp_path, name):
    before = facts()
    assert "2 actes, 1 fichier" in run("export", tmp_path / name)
    f.acts().all().delete()
    said = run("import", tmp_path / name)
    assert "2 actes à enregistrer, 0 déjà là. Rien n’est enregistré" in said
    assert not f.acts().exists()
    assert "2 actes de plus" in run("import", tmp_path / name, yes=True)
    assert facts() == before
    # Kept twice, and the same bytes.
    assert [*Document.objects.values_list("sha256", flat=True)] == [f.acts().get(number="2026-01").document.sha256] * 2
    assert "0 acte de plus, 2 déjà là" in run("import", tmp_path / name, yes=True)
    assert f.acts().count() == 2
    with pytest.raises(CommandError, match="existe déjà"):
        run("export", tmp_path / name)


def test_a_body_is_named_by_its_siret_and_an_operator_has_acts_too(place, tmp_path):
    lead = f.programme().lead()
    lead.siret = "20003938600038"
    lead.save(update_fields=["siret"])
    f.act(place)
    assert "1 acte," in run("export", tmp_path / "one", "--body", place.siret)
    assert "2 actes," in run("export", tmp_path / "two")
    assert {row["SIRET"] for row in rows_of(tmp_path / "two")} == {place.siret, lead.siret}
    with pytest.raises(CommandError, match="Aucun organisme"):
        run("export", tmp_path / "three", "--body", "1")


def test_what_the_platform_put_online_comes_back_as_declared(place, tmp_path):
    kept = documents.keep(pdf(), title="x", filename="x.pdf", beneficiary=place, by=f.user(), at=f.NOW)
    act = f.act(place, document=kept, published_on=None, put_online_asked_at=f.NOW)
    actions.note_online(act, address="https://x.fr/a", sha256=kept.sha256, by=User.objects.system(), at=f.NOW)
    run("export", tmp_path / "here")
    f.acts().all().delete()
    run("import", tmp_path / "here", yes=True)
    act = f.acts().get()
    assert (act.published_on, act.put_online_at, act.online_sha256) == (f.TODAY, None, "")
    assert "https://x.fr/a" in act.publication_certificate


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"SIRET": "1"}, "Aucun organisme n’a ici le SIRET « 1 »"),
        ({"Nature": "poème"}, "« Nature » : choisissez entre"),
        ({"Nature": "à qualifier"}, "Choisissez ce qu’est cet acte"),
        ({"Numéro": ""}, "Il manque « Numéro »"),
        ({"Numéro": "9" * 31}, "« Numéro » compte plus de 30 caractères"),
        ({"Numéro": "2026-02"}, "déjà celui d’une autre ligne"),
        ({"Objet": "x" * 501}, "plus de 500 caractères"),
        ({"Adopté le": "31/02/2026"}, "« Adopté le » ne se lit pas"),
        ({"Adopté le": "2027-01-01"}, "n’est pas encore venu"),
        ({"Publié le": "30/09/2026"}, "publié avant d’être adopté"),
        ({"Mode de publication": "crieur"}, "« Mode de publication » : choisissez entre"),
        ({"Matière": "5.99"}, "nomenclature"),
        ({"Voix pour": "12"}, "13 voix pour 11 membres"),
        ({"Voix pour": "-1"}, "« Voix pour » est un nombre entier"),
        ({"Voix pour": ""}, "Un vote se dit tout entier"),
        ({"Fichier": "../../etc/passwd"}, "n’est pas sûr"),
        ({"Fichier": "/etc/passwd"}, "n’est pas sûr"),
        ({"Fichier": "textes/absent.pdf"}, "manque"),
        ({"Fichier": "lien.pdf"}, "manque"),
        ({"Fichier": "actes.csv"}, "PDF"),
        ({"SHA-256": "0" * 64}, "son empreinte est une autre"),
    ],
)
def test_a_line_that_does_not_fit_is_refused_with_its_reason_and_nothing_is_written(place, folder, change, says):
    os.symlink("/etc/hostname", folder / "lien.pdf")
    f.acts().all().delete()
    first, second = sorted(rows_of(folder), key=lambda row: row["Numéro"])
    rewrite(folder, [second, {**first, **change}])
    with pytest.raises(CommandError, match="ligne à corriger"):
        run("import", folder, yes=True)
    found = exchange.read(exchange.Source(folder), on=f.TODAY)
    [(line, sentence)] = found.refusals
    assert line == 3
    assert says in sentence.replace("\u00a0", " ")
    assert not f.acts().exists()
    with pytest.raises(Refused, match="Rien n’est enregistré"):
        exchange.bring_in(found, exchange.Source(folder), by=User.objects.system(), at=f.NOW)


def test_a_number_of_another_act_is_refused_and_the_same_act_is_known(place, folder):
    rows = rows_of(folder)
    rewrite(folder, [{**row, "Objet": "Autre objet"} if row["Numéro"] == "2026-01" else row for row in rows])
    found = exchange.read(exchange.Source(folder), on=f.TODAY)
    assert (found.known, found.coming, len(found.refusals)) == (1, [], 1)
    assert "porte déjà le numéro" in found.refusals[0][1]


def test_nothing_is_half_written_when_a_file_changes_meanwhile(place, folder):
    f.acts().all().delete()
    rewrite(folder, sorted(rows_of(folder), key=lambda row: row["Fichier"]))
    source = exchange.Source(folder)
    found = exchange.read(source, on=f.TODAY)
    [text] = (folder / "textes").rglob("*.pdf")
    text.write_bytes(b"")
    with pytest.raises(Refused, match="Ligne 3"):
        exchange.bring_in(found, source, by=User.objects.system(), at=f.NOW)
    assert not f.acts().exists()


@pytest.mark.slow
def test_a_bomb_and_what_is_no_folder_are_refused(place, folder, tmp_path):
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("actes.csv", bytes(exchange.MOST_INDEX + 1))
    for name, says in (
        (bomb, "trop lourd"),
        (folder / "actes.csv", "ni un dossier ni un ZIP"),
        ("rien", "n’existe pas"),
    ):
        with pytest.raises(CommandError, match=says):
            run("import", name)
    for filling, says in ((b";", "plus de 256 colonnes"), (b"a;b\n", "il y manque"), (b"\n", "est vide")):
        (folder / "actes.csv").write_bytes(filling * 1_000_000)
        with pytest.raises(CommandError, match=says):
            run("import", folder)
    (folder / "actes.csv").write_text(";".join(exchange.HEADERS) + "\n" * (exchange.MOST_LINES + 2))
    with pytest.raises(CommandError, match="plus de 100\u202f000 lignes"):
        run("import", folder)
    cut = tmp_path / "cut.zip"
    cut.write_bytes(bomb.read_bytes()[:-30])
    with pytest.raises(CommandError, match="ni un dossier ni un ZIP"):
        run("import", cut)


# --- Checking ---------------------------------------------------------------------------------------------------------
LATE = date(2026, 10, 1)


@pytest.mark.parametrize(
    ("act", "says"),
    [
        ({}, None),
        ({"kind": Act.Kind.UNQUALIFIED}, "Dites ce qu’il est"),
        ({"received_on": None}, "elle n’est pas reçue en préfecture : pas exécutoire"),
        ({"published_on": None}, "elle n’est pas publiée : pas exécutoire"),
        ({"kind": Act.Kind.INDIVIDUAL}, "il n’est pas notifié : pas exécutoire"),
        ({"kind": Act.Kind.MINUTES, "published_on": None}, None),
        ({"kind": Act.Kind.LIST, "published_on": None}, "L. 2121-25"),
        ({"kind": Act.Kind.LIST, "published_on": date(2026, 10, 9)}, "1 jour après le 8 octobre"),
        ({"kind": Act.Kind.LIST}, None),
        ({"received_on": date(2026, 9, 30)}, "reçue en préfecture avant d’être adoptée"),
        ({"published_on": date(2026, 9, 30)}, "publiée avant d’être adoptée"),
        ({"published_on": date(2026, 11, 26)}, "n’est pas encore venu"),
        ({"not_transmissible_because": "x"}, "et dite non transmissible"),
        ({"members_in_office": 1, "votes_for": 2, "votes_against": 0, "abstentions": 0}, "2 voix pour 1 membre"),
        ({"mode": Act.Mode.POSTED}, "autre mode (affichage) que celui qui valait ce jour-là (mise en ligne"),
        ({"mode": Act.Mode.ELECTRONIC}, None),
    ],
)
def test_what_is_late_or_contradictory_is_said_with_what_to_do(place, act, says):
    f.act(place, **act)
    found = [one.says.replace("\u00a0", " ") for one in checking.examine(place, on=f.TODAY)]
    assert len(found) == (says is not None)
    assert says is None or says in found[0]


def test_two_numbers_that_are_one_once_sent_are_said(place):
    f.act(place, "2026-16")
    f.act(place, "2026 – 16")
    assert [one.act for one in checking.examine(place, on=f.TODAY)] == ["Délibération n°\u00a02026-16",
                                                                       "Délibération n°\u00a02026 – 16"]  # fmt: skip


def test_a_file_altered_on_the_disk_or_on_the_site_is_said(place, settings, monkeypatch):
    kept = documents.keep(pdf(), title="x", filename="x.pdf", beneficiary=place, by=f.user(), at=f.NOW)
    f.act(place, document=kept, put_online_at=f.NOW, online_sha256=kept.sha256, mode="electronic", author_name="A")
    served = {"": kept.sha256}

    class Site:
        def roots(self, beneficiaries):
            return {}

        def path_of(self, act):
            return f"/actes/{act.pk}"

        def served(self, beneficiary):
            return {f"/actes/{f.acts().get().pk}": served[""]} if served else {}

    monkeypatch.setattr(checking, "publisher", Site)

    def found():
        return [one.says for one in checking.examine(place, on=f.TODAY)]

    assert found() == []
    served[""] = hashlib.sha256(b"x").hexdigest()
    assert "un autre fichier" in found()[0]
    served.clear()
    assert "ne le sert plus" in found()[0]
    assert [one.says for one in checking.examine(place, on=f.TODAY, with_files=False)] == []
    f.acts().update(held_back_because="un nom")
    assert found() == []
    path = documents.address_of(kept)
    os.chmod(path, 0o600)
    with open(path, "wb") as file:
        file.write(b"x")
    assert "a été modifié" in found()[0]


def test_the_command_says_all_bodies_and_ends_badly_when_there_is_something(place):
    f.act(place)
    assert "Rien n’est en retard" in run("check")
    f.acts().update(received_on=None)
    with pytest.raises(CommandError, match="chose à reprendre"):
        run("check", "--body", place.siret)
    out = io.StringIO()
    with pytest.raises(CommandError):
        call_command("acts", "check", "--json", "--without-files", stdout=out)
    [told] = json.loads(out.getvalue())["bodies"]
    assert (told["siret"], len(told["findings"])) == (place.siret, 1)
