"""Who really writes what arrives (rspamd): read, told, set aside, refused; what people teach it by moving messages."""

from __future__ import annotations

import contextlib
import json
import smtplib
import subprocess
import textwrap
import time
import urllib.request
from base64 import b64encode
from datetime import timedelta
from email.message import EmailMessage

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.utils import timezone

from socle.engines.postfix_dovecot import chain
from socle.mail import manners
from socle.mail.domains import private_key_of
from socle.mail.models import Domain, Mailbox
from socle.mail.records import as_text
from tests import factories as f
from tests.engines.mail_server import client_python, mail_servers, message, person, served, until

__all__ = ["mail_servers", "served"]

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
PRISCHES = "mairie@prisches.courriel.test"
SPF = '{0}. 60 IN TXT "v=spf1 ip4:127.0.0.0/8 -all"'
NO_SPF = '{0}. 60 IN TXT "v=spf1 -all"'
DMARC = '_dmarc.{0}. 60 IN TXT "v=DMARC1; p={1}"'


@pytest.fixture
def place():
    return f.beneficiary(f.commune("59474", "Prisches", 1000))


@pytest.fixture
def secret(served, place):
    """What opens the box of the mairie."""
    who = person(place)
    served.open(place)
    return served.device(who)[1]


def bring(served, said, *, sender: str = "", to: str = PRISCHES) -> None:
    with served.outside() as client:
        client.sendmail(sender or said["From"], [to], said if isinstance(said, bytes) else said.as_bytes())


def refused(served, said, **known) -> str:
    with pytest.raises(smtplib.SMTPDataError) as failure:
        bring(served, said, **known)
    assert failure.value.smtp_code in (550, 554)
    return failure.value.smtp_error.decode()


def signed(how: str, raw: bytes, domain: str, selector: str, key: str) -> bytes:
    """Sign a message by dkimpy, as its author (dkim) or as somebody who forwards it (arc)."""
    line = [client_python(), "-c", SIGN, how, domain, selector, key]
    done = subprocess.run(line, input=raw, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


SIGN = """
import sys, dkim
how, domain, selector, key = (one.encode() for one in sys.argv[1:5])
raw = sys.stdin.buffer.read().replace(b"\\r\\n", b"\\n").replace(b"\\n", b"\\r\\n")
if how == b"dkim":
    sys.stdout.buffer.write(dkim.sign(raw, selector, domain, key, include_headers=[b"from", b"to", b"subject"]) + raw)
else:
    raw = b"Authentication-Results: " + domain + b"; dmarc=pass header.from=x\\r\\n" + raw
    seals = dkim.arc_sign(raw, selector, domain, key, domain, include_headers=[b"from", b"to", b"subject"])
    sys.stdout.buffer.write(b"".join(seals) + raw)
"""


def a_key() -> tuple[str, str]:
    """A private key in PEM, and the record that publishes it."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    kinds = serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    bare = "".join(public.decode().splitlines()[1:-1])
    return key.private_bytes(*kinds).decode(), as_text(f"v=DKIM1; k=rsa; p={bare}")


# --- Told -------------------------------------------------------------------------------------------------------------
def test_what_was_found_of_the_author_is_told_and_what_the_message_claims_of_it_is_not_believed(served, secret):
    served.names(SPF.format("honnete.test"), DMARC.format("honnete.test", "reject"))
    said = message("ami@honnete.test", PRISCHES)
    said["Authentication-Results"] = "mx.operateur.test; dkim=pass header.d=impots.test"
    said["X-Spam"] = "No"
    bring(served, said)
    (received,) = served.wait_for(PRISCHES, secret)
    (told,) = received.get_all("Authentication-Results")
    assert told.startswith("mx.operateur.test;")
    for one in ("spf=pass", "dmarc=pass", "dkim=none"):
        assert one in told, told
    assert "impots" not in told


def test_the_alert_of_a_machine_arrives_at_once_and_nobody_else_is_asked_about_it(served, secret):
    served.names(SPF.format("capteurs.test"))
    before = len(served.servers.names.asked)
    with served.outside() as client:
        # Neither date, nor number, nor recipient: accepted at the first time, and not set aside.
        client.sendmail(
            "alarme@capteurs.test", [PRISCHES], "From: alarme@capteurs.test\nSubject: Cave\n\nEau http://a.test\n"
        )
    assert served.wait_for(PRISCHES, secret)[0]["Subject"] == "Cave"
    # No list of others: whatever was asked for this message is of the domain of who wrote, or of its machine.
    asked = {line.split()[0] for line in served.servers.names.asked[before:]}
    assert {name for name in asked if not name.endswith(".in-addr.arpa.")} <= {
        "capteurs.test.",
        "_dmarc.capteurs.test.",
    }
    line = ["/usr/bin/rspamadm", "configdump", "-j", "-c", str(served.layout.rspamd / "rspamd.conf")]
    conf = subprocess.run(line, capture_output=True, text=True, timeout=60, check=True).stdout
    known = json.loads(conf[conf.index("{") :])
    assert not [line for line in conf.splitlines() if "://" in line and "description" not in line]
    assert known.keys().isdisjoint({"rbl", "surbl", "fuzzy_check", "greylist", "phishing", "asn", "url_redirector"})


# --- Set aside, refused -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("policy", "is_refused"), [("reject", True), ("quarantine", False)])
def test_what_usurps_a_domain_is_treated_as_that_domain_asks(served, secret, policy, is_refused):
    domain = f"{policy}.test"
    served.names(NO_SPF.format(domain), DMARC.format(domain, policy))
    said = message(f"directeur@{domain}", PRISCHES, "Virement urgent")
    if is_refused:
        assert "DMARC" in refused(served, said)
    else:
        bring(served, said)
        assert served.wait_for(PRISCHES, secret, folder="Junk")[0]["Subject"] == "Virement urgent"
    assert served.messages(PRISCHES, secret) == []


def test_a_chain_of_forwarders_has_it_set_aside_and_neither_refused_nor_believed(served, secret):
    private, record = a_key()
    served.names(
        NO_SPF.format("transmis.test"), DMARC.format("transmis.test", "reject"),
        f"s1._domainkey.liste.test. 60 IN TXT {record}", SPF.format("liste.test"),
    )  # fmt: skip
    raw = message("ami@transmis.test", PRISCHES, "Par une liste").as_bytes()
    bring(served, signed("arc", raw, "liste.test", "s1", private), sender="rebond@liste.test")
    (received,) = served.wait_for(PRISCHES, secret, folder="Junk")
    assert "arc=pass" in received["Authentication-Results"]


@pytest.mark.parametrize(
    "header",
    [f"From: {PRISCHES}", f"From: Mairie <{PRISCHES.upper()}>", f"From: a@voisin.test\nFrom: {PRISCHES}",
     f"From: a@voisin.test, {PRISCHES}", f"From: =?utf-8?q?M=C3=A9?= <{PRISCHES}>", "From: a@ablain.courriel.test"],
)  # fmt: skip
def test_a_domain_of_ours_that_did_not_sign_is_refused_from_outside(served, secret, header):
    """A neighbour, whose own domain is in order, writes in the name of one of ours: nothing had stopped it."""
    served.names(SPF.format("voisin.test"), DMARC.format("voisin.test", "none"))
    if "ablain" in header:
        there = f.beneficiary(f.commune("62001", "Ablain", 1800))
        served.open(there)
    rspamd_knows(served, header.rpartition("@")[2].strip("> ").lower())
    raw = f"{header}\nTo: {PRISCHES}\nSubject: IBAN\nDate: Wed, 25 Nov 2026 09:00:00 +0100\nMessage-ID: <1@v>\n\nx\n"
    assert "Sign in" in refused(served, raw.encode(), sender="a@voisin.test")
    assert served.messages(PRISCHES, secret) == served.messages(PRISCHES, secret, "Junk") == []


def rspamd_knows(served, domain: str) -> None:
    """Wait until a message in the name of this domain is refused: the file is read again every two seconds."""
    said = message(f"essai@{domain}", PRISCHES)

    def is_known() -> bool:
        with contextlib.suppress(smtplib.SMTPDataError):
            bring(served, said, sender="a@voisin.test")
            return False
        return True

    until(is_known, served.said)
    reset(served)


def reset(served) -> None:
    """Remove what arrived meanwhile."""
    for box in Mailbox.objects.all():
        line = [
            "/usr/bin/doveadm",
            "-c",
            str(served.layout.dovecot_conf),
            "expunge",
            "-u",
            box.address,
            "mailbox",
            "*",
            "all",
        ]
        subprocess.run(line, check=True, timeout=30, capture_output=True)


def test_what_another_server_sends_for_a_domain_of_ours_arrives_when_that_domain_signed_it(served, secret, place):
    """The letter that an office of the mairie has sent by somebody else, with the key that the zone publishes."""
    rspamd_knows(served, "prisches.courriel.test")
    domain = Domain.objects.get(beneficiary=place)
    record = as_text(f"v=DKIM1; k=rsa; p={domain.dkim_public_key}")
    served.names(f"{domain.dkim_selector}._domainkey.{domain.name}. 60 IN TXT {record}", SPF.format("routeur.test"))
    raw = message(PRISCHES, PRISCHES, "Lettre").as_bytes()
    with_key = signed("dkim", raw, domain.name, domain.dkim_selector, private_key_of(domain))
    bring(served, with_key, sender="rebond@routeur.test")
    assert served.wait_for(PRISCHES, secret)[0]["Subject"] == "Lettre"
    assert "Sign in" in refused(served, with_key.replace(b"Lettre", b"Autre!"), sender="rebond@routeur.test")


# --- Names of ours ----------------------------------------------------------------------------------------------------
ROOT, NEIGHBOUR = "courriel.test", "a@voisin.test"


def letter(header: str, subject: str = "IBAN") -> bytes:
    """A message whose author is told by these headers."""
    rest = f"To: {PRISCHES}\nSubject: {subject}\nDate: Wed, 25 Nov 2026 09:00:00 +0100\nMessage-ID: <1@v>\n\nx\n"
    return f"{header}\n{rest}".encode()


@pytest.fixture
def neighbour(served, secret):
    """Somebody whose own domain is in order; ours says what its zone says."""
    served.names(SPF.format("voisin.test"), DMARC.format("voisin.test", "none"), NO_SPF.format(ROOT))
    rspamd_knows(served, "prisches.courriel.test")


def published(served, code: str, name: str) -> Domain:
    """The domain of another mairie, whose key the DNS says; rspamd remembers for long the one of each name."""
    there = f.beneficiary(f.commune(code, name, 1500))
    person(there)
    served.open(there)
    domain = Domain.objects.get(beneficiary=there)
    rspamd_knows(served, domain.name)
    record = as_text(f"v=DKIM1; k=rsa; p={domain.dkim_public_key}")
    served.names(f"{domain.dkim_selector}._domainkey.{domain.name}. 60 IN TXT {record}")
    return domain


def test_no_name_of_ours_that_exists_or_not_is_brought_from_outside(served, secret, neighbour):
    """« postmaster@ » of the shared domain, a commune that does not exist, the envelope alone: all of it arrived."""
    for header in (
        f"From: Assistance <postmaster@{ROOT}>", f"From: secretariat@{ROOT.upper()}", f"From: x@nulle-part.{ROOT}",
        f"From: x@www.prisches.{ROOT}", f"From: x@a.b.c.d.{ROOT}", f"From: {NEIGHBOUR}\nFrom: postmaster@{ROOT}",
        f"From: depart@{chain.domain()}",
        # The same domain, written otherwise.
        f"From: x@{ROOT}.", f"From: x@{ROOT.replace('.', '。')}", f"From: x@ｃ{ROOT[1:]}",
    ):  # fmt: skip
        assert "Sign in" in refused(served, letter(header), sender=NEIGHBOUR), header
    for sender in (PRISCHES, f"postmaster@{ROOT}", f"x@nulle-part.{ROOT}", f"depart@{chain.domain()}"):
        assert "Sign in" in refused(served, letter(f"From: {NEIGHBOUR}"), sender=sender), sender
    # Whoever is beside, or above, is not ours.
    for number, domain in enumerate((f"autre-{ROOT}", f"{ROOT}.voisin.test", "test")):
        bring(served, letter(f"From: x@{domain}", f"n{number}"), sender=NEIGHBOUR)
    assert len(served.wait_for(PRISCHES, secret, 3)) == 3


def test_what_we_sent_comes_back_by_whoever_sends_it_on(served, secret, neighbour):
    """Forwarded by the provider of a friend, its envelope unchanged; by a list, under the envelope of the list."""
    domain = published(served, "59053", "Bavay")
    bavay = f"mairie@{domain.name}"
    _, theirs = served.device(domain.beneficiary.memberships.get().user)
    served.send(bavay, theirs, PRISCHES, "Aller")
    (sent,) = served.wait_for(PRISCHES, secret)
    raw = sent.as_bytes()
    assert b"DKIM-Signature" in raw
    for count, sender in enumerate((bavay, NEIGHBOUR), start=2):
        bring(served, raw, sender=sender)
        served.wait_for(PRISCHES, secret, count)
    for sender in (bavay, NEIGHBOUR):
        assert "Sign in" in refused(served, raw.replace(b"Aller", b"IBAN!"), sender=sender)
    # A key of a mairie speaks for that mairie, and for no name beside or under it.
    for name in (f"postmaster@{ROOT}", f"x@sous.{domain.name}"):
        other = signed("dkim", letter(f"From: {name}"), domain.name, domain.dkim_selector, private_key_of(domain))
        assert "Sign in" in refused(served, other, sender=NEIGHBOUR)


def test_what_the_operator_sends_in_a_name_of_its_own_arrives(served, secret, neighbour):
    """The platform's own messages: signed, by that name or the one above, or sent by a machine that its SPF names."""
    private, record = a_key()
    served.names(
        f"s1._domainkey.{ROOT}. 60 IN TXT {record}", SPF.format(f"plateforme.{ROOT}"), NO_SPF.format(f"muet.{ROOT}")
    )
    for number, name in enumerate((f"socle@{ROOT}", f"socle@muet.{ROOT}")):
        raw = letter(f"From: {name}", f"signé {number}")
        bring(served, signed("dkim", raw, ROOT, "s1", private), sender=NEIGHBOUR)
    bring(served, letter(f"From: socle@plateforme.{ROOT}"), sender=f"rebond@plateforme.{ROOT}")
    assert len(served.wait_for(PRISCHES, secret, 3)) == 3
    assert "Sign in" in refused(served, letter(f"From: socle@plateforme.{ROOT}"), sender=NEIGHBOUR)
    assert "Sign in" in refused(served, letter(f"From: socle@muet.{ROOT}"), sender=f"rebond@muet.{ROOT}")


WORD = "=?utf-8?{}?{}?="
HOST = PRISCHES.partition("@")[2]
SHOWN = (
    f'"{PRISCHES}"', f"Mairie {PRISCHES}", f'"Le maire ({PRISCHES})"', PRISCHES.upper(),
    f"postmaster@{ROOT}", f"x@nulle-part.{ROOT}",
    # Written otherwise, and read the same.
    WORD.format("q", f"mairie=40{HOST}"), WORD.format("b", b64encode(PRISCHES.encode()).decode()),
    f"{WORD.format('q', 'mairie=40pris')} {WORD.format('q', HOST.removeprefix('pris'))}",
    f'"{WORD.format("q", f"mairie=40{HOST}")}"',
    f"mairie＠{HOST}", f"mairie﹫{HOST.replace('.', '．')}", f"mairieⓐ{HOST.replace('.', '。')}",
    f"mairie @ {HOST.replace('.', ' . ')}", f"mairie\u00a0@\u00a0{HOST}", f"mairie(at){HOST}",
    PRISCHES.replace("ir", "i\u200br").replace("ri", "r\u00adi"),
    PRISCHES.replace("a", "\u0430").replace("c", "\u0441"),
    f"« {PRISCHES}»", f"{PRISCHES}…", f"{PRISCHES} - Mairie", f"{PRISCHES}. Bonjour", f"{PRISCHES}.voisin.test",
    f'"mairie\\@{HOST}"', f'"mairie@" "{HOST}"',
)  # fmt: skip
HONEST = (
    "Mairie de Prisches", f'"{NEIGHBOUR}"', f"{NEIGHBOUR} ({ROOT})", '"jean.dupont@orange.test"', HOST, ROOT,
    "Jean via la liste des maires", "jean@liste.test via Maires", "Réunion @ Prisches", "J. Martin, S.A.R.L.",
    "x@courriel.testament.test", WORD.format("q", "Caf=C3=A9_du_march=C3=A9"), '"@"', "@",
)  # fmt: skip


def test_a_name_that_shows_an_address_of_ours_is_set_aside_however_it_is_written(served, secret, neighbour):
    """« From: "mairie@…" <x@elsewhere> »: the only thing that a telephone shows."""
    with served.outside() as client:
        for rank, name in enumerate((*SHOWN, *HONEST)):
            client.sendmail(NEIGHBOUR, [PRISCHES], letter(f"From: {name} <{NEIGHBOUR}>", f"n{rank}"))
        # A comment, and a header in bytes that are no UTF-8.
        client.sendmail(NEIGHBOUR, [PRISCHES], letter(f"From: {NEIGHBOUR} ({PRISCHES})", "comment"))
        raw = letter(f"From: Mairie \u00e9 {PRISCHES} <{NEIGHBOUR}>", "latin")
        client.sendmail(NEIGHBOUR, [PRISCHES], raw.decode().encode("latin-1"))
    aside = served.wait_for(PRISCHES, secret, len(SHOWN) + 2, folder="Junk")
    arrived = served.wait_for(PRISCHES, secret, len(HONEST))
    wanted = [f"n{rank}" for rank in range(len(SHOWN) + len(HONEST))]
    assert {one["Subject"] for one in aside} == {*wanted[: len(SHOWN)], "comment", "latin"}
    assert {one["Subject"] for one in arrived} == {*wanted[len(SHOWN) :]}


@pytest.mark.parametrize("piece", [" ", "a", ".a", "@", "@a.test", "a.", "-", "(at", "\u00e9"])
def test_a_name_written_to_cost_holds_nobody_up_and_hides_nothing(served, secret, neighbour, piece):
    """Rspamd reads in one process: a pattern that goes back on its steps would make everybody wait."""
    padding = piece * (60_000 // len(piece.encode()))
    said = letter("From: " + "\n ".join(textwrap.wrap(padding, 900, drop_whitespace=False)))
    said = said.replace(b"\nTo:", f"\n {PRISCHES} <{NEIGHBOUR}>\nTo:".encode(), 1)
    begun = time.monotonic()
    bring(served, said, sender=NEIGHBOUR)
    # Some of these make a domain, of which the DNS is asked.
    assert time.monotonic() - begun < 15
    aside: list[EmailMessage] = []
    arrived: list[EmailMessage] = []

    def has_come() -> bool:
        aside[:], arrived[:] = served.messages(PRISCHES, secret, "Junk"), served.messages(PRISCHES, secret)
        return bool(aside or arrived)

    until(has_come, served.said)
    # Postfix cuts what is too long: what nobody sees deceives nobody.
    assert aside or PRISCHES not in str(arrived[0]["From"])


def test_a_list_of_ours_shows_in_whose_stead_it_writes(served, secret, neighbour):
    """« mairie@… via Conseil », signed by the domain that sends it."""
    domain = published(served, "59160", "Crespin")
    for rank, name in enumerate((f'"{PRISCHES} via Conseil"', f'"conseil@{domain.name}"')):
        raw = letter(f"From: {name} <conseil@{domain.name}>", f"n{rank}")
        raw = signed("dkim", raw, domain.name, domain.dkim_selector, private_key_of(domain))
        bring(served, raw, sender=NEIGHBOUR)
    assert len(served.wait_for(PRISCHES, secret, 2)) == 2


def test_what_is_set_aside_sets_off_neither_absence_nor_forwarding(served, secret, place):
    served.names(NO_SPF.format("douteux.test"), DMARC.format("douteux.test", "quarantine"))
    box, civil = (Mailbox.objects.get(address=PRISCHES.replace("mairie", name)) for name in ("mairie", "etat-civil"))
    by, at = place.memberships.get().user, timezone.now()
    today = timezone.localdate()
    manners.be_absent(
        box, subject="Absent", text="De retour lundi.", starts_on=today, ends_on=today + timedelta(days=1), by=by, at=at
    )
    manners.forward(box, destination=civil.address, is_copy_kept=True, by=by, at=at)
    served.export(place)
    bring(served, message("x@douteux.test", PRISCHES, "Loterie"))
    served.wait_for(PRISCHES, secret, folder="Junk")
    assert served.messages(civil.address, secret) == []
    assert served.queue() == 0


# --- Taught -----------------------------------------------------------------------------------------------------------
def learnt(served) -> tuple[int, int]:
    """How many messages were said unwanted, and wanted."""
    with urllib.request.urlopen(f"http://127.0.0.1:{served.layout.ports.learning}/stat", timeout=30) as answer:
        files = {one["symbol"]: one["revision"] for one in json.load(answer)["statfiles"]}
    return files["BAYES_SPAM"], files["BAYES_HAM"]


def test_who_moves_a_message_teaches_the_filter(served, secret):
    served.names(SPF.format("reclame.test"))
    text = "Des fenêtres neuves et des volets à petit prix, posés en une semaine par nos équipes, garantis dix ans."
    for rank in range(3):
        bring(
            served, message(f"n{rank}@reclame.test", PRISCHES, f"Offre {rank}", f"{text} Numéro {rank} de la liste.\n")
        )
    served.wait_for(PRISCHES, secret, 3)
    spam, ham = learnt(served)
    reader = served.imap(PRISCHES, secret)
    reader.select("INBOX")
    assert reader.uid("MOVE", "1:*", "Junk")[0] == "OK"
    until(lambda: learnt(served) == (spam + 3, ham), served.said)
    # Thrown away, it is not said to be good; back in the box, it is.
    reader.select("Junk")
    reader.copy("1", "Trash")
    reader.uid("MOVE", "2:3", "INBOX")
    until(lambda: learnt(served)[1] > ham, served.said)
    reader.logout()
    assert learnt(served)[1] <= ham + 2


# --- When it does not answer ------------------------------------------------------------------------------------------
def test_while_the_filter_does_not_answer_the_neighbours_are_put_off_and_nothing_is_lost(served, secret):
    served.names(SPF.format("patient.test"))
    said = message("ami@patient.test", PRISCHES, "Plus tard")
    served.servers.stop_rspamd()
    try:
        # Its processes may answer a moment after the first of them is gone.
        until(lambda: ("Rspamd", served.layout.ports.filter) in served.servers.silent(), served.said)
        with pytest.raises((smtplib.SMTPDataError, smtplib.SMTPSenderRefused)) as later:
            bring(served, said)
        assert later.value.smtp_code == 451
        # The mairies write to one another all the same.
        served.send(PRISCHES, secret, PRISCHES, "Entre nous")
        assert served.wait_for(PRISCHES, secret)[0]["Subject"] == "Entre nous"
    finally:
        served.servers.start_rspamd()
    bring(served, said)
    served.wait_for(PRISCHES, secret, 2)
