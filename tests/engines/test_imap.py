"""The reader of old boxes: what it calls, what it believes, what it names; a server that lies is a sentence."""

from __future__ import annotations

import socket
import threading
from datetime import UTC, datetime

import pytest

from socle.engines.imap import client as imap
from socle.lib import http
from socle.mail.importing.contract import BoxError


@pytest.mark.parametrize(
    ("host", "port", "words"),
    [
        ("localhost", 993, "intérieur du réseau"),
        ("127.0.0.1", 993, "intérieur du réseau"),
        ("169.254.169.254", 993, "intérieur du réseau"),
        ("127.0.0.1", 25, "port 25"),
    ],
)
def test_nothing_inside_the_network_is_called(host, port, words):
    with pytest.raises(BoxError, match=words) as refused:
        imap.connect(host, port, login="x", password="y")
    assert refused.value.is_lasting


def test_a_server_that_does_not_encrypt_is_refused(settings):
    settings.OUTGOING_INTERNAL = ["127.0.0.0/8"]
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer():
            peer, _ = server.accept()
            with peer:
                peer.sendall(b"* OK IMAP4rev1 plain\r\n")
                peer.recv(100)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        with pytest.raises(BoxError, match="ne chiffre pas"):
            imap.connect("127.0.0.1", server.getsockname()[1], login="x", password="y")
        thread.join(5)


def test_nobody_there_is_a_sentence(settings):
    settings.OUTGOING_INTERNAL = ["127.0.0.0/8"]
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(BoxError, match="ne répond pas") as refused:
        imap.connect("127.0.0.1", port, login="x", password="y")
    assert not refused.value.is_lasting


def test_the_address_that_was_judged_is_the_one_that_is_called(settings):
    settings.OUTGOING_INTERNAL = ["127.0.0.0/8"]
    assert http.addresses_of("127.0.0.1", 993) == ["127.0.0.1"]


class Scripted:
    """A connection that answers what it is told, as `imaplib` gives it."""

    def __init__(self, **answers):
        self.answers = answers

    def __getattr__(self, name):
        if name == "response":
            return lambda code: (code, [self.answers.get("validity", b"1")])

        def answer(*arguments):
            said = self.answers[name]
            return said(*arguments) if callable(said) else said

        return answer


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (rb'(\HasNoChildren) "/" "INBOX"', "INBOX"),
        (rb'(\HasNoChildren \Sent) "." "INBOX.Messages envoy&AOk-s"', "Sent"),
        (rb'(\HasNoChildren) "." "INBOX.D&AOk-lib&AOk-rations.2019"', "Délibérations/2019"),
        (rb'(\HasNoChildren) "/" OUTBOX', "Sent"),
        (rb'(\HasNoChildren) "/" "&AMk-l&AOk-ments envoy&AOk-s"', "Sent"),
        (rb'(\HasNoChildren) "/" "QUARANTAINE"', "Junk"),
        (rb'(\HasNoChildren) NIL "Corbeille"', "Trash"),
        (rb'(\HasNoChildren) "/" "../../etc/passwd"', "Dossier/Dossier/etc/passwd"),
        (rb'(\HasNoChildren) "." "a/b%*"', "a b"),
        (rb'(\HasNoChildren) "/" "R&D"', "R&D"),
    ],
)
def test_folders_have_our_names(line, name):
    (folder,) = imap.ImapBox(Scripted(list=("OK", [line]))).folders()
    assert folder.name == name


@pytest.mark.parametrize(
    "line",
    [
        rb'(\Noselect) "/" "[Gmail]"', rb'(\All) "/" "[Gmail]/Tous les messages"', b"", b"()", b'(\\x) "/"', None,
        b'(\\x) "/" "a\r\nb"', b'(\\x) "/" "' + b"a" * 400 + b'"',
    ],
)  # fmt: skip
def test_what_is_no_folder_to_read_is_left_out(line):
    assert imap.ImapBox(Scripted(list=("OK", [line]))).folders() == []


@pytest.mark.parametrize("name", ["INBOX", "Délibérations", "R&D", "été/2019", "日本語", "a&-b", "«guillemets»"])
def test_names_go_and_come_back(name):
    assert imap.decode_name(imap.encode_name(name)) == name
    assert imap.encode_name(name).isascii()


@pytest.mark.parametrize("raw", ["&", "&-", "&!!-", "&AAA", "&AA-", "é"])
def test_a_name_badly_written_breaks_nothing(raw):
    assert isinstance(imap.decode_name(raw), str)


def test_a_head_is_read_with_its_date_and_its_flags():
    head = imap.read_head(
        rb'12 (UID 45 FLAGS (\Seen $Label) INTERNALDATE "04-May-2019 05:02:01 +0200" RFC822.SIZE 1234 BODY[HEADER...',
        b"Message-ID: <a@b.fr>\r\n\r\n",
    )
    assert head is not None
    assert (head.uid, head.size, head.message_id) == (45, 1234, "<a@b.fr>")
    assert head.at == datetime(2019, 5, 4, 3, 2, 1, tzinfo=UTC)
    assert head.flags == ("\\Seen", "$Label")


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"1 (UID x)",
        b"1 (UID 3)",
        b"1 (RFC822.SIZE 3)",
        b'1 (UID 3 RFC822.SIZE 9 INTERNALDATE "99-Foo-0000 99:99:99 +0000")',
    ],
)
def test_a_head_that_lies_breaks_nothing(line):
    head = imap.read_head(line, b"\xff\xfe")
    assert head is None or head.at == datetime.fromtimestamp(0, UTC)


def test_a_full_box_says_what_to_do():
    box = imap.ImapBox(Scripted(append=("NO", [b"[OVERQUOTA] Quota exceeded"])))
    with pytest.raises(BoxError, match="donnez-lui plus de place") as refused:
        box.append("INBOX", b"x", flags=(), at=datetime.now(UTC))
    assert refused.value.is_lasting


def test_what_a_server_says_is_shown_without_its_tricks():
    box = imap.ImapBox(Scripted(list=("NO", [b"\x1b[31m<script>\r\n" + b"x" * 5000])))
    with pytest.raises(BoxError) as refused:
        box.folders()
    assert "\x1b" not in refused.value.sentence
    assert len(refused.value.sentence) < 250


def test_an_answer_beyond_reason_is_not_read():
    client = imap.Guarded.__new__(imap.Guarded)
    with pytest.raises(imap.imaplib.IMAP4.abort):
        client.read(imap.LARGEST_ANSWER + 1)


def test_the_last_message_is_not_given_for_ever():
    """« 9:* » names the last message even when its number is 4: it was read already."""
    box = imap.ImapBox(Scripted(uid=lambda command, *rest: ("OK", [b"4"])))
    assert box.heads(after=8, most=10) == []
