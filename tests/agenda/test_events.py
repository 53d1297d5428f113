"""Events and contacts written in our pages: seen by programs, never lost, put back, and told to whoever is invited."""

from datetime import date
from datetime import time as hour

import pytest
from django.core import mail
from django_scopes import scope

from socle.agenda import cards, erasure, events, guests, handover, offboarding, public, rules
from socle.agenda.actions import open_agenda, set_calendar, suspend_agenda
from socle.agenda.cards import Card
from socle.agenda.contract import store
from socle.agenda.models import Calendar, RemovedItem
from socle.agenda.writing import Rhythm, Wanted
from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.people.models import User
from tests import factories as f
from tests.agenda.conftest import Dav, event

pytestmark = pytest.mark.django_db


def wanted(**fields):
    given = {"title": "Commission travaux", "first_day": date(2026, 12, 1), "last_day": date(2026, 12, 1)}
    return Wanted(**{**given, "start_time": hour(14), "end_time": hour(15), **fields})


def test_what_a_page_writes_a_program_reads_at_once_and_the_other_way_round(client, here):
    client.is_demanding = False
    kept = events.write_event(here.calendar(), wanted(), by=here.secretary, at=f.NOW)
    dav = Dav(client, here, here.mayor)
    got = dav.get("mairie", kept.href)
    assert got["ETag"] == kept.etag
    assert "SUMMARY:Commission travaux" in got.content.decode()
    dav.put("mairie", "deux.ics", event("deux"))
    assert events.find(here.calendar(), "deux.ics") is not None


def test_two_who_change_the_same_never_lose_one_another(here):
    kept = events.write_event(here.calendar(), wanted(), by=here.secretary, at=f.NOW)
    events.change_event(here.calendar(), kept.href, wanted(title="A"), etag=kept.etag, by=here.mayor, at=f.NOW)
    with pytest.raises(events.Meanwhile):
        events.change_event(here.calendar(), kept.href, wanted(title="B"), etag=kept.etag, by=here.secretary, at=f.NOW)
    assert "SUMMARY:A" in events.find(here.calendar(), kept.href).text


def test_what_is_removed_is_put_back_as_it_was(here):
    kept = events.write_event(here.calendar(), wanted(), by=here.secretary, at=f.NOW)
    removed = events.remove_event(here.calendar(), kept.href, etag=kept.etag, by=here.secretary, at=f.NOW)
    assert events.find(here.calendar(), kept.href) is None
    with scope(beneficiary=here.body):
        removed = RemovedItem.objects.select_related("calendar__beneficiary", "address_book").get(pk=removed.pk)
        events.restore(removed, by=here.secretary, at=f.NOW)
        assert events.find(here.calendar(), kept.href).text == kept.text
        with pytest.raises(Refused, match="déjà rétabli"):
            events.restore(removed, by=here.secretary, at=f.NOW)


def test_nobody_writes_in_the_calendar_of_another_commune(here, there):
    with pytest.raises(Refused):
        events.write_event(there.calendar(), wanted(), by=here.secretary, at=f.NOW)


def test_one_time_of_a_series_is_taken_out(here):
    kept = events.write_event(here.calendar(), wanted(rhythm=Rhythm.WEEKLY), by=here.secretary, at=f.NOW)
    day = date(2026, 12, 8)
    kept = events.skip_time(here.calendar(), kept.href, day, etag=kept.etag, by=here.secretary, at=f.NOW)
    assert "EXDATE" in kept.text
    for other in (day, date(2026, 12, 9)):
        with pytest.raises(Refused, match="ne se répète pas ce jour-là"):
            events.skip_time(here.calendar(), kept.href, other, etag=kept.etag, by=here.secretary, at=f.NOW)
    once = events.write_event(here.calendar(), wanted(), by=here.secretary, at=f.NOW)
    with pytest.raises(Refused, match="ne se répète pas ce jour-là"):
        events.skip_time(here.calendar(), once.href, date(2026, 12, 1), etag=once.etag, by=here.secretary, at=f.NOW)


# --- Guests ----------------------------------------------------------------------------------------------------------
def link(message):
    return message.body.split("/agenda/reponse/")[1].split("/")[0]


def invitations():
    return [message for message in mail.outbox if message.alternatives]


@pytest.mark.django_db(transaction=True)
class TestGuests:
    @pytest.fixture
    def invited(self, here):
        return events.write_event(here.calendar(), wanted(guests=("invite@exemple.invalid",)), by=here.mayor, at=f.NOW)

    @pytest.mark.slow
    def test_they_receive_the_event_and_a_link(self, invited):
        (message,) = mail.outbox
        assert message.to == ["invite@exemple.invalid"]
        content, kind = message.alternatives[0]
        assert kind == "text/calendar; method=REQUEST"
        assert "METHOD:REQUEST" in content
        assert "mailto:invite@exemple.invalid" in content.replace("\r\n ", "")

    @pytest.mark.slow
    def test_their_answer_is_kept_in_the_event(self, client, here, invited):
        token = link(mail.outbox[0])
        assert client.get(f"/agenda/reponse/{token}/").status_code == 200
        client.post(f"/agenda/reponse/{token}/", {"reponse": "ACCEPTED"})
        assert "PARTSTAT=ACCEPTED" in events.find(here.calendar(), invited.href).text
        page = client.get(f"/agenda/reponse/{token}/").content.decode()
        assert "Vous avez répondu que vous venez" in page

    @pytest.mark.slow
    def test_a_link_that_was_forged_opens_nothing(self, client, invited):
        assert client.get("/agenda/reponse/WyJ4Il0:abc:def/").status_code == 404
        assert client.get(f"/agenda/reponse/{link(mail.outbox[0])}x/").status_code == 404

    @pytest.mark.slow
    def test_a_change_of_hour_is_told_and_a_removal_cancels(self, here, invited):
        later = wanted(start_time=hour(16), end_time=hour(17), guests=("invite@exemple.invalid",))
        kept = events.change_event(here.calendar(), invited.href, later, etag=invited.etag, by=here.mayor, at=f.NOW)
        assert len(mail.outbox) == 2
        events.remove_event(here.calendar(), kept.href, etag=kept.etag, by=here.mayor, at=f.NOW)
        assert "METHOD:CANCEL" in mail.outbox[2].alternatives[0][0]

    @pytest.mark.slow
    def test_a_new_guest_alone_is_told_when_nothing_else_changes(self, here, invited):
        more = wanted(guests=("invite@exemple.invalid", "autre@exemple.invalid"))
        events.change_event(here.calendar(), invited.href, more, etag=invited.etag, by=here.mayor, at=f.NOW)
        assert [message.to for message in mail.outbox[1:]] == [["autre@exemple.invalid"]]

    @pytest.mark.slow
    def test_the_link_of_a_removed_guest_opens_nothing_any_more(self, here, invited):
        token = link(mail.outbox[0])
        events.change_event(here.calendar(), invited.href, wanted(), etag=invited.etag, by=here.mayor, at=f.NOW)
        assert guests.invited(token, at=f.NOW) is None

    @pytest.mark.slow
    def test_those_of_an_event_that_a_program_wrote_are_told_from_the_page_once(self, client, here):
        """Nothing leaves by itself: the server does not say that it invites, and programs that do would tell twice."""
        client.is_demanding = False
        dav = Dav(client, here, here.secretary)
        assert "calendar-access" in (announced := dav.ask("OPTIONS", "agendas/mairie/")["DAV"])
        assert "schedule" not in announced
        more = "ORGANIZER:mailto:chef@exemple.invalid\r\nATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:invite@exemple.invalid"
        assert dav.put("mairie", "un.ics", event(more=more)).status_code == 201
        assert invitations() == []
        client.force_login(here.secretary)
        page = f"/mairie/agenda/{here.calendar().pk}/un.ics/"
        for _ in range(2):
            shown = client.get(page).content.decode()
            assert "d’ici, rien n’est parti" in shown
            assert "Les prévenir d’ici" in shown
        kept = events.find(here.calendar(), "un.ics")
        for version, says in (("autre", "Quelqu’un a changé cet élément"), (kept.etag, "reçoivent un courriel")):
            assert says in client.post(f"{page}inviter/", {"version": version}, follow=True).content.decode()
        (message,) = invitations()
        assert message.to == ["invite@exemple.invalid"]
        assert "METHOD:REQUEST" in message.alternatives[0][0]
        assert "SEQUENCE:1" in message.alternatives[0][0]
        assert "rien n’est parti" not in client.get(page).content.decode()
        assert "déjà averties d’ici" in client.post(f"{page}inviter/", follow=True).content.decode()
        # The program writes it again, at another hour: it is its turn once more, and the page says so.
        put = dav.put("mairie", "un.ics", event(start="20261201T160000", end="20261201T170000", more=more))
        assert put.status_code == 204
        assert "d’ici, rien n’est parti" in client.get(page).content.decode()
        assert len(invitations()) == 1

    @pytest.mark.slow
    def test_who_saves_on_the_page_what_a_program_wrote_tells_all_its_guests(self, client, here):
        """Though nothing that they read of it changed: the page says that they receive a message."""
        more = "ATTENDEE:mailto:invite@exemple.invalid"
        assert Dav(client, here, here.secretary).put("mairie", "un.ics", event(more=more)).status_code == 201
        kept = events.find(here.calendar(), "un.ics")
        same = wanted(title="Permanence", end_time=hour(15), guests=("invite@exemple.invalid",))
        events.change_event(here.calendar(), "un.ics", same, etag=kept.etag, by=here.mayor, at=f.NOW)
        assert [message.to for message in invitations()] == [["invite@exemple.invalid"]]


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({}, None),
        ({"guests": 0}, "Personne n’est invité"),
        ({"is_ours": True}, "déjà averties d’ici"),
        ({"is_over": True}, "est passé"),
        ({"by": "mayor of another"}, "sans pouvoir y écrire"),
    ],
)
def test_when_the_guests_of_a_program_are_told_from_here(changed, says, here, there):
    reach = there.reach(there.mayor) if changed.pop("by", "") else here.reach(here.mayor)
    facts = {"guests": 1, "is_ours": False, "is_over": False, **changed}
    calendar = here.own(here.mayor)
    said = rules.why_not_invite(calendar, reach=reach, **facts)
    assert said is None if says is None else says in said


# --- What everybody reads --------------------------------------------------------------------------------------------
def publish(place):
    calendar = place.calendar()
    with scope(beneficiary=place.body):
        return set_calendar(calendar, name="Mairie", colour="#1d6a65", is_public=True, by=place.mayor, at=f.NOW)


def test_a_calendar_of_ones_own_is_renamed_and_never_public(here):
    own, wanted_name = here.own(here.mayor), "Rendez-vous du maire"
    with scope(beneficiary=here.body):
        set_calendar(own, name=wanted_name, colour="#1d6a65", is_public=False, by=here.mayor, at=f.NOW)
        assert here.own(here.mayor).name == wanted_name
        with pytest.raises(Refused, match="ne se publie pas"):
            set_calendar(own, name=wanted_name, colour="#1d6a65", is_public=True, by=here.mayor, at=f.NOW)


def test_a_public_calendar_hides_who_is_invited_and_what_is_private(client, here):
    events.write_event(here.calendar(), wanted(guests=("invite@exemple.invalid",)), by=here.mayor, at=f.NOW)
    events.write_event(here.calendar(), wanted(title="Entretien", is_private=True), by=here.mayor, at=f.NOW)
    address = f"/agendas/{here.body.pk}/mairie.ics"
    client.is_demanding = False
    assert client.get(address).status_code == 404
    publish(here)
    text = client.get(address).content.decode()
    assert "Commission travaux" in text
    assert "BEGIN:VTIMEZONE" in text
    assert "invite@" not in text
    assert "Entretien" not in text
    assert Entry.objects.filter(verb="calendar.public_changed").exists()


@pytest.mark.parametrize("slug", ["conseil", "contacts", "perso"])
def test_what_is_not_public_is_not_there(client, here, slug):
    client.is_demanding = False
    publish(here)
    slug = f"perso-{here.mayor.pk}" if slug == "perso" else slug
    assert client.get(f"/agendas/{here.body.pk}/{slug}.ics").status_code == 404


def test_the_site_is_told_of_what_becomes_of_a_public_calendar_and_of_no_other(here):
    read: set[int] = set()

    def told() -> list[str]:
        lines = Entry.objects.filter(verb="calendar.public_changed").exclude(pk__in=read)
        found = dict(lines.order_by("pk").values_list("pk", "object_id"))
        read.update(found)
        return list(found.values())

    kept = events.write_event(here.calendar(), wanted(), by=here.secretary, at=f.NOW)
    assert told() == []
    publish(here)
    shown = [str(here.calendar().pk)]
    assert told() == shown
    events.write_event(here.calendar("conseil"), wanted(), by=here.secretary, at=f.NOW)
    assert told() == []
    changed = events.change_event(
        here.calendar(), kept.href, wanted(title="A"), etag=kept.etag, by=here.mayor, at=f.NOW
    )
    assert told() == shown
    events.remove_event(here.calendar(), kept.href, etag=changed.etag, by=here.secretary, at=f.NOW)
    assert told() == shown
    for _ in range(2):
        suspend_agenda(here.body, by=here.secretary, at=f.NOW)
    assert told() == shown
    for _ in range(2):
        open_agenda(here.body, by=here.secretary, at=f.NOW)
    assert told() == shown


def test_suspended_it_is_not_public_any_more(here):
    from tests.agenda.conftest import make_so

    publish(here)
    make_so(here.body, is_present=False)
    assert public.public_calendars(here.body) == []


# --- Contacts --------------------------------------------------------------------------------------------------------
def book_of(place):
    return place.reach(place.secretary).books["contacts"]


def test_a_card_is_written_read_and_written_again_without_losing_the_rest(here):
    card = Card(first_name="Dominique", last_name="Exemple", email="d@exemple.invalid", phone="03 20 00 00 00")
    kept = events.write_card(book_of(here), None, cards.write(card), etag=None, by=here.secretary, at=f.NOW)
    more = kept.text.replace("END:VCARD", "BDAY:1970-01-01\r\nX-JARDIN:oui\r\nEND:VCARD")
    again = cards.write(Card(first_name="Dominique", last_name="Autre"), before=more)
    assert "X-JARDIN" in again
    assert "BDAY" in again
    assert "d@exemple.invalid" not in again
    assert cards.read(again).name == "Dominique Autre"


@pytest.mark.slow
def test_a_file_brought_twice_doubles_nobody(here):
    content = "".join(
        f"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u{index}\r\nFN:Nom {index}\r\nN:{index};Nom;;;\r\nEND:VCARD\r\n"
        for index in range(20)
    ).encode()
    for expected in ((20, 0), (0, 20)):
        found = cards.split(content)
        assert events.import_cards(book_of(here), found, by=here.secretary, at=f.NOW) == expected
    assert len(store().read(here.body.pk, "contacts")) == 20


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\xff\xfe", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", b"nom;prenom\r\n", b"BEGIN:VCARD\r\n" * 500,
     b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:x\r\nPHOTO:" + b"A" * 5_000_000],
)  # fmt: skip
def test_what_is_no_file_of_contacts_is_refused_with_a_sentence(content):
    with pytest.raises(Refused):
        cards.split(content)


def test_an_old_card_of_outlook_is_read():
    old = (
        b"BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Ex=C3=A9mple;L=C3=A9a;;;\r\n"
        b"FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:L=C3=A9a Ex=C3=A9mple\r\nTEL;CELL:0600000000\r\nEND:VCARD\r\n"
    )
    ((_, text),) = cards.split(old)
    card = cards.read(text)
    assert (card.first_name, card.mobile) == ("Léa", "0600000000")


# --- Leaving, forgetting, handing over -------------------------------------------------------------------------------
def test_whoever_leaves_gives_their_calendar_to_whoever_takes_over(here):
    membership = here.secretary.memberships.get()
    assert offboarding.calendars(membership, f.TODAY) == ["Mon agenda"]
    assert offboarding.pass_calendars(membership, to=here.mayor, by=here.mayor, at=f.NOW) == 1
    assert here.calendar(f"perso-{here.secretary.pk}").owner == here.mayor


def test_forgetting_a_person_erases_their_calendar_and_its_files(here, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        assert erasure.erase_own(here.secretary, here.secretary.email) >= 1
    assert not store().has(here.body.pk, f"perso-{here.secretary.pk}")
    with scope(beneficiary=here.body):
        assert not Calendar.objects.filter(owner=here.secretary).exists()


def test_what_was_removed_long_ago_is_let_go(here):
    kept = events.write_event(here.calendar(), wanted(), by=here.secretary, at=f.NOW)
    events.remove_event(here.calendar(), kept.href, etag=None, by=here.secretary, at=f.NOW)
    system = User.objects.system()
    later = f.NOW.replace(year=f.NOW.year + 1)
    assert erasure.erase_removed(later, by=system, at=later, is_dry=True) == 1
    assert erasure.erase_removed(later, by=system, at=later, is_dry=False) == 1


class Shelf:
    """What a writer of an archive is handed."""

    def __init__(self):
        self.files, self.notes = {}, []

    def add(self, path, content, *, at=None):
        self.files[path] = content
        return path

    def note(self, sentence):
        self.notes.append(sentence)

    def table(self, path, header, rows):
        self.files[path] = list(rows)
        return path


def test_everything_is_handed_over_and_nothing_of_another(here, there):
    events.write_event(here.calendar(), wanted(), by=here.secretary, at=f.NOW)
    events.write_event(there.calendar(), wanted(title="Chez eux"), by=there.secretary, at=f.NOW)
    shelf = Shelf()
    with scope(beneficiary=here.body):
        handover.write(here.body, shelf)
    assert "Commission travaux" in shelf.files["agendas/mairie.ics"]
    assert "contacts/contacts-de-la-mairie.vcf" in shelf.files
    assert "Chez eux" not in str(shelf.files)
    assert shelf.notes == []
