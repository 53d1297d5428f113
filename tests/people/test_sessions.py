"""One's sessions: seen, ended one by one or all at once, and by themselves."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings as configured
from django.contrib.sessions.models import Session
from django.urls import reverse
from django.utils import timezone

from socle.journal.models import Entry
from socle.people import actions
from socle.people.models import Beneficiary, OpenSession, Role, User
from socle.people.sign_in import sessions
from tests import factories
from tests.client import DemandingClient
from tests.people.test_accounts import FIREFOX, mayor, officer, place, secretary, signed_in
from tests.people.test_sign_in import LOGIN, PASSWORD

__all__ = ["mayor", "officer", "place", "secretary"]

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox sur un ordinateur Windows"),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/128.0.0.0 Safari/537.36 Edg/128.0",
            "Edge sur un ordinateur Windows",
        ),
        (
            "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/128.0 Mobile Safari/537.36",
            "Chrome sur un téléphone Android",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605 Version/17.5 Mobile/15E Safari/604",
            "Safari sur un iPhone",
        ),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) AppleWebKit/605 Version/17.5 Safari/605", "Safari sur un Mac"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox sur un ordinateur Linux"),
        ("curl/8.0", "Un appareil que nous ne reconnaissons pas"),
        ("", "Un appareil que nous ne reconnaissons pas"),
    ],
)
def test_a_device_is_said_in_plain_french(agent: str, words: str) -> None:
    assert sessions.device_in_words(agent) == words


def test_each_session_is_listed_and_one_is_ended_from_another(secretary: User) -> None:
    here, there = signed_in(secretary), signed_in(secretary, "Mozilla/5.0 (iPhone) Version/17 Safari/604")
    page = here.get("/compte/").content.decode()
    assert "Firefox sur un ordinateur Windows" in page
    assert "Safari sur un iPhone" in page
    assert page.count("Cette session") == 1
    other = OpenSession.objects.get(session_key=there.session.session_key)
    here.post(reverse("session_end", args=[other.pk]))
    assert there.get("/mairie/").status_code == 302
    assert here.get("/mairie/").status_code == 200
    assert not OpenSession.objects.filter(pk=other.pk).exists()
    assert Entry.objects.filter(verb="person.session_ended", object_id=str(secretary.pk)).count() == 1


def test_nobody_ends_the_session_of_another(secretary: User, mayor: User) -> None:
    client = signed_in(secretary)
    stranger = signed_in(mayor)
    theirs = OpenSession.objects.get(session_key=client.session.session_key)
    assert stranger.post(reverse("session_end", args=[theirs.pk])).status_code == 404
    assert client.get("/mairie/").status_code == 200


@pytest.mark.slow
def test_all_the_others_are_ended_even_those_nobody_listed(secretary: User) -> None:
    here, there = signed_in(secretary), signed_in(secretary)
    unlisted = DemandingClient()
    unlisted.force_login(secretary, backend=configured.AUTHENTICATION_BACKENDS[0])
    opened = OpenSession.objects.get(session_key=here.session.session_key).opened_at
    here.post(reverse("sessions_end_others"))
    assert here.get("/mairie/").status_code == 200
    assert there.get("/mairie/").status_code == 302
    assert unlisted.get("/mairie/").status_code == 302
    (line,) = OpenSession.objects.filter(user=secretary)
    assert line.session_key == here.session.session_key
    assert abs(line.opened_at - opened) < timedelta(seconds=1)
    # And signing in again is possible, of course.
    signed_in(secretary)


def test_leaving_takes_the_line_away(secretary: User) -> None:
    client = signed_in(secretary)
    client.post(reverse("account_logout"))
    assert not OpenSession.objects.exists()


def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(secretary: User) -> None:
    here, there = signed_in(secretary), signed_in(secretary)
    key = there.session.session_key
    chosen = "une-autre-suite-de-mots"
    here.post(reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": chosen, "password2": chosen})
    assert here.get("/mairie/").status_code == 200
    assert there.get("/mairie/").status_code == 302
    assert not Session.objects.filter(session_key=key).exists()
    (line,) = OpenSession.objects.all()
    assert line.session_key == here.session.session_key
    assert Entry.objects.filter(verb="person.password_chosen").count() == 1


def test_a_password_chosen_by_the_link_ends_every_session(
    secretary: User, mailoutbox: list[Any], client: DemandingClient
) -> None:
    there = signed_in(secretary)
    client.post(reverse("account_reset_password"), {"email": secretary.email})
    link = re.search(r"https?://\S+", mailoutbox[0].body)
    assert link is not None
    form = client.get(link[0].removeprefix(configured.PLATFORM_URL), follow=True)
    chosen = "une-autre-suite-de-mots"
    client.post(form.redirect_chain[-1][0], {"password1": chosen, "password2": chosen})
    assert there.get("/mairie/").status_code == 302
    assert not OpenSession.objects.exists()


@pytest.mark.slow
@pytest.mark.both
def test_a_session_lasts_a_working_day_however_busy_it_is(secretary: User) -> None:
    with time_machine.travel(factories.NOW, tick=False) as clock:
        client = signed_in(secretary)
        for _ in range(11):
            clock.shift(timedelta(hours=1))
            assert client.get("/mairie/").status_code == 200
        assert OpenSession.objects.get().seen_at == timezone.now()
        clock.shift(timedelta(hours=1, seconds=1))
        assert client.get("/mairie/").status_code == 302
        sessions.forget_old()
        assert not OpenSession.objects.exists()


def test_a_session_that_nobody_uses_ends_by_itself_and_says_why(secretary: User, settings: Any) -> None:
    settings.SESSION_IDLE = timedelta(minutes=40)
    with time_machine.travel(factories.NOW, tick=False) as clock:
        client = signed_in(secretary)
        for minutes in (39, 39):
            clock.shift(timedelta(minutes=minutes))
            assert client.get("/mairie/").status_code == 200
        clock.shift(timedelta(minutes=41))
        assert "longtemps sans servir" in client.get("/mairie/", follow=True).content.decode()
        assert client.get("/mairie/").status_code == 302
        assert sessions.listed(secretary, at=timezone.now()) == []
        sessions.forget_old()
        assert not OpenSession.objects.exists()


def test_being_seen_costs_one_write_now_and_then(secretary: User, django_assert_num_queries: Any) -> None:
    client = signed_in(secretary)
    with django_assert_num_queries(3):  # The session, the person, and what the page itself reads.
        client.get("/accessibilite/")
    assert timedelta(minutes=5) <= sessions.SEEN_EVERY


def test_a_role_that_demands_a_second_factor_ends_the_sessions_opened_without(
    secretary: User, place: Beneficiary
) -> None:
    client = signed_in(secretary)
    actions.give_role(secretary, role=Role.SECRETARY, beneficiary=place, by=User.objects.system(), at=timezone.now())
    assert client.get("/mairie/").status_code == 200
    actions.give_role(secretary, role=Role.MAYOR, beneficiary=place, by=User.objects.system(), at=timezone.now())
    assert client.get("/mairie/")["Location"].startswith(LOGIN)
