"""Signing in by the certified provider of npm, a real one: entering, leaving, being refused."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urljoin

import pytest
from django.conf import settings as configured

from socle.lib import siret
from socle.people.models import LinkedIdentity, User
from tests import factories
from tests.client import DemandingClient
from tests.conftest import EVERYTHING, tool
from tests.people.provider import DEPART, EMAIL, RETURN, configure, said, siret_of
from tests.people.test_sign_in import is_in

pytestmark = pytest.mark.django_db


HERE = Path(__file__).parent / "oidc"


@pytest.fixture(scope="module")
def certified() -> Iterator[str]:
    """The certified provider of npm, pinned by its lock file, on a free port."""
    node = tool("node", "nodejs")
    if not (HERE / "node_modules").exists():
        reason = "run `npm ci --prefix tests/people/oidc`, or tools/test prepare"
        pytest.fail(reason) if os.environ.get(EVERYTHING) else pytest.skip(reason)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    back = [f"{configured.PLATFORM_URL}{path}" for path in (RETURN, "/compte/fournisseur/sorti/")]
    running = subprocess.Popen(
        [node, "provider.mjs", str(port), *back],
        cwd=HERE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={"PATH": os.environ["PATH"], "NODE_ENV": "production"},
    )
    assert running.stdout is not None
    try:
        assert running.stdout.readline().strip() == "ready"
        yield f"http://127.0.0.1:{port}"
    finally:
        running.terminate()
        running.wait(20)
        running.stdout.close()


class Browser:
    """What a browser does at the provider: keep its cookies, follow its redirections, send its form."""

    class _Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *args: Any) -> None:
            return None

    def __init__(self) -> None:
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()), self._Stay())

    def open(self, url: str, form: dict[str, str] | None = None) -> tuple[str, str]:
        """Return the address a request leads to outside the provider, or the last page with its own address."""
        for _ in range(10):
            body = urlencode(form).encode() if form is not None else None
            try:
                with self.opener.open(url, body, timeout=20) as page:
                    return url, page.read().decode()
            except urllib.error.HTTPError as error:
                with error:
                    if error.code not in (302, 303):
                        raise
                    url, form = urljoin(url, error.headers["Location"]), None
            if url.startswith(configured.PLATFORM_URL):
                return url, ""
        raise AssertionError("the provider turns round")

    def sign(self, url: str, **form: str) -> str:
        page, html = self.open(url)
        assert "/interaction/" in page, html
        return self.open(page, form)[0]


@pytest.mark.slow
def test_with_the_certified_provider_one_enters_leaves_and_is_refused(
    certified: str, settings: Any, tmp_path: Path, secretary: User, client: DemandingClient
) -> None:
    configure(settings, certified, tmp_path / "secret")
    number = siret_of(secretary)

    def go(login: str = EMAIL, siret: str = number, **form: str) -> Any:
        browser = Browser()
        back = browser.sign(client.get(DEPART)["Location"], login=login, siret=siret, **form)
        return browser, client.get(back.removeprefix(configured.PLATFORM_URL))

    browser, response = go(acr="eidas1", amr="pwd")
    assert is_in(client), said(response)
    assert LinkedIdentity.objects.get().subject == f"sub-of-{EMAIL}"

    # Out of both.
    client.post("/compte/deconnexion/")
    page = client.get("/compte/fournisseur/sortie/").content.decode().replace("&amp;", "&")
    found = re.search(r'url=([^"]+)"', page)
    assert found is not None
    asked, html = browser.open(found[1])
    form = dict(re.findall(r'name="(xsrf)"[^>]*value="([^"]+)"', html))
    action = re.search(r'action="([^"]+)"', html)
    assert action is not None
    left, _ = browser.open(urljoin(asked, action[1]), {**form, "logout": "yes"})
    assert left.startswith(f"{configured.PLATFORM_URL}/compte/fournisseur/sorti/")

    # Refused there, unknown here, another organisation.
    assert "n’avez pas terminé" in said(go(refuse="1")[1])
    assert "Aucun compte" in said(go(login="autre@exemple.invalid")[1])
    other = siret.complete(factories.siren(43))
    assert "aucune fonction" in said(go(siret=other)[1])
    assert not is_in(client)

    # The level that is demanded is asked by `claims`, and the provider answers at that level.
    settings.OIDC_ACR, settings.OIDC_TWO_FACTORS_AMR = ["eidas2"], ["mfa"]
    go(acr="eidas2", amr="pwd mfa")
    assert is_in(client)
    assert "Demandé par le fournisseur" in client.get("/compte/").content.decode()
    client.logout()
    # Asked in the other way, it may answer lower: we refuse.
    settings.OIDC_ASK_ACR_BY = "acr_values"
    assert "Activez-y" in said(go(acr="eidas1", amr="pwd")[1])
    assert not is_in(client)
