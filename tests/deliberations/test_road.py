"""What the screens of the road of acts read: which acts are to go, where each is, in words."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from socle.deliberations import sending, transmission_queries
from socle.deliberations.models import Act, Incoming, Road, Status, Transmission
from socle.deliberations.transmission_presenters import sentence
from socle.people.models import User
from tests import factories as f
from tests.deliberations.transmitting import act, kept

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("all_beneficiaries")]


def test_the_acts_that_are_to_go_are_those_on_no_road(django_assert_num_queries):
    place, by = f.beneficiary(), User.objects.system()
    first, second = act(place, "2026-12", adopted_on=date(2026, 10, 2)), act(place, "2026-13")
    act(place, "2026-14", kind=Act.Kind.MINUTES)
    act(place, "2026-15", not_transmissible_because="voirie")
    act(place, "2026-16", received_on=f.TODAY)
    act(f.beneficiary(f.commune("62001", "Ablain", 300)), "2026-12")
    assert list(transmission_queries.to_go(place)) == [second, first]
    (sent,) = sending.send_on_paper([first], by=by, at=f.NOW)
    with django_assert_num_queries(1):
        assert list(transmission_queries.to_go(place)) == [second]
    with django_assert_num_queries(1):
        assert transmission_queries.last_sendings([first, second]) == {first.pk: sent}
    sending.take_back(sent, by=by, at=f.NOW)
    (again,) = sending.send_on_paper([first], by=by, at=f.NOW + timedelta(hours=1))
    assert transmission_queries.last_sendings([first]) == {first.pk: again}


def test_letters_and_what_fits_nothing_are_read_apart(django_assert_num_queries):
    syndicate = f.operator("syndicat", "Syndicat mixte", 7)
    for owner in (syndicate, f.beneficiary()):
        key = {"operator": owner} if owner == syndicate else {"beneficiary": owner}
        fields = {**key, "received_at": f.NOW, "message": kept(owner)}
        letter = Incoming.objects.create(kind="3-1", sha256="a", **fields)
        Incoming.objects.create(kind="1-2", sha256="b", **fields)
        aside = Incoming.objects.create(kind="3-1", sha256="c", set_aside_because="Un autre.", **fields)
        with django_assert_num_queries(3):
            assert list(transmission_queries.letters(owner)) == [letter]
        assert list(transmission_queries.set_aside(owner)) == [aside]
        assert transmission_queries.heard(owner).count() == 3


@pytest.mark.parametrize(
    ("road", "status", "says"),
    [
        (Road.ELECTRONIC, Status.ASKED, "En train de partir"),
        (Road.ELECTRONIC, Status.LEAVING, "En train de partir"),
        (Road.ELECTRONIC, Status.SENT, "Remis au dispositif le 25"),
        (Road.PAPER, Status.SENT, "Parti sur papier le 25"),
        (Road.PAPER, Status.RECEIVED, "le 25\u00a0novembre\u00a02026 (sur papier)"),
        (Road.ELSEWHERE, Status.RECEIVED, "(transmis ailleurs)"),
        (Road.ELECTRONIC, Status.CANCELLING, "sa réponse est attendue"),
        (Road.ELECTRONIC, Status.CANCELLED, "peut repartir"),
    ],
)
def test_where_an_act_is_said_with_whose_turn_it_is(road, status, says):
    sent = Transmission(road=road, status=status, sent_at=f.NOW, received_on=f.TODAY)
    assert says in sentence(sent)


def test_what_was_refused_or_is_tried_again_says_why():
    assert sentence(Transmission(road=Road.ELECTRONIC, status=Status.REFUSED, says="Non.")) == "Non."
    again = sentence(Transmission(road=Road.ELECTRONIC, status=Status.ASKED, says="Il ne répond pas."))
    assert again == "Il ne répond pas. L’envoi est retenté de lui-même."
