"""Domains: taken, refused, put in service, made the main one; both receive."""

from __future__ import annotations

import pytest
from django_scopes import scope

from socle.lib.refusals import Refused
from socle.mail import actions, domains, queries, rules
from socle.mail.models import Domain, Mailbox
from socle.people.models import Role, User
from tests import factories as f

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer():
    return f.member(Role.PROGRAMME_OFFICER, f.programme().lead())


def take(here, text="prisches.fr", **more):
    return domains.take_domain(here.place, text, **{"by": here.secretary, "at": f.NOW, **more})


def take_proved(here):
    domain = take(here)
    f.prove(here.place, domain.name)
    return domain


def everything_arrives_at(place):
    return {route.address: route.to for route in queries.routes(place)}


def test_boxes_exist_at_a_domain_before_anything_arrives_there(at_home):
    domain = take(at_home, "https://www.Prisches.fr/contact")
    assert (domain.name, domain.status, domain.is_main) == ("prisches.fr", "prepared", False)
    assert not any(one.endswith("@prisches.fr") for one in everything_arrives_at(at_home.place))


def test_once_in_service_both_receive_and_the_boxes_are_shown_under_the_main_one(at_home):
    domain = domains.activate(take_proved(at_home), by=User.objects.system(), at=f.NOW)
    first = at_home.main.address
    domains.make_main(domain, by=at_home.secretary, at=f.NOW)
    box = Mailbox.objects.get(pk=at_home.main.pk)
    assert (box.address, box.store) == ("mairie@prisches.fr", at_home.main.store)
    routes = everything_arrives_at(at_home.place)
    assert routes[first] == routes["mairie@prisches.fr"] == ("mairie@prisches.fr",)
    assert routes["postmaster@prisches.fr"] == ("mairie@prisches.fr",)
    assert queries.addresses_of(box) == ["mairie@prisches.fr", first]


def test_a_secretary_waits_for_the_dns_and_an_officer_says_why_they_do_not(at_home, officer):
    domain = take_proved(at_home)
    with pytest.raises(Refused, match="se met en service de lui-même"):
        domains.activate(domain, by=at_home.secretary, at=f.NOW)
    with pytest.raises(Refused, match="Dites pourquoi"):
        domains.activate(domain, by=officer, at=f.NOW)
    domain = domains.activate(domain, reason="MX changé à l’instant", by=officer, at=f.NOW)
    assert (domain.status, domain.forced_by) == ("active", officer)
    for by in (at_home.secretary, officer, User.objects.system()):
        with pytest.raises(Refused, match="déjà en service"):
            domains.activate(domain, reason="Encore", by=by, at=f.NOW)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("wanadoo.fr", "fournisseur de messagerie"),
        ("gouv.fr", "extension"),
        ("fr", "extension"),
        ("prisches", "extension"),
        ("autre.courriel.exemple.fr", "appartient à l’opérateur"),
        ("mairie@prisches.fr", "ce qui suit l’arobase"),
        ("192.0.2.1", "adresse IP"),
        ("prisches.inconnu-zz", "n’existe pas"),
        ("pri sches.fr", "lettres"),
        ("a." * 100 + "fr", "trop long"),
    ],
)
def test_what_is_no_domain_of_a_commune_s_is_refused(at_home, text, words):
    with pytest.raises(Refused, match=words):
        take(at_home, text)
    assert Domain.objects.count() == 1


@pytest.mark.slow
@pytest.mark.both
def test_a_domain_of_another_is_refused(here, there):
    with scope(beneficiary=there.place):
        take(there, "taisnieres.fr")
    with scope(beneficiary=here.place), pytest.raises(Refused, match="déjà à un autre organisme"):
        take(here, "mairie.taisnieres.fr")


def test_a_mairie_has_so_many_domains_and_those_of_others_are_not_counted(here, there, monkeypatch):
    monkeypatch.setattr(rules, "MOST_DOMAINS", 2)
    with scope(beneficiary=there.place):
        take(there, "taisnieres.fr")
    with scope(beneficiary=here.place):
        take(here)
        with pytest.raises(Refused, match="2 domaines au plus"):
            take(here, "mairie-prisches.fr")


def test_a_domain_whose_owner_is_not_proved_never_serves(at_home, officer):
    domain = take(at_home)
    for by in (User.objects.system(), officer):
        with pytest.raises(Refused, match="TXT"):
            domains.activate(domain, reason="MX changé à l’instant", by=by, at=f.NOW)


@pytest.mark.slow
@pytest.mark.both
def test_a_look_alike_of_another_alphabet_is_another_name(here, there):
    with scope(beneficiary=there.place):
        take(there, "taisnieres.fr")
    with scope(beneficiary=here.place):
        try:
            assert take(here, "tаisnieres.fr").name.startswith("xn--")
        except Refused:
            assert not Domain.objects.filter(name="taisnieres.fr").exists()


def test_the_main_one_and_the_first_one_are_not_closed(at_home):
    with pytest.raises(Refused, match="principal"):
        domains.close_domain(at_home.domain, by=at_home.secretary, at=f.NOW)
    domain = domains.activate(take_proved(at_home), by=User.objects.system(), at=f.NOW)
    domains.make_main(domain, by=at_home.secretary, at=f.NOW)
    at_home.domain.refresh_from_db()
    with pytest.raises(Refused, match="reçoit toujours"):
        domains.close_domain(at_home.domain, by=at_home.secretary, at=f.NOW)


def test_a_closed_domain_is_taken_up_again_with_its_keys(at_home):
    domain = take(at_home)
    domains.close_domain(domain, by=at_home.secretary, at=f.NOW)
    again = take(at_home)
    assert (again.pk, again.dkim_public_key, again.status) == (domain.pk, domain.dkim_public_key, "prepared")


def test_only_the_operator_suspends_and_what_arrives_is_kept(at_home, officer):
    with pytest.raises(Refused, match="Seul l’opérateur"):
        domains.suspend_domain(at_home.domain, by=at_home.mayor, at=f.NOW)
    domain = domains.suspend_domain(at_home.domain, by=officer, at=f.NOW)
    assert everything_arrives_at(at_home.place)
    assert domains.activate(domain, by=officer, at=f.NOW).status == "active"


def test_a_place_of_its_own_is_given_with_its_reason(at_home, officer):
    with pytest.raises(Refused, match="Seules les personnes chargées"):
        actions.allow_quota(at_home.place, total_bytes=10**11, reason="archives", by=at_home.mayor, at=f.NOW)
    with pytest.raises(Refused, match="Dites pourquoi"):
        actions.allow_quota(at_home.place, total_bytes=10**11, reason=" ", by=officer, at=f.NOW)
    actions.allow_quota(at_home.place, total_bytes=10**11, reason="archives", by=officer, at=f.NOW)
    assert queries.quota_of(at_home.place).total == 10**11
