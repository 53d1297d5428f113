"""Closures and alerts: announced once, shown everywhere, gone by themselves, taken back and put back."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from functools import partial
from html import unescape
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup

from socle.journal.models import Entry
from socle.lib.dates import PARIS
from socle.lib.refusals import Refused
from socle.sites import alerts, exceptional_days, rules
from socle.sites.exceptional_days import Wanted
from socle.sites.holidays import holidays_from, holidays_of
from socle.sites.models import Alert, Change, ExceptionalDay, WebSite, WeekOpening
from socle.sites.models.notices import Span
from socle.sites.publishing.actions import publish_waiting
from socle.sites.rules import why_not_link
from socle.sites.tasks import follow_the_day
from tests import factories as f
from tests.sites.conftest import secretary
from tests.sites.released import published, served
from tests.sites.two_communes import signed_in

SITE = "/mairie/site/"
EVE = date(2026, 12, 24)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MORNING = Span(time(9), time(12))
ATOM = "{http://www.w3.org/2005/Atom}"

__all__ = ["published"]


@pytest.fixture(autouse=True)
def on_that_day(time_machine):
    time_machine.move_to(f.NOW, tick=False)


def announce(website, starts_on=EVE, ends_on=None, *spans, reason="", at=f.NOW):
    wanted = Wanted(starts_on, ends_on or starts_on, reason, spans)
    return exceptional_days.announce_day(website, wanted, by=f.user(), at=at)


def alarm(website, words="Coupure d’eau", *, starts_at=f.NOW, hours=48, at=f.NOW, **fields):
    ends_at = starts_at + timedelta(hours=hours)
    return alerts.publish_alert(
        website, words, starts_at=starts_at, ends_at=ends_at, by=f.user(), at=at, **{"gravity": 2, **fields}
    )


def text(answer) -> str:
    return " ".join(unescape(BeautifulSoup(answer.content, "html5lib").get_text(" ")).split())


# --- Exceptional days ------------------------------------------------------------------------------------------------
@pytest.mark.slow
def test_a_closure_is_said_everywhere_hours_are_and_to_machines(prisches, visit, valid_html):
    announce(prisches, reason="Veille de Noël")
    announce(prisches, date(2026, 12, 5), None, MORNING, Span(time(14), time(16, 30)))
    said = "Exceptionnellement fermée le jeudi 24 décembre 2026 (Veille de Noël)"
    hours = "Horaires exceptionnels le samedi 5 décembre 2026 : 9 h – 12 h ; 14 h – 16 h 30"
    for path in ("/", "/contact/", "/actes/", "/nulle-part/"):
        page = text(visit(prisches, path))
        assert said in page, path
        assert hours in page, path
    answer = visit(prisches, "/contact/")
    assert valid_html(answer.content) == []
    data = json.loads(BeautifulSoup(answer.content, "html5lib").select_one("script").string)
    special = data["specialOpeningHoursSpecification"]
    assert [{name: value for name, value in item.items() if name != "@type"} for item in special] == [
        {"validFrom": "2026-12-05", "validThrough": "2026-12-05", "opens": "09:00", "closes": "12:00"},
        {"validFrom": "2026-12-05", "validThrough": "2026-12-05", "opens": "14:00", "closes": "16:30"},
        {"validFrom": "2026-12-24", "validThrough": "2026-12-24"},
    ]


@pytest.mark.slow
def test_a_far_closure_is_said_on_the_contact_page_only_then_on_all_then_nowhere(prisches, time_machine):
    announce(prisches, date(2027, 8, 1), date(2027, 8, 15), reason="Congés")
    publish_waiting()
    words = "du 1er au 15\u00a0août\u00a02027".encode()
    assert words in served(prisches)["contact/index.html"]
    assert words not in served(prisches)["actes/index.html"]
    for day, shown in ((date(2027, 7, 20), True), (date(2027, 8, 15), True), (date(2027, 8, 16), False)):
        time_machine.move_to(datetime.combine(day, time(0, 1), PARIS), tick=False)
        follow_the_day.func()
        publish_waiting()
        assert (words in served(prisches)["actes/index.html"]) is shown, day
        assert (words in served(prisches)["contact/index.html"]) is shown, day


WRONG_DAYS = [
    (date(2026, 12, 24), date(2026, 12, 23), [], "vient après le premier"),
    (date(2026, 11, 23), date(2026, 11, 24), [], "sont passés"),
    (date(2029, 1, 1), date(2029, 1, 1), [], "plus de deux ans"),
    (date(2026, 12, 1), date(2027, 12, 10), [], "plus d’un an"),
    (date(2026, 12, 1), date(2026, 12, 1), [Span(time(12), time(9))], "après avoir ouvert"),
    (date(2026, 12, 1), date(2026, 12, 1), [MORNING, Span(time(11), time(13))], "se chevauchent"),
    (date(2026, 12, 20), date(2027, 1, 3), [], "déjà annoncé le 24\u00a0décembre\u00a02026"),
]


def test_what_does_not_hold_is_refused_with_the_remedy(prisches):
    announce(prisches)
    for starts_on, ends_on, spans, reason in WRONG_DAYS:
        with pytest.raises(Refused, match=reason):
            announce(prisches, starts_on, ends_on, *spans)
    assert ExceptionalDay.objects.count() == 1


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "spans", "says"),
    [
        (f.TODAY, f.TODAY, [], None),
        (f.TODAY - DAY, f.TODAY, [], None),
        (f.TODAY - DAY, f.TODAY - DAY, [], "sont passés"),
        (date(2028, 11, 25), date(2028, 11, 25), [], None),
        (date(2028, 11, 26), date(2028, 11, 26), [], "plus de deux ans"),
        (EVE + DAY, EVE + 366 * DAY, [], None),
        (EVE + DAY, EVE + 367 * DAY, [], "plus d’un an"),
        (EVE - DAY, EVE - DAY, [], None),
        (EVE - DAY, EVE, [], "déjà annoncé le 24"),
        (EVE, EVE + DAY, [], "déjà annoncé le 24"),
        (f.TODAY, f.TODAY, [MORNING, Span(time(12), time(13))], None),
        (f.TODAY, f.TODAY, [MORNING, Span(time(11, 59), time(13))], "se chevauchent"),
        (f.TODAY, f.TODAY, [Span(time(9), time(9))], "après avoir ouvert"),
    ],
)
def test_the_days_of_a_closure_at_their_bounds(prisches, ablain, starts_on, ends_on, spans, says):
    announce(prisches)
    announce(ablain, f.TODAY, EVE + DAY)
    exceptional_days.remove_day(announce(prisches, f.TODAY, f.TODAY), by=f.user(), at=f.NOW)
    said = rules.why_not_announce_day(prisches, starts_on=starts_on, ends_on=ends_on, spans=spans, on=f.TODAY)
    assert says in said.replace("\u00a0", " ") if says else said is None


def test_a_removed_closure_is_restored_unless_its_days_are_taken(prisches, visit):
    day = announce(prisches)
    exceptional_days.remove_day(day, by=f.user(), at=f.NOW)
    assert "fermée" not in text(visit(prisches, "/actes/"))
    exceptional_days.restore_day(day, by=f.user(), at=f.NOW)
    assert "fermée le jeudi 24" in text(visit(prisches, "/actes/"))
    exceptional_days.remove_day(day, by=f.user(), at=f.NOW)
    announce(prisches, date(2026, 12, 20), date(2026, 12, 31))
    with pytest.raises(Refused, match="déjà annoncé du 20"):
        exceptional_days.restore_day(day, by=f.user(), at=f.NOW)
    verbs = list(Entry.objects.filter(verb__startswith="website.day_").order_by("pk").values_list("verb", flat=True))
    assert verbs == [
        "website.day_announced", "website.day_removed", "website.day_put_back", "website.day_removed",
        "website.day_announced",
    ]  # fmt: skip


def test_the_public_holidays_are_those_of_the_law():
    # The last one is the latest that may be: Easter on the 25th of April.
    for monday in (date(2024, 4, 1), date(2025, 4, 21), date(2026, 4, 6), date(2038, 4, 26)):
        found = {holiday.name: holiday.on for holiday in holidays_of(monday.year)}
        assert len(found) == 11
        assert found["Lundi de Pâques"] == monday
        assert found["Ascension"] == monday + timedelta(days=38)
        assert found["Ascension"].isoweekday() == 4
        assert found["Lundi de Pentecôte"] == monday + timedelta(days=49)
    coming = holidays_from(f.TODAY)
    assert [(h.on, h.name) for h in coming[:2]] == [(date(2026, 12, 25), "Noël"), (date(2027, 1, 1), "Jour de l’An")]
    assert len(coming) == 11


def test_two_holidays_of_one_day_are_one_line(prisches):
    # In 2008, Ascension fell on the 1st of May.
    WeekOpening.objects.get_or_create(facts=prisches.facts, day=4, opens=time(9), closes=time(12))
    lines = exceptional_days.holidays_to_announce(prisches, on=date(2008, 4, 1))
    assert [line.name for line in lines if line.on == date(2008, 5, 1)] in (
        [["Ascension, Fête du Travail"]], ["Ascension, Fête du Travail"], ["Fête du Travail, Ascension"],
    )  # fmt: skip


# --- Alerts ----------------------------------------------------------------------------------------------------------
@pytest.mark.slow
def test_an_alert_is_above_every_page_and_says_its_gravity_in_words(prisches, ablain, visit, valid_html):
    alarm(prisches, "Tempête <b>cette nuit</b>", gravity=3, link="/contact/", link_words="Appeler la mairie")
    alarm(prisches, "Route barrée", gravity=1)
    for path in ("/", "/actes/", "/nulle-part/"):
        answer = visit(prisches, path)
        page = BeautifulSoup(answer.content, "html5lib")
        said = [item.get_text(" ", strip=True) for item in page.select(".alert")]
        assert said == ["Urgence. Tempête <b>cette nuit</b> Appeler la mairie", "Information. Route barrée"], path
        assert valid_html(answer.content) == []
    assert b"Temp" not in visit(ablain).content


@pytest.mark.slow
def test_an_alert_appears_and_leaves_at_its_hour_on_the_files(prisches, time_machine):
    alarm(prisches, starts_at=f.NOW + timedelta(hours=2), hours=3)
    publish_waiting()

    def is_shown(after: timedelta) -> bool:
        time_machine.move_to(f.NOW + after, tick=False)
        alerts.follow_the_hour(at=f.NOW + after)
        publish_waiting()
        files = served(prisches)
        shown = {
            name: "Coupure d’eau".encode() in files[name]
            for name in ("index.html", "contact/index.html", "404.html", "_/503.html")
        }
        assert len(set(shown.values())) == 1, shown
        return shown["index.html"]

    assert not is_shown(timedelta(hours=1, minutes=59))
    assert is_shown(timedelta(hours=2))
    assert is_shown(timedelta(hours=4, minutes=59))
    assert not is_shown(timedelta(hours=5))
    # Told once: a tick that runs again finds nothing.
    assert alerts.follow_the_hour(at=f.NOW + timedelta(hours=6)) == 0
    assert not Change.objects.exists()


@pytest.mark.slow
def test_what_a_clock_gone_ahead_told_is_told_again(prisches):
    alarm(prisches, starts_at=f.NOW + timedelta(hours=2), hours=3)
    publish_waiting()
    for ahead in (timedelta(hours=3), timedelta(days=1)):
        assert alerts.follow_the_hour(at=f.NOW + ahead) == 1
    Change.objects.all().delete()
    # Back to its hour, it is to come; the pages that showed it are made anew, once.
    assert [alerts.follow_the_hour(at=f.NOW + timedelta(hours=1)) for _ in range(2)] == [1, 0]
    assert [change.key for change in Change.objects.all()] == ["alerts"]
    assert alerts.follow_the_hour(at=f.NOW + timedelta(hours=2)) == 1
    assert alerts.follow_the_hour(at=f.NOW + timedelta(hours=5)) == 1


@pytest.mark.slow
def test_a_tick_that_was_missed_loses_nothing(prisches, time_machine):
    alarm(prisches, starts_at=f.NOW + timedelta(hours=2), hours=3)
    publish_waiting()
    assert alerts.follow_the_hour(at=f.NOW + timedelta(days=3)) == 1
    assert [change.key for change in Change.objects.all()] == ["alerts"]


def test_an_alert_withdrawn_is_restored_until_its_end(prisches, visit):
    alert = alarm(prisches)
    alerts.withdraw_alert(alert, by=f.user(), at=f.NOW)
    assert "Coupure" not in text(visit(prisches))
    alerts.restore_alert(alert, by=f.user(), at=f.NOW)
    assert "Coupure" in text(visit(prisches))
    alerts.withdraw_alert(alert, by=f.user(), at=f.NOW)
    with pytest.raises(Refused, match="déjà passée"):
        alerts.restore_alert(alert, by=f.user(), at=f.NOW + timedelta(days=9))


WRONG_ALERTS = [
    ({"words": "  "}, "Écrivez le message"),
    ({"hours": -1}, "disparaît après avoir paru"),
    ({"starts_at": f.NOW - timedelta(days=9)}, "déjà passée"),
    ({"hours": 24 * 120}, "trois mois au plus"),
    ({"link": "javascript:alert(1)"}, "commence par https"),
]


def test_an_alert_that_does_not_hold_is_refused(prisches):
    for changes, reason in WRONG_ALERTS:
        with pytest.raises(Refused, match=reason):
            alarm(prisches, **changes)
    assert not Alert.objects.exists()


def test_three_alerts_at_once_are_enough(prisches):
    for number in range(3):
        alarm(prisches, f"Alerte {number}")
    with pytest.raises(Refused, match="retirez-en une"):
        alarm(prisches, "Une de trop")
    alarm(prisches, "Plus tard", starts_at=f.NOW + timedelta(days=10))


@pytest.mark.parametrize(
    ("starts", "ends", "says"),
    [
        (-2 * HOUR, HOUR, None),
        (-2 * HOUR, 0 * HOUR, "déjà passée"),
        (HOUR, HOUR, "après avoir paru"),
        (-2 * HOUR, 92 * DAY, "retirez-en une"),
        (-2 * HOUR, 93 * DAY, "trois mois au plus"),
        (9 * DAY, 99 * DAY, None),
        (9 * DAY, 100 * DAY, "trois mois au plus"),
        (5 * DAY - HOUR, 6 * DAY, "retirez-en une"),
        (6 * DAY, 7 * DAY, None),
        (4 * DAY, 5 * DAY, None),
    ],
)
def test_the_moments_of_an_alert_at_their_bounds(prisches, ablain, starts, ends, says):
    for number in range(3):
        alarm(prisches, f"Alerte {number}", starts_at=f.NOW + 5 * DAY, hours=24)
        alarm(ablain, f"Alerte {number}", starts_at=f.NOW - HOUR, hours=2000)
    alerts.withdraw_alert(alarm(prisches, "Retirée", hours=10), by=f.user(), at=f.NOW)
    moments = {"starts_at": f.NOW + starts, "ends_at": f.NOW + ends, "at": f.NOW}
    said = rules.why_not_publish_alert(prisches, "Coupure", link="", **moments)
    assert says in said.replace("\u00a0", " ") if says else said is None


def test_an_alert_is_withdrawn_until_its_end():
    alert = Alert(ends_at=f.NOW + HOUR)
    assert rules.why_not_withdraw_alert(alert, at=f.NOW) is None
    assert "est finie" in (rules.why_not_withdraw_alert(alert, at=alert.ends_at) or "")
    assert "n’est pas retirée" in (rules.why_not_restore_alert(alert, at=f.NOW) or "")
    alert.withdrawn_at = f.NOW
    assert "déjà retirée" in (rules.why_not_withdraw_alert(alert, at=f.NOW) or "")


@pytest.mark.parametrize(
    ("rule", "site", "says"),
    [
        (partial(rules.why_not_open, lacks=()), {}, None),
        (partial(rules.why_not_open, lacks=()), {"opened_at": f.NOW}, "déjà ouvert"),
        (partial(rules.why_not_open, lacks=()), {"suspended_at": f.NOW}, "n’est pas en ligne"),
        (partial(rules.why_not_open, lacks=()), {"archived_at": f.NOW}, "n’est pas en ligne"),
        (partial(rules.why_not_open, lacks=()), {"redirects_to_id": 2}, "n’est pas en ligne"),
        (partial(rules.why_not_open, lacks=["a", "b"]), {}, "Il manque a et b"),
        (rules.why_not_close, {"opened_at": f.NOW}, None),
        (rules.why_not_close, {}, "pas encore ouvert"),
        (rules.why_not_suspend, {}, None),
        (rules.why_not_suspend, {"suspended_at": f.NOW}, "déjà suspendu"),
        (rules.why_not_resume, {"suspended_at": f.NOW}, None),
        (rules.why_not_resume, {}, "déjà en ligne"),
        (partial(rules.why_not_redirect, WebSite(pk=2)), {}, None),
        (partial(rules.why_not_redirect, WebSite(pk=1)), {}, "n’est pas en ligne"),
        (partial(rules.why_not_redirect, WebSite(pk=2)), {"redirects_to_id": 3}, "n’est pas en ligne"),
        (partial(rules.why_not_redirect, WebSite(pk=2)), {"archived_at": f.NOW}, "n’est pas en ligne"),
        (partial(rules.why_not_redirect, WebSite(pk=2)), {"suspended_at": f.NOW}, "n’est pas en ligne"),
    ],
)
def test_a_site_is_opened_suspended_and_led_to_by_what_it_is(rule, site, says):
    said = rule(WebSite(**{"pk": 1, **site}))
    assert says in said if says else said is None


@pytest.mark.parametrize(
    ("address", "is_kept"),
    [
        ("/", True),
        ("/actualites/brocante/#plan", True),
        ("https://www.exemple.invalid/carte?x=1", True),
        ("http://exemple.invalid/", False),
        ("//ailleurs.invalid/", False),
        ("/\\ailleurs.invalid", False),
        ("/../console/", False),
        ("https://", False),
        ("https://moi@ailleurs.invalid/", False),
        ("https://[", False),
        ("https://exemple.invalid/\u202e", False),
        ("data:text/html,x", False),
    ],
)
def test_an_alert_leads_to_the_site_or_to_https(address, is_kept):
    assert (why_not_link(address) is None) is is_kept


def test_the_feed_of_alerts_holds_those_begun_and_the_same_bytes_each_time(prisches, ablain, visit):
    assert ElementTree.fromstring(visit(prisches, "/alertes.atom").content).find(f"{ATOM}updated") is not None
    alarm(prisches, "Passée", starts_at=f.NOW - timedelta(hours=3), hours=1, at=f.NOW - timedelta(hours=3))
    alarm(prisches, "En cours")
    alarm(prisches, "À venir", starts_at=f.NOW + timedelta(hours=1))
    alerts.withdraw_alert(alarm(prisches, "Retirée"), by=f.user(), at=f.NOW)
    alarm(ablain, "D’à côté")
    answer = visit(prisches, "/alertes.atom")
    assert answer["Content-Type"].startswith("application/atom+xml")
    feed = ElementTree.fromstring(answer.content)
    titles = [entry.findtext(f"{ATOM}title") for entry in feed.iter(f"{ATOM}entry")]
    assert titles == ["Vigilance\u00a0: En cours", "Vigilance\u00a0: Passée"]
    assert visit(prisches, "/alertes.atom").content == answer.content


@pytest.mark.parametrize("path", ["/actualites.atom", "/alertes.atom", "/actes.atom"])
def test_each_feed_says_whose_it_is(prisches, visit, path):
    feed = ElementTree.fromstring(visit(prisches, path).content)
    assert feed.findtext(f"{ATOM}author/{ATOM}name") == "Commune de Prisches"


def test_the_feed_of_news_leads_to_them(prisches, visit):
    feed = ElementTree.fromstring(visit(prisches, "/actualites.atom").content)
    entry = feed.find(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}title") == "Ce que l’on trouve sur ce site"
    link = entry.find(f"{ATOM}link").get("href")
    assert link == f"{prisches.root_url}/actualites/ce-que-l-on-trouve-sur-ce-site/"
    assert 'href="/actualites.atom"' in visit(prisches).content.decode()


# --- The secretary's own screens -------------------------------------------------------------------------------------
@pytest.fixture
def editor(prisches):
    return signed_in(secretary(prisches.beneficiary))
