"""Says to the servers what the room of the mail says: relations, scripts and keys. Idempotent; only what differs moves.

Whoever comes second waits for the relations before reading the room, so that an older state never covers a newer one.
"""

from __future__ import annotations

import os
import re
import stat
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django_scopes import scopes_disabled

from socle.engines.postfix_dovecot import chain, configuration, maps, servers, sieve
from socle.engines.postfix_dovecot.doveadm import Doveadm, DoveadmError
from socle.engines.postfix_dovecot.layout import Layout, LayoutError
from socle.engines.postfix_dovecot.maps import Relations, Written
from socle.lib import dates, vault
from socle.mail import queries
from socle.mail.domains import private_key_of
from socle.mail.models import Alias, Destination, Domain, Forwarding, Mailbox, Vacation
from socle.mail.models.boxes import RECEIVING
from socle.mail.models.domains import Status

# What may be a file of its own: the room lets nothing else be an address, and this makes sure of it.
SAFE_NAME = re.compile(r"[a-z0-9][a-z0-9._+-]*", re.ASCII)


@dataclass
class Said:
    """Export of some beneficiaries: rows, the script of each box that has one, the key of each domain."""

    relations: Relations = field(default_factory=Relations)
    scripts: dict[str, str] = field(default_factory=dict)
    # By domain: its selector and its private key, in PEM.
    keys: dict[str, tuple[str, str]] = field(default_factory=dict)


def layout() -> Layout | None:
    """The servers this platform commands, or None when it has none of its own."""
    if not settings.SOCLE_MAIL_SERVERS:
        return None
    try:
        return Layout.load(Path(settings.SOCLE_MAIL_SERVERS))
    except LayoutError:
        return None


def said(owners: Collection[int] | None, *, at: datetime) -> Said:
    """Read the room, for these beneficiaries or for all: ten queries, however many they are."""
    with scopes_disabled():  # The servers serve everybody; each row says whose it is.
        return _said(owners, at=at)


def _said(owners: Collection[int] | None, *, at: datetime) -> Said:
    found = Said()
    relations = found.relations

    def of_owners(path: str) -> dict[str, Collection[int]]:
        return {} if owners is None else {f"{path}__in": owners}

    domains: dict[int, list[str]] = defaultdict(list)
    for domain in Domain.objects.open().filter(**of_owners("beneficiary")).order_by("-is_main", "name"):
        if domain.status != Status.PREPARED:
            relations.add("domains", domain.beneficiary_id, domain.name)
            domains[domain.beneficiary_id].append(domain.name)
            if chain.domain():
                source = f"{chain.ANSWERS_AT}@{domain.name}"
                relations.add("aliases", domain.beneficiary_id, source, chain.answers_box())
        if domain.dkim_private_key:
            try:
                found.keys[domain.name] = (domain.dkim_selector, private_key_of(domain))
            except vault.Unreadable:
                continue
    boxes = {
        box.pk: box for box in Mailbox.objects.receiving().filter(**of_owners("beneficiary")).order_by("pk").iterator()
    }
    addresses = {pk: _addresses(box, domains[box.beneficiary_id]) for pk, box in boxes.items()}
    for pk, box in boxes.items():
        relations.add("mailboxes", box.beneficiary_id, box.address, home_of(box), box.quota_bytes)
        for address in addresses[pk]:
            relations.add("senders", box.beneficiary_id, address, box.address)
            if address != box.address:
                relations.add("aliases", box.beneficiary_id, address, box.address)
    by_address = {box.address: box for box in boxes.values()}
    for login in queries.logins(dates.day_of(at)).filter(**of_owners("mailbox__beneficiary")):
        opened = by_address.get(str(login["address"]))
        if opened is None:
            continue
        for address in addresses[opened.pk]:
            relations.add(
                "logins",
                opened.beneficiary_id,
                address,
                str(login["prefix"]),
                opened.address,
                str(login["digest"]),
                int(bool(login["may_send"])),
            )
    _add_aliases(relations, domains, of_owners("beneficiary"))
    _add_scripts(found, boxes, addresses, of_owners("mailbox__beneficiary"))
    return found


def _addresses(box: Mailbox, names: Iterable[str]) -> list[str]:
    every = [f"{box.local_part}@{name}" for name in names]
    return [box.address, *(address for address in every if address != box.address)]


def home_of(box: Mailbox) -> str:
    """Where a box rests, under the folder of the messages: it never changes, whatever its address becomes."""
    return f"{box.store.hex[:2]}/{box.store}"


def _add_aliases(relations: Relations, domains: dict[int, list[str]], of_owners: dict[str, Collection[int]]) -> None:
    aliases = {alias.pk: alias for alias in Alias.objects.filter(**of_owners)}
    reached = Destination.objects.reached().filter(alias__in=aliases) if of_owners else Destination.objects.reached()
    for pk, box, outside in reached.values_list("alias_id", "mailbox__address", "address"):
        alias = aliases[pk]
        for name in domains[alias.beneficiary_id]:
            source = f"{alias.local_part}@{name}"
            relations.add("aliases", alias.beneficiary_id, source, box or outside)
            # Whoever receives what is written to « postmaster@ » answers under it; a group is nobody's signature.
            if box and not alias.is_group:
                relations.add("senders", alias.beneficiary_id, source, box)


def _add_scripts(
    found: Said, boxes: dict[int, Mailbox], addresses: dict[int, list[str]], of_owners: dict[str, Collection[int]]
) -> None:
    absences = {one.mailbox_id: one for one in Vacation.objects.filter(mailbox__status__in=RECEIVING, **of_owners)}
    sent_on = {one.mailbox_id: one for one in queries.forwardings_in_force().filter(**of_owners)}
    for pk in absences.keys() | sent_on.keys():
        text = _script(boxes[pk], addresses[pk], absences.get(pk), sent_on.get(pk))
        if text is not None:
            found.scripts[boxes[pk].address] = text


def _script(box: Mailbox, addresses: list[str], absence: Vacation | None, forwarding: Forwarding | None) -> str | None:
    return sieve.script(
        addresses=addresses,
        sender=box.address,
        absence=sieve.Absence(absence.subject, absence.text, absence.starts_on, absence.ends_on) if absence else None,
        send_on=sieve.SendOn(forwarding.destination, forwarding.is_copy_kept) if forwarding else None,
    )


# --- Telling the servers ----------------------------------------------------------------------------------------------
def export(there: Layout, owners: Collection[int] | None, *, at: datetime) -> Written:
    """Make the servers know what the room says of these beneficiaries, or of all. Live when this returns.

    Whoever lost their way into a box has their open sessions closed.
    """
    with maps.writing(there) as writer:
        told = said(owners, at=at)
        if owners is None:
            chain.add_relations(there, told.relations)
        before = writer.held(owners)
        written = writer.write(told.relations, owners=owners)
        # Rspamd reads this file again by itself: in these names, nobody writes from outside.
        names = "".join(f"{name}\n" for name in names_of_ours(writer.domains()))
        if _read(there.rspamd / "domains") != names:
            configuration.put(there.rspamd / "domains", names)
        known = _boxes(before) | _boxes(told.relations)
        _write_scripts(there, known, told.scripts)
        changed = _write_keys(there, told.keys, _names(before) | _names(told.relations) | told.keys.keys())
    if changed:
        servers.reload_keys(there)
    for address in sorted(written.closed):
        try:
            Doveadm(there).kick(address)
        except DoveadmError:
            # It is stopped: nobody is connected either.
            break
    return written


def names_of_ours(domains: Iterable[str]) -> list[str]:
    """List the names under which nobody writes from outside: these, as people read them too, and the operator's.

    That one has a dot before it: it stands for itself and for each name below, whether it exists or not.
    """
    root = settings.SOCLE_MAIL_DOMAIN
    told = [(name, "") for name in domains] + ([(root, ".")] if root else [])
    return list(dict.fromkeys(f"{dot}{one}" for name, dot in told for one in (name, Domain(name=name).shown)))


def differs(there: Layout, owner: int, *, at: datetime) -> bool:
    """Whether the servers know something else of this beneficiary than what the room says."""
    told = said([owner], at=at)
    with maps.reading(there) as reader:
        if reader.held([owner]).rows != told.relations.rows:
            return True
    addresses = _boxes(told.relations)
    if unreadable(there, addresses):
        return True
    if any(_read(_script_path(there, address)) != told.scripts.get(address) for address in addresses):
        return True
    return any(_read(_key_path(there, name, selector)) != private for name, (selector, private) in told.keys.items())


def _boxes(relations: Relations) -> set[str]:
    return {str(row[1]) for row in relations.rows["mailboxes"]}


def _names(relations: Relations) -> set[str]:
    return {str(row[1]) for row in relations.rows["domains"]}


def _script_path(there: Layout, address: str) -> Path:
    local, _, domain = address.rpartition("@")
    if not SAFE_NAME.fullmatch(local) or not SAFE_NAME.fullmatch(domain):
        raise ValueError("this address cannot be the name of a file")
    return there.sieve / domain / f"{local}.sieve"


def unreadable(there: Layout, addresses: Iterable[str] | None = None) -> list[Path]:
    """The scripts, and their folders, that the account of the boxes cannot read: of these addresses, or of all.

    Dovecot puts off whatever arrives for a box whose script it cannot look for, whether there is one or not.
    """
    if addresses is None:
        looked_at = [path for path in there.sieve.rglob("*") if path.is_dir() or path.suffix == ".sieve"]
    else:
        scripts = [_script_path(there, address) for address in addresses]
        looked_at = sorted({path.parent for path in scripts} | set(scripts))
    return [path for path in looked_at if _closed_to_others(path)]


def _closed_to_others(path: Path) -> int:
    """The rights that the other accounts lack to read it; none for what does not exist."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return 0
    return (0o005 if stat.S_ISDIR(status.st_mode) else 0o004) & ~status.st_mode


def _write_scripts(there: Layout, addresses: Iterable[str], scripts: dict[str, str]) -> None:
    known = list(addresses)
    for address in known:
        path, wanted = _script_path(there, address), scripts.get(address)
        if _read(path) == wanted:
            continue
        if wanted is None:
            path.unlink(missing_ok=True)
        else:
            path.parent.mkdir(exist_ok=True)
            configuration.put(path, wanted)
    # Said rather than asked of `mkdir`: the account that writes them keeps to itself whatever it makes (umask).
    for path in unreadable(there, known):
        path.chmod(0o755 if path.is_dir() else 0o644)


def _key_path(there: Layout, name: str, selector: str) -> Path:
    if not SAFE_NAME.fullmatch(name) or not SAFE_NAME.fullmatch(selector):
        raise ValueError("this domain cannot be the name of a file")
    return there.opendkim / "keys" / f"{name}.{selector}.key"


def _write_keys(there: Layout, keys: dict[str, tuple[str, str]], names: Collection[str]) -> bool:
    """Put each domain's key, take away those that sign no more, and say whether the tables changed.

    A key that goes is not lost: the room keeps it, encrypted.
    """
    folder = there.opendkim / "keys"
    wanted = {_key_path(there, name, selector): private for name, (selector, private) in keys.items()}
    is_changed = False
    for path, private in wanted.items():
        if _read(path) != private:
            configuration.put(path, private, mode=0o640, group="opendkim")
            is_changed = True
    # Names, and not paths: this looks at the keys of all the communes each time that one of them changes.
    for key in os.listdir(folder):
        if key.endswith(".key") and key[:-4].rpartition(".")[0] in names and folder / key not in wanted:
            (folder / key).unlink()
            is_changed = True
    if is_changed:
        held = sorted(key[:-4].rpartition(".")[::2] for key in os.listdir(folder) if key.endswith(".key"))
        table = "".join(f"{name} {name}:{selector}:{folder}/{name}.{selector}.key\n" for name, selector in held)
        configuration.put(there.opendkim / "KeyTable", table)
        configuration.put(there.opendkim / "SigningTable", "".join(f"*@{name} {name}\n" for name, _ in held))
    return is_changed


def _read(path: Path) -> str | None:
    try:
        with open(os.fspath(path), encoding="utf-8", newline="") as file:
            return file.read()
    except FileNotFoundError:
        return None
