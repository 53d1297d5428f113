"""The list of the mairies whose acts are late: who sees it, what it shows, and several reminded at once."""

import pytest
from bs4 import BeautifulSoup
from django.core import mail
from django_scopes import scopes_disabled

from socle.batches.models import Batch
from socle.people.models import Beneficiary
from tests import factories as f
from tests.console.test_batches import carry_on, choose, confirm
from tests.console.test_gestures import officer

__all__ = ["officer"]
PAGE = "/console/actes/en-retard/"


@pytest.fixture
def late(world):
    """Two mairies of two departments with an act of October that nobody published."""
    places = {}
    for code in ("59001", "62002"):
        with scopes_disabled():
            place = Beneficiary.objects.get(commune__insee_code=code)
            f.act(place, "2026-77", published_on=None, received_on=None)
        places[code] = place
    return places


def named(client, query=""):
    return [row.body.commune.insee_code for row in client.get(f"{PAGE}?{query}").context["rows"]]


@pytest.mark.slow
def test_each_operator_reads_the_late_of_its_own_departments_narrowed_as_it_asks(world, late, officer, enter):
    assert set(named(officer)) == {"59001", "62002"}
    assert named(enter("cdg59")) == ["59001"]
    for query, codes in (
        ("departement=62", ["62002"]),
        ("q=Abancourt", ["59001"]),
        ("nature=pv", []),
        ("nature=actes&q=62002", ["62002"]),
    ):
        assert named(officer, query) == codes
    lines = officer.get("/console/actes/en-retard.csv?departement=59").getvalue().decode().splitlines()
    assert len(lines) == 2
    assert "Un acte adopté le" in lines[1]
    for who in ("technician", "finance", "somme"):
        assert enter(who).get(PAGE).status_code == 403
        assert enter(who).get("/console/actes/en-retard.csv").status_code == 403


@pytest.mark.slow
def test_what_is_ticked_is_reminded_by_a_batch(world, late, officer):
    recap = choose(officer, "actes-en-retard", "remind_of_acts", *(str(place.pk) for place in late.values()))
    assert "n’a encore de compte" in recap.content.decode()
    assert mail.outbox == []
    confirm(officer, recap)
    carry_on(Batch.objects.latest("pk"))
    assert [message.to for message in mail.outbox] == [[world.people["mayor62002"].email]]
    soup = BeautifulSoup(officer.get(PAGE).content, "html.parser")
    line = soup.find("a", string="Ablainzevelle").find_parent("tr")
    assert "25/11/2026" in line.select_one("[data-label='Dernier rappel']").get_text()


@pytest.mark.slow
def test_the_list_asks_as_much_whatever_is_late(world, late, officer, django_assert_max_num_queries):
    with django_assert_max_num_queries(40) as few:
        officer.get(PAGE)
    with scopes_disabled():
        for code in ("59001", "62002"):
            for number in range(20):
                f.act(late[code], f"2026-{number + 100}", published_on=None)
        many_bodies = [f.beneficiary(f.commune(f"5990{n}", f"Lieu {n}")) for n in range(5)]
        for place in many_bodies:
            f.act(place, published_on=None)
    with django_assert_max_num_queries(len(few)):
        assert len(officer.get(PAGE).context["rows"]) == 7
