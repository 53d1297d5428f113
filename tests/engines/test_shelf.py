"""The shelf of a calendar: the same answers as Radicale’s own, from one file, whatever happens to that file."""

import os
import pickle
from pathlib import Path

import pytest
from radicale.storage import multifilesystem

from socle.agenda.contract import store
from socle.engines.radicale import shelf
from socle.engines.radicale.application import HOME, application_for, home_of
from tests.agenda.conftest import event

PLACE, SLUG = 7, "mairie"


@pytest.fixture
def calendar(settings, tmp_path, monkeypatch):
    """Ten events, a day each, trusted at once."""
    settings.SOCLE_AGENDA_DIR = tmp_path / "agendas"
    store().make(PLACE, SLUG, tag="VCALENDAR", name="Mairie")
    with store().writing(PLACE) as writer:
        for day in range(1, 11):
            text = event(f"e{day}", start=f"202612{day:02}T140000", end=f"202612{day:02}T150000")
            writer.put(SLUG, f"e{day}.ics", text, etag=None)
    monkeypatch.setattr(shelf, "SETTLED", 0)
    return home_of(PLACE) / SLUG


def collection():
    storage = application_for(PLACE).storage
    return next(iter(storage.discover(f"/{HOME}/{SLUG}/")))


def answers():
    """What is asked of all of it, by us and by Radicale alone on the same folder."""
    ours, theirs = collection(), multifilesystem.Collection(application_for(PLACE).storage, f"/{HOME}/{SLUG}/")
    return (
        [(one.href, one.etag, one.serialize(), one.uid, one.time_range, one.last_modified) for one in each.get_all()]
        for each in (ours, theirs)
    )


@pytest.fixture
def opened(monkeypatch):
    """The names of the events that were read in their own file."""
    seen = []
    true_get = multifilesystem.Collection._get
    monkeypatch.setattr(
        multifilesystem.Collection,
        "_get",
        lambda self, href, **more: (seen.append(href), true_get(self, href, **more))[1],
    )
    return seen


def test_what_was_found_once_is_answered_from_one_file(calendar, opened):
    first = [(one.href, one.serialize()) for one in collection().get_all()]
    assert len(first) == len(opened) == 10
    opened.clear()
    assert [(one.href, one.serialize()) for one in collection().get_all()] == first
    assert collection().has_uid("e3")
    assert not collection().has_uid("e11")
    assert opened == []
    ours, theirs = answers()
    assert ours == theirs


def test_a_file_written_by_another_hand_is_read_again_whatever_its_size_and_date(calendar, opened):
    list(collection().get_all())
    path = calendar / "e3.ics"
    before = path.stat()
    path.write_bytes(path.read_bytes().replace(b"Permanence", b"Permanance"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    opened.clear()
    texts = {one.href: one.serialize() for one in collection().get_all()}
    assert "Permanance" in texts["e3.ics"]
    assert opened == ["e3.ics"]
    (calendar / "e4.ics").unlink()
    assert {one.href for one in collection().get_all()} == texts.keys() - {"e4.ics"}
    assert "e4.ics" not in shelf.load(calendar / ".Radicale.cache/shelf").slots


def test_what_is_removed_is_not_kept_there(calendar):
    list(collection().get_all())
    path = calendar / ".Radicale.cache/shelf"
    assert b"e3.ics" in path.read_bytes()
    with store().writing(PLACE) as writer:
        writer.remove(SLUG, "e3.ics", etag=None)
    assert b"e3.ics" not in path.read_bytes()


def test_what_has_just_changed_is_not_trusted(settings, tmp_path, opened, monkeypatch):
    settings.SOCLE_AGENDA_DIR = tmp_path / "agendas"
    store().make(PLACE, SLUG, tag="VCALENDAR", name="Mairie")
    with store().writing(PLACE) as writer:
        writer.put(SLUG, "un.ics", event(), etag=None)
    for _ in range(2):
        opened.clear()
        assert [one.href for one in collection().get_all()] == ["un.ics"]
        assert "un.ics" in opened
    assert [one.name for one in (home_of(PLACE) / SLUG / ".Radicale.cache").glob("*shelf*")] == []
    # It is once the clock of the disk says so.
    monkeypatch.setattr(shelf, "SETTLED", 0)
    list(collection().get_all())
    opened.clear()
    assert [one.href for one in collection().get_all()] == ["un.ics"]
    assert opened == []


@pytest.mark.parametrize(
    "left",
    [
        b"",
        b"\0" * 4096,
        b"not a pickle",
        pickle.dumps(None),
        pickle.dumps((("another", "release"), "", [("e1.ics", ())])),
        pickle.dumps((shelf.VERSION, "", [("e1.ics", ("too", "short"))])),
        pickle.dumps((shelf.VERSION, "", 3)),
    ],
)
def test_whatever_is_left_there_is_only_a_copy(calendar, left):
    (calendar / ".Radicale.cache/shelf").write_bytes(left)
    ours, theirs = answers()
    assert ours == theirs
    assert len(ours) == 10


def test_one_that_was_cut_short_is_made_again(calendar):
    list(collection().get_all())
    path = calendar / ".Radicale.cache/shelf"
    path.write_bytes(path.read_bytes()[:-200])
    assert len(list(collection().get_all())) == 10
    assert len(shelf.load(path).slots) == 10


def test_where_it_cannot_be_written_everything_is_answered(calendar):
    (calendar / ".Radicale.cache/shelf/in-the-way").mkdir(parents=True)
    for _ in range(2):
        ours, theirs = answers()
        assert ours == theirs
        assert len(ours) == 10
    assert [one.name for one in (calendar / ".Radicale.cache").glob(".shelf-*")] == []


def test_several_machines_do_without_it(calendar, opened, settings):
    """A folder that others write too may tell late what they wrote; opening a file does not."""
    list(collection().get_all())
    settings.SEVERAL_MACHINES = True
    kept = (calendar / ".Radicale.cache/shelf").read_bytes()
    token, _ = collection().sync("")
    opened.clear()
    ours, theirs = answers()
    assert ours == theirs
    assert len(opened) == 20
    assert collection().sync(token)[0] == token
    assert (calendar / ".Radicale.cache/shelf").read_bytes() == kept


def test_nothing_has_changed_is_said_without_looking_at_each_event(calendar, opened):
    token, hrefs = collection().sync("")
    assert len(list(hrefs)) == 10
    opened.clear()
    assert collection().sync(token) == (token, ())
    assert opened == []
    # Asked by somebody who was there before, or was never.
    assert len(list(collection().sync("")[1])) == 10


def test_what_has_changed_since_is_what_radicale_says(calendar, time_machine):
    # Radicale lets a token go by the age of its file: by the clock of the disk, then.
    time_machine.move_to(calendar.stat().st_mtime)
    token, _ = collection().sync("")
    with store().writing(PLACE) as writer:
        etag = writer.get(SLUG, "e2.ics").etag
        writer.put(SLUG, "e2.ics", event("e2", title="Autre"), etag=etag)
        writer.remove(SLUG, "e5.ics", etag=None)
        writer.put(SLUG, "e11.ics", event("e11"), etag=None)
    after, hrefs = collection().sync(token)
    assert set(hrefs) == {"e2.ics", "e5.ics", "e11.ics"}
    assert after != token
    assert collection().sync(after) == (after, ())
    assert set(collection().sync(token)[1]) == {"e2.ics", "e5.ics", "e11.ics"}


def test_a_heavy_card_stays_in_its_own_file(settings, tmp_path, opened, monkeypatch):
    monkeypatch.setattr(shelf, "SETTLED", 0)
    settings.SOCLE_AGENDA_DIR = tmp_path / "agendas"
    store().make(PLACE, SLUG, tag="VADDRESSBOOK", name="Contacts")
    photograph = "A" * shelf.HEAVIEST
    card = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:c{0}\r\nFN:D{0}\r\nN:E;D;;;\r\nNOTE:{1}\r\nEND:VCARD\r\n"
    with store().writing(PLACE) as writer:
        writer.put(SLUG, "light.vcf", card.format(1, ""), etag=None)
        writer.put(SLUG, "heavy.vcf", card.format(2, photograph), etag=None)
    list(collection().get_all())
    opened.clear()
    held = {one.href: photograph in one.serialize().replace("\r\n ", "") for one in collection().get_all()}
    assert held == {"light.vcf": False, "heavy.vcf": True}
    assert opened == ["heavy.vcf"]
    assert collection().has_uid("c2")
    assert (home_of(PLACE) / SLUG / ".Radicale.cache/shelf").stat().st_size < shelf.HEAVIEST


def put(name, text):
    with store().writing(PLACE) as writer:
        before = writer.get(SLUG, f"{name}.ics")
        return writer.put(SLUG, f"{name}.ics", text, etag=before.etag if before else None)


def test_what_is_written_waits_for_the_disk_before_it_is_said_and_for_nothing_else(calendar, monkeypatch):
    waited = []

    def flushed(number):
        path = Path(os.readlink(f"/proc/self/fd/{number}"))
        waited.append((path.parent if path.is_file() else path, "Autre" in (calendar / "e3.ics").read_text()))

    monkeypatch.setattr(os, "fsync", flushed)
    put("e3", event("e3", title="Autre"))
    # The bytes aside, then the name.
    assert waited == [(calendar, False), (calendar, True)]


@pytest.mark.parametrize("left", [b"", b"\x80\x04", b"\0" * 64])
@pytest.mark.slow
def test_what_a_loss_of_power_cuts_short_is_made_again_from_the_files(calendar, left, time_machine):
    time_machine.move_to(calendar.stat().st_mtime)
    token, _ = collection().sync("")
    put("e3", event("e3", title="Autre"))
    for path in (calendar / ".Radicale.cache").rglob("*.ics"):
        path.write_bytes(left)
    (calendar / ".Radicale.cache/shelf").unlink(missing_ok=True)
    put("e4", event("e4", title="Encore"))
    ours, theirs = answers()
    assert ours == theirs
    after, hrefs = collection().sync(token)
    assert {"e3.ics", "e4.ics"} <= set(hrefs)
    for path in (calendar / ".Radicale.cache/sync-token").iterdir():
        path.write_bytes(left)
    # Its program asks for all of it again.
    put("e5", event("e5", title="Enfin"))
    with pytest.raises(ValueError, match=r"[Tt]oken"):
        collection().sync(after)
    assert len(list(collection().sync("")[1])) == 10


def test_who_comes_back_to_what_was_there_before_a_loss_of_power_is_told(calendar, time_machine):
    time_machine.move_to(calendar.stat().st_mtime)
    first = (calendar / "e3.ics").read_bytes().decode()
    token, _ = collection().sync("")
    history = calendar / ".Radicale.cache/history/e3.ics"
    known = history.read_bytes()
    put("e3", event("e3", title="Autre"))
    history.write_bytes(known)
    put("e3", first)
    assert list(collection().sync(token)[1]) == ["e3.ics"]
