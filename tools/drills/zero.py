"""From an empty folder to agreements signed, a mailbox that receives and a loss restored: the guide, typed.

What is typed is read in the guide (docs/guide/installer.md, « De zéro à la première convention ») and nowhere else;
what is pressed bears the words that the guide says. Nothing of the platform is imported: it is met as an operator meets
it, by its command line, its pages, the messages it sends and the protocols it speaks. The mail server that it sends by,
and the authorities that certify and date, are other people's, played on this machine.
"""

from __future__ import annotations

import argparse
import base64
import email
import email.policy
import hmac
import imaplib
import io
import json
import os
import re
import secrets
import shutil
import signal
import smtplib
import socket
import ssl
import struct
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pikepdf
import pypdfium2
from aiosmtpd.controller import Controller
from PIL import ImageDraw
from playwright.sync_api import Browser, Page, sync_playwright

from tests import pki
from tools.cluster import Cluster

ROOT = Path(__file__).resolve().parents[2]
SECTION = "De zéro à la première convention"
PASSWORD = "chaudron-mistral-avesnes-9"


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_for(condition: Callable[[], Any], what: str, seconds: float = 60) -> Any:
    """Return what the condition answers once it is true; raise after so many seconds."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not seen in {seconds:.0f} s")
        time.sleep(0.1)
    return answer


class Guide:
    """One section of the guide: its steps, what each types, the words by which each names what to press."""

    def __init__(self, path: Path = ROOT / "docs/guide/installer.md") -> None:
        text = path.read_text(encoding="utf-8").partition(f"\n## {SECTION}\n")[2].partition("\n## ")[0]
        self.steps = {
            step.partition("\n")[0].partition(". ")[2]: step.partition("\n")[2] for step in text.split("\n### ")[1:]
        }

    def commands(self, step: str) -> list[str]:
        """The commands of a step, in order, each on one line and without its comment."""
        blocks = "".join(re.findall(r"^```\n(.*?)^```", self.steps[step], re.M | re.S)).replace("\\\n", " ")
        return [line.partition("  #")[0].strip() for line in blocks.splitlines() if line.strip()]

    def says(self, step: str, words: str) -> bool:
        # White space of any kind is one: lines of the guide are folded.
        return f"« {words} »" in " ".join(self.steps[step].split())


class Mailer:
    """The mail server that the platform sends by: it keeps what it is given."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.controller = Controller(self, hostname="127.0.0.1", port=free_port())

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.taken.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 OK"

    def link(self, to: str, kind: str) -> str:
        """The last link of this kind that this person was sent."""

        def found() -> str:
            for message in reversed(self.taken):
                if to in message["To"]:
                    links = re.findall(rf"https?://\S*/{kind}/\S*", message.get_content())
                    if links:
                        return str(links[-1])
            return ""

        return str(wait_for(found, f"a message to {to} with a link to {kind}"))


@dataclass
class Person:
    """Somebody at a browser of their own; the words pressed are those of the guide's step."""

    page: Page
    walk: Walk
    secret: str = ""
    # The step that says how one comes in, to which the others send back.
    told_in: str = "La première personne"

    def told(self, words: str) -> str:
        """The same words, once the guide is seen to say them."""
        if not any(self.walk.guide.says(step, words) for step in (self.walk.step, self.told_in)):
            self.walk.unsaid.append(f"{self.walk.step}: {words}")
        return words

    def go(self, path: str) -> None:
        self.page.goto(path if "://" in path else f"{self.walk.place.url}{path}")

    def press(self, words: str) -> None:
        # Some buttons say to assistive technologies, after their words, of which row they are.
        self.page.get_by_role("button", name=re.compile(f"^{re.escape(self.told(words))}")).first.click()

    def unfold(self, words: str) -> None:
        self.page.locator("summary", has_text=self.told(words)).first.click()

    def follow(self, words: str) -> None:
        self.page.get_by_role("link", name=self.told(words)).first.click()

    def fill(self, **values: str) -> None:
        """Fill fields by their names, as the page's labels lead to them."""
        for name, value in values.items():
            box = self.page.locator(f"main [name={name}]").first
            if box.evaluate("one => one.tagName") == "SELECT":
                box.select_option(label=value)
            else:
                box.fill(value)

    def identify(self) -> None:
        """Give the password again, where a gesture asks for it."""
        if self.page.locator("main [name=password]").count():
            self.fill(password=PASSWORD)
            self.page.locator("main form button[type=submit]").last.click()

    def accept(self, link: str) -> Person:
        """Open the link of an invitation, choose a password, put a second factor in place."""
        self.page.goto(link)
        self.fill(password1=PASSWORD, password2=PASSWORD)
        self.press("Accepter et entrer")
        if "second-controle" in self.page.url:
            self.follow("Mettre en place l’application")
            self.secret = self.page.locator("main code").first.inner_text()
            self.fill(code=one_time(self.secret))
            self.press("Activer")
        return self


def one_time(secret: str) -> str:
    """The six digits of this moment (RFC 6238), as an application of a telephone shows them."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(time.time() // 30)), "sha1").digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 10**6:06d}"


@dataclass
class Folder:
    """An empty folder on this machine, where the platform is tried on SQLite: what the guide’s lines become there."""

    folder: Path
    mailer: Mailer
    authorities: Any
    said: dict[str, str] = field(default_factory=dict)
    running: subprocess.Popen[bytes] | None = None
    database: str = ""

    def __post_init__(self) -> None:
        self.port, mail = free_port(), free_mail_ports()
        self.mail_port = mail
        self.url = f"http://localhost:{self.port}"
        etc = self.folder / "etc"
        (etc / "credentials").mkdir(parents=True)
        shutil.copy(self.authorities.certificate("seal"), etc / "cachet.pem")
        shutil.copy(self.authorities.key("seal"), etc / "cachet.key")
        (etc / "cachet.key").chmod(0o600)
        shutil.copy(self.authorities.roots, etc / "racines.pem")
        # What the install command draws, and lends to the verbs that save.
        (etc / "backup-passphrase").write_text(f"{secrets.token_urlsafe(32)}\n")
        (etc / "backup-passphrase").chmod(0o600)
        # What the install command writes on a real machine: its own name, its database.
        settings = f"SOCLE_PLATFORM_URL={self.url}\nSOCLE_OUTGOING_INTERNAL=127.0.0.1,localhost\n"
        (etc / "socle.env").write_text(settings + (f"SOCLE_DATABASE_URL={self.database}\n" if self.database else ""))
        # What the guide's examples are on this machine.
        self.said = {
            "/etc/socle/": f"{etc}/",
            "courriel.exemple.fr:25": f"127.0.0.1:{self.mailer.controller.port}",
            "https://horodatage.exemple.fr/": self.authorities.timestamps,
            "SOCLE_MAIL_SERVERS=/var/lib/socle-mail": f"SOCLE_MAIL_SERVERS={self.folder}/mail",
            "--folder /var/lib/socle-mail --host mx.exemple.fr --listen all --outgoing direct --owner socle": (
                f"--folder {self.folder}/mail --ports {mail}"
            ),
            "systemctl enable --now socle-opendkim socle-rspamd socle-dovecot socle-postfix": (
                f"socle mail-servers --folder {self.folder}/mail start"
            ),
            "/srv/sauvegardes": f"{self.folder}/backups",
        }

    def environment(self) -> dict[str, str]:
        """What systemd would give to the platform: the settings' file, then a file for each secret."""
        found = {name: value for name, value in os.environ.items() if not name.startswith("SOCLE_")}
        found |= {"SOCLE_DATA_DIR": str(self.folder / "data"), "PATH": f"{ROOT}/.venv/bin:{os.environ['PATH']}"}
        found["SOCLE_BACKUP_PASSPHRASE_FILE"] = str(self.folder / "etc/backup-passphrase")
        for line in (self.folder / "etc/socle.env").read_text().splitlines():
            name, _, value = line.partition("=")
            found[name] = value
        for path in (self.folder / "etc/credentials").iterdir():
            found[path.name] = path.read_text().strip()
        return found

    def type(self, line: str) -> str:
        """Type one line of the guide; return what was said. What only a machine of systemd's has is done otherwise."""
        for example, ours in self.said.items():
            line = line.replace(example, ours)
        if line.startswith("systemctl restart"):
            self.restart()
            return ""
        if line.startswith(("apt-get", "systemctl mask", "install -d -o socle", "cp deploy/mail")):
            return ""  # Done by what installs the tests.
        done = subprocess.run(
            ["bash", "-ec", line], cwd=self.folder, env=self.environment(), capture_output=True, text=True, timeout=600
        )
        if done.returncode:
            raise AssertionError(f"{line}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
        return done.stdout

    def refused(self, line: str) -> str:
        """Type a line that must be refused; return what was said."""
        try:
            said = self.type(line)
        except AssertionError as refusal:
            return str(refusal)
        raise AssertionError(f"{line} was not refused: {said}")

    def start(self) -> None:
        log = (self.folder / "run.log").open("ab")
        self.running = subprocess.Popen(
            [f"{ROOT}/.venv/bin/socle", "run", "--port", str(self.port)],
            env=self.environment(), cwd=self.folder, stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
        wait_for(self.answers, "the platform", 120)

    def answers(self) -> bool:
        assert self.running is not None
        if self.running.poll() is not None:
            raise AssertionError((self.folder / "run.log").read_text()[-3000:])
        try:
            with urllib.request.urlopen(f"{self.url}/-/ready", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def stop(self) -> None:
        if self.running is not None:
            self.running.send_signal(signal.SIGTERM)
            self.running.wait(60)
            self.running = None

    def restart(self) -> None:
        self.stop()
        self.start()

    def lose(self) -> None:
        """The disk is gone: data, database, documents, keys."""
        self.stop()
        shutil.rmtree(self.folder / "data")
        if self.database:
            emptied = "DROP SCHEMA public CASCADE; CREATE SCHEMA public"
            subprocess.run(["psql", "--quiet", self.database, "--command", emptied], check=True, capture_output=True)


def free_mail_ports() -> int:
    """A shift of the ports of mail (22000 for 22025…) at which nobody listens; above it the tests draw none."""
    for shift in range(22_000, 22_700, 100):
        with socket.socket() as arrival, socket.socket() as reinjection:
            if arrival.connect_ex(("127.0.0.1", shift + 25)) and reinjection.connect_ex(("127.0.0.1", shift + 9_025)):
                return shift
    raise RuntimeError("no free ports for the mail servers")


# --- The people and the communes of the drill ------------------------------------------------------------------------
@dataclass(frozen=True)
class Mairie:
    """A commune of the drill, and whoever signs for it."""

    insee_code: str
    name: str
    mayor: str
    email: str


ONLINE = Mairie("59474", "Prisches", "Marie Exemple", "marie@exemple.fr")
BY_CERTIFICATE = Mairie("59062", "Beaurieux", "Claire Exemple", "claire@exemple.fr")
ON_PAPER = Mairie("59573", "Solrinnes", "Paule Exemple", "paule@exemple.fr")


class Walk:
    """The guide, followed: what was seen, and what it does not say."""

    def __init__(self, place: Folder, browser: Browser) -> None:
        self.place, self.browser, self.guide = place, browser, Guide()
        self.step = ""
        self.unsaid: list[str] = []
        self.seen: dict[str, Any] = {}
        self.begun = time.monotonic()

    def person(self) -> Person:
        page = self.browser.new_context(locale="fr-FR", ignore_https_errors=True).new_page()
        page.set_default_timeout(30_000)
        return Person(page, self)

    def at(self, step: str) -> None:
        self.step = step
        self.seen[f"« {step} » begun, s"] = round(time.monotonic() - self.begun, 1)

    def type_all(self, step: str) -> str:
        """Type the commands of this step, in order; return all that was said."""
        self.at(step)
        return "".join(self.place.type(line) for line in self.guide.commands(step))

    # --- The steps ----------------------------------------------------------------------------------------------------
    def whole(self) -> dict[str, Any]:
        self.place.type("socle migrate")
        self.type_all("Le programme")
        self.type_all("Les messages, le cachet")
        self.type_all("La messagerie des mairies")
        anne = self.first_person()
        president, cdg = self.presidents(anne)
        self.model(anne)
        for mairie, sign in ((ONLINE, self.online), (BY_CERTIFICATE, self.by_certificate), (ON_PAPER, self.on_paper)):
            mayor, address = self.commune(anne, mairie, is_first=mairie is ONLINE)
            self.at("Signer")
            sign(anne, mayor, cdg, president, address)
            if mairie is ONLINE:
                self.seen["from an empty folder to the first agreement signed, s"] = round(
                    time.monotonic() - self.begun
                )
                self.served(mayor)
        self.lost(anne)
        self.seen["whole, s"] = round(time.monotonic() - self.begun)
        self.seen["said by the guide nowhere"] = self.unsaid
        return self.seen

    def first_person(self) -> Person:
        said = self.type_all("La première personne")
        link = re.findall(r"https?://\S+/invitation/\S+", said)[0]
        assert link == self.place.mailer.link("anne@exemple.fr", "invitation")
        anne = self.person().accept(link)
        again = self.guide.commands(self.step)[0].replace("anne@", "autre@")
        assert "Quelqu’un administre déjà" in self.place.refused(again)
        return anne

    def invited(self, by: Person, name: str, address: str, role: str, quality: str) -> Person:
        by.follow("Inviter quelqu’un")
        by.fill(name=name, email=address, role=role, quality=quality)
        by.press("Envoyer l’invitation")
        if by.page.locator("main [name=note]").count():
            by.fill(note="L’accueil de la mairie, le 30 novembre")
            by.press("Confirmer et envoyer")
        return self.person().accept(self.place.mailer.link(address, "invitation"))

    def presidents(self, anne: Person) -> tuple[Person, Person]:
        self.at("Les présidences")
        anne.go("/console/reglages/")
        anne.follow("Personnes")
        role = "Président ou présidente du syndicat"
        president = self.invited(anne, "Paul Exemple", "paul@exemple.fr", role, "Président")
        anne.go("/console/reglages/")
        anne.follow("Personnes")
        anne.page.get_by_role("link", name="Centre de gestion d’exemple").click()
        role = "Président ou présidente du centre de gestion"
        return president, self.invited(anne, "Céline Exemple", "celine@exemple.fr", role, "Présidente")

    def model(self, anne: Person) -> None:
        self.at("Le modèle, et l’acte qui l’approuve")
        anne.go("/console/")
        anne.follow("Actes et conventions")
        anne.follow("Offre et acte fondateur")
        anne.page.get_by_role("link", name="convention-tripartite").first.click()
        words = anne.page.locator("main textarea").first
        heading = anne.told("projet, soumis à l’approbation de l’assemblée délibérante")
        lines = words.input_value().replace(anne.told("modèle de démonstration, non approuvé"), heading)
        words.fill("\n".join(line for line in lines.split("\n") if "support.name" not in line))
        anne.press("Enregistrer le projet")
        # The day of the act that approves it; a version follows the one before.
        anne.page.locator("main input[type=date]").first.fill("2026-12-03")
        anne.unfold("Publier cette version")
        anne.press("Publier")
        anne.follow("Noter l’acte qui approuve")
        anne.page.locator("main select").first.select_option(index=1)
        anne.page.get_by_label("Article qui approuve").fill("2")
        anne.press("Noter l’approbation")
        anne.press("Utiliser ce modèle")

    def commune(self, anne: Person, mairie: Mairie, *, is_first: bool) -> tuple[Person, str]:
        """Draft, invite, complete and send the agreement of a commune; return its mayor and the agreement's address."""
        self.at("Une commune")
        anne.go(f"/console/communes/{mairie.insee_code}/")
        anne.press("Rédiger la convention")
        address = anne.page.url
        anne.go(f"/console/communes/{mairie.insee_code}/")
        anne.follow("Personnes")
        mayor = self.invited(anne, mairie.mayor, mairie.email, "Maire ou représentant légal", "Maire")
        mayor.go("/mairie/")
        mayor.follow("Vérifier le SIRET")
        mayor.press("Confirmer ce SIRET")
        mayor.go("/mairie/")
        mayor.follow("Préparer la délibération")
        mayor.follow("Enregistrer une délibération adoptée")
        mayor.fill(
            kind="délibération", number="2026-21", subject="Convention d’équipement numérique",
            adopted_on="2026-04-10", received_on="2026-04-11", published_on="2026-04-12",
        )  # fmt: skip
        mayor.press("Enregistrer l’acte")
        anne.go(address)
        if is_first:  # The act of the centre de gestion then serves for the following ones.
            anne.page.get_by_role("link", name=re.compile("La délibération du conseil d’administration")).click()
            anne.follow("Enregistrer un acte")
            anne.fill(number="CA-2026-07", adopted_on="2026-03-10", received_on="2026-03-11", published_on="2026-03-12")
            anne.press("Enregistrer et rattacher")
        anne.press("Envoyer à la signature")
        return mayor, address

    def sign_here(self, who: Person) -> None:
        who.go("/mairie/" if "/mairie" in who.page.url else "/console/")
        who.follow("Lire et signer")
        who.page.locator("main input[type=checkbox]").first.check()
        who.press("Signer la convention")
        assert "signatures" in who.page.url, who.page.locator("main").inner_text()

    def online(self, anne: Person, mayor: Person, cdg: Person, president: Person, address: str) -> None:
        for who in (mayor, cdg, president):
            self.sign_here(who)
        self.is_concluded(anne, address)

    def is_concluded(self, anne: Person, address: str) -> None:
        anne.go(address)
        assert "signée" in anne.page.locator("main").inner_text().split("Gestes")[0]

    def by_certificate(self, anne: Person, mayor: Person, cdg: Person, president: Person, address: str) -> None:
        mayor.go("/mairie/")
        mayor.follow("Lire et signer")
        original = self.downloaded(mayor, mayor.page.get_by_role("link", name=re.compile("Le document à signer")))
        mayor.unfold("Signer autrement")
        # The browser's driver has a loop of its own in this thread, and so has what signs.
        with ThreadPoolExecutor(1) as apart:
            content = apart.submit(signed_elsewhere, original, self.place.authorities).result()
        mayor.page.locator("main input[type=file]").first.set_input_files(
            {"name": "signee.pdf", "mimeType": "application/pdf", "buffer": content}
        )
        mayor.press("Déposer le document signé")
        assert "signatures" in mayor.page.url, mayor.page.locator("main").inner_text()
        for who in (cdg, president):
            self.sign_here(who)
        self.is_concluded(anne, address)

    def on_paper(self, anne: Person, mayor: Person, cdg: Person, president: Person, address: str) -> None:
        """Print it, sign it with a pen, each party in its frame, scan it; whoever signed records it."""
        mayor.go("/mairie/")
        mayor.follow("Lire et signer")
        pages = Printed(self.downloaded(mayor, mayor.page.get_by_role("link", name=re.compile("Le document à signer"))))
        for who, rank in ((mayor, 0), (cdg, 1), (president, 2)):
            who.go("/mairie/" if who is mayor else "/console/")
            who.follow("Lire et signer")
            who.unfold("Signer autrement")
            who.follow("Enregistrer mon papier signé…")
            who.identify()
            pages.sign(rank)
            who.page.locator("main input[type=file]").first.set_input_files(
                {"name": "papier.pdf", "mimeType": "application/pdf", "buffer": pages.scanned()}
            )
            who.fill(signed_on=datetime.now(ZoneInfo("Europe/Paris")).date().isoformat())
            who.page.locator("main [name=attested]").check()
            who.press("Enregistrer")
        self.is_concluded(anne, address)

    def downloaded(self, who: Person, link: Any) -> bytes:
        answer = who.page.context.request.get(who.page.evaluate("one => one.href", link.first.element_handle()))
        return bytes(answer.body())

    # --- What is in service, and what a loss brings back --------------------------------------------------------------
    def served(self, mayor: Person) -> None:
        site = f"http://{ONLINE.name.lower()}.localhost:{self.place.port}/"
        page = wait_for(lambda: fetched(site), "the site of the commune")
        assert f"Commune de {ONLINE.name}" in page or ONLINE.name in page
        mailbox = wait_for(lambda: self.mailbox(mayor), "the mailbox of the mairie", 120)
        mayor.go("/compte/appareils/")
        mayor.follow("Relier un appareil")
        mayor.identify()
        mayor.fill(name="Téléphone")
        for box in mayor.page.locator("main input[type=checkbox]").all():
            box.check()
        mayor.page.locator("main form button[type=submit]").last.click()
        secret = mayor.page.get_by_label("Mot de passe de cet appareil").input_value()
        assert mailbox in mayor.page.locator("main").inner_text()
        self.received(mailbox, secret)

    def mailbox(self, mayor: Person) -> str:
        """The address that the mairie reads of its box, once it is in service; nothing before."""
        mayor.go("/mairie/messagerie/")
        found = re.findall(r"[\w.-]+@[\w.-]+courriel\.exemple\.fr", mayor.page.locator("main").inner_text())
        return str(found[0]) if found else ""

    def received(self, box: str, secret: str) -> None:
        """A message from outside arrives in the box, and is read by a device."""
        base = self.place.mail_port
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = "voisine@exemple.org", box, "Bonjour de loin"
        message.set_content("Un message.")
        with smtplib.SMTP("127.0.0.1", base + 25, timeout=60) as outside:
            outside.send_message(message)

        def read() -> bool:
            trusting = ssl.create_default_context()
            trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
            with imaplib.IMAP4_SSL("127.0.0.1", base + 993, ssl_context=trusting, timeout=30) as client:
                try:
                    client.login(box, secret)
                except imaplib.IMAP4.error:
                    return False  # The servers learn of a device within seconds.
                client.select("INBOX", readonly=True)
                return bool(client.search(None, "SUBJECT", '"Bonjour de loin"')[1][0])

        wait_for(read, f"the message in {box}", 120)
        self.seen["a mailbox that receives"] = box

    def lost(self, anne: Person) -> None:
        step = "Sauvegarder, et s’en servir"
        self.at(step)
        *saving, restoring, restarting = self.guide.commands(step)
        for line in saving:
            self.place.type(line)
        before = {mairie.insee_code: self.register(anne, mairie) for mairie in (ONLINE, BY_CERTIFICATE, ON_PAPER)}
        self.place.lose()
        self.place.type(restoring)
        self.place.type(restarting)
        after = {mairie.insee_code: self.register(anne, mairie) for mairie in (ONLINE, BY_CERTIFICATE, ON_PAPER)}
        assert after == before, (before, after)
        assert "intacte" in self.place.type("socle journal verify")

    def register(self, anne: Person, mairie: Mairie) -> str:
        """The register’s line of this commune, as the console shows it."""
        anne.go("/console/conventions/")
        if anne.page.locator("main [name=password]").count():
            anne.fill(password=PASSWORD)
        return " ".join(anne.page.get_by_role("row", name=re.compile(mairie.name)).first.inner_text().split())


def fetched(url: str) -> str:
    """What this address of this machine answers, or nothing yet."""
    host = url.split("/")[2]
    request = urllib.request.Request(url.replace(host, f"127.0.0.1:{host.split(':')[1]}"), headers={"Host": host})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return str(answer.read().decode())
    except OSError:
        return ""


def signed_elsewhere(document: bytes, authorities: Any) -> bytes:
    """Sign the first free place of a document with a certificate of one's own, as a signature program does."""
    from asn1crypto import keys, pem, x509
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.fields import SigSeedSubFilter, enumerate_sig_fields
    from pyhanko.sign.signers import PdfSignatureMetadata, SimpleSigner, sign_pdf
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    chain = [
        x509.Certificate.load(der)
        for _, _, der in pem.unarmor(authorities.certificate("mayor").read_bytes(), multiple=True)
    ]
    _, _, key = pem.unarmor(authorities.key("mayor").read_bytes())
    store = SimpleCertificateStore()
    store.register_multiple(chain)
    signer = SimpleSigner(signing_cert=chain[0], signing_key=keys.PrivateKeyInfo.load(key), cert_registry=store)
    place = next(name for name, value, _ in enumerate_sig_fields(PdfFileReader(io.BytesIO(document))) if value is None)
    said = PdfSignatureMetadata(field_name=place, md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES)
    signed = sign_pdf(IncrementalPdfFileWriter(io.BytesIO(document)), said, signer=signer)
    return bytes(signed.getvalue())


class Printed:
    """A document printed, page by page as pictures, on which parties sign with a pen."""

    def __init__(self, document: bytes, dpi: int = 150) -> None:
        self.dpi, self.frames = dpi, frames_of(document)
        self.pages = [page.render(scale=dpi / 72, grayscale=True).to_pil() for page in pypdfium2.PdfDocument(document)]

    def sign(self, rank: int) -> None:
        """Draw a signature in the frame of this party, by its rank."""
        page, (left, bottom, right, top) = self.frames[rank]
        sheet, scale = self.pages[page], self.dpi / 72
        x, y = left * scale, sheet.height - top * scale
        wide, high = (right - left) * scale, (top - bottom) * scale
        points = [(x + wide * (0.2 + step / 33), y + high * (0.3 + 0.4 * (step * 7 % 5) / 5)) for step in range(20)]
        ImageDraw.Draw(sheet).line(points, fill=70, width=3)

    def scanned(self) -> bytes:
        """One PDF of these pages, as a scanner makes it."""
        made = io.BytesIO()
        first, *others = self.pages
        first.save(made, "PDF", save_all=True, append_images=others, resolution=self.dpi, quality=60)
        return made.getvalue()


def frames_of(document: bytes) -> list[tuple[int, list[float]]]:
    """The frames in which the parties sign, in their order: the page, and the rectangle in points."""
    with pikepdf.open(io.BytesIO(document)) as pdf:
        found = {}
        for rank, page in enumerate(pdf.pages):
            for one in page.get("/Annots", []):
                if one.get("/FT") == "/Sig":
                    found[str(one.T)] = (rank, [float(side) for side in one.Rect])
        return [found[str(one.T)] for one in pdf.Root.AcroForm.Fields if str(one.T) in found]


@contextmanager
def browser() -> Iterator[Browser]:
    """Debian’s Chromium, without a window."""
    with sync_playwright() as driver:
        path = shutil.which("chromium-headless-shell") or shutil.which("chromium")
        yield driver.chromium.launch(executable_path=path, args=["--no-sandbox"])


def in_an_empty_folder(folder: Path, *, database: str = "") -> dict[str, Any]:
    """Follow the guide in an empty folder of this machine; return what was seen. Needs root, as the mail servers do.

    `database` is the address of an empty one of PostgreSQL; SQLite in the folder, when nothing is said.
    """
    mailer = Mailer()
    mailer.controller.start()
    try:
        with pki.started(folder / "authorities") as (authorities, _), browser() as opened:
            place = Folder(folder, mailer, authorities, database=database)
            try:
                return Walk(place, opened).whole()
            finally:
                place.stop()
                if (folder / "mail/servers.json").exists():
                    place.type(f"socle mail-servers --folder {folder}/mail stop")
    finally:
        mailer.controller.stop()


def main() -> None:
    """Follow the guide and print what was seen, a line each, and last what is wrong."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="socle-zero-") as empty:
        # The mail servers and PostgreSQL have accounts of their own, which go through it.
        Path(empty).chmod(0o711)
        if chosen.database == "sqlite":
            seen = in_an_empty_folder(Path(empty) / "here")
        else:
            cluster = Cluster(Path(empty) / "postgresql").make().start()
            try:
                seen = in_an_empty_folder(Path(empty) / "here", database=cluster.url)
            finally:
                cluster.stop()
    print(json.dumps(seen, ensure_ascii=False))


if __name__ == "__main__":
    main()
