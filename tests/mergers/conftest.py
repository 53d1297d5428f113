"""Two neighbours: Bermeries has everything a programme gives, and joins Amfroipret, which has what a test gives it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import time_machine
from django_scopes import scopes_disabled

from socle.agreements.models import Agreement
from socle.people.models import Beneficiary, Membership, Role, User
from socle.provisioning.models import Installation, Right, State
from socle.sites.actions import create_site
from socle.sites.models.sites import WebSite
from socle.territory.models import Commune
from tests import factories as f
from tests.worlds import Once, once

NOTHING_FOLLOWS: dict[str, tuple[str, ...]] = {}
REACTIONS = "tests.mergers.conftest.NOTHING_FOLLOWS"


@dataclass
class Merger:
    """Bermeries, what it has, and who carries its merger."""

    officer: User
    gone: Beneficiary
    heir: Commune
    agreement: Agreement
    mayor: User
    secretary: User

    def merge(self) -> None:
        """What an import writes when Bermeries joins Amfroipret."""
        Commune.objects.filter(pk=self.gone.commune_id).update(
            gone_in=2027, merged_into=self.heir, population=None, epci=None
        )
        self.gone.refresh_from_db()


def photograph() -> list[Any]:
    """Everything a plan may move, row by row: undone, it must be as before, to the last column."""
    with scopes_disabled():
        return [
            list(Agreement.objects.order_by("pk").values()),
            list(WebSite.objects.order_by("pk").values()),
            list(Membership.objects.order_by("pk").values()),
            list(Right.objects.order_by("pk").values()),
            # The loop looks again at what moved: only what is wanted, and where, is the plan's.
            list(Installation.objects.order_by("pk").values("pk", "beneficiary", "service", "right", "wanted_present")),
        ]


@pytest.fixture(autouse=True)
def nothing_follows(settings: Any) -> Iterator[None]:
    settings.SOCLE_REACTIONS = REACTIONS
    with time_machine.travel(f.NOW, tick=False):
        yield


@time_machine.travel(f.NOW, tick=False)
def made() -> Merger:
    programme = f.programme()
    officer = f.member(Role.PROGRAMME_OFFICER, programme.lead())
    gone = f.beneficiary(f.commune("59070", "Bermeries", 370))
    heir = f.commune("59006", "Amfroipret", 230)
    agreement = f.signed_agreement(gone)
    f.installation(gone, "site-internet", state=State.LIVE)
    f.installation(gone, "messagerie", state=State.LIVE)
    return Merger(officer, gone, heir, agreement, f.member(Role.MAYOR, gone), f.member(Role.SECRETARY, gone))


one_merger = once(made, SOCLE_REACTIONS=REACTIONS)


@pytest.fixture
def merger(one_merger: Once[Merger], db: None) -> Merger:
    return one_merger.get()


@pytest.fixture
def site(merger: Merger) -> WebSite:
    return create_site(merger.gone, by=merger.officer, at=f.NOW)
