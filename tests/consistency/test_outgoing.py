"""Every request that leaves, in one table: no name that changes its answer and no redirection leads one inside."""

from __future__ import annotations

import ast
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from socle.deliberations.contract import Access, TransmitterError
from socle.engines.imap import client as imap
from socle.engines.powerdns.client import Client as PowerDns
from socle.engines.powerdns.client import PowerDnsError
from socle.engines.s2low.client import Client as S2low
from socle.engines.seal import client as seal
from socle.engines.wms import engine as wms
from socle.integrations import deliveries
from socle.lib import http
from socle.lib.refusals import Refused
from socle.people.sign_in import provider
from socle.signing.contract import SigningError
from socle.site_import.fetching import NotRead, Site
from socle.sites.contract import MapError
from tests.consistency import house
from tests.consistency.test_rooms import CONNECTIONS
from tests.deliberations.transmitting import certificate

# A public address, then one of the inside.
OUTSIDE, INSIDE = "93.184.215.14", "127.0.0.1"
NAME = "girouette.example"

# Who calls by HTTP, and how it is called; the webhooks send what `http.post` sends, with headers of theirs.
BY_HTTP: dict[str, Callable[[str], Any]] = {
    "socle/site_import/fetching.py": lambda url: Site(url, sleep=lambda seconds: None).get(url, limit=1000),
    "socle/integrations/deliveries.py": lambda url: deliveries.http.post(url, body=b"{}", headers={"X-A": "b"}),
    "socle/people/sign_in/provider.py": lambda url: provider._exchange("POST", url, body=b"code=secret"),
    "socle/engines/seal/client.py": lambda url: seal.token(url, b"", headers={}),
    "socle/engines/wms/engine.py": lambda url: wms.ask(url, timeout=2),
    "socle/engines/s2low/client.py": lambda url: S2low(Access("", url, certificate())).file("/"),
    "socle/engines/powerdns/client.py": lambda url: PowerDns(url, "key", timeout=2).zone("prisches.fr"),
}
# Who asks the guard for an address, and speaks another language there.
BY_ADDRESS: dict[str, Callable[[str], Any]] = {
    "socle/engines/imap/client.py": lambda host: imap.connect(host, 993, login="x", password="y"),
}
# Who calls nothing, or only what settings name: nobody types these addresses, no answer leads elsewhere.
ELSEWHERE = {
    "socle/integrations/rules.py": "judges an address before it is kept",
    "socle/deliberations/transmission_rules.py": "judges an address before it is kept",
    "socle/site_import/rules.py": "judges an address before it is asked",
    "socle/engines/dns/engine.py": "asks the DNS; `why_not_address` before a server that a domain names is asked",
    "socle/operations/doctor/machine.py": "reads the certificate of our own front",
    "socle/engines/clamd/engine.py": "the antivirus that a setting names",
    "socle/engines/postfix_dovecot/answers.py": "our own mail server, that settings name",
    "socle/engines/postfix_dovecot/certificates.py": "our own mail servers, that settings name",
    "socle/engines/postfix_dovecot/chain.py": "our own mail servers, that settings name",
    "socle/engines/postfix_dovecot/doveadm.py": "our own mail server, that settings name; follows no redirection",
    "socle/engines/postfix_dovecot/handover.py": "our own mail server, that settings name",
    "socle/engines/postfix_dovecot/lending.py": "our own mail server, that settings name",
    "socle/engines/postfix_dovecot/tasks.py": "reads how a mail server refused",
    "socle/engines/postfix_dovecot/layout.py": "the names of this machine",
    "socle/engines/restic/server.py": "looks whether a port of this machine is free",
    "socle/engines/restic/witness.py": "our own server of saves, on this machine",
    "socle/trials/powerdns.py": "the server of the development, on this machine",
    "socle/engines/postfix_dovecot/servers.py": "our own mail servers, on this machine",
    "socle/trials/mail_servers.py": "the servers of the development, on this machine",
    "socle/outbox/departures.py": "reads how a mail server refused",
    "socle/lib/ports.py": "looks whether a port of this machine is free",
    "socle/operations/supervisor.py": "looks whether a port of this machine answers",
    "socle/operations/processes.py": "asks for this machine's name",
    "socle/lib/object_storage.py": "the storage that a setting names",
    "socle/documents/object_storage.py": "reads how that storage refused",
    "socle/lib/http.py": "the guard itself",
    "socle/engines/roundcube/server.py": "our own webmail, that settings name",
    "socle/trials/roundcube.py": "the server of the development, on this machine",
}  # fmt: skip
FAULTS = (http.OutgoingError, NotRead, Refused, PowerDnsError, imap.BoxError, SigningError, MapError,
          TransmitterError)  # fmt: skip


def imported(path: Any) -> set[str]:
    names: set[str] = set()
    for node in house.nodes(path):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


@pytest.mark.slow
def test_whoever_opens_a_connection_is_in_the_table() -> None:
    wanted = {"socle.lib.http", *CONNECTIONS}
    found = {str(path) for path in house.code() if imported(path) & wanted}
    known = {*BY_HTTP, *BY_ADDRESS, *ELSEWHERE}
    assert found - known == set()
    assert known <= {str(path) for path in house.files(".py")}


@pytest.fixture
def dialled(monkeypatch: pytest.MonkeyPatch, settings: Any) -> list[str]:
    """The addresses that were dialled; nobody ever answers there."""
    called: list[str] = []

    def create_connection(place: tuple[str, int], *args: Any, **kwargs: Any) -> socket.socket:
        called.append(place[0])
        raise ConnectionRefusedError

    monkeypatch.setattr("urllib3.util.connection.create_connection", create_connection)
    monkeypatch.setattr(socket, "create_connection", create_connection)
    settings.OUTGOING_INTERNAL = []
    return called


def answering(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Make the DNS say these of our name, one after the other."""
    asked: list[str] = []

    def getaddrinfo(host: str, port: int, *args: Any, **kwargs: Any) -> list[Any]:
        if host.strip("[]").replace(":", "").replace(".", "").isdigit():
            told = [host.strip("[]")]
        else:
            told = answers[min(len(asked), len(answers) - 1)]
            asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in told]

    monkeypatch.setattr(http.socket, "getaddrinfo", getaddrinfo)
    return asked


CALLERS = {**{who: (f"https://{NAME}/a", call) for who, call in BY_HTTP.items()}} | {
    who: (NAME, call) for who, call in BY_ADDRESS.items()
}


@pytest.mark.parametrize("who", CALLERS)
def test_a_name_that_leads_inside_the_second_time_leads_nobody_there(
    who: str, dialled: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    place, call = CALLERS[who]
    asked = answering(monkeypatch, [OUTSIDE], [INSIDE])
    with suppress(*FAULTS):
        call(place)
    assert (asked[0], dialled[0]) == (NAME, OUTSIDE)
    assert INSIDE not in dialled


@pytest.mark.parametrize("who", CALLERS)
@pytest.mark.parametrize("told", [[INSIDE], [OUTSIDE, "169.254.169.254"], ["10.0.0.1"]], ids=str)
def test_a_name_that_leads_inside_is_dialled_by_nobody(
    who: str, told: list[str], dialled: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    place, call = CALLERS[who]
    answering(monkeypatch, told)
    with suppress(*FAULTS):
        call(place)
    assert dialled == []


@pytest.mark.parametrize("who", BY_HTTP)
@pytest.mark.parametrize(
    "to", ["http://169.254.169.254/latest", "https://127.0.0.1/", "//[::1]/", "file:///etc/passwd"]
)
def test_a_redirection_leads_nobody_inside(
    who: str, to: str, dialled: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What answers is outside, and sends back inside: the first address alone is asked."""
    _, call = CALLERS[who]
    asked: list[str] = []

    def ask(method: str, scheme: str, host: str, *args: Any, **kwargs: Any) -> http.Answer:
        asked.append(host)
        return http.Answer(302, b"", {"location": to})

    answering(monkeypatch, [OUTSIDE])
    monkeypatch.setattr(http, "_ask", ask)
    with suppress(*FAULTS):
        call(f"https://{NAME}/a")
    assert set(asked) == {NAME}
    assert dialled == []
