"""Every entrance besides the sign-in page: whoever lacks the second factor their role wants comes by none."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone
from django_scopes import scope, scopes_disabled

import socle
from socle.integrations import actions as integrations
from socle.integrations.models import Scope
from socle.lib import dates
from socle.mail import queries as mail
from socle.mail.defaults import ensure_defaults
from socle.mail.models import BrowserReading, Opening
from socle.mail.webmail import secrets as webmail
from socle.mail.webmail.queries import reading_of
from socle.people.devices import actions
from socle.people.devices.models import DevicePassword, Use
from socle.people.models import Beneficiary, OpenSession, Role, User
from tests import factories as f

pytestmark = pytest.mark.django_db


def shown(user: User, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user.email}:{secret}".encode()).decode()}


class Situation:
    """A mayor, the second factor their role wants, and everything by which a program of theirs comes in."""

    def __init__(self) -> None:
        self.at = timezone.now()
        self.place: Beneficiary = f.beneficiary()
        self.user: User = f.member(Role.MAYOR, self.place)
        self.factor = f.second_factor(self.user)
        self.device, self.secret = actions.make(self.user, name="a", uses=list(Use), by=self.user, at=self.at)
        _, self.token = integrations.create_token(
            self.place, name="x", scopes=[Scope.INSTALLATIONS_READ.value], days=30, by=self.user, at=self.at
        )
        with scope(beneficiary=self.place):
            ensure_defaults(self.place, by=User.objects.system(), at=self.at)
            opening = Opening.objects.filter(user=self.user).first()
        session = OpenSession.objects.create(
            user=self.user, session_key="s" * 32, opened_at=self.at, seen_at=self.at, address="192.0.2.1"
        )
        self.reading = webmail.draw()
        with scopes_disabled():
            BrowserReading.objects.create(
                opening=opening, session=session, asked_at=self.at,
                code_digest=webmail.digest_of(webmail.draw()), token_digest=webmail.digest_of(self.reading),
            )  # fmt: skip

    def get(self, url: str, **headers: str) -> int:
        return int(Client(headers=headers or shown(self.user, self.secret)).get(url).status_code)


def makes_a_device(here: Situation) -> bool:
    browser = Client()
    browser.force_login(here.user)
    session = browser.session
    session["account_authentication_methods_user"] = str(here.user.pk)
    session["account_authentication_methods"] = [
        {"method": "password", "at": here.at.timestamp(), "reauthenticated": True}
    ]
    session.save()
    before = DevicePassword.objects.count()
    browser.post(reverse("device_new"), {"name": "b", "uses": ["mail"]})
    return DevicePassword.objects.count() > before


def mail_programs(here: Situation) -> bool:
    with scopes_disabled():
        return any(row["prefix"] == here.device.prefix for row in mail.logins(dates.day_of(here.at)))


# By the module whose door it is: whether the mayor comes in. What is refused otherwise (no agenda opened) is 403 with
# another sentence, so that the device alone is judged: 401 and the sentence of the factor are « not let in ».
ENTRANCES: dict[str, Callable[[Situation], bool]] = {
    "socle.public.views.devices": makes_a_device,
    "socle.engines.own_files.drive.view": lambda here: _lets_in(here, "/dav/dossier/"),
    "socle.engines.radicale.views": lambda here: _lets_in(here, f"/dav/agenda/{here.place.pk}/"),
    "socle.mail.queries": mail_programs,
    "socle.mail.webmail.public": lambda here: reading_of(here.reading, at=here.at) is not None,
    "socle.api.guard": lambda here: here.get("/api/v1/installations", Authorization=f"Bearer {here.token}") != 401,
}
# Open without an account: a link, a code or a machine's own secret is what is judged there.
WITHOUT_ACCOUNT = {
    "socle.mail.configuring.public",
    "socle.public.views.enrolment",
    "socle.public.views.shared",
}


def _lets_in(here: Situation, url: str) -> bool:
    response = Client(headers=shown(here.user, here.secret)).generic("PROPFIND", url, HTTP_DEPTH="0")
    return response.status_code != 401 and "second contrôle" not in response.getvalue().decode()


@pytest.fixture
def here(settings: Any) -> Situation:
    settings.SOCLE_MAIL_DOMAIN = "courriel.exemple.fr"
    return Situation()


@pytest.mark.parametrize("entrance", ENTRANCES)
@pytest.mark.slow
def test_without_the_second_factor_their_role_wants_nobody_comes_by_any_entrance(
    here: Situation, entrance: str
) -> None:
    enters = ENTRANCES[entrance]
    assert enters(here), "with the factor"
    here.factor.delete()
    assert not enters(here), "without"
    f.second_factor(here.user)
    DevicePassword.objects.filter(name="b").delete()
    assert enters(here), "put back"


def _views(patterns: list[URLPattern | URLResolver]) -> Iterator[Any]:
    for one in patterns:
        if isinstance(one, URLResolver):
            yield from _views(one.url_patterns)
        else:
            yield one.callback


def _named(path: Path, root: Path) -> str:
    return f"socle.{path.relative_to(root).with_suffix('').as_posix().replace('/', '.')}"


def _module_of(view: Any, root: Path) -> str:
    """The module of ours that first holds this view: that of the door, before that of the page behind it."""
    while view is not None:
        path = Path(view.__code__.co_filename) if hasattr(view, "__code__") else root
        if root in path.parents:
            return _named(path, root)
        view = getattr(view, "__wrapped__", None)
    return ""


# What reads the secret of a device.
READS = ("open_device(", "let_in(request", "device_passwords__digest")


@pytest.mark.slow
def test_no_entrance_is_added_without_being_tried_here() -> None:
    """Whatever a browser's cookie does not open is exempt of its token; whatever reads a device's secret names it."""
    root = Path(socle.__file__).parent
    by_address = {
        _module_of(view, root)
        for view in _views(get_resolver("socle.config.urls").url_patterns)
        if getattr(view, "csrf_exempt", False)
    } - {""}
    by_code = {
        _named(path, root)
        for path in root.rglob("*.py")
        if not path.is_relative_to(root / "people/devices") and any(read in path.read_text("utf-8") for read in READS)
    }
    known = set(ENTRANCES) | WITHOUT_ACCOUNT
    assert by_code <= known
    assert by_address <= known
    assert known <= by_address | by_code | {"socle.public.views.devices"}
