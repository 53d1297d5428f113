"""A centre de gestion helps only when let in, for a time; every act of a helper says so."""

from datetime import timedelta

import pytest
from django_scopes import scope

from socle.integrations.models import Token
from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.people import help, rules
from socle.people.acting import SESSION_KEY
from socle.people.models import HelpAccess, Invitation, Membership, Role, User
from tests import factories as f

pytestmark = pytest.mark.django_db

ACT = {"kind": "deliberation", "number": "2026-99", "subject": "Adhésion", "adopted_on": "2026-11-02", "attach": "on"}


@pytest.fixture(autouse=True)
def without_a_code(world):
    """The people of a demonstration: a second factor is another test's matter."""
    User.objects.update(is_fictitious=True)


@pytest.fixture
def advisor(client, world):
    client.force_login(world.advisor)
    return client


def step_in(client, access):
    return client.post(f"/console/personnes/assister-{access.pk}/")


def force(client, beneficiary):
    """A session that claims to act for this mairie, whatever the gate thinks of it."""
    session = client.session
    session[SESSION_KEY] = beneficiary.pk
    session.save()


def test_without_an_access_nothing_is_done_in_the_mairies_name(advisor, world):
    acts, entries = f.acts().count(), Entry.objects.count()
    assert advisor.get("/mairie/").status_code == 403
    assert step_in(advisor, f.act(world.here.place, "2026-50")).status_code == 404
    for address in ("/mairie/", "/mairie/deliberations/enregistrer/", "/mairie/site/"):
        force(advisor, world.here.place)
        response = advisor.post(address, ACT)
        assert response.status_code in (302, 403)
        assert response.get("Location", "/entrer/") == "/entrer/"
    assert (f.acts().count(), Entry.objects.count()) == (acts + 1, entries)
    # And the console shows what it showed.
    assert advisor.get("/console/communes/59474/").status_code == 200


@pytest.mark.slow
def test_with_an_access_a_helper_acts_and_every_line_says_so(advisor, world):
    access = world.here.let_in(world)
    page = advisor.get("/console/communes/59474/").content.decode()
    assert "Agir au nom de la mairie" in page
    assert step_in(advisor, access)["Location"] == "/mairie/"
    for address in ("/mairie/", "/mairie/deliberations/", "/mairie/personnes/"):
        assert "Vous agissez en assistance" in advisor.get(address).content.decode()
    assert advisor.get("/mairie/site/").status_code == 404  # No site yet: the gate of the editor let them in.
    assert advisor.post("/mairie/deliberations/enregistrer/", ACT).status_code == 302
    entry = Entry.objects.filter(verb="act.recorded").latest("id")
    assert entry.facts["helper"] == "cdg59"
    page = advisor.get("/mairie/journal/").content.decode()
    assert f"par {world.advisor.name}, en assistance pour Centre de gestion du Nord" in page
    # In the other commune, whatever is asked does not exist.
    assert advisor.get(f"/mairie/convention/{world.there.agreement.number}/").status_code == 404
    response = advisor.post("/mairie/personnes/quitter/")
    assert response["Location"] == "/entrer/"
    assert advisor.get("/mairie/").status_code == 403


@pytest.mark.slow
def test_a_helper_neither_signs_nor_names_nor_lets_in_nor_leaves_a_token(advisor, world):
    world.ready(world.here)
    access = world.here.let_in(world)
    step_in(advisor, access)
    number = world.here.agreement.number
    before = (Invitation.objects.count(), Membership.objects.count(), Token.objects.count())
    sha256 = world.here.agreement.round.current.sha256
    advisor.post(f"/mairie/convention/{number}/signer/", {"has_read": "on", "sha256": sha256})
    with scope(beneficiary=world.here.place):
        assert not world.here.agreement.round.slots.filter(signed_at__isnull=False).exists()
    form = {"name": "Lou", "email": "lou@exemple.invalid", "role": "secretary"}
    assert advisor.post("/mairie/personnes/inviter/", form).status_code == 302
    held = world.here.secretary.memberships.get()
    advisor.post(f"/mairie/personnes/fin-{held.pk}/", {"last_day": "2026-12-01"})
    advisor.post("/mairie/personnes/assistance/", {"motive": "Encore", "last_day": "2026-12-10"})
    advisor.post("/mairie/jetons/nouveau/", {"name": "x", "scopes": ["read"], "ends_on": "2027-01-01"})
    held.refresh_from_db()
    assert held.ends_on is None
    assert (Invitation.objects.count(), Membership.objects.count(), Token.objects.count()) == before
    assert HelpAccess.objects.count() == 1


@pytest.mark.slow
def test_the_mairie_closes_at_once(client, advisor, world):
    access = world.here.let_in(world)
    step_in(advisor, access)
    assert advisor.get("/mairie/").status_code == 200
    help.close_access(access, by=world.here.mayor, at=f.NOW)
    assert advisor.get("/mairie/deliberations/")["Location"] == "/entrer/"
    assert advisor.get("/mairie/deliberations/").status_code == 403
    assert step_in(advisor, access).status_code == 404


def test_an_access_ends_with_its_last_day(advisor, world, time_machine):
    world.here.let_in(world, days=2)
    for days, status in ((2, 200), (3, 302)):
        time_machine.move_to(f.NOW + timedelta(days=days))
        advisor.force_login(world.advisor)
        force(advisor, world.here.place)
        assert advisor.get("/mairie/").status_code == status


@pytest.mark.parametrize(("days", "verbs"), [(2, ["help.opened"]), (3, ["help.ended", "help.opened"])])
def test_that_an_access_ended_by_itself_is_written_once(world, days, verbs):
    access = world.here.let_in(world, days=2)
    for _ in range(2):
        help.end_due(at=f.NOW + timedelta(days=days))
    assert sorted(Entry.objects.about(access).values_list("verb", flat=True)) == verbs


def test_an_access_is_only_for_advisors_of_that_operator_while_they_are(client, world):
    access = world.here.let_in(world)
    other = f.member(Role.CDG_ADVISOR, world.programme.centre_de_gestion_of(f.department("62")))
    User.objects.update(is_fictitious=True)
    for person in (other, world.cdg_president, world.officer):
        client.force_login(person)
        assert step_in(client, access).status_code == 404
        assert not rules.holds(person, Role.SECRETARY, on=f.TODAY, beneficiary=world.here.place)
    Membership.objects.filter(user=world.advisor).update(ends_on=f.TODAY - timedelta(days=1))
    client.force_login(world.advisor)
    assert step_in(client, access).status_code == 403


def test_the_right_exists_only_while_acting(world):
    """Elsewhere than behind the gate, the helper of a mairie is nobody there."""
    world.here.let_in(world)
    assert not rules.holds(world.advisor, Role.SECRETARY, on=f.TODAY, beneficiary=world.here.place)


@pytest.mark.slow
def test_the_secretary_opens_and_closes_from_the_page(secretary, world):
    page = secretary.get("/mairie/personnes/").content.decode()
    assert "seulement si vous lui ouvrez l’accès" in page
    response = secretary.post("/mairie/personnes/assistance/", {"motive": "", "last_day": "2026-12-01"})
    assert response.status_code == 422
    for day in ("2026-11-24", "2027-06-01"):
        assert secretary.post("/mairie/personnes/assistance/", {"motive": "Congé", "last_day": day}).status_code == 422
    secretary.post("/mairie/personnes/assistance/", {"motive": "Congé", "last_day": "2026-12-01"})
    access = HelpAccess.objects.get()
    assert Entry.objects.about(access).get().facts == {"operator": "cdg59", "ends_on": "2026-12-01"}
    with pytest.raises(Refused, match="déjà ouvert"):
        world.here.let_in(world)
    secretary.post(f"/mairie/personnes/fermer-{access.pk}/")
    access.refresh_from_db()
    assert access.closed_at is not None
    assert "Les accès fermés" in secretary.get("/mairie/personnes/").content.decode()


@pytest.mark.slow
def test_what_a_helper_reads_is_shown_to_the_mairie_and_what_its_own_people_read_is_not(client, advisor, world):
    step_in(advisor, world.here.let_in(world))
    for _ in range(2):
        advisor.get("/mairie/personnes/")
    client.force_login(world.here.secretary)
    client.get("/mairie/journal/")
    lines = client.get("/mairie/qui-a-vu/?quoi=vu").context["lines"]
    read = [(line.label, line.who) for line in lines]
    assert ("Les personnes de la mairie", world.advisor.name) in read
    assert len([one for one in read if one[0] == "Les personnes de la mairie"]) == 1
    assert all(who == world.advisor.name for _, who in read)
    assert "en assistance" in lines[0].detail


def test_the_mayor_is_told_when_the_secretary_lets_someone_in(world, mailoutbox, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        world.here.let_in(world)
    (message,) = mailoutbox
    assert message.to == [world.here.mayor.email]
    assert "Congé" in message.body
    assert "jamais signer" in message.body
