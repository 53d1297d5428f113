"""The collection of waste: days computed and moved, read on paper, on a page and in a calendar, by sector."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from html import unescape

import icalendar
import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from socle.journal.models import Entry
from socle.lib.dates import PARIS
from socle.lib.refusals import Refused
from socle.sections.waste import actions as waste
from socle.sections.waste.models import Rhythm, Waste, WasteRound, WasteShift, collections
from socle.sites.models import Change
from socle.sites.opening import open_section
from socle.sites.publishing.actions import publish_waiting
from socle.sites.registry import sections
from socle.sites.tasks import follow_the_day
from tests import factories as f
from tests.sites.conftest import secretary
from tests.sites.released import published, served, written_by
from tests.sites.two_communes import signed_in

SITE = "/mairie/site/dechets/"
FRIDAY_CHRISTMAS = date(2026, 12, 25)

__all__ = ["published"]


@pytest.fixture(autouse=True)
def on_that_day(time_machine):
    time_machine.move_to(f.NOW, tick=False)


def add(website, row):
    open_section(website, sections()["dechets"], by=f.user(), at=f.NOW)
    return waste.add(row, by=f.user(), at=f.NOW)


def round_(website, **fields) -> WasteRound:
    return add(website, WasteRound(website=website, **{"kind": Waste.HOUSEHOLD, "day": 5, **fields}))


def text(answer) -> str:
    return " ".join(unescape(BeautifulSoup(answer.content, "html5lib").get_text(" ")).split())


def days(round_: WasteRound, first: date, last: date) -> list[str]:
    return [day.isoformat() for day in round_.days(first, last)]


def test_a_rhythm_gives_its_days_by_the_number_of_the_week_even_after_a_year_of_fifty_three():
    december = (date(2026, 12, 14), date(2027, 1, 17))
    # 2026 has fifty-three weeks: two odd weeks follow each other.
    assert days(WasteRound(day=1, rhythm=Rhythm.ODD), *december) == ["2026-12-14", "2026-12-28", "2027-01-04"]
    assert days(WasteRound(day=1, rhythm=Rhythm.EVEN), *december) == ["2026-12-21", "2027-01-11"]
    assert days(WasteRound(day=1, rhythm=Rhythm.FIRST), *december) == ["2027-01-04"]
    assert days(WasteRound(day=5, rhythm=Rhythm.LAST), *december) == ["2026-12-25"]
    summer = WasteRound(day=2, starts_on=date(2026, 12, 22), ends_on=date(2026, 12, 29))
    assert days(summer, *december) == ["2026-12-22", "2026-12-29"]
    assert WasteRound(day=1, rhythm=Rhythm.FIRST).when == "le premier lundi du mois"
    assert summer.when.replace("\u00a0", " ") == "chaque mardi, du 22 décembre 2026 au 29 décembre 2026"


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from(list(Rhythm)), st.integers(1, 7), st.dates(date(2026, 1, 1), date(2035, 1, 1)), st.integers(0, 10),
    st.integers(0, 10),
)  # fmt: skip
@pytest.mark.slow
def test_whatever_moves_each_collection_is_held_once_in_any_window_that_holds_it(rhythm, day, first, move, cut):
    one = WasteRound(pk=1, day=day, rhythm=rhythm, kind="glass")
    last = first + timedelta(days=120)
    usual = list(one.days(first, last))
    assert {found.isoweekday() for found in usual} == {day}
    shift = WasteShift(usual_on=usual[1], moved_on=usual[1] + timedelta(days=move))
    whole = collections([one], [shift], first=first, last=last)
    middle = usual[1] + timedelta(days=cut)
    halves = [
        *collections([one], [shift], first=first, last=middle),
        *collections([one], [shift], first=middle + timedelta(days=1), last=last),
    ]
    key = [(item.on, item.usual_on) for item in whole]
    assert key == [(item.on, item.usual_on) for item in halves]
    assert (shift.moved_on, usual[1]) in key
    assert len(key) == len(set(key)) >= len(usual) - 1


@pytest.mark.slow
def test_the_page_says_the_next_collections_by_day_and_by_sector(prisches, ablain, visit, valid_html):
    round_(prisches, advice="La veille au soir.")
    round_(prisches, kind=Waste.PACKAGING, day=3, sector="Le Bourg", rhythm=Rhythm.EVEN)
    round_(prisches, kind=Waste.GLASS, day=1, sector="Les Hameaux", rhythm=Rhythm.FIRST)
    round_(ablain, day=4)
    add(prisches, WasteShift(website=prisches, usual_on=date(2026, 12, 4), moved_on=date(2026, 12, 5), reason="Fête"))
    whole, bourg = text(visit(prisches, "/dechets/")), text(visit(prisches, "/dechets/secteur/le-bourg/"))
    for words in (
        "Vendredi 27 novembre 2026 Ordures ménagères", "Mercredi 25 novembre 2026 Emballages et papiers – Le Bourg",
        "Samedi 5 décembre 2026 Ordures ménagères au lieu du 4 décembre 2026", "La veille au soir.",
        "La collecte du vendredi 4 décembre 2026 a lieu le samedi 5 décembre 2026 (Fête)", "le premier lundi du mois",
    ):  # fmt: skip
        assert words in whole, words
    assert "Verre" not in bourg
    assert "Emballages et papiers" in bourg
    assert "Déchets cette semaine" in text(visit(prisches))
    year = visit(prisches, "/dechets/secteur/le-bourg/calendrier/2026/")
    assert len(BeautifulSoup(year.content, "html5lib").select("table.month")) == 12
    assert "TRI : emballages et papiers" in text(year)
    for path in (
        "/", "/dechets/", "/dechets/secteur/le-bourg/", "/dechets/calendrier/2026/", "/dechets/calendrier/2027/",
        "/dechets/secteur/les-hameaux/calendrier/2026/",
    ):  # fmt: skip
        answer = visit(prisches, path)
        assert (answer.status_code, valid_html(answer.content)) == (200, []), path
    for path in ("/dechets/calendrier/2025/", "/dechets/secteur/ailleurs/", "/contact/collectes.ics",
                 "/dechets/secteur/ailleurs/collectes.ics"):  # fmt: skip
        assert visit(prisches, path).status_code == 404, path


@pytest.mark.slow
def test_a_phone_subscribes_to_the_collections_of_its_sector(prisches, visit):
    round_(prisches)
    round_(prisches, kind=Waste.GLASS, day=1, sector="Hameaux")
    add(prisches, WasteShift(website=prisches, usual_on=FRIDAY_CHRISTMAS, moved_on=date(2026, 12, 26)))
    add(prisches, WasteShift(website=prisches, usual_on=date(2027, 1, 1)))
    answer = visit(prisches, "/dechets/secteur/hameaux/collectes.ics")
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert visit(prisches, "/dechets/secteur/hameaux/collectes.ics").content == answer.content
    found = [
        (str(event["summary"]), event["dtstart"].dt)
        for event in icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    ]
    assert ("Verre (Hameaux)", date(2026, 11, 30)) in found
    assert ("Ordures ménagères", date(2026, 12, 26)) in found
    assert not {("Ordures ménagères", FRIDAY_CHRISTMAS), ("Ordures ménagères", date(2027, 1, 1))} & set(found)
    uids = [str(event["uid"]) for event in icalendar.Calendar.from_ical(answer.content).walk("VEVENT")]
    assert len(uids) == len(set(uids))


def test_what_does_not_hold_is_refused_with_the_remedy(prisches):
    round_(prisches)
    add(prisches, WasteShift(website=prisches, usual_on=FRIDAY_CHRISTMAS))
    wrong = [
        (WasteRound(website=prisches, kind=Waste.HOUSEHOLD, day=5), "déjà dans la liste"),
        (WasteRound(website=prisches, day=1, sector="!!!"), "lettres ou des chiffres"),
        (WasteRound(website=prisches, day=1, starts_on=f.TODAY, ends_on=date(2026, 1, 1)), "vient après"),
        (WasteShift(website=prisches, usual_on=date(2026, 11, 24)), "est passé"),
        (WasteShift(website=prisches, usual_on=date(2029, 1, 1)), "vérifiez l’année"),
        (WasteShift(website=prisches, usual_on=date(2026, 12, 1), moved_on=date(2026, 12, 20)), "10 jours au plus"),
        (WasteShift(website=prisches, usual_on=FRIDAY_CHRISTMAS), "déjà déplacé"),
        (WasteShift(website=prisches, usual_on=date(2028, 11, 26)), "vérifiez l’année"),
        (WasteShift(website=prisches, usual_on=date(2026, 12, 20), moved_on=date(2026, 12, 9)), "10 jours au plus"),
    ]
    for row, reason in wrong:
        with pytest.raises(Refused, match=reason):
            waste.add(row, by=f.user(), at=f.NOW)
    for row in (
        WasteRound(website=prisches, kind=Waste.GLASS, day=5),
        WasteRound(website=prisches, kind=Waste.HOUSEHOLD, day=4),
        WasteRound(website=prisches, kind=Waste.HOUSEHOLD, day=5, sector="Bourg"),
        WasteRound(website=prisches, kind=Waste.HOUSEHOLD, day=5, rhythm=Rhythm.EVEN),
        WasteRound(website=prisches, kind=Waste.HOUSEHOLD, day=5, starts_on=f.TODAY, ends_on=f.TODAY),
        WasteShift(website=prisches, usual_on=f.TODAY),
        WasteShift(website=prisches, usual_on=date(2028, 11, 25)),
        WasteShift(website=prisches, usual_on=date(2026, 12, 20), moved_on=date(2026, 12, 10)),
    ):
        assert waste._why_not(row, on=f.TODAY) is None, row


def test_a_row_is_added_and_removed_and_written_each_time(prisches, ablain):
    def told() -> list[int]:
        return list(Change.objects.filter(key="waste").values_list("website", flat=True))

    # The first of a site opens its page, which is told anyway.
    others = [round_(ablain), round_(prisches, sector="Bourg")]
    Change.objects.all().delete()
    row = round_(prisches)
    key = row.pk
    assert row.added_at == f.NOW
    assert told() == [prisches.pk]
    waste.remove(row, by=f.user(), at=f.NOW)
    assert told() == [prisches.pk] * 2
    assert list(WasteRound.objects.order_by("pk")) == others
    lines = Entry.objects.filter(beneficiary_ref=str(prisches.beneficiary_id), verb__startswith="website.waste")
    assert [(one.verb, one.facts) for one in lines.order_by("pk")][1:] == [
        (f"website.waste_{verb}", {"kind": "round", "row": key}) for verb in ("added", "removed")
    ]


def test_a_site_has_so_many_rows_of_each_kind(prisches, ablain):
    def rounds(place, count):
        return [
            WasteRound(website=place, kind=Waste.GLASS, day=1, sector=f"Secteur {rank}", added_at=f.NOW)
            for rank in range(count)
        ]

    WasteRound.objects.bulk_create([*rounds(prisches, waste.MOST_ROWS - 1), *rounds(ablain, 1)])
    assert waste.why_not_add_round(WasteRound(website=prisches, kind=Waste.GLASS, day=2)) is None
    round_(prisches)
    assert "retirez ce qui ne sert plus" in (
        waste.why_not_add_round(WasteRound(website=prisches, kind=Waste.GLASS, day=2)) or ""
    )


@pytest.mark.slow
def test_the_pages_cost_the_same_whatever_the_rounds_and_follow_the_day(prisches, visit, time_machine):
    def cost(path: str) -> int:
        visit(prisches, path)
        with CaptureQueriesContext(connection) as queries:
            visit(prisches, path)
        return len(queries)

    round_(prisches, sector="Bourg")
    before = {path: cost(path) for path in ("/", "/dechets/", "/dechets/calendrier/2026/", "/dechets/collectes.ics")}
    for day in (1, 2, 3, 4):
        round_(prisches, sector="Bourg", day=day, kind=Waste.GLASS)
    assert {path: cost(path) for path in before} == before
    publish_waiting()
    names = set(served(prisches))
    assert {
        "dechets/index.html", "dechets/collectes.ics", "dechets/calendrier/2027/index.html",
        "dechets/secteur/bourg/index.html", "dechets/secteur/bourg/collectes.ics",
    } <= names  # fmt: skip
    written = written_by(prisches, lambda: round_(prisches, kind=Waste.BULKY, day=3))
    assert "contact/index.html" not in written
    assert {"index.html", "dechets/index.html", "dechets/collectes.ics"} <= written
    time_machine.move_to(datetime(2027, 1, 1, 0, 1, tzinfo=PARIS), tick=False)
    follow_the_day.func()
    publish_waiting()
    names = set(served(prisches))
    assert "dechets/calendrier/2028/index.html" in names
    assert "dechets/calendrier/2026/index.html" not in names


@pytest.mark.slow
def test_a_secretary_writes_rounds_settles_the_holidays_and_takes_back(prisches, ablain, visit):
    editor = signed_in(secretary(prisches.beneficiary))
    assert editor.post("/mairie/site/rubriques/dechets/")["Location"] == SITE
    assert "commencez par les ordures ménagères" in editor.get(SITE).content.decode()
    form = {
        "kind": "household",
        "day": "5",
        "rhythm": "weekly",
        "sector": "",
        "advice": "",
        "starts_on": "",
        "ends_on": "",
    }
    assert editor.post(f"{SITE}tournee/ajouter/", form).status_code == 302
    assert "déjà dans la liste" in editor.post(f"{SITE}tournee/ajouter/", form).content.decode()
    wrong = editor.post(f"{SITE}tournee/ajouter/", {**form, "day": "9", "sector": "x" * 99})
    assert "Le formulaire n’a pas été enregistré" in unescape(wrong.content.decode())
    screen = unescape(editor.get(SITE).content.decode())
    assert "Vendredi 25\u00a0décembre\u00a02026, Noël" in screen
    settled = {"on-2026-12-25": "1", "on-2027-01-01": "0", "on-2099-01-01": "1"}
    assert editor.post(f"{SITE}feries/", settled).status_code == 302
    assert waste.touched_holidays(prisches, on=f.TODAY) == []
    said = text(visit(prisches, "/dechets/"))
    assert "La collecte du vendredi 25 décembre 2026 a lieu le samedi 26 décembre 2026 (Noël)" in said
    assert "Collecte maintenue le vendredi 1er janvier 2027" in said
    assert editor.post(f"{SITE}feries/", {"on-2027-05-14": "x"}).status_code == 302
    shift = WasteShift.objects.get(usual_on=FRIDAY_CHRISTMAS)
    assert editor.post(f"{SITE}report/{shift.pk}/retirer/").status_code == 302
    assert "26 décembre" not in text(visit(prisches, "/dechets/"))
    assert set(Entry.objects.filter(verb__startswith="website.waste").values_list("verb", flat=True)) == {
        "website.waste_added", "website.waste_removed",
    }  # fmt: skip
    theirs = round_(ablain)
    for address in (
        f"tournee/{theirs.pk}/retirer/",
        f"point/{theirs.pk}/retirer/",
        f"x/{shift.pk}/retirer/",
        "x/ajouter/",
    ):
        assert editor.post(f"{SITE}{address}").status_code == 404, address


def test_a_round_is_corrected_where_it_is_removed(prisches, ablain):
    ours, theirs = round_(prisches), round_(ablain)
    editor = signed_in(secretary(prisches.beneficiary))
    form = f"{SITE}tournee/{ours.pk}/"
    assert form in editor.get(SITE).content.decode()
    sent = {"kind": "household", "day": "2", "rhythm": "weekly", "sector": "", "advice": "La veille"}
    assert editor.post(form, sent)["Location"] == SITE
    ours.refresh_from_db()
    assert (ours.day, ours.advice) == (2, "La veille")
    # Sent as it is, it is not taken for its own twin.
    assert editor.post(form, sent)["Location"] == SITE
    wrong = editor.post(form, {**sent, "starts_on": "2026-12-31", "ends_on": "2026-12-01"})
    assert "vérifiez les deux dates" in text(wrong)
    assert editor.get(f"{SITE}autre/{ours.pk}/").status_code == 404
    assert editor.post(f"{SITE}tournee/{theirs.pk}/", sent).status_code == 404
