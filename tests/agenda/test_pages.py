"""The pages of the agenda, the contacts and the venues, as a secretary uses them without any program."""

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django_scopes import scope

from socle.agenda.contract import store
from socle.agenda.models import Booking, BookingStatus, Venue
from socle.journal.models import Entry
from socle.mairie.audit import PAGES
from socle.people.models import User
from tests import factories as f
from tests.agenda.conftest import Dav, event, make_so, venue_of

pytestmark = pytest.mark.django_db
FORM = {"title": "Conseil municipal", "first_day": "2026-12-01", "start_time": "19:00", "rhythm": "once"}


@pytest.fixture
def secretary(client, here, settings):
    settings.DEMO = True
    User.objects.update(is_fictitious=True)
    client.force_login(here.secretary)
    return client


@pytest.fixture
def mayor(here, settings):
    from tests.client import DemandingClient

    settings.DEMO = True
    User.objects.update(is_fictitious=True)
    other = DemandingClient()
    other.force_login(here.mayor)
    return other


def soup(response):
    return BeautifulSoup(response.content, "html.parser")


def add(client, here, **fields):
    data = {**FORM, "calendar": here.calendar().pk, **fields}
    return client.post("/mairie/agenda/nouveau/", data, follow=True)


def test_before_the_service_is_there_the_page_says_so(client, agendas):
    place = f.beneficiary(f.commune("59583", "Taisnières", 700))
    from socle.people.models import Role

    person = f.member(Role.SECRETARY, place)
    client.force_login(person)
    assert "ne sont pas encore en service" in client.get("/mairie/agenda/").content.decode()
    assert 'href="/mairie/agenda/"' not in client.get("/mairie/").content.decode()


def test_suspended_the_page_says_that_nothing_is_lost(secretary, here):
    make_so(here.body, is_present=False)
    assert "rien n’est effacé" in secretary.get("/mairie/agenda/").content.decode()


@pytest.mark.slow
def test_an_empty_month_invites_to_begin(secretary, here):
    page = soup(secretary.get("/mairie/agenda/?mois=2026-12"))
    assert "Décembre 2026" in page.get_text()
    assert "Rien n’est noté" in page.get_text()


@pytest.mark.slow
def test_an_event_is_added_seen_changed_and_removed_then_put_back(secretary, here):
    page = add(secretary, here)
    assert "Conseil municipal" in soup(page).h1.get_text()
    assert "mardi 1er\u00a0décembre\u00a02026, de 19\u00a0h à 20\u00a0h" in soup(page).get_text().replace(
        "Mardi", "mardi"
    )
    (kept,) = store().read(here.body.pk, "mairie")
    month = soup(secretary.get("/mairie/agenda/?mois=2026-12"))
    assert "19\u00a0h\u00a0–\u00a020\u00a0h" in month.get_text()
    address = f"/mairie/agenda/{here.calendar().pk}/{kept.href}/"
    form = soup(secretary.get(f"{address}changer/"))
    assert form.find("input", {"name": "start_time"})["value"] == "19:00"
    data = {
        **FORM,
        "title": "Conseil reporté",
        "calendar": here.calendar().pk,
        "lu": form.find(attrs={"name": "lu"})["value"],
    }
    assert "Conseil reporté" in secretary.post(f"{address}changer/", data, follow=True).content.decode()
    removed = secretary.post(f"{address}supprimer/", follow=True)
    assert store().read(here.body.pk, "mairie") == []
    back = soup(removed).find("form", action=lambda value: value and "/retablir/" in value)["action"]
    secretary.post(back)
    assert "Conseil reporté" in store().read(here.body.pk, "mairie")[0].text


@pytest.mark.slow
def test_what_someone_changed_meanwhile_is_shown_and_nothing_is_lost(secretary, here):
    add(secretary, here)
    (kept,) = store().read(here.body.pk, "mairie")
    address = f"/mairie/agenda/{here.calendar().pk}/{kept.href}/changer/"
    read = soup(secretary.get(address)).find(attrs={"name": "lu"})["value"]
    with store().writing(here.body.pk) as writer:
        writer.put("mairie", kept.href, kept.text.replace("Conseil municipal", "Conseil avancé"), etag=kept.etag)
    data = {**FORM, "title": "Ce que j’écris", "calendar": here.calendar().pk, "lu": read}
    page = secretary.post(address, data)
    assert page.status_code == 422
    assert "Conseil avancé" in page.content.decode()
    assert "Ce que j’écris" in page.content.decode()
    # Saved again, knowing: it holds.
    data["lu"] = soup(page).find(attrs={"name": "lu"})["value"]
    assert secretary.post(address, data).status_code == 302


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"title": ""}, "nécessaire"),
        ({"first_day": "32/13/2026"}, "ne se lit pas"),
        ({"start_time": "25:99"}, "ne se lit pas"),
        ({"start_time": "", "end_time": "10:00"}, "heure de début"),
        ({"end_time": "08:00"}, "après avoir commencé"),
        ({"last_day": "2026-11-01"}, "vient après le premier"),
        ({"until": "2027-01-01"}, "à quel rythme"),
        ({"guests": "pas une adresse"}, "n’est pas une adresse"),
        ({"calendar": "999999"}, "agenda de la liste"),
        ({"first_day": "3026-12-01"}, "loin d’aujourd’hui"),
    ],
)
def test_what_is_wrong_is_said_beside_it_and_nothing_is_written(secretary, here, fields, says):
    page = add(secretary, here, **fields)
    assert page.status_code == 422
    assert says in page.content.decode()
    assert store().read(here.body.pk, "mairie") == []


@pytest.mark.slow
def test_one_time_of_a_series_is_removed_alone(secretary, here):
    add(secretary, here, rhythm="weekly")
    (kept,) = store().read(here.body.pk, "mairie")
    address = f"/mairie/agenda/{here.calendar().pk}/{kept.href}/"
    assert "Supprimer cette fois seulement" in secretary.get(f"{address}?le=2026-12-08").content.decode()
    secretary.post(f"{address}cette-fois/", {"le": "2026-12-08"})
    text = soup(secretary.get("/mairie/agenda/semaine/?jour=2026-12-08")).get_text()
    assert "Conseil municipal" not in text.split("Semaine")[-1]
    assert "Conseil municipal" in secretary.get("/mairie/agenda/semaine/?jour=2026-12-15").content.decode()


@pytest.mark.slow
def test_what_a_program_changed_of_one_time_is_shown_at_that_time_and_removed_there(secretary, here, client):
    more = "RRULE:FREQ=WEEKLY;COUNT=3\r\nLOCATION:Mairie\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:a@exemple.invalid"
    moved = (
        "BEGIN:VEVENT\r\nUID:un\r\nDTSTAMP:20261125T080000Z\r\nRECURRENCE-ID;TZID=Europe/Paris:20261208T140000\r\n"
        "DTSTART;TZID=Europe/Paris:20261210T090000\r\nDTEND;TZID=Europe/Paris:20261210T100000\r\nSUMMARY:Ailleurs\r\n"
        "LOCATION:École\r\nATTENDEE;PARTSTAT=DECLINED:mailto:a@exemple.invalid\r\nEND:VEVENT\r\n"
    )
    text = event(more=more).replace("END:VEVENT\r\n", f"END:VEVENT\r\n{moved}")
    assert Dav(secretary, here, here.secretary).put("mairie", "un.ics", text).status_code == 201
    address = f"/mairie/agenda/{here.calendar().pk}/un.ics/"
    assert "Ailleurs" in secretary.get("/mairie/agenda/semaine/?jour=2026-12-10").content.decode()
    page = soup(secretary.get(f"{address}?le=2026-12-10")).get_text().replace("\u00a0", " ")
    assert "École" in page
    assert "Jeudi 10 décembre 2026, de 9 h à 10 h" in page
    assert "ne viendra pas cette fois" in page
    other = soup(secretary.get(f"{address}?le=2026-12-15")).get_text().replace("\u00a0", " ")
    assert "a@exemple.invalid : viendra" in other
    assert "cette fois" not in other.partition("Les personnes invitées")[2].partition("Ce que vous pouvez faire")[0]
    # On a day when it does not take place, nothing of that day is offered.
    for day in ("2026-12-08", "9999-12-31", "0001-01-01"):
        assert "Supprimer cette fois" not in secretary.get(f"{address}?le={day}").content.decode()
    answer = secretary.post(f"{address}cette-fois/", {"le": "2026-12-10"}, follow=True)
    assert "reçoivent un courriel" in answer.content.decode()
    assert "Ailleurs" not in secretary.get("/mairie/agenda/semaine/?jour=2026-12-10").content.decode()
    assert "Permanence" in secretary.get("/mairie/agenda/semaine/?jour=2026-12-15").content.decode()
    assert (
        "ne se répète pas ce jour-là"
        in secretary.post(f"{address}cette-fois/", {"le": "2026-12-10"}, follow=True).content.decode()
    )


def test_an_event_written_by_a_program_and_broken_hides_no_other(secretary, here):
    add(secretary, here)
    from socle.engines.radicale.application import home_of

    (home_of(here.body.pk) / "mairie" / "mal.ics").write_text("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:demain")
    assert "Conseil municipal" in secretary.get("/mairie/agenda/?mois=2026-12").content.decode()


@pytest.mark.slow
def test_a_month_costs_the_same_queries_whatever_it_holds(secretary, here, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    secretary.get("/mairie/agenda/?mois=2026-12")
    with CaptureQueriesContext(connection) as few:
        secretary.get("/mairie/agenda/?mois=2026-12")
    with store().writing(here.body.pk) as writer:
        for index in range(40):
            writer.put("mairie", f"{index}.ics", event(f"u{index}"), etag=None)
    with django_assert_num_queries(len(few)):
        secretary.get("/mairie/agenda/?mois=2026-12")


def test_a_calendar_made_public_has_its_address(secretary, here):
    address = f"/mairie/agenda/agendas/{here.calendar().pk}/"
    secretary.post(address, {"name": "Mairie", "colour": "#2a5a85", "is_public": "on"})
    assert f"/agendas/{here.body.pk}/mairie.ics" in secretary.get(address).content.decode()
    own = here.own(here.secretary)
    assert "is_public" not in secretary.get(f"/mairie/agenda/agendas/{own.pk}/").content.decode()


def test_a_personal_calendar_is_opened_to_one_person_then_closed(secretary, mayor, here):
    own = here.own(here.secretary)
    assert mayor.get(f"/mairie/agenda/agendas/{own.pk}/").status_code == 404
    secretary.post(f"/mairie/agenda/agendas/{own.pk}/droits/", {f"person_{here.mayor.pk}": "lit"})
    assert "Mon agenda" in mayor.get("/mairie/agenda/agendas/").content.decode()
    secretary.post(f"/mairie/agenda/agendas/{own.pk}/droits/", {})
    assert mayor.get(f"/mairie/agenda/agendas/{own.pk}/").status_code == 404


def test_the_mairies_calendar_is_never_left_without_anyone_to_write(secretary, here):
    page = secretary.post(f"/mairie/agenda/agendas/{here.calendar().pk}/droits/", {}, follow=True)
    assert "Plus personne n’écrirait" in page.content.decode()


# --- Contacts --------------------------------------------------------------------------------------------------------
def contact(client, here, **fields):
    with scope(beneficiary=here.body):
        book = here.reach(here.secretary).books["contacts"]
    data = {"first_name": "Léa", "last_name": "Exemple", "phone": "03 20 12 34 56", "book": book.pk, **fields}
    return client.post("/mairie/contacts/nouveau/", data, follow=True)


@pytest.mark.slow
def test_contacts_are_added_found_changed_and_removed(secretary, here):
    assert "Le carnet est vide" in secretary.get("/mairie/contacts/").content.decode()
    contact(secretary, here)
    for words in ("exemple", "LEA", "031", "3456"):
        found = secretary.get("/mairie/contacts/", {"q": words}).content.decode()
        assert ("Léa Exemple" in found) == (words != "031"), words
    (kept,) = store().read(here.body.pk, "contacts")
    book = here.reach(here.secretary).books["contacts"]
    address = f"/mairie/contacts/{book.pk}/{kept.href}/"
    form = soup(secretary.get(f"{address}changer/"))
    read = form.find(attrs={"name": "lu"})["value"]
    secretary.post(f"{address}changer/", {"last_name": "Autre", "book": book.pk, "lu": read})
    assert "Autre" in secretary.get(address).content.decode()
    removed = secretary.post(f"{address}supprimer/", follow=True)
    assert "Rétablir" in removed.content.decode()


def test_a_contact_without_a_name_is_refused(secretary, here):
    page = contact(secretary, here, first_name="", last_name="")
    assert page.status_code == 422
    assert "au moins un nom" in page.content.decode()


def test_a_file_is_brought_in_and_taken_out(secretary, here):
    card = b"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:x1\r\nFN:Sam Exemple\r\nN:Exemple;Sam;;;\r\nEND:VCARD\r\n"
    page = secretary.post("/mairie/contacts/apporter/", {"file": SimpleUploadedFile("c.vcf", card)}, follow=True)
    assert "Contacts ajoutés\u00a0: 1" in page.content.decode()
    wrong = secretary.post("/mairie/contacts/apporter/", {"file": SimpleUploadedFile("c.vcf", b"rien")})
    assert wrong.status_code == 422
    out = secretary.get("/mairie/contacts.vcf")
    assert b"Sam Exemple" in out.content
    assert out["Content-Type"].startswith("text/vcard")


# --- Venues -----------------------------------------------------------------------------------------------------------
VENUE = {"name": "Salle des fêtes", "opens_at": "08:00", "closes_at": "23:00", "notice_hours": "0", "approver": ""}


@pytest.mark.slow
def test_a_venue_is_made_booked_and_given_back(secretary, here):
    assert "Aucune salle" in secretary.get("/mairie/salles/").content.decode()
    secretary.post("/mairie/salles/nouvelle/", VENUE)
    with scope(beneficiary=here.body):
        venue = Venue.objects.get()
    booking = {"purpose": "Loto", "on": "2026-12-01", "start_time": "14:00", "end_time": "18:00", "rhythm": "once"}
    page = secretary.post(f"/mairie/salles/{venue.pk}/reserver/", booking, follow=True)
    assert "est réservée" in page.content.decode()
    clash = secretary.post(f"/mairie/salles/{venue.pk}/reserver/", {**booking, "purpose": "Bal"})
    assert clash.status_code == 422
    assert "déjà prise le 1er" in clash.content.decode()
    with scope(beneficiary=here.body):
        made = Booking.objects.get()
    secretary.post(f"/mairie/salles/reservations/{made.pk}/annuler/")
    with scope(beneficiary=here.body):
        assert Booking.objects.get().status == BookingStatus.CANCELLED


def test_what_was_kept_of_a_venue_under_another_name_still_shows(secretary, here):
    venue = venue_of(here)
    made = Entry.objects.get(verb="room.made")
    about = {"object_id": str(venue.pk), "beneficiary_ref": str(here.body.pk), "by_ref": made.by_ref, "at": f.NOW}
    # As 0.2.0 wrote it.
    old = Entry.objects.create(verb="room.changed", object_type="agenda.room", **about)
    assert set(Entry.objects.about(venue)) == {made, old}
    page = secretary.get("/mairie/journal/").content.decode()
    assert "Salle ajoutée" in page
    assert "Salle changée" in page
    # As the readings of a helper name the pages of then.
    assert PAGES["room_edit"] == "Réglages d’une salle"


@pytest.mark.slow
def test_whoever_accepts_sees_what_waits(secretary, mayor, here):
    venue = venue_of(here, approver="mayor")
    booking = {"purpose": "Loto", "on": "2026-12-01", "start_time": "14:00", "end_time": "18:00", "rhythm": "once"}
    page = secretary.post(f"/mairie/salles/{venue.pk}/reserver/", booking, follow=True)
    assert "gardées jusqu’à la réponse" in page.content.decode()
    assert "À accepter" not in soup(secretary.get("/mairie/salles/")).get_text()
    assert "À accepter" in soup(mayor.get("/mairie/salles/")).get_text()
    with scope(beneficiary=here.body):
        made = Booking.objects.get()
    mayor.post(f"/mairie/salles/reservations/{made.pk}/accepter/")
    with scope(beneficiary=here.body):
        assert Booking.objects.get().status == BookingStatus.CONFIRMED


# --- Another's -------------------------------------------------------------------------------------------------------
@pytest.mark.slow
def test_nothing_of_another_commune_is_seen_or_touched(secretary, here, there):
    with store().writing(there.body.pk) as writer:
        writer.put("mairie", "un.ics", event(title="Chez eux"), etag=None)
    venue = venue_of(there)
    calendar, book = there.calendar(), there.reach(there.secretary).books["contacts"]
    before = store().read(there.body.pk, "mairie")
    for path in (
        f"agenda/{calendar.pk}/un.ics/", f"agenda/{calendar.pk}/un.ics/changer/", f"agenda/agendas/{calendar.pk}/",
        f"contacts/{book.pk}/un.vcf/",
        f"salles/{venue.pk}/", f"salles/{venue.pk}/reserver/", f"salles/{venue.pk}/regler/",
    ):  # fmt: skip
        assert secretary.get(f"/mairie/{path}").status_code == 404, path
    for path in (
        f"agenda/{calendar.pk}/un.ics/supprimer/", f"agenda/{calendar.pk}/un.ics/cette-fois/",
        f"agenda/agendas/{calendar.pk}/droits/", f"contacts/{book.pk}/un.vcf/supprimer/",
    ):  # fmt: skip
        assert secretary.post(f"/mairie/{path}", {}).status_code == 404, path
    assert "Chez eux" not in secretary.get("/mairie/agenda/?mois=2026-12").content.decode()
    assert store().read(there.body.pk, "mairie") == before


@pytest.mark.slow
def test_each_day_of_a_week_leads_to_a_form_of_that_day(secretary, here):
    venue = venue_of(here)
    for path, to in (
        ("agenda/semaine/?jour=2026-12-03", "/mairie/agenda/nouveau/?jour=2026-12-03"),
        (f"salles/{venue.pk}/?jour=2026-12-03", f"/mairie/salles/{venue.pk}/reserver/?jour=2026-12-03"),
    ):
        links = [a["href"] for a in soup(secretary.get(f"/mairie/{path}")).select("main a[href]")]
        assert to in links
        assert b'value="2026-12-03"' in secretary.get(to).content
