"""Where one set of mail servers lives, by which ports it answers, and what bounds it: one file, `servers.json`.

The platform reads it to command them, `socle mail-servers` and the tests write it. It holds secrets (the key of
doveadm's door, which opens on this machine only; what Dovecot shows the platform): its owner alone reads it.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from socle.lib.ports import free_ports
from socle.lib.refusals import Said

NAME = "servers.json"
# Dovecot's longest socket under the folder is `queue/spool/private/auth` or `run/…`: the kernel takes 107 bytes in all.
LONGEST_FOLDER = 60
# The user that owns the messages: a number is enough, it needs no account.
MAIL_ID = 5000


class LayoutError(Said):
    """The servers cannot live there; `sentence` says in French why, and what to do."""


@dataclass(frozen=True)
class Ports:
    """The usual ones, which only root may take; `shifted` and `free` give others."""

    smtp: int = 25
    submission: int = 587
    submissions: int = 465
    imap: int = 143
    imaps: int = 993
    # These never leave the machine.
    reinjection: int = 10025
    lmtp: int = 10024
    quota: int = 10340
    dkim: int = 10891
    doveadm: int = 10080
    # Rspamd: to Postfix, and to whoever says what is unwanted.
    filter: int = 11332
    learning: int = 11334

    @classmethod
    def shifted(cls, base: int) -> Ports:
        """High ports that one remembers: 587 becomes 20587 on a base of 20000."""
        usual = cls()
        shift = {name: port if port < 10_000 else port - 1_000 for name, port in asdict(usual).items()}
        return cls(**{name: base + port % 10_000 for name, port in shift.items()})

    @classmethod
    def free(cls) -> Ports:
        """Ports of 127.0.0.1 that nobody holds at this instant."""
        names = [one.name for one in fields(cls)]
        return cls(**dict(zip(names, free_ports(len(names)), strict=True)))


@dataclass(frozen=True)
class Bounds:
    """Sending limits of a box, an address or a neighbour, chosen by the operator; none of these comes from a text."""

    message_bytes: int = 50 * 1024 * 1024
    # Of one message; a list longer than that is a group of the mairie, or not for a mail client.
    recipients: int = 200
    # Of one signed-in address, all its devices together.
    recipients_per_hour: int = 500
    recipients_per_day: int = 2000
    # Of one neighbour on the Internet.
    messages_per_minute: int = 120
    recipients_per_minute: int = 600
    auth_per_minute: int = 30
    # How long a refused password makes wait, in seconds; Dovecot lengthens it for an address that insists.
    failure_delay: int = 2
    # The score from which what arrives is set aside, then refused; and how many messages of each kind people must have
    # sorted before what they taught counts.
    junk_from: int = 6
    refused_from: int = 15
    learns_before: int = 200
    # In seconds: how soon and how late what could not be delivered is tried again.
    soonest_retry: int = 300
    latest_retry: int = 4000


@dataclass(frozen=True)
class Layout:
    """One set of servers. `folder` holds all of it, the messages included."""

    folder: Path
    host: str = "localhost"
    listen: str = "127.0.0.1"
    ports: Ports = field(default_factory=Ports)
    bounds: Bounds = field(default_factory=Bounds)
    # The relations the servers read: empty for the SQLite file of this folder, else postgres://reader:…@host/database.
    reader_url: str = ""
    # By which the platform writes them there; empty for the SQLite file.
    writer_url: str = ""
    certificate: str = ""
    key: str = ""
    # Whom rspamd asks about those who write (address:port); the machine's own resolvers when empty.
    resolver: str = ""
    # The list of public suffixes, by which it tells to whom a domain belongs.
    suffixes: str = "/usr/share/publicsuffix/effective_tld_names.dat"
    # What leaves for the outside: « none », « direct », or a relay as Postfix writes it ([relay.example.org]:587).
    outgoing: str = "none"
    api_key: str = ""
    # The account under which the platform runs, which writes the relations, the scripts and the keys; empty for root.
    # OpenDKIM runs under it too: it reads the same keys, and is told by it to read its tables again.
    owner: str = ""
    # Where restic keeps the nightly copies of the messages (rest:https://…, s3:…); empty for a folder of this machine.
    copies_at: str = ""
    # By which the trial message of the operator signs in: see `chain`.
    chain_secret: str = ""
    # Where Dovecot asks the platform whether a token of the webmail opens a box; it holds their secret.
    token_check: str = ""

    @property
    def reached_at(self) -> str:
        """The address by which this machine reaches them."""
        everywhere = ("*", "all", "0.0.0.0", "::")  # noqa: S104 (compared, never bound here)
        return "127.0.0.1" if self.listen in everywhere else self.listen

    @property
    def maps_path(self) -> Path:
        return self.folder / "maps" / "mail.sqlite"

    @property
    def postfix(self) -> Path:
        return self.folder / "postfix"

    @property
    def dovecot_conf(self) -> Path:
        return self.folder / "dovecot.conf"

    @property
    def opendkim(self) -> Path:
        return self.folder / "opendkim"

    @property
    def rspamd(self) -> Path:
        return self.folder / "rspamd"

    @property
    def vmail(self) -> Path:
        return self.folder / "vmail"

    @property
    def sieve(self) -> Path:
        return self.folder / "sieve"

    @property
    def copies(self) -> str:
        """The restic repository of the nightly copies: elsewhere (copies_at), or a folder beside the messages."""
        return self.copies_at or str(self.folder / "copies")

    @property
    def copies_key(self) -> Path:
        """The file of that repository's passphrase, made with the configurations: keep it elsewhere too."""
        return self.folder / "copies.key"

    @property
    def set_aside(self) -> Path:
        """Where goes what is withdrawn, before the operator's own hand destroys anything."""
        return self.folder / "set-aside"

    def why_not_here(self) -> str | None:
        """Say why the servers, which run as several users, could not work in this folder; None when they could."""
        if len(os.fsencode(self.folder)) > LONGEST_FOLDER:
            return (
                f"Le chemin {self.folder} est trop long pour les serveurs de messagerie (au plus {LONGEST_FOLDER}"
                " caractères)\u00a0: choisissez un dossier plus court."
            )
        for parent in self.folder.parents:
            if parent.exists() and not parent.stat().st_mode & 0o001:
                return (
                    f"Les serveurs de messagerie ne peuvent pas traverser {parent}\u00a0: rendez-le traversable"
                    f" (chmod o+x {parent}), ou choisissez un autre dossier."
                )
        return None

    def save(self) -> None:
        """Write the file, whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        said = {**asdict(self), "folder": str(self.folder)}
        descriptor = os.open(self.folder / f"{NAME}.new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(said, file, indent=2)
        if self.owner and os.geteuid() == 0:
            shutil.chown(self.folder / f"{NAME}.new", self.owner)
        os.replace(self.folder / f"{NAME}.new", self.folder / NAME)

    @classmethod
    def load(cls, folder: Path) -> Layout:
        """Read it back. Raises LayoutError when it is absent or is not ours."""
        try:
            said: dict[str, Any] = json.loads((folder / NAME).read_text())
            # A port that nothing uses any more may have been written, and a new one is missing.
            ports = {one.name: said["ports"][one.name] for one in fields(Ports) if one.name in said["ports"]}
            said["ports"], said["bounds"] = Ports(**ports), Bounds(**said["bounds"])
            # A link may lead there from where the servers themselves could not pass.
            return cls(**{**said, "folder": folder.resolve()})
        except FileNotFoundError as error:
            raise LayoutError(f"Aucun serveur de messagerie n’est décrit dans {folder}.") from error
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise LayoutError(f"Le fichier {folder / NAME} ne se lit pas.") from error

    @classmethod
    def fresh(cls, folder: Path, **chosen: Any) -> Layout:
        """A new one, with a key of its own for doveadm's door. Raises LayoutError when the folder cannot serve."""
        layout = cls(
            folder.resolve(),
            **{"api_key": secrets.token_hex(24), "chain_secret": f"00000000-{secrets.token_hex(16)}", **chosen},
        )
        if why := layout.why_not_here():
            raise LayoutError(why)
        return layout

    def with_certificate(self, certificate: Path, key: Path) -> Layout:
        return replace(self, certificate=str(certificate), key=str(key))
