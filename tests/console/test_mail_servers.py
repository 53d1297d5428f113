"""The servers that carry the mail, as the operator watches them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from socle.mail import server_status
from socle.mail.models import ChainTest
from socle.people.models import Role, User
from tests import factories as f

pytestmark = pytest.mark.django_db
SEEN: list[server_status.Seen | None] = [None]


def a_look() -> server_status.Seen | None:
    return SEEN[0]


@pytest.fixture
def technician(settings: Any) -> User:
    settings.SOCLE_MAIL_SERVERS = "/somewhere"
    settings.SOCLE_MAIL_WATCH = "tests.console.test_mail_servers.a_look"
    SEEN[0] = None
    settings.DEMO = True
    f.programme()
    return fictitious(Role.TECHNICIAN)


def fictitious(role: Role) -> User:
    """Whoever enters a demonstration, without a second factor."""
    who = f.member(role, f.operator("npdcn", "Syndicat", 1))
    who.is_fictitious = True
    who.save()
    return who


def page(client: Client, person: User) -> str:
    client.force_login(person)
    return client.get(reverse("console:mail_servers")).content.decode()


def test_without_servers_the_page_says_that_nothing_circulates(client: Client, technician: User, settings: Any) -> None:
    settings.SOCLE_MAIL_SERVERS = ""
    shown = page(client, technician)
    assert "Messagerie simulée" in shown
    assert "Message d’essai" not in shown  # It never comes: nothing is promised.
    settings.DEMO = False
    f.second_factor(technician)
    shown = page(client, technician)
    assert "Messagerie à mettre en service" in shown
    assert "socle mail-servers write" in shown


def test_what_was_seen_is_shown(client: Client, technician: User) -> None:
    now = timezone.now()
    SEEN[0] = server_status.Seen(
        looked_at=now,
        servers=(("postfix", True), ("dovecot", False)),
        waiting=7,
        deferred=3,
        oldest_at=now - timedelta(hours=2),
        reasons=(("450 4.2.1 <…> plus tard", 3),),
        refused=(server_status.Times("mairie@prisches.courriel.test", 42, now),),
        slowed=(server_status.Times("etat-civil@prisches.courriel.test", 5),),
    )
    ChainTest.objects.create(sent_at=now - timedelta(minutes=9), seen_at=now, seconds=0.4)
    ChainTest.objects.create(sent_at=now - timedelta(minutes=4), error="Parti, le message n’est pas arrivé.")
    shown = page(client, technician).replace("\u00a0", " ").replace("\u202f", " ")
    for words in ("À l’arrêt : dovecot", ">7, le plus", "plus tard", "mairie@prisches", "42", "etat-civil@prisches",
                  "1 échec sur 2 essais", "n’est pas arrivé", "en 0,4 s"):  # fmt: skip
        assert words.replace("\u00a0", " ").replace("\u202f", " ") in shown, words


def test_what_was_seen_long_ago_is_not_taken_for_now(client: Client, technician: User) -> None:
    SEEN[0] = server_status.Seen(looked_at=timezone.now() - timedelta(minutes=11))
    assert "Une vérification ancienne" in page(client, technician)


def test_its_number_of_queries_does_not_grow(client: Client, technician: User, django_assert_num_queries: Any) -> None:
    page(client, technician)
    with django_assert_num_queries(20, exact=False):
        page(client, technician)
    for rank in range(300):
        ChainTest.objects.create(sent_at=timezone.now() - timedelta(minutes=5 * rank), seconds=0.5)
    with django_assert_num_queries(20, exact=False):
        page(client, technician)


def test_others_do_not_read_it(client: Client, technician: User) -> None:
    client.force_login(fictitious(Role.PRESIDENT))
    assert client.get(reverse("console:mail_servers")).status_code == 403


def test_guessing_is_told_to_the_journal_once_a_day_and_never_below(all_beneficiaries: None, settings: Any) -> None:
    from socle.journal.models import Entry
    from socle.mail.defaults import ensure_defaults

    settings.SOCLE_MAIL_DOMAIN = "courriel.test"
    system, at = User.objects.system(), timezone.now()
    ensure_defaults(f.beneficiary(f.commune("59474", "Prisches", 1000)), by=system, at=at)
    attacked, calm = "mairie@prisches.courriel.test", "etat-civil@prisches.courriel.test"
    refused = [
        server_status.Times(attacked, 40),
        server_status.Times(calm, 3),
        server_status.Times("inconnue@ailleurs.test", 99),
    ]
    assert server_status.note_guessing(refused, by=system, at=at) == 1
    assert server_status.note_guessing(refused, by=system, at=at) == 0
    assert server_status.note_guessing(refused, by=system, at=at + timedelta(days=1)) == 1
    lines = Entry.objects.filter(verb="mail.guessing_slowed")
    assert lines.count() == 2
    assert attacked not in str(list(lines.values()))


def test_the_history_of_the_trial_message_is_kept_so_long_and_no_longer() -> None:
    at = timezone.now()
    ChainTest.objects.create(sent_at=at - server_status.KEPT - timedelta(days=1))
    ChainTest.objects.create(sent_at=at - server_status.KEPT + timedelta(days=1))
    server_status.begin_chain_test(at=at)
    assert ChainTest.objects.count() == 2
