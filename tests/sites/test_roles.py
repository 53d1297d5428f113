"""Roles of a mairie in the editor of its site: each screen opens to whom the table says, tried at every address."""

from __future__ import annotations

from contextlib import suppress

import pytest
from django.urls import Resolver404, resolve

from socle.people.capabilities import Capability, allows
from socle.people.models import Role
from socle.sites.editor.guard import OPENED, own_views
from socle.sites.editor.openings import PUBLISHING, takes
from tests import factories as f
from tests.sites.test_no_leak import addresses, whole
from tests.sites.two_communes import both, media, ours, signed_in, theirs, two

__all__ = ["both", "media", "ours", "theirs", "two"]

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


def test_every_screen_that_publishes_is_one_of_ours():
    assert own_views() >= PUBLISHING


@pytest.mark.parametrize(
    ("name", "capability"),
    [
        ("website_news", Capability.PUBLISH),
        ("wagtailadmin_pages:edit", Capability.PUBLISH),
        ("wagtailimages:add", Capability.PUBLISH),
        ("website_look", Capability.ADMINISTER),
        ("website_opening", Capability.ADMINISTER),
        ("website_unheard_of", Capability.ADMINISTER),
        (None, Capability.ADMINISTER),
    ],
)
def test_a_screen_nobody_thought_about_is_a_setting(name, capability):
    assert takes(name) is capability


def walked(ours, role: Role, tried: list[str]) -> dict[str, str]:
    """The addresses that answer this role, with the names of their screens; one of each screen, whose name decides."""
    client = signed_in(f.member(role, ours.website.beneficiary), active=ours.website)
    client.raise_request_exception = False
    opened = {}
    for address in tried:
        with suppress(Resolver404):
            if resolve(address.partition("?")[0]).view_name in opened.values():
                continue
        response = client.get(address, headers={"host": "localhost"})
        whole(response)
        if response.status_code == 200:
            opened[address] = response.resolver_match.view_name
    return opened


@pytest.mark.slow
def test_no_screen_of_the_editor_opens_to_whom_the_table_does_not(ours):
    image = f"/media/{ours.image.file.name}"
    opened = walked(ours, Role.DEPUTY, [image, *addresses(ours)])
    names = {name for address, name in opened.items() if address != image}
    assert names <= OPENED | own_views()
    assert [name for name in names if not allows((Role.DEPUTY,), takes(name))] == []
    assert {"website_see", "website_versions", "wagtailadmin_pages:edit", "wagtailimages:index"} <= names
    assert image in opened
    for role in (Role.COUNCILLOR, Role.AGENT):
        assert not allows((role,), Capability.PUBLISH)
        assert walked(ours, role, list(opened)) == {}
