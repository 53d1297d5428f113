"""The certificate of a body: read as it is handed over, kept in the vault, told to nobody."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)

from socle.deliberations import accounts
from socle.deliberations.contract import NotConfigured
from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.people.models import Role, User
from tests import factories as f
from tests.deliberations import transmitting as t

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("all_beneficiaries")]


@pytest.fixture
def account(settings):
    settings.SOCLE_TRANSMITTERS = t.TWIN
    return t.account(f.beneficiary(), login="prisches", password="mot de passe")


def p12(password: bytes = b"secret") -> bytes:
    return pkcs12.serialize_key_and_certificates(b"a", t.key(), t.signed(), None, BestAvailableEncryption(password))


def with_another_key() -> bytes:
    other = ec.generate_private_key(ec.SECP256R1())
    kept = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return t.signed().public_bytes(Encoding.PEM) + kept


@pytest.mark.parametrize(
    ("content", "password", "says"),
    [
        (lambda: t.certificate(), "", None),
        (lambda: t.certificate(password=b"secret"), "secret", None),
        (lambda: p12(), "secret", None),
        (lambda: t.certificate(password=b"secret"), "", "mot de passe est faux"),
        (lambda: t.certificate(password=b"secret"), "autre", "mot de passe est faux"),
        (lambda: p12(), "autre", "mot de passe est faux"),
        (lambda: b"%PDF-", "", "ne contient pas"),
        (lambda: b"", "", "ne contient pas"),
        (lambda: t.signed().public_bytes(Encoding.PEM), "", "ne contient pas"),
        (with_another_key, "", "n’est pas celle de son certificat"),
        (lambda: t.certificate(ends_at=f.NOW), "", "n’est plus valable"),
        (lambda: t.certificate(ends_at=f.NOW + timedelta(seconds=1)), "", None),
    ],
)
def test_a_certificate_is_kept_with_its_own_key_while_it_is_good(content, password, says, account):
    by, content = User.objects.system(), content()
    if says is not None:
        with pytest.raises(Refused, match=says):
            accounts.give_certificate(account, content, password=password, by=by, at=f.NOW)
        return
    accounts.give_certificate(account, content, password=password, by=by, at=f.NOW)
    account.refresh_from_db()
    access = accounts.access(account)
    assert access.certificate.startswith(b"-----BEGIN CERTIFICATE")
    assert b"BEGIN PRIVATE KEY" in access.certificate
    assert account.certificate_ends_at > f.NOW


def test_nothing_of_it_is_told_nor_lies_in_the_clear(account, caplog):
    caplog.set_level(logging.DEBUG)
    accounts.give_certificate(account, t.certificate(), by=User.objects.system(), at=f.NOW)
    access = accounts.access(account)
    assert (access.login, access.password) == ("prisches", "mot de passe")
    told = " ".join([repr(access), caplog.text, account.certificate, account.password, *map(repr, _facts())])
    assert "PRIVATE" not in told
    assert "mot de passe" not in told


def _facts():
    return Entry.objects.values_list("facts", flat=True)


def test_what_the_vault_no_longer_reads_is_asked_for_again(account, settings):
    accounts.give_certificate(account, t.certificate(), by=User.objects.system(), at=f.NOW)
    settings.SECRET_KEY = "another key of the platform, fifty characters long at least"
    with pytest.raises(NotConfigured, match="redonnez le certificat"):
        accounts.access(account)


def test_said_again_it_corrects_and_keeps_the_password(account):
    place = account.beneficiary
    again = accounts.set_account(place, t.facts(place, district="3"), by=User.objects.system(), at=f.NOW)
    assert (again.pk, again.district, accounts.access(again).password) == (account.pk, "3", "mot de passe")


def test_only_the_people_of_a_body_say_how_it_sends(account):
    stranger = f.member(Role.SECRETARY, f.beneficiary(f.commune("62001", "Ablain", 300)))
    for verb in (
        lambda: accounts.set_account(account.beneficiary, t.facts(account.beneficiary), by=stranger, at=f.NOW),
        lambda: accounts.give_certificate(account, t.certificate(), by=stranger, at=f.NOW),
        lambda: accounts.read_classification(account, by=stranger, at=f.NOW),
    ):
        with pytest.raises(Refused, match="Vous ne pouvez pas"):
            verb()


def test_the_nomenclature_is_read_from_the_device_and_an_older_one_changes_nothing(account):
    secretary = f.member(Role.SECRETARY, account.beneficiary)
    accounts.read_classification(account, by=secretary, at=f.NOW)
    assert account.matters.filter(code="1.1.1").exists()
    assert account.kinds.filter(nature="CC", code="99_DC").exists()
    account.classification_on += timedelta(days=1)
    account.save(update_fields=["classification_on"])
    account.matters.filter(code="5.7").delete()
    accounts.read_classification(account, by=secretary, at=f.NOW)
    assert not account.matters.filter(code="5.7").exists()
