"""What the room of the mail says, written for servers that need not run: relations, scripts, keys; who follows what."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.utils import timezone

from socle.engines.postfix_dovecot import chain, exporting, maps, tasks
from socle.engines.postfix_dovecot.layout import Layout, Ports
from socle.mail import actions as mail
from socle.mail import aliases, domains, manners, queries
from socle.mail.defaults import ensure_defaults
from socle.mail.models import Alias, Domain, Mailbox
from socle.people.devices import actions as devices
from socle.people.devices.models import Use
from socle.people.models import Beneficiary, Role, User
from tests import factories as f
from tests.lib.test_queue import wait, waiting

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("all_beneficiaries")]
PRISCHES = "mairie@prisches.courriel.test"


@pytest.fixture
def layout(tmp_path: Path, settings: Any) -> Layout:
    """A description of servers, and the folders that the platform writes; nothing runs."""
    for name in ("maps", "sieve", "opendkim/keys", "rspamd"):
        (tmp_path / name).mkdir(parents=True)
    made = Layout(tmp_path, ports=Ports.free(), api_key="k", chain_secret="00000000-x")
    made.save()
    maps.prepare(made)
    settings.SOCLE_MAIL_SERVERS, settings.SOCLE_MAIL_DOMAIN = str(tmp_path), "courriel.test"
    return made


@pytest.fixture
def place(layout: Layout) -> Beneficiary:
    made = f.beneficiary(f.commune("59474", "Prisches", 1000))
    f.member(Role.SECRETARY, made)
    ensure_defaults(made, by=User.objects.system(), at=timezone.now())
    return made


@pytest.fixture
def secretary(place: Beneficiary) -> User:
    return User.objects.get(memberships__beneficiary=place)


def known(layout: Layout, relation: str) -> set[tuple[Any, ...]]:
    with maps.reading(layout) as reader:
        return {row[1:] for row in reader.held().rows[relation] if row[0] > 0}


def export(layout: Layout, *places: Beneficiary) -> maps.Written:
    return exporting.export(layout, [place.pk for place in places] or None, at=timezone.now())


@pytest.mark.slow
def test_the_servers_are_told_once_and_then_nothing_differs(layout: Layout, place: Beneficiary) -> None:
    assert exporting.differs(layout, place.pk, at=timezone.now())
    assert export(layout, place).added > 0
    assert not export(layout, place)
    assert not exporting.differs(layout, place.pk, at=timezone.now())


@pytest.mark.slow
def test_a_device_opens_every_name_of_the_boxes_its_person_opens(
    layout: Layout, place: Beneficiary, secretary: User
) -> None:
    device, _ = devices.make(secretary, name="Téléphone", uses=[Use.MAIL], by=secretary, at=timezone.now())
    devices.make(secretary, name="Agenda", uses=[Use.AGENDA], by=secretary, at=timezone.now())
    own = domains.take_domain(place, "prisches.fr", by=secretary, at=timezone.now())
    f.prove(place, own.name)
    domains.activate(own, by=User.objects.system(), at=timezone.now())
    export(layout)
    opened = {(address, box) for address, prefix, box, _, _ in known(layout, "logins") if prefix == device.prefix}
    assert ("mairie@prisches.fr", PRISCHES) in opened
    assert (PRISCHES, PRISCHES) in opened
    assert {prefix for _, prefix, _, _, _ in known(layout, "logins")} == {device.prefix}


@pytest.mark.slow
def test_the_addresses_of_the_room_and_of_the_servers_are_the_same(
    layout: Layout, place: Beneficiary, secretary: User
) -> None:
    own = domains.take_domain(place, "prisches.fr", by=secretary, at=timezone.now())
    f.prove(place, own.name)
    for status in ("prepared", "active"):
        if status == "active":
            domains.activate(own, by=User.objects.system(), at=timezone.now())
        export(layout)
        led: dict[str, set[str]] = {row[0]: {row[0]} for row in known(layout, "mailboxes")}
        for source, destination in known(layout, "aliases"):
            led.setdefault(source, set()).add(destination)
        # What guests answer is read by the platform: that address is nobody's.
        answers = {address for address in led if address.startswith(chain.ANSWERS_AT)}
        assert len(answers) == (2 if status == "active" else 1)
        nobodys = {address: led.pop(address) for address in answers}
        assert set().union(*nobodys.values()) == {chain.answers_box()}
        assert led == {route.address: set(route.to) for route in queries.routes(place)}


@pytest.mark.slow
def test_a_group_is_nobodys_signature(layout: Layout, place: Beneficiary, secretary: User) -> None:
    aliases.make_alias(
        place, local_part="conseil", name="Conseil", is_group=True, destinations=[PRISCHES], by=secretary,
        at=timezone.now(),
    )  # fmt: skip
    export(layout)
    assert ("conseil@prisches.courriel.test", PRISCHES) in known(layout, "aliases")
    signed = {address for address, _ in known(layout, "senders")}
    assert "conseil@prisches.courriel.test" not in signed
    assert "postmaster@prisches.courriel.test" in signed


def test_the_keys_are_those_of_the_domains_that_are_open(layout: Layout, place: Beneficiary) -> None:
    export(layout)
    domain = Domain.objects.get(beneficiary=place)
    path = layout.opendkim / "keys" / f"{domain.name}.{domain.dkim_selector}.key"
    assert path.read_text() == domains.private_key_of(domain)
    assert path.stat().st_mode & 0o777 == 0o640
    assert (layout.opendkim / "SigningTable").read_text() == f"*@{domain.name} {domain.name}\n"
    Domain.objects.filter(pk=domain.pk).update(is_main=False, status="closed")
    Mailbox.objects.update(status="deleted")
    export(layout)
    assert not path.exists()
    assert (layout.opendkim / "KeyTable").read_text() == ""


@pytest.mark.slow
def test_all_are_told_with_as_many_queries_as_one(
    layout: Layout, place: Beneficiary, django_assert_max_num_queries: Any
) -> None:
    for rank in range(12):
        other = f.beneficiary(f.commune(f"62{rank:03}", f"Commune {rank}", 500))
        f.member(Role.MAYOR, other)
        ensure_defaults(other, by=User.objects.system(), at=timezone.now())
    with django_assert_max_num_queries(10):
        export(layout)
    assert len(known(layout, "domains")) == 13


@pytest.mark.slow
def test_each_line_of_the_journal_tells_the_servers(
    layout: Layout, place: Beneficiary, secretary: User, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        device, _ = devices.make(secretary, name="Téléphone", uses=[Use.MAIL], by=secretary, at=timezone.now())
    assert {prefix for _, prefix, _, _, _ in known(layout, "logins")} == {device.prefix}
    with django_capture_on_commit_callbacks(execute=True):
        mail.suspend_box(Mailbox.objects.get(address=PRISCHES), by=secretary, at=timezone.now())
    assert PRISCHES not in {box for _, _, box, _, _ in known(layout, "logins")}
    assert PRISCHES in {row[0] for row in known(layout, "mailboxes")}
    with django_capture_on_commit_callbacks(execute=True):
        devices.end(device, by=secretary, at=timezone.now())
    assert known(layout, "logins") == set()
    with django_capture_on_commit_callbacks(execute=True):
        alias = aliases.make_alias(
            place, local_part="conseil", name="", is_group=False, destinations=[PRISCHES], by=secretary,
            at=timezone.now(),
        )  # fmt: skip
    assert ("conseil@prisches.courriel.test", PRISCHES) in known(layout, "aliases")
    with django_capture_on_commit_callbacks(execute=True):
        aliases.remove_alias(Alias.objects.get(pk=alias.pk), by=secretary, at=timezone.now())
    assert ("conseil@prisches.courriel.test", PRISCHES) not in known(layout, "aliases")


@pytest.mark.slow
def test_who_leaves_opens_nothing_from_the_day_after(layout: Layout, place: Beneficiary, secretary: User) -> None:
    devices.make(secretary, name="Téléphone", uses=[Use.MAIL], by=secretary, at=timezone.now())
    secretary.memberships.update(ends_on=timezone.localdate())
    export(layout)
    assert known(layout, "logins")
    exporting.export(layout, None, at=timezone.now() + timedelta(days=1, hours=1))
    assert known(layout, "logins") == set()


THINGS: dict[str, Callable[[User], Any]] = {
    "follow_mail": lambda person: Mailbox.objects.get(holder=person),
    "follow_device": lambda person: person.device_passwords.get(),
    "follow_person": lambda person: person,
    "follow_membership": lambda person: person.memberships.get(),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", THINGS)
def test_the_servers_are_told_once_of_all_the_mairies_that_wait(
    layout: Layout, place: Beneficiary, secretary: User, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    other = f.beneficiary(f.commune("62001", "Ablain", 500))
    people = (secretary, f.member(Role.SECRETARY, other))
    ensure_defaults(other, by=User.objects.system(), at=timezone.now())
    for person in people:
        devices.make(person, name="Téléphone", uses=[Use.MAIL], by=person, at=timezone.now())
    first, second = (str(THINGS[name](person).pk) for person in people)
    told: list[set[int]] = []
    monkeypatch.setattr(exporting, "export", lambda there, owners, at: told.append(set(owners)))
    task = getattr(tasks, name)
    wait(second, path=task.module_path)
    task.call(first)
    assert told == [{place.pk, other.pk}]
    assert waiting() == []


@pytest.mark.parametrize("umask", [0o077, 0o022])
def test_the_account_of_the_boxes_reads_their_scripts_whatever_the_umask_and_what_was_closed_is_mended(
    layout: Layout, place: Beneficiary, secretary: User, umask: int
) -> None:
    today, at = timezone.localdate(), timezone.now()
    manners.be_absent(
        Mailbox.objects.get(address=PRISCHES), subject="Absence", text="Lundi.", starts_on=today, ends_on=today,
        by=secretary, at=at,
    )  # fmt: skip
    before = os.umask(umask)
    try:
        export(layout, place)
        folder = layout.sieve / "prisches.courriel.test"
        assert [oct(path.stat().st_mode)[-3:] for path in (folder, folder / "mairie.sieve")] == ["755", "644"]
        # As an earlier release left them: seen, and mended by the next export.
        folder.chmod(0o700)
        assert exporting.unreadable(layout) == [folder]
        assert exporting.differs(layout, place.pk, at=at)
        export(layout, place)
        assert exporting.unreadable(layout) == []
        assert not exporting.differs(layout, place.pk, at=at)
    finally:
        os.umask(before)


def test_the_filter_knows_each_domain_as_it_is_read_too_and_all_that_is_under_the_operator_s(
    layout: Layout, place: Beneficiary, secretary: User, settings: Any
) -> None:
    own = domains.take_domain(place, "prîsches.fr", by=secretary, at=timezone.now())
    f.prove(place, own.name)
    domains.activate(own, by=User.objects.system(), at=timezone.now())
    export(layout, place)
    told = (layout.rspamd / "domains").read_text().splitlines()
    assert told == ["prisches.courriel.test", own.name, "prîsches.fr", ".courriel.test"]
    assert own.name.startswith("xn--")
    settings.SOCLE_MAIL_DOMAIN = ""
    assert exporting.names_of_ours(["a.fr"]) == ["a.fr"]


def test_without_servers_nothing_is_done(settings: Any) -> None:
    settings.SOCLE_MAIL_SERVERS = ""
    for task in (tasks.follow_all, tasks.look, tasks.try_chain, tasks.measure, tasks.save_messages):
        task.call()
    tasks.follow_mail.call("1")
    tasks.follow_device.call("1")
    tasks.follow_membership.call("1")
    assert django_settings.SOCLE_MAIL_WATCH == ""


@pytest.mark.parametrize("address", ["../x@a.test", "a/b@a.test", "x@../a", "@a.test", "x@", ".x@a.test"])
def test_no_address_is_a_path(tmp_path: Path, address: str) -> None:
    with pytest.raises(ValueError, match="cannot be the name of a file"):
        exporting._script_path(Layout(tmp_path), address)
