"""The map moves, in a real browser: a merger read, applied, given back; a vintage brought, refused, then accepted."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project
from django.core.cache import cache
from django.db import connection
from django.utils import timezone
from django_scopes import scopes_disabled
from playwright.sync_api import Page, expect

from socle.agreements.models import Agreement
from socle.documents.texts import publish_seeds
from socle.journal.models import Entry
from socle.mergers.demo_data import MERGED, ensure_merger
from socle.people import personas
from socle.people.models import Membership, User
from socle.programme import actions as programmes
from socle.programme.models import Programme
from socle.provisioning.models import Right
from socle.territory.models import Commune, CommuneInVintage
from tests import factories as f

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

Address = Callable[..., str]
Look = Callable[[Page], None]
HEIR = "59006"
HEADER = "insee_code,name,department,siren,epci,population,postal_codes\n"


@pytest.fixture(autouse=True)
def demo(settings: Any, tmp_path: Path) -> None:
    """The real programme over a handful of communes, and the demonstration's people and merger."""
    settings.DEMO = True
    settings.PKI_DIR = tmp_path / "pki"
    cache.clear()
    names = ("Beaurieux", "Eccles", "Solrinnes", "Audresselles")
    for insee_code, name in zip((*personas.SHARED_COMMUNES, personas.LONE_COMMUNE), names, strict=True):
        f.commune(insee_code, name, 1000)
    f.commune(HEIR, "L’Orée de Mormal", 600)
    gone = f.commune(MERGED, "Bermeries", 370)
    CommuneInVintage.objects.filter(commune=gone).delete()
    Commune.objects.filter(pk=gone.pk).update(
        gone_in=2025, merged_into=Commune.objects.get(insee_code=HEIR), population=None
    )
    system = User.objects.system()
    publish_seeds(by=system, at=f.NOW)
    file = Path(project.ROOT) / "programmes" / "pack-mairies-connectees.toml"
    programmes.load(file, by=system, at=f.NOW, demonstration=True)
    personas.ensure_personas(by=system, at=f.NOW)


def equip_the_one_that_merged() -> None:
    try:
        # Equipping reads the clock: a plan dated before its people began would not see them.
        assert ensure_merger(Programme.objects.get(), by=User.objects.system(), at=timezone.now()) is not None
    finally:
        connection.close()


def held_by(insee_code: str) -> tuple[int, int, int]:
    """How many agreements, running rights and people a commune has."""
    with scopes_disabled():
        of = {"beneficiary__commune__insee_code": insee_code}
        return (
            Agreement.objects.filter(**of).count(),
            Right.objects.filter(**of, closed_at__isnull=True).count(),
            Membership.objects.filter(**of, ends_on__isnull=True).count(),
        )


def test_a_merger_is_read_applied_and_given_back(as_person: Any, address: Address, look: Look) -> None:
    # In a thread of its own: the browser's driver holds this one's event loop, and pyHanko wants one.
    with ThreadPoolExecutor() as apart:
        apart.submit(equip_the_one_that_merged).result()
    before = held_by(MERGED)
    assert before == (1, 5, 2)
    with as_person("Claude Exemple") as officer:
        waiting = officer.get_by_role("row").filter(has_text="Bermeries rejoint L’Orée de Mormal")
        waiting.get_by_role("link", name="Décider").click()
        expect(officer.get_by_role("heading", name="Bermeries rejoint L’Orée de Mormal")).to_be_visible()
        look(officer)
        officer.get_by_role("link", name="Appliquer ce plan").click()
        look(officer)
        officer.get_by_role("checkbox").check()
        officer.get_by_role("button", name="Appliquer le plan").click()
        expect(officer.get_by_text("Le plan est appliqué")).to_be_visible()
        assert (held_by(HEIR), held_by(MERGED)[:2]) == ((1, 5, 1), (0, 0))
        look(officer)
        officer.goto(address(f"/console/communes/{HEIR}/"))
        look(officer)
        officer.go_back()
        officer.get_by_role("link", name="Défaire ce plan").click()
        look(officer)
        expect(officer.get_by_text("Elle redevient celle de « Commune de Bermeries »")).to_be_visible()
        # Whoever did not read what comes back gives nothing back.
        officer.locator("input[type=checkbox]").evaluate("box => box.removeAttribute('required')")
        officer.get_by_role("button", name="Défaire le plan").click()
        expect(officer.get_by_text("Cochez la case pour dire que vous avez lu").first).to_be_visible()
        officer.get_by_role("checkbox").check()
        officer.get_by_role("button", name="Défaire le plan").click()
        expect(officer.get_by_text("Le plan est défait")).to_be_visible()
        look(officer)
    assert (held_by(MERGED), held_by(HEIR)) == (before, (0, 0, 0))
    assert Entry.objects.filter(verb__in=("merger.applied", "merger.undone")).count() == 2


def vintage(folder: Path, *but: str) -> Path:
    """The map as it is, the communes named left out; Beaurieux under the threshold of the programme."""
    lines = []
    for commune in Commune.objects.current().order_by("insee_code"):
        if commune.insee_code not in but:
            population = 990 if commune.insee_code == "59062" else commune.population
            lines.append(
                f"{commune.insee_code},{commune.name},{commune.insee_code[:2]},{commune.siren},,{population},59000\n"
            )
    path = folder / "communes-2027.csv"
    path.write_text(HEADER + "".join(lines), encoding="utf-8")
    return path


def test_a_vintage_is_brought_refused_when_too_much_goes_then_accepted(
    as_person: Any, address: Address, look: Look, tmp_path: Path
) -> None:
    with as_person("Claude Exemple") as officer:

        def bring(path: Path) -> None:
            officer.goto(address("/console/territoire/"))
            officer.get_by_label("Fichier du millésime").set_input_files(path)
            officer.get_by_role("button", name="Comparer, sans rien écrire").click()
            officer.wait_for_url(re.compile(r"/territoire/\d+/$"))

        officer.goto(address("/console/territoire/"))
        look(officer)
        bring(vintage(tmp_path, "59573"))
        expect(officer.get_by_text("Beaucoup de communes disparaîtraient")).to_be_visible()
        look(officer)
        officer.get_by_label("J’ai relu cette liste").check()
        officer.get_by_role("button", name="Importer ce millésime").click()
        expect(officer.locator(".field-error").first).to_contain_text("disparaîtrait")
        look(officer)
        assert Commune.objects.get(insee_code="59062").population == 1000
        officer.get_by_role("button", name="Abandonner cet import").click()
        expect(officer.get_by_text("rien n’a été écrit", exact=False).first).to_be_visible()

        bring(vintage(tmp_path))
        expect(officer.get_by_text("passe sous", exact=False).first).to_be_visible()
        look(officer)
        officer.get_by_label("J’ai relu cette liste").check()
        officer.get_by_role("button", name="Importer ce millésime").click()
        # No worker to wait for here: the task that the confirmation asked for was done at once.
        expect(officer.get_by_text("Le millésime est importé")).to_be_visible()
        look(officer)
        officer.goto(address("/console/territoire/"))
        expect(officer.get_by_role("row").filter(has_text="2027").first).to_be_visible()
        look(officer)
    assert Commune.objects.get(insee_code="59062").population == 990
    assert Commune.objects.get(insee_code="59573").gone_in is None
