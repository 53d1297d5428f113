"""Asking a former site: one request at a time, slowly, of that site only, through the guard of outgoing requests."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

from socle.lib import http
from socle.site_import import addresses, bounds, trees


class NotRead(Exception):
    """One address was not read. `sentence` is French; `status` is what the site answered, if it did."""

    def __init__(self, sentence: str, *, status: int = 0) -> None:
        super().__init__(sentence)
        self.sentence, self.status = sentence, status


@dataclass(frozen=True)
class Answer:
    """Answer of an address: where it led in the end, the bytes, and what they are said to be."""

    address: str
    body: bytes
    content_type: str


# Said to whoever imports it, once.
IN_CLEAR = "L’ancien site ne répond pas en https\u00a0: il est lu en http, sans chiffrement."


class Site:
    """A former site, asked politely. `host` is the only one we ask, whatever it sends us to.

    It is asked in https; when it does not answer so, not even once, in http (`in_clear`): what everybody reads there is
    what is imported, as drafts that a person reads before anybody else.
    """

    def __init__(self, address: str, *, sleep: Callable[[float], None] | None = None, in_clear: bool = False) -> None:
        whole = addresses.whole_of(address)
        self.host = addresses.host_of(address)
        # As it was given, « www. » included: not every site answers without.
        self.place = urlsplit(whole).netloc
        # In clear only when the installation allows it, and when it was asked so.
        is_clear = whole.startswith("http:") and http.why_not_call(whole) is None
        self.in_clear = in_clear
        self.scheme = "http" if is_clear or in_clear else "https"
        self.has_answered = False
        self.delay = bounds.DELAY
        self.sleep = sleep or time.sleep
        self.robots: RobotFileParser | None = None
        self._last = float("-inf")

    def is_own(self, address: str) -> bool:
        """Say whether an address is of this site."""
        return bool(self.host) and addresses.host_of(address) == self.host

    def get(self, address: str, *, limit: int, patience: float = bounds.PATIENCE) -> Answer:
        """Read an address of the site, where it leads included. Raises NotRead."""
        asked = self.spoken(address)
        for _ in range(bounds.MOST_REDIRECTS + 1):
            if not self.is_own(asked):
                raise NotRead("Cette adresse mène à un autre site\u00a0: elle n’est pas lue.")
            if self.robots is not None and not self.robots.can_fetch(bounds.AGENT, asked):
                raise NotRead("L’ancien site demande aux robots de ne pas la lire (robots.txt).")
            answer = self._ask(asked, limit=limit, patience=patience)
            asked = self.spoken(asked)
            if answer.status in (301, 302, 303, 307, 308):
                asked = self.led(asked, answer.headers.get("location", ""))
                continue
            if not answer.is_ok:
                raise NotRead(f"L’ancien site répond {answer.status} à cette adresse.", status=answer.status)
            return Answer(asked, answer.body, answer.headers.get("content-type", "").lower())
        raise NotRead("Cette adresse renvoie sans fin d’une adresse à une autre.")

    def _ask(self, address: str, *, limit: int, patience: float) -> http.Answer:
        if (wait := self._last + self.delay - time.monotonic()) > 0:
            self.sleep(wait)
        try:
            answer = http.get(address, timeout=patience, limit=limit, in_clear=self.in_clear)
            self.has_answered = True
            return answer
        except http.OutgoingError as failure:
            if not self._may_speak_in_clear(address, failure):
                raise NotRead(failure.sentence) from failure
        finally:
            self._last = time.monotonic()
        self.scheme, self.in_clear = "http", True
        return self._ask(f"http{address.removeprefix('https')}", limit=limit, patience=patience)

    def _may_speak_in_clear(self, address: str, failure: http.OutgoingError) -> bool:
        """Say whether a site that fails in https is asked in http: never once it has answered, nor without a name."""
        is_silent = isinstance(failure, http.Unreachable) and not isinstance(failure, http.Unknown)
        return is_silent and not self.has_answered and address.startswith("https:")

    def read_robots(self) -> None:
        """Read what the site asks of robots. Raises NotRead when it cannot be known: then nothing is read at all."""
        rules = RobotFileParser()
        try:
            answer = self.get(f"https://{self.place}/robots.txt", limit=512 * 1024)
            rules.parse(trees.decoded(answer.body, answer.content_type).splitlines())
        except NotRead as failure:
            # RFC 9309, 2.3.1: a site without rules is open; one whose rules cannot be known is not read.
            if not 400 <= failure.status < 500:
                raise
            rules.parse(["User-agent: *", "Disallow: /"] if failure.status in (401, 403) else [])
        self.robots = rules
        asked = rules.crawl_delay(bounds.AGENT)
        if asked:
            self.delay = min(max(self.delay, float(asked)), bounds.LONGEST_DELAY)

    def spoken(self, address: str) -> str:
        """Return an address of the site as it is asked; what is not an address is left to the guard."""
        key = addresses.key_of(address)
        return f"{self.scheme}{key.removeprefix('https')}" if key else address

    def led(self, address: str, location: str) -> str:
        """Return where a redirection leads: in clear only if this installation may."""
        whole = addresses.whole_of(location, address)
        if whole.startswith("http:") and http.why_not_call(whole, in_clear=self.in_clear) is not None:
            return f"https{whole.removeprefix('http')}"
        return whole or location
