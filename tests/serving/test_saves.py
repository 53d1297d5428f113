"""Two people who send, at the same instant, what they filled from the same row pass one after the other."""

from __future__ import annotations

import threading
import time

import pytest
from django.db import connections
from django.http import HttpResponse
from django.test import RequestFactory

from socle.lib import locks
from socle.lib.waits import giving_up
from socle.serving import middleware
from socle.serving.middleware import OneSaveAtATime

READ = "0123456789abcdef0123456789abcdef"


def passes(view, **sent) -> HttpResponse | None:
    return OneSaveAtATime(lambda request: HttpResponse()).process_view(RequestFactory().post("/", sent), view, (), {})


@pytest.mark.slow
@pytest.mark.both
@pytest.mark.django_db(transaction=True)
def test_the_second_save_waits_for_the_first():
    inside, met = [], []

    def view(request):
        met.append(len(inside))
        inside.append(1)
        time.sleep(0.3)
        inside.pop()
        return HttpResponse()

    def send():
        try:
            passes(view, lu=READ)
        finally:
            connections.close_all()

    both = [threading.Thread(target=send) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert met == [0, 0]


@pytest.mark.django_db
@pytest.mark.parametrize("sent", [{}, {"lu": ""}, {"lu": "neuf"}, {"lu": "../../" + READ[:26]}, {"valu": READ}])
def test_what_carries_nothing_is_left_alone(sent):
    assert passes(lambda request: HttpResponse("vue"), **sent) is None


@pytest.mark.django_db
def test_a_form_among_others_carries_it_under_its_own_name():
    assert passes(lambda request: HttpResponse("vue"), **{"piece-lu": READ}).content == b"vue"


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_whoever_waits_too_long_is_told_to_send_again(monkeypatch):
    monkeypatch.setattr(middleware, "LONGEST_SAVE", 0.1)
    taken, done = threading.Event(), threading.Event()

    def hold():
        with locks.held(f"save-{READ[:2]}"):
            taken.set()
            done.wait(5)
        connections.close_all()

    other = threading.Thread(target=hold)
    other.start()
    taken.wait(5)
    given_up = []
    giving_up(lambda: given_up.append("the turn"))
    answer = passes(lambda request: HttpResponse(), lu=READ)
    giving_up(None)
    done.set()
    other.join()
    assert given_up  # The visitors of this process wait for none of it.
    assert answer.status_code == 503
    assert "envoyez-le de nouveau" in answer.content.decode()
