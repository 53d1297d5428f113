"""The vintages: compared from a file, read with the programme's communes first, confirmed, done by the worker."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile

from socle.mergers import vintages
from socle.mergers.models import ImportStatus, VintageImport
from socle.territory import candidates
from socle.territory.models import Commune
from tests import factories as f
from tests.console.conftest import COMMUNES
from tests.territory.conftest import COMMUNES as HEADER

HOME = "/console/territoire/"


def file(*but: str, name: str = "communes-2027.csv") -> SimpleUploadedFile:
    """The map as it is, the communes named left out; Prisches under the threshold."""
    lines = [
        f"{code},{place},{code[:2]},{f.siren(int(code))},,{990 if code == '59474' else population},59000\n"
        for code, place, population in COMMUNES
        if code not in but
    ]
    return SimpleUploadedFile(name, (HEADER + "".join(lines)).encode())


def compare(client: Any, given: SimpleUploadedFile) -> Any:
    return client.post(f"{HOME}comparer/", {"file": given}, follow=True)


@pytest.mark.slow
def test_a_file_is_compared_read_confirmed_and_written_by_the_worker(world: Any, enter: Any) -> None:
    officer = enter("officer")
    page = BeautifulSoup(compare(officer, file()).content, "html.parser")
    ours = page.get_text()
    assert "Prisches (59474)\u00a0: passe sous 1\u202f000 habitants" in ours
    assert "convention PMC-2026-" in ours
    made = VintageImport.objects.latest("pk")
    address = f"{HOME}{made.pk}/"
    seen = page.select_one("input[name=attendu]")["value"]
    assert officer.post(f"{address}importer/", {"attendu": seen}).status_code == 422
    going = officer.post(f"{address}importer/", {"attendu": seen, "confirme": "on"}, follow=True).content.decode()
    assert "L’exécuteur de tâches va le prendre" in going
    part = officer.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "avancement" in part
    assert "<html" not in part
    assert vintages.carry_due() == 1
    assert officer.get(address, headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    assert "Le millésime est importé" in officer.get(address).content.decode()
    assert Commune.objects.get(insee_code="59474").population == 990
    assert "communes-2027.csv" in officer.get(HOME).content.decode()


@pytest.mark.slow
def test_a_large_share_wants_to_be_spelled_out_before_anything_is_asked(world: Any, enter: Any) -> None:
    officer = enter("officer")
    page = compare(officer, file("62003")).content.decode()
    assert "Beaucoup de communes disparaîtraient" in page
    made = VintageImport.objects.latest("pk")
    data = {"attendu": vintages.difference_of(made).fingerprint, "confirme": "on"}
    for part in ("", "oui", "1 %"):
        assert officer.post(f"{HOME}{made.pk}/importer/", {**data, "part": part}).status_code == 422
    assert VintageImport.objects.get(pk=made.pk).status == ImportStatus.READ
    officer.post(f"{HOME}{made.pk}/importer/", {**data, "part": "20 %"})
    assert VintageImport.objects.get(pk=made.pk).status == ImportStatus.ASKED


@pytest.mark.slow
def test_a_wrong_file_is_refused_in_french_and_an_import_may_be_left(
    world: Any, enter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer = enter("officer")
    before = VintageImport.objects.count()
    for given, reason in (
        (SimpleUploadedFile("communes-2027.csv", b"%PDF-1.7"), "Rien n’a été écrit"),
        (SimpleUploadedFile("communes-2027.csv", b""), "vide"),
        (file(name="sans-annee.csv"), "ne dit pas son millésime"),
    ):
        answer = compare(officer, given)
        assert (answer.status_code, reason in answer.content.decode()) == (422, True)
    assert officer.post(f"{HOME}comparer/").status_code == 422
    monkeypatch.setattr(candidates, "MAX_BYTES", 10)
    assert "dépasse 30\u00a0Mo" in compare(officer, file()).content.decode()
    assert VintageImport.objects.count() == before
    officer.post(f"{HOME}{world.brought}/laisser/")
    assert VintageImport.objects.get(pk=world.brought).status == ImportStatus.DROPPED


@pytest.mark.slow
def test_only_officers_of_the_lead_compare(world: Any, enter: Any) -> None:
    for who in ("cdg59", "technician", "somme"):
        client = enter(who)
        assert "au syndicat chef de file" in client.get(HOME).content.decode()
        for gesture in ("comparer/", f"{world.brought}/importer/", f"{world.brought}/laisser/"):
            assert client.post(f"{HOME}{gesture}").status_code == 403
