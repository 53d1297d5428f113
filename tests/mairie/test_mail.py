"""The mail at the mairie's door: what a secretary sees and does, and what is said when it cannot be."""

from __future__ import annotations

import plistlib
from datetime import timedelta

import pytest
import time_machine
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_scopes import scopes_disabled

from socle.mail import actions
from socle.mail.defaults import ensure_defaults
from socle.mail.importing import actions as importing
from socle.mail.models import Alias, Domain, Forwarding, Mailbox, Migration, Opening, Restoration, Vacation
from socle.mail.models.boxes import Kind
from socle.people.models import Role, User
from tests import factories as f

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_a_fixed_time(settings):
    settings.SOCLE_MAIL_DOMAIN = "courriel.exemple.fr"
    settings.SOCLE_MAIL_BOXES = "socle.engines.simulated.boxes.SimulatedBoxes"
    settings.SOCLE_MAIL_IMAP_HOST = "imap.courriel.exemple.fr"
    with time_machine.travel(f.NOW, tick=False):
        yield


@pytest.fixture
def place(db):
    return f.beneficiary()


@pytest.fixture
def secretary(place):
    return f.member(Role.SECRETARY, place)


@pytest.fixture
def mayor(place):
    return f.member(Role.MAYOR, place)


@pytest.fixture
def boxes(place, secretary, mayor):
    with scopes_disabled():
        ensure_defaults(place, by=User.objects.system(), at=f.NOW)
        return {one.local_part: one for one in Mailbox.objects.filter(beneficiary=place)}


@pytest.fixture
def page(client, secretary):
    client.force_login(secretary)

    def ask(name, *args, data=None, follow=True):
        url = reverse(f"mairie:{name}", args=args)
        return client.get(url) if data is None else client.post(url, data, follow=follow)

    return ask


def text(response):
    # Where a long address may break is not read.
    return response.content.decode().replace("<wbr>", "")


@pytest.fixture
def fresh(db):
    """Read a row again, whatever the scope."""

    def read(row):
        with scopes_disabled():
            return type(row).objects.get(pk=row.pk)

    return read


def test_before_the_service_the_page_says_when_it_will_be_there(page):
    assert "n’est pas encore ouverte" in text(page("mail"))
    assert page("mailbox_make").status_code == 409


@pytest.mark.slow
def test_the_list_shows_each_box_and_the_names_that_must_answer(page, boxes):
    shown = text(page("mail"))
    for box in boxes.values():
        assert box.address in shown
    assert "postmaster@prisches.courriel.exemple.fr" in shown
    assert "Obligatoire" in shown


@pytest.mark.slow
def test_the_room_that_a_box_takes_is_said_with_the_hour_at_which_it_was_measured(page, boxes):
    """A box that fills up since then is not shown emptier than it is without a word."""
    for name, wanted in (("mailbox", (boxes["mairie"].pk,)), ("mail", ())):
        assert "pas encore mesurée, sur" in text(page(name, *wanted)).replace("\u00a0", " ")
    with scopes_disabled():
        actions.note_use(boxes["mairie"], used_bytes=2000, messages=1, at=f.NOW - timedelta(hours=5))
    for name, wanted in (("mailbox", (boxes["mairie"].pk,)), ("mail", ())):
        shown = text(page(name, *wanted)).replace("\u00a0", " ")
        assert "2 ko sur 5 Go, mesurée le 25 novembre 2026 à 5 h 00" in shown, name


@pytest.mark.slow
def test_the_list_costs_the_same_however_many_boxes(page, boxes, place, secretary):
    from django.db import connection

    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert page("mail").status_code == 200
        return len(queries)

    cost()
    few = cost()
    with scopes_disabled():
        for rank in range(6):
            box = actions.make_box(
                place,
                local_part=f"service-{rank}x",
                kind=Kind.SHARED,
                display_name="S",
                quota_bytes=10**9,
                by=secretary,
                at=f.NOW,
            )
            actions.open_box(box, to=secretary, by=secretary, at=f.NOW)
    assert cost() == few
    assert few <= 30


@pytest.mark.slow
def test_a_box_is_made_and_a_refusal_keeps_what_was_typed(page, boxes):
    form = {"kind": "shared", "person": "", "local_part": "mairie", "display_name": "Urbanisme", "quota": 10**9}
    refused = page("mailbox_make", data=form)
    assert refused.status_code == 422
    assert "existe déjà" in text(refused)
    assert "Urbanisme" in text(refused)
    made = page("mailbox_make", data={**form, "local_part": "urbanisme"})
    assert "urbanisme@prisches.courriel.exemple.fr est créée" in text(made)


@pytest.mark.slow
def test_a_box_is_renamed_resized_suspended_and_put_back(page, boxes, fresh):
    box = boxes["etat-civil"]
    page("mailbox_rename", box.pk, data={"display_name": "État civil"})
    page("mailbox_resize", box.pk, data={"quota": 10**10})
    assert (fresh(box).display_name, fresh(box).quota_bytes) == ("État civil", 10**10)
    assert page("mailbox_resize", box.pk, data={"quota": 5 * 10**10}).status_code == 422
    assert "Personne ne l’ouvre" in text(page("mailbox_suspend", box.pk, data={}))
    assert "de nouveau en service" in text(page("mailbox_resume", box.pk, data={}))


@pytest.mark.slow
def test_a_deleted_box_is_listed_apart_and_taken_back(page, boxes, fresh):
    box = boxes["etat-civil"]
    assert "sont gardés jusqu’au" in text(page("mailbox_delete", box.pk, data={}))
    assert "encore gardées" in text(page("mail"))
    page("mailbox_resume", box.pk, data={})
    assert fresh(box).status == "active"
    assert "doivent toujours mener" in text(page("mailbox_delete", boxes["mairie"].pk, data={}))


@pytest.mark.slow
def test_a_shared_box_is_opened_narrowed_and_closed(page, boxes, secretary, mayor):
    box = boxes["mairie"]
    with scopes_disabled():
        opening = Opening.objects.get(mailbox=box, user=mayor)
    assert "peut seulement lire" in text(page("mailbox_opening", box.pk, opening.pk, data={"may_send": "non"}))
    assert "fermée à" in text(page("mailbox_close", box.pk, opening.pk, data={}))
    assert page("mailbox_open", box.pk, data={"person": "999999"}).status_code == 422
    assert "est ouverte à" in text(page("mailbox_open", box.pk, data={"person": mayor.pk, "may_send": "on"}))


@pytest.mark.slow
def test_a_personal_box_says_it_is_somebody_s(page, boxes, secretary, mayor):
    box = next(one for one in boxes.values() if one.holder_id == mayor.pk)
    assert "toujours en fonction" in text(page("mailbox_hand_over", box.pk, data={"person": secretary.pk}))
    assert "Une boîte personnelle n’est ouverte" in text(page("mailbox_open", box.pk, data={"person": mayor.pk}))


@pytest.mark.slow
def test_an_absence_a_forwarding_and_their_end(page, boxes):
    box = boxes["mairie"]
    form = {"starts_on": "25/11/2026", "ends_on": "2026-11-30", "subject": "Fermée", "text": "À lundi."}
    assert page("mailbox_absence", box.pk, data={**form, "ends_on": "2026-11-01"}).status_code == 422
    assert "Répond en ce moment" in text(page("mailbox_absence", box.pk, data=form))
    assert "Répond à l’absence" in text(page("mail"))
    page("mailbox_come_back", box.pk, data={})
    refused = page("mailbox_forward", box.pk, data={"destination": "x@gmail.com"})
    assert refused.status_code == 422
    assert "ne part pas vers" in text(refused)
    assert "Accord demandé" in text(page("mailbox_forward", box.pk, data={"destination": "x@exemple.fr"}))
    assert "repart" in text(page("mailbox_forward_again", box.pk, data={}))
    page("mailbox_forward_stop", box.pk, data={})
    with scopes_disabled():
        assert not Vacation.objects.exists()
        assert not Forwarding.objects.exists()


@pytest.mark.slow
@pytest.mark.both
def test_a_group_is_made_filled_emptied_and_removed(page, boxes):
    form = {"is_group": "yes", "local_part": "conseil", "name": "Conseil", "destinations": "mairie\nelue@exemple.fr"}
    made = text(page("mail_alias_make", data=form))
    assert "Accord demandé" in made
    with scopes_disabled():
        alias = Alias.objects.get(local_part="conseil")
        outside = alias.destinations.get(mailbox=None)
    assert "est ajoutée" in text(page("mail_destination_add", alias.pk, data={"address": "etat-civil"}))
    assert page("mail_destination_add", alias.pk, data={"address": "x@gmail.com"}).status_code == 422
    assert "est retirée" in text(page("mail_destination_withdraw", alias.pk, outside.pk, data={}))
    assert "est supprimée" in text(page("mail_alias_remove", alias.pk, data={}))
    assert page("mail_alias_make", data={**form, "destinations": "x@gmail.com"}).status_code == 422


@pytest.mark.slow
def test_the_domain_of_the_commune_is_noted_and_waits(page, boxes):
    assert "préparé" in text(page("name_ask", data={"domain": "prisches.fr"})).lower()
    assert page("name_ask", data={"domain": "wanadoo.fr"}).status_code == 422
    with scopes_disabled():
        domain = Domain.objects.get(name="prisches.fr")
    assert "pas encore en service" in text(page("mail_domain_main", domain.pk, data={}))
    assert "est fermé" in text(page("mail_domain_close", domain.pk, data={}))


@pytest.mark.slow
def test_a_restoration_is_asked_and_given_up(page, boxes):
    box = boxes["mairie"]
    with scopes_disabled():
        Mailbox.objects.update(made_at=f.NOW.replace(year=2025))
    assert page("mailbox_restore", box.pk, data={"as_of": "2027-01-01"}).status_code == 422
    assert "demandée" in text(page("mailbox_restore", box.pk, data={"as_of": "2026-11-20"}))
    with scopes_disabled():
        asked = Restoration.objects.get()
    assert "déjà en cours" in text(page("mailbox_restore", box.pk, data={"as_of": "2026-11-21"}))
    assert "annulée" in text(page("mailbox_restoration_cancel", box.pk, asked.pk, data={}))


@pytest.mark.slow
def test_how_to_set_a_device_names_the_servers_and_one_s_boxes(page, boxes, secretary, mayor):
    response = page("mail_devices")
    assert reverse("device_new") in response.content.decode()
    shown = text(response)
    assert "imap.courriel.exemple.fr" in shown
    assert "993" in shown
    theirs = next(one for one in boxes.values() if one.holder_id == mayor.pk)
    assert boxes["mairie"].address in shown
    assert theirs.address not in shown


def test_the_profile_of_a_box_holds_no_password(page, boxes):
    response = page("mailbox_profile", boxes["mairie"].pk)
    assert response["Content-Type"] == "application/x-apple-aspen-config"
    profile = plistlib.loads(response.content)
    (account,) = profile["PayloadContent"]
    assert account["IncomingMailServerUsername"] == boxes["mairie"].address
    assert not [key for key in account if key.endswith("Password") and key != "OutgoingPasswordSameAsIncomingPassword"]


@pytest.mark.slow
def test_an_old_box_is_asked_followed_and_given_up(page, boxes, monkeypatch):
    box = boxes["mairie"]
    form = {"login": "mairie.prisches@wanadoo.fr", "password": "secret-de-l-ancienne"}
    monkeypatch.setattr(importing, "why_not_enter", lambda *args, **kwargs: "L’ancienne boîte refuse ce mot de passe.")
    refused = page("mailbox_import_ask", box.pk, data=form)
    assert refused.status_code == 422
    assert "refuse ce mot de passe" in text(refused)
    assert form["password"] not in text(refused)
    assert "mot de passe aux autres programmes" in text(
        page("mailbox_import_ask", box.pk, data={**form, "login": "x@hotmail.fr"})
    )
    monkeypatch.setattr(importing, "why_not_enter", lambda *args, **kwargs: None)
    assert "la reprise commence" in text(page("mailbox_import_ask", box.pk, data=form))
    with scopes_disabled():
        migration = Migration.objects.get()
    assert migration.host == "imap.orange.fr"
    assert form["password"] not in migration.secret
    assert "annulée" in text(page("mailbox_import_cancel", box.pk, data={}))
    with scopes_disabled():
        assert Migration.objects.get().secret == ""
