"""Roles of a mairie at its door: each address opens to whom the table says, and what is shown leads nowhere else."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from django.core.cache import cache
from django.urls import resolve
from django_scopes import scope, scopes_disabled

from socle.agenda import actions as agendas
from socle.agenda import rules as agenda_rules
from socle.agenda.access import reach_of
from socle.agenda.models import Booking, Venue
from socle.deliberations.models import Act
from socle.files import queries as folders
from socle.files import rules as folder_rules
from socle.files.models import FolderRight
from socle.mail import rules as mail
from socle.mail.defaults import welcome
from socle.mail.models import Mailbox
from socle.mairie.openings import OPENED
from socle.people import capabilities, invitation_rules, rules
from socle.people.capabilities import Capability, allows
from socle.people.models import BENEFICIARY_ROLES, Role, User
from socle.sites.editor.openings import PREFIX, takes
from tests import factories as f
from tests.client import DemandingClient as Client
from tests.mairie.test_doors import NAMES, addresses, agenda_of, furnish, is_gesture, kept_of, mail_of, takes_an_object

pytestmark = pytest.mark.django_db
# Those whose buttons lead to what only some may do.
PAGES = (
    *("home", "more", "mail", "agenda", "calendars", "event", "venues", "venue", "files", "file", "acts", "act"),
    *("publish", "publish_act", "messages", "message", "agreements", "agreement", "contacts", "alerts", "closings"),
)
NEW = (Role.DEPUTY, Role.COUNCILLOR, Role.AGENT)


@pytest.fixture(autouse=True)
def no_hurry(settings):
    settings.RATE_LIMITS = {"uploads": "100000/60", "forms": "100000/60"}


def of(world, role: Role, place=None) -> User:
    person = f.member(role, place or world.here.place)
    User.objects.filter(pk=person.pk).update(is_fictitious=True)
    return person


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_every_address_of_the_door_says_what_it_takes():
    assert set(OPENED) == set(NAMES)


@pytest.mark.slow
@pytest.mark.parametrize("role", NEW)
def test_each_address_opens_to_whom_the_table_says_and_to_nobody_else(world, role):
    furnish(world, world.here)
    mail_of(world.here)
    urls = addresses(NAMES, world.here)
    client = signed_in(of(world, role))
    shown = set()
    for name, url in urls.items():
        # More files than a person takes in a minute: this is about who opens them.
        cache.clear()
        # What is sent in pieces is read to its end.
        answers = [client.get(url)]
        if not allows((role,), OPENED[name]):
            answers.append(client.post(url))
            assert [one.status_code for one in answers] == [403, 403], name
        for one in answers:
            assert one.status_code != 403 or not allows((role,), OPENED[name]), name
            if one.streaming:
                one.getvalue()
        if answers[0].status_code == 200:
            shown.add(name)
    pages = {name for name in NAMES if not is_gesture(name) and allows((role,), OPENED[name])}
    assert {"home", "mail", "agenda", "files", "venues"} <= shown <= pages | {"act_ask_online"}


@pytest.mark.slow
@pytest.mark.parametrize("role", NEW)
def test_what_is_of_another_commune_is_nowhere_for_them_either(world, role):
    furnish(world, world.there)
    furnish(world, world.here)
    urls = addresses(filter(takes_an_object, NAMES), world.there)
    client = signed_in(of(world, role))
    for name, url in urls.items():
        expected = 404 if allows((role,), OPENED[name]) else 403
        assert client.post(url).status_code == expected, name


def taken_by(url: str) -> Capability:
    """What an address of the mairie takes, its editor's included."""
    path = url.partition("?")[0]
    match = resolve(path)
    return takes(match.view_name) if path.startswith(PREFIX) else OPENED[match.url_name]


@pytest.mark.slow
@pytest.mark.parametrize("role", BENEFICIARY_ROLES)
def test_no_link_and_no_form_leads_where_the_function_does_not(world, role):
    furnish(world, world.here)
    mail_of(world.here)
    client = signed_in(of(world, role))
    found = set()
    for name, url in addresses(PAGES, world.here).items():
        page = client.get(url)
        if page.status_code == 403:
            assert not allows((role,), OPENED[name])
            continue
        soup = BeautifulSoup(page.content, "html.parser")
        links = {link["href"].partition("#")[0] for link in soup.select("a[href^='/mairie/']")}
        forms = {form["action"] for form in soup.select("form[action^='/mairie/']")}
        refused = sorted(url for url in links | forms if not allows((role,), taken_by(url)))
        assert refused == [], (name, refused)
        found |= links
    assert "/mairie/" in found
    assert ("/mairie/personnes/" in found) is allows((role,), Capability.ADMINISTER)


@pytest.mark.slow
@pytest.mark.parametrize("role", NEW)
def test_only_what_one_may_do_waits_for_them(world, role):
    furnish(world, world.here)
    f.act(world.here.place, "2026-A", received_on=None, published_on=None)
    page = signed_in(of(world, role)).get("/mairie/").content.decode()
    waits = role == Role.DEPUTY
    assert ("message du site à traiter" in page.lower()) is waits
    assert ("à publier" in page) is waits
    assert "invitation proposée" not in page
    assert "dites ce qu’il est" not in page


def test_a_deputy_proposes_nobody_and_the_others_neither(world):
    for role in NEW:
        by = of(world, role)
        asked = {"beneficiary": world.here.place, "by": by, "on": f.TODAY}
        assert rules.why_not_propose(**asked)
        assert rules.why_not_name(**asked)
        assert invitation_rules.why_not_confirm_invitation(world.here.invitation, by=by, on=f.TODAY)
        assert rules.why_not_decide_help(**asked)


def test_the_form_offers_the_five_with_a_sentence_each(secretary, world):
    page = secretary.get("/mairie/personnes/inviter/").content.decode()
    for role in BENEFICIARY_ROLES:
        assert f'value="{role.value}"' in page
        assert capabilities.SAYS[role] in page.replace("&nbsp;", "\u00a0")


@pytest.mark.slow
def test_a_councillor_reads_no_act_about_one_person(world):
    place = world.here.place
    told = f.act(place, "2026-1", kind=Act.Kind.DELIBERATION)
    held = f.act(place, "2026-2", kind=Act.Kind.INDIVIDUAL)
    unsaid = f.act(place, "2026-3", kind=Act.Kind.UNQUALIFIED)
    councillor, deputy = signed_in(of(world, Role.COUNCILLOR)), signed_in(of(world, Role.DEPUTY))
    for act, expected in ((told, 200), (held, 404), (unsaid, 404)):
        assert councillor.get(f"/mairie/deliberations/{act.pk}/").status_code == expected
        assert deputy.get(f"/mairie/deliberations/{act.pk}/").status_code == 200
    listed = councillor.get("/mairie/deliberations.csv").getvalue().decode()
    assert "2026-1" in listed
    assert "2026-2;" not in listed
    assert "2026-3;" not in listed


@pytest.mark.slow
def test_one_sees_the_boxes_one_opens_and_decides_of_one_s_own(world):
    mail_of(world.here)
    agent = of(world, Role.AGENT)
    with scopes_disabled():
        shared = Mailbox.objects.get(beneficiary=world.here.place, local_part="mairie")
        own = welcome(world.here.place, agent, by=User.objects.system(), at=f.NOW)
    client = signed_in(agent)
    assert client.get(f"/mairie/messagerie/{shared.pk}/").status_code == 404
    assert client.get(f"/mairie/messagerie/{own.pk}/").status_code == 200
    assert client.get(f"/mairie/messagerie/{own.pk}/absence/").status_code == 200
    assert shared.address not in client.get("/mairie/messagerie/").content.decode()
    with scope(beneficiary=world.here.place):
        assert mail.why_not_decide(own, by=agent, on=f.TODAY) is None
        assert mail.why_not_decide(shared, by=agent, on=f.TODAY)
        assert mail.why_not_change_box(own, by=agent, on=f.TODAY)
        assert mail.why_not_decide(own, by=world.here.secretary, on=f.TODAY)


def test_calendars_are_read_and_venues_booked_and_set_by_the_secretary_only(world):
    agenda_of(world.here)
    with scope(beneficiary=world.here.place):
        venue = Venue.objects.select_related("calendar").get()
        booking = Booking.objects.select_related("venue__calendar").first()
        for role, writes in ((Role.DEPUTY, True), (Role.COUNCILLOR, False), (Role.AGENT, False)):
            reach = reach_of(of(world, role), world.here.place, on=f.TODAY)
            mairie = reach.calendars["mairie"]
            assert (agenda_rules.why_not_write(mairie, reach=reach) is None) is writes
            assert agenda_rules.why_not_set(mairie, reach=reach)
            assert agenda_rules.why_not_keep_venues(reach=reach)
            assert reach.writes(venue.calendar.slug)
            assert agenda_rules.why_not_cancel(booking, reach=reach)
            assert agenda_rules.why_not_decide(booking, reach=reach)
            assert ("contacts" in reach.books) is (role == Role.DEPUTY)
            booking.asked_by = reach.person
            assert agenda_rules.why_not_cancel(booking, reach=reach) is None
            booking.asked_by = world.here.secretary
    wished = [one.owner for one in agendas.wished_of(world.here.place, at=f.NOW) if one.owner]
    assert len(wished) == 5


@pytest.mark.slow
def test_the_folder_shows_a_councillor_what_the_mairie_opened_and_nothing_else(world):
    kept = kept_of(world.here)[0]
    councillor, deputy = of(world, Role.COUNCILLOR), of(world, Role.DEPUTY)
    client = signed_in(councillor)
    assert kept.name not in client.get("/mairie/dossier/").content.decode()
    assert client.get(f"/mairie/dossier/{kept.pk}/").status_code == 404
    assert kept.name not in client.get("/mairie/dossier/?q=Prisches").content.decode()
    assert kept.name in signed_in(deputy).get("/mairie/dossier/").content.decode()
    with scope(beneficiary=world.here.place):
        FolderRight.objects.create(folder=kept, role=Role.COUNCILLOR, level="read")
        space = folders.space_of(world.here.place)
        powers = folder_rules.powers_of(space, councillor, on=f.TODAY)
        assert folder_rules.why_not_write(space, powers, kept.pk)
        assert folder_rules.why_not_write(space, powers, None)
        assert folder_rules.why_not_give_rights(space, deputy, at=f.NOW)
    assert client.get(f"/mairie/dossier/{kept.pk}/").status_code == 200
