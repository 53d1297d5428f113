"""A demonstration of its own for each test: an authority, a document with three places, three people."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pyhanko.sign.signers import SimpleSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

from socle.documents import actions as documents
from socle.documents import typst
from socle.documents.models import Document
from socle.engines.simulated import authority
from socle.engines.simulated.authority import SimulatedTrust
from socle.people.models import User
from socle.signing import actions, fields, pades
from socle.signing.models import Round
from tests import pki

AT = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
FIELDS = {
    "beneficiary": "Signature de la commune de Prisches",
    "cdg": "Signature du centre de gestion du Nord",
    "lead": "Signature du syndicat mixte",
}


@pytest.fixture(autouse=True)
def demonstration(settings, tmp_path):
    settings.DEMO = True
    settings.PKI_DIR = tmp_path / "pki"
    return settings


@pytest.fixture(scope="session")
def unsigned() -> bytes:
    """A PDF with three empty places."""
    layout = Path(__file__).with_name("three_places.typ")
    return fields.place(typst.render(layout, {"fields": list(FIELDS)}), fields=FIELDS)


@pytest.fixture
def people(db) -> list[User]:
    names = ["Camille Exemple", "Dominique Fictif", "Claude Modèle"]
    return [
        User.objects.create_user(f"personne{position}@exemple.invalid", name=name)
        for position, name in enumerate(names)
    ]


@pytest.fixture
def document(people, unsigned) -> Document:
    return documents.keep(unsigned, title="Convention d’essai", filename="Convention.pdf", by=people[0], at=AT)


@pytest.fixture
def round_(document, people) -> Round:
    return actions.open_round(document, slots=list(FIELDS.items()), by=people[0], at=AT)


class Sealed(SimulatedTrust):
    """The twin, whose seal bears another name: well certified by the same authority."""

    def __init__(self, name: str) -> None:
        self.name = name

    @contextmanager
    def signer(self):
        seal = authority.credentials_of(self.name, organisation="Ailleurs")
        yield SimpleSigner(
            signing_cert=seal.asn1, signing_key=seal.asn1_key, cert_registry=SimpleCertificateStore(), embed_roots=False
        )


def sealed(content: bytes, place: str, *, is_first: bool, is_last: bool = False, trust=None, **stated: str) -> bytes:
    """Seal a place by hand, as no round asked for; `stated` is what the seal says, where it lies."""
    facts = {"party": "Commune de Prisches", "person": "Camille Exemple", "evidence": "ab" * 32, "field": place}
    statement = pades.Statement(**facts | stated)
    placed = replace(statement, field=place)
    with pytest.MonkeyPatch.context() as patch:
        if statement != placed:
            patch.setattr(pades, "asdict", lambda given: asdict(statement if given == placed else given))
        signed, _ = pades.seal(
            content, trust=trust or SimulatedTrust(), statement=placed, at=AT, quality="maire", place="Prisches",
            is_first=is_first, is_last=is_last,
        )  # fmt: skip
    return signed


@pytest.fixture
def sign_all(round_, people):
    """Sign the three places in order, and return the three versions."""

    def go() -> list[Document]:
        return [
            actions.sign(slot, by=user, at=AT, quality="maire", place="Prisches", organisation="Commune de Prisches")
            for slot, user in zip(round_.slots.order_by("rank"), people, strict=True)
        ]

    return go


@pytest.fixture(scope="session")
def authorities(tmp_path_factory):
    """Real authorities on this machine, for the whole of the run."""
    with pki.started(tmp_path_factory.mktemp("pki")) as (made, _):
        yield made


@pytest.fixture
def operator(settings, authorities):
    """No demonstration any more: the operator's own seal."""
    pki.seal(settings, authorities)
    return settings
