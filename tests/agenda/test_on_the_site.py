"""The public calendars of a mairie on its site: shown, in its feed, and the right pages made anew."""

from datetime import date
from datetime import time as hour

import pytest
from django_scopes import scopes_disabled

from socle.agenda import events
from socle.agenda.writing import Rhythm, Wanted
from socle.sections.events.actions import open_agenda
from socle.sections.events.models import events_to_come
from socle.sites.actions import create_site
from socle.sites.models.publication import Change
from tests import factories as f
from tests.agenda.test_events import publish

pytestmark = pytest.mark.django_db
PUBLIC = {"calendar.public_changed": ("socle.sites.tasks.publish_events",)}


@pytest.fixture
def site(here):
    with scopes_disabled():
        made = create_site(here.body, by=here.mayor, at=f.NOW)
        open_agenda(made, by=here.mayor, at=f.NOW)
    return made


def wanted(title, **fields):
    return Wanted(title, date(2026, 12, 1), date(2026, 12, 1), hour(14), hour(15), "Place", "Venez.", **fields)


@pytest.mark.slow
def test_it_shows_what_is_public_each_time_apart(here, site):
    publish(here)
    until = date(2026, 12, 15)
    events.write_event(here.calendar(), wanted("Marché", rhythm=Rhythm.WEEKLY, until=until), by=here.mayor, at=f.NOW)
    events.write_event(here.calendar(), wanted("Entretien", is_private=True), by=here.mayor, at=f.NOW)
    events.write_event(here.calendar("conseil"), wanted("À huis clos"), by=here.mayor, at=f.NOW)
    with scopes_disabled():
        found = events_to_come(site.root_page, on=f.TODAY)
    assert [(one.title, one.starts_on.day) for one in found] == [("Marché", 1), ("Marché", 8), ("Marché", 15)]
    assert len({one.uid for one in found}) == 3


@pytest.mark.slow
def test_the_site_of_another_shows_none_of_it(here, there, site):
    publish(there)
    events.write_event(there.calendar(), wanted("Chez eux"), by=there.mayor, at=f.NOW)
    with scopes_disabled():
        assert events_to_come(site.root_page, on=f.TODAY) == []


@pytest.mark.slow
def test_its_page_and_its_feed_hold_them(here, site, client):
    publish(here)
    events.write_event(here.calendar(), wanted("Marché de Noël"), by=here.mayor, at=f.NOW)
    client.is_demanding = False
    page = client.get("/agenda/", headers={"host": site.host}).content.decode()
    assert "Marché de Noël" in page
    assert "Venez." in page
    feed = client.get("/agenda.ics", headers={"host": site.host}).content.decode()
    assert "SUMMARY:Marché de Noël" in feed


def test_the_pages_that_show_events_are_made_anew_and_no_other(
    here, site, settings, django_capture_on_commit_callbacks, monkeypatch
):
    settings.SOCLE_REACTIONS = "tests.agenda.test_on_the_site.PUBLIC"
    monkeypatch.setattr("socle.sites.publishing.actions.publish_site", lambda *_, **__: None)
    publish(here)
    Change.objects.all().delete()
    with django_capture_on_commit_callbacks(execute=True):
        events.write_event(here.calendar(), wanted("Marché"), by=here.mayor, at=f.NOW)
    assert set(Change.objects.filter(website=site).values_list("key", flat=True)) <= {"events"}
    Change.objects.all().delete()
    with django_capture_on_commit_callbacks(execute=True):
        events.write_event(here.calendar("conseil"), wanted("À huis clos"), by=here.mayor, at=f.NOW)
    assert not Change.objects.exists()
