"""Asking a former site: one request at a time, slowly, of that site only, through the guard of outgoing requests."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

from socle.lib import http
from socle.websites.importing import addresses, bounds, trees


class NotRead(Exception):
    """One address was not read. `sentence` is French; `status` is what the site answered, if it did."""

    def __init__(self, sentence: str, *, status: int = 0) -> None:
        super().__init__(sentence)
        self.sentence, self.status = sentence, status


@dataclass(frozen=True)
class Answer:
    """What an address gave: where it led in the end, the bytes, and what they are said to be."""

    address: str
    body: bytes
    content_type: str


class Site:
    """A former site, asked politely. `host` is the only one we ask, whatever it sends us to."""

    def __init__(self, address: str, *, sleep: Callable[[float], None] | None = None) -> None:
        whole = addresses.whole_of(address)
        self.host = addresses.host_of(address)
        # As it was given, « www. » included: not every site answers without.
        self.place = urlsplit(whole).netloc
        # In clear only when the installation allows it, and when it was asked so.
        is_clear = whole.startswith("http:") and http.why_not_call(whole) is None
        self.scheme = "http" if is_clear else "https"
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
            return http.get(address, timeout=patience, limit=limit)
        except http.OutgoingError as failure:
            raise NotRead(failure.sentence) from failure
        finally:
            self._last = time.monotonic()

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
        if whole.startswith("http:") and http.why_not_call(whole) is not None:
            return f"https{whole.removeprefix('http')}"
        return whole or location
