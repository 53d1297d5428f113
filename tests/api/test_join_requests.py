"""Requests to join, read and moved on by a program: what an officer may, and nothing of what only a person does."""

from __future__ import annotations

import pytest

from socle.joining.models import JoinLetter, JoinRequest, Status
from tests import factories as f
from tests.api.test_v1 import refused

pytestmark = pytest.mark.django_db


def references(reader, query=""):
    return [one["reference"] for one in reader.get(f"join-requests{query}").json()["data"]]


@pytest.mark.slow
def test_each_reads_the_requests_of_its_territory_with_their_stage(world, program):
    north, south = world.asked["59"], world.asked["62"]
    f.join_request(f.commune("59218"), status=Status.RECEIVED, confirmed_at=None)  # Nobody's to read.
    lead = program("lead")
    assert references(lead) == [north.reference, south.reference]
    assert references(lead, "?sort=-asked_at") == [south.reference, north.reference]
    assert references(lead, "?department=62&status=confirmed&open=true") == [south.reference]
    assert references(lead, "?open=false") == references(lead, "?siret=12345678900001") == []
    assert references(program("cdg59"), "?insee_code=59001") == [north.reference]
    told = lead.get(f"join-requests/{north.reference}").json()
    assert (told["name"], told["insee_code"], told["population"]) == ("Abancourt", "59001", 441)
    assert [step["state"] for step in told["steps"]] == ["done", "done", "current", "todo", "todo"]
    asker = {"name": "Camille Exemple", "email": north.email, "words": "Bonjour."}
    assert told["asker"] == {**asker, "function": "maire, présidente ou président"}
    without = program("lead", "join-requests:read").get(f"join-requests/{north.reference}").json()
    assert (without["asker"], without["officer"]) == (None, None)
    JoinRequest.objects.filter(pk=north.pk).update(erased_at=f.NOW)
    assert lead.get(f"join-requests/{north.reference}").json()["asker"] is None


def test_a_mairie_reads_its_own_and_leaves_it_to_the_operator(world, program):
    own = f.join_request(world.prisches.commune)
    reader = program("prisches")
    assert references(reader) == [own.reference]
    # Whoever asked in its name may be somebody else: the operator says who, once it knows.
    assert reader.get(f"join-requests/{own.reference}").json()["asker"] is None
    refused(reader.ask("POST", f"join-requests/{own.reference}/qualify"), 403, "interdit")


@pytest.mark.slow
def test_a_request_is_studied_planned_and_taken_back(world, program):
    writer, asked = program("cdg59"), world.asked["59"]
    path = f"join-requests/{asked.reference}"
    day = {"planned_on": "2027-03-01", "wave": "Cambrésis"}
    assert "Étudiez d’abord" in refused(writer.ask("POST", f"{path}/plan", day), 409, "refus")["detail"]
    refused(writer.ask("POST", f"{path}/qualify", **{"If-Match": '"x"'}), 412, "depasse")
    tag = writer.get(path)["ETag"]
    done = writer.ask("POST", f"{path}/qualify", **{"If-Match": tag, "Idempotency-Key": "k"})
    assert (done.json()["status"], done.json()["officer"]) == ("qualified", str(world.people["cdg59"]))
    again = writer.ask("POST", f"{path}/qualify", **{"If-Match": tag, "Idempotency-Key": "k"})
    assert (again.json(), again["Idempotency-Replayed"]) == (done.json(), "true")
    for wrong in ({"planned_on": "1er mars"}, {"planned_on": 5}, {"planned_on": None}, {}, {**day, "wave": "x" * 61}):
        refused(writer.ask("POST", f"{path}/plan", wrong), 422, "invalide")
    refused(writer.ask("POST", f"{path}/plan", {"planned_on": "2026-11-24"}), 409, "refus")
    planned = writer.ask("POST", f"{path}/plan", day).json()
    assert (planned["status"], planned["planned_on"], planned["wave"]) == ("planned", "2027-03-01", "Cambrésis")
    assert writer.ask("POST", f"{path}/unplan").json()["planned_on"] is None
    refused(writer.ask("POST", f"{path}/unplan"), 409, "refus")
    # The mairie is told, as when an officer does it.
    kinds = JoinLetter.objects.filter(request=asked).order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["qualified", "planned", "qualified"]


def test_nothing_is_studied_before_a_person_knows_who_asks(world, program):
    JoinRequest.objects.filter(pk=world.asked["62"].pk).update(has_published_address=False)
    writer, path = program("lead"), f"join-requests/{world.asked['62'].reference}"
    assert "appelez-la" in refused(writer.ask("POST", f"{path}/qualify"), 409, "refus")["detail"]
    # A technician reads it, and does nothing of it.
    technician = program("lead", by="technician")
    assert technician.get(path).status_code == 200
    refused(technician.ask("POST", f"{path}/qualify"), 403, "interdit")
