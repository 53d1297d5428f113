"""Import of an old box: everything is copied, nothing twice, wherever it is cut; the password goes when it is done."""

from __future__ import annotations

import contextlib
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.utils.module_loading import import_string

from socle.engines.simulated.boxes import Folders
from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.mail.erasure import erase_reports
from socle.mail.importing import actions, copying
from socle.mail.importing.contract import BoxError, Head, OldFolder
from socle.mail.models import Migration, MigrationFolder
from socle.people.models import User
from tests import factories as f

pytestmark = pytest.mark.django_db
PASSWORD = "le-secret-de-l-ancienne-boite"
SINCE = datetime(2019, 5, 4, 3, 2, 1, tzinfo=UTC)


def message(rank, *, identifier=True, weight=20):
    line = f"Message-ID: <m{rank}@ancien.fr>\r\n" if identifier else ""
    return f"{line}Subject: n° {rank}\r\n\r\n{'x' * weight}\r\n".encode()


class OldBox:
    """An old box held in memory; `breaks` says what goes wrong, and when."""

    def __init__(self):
        self.content: dict[str, dict[int, tuple[bytes, datetime, tuple[str, ...]]]] = {}
        self.validity = 7
        self.refuses = None
        self.breaks_at = None
        self.read_count = 0

    def add(self, folder, content, *, uid=None, flags=(), at=SINCE):
        here = self.content.setdefault(folder, {})
        here[uid or max(here, default=0) + 1] = (content, at, flags)

    def folders(self):
        return [OldFolder(name, name) for name in self.content]

    def select(self, folder, *, make=False):
        self.open_folder = folder
        return self.validity, len(self.content[folder])

    def heads(self, *, after, most):
        rows = sorted(self.content[self.open_folder].items())
        heads = []
        for uid, (content, at, flags) in rows:
            if uid > after:
                first = content.split(b"\r\n")[0].decode()
                identifier = first.removeprefix("Message-ID: ") if first.startswith("Message-ID") else ""
                heads.append(Head(uid, len(content), at, flags, identifier))
        return heads[:most]

    def read(self, uid):
        self.read_count += 1
        if self.breaks_at is not None and self.read_count >= self.breaks_at:
            raise BoxError("Le serveur de courrier a coupé la conversation.")
        return self.content[self.open_folder][uid][0]

    def append(self, folder, content, *, flags, at):
        raise AssertionError("an old box is never written")


@pytest.fixture
def old(monkeypatch, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    settings.SOCLE_MAIL_BOXES = "socle.engines.simulated.boxes.SimulatedBoxes"
    box = OldBox()

    class Servers:
        @contextlib.contextmanager
        def open(self, host, port, *, login, password):
            box.asked = (host, port, login, password)
            if box.refuses:
                raise box.refuses
            yield box

    monkeypatch.setattr(actions, "old_servers", Servers)
    monkeypatch.setattr(copying, "old_servers", Servers)
    return box


def ask(here, **more):
    options = {"login": "mairie.prisches@wanadoo.fr", "password": PASSWORD, "by": here.secretary, "at": f.NOW, **more}
    return actions.ask_import(here.main, **options)


def run(seconds=30.0):
    return copying.copy_due(at=datetime.now(UTC) + timedelta(hours=3), seconds=seconds)


def ours(here, folder, settings):
    box = Folders(settings.DATA_DIR / "simulated-mail" / str(here.main.store))
    box.select(folder)
    return [SimpleNamespace(head=head, content=box.read(head.uid)) for head in box.heads(after=0, most=10_000)]


def sums():
    return [
        (one.name, one.found, one.brought, one.present, one.left) for one in MigrationFolder.objects.order_by("name")
    ]


def test_everything_is_copied_with_its_date_and_its_flags_and_compared(at_home, old, settings):
    for rank in range(25):
        old.add("INBOX", message(rank), flags=("\\Seen",) if rank % 2 else (), at=SINCE + timedelta(days=rank))
    old.add("Délibérations/2019", message(99, identifier=False))
    ask(at_home)
    assert run() is False
    migration = Migration.objects.get()
    assert (migration.status, migration.secret, migration.problem) == ("done", "", "")
    assert old.asked == ("imap.orange.fr", 993, "mairie.prisches@wanadoo.fr", PASSWORD)
    assert sums() == [("Délibérations/2019", 1, 1, 0, 0), ("INBOX", 25, 25, 0, 0)]
    copied = ours(at_home, "INBOX", settings)
    assert [one.content for one in copied] == [message(rank) for rank in range(25)]
    assert copied[3].head.at == SINCE + timedelta(days=3)
    assert copied[3].head.flags == ("\\Seen",)
    assert Entry.objects.filter(verb="mail.migration_done").get().facts["brought"] == 26


def test_asked_again_only_what_is_new_is_copied(at_home, old, settings):
    for rank in range(5):
        old.add("INBOX", message(rank, identifier=rank != 2))
    ask(at_home)
    run()
    old.add("INBOX", message(5))
    ask(at_home)
    run()
    assert len(ours(at_home, "INBOX", settings)) == 6
    assert sums()[-1][2:] in ((1, 5, 0), (5, 0, 0))


def test_cut_at_any_message_it_goes_on_and_nothing_is_doubled(at_home, old, settings):
    for rank in range(30):
        old.add("INBOX", message(rank))
    ask(at_home)
    for cut in (3, 5, 7, 4):
        old.read_count, old.breaks_at = 0, cut
        run()
        assert Migration.objects.get().status == "running"
        assert "coupé" in Migration.objects.get().problem
        # What a worker that was killed had not noted is read again.
        MigrationFolder.objects.update(last_uid=max(0, MigrationFolder.objects.get().last_uid - 2))
    old.breaks_at = None
    run()
    assert Migration.objects.get().status == "done"
    assert [one.content for one in ours(at_home, "INBOX", settings)] == [message(rank) for rank in range(30)]


def test_a_slice_that_is_over_leaves_the_rest_to_the_next(at_home, old, settings):
    for rank in range(30):
        old.add("INBOX", message(rank))
    migration = ask(at_home)
    copying.copy_mailbox(migration.pk, deadline=time.monotonic() - 1)
    row = MigrationFolder.objects.get()
    assert Migration.objects.get().status == "running"
    assert 0 < row.last_uid < 30
    assert run() is False
    assert len(ours(at_home, "INBOX", settings)) == 30


def test_when_the_old_server_numbers_anew_nothing_is_doubled(at_home, old, settings):
    for rank in range(30):
        old.add("INBOX", message(rank))
    migration = ask(at_home)
    copying.copy_mailbox(migration.pk, deadline=time.monotonic() - 1)
    old.validity = 8
    old.content["INBOX"] = {uid + 1000: row for uid, row in old.content["INBOX"].items()}
    run()
    assert len(ours(at_home, "INBOX", settings)) == 30
    ((_, found, brought, present, left),) = sums()
    assert (found, brought + present + left) == (30, 30)


def test_given_up_it_stops_and_forgets_the_password(at_home, old, settings, monkeypatch):
    for rank in range(60):
        old.add("INBOX", message(rank))
    migration = ask(at_home)
    reading = old.read

    def give_up(uid):
        if uid == 5:
            actions.cancel(migration, by=at_home.secretary, at=f.NOW)
        return reading(uid)

    monkeypatch.setattr(old, "read", give_up)
    run()
    migration.refresh_from_db()
    assert (migration.status, migration.secret) == ("cancelled", "")
    assert 0 < len(ours(at_home, "INBOX", settings)) < 60
    with pytest.raises(Refused, match="déjà finie"):
        actions.cancel(migration, by=at_home.secretary, at=f.NOW)


def test_a_wrong_password_stops_it_and_another_one_takes_it_up(at_home, old):
    old.add("INBOX", message(1))
    old.refuses = BoxError("L’ancienne boîte refuse ce mot de passe.", is_lasting=True)
    migration = ask(at_home)
    run()
    migration.refresh_from_db()
    assert (migration.status, migration.problem) == ("failed", "L’ancienne boîte refuse ce mot de passe.")
    with pytest.raises(Refused, match="déjà en cours"):
        ask(at_home)
    old.refuses = None
    actions.resume(migration, password="un-autre", by=at_home.secretary, at=f.NOW)
    run()
    assert Migration.objects.get().status == "done"
    assert old.asked[3] == "un-autre"


def test_a_server_that_does_not_answer_is_asked_later_then_no_more(at_home, old):
    old.refuses = BoxError("Le serveur ne répond pas.")
    migration = ask(at_home)
    for rank in range(copying.MOST_TRIES):
        copying.copy_mailbox(migration.pk, deadline=time.monotonic() + 5)
        migration.refresh_from_db()
        assert (migration.status, migration.tries) == ("running", rank + 1)
        assert migration.next_try_at > datetime.now(UTC)
    assert copying.copy_due(at=datetime.now(UTC)) is False
    copying.copy_mailbox(migration.pk, deadline=time.monotonic() + 5)
    migration.refresh_from_db()
    assert migration.status == "failed"
    later = datetime.now(UTC) + timedelta(days=8)
    copying.copy_due(at=later)
    migration.refresh_from_db()
    assert migration.secret == ""
    with pytest.raises(Refused, match="n’est plus gardé"):
        actions.resume(migration, by=at_home.secretary, at=f.NOW)
    assert erase_reports(later, by=User.objects.system(), at=later, is_dry=False) > 0


def test_what_is_too_large_is_left_and_said(at_home, old, settings, monkeypatch):
    monkeypatch.setattr(copying, "LARGEST", 500)
    old.add("INBOX", message(1))
    old.add("INBOX", message(2, weight=1000))
    ask(at_home)
    run()
    assert sums() == [("INBOX", 2, 1, 0, 1)]
    assert "50\u00a0Mo" in MigrationFolder.objects.get().problem


def test_what_is_missing_at_the_end_is_counted(at_home, old, settings, monkeypatch):
    for rank in range(4):
        old.add("INBOX", message(rank))
    real = Folders.append

    def loses(self, folder, content, *, flags, at):
        if b"<m2@" not in content:
            real(self, folder, content, flags=flags, at=at)

    monkeypatch.setattr(Folders, "append", loses)
    ask(at_home)
    run()
    assert MigrationFolder.objects.get().problem.startswith("1 messages")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"login": "pas une adresse"}, "adresse entière"),
        ({"login": "x@hotmail.fr"}, "n’ouvre plus"),
        ({"login": "x@inconnu.fr"}, "ne connaissons pas"),
        ({"host": "127.0.0.1"}, "pas un nom de serveur"),
        ({"host": "localhost"}, "pas un nom de serveur"),
        ({"host": "imap.exemple.fr/../"}, "pas un nom de serveur"),
        ({"host": "[::1]"}, "pas un nom de serveur"),
        ({"password": ""}, "Écrivez le mot de passe"),
    ],
)
def test_what_cannot_be_asked_is_refused(at_home, old, more, words):
    with pytest.raises(Refused, match=words):
        ask(at_home, **more)
    assert not Migration.objects.exists()


def test_the_password_is_nowhere_in_clear(at_home, old):
    ask(at_home)
    kept = " ".join(str(value) for value in Migration.objects.values().get().values())
    told = " ".join(str(one.facts) for one in Entry.objects.all())
    assert PASSWORD not in kept + told


def test_the_settings_name_what_exists(settings):
    assert import_string(settings.SOCLE_MAIL_OLD_SERVERS)().open


def test_nothing_is_brought_where_nothing_opens_our_boxes(at_home, old, settings):
    migration = ask(at_home)
    settings.SOCLE_MAIL_BOXES = ""
    run()
    migration.refresh_from_db()
    assert migration.problem == actions.NO_COMMAND
    Migration.objects.all().delete()
    with pytest.raises(Refused, match="n’est pas branchée"):
        ask(at_home)
