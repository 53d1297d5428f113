"""What a program may send: refused in its own words, whatever it weighs and however deep it is."""

from __future__ import annotations

import json
from time import process_time

import pytest
from django.conf import settings

from tests.api.conftest import Program

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"[" * 100_000 + b"]" * 100_000, 400),
        (b'{"a":' * 100_000, 400),
        (b'{"insee_code": ' + b"9" * 5000 + b"}", 400),
        (json.dumps({f"k{rank}": rank for rank in range(100_000)}).encode(), 422),
        (b'{"a": "' + b"x" * (10 * settings.DATA_UPLOAD_MAX_MEMORY_SIZE) + b'"}', 413),
        (b"\xff\xfe", 400),
    ],
    ids=[
        "nested lists",
        "nested objects",
        "a number without end",
        "keys without end",
        "ten times too large",
        "no text",
    ],
)
def test_a_body_that_is_deep_endless_or_too_large_is_refused_at_once(program, body, status):
    one: Program = program("lead")
    one.get("communes")  # What is loaded once is.
    began = process_time()
    answer = one.client.generic(
        "POST", "/api/v1/webhooks", data=body, content_type="application/json",
        headers={"Authorization": f"Bearer {one.secret}"},
    )  # fmt: skip
    assert answer.status_code == status, answer.content[:300]
    assert process_time() - began < 2
