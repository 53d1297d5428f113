"""The passwords of devices: drawn, kept as a digest that Dovecot reads, checked, ended; whoever guesses is slowed."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.http import HttpRequest
from django.test import RequestFactory
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.people import actions as people
from socle.people import erasure, offboarding
from socle.people.devices import actions, entrance, queries, rules
from socle.people.devices import secret as secrets
from socle.people.devices.entrance import NotLetIn
from socle.people.devices.models import DevicePassword, Use
from socle.people.devices.retention import erase_ended
from socle.people.models import Role, User
from socle.people.sign_in import rescue
from tests import factories

pytestmark = pytest.mark.django_db

EVERYTHING = tuple(Use)


@pytest.fixture
def secretary() -> User:
    return factories.member(Role.SECRETARY, factories.beneficiary())


def made(user: User, *uses: Use, name: str = "mon téléphone") -> tuple[DevicePassword, str]:
    return actions.make(user, name=name, uses=uses or EVERYTHING, by=user, at=timezone.now())


def asking(login: str, secret: str, *, address: str = "192.0.2.1") -> HttpRequest:
    given = base64.b64encode(f"{login}:{secret}".encode()).decode()
    return RequestFactory().get("/dav/", headers={"Authorization": f"Basic {given}"}, REMOTE_ADDR=address)


def let_in(request: HttpRequest, use: Use = Use.AGENDA) -> DevicePassword | int:
    """The device, or the status that is answered."""
    try:
        return entrance.let_in(request, use=use, at=timezone.now())
    except NotLetIn as no:
        return no.status


# --- The secret ------------------------------------------------------------------------------------------------------
def test_a_secret_holds_a_hundred_bits_beside_its_public_prefix() -> None:
    drawn = [secrets.draw() for _ in range(200)]
    assert len(set(drawn)) == 200
    assert all(len(one) == 32 and one.count("-") == 4 and one.index("-") == 8 for one in drawn)
    assert set("".join(drawn)) == {*secrets.LETTERS, "-"}
    assert not set("ilou") & set(secrets.LETTERS)


def test_the_digest_is_the_one_that_dovecot_checks() -> None:
    secret = secrets.draw()
    digest = secrets.digest_of(secret)
    assert digest.startswith("{SSHA256}")
    kept = base64.b64decode(digest.removeprefix("{SSHA256}"))
    assert hashlib.sha256(secret.encode() + kept[32:]).digest() == kept[:32]
    assert secrets.digest_of(secret) != digest, "each digest has its own salt"


@pytest.mark.parametrize(
    "typed",
    [str.upper, lambda one: f" {one} ", lambda one: one.replace("-", ""), lambda one: one.replace("-", " ")],
    ids=["in capitals", "with spaces around", "without dashes", "with spaces"],
)
def test_a_secret_typed_by_hand_is_read_all_the_same(typed: Callable[[str], str]) -> None:
    secret = secrets.draw()
    assert secrets.read(typed(secret)) == secret


def test_letters_taken_for_one_another_are_read() -> None:
    assert secrets.read("00000000-11111-00000-11111-00000") == secrets.read("OOOOOOOO-ILLI1-ooooo-iIl11-00000")


@pytest.mark.parametrize(
    "presented",
    [
        "",
        "-",
        "a",
        "a" * 27,
        "a" * 29,
        "a" * 5_000_000,
        "é" * 28,
        "٣" * 28,
        "u" * 28,
        "\x00" * 28,
        "%" * 28,
        "a\n" * 14,
    ],
)
def test_what_cannot_be_a_secret_is_none(presented: str, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    assert secrets.read(presented) is None
    with django_assert_num_queries(0):
        assert queries.open_device(presented, use=Use.MAIL, at=timezone.now()) is None


@pytest.mark.parametrize("digest", ["", "{SSHA256}", "{SSHA256}!!", "{SSHA256}AAAA", "{PLAIN}secret", "é"])
def test_a_digest_that_is_none_opens_nothing(digest: str) -> None:
    assert not secrets.is_of(secrets.draw(), digest)


# --- Made, and ended -------------------------------------------------------------------------------------------------
def test_a_device_opens_what_it_was_made_for_and_nothing_else(secretary: User) -> None:
    device, secret = made(secretary, Use.AGENDA, Use.FILES)
    assert device.uses == [Use.AGENDA, Use.FILES]
    at = timezone.now()
    assert queries.open_device(secret, use=Use.AGENDA, at=at) == device
    assert queries.open_device(secret, use=Use.FILES, at=at) == device
    assert queries.open_device(secret, use=Use.MAIL, at=at) is None


def test_the_secret_is_kept_nowhere_and_the_journal_holds_no_name(secretary: User) -> None:
    device, secret = made(secretary)
    device.refresh_from_db()
    assert secret[9:] not in str(device.__dict__)
    entry = Entry.objects.get(verb="device_password.made")
    assert entry.facts == {"prefix": device.prefix, "uses": ["agenda", "files", "mail"]}
    assert secret[9:14] not in str(entry.__dict__)
    assert device.name not in str(entry.__dict__)


def test_the_same_prefix_with_another_end_opens_nothing(secretary: User) -> None:
    device, secret = made(secretary)
    wrong = secret[:-1] + ("0" if secret[-1] != "0" else "1")
    assert queries.open_device(wrong, use=Use.MAIL, at=timezone.now()) is None
    assert queries.open_device(device.digest, use=Use.MAIL, at=timezone.now()) is None


def test_an_ended_device_opens_nothing_and_is_not_ended_twice(secretary: User) -> None:
    device, secret = made(secretary)
    device = actions.end(device, by=secretary, at=timezone.now())
    assert queries.open_device(secret, use=Use.MAIL, at=timezone.now()) is None
    assert Entry.objects.get(verb="device_password.ended").facts == {"prefix": device.prefix}
    with pytest.raises(Refused, match="déjà arrêté"):
        actions.end(device, by=secretary, at=timezone.now())
    # Its name may serve again.
    assert made(secretary)[0].pk != device.pk


def test_nobody_makes_or_ends_the_device_of_another(secretary: User) -> None:
    device, _ = made(secretary)
    other = factories.member(Role.MAYOR, secretary.memberships.get().beneficiary)
    with pytest.raises(Refused, match="ses propres appareils"):
        actions.make(secretary, name="x", uses=[Use.MAIL], by=other, at=timezone.now())
    with pytest.raises(Refused, match="ses propres appareils"):
        actions.end(device, by=other, at=timezone.now())


@pytest.mark.parametrize(
    ("name", "uses", "reason"),
    [
        ("  ", [Use.MAIL], "Donnez un nom"),
        ("a" * 61, [Use.MAIL], "trop long"),
        ("télé\nphone", [Use.MAIL], "ne s’affiche pas"),
        ("télé\x00phone", [Use.MAIL], "ne s’affiche pas"),
        ("mon téléphone", [], "au moins un service"),
        ("déjà là", [Use.MAIL], "s’appelle déjà"),
    ],
)
def test_a_wrong_device_is_refused_with_the_remedy(secretary: User, name: str, uses: list[Use], reason: str) -> None:
    made(secretary, name="déjà là")
    with pytest.raises(Refused, match=reason):
        actions.make(secretary, name=name, uses=uses, by=secretary, at=timezone.now())
    assert DevicePassword.objects.count() == 1


def test_devices_are_not_made_without_end(secretary: User) -> None:
    for number in range(rules.MOST):
        made(secretary, name=f"appareil {number}")
    with pytest.raises(Refused, match="arrêtez ceux qui ne servent plus"):
        made(secretary, name="un de trop")


def test_opening_costs_one_query_and_one_write_an_hour(
    secretary: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    device, secret = made(secretary)
    with time_machine.travel("2026-11-02 09:00+01:00", tick=False):
        with django_assert_num_queries(2):
            queries.open_device(secret, use=Use.MAIL, at=timezone.now())
        with django_assert_num_queries(1):
            queries.open_device(secret, use=Use.MAIL, at=timezone.now() + timedelta(minutes=59))
        later = timezone.now() + timedelta(hours=1)
        with django_assert_num_queries(2):
            queries.open_device(secret, use=Use.MAIL, at=later)
    device.refresh_from_db()
    assert device.used_at == later


# --- When a person goes ----------------------------------------------------------------------------------------------
def test_a_closed_account_opens_nothing_and_its_devices_do_not_come_back(secretary: User) -> None:
    _, secret = made(secretary)
    system = User.objects.system()
    rescue.close(secretary, reason=rescue.Closing.LEFT, by=system, at=timezone.now())
    assert queries.open_device(secret, use=Use.MAIL, at=timezone.now()) is None
    rescue.reopen(secretary, reason=rescue.Reopening.SAFE, by=system, at=timezone.now())
    assert queries.open_device(secret, use=Use.MAIL, at=timezone.now()) is None


def test_an_inactive_person_opens_nothing_whatever_became_of_their_devices(secretary: User) -> None:
    _, secret = made(secretary)
    User.objects.filter(pk=secretary.pk).update(is_active=False)
    assert queries.open_device(secret, use=Use.MAIL, at=timezone.now()) is None
    secretary.refresh_from_db()
    for closed in (secretary, User.objects.system()):
        with pytest.raises(Refused, match="Ce compte est fermé"):
            made(closed, name="un autre")


def test_devices_end_with_the_last_role_and_not_before(secretary: User) -> None:
    elsewhere = factories.beneficiary(factories.commune("59057", "Bermeries"))
    with time_machine.travel("2026-11-02 09:00+01:00", tick=False):
        at = timezone.now()
        people.give_role(secretary, role=Role.SECRETARY, beneficiary=elsewhere, by=secretary, at=at)
        device, _ = made(secretary)
        here, there = secretary.memberships.order_by("pk")
        assert queries.held(here, on=at.date()) == []
        people.end_role(here, last_day=at.date(), by=User.objects.system(), at=at)
    with time_machine.travel("2026-11-03 09:00+01:00", tick=False):
        offboarding.hand_over_due()
        device.refresh_from_db()
        assert device.ended_at is None
        at = timezone.now()
        [held] = queries.held(there, on=at.date())
        assert "messagerie" in held
        assert device.name not in held, "what a device is called is its owner's business"
        people.end_role(there, last_day=at.date(), by=User.objects.system(), at=at)
    with time_machine.travel("2026-11-04 09:00+01:00", tick=False):
        offboarding.hand_over_due()
    device.refresh_from_db()
    assert device.ended_at is not None


def test_sessions_ended_from_outside_end_devices_only_when_it_is_asked(secretary: User) -> None:
    device, _ = made(secretary)
    rescue.end_sessions(secretary, by=User.objects.system(), at=timezone.now())
    device.refresh_from_db()
    assert device.ended_at is None
    rescue.end_sessions(secretary, with_devices=True, by=User.objects.system(), at=timezone.now())
    device.refresh_from_db()
    assert device.ended_at is not None


def test_forgetting_a_person_erases_their_devices(secretary: User) -> None:
    made(secretary)
    secretary.memberships.all().delete()
    erasure.forget(secretary, by=User.objects.system(), at=timezone.now())
    assert not DevicePassword.objects.exists()


def test_ended_devices_are_let_go_by_the_rule(secretary: User) -> None:
    ended, _ = made(secretary, name="ancien")
    live, _ = made(secretary, name="actuel")
    actions.end(ended, by=secretary, at=timezone.now() - timedelta(days=400))
    before, system = timezone.now() - timedelta(days=365), User.objects.system()
    assert erase_ended(before, by=system, at=timezone.now(), is_dry=True) == 1
    assert DevicePassword.objects.count() == 2
    assert erase_ended(before, by=system, at=timezone.now(), is_dry=False) == 1
    assert DevicePassword.objects.get() == live


# --- The entrance ----------------------------------------------------------------------------------------------------
def mailboxes(user: User) -> list[str]:
    return ["Mairie@Bermeries.example"]


def test_a_device_enters_with_the_address_or_a_mailbox_of_its_person_only(secretary: User, settings: Any) -> None:
    settings.SOCLE_DEVICE_LOGINS = [f"{__name__}.mailboxes"]
    device, secret = made(secretary)
    other = factories.member(Role.MAYOR, secretary.memberships.get().beneficiary)
    assert let_in(asking(secretary.email, secret)) == device
    assert let_in(asking(secretary.email.upper(), secret)) == device
    assert let_in(asking("mairie@bermeries.example", secret)) == device
    assert let_in(asking(other.email, secret)) == 401
    assert let_in(asking("", secret)) == 401


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Basic",
        "Basic ",
        "Basic !!!!",
        "Basic " + base64.b64encode(b"no colon").decode(),
        "Basic " + base64.b64encode(b"\xff\xfe:\xff").decode(),
        "Basic " + base64.b64encode(b"a\x00b:c").decode(),
        "Basic " + base64.b64encode(b"a:" + b"x" * 100_000).decode(),
        "Bearer abcdef",
        "Digest username=x",
    ],
)
def test_a_header_that_shows_nothing_asks_for_a_password(header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    with pytest.raises(NotLetIn) as no:
        entrance.let_in(RequestFactory().get("/", headers=headers), use=Use.FILES, at=timezone.now())
    response = no.value.answer()
    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Basic realm=")
    assert response["Cache-Control"] == "no-store"


def test_the_password_of_the_platform_opens_nothing(secretary: User) -> None:
    secretary.set_password("une longue phrase que personne ne devine")
    secretary.save()
    assert let_in(asking(secretary.email, "une longue phrase que personne ne devine")) == 401


@pytest.mark.slow
def test_whoever_guesses_one_login_is_slowed_and_the_journal_shows_it_once(secretary: User) -> None:
    _, secret = made(secretary)
    with time_machine.travel("2026-11-02 09:00:00+01:00", tick=False):
        # From many addresses: the login alone is counted.
        tries = [let_in(asking(secretary.email, secrets.draw(), address=f"192.0.2.{n}")) for n in range(30)]
        assert tries == [401] * entrance.BY_LOGIN + [429] * (30 - entrance.BY_LOGIN)
        # Whoever has a right one is not kept out by whoever guesses.
        assert isinstance(let_in(asking(secretary.email, secret, address="192.0.2.77")), DevicePassword)
        with pytest.raises(NotLetIn) as no:
            entrance.let_in(asking(secretary.email, secrets.draw()), use=Use.AGENDA, at=timezone.now())
        assert 0 < int(no.value.headers["Retry-After"]) <= entrance.WINDOW
    [entry] = Entry.objects.filter(verb="device_password.guessing_slowed")
    assert entry.facts == {"counted": "login", "use": "agenda"}
    assert entry.object_id == str(secretary.pk)
    with time_machine.travel("2026-11-02 09:21:00+01:00", tick=False):
        assert let_in(asking(secretary.email, secrets.draw())) == 401


@pytest.mark.slow
@pytest.mark.both
def test_an_address_that_tries_many_logins_is_slowed_and_others_are_not(secretary: User) -> None:
    device, secret = made(secretary)
    with time_machine.travel("2026-11-02 09:00:00+01:00", tick=False):
        tries = [let_in(asking(f"personne{n}@example.org", secrets.draw())) for n in range(entrance.BY_ADDRESS + 5)]
        assert tries == [401] * entrance.BY_ADDRESS + [429] * 5
        assert let_in(asking("autre@example.org", secrets.draw(), address="192.0.2.2")) == 401
        assert let_in(asking(secretary.email, secret)) == device
    [entry] = Entry.objects.filter(verb="device_password.guessing_slowed")
    assert entry.facts == {"counted": "address", "use": "agenda"}
    assert "192.0.2" not in str(entry.__dict__), "an address is personal"


@pytest.mark.slow
def test_an_old_telephone_that_goes_on_asking_slows_nobody(secretary: User) -> None:
    old, secret = made(secretary, name="ancien téléphone")
    actions.end(old, by=secretary, at=timezone.now())
    other = factories.member(Role.MAYOR, secretary.memberships.get().beneficiary)
    factories.second_factor(other)
    _, theirs = made(other)
    tries = [let_in(asking(secretary.email, secret)) for _ in range(entrance.BY_ADDRESS + 10)]
    # Nor does one that was given the wrong name, or asks for what it was not made for.
    tries += [let_in(asking(secretary.email, theirs)) for _ in range(entrance.BY_LOGIN + 10)]
    assert set(tries) == {401}
    assert not Entry.objects.filter(verb="device_password.guessing_slowed").exists()
    assert let_in(asking(secretary.email, secrets.draw())) == 401


@pytest.mark.slow
@pytest.mark.both
def test_a_right_secret_is_never_counted(secretary: User) -> None:
    device, secret = made(secretary)
    assert all(let_in(asking(secretary.email, secret)) == device for _ in range(entrance.BY_ADDRESS + 10))
    cache.clear()
