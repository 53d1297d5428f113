"""Aliases, groups, forwarding, absences: what goes where, and what never leaves without an agreement."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse

from socle.lib.refusals import Refused
from socle.mail import actions, aliases, confirming, emails, manners, queries
from socle.mail.erasure import erase_unanswered
from socle.mail.models import Alias, Destination, Forwarding, Vacation
from socle.mail.models.boxes import Kind
from socle.people.models import User
from tests import factories as f

pytestmark = pytest.mark.django_db


def make(here, local="conseil", to=("mairie",), **more):
    options = {"is_group": True, "destinations": to, "by": here.secretary, "at": f.NOW, **more}
    return aliases.make_alias(here.place, local_part=local, **options)


def reached(place, address):
    return next((route.to for route in queries.routes(place) if route.address == address), ())


def link(message):
    return next(line for line in message.body.splitlines() if "/courrier/accord/" in line).removeprefix(
        "http://localhost:8000"
    )


# --- Aliases ----------------------------------------------------------------------------------------------------------
def test_a_group_leads_to_boxes_at_once(at_home):
    make(at_home, to=["mairie", at_home.box.address, "MAIRIE"])
    assert set(reached(at_home.place, "conseil@prisches.courriel.exemple.fr")) == {
        at_home.main.address, at_home.box.address,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("to", "words"),
    [
        (["inconnue"], "n’existe pas"),
        (["postmaster"], "adresse de renvoi"),
        (["elue@gmail.com"], "ne part pas vers"),
        ([], "au moins une adresse"),
        (["a@b.fr\r\nBcc: c@d.fr"], "adresse entière"),
        ([f"p{rank}@exemple.fr" for rank in range(10_000)], "50 personnes au plus"),
    ],
)
def test_what_leads_nowhere_or_abroad_is_refused(at_home, to, words):
    with pytest.raises(Refused, match=words):
        make(at_home, to=to)
    assert not Alias.objects.filter(local_part="conseil").exists()


def test_the_zone_is_a_choice_of_the_operator(at_home, settings):
    settings.SOCLE_MAIL_FORWARD_ZONES = ["fr", "gmail.com"]
    make(at_home, to=["elue@gmail.com"])
    assert Destination.objects.get(mailbox=None).address == "elue@gmail.com"


def test_nothing_goes_outside_before_its_owner_agreed(at_home, client, django_capture_on_commit_callbacks):
    make(at_home, to=["elue@exemple.fr"])
    assert reached(at_home.place, "conseil@prisches.courriel.exemple.fr") == ()
    assert emails.send_due(at=f.NOW) == 1
    assert emails.send_due(at=f.NOW) == 0
    (message,) = mail.outbox
    assert message.to == ["elue@exemple.fr"]
    path = link(message)
    Destination.objects.update(expires_at=f.NOW + timedelta(days=4000))
    assert "J’accepte" in client.get(path).content.decode()
    assert reached(at_home.place, "conseil@prisches.courriel.exemple.fr") == ()
    client.post(path, {"reponse": "oui"})
    assert reached(at_home.place, "conseil@prisches.courriel.exemple.fr") == ("elue@exemple.fr",)
    assert "Ne plus rien recevoir" in client.get(path).content.decode()
    client.post(path, {"reponse": "non"})
    assert reached(at_home.place, "conseil@prisches.courriel.exemple.fr") == ()
    assert client.get(path).status_code == 404


def test_who_is_asked_twice_at_the_same_instant_receives_two_letters_that_no_program_takes_for_one(at_home):
    for local in ("conseil", "ccas"):
        make(at_home, local, to=["elue@exemple.fr"])
    assert emails.send_due(at=f.NOW) == 2
    assert len({link(one) for one in mail.outbox}) == len({one.extra_headers["Message-ID"] for one in mail.outbox}) == 2


def test_only_the_digest_of_the_link_is_kept(at_home):
    make(at_home, to=["elue@exemple.fr"])
    emails.send_due(at=f.NOW)
    token = link(mail.outbox[0]).rstrip("/").rpartition("/")[2]
    kept = " ".join(map(str, Destination.objects.filter(mailbox=None).values().get().values()))
    assert token not in kept
    assert confirming.find(token) is not None
    assert confirming.find(token + "x") is None
    assert confirming.find("") is None
    assert confirming.find("x" * 10_000) is None


def test_an_old_link_agrees_to_nothing(at_home, client):
    make(at_home, to=["elue@exemple.fr"])
    emails.send_due(at=f.NOW)
    Destination.objects.update(expires_at=f.NOW - timedelta(days=4000))
    path = link(mail.outbox[0])
    assert client.get(path).status_code == 410
    assert client.post(path, {"reponse": "oui"}).status_code == 409
    assert erase_unanswered(f.NOW, by=User.objects.system(), at=f.NOW, is_dry=False) == 1


def test_a_stranger_s_link_is_a_404(client):
    assert client.get(reverse("mail_agreement", args=["inconnu"])).status_code == 404


def test_what_must_answer_always_leads_to_somebody(at_home):
    alias = Alias.objects.get(local_part="postmaster")
    with pytest.raises(Refused, match="obligatoire"):
        aliases.remove_alias(alias, by=at_home.secretary, at=f.NOW)
    first = alias.destinations.get()
    with pytest.raises(Refused, match="toujours mener"):
        aliases.withdraw_destination(first, by=at_home.secretary, at=f.NOW)
    aliases.add_destination(alias, address="etat-civil", by=at_home.secretary, at=f.NOW)
    aliases.withdraw_destination(first, by=at_home.secretary, at=f.NOW)
    assert reached(at_home.place, "postmaster@prisches.courriel.exemple.fr") == (at_home.boxes["etat-civil"].address,)


def test_a_neighbour_of_the_platform_is_asked_like_anybody(at_home, there):
    alias = make(at_home, to=["mairie"])
    added = aliases.add_destination(alias, address=there.main.address, by=at_home.secretary, at=f.NOW)
    assert (added.mailbox, added.confirmed_at) == (None, None)


# --- Forwarding -------------------------------------------------------------------------------------------------------
def forward(here, box, to, **more):
    return manners.forward(box, destination=to, is_copy_kept=True, by=here.secretary, at=f.NOW, **more)


def test_a_box_is_sent_on_to_another_at_once_and_never_in_circles(at_home):
    civil = at_home.boxes["etat-civil"]
    assert forward(at_home, civil, "mairie").is_in_force
    with pytest.raises(Refused, match="en rond"):
        forward(at_home, at_home.main, "etat-civil")
    with pytest.raises(Refused, match="elle-même"):
        forward(at_home, civil, "etat-civil")
    manners.stop_forwarding(civil, by=at_home.secretary, at=f.NOW)
    assert not Forwarding.objects.exists()


def test_another_destination_is_another_agreement(at_home):
    first = forward(at_home, at_home.main, "a@exemple.fr")
    Forwarding.objects.filter(pk=first.pk).update(confirmed_at=f.NOW)
    assert forward(at_home, at_home.main, "a@exemple.fr").is_in_force
    assert not forward(at_home, at_home.main, "b@exemple.fr").is_in_force
    emails.send_due(at=f.NOW)
    again = manners.ask_again(at_home.main, by=at_home.secretary, at=f.NOW + timedelta(hours=1))
    assert again.token_sha256 == ""
    with pytest.raises(Refused, match="ne part pas vers"):
        forward(at_home, at_home.main, "c@gmail.com")


def test_a_letter_that_fails_is_sent_the_next_time(at_home, monkeypatch):
    forward(at_home, at_home.main, "a@exemple.fr")

    def broken(*args, **kwargs):
        raise OSError("no server")

    with monkeypatch.context() as patch:
        patch.setattr(emails.departures, "send", broken)
        assert emails.send_due(at=f.NOW) == 0
    assert emails.send_due(at=f.NOW) == 1


# --- Absences ---------------------------------------------------------------------------------------------------------
def absent(here, **more):
    options = {"subject": "Fermée", "text": "À lundi.", "starts_on": f.TODAY, "ends_on": None, **more}
    return manners.be_absent(here.main, **options, by=here.secretary, at=f.NOW)


def test_a_box_answers_from_a_day_to_a_day(at_home):
    vacation = absent(at_home, ends_on=f.TODAY + timedelta(days=3), subject="Fermée\r\nBcc: x@y.fr")
    assert vacation.subject == "Fermée Bcc: x@y.fr"
    assert vacation.is_running_on(f.TODAY)
    assert vacation.is_running_on(f.TODAY + timedelta(days=3))
    assert not vacation.is_running_on(f.TODAY + timedelta(days=4))
    absent(at_home, subject="Encore")
    assert Vacation.objects.get().subject == "Encore"
    manners.come_back(at_home.main, by=at_home.secretary, at=f.NOW)
    assert not Vacation.objects.exists()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"text": " "}, "Écrivez"),
        ({"text": "x" * 2001}, "2000"),
        ({"ends_on": f.TODAY - timedelta(days=1)}, "finit avant"),
        ({"starts_on": f.TODAY - timedelta(days=9), "ends_on": f.TODAY - timedelta(days=1)}, "déjà finie"),
        ({"ends_on": f.TODAY + timedelta(days=900)}, "plus d’un an"),
    ],
)
def test_an_absence_that_makes_no_sense_is_refused(at_home, more, words):
    with pytest.raises(Refused, match=words):
        absent(at_home, **more)


def test_nothing_is_set_on_a_deleted_box(at_home):
    box = actions.make_box(
        at_home.place, local_part="urbanisme", kind=Kind.SHARED, display_name="U", by=at_home.secretary, at=f.NOW
    )
    box = actions.delete_box(box, by=at_home.secretary, at=f.NOW)
    with pytest.raises(Refused, match="supprimée"):
        forward(at_home, box, "mairie")
