"""A mairie that has its mail: what the tests of this room start from."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django_scopes import scope, scopes_disabled

from socle.mail.defaults import ensure_defaults
from socle.mail.models import Mailbox
from socle.people.models import Role, User
from tests import factories as f
from tests.worlds import Once, once

# The operator's domain of mail, and its servers.
OPERATOR = {
    "SOCLE_MAIL_DOMAIN": "courriel.exemple.fr",
    "SOCLE_MAIL_IMAP_HOST": "imap.courriel.exemple.fr",
    "SOCLE_MAIL_SMTP_HOST": "smtp.courriel.exemple.fr",
    "SOCLE_MAIL_MX": ["mx.courriel.exemple.fr"],
}


@pytest.fixture(autouse=True)
def under_the_operator(settings):
    for name, value in OPERATOR.items():
        setattr(settings, name, value)


def equip(place):
    """Give a mairie its secretary, its mayor and the first set of mail."""
    secretary, mayor = f.member(Role.SECRETARY, place), f.member(Role.MAYOR, place)
    secretary.name, mayor.name = f"Cyrille Exemple {place.pk}", f"Stéphane Exemple {place.pk}"
    for one in (secretary, mayor):
        one.save()
    with scope(beneficiary=place):
        domain = ensure_defaults(place, by=User.objects.system(), at=f.NOW)
        boxes = {one.local_part: one for one in Mailbox.objects.all()}
    return SimpleNamespace(
        place=place,
        secretary=secretary,
        mayor=mayor,
        domain=domain,
        boxes=boxes,
        main=boxes["mairie"],
        box=next(one for one in boxes.values() if one.holder_id == secretary.pk),
    )


one_mairie = once(lambda: equip(f.beneficiary()), **OPERATOR)


@pytest.fixture
def here(one_mairie, db):
    return one_mairie.get()


@pytest.fixture(scope="package")
def one_neighbour(one_mairie, django_db_blocker):
    """Beside the first, which its tests find there whether they ask for it or not."""
    made = Once(django_db_blocker, lambda: equip(f.beneficiary(f.commune("59583", "Taisnières"))), **OPERATOR)
    made.make()
    yield made
    made.let_go()


@pytest.fixture
def there(one_neighbour, db):
    return one_neighbour.get()


@pytest.fixture
def at_home(here):
    """Within the scope of the first mairie."""
    with scope(beneficiary=here.place):
        yield here


@pytest.fixture
def everywhere(db):
    with scopes_disabled():
        yield
