"""A demonstration with its programme, a commune, and the three people who sign."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django_scopes import scope

from socle.agreements import actions
from socle.agreements.models import Agreement, Party
from socle.people.models import Beneficiary, Role, User
from socle.programme.models import Programme
from tests import factories as f
from tests.worlds import Once, once

# The model's places to sign, and nothing else: a test prints in a blink.
SHORT_TEXT = "# Convention\n\n{{ parties }}\n\n{{ services }}\n\n{{ signatures }}\n"


NOTHING_FOLLOWS: dict[str, tuple[str, ...]] = {}
DEMONSTRATION = {
    "DEMO": True,
    "SOCLE_ENGINES": {},
    "SOCLE_REACTIONS": "tests.agreements.conftest.NOTHING_FOLLOWS",
}


@dataclass
class Ground:
    """Who and what a test starts from."""

    programme: Programme
    place: Beneficiary
    officer: User
    secretary: User
    mayor: User
    cdg_president: User
    president: User

    @property
    def signatories(self) -> list[User]:
        return [self.mayor, self.cdg_president, self.president]

    def draft(self) -> Agreement:
        return actions.draft(self.place, programme=self.programme, by=self.officer, at=f.NOW)

    def complete(self, agreement: Agreement | None = None, **act_fields) -> Agreement:
        """A draft that lacks nothing."""
        agreement = agreement or self.draft()
        act = f.act(self.place, **act_fields)
        actions.complete_party(agreement, kind=Party.Kind.BENEFICIARY, act=act, by=self.secretary, at=f.NOW)
        return agreement

    def ready(self, **act_fields) -> Agreement:
        return actions.make_ready(self.complete(**act_fields), by=self.officer, at=f.NOW)

    def signed(self) -> Agreement:
        agreement = self.ready()
        for signatory in self.signatories:
            agreement = actions.sign(agreement, by=signatory, at=f.NOW)
        return agreement


@pytest.fixture(autouse=True)
def demonstration(settings, tmp_path):
    for name, value in DEMONSTRATION.items():
        setattr(settings, name, value)
    settings.PKI_DIR = tmp_path / "pki"


def made() -> Ground:
    f.text(SHORT_TEXT)
    programme = f.programme()
    place = f.beneficiary(seat="Mairie, 59550 Prisches")
    lead, cdg = programme.lead(), programme.centre_de_gestion_of(place.department)
    f.act(cdg, "2022-01")
    return Ground(
        programme=programme,
        place=place,
        officer=f.member(Role.PROGRAMME_OFFICER, lead),
        secretary=f.member(Role.SECRETARY, place),
        mayor=f.member(Role.MAYOR, place, quality="Maire"),
        cdg_president=f.member(Role.CDG_PRESIDENT, cdg, quality="Présidente"),
        president=f.member(Role.PRESIDENT, lead, quality="Président"),
    )


one_ground = once(made, **DEMONSTRATION)


@pytest.fixture
def ground(one_ground, db):
    here = one_ground.get()
    with scope(beneficiary=here.place):
        yield here


@pytest.fixture(scope="package")
def one_agreement(one_ground, django_db_blocker):
    def signed() -> Agreement:
        here = one_ground.get()
        with scope(beneficiary=here.place):
            return here.signed()

    made = Once(django_db_blocker, signed, **DEMONSTRATION)
    made.make()
    yield made
    made.let_go()


@pytest.fixture
def agreement(one_agreement, ground) -> Agreement:
    """Signed by all."""
    return one_agreement.get() if one_agreement.stands else ground.signed()
