"""One field for everything, within what each may see."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import factories as f


@pytest.mark.slow
def test_what_is_known_of_a_thing_finds_it_and_an_exact_code_leads_to_its_page(world, enter):
    f.commune("62765", "Saint-Omer", 15000)
    officer = enter("officer")
    name = world.people["secretary"].name
    for words, found in (
        ("St omer", "/console/communes/62765/"),
        ("ETROEUNGT", "/console/communes/59218/"),
        (name, "/console/communes/59474/personnes/"),
        ("prisches", f"/conventions/{world.ready}/"),
    ):
        assert found in officer.get("/console/recherche/", {"q": words}).content.decode(), words
    assert officer.get("/console/recherche/?q=59474").url == "/console/communes/59474/"
    assert officer.get("/console/recherche/", {"q": world.ready.lower()}).url == f"/console/conventions/{world.ready}/"
    assert "Rien ne répond" in officer.get("/console/recherche/?q=zzzz").content.decode()
    for words in ("%00", "%25", "a", "'--", "%F0%9F%92%A9", "9" * 90, ""):
        assert officer.get(f"/console/recherche/?q={words}").status_code == 200


@pytest.mark.slow
def test_a_centre_de_gestion_finds_nothing_of_the_other_department_in_as_many_queries(world, enter):
    client = enter("cdg59")
    for words in ("62002", world.signed, "Ablain", world.people["mayor62002"].email, str(world.batch) + "0"):
        response = client.get("/console/recherche/", {"q": words})
        assert response.status_code == 200
        assert "/communes/62002/" not in response.content.decode()
        assert f"/conventions/{world.signed}/" not in response.content.decode()
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as captured:
            client.get("/console/recherche/?q=abancourt")
        counts.append(len(captured))
        for number in range(40):
            f.commune(f"59{300 + number}", f"Abancourt-{number:03d}", 300)
    assert counts[1] <= counts[0] <= 25, counts
