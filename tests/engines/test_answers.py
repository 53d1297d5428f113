"""A guest answers an invitation from their own mail program: real servers take it, and the event says it."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from socle.agenda import events, guests
from socle.engines.postfix_dovecot import answers, chain, exporting, tasks
from socle.lib.refusals import Refused
from tests import factories as f
from tests.agenda.conftest import Place, agendas, as_made, here, one_place, there
from tests.agenda.test_events import wanted
from tests.agenda.test_replies import answer_kept, invitation, reply
from tests.engines.mail_server import Served, mail_servers, message, served

__all__ = ["agendas", "as_made", "here", "mail_servers", "one_place", "served", "there"]

GUEST = "invite@voisin.exemple.test"


@pytest.fixture
def mairie(transactional_db, served, here) -> Place:
    """A mairie whose mail is ours, and the box of the answers, empty."""
    served.open(here.body)
    served.export()
    client = served.imap(chain.answers_box(), served.layout.chain_secret)
    client.select("INBOX")
    _, (found,) = client.search(None, "ALL")
    for number in found.decode().split():
        client.store(number, "+FLAGS", "\\Deleted")
    client.expunge()
    client.logout()
    return here


def sent_back(to: str, text: str, *, sender: str = GUEST) -> EmailMessage:
    """A reply as the large providers make one."""
    said = message(sender, to, "Accepté : Commission travaux", "Invité a accepté.\n")
    said.add_alternative(text, subtype="calendar", params={"method": "REPLY"})
    return said


def brought(served: Served, *messages: EmailMessage | bytes, to: str) -> None:
    """Have a neighbour bring these, and wait until they are in the box of the answers."""
    with served.outside() as client:
        for one in messages:
            raw = one if isinstance(one, bytes) else one.as_bytes()
            client.sendmail(GUEST, [to], raw)
    secret = served.layout.chain_secret
    served.wait_for(chain.answers_box(), secret, len(messages))


def left_in_the_box(served: Served) -> int:
    return len(served.messages(chain.answers_box(), served.layout.chain_secret))


@pytest.mark.slow
def test_the_buttons_of_a_mail_program_answer(served, mairie):
    kept = events.write_event(mairie.calendar(), wanted(guests=(GUEST,)), by=mairie.mayor, at=f.NOW)
    (event,) = invitation().walk("VEVENT")
    to = str(event["ORGANIZER"]).removeprefix("mailto:")
    assert to.startswith("reponses-agenda+")
    assert to.endswith("@prisches.courriel.test")
    _, text = reply("DECLINED")
    brought(served, sent_back(to, text), to=to)
    assert answers.read(served.layout, at=f.NOW) == (1, 0)
    assert answer_kept(mairie, kept) == "DECLINED"
    assert left_in_the_box(served) == 0
    assert answers.read(served.layout, at=f.NOW) == (0, 0)


@pytest.mark.slow
def test_what_else_arrives_there_is_for_nobody_and_goes(served, mairie, there):
    served.open(there.body)
    kept = events.write_event(mairie.calendar(), wanted(guests=(GUEST,)), by=mairie.mayor, at=f.NOW)
    (event,) = invitation().walk("VEVENT")
    to = str(event["ORGANIZER"]).removeprefix("mailto:")
    _, text = reply()
    plain = "reponses-agenda@prisches.courriel.test"
    nested = b"From: a@voisin.exemple.test\r\nTo: b\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n" + (
        b"--a\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n" * 500
    )
    odd = (
        b'From: a@voisin.exemple.test\r\nContent-Type: text/calendar; charset="\xff"\r\nX: =?x?q?=FF?=\r\n\r\n\xff\xfe'
    )
    forged = f"Delivered-To: {to}\r\n".encode() + sent_back(plain, text).as_bytes()
    heavy = sent_back(to, "BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nX-A:" + "x" * 1_200_000)
    brought(served, message(GUEST, plain), sent_back(plain, text), nested, odd, forged, heavy, to=plain)
    assert answers.read(served.layout, at=f.NOW) == (0, 6)
    assert left_in_the_box(served) == 0
    # What was given for one mairie opens nothing of another.
    same = events.write_event(there.calendar(), wanted(guests=(GUEST,)), by=there.mayor, at=f.NOW)
    (other,) = invitation().walk("VEVENT")
    number = str(other["ORGANIZER"]).partition("+")[2].partition("-")[0]
    elsewhere = f"reponses-agenda+{number}-{to.partition('-')[2].partition('-')[2]}".replace("prisches", "taisnieres")
    _, theirs = reply()
    brought(served, sent_back(elsewhere, theirs), to=elsewhere)
    assert answers.read(served.layout, at=f.NOW) == (0, 1)
    assert answer_kept(mairie, kept) == answer_kept(there, same) == "NEEDS-ACTION"


def stopped(*args: object, **kwargs: object) -> None:
    raise OSError("stopped")


@pytest.mark.slow
def test_what_could_not_be_read_is_read_later(served, mairie, monkeypatch):
    kept = events.write_event(mairie.calendar(), wanted(guests=(GUEST,)), by=mairie.mayor, at=f.NOW)
    mark, text = reply()
    to = guests.letterbox().address(mairie.body.pk, mark)
    brought(served, sent_back(to, text), to=to)
    with monkeypatch.context() as patch:
        # A disk that is full, then servers that are stopped.
        patch.setattr(guests, "take_reply", stopped)
        tasks.read_answers.call()
    with monkeypatch.context() as patch:
        patch.setattr(chain.Named, "login", stopped)
        tasks.read_answers.call()
    assert left_in_the_box(served) == 1
    tasks.read_answers.call()
    assert answer_kept(mairie, kept) == "ACCEPTED"
    assert left_in_the_box(served) == 0


@pytest.mark.slow
def test_what_our_own_fault_keeps_from_being_read_stays_and_holds_nothing_up(served, mairie, monkeypatch, caplog):
    kept = events.write_event(mairie.calendar(), wanted(guests=(GUEST,)), by=mairie.mayor, at=f.NOW)
    mark, text = reply()
    to = guests.letterbox().address(mairie.body.pk, mark)
    brought(served, sent_back(to, text), to=to)
    with monkeypatch.context() as patch:
        patch.setattr(guests, "take_reply", lambda *args, **kwargs: 1 / 0)
        assert answers.read(served.layout, at=f.NOW) == (0, 1)
    assert "could not be read" in caplog.text
    with served.outside() as client:
        client.send_message(sent_back(to, reply("DECLINED")[1]), GUEST, [to])
    served.wait_for(chain.answers_box(), served.layout.chain_secret, 2)
    assert answers.read(served.layout, at=f.NOW) == (1, 0)
    assert answer_kept(mairie, kept) == "DECLINED"
    assert left_in_the_box(served) == 1


@pytest.mark.slow
def test_without_mail_of_ours_there_is_no_such_address(transactional_db, settings, here):
    assert exporting.layout() is None
    assert answers.Letterbox().address(here.body.pk, "1-" + "0" * 24) == ""
    tasks.read_answers.call()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\0" * 5000,
        b"Delivered-To: reponses+1-" + b"0" * 24 + b"@x\r\n\r\nBEGIN:VCALENDAR",
        b"Delivered-To: reponses+1@x\r\nContent-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR",
        b"Delivered-To: =?utf-8?q?=FF?=\r\nContent-Type: text/calendar\r\n\r\n",
        b"Content-Type: multipart/mixed; boundary=\"\r\n\r\n--\r\n",
        b"Content-Type: text/calendar\r\nContent-Transfer-Encoding: base64\r\n\r\n=====",
        b"Content-Type: message/rfc822\r\n\r\n" * 400,
    ],
    ids=range(8),
)  # fmt: skip
def test_whatever_a_message_is_made_of_it_is_no_reply_and_nothing_else(raw):
    with pytest.raises(Refused, match="ne répond à aucune"):
        answers.reply_in(raw)
