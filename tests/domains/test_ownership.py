"""The names that public bodies own: who may have which, what proves it, and when they are free again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection, transaction
from django_scopes import scope

from socle.domains import actions, ownership, rules
from socle.domains.models import DomainName, Holder
from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.mail.domains import take_domain
from socle.mail.models import Domain
from socle.people.models import Role, User
from socle.sites.actions import create_site
from socle.sites.names.actions import ask_name, withdraw_name
from tests import factories as f


@pytest.fixture
def prisches(db):
    return f.beneficiary()


@pytest.fixture
def ablain(db):
    return f.beneficiary(f.commune("62001", "Ablain-Saint-Nazaire", 1800))


@pytest.fixture(autouse=True)
def under_the_operator(settings):
    settings.PLATFORM_HOSTS, settings.PLATFORM_URL = ["socle.syndicat.fr", "localhost"], "https://socle.syndicat.fr"
    settings.SITES_DOMAIN, settings.SOCLE_MAIL_DOMAIN = "communes.exemple.fr", "courriel.exemple.fr"
    settings.SOCLE_MAIL_MX = ["mx1.serveurs.fr"]


def claim(place, name):
    return ownership.claim(place, name, at=f.NOW)


@pytest.mark.parametrize(
    ("wait", "is_due"),
    [(timedelta(), True), (timedelta(days=1, minutes=5), False), (timedelta(days=1, minutes=6), True)],
)
def test_a_check_further_than_a_day_was_set_by_a_clock_gone_ahead(prisches, wait, is_due):
    claim(prisches, "prisches.fr")
    with scope(beneficiary=prisches):
        DomainName.objects.update(next_check_at=f.NOW + wait, next_zone_at=f.NOW + wait, holder=Holder.OPERATOR)
    assert bool(actions.due_checks(at=f.NOW, limit=10)) == is_due
    assert bool(actions.due_zones(at=f.NOW, limit=10)) == is_due


@pytest.mark.parametrize(
    ("taken", "wanted", "is_refused"),
    [
        ("prisches.fr", "prisches.fr", True),
        ("prisches.fr", "mairie.prisches.fr", True),
        ("prisches.fr", "a.b.prisches.fr", True),
        ("mairie.prisches.fr", "prisches.fr", True),
        ("a.b.prisches.fr", "prisches.fr", True),
        # Beside one another: an intercommunal zone gives to several, a name ends like another.
        ("a.thierache.fr", "b.thierache.fr", False),
        ("prisches.fr", "vieux-prisches.fr", False),
        ("prisches.fr", "prisches.org", False),
        ("prisches.asso.fr", "ablain.asso.fr", False),
        ("pri-ches.fr", "mairie.prisches.fr", False),
    ],
)
def test_a_name_that_touches_one_of_another_is_refused_both_ways(prisches, ablain, taken, wanted, is_refused):
    claim(prisches, taken)
    sentence = rules.why_not_claim(ablain, wanted)
    assert (sentence is not None) is is_refused
    assert not sentence or ("autre organisme" in sentence and "assistance" in sentence and "Prisches" not in sentence)
    assert rules.why_not_claim(prisches, wanted) is None
    if is_refused:
        with pytest.raises(Refused, match="autre organisme"):
            claim(ablain, wanted)
    else:
        claim(ablain, wanted)


@pytest.mark.parametrize(
    "wanted",
    [
        "communes.exemple.fr", "prisches.communes.exemple.fr", "exemple.fr", "autre.courriel.exemple.fr",
        "socle.syndicat.fr", "x.socle.syndicat.fr", "syndicat.fr", "mx1.serveurs.fr",
    ],
)  # fmt: skip
def test_what_the_operator_gives_or_stands_on_is_nobody_s_own(prisches, wanted):
    assert "appartient à l’opérateur" in (rules.why_not_claim(prisches, wanted) or "")


def test_a_token_is_of_one_body_and_one_name_and_proves_what_is_under(prisches, ablain):
    own, other = claim(prisches, "prisches.fr"), claim(ablain, "ablain.fr")
    assert len({own.token, other.token, claim(prisches, "mairie.prisches.fr").token}) == 3
    assert claim(prisches, "prisches.fr").token == own.token
    for heard in ([], ["socle-preuve="], [other.proof], [own.proof.upper()], [own.token]):
        assert not ownership.note_proof(own, heard, by=User.objects.system(), at=f.NOW)
    assert "TXT" in (rules.why_not_serve(prisches.pk, "mairie.prisches.fr") or "")
    assert ownership.note_proof(own, ["v=spf1 -all", f" {own.proof} "], by=User.objects.system(), at=f.NOW)
    assert not ownership.note_proof(own, [own.proof], by=User.objects.system(), at=f.NOW)
    assert rules.why_not_serve(prisches.pk, "prisches.fr") is rules.why_not_serve(prisches.pk, "mairie.prisches.fr")
    assert Entry.objects.filter(verb="name.proved").count() == 1
    # Neither for another, nor upwards.
    assert rules.why_not_serve(ablain.pk, "prisches.fr")
    assert rules.why_not_serve(prisches.pk, "fr")


@pytest.mark.usefixtures("all_beneficiaries")
def test_a_name_that_serves_nothing_more_is_free_and_is_proved_anew(prisches, ablain):
    site, secretary = create_site(prisches, by=User.objects.system(), at=f.NOW), f.member(Role.SECRETARY, prisches)
    name = ask_name(site, "prisches.fr", by=secretary, at=f.NOW)
    take_domain(prisches, "prisches.fr", by=secretary, at=f.NOW)
    own = DomainName.objects.get()
    f.prove(prisches, "prisches.fr")
    withdraw_name(name, by=secretary, at=f.NOW)
    assert rules.is_proved(prisches.pk, "prisches.fr")
    assert rules.why_not_claim(ablain, "prisches.fr")
    Domain.objects.all().delete()
    ownership.release("prisches.fr", at=f.NOW)
    assert claim(ablain, "prisches.fr").token != own.token
    assert not rules.is_proved(prisches.pk, "prisches.fr")


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
@pytest.mark.both
def test_of_two_bodies_that_ask_at_once_for_names_that_touch_one_is_refused(prisches, ablain):
    together = Barrier(2, timeout=10)

    def ask(place, name):
        try:
            together.wait()
            with transaction.atomic():
                claim(place, name)
        except Refused:
            return "refused"
        finally:
            connection.close()
        return "claimed"

    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(ask, prisches, "prisches.fr"), pool.submit(ask, ablain, "mairie.prisches.fr")]
        assert sorted(one.result() for one in asked) == ["claimed", "refused"]
    with scope(beneficiary=[prisches, ablain]):
        assert DomainName.objects.count() == 1
