"""The aid received as open data: what the national schema asks, and what leaves an operation out."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from socle.grants import open_data
from socle.grants.actions import operations
from socle.grants.models import Operation, Status
from tests import factories as f
from tests.deliberations import scdl
from tests.grants.situations import AT
from tests.grants.test_publicity import DAY, GRANTED_ON, granted

__all__ = ["granted"]

WHOLE = {"authority_siret": "20003938600038", "is_notified": False}


def lines(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode())))


@pytest.fixture
def whole(granted, cdg, finance) -> Operation:
    """All that the schema asks is known; three quarters of the aid are the lead's."""
    Operation.objects.update(**WHOLE)
    operations.add_partner(
        granted, granted.partners.get(is_lead=True).operator, ceiling=Decimal("60000"), by=finance, at=AT
    )
    operations.add_partner(granted, cdg.operator, ceiling=Decimal("20000"), by=finance, at=AT)
    granted.refresh_from_db()
    return granted


@pytest.mark.slow
def test_the_aid_received_is_published_as_the_national_schema_writes_it(whole, client, tmp_path, time_machine):
    time_machine.move_to(f.NOW, tick=False)
    answer = client.get("/donnees/subventions.csv")
    content = b"".join(answer.streaming_content)
    found = lines(content)
    assert [(one["nomBeneficiaire"], one["montant"], one["pourcentageSubvention"]) for one in found] == [
        (whole.partners.get(is_lead=True).operator.name, "80000.00", "0.7500"),
        (whole.partners.get(is_lead=False).operator.name, "80000.00", "0.2500"),
    ]
    assert {one["datesPeriodeVersement"] for one in found} == {"2022-05-02/2025-07-31"}
    for amount in ("60000", "20000"):
        assert amount not in content.decode()
    with CaptureQueriesContext(connection) as queries:
        list(open_data.pieces(f.TODAY))
    assert len(queries) == 3
    schema = scdl.FOLDER / "subventions-2.1.1.schema.json"
    if schema.is_file():
        described = json.loads(schema.read_text("utf-8"))
        assert [one["name"] for one in described["fields"]] == list(open_data.HEADERS)
        assert scdl.validate(content, tmp_path, described) == []


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({}, None),
        ({"authority_siret": ""}, "le SIRET de l’autorité"),
        ({"is_notified": None}, "si l’aide est notifiée"),
        ({"claim_until": None}, "le dernier jour des demandes"),
        ({"grant": None}, "le montant de l’aide"),
        ({"grant": Decimal("80000.01")}, "l’aide maximale de chaque partenaire"),
    ],
)
def test_what_the_schema_asks_and_nobody_said_leaves_the_operation_out(whole, change, missing):
    Operation.objects.update(**change)
    whole.refresh_from_db()
    reason = open_data.why_left_out(whole, list(whole.partners.all()))
    assert (missing is None and reason is None) or (missing is not None and missing in str(reason))
    assert bool(lines(b"".join(open_data.pieces(f.TODAY)))) is (missing is None)
    whole.partners.filter(is_lead=False).delete()
    assert (open_data.why_left_out(whole, list(whole.partners.all())) is None) is (
        missing is None or "aide max" in missing
    )


def test_no_operation_is_published_before_its_grant_act(whole):
    assert lines(b"".join(open_data.pieces(GRANTED_ON - DAY))) == []
    Operation.objects.update(status=Status.REFUSED)
    assert lines(b"".join(open_data.pieces(f.TODAY))) == []
