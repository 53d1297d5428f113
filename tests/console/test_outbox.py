"""The outbox keeps what a demonstration does not send, and shows it to operators only."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.mail import EmailMessage, get_connection
from django.test import Client
from django.urls import reverse

from socle.outbox.models import Message
from socle.people.models import Role, User
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def technician(settings: Any) -> User:
    settings.DEMO = True
    factories.programme()
    person = factories.member(Role.TECHNICIAN, factories.operator("npdcn", "Syndicat", 1))
    person.is_fictitious = True
    person.save()
    return person


def keep(number: int = 1) -> None:
    connection = get_connection("socle.outbox.backend.OutboxBackend")
    body = "Bonjour <b>vous</b>\n\nhttp://localhost/x"
    connection.send_messages([EmailMessage(f"Objet {n}", body, "a@b.invalid", ["c@d.invalid"]) for n in range(number)])


def test_a_message_is_listed_then_read_and_its_text_stays_text(client: Client, technician: User) -> None:
    keep()
    client.force_login(technician)
    message = Message.objects.get()
    listed = client.get(reverse("console:outbox")).content.decode()
    assert "Objet 0" in listed
    read = client.get(reverse("console:outbox_message", args=[message.pk])).content.decode()
    assert "&lt;b&gt;vous&lt;/b&gt;" in read
    assert 'href="http://localhost/x"' in read
    assert "jamais envoyé" in read


def test_an_empty_outbox_says_what_will_come(client: Client, technician: User) -> None:
    client.force_login(technician)
    assert "Aucun message pour l’instant" in client.get(reverse("console:outbox")).content.decode()


def test_a_long_outbox_costs_the_same_and_is_cut_in_pages(
    client: Client, technician: User, django_assert_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.force_login(technician)
    keep(1)
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("console:outbox"))
    keep(120)
    with django_assert_num_queries(len(few)):
        page = client.get(reverse("console:outbox"), {"page": "2"}).content.decode()
    assert page.count('<th scope="row"') == 50
    assert client.get(reverse("console:outbox"), {"page": "abc"}).status_code == 200


def test_an_unknown_message_is_not_found(client: Client, technician: User) -> None:
    client.force_login(technician)
    assert client.get(reverse("console:outbox_message", args=[404])).status_code == 404


def test_a_mairie_never_reads_the_outbox(client: Client) -> None:
    keep()
    client.force_login(factories.member(Role.SECRETARY, factories.beneficiary()))
    for path in (reverse("console:outbox"), reverse("console:outbox_message", args=[Message.objects.get().pk])):
        assert client.get(path).status_code == 403
    client.logout()
    assert client.get(reverse("console:outbox"))["Location"].startswith("/compte/connexion/")


@pytest.mark.slow
def test_each_operator_reads_the_messages_of_its_own_people_only(client: Client, settings: Any) -> None:
    """The lead reads those of its whole territory too, and those to nobody that the platform knows."""
    settings.DEMO = True
    pack = factories.programme()
    members = {
        "lead": factories.member(Role.TECHNICIAN, pack.lead()),
        "cdg59": factories.member(Role.CDG_ADVISOR, pack.centre_de_gestion_of(factories.department("59"))),
        "cdg62": factories.member(Role.CDG_ADVISOR, pack.centre_de_gestion_of(factories.department("62"))),
        "mairie59": factories.member(Role.SECRETARY, factories.beneficiary()),
        "mairie62": factories.member(Role.SECRETARY, factories.beneficiary(factories.commune("62001", "Ablain", 1800))),
    }
    addresses = {name: person.email.upper() for name, person in members.items()} | {"nobody": "x@exemple.invalid"}
    for name, address in addresses.items():
        Message.objects.create(to=address, sender="x@y.invalid", subject=f"Objet-{name}", body="")
    for reader, read in (
        ("lead", set(addresses)),
        ("cdg59", {"cdg59", "mairie59"}),
        ("cdg62", {"cdg62", "mairie62"}),
    ):
        User.objects.filter(pk=members[reader].pk).update(is_fictitious=True)
        client.force_login(members[reader])
        listed = client.get(reverse("console:outbox")).content.decode()
        exported = client.get(reverse("console:outbox_file", args=["csv"])).content.decode()
        answers = {
            message.subject.removeprefix("Objet-")
            for message in Message.objects.all()
            if client.get(reverse("console:outbox_message", args=[message.pk])).status_code == 200
        }
        assert {name for name in addresses if f"Objet-{name}" in listed} == read
        assert {name for name in addresses if f"Objet-{name}" in exported} == read
        assert answers == read
