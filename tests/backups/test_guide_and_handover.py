"""What the page of services says of the saves, and what a mairie takes along of them."""

from __future__ import annotations

import zipfile

import pytest
from django_scopes import scope

from socle.backups import drills, guide, handover
from socle.backups.models import Machine
from socle.lib.archives import Archive
from tests import factories as f
from tests.backups.conftest import enrolled, saves


def test_the_guide_says_how_they_are_and_nothing_where_there_is_no_place(place, secretary):
    with scope(beneficiary=place):
        assert guide.give(place, by=secretary, at=f.NOW) == guide.Guide()


def test_the_guide_leads_to_the_page(account, secretary):
    given = guide.give(account.beneficiary, by=secretary, at=f.NOW)
    assert [link.url for link in given.links] == ["/mairie/sauvegardes/", "/mairie/sauvegardes/ajouter/"]
    assert given.figures[0].share == 0
    assert "Aucune machine" in given.says


@pytest.fixture
def archive(tmp_path):
    made = Archive(tmp_path / "archive.zip", at=f.NOW)
    yield made
    made.close()


def test_what_is_taken_along_names_each_save_and_holds_the_certificates(
    account, secretary, archive, settings, tmp_path
):
    settings.DOCUMENTS_ROOT = tmp_path / "kept"
    repository = enrolled(account, secretary)
    save = saves(repository, at=f.NOW)
    drills.rehearse(repository, by=secretary, at=f.NOW)
    with archive.part("sauvegardes", "Sauvegardes", "") as shelf:
        handover.write(account.beneficiary, shelf)
    archive.close()
    with zipfile.ZipFile(tmp_path / "archive.zip") as file:
        names = file.namelist()
        text = b"".join(file.read(name) for name in names if name.endswith(".csv")).decode()
        certificates = [name for name in names if name.endswith(".pdf")]
    assert save.id in text
    assert Machine.objects.get().name in text
    assert repository.escrow not in text
    assert len(certificates) == 1
