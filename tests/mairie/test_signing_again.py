"""Whoever signs outside a demonstration is identified again for it, and the form they sent is not lost meanwhile."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from allauth.mfa.totp.internal import auth as totp

from socle.signing.models import Evidence
from tests import factories as f
from tests import pki

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def authorities(tmp_path_factory):
    with pki.started(tmp_path_factory.mktemp("pki")) as (made, _):
        yield made


def test_the_mayor_reads_ticks_signs_and_types_a_password(client, world, settings, authorities, time_machine):
    mayor = world.here.mayor
    agreement = world.ready(world.here)
    pki.seal(settings, authorities)
    mayor.set_password("une phrase assez longue pour moi")
    mayor.save(update_fields=["password"])
    totp.TOTP.activate(mayor, totp.generate_totp_secret())
    client.force_login(mayor)
    page = f"/mairie/convention/{agreement.number}/signer/"
    time_machine.move_to(f.NOW + timedelta(hours=1))
    asked = {"has_read": "on", "sha256": agreement.round.current.sha256}
    sent = client.post(page, asked)
    assert sent.status_code == 302
    assert not Evidence.objects.exists()
    wrong = client.post(sent.url, {"password": "autre chose"})
    assert wrong.status_code in (200, 422)
    signed = client.post(sent.url, {"password": "une phrase assez longue pour moi"})
    assert signed.url == f"/mairie/convention/{agreement.number}/signatures/"
    identified = json.loads(Evidence.objects.get().body)["identified"]
    assert (identified["method"], identified["address"]) == ("password", "127.0.0.1")
    assert len(identified["session_sha256"]) == 64
