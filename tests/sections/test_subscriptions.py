"""Alerts by e-mail: confirmed, sent once to each, stopped in one click, told to nobody."""

from __future__ import annotations

import re
import smtplib
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.core import mail
from django.utils import timezone
from django_scopes import scopes_disabled

from socle.journal.models import Entry
from socle.sections.subscriptions import actions, email_links, emails, erasure
from socle.sections.subscriptions.models import AlertMailing, AlertSubscription
from socle.sites import actions as sites
from socle.sites import alerts
from socle.sites.models import Alert
from tests import factories as f

ADDRESS = "dominique@exemple.invalid"


@pytest.fixture(autouse=True)
def a_day(settings, tmp_path, time_machine):
    settings.DATA_DIR = tmp_path
    time_machine.move_to(f.NOW, tick=False)


@pytest.fixture
def post(client):
    def send(website, path, fields=None, *, origin=None):
        headers = {"host": website.host}
        if origin != "":
            headers["origin"] = origin or f"http://{website.host}"
        return client.post(path, fields or {}, headers=headers)

    return send


def subscribers():
    with scopes_disabled():
        return AlertSubscription.objects.count()


def subscribed(website, email=ADDRESS, at=f.NOW):
    with scopes_disabled():
        return AlertSubscription.objects.create(website=website, email=email, asked_at=at, confirmed_at=at)


def published(website, words="Route barrée", gravity=Alert.Gravity.URGENCY, at=None):
    at = at or timezone.now()
    return alerts.publish_alert(
        website, words, gravity=gravity, starts_at=at, ends_at=at + timedelta(days=1), by=f.user(), at=at
    )


def path_in(message, kind):
    found = re.search(rf"https?://[^/\s]+(/_/alertes/{kind}/\S+)", message.body)
    assert found, message.body
    return found[1]


@pytest.mark.slow
def test_an_address_is_confirmed_before_it_receives_anything(prisches, ablain, visit, post, time_machine):
    page = visit(prisches, "/_/alertes/")
    stamp = BeautifulSoup(page.content, "html.parser").select_one("input[name=stamp]")["value"]
    time_machine.shift(20)
    said = {"email": "Dominique@Exemple.invalid", "stamp": stamp}
    assert "Un lien vient de partir" in post(prisches, "/_/alertes/", said).content.decode()
    assert emails.send_links(at=timezone.now()) == 1
    assert emails.send_links(at=timezone.now()) == 0
    link = path_in(mail.outbox[-1], "confirmer")
    published(prisches)
    assert emails.send_alerts(at=timezone.now()) == 0
    # Opened by a program, on another site, from elsewhere: nothing is confirmed.
    assert visit(prisches, link).status_code == 200
    assert post(ablain, link).status_code == 404
    assert post(prisches, link, origin="https://ailleurs.invalid").status_code == 403
    assert not Entry.objects.filter(verb="website.subscription_confirmed").exists()
    for _ in range(2):
        assert "Vous recevrez les alertes" in post(prisches, link).content.decode()
    assert Entry.objects.filter(verb="website.subscription_confirmed").count() == 1
    # Asked again, the page says the same, and only the owner of the address learns that it was there.
    assert "Un lien vient de partir" in post(prisches, "/_/alertes/", said).content.decode()
    emails.send_links(at=timezone.now())
    assert "les reçoit déjà" in mail.outbox[-1].body
    assert subscribers() == 1


@pytest.mark.slow
def test_a_link_that_is_too_old_or_forged_confirms_nothing(prisches, visit, post, time_machine):
    with scopes_disabled():
        actions.ask(prisches, ADDRESS, at=timezone.now())
    emails.send_links(at=timezone.now())
    link = path_in(mail.outbox[-1], "confirmer")
    time_machine.shift(timedelta(days=4))
    assert post(prisches, link).status_code == 410
    for token in ("x", "é", "a" * 5000, "%00", "..%2f"):
        for kind in ("confirmer", "fin"):
            assert post(prisches, f"/_/alertes/{kind}/{token}/").status_code == 404, token
    assert erasure.erase_unconfirmed(timezone.now(), by=f.user(), at=timezone.now(), is_dry=True) == 1
    assert erasure.erase_unconfirmed(timezone.now(), by=f.user(), at=timezone.now(), is_dry=False) == 1
    assert subscribers() == 0


def test_an_alert_is_sent_once_to_each_who_subscribed_before_it(prisches, ablain, time_machine):
    subscribed(prisches)
    subscribed(prisches, "alix@exemple.invalid")
    subscribed(ablain, "loin@exemple.invalid")
    time_machine.shift(60)
    alert = published(prisches)
    subscribed(prisches, "apres@exemple.invalid", at=timezone.now() + timedelta(minutes=1))
    assert emails.send_alerts(at=timezone.now()) == 2
    assert sorted(one.to[0] for one in mail.outbox) == ["alix@exemple.invalid", ADDRESS]
    message = mail.outbox[0]
    assert "Route barrée" in message.subject
    assert Alert.Gravity.URGENCY.label.lower() in message.body.lower()
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert f"<{prisches.root_url}/_/alertes/fin/" in message.extra_headers["List-Unsubscribe"]
    assert AlertMailing.objects.get(alert=alert).sent == 2
    # Withdrawn and put back, or a mailing whose end was lost: nothing leaves again.
    alerts.withdraw_alert(alert, by=f.user(), at=timezone.now())
    alerts.restore_alert(alert, by=f.user(), at=timezone.now())
    AlertMailing.objects.update(done_at=None, reached=0)
    assert emails.send_alerts(at=timezone.now()) == 0
    assert len(mail.outbox) == 2


def test_urgent_alerts_go_first_and_the_others_give_way_to_what_is_awaited(prisches, monkeypatch, time_machine):
    monkeypatch.setattr(emails, "PORTION", 1)
    subscribed(prisches)
    subscribed(prisches, "alix@exemple.invalid")
    time_machine.shift(60)
    published(prisches, gravity=Alert.Gravity.VIGILANCE)
    time_machine.shift(600)
    urgent = published(prisches, "La rivière monte", Alert.Gravity.URGENCY)
    assert emails.send_alerts(at=timezone.now(), is_urgent=True) == 2
    assert all(urgent.words in one.subject for one in mail.outbox)
    # Whoever waits for this worker has it between two portions; the rest leaves the next time.
    assert emails.send_alerts(at=timezone.now(), is_awaited=lambda: True) == 1
    assert emails.send_alerts(at=timezone.now()) == 1
    assert emails.send_alerts(at=timezone.now()) == 0


def test_a_slip_is_withdrawn_before_it_leaves_and_a_closed_site_sends_nothing(prisches, time_machine):
    subscribed(prisches)
    time_machine.shift(60)
    slip = published(prisches, "Erreur", Alert.Gravity.INFORMATION)
    assert emails.send_alerts(at=timezone.now()) == 0
    alerts.withdraw_alert(slip, by=f.user(), at=timezone.now())
    published(prisches, "Fête", Alert.Gravity.INFORMATION)
    sites.suspend_site(prisches, by=f.user(), at=timezone.now())
    time_machine.shift(600)
    assert emails.send_alerts(at=timezone.now()) == 0
    sites.resume_site(prisches, by=f.user(), at=timezone.now())
    assert emails.send_alerts(at=timezone.now()) == 1
    assert "Fête" in mail.outbox[0].body


def test_a_server_that_does_not_answer_loses_nothing_and_one_bad_address_stops_nobody(
    prisches, monkeypatch, time_machine, caplog
):
    for name in ("a", "b", "c"):
        subscribed(prisches, f"{name}@exemple.invalid")
    time_machine.shift(60)
    published(prisches)
    real, asked = emails.departures.send, []

    def send(key, subject, text, to, **kwargs):
        asked.append(to)
        if to == "a@exemple.invalid":
            raise smtplib.SMTPRecipientsRefused({to: (550, b"inconnue")})
        if to == "b@exemple.invalid" and len(asked) < 3:
            raise ConnectionRefusedError
        real(key, subject, text, to, **kwargs)

    monkeypatch.setattr(emails.departures, "send", send)
    assert emails.send_alerts(at=timezone.now()) == 0
    assert emails.send_alerts(at=timezone.now()) == 2
    assert [one.to for one in mail.outbox] == [["b@exemple.invalid"], ["c@exemple.invalid"]]
    assert "exemple.invalid" not in caplog.text


@pytest.mark.slow
def test_one_leaves_in_one_click_from_anywhere_and_nothing_is_kept(prisches, ablain, visit, post):
    subscription = subscribed(prisches)
    path = f"/_/alertes/fin/{email_links.leaving(subscription)}/"
    assert "Effacer mon adresse" in visit(prisches, path).content.decode()
    assert subscribers() == 1
    post(ablain, path, origin="")
    assert subscribers() == 1
    # A mailbox asks by itself: no page, no origin (RFC 8058).
    answer = post(prisches, path, {"List-Unsubscribe": "One-Click"}, origin="")
    assert answer.status_code == 200
    assert not answer.cookies
    assert subscribers() == 0
    assert "effacée" in post(prisches, path, origin="").content.decode()
    assert Entry.objects.filter(verb="website.subscription_ended").count() == 1
    assert ADDRESS not in str(list(Entry.objects.values_list("facts", flat=True)))


def test_the_mairie_sees_how_many_and_never_who(prisches, client):
    from tests.sites.conftest import secretary

    subscribed(prisches)
    client.force_login(secretary(prisches.beneficiary))
    page = client.get("/mairie/publier/alertes/").content.decode()
    assert "1 personne reçoit" in page
    assert ADDRESS not in page
