"""Alerts of an EPCI or of the operator that a site accepted: written to its subscribers as its own are, and once."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_scopes import scopes_disabled

from socle.people.models import Role
from socle.sections.subscriptions import due, emails
from socle.sections.subscriptions.models import AlertMailing, AlertSubscription
from socle.sites import actions as sites
from socle.sites import alerts
from socle.sites.models import Alert
from socle.syndication import actions as sharing
from socle.syndication.actions import For
from socle.syndication.models import Audience, Kind, ShareOffer
from tests import factories as f
from tests.sites.conftest import equipped, secretary
from tests.sites.two_communes import signed_in

ADDRESS = "dominique@exemple.invalid"
DAY = timedelta(days=1)
INFORMATION, VIGILANCE, URGENCY = Alert.Gravity.values


@pytest.fixture(autouse=True)
def a_day(settings, tmp_path, time_machine):
    settings.DATA_DIR = tmp_path
    time_machine.move_to(f.NOW, tick=False)


@pytest.fixture
def officer(db):
    return f.member(Role.PROGRAMME_OFFICER, f.programme().lead())


@pytest.fixture
def later(time_machine):
    """Let so many minutes pass."""

    def pass_(minutes: int = 10):
        time_machine.shift(timedelta(minutes=minutes))

    return pass_


def subscribed(website, email=ADDRESS, at=None):
    at = at or timezone.now()
    with scopes_disabled():
        return AlertSubscription.objects.create(website=website, email=email, asked_at=at, confirmed_at=at)


def proposed(officer, words="Vents forts", gravity=URGENCY, *, appears_in=timedelta(), **fields):
    at = timezone.now()
    said = {"title": words, "summary": "", "gravity": gravity, "appears_at": at + appears_in} | fields
    said |= {"disappears_at": said["appears_at"] + 3 * DAY}
    whom = For(Audience.ALL)
    lead = f.programme().lead()
    return sharing.offer(lead, Kind.ALERT, said, epci=None, from_name="", for_whom=whom, by=officer, at=at)


def answered(answer, share, website):
    with scopes_disabled():
        offer = ShareOffer.objects.get(share=share, website=website)
        return answer(offer, by=f.user(), at=timezone.now())


def accepted(share, *websites):
    for website in websites:
        answered(sharing.accept, share, website)
    return share


def own(website, words="Vents forts", gravity=URGENCY):
    at = timezone.now()
    return alerts.publish_alert(website, words, gravity=gravity, starts_at=at, ends_at=at + DAY, by=f.user(), at=at)


def sent(**kwargs) -> list[str]:
    """Send what is due; return the addresses written to."""
    mail.outbox.clear()
    emails.send_alerts(at=timezone.now(), **kwargs)
    return sorted(one.to[0] for one in mail.outbox)


def test_it_reaches_the_subscribers_of_the_sites_that_accepted_it_and_of_no_other(prisches, ablain, officer, later):
    subscribed(prisches)
    subscribed(ablain, "loin@exemple.invalid")
    later()
    share = proposed(officer, link="https://exemple.invalid/vents", link_words="Les consignes")
    assert sent() == []
    accepted(share, prisches)
    assert sent() == [ADDRESS]
    message = mail.outbox[0]
    assert message.subject == "Urgence de Prisches : Vents forts"
    assert "Proposé par Syndicat mixte d’essai." in message.body
    assert "Les consignes : https://exemple.invalid/vents" in message.body
    assert f"<{prisches.root_url}/_/alertes/fin/" in message.extra_headers["List-Unsubscribe"]
    assert AlertMailing.objects.get().sent == 1
    assert sent() == []
    # The other mairie answers the next day: whoever subscribed there before that receives it then.
    later(24 * 60)
    accepted(share, ablain)
    assert sent() == ["loin@exemple.invalid"]


def test_whoever_subscribes_after_it_appeared_reads_it_on_the_site(prisches, officer, later):
    later()
    accepted(proposed(officer), prisches)
    later(1)
    subscribed(prisches)
    assert sent() == []


def test_one_link_ends_it_all(prisches, officer, later, client):
    subscribed(prisches)
    later()
    accepted(proposed(officer), prisches)
    sent()
    path = re.search(r"https?://[^/\s]+(/_/alertes/fin/\S+)", mail.outbox[0].body)[1]
    assert client.post(path, headers={"host": prisches.host}).status_code == 200
    later()
    accepted(proposed(officer, "Verglas"), prisches)
    assert sent() == []


def test_urgent_ones_go_first_whoever_writes_them(prisches, officer, later):
    subscribed(prisches)
    later()
    own(prisches, "Fête", INFORMATION)
    accepted(proposed(officer, "Canicule", VIGILANCE), prisches)
    later()
    accepted(proposed(officer, "La rivière monte", URGENCY), prisches)
    assert [sent(is_urgent=True), "La rivière monte" in mail.outbox[0].subject] == [[ADDRESS], True]
    sent()
    assert [one.subject.split(" : ")[1] for one in mail.outbox] == ["Canicule", "Fête"]


def test_one_that_is_not_urgent_leaves_time_for_second_thoughts(prisches, officer, later):
    subscribed(prisches)
    later()
    share = proposed(officer, gravity=INFORMATION)
    later(60)
    accepted(share, prisches)
    assert sent() == []
    later(1)
    answered(sharing.decline, share, prisches)
    later()
    assert sent() == []
    accepted(share, prisches)
    later()
    assert sent() == [ADDRESS]


def test_it_leaves_at_its_hour(prisches, officer, later):
    subscribed(prisches)
    later()
    accepted(proposed(officer, appears_in=timedelta(hours=2)), prisches)
    assert sent() == []
    later(121)
    sharing.follow_the_hour(at=timezone.now())
    assert sent() == [ADDRESS]


@pytest.mark.parametrize("taken_back", ["withdrawn", "refused", "suspended", "over"])
def test_taken_back_nothing_more_leaves_and_it_goes_on_from_there(
    taken_back, prisches, officer, later, monkeypatch, time_machine
):
    monkeypatch.setattr(emails, "PORTION", 1)
    subscribed(prisches, "a@exemple.invalid")
    subscribed(prisches, "b@exemple.invalid")
    later()
    share = accepted(proposed(officer), prisches)
    assert sent(is_awaited=lambda: True) == ["a@exemple.invalid"]
    match taken_back:
        case "withdrawn":
            sharing.withdraw(share, by=officer, at=timezone.now())
        case "refused":
            answered(sharing.decline, share, prisches)
        case "suspended":
            sites.suspend_site(prisches, by=f.user(), at=timezone.now())
        case "over":
            later(4 * 24 * 60)
    assert sent() == []
    later()
    match taken_back:
        case "withdrawn":
            sharing.restore(share, by=officer, at=timezone.now())
        case "refused":
            accepted(share, prisches)
        case "suspended":
            sites.resume_site(prisches, by=f.user(), at=timezone.now())
        case "over":
            return
    assert sent() == ["b@exemple.invalid"]
    assert sent() == []


def test_corrected_it_does_not_leave_again(prisches, officer, later):
    subscribed(prisches)
    later()
    share = accepted(proposed(officer), prisches)
    assert sent() == [ADDRESS]
    words = {"title": "Vents très forts", "summary": "", "gravity": 3}
    words |= {"appears_at": share.appears_at, "disappears_at": share.disappears_at}
    whom = For(Audience.ALL)
    sharing.correct(share, words, epci=None, from_name="", for_whom=whom, by=officer, at=timezone.now())
    later()
    assert sent() == []


# --- The same words from two sides -----------------------------------------------------------------------------------
@pytest.mark.slow
def test_the_same_words_leave_once_whichever_side_they_come_from_first(prisches, ablain, officer, later):
    subscribed(prisches)
    subscribed(ablain, "loin@exemple.invalid")
    later()
    own(prisches)
    share = accepted(proposed(officer, "VENTS  forts"), prisches, ablain)
    assert sent() == [ADDRESS, "loin@exemple.invalid"]
    later()
    own(ablain)
    assert sent() == []
    # Another of the same words, from the same source, while the first holds.
    accepted(proposed(officer), prisches)
    assert sent() == []
    assert share.pk


def test_the_second_takes_over_where_the_first_was_withdrawn(prisches, officer, later, monkeypatch):
    monkeypatch.setattr(emails, "PORTION", 1)
    subscribed(prisches, "a@exemple.invalid")
    subscribed(prisches, "b@exemple.invalid")
    later()
    mine = own(prisches)
    assert sent(is_awaited=lambda: True) == ["a@exemple.invalid"]
    alerts.withdraw_alert(mine, by=f.user(), at=timezone.now())
    accepted(proposed(officer), prisches)
    assert sent() == ["b@exemple.invalid"]


def test_graver_or_after_the_first_is_over_the_same_words_are_news(prisches, officer, later):
    subscribed(prisches)
    later()
    own(prisches, gravity=VIGILANCE)
    later()
    assert sent() == [ADDRESS]
    accepted(proposed(officer, gravity=URGENCY), prisches)
    assert sent() == [ADDRESS]
    later(5 * 24 * 60)
    own(prisches, gravity=VIGILANCE)
    later()
    assert sent() == [ADDRESS]
    # What a mairie writes twice itself, it means twice.
    own(prisches, gravity=VIGILANCE)
    later()
    assert sent() == [ADDRESS]


@pytest.mark.slow
def test_hundreds_of_sites_where_nobody_subscribed_cost_nothing(prisches, officer, later):
    subscribed(prisches)
    later()

    def cost() -> int:
        share = proposed(officer, f"Alerte {AlertMailing.objects.count()}")
        accepted(share, *websites)
        with CaptureQueriesContext(connection) as made:
            assert sent() == [ADDRESS]
        return len(made)

    websites = [prisches]
    few = cost()
    websites += [equipped(f"5900{number}", name) for number, name in enumerate(("Abancourt", "Bermeries"))]
    assert cost() <= few + 1  # one more read of what the same words are
    with scopes_disabled():
        assert due.due_alerts(timezone.now()) == []


def test_a_mailing_is_of_one_alert_and_of_one_only(prisches, officer):
    with pytest.raises(IntegrityError), transaction.atomic():
        AlertMailing.objects.create(begun_at=f.NOW)


@pytest.mark.slow
def test_the_secretary_reads_how_many_will_receive_it(prisches, officer):
    subscribed(prisches)
    subscribed(prisches, "alix@exemple.invalid")
    proposed(officer)
    page = signed_in(secretary(prisches.beneficiary)).get("/mairie/site/propositions/").content.decode()
    assert "aux 2 personnes qui reçoivent vos alertes" in page
