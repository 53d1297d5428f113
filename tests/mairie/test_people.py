"""« Les personnes de la mairie »: the mayor invites and ends, the secretary proposes, everything is undone in time."""

from datetime import timedelta

import pytest
from django_scopes import scope

from socle.agreements import actions as agreements
from socle.agreements import rules
from socle.people import actions, offboarding
from socle.people.models import Invitation, InvitationStatus, Role, User
from tests import factories as f

pytestmark = pytest.mark.django_db

PAGE = "/mairie/personnes/"
FORM = {"name": "Lou Exemple", "email": "lou@exemple.invalid", "role": "secretary", "quality": "", "last_day": ""}


@pytest.mark.slow
def test_the_mayor_invites_and_the_secretary_only_proposes(client, world):
    client.force_login(world.here.secretary)
    assert "Proposer quelqu’un" in client.get(PAGE).content.decode()
    # One word from the first page to the form.
    for where in ("/mairie/", f"{PAGE}inviter/"):
        page = client.get(where).content.decode()
        assert ("Proposer quelqu’un" in page, "Inviter quelqu’un" in page) == (True, False)
    assert "c’est à elle de nommer" not in client.get(f"{PAGE}inviter/").content.decode()
    assert client.post(f"{PAGE}inviter/", FORM)["Location"] == PAGE
    proposed = Invitation.objects.get(email=FORM["email"])
    assert proposed.status == InvitationStatus.PROPOSED
    response = client.post(f"{PAGE}confirmer-{proposed.pk}/", follow=True)
    assert "qui confirme les personnes de l’équipe" in response.content.decode()
    client.force_login(world.here.mayor)
    page = client.get(PAGE).content.decode()
    assert "Confirmer et envoyer" in page
    # Nobody confirms without reading what is given.
    assert "Dès son accord, sans boîte" in page
    assert "Dès son accord, sans boîte" in client.get("/mairie/").content.decode()
    client.post(f"{PAGE}confirmer-{proposed.pk}/")
    proposed.refresh_from_db()
    assert proposed.status == InvitationStatus.SENT
    client.post(f"{PAGE}retirer-{proposed.pk}/")
    proposed.refresh_from_db()
    assert proposed.status == InvitationStatus.WITHDRAWN


@pytest.mark.slow
def test_a_wrong_form_keeps_what_was_written_and_invites_nobody(mayor, world):
    before = Invitation.objects.count()
    for wrong in ({"email": "lou"}, {"last_day": "hier"}, {"role": "president"}, {"last_day": "2020-01-01"}):
        response = mayor.post(f"{PAGE}inviter/", {**FORM, **wrong})
        assert response.status_code == 422
        assert "Lou Exemple" in response.content.decode()
    assert Invitation.objects.count() == before


@pytest.mark.slow
def test_a_last_day_is_given_and_taken_back(mayor, world):
    held = world.here.secretary.memberships.get()
    page = mayor.get(f"{PAGE}fin-{held.pk}/").content.decode()
    assert "plus personne ne représentera" not in page
    mayor.post(f"{PAGE}fin-{held.pk}/", {"last_day": "2026-12-31"})
    held.refresh_from_db()
    assert held.ends_on == f.date(2026, 12, 31)
    assert "Jusqu’au 31" in mayor.get(PAGE).content.decode()
    mayor.post(f"{PAGE}maintenir-{held.pk}/")
    held.refresh_from_db()
    assert held.ends_on is None
    response = mayor.post(f"{PAGE}fin-{held.pk}/", {"last_day": "2020-12-31"})
    assert response.status_code == 422
    assert "ne se défait pas" in response.content.decode()


def test_the_last_mayor_is_warned(mayor, world):
    held = world.here.mayor.memberships.get()
    assert "plus personne ne représentera" in mayor.get(f"{PAGE}fin-{held.pk}/").content.decode()


@pytest.mark.slow
def test_the_page_costs_the_same_however_many_people(mayor, world, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    mayor.get(PAGE)
    with CaptureQueriesContext(connection) as few:
        mayor.get(PAGE)
    for rank in range(8):
        f.member(Role.SECRETARY, world.here.place, email=f"s{rank}@exemple.invalid")
        f.member(
            Role.SECRETARY, world.here.place, email=f"p{rank}@exemple.invalid", ends_on=f.TODAY - timedelta(days=2)
        )
        Invitation.objects.create(
            email=f"i{rank}@exemple.invalid",
            name="I",
            role=Role.SECRETARY,
            beneficiary=world.here.place,
            proposed_by=world.here.mayor,
            proposed_at=f.NOW,
        )
    with django_assert_num_queries(len(few)):
        page = mayor.get(PAGE).content.decode()
    assert "s7@exemple.invalid" in page
    assert len(few) <= 25


@pytest.mark.slow
def test_a_mayor_who_left_signs_nothing_and_the_next_one_does(client, world, time_machine, mailoutbox):
    agreement = world.ready(world.here)
    former = world.here.mayor
    actions.end_role(former.memberships.get(), last_day=f.TODAY, by=former, at=f.NOW)
    tomorrow = f.NOW + timedelta(days=1)
    time_machine.move_to(tomorrow)
    next_one = f.member(Role.MAYOR, world.here.place, email="suivante@exemple.invalid", quality="Maire")
    with scope(beneficiary=world.here.place):
        assert "n’êtes pas signataire" in rules.why_not_sign(agreement, by=former, on=tomorrow.date())
        # Nobody was designated: whoever holds the office signs all the same, and the signature says who.
        assert offboarding.hand_over_due() == 1
        agreement = agreements.sign(agreement, by=next_one, at=tomorrow)
        slot = agreement.round.slots.get(rank=1)
        party = agreement.parties.get(kind="beneficiary")
    assert slot.signed_by == next_one
    assert party.signatory == next_one
    # What was printed stays as it was printed.
    assert party.representative == former.name


@pytest.mark.slow
def test_whoever_takes_over_is_told_and_a_draft_names_them(client, world, time_machine, mailoutbox):
    from socle.agreements import emails

    ready, other = world.ready(world.here), f.member(Role.MAYOR, world.here.place, email="suivante@exemple.invalid")
    mayor_there = world.there.mayor
    system = User.objects.system()
    emails.tell_next_signatory(ready, by=system, at=f.NOW)
    for mayor, successor in ((world.here.mayor, other), (mayor_there, None)):
        actions.end_role(mayor.memberships.get(), last_day=f.TODAY, successor=successor, by=mayor, at=f.NOW)
    tomorrow = f.NOW + timedelta(days=1)
    time_machine.move_to(tomorrow)
    assert offboarding.hand_over_due() == 2
    mailoutbox.clear()
    for _ in range(2):
        emails.tell_next_signatory(ready, by=system, at=tomorrow)
    assert [message.to for message in mailoutbox] == [[other.email]]
    with scope(beneficiary=world.here.place):
        assert ready.parties.get(kind="beneficiary").signatory == other
    with scope(beneficiary=world.there.place):
        # A draft whose mayor left without a successor says what is missing instead of printing a name.
        party = world.there.agreement.parties.get(kind="beneficiary")
        assert (party.signatory, party.representative) == (None, "")
        assert any("sont à indiquer" in gap for gap in rules.what_is_missing(world.there.agreement))
