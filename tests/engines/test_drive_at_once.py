"""What a drive asks most, answered at once: by one query, by the rules of the long way, and no moment longer."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from lxml import etree

from socle.engines.own_files.drive.listing import asked
from socle.files import queries
from socle.files.actions import bin, spaces
from socle.files.models import Entry, FolderRight
from socle.people.models import Role, User
from tests import factories as f
from tests.engines.drive import Body, Drive, body_of
from tests.files.conftest import a_disk_of_its_own, mayor, place, put, secretary, space  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.fixture
def drive(space, place, secretary):  # noqa: F811
    return Drive(secretary, place)


ASKED = (
    b'<?xml version="1.0"?><D:propfind xmlns:D="DAV:" xmlns:o="http://owncloud.org/ns?a=1&amp;b=2"><D:prop>'
    b"<D:displayname/><D:getlastmodified/><D:getcontentlength/><D:resourcetype/><D:getetag/><D:creationdate/>"
    b"<D:getcontenttype/><o:checksums/></D:prop></D:propfind>"
)


def test_a_file_is_read_in_one_query_and_a_folder_in_two_whatever_it_holds(drive, django_assert_num_queries):
    for rank in range(3):
        assert drive.put(f"/Secr%C3%A9tariat/{rank}.txt").status_code == 201
    for _ in range(2):
        # PostgreSQL prepares each question once.
        drive.content("/Secr%C3%A9tariat/1.txt")
        drive.ask("PROPFIND", "/Secr%C3%A9tariat/", ASKED, depth="1")
    with django_assert_num_queries(1):
        assert drive.content("/Secr%C3%A9tariat/1.txt") == b"bonjour"
    with django_assert_num_queries(1):
        assert drive.ask("HEAD", "/Secr%C3%A9tariat/1.txt").status_code == 200
    with django_assert_num_queries(1):
        assert body_of(drive.ask("GET", "/Secr%C3%A9tariat/1.txt", range="bytes=0-2")) == b"bon"
    with django_assert_num_queries(2):
        assert drive.ask("PROPFIND", "/Secr%C3%A9tariat/", ASKED, depth="1").status_code == 207


def test_a_small_file_leaves_whole_and_a_large_one_piece_by_piece(drive):
    for size, by_pieces in ((100_000, False), (2_000_000, True)):
        body = bytes(size)
        assert drive.put("/a.bin", body).status_code in (201, 204)
        answer = drive.ask("GET", "/a.bin")
        assert answer.streaming is by_pieces
        assert answer["Content-Length"] == str(size)
        assert body_of(answer) == body


def test_what_a_device_asks_meets_no_session_and_keeps_what_stands_before(drive, client):
    drive.client.cookies["sessionid"] = "a" * 32
    for answer in (drive.ask("PROPFIND", depth="0"), drive.ask("PUT", "/"), drive.ask("GET", "/"), drive.put("/a.txt")):
        assert answer["X-Request-ID"]
        assert answer["Content-Security-Policy"]
        assert answer["Cache-Control"] == "no-store"
        assert answer["Content-Length"] == str(len(answer.content))
        assert not answer.cookies
        assert "Vary" not in answer
    assert client.get("/dav/ailleurs/").status_code == 404


def test_a_folder_that_is_there_is_said_to_be_in_one_query(drive, django_assert_num_queries):
    """Programs make the folders of a file before each file."""
    assert drive.ask("MKCOL", "/Secr%C3%A9tariat/A/").status_code == 201
    assert drive.ask("MKCOL", "/Secr%C3%A9tariat/A/").status_code == 405
    with django_assert_num_queries(1):
        assert drive.ask("MKCOL", "/Secr%C3%A9tariat/A/").status_code == 405
    assert drive.ask("MKCOL", "/Secr%C3%A9tariat/rien/B/").status_code == 409


def test_a_file_is_kept_in_six_queries(drive, monkeypatch):
    """Who comes and where; the space held and counted; all of it again; what the bytes are, the file, its line."""
    drive.put("/Secr%C3%A9tariat/1.txt", b"un")
    flushed = []
    monkeypatch.setattr("os.fsync", flushed.append)
    with CaptureQueriesContext(connection) as asked:
        assert drive.put("/Secr%C3%A9tariat/2.txt", b"deux").status_code == 201
    counted = [one for one in asked if not one["sql"].startswith(("BEGIN", "SAVEPOINT", "RELEASE"))]
    assert len(counted) == 6, [one["sql"][:80] for one in counted]
    # The file, and the folder that names it: made with it, once, the one above too.
    assert len(flushed) in (2, 3)


def test_what_is_told_at_once_is_what_the_library_tells(drive, monkeypatch):
    drive.put("/Secr%C3%A9tariat/l%27%C3%A9t%C3%A9%20%26%20(suite).txt", b"<&>")
    drive.ask("MKCOL", "/Secr%C3%A9tariat/a%2Bb/")
    drive.put("/Secr%C3%A9tariat/table.csv", b"a;b")
    drive.put("/Secr%C3%A9tariat/vide")

    def told(path, depth):
        answer = drive.ask("PROPFIND", path, ASKED, depth=depth)
        assert answer.status_code == 207
        return [
            [one.findtext("{DAV:}href"), *sorted(
                (status.findtext("{DAV:}status"), prop.tag, prop.text or "", len(prop))
                for status in one.findall("{DAV:}propstat") for prop in status.find("{DAV:}prop")
            )] for one in etree.fromstring(body_of(answer))
        ]  # fmt: skip

    places = [("/Secr%C3%A9tariat/", "1"), ("/Secr%C3%A9tariat/", "0"), ("/Secr%C3%A9tariat/table.csv", "1")]
    at_once = [told(*one) for one in places]
    with monkeypatch.context() as patched:
        patched.setattr("socle.engines.own_files.drive.listing.asked", lambda body: None)
        assert [told(*one) for one in places] == at_once
    assert len(at_once[0]) == 5


def test_a_property_of_a_program_is_told_among_the_others(drive):
    drive.put("/Secr%C3%A9tariat/a.txt")
    patch = (
        b'<D:propertyupdate xmlns:D="DAV:" xmlns:o="http://owncloud.org/ns?a=1&amp;b=2"><D:set><D:prop>'
        b"<o:checksums>bleu</o:checksums></D:prop></D:set></D:propertyupdate>"
    )
    for path in ("/Secr%C3%A9tariat/a.txt", "/Secr%C3%A9tariat/"):
        assert b"bleu" not in body_of(drive.ask("PROPFIND", path, ASKED, depth="0"))
        assert drive.ask("PROPPATCH", path, patch).status_code == 207
        assert b"bleu" in body_of(drive.ask("PROPFIND", path, ASKED, depth="0"))
        assert b"bleu" in body_of(drive.ask("PROPFIND", "/Secr%C3%A9tariat/", ASKED, depth="1"))


ROLES = (Role.SECRETARY, Role.MAYOR, Role.DEPUTY, Role.COUNCILLOR, Role.AGENT)
SPOKEN_OF = [role for role in ROLES if role != Role.MAYOR]
# Each of these is said of each function in turn, while others are said of the others.
SAID = (None, "none", "read", "write")
LEVELS = [
    {},
    *({role: level for rank, role in enumerate(SPOKEN_OF) if (level := SAID[(rank + turn) % 4])} for turn in range(4)),
]


@pytest.mark.slow
@pytest.mark.parametrize("said", LEVELS, ids=str)
def test_at_once_opens_what_the_long_way_opens(drive, space, place, mayor, monkeypatch, said):  # noqa: F811
    """By each function, whatever the mairie said of a folder: what is read in one query refuses no more and no less."""
    drive.put("/Secr%C3%A9tariat/a.txt")
    drive.put("/racine.txt")
    top = queries.find(space, ["Secrétariat"]).entry.pk
    spaces.give_rights(space, {(top, role): level for role, level in said.items()}, by=mayor, at=f.NOW)
    asked = [
        (method, path)
        for path in (
            "/Secr%C3%A9tariat/a.txt",
            "/Secr%C3%A9tariat/n.txt",
            "/racine.txt",
            "/n.txt",
            "/Secr%C3%A9tariat/",
        )
        for method in ("GET", "PROPFIND", "PUT")
    ]

    bodies = {"GET": b"", "PROPFIND": ASKED, "PUT": b"x"}

    def statuses(theirs):
        seen = []
        for method, path in asked:
            seen.append(theirs.ask(method, path, bodies[method], depth="0").status_code)
            if path.endswith("n.txt"):
                Entry.objects.filter(name="n.txt").delete()
        return seen

    for role in ROLES:
        theirs = Drive(mayor if role == Role.MAYOR else f.member(role, place), place)
        at_once = statuses(theirs)
        with monkeypatch.context() as patched:
            patched.setattr("socle.engines.own_files.drive.view._reach_at_once", lambda *args, **named: None)
            assert statuses(theirs) == at_once, role


def of(person):
    return User.objects.filter(pk=person.pk)


def closed(where, person):
    FolderRight.objects.create(folder=queries.find(where, ["Secrétariat"]).entry, role=Role.MAYOR, level="none")


def thrown(*names):
    return lambda where, person: bin.trash(queries.find(where, names), by=person, at=f.NOW)


WITHDRAWN = {
    "the function ended": (lambda where, person: person.memberships.update(ends_on=f.date(2026, 11, 24)), 404),
    "the function begins tomorrow": (
        lambda where, person: person.memberships.update(starts_on=f.date(2026, 11, 26)),
        404,
    ),
    "the function is gone": (lambda where, person: person.memberships.all().delete(), 404),
    "the device ended": (lambda where, person: person.device_passwords.update(ended_at=f.NOW), 401),
    "the device opens something else": (
        lambda where, person: person.device_passwords.update(opens_files=False, opens_mail=True),
        401,
    ),
    "the secret is another": (lambda where, person: person.device_passwords.update(digest="{SSHA256}AAAA"), 401),
    "the account is closed": (lambda where, person: of(person).update(is_active=False), 401),
    "the address is another": (lambda where, person: of(person).update(email="autre@exemple.invalid"), 401),
    "the second factor is gone": (lambda where, person: person.authenticator_set.all().delete(), 403),
    "the folder is closed to the function": (closed, 404),
    "the space is suspended": (lambda where, person: type(where).objects.update(suspended_at=f.NOW), 403),
    "the file is in the bin": (thrown("Secrétariat", "a.txt"), 404),
    "the folder is in the bin": (thrown("Secrétariat"), 404),
}


@pytest.mark.parametrize("withdrawn", WITHDRAWN)
def test_what_was_withdrawn_opens_nothing_from_that_instant(space, place, mayor, withdrawn):  # noqa: F811
    """The question was asked just before, and stays written; its answer is not."""
    theirs = Drive(mayor, place)
    theirs.put("/Secr%C3%A9tariat/a.txt")
    assert theirs.ask("GET", "/Secr%C3%A9tariat/a.txt").status_code == 200
    withdraw, status = WITHDRAWN[withdrawn]
    withdraw(space, mayor)
    for method in ("GET", "HEAD", "PROPFIND"):
        assert theirs.ask(method, "/Secr%C3%A9tariat/a.txt", depth="0").status_code == status, method
    if "bin" not in withdrawn:
        assert theirs.put("/Secr%C3%A9tariat/b.txt").status_code in (status, 409)
        assert not Entry.objects.filter(name="b.txt").exists()


@pytest.mark.parametrize("way", ["role", "level", "account", "suspended"])
def test_a_right_withdrawn_while_a_file_comes_keeps_nothing_of_it(drive, space, secretary, way):  # noqa: F811
    drive.put("/Secr%C3%A9tariat/a.txt", b"entier")
    folder = queries.find(space, ["Secrétariat"]).entry

    class Slow(Body):
        def __init__(self):
            self.left = [b"de", b"ux"]

        def read(self, size=-1):
            if len(self.left) == 1 and way == "role":
                secretary.memberships.update(ends_on=f.date(2026, 11, 24))
            elif len(self.left) == 1 and way == "level":
                FolderRight.objects.create(folder=folder, role=Role.SECRETARY, level="read")
            elif len(self.left) == 1 and way == "account":
                User.objects.filter(pk=secretary.pk).update(is_active=False)
            elif len(self.left) == 1:
                type(space).objects.update(suspended_at=f.NOW)
            return self.left.pop(0) if self.left else b""

    answer = drive.client.generic(
        "PUT", f"{drive.base}/Secr%C3%A9tariat/a.txt", b"deux", HTTP_AUTHORIZATION=drive.header,
        **{"wsgi.input": Slow()},
    )  # fmt: skip
    assert answer.status_code == 403
    kept = queries.find(space, ["Secrétariat", "a.txt"]).entry
    assert kept.size == 6
    space.refresh_from_db()
    assert space.used_bytes == queries.counted(space)


def test_bytes_that_the_space_has_already_are_written_over_a_file_and_count_once(drive, space):  # noqa: F811
    drive.put("/a.txt", b"un")
    drive.put("/b.txt", b"deux!")
    assert drive.put("/a.txt", b"deux!").status_code == 204
    assert drive.content("/a.txt") == b"deux!"
    assert queries.find(space, ["a.txt"]).entry.size == 5
    space.refresh_from_db()
    assert space.used_bytes == queries.counted(space) == 7


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<D:propfind",
        b'<D:propfind xmlns:D="DAV:"/>',
        b'<D:propfind xmlns:D="DAV:"><D:allprop/></D:propfind>',
        b'<D:propfind xmlns:D="DAV:"><!-- x --><D:prop><D:getetag/></D:prop></D:propfind>',
        b'<!DOCTYPE x [<!ENTITY a "b">]><D:propfind xmlns:D="DAV:"><D:prop>&a;</D:prop></D:propfind>',
    ],
    ids=["nothing", "cut", "empty", "all", "a comment", "an entity"],
)
def test_a_listing_asked_otherwise_is_left_to_the_library(body):
    assert asked(body) is None
