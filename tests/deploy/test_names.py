"""The commune's own name behind the web server of production, judged as the State's reference judges a site.

The criteria are those of the « Référentiel de la présence numérique territoriale » (v0.2.1 of 10 July 2026), 1.2 to
1.8, as far as they depend on us: 1.1 is what the mairie declares to Service-Public.
"""

from __future__ import annotations

import os
import ssl
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import dns.resolver
import pytest
import urllib3
from django_scopes import scopes_disabled

from socle.domains.actions import check_name
from socle.domains.models import DomainName
from socle.domains.rules import why_not_advised
from socle.lib.ports import free_port
from socle.sites.actions import create_site
from socle.sites.models import SiteName, WebSite
from socle.sites.models.names import Status
from socle.sites.names.actions import ask_name
from socle.sites.names.use import SiteUse
from socle.sites.publishing.actions import publish_waiting
from tests import factories as f
from tests.conftest import tool
from tests.consistency import house
from tests.dns_server import Records, serving
from tests.sites.conftest import town_hall

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@dataclass
class Internet:
    """A browser in a world where the test's DNS is the DNS, and the front's own authority is believed."""

    records: Records
    ports: dict[str, int]
    authority: Path

    def address(self, host: str) -> str:
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], self.records.port
        return str(resolver.resolve(host, "A", search=False)[0])

    def get(self, url: str) -> tuple[list[str], urllib3.BaseHTTPResponse]:
        """Follow an address; return each address visited, and the last answer. An invalid certificate raises."""
        hops = [url]
        while True:
            parts = urlsplit(hops[-1])
            host = parts.hostname or ""
            port = parts.port or self.ports[parts.scheme]
            if parts.scheme == "https":
                pool: urllib3.HTTPConnectionPool = urllib3.HTTPSConnectionPool(
                    self.address(host),
                    port,
                    ssl_context=ssl.create_default_context(cafile=str(self.authority)),
                    server_hostname=host,
                    assert_hostname=host,
                )
            else:
                pool = urllib3.HTTPConnectionPool(self.address(host), port)
            with pool:
                named = host if parts.port is None else f"{host}:{parts.port}"
                answer = pool.request("GET", parts.path or "/", headers={"Host": named}, redirect=False, retries=False)
            if not (300 <= answer.status < 400):
                return hops, answer
            assert len(hops) <= 5, hops
            hops.append(urljoin(hops[-1], answer.headers["Location"]))


@pytest.fixture
def internet(settings, tmp_path: Path, live_server, monkeypatch) -> Iterator[Internet]:
    ports = {"http": free_port(), "https": free_port()}
    settings.PUBLISHED_ROOT, settings.MEDIA_ROOT = tmp_path / "published", tmp_path / "media"
    settings.IS_HTTPS, settings.SITES_PORT = True, ports["https"]
    settings.SOCLE_SITES_ADDRESSES = ["127.0.0.1"]
    settings.SOCLE_SITES_FRONT = f"127.0.0.1:{ports['https']}"
    settings.SOCLE_DNS = "socle.engines.dns.engine.Dns"
    platform = f"127.0.0.1:{live_server.thread.port}"
    (tmp_path / "Caddyfile").write_text(
        f"{{\n\tadmin off\n\tskip_install_trust\n\tstorage file_system {tmp_path}/front\n\tdefault_bind 127.0.0.1\n"
        f"\thttp_port {ports['http']}\n\thttps_port {ports['https']}\n\tcert_issuer internal\n"
        f"\ton_demand_tls {{\n\t\task http://{platform}/-/certificate\n\t}}\n}}\n"
        f"import {house.ROOT}/deploy/one-machine/sites.caddy\n"
        "https:// {\n\ttls {\n\t\ton_demand\n\t}\n\timport sites\n"
        f"\troute {{\n\t\treverse_proxy {platform}\n\t}}\n}}\n"
    )
    authority = tmp_path / "front" / "pki" / "authorities" / "local" / "root.crt"
    log = (tmp_path / "caddy.log").open("w")
    caddy = subprocess.Popen(
        [tool("caddy"), "run", "--config", str(tmp_path / "Caddyfile")],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "FRONT_PUBLISHED": str(settings.PUBLISHED_ROOT)},
        stdout=log,
        stderr=log,
    )
    try:
        deadline = time.monotonic() + 60
        while not authority.exists():
            assert caddy.poll() is None, (tmp_path / "caddy.log").read_text()
            assert time.monotonic() < deadline, (tmp_path / "caddy.log").read_text()
            time.sleep(0.05)
        # Our own machines believe the authority of this front.
        monkeypatch.setenv("SSL_CERT_FILE", str(authority))
        with serving() as records:
            settings.SOCLE_DNS_RESOLVERS = [f"127.0.0.1:{records.port}"]
            yield Internet(records, ports, authority)
    finally:
        caddy.terminate()
        caddy.wait(60)
        log.close()


def checked() -> SiteName:
    check_name(DomainName.objects.get(), by=f.user(), at=f.NOW)
    return SiteName.objects.get()


def test_a_site_under_its_own_name_meets_the_reference(internet, settings):
    place = f.commune("59474", "Prisches")
    town_hall(place)
    with scopes_disabled():
        site = create_site(f.beneficiary(place), by=f.user(), at=f.NOW)
        ask_name(site, "prisches.fr", by=f.user(), at=f.NOW)
        # Nothing is written at the registrar yet: no certificate, for whoever asks.
        internet.records.lines += ["ailleurs.fr. 60 IN A 127.0.0.1"]
        name = checked()
        assert name.status == Status.WAITING
        with pytest.raises(urllib3.exceptions.SSLError):
            internet.get("https://ailleurs.fr/")
        # What the page says to copy is copied.
        own = DomainName.objects.get()
        internet.records.lines += [
            f"{one.name}. 60 IN {one.type} {one.content}" for one in SiteUse().wanted(own, at=f.NOW)
        ]
        name = checked()
        assert name.status == Status.WAITING, "Nothing says yet whose it is."
        internet.records.lines += [f'{own.proof_host}. 60 IN TXT "{own.proof}"']
        internet.records.lines += [f"{site.first_host}. 60 IN A 127.0.0.1"]
        name = checked()
        assert (name.status, name.is_main, name.problem) == (Status.SERVED, True, "")
        assert name.certificate_until is not None
        publish_waiting()
        site = WebSite.objects.get()
    declared = site.root_url
    # 1.2: a sovereign extension. 1.8: declared in https.
    assert why_not_advised(name.domain) is None
    assert declared.startswith("https://www.prisches.fr")
    visits = {
        start: internet.get(start)
        for start in (
            declared, "http://www.prisches.fr/", "http://prisches.fr/", "https://prisches.fr/",
            f"http://{site.first_host}/contact/", f"https://{site.first_host}/contact/",
        )
    }  # fmt: skip
    for start, (hops, answer) in visits.items():
        # 1.3: it answers. 1.5: a wrong certificate, on any hop, would have raised.
        assert answer.status == 200, (start, hops)
        # 1.4: it ends in https. 1.7: with www or without, it ends at the same place.
        assert told(hops[-1]) == told(declared), (start, hops)
        # 1.6: no hop leaves what is ours.
        assert {urlsplit(hop).hostname for hop in hops} <= {"prisches.fr", "www.prisches.fr", site.first_host}
        assert b"Prisches" in answer.data
    assert visits[f"https://{site.first_host}/contact/"][0][-1] == f"{declared}/contact/"


def told(url: str) -> tuple[str, str | None]:
    """The port left out: the front redirects to https as if its ports were the usual ones."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname
