"""What others propose to a site: answered by its mairie, shown from one place, gone when its source takes it back."""

from __future__ import annotations

from datetime import time, timedelta
from html import unescape

import pytest
from bs4 import BeautifulSoup
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django_scopes import scope, scopes_disabled
from django_scopes.exceptions import ScopeError
from icalendar import Calendar

from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.people.models import Role
from socle.sections.events.actions import agenda_of, open_agenda
from socle.sites import actions as sites
from socle.sites import alerts, tasks
from socle.sites.models import Change, WebSite
from socle.sites.photographs import Photograph
from socle.sites.publishing import freezing
from socle.sites.publishing.actions import changed, publish_waiting, waiting
from socle.syndication import actions, rules
from socle.syndication.actions import For
from socle.syndication.models import Answer, Audience, Kind, Policy, Share, ShareOffer, SharingChoice
from socle.syndication.rules import why_not_say
from socle.syndication.sources import Source, said_name, sources_of
from socle.territory.models import Epci
from tests import factories as f
from tests.sites.conftest import equipped
from tests.sites.released import PIXEL, add_news, drawn, published, served, written_by

__all__ = ["published"]

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
ON_ONE_DAY = {"starts_on": f.TODAY + timedelta(days=3), "ends_on": f.TODAY + timedelta(days=3), "start_time": time(18)}
ALL = For(Audience.ALL)


@pytest.fixture(autouse=True)
def on_that_day(time_machine):
    time_machine.move_to(f.NOW, tick=False)
    return time_machine


@pytest.fixture
def mormal(prisches) -> Epci:
    """The EPCI of Prisches."""
    epci = Epci.objects.create(siren="200043321", name="CC du Pays de Mormal", kind="CC")
    prisches.beneficiary.commune.epci = epci
    prisches.beneficiary.commune.save()
    return epci


@pytest.fixture
def officer(db):
    return f.member(Role.PROGRAMME_OFFICER, f.programme().lead())


def said(kind=Kind.NEWS, **fields):
    """Words that lack nothing."""
    words = {"title": "Broyages", "summary": "Une collecte.", "appears_at": f.NOW, "disappears_at": f.NOW + 30 * DAY}
    if kind == Kind.EVENT:
        words |= {"title": "Forum", "starts_on": f.TODAY + 9 * DAY, "start_time": time(9, 30), "place": "Le Quesnoy"}
    if kind == Kind.ALERT:
        words |= {"title": "Vents forts", "summary": "", "gravity": 2}
    return words | fields


def propose(officer, kind=Kind.NEWS, *, epci=None, whom=ALL, picture=None, **fields) -> Share:
    return actions.offer(
        f.programme().lead(),
        kind,
        said(kind, **fields),
        epci=epci,
        from_name="",
        for_whom=whom,
        picture=picture,
        by=officer,
        at=f.NOW,
    )


def correct(share, officer, **fields) -> Share:
    words = said(share.kind, **fields)
    whom = For(share.audience, department=share.department, epci=share.audience_epci)
    return actions.correct(share, words, epci=share.epci, from_name="", for_whom=whom, by=officer, at=f.NOW)


def offer_of(share, website) -> ShareOffer:
    with scopes_disabled():
        return ShareOffer.objects.select_related("share", "website").get(share=share, website=website)


def accept(share, website) -> ShareOffer:
    with scopes_disabled():
        return actions.accept(offer_of(share, website), by=f.user(), at=f.NOW)


def offered(share) -> set[str]:
    with scopes_disabled():
        return set(ShareOffer.objects.filter(share=share, left_at=None).values_list("website__slug", flat=True))


def text(answer) -> str:
    return " ".join(unescape(BeautifulSoup(answer.content, "html5lib").get_text(" ")).split())


# --- Whom it is for --------------------------------------------------------------------------------------------------
def test_a_share_is_offered_to_the_sites_it_is_for_and_to_no_other(prisches, ablain, mormal, officer):
    nord, calais = f.department("59"), f.department("62")
    communes = (ablain.beneficiary.commune,)
    cases = {
        For(Audience.ALL): {"prisches", "ablain-saint-nazaire"},
        For(Audience.DEPARTMENT, department=calais): {"ablain-saint-nazaire"},
        For(Audience.DEPARTMENT, department=nord): {"prisches"},
        For(Audience.EPCI, epci=mormal): {"prisches"},
        For(Audience.COMMUNES, communes=communes): {"ablain-saint-nazaire"},
    }
    for whom, expected in cases.items():
        assert offered(propose(officer, whom=whom)) == expected, whom


def test_an_operator_never_reaches_beyond_its_departments(prisches, ablain, mormal):
    centre = f.programme().centre_de_gestion_of(f.department("59"))
    adviser = f.member(Role.PROGRAMME_OFFICER, centre)
    far = For(Audience.DEPARTMENT, department=f.department("62"))
    given = {"epci": None, "from_name": "", "by": adviser, "at": f.NOW}
    assert offered(actions.offer(centre, Kind.NEWS, said(), for_whom=ALL, **given)) == {"prisches"}
    assert offered(actions.offer(centre, Kind.NEWS, said(), for_whom=far, **given)) == set()
    elsewhere = Epci.objects.create(siren="200033579", name="CU d'Arras", kind="CU")
    with pytest.raises(Refused, match="aucune commune sur votre territoire"):
        actions.offer(centre, Kind.NEWS, said(), for_whom=ALL, **{**given, "epci": elsewhere})


@pytest.mark.parametrize("role", [Role.TECHNICIAN, Role.PRESIDENT, Role.FINANCE_OFFICER])
def test_only_a_programme_officer_of_that_operator_proposes(prisches, role):
    lead = f.programme().lead()
    stranger = f.member(Role.PROGRAMME_OFFICER, f.programme().centre_de_gestion_of(f.department("59")))
    for person in (f.member(role, lead), stranger):
        with pytest.raises(Refused, match="chargées du programme"):
            propose(person)
    assert not Share.objects.exists()


@pytest.mark.slow
def test_a_site_that_is_born_is_offered_what_holds_and_one_that_leaves_shows_it_no_longer(
    prisches, mormal, officer, visit
):
    share = propose(officer, whom=For(Audience.EPCI, epci=mormal), epci=mormal)
    accept(share, prisches)
    assert "Broyages" in text(visit(prisches, "/actualites/"))
    # It changes EPCI.
    commune = prisches.beneficiary.commune
    commune.epci = None
    commune.save()
    newcomer = equipped("59070", "Bermeries")
    newcomer.beneficiary.commune.epci = mormal
    newcomer.beneficiary.commune.save()
    actions.follow_audiences(at=f.NOW)
    assert offered(share) == {"bermeries"}
    assert "Broyages" not in text(visit(prisches, "/actualites/"))
    assert visit(prisches, f"/propose/{share.pk}/").status_code == 404
    # It comes back, and so does its answer.
    commune.epci = mormal
    commune.save()
    actions.follow_audiences(at=f.NOW)
    assert "Broyages" in text(visit(prisches, "/actualites/"))
    assert offer_of(share, prisches).answer == Answer.ACCEPTED


def test_a_site_suspended_or_redirected_is_neither_offered_anything_nor_shows_it(prisches, ablain, officer, visit):
    share = propose(officer)
    alert = propose(officer, Kind.ALERT)
    accept(share, prisches), accept(alert, prisches)
    sites.suspend_site(prisches, by=f.user(), at=f.NOW)
    # At once, before any tick.
    assert "Vents forts" not in visit(prisches).content.decode()
    actions.follow_audiences(at=f.NOW)
    assert offered(share) == {"ablain-saint-nazaire"}
    with scopes_disabled():
        WebSite.objects.filter(pk=ablain.pk).update(archived_at=f.NOW)
    actions.follow_audiences(at=f.NOW)
    assert offered(share) == set()


def test_settling_again_changes_nothing_and_tells_nobody(prisches, officer):
    share = propose(officer)
    accept(share, prisches)
    Change.objects.all().delete()
    assert actions.settle(share, at=f.NOW) == 1
    assert not Change.objects.exists()
    with scopes_disabled(), pytest.raises(IntegrityError), transaction.atomic():
        ShareOffer.objects.bulk_create([ShareOffer(share=share, website=prisches, offered_at=f.NOW)])


# --- What a mairie answers -------------------------------------------------------------------------------------------
@pytest.mark.slow
def test_nothing_appears_until_the_mairie_says_so_and_it_may_come_back_on_it(prisches, officer, visit):
    share = propose(officer)
    offer = offer_of(share, prisches)
    assert offer.answer == Answer.WAITING
    for path in ("/", "/actualites/", "/actualites.atom", "/recherche.json"):
        assert "Broyages" not in visit(prisches, path).content.decode(), path
    assert visit(prisches, f"/propose/{share.pk}/").status_code == 404
    accept(share, prisches)
    for path in ("/", "/actualites/", "/actualites.atom", "/recherche.json", f"/propose/{share.pk}/"):
        assert "Broyages" in visit(prisches, path).content.decode(), path
    with scopes_disabled():
        actions.decline(offer, by=f.user(), at=f.NOW)
        assert visit(prisches, f"/propose/{share.pk}/").status_code == 404
        with pytest.raises(Refused, match="déjà refusé"):
            actions.decline(offer, by=f.user(), at=f.NOW)
    accept(share, prisches)
    assert visit(prisches, f"/propose/{share.pk}/").status_code == 200
    with pytest.raises(Refused, match="déjà accepté"):
        accept(share, prisches)
    verbs = Entry.objects.filter(object_type="websites.website", verb__startswith="website.share")
    assert list(verbs.order_by("pk").values_list("verb", flat=True)) == [
        "website.share_accepted", "website.share_refused", "website.share_accepted",
    ]  # fmt: skip


def test_the_sites_that_show_it_are_told_that_it_goes_and_comes_back(prisches, ablain, officer):
    share = propose(officer)
    accept(share, prisches)
    for gesture in (actions.withdraw, actions.restore):
        Change.objects.all().delete()
        gesture(share, by=officer, at=f.NOW)
        assert set(Change.objects.values_list("website", flat=True)) == {prisches.pk}, gesture.__name__


def test_what_is_over_or_withdrawn_is_answered_no_more(prisches, officer, time_machine):
    share = propose(officer)
    offer = offer_of(share, prisches)
    actions.withdraw(share, by=officer, at=f.NOW)
    with scopes_disabled(), pytest.raises(Refused, match="l’a retiré"):
        actions.accept(offer, by=f.user(), at=f.NOW)
    actions.restore(share, by=officer, at=f.NOW)
    with scopes_disabled(), pytest.raises(Refused, match="fini"):
        actions.accept(offer, by=f.user(), at=f.NOW + 31 * DAY)


@pytest.mark.parametrize(
    ("policy", "safety", "kind", "is_safety", "expected"),
    [
        (None, False, Kind.NEWS, False, Answer.WAITING),
        (None, False, Kind.ALERT, True, Answer.WAITING),
        (Policy.ASK, False, Kind.ALERT, True, Answer.WAITING),
        (Policy.ASK, True, Kind.ALERT, True, Answer.ACCEPTED),
        (Policy.ASK, True, Kind.ALERT, False, Answer.WAITING),
        (Policy.ASK, True, Kind.NEWS, True, Answer.WAITING),
        (Policy.ACCEPT, False, Kind.NEWS, False, Answer.ACCEPTED),
        (Policy.ACCEPT, False, Kind.EVENT, False, Answer.ACCEPTED),
        (Policy.ACCEPT, False, Kind.ALERT, True, Answer.ACCEPTED),
        (Policy.REFUSE, False, Kind.NEWS, False, Answer.REFUSED),
        (Policy.REFUSE, True, Kind.ALERT, True, Answer.REFUSED),
    ],
)
def test_what_a_mairie_chose_beforehand_answers_for_it(
    prisches, ablain, mormal, officer, policy, safety, kind, is_safety, expected
):
    if policy is not None:
        with scopes_disabled():
            given = {"policy": policy, "is_safety_accepted": safety, "by": f.user(), "at": f.NOW}
            actions.choose(prisches, Source(epci=mormal), **given)
    share = propose(officer, kind, epci=mormal, is_safety=is_safety)
    offer = offer_of(share, prisches)
    assert (offer.answer, offer.is_automatic) == (expected, expected != Answer.WAITING)
    # Neither another site nor another source is answered for.
    assert offer_of(share, ablain).answer == Answer.WAITING
    assert offer_of(propose(officer, kind, is_safety=is_safety), prisches).answer == Answer.WAITING


def test_a_choice_is_kept_once_by_source_and_leaves_what_waits(prisches, mormal, officer):
    share = propose(officer, epci=mormal)
    with scopes_disabled():
        for policy in (Policy.ACCEPT, Policy.REFUSE, Policy.ASK):
            given = {"policy": policy, "is_safety_accepted": True, "by": f.user(), "at": f.NOW}
            actions.choose(prisches, Source(epci=mormal), **given)
        kept = SharingChoice.objects.get()
        with pytest.raises(Refused):
            actions.choose(prisches, Source(epci=mormal), **{**given, "policy": "autre"})
    assert (kept.policy, kept.is_safety_accepted) == (Policy.ASK, True)
    assert offer_of(share, prisches).answer == Answer.WAITING
    # To accept everything opened the agenda: an event has its place the day it comes.
    assert agenda_of(prisches) is not None


# --- What a site shows -----------------------------------------------------------------------------------------------
@pytest.mark.slow
def test_a_page_says_where_it_comes_from_and_is_left_to_its_source_by_search_engines(
    prisches, mormal, officer, visit, valid_html
):
    linked = {"link": "https://exemple.invalid/", "link_words": "Plan"}
    share = propose(officer, epci=mormal, text="Un.\n\n<script>alert(1)</script>", **linked)
    accept(share, prisches)
    f.open_site(prisches)
    answer = visit(prisches, f"/propose/{share.pk}/")
    page = answer.content.decode()
    assert valid_html(answer.content) == []
    assert "Proposé par la communauté de communes du Pays de Mormal" in page
    assert "<script>alert" not in page
    assert 'name="robots" content="noindex"' in page
    assert 'href="https://exemple.invalid/"' in page
    for path in ("/", "/actualites/"):
        assert "Proposé par la communauté de communes du Pays de Mormal" in visit(prisches, path).content.decode()


@pytest.mark.slow
def test_own_news_and_those_of_others_are_one_list_by_day(prisches, officer, visit, time_machine):
    for number in range(13):
        add_news(prisches, title=f"Nouvelle {number:02d}")
    share = propose(officer)
    accept(share, prisches)
    first = [a.get_text() for a in BeautifulSoup(visit(prisches, "/actualites/").content, "html5lib").select(".news a")]
    assert len(first) == 12
    # The day of the first news of the site itself, and after it.
    assert first[1] == "Broyages"
    later = text(visit(prisches, "/actualites/page/2/"))
    assert "Nouvelle 00" in later
    assert "Broyages" not in later
    with CaptureQueriesContext(connection) as few:
        visit(prisches, "/actualites/")
    for number in range(20, 40):
        add_news(prisches, title=f"Nouvelle {number}")
    with CaptureQueriesContext(connection) as many:
        visit(prisches, "/actualites/")
    assert len(many) <= len(few)


@pytest.mark.slow
def test_an_event_is_in_the_agenda_and_its_calendars_once_for_all_who_read_both(prisches, ablain, officer, visit):
    share = propose(officer, Kind.EVENT)
    assert agenda_of(prisches) is None
    accept(share, prisches), accept(share, ablain)
    assert agenda_of(prisches) is not None
    assert "Forum" in text(visit(prisches, "/agenda/"))
    assert "Forum" in text(visit(prisches))
    page = text(visit(prisches, f"/propose/{share.pk}/"))
    assert "vendredi 4 décembre 2026, à 9 h 30" in page
    names = set()
    for website in (prisches, ablain):
        whole = Calendar.from_ical(visit(website, "/agenda.ics").content)
        one = Calendar.from_ical(visit(website, f"/propose/{share.pk}.ics").content)
        names |= {str(event["uid"]) for calendar in (whole, one) for event in calendar.walk("VEVENT")}
        assert "Proposé par" in str(whole.walk("VEVENT")[0]["description"])
    assert len(names) == 1
    assert visit(prisches, f"/propose/{accept(propose(officer), prisches).share_id}.ics").status_code == 404


def test_an_event_that_is_over_leaves_the_agenda(prisches, officer, visit, time_machine):
    accept(propose(officer, Kind.EVENT), prisches)
    time_machine.move_to(f.NOW + 10 * DAY)
    assert "Forum" not in text(visit(prisches, "/agenda/"))


@pytest.mark.slow
def test_an_alert_is_above_every_page_from_its_hour_to_the_other(prisches, officer, visit, time_machine):
    alerts.publish_alert(
        prisches, "Route barrée", gravity=2, starts_at=f.NOW, ends_at=f.NOW + 2 * DAY, by=f.user(), at=f.NOW
    )
    share = propose(officer, Kind.ALERT, appears_at=f.NOW + DAY, gravity=3)
    accept(share, prisches)
    assert "Vents forts" not in visit(prisches, "/contact/").content.decode()
    Change.objects.all().delete()
    time_machine.move_to(f.NOW + DAY)
    assert actions.follow_the_hour(at=f.NOW + DAY) == 1
    assert actions.follow_the_hour(at=f.NOW + DAY) == 0
    assert list(Change.objects.values_list("key", flat=True)) == ["alerts"]
    page = visit(prisches, "/contact/").content.decode()
    # The gravest first.
    assert page.index("Vents forts") < page.index("Route barrée")
    assert "Proposé par Syndicat mixte d’essai" in page
    assert "Vents forts" in visit(prisches, "/alertes.atom").content.decode()
    time_machine.move_to(f.NOW + 30 * DAY)
    assert actions.follow_the_hour(at=f.NOW + 30 * DAY) == 1
    assert "Vents forts" not in visit(prisches, "/contact/").content.decode()
    # The clock had gone ahead: what it told is told again.
    Change.objects.all().delete()
    time_machine.move_to(f.NOW + 2 * DAY)
    assert [actions.follow_the_hour(at=f.NOW + 2 * DAY) for _ in range(2)] == [1, 0]
    assert list(Change.objects.values_list("key", flat=True)) == ["alerts"]


@pytest.mark.slow
def test_a_picture_is_served_by_the_sites_that_show_it_and_by_no_other(prisches, ablain, officer, visit, client):
    picture = Photograph("vue.png", PIXEL)
    with pytest.raises(Refused, match="Décrivez l’image"):
        propose(officer, picture=picture)
    share = propose(officer, picture=picture, picture_alternative="Une affiche")
    accept(share, prisches)
    page = drawn(prisches, f"/propose/{share.pk}/").decode()
    sources = sorted(path for path in freezing.assets_of(page) if path.startswith("/media/shared/"))
    assert sources
    for path in sources:
        answer = visit(prisches, path)
        assert answer.status_code == 200
        assert answer.getvalue()
        assert visit(ablain, path).status_code == 404
        assert client.get(path, headers={"host": "localhost"}).status_code == 404
    assert visit(prisches, f"/media/{share.picture.file.name}").status_code == 404
    actions.withdraw(share, by=officer, at=f.NOW)
    assert visit(prisches, sources[0]).status_code == 404


# --- What is renewed -------------------------------------------------------------------------------------------------
@pytest.mark.slow
def test_only_the_pages_that_show_it_are_renewed_and_it_leaves_them_all(prisches, ablain, officer):
    share = propose(officer)
    own = f"propose/{share.pk}/index.html"
    lists = {"index.html", "actualites/index.html", "actualites.atom", "recherche.json"}
    assert written_by(prisches, lambda: accept(share, prisches)) == {*lists, own}
    assert written_by(prisches, lambda: correct(share, officer, title="Broyages, secteur nord")) == {*lists, own}
    assert b"secteur nord" in served(prisches)["index.html"]
    before = served(ablain)
    assert written_by(prisches, lambda: actions.withdraw(share, by=officer, at=f.NOW)) == lists
    assert own not in served(prisches)
    assert not any(b"Broyages" in content for content in served(prisches).values())
    assert served(ablain) == before
    assert own in written_by(prisches, lambda: actions.restore(share, by=officer, at=f.NOW))


@pytest.mark.slow
def test_a_word_corrected_on_the_second_page_of_a_list_does_not_renew_the_first(prisches, officer):
    share = propose(officer, appears_at=f.NOW - 30 * DAY)
    accept(share, prisches)
    for number in range(14):
        add_news(prisches, title=f"Nouvelle {number:02d}")
    correction = {"title": "Broyages du nord", "appears_at": f.NOW - 30 * DAY}
    written = written_by(prisches, lambda: correct(share, officer, **correction))
    assert written == {
        "actualites/page/2/index.html", f"propose/{share.pk}/index.html", "actualites.atom", "recherche.json",
    }  # fmt: skip


@pytest.mark.slow
def test_what_is_renewed_equals_what_is_published_anew(prisches, officer):
    news, event, alert = (propose(officer, kind) for kind in (Kind.NEWS, Kind.EVENT, Kind.ALERT))
    publish_waiting()

    def decline(share):
        with scopes_disabled():
            actions.decline(offer_of(share, prisches), by=f.user(), at=f.NOW)

    steps = [
        lambda: accept(news, prisches),
        lambda: accept(event, prisches),
        lambda: accept(alert, prisches),
        lambda: correct(news, officer, title="Autre titre", summary="Autre résumé.", text="Autre."),
        lambda: correct(event, officer, starts_on=f.TODAY + 3 * DAY, place="Ailleurs"),
        lambda: correct(alert, officer, title="Vents très forts", gravity=3),
        lambda: actions.withdraw(event, by=officer, at=f.NOW),
        lambda: decline(news),
        lambda: actions.restore(event, by=officer, at=f.NOW),
        lambda: actions.withdraw(alert, by=officer, at=f.NOW),
    ]
    for rank, step in enumerate(steps):
        step()
        publish_waiting()
        renewed = served(prisches)
        changed(prisches.pk, "all", at=f.NOW)
        publish_waiting()
        anew = served(prisches)
        kinds = (".html", ".ics", ".atom", ".json", ".xml")
        assert {n: c for n, c in renewed.items() if n.endswith(kinds) and "propose" not in n} == {
            n: c for n, c in anew.items() if n.endswith(kinds) and "propose" not in n
        }, rank
        assert {n for n in renewed if n.endswith(".html")} == {n for n in anew if n.endswith(".html")}, rank


@pytest.mark.slow
@pytest.mark.both
@pytest.mark.django_db(transaction=True)
def test_an_alert_of_many_sites_goes_ahead_of_what_waits_and_a_news_item_behind_it(officer):
    websites = [equipped("59474", "Prisches"), equipped("62001", "Ablain-Saint-Nazaire")]
    news, alert = propose(officer), propose(officer, Kind.ALERT)
    for website in websites:
        accept(news, website), accept(alert, website)
    publish_waiting()
    correct(news, officer, title="Autre titre")
    # Left to the tick.
    assert len(waiting()) == 2
    # At once: in these tests a task is done as soon as it is asked for.
    correct(alert, officer, title="Vents très forts")
    assert waiting() == []
    assert tasks.publish.priority > tasks.publish_urgent.priority > tasks.publish_waiting.priority
    assert b"Vents tr" in served(websites[1])["contact/index.html"]


@pytest.mark.slow
def test_many_sites_cost_no_more_queries_than_few(prisches, officer):
    def cost() -> int:
        with CaptureQueriesContext(connection) as made:
            propose(officer)
        return len(made)

    few = cost()
    for number, name in enumerate(("Abancourt", "Bermeries", "Étrœungt")):
        equipped(f"5900{number}", name)
    assert cost() <= few


# --- Words -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "change", "words"),
    [
        (Kind.NEWS, {"title": ""}, "Donnez un titre"),
        (Kind.NEWS, {"title": "x" * 121}, "120 signes"),
        (Kind.NEWS, {"summary": ""}, "Résumez en deux phrases"),
        (Kind.NEWS, {"link": "/actualites/"}, "https://"),
        (Kind.NEWS, {"link": "javascript:alert(1)"}, "https://"),
        (Kind.NEWS, {"link": "https://"}, "https://"),
        (Kind.NEWS, {"disappears_at": f.NOW}, "après avoir paru"),
        (Kind.NEWS, {"appears_at": f.NOW - 9 * DAY, "disappears_at": f.NOW - DAY}, "déjà passée"),
        (Kind.NEWS, {"disappears_at": f.NOW + 500 * DAY}, "plus d’un an"),
        (Kind.NEWS, {"appears_at": f.NOW + 900 * DAY, "disappears_at": f.NOW + 901 * DAY}, "plus de deux ans"),
        (Kind.ALERT, {"title": ""}, "le message"),
        (Kind.ALERT, {"disappears_at": f.NOW + 120 * DAY}, "trois mois"),
        (Kind.EVENT, {"starts_on": None}, "le jour"),
        (Kind.EVENT, {"place": ""}, "où a lieu"),
        (Kind.EVENT, {"ends_on": f.TODAY}, "vient après"),
        (Kind.EVENT, {"end_time": time(9)}, "finit après"),
        (Kind.EVENT, {"disappears_at": f.NOW + 2 * DAY}, "avant d’avoir eu lieu"),
        (Kind.EVENT, {"start_time": None, "end_time": time(9)}, "heure de début"),
        # At the bounds of each.
        (Kind.NEWS, {"title": "x" * 120}, None),
        (Kind.ALERT, {"title": "x" * 300, "summary": ""}, None),
        (Kind.ALERT, {"title": "x" * 301}, "300 signes"),
        (Kind.NEWS, {"link": ""}, None),
        (Kind.NEWS, {"link": "https://exemple.invalid/a"}, None),
        (Kind.NEWS, {"appears_at": f.NOW - 9 * DAY, "disappears_at": f.NOW}, "déjà passée"),
        (Kind.NEWS, {"appears_at": f.NOW - 9 * DAY, "disappears_at": f.NOW + SECOND}, None),
        (Kind.NEWS, {"appears_at": f.NOW, "disappears_at": f.NOW + 365 * DAY}, None),
        (Kind.NEWS, {"appears_at": f.NOW, "disappears_at": f.NOW + 366 * DAY}, "plus d’un an"),
        (Kind.NEWS, {"appears_at": f.NOW - 9 * DAY, "disappears_at": f.NOW + 365 * DAY}, None),
        (Kind.NEWS, {"appears_at": f.NOW + 731 * DAY, "disappears_at": f.NOW + 732 * DAY}, None),
        (Kind.NEWS, {"appears_at": f.NOW + 732 * DAY, "disappears_at": f.NOW + 733 * DAY}, "plus de deux ans"),
        (Kind.ALERT, {"appears_at": f.NOW, "disappears_at": f.NOW + 92 * DAY}, None),
        (Kind.ALERT, {"appears_at": f.NOW, "disappears_at": f.NOW + 93 * DAY}, "trois mois"),
        (Kind.EVENT, {**ON_ONE_DAY, "end_time": time(18)}, "finit après"),
        (Kind.EVENT, {**ON_ONE_DAY, "end_time": time(18, 1)}, None),
        (Kind.EVENT, {**ON_ONE_DAY, "ends_on": f.TODAY + 4 * DAY, "end_time": time(2)}, None),
        (Kind.EVENT, {**ON_ONE_DAY, "disappears_at": f.NOW + 3 * DAY}, None),
        (Kind.EVENT, {**ON_ONE_DAY, "start_time": None}, None),
    ],
)
def test_words_that_do_not_hold_are_refused_with_the_remedy(kind, change, words):
    assert why_not_say(kind, said(kind), at=f.NOW) is None
    found = why_not_say(kind, said(kind, **change), at=f.NOW)
    assert words in (found or "").replace("\u00a0", " ") if words else found is None


WITHDRAWN, OVER = {"withdrawn_at": f.NOW}, {"disappears_at": f.NOW}


@pytest.mark.parametrize(
    ("rule", "share", "offer", "words"),
    [
        (rules.why_not_correct, {}, None, None),
        (rules.why_not_correct, WITHDRAWN, None, "rétablissez-le d’abord"),
        (rules.why_not_correct, OVER, None, "C’est fini"),
        (rules.why_not_withdraw, {}, None, None),
        (rules.why_not_withdraw, WITHDRAWN, None, "déjà retiré"),
        (rules.why_not_withdraw, OVER, None, "C’est fini"),
        (rules.why_not_restore, WITHDRAWN, None, None),
        (rules.why_not_restore, {}, None, "Ce n’est pas retiré."),
        (rules.why_not_restore, {**WITHDRAWN, **OVER}, None, "C’est fini"),
        (rules.why_not_accept, {}, {"answer": Answer.WAITING}, None),
        (rules.why_not_accept, {}, {"answer": Answer.REFUSED}, None),
        (rules.why_not_accept, {}, {"answer": Answer.ACCEPTED}, "déjà accepté"),
        (rules.why_not_accept, WITHDRAWN, {}, "la CC l’a retiré"),
        (rules.why_not_accept, {}, {"left_at": f.NOW}, "plus proposé à votre commune"),
        (rules.why_not_accept, OVER, {}, "C’est fini"),
        (rules.why_not_refuse, {}, {"answer": Answer.ACCEPTED}, None),
        (rules.why_not_refuse, {}, {"answer": Answer.REFUSED}, "déjà refusé"),
        (rules.why_not_refuse, OVER, {}, "C’est fini"),
    ],
)
def test_what_is_withdrawn_left_or_over_is_neither_changed_nor_answered(rule, share, offer, words):
    proposed = Share(**{"from_name": "la CC", "disappears_at": f.NOW + SECOND, **share})
    found = rule(proposed if offer is None else ShareOffer(share=proposed, **offer), at=f.NOW)
    assert words in found.replace("\u00a0", " ") if words else found is None


@pytest.mark.parametrize(
    ("audience", "missing"),
    [(Audience.DEPARTMENT, "department"), (Audience.EPCI, "epci"), (Audience.COMMUNES, "communes"), (Audience.ALL, "")],
)
def test_whom_it_is_for_is_said(audience, missing):
    whole = {"department": "59", "epci": "CC", "communes": ["Prisches"]}
    assert rules.why_not_aim(audience, **whole) is None
    assert (rules.why_not_aim(audience, **{**whole, **({missing: None} if missing else {})}) is None) is (not missing)


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("CC du Pays de Mormal", "CC", "la communauté de communes du Pays de Mormal"),
        ("CU d'Arras", "CU", "la communauté urbaine d’Arras"),
        ("CA Valenciennes Métropole", "CA", "la communauté d’agglomération Valenciennes Métropole"),
        ("Métropole Européenne de Lille", "METRO", "la métropole Européenne de Lille"),
        ("Territoire d'ailleurs", "CC", "Territoire d’ailleurs"),
    ],
)
def test_an_epci_is_named_as_one_says_it(name, kind, expected):
    assert said_name(Epci(name=name, kind=kind)) == expected


def test_a_source_stays_in_the_list_once_it_has_proposed_something(prisches, ablain, officer):
    elsewhere = Epci.objects.create(siren="200033579", name="CU d'Arras", kind="CU")
    ablain.beneficiary.commune.epci = elsewhere
    ablain.beneficiary.commune.save()
    propose(officer, epci=elsewhere)
    with scope(beneficiary=prisches.beneficiary):
        assert Source(epci=elsewhere).code in {one.code for one in sources_of(prisches)}


def test_a_proposal_is_read_in_a_scope_only(prisches, officer):
    propose(officer)
    with pytest.raises(ScopeError):
        list(ShareOffer.objects.all())
    with pytest.raises(ScopeError):
        list(SharingChoice.objects.all())


def test_the_agenda_that_is_there_stays_as_it_is(prisches, officer):
    kept = open_agenda(prisches, by=f.user(), at=f.NOW)
    accept(propose(officer, Kind.EVENT), prisches)
    assert agenda_of(prisches) == kept


def test_each_gesture_writes_its_share_its_answer_and_its_line(prisches, ablain, mormal, officer):
    secretary, later = f.user(), f.NOW + DAY
    Entry._base_manager.all()._raw_delete("default")
    Change.objects.all().delete()
    other = propose(officer, title="Autre")
    # No site that is only asked has anything to renew.
    assert not Change.objects.exists()
    share = propose(officer, whom=For(Audience.EPCI, epci=mormal), epci=mormal, link="https://exemple.invalid/")
    share.refresh_from_db()
    assert (share.offered_at, share.offered_by, share.appeared_at, share.from_name) == (
        f.NOW, officer, f.NOW, said_name(mormal),
    )  # fmt: skip
    assert (share.audience, share.audience_epci, share.department, share.link) == (
        Audience.EPCI, mormal, None, "https://exemple.invalid/",
    )  # fmt: skip
    answers = []
    with scopes_disabled():
        kept = list(ShareOffer.objects.filter(share=other).order_by("pk").values())
        for gesture in (actions.accept, actions.decline):
            gesture(offer_of(share, prisches), by=secretary, at=later)
            assert Change.objects.filter(website=prisches).delete()[0]
            row = offer_of(share, prisches)
            answers.append((row.answer, row.is_automatic, row.answered_at, row.answered_by))
        with pytest.raises(Refused):
            actions.decline(offer_of(share, prisches), by=secretary, at=later)
        assert list(ShareOffer.objects.filter(share=other).order_by("pk").values()) == kept
    assert answers == [(Answer.ACCEPTED, False, later, secretary), (Answer.REFUSED, False, later, secretary)]
    said_again = {**said(share.kind), "title": "Ferraille", "appears_at": later}
    actions.correct(
        share,
        said_again,
        epci=mormal,
        from_name=" La CC ",
        for_whom=For(Audience.EPCI, epci=mormal),
        by=officer,
        at=f.NOW,
    )
    share.refresh_from_db()
    assert (share.title, share.corrected_at, share.appeared_at, share.from_name) == ("Ferraille", f.NOW, None, "La CC")
    assert (share.audience, share.audience_epci) == (Audience.EPCI, mormal)
    with pytest.raises(Refused, match="ne change pas"):
        actions.correct(share, said(share.kind), epci=None, from_name="", for_whom=ALL, by=officer, at=f.NOW)
    assert actions.withdraw(share, by=officer, at=f.NOW).withdrawn_at == f.NOW
    Share.objects.filter(pk=share.pk).update(disappeared_at=f.NOW)
    actions.restore(share, by=officer, at=later)
    share.refresh_from_db()
    assert (share.withdrawn_at, share.appeared_at, share.disappeared_at) == (None, later, None)
    website = str(prisches.pk)
    assert list(Entry.objects.order_by("pk").values_list("verb", "object_id", "facts")) == [
        ("share.offered", str(other.pk), {"kind": "news", "audience": "all", "sites": 2}),
        ("share.offered", str(share.pk), {"kind": "news", "audience": "epci", "sites": 1}),
        ("website.share_accepted", website, {"share": share.pk}),
        ("website.share_refused", website, {"share": share.pk}),
        ("share.corrected", str(share.pk), {}),
        ("share.withdrawn", str(share.pk), {}),
        ("share.put_back", str(share.pk), {}),
    ]


def test_what_appears_and_disappears_is_told_once_at_its_hour(prisches, officer):
    soon = propose(officer, appears_at=f.NOW + DAY, disappears_at=f.NOW + 2 * DAY)
    withdrawn = propose(officer, appears_at=f.NOW + DAY, disappears_at=f.NOW + 2 * DAY)
    actions.withdraw(withdrawn, by=officer, at=f.NOW)
    for at, count in ((f.NOW + DAY - SECOND, 0), (f.NOW + DAY, 1), (f.NOW + DAY, 0), (f.NOW + 2 * DAY, 1)):
        assert actions.follow_the_hour(at=at) == count, at
    soon.refresh_from_db()
    assert (soon.appeared_at, soon.disappeared_at) == (f.NOW + DAY, f.NOW + 2 * DAY)


def test_a_share_goes_to_the_sites_that_are_online_in_its_audience(prisches, ablain, mormal, officer):
    share = propose(officer)
    nord, prisches_alone = prisches.beneficiary.department, [prisches]
    for whom, found in (
        ({"audience": Audience.ALL}, [prisches, ablain]),
        ({"audience": Audience.DEPARTMENT, "department": nord}, prisches_alone),
        ({"audience": Audience.EPCI, "audience_epci": mormal}, prisches_alone),
        ({"audience": Audience.COMMUNES}, []),
    ):
        assert set(actions.audience_of(Share(pk=share.pk, operator=share.operator, **whom))) == set(found), whom
    share.communes.set([ablain.beneficiary.commune])
    share.audience = Audience.COMMUNES
    assert list(actions.audience_of(share)) == [ablain]
    share.save(update_fields=["audience"])
    other = propose(officer)
    actions.settle(share, at=f.NOW)
    assert (offered(share), offered(other)) == ({ablain.slug}, {ablain.slug, prisches.slug})
    share.audience = Audience.ALL
    for stopped in ({"suspended_at": f.NOW}, {"archived_at": f.NOW}, {"redirects_to": ablain}):
        WebSite._base_manager.filter(pk=prisches.pk).update(**stopped)
        assert list(actions.audience_of(share)) == [ablain], stopped
        WebSite._base_manager.filter(pk=prisches.pk).update(**dict.fromkeys(stopped))
