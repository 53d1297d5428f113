"""A box read in the browser: the way from the mairie to the webmail, what its token opens, what closes it."""

from __future__ import annotations

import base64
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from socle.journal.models import Entry
from socle.mail import actions as mail
from socle.mail import domains
from socle.mail.models import BrowserReading, Domain, Mailbox, Opening
from socle.mail.webmail import secrets
from socle.mail.webmail.queries import reading_of
from socle.mail.webmail.rules import why_not_read
from socle.people.models import Membership, OpenSession, Role, User
from socle.people.sign_in import sessions
from tests import factories as f
from tests.client import DemandingClient

pytestmark = pytest.mark.django_db

WEBMAIL = "https://courrier.exemple.fr/"
BACK = f"{WEBMAIL}index.php/login/oauth"
AUTHORIZE = {"response_type": "code", "client_id": "roundcube", "scope": "mail", "redirect_uri": BACK, "state": "abc"}


@pytest.fixture(autouse=True)
def a_webmail(settings):
    settings.SOCLE_MAIL_WEBMAIL_URL = WEBMAIL


def signed_in(person: User) -> DemandingClient:
    """Their browser, in a session that the platform lists."""
    client = DemandingClient()
    client.force_login(person)
    now = timezone.now()
    OpenSession.objects.create(user=person, session_key=client.session.session_key, opened_at=now, seen_at=now)
    return client


def asked(browser: Client, **changed: str):
    """What the platform answers when the webmail asks whose box is read."""
    return browser.get(f"{reverse('mairie:mail_authorize')}?{urlencode(AUTHORIZE | changed)}")


def code_in(response) -> str:
    assert response.status_code == 302
    assert response["Location"].startswith(f"{BACK}?")
    said = parse_qs(urlsplit(response["Location"]).query)
    assert said["state"] == ["abc"]
    return said["code"][0]


def exchange(code: str, /, **changed: str):
    """Roundcube shows the code."""
    shown = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "client_id": "roundcube",
        "client_secret": secrets.secret_of("roundcube"),
    }  # fmt: skip
    return Client().post(reverse("webmail_token"), shown | changed)


def checked(token: str, protocol: str = "imap", secret: str = "") -> dict[str, object]:
    """Dovecot shows the token, and says by which door it came."""
    pair = f"dovecot:{secret or secrets.secret_of('dovecot')}"
    headers = {
        "Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}",
        "X-Dovecot-Auth-Protocol": protocol,
    }
    response = Client().post(reverse("webmail_check"), {"token": token}, headers=headers)
    said: dict[str, object] = response.json()
    return said


def opened(person: User, box) -> tuple[str, Client]:
    """The token by which the webmail reads a box for this person, and their browser on the platform."""
    browser = signed_in(person)
    assert browser.get(reverse("mairie:mailbox_read", args=[box.pk]))["Location"] == BACK
    return exchange(code_in(asked(browser))).json()["access_token"], browser


# --- The way in -------------------------------------------------------------------------------------------------------
@pytest.mark.slow
@pytest.mark.both
def test_a_person_opens_a_box_without_any_password_and_the_servers_know_which(here, everywhere):
    browser = signed_in(here.secretary)
    page = BeautifulSoup(browser.get(reverse("mairie:mail")).content, "html.parser")
    menu = page.select("nav[aria-label='Navigation principale'] a")
    assert [one["href"] for one in menu if "Messagerie" in one.text] == [reverse("mairie:mail_read")]
    assert [one["href"] for one in page.select("nav.tabs a")] == [reverse("mairie:mail_read"), reverse("mairie:mail")]
    assert (
        reverse("mairie:mailbox_read", args=[here.main.pk])
        in browser.get(reverse("mairie:mailbox", args=[here.main.pk])).content.decode()
    )
    # Several boxes: the webmail's own question leads to the choice, and the choice to the webmail.
    assert asked(browser)["Location"] == reverse("mairie:mail_read")
    choice = browser.get(reverse("mairie:mail_read")).content.decode()
    assert all(box.address in choice for box in (here.main, here.box, here.boxes["etat-civil"]))
    token, _ = opened(here.secretary, here.main)
    assert checked(token) == {
        "active": True, "username": here.main.address, "token_type": "Bearer", "only_reads": "no",
    }  # fmt: skip
    identity = Client().get(reverse("webmail_identity"), headers={"Authorization": f"Bearer {token}"}).json()
    assert identity == {"sub": str(here.main.store), "email": here.main.address, "name": here.main.display_name}
    line = Entry.objects.get(verb="mail.box_read_in_browser")
    assert (line.object_id, line.by_ref) == (str(here.main.pk), f"people.user:{here.secretary.pk}")
    kept = str(BrowserReading.objects.values().get())
    assert token not in kept


def test_whoever_has_no_session_signs_in_first_and_comes_back_to_the_question(here):
    response = asked(DemandingClient())
    assert response.status_code == 302
    assert response["Location"].startswith("/compte/connexion/?next=/mairie/messagerie/lire/autoriser/")
    assert parse_qs(urlsplit(parse_qs(urlsplit(response["Location"]).query)["next"][0]).query)["state"] == ["abc"]


@pytest.mark.slow
def test_a_box_of_another_commune_or_closed_to_oneself_is_not_opened(here, there, everywhere):
    browser = signed_in(here.secretary)
    assert browser.get(reverse("mairie:mailbox_read", args=[there.main.pk])).status_code == 404
    mayors = next(one for one in here.boxes.values() if one.holder_id == here.mayor.pk)
    refused = browser.get(reverse("mairie:mailbox_read", args=[mayors.pk]))
    assert refused.status_code == 409
    assert "ne vous est pas ouverte" in refused.content.decode()
    # Written into the session by whatever means, it changes nothing: what is opened is looked at again.
    session = browser.session
    session["mail_box_to_read"] = there.main.pk
    session.save()
    assert asked(browser)["Location"] == reverse("mairie:mail_read")
    assert not BrowserReading.objects.exists()


@pytest.mark.parametrize(
    "changed",
    [{"redirect_uri": "https://ailleurs.exemple/"}, {"client_id": "autre"}, {"response_type": "token"}, {"state": ""}],
)
def test_a_question_that_is_not_the_webmail_s_leads_nowhere(here, everywhere, changed):
    browser = signed_in(here.secretary)
    browser.get(reverse("mairie:mailbox_read", args=[here.main.pk]))
    response = asked(browser, **changed)
    assert response.status_code == 409
    assert not BrowserReading.objects.exists()


def test_without_a_webmail_nothing_is_promised(here, settings):
    settings.SOCLE_MAIL_WEBMAIL_URL = ""
    browser = signed_in(here.secretary)
    assert "Ouvrir la messagerie" not in browser.get(reverse("mairie:mail")).content.decode()
    told = browser.get(reverse("mairie:mail_read")).content.decode()
    assert "un programme de messagerie le lit" in told
    assert reverse("mairie:mail_devices") in told
    assert reverse("mairie:mailbox_read", args=[here.main.pk]) not in told
    assert browser.get(reverse("mairie:mailbox_read", args=[here.main.pk])).status_code == 409
    assert asked(browser, redirect_uri="index.php/login/oauth").status_code == 409


def test_a_session_that_is_not_listed_opens_nothing_since_nothing_would_close_it(here):
    browser = DemandingClient()
    browser.force_login(here.secretary)
    browser.get(reverse("mairie:mailbox_read", args=[here.main.pk]))
    assert "connectez-vous de nouveau" in asked(browser).content.decode()


# --- Codes and tokens -------------------------------------------------------------------------------------------------
def test_a_code_serves_once_and_shown_twice_it_closes_what_it_opened(here, everywhere):
    browser = signed_in(here.secretary)
    browser.get(reverse("mairie:mailbox_read", args=[here.main.pk]))
    code = code_in(asked(browser))
    token = exchange(code).json()["access_token"]
    assert checked(token)["active"]
    assert exchange(code).json() == {"error": "invalid_grant"}
    assert checked(token) == {"active": False}


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"client_secret": "0" * 64}, 401),
        ({"client_id": "dovecot"}, 401),
        ({"redirect_uri": "https://ailleurs.exemple/"}, 400),
        ({"grant_type": "password"}, 400),
        ({"code": "rien"}, 400),
    ],
)
def test_only_the_webmail_exchanges_a_code(here, everywhere, changed, status):
    browser = signed_in(here.secretary)
    browser.get(reverse("mairie:mailbox_read", args=[here.main.pk]))
    code = code_in(asked(browser))
    assert exchange(code, **changed).status_code == status
    assert exchange(code).status_code == 200


def test_a_code_that_waited_a_minute_is_worth_nothing_and_is_forgotten(here, everywhere):
    with time_machine.travel(f.NOW, tick=False) as clock:
        browser = signed_in(here.secretary)
        browser.get(reverse("mairie:mailbox_read", args=[here.main.pk]))
        code = code_in(asked(browser))
        clock.shift(61)
        assert exchange(code).json() == {"error": "invalid_grant"}
        browser.get(reverse("mairie:mailbox_read", args=[here.main.pk]))
        asked(browser)
        assert BrowserReading.objects.count() == 1


def test_the_servers_secret_is_theirs_alone(here, everywhere):
    token, _ = opened(here.secretary, here.main)
    for secret in ("0" * 64, secrets.secret_of("roundcube"), "é"):
        assert checked(token, secret=secret) == {"error": "invalid_client"}
    assert Client().post(reverse("webmail_check"), {"token": token}).status_code == 401
    assert Client().get(reverse("webmail_identity"), headers={"Authorization": "Bearer x"}).status_code == 401
    assert checked("") == checked("x" * 5000) == {"active": False}


@pytest.mark.slow
def test_a_box_that_is_only_read_does_not_sign_in_to_send(here, everywhere):
    token, _ = opened(here.secretary, here.main)
    assert checked(token, "smtp")["active"]
    Opening.objects.filter(mailbox=here.main, user=here.secretary).update(may_send=False)
    assert checked(token, "smtp") == {"active": False}
    assert checked(token, "imap")["active"]


# --- What closes it ---------------------------------------------------------------------------------------------------
def end_role(here, browser):
    Membership.objects.filter(user=here.secretary).update(ends_on=timezone.localdate() - timedelta(days=1))


def suspend_box(here, browser):
    mail.suspend_box(here.main, by=here.mayor, at=timezone.now())


def close_box(here, browser):
    opening = Opening.objects.get(mailbox=here.main, user=here.secretary)
    mail.close_box(opening, by=here.mayor, at=timezone.now())


def suspend_service(here, browser):
    keeper = f.member(Role.TECHNICIAN, f.operator("npdcn", "Syndicat", 1))
    domains.suspend_domain(here.domain, by=keeper, at=timezone.now())


def close_account(here, browser):
    User.objects.filter(pk=here.secretary.pk).update(is_active=False)


def sign_out(here, browser):
    assert browser.post("/compte/deconnexion/").status_code == 302


def end_from_elsewhere(here, browser):
    sessions.end_all(here.secretary, by=here.secretary, at=timezone.now())


def let_the_day_pass(here, browser):
    OpenSession.objects.update(opened_at=F("opened_at") - timedelta(hours=13))


def leave_it_unused(here, browser):
    OpenSession.objects.update(seen_at=F("seen_at") - timedelta(hours=3))


@pytest.mark.parametrize(
    "close",
    [
        end_role, suspend_box, close_box, suspend_service, close_account, sign_out, end_from_elsewhere,
        let_the_day_pass, leave_it_unused,
    ],
    ids=lambda one: one.__name__,
)  # fmt: skip
def test_what_closes_a_box_closes_it_in_the_browser_at_the_next_page(here, everywhere, close):
    token, browser = opened(here.secretary, here.main)
    assert checked(token)["active"]
    close(here, browser)
    assert checked(token) == {"active": False}
    assert reading_of(token, at=timezone.now()) is None


def test_reading_the_mail_keeps_the_session_alive_and_costs_one_query(here, everywhere, django_assert_num_queries):
    token, _ = opened(here.secretary, here.main)
    with django_assert_num_queries(1):
        assert checked(token)["active"]
    OpenSession.objects.update(seen_at=F("seen_at") - timedelta(minutes=6))
    with django_assert_num_queries(2):
        assert checked(token)["active"]
    assert timezone.now() - OpenSession.objects.get().seen_at < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda here, settings: None, None),
        (lambda here, settings: setattr(settings, "SOCLE_MAIL_WEBMAIL_URL", ""), "ne se lit pas encore"),
        (lambda here, settings: Opening.objects.filter(mailbox=here.main).delete(), "ne vous est pas ouverte"),
        (lambda here, settings: Opening.objects.exclude(mailbox=here.main).delete(), None),
        (lambda here, settings: Mailbox.objects.filter(pk=here.main.pk).update(status="suspended"), "pas en service"),
        (lambda here, settings: Mailbox.objects.exclude(pk=here.main.pk).update(status="suspended"), None),
        (lambda here, settings: Domain.objects.update(status="suspended"), "La messagerie est suspendue"),
        (lambda here, settings: Membership.objects.update(ends_on=f.TODAY - timedelta(days=1)), "plus de fonction ici"),
    ],
)
def test_who_reads_a_box_in_the_browser_and_what_they_are_told_otherwise(here, everywhere, settings, change, words):
    change(here, settings)
    said = why_not_read(Mailbox.objects.get(pk=here.main.pk), by=here.secretary, on=f.TODAY)
    assert (said is None) if words is None else (words in said)
