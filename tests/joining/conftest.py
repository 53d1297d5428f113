"""A programme, a mairie that publishes its address, and someone who asks in its name."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.core import mail

from socle.joining import actions, email_links
from socle.joining.models import JoinLink, JoinRequest
from socle.people.models import User
from socle.programme.models import Programme
from socle.territory.models import Commune, TownHall
from tests import factories as f

PUBLISHED = "mairie@prisches.invalid"


@pytest.fixture(autouse=True)
def a_day() -> Any:
    """Tests of links and forms travel from there."""
    with time_machine.travel(f.NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def programme(db: Any) -> Programme:
    return f.programme()


@pytest.fixture
def prisches(programme: Programme) -> Commune:
    commune = f.commune()
    TownHall.objects.create(commune=commune, email=PUBLISHED, phone="03 00 00 00 00", postal_code="59550")
    return commune


@pytest.fixture
def asking(
    programme: Programme, prisches: Commune, django_capture_on_commit_callbacks: Any
) -> Callable[..., JoinRequest]:
    """`asking(email=…)`: a request for Prisches; `is_confirmed=True` opens the link of its letter too."""

    def ask(*, is_confirmed: bool = False, **fields: Any) -> JoinRequest:
        said = {
            "commune": prisches,
            "name": "Camille Exemple",
            "function": JoinRequest.Function.MAYOR,
            "email": "camille@exemple.invalid",
            "form": f"form-{JoinRequest.objects.count()}",
            **fields,
        }
        with django_capture_on_commit_callbacks(execute=True):
            request = actions.ask(programme, by=User.objects.system(), at=f.NOW, **said)
        if is_confirmed:
            link = email_links.read(
                email_links.draw(request, JoinLink.Purpose.CONFIRM, at=f.NOW), JoinLink.Purpose.CONFIRM
            )
            assert link is not None
            with django_capture_on_commit_callbacks(execute=True):
                request = actions.confirm(link, by=User.objects.system(), at=f.NOW)
        return JoinRequest.objects.get(pk=request.pk)

    return ask


def link_to(address: str, kind: str) -> str:
    """The path of the latest link of this kind written to this address."""
    for message in reversed(mail.outbox):
        if message.to == [address] and (found := re.search(rf"https?://[^/\s]+(/adhesion/{kind}/\S+)", message.body)):
            return found[1]
    raise AssertionError(f"no letter to {address} bears a link to {kind}: {[one.subject for one in mail.outbox]}")
