"""Roundcube, Dovecot and Postfix on one side, the platform on the other: a box read in the browser, for real."""

from __future__ import annotations

import base64
import contextlib
import imaplib
import re
import shutil
import smtplib
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from socle.engines.postfix_dovecot.layout import Ports
from socle.engines.roundcube import configuration
from socle.engines.roundcube.layout import Webmail, WebmailError
from socle.engines.roundcube.server import answers, missing_packages
from socle.mail.models import Mailbox, Opening
from socle.mail.webmail import actions
from socle.mail.webmail.queries import entrance
from socle.people.models import Membership, OpenSession, User
from socle.trials.mail_servers import TrialServers
from socle.trials.roundcube import Server
from tests import factories as f
from tests.conftest import needed
from tests.deploy.webmail_fronts import FRONTS, in_production
from tests.engines.mail_server import (
    Imap,
    Served,
    message,
    need_servers,
    person,
    served,
    somewhere,
    started,
    trusting,
    until,
)  # fmt: skip

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["served"]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
PRISCHES, TAISNIERES = "mairie@prisches.courriel.test", "mairie@taisnieres.courriel.test"
PASSWORD = "une phrase assez longue"


# --- The servers ------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def mail_servers(live_server: Any) -> Iterator[TrialServers]:
    """Mail servers that ask the platform of these tests about tokens."""
    need_servers()
    with started(token_check=configuration.check_address(live_server.url)) as servers:
        yield servers


@pytest.fixture(scope="module", params=["trial", *FRONTS])
def webmail(request: pytest.FixtureRequest, mail_servers: TrialServers, live_server: Any) -> Iterator[Webmail]:
    """Roundcube on these servers: by PHP's own, as a trial, then as in production, behind each web server."""
    if packages := missing_packages():
        needed(f"{', '.join(packages)} not installed")
    folder = Path(tempfile.mkdtemp(prefix="socle-webmail-", dir="/tmp"))
    layout = mail_servers.layout
    described = Webmail(
        folder,
        url=f"http://localhost:{Ports.free().smtp}",
        platform=live_server.url,
        home=live_server.url,
        imap=f"localhost:{layout.ports.imaps}",
        smtp=f"localhost:{layout.ports.submissions}",
        trusted=layout.certificate,
    )
    try:
        with trial(described) if request.param == "trial" else in_production(described, request.param):
            yield described
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def trial(webmail: Webmail) -> Iterator[None]:
    server = Server(webmail)
    try:
        server.start()
        yield
    finally:
        server.stop()


@pytest.fixture
def place(served: Served) -> Any:
    made = f.beneficiary()
    person(made)
    served.open(made)
    return made


@pytest.fixture
def there(served: Served) -> Any:
    made = f.beneficiary(f.commune("59583", "Taisnières"))
    person(made)
    served.open(made)
    return made


def secretary_of(place: Any) -> User:
    found: User = User.objects.get(memberships__beneficiary=place)
    return found


def token_for(who: User, address: str) -> str:
    """What Roundcube is given when this person opens this box."""
    now = timezone.now()
    session, _ = OpenSession.objects.get_or_create(
        user=who, defaults={"session_key": f"session-{who.pk}", "opened_at": now, "seen_at": now}
    )
    code = actions.ask(Mailbox.objects.get(address=address), session=session, by=who, at=now)
    exchanged = actions.exchange(code, at=now)
    assert exchanged is not None
    return exchanged[1]


def xoauth2(address: str, token: str) -> str:
    return f"user={address}\x01auth=Bearer {token}\x01\x01"


@contextlib.contextmanager
def imap(served: Served, address: str, token: str) -> Iterator[imaplib.IMAP4]:
    client = Imap("127.0.0.1", served.layout.ports.imap, timeout=60)
    try:
        client.starttls(trusting())
        client.authenticate("XOAUTH2", lambda said: b"" if said else xoauth2(address, token).encode())
        yield client
    finally:
        client.shutdown()


@contextlib.contextmanager
def smtp(served: Served, address: str, token: str) -> Iterator[smtplib.SMTP]:
    with smtplib.SMTP("127.0.0.1", served.layout.ports.submission, timeout=60, source_address=somewhere()) as client:
        client.starttls(context=trusting())
        client.ehlo()
        shown = base64.b64encode(xoauth2(address, token).encode()).decode()
        code, said = client.docmd("AUTH", f"XOAUTH2 {shown}")
        if code == 334:
            code, said = client.docmd("")
        if code != 235:
            raise smtplib.SMTPAuthenticationError(code, said)
        yield client


def is_refused(served: Served, address: str, token: str) -> bool:
    """Whether neither door lets this token in."""
    with pytest.raises(imaplib.IMAP4.error, match=r"(?i)auth"), imap(served, address, token):
        pass
    with pytest.raises(smtplib.SMTPAuthenticationError), smtp(served, address, token):
        pass
    return True


# --- Tokens, by IMAP and SMTP -----------------------------------------------------------------------------------------
def test_a_token_opens_its_box_and_no_other_and_writes_in_its_name_only(
    served: Served, webmail_settings: None, place: Any, there: Any
) -> None:
    secretary = secretary_of(place)
    token = token_for(secretary, PRISCHES)
    with smtp(served, PRISCHES, token) as client:
        client.send_message(message(PRISCHES, TAISNIERES, "Bonjour du navigateur"))
    with smtp(served, PRISCHES, token) as client, pytest.raises(smtplib.SMTPException, match="553"):
        client.send_message(message(TAISNIERES, PRISCHES), from_addr=TAISNIERES, to_addrs=[PRISCHES])
    with smtp(served, PRISCHES, token) as client, pytest.raises(smtplib.SMTPException, match=r"550|554|5\.7\.1"):
        client.send_message(message(TAISNIERES, PRISCHES), from_addr=PRISCHES, to_addrs=[PRISCHES])
    theirs = token_for(secretary_of(there), TAISNIERES)

    def has_come() -> bool:
        with imap(served, TAISNIERES, theirs) as client:
            return client.select("INBOX")[1] == [b"1"]

    until(has_come, served.said)
    # Neither another box of one's own, nor that of another commune, nor an invention, nor a password in its place.
    civil = PRISCHES.replace("mairie", "etat-civil")
    assert is_refused(served, civil, token)
    assert is_refused(served, TAISNIERES, token)
    assert is_refused(served, PRISCHES, "x" * 43)
    with pytest.raises(imaplib.IMAP4.error):
        served.imap(PRISCHES, token)


def test_what_ends_on_the_platform_ends_there_at_the_next_sign_in(
    served: Served, webmail_settings: None, place: Any
) -> None:
    secretary = secretary_of(place)
    token = token_for(secretary, PRISCHES)
    opening = Opening.objects.filter(user=secretary, mailbox__address=PRISCHES)
    with imap(served, PRISCHES, token) as client:
        assert client.append("Drafts", "", None, b"Subject: brouillon\r\n\r\nx\r\n")[0] == "OK"
    opening.update(may_send=False)
    with imap(served, PRISCHES, token) as client:
        assert client.select("INBOX")[0] == "OK"
        assert client.append("Drafts", "", None, b"Subject: faux\r\n\r\nx\r\n")[0] == "NO"
    with pytest.raises(smtplib.SMTPAuthenticationError), smtp(served, PRISCHES, token):
        pass
    opening.update(may_send=True)
    yesterday = timezone.localdate() - timedelta(days=1)
    Membership.objects.filter(user=secretary).update(ends_on=yesterday)
    assert is_refused(served, PRISCHES, token)
    Membership.objects.filter(user=secretary).update(ends_on=None)
    with imap(served, PRISCHES, token):
        pass
    OpenSession.objects.all().delete()
    assert is_refused(served, PRISCHES, token)
    # A device password opens as before.
    _, secret = served.device(secretary)
    assert served.messages(PRISCHES, secret) == []


@pytest.fixture
def webmail_settings(settings: Any) -> None:
    """A webmail is configured, whether or not it runs."""
    settings.SOCLE_MAIL_WEBMAIL_URL = "http://localhost:1/"


# --- In a real browser ------------------------------------------------------------------------------------------------
@pytest.fixture
def platform(served: Served, webmail: Webmail, live_server: Any, settings: Any) -> Any:
    """The platform that knows where its webmail is."""
    from csp.constants import SELF

    settings.SOCLE_MAIL_WEBMAIL_URL, settings.PLATFORM_URL = webmail.url, live_server.url
    policy = settings.CONTENT_SECURITY_POLICY
    directives = policy["DIRECTIVES"] | {"form-action": [SELF, webmail.url]}
    settings.CONTENT_SECURITY_POLICY = policy | {"DIRECTIVES": directives}
    return live_server


@pytest.mark.journey
def test_a_secretary_reads_and_writes_in_the_browser_until_they_sign_out(
    platform: Any, webmail: Webmail, served: Served, place: Any, there: Any, browser: Browser, tmp_path: Path
) -> None:
    from tests.browser import PHONE, watched_context

    secretary, other = secretary_of(place), secretary_of(there)
    for one in (secretary, other):
        one.set_password(PASSWORD)
        one.save()
    assert answers(webmail.url)
    _, theirs = served.device(other)
    served.send(TAISNIERES, theirs, PRISCHES, "Les clés de la salle", "Elles sont chez le gardien.\n")
    with watched_context(browser, viewport=PHONE) as context:
        page = context.new_page()
        # Straight to the webmail, as by a bookmark: no name nor password is asked there.
        page.goto(webmail.url)
        assert page.url.startswith(f"{platform.url}/compte/connexion/")
        page.get_by_label("Adresse électronique").fill(secretary.email)
        page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Se connecter", exact=True).click()
        # Several boxes are theirs: which one?
        page.get_by_role("link", name=f"Ouvrir {PRISCHES}").click()
        page.get_by_text("Les clés de la salle").wait_for()
        assert page.url.startswith(webmail.url)
        photograph(page, tmp_path, "inbox")
        page.get_by_text("Les clés de la salle").click()
        page.frame_locator("#messagecontframe").get_by_text("Elles sont chez le gardien.").wait_for()
        write(page, webmail, TAISNIERES, "Merci", "Nous passons demain.")
        (answer,) = [one for one in served.wait_for(TAISNIERES, theirs) if one["Subject"] == "Merci"]
        assert answer["DKIM-Signature"]
        assert answer["From"].addresses[0].addr_spec == PRISCHES
        assert answer["From"].addresses[0].display_name == Mailbox.objects.get(address=PRISCHES).display_name
        # Another box, without signing out of the first: nothing of it remains.
        civil = PRISCHES.replace("mairie", "etat-civil")
        page.goto(f"{platform.url}/mairie/messagerie/lire/")
        page.get_by_role("link", name=f"Ouvrir {civil}").click()
        page.wait_for_url(f"{webmail.url}/**")
        page.get_by_text(civil).first.wait_for(state="attached")
        assert page.get_by_text("Les clés de la salle").count() == 0
        # Signed out of the platform: the webmail shows nothing more, and leads to the way to open it again. So does
        # the page that was open, as soon as it asks for news.
        page.goto(f"{webmail.url}/?_task=mail&_mbox=INBOX")
        # Roundcube does nothing of a click while it still asks for its list.
        page.wait_for_function("!rcmail.busy")
        session = OpenSession.objects.get(user=secretary)
        session.delete()
        page.locator("a.refresh, a.checkmail").first.click()
        page.wait_for_url(f"{platform.url}/mairie/messagerie/")
        page.goto(f"{webmail.url}/?_task=mail&_mbox=Sent")
        page.get_by_role("link", name="Ouvrir avec mon compte de la plateforme").wait_for()
        assert page.get_by_text("Merci").count() == 0
    with watched_context(browser) as context:
        page = context.new_page()
        # An answer to a question that this browser never asked opens nothing.
        session = OpenSession.objects.create(
            user=secretary, session_key="ailleurs", opened_at=timezone.now(), seen_at=timezone.now()
        )
        code = actions.ask(Mailbox.objects.get(address=PRISCHES), session=session, by=secretary, at=timezone.now())
        page.goto(f"{entrance()}?code={code}&state=invente")
        assert page.url.startswith(f"{platform.url}/compte/connexion/")
    assert "Bearer" not in "".join(log.read_text() for log in (webmail.folder / "logs").iterdir())


def photograph(page: Page, folder: Path, name: str) -> None:
    page.screenshot(path=folder / f"{name}.png")


def write(page: Page, webmail: Webmail, to: str, subject: str, body: str) -> None:
    page.goto(f"{webmail.url}/?_task=mail&_action=compose")
    page.locator("#compose_to input, #_to").first.fill(f"{to},")
    page.locator("#compose-subject").fill(subject)
    page.locator("#composebody").fill(body)
    page.locator("a.send:visible, button.send:visible").first.click()
    page.wait_for_url(re.compile("_task=mail(?!.*compose)"))


# --- Without a server -------------------------------------------------------------------------------------------------
def test_a_trial_server_refuses_what_is_for_production(tmp_path: Path) -> None:
    if missing_packages():
        needed("Roundcube is not installed")
    for url in ("https://courrier.exemple.fr", "http://localhost:8090/courrier/"):
        with pytest.raises(WebmailError, match="php-fpm"):
            Server(Webmail(tmp_path, url=url)).start()


def test_the_settings_hold_whatever_they_are_given_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    if missing_packages():
        needed("Roundcube is not installed")
    described = Webmail(
        tmp_path / "w", url="https://courrier.exemple.fr/lire/", database="pgsql://socle:l'é\\cole@base/x", owner=""
    )
    configuration.write(described)
    written = (described.settings / "config.inc.php").read_text()
    assert r"'pgsql://socle:l\'é\\cole@base/x'" in written
    assert "@{" not in written
    assert "$config['use_https'] = true;" in written
    assert "$config['request_path'] = '/lire/';" in written
    assert (described.settings / "config.inc.php").stat().st_mode & 0o777 == 0o600
    key = described.key.read_text()
    configuration.write(described)
    assert described.key.read_text() == key
    assert Webmail.load(described.folder) == described
    assert key not in (described.folder / "webmail.json").read_text()
    assert Path("/usr/share/roundcube").samefile((described.public / "program").readlink().parent)
