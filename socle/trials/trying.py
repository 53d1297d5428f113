"""Instructions to see a message go from one commune to another, on the real servers of a demonstration."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django_scopes import scopes_disabled

from socle.domains import actions as zones
from socle.domains.contract import ZonesError
from socle.domains.models import DomainName
from socle.engines.postfix_dovecot import exporting
from socle.engines.postfix_dovecot.layout import Layout
from socle.lib import vault
from socle.lib.refusals import Refused
from socle.mail.defaults import ensure_defaults
from socle.mail.models import Mailbox
from socle.people.devices import actions as devices
from socle.people.devices import secret as secrets
from socle.people.devices.models import DevicePassword, Use
from socle.people.models import BENEFICIARY_ROLES, Beneficiary, Membership, User
from socle.provisioning.models import Installation

# What the device is called among those of the fictitious person.
DEVICE = "Essai en ligne de commande"
# Where a demonstration keeps what it told, encrypted: told again, it still opens what was set with it.
KEPT = "trial-devices"


def lines(layout: Layout, *, at: datetime) -> Iterator[str]:
    """Give a device password to one person of each of two communes; say what to type. Raises `Refused`."""
    if not settings.DEMO:
        raise Refused("Ces mots de passe d’essai n’existent que dans une démonstration.")
    with scopes_disabled():  # Two communes of the demonstration.
        (sender, first), (receiver, second) = _two(at=at)
    exporting.export(layout, None, at=at)
    ports, host = layout.ports, "localhost"
    trusted = f"--cacert {shlex.quote(layout.certificate)}"
    yield ""
    yield f"Deux communes de la démonstration peuvent s’écrire, par de vrais serveurs ({host})."
    yield f"  {sender.address}    mot de passe d’appareil\u00a0: {first}"
    yield f"  {receiver.address}    mot de passe d’appareil\u00a0: {second}"
    yield ""
    yield "1. Envoyer un message de l’une à l’autre\u00a0:"
    yield (
        f"   swaks --server {host}:{ports.submission} --tls --auth PLAIN --auth-user {sender.address}"
        f" --auth-password {first} --from {sender.address} --to {receiver.address}"
        " --header 'Subject: Bonjour de la commune voisine'"
    )
    yield "2. Le lire dans l’autre boîte\u00a0:"
    # Delivered within a second: whoever pastes both lines at once finds it all the same.
    yield (
        f"   curl -sS --retry 5 --retry-delay 1 --retry-all-errors {trusted}"
        f" 'imaps://{host}:{ports.imaps}/INBOX;MAILINDEX=*' --user '{receiver.address}:{second}'"
    )
    yield ""
    if settings.SOCLE_POWERDNS_URL and settings.SOCLE_DNS_RESOLVERS:
        yield from _names((sender, receiver), at=at)
        yield ""
    yield "Avec Thunderbird\u00a0: ajoutez un compte, « Configuration manuelle »,"
    yield f"  réception IMAP {host}, port {ports.imaps}, SSL/TLS\u00a0;"
    yield f"  envoi SMTP {host}, port {ports.submissions}, SSL/TLS\u00a0;"
    yield "  identifiant\u00a0: l’adresse. Acceptez le certificat, que ces serveurs d’essai ont signé eux-mêmes."
    yield ""
    yield "Dans la plateforme (make run, à relancer si elle tournait déjà)\u00a0: page « Messagerie » de chaque mairie."
    if settings.SOCLE_MAIL_WEBMAIL_URL:
        yield "Sans rien régler\u00a0: « Ouvrir la messagerie », sur cette page, lit et écrit dans le navigateur."
    yield "Rien ne sort de cette machine. Pour tout arrêter : sudo make services-stop"


def _names(boxes: tuple[Mailbox, ...], *, at: datetime) -> Iterator[str]:
    where, _, port = settings.SOCLE_DNS_RESOLVERS[0].rpartition(":")
    yield "3. Demander leurs noms au serveur de noms :"
    try:
        zones.make_base()
        for box in boxes:
            with scopes_disabled():  # One domain, named.
                name = DomainName.objects.get(name=box.domain.name)
                problem = zones.make_zone(name, by=User.objects.system(), at=at).zone_problem
            if problem:
                raise ZonesError(problem)
            yield f"   dig +short @{where} -p {port} {box.domain.name} MX"
    except ZonesError as error:
        yield f"   {error.sentence}"


def _two(*, at: datetime) -> list[tuple[Mailbox, str]]:
    on = at.date()
    found: list[tuple[Mailbox, str]] = []
    people: list[User] = []
    system = User.objects.system()
    served = Membership.objects.active_on(on).filter(role__in=BENEFICIARY_ROLES, user__is_active=True)
    with_people = Beneficiary.objects.filter(pk__in=served.values("beneficiary"))
    equipped = Installation.objects.filter(service__code="messagerie").values("beneficiary")
    for place in [*with_people.filter(pk__in=equipped).order_by("pk"), *with_people.exclude(pk__in=equipped)[:5]]:
        ensure_defaults(place, by=system, at=at)
        # Another person: one who serves several mairies would open both boxes.
        mine = served.filter(beneficiary=place).exclude(user__in=people)
        one = mine.select_related("user").order_by("pk").first()
        box = (
            Mailbox.objects.filter(beneficiary=place, local_part="mairie", openings__user=one.user).first()
            if one
            else None
        )
        if one is None or box is None:
            continue
        secret = _secret_of(one.user, at=at)
        found.append((box, secret))
        people.append(one.user)
        if len(found) == 2:
            return found
    raise Refused("La démonstration n’est pas prête\u00a0: lancez d’abord « socle demo ».")


def _secret_of(person: User, *, at: datetime) -> str:
    """The password of this person's trial device: the one that was told before, as long as it opens; else a new one."""
    kept = _kept()
    for former in DevicePassword.objects.live().filter(user=person, name=DEVICE):
        secret = _read(kept.get(former.prefix, ""))
        if secrets.is_of(secret, former.digest):
            return secret
        devices.end(former, by=person, at=at)
    made, secret = devices.make(person, name=DEVICE, uses=[Use.MAIL], by=person, at=at)
    path = settings.DATA_DIR / KEPT
    path.touch(mode=0o600)
    path.write_text(json.dumps({**kept, made.prefix: vault.keep(secret, purpose=KEPT)}))
    return secret


def _kept() -> dict[str, str]:
    """Read what was told before, encrypted, by the public part of each."""
    try:
        said = json.loads((settings.DATA_DIR / KEPT).read_text())
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


def _read(kept: str) -> str:
    try:
        return vault.read(kept, purpose=KEPT)
    except vault.Unreadable:
        return ""
