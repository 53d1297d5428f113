"""What a helper opened in a mairie's name ends with the access; the mairie sees what was done, and takes back."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django_scopes import scope, scopes_disabled

from socle.backups import actions as backups
from socle.backups.models import Machine
from socle.files import queries
from socle.files.actions import links, spaces
from socle.files.models import Entry as File
from socle.files.models import Link
from socle.journal import actions as journal
from socle.journal.models import Entry
from socle.mail import actions as mail
from socle.mail import aliases, confirming, manners
from socle.mail.defaults import ensure_defaults
from socle.mail.models import Alias, Destination, Forwarding, Mailbox, Opening
from socle.mail.models.boxes import Kind
from socle.people import help, helper_access, helping
from socle.people.models import HelpAccess, User
from tests import factories as f

pytestmark = pytest.mark.django_db

LATER = f.NOW + timedelta(hours=2)


@contextmanager
def acting(access: HelpAccess, person: User) -> Any:
    with (
        scope(beneficiary=access.beneficiary),
        journal.marked(helper=access.operator.code),
        helping.lent(person, access.beneficiary),
    ):
        yield


class Opened:
    """A mairie with its mail and its folder; what its helper opened, and the same opened by its own secretary."""

    def __init__(self, world: Any) -> None:
        here = world.here
        system = User.objects.system()
        self.secretary = here.secretary
        with scope(beneficiary=here.place):
            space = spaces.open_space(here.place, by=system, at=f.NOW)
            ensure_defaults(here.place, by=system, at=f.NOW)
            account = backups.open_account(here.place, by=system, at=f.NOW)
            folder = File.objects.filter(parent=queries.root_of(space), is_folder=True).first()
            self.place = queries.place_of(folder)
            mail.make_box(
                here.place, local_part="urbanisme", kind=Kind.SHARED, display_name="Urbanisme",
                by=here.secretary, at=f.NOW,
            )  # fmt: skip
            boxes = list(Mailbox.objects.filter(kind="shared").order_by("pk"))
            self.own, self.own_token = links.share(self.place, days=60, by=here.secretary, at=f.NOW)
            aliases.make_alias(
                here.place, local_part="conseil", is_group=True, destinations=["mairie", "maire@exemple.fr"],
                by=here.secretary, at=f.NOW,
            )  # fmt: skip
            manners.forward(boxes[1], destination="moi@exemple.fr", is_copy_kept=True, by=here.secretary, at=f.NOW)
        self.access = here.let_in(world, days=3)
        at = f.NOW + timedelta(minutes=5)
        with acting(self.access, world.advisor):
            self.link, _ = links.share(self.place, days=60, by=world.advisor, at=at)
            manners.forward(boxes[0], destination="aide@exemple.fr", is_copy_kept=True, by=world.advisor, at=at)
            alias = Alias.objects.get(local_part="conseil")
            aliases.add_destination(alias, address="aide@exemple.fr", by=world.advisor, at=at)
            aliases.make_alias(
                here.place, local_part="ailleurs", destinations=["aide@exemple.fr"], by=world.advisor, at=at
            )
            mail.open_box(boxes[2], to=here.mayor, by=world.advisor, at=at)
            self.machine, self.code = backups.add_machine(
                account, name="Poste", system="linux", folders="/papiers", every_days=1, by=world.advisor, at=at
            )
            self.agreed = Forwarding.objects.get(mailbox=boxes[0])
            confirming.agree(self.agreed, at=at)

    def left(self) -> dict[str, Any]:
        """What is still open."""
        with scopes_disabled():
            return {
                "links": {one.pk for one in Link.objects.filter(ended_at=None)},
                "sent on": sorted(Forwarding.objects.values_list("destination", flat=True)),
                "outside": sorted(Destination.objects.filter(mailbox=None).values_list("address", flat=True)),
                "codes": Machine.objects.exclude(code_digest="").count(),
            }


@pytest.fixture
def opened(world: Any, settings: Any, tmp_path: Any) -> Opened:
    settings.SOCLE_MAIL_DOMAIN = "courriel.exemple.fr"
    settings.FILES_ROOT = tmp_path / "files"
    User.objects.update(is_fictitious=True)
    return Opened(world)


def remains(opened: Opened) -> dict[str, Any]:
    return {"links": {opened.own.pk}, "sent on": ["moi@exemple.fr"], "outside": ["maire@exemple.fr"], "codes": 0}


@pytest.mark.slow
def test_what_a_helper_opened_ends_when_the_access_is_closed(opened: Opened) -> None:
    assert opened.left() != remains(opened)
    help.close_access(opened.access, by=opened.secretary, at=LATER)
    assert opened.left() == remains(opened)
    with scopes_disabled():
        # An address that led only there is no more; a box opened to the mairie's own people stays open to them.
        assert not Alias.objects.filter(local_part="ailleurs").exists()
        assert Opening.objects.filter(opened_at=f.NOW + timedelta(minutes=5)).exists()
    ended = set(Entry.objects.filter(at=LATER).values_list("verb", flat=True))
    assert {"file.link_ended", "mail.forwarding_ended", "mail.destination_withdrawn", "backup.code_cancelled"} <= ended


@pytest.mark.slow
def test_what_a_helper_opened_ends_with_the_last_day_too(opened: Opened) -> None:
    last = f.NOW + timedelta(days=3)
    assert help.end_due(at=last) == 0
    assert opened.left() != remains(opened)
    assert help.end_due(at=last + timedelta(days=1)) == 1
    assert opened.left() == remains(opened)
    assert help.end_due(at=last + timedelta(days=2)) == 0


@pytest.mark.slow
def test_an_access_closed_before_this_rule_existed_is_swept_once(opened: Opened) -> None:
    HelpAccess.objects.filter(pk=opened.access.pk).update(closed_at=LATER)
    assert help.end_due(at=LATER + timedelta(days=3)) == 1
    assert opened.left() == remains(opened)


@pytest.mark.slow
def test_what_was_waiting_is_refused_once_the_access_is_closed(opened: Opened, world: Any) -> None:
    with scopes_disabled():
        waiting = Destination.objects.get(alias__local_part="ailleurs")
        token = confirming.draw(waiting)
    help.close_access(opened.access, by=opened.secretary, at=LATER)
    assert confirming.find(token) is None
    assert backups.machine_of(opened.code) is None


@pytest.mark.slow
def test_the_mairie_sees_what_was_done_in_its_name_and_takes_it_back(client: Any, opened: Opened, world: Any) -> None:
    client.force_login(opened.secretary)
    page = client.get("/mairie/personnes/").content.decode()
    assert "Fait en votre nom" in page
    done = Entry.objects.get(verb="file.link_made", facts__helper="cdg59")
    shared = Entry.objects.get(verb="mail.box_opened", facts__helper="cdg59")
    own = Entry.objects.filter(verb="file.link_made").exclude(facts__has_key="helper").get()
    url = f"/mairie/personnes/retirer-{opened.access.pk}-{{}}/"
    for entry in (done, shared):
        assert url.format(entry.pk) in page
        client.post(url.format(entry.pk))
    assert url.format(own.pk) not in page
    assert client.post(url.format(own.pk)).status_code == 404
    assert opened.left()["links"] == {opened.own.pk}
    with scopes_disabled():
        assert not Opening.objects.filter(mailbox=shared.object_id, user=world.here.mayor).exists()
    # Nobody in assistance decides what the mairie takes back.
    with acting(opened.access, world.advisor):
        assert helper_access.why_not_take_back(opened.access, by=world.advisor, on=f.TODAY) is not None
