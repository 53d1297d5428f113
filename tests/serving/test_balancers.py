"""What the web server in front asks: is this process in service, may this host have a certificate."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client

from socle import __version__
from socle.serving import balancers
from socle.sites import hosts
from tests import factories as f
from tests.sites.conftest import equipped

IN_SERVICE, CERTIFICATE = "/-/in-service", "/-/certificate"


@pytest.fixture
def front() -> Client:
    """A machine of the installation, which speaks for itself."""
    return Client(REMOTE_ADDR="127.0.0.1")


@pytest.mark.django_db
def test_a_process_is_in_service_until_it_is_told_to_stop(front: Client, settings: Any, tmp_path: Any) -> None:
    settings.DRAIN_FILE = tmp_path / "draining"
    answer = front.get(IN_SERVICE, headers={"host": "whatever.invalid"})
    assert (answer.status_code, answer.content) == (200, f"{__version__} in service\n".encode())
    assert answer["Cache-Control"] == "no-store"
    settings.DRAIN_FILE.touch()
    assert front.get(IN_SERVICE).status_code == 503
    settings.DRAIN_FILE.unlink()
    assert front.get(IN_SERVICE).status_code == 200
    assert front.post(IN_SERVICE).status_code == 405


@pytest.mark.django_db
def test_a_process_without_its_database_is_not_in_service(front: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> None:
        raise OperationalError("the connection is lost")

    monkeypatch.setattr(connection, "cursor", gone)
    answer = front.get(IN_SERVICE)
    assert (answer.status_code, answer.content) == (503, f"{__version__} not ready: database\n".encode())


@pytest.mark.django_db
@pytest.mark.parametrize("path", [IN_SERVICE, f"{CERTIFICATE}?domain=testserver"])
@pytest.mark.parametrize(
    "as_visitor",
    [
        {"REMOTE_ADDR": "203.0.113.7"},
        {"REMOTE_ADDR": "10.1.2.3"},
        {"REMOTE_ADDR": ""},
        {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"HTTP_VIA": "1.1 Caddy"},
        {"HTTP_FORWARDED": "for=127.0.0.1"},
    ],
    ids=str,
)
def test_a_visitor_finds_nothing_there(front: Client, path: str, as_visitor: dict[str, str]) -> None:
    assert front.get(path, **as_visitor).status_code == 404  # type: ignore[arg-type]


@pytest.mark.django_db
def test_balancers_on_other_machines_are_named_by_their_network(front: Client, settings: Any) -> None:
    settings.BALANCERS = ["10.1.0.0/16", "fd00::/8"]
    assert front.get(IN_SERVICE, REMOTE_ADDR="10.1.2.3").status_code == 200
    assert front.get(IN_SERVICE, REMOTE_ADDR="fd00::1").status_code == 200
    assert front.get(IN_SERVICE, REMOTE_ADDR="10.2.0.1").status_code == 404


@pytest.mark.django_db
def test_a_certificate_is_for_the_hosts_we_serve_and_no_other(front: Client) -> None:
    site = equipped("59474", "Prisches")
    for host in ("testserver", site.host, site.host.upper(), f"{site.host}."):
        assert front.get(CERTIFICATE, {"domain": host}).status_code == 200, host
    for host in (
        "",
        "unknown.localhost",
        "a b",
        "*.localhost",
        f"x.{site.host}",
        "é.localhost",
        "a" * 300,
        "a/b",
        "-.fr",
    ):
        assert front.get(CERTIFICATE, {"domain": host}).status_code == 404, host


@pytest.mark.django_db
def test_one_host_is_not_asked_for_without_end(front: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(balancers, "ASKED_FOR_ONE_HOST", (3, 600))
    answers = [front.get(CERTIFICATE, {"domain": "testserver"}).status_code for _ in range(5)]
    assert answers == [200, 200, 200, 429, 429]
    assert int(front.get(CERTIFICATE, {"domain": "testserver"})["Retry-After"]) > 0
    # Another host waits for nobody.
    assert front.get(CERTIFICATE, {"domain": "localhost"}).status_code == 200


@pytest.mark.django_db
def test_whether_a_host_is_served_costs_one_query_at_most(django_assert_num_queries: Any) -> None:
    f.commune()
    with django_assert_num_queries(1):
        assert not hosts.is_served("unknown.localhost")
    with django_assert_num_queries(0):
        assert hosts.is_served("testserver")
