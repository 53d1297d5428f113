"""A page that breaks leaves nothing behind it in its thread: the next one there is nobody else's."""

from __future__ import annotations

import pytest
from django.db import connection
from django_scopes import get_scope

from socle.mairie.views import home
from socle.people.models import Role
from tests import factories as f
from tests.client import DemandingClient

pytestmark = pytest.mark.django_db


def test_a_home_page_that_breaks_leaves_its_thread_as_it_was(monkeypatch):
    here, there = f.beneficiary(), f.beneficiary(f.commune("59218", "Étrœungt"))

    def breaks(*args, **kwargs):
        assert get_scope()["beneficiary"] == here
        raise ZeroDivisionError("a page that breaks")

    def window(place) -> DemandingClient:
        client = DemandingClient(raise_request_exception=False)
        client.force_login(
            f.member(Role.SECRETARY, place), backend="allauth.account.auth_backends.AuthenticationBackend"
        )
        return client

    first, second = window(here), window(there)
    with monkeypatch.context() as broken:
        broken.setattr(home, "render", breaks)
        assert first.get("/mairie/").status_code == 500
    assert get_scope() == {}
    assert not connection.needs_rollback
    page = second.get("/mairie/").content.decode()
    assert there.name in page
    assert here.name not in page
