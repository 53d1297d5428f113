"""The monthly message « À faire »: once, only when something is to do, by preference, stopped in one click."""

from __future__ import annotations

import re
import smtplib
from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_scopes import scopes_disabled

from socle.journal.models import Entry
from socle.lib.dates import PARIS
from socle.people.models import Role
from socle.quality.erasure import erase_reminder
from socle.quality.models.score import SiteTask
from socle.quality.models.upkeep import MonthlyReminder
from socle.quality.upkeep import reminding, score
from socle.quality.upkeep.tasks import remind_each_month
from socle.sites import actions as sites
from tests import factories as f
from tests.sites.conftest import equipped, secretary
from tests.sites.two_communes import signed_in

SCREEN = "/mairie/site/a-faire/"
MONDAY = datetime(2026, 12, 7, 7, 5, tzinfo=PARIS)
ADDRESS = "secretaire@exemple.invalid"


@pytest.fixture(autouse=True)
def a_monday(settings, tmp_path, time_machine):
    settings.PUBLISHED_ROOT, settings.MEDIA_ROOT = tmp_path / "published", tmp_path / "media"
    time_machine.move_to(MONDAY, tick=False)
    return time_machine


def examined(*websites):
    with scopes_disabled():
        for website in websites:
            score.keep(website, at=timezone.now())


def reminded() -> list[str]:
    """Write what is due; return the addresses written to."""
    mail.outbox.clear()
    count = remind_each_month.call()
    assert count == len(mail.outbox)
    return sorted(one.to[0] for one in mail.outbox)


def test_a_secretary_reads_what_is_to_do_with_where_to_do_it(prisches, monkeypatch):
    monkeypatch.setattr(reminding, "MOST_LINES", 2)
    secretary(prisches.beneficiary)
    examined(prisches)
    assert reminded() == [ADDRESS]
    message = mail.outbox[0]
    with scopes_disabled():
        tasks = list(SiteTask.objects.filter(who="mairie"))
        others = list(SiteTask.objects.filter(who="operator"))
    assert message.subject == f"{len(tasks)} choses à faire sur le site de Prisches"
    assert [f"- {task.says}" in message.body for task in tasks] == [True] * 2 + [False] * (len(tasks) - 2)
    assert f"- et {len(tasks) - 2} autres." in message.body
    assert not any(task.says in message.body for task in others)
    assert f"/mairie/site/a-faire/?commune={prisches.beneficiary_id}" in message.body
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert reminded() == []


def test_it_leaves_once_a_month_on_its_morning_or_the_two_days_after(prisches, a_monday):
    secretary(prisches.beneficiary)
    examined(prisches)
    expected = {
        MONDAY - timedelta(minutes=10): [],
        MONDAY: [ADDRESS],
        MONDAY + timedelta(hours=3): [],
        MONDAY + timedelta(days=1): [],
        MONDAY + timedelta(days=7): [],
        # The first Monday of January was missed.
        MONDAY + timedelta(days=29): [ADDRESS],
        MONDAY + timedelta(days=30): [],
        # And that of February, until Thursday.
        MONDAY + timedelta(days=59): [],
        # The first of March is a Monday.
        MONDAY + timedelta(days=84): [ADDRESS],
    }
    for at, who in expected.items():
        a_monday.move_to(at, tick=False)
        assert reminded() == who, at


def test_the_day_is_the_operators(prisches, settings, a_monday):
    settings.SOCLE_SITES_PARAMETERS = {"reminder-weekday": "4"}
    secretary(prisches.beneficiary)
    examined(prisches)
    assert reminded() == []
    a_monday.move_to(MONDAY - timedelta(days=4), tick=False)
    assert reminded() == [ADDRESS]


@pytest.mark.parametrize("weeks", range(30))
def test_a_month_begins_on_its_first_monday_at_seven_in_paris_whatever_the_season(weeks):
    at = MONDAY + timedelta(weeks=weeks, hours=weeks)
    month = reminding.month_of(at).astimezone(PARIS)
    assert (month.hour, month.isoweekday(), month.day <= 7) == (7, 1, True)
    assert month <= at < month + timedelta(days=36)


def test_nothing_to_do_is_no_message(prisches):
    secretary(prisches.beneficiary)
    examined(prisches)
    with scopes_disabled():
        SiteTask.objects.filter(who="mairie").delete()
    assert reminded() == []
    # What comes up during the month waits for the next one.
    examined(prisches)
    with scopes_disabled():
        assert SiteTask.objects.filter(who="mairie").exists()
    assert reminded() == []


def test_three_communes_are_one_message(prisches, ablain):
    third = equipped("59001", "Abancourt")
    secretary(prisches.beneficiary, ablain.beneficiary, third.beneficiary)
    examined(prisches, ablain, third)
    assert reminded() == [ADDRESS]
    body = mail.outbox[0].body
    places = [body.index(f"\n{name}\n") for name in ("Abancourt", "Ablain-Saint-Nazaire", "Prisches")]
    assert places == sorted(places)
    assert "sur 3 sites" in mail.outbox[0].subject
    with scopes_disabled():
        assert MonthlyReminder.objects.get().written_at == MONDAY


def test_a_site_that_nobody_reads_asks_for_nothing(prisches, ablain):
    secretary(prisches.beneficiary, ablain.beneficiary)
    examined(prisches, ablain)
    sites.suspend_site(prisches, by=f.user(), at=timezone.now())
    assert reminded() == [ADDRESS]
    assert "Prisches" not in mail.outbox[0].body


def test_who_receives_it_is_by_role_then_by_choice(prisches, ablain):
    mayor = f.member(Role.MAYOR, prisches.beneficiary, email="maire@exemple.invalid")
    person = secretary(prisches.beneficiary)
    gone = f.member(Role.SECRETARY, prisches.beneficiary, email="partie@exemple.invalid")
    gone.memberships.update(ends_on=f.TODAY - timedelta(days=3))
    closed = f.member(Role.SECRETARY, prisches.beneficiary, email="fermee@exemple.invalid")
    closed.is_active = False
    closed.save()
    # A choice outlives no role.
    stranger = f.user(email="autre@exemple.invalid")
    reminding.choose(stranger, is_wanted=True, by=stranger, at=MONDAY)
    reminding.choose(gone, is_wanted=True, by=gone, at=MONDAY)
    examined(prisches)
    assert not reminding.is_wanted(mayor, on=f.TODAY)
    reminding.choose(mayor, is_wanted=True, by=mayor, at=MONDAY)
    reminding.choose(person, is_wanted=False, by=person, at=MONDAY)
    assert reminded() == ["maire@exemple.invalid"]
    lines = Entry.objects.filter(verb="website.reminder_chosen", by_ref=f"people.user:{person.pk}")
    assert [line.facts for line in lines] == [{"wanted": False}]
    # Said again, it changes nothing.
    reminding.choose(person, is_wanted=False, by=person, at=MONDAY)
    assert lines.count() == 1


def test_a_server_that_takes_nothing_makes_it_wait_and_a_bad_address_stops_nobody(prisches, monkeypatch):
    for name in ("a", "b", "c"):
        f.member(Role.SECRETARY, prisches.beneficiary, email=f"{name}@exemple.invalid")
    examined(prisches)
    real, asked = reminding.departures.send, []

    def send(key, subject, text, to, **kwargs):
        asked.append(to)
        if to == "a@exemple.invalid":
            raise smtplib.SMTPRecipientsRefused({to: (550, b"inconnue")})
        if to == "b@exemple.invalid" and asked.count(to) == 1:
            raise ConnectionRefusedError
        real(key, subject, text, to, **kwargs)

    monkeypatch.setattr(reminding.departures, "send", send)
    assert reminded() == []
    assert reminded() == ["b@exemple.invalid", "c@exemple.invalid"]
    assert asked.count("a@exemple.invalid") == 1


# --- One click -------------------------------------------------------------------------------------------------------
def path_in(message) -> str:
    found = re.search(r"https?://[^/\s]+(/rappel/fin/\S+)", message.body)
    assert found, message.body
    return found[1]


def test_one_leaves_in_one_click_without_an_account_open(prisches, client):
    person = secretary(prisches.beneficiary)
    examined(prisches)
    reminded()
    path = path_in(mail.outbox[0])
    # Opened by a program: nothing changes.
    page = client.get(path)
    assert (page.status_code, "Ne plus recevoir ce message" in page.content.decode()) == (200, True)
    assert reminding.is_wanted(person, on=f.TODAY)
    # The mailbox asks by itself, from anywhere.
    from_anywhere = Client(enforce_csrf_checks=True)
    answer = from_anywhere.post(path, {"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, "vous ne recevrez plus" in answer.content.decode()) == (200, True)
    assert not answer.cookies
    assert not reminding.is_wanted(person, on=f.TODAY)
    assert client.post(path).status_code == 200
    assert Entry.objects.filter(verb="website.reminder_chosen").count() == 1


@pytest.mark.parametrize("token", ["x", "1:x", "é", "a" * 5000, "%00", "1", "999999:abc"])
def test_a_forged_link_stops_nothing(prisches, client, token):
    for answer in (client.get(f"/rappel/fin/{token}/"), client.post(f"/rappel/fin/{token}/")):
        assert answer.status_code == 404
    assert "n’arrête rien" in client.get("/rappel/fin/1:x/").content.decode()


def test_the_choice_is_at_the_foot_of_the_list_too(prisches):
    person = secretary(prisches.beneficiary)
    editor = signed_in(person)
    assert "Ne plus le recevoir" in editor.get(SCREEN).content.decode()
    page = editor.post(f"{SCREEN}rappel/", {"wanted": "0"}, follow=True).content.decode()
    assert "ne recevrez plus" in page
    assert "Recevoir ce message" in page
    assert not reminding.is_wanted(person, on=f.TODAY)
    editor.post(f"{SCREEN}rappel/", {"wanted": "1"})
    assert reminding.is_wanted(person, on=f.TODAY)


@pytest.mark.slow
def test_a_message_leads_to_the_commune_it_names(prisches, ablain):
    person = secretary(prisches.beneficiary, ablain.beneficiary)
    editor = signed_in(person)
    for website in (prisches, ablain):
        page = editor.get(f"{SCREEN}?commune={website.beneficiary_id}", follow=True).content.decode()
        if "Une autre de vos communes" in page:
            answer = editor.post(
                "/mairie/organismes/choisir/", {"organisme": website.beneficiary_id, "suite": SCREEN}, follow=True
            )
            page = answer.content.decode()
        assert "À faire sur le site" in page
    # Of a commune one does not serve, or of none: one's own list.
    for asked in ("999999", "x", ""):
        assert "À faire sur le site" in editor.get(f"{SCREEN}?commune={asked}").content.decode()


def test_what_a_person_chose_leaves_with_them(prisches):
    person = secretary(prisches.beneficiary)
    reminding.choose(person, is_wanted=False, by=person, at=MONDAY)
    assert erase_reminder(person, ADDRESS) == 1
    assert not MonthlyReminder.objects.exists()


@pytest.mark.slow
def test_a_person_costs_as_many_queries_whatever_their_communes(prisches):
    person = secretary(prisches.beneficiary)
    examined(prisches)

    def cost() -> int:
        with CaptureQueriesContext(connection) as made, scopes_disabled():
            reminding.of_sites(reminding.sites_of(person, on=f.TODAY))
        return len(made)

    few = cost()
    for number, name in enumerate(("Abancourt", "Bermeries", "Étrœungt")):
        website = equipped(f"5900{number}", name)
        f.member(Role.SECRETARY, website.beneficiary, email=ADDRESS)
        examined(website)
    assert cost() == few == 2
