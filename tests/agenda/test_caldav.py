"""Calendars and contacts as programs ask for them: who enters, what they reach, what is refused, and why."""

import pytest
import radicale.item
from django_scopes import scope, scopes_disabled

from socle.agenda import reading
from socle.agenda.actions import share_calendar
from socle.agenda.contract import store
from socle.agenda.models import AddressBook, Booking, BookingStatus, Calendar
from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.people.devices.models import Use
from socle.people.models import Role
from tests import factories as f
from tests.agenda.conftest import Dav, basic, event, make_so, secret_of, venue_of

pytestmark = pytest.mark.django_db
CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:c1\r\nFN:Dominique Exemple\r\nN:Exemple;Dominique;;;\r\nEND:VCARD\r\n"


def test_without_a_device_password_nobody_enters(client, here):
    client.is_demanding = False
    response = client.generic("PROPFIND", f"/dav/agenda/{here.body.pk}/")
    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Basic")


def test_the_password_of_the_platform_opens_nothing(client, here):
    client.is_demanding = False
    here.secretary.set_password("un mot de passe de la plateforme")
    here.secretary.save()
    header = basic(here.secretary.email, "un mot de passe de la plateforme")
    response = client.generic("PROPFIND", f"/dav/agenda/{here.body.pk}/", headers={"Authorization": header})
    assert response.status_code == 401


def test_a_device_for_something_else_opens_nothing(client, here):
    client.is_demanding = False
    secret = secret_of(here.secretary, uses=[Use.FILES])
    header = basic(here.secretary.email, secret)
    assert (
        client.generic("PROPFIND", f"/dav/agenda/{here.body.pk}/", headers={"Authorization": header}).status_code == 401
    )


@pytest.mark.slow
def test_guessing_is_slowed_down(client, here):
    client.is_demanding = False
    header = basic(here.secretary.email, "ABCDEFGH-aaaaa-aaaaa-aaaaa-aaaaa")
    answers = [
        client.generic("PROPFIND", f"/dav/agenda/{here.body.pk}/", headers={"Authorization": header}).status_code
        for _ in range(25)
    ]
    assert answers[0] == 401
    assert answers[-1] == 429
    assert Entry.objects.filter(verb="device_password.guessing_slowed").count() == 1


def test_a_program_finds_what_its_person_reaches_in_one_home(dav, here):
    page = dav.propfind("agendas/").content.decode()
    assert "/agendas/mairie/" in page
    assert "/agendas/conseil/" in page
    assert "/agendas/contacts/" in page
    assert f"/agendas/perso-{here.secretary.pk}/" in page
    assert f"perso-{here.mayor.pk}" not in page


def test_the_address_known_by_everybody_leads_to_the_first_place(dav, here):
    for name in ("caldav", "carddav"):
        response = dav.ask("PROPFIND", "", root=f"/.well-known/{name}")
        assert response.status_code == 301
        assert response["Location"] == f"/dav/agenda/{here.body.pk}/agendas/"


def test_an_event_is_written_read_changed_and_removed(dav, here):
    made = dav.put("mairie", "un.ics", event())
    assert made.status_code == 201
    got = dav.get("mairie", "un.ics")
    assert b"SUMMARY:Permanence" in got.content
    assert got["ETag"] == made["ETag"]
    stale = dav.put("mairie", "un.ics", event(title="Autre"), **{"If-Match": '"ancien"'})
    assert stale.status_code == 412
    assert dav.put("mairie", "un.ics", event(title="Autre"), **{"If-Match": got["ETag"]}).status_code == 204
    assert dav.ask("DELETE", "agendas/mairie/un.ics").status_code == 200
    assert dav.get("mairie", "un.ics").status_code == 404


def test_the_journal_says_that_it_changed_and_never_what(dav, here):
    dav.put("mairie", "un.ics", event(title="Rendez-vous de Mme Secret"))
    dav.put(f"perso-{here.secretary.pk}", "deux.ics", event("deux"))
    lines = list(Entry.objects.filter(verb="calendar.event_written"))
    assert len(lines) == 1
    assert lines[0].object_id == str(here.calendar().pk)
    assert "Secret" not in str(lines[0].facts)


def test_a_person_reads_what_is_given_to_them_and_writes_only_if_they_may(client, here):
    client.is_demanding = False
    share_calendar(
        here.calendar("conseil"), roles={Role.MAYOR: True, Role.SECRETARY: False}, people={}, by=here.mayor, at=f.NOW
    )
    secretary = Dav(client, here, here.secretary)
    assert secretary.propfind("agendas/conseil/").status_code == 207
    assert secretary.put("conseil", "un.ics", event()).status_code == 403
    share_calendar(here.calendar("conseil"), roles={Role.MAYOR: True}, people={}, by=here.mayor, at=f.NOW)
    assert secretary.propfind("agendas/conseil/").status_code == 403
    with pytest.raises(Refused, match="Plus personne n’écrirait"):
        share_calendar(here.calendar("conseil"), roles={Role.MAYOR: False}, people={}, by=here.mayor, at=f.NOW)
    share_calendar(here.calendar("conseil"), roles={}, people={here.secretary.pk: True}, by=here.mayor, at=f.NOW)
    assert secretary.put("conseil", "un.ics", event()).status_code == 201


@pytest.mark.slow
def test_the_personal_calendar_of_another_is_closed(client, here):
    client.is_demanding = False
    mayor = Dav(client, here, here.mayor)
    assert mayor.put(f"perso-{here.mayor.pk}", "un.ics", event()).status_code == 201
    secretary = Dav(client, here, here.secretary)
    for method in ("PROPFIND", "GET", "REPORT", "DELETE", "PROPPATCH"):
        assert secretary.ask(method, f"agendas/perso-{here.mayor.pk}/").status_code in (403, 400), method
        assert secretary.ask(method, f"agendas/perso-{here.mayor.pk}/un.ics").status_code in (403, 404, 405), method
    assert secretary.put(f"perso-{here.mayor.pk}", "un.ics", event(title="X")).status_code == 403
    assert "SUMMARY:Permanence" in store().read(here.body.pk, f"perso-{here.mayor.pk}")[0].text


@pytest.mark.parametrize(
    "method", ["PROPFIND", "GET", "PUT", "DELETE", "REPORT", "MKCALENDAR", "MKCOL", "PROPPATCH", "MOVE"]
)
@pytest.mark.slow
def test_nothing_of_another_commune_is_ever_reached(dav, there, method):
    with store().writing(there.body.pk) as writer:
        writer.put("mairie", "un.ics", event(), etag=None)
    before = store().read(there.body.pk, "mairie")
    for path in ("", "agendas/", "agendas/mairie/", "agendas/mairie/un.ics", "agendas/contacts/", "agendas/neuf/"):
        response = dav.ask(method, path, event(title="X"), root=f"/dav/agenda/{there.body.pk}/")
        assert response.status_code == 403, path
        assert "Permanence" not in response.content.decode()
    assert store().read(there.body.pk, "mairie") == before


@pytest.mark.slow
def test_dots_lead_nowhere_else(dav, there):
    with store().writing(there.body.pk) as writer:
        writer.put("mairie", "un.ics", event(title="Chez eux"), etag=None)
    for path in (
        f"../{there.body.pk}/agendas/mairie/un.ics",
        f"agendas/../../{there.body.pk}/agendas/mairie/un.ics",
        f"agendas/mairie/..%2f..%2f..%2f{there.body.pk}/collection-root/agendas/mairie/un.ics",
        "agendas/mairie/../../../../../../../etc/passwd",
    ):
        for method in ("GET", "PUT", "DELETE"):
            response = dav.ask(method, path, event())
            assert response.status_code >= 400, (method, path)
            assert "Chez eux" not in response.content.decode()
    assert len(store().read(there.body.pk, "mairie")) == 1


def test_an_event_is_not_moved_to_another_commune(dav, there):
    dav.put("mairie", "un.ics", event())
    to = f"http://testserver/dav/agenda/{there.body.pk}/agendas/mairie/un.ics"
    assert dav.ask("MOVE", "agendas/mairie/un.ics", Destination=to, Host="testserver").status_code >= 400
    assert store().read(there.body.pk, "mairie") == []
    assert len(store().read(dav.place.body.pk, "mairie")) == 1


def test_who_serves_two_communes_has_two_places_and_no_bridge(client, here, there):
    client.is_demanding = False
    both = here.secretary
    both.memberships.create(role=Role.SECRETARY, beneficiary=there.body)
    make_so(there.body)
    for place in (here, there):
        one = Dav(client, place, both)
        assert one.put("mairie", f"{place.body.pk}.ics", event(f"u{place.body.pk}")).status_code == 201
    assert [one.href for one in store().read(here.body.pk, "mairie")] == [f"{here.body.pk}.ics"]
    assert [one.href for one in store().read(there.body.pk, "mairie")] == [f"{there.body.pk}.ics"]


def test_a_role_that_ended_opens_nothing_any_more(dav, here, time_machine):
    assert dav.propfind("agendas/").status_code == 207
    here.secretary.memberships.update(ends_on=f.TODAY)
    assert dav.propfind("agendas/").status_code == 207
    time_machine.move_to(f.NOW.replace(day=f.NOW.day + 1))
    assert dav.propfind("agendas/").status_code == 403


def test_a_helper_reaches_the_mairie_and_nobody_in_particular(client, here):
    client.is_demanding = False
    cdg = f.operator("cdg59", "Centre de gestion", 7)
    advisor = f.member(Role.CDG_ADVISOR, cdg)
    helper = Dav(client, here, advisor)
    assert helper.propfind("agendas/").status_code == 403
    from socle.people.models import HelpAccess

    HelpAccess.objects.create(
        beneficiary=here.body, operator=cdg, motive="Congé", starts_on=f.TODAY, ends_on=f.TODAY,
        opened_by=here.mayor, opened_at=f.NOW,
    )  # fmt: skip
    page = helper.propfind("agendas/").content.decode()
    assert "/agendas/mairie/" in page
    assert "perso-" not in page
    assert helper.put("mairie", "un.ics", event()).status_code == 201
    assert Entry.objects.get(verb="calendar.event_written").facts["helper"] == "cdg59"
    assert helper.ask("MKCALENDAR", "agendas/a-moi/").status_code == 403


def test_suspended_everything_is_closed_and_comes_back(dav, here):
    dav.put("mairie", "un.ics", event())
    make_so(here.body, is_present=False)
    closed = dav.get("mairie", "un.ics")
    assert closed.status_code == 403
    assert "rien n’est effacé" in closed.content.decode()
    make_so(here.body)
    assert dav.get("mairie", "un.ics").status_code == 200


# --- One's own -------------------------------------------------------------------------------------------------------
def test_a_person_makes_a_calendar_of_their_own_and_removes_it(dav, here):
    assert dav.ask("MKCALENDAR", "agendas/jardin/").status_code == 201
    with scope(beneficiary=here.body):
        made = Calendar.objects.get(slug="jardin")
    assert (made.owner, made.kind) == (here.secretary, "personal")
    assert dav.put("jardin", "un.ics", event()).status_code == 201
    assert dav.ask("DELETE", "agendas/jardin/").status_code == 200
    with scope(beneficiary=here.body):
        assert not Calendar.objects.filter(slug="jardin").exists()


@pytest.mark.parametrize("slug", ["mairie", "conseil", "contacts"])
def test_nobody_removes_what_is_the_mairies(dav, here, slug):
    assert dav.ask("DELETE", f"agendas/{slug}/").status_code == 403
    assert store().has(here.body.pk, slug)


def test_a_whole_calendar_is_not_replaced_at_once(dav, here):
    dav.put("mairie", "un.ics", event())
    assert dav.ask("PUT", "agendas/mairie/", event("deux")).status_code == 403
    assert [one.href for one in store().read(here.body.pk, "mairie")] == ["un.ics"]
    assert dav.ask("PUT", "agendas/neuf/", event("deux")).status_code == 403
    assert not store().has(here.body.pk, "neuf")


@pytest.mark.slow
@pytest.mark.both
def test_one_does_not_make_calendars_without_end(dav, here):
    answers = [dav.ask("MKCALENDAR", f"agendas/n{index}/").status_code for index in range(22)]
    assert answers.count(201) == 19
    assert answers[-1] == 403


def test_an_address_book_is_shared_by_the_mairie(client, here):
    client.is_demanding = False
    secretary, mayor = Dav(client, here, here.secretary), Dav(client, here, here.mayor)
    assert secretary.put("contacts", "c1.vcf", CARD, content_type="text/vcard").status_code == 201
    assert b"Dominique" in mayor.get("contacts", "c1.vcf").content
    with scopes_disabled():
        assert AddressBook.objects.count() == 1


# --- Hostile ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("body", "status"),
    [
        (event(more="RRULE:FREQ=DAILY;COUNT=1000000"), (400, 403)),
        (event(more="RRULE:FREQ=SECONDLY"), (403,)),
        (event(more="RRULE:FREQ=SECONDLY;UNTIL=20991231T000000Z"), (400, 403)),
        (event(title="x" * 10_000_000), (413,)),
        (event(title="x" * 700_000), (403,)),
        (event().replace("TZOFFSETTO:+0100", "TZOFFSETTO:quatre"), (201, 400, 403)),
        (event().replace("END:VEVENT", ""), (400, 403)),
        ("BEGIN:VCALENDAR\r\n" * 2000, (400, 403)),
        ("\x00\x01\x02", (400, 403)),
        ("", (400, 403)),
        (event(start="20261399T990000"), (400, 403)),
    ],
)
def test_what_would_cost_the_others_is_refused_and_they_are_served(dav, here, body, status):
    assert dav.put("mairie", "mal.ics", body).status_code in status
    assert dav.put("mairie", "bien.ics", event("bien")).status_code == 201
    assert dav.propfind("agendas/mairie/").status_code == 207


def test_an_event_too_heavy_is_refused_before_it_is_read(dav, monkeypatch):
    monkeypatch.setattr(reading, "HEAVIEST", 2_000)
    # Folded at each letter, it is no heavier.
    assert dav.put("mairie", "un.ics", event(title="\r\n ".join("x" * 1_000))).status_code == 201
    monkeypatch.setattr(radicale.item, "read_components", None)
    answer = dav.put("mairie", "deux.ics", event("deux", title="x" * 2_000))
    assert (answer.status_code, "trop lourd" in answer.content.decode()) == (403, True)


def test_the_same_name_twice_is_refused(dav):
    assert dav.put("mairie", "un.ics", event("un")).status_code == 201
    assert dav.put("mairie", "deux.ics", event("un")).status_code == 409


def test_an_entity_that_grows_is_not_followed(dav):
    entities = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    bomb = entities + '<propfind xmlns="DAV:"><prop>&b;</prop></propfind>'
    for method in ("PROPFIND", "PROPPATCH", "REPORT", "MKCALENDAR"):
        answer = dav.ask(method, "agendas/mairie/", bomb, Depth="0", content_type="text/xml")
        assert (answer.status_code, "XML" in answer.content.decode()) == (400, True), method


@pytest.mark.parametrize("method", ["PROPFIND", "PROPPATCH", "REPORT", "MKCALENDAR", "MKCOL"])
@pytest.mark.parametrize("depth", [48, 49, 1_000, 10_000])
def test_a_request_nested_without_end_is_refused_before_anything_reads_it(dav, method, depth):
    root = {"PROPFIND": "propfind", "PROPPATCH": "propertyupdate", "REPORT": "calendar-query"}.get(method, "mkcol")
    body = f'<{root} xmlns="DAV:">' + "<prop>" * depth + "<a/>" + "</prop>" * depth + f"</{root}>"
    answer = dav.ask(method, "agendas/mairie/", body, Depth="0", content_type="text/xml")
    assert (answer.status_code == 400 and "imbriquée" in answer.content.decode()) == (depth > 48)
    assert dav.propfind("agendas/mairie/").status_code == 207


@pytest.mark.parametrize(
    ("method", "length", "status"),
    [
        *((method, 256 * 1024, {400}) for method in ("PROPFIND", "PROPPATCH", "MKCALENDAR", "MKCOL")),
        *((method, 256 * 1024 + 1, {413}) for method in ("PROPFIND", "PROPPATCH", "MKCALENDAR", "MKCOL")),
        ("REPORT", 1024 * 1024, {400}),
        ("REPORT", 1024 * 1024 + 1, {413}),
    ],
)
def test_a_request_too_heavy_is_refused_by_its_length(dav, method, length, status):
    body = "<a>" + "x" * (length - 3)
    assert dav.ask(method, "agendas/mairie/", body, Depth="0", content_type="text/xml").status_code in status


@pytest.mark.parametrize("charset", ["utf-7", "utf-16", "inconnu"])
def test_what_is_looked_at_is_what_is_read(dav, charset):
    """Written in another alphabet, what is nested looks like a few words."""
    body = '<propfind xmlns="DAV:">' + "<prop>" * 1_000 + "</prop>" * 1_000 + "</propfind>"
    hidden = body.encode("utf-7" if charset == "utf-7" else "utf-16")
    answer = dav.client.generic(
        "PROPFIND", f"{dav.root}agendas/", hidden, content_type=f"text/xml; charset={charset}",
        headers={"Authorization": basic(dav.person.email, dav.secret), "Depth": "0"},
    )  # fmt: skip
    assert answer.status_code == 400


MULTIGET = (
    '<C:calendar-multiget xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">'
    "<prop><getetag/><C:calendar-data/></prop>{hrefs}</C:calendar-multiget>"
)


def multiget(dav, count):
    hrefs = "".join(f"<href>{dav.root}agendas/mairie/evenement-{rank:06}.ics</href>" for rank in range(count))
    return dav.ask("REPORT", "agendas/mairie/", MULTIGET.format(hrefs=hrefs), Depth="1", content_type="text/xml")


@pytest.mark.slow
def test_three_thousand_events_are_asked_for_at_once(dav, here):
    for rank in range(3):
        assert dav.put("mairie", f"evenement-{rank:06}.ics", event(f"e{rank}")).status_code == 201
    answer = multiget(dav, 3_000)
    assert answer.status_code == 207
    text = answer.content.decode()
    assert text.count("BEGIN:VEVENT") == 3
    assert text.count("<href>") == 3_000
    assert multiget(dav, 5_001).status_code == 400


# --- Venues -----------------------------------------------------------------------------------------------------------
@pytest.mark.slow
def test_a_venue_is_booked_by_a_program_and_a_clash_refused_with_a_sentence(client, here):
    client.is_demanding = False
    venue = venue_of(here)
    secretary, mayor = Dav(client, here, here.secretary), Dav(client, here, here.mayor)
    slug = venue.calendar.slug
    assert secretary.put(slug, "un.ics", event("un", title="Club")).status_code == 201
    clash = mayor.put(slug, "deux.ics", event("deux", start="20261201T143000", end="20261201T153000"))
    assert clash.status_code == 403
    assert "est déjà prise" in clash.content.decode()
    assert (
        mayor.put(slug, "trois.ics", event("trois", start="20261201T150000", end="20261201T160000")).status_code == 201
    )
    with scope(beneficiary=here.body):
        assert Booking.objects.holding().count() == 2
    # It may be moved by whoever wrote it, then given back.
    moved = secretary.put(slug, "un.ics", event("un", start="20261201T100000", end="20261201T110000"))
    assert moved.status_code == 204
    assert mayor.put(slug, "deux.ics", event("deux", start="20261201T143000", end="20261201T150000")).status_code == 201
    assert secretary.ask("DELETE", f"agendas/{slug}/un.ics").status_code == 200
    with scope(beneficiary=here.body):
        assert Booking.objects.get(href="un.ics").status == BookingStatus.CANCELLED


@pytest.mark.parametrize(
    ("more", "start", "end", "says"),
    [
        ("", "20261201T141000", "20261201T150000", "quarts d’heure"),
        ("", "20261201T060000", "20261201T070000", "entre 08"),
        ("", "20200101T100000", "20200101T110000", "déjà passée"),
        ("", "20291201T100000", "20291201T110000", "un an et demi"),
        ("RRULE:FREQ=DAILY", "20261201T140000", "20261201T150000", "une fin"),
        ("RRULE:FREQ=DAILY;COUNT=200", "20261201T140000", "20261201T150000", "60 fois"),
        ("RRULE:FREQ=YEARLY;COUNT=3", "20261201T140000", "20261201T150000", "un an et demi"),
    ],
)
def test_a_program_books_by_the_same_rules(dav, here, more, start, end, says):
    slug = venue_of(here).calendar.slug
    refused = dav.put(slug, "un.ics", event(start=start, end=end, more=more))
    assert refused.status_code == 403
    assert says in refused.content.decode()
    assert store().read(here.body.pk, slug) == []


def test_a_booking_is_not_moved_to_another_calendar(dav, here):
    slug = venue_of(here).calendar.slug
    dav.put(slug, "un.ics", event())
    to = f"http://localhost{dav.root}agendas/mairie/un.ics"
    assert dav.ask("MOVE", f"agendas/{slug}/un.ics", Destination=to, Host="localhost").status_code == 403
