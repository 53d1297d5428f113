"""A demonstration of its own for each test: an authority, a document with three places, three people."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from socle.documents import actions as documents
from socle.documents import typst
from socle.documents.models import Document
from socle.people.models import User
from socle.signing import actions, fields
from socle.signing.models import Round

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


@pytest.fixture
def sign_all(round_, people):
    """Sign the three places in order, and return the three versions."""

    def go() -> list[Document]:
        return [
            actions.sign(slot, by=user, at=AT, quality="maire", place="Prisches", organisation="Commune de Prisches")
            for slot, user in zip(round_.slots.order_by("rank"), people, strict=True)
        ]

    return go
