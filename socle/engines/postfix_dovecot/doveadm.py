"""Asks Dovecot itself, by its own door (doveadm's HTTP API, on this machine): what boxes hold, who is connected.

https://doc.dovecot.org/2.4/core/admin/doveadm.html#http-api . Knows no model.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

import urllib3
from urllib3.exceptions import HTTPError

from socle.engines.postfix_dovecot.layout import Layout

TIMEOUT = 20.0
LIMIT = 4 * 1024 * 1024
# What sysexits says of a box that does not exist.
NO_USER = 67
# What doveadm says of a folder that does not exist.
NOT_FOUND = 68


class DoveadmError(Exception):
    """Dovecot did not answer, or refused; `sentence` is French, `code` is doveadm's own when it gave one.

    `is_key_refused`: it answers, and our key is not its own.
    """

    def __init__(self, sentence: str, code: int | None = None, *, is_key_refused: bool = False) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code
        self.is_key_refused = is_key_refused


@dataclass(frozen=True)
class Use:
    """Usage of one box."""

    used_bytes: int
    messages: int


class Doveadm:
    """One Dovecot."""

    def __init__(self, layout: Layout) -> None:
        self._url = f"http://127.0.0.1:{layout.ports.doveadm}/doveadm/v1"
        key = base64.b64encode(layout.api_key.encode()).decode()
        self._headers = {"Authorization": f"X-Dovecot-API {key}", "Content-Type": "application/json"}

    def ask(self, command: str, **parameters: Any) -> list[dict[str, Any]]:
        """Run one command. Returns its lines; raises DoveadmError."""
        body = json.dumps([[command, parameters, "socle"]]).encode()
        try:
            with urllib3.PoolManager(num_pools=1, retries=False) as pool:
                answer = pool.request(
                    "POST", self._url, body=body, headers=self._headers, timeout=TIMEOUT, preload_content=False
                )
                said = answer.read(LIMIT + 1)
                answer.release_conn()
        except HTTPError as error:
            raise DoveadmError("Le serveur des boîtes (Dovecot) ne répond pas.") from error
        if answer.status in (401, 403):
            raise DoveadmError("Le serveur des boîtes (Dovecot) répond, et refuse notre clé.", is_key_refused=True)
        if answer.status != 200 or len(said) > LIMIT:
            raise DoveadmError(f"Le serveur des boîtes (Dovecot) répond {answer.status}.")
        return _read(said)

    def connected(self) -> int:
        """Say that it answers: how many people are connected."""
        return len(self.ask("who"))

    def use(self, address: str) -> Use:
        """Return the usage of a box, as Dovecot counts it."""
        lines = self.ask("quotaGet", user=address)
        found = {line.get("type"): line.get("value") for line in lines if isinstance(line, dict)}
        try:
            # Dovecot counts storage in kilobytes.
            return Use(int(str(found["STORAGE"])) * 1024, int(str(found["MESSAGE"])))
        except (KeyError, ValueError) as error:
            raise DoveadmError("Le serveur des boîtes (Dovecot) n’a pas dit ce que contient la boîte.") from error

    def knows(self, address: str) -> bool:
        """Whether Dovecot knows this box."""
        try:
            return bool(self.ask("quotaGet", user=address))
        except DoveadmError as error:
            if error.code != NO_USER:
                raise
            return False

    def kick(self, address: str) -> None:
        """Close the sessions open on a box: whoever still may opens it again at once."""
        self.ask("kick", mask=[address])

    def folders(self, address: str) -> list[str]:
        """The folders of a box."""
        return sorted(line["mailbox"] for line in self.ask("mailboxList", user=address))

    def count(self, address: str, folder: str) -> int:
        """How many messages one folder of a box holds."""
        try:
            lines = self.ask("mailboxStatus", user=address, field=["messages"], mailboxMask=[folder])
        except DoveadmError as error:
            # One that only holds others is listed, and holds nothing of its own.
            if error.code != NOT_FOUND:
                raise
            return 0
        return sum(int(line["messages"]) for line in lines)

    def remove_folder(self, address: str, folder: str) -> None:
        """Take away a folder and those under it; nothing when there is none."""
        if folder not in self.folders(address):
            return
        try:
            self.ask("mailboxDelete", user=address, mailbox=[folder], recursive=True)
        except DoveadmError as error:
            # One that only held others went with them, and is then said not to exist.
            if error.code != NOT_FOUND or folder in self.folders(address):
                raise

    def bring(self, address: str, source: str, folder: str) -> None:
        """Copy all that another storage holds (`maildir:/path`) under a folder of a box, with flags and dates."""
        self.ask("import", user=address, subscribe=True, sourceLocation=source, destParentMailbox=folder, query=["ALL"])

    def use_of_all(self) -> dict[str, Use]:
        """Return the usage of every box."""
        found: dict[str, dict[str, int]] = {}
        for line in self.ask("quotaGet", allUsers=True):
            found.setdefault(str(line.get("username", "")), {})[str(line["type"])] = int(line["value"])
        return {
            address: Use(types["STORAGE"] * 1024, types["MESSAGE"])
            for address, types in found.items()
            if address and {"STORAGE", "MESSAGE"} <= types.keys()
        }


def _read(said: bytes) -> list[dict[str, Any]]:
    try:
        ((kind, lines, _tag),) = json.loads(said)
    except (ValueError, TypeError) as error:
        raise DoveadmError("Le serveur des boîtes (Dovecot) ne répond pas comme prévu.") from error
    if kind == "doveadmResponse" and isinstance(lines, list):
        return lines
    code = lines.get("exitCode") if isinstance(lines, dict) else None
    raise DoveadmError("Le serveur des boîtes (Dovecot) n’a pas pu répondre.", code if isinstance(code, int) else -1)
