"""Who comes and all that they reach, in one query: what the rules say step by step, and nothing a moment longer."""

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test.utils import CaptureQueriesContext

from socle.agenda.access import reach_of
from socle.agenda.actions import share_calendar
from socle.agenda.entrance import let_in
from socle.people.devices.entrance import Shown
from socle.people.devices.models import DevicePassword
from socle.people.models import Membership, Role, User
from tests import factories as f
from tests.agenda.conftest import Dav, event, make_so, secret_of, venue_of

pytestmark = pytest.mark.django_db

MONTH = (
    '<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop><D:getetag/><C:calendar-data/>'
    '</D:prop><C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">'
    '<C:time-range start="20261201T000000Z" end="20270101T000000Z"/></C:comp-filter></C:comp-filter></C:filter>'
    "</C:calendar-query>"
)
SYNC = '<D:sync-collection xmlns:D="DAV:"><D:sync-token/><D:sync-level>1</D:sync-level><D:prop/></D:sync-collection>'


@pytest.mark.parametrize("body", [MONTH, SYNC])
@pytest.mark.parametrize(("venues", "most"), [(False, 1), (True, 2)])
def test_a_report_asks_one_query_and_one_more_where_places_are_booked(dav, here, body, venues, most):
    if venues:
        venue_of(here)
    # The first one notes that the device is used.
    assert dav.put("mairie", "un.ics", event()).status_code == 201
    with CaptureQueriesContext(connection) as seen:
        answer = dav.ask("REPORT", "agendas/mairie/", body, Depth="1", content_type="text/xml")
    assert (answer.status_code, len(seen)) == (207, most)


def test_a_change_asks_one_query_and_writes_one_line(dav):
    assert dav.put("mairie", "un.ics", event()).status_code == 201
    with CaptureQueriesContext(connection) as seen:
        assert dav.put("mairie", "un.ics", event(title="Autre")).status_code == 204
    _, written = (one["sql"] for one in seen if "SAVEPOINT" not in one["sql"])
    assert written.startswith('INSERT INTO "journal_entry"')


@pytest.mark.slow
def test_it_says_what_the_rules_say_of_each_person_and_nothing_of_the_others(here, there, client):
    client.is_demanding = False
    venue_of(here)
    clerk = f.member(Role.AGENT, here.body)
    make_so(here.body)
    share_calendar(
        here.calendar("conseil"), roles={Role.MAYOR: True, Role.AGENT: False}, people={here.secretary.pk: True},
        by=here.mayor, at=f.NOW,
    )  # fmt: skip
    Dav(client, here, here.mayor).ask("MKCALENDAR", "agendas/jardin/")
    for person in (here.mayor, here.secretary, clerk):
        secret = secret_of(person, name="Autre")
        found, known = (
            let_in(Shown(person.email, secret), here.body.pk, at=f.NOW),
            reach_of(person, here.body, on=f.TODAY),
        )
        assert found == known
        assert let_in(Shown(person.email, secret), there.body.pk, at=f.NOW) is None
        assert let_in(Shown("quelqu.un@exemple.fr", secret), here.body.pk, at=f.NOW) is None


WITHDRAWN = {
    "the device is ended": (lambda here: DevicePassword.objects.update(ended_at=f.NOW), 401),
    "it opens something else": (lambda here: DevicePassword.objects.update(opens_agenda=False, opens_mail=True), 401),
    "the account is closed": (lambda here: User.objects.update(is_active=False), 401),
    "the second factor is removed": (lambda here: Authenticator.objects.all().delete(), 403),
    "the role is ended": (lambda here: Membership.objects.update(ends_on=f.TODAY.replace(day=1)), 403),
    "the agendas are suspended": (lambda here: make_so(here.body, is_present=False), 403),
    "the calendar is another’s": (
        lambda here: share_calendar(here.calendar(), roles={Role.MAYOR: True}, people={}, by=here.mayor, at=f.NOW),
        403,
    ),
}


@pytest.mark.parametrize(("withdraw", "status"), WITHDRAWN.values(), ids=WITHDRAWN)
def test_what_is_withdrawn_opens_nothing_from_that_instant(dav, here, settings, withdraw, status):
    settings.SECOND_FACTOR_ROLES = [Role.SECRETARY]
    assert dav.put("mairie", "un.ics", event()).status_code == 201
    withdraw(here)
    assert dav.get("mairie", "un.ics").status_code == status
