"""A personal box obeys its holder alone; handing it over is a gesture apart, told to the holder and the mayor."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail

from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.mail import actions, manners, restoring, rules
from socle.mail.importing import actions as importing
from socle.mail.models import Forwarding, Mailbox, Restoration, Vacation
from socle.people import helping
from socle.people.models import Membership, Role, User
from tests import factories as f

pytestmark = pytest.mark.django_db

ABSENCE = {"subject": "Absence", "text": "Bonjour", "starts_on": f.TODAY, "ends_on": None}
DAY_BEFORE = f.TODAY - timedelta(days=1)
# What a box does with its post. Each asks the same rule.
GESTURES: dict[str, Callable[[Mailbox, User], object]] = {
    "send on": lambda box, by: manners.forward(box, destination="mairie", is_copy_kept=True, by=by, at=f.NOW),
    "stop sending on": lambda box, by: manners.stop_forwarding(box, by=by, at=f.NOW),
    "ask again": lambda box, by: manners.ask_again(box, by=by, at=f.NOW),
    "answer": lambda box, by: manners.be_absent(box, **ABSENCE, by=by, at=f.NOW),
    "answer no more": lambda box, by: manners.come_back(box, by=by, at=f.NOW),
    "restore": lambda box, by: restoring.ask_restoration(box, as_of=DAY_BEFORE, by=by, at=f.NOW),
    "cancel": lambda box, by: restoring.cancel_restoration(
        Restoration.objects.create(mailbox=box, as_of=DAY_BEFORE, asked_at=f.NOW), by=by, at=f.NOW
    ),
    "bring": lambda box, by: importing.ask_import(
        box, login="a@orange.fr", password="x", host="imap.orange.fr", by=by, at=f.NOW
    ),
}


def holder_of(here: Any, box: str) -> Mailbox:
    """The box of this case."""
    if box == "shared":
        return Mailbox.objects.get(local_part="mairie")
    found = Mailbox.objects.get(holder=here.mayor)
    if box == "of nobody":
        Mailbox.objects.filter(pk=found.pk).update(holder=None)
    if box == "of who left":
        Membership.objects.filter(user=here.mayor).update(ends_on=DAY_BEFORE)
    return Mailbox.objects.get(pk=found.pk)


@pytest.mark.parametrize(
    ("box", "actor", "words"),
    [
        ("shared", "secretary", None),
        ("shared", "mayor", None),
        ("shared", "helper", None),
        ("shared", "system", None),
        ("shared", "stranger", "Seules les personnes"),
        ("of the mayor", "mayor", None),
        ("of the mayor", "system", None),
        ("of the mayor", "secretary", "n’obéit qu’à sa personne"),
        ("of the mayor", "helper", "n’obéit qu’à sa personne"),
        ("of the mayor", "stranger", "Seules les personnes"),
        ("of who left", "mayor", "Seules les personnes"),
        ("of who left", "secretary", "transmettez-la d’abord"),
        ("of who left", "helper", "transmettez-la d’abord"),
        ("of nobody", "secretary", "transmettez-la d’abord"),
    ],
)
def test_a_personal_box_obeys_its_holder_alone(at_home: Any, box: str, actor: str, words: str | None) -> None:
    found = holder_of(at_home, box)
    stranger = f.user("ailleurs@exemple.invalid")
    by = {
        "secretary": at_home.secretary, "mayor": at_home.mayor, "system": User.objects.system(),
        "helper": stranger, "stranger": stranger,
    }[actor]  # fmt: skip
    if actor != "helper":
        reason = rules.why_not_decide(found, by=by, on=f.TODAY)
    else:
        with helping.lent(stranger, at_home.place):
            reason = rules.why_not_decide(found, by=by, on=f.TODAY)
    assert (reason is None) if words is None else (reason is not None and words in reason)


@pytest.mark.parametrize("gesture", GESTURES)
def test_no_colleague_diverts_answers_restores_or_fills_a_personal_box(at_home: Any, gesture: str) -> None:
    box = holder_of(at_home, "of the mayor")
    before = Entry.objects.count()
    with pytest.raises(Refused, match="n’obéit qu’à sa personne"):
        GESTURES[gesture](box, at_home.secretary)
    assert Entry.objects.count() == before
    assert not Forwarding.objects.exists()
    assert not Vacation.objects.exists()


@pytest.mark.slow
def test_the_page_shows_a_colleague_neither_the_gestures_nor_where_the_post_goes(client: Any, at_home: Any) -> None:
    box = holder_of(at_home, "of the mayor")
    manners.forward(box, destination="chez.moi@exemple.fr", is_copy_kept=True, by=at_home.mayor, at=f.NOW)
    User.objects.update(is_fictitious=True)
    client.force_login(at_home.secretary)
    page = client.get(f"/mairie/messagerie/{box.pk}/").content.decode()
    assert "n’obéit qu’à sa personne" in page
    assert "chez.moi@exemple.fr" not in page
    for gesture in ("absence", "renvoi", "restaurer"):
        assert client.get(f"/mairie/messagerie/{box.pk}/{gesture}/").status_code == 409


@pytest.mark.parametrize("actor", ["secretary", "helper"])
def test_handing_over_the_box_of_who_left_is_told_to_them_and_to_the_mayor(
    at_home: Any, actor: str, django_capture_on_commit_callbacks: Any
) -> None:
    box = Mailbox.objects.get(holder=at_home.secretary)
    newcomer = f.member(Role.SECRETARY, at_home.place, email="nouvelle@exemple.invalid")
    Membership.objects.filter(user=at_home.secretary).update(ends_on=DAY_BEFORE)
    if actor == "helper":
        helper = f.user("ailleurs@exemple.invalid")
        with helping.lent(helper, at_home.place), pytest.raises(Refused, match="En assistance"):
            actions.hand_over(box, to=newcomer, by=helper, at=f.NOW)
        return
    with django_capture_on_commit_callbacks(execute=True):
        actions.hand_over(box, to=newcomer, by=newcomer, at=f.NOW)
    assert {to for one in mail.outbox for to in one.to} == {at_home.secretary.email, at_home.mayor.email}
    assert all(box.address in one.body and newcomer.name in one.body for one in mail.outbox)
    line = Entry.objects.get(verb="mail.box_handed_over")
    assert line.facts == {"former": at_home.secretary.pk, "successor": newcomer.pk}
