"""The real mail servers: the contract of provisioning, then what people and neighbours do to them."""

from __future__ import annotations

import contextlib
import imaplib
import re
import smtplib
import subprocess
from datetime import timedelta

import pytest
from django.utils import timezone

from socle.engines.postfix_dovecot import chain, exporting, server_status
from socle.engines.postfix_dovecot.doveadm import Doveadm
from socle.engines.postfix_dovecot.engine import PostfixDovecot
from socle.mail import actions as mail
from socle.mail import domains, manners, queries
from socle.mail.models import Domain, Mailbox
from socle.people.devices import actions as devices
from socle.people.models import Role, User
from socle.provisioning.contract import Change, EngineError
from tests import factories as f
from tests.conftest import tool
from tests.engines.contract import EngineContract
from tests.engines.mail_server import Imap, Served, dkim, mail_servers, message, person, served, trusting, until

__all__ = ["dkim", "mail_servers", "served"]

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


class TestPostfixDovecot(EngineContract):
    service_code = "messagerie"

    @pytest.fixture(autouse=True)
    def on_the_real_servers(self, served: Served) -> None:
        self.served = served

    def make_engine(self):
        return PostfixDovecot()

    def test_it_is_not_a_simulation_and_its_proof_is_an_address(self, engine, place):
        self.make_so(engine, place)
        assert not engine.is_simulated
        assert engine.observe(place).proof == "mairie@prisches.courriel.test"

    def test_what_the_servers_lost_is_seen_and_mended(self, engine, place):
        self.make_so(engine, place)
        self.served.empty()
        found = engine.observe(place)
        assert not found.is_present
        assert "prisches" in found.says
        self.make_so(engine, place)
        assert engine.observe(place).is_present

    def test_a_dovecot_that_does_not_answer_is_an_error_worth_retrying(self, engine, place):
        self.make_so(engine, place)
        self.served.servers.stop_dovecot()
        try:
            for ask in (engine.check, lambda: engine.observe(place)):
                with pytest.raises(EngineError, match="ne répond pas") as failure:
                    ask()
                assert not failure.value.is_lasting
        finally:
            self.served.servers.start_dovecot()
        assert engine.observe(place).is_present

    def test_an_unknown_step_is_refused_for_good(self, engine, place):
        with pytest.raises(EngineError) as refusal:
            engine.apply(Change("k", place, "erase", ""))
        assert refusal.value.is_lasting

    def test_without_servers_it_says_what_to_do(self, engine, place, settings, tmp_path):
        for folder in ("", str(tmp_path)):
            settings.SOCLE_MAIL_SERVERS = folder
            with pytest.raises(EngineError, match="make services"):
                engine.check()


# --- A mairie and its people ------------------------------------------------------------------------------------------
PRISCHES, ABLAIN = "mairie@prisches.courriel.test", "mairie@ablain-saint-nazaire.courriel.test"


@pytest.fixture
def place():
    return f.beneficiary(f.commune("59474", "Prisches", 1000))


@pytest.fixture
def neighbour():
    return f.beneficiary(f.commune("62001", "Ablain-Saint-Nazaire", 1800))


@pytest.fixture
def secretary(served, place):
    """Somebody of Prisches, whose boxes are there."""
    who = person(place)
    served.open(place)
    return who


@pytest.fixture
def other(served, neighbour):
    """Somebody of the neighbouring commune."""
    who = person(neighbour, Role.MAYOR)
    served.open(neighbour)
    return who


def is_closed(client: imaplib.IMAP4) -> bool:
    try:
        client.noop()
    except (imaplib.IMAP4.abort, OSError):
        client.shutdown()
        return True
    return False


def box(address: str) -> Mailbox:
    return Mailbox.objects.get(address=address)


# --- Writing and reading ----------------------------------------------------------------------------------------------
def test_a_message_goes_from_one_commune_to_another(served, secretary, other):
    _, ours = served.device(secretary)
    _, theirs = served.device(other)
    served.send(PRISCHES, ours, ABLAIN, "Réunion du 3", "À jeudi, l’école.\n")
    (received,) = served.wait_for(ABLAIN, theirs)
    assert received["Subject"] == "Réunion du 3"
    assert received.get_content().strip() == "À jeudi, l’école."
    assert "TLS" in received["Received"] + "".join(received.get_all("Received"))


@pytest.mark.parametrize("wrapped", [False, True])
def test_both_ways_of_encrypting_a_submission_work(served, secretary, wrapped):
    _, secret = served.device(secretary)
    with served.submission(PRISCHES, secret, wrapped=wrapped) as client:
        client.send_message(message(PRISCHES, PRISCHES))
    assert served.wait_for(PRISCHES, secret)


def test_ordinary_clients_write_and_read(served, secretary):
    swaks, curl = tool("swaks"), tool("curl")
    _, secret = served.device(secretary)
    ports = served.layout.ports
    sent = subprocess.run(
        [swaks, "--server", f"127.0.0.1:{ports.submission}", "--tls", "--auth", "PLAIN", "--auth-user", PRISCHES,
         "--auth-password", secret, "--from", PRISCHES, "--to", PRISCHES, "--header", "Subject: Par swaks"],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert sent.returncode == 0, sent.stdout + sent.stderr
    served.wait_for(PRISCHES, secret)
    read = subprocess.run(
        [curl, "-sk", f"imaps://127.0.0.1:{ports.imaps}/INBOX;MAILINDEX=1", "--user", f"{PRISCHES}:{secret}"],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert "Subject: Par swaks" in read.stdout


def test_each_device_of_a_person_opens_the_box_and_one_that_is_ended_opens_nothing_at_once(served, secretary):
    telephone, first = served.device(secretary, "Téléphone")
    _, second = served.device(secretary, "Ordinateur")
    connected = served.imap(PRISCHES, first)
    served.imap(PRISCHES, second).logout()
    devices.end(telephone, by=secretary, at=timezone.now())
    served.export()
    with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
        served.imap(PRISCHES, first)
    with pytest.raises(smtplib.SMTPAuthenticationError), served.submission(PRISCHES, first):
        pass
    # The session that was open is closed too.
    until(lambda: is_closed(connected), served.said)
    served.imap(PRISCHES, second).logout()


@pytest.mark.parametrize(
    "wrong", ["", "x", "court", "' OR 1=1 --", "%{user}", "é" * 40, "k7m3p9qd-aaaaa-aaaaa-aaaaa-aaaaa"]
)
def test_what_is_no_secret_opens_nothing_and_breaks_nothing(served, secretary, wrong):
    _, secret = served.device(secretary)
    client = Imap("127.0.0.1", served.layout.ports.imap, timeout=30)
    client.starttls(trusting())
    credentials = f"\0{PRISCHES}\0{wrong}".encode()
    with pytest.raises(imaplib.IMAP4.error):
        client.authenticate("PLAIN", lambda _: credentials)
    client.shutdown()
    served.imap(PRISCHES, secret).logout()


def test_the_secret_of_one_device_with_the_prefix_of_another_opens_nothing(served, secretary):
    _, first = served.device(secretary, "Téléphone")
    _, second = served.device(secretary, "Ordinateur")
    with pytest.raises(imaplib.IMAP4.error):
        served.imap(PRISCHES, first[:8] + second[8:])


def test_nobody_of_one_commune_opens_a_box_of_another(served, secretary, other, place, neighbour):
    _, secret = served.device(secretary)
    for mailbox in Mailbox.objects.filter(beneficiary=neighbour):
        with pytest.raises(imaplib.IMAP4.error):
            served.imap(mailbox.address, secret)
        with pytest.raises(smtplib.SMTPAuthenticationError), served.submission(mailbox.address, secret):
            pass
    for mailbox in Mailbox.objects.filter(beneficiary=place):
        client = served.imap(mailbox.address, secret)
        _, folders = client.list('""', '"*"')
        assert b"ablain" not in b"".join(folders).lower()
        for name in ("../" * 8 + "etc", "user/" + ABLAIN, "/etc/passwd", f"../{box(ABLAIN).store}/Maildir"):
            status, _ = client.select(f'"{name}"', readonly=True)
            assert status == "NO"
        client.logout()


def test_who_leaves_the_mairie_opens_nothing_any_more(served, secretary, place):
    _, secret = served.device(secretary)
    served.imap(PRISCHES, secret).logout()
    secretary.memberships.update(ends_on=timezone.localdate() - timedelta(days=1))
    served.export(place)
    with pytest.raises(imaplib.IMAP4.error):
        served.imap(PRISCHES, secret)


def test_a_person_who_may_only_read_does_not_write(served, secretary, place):
    mailbox, opening = box(PRISCHES), box(PRISCHES).openings.get(user=secretary)
    mail.change_opening(opening, may_send=False, by=secretary, at=timezone.now())
    _, secret = served.device(secretary)
    served.imap(mailbox.address, secret).logout()
    with pytest.raises(smtplib.SMTPAuthenticationError), served.submission(mailbox.address, secret):
        pass


def test_a_person_who_may_only_read_adds_and_deletes_nothing(served, secretary, place):
    _, secret = served.device(secretary)
    served.send(PRISCHES, secret, PRISCHES, "à lire")
    served.wait_for(PRISCHES, secret)
    writer = served.imap(PRISCHES, secret)
    assert writer.append("INBOX", "", None, b"Subject: brouillon\r\n\r\nx\r\n")[0] == "OK"
    assert writer.create("Urbanisme")[0] == "OK"
    writer.logout()
    mail.change_opening(box(PRISCHES).openings.get(user=secretary), may_send=False, by=secretary, at=timezone.now())
    served.export(place)
    reader = served.imap(PRISCHES, secret)
    assert any(b"Urbanisme" in line for line in reader.list()[1])
    for folder in ("INBOX", "Drafts", "Sent", "Urbanisme"):
        assert reader.append(folder, "", None, b"Subject: faux\r\n\r\nx\r\n")[0] == "NO"
    # A folder can be made, and stays empty: Dovecot asks nobody about the root.
    reader.create("Ailleurs")
    assert reader.append("Ailleurs", "", None, b"Subject: faux\r\n\r\nx\r\n")[0] == "NO"
    assert reader.select("INBOX")[0] == "OK"
    assert reader.copy("1", "Drafts")[0] == "NO"
    # Read is marked as read, for the others too.
    assert reader.store("1", "+FLAGS", "\\Seen")[0] == "OK"
    reader.store("1", "+FLAGS", "\\Deleted")
    with contextlib.suppress(imaplib.IMAP4.error):
        reader.expunge()
    assert reader.select("INBOX")[1] == [b"2"]
    assert reader.fetch("1", "(RFC822)")[0] == "OK"
    reader.logout()


def test_a_device_that_read_the_mail_is_no_longer_said_never_used(served, secretary):
    """On the page of the devices, where a theft is seen; another device of the same person stays as it was."""
    telephone, secret = served.device(secretary, "Téléphone")
    idle, _ = served.device(secretary, "Ordinateur")
    served.imap(PRISCHES, secret).logout()

    def is_noted() -> bool:
        server_status.look(served.layout, at=timezone.now())
        telephone.refresh_from_db()
        return telephone.used_at is not None

    until(is_noted, served.said)
    assert timezone.now() - telephone.used_at < timedelta(minutes=5)
    idle.refresh_from_db()
    assert idle.used_at is None


def test_nobody_says_a_password_in_clear(served, secretary):
    _, secret = served.device(secretary)
    client = Imap("127.0.0.1", served.layout.ports.imap, timeout=30)
    assert "LOGINDISABLED" in client.capabilities
    with pytest.raises(imaplib.IMAP4.error):
        client.login(PRISCHES, secret)
    client.shutdown()
    for port in (served.layout.ports.submission, served.layout.ports.smtp):
        with smtplib.SMTP("127.0.0.1", port, timeout=30) as plain:
            plain.ehlo()
            assert not plain.has_extn("auth")


def test_nobody_signs_in_on_the_port_of_the_neighbours(served):
    with served.outside() as client:
        client.starttls(context=trusting())
        client.ehlo()
        assert not client.has_extn("auth")


# --- Refused while it is being said ---------------------------------------------------------------------------------
def refused(attempt, code: int) -> str:
    """Run it, expect this refusal of SMTP, and return its words."""
    with pytest.raises((smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused)) as failure:
        attempt()
    error = failure.value
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        found, said = next(iter(error.recipients.values()))
    else:
        found, said = error.smtp_code, error.smtp_error
    assert found == code, said
    return said.decode()


def test_neighbours_bring_mail_to_our_boxes_and_to_nobody_else(served, secretary):
    _, secret = served.device(secretary)
    with served.outside() as client:
        client.sendmail("ami@voisin.exemple.test", [PRISCHES], "Subject: Bonjour\n\nDu dehors.\n")
        assert "Relay access denied" in refused(
            lambda: client.sendmail("ami@voisin.exemple.test", ["quelqu-un@ailleurs.exemple.test"], "x"), 554
        )
    with served.outside() as client:
        unknown = PRISCHES.replace("mairie", "personne")
        assert "5.1.1" in refused(lambda: client.sendmail("ami@voisin.exemple.test", [unknown], "x"), 550)
    (received,) = served.wait_for(PRISCHES, secret)
    assert received["Subject"] == "Bonjour"


def test_one_writes_in_ones_own_name_only(served, secretary, other):
    _, secret = served.device(secretary)
    mine = PRISCHES.replace("mairie", "etat-civil")
    for stolen in (ABLAIN, mine, "maire@prisches.fr"):
        with served.submission(PRISCHES, secret) as client:
            refused(lambda client=client, stolen=stolen: client.sendmail(stolen, [ABLAIN], "Subject: x\n\nx\n"), 553)


@pytest.mark.parametrize(
    "header",
    [
        f"From: {ABLAIN}", f"From: Mairie <{ABLAIN}>", f'From: "{PRISCHES}" <{ABLAIN}>', f"From: ({PRISCHES}) {ABLAIN}",
        f"From: {PRISCHES}, {ABLAIN}", f"From: {PRISCHES}\nFrom: {ABLAIN}", f"From: <{PRISCHES}> <{ABLAIN}>",
        f"From: {PRISCHES} <{ABLAIN}>", f"From:\n {ABLAIN}", f'From: "a\\" <{PRISCHES}> " <{ABLAIN}>', "From: ",
        f"From: Mairie: {PRISCHES};", f"From: {PRISCHES}\nSender: {ABLAIN}",
        f"From: {PRISCHES}\nSender: Mairie <{ABLAIN}>",
        f"From: {PRISCHES}\nSender: {PRISCHES}\nSender: {ABLAIN}", f"From: {PRISCHES}\nSender: {PRISCHES}, {ABLAIN}",
    ],
)  # fmt: skip
def test_the_name_that_people_see_is_ones_own_too(served, secretary, other, header):
    _, secret = served.device(secretary)
    with served.submission(PRISCHES, secret) as client:
        said = refused(lambda: client.sendmail(PRISCHES, [ABLAIN], f"{header}\nTo: {ABLAIN}\n\nx\n"), 550)
    # The reason is said: whoever set their program wrong knows what to mend.
    assert f"{header.rpartition('Sender')[1] or 'From'} header" in said


@pytest.mark.parametrize(
    "header",
    [f"From: {PRISCHES}", f"From: Mairie <{PRISCHES.upper()}>", f'From: "Mairie, Prisches (59)" <{PRISCHES}>',
     f"From: =?utf-8?q?=C3=89tat=2C_civil?= <{PRISCHES}>", f"From: {PRISCHES} (Ici)", f"From: Mairie\n <{PRISCHES}>",
     f"From: {PRISCHES}\nSender: Mairie <{PRISCHES}>"],
)  # fmt: skip
def test_ordinary_ways_of_saying_ones_name_pass(served, secretary, header):
    _, secret = served.device(secretary)
    with served.submission(PRISCHES, secret) as client:
        client.sendmail(PRISCHES, [PRISCHES], f"{header}\nTo: {PRISCHES}\n\nx\n")
    assert served.wait_for(PRISCHES, secret)


def test_an_alias_is_a_name_of_ones_own(served, secretary):
    _, secret = served.device(secretary)
    postmaster = PRISCHES.replace("mairie", "postmaster")
    with served.submission(PRISCHES, secret) as client:
        client.send_message(message(postmaster, postmaster, "Par un alias"))
    assert served.wait_for(PRISCHES, secret)[0]["Subject"] == "Par un alias"


@pytest.mark.parametrize("header", ["Subject: sans nom", f"From : {ABLAIN}"])
def test_what_has_no_name_is_given_the_one_of_who_signed_in(served, secretary, header):
    _, secret = served.device(secretary)
    with served.submission(PRISCHES, secret) as client:
        client.sendmail(PRISCHES, [PRISCHES], f"{header}\n\nx\n")
    (received,) = served.wait_for(PRISCHES, secret)
    assert received["From"].addresses[0].addr_spec == PRISCHES
    assert received["Date"]


def test_nothing_leaves_for_the_outside_in_a_demonstration(served, secretary):
    _, secret = served.device(secretary)
    outside = "quelqu-un@ailleurs.exemple.test"
    with served.submission(PRISCHES, secret) as client:
        said = refused(lambda: client.send_message(message(PRISCHES, outside, "Dehors")), 550)
    assert "sends nothing outside" in said


def test_a_message_to_ten_thousand_is_refused(served, secretary):
    _, secret = served.device(secretary)
    answers = []
    with served.submission(PRISCHES, secret) as client:
        client.mail(PRISCHES)
        with contextlib.suppress(smtplib.SMTPServerDisconnected):
            for rank in range(10_000):
                answers.append(client.rcpt(PRISCHES.replace("@", f"+{rank}@"))[0])
    assert answers.count(250) == served.layout.bounds.recipients
    assert len(answers) < 200
    assert served.queue() == 0


def test_a_message_too_large_is_refused_before_it_is_sent(served, secretary):
    _, secret = served.device(secretary)
    with served.submission(PRISCHES, secret) as client:
        huge = "Subject: x\n\n" + "x" * 70 + "\n" * (served.layout.bounds.message_bytes + 1)
        refused(lambda: client.sendmail(PRISCHES, [PRISCHES], f"From: {PRISCHES}\n{huge}"), 552)


def test_a_full_box_refuses_at_once_and_takes_again_when_it_is_emptied(served, secretary):
    _, secret = served.device(secretary)
    Mailbox.objects.filter(address=PRISCHES).update(quota_bytes=100_000)
    served.export()
    with served.outside() as client:
        client.sendmail("ami@voisin.exemple.test", [PRISCHES], "Subject: gros\n\n" + ("x" * 70 + "\n") * 1300)
    served.wait_for(PRISCHES, secret)
    large = "Subject: trop\n\n" + ("x" * 70 + "\n") * 1300
    with served.outside() as client:
        said = refused(
            lambda: client.sendmail("ami@voisin.exemple.test", [PRISCHES], large, mail_options=["SIZE=95000"]), 552
        )
    assert "5.2.2" in said
    reader = served.imap(PRISCHES, secret)
    reader.select("INBOX")
    reader.store("1", "+FLAGS", "\\Deleted")
    reader.expunge()
    reader.logout()
    with served.outside() as client:
        client.sendmail("ami@voisin.exemple.test", [PRISCHES], large, mail_options=["SIZE=95000"])
    served.wait_for(PRISCHES, secret)


def test_a_stolen_password_is_slowed_and_nobody_else_is(served, secretary, other):
    _, stolen = served.device(secretary)
    _, calm = served.device(other)
    crowd = [PRISCHES.replace("@", f"+{rank}@") for rank in range(40)]
    codes = []
    with served.submission(PRISCHES, stolen) as client:
        for _ in range(5):
            try:
                client.sendmail(PRISCHES, crowd, message(PRISCHES, crowd[0]).as_string())
                codes.append(250)
            except smtplib.SMTPResponseException as held:
                codes.append(held.smtp_code)
                client.rset()
    assert codes == [250, 250, 250, 450, 450]
    served.send(ABLAIN, calm, PRISCHES, "Tranquille")
    until(lambda: "Tranquille" in [one["Subject"] for one in served.messages(PRISCHES, stolen)], served.said)


# --- Signed ---------------------------------------------------------------------------------------------------------
def test_what_leaves_a_box_is_signed_with_the_key_of_its_domain(served, secretary, place, dkim):
    _, secret = served.device(secretary)
    served.send(PRISCHES, secret, PRISCHES, "Signé", "Été comme hiver.\n")
    reader = served.imap(PRISCHES, secret)
    until(lambda: reader.select("INBOX")[1] != [b"0"], served.said)
    _, parts = reader.fetch("1", "(RFC822)")
    raw = parts[0][1]
    reader.logout()
    domain = Domain.objects.get(beneficiary=place)
    record = f"v=DKIM1; k=rsa; p={domain.dkim_public_key}"
    assert dkim(raw, f"{domain.dkim_selector}._domainkey.{domain.name}.", record), raw.decode()
    assert not dkim(raw.replace(b"hiver", b"hivre"), f"{domain.dkim_selector}._domainkey.{domain.name}.", record)


def test_what_comes_from_outside_is_not_signed_by_us(served, secretary):
    _, secret = served.device(secretary)
    with served.outside() as client:
        client.sendmail("ami@voisin.exemple.test", [PRISCHES], "From: ami@voisin.exemple.test\nSubject: autre\n\nx\n")
    (received,) = served.wait_for(PRISCHES, secret)
    assert received["DKIM-Signature"] is None


# --- What a mairie settles --------------------------------------------------------------------------------------------
def test_suspended_nobody_signs_in_and_what_arrives_is_kept(served, secretary, place):
    _, secret = served.device(secretary)
    domain = Domain.objects.get(beneficiary=place)
    domains.suspend_domain(domain, by=User.objects.system(), at=timezone.now())
    served.export(place)
    with pytest.raises(imaplib.IMAP4.error):
        served.imap(PRISCHES, secret)
    with served.outside() as client:
        client.sendmail("ami@voisin.exemple.test", [PRISCHES], "Subject: pendant\n\nx\n")
    domains.activate(domain, by=User.objects.system(), at=timezone.now())
    served.export(place)
    assert served.wait_for(PRISCHES, secret)[0]["Subject"] == "pendant"


def test_a_domain_in_preparation_opens_and_receives_nothing(served, secretary, place):
    own = domains.take_domain(place, "prisches.fr", by=secretary, at=timezone.now())
    f.prove(place, own.name)
    served.export(place)
    with served.outside() as client:
        refused(lambda: client.sendmail("ami@voisin.exemple.test", ["mairie@prisches.fr"], "x"), 554)
    domains.activate(own, by=User.objects.system(), at=timezone.now())
    domains.make_main(own, by=secretary, at=timezone.now())
    served.export(place)
    _, secret = served.device(secretary)
    with served.outside() as client:
        client.sendmail("ami@voisin.exemple.test", ["mairie@prisches.fr", PRISCHES], "Subject: deux\n\nx\n")
    # By either name, it is the same box; and one writes in either.
    for login in ("mairie@prisches.fr", PRISCHES, "MAIRIE@Prisches.FR"):
        assert served.wait_for(login, secret, 1)
    served.send(PRISCHES, secret, "mairie@prisches.fr", "par l’ancien nom")
    served.wait_for("mairie@prisches.fr", secret, 2)


def test_a_box_keeps_everything_when_its_address_changes_or_it_is_deleted_and_taken_back(served, secretary, place):
    _, secret = served.device(secretary)
    served.send(PRISCHES, secret, PRISCHES, "gardé")
    served.wait_for(PRISCHES, secret)
    civil = PRISCHES.replace("mairie", "etat-civil")
    served.send(PRISCHES, secret, civil, "gardé aussi")
    served.wait_for(civil, secret)
    mail.delete_box(box(civil), by=secretary, at=timezone.now())
    served.export(place)
    with pytest.raises(imaplib.IMAP4.error):
        served.imap(civil, secret)
    with served.outside() as client:
        refused(lambda: client.sendmail("ami@voisin.exemple.test", [civil], "x"), 550)
    mail.resume_box(box(civil), by=secretary, at=timezone.now())
    served.export(place)
    assert [one["Subject"] for one in served.messages(civil, secret)] == ["gardé aussi"]


def test_an_absence_answers_once_and_only_on_its_days(served, secretary, other, place):
    _, ours = served.device(secretary)
    _, theirs = served.device(other)
    today = timezone.localdate()
    manners.be_absent(
        box(PRISCHES), subject='Absent "cette" semaine', text="De retour lundi.\n\\o/", starts_on=today,
        ends_on=today + timedelta(days=2), by=secretary, at=timezone.now(),
    )  # fmt: skip
    served.export(place)
    for _ in range(2):
        served.send(ABLAIN, theirs, PRISCHES, "Question")
    served.wait_for(PRISCHES, ours, 2)
    (answer,) = served.wait_for(ABLAIN, theirs)
    assert answer["Subject"] == 'Absent "cette" semaine'
    assert "\\o/" in answer.get_content()
    assert answer["DKIM-Signature"]
    manners.come_back(box(PRISCHES), by=secretary, at=timezone.now())
    served.export(place)
    assert not list(served.layout.sieve.rglob("mairie.sieve"))


@pytest.mark.parametrize("is_copy_kept", [True, False])
def test_what_a_box_sends_on_arrives_and_stays_only_if_asked(served, secretary, place, is_copy_kept):
    _, secret = served.device(secretary)
    civil = PRISCHES.replace("mairie", "etat-civil")
    manners.forward(box(civil), destination=PRISCHES, is_copy_kept=is_copy_kept, by=secretary, at=timezone.now())
    served.export(place)
    with served.outside() as client:
        client.sendmail("ami@voisin.exemple.test", [civil], "Subject: renvoi\n\nx\n")
    served.wait_for(PRISCHES, secret)
    assert len(served.messages(civil, secret)) == int(is_copy_kept)


def test_no_rule_is_written_but_on_the_platform(served):
    """ManageSieve would take a rule that sends mail to any country without the agreement that the platform asks for."""
    line = ["/usr/bin/doveconf", "-n", "-c", str(served.layout.dovecot_conf)]
    said = subprocess.run(line, check=True, capture_output=True, text=True).stdout
    assert "\nprotocols {\n  imap = yes\n  lmtp = yes\n}\n" in said, said
    # Those that learn from a gesture are of « Indésirables » only, and say nothing of what becomes of a message.
    assert re.findall(r"^sieve_script (\w+) ", said, re.MULTILINE) == ["aside", "platform"], said


def test_the_routes_of_the_room_and_those_of_the_servers_are_the_same(served, secretary, place):
    told = exporting.said([place.pk], at=timezone.now()).relations.rows
    led: dict[str, set[str]] = {row[1]: {row[1]} for row in told["mailboxes"]}
    for _, source, destination in told["aliases"]:
        led.setdefault(source, set()).add(destination)
    # Read by the platform, and nobody's.
    assert led.pop(f"{chain.ANSWERS_AT}@prisches.courriel.test") == {chain.answers_box()}
    assert led == {route.address: set(route.to) for route in queries.routes(place)}


def test_dovecot_says_what_a_box_holds(served, secretary):
    _, secret = served.device(secretary)
    served.send(PRISCHES, secret, PRISCHES, "pesé", "x" * 5000)
    served.wait_for(PRISCHES, secret)
    use = Doveadm(served.layout).use(PRISCHES)
    assert use.messages == 1
    assert use.used_bytes > 5000
