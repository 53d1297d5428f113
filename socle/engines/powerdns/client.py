"""Speaks PowerDNS's HTTP interface (https://doc.powerdns.com/authoritative/http-api/): typed, and knows no model.

Names come in and go out without their final dot; contents are as a zone file has them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from socle.lib import http
from socle.lib.refusals import Failure

# One answer: a zone of a commune weighs 10 kB, the name of a big one much less than that.
LIMIT = 4 * 1024 * 1024


class PowerDnsError(Failure):
    """It did not do what it was asked. `is_lasting`: asking again, as it is, would change nothing."""


@dataclass(frozen=True)
class Comment:
    """A comment noted beside a set."""

    content: str
    account: str
    modified_at: int = 0


@dataclass(frozen=True)
class RRset:
    """All that one name says of one type; without contents, it is removed."""

    name: str
    type: str
    ttl: int
    contents: tuple[str, ...]
    comments: tuple[Comment, ...] = ()


@dataclass(frozen=True)
class Zone:
    """A zone, without what it holds."""

    name: str
    kind: str
    serial: int
    is_signed: bool


class Client:
    """One server. Every method raises `PowerDnsError`."""

    def __init__(self, url: str, key: str, *, server: str = "localhost", timeout: float = 10.0) -> None:
        self.base = f"{url.rstrip('/')}/api/v1/servers/{quote(server, safe='')}"
        self.key = key
        self.timeout = timeout

    def version(self) -> str:
        """Say which PowerDNS answers; the cheapest question that needs the key."""
        return str(_of(self._ask("GET", ""), dict).get("version", ""))

    def zone(self, name: str) -> Zone | None:
        """Return a zone, or None when it is not there."""
        answer = self._ask("GET", f"/zones/{_identifier(name)}?rrsets=false", absent=True)
        if answer is None:
            return None
        told = _of(answer, dict)
        return Zone(
            _bare(told.get("name")), str(told.get("kind", "")), _int(told.get("serial")), bool(told.get("dnssec"))
        )

    def make_zone(self, name: str, *, kind: str, name_servers: Sequence[str]) -> bool:
        """Make a zone, signed; False when it is there already."""
        body = {
            "name": _dotted(name),
            "kind": kind,
            "nameservers": [_dotted(one) for one in name_servers],
            "dnssec": True,
            "api_rectify": True,
            "soa_edit_api": "DEFAULT",
        }
        return self._ask("POST", "/zones?rrsets=false", body, there=True) is not None

    def sign(self, name: str) -> None:
        """Sign a zone that is not."""
        self._ask("PUT", f"/zones/{_identifier(name)}", {"dnssec": True, "api_rectify": True})

    def remove_zone(self, name: str) -> None:
        """Remove a zone with all it holds; one that is not there is no fault."""
        self._ask("DELETE", f"/zones/{_identifier(name)}", absent=True)

    def rrsets(self, zone: str, name: str | None = None) -> list[RRset]:
        """Return what a zone holds, or one of its names only: a big one does not come whole."""
        which = f"?rrset_name={quote(_dotted(name), safe='')}" if name else ""
        told = _of(self._ask("GET", f"/zones/{_identifier(zone)}{which}", limit=LIMIT), dict)
        return [_rrset(one) for one in _of(told.get("rrsets", []), list)]

    def replace(self, zone: str, sets: Sequence[RRset]) -> None:
        """Put these sets in place of what their names and types hold: all of them, or none."""
        self._ask("PATCH", f"/zones/{_identifier(zone)}", {"rrsets": [_written(one) for one in sets]})

    def ds(self, zone: str) -> list[str]:
        """Return what to hand to the registry of the zone above, for the keys that sign."""
        keys = _of(self._ask("GET", f"/zones/{_identifier(zone)}/cryptokeys"), list)
        told = [one for one in keys if isinstance(one, dict) and one.get("active") and one.get("published", True)]
        return [str(line) for key in told for line in _of(key.get("ds") or [], list)]

    # --- The exchange
    def _ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        absent: bool = False,
        there: bool = False,
        limit: int = http.LIMIT,
    ) -> Any:
        """Return the JSON of the answer; None for a 404 when `absent`, for a 409 when `there`, or for nothing said."""
        headers = {"X-API-Key": self.key, "Accept": "application/json"}
        url = self.base + path
        try:
            if method == "GET":
                answer = http.get(url, headers=headers, timeout=self.timeout, limit=limit)
            elif method == "POST":
                answer = http.post(url, json=body, headers=headers, timeout=self.timeout, limit=limit)
            else:
                answer = http.send(method, url, json=body, headers=headers, timeout=self.timeout, limit=limit)
            if answer.is_ok:
                return answer.json() if answer.body.strip() else {}
        except http.Forbidden as refusal:
            raise PowerDnsError(f"PowerDNS n’est pas appelé\u00a0: {refusal.sentence}", is_lasting=True) from refusal
        except http.OutgoingError as error:
            raise PowerDnsError(f"PowerDNS ne répond pas\u00a0: {error.sentence}") from error
        if (answer.status == 404 and absent) or (answer.status == 409 and there):
            return None
        raise _refusal(answer)


def _refusal(answer: http.Answer) -> PowerDnsError:
    if answer.status in (401, 403):
        return PowerDnsError(
            "PowerDNS refuse notre clé\u00a0: vérifiez SOCLE_POWERDNS_KEY, et qu’il accepte cette machine "
            "(webserver-allow-from).",
            is_lasting=True,
        )
    said = ""
    try:
        told = answer.json()
        said = str(told.get("error", "")) if isinstance(told, dict) else ""
    except http.OutgoingError:
        pass
    said = " ".join(said.split())[:200] or f"réponse {answer.status}"
    if answer.status == 404:
        return PowerDnsError(f"PowerDNS ne connaît pas cette zone ({said}).", is_lasting=True)
    # What it judged wrong stays wrong; what broke may be mended.
    return PowerDnsError(f"PowerDNS a répondu\u00a0: {said}", is_lasting=400 <= answer.status < 500)


def _rrset(told: Any) -> RRset:
    one = _of(told, dict)
    records = [_of(record, dict) for record in _of(one.get("records", []), list)]
    comments = [_of(comment, dict) for comment in _of(one.get("comments", []), list)]
    return RRset(
        _bare(one.get("name")),
        str(one.get("type", "")),
        _int(one.get("ttl")),
        tuple(str(record.get("content", "")) for record in records if not record.get("disabled")),
        tuple(
            Comment(str(each.get("content", "")), str(each.get("account", "")), _int(each.get("modified_at")))
            for each in comments
        ),
    )


def _written(one: RRset) -> dict[str, Any]:
    told: dict[str, Any] = {"name": _dotted(one.name), "type": one.type}
    if not one.contents:
        return told | {"changetype": "DELETE"}
    return told | {
        "changetype": "REPLACE",
        "ttl": one.ttl,
        "records": [{"content": content, "disabled": False} for content in one.contents],
        "comments": [
            {"content": each.content, "account": each.account}
            | ({"modified_at": each.modified_at} if each.modified_at else {})
            for each in one.comments
        ],
    }


def _identifier(name: str) -> str:
    # « = » and two hexadecimal digits stand for what an address cannot hold; a name of ours has none of that.
    return quote(_dotted(name), safe="")


def _dotted(name: str) -> str:
    return f"{name.rstrip('.')}."


def _bare(name: object) -> str:
    return str(name or "").rstrip(".").lower()


def _int(value: object) -> int:
    return value if isinstance(value, int) else 0


def _of(value: Any, kind: type) -> Any:
    if not isinstance(value, kind):
        raise PowerDnsError("Ce qui répond à l’adresse de PowerDNS ne parle pas comme lui\u00a0: vérifiez-la.")
    return value
