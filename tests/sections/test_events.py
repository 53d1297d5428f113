"""The agenda: what is to come and when, computed; read by people, by calendars and by other programs."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from html import unescape

import icalendar
import pytest
import vobject
from bs4 import BeautifulSoup
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from socle.lib.dates import PARIS
from socle.sections.events.actions import open_agenda
from socle.sections.events.models import EventPage, SkippedDay
from socle.sites.occurrences import Rhythm, Timing
from socle.sites.publishing.actions import publish_waiting
from socle.sites.tasks import follow_the_day
from tests import factories as f
from tests.sites.conftest import secretary
from tests.sites.released import publish_page, published, served, written_by
from tests.sites.two_communes import signed_in
from tests.time_zones import PARIS_HOURS, read_by_three

SITE = "/mairie/site/"
SATURDAY = date(2026, 12, 12)  # The second of its month.

__all__ = ["published"]


@pytest.fixture(autouse=True)
def on_that_day(time_machine):
    time_machine.move_to(f.NOW, tick=False)


def add_event(website, title="Marché de Noël", *, without=(), **fields) -> EventPage:
    agenda = open_agenda(website, by=f.user(), at=f.NOW)
    given = {"starts_on": SATURDAY, "place": "Salle des fêtes", "summary": "Artisans et vin chaud.", **fields}
    page = EventPage(title=title, live=False, **given)
    page.skipped_days = [SkippedDay(skipped_on=day) for day in without]
    agenda.add_child(instance=page)
    return publish_page(page)


def text(answer) -> str:
    return " ".join(unescape(BeautifulSoup(answer.content, "html5lib").get_text(" ")).split())


def begins(timing: Timing, on: date, days: int = 60, without=()) -> list[str]:
    return [day.isoformat() for day in timing.from_day(on, days=days, without=without)]


# --- When ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("rhythm", "starts_on", "expected", "words"),
    [
        (Rhythm.ONCE, SATURDAY, ["2026-12-12"], ""),
        (Rhythm.WEEKLY, SATURDAY, ["2026-12-12", "2026-12-19", "2026-12-26", "2027-01-02"], "chaque samedi"),
        (Rhythm.FORTNIGHTLY, SATURDAY, ["2026-12-12", "2026-12-26"], "un samedi sur deux"),
        (Rhythm.MONTHLY, SATURDAY, ["2026-12-12", "2027-01-09"], "chaque mois, le deuxième samedi"),
        (Rhythm.MONTHLY_LAST, date(2026, 11, 29), ["2026-11-29", "2026-12-27"], "chaque mois, le dernier dimanche"),
    ],
)
def test_a_rhythm_gives_its_days_and_its_words(rhythm, starts_on, expected, words):
    timing = Timing(starts_on, starts_on, rhythm=rhythm)
    found = begins(timing, f.TODAY)
    assert found[: len(expected)] == expected
    assert timing.rhythm_in_words == words
    assert begins(timing, f.TODAY, without={starts_on}) == found[1:]


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from([Rhythm.WEEKLY, Rhythm.FORTNIGHTLY, Rhythm.MONTHLY]),
    st.dates(date(2026, 1, 1), date(2026, 12, 28)).filter(lambda day: day.day <= 28),
    st.integers(0, 500),
)
def test_whatever_the_rhythm_its_days_are_alike_and_the_last_one_is_known(rhythm, starts_on, days):
    until = starts_on + timedelta(days=days)
    timing = Timing(starts_on, starts_on, rhythm=rhythm, until=until)
    found = list(timing.from_day(starts_on, days=2000))
    assert found[0] == starts_on
    assert found[-1] == timing.last_on() <= until
    assert {day.weekday() for day in found} == {starts_on.weekday()}
    if rhythm == Rhythm.MONTHLY:
        assert {(day.day - 1) // 7 for day in found} == {(starts_on.day - 1) // 7}


@pytest.mark.parametrize(
    ("timing", "words"),
    [
        (Timing(SATURDAY, SATURDAY), "le samedi 12 décembre 2026"),
        (Timing(SATURDAY, SATURDAY, time(14)), "le samedi 12 décembre 2026, à 14 h"),
        (Timing(SATURDAY, SATURDAY, time(14), time(18, 30)), "le samedi 12 décembre 2026, de 14 h à 18 h 30"),
        (Timing(SATURDAY, SATURDAY + timedelta(1)), "du 12 au 13 décembre 2026"),
        (
            Timing(SATURDAY, SATURDAY + timedelta(1), time(20), time(2)),
            "du samedi 12 décembre 2026 à 20 h au dimanche 13 décembre 2026 à 2 h",
        ),
        (Timing(date(2026, 12, 31), date(2027, 1, 1)), "du 31 décembre 2026 au 1er janvier 2027"),
    ],
)
def test_a_time_is_said_as_people_say_it(timing, words):
    assert timing.in_words(timing.starts_on).replace("\u00a0", " ") == words


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"ends_on": date(2026, 12, 11)}, "vient après le premier"),
        ({"ends_on": date(2027, 12, 31)}, "plus d’un an"),
        ({"starts_on": date(1926, 12, 12)}, "vérifiez l’année"),
        ({"end_time": time(18)}, "Donnez l’heure de début"),
        ({"start_time": time(18), "end_time": time(2)}, "après minuit"),
        ({"repeats_until": date(2027, 1, 1)}, "à quel rythme"),
        ({"rhythm": Rhythm.WEEKLY, "repeats_until": date(2026, 12, 1)}, "d’avant le premier"),
        ({"rhythm": Rhythm.WEEKLY, "repeats_until": date(2056, 12, 1)}, "plus de dix ans"),
        ({"rhythm": Rhythm.WEEKLY, "ends_on": date(2026, 12, 19)}, "avant d’avoir fini"),
        ({"rhythm": Rhythm.MONTHLY, "starts_on": date(2026, 11, 30)}, "le dernier"),
        ({"rhythm": Rhythm.MONTHLY_LAST}, "n’est pas le dernier"),
        ({"is_free": True, "price": "5 €"}, "effacez le tarif"),
    ],
)
def test_what_does_not_hold_is_refused_with_the_remedy(db, fields, reason):
    page = EventPage(
        title="Fête", slug="fete", **{"starts_on": SATURDAY, "place": "Place", "summary": "Fête.", **fields}
    )
    with pytest.raises(ValidationError, match=reason):
        page.clean()


# --- What people read ------------------------------------------------------------------------------------------------
@pytest.mark.slow
def test_the_agenda_gives_what_is_to_come_day_by_day_and_keeps_what_has_passed(prisches, ablain, visit, valid_html):
    add_event(prisches, "Repas des aînés", starts_on=date(2026, 11, 1))
    add_event(prisches, "Exposition", starts_on=date(2026, 11, 20), ends_on=date(2026, 11, 29))
    add_event(prisches, "Marché", rhythm=Rhythm.WEEKLY, start_time=time(8), without=[date(2026, 12, 26)])
    add_event(prisches, "Ducasse", starts_on=date(2027, 9, 5))
    add_event(ablain, "Fête d’à côté")
    answer = visit(prisches, "/agenda/")
    page = BeautifulSoup(answer.content, "html5lib")
    days = [(h2.get_text(), [h3.get_text() for h3 in h2.parent.select("h3")]) for h2 in page.select("main h2")]
    assert days[0] == ("En ce moment", ["Exposition"])
    assert days[1] == ("Samedi 12\u00a0décembre\u00a02026", ["Marché"])
    assert days[-1] == ("Dimanche 5\u00a0septembre\u00a02027", ["Ducasse"])
    assert "26 décembre" not in text(answer)
    assert "Repas" not in text(answer)
    past = text(visit(prisches, "/agenda/archives/"))
    assert "Repas des aînés" in past
    assert "Marché" not in past
    home = BeautifulSoup(visit(prisches).content, "html5lib")
    assert [item.get_text() for item in home.select(".events h3")] == ["Exposition", "Marché", "Ducasse"]
    for path in ("/", "/agenda/", "/agenda/archives/", "/agenda/marche/", "/plan-du-site/"):
        assert valid_html(visit(prisches, path).content) == [], path
    assert "Agenda" in text(visit(prisches, "/plan-du-site/"))
    assert "/agenda/archives/page/2/" not in visit(prisches, "/agenda/archives/").content.decode()
    for path in ("/agenda/archives/page/1/", "/agenda/archives/page/2/", "/agenda/page/9/"):
        assert visit(prisches, path).status_code == 404


@pytest.mark.slow
def test_the_pages_that_list_events_cost_the_same_whatever_their_number(prisches, visit):
    def cost(path: str) -> int:
        visit(prisches, path)
        with CaptureQueriesContext(connection) as queries:
            visit(prisches, path)
        return len(queries)

    paths = ("/", "/agenda/", "/agenda/archives/", "/agenda.ics")
    add_event(prisches, "Un", rhythm=Rhythm.WEEKLY, without=[date(2026, 12, 19)])
    add_event(prisches, "Passé", starts_on=date(2026, 11, 1))
    before = {path: cost(path) for path in paths}
    for number in range(6):
        add_event(prisches, f"Encore {number}", rhythm=Rhythm.WEEKLY, without=[date(2026, 12, 19)])
        add_event(prisches, f"Passé {number}", starts_on=date(2026, 11, 1))
    assert {path: cost(path) for path in paths} == before


@pytest.mark.slow
def test_an_event_page_says_everything(prisches, visit):
    add_event(
        prisches, "Marché </script><b>", slug="marche", rhythm=Rhythm.MONTHLY, start_time=time(9), end_time=time(12),
        repeats_until=date(2027, 6, 30), is_free=True, contact="Comité des fêtes", without=[date(2027, 1, 9)],
    )  # fmt: skip
    answer = visit(prisches, "/agenda/marche/")
    said = text(answer)
    for words in (
        "Le samedi 12 décembre 2026, de 9 h à 12 h", "Chaque mois, le deuxième samedi, jusqu’au 30 juin 2027",
        "Salle des fêtes", "Entrée gratuite", "Comité des fêtes", "Le samedi 13 février 2027, de 9 h à 12 h",
    ):  # fmt: skip
        assert words in said, words
    assert "9 janvier 2027" not in said


@pytest.mark.slow
def test_an_event_that_is_over_says_so(prisches, visit):
    add_event(prisches, "Repas", starts_on=date(2026, 11, 1))
    assert "Cet événement a eu lieu" in text(visit(prisches, "/agenda/repas/"))


# --- What calendars read ---------------------------------------------------------------------------------------------
@pytest.mark.slow
def test_the_calendar_reads_back_as_it_was_written_by_two_readers(prisches, visit):
    weekly = {"rhythm": Rhythm.WEEKLY, "start_time": time(18), "end_time": time(19, 30)}
    add_event(
        prisches, "Yoga; doux, « été »", slug="yoga", starts_on=date(2026, 12, 3), repeats_until=date(2027, 4, 29),
        without=[date(2026, 12, 24)], summary="Première ligne.\nSeconde ligne.", **weekly,
    )  # fmt: skip
    add_event(prisches, "Exposition", starts_on=date(2026, 11, 20), ends_on=date(2026, 11, 29))
    add_event(prisches, "Passé", starts_on=date(2026, 11, 1))
    answer = visit(prisches, "/agenda.ics")
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert visit(prisches, "/agenda.ics").content == answer.content
    assert all(len(line) <= 75 for line in answer.content.split(b"\r\n"))

    mine = icalendar.Calendar.from_ical(answer.content)
    events = {str(event["summary"]): event for event in mine.walk("VEVENT")}
    assert list(events) == ["Exposition", "Yoga; doux, « été »"]
    assert [str(zone["tzid"]) for zone in mine.walk("VTIMEZONE")] == ["Europe/Paris"]
    assert events["Exposition"]["dtstart"].dt == date(2026, 11, 20)
    assert events["Exposition"]["dtend"].dt == date(2026, 11, 30)
    assert events["Yoga; doux, « été »"]["url"] == f"{prisches.root_url}/agenda/yoga/"

    assert read_by_three(answer.content.decode()) == PARIS_HOURS
    other = vobject.readOne(answer.content.decode())
    yoga = next(event for event in other.vevent_list if event.summary.value.startswith("Yoga"))
    assert yoga.summary.value == "Yoga; doux, « été »"
    assert yoga.description.value.startswith("Première ligne.\nSeconde ligne.")
    times = list(yoga.getrruleset())
    expected = list(EventPage.objects.get(slug="yoga").timing.from_day(f.TODAY, days=400, without={date(2026, 12, 24)}))
    assert [moment.date() for moment in times] == expected
    # At the same hour of the clock in summer and in winter.
    assert {(moment.hour, moment.minute) for moment in times} == {(18, 0)}
    assert [times[0].utcoffset(), times[-1].utcoffset()] == [timedelta(hours=1), timedelta(hours=2)]


@pytest.mark.slow
def test_an_event_has_a_calendar_of_its_own_on_its_own_site(prisches, ablain, visit):
    page = add_event(prisches, start_time=time(14))
    address = f"/evenements/{page.pk}.ics"
    assert f'href="{address}"' in visit(prisches, "/agenda/marche-de-noel/").content.decode()
    (event,) = icalendar.Calendar.from_ical(visit(prisches, address).content).walk("VEVENT")
    assert event["dtstart"].dt == datetime(2026, 12, 12, 14, tzinfo=PARIS)
    assert visit(ablain, address).status_code == 404
    page.unpublish()
    assert visit(prisches, address).status_code == 404
    assert visit(ablain, "/agenda.ics").status_code == 200


# --- Publishing and writing ------------------------------------------------------------------------------------------
@pytest.mark.slow
def test_an_event_renews_what_shows_it_and_a_day_that_passes_moves_it(prisches, time_machine):
    f.open_site(prisches)
    open_agenda(prisches, by=f.user(), at=f.NOW)
    written = written_by(prisches, lambda: add_event(prisches))
    page = EventPage.objects.get()
    assert written == {
        "index.html", "agenda/index.html", "agenda/marche-de-noel/index.html", "agenda.ics", "sitemap.xml",
        f"evenements/{page.pk}.ics", "recherche.json",
    }  # fmt: skip
    time_machine.move_to(datetime(2026, 12, 13, 0, 1, tzinfo=PARIS), tick=False)
    follow_the_day.func()
    publish_waiting()
    files = served(prisches)
    assert "Marché" not in files["index.html"].decode()
    assert "Marché" in files["agenda/archives/index.html"].decode()
    assert b"VEVENT" not in files["agenda.ics"]


def event_form(**fields: object) -> dict[str, object]:
    days = {f"skipped_days-{name}": "0" for name in ("TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS")}
    empty = dict.fromkeys(
        ("start_time", "ends_on", "end_time", "repeats_until", "picture", "picture_alternative", "contact", "price"), ""
    )
    return {
        **days, "skipped_days-MAX_NUM_FORMS": "1000", **empty, "title": "Brocante", "slug": "brocante",
        "summary": "Dans les rues.", "starts_on": "2026-12-12", "rhythm": "once", "place": "Centre", "body-count": "0",
        "show_in_menus": "", "search_description": "", "go_live_at": "", "expire_at": "",
        "action-publish": "action-publish", **fields,
    }  # fmt: skip


@pytest.mark.slow
def test_a_secretary_announces_an_event_that_comes_back(prisches, visit):
    editor = signed_in(secretary(prisches.beneficiary))
    agenda = open_agenda(prisches, by=f.user(), at=f.NOW)
    add = f"{SITE}pages/add/events/eventpage/{agenda.pk}/"
    assert editor.get(add).status_code == 200
    wrong = editor.post(add, event_form(rhythm="weekly", ends_on="2026-12-30"))
    assert "Il recommencerait avant d’avoir fini" in unescape(wrong.content.decode())
    assert editor.post(f"{add}preview/", event_form()).json()["is_valid"]
    assert "Brocante" in editor.get(f"{add}preview/").content.decode()
    weekly = event_form(
        rhythm="weekly",
        **{"skipped_days-TOTAL_FORMS": "1", "skipped_days-0-skipped_on": "2026-12-19", "skipped_days-0-id": ""},
    )
    assert editor.post(add, weekly).status_code == 302
    page = EventPage.objects.get(slug="brocante")
    assert (page.last_on, page.skipped()) == (None, {date(2026, 12, 19)})
    shown = text(visit(prisches, "/agenda/"))
    assert "Samedi 12 décembre 2026 Brocante" in shown
    assert "19 décembre" not in shown
    menu = [link.get_text() for link in BeautifulSoup(visit(prisches).content, "html5lib").select(".menu a")]
    assert menu[1:3] == ["Actualités", "Agenda"]
    draft = event_form(slug="brouillon", starts_on="")
    del draft["action-publish"]
    assert editor.post(add, draft).status_code in (200, 302)
