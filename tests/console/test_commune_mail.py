"""The mail of a commune at the console: kept by those who keep it, never read, never another department's."""

from __future__ import annotations

import pytest
from django_scopes import scopes_disabled

from socle.mail import domains
from socle.mail.defaults import ensure_defaults
from socle.mail.models import Allowance, Domain, Mailbox
from socle.people.models import Beneficiary, User
from tests import factories as f

pytestmark = pytest.mark.django_db
PAGE = "/console/communes/59474/messagerie/"


@pytest.fixture
def mail(world, settings):
    settings.SOCLE_MAIL_DOMAIN = "courriel.exemple.fr"
    with scopes_disabled():
        place = Beneficiary.objects.get(commune__insee_code="59474")
        ensure_defaults(place, by=User.objects.system(), at=f.NOW)
        domains.take_domain(place, "prisches.fr", by=User.objects.system(), at=f.NOW)
        f.prove(place, "prisches.fr")
        return {one.local_part: one for one in Mailbox.objects.filter(beneficiary=place)}


def read(client, path=PAGE):
    return client.get(path).content.decode()


def of(box):
    with scopes_disabled():
        return Mailbox.objects.get(pk=box.pk)


def own_domain():
    with scopes_disabled():
        return Domain.objects.get(name="prisches.fr")


@pytest.mark.slow
def test_an_officer_sees_domains_boxes_and_quota(world, enter, mail):
    shown = read(enter("officer"))
    for words in ("mairie@prisches.courriel.exemple.fr", "prisches.fr", "50\u00a0Go", "sans attendre le DNS"):
        assert words in shown


def test_before_the_service_the_page_says_so(world, enter):
    assert "Pas encore de messagerie" in read(enter("officer"))


@pytest.mark.slow
def test_a_stolen_box_is_suspended_then_put_back(world, enter, mail):
    client, box = enter("technician"), mail["mairie"]
    client.post(f"{PAGE}fermer-boite-{box.pk}/")
    assert of(box).status == "suspended"
    client.post(f"{PAGE}rouvrir-boite-{box.pk}/")
    assert of(box).status == "active"


@pytest.mark.slow
def test_a_domain_is_put_in_service_with_a_reason_only(world, enter, mail):
    client, domain = enter("officer"), own_domain()
    refused = client.post(f"{PAGE}servir-{domain.pk}/", {"reason": ""}, follow=True)
    assert "Dites pourquoi" in refused.content.decode()
    client.post(f"{PAGE}servir-{domain.pk}/", {"reason": "MX changé ce matin"})
    assert own_domain().status == "active"
    assert "MX changé ce matin" in read(client)
    client.post(f"{PAGE}suspendre-{domain.pk}/")
    assert own_domain().status == "suspended"
    client.post(f"{PAGE}servir-{domain.pk}/")
    assert own_domain().status == "active"


@pytest.mark.slow
def test_a_quota_is_given_with_a_reason(world, enter, mail):
    client = enter("officer")
    assert client.post(f"{PAGE}place/", {"total": "100", "reason": ""}).status_code == 422
    client.post(f"{PAGE}place/", {"total": "100", "reason": "archives"})
    with scopes_disabled():
        assert Allowance.objects.get().total_bytes == 100 * 10**9


@pytest.mark.slow
def test_who_does_not_keep_the_mail_only_looks(world, enter, mail):
    client, box = enter("finance"), mail["mairie"]
    assert "fermer-boite" not in read(client)
    client.post(f"{PAGE}fermer-boite-{box.pk}/")
    client.post(f"{PAGE}servir-{own_domain().pk}/", {"reason": "x"})
    client.post(f"{PAGE}place/", {"total": "100", "reason": "x"})
    assert of(box).status == "active"
    assert own_domain().status == "prepared"
    with scopes_disabled():
        assert not Allowance.objects.exists()


@pytest.mark.slow
def test_another_department_finds_nothing(world, enter, mail):
    client, box = enter("cdg62"), mail["mairie"]
    assert client.get(PAGE).status_code == 404
    for path in (f"{PAGE}fermer-boite-{box.pk}/", f"{PAGE}suspendre-{own_domain().pk}/", f"{PAGE}place/"):
        assert client.post(path).status_code == 404


@pytest.mark.slow
def test_a_box_of_another_commune_is_not_reached_by_this_one(world, enter, mail):
    there = "/console/communes/59001/messagerie/"
    client, box = enter("officer"), mail["mairie"]
    assert client.post(f"{there}fermer-boite-{box.pk}/").status_code == 404
    assert of(box).status == "active"
