"""The network drive: what programs do every day, and what is refused to whoever tries."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scope, scopes_disabled

from socle.engines.simulated.scanner import TRIAL
from socle.files import queries
from socle.files.actions import spaces
from socle.files.models import Content, Entry, Lock, Property, Version
from socle.journal.models import Entry as Line
from socle.people.devices.models import Use
from socle.people.models import HelpAccess, Role, User
from tests import factories as f
from tests.engines.drive import LOCK, Body, Drive, body_of, secret_of
from tests.files.conftest import a_disk_of_its_own, mayor, place, put, secretary, space  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.fixture
def drive(space, place, secretary):  # noqa: F811
    return Drive(secretary, place)


@pytest.fixture
def neighbour(space):  # noqa: F811
    """Another commune, its folder, its secretary's device, and a file of hers."""
    there = f.beneficiary(f.commune("62001", "Ablain", 1800))
    person = f.member(Role.SECRETARY, there)
    spaces.open_space(there, by=User.objects.system(), at=f.NOW)
    theirs = Drive(person, there)
    assert theirs.put("/secret.txt", b"de la voisine").status_code == 201
    return theirs


# --- Every day -------------------------------------------------------------------------------------------------------
def test_a_file_goes_and_comes_back(drive, space, secretary):  # noqa: F811
    answer = drive.put("/Secr%C3%A9tariat/lettre.txt")
    assert answer.status_code == 201
    assert drive.content("/Secr%C3%A9tariat/lettre.txt") == b"bonjour"
    assert answer["ETag"] == drive.ask("HEAD", "/Secr%C3%A9tariat/lettre.txt")["ETag"]
    assert drive.names("/Secr%C3%A9tariat/") == ["lettre.txt"]
    made = queries.find(space, ["Secrétariat", "lettre.txt"]).entry
    assert made.modified_by == secretary
    assert Line.objects.filter(verb="file.added", by_ref=f"people.user:{secretary.pk}").count() == 1


def test_a_part_of_a_file_is_given(drive):
    drive.put("/a.bin", bytes(range(256)) * 100)
    answer = drive.ask("GET", "/a.bin", range="bytes=256-511")
    assert answer.status_code == 206
    assert answer["Content-Range"] == "bytes 256-511/25600"
    assert body_of(answer) == bytes(range(256))
    assert drive.ask("GET", "/a.bin", range="bytes=99999-").status_code == 416


def test_writing_over_makes_a_version_and_deleting_fills_the_bin(drive, space):  # noqa: F811
    drive.put("/a.txt", b"un")
    assert drive.put("/a.txt", b"deux").status_code == 204
    assert Version.objects.get().size == 2
    assert drive.ask("DELETE", "/a.txt").status_code == 204
    assert drive.ask("GET", "/a.txt").status_code == 404
    assert Entry.objects.get(trashed_at__isnull=False).name == "a.txt"


@pytest.mark.slow
def test_a_folder_is_made_moved_copied_and_thrown_away(drive, space):  # noqa: F811
    assert drive.ask("MKCOL", "/A/").status_code == 201
    drive.put("/A/un.txt", b"un")
    assert drive.ask("MKCOL", "/A/B/").status_code == 201
    drive.put("/A/B/deux.txt", b"deux")
    assert drive.ask("COPY", "/A/", destination=f"http://localhost{drive.base}/C/").status_code == 201
    assert drive.ask("MOVE", "/A/", destination=f"http://localhost{drive.base}/D/").status_code == 201
    assert drive.content("/D/B/deux.txt") == drive.content("/C/B/deux.txt") == b"deux"
    assert Content.objects.count() == 2
    assert drive.ask("COPY", "/C/", destination=f"http://localhost{drive.base}/E/", depth="0").status_code == 201
    assert drive.names("/E/") == []
    assert drive.ask("DELETE", "/C/").status_code == 204
    assert "C" not in drive.names()
    assert drive.ask("MKCOL", "/D/").status_code == 405
    assert drive.ask("MKCOL", "/rien/E/").status_code == 409


def test_a_program_that_saves_beside_then_over_keeps_the_history(drive, space):  # noqa: F811
    drive.put("/lettre.docx", b"un")
    drive.put("/~WRD0001.tmp", b"deux")
    answer = drive.ask("MOVE", "/~WRD0001.tmp", destination=f"http://localhost{drive.base}/lettre.docx")
    assert answer.status_code == 204
    assert drive.content("/lettre.docx") == b"deux"
    assert Version.objects.get().size == 2
    assert "~WRD0001.tmp" not in drive.names()


def test_a_name_changes_only_its_case(drive):
    drive.put("/lettre.txt")
    moved = drive.ask("MOVE", "/lettre.txt", destination=f"http://localhost{drive.base}/LETTRE.txt", overwrite="F")
    assert moved.status_code == 201
    assert "LETTRE.txt" in drive.names()
    assert drive.content("/lettre.TXT") == b"bonjour"


def test_no_name_takes_the_place_of_another_nor_changes_on_its_way(drive):
    drive.put("/stra%C3%9Fe.txt", b"un")
    assert drive.put("/STRASSE.txt", b"deux").status_code == 201
    assert drive.content("/stra%C3%9Fe.txt") == b"un"
    for method, path in (("PUT", "/fin%20"), ("PUT", "/fin."), ("MKCOL", "/fin%20/"), ("LOCK", "/fin%20")):
        answer = drive.ask(method, path, LOCK if method == "LOCK" else b"")
        assert answer.status_code in (400, 403)
        assert "ne finit" in body_of(answer).decode()
    assert drive.ask("MOVE", "/STRASSE.txt", destination=f"http://localhost{drive.base}/fin%20").status_code == 403
    assert not [name for name in drive.names() if name.startswith("fin")]


def test_a_condition_that_does_not_hold_writes_nothing(drive):
    first = drive.put("/a.txt", b"un")["ETag"]
    drive.put("/a.txt", b"deux")
    assert drive.put("/a.txt", b"trois", if_match=first).status_code == 412
    assert drive.put("/a.txt", b"trois", if_none_match="*").status_code == 412
    assert drive.put("/nouveau.txt", b"trois", if_match=first).status_code == 412
    assert drive.content("/a.txt") == b"deux"
    current = drive.ask("HEAD", "/a.txt")["ETag"]
    assert drive.put("/a.txt", b"trois", if_match=current).status_code == 204


@pytest.mark.slow
def test_a_property_that_a_program_writes_is_given_back_and_follows_the_file(drive):
    drive.put("/a.txt")
    patch = (
        b'<D:propertyupdate xmlns:D="DAV:" xmlns:x="urn:x"><D:set><D:prop><x:couleur>bleu</x:couleur></D:prop></D:set>'
        b"</D:propertyupdate>"
    )
    assert drive.ask("PROPPATCH", "/a.txt", patch).status_code == 207
    drive.ask("MOVE", "/a.txt", destination=f"http://localhost{drive.base}/b.txt")
    drive.ask("COPY", "/b.txt", destination=f"http://localhost{drive.base}/c.txt")
    for path in ("/b.txt", "/c.txt"):
        assert b"bleu" in body_of(drive.ask("PROPFIND", path, depth="0"))
    huge = patch.replace(b"bleu", b"x" * 40_000)
    assert b"507" in body_of(drive.ask("PROPPATCH", "/c.txt", huge.replace(b"couleur", b"autre")))
    assert Property.objects.count() == 2


def test_the_quota_is_told_to_whoever_asks(drive, space):  # noqa: F811
    asked = b'<D:propfind xmlns:D="DAV:"><D:prop><D:quota-available-bytes/><D:quota-used-bytes/></D:prop></D:propfind>'
    drive.put("/a.txt", b"1234567")
    said = body_of(drive.ask("PROPFIND", "/", asked, depth="0"))
    assert f">{space.quota_bytes - 7}<".encode() in said
    assert b">7<" in said


def test_above_the_folders_one_sees_those_one_serves(drive, secretary, neighbour):  # noqa: F811
    drive.base = "/dav/dossier"
    assert drive.names("/") == ["Commune de Prisches"]
    f.member(Role.SECRETARY, f.beneficiary(f.commune("80001", "Abbeville", 900)), email=secretary.email)
    assert drive.names("/") == ["Commune de Prisches"]  # The other has no folder yet.
    assert drive.put("/").status_code == 403
    assert drive.put("/x.txt").status_code == 404


@pytest.mark.slow
def test_ten_thousand_files_are_listed_in_a_few_queries(drive, space):  # noqa: F811
    drive.names()  # The device notes once that it was used.
    root = queries.root_of(space)
    content = Content.objects.create(space=space, sha256="0" * 64, size=1, kind="text/plain", added_at=f.NOW)

    def cost(count):
        Entry.objects.bulk_create(
            Entry(
                space=space, parent=root, name=f"f{count}-{rank}", key=f"f{count}-{rank}", search_name="f",
                is_folder=False, content=content, size=1, made_at=f.NOW, modified_at=f.NOW,
            )
            for rank in range(count)
        )  # fmt: skip
        with CaptureQueriesContext(connection) as queries_made:
            assert drive.ask("PROPFIND", "/", depth="1").status_code == 207
        return len(queries_made)

    assert cost(10) == cost(2000) <= 20


# --- Locks -----------------------------------------------------------------------------------------------------------
@pytest.mark.slow
def test_a_document_that_is_open_is_not_written_by_another(drive, place, mayor, space):  # noqa: F811
    drive.put("/lettre.odt", b"un")
    token = drive.lock("/lettre.odt")
    other = Drive(mayor, place)
    assert other.put("/lettre.odt", b"deux").status_code == 423
    assert other.ask("DELETE", "/lettre.odt").status_code == 423
    assert other.ask("LOCK", "/lettre.odt", LOCK).status_code == 423
    assert other.ask("UNLOCK", "/lettre.odt", lock_token=token).status_code == 403
    assert drive.put("/lettre.odt", b"deux").status_code == 423  # Its own person, without the token.
    assert drive.put("/lettre.odt", b"deux", **{"if": f"({token})"}).status_code == 204
    assert drive.ask("UNLOCK", "/lettre.odt", lock_token=token).status_code == 204
    assert other.put("/lettre.odt", b"trois").status_code == 204
    assert not Lock.objects.exists()


def test_a_lock_on_nothing_makes_an_empty_file_that_is_then_written(drive):
    token = drive.lock("/nouveau.odt")
    assert drive.content("/nouveau.odt") == b""
    assert drive.put("/nouveau.odt", b"plein", **{"if": f"({token})"}).status_code == 204
    assert not Version.objects.exists()
    # In a folder that is not there, nothing is locked.
    assert drive.ask("LOCK", "/rien/nouveau.odt", LOCK).status_code == 409


def test_a_lock_is_over_one_day_at_most(drive, time_machine):
    drive.put("/a.txt")
    drive.lock("/a.txt", timeout="Infinite")
    assert Lock.objects.get().expires_at <= f.NOW + timedelta(days=1)
    time_machine.move_to(f.NOW + timedelta(days=2))
    assert drive.put("/a.txt", b"plus tard").status_code == 204


def test_a_lock_taken_while_a_file_comes_wins(drive, place, mayor, space):  # noqa: F811
    """What was free when the writing began is looked at again when it is kept, whatever process granted the lock."""
    drive.put("/a.txt", b"un")
    path = queries.drive_path(queries.find(space, ["a.txt"]))

    class Slow(Body):
        def __init__(self):
            self.left = [b"de", b"ux"]

        def read(self, size=-1):
            if len(self.left) == 1:
                Lock.objects.create(
                    space=space, path=path, user=mayor, token="opaquelocktoken:late", scope="exclusive", is_deep=False,
                    timeout=60, expires_at=f.NOW + timedelta(minutes=5),
                )  # fmt: skip
            return self.left.pop(0) if self.left else b""

    answer = drive.client.generic(
        "PUT", f"{drive.base}/a.txt", b"deux", HTTP_AUTHORIZATION=drive.header, **{"wsgi.input": Slow()}
    )
    assert answer.status_code == 423
    Lock.objects.all().delete()
    assert drive.content("/a.txt") == b"un"


# --- Who enters ------------------------------------------------------------------------------------------------------
def test_nobody_enters_without_the_password_of_a_device(space, place, secretary, client):  # noqa: F811
    path = f"/dav/dossier/{place.pk}/"
    answer = client.get(path)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Basic")
    secretary.set_password("le mot de passe de la plateforme")
    secretary.save()
    assert Drive(secretary, place, secret="le mot de passe de la plateforme").ask("PROPFIND").status_code == 401
    assert Drive(secretary, place, secret=secret_of(secretary, Use.AGENDA)).ask("PROPFIND").status_code == 401
    assert Drive(secretary, place, login="autre@exemple.invalid").ask("PROPFIND").status_code == 401
    # A session opens nothing here.
    client.force_login(secretary)
    assert client.get(path).status_code == 401


@pytest.mark.slow
def test_whoever_guesses_is_slowed_down(space, place, secretary):  # noqa: F811
    guess = Drive(secretary, place, secret="ABCDEFGH-aaaaa-aaaaa-aaaaa-aaaaa")
    seen = {guess.ask("PROPFIND").status_code for _ in range(70)}
    assert seen == {401, 429}


def test_a_function_that_ended_closes_the_drive(drive, secretary):  # noqa: F811
    assert drive.ask("PROPFIND", depth="0").status_code == 207
    secretary.memberships.update(ends_on=f.date(2026, 11, 24))
    assert drive.ask("PROPFIND", depth="0").status_code == 404


def test_a_helper_enters_while_let_in_and_it_is_said(drive, place, mayor):  # noqa: F811
    cdg = f.operator("cdg", "Centre de gestion", 7)
    advisor = f.member(Role.CDG_ADVISOR, cdg)
    theirs = Drive(advisor, place)
    assert theirs.ask("PROPFIND", depth="0").status_code == 404
    access = HelpAccess.objects.create(
        beneficiary=place, operator=cdg, motive="Congé", starts_on=f.TODAY, ends_on=f.TODAY + timedelta(days=3),
        opened_by=mayor, opened_at=f.NOW,
    )  # fmt: skip
    assert theirs.put("/aide.txt").status_code == 201
    assert Line.objects.filter(verb="file.added").latest("pk").facts["helper"] == "cdg"
    HelpAccess.objects.filter(pk=access.pk).update(closed_at=f.NOW)
    assert theirs.put("/aide.txt").status_code == 404


@pytest.mark.slow
def test_what_a_role_may_not_see_or_write_is_not_there_or_refused(drive, space, mayor, place):  # noqa: F811
    theirs = Drive(mayor, place)
    theirs.put("/Conseil%20municipal/ordre.txt")
    top = queries.find(space, ["Conseil municipal"]).entry.pk
    spaces.give_rights(space, {(top, "secretary"): "read"}, by=mayor, at=f.NOW)
    assert drive.content("/Conseil%20municipal/ordre.txt") == b"bonjour"
    for method, path in (("PUT", "/ordre.txt"), ("PUT", "/autre.txt"), ("DELETE", "/ordre.txt"), ("MKCOL", "/x/")):
        assert drive.ask(method, f"/Conseil%20municipal{path}").status_code == 403, (method, path)
    spaces.give_rights(space, {(top, "secretary"): "none"}, by=mayor, at=f.NOW)
    assert drive.ask("GET", "/Conseil%20municipal/ordre.txt").status_code == 404
    assert "Conseil municipal" not in drive.names()


def test_a_suspended_folder_opens_nothing_and_comes_back(drive, space, secretary):  # noqa: F811
    drive.put("/a.txt")
    spaces.suspend_space(space, by=secretary, at=f.NOW)
    assert drive.ask("GET", "/a.txt").status_code == 403
    spaces.resume_space(space, by=secretary, at=f.NOW)
    assert drive.content("/a.txt") == b"bonjour"


# --- Another commune's -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PROPFIND", "MKCOL", "LOCK", "COPY", "MOVE", "PROPPATCH"])
@pytest.mark.parametrize(
    "way", ["{there}/secret.txt", "{here}/../{number}/secret.txt", "{here}/x/../../{number}/secret.txt"]
)
def test_another_s_folder_is_not_there(drive, neighbour, method, way):
    with scopes_disabled():
        before = list(Entry.objects.order_by("pk").values_list("pk", "name", "trashed_at"))
    number = neighbour.base.rpartition("/")[2]
    path = way.format(there=neighbour.base, here=drive.base, number=number)
    drive.base = ""
    answer = drive.ask(method, path, b"", destination="http://localhost/dav/dossier/1/x.txt", depth="0")
    assert answer.status_code in (400, 403, 404), answer.status_code
    assert b"de la voisine" not in body_of(answer)
    with scopes_disabled():
        assert list(Entry.objects.order_by("pk").values_list("pk", "name", "trashed_at")) == before


@pytest.mark.parametrize("method", ["COPY", "MOVE"])
@pytest.mark.parametrize("host", ["http://localhost", "", "http://ailleurs.example"])
def test_nothing_is_copied_nor_moved_to_another_s(drive, neighbour, method, host):
    drive.put("/a.txt")
    there = f"{host}{neighbour.base}/a.txt"
    assert drive.ask(method, "/a.txt", destination=there).status_code == 403
    crafted = f"{host}{drive.base}/../{neighbour.base.rpartition('/')[2]}/a.txt"
    assert drive.ask(method, "/a.txt", destination=crafted).status_code == 403
    assert drive.ask(method, "/a.txt", destination=crafted.replace("..", "%2e%2e")).status_code == 403
    assert "a.txt" not in neighbour.names()


def test_a_lock_of_another_s_folder_is_neither_seen_nor_ended(drive, neighbour):
    token = neighbour.lock("/secret.txt")
    drive.put("/secret.txt")
    assert drive.ask("UNLOCK", "/secret.txt", lock_token=token).status_code == 409
    assert drive.put("/secret.txt", b"x").status_code == 204
    with scopes_disabled():
        assert Lock.objects.count() == 1


# --- What nobody sends in good faith ---------------------------------------------------------------------------------
def test_five_gibibytes_over_the_quota_are_refused_before_a_byte_is_read(drive, space, secretary):  # noqa: F811
    spaces.set_quota(space, 1000, by=secretary, at=f.NOW)

    class Untouched(Body):
        def read(self, size=-1):
            raise AssertionError("the body was read")

    answer = drive.client.generic(
        "PUT", f"{drive.base}/gros.bin", b"", HTTP_AUTHORIZATION=drive.header, CONTENT_LENGTH=str(5 * 2**30),
        **{"wsgi.input": Untouched()},
    )  # fmt: skip
    assert answer.status_code == 507
    assert drive.put("/petit.txt").status_code == 201


class Pieces(Body):
    """A body sent in pieces: what is left of it, then the end, or what a cut looks like."""

    def __init__(self, *left):
        self.left = list(left)

    def read(self, size=-1):
        if not self.left:
            return b""
        piece = self.left.pop(0)
        if 0 <= size < len(piece):
            self.left.insert(0, piece[size:])
        return piece[:size] if size >= 0 else piece


def in_pieces(drive, path, *pieces, **headers):
    return drive.client.generic(
        "PUT", drive.base + path, b"", HTTP_AUTHORIZATION=drive.header, HTTP_TRANSFER_ENCODING="chunked",
        **{"CONTENT_LENGTH": "", "wsgi.input": Pieces(*pieces)}, **headers,
    )  # fmt: skip


@pytest.mark.parametrize("announced", ["", "-1", "x", "²", "9" * 40])
def test_a_file_whose_length_is_not_announced_is_not_taken(drive, space, a_disk_of_its_own, announced):  # noqa: F811
    drive.put("/a.txt", b"entier")
    answer = in_pieces(drive, "/a.txt", b"moi", HTTP_X_EXPECTED_ENTITY_LENGTH=announced)
    assert answer.status_code == 411
    assert "déposez-le par la page web" in body_of(answer).decode()
    assert drive.content("/a.txt") == b"entier"
    assert not [path for path in a_disk_of_its_own.iterdir() if path.is_file()]


def test_the_pieces_that_finder_sends_are_kept_when_they_weigh_what_it_says(drive, space, secretary, a_disk_of_its_own):  # noqa: F811
    """It writes X-Expected-Entity-Length beside what it sends in pieces."""
    assert in_pieces(drive, "/a.txt", b"ent", b"ier", HTTP_X_EXPECTED_ENTITY_LENGTH="6").status_code == 201
    assert in_pieces(drive, "/vide.txt", HTTP_X_EXPECTED_ENTITY_LENGTH="0").status_code == 201
    for pieces in ((b"moi",), (b"entier", b"s"), (b"beaucoup trop",)):
        assert in_pieces(drive, "/a.txt", *pieces, HTTP_X_EXPECTED_ENTITY_LENGTH="6").status_code >= 400
        assert drive.content("/a.txt") == b"entier"
    spaces.set_quota(space, 1000, by=secretary, at=f.NOW)
    assert in_pieces(drive, "/b.bin", b"x", HTTP_X_EXPECTED_ENTITY_LENGTH="5000").status_code == 507
    assert queries.find(space, ["b.bin"]) is None
    assert not [path for path in a_disk_of_its_own.iterdir() if path.is_file()]


def test_a_body_that_ends_too_soon_keeps_what_was_there(drive, space, a_disk_of_its_own):  # noqa: F811
    drive.put("/a.txt", b"entier")

    class Cut(Body):
        left = [b"moi"]

        def read(self, size=-1):
            return self.left.pop() if self.left else b""

    answer = drive.client.generic(
        "PUT", f"{drive.base}/a.txt", b"", HTTP_AUTHORIZATION=drive.header, CONTENT_LENGTH="100",
        **{"wsgi.input": Cut()},
    )  # fmt: skip
    assert answer.status_code >= 400
    assert drive.content("/a.txt") == b"entier"
    assert not [path for path in a_disk_of_its_own.iterdir() if path.is_file()]


@pytest.mark.parametrize("name", ["CON", "a%00b", "a%5Cb", "fin.", "a%0Ab", "a%3Ab", "%E2%80%AEfdp.exe", "x" * 250])
def test_a_name_that_no_computer_could_open_is_refused(drive, name):
    assert drive.put(f"/{name}").status_code in (400, 403, 404)
    assert drive.ask("MKCOL", f"/{name}/").status_code in (400, 403, 404)
    with scopes_disabled():
        assert not Entry.objects.filter(is_folder=False).exists()


@pytest.mark.parametrize(
    "dots",
    [
        "..",
        "%2e%2e",
        ".%2E",
        "..%2f",
        "%2e%2e%2f..",
        "..%5c..",
        "%252e%252e",
        "%c0%ae%c0%ae",
        "%e0%80%ae.",
        "..%00",
        "....//",
    ],
)
@pytest.mark.slow
def test_dots_lead_nowhere_however_they_are_written(drive, neighbour, dots):
    number = neighbour.base.rpartition("/")[2]
    with scopes_disabled():
        before = set(Entry.objects.values_list("pk", "name"))
    for path in (f"/{dots}/{number}/secret.txt", f"/x/{dots}/{dots}/{dots}/{dots}/etc/passwd"):
        for method in ("GET", "PUT", "DELETE", "MKCOL"):
            answer = drive.ask(method, path)
            assert 400 <= answer.status_code < 500, (method, path)
            assert not any(word in body_of(answer) for word in (b"root:", b"de la voisine"))
    with scopes_disabled():
        assert set(Entry.objects.values_list("pk", "name")) == before


def test_an_infinite_listing_is_refused(drive):
    for headers in ({}, {"depth": "infinity"}):
        answer = drive.ask("PROPFIND", "/", **headers)
        assert answer.status_code == 403
        assert b"propfind-finite-depth" in answer.content


@pytest.mark.parametrize(
    "body",
    [
        b"<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'>" + b"".join(
            f"<!ENTITY a{n} '&a{n - 1 if n else ''};&a{n - 1 if n else ''};'>".encode() for n in range(1, 30)
        ) + b"]><D:propfind xmlns:D='DAV:'>&a29;</D:propfind>",
        b"<!DOCTYPE x [<!ENTITY f SYSTEM 'file:///etc/passwd'>]>"
        b"<D:propfind xmlns:D='DAV:'><D:prop>&f;</D:prop></D:propfind>",
        b"<" * 1000, b"\xff\xfe", b"<D:propfind xmlns:D='DAV:'>" + b"<a>" * 5000,
    ],
)  # fmt: skip
def test_what_is_no_request_is_refused_and_reads_no_file_of_ours(drive, body):
    answer = drive.ask("PROPFIND", "/", body, depth="0")
    assert answer.status_code < 500
    assert b"root:" not in body_of(answer)


@pytest.mark.parametrize(
    ("inside", "status"),
    [
        ("".join(f"<D:p{rank}/>" for rank in range(100)), 207),
        ("".join(f"<D:p{rank}/>" for rank in range(101)), 400),
        ("".join(f'<p xmlns="u:{rank}"/>' for rank in range(49)), 207),
        ("".join(f'<p xmlns="u:{rank}"/>' for rank in range(50)), 400),
        ("<D:getetag/>" + "<a>" * 60 + "</a>" * 60, 400),
    ],
)
@pytest.mark.parametrize("depth", ["0", "1"])
def test_more_properties_than_any_program_asks_are_refused(drive, inside, status, depth):
    drive.put("/a.txt", b"x")
    body = f'<D:propfind xmlns:D="DAV:"><D:prop>{inside}</D:prop></D:propfind>'.encode()
    assert drive.ask("PROPFIND", "/", body, depth=depth).status_code == status


def test_a_demand_without_measure_is_not_read(drive):
    assert drive.ask("PROPFIND", "/", b"x" * 300_000, depth="0").status_code == 413
    assert drive.client.generic(
        "PUT", f"{drive.base}/a", b"", HTTP_AUTHORIZATION=drive.header, CONTENT_LENGTH="-5"
    ).status_code == 400  # fmt: skip


@pytest.mark.parametrize("content", [b"<html><script>alert(1)</script>", b"<svg xmlns='x' onload='alert(1)'/>"])
def test_a_page_that_is_kept_runs_nothing(drive, content):
    drive.put("/a.html", content)
    answer = drive.ask("GET", "/a.html")
    assert answer["Content-Disposition"] == "attachment"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_what_the_antivirus_finds_is_refused_and_told(drive, settings, secretary):  # noqa: F811
    settings.SOCLE_SCANNER = "socle.engines.simulated.scanner.SimulatedScanner"
    answer = drive.put("/facture.pdf", TRIAL)
    assert answer.status_code == 403
    assert "malveillant" in body_of(answer).decode()
    assert drive.ask("GET", "/facture.pdf").status_code == 404
    line = Line.objects.get(verb="upload.infected")
    assert line.by_ref == f"people.user:{secretary.pk}"


@pytest.mark.parametrize("method", ["POST", "PATCH", "REPORT", "TRACE", "MKCALENDAR"])
def test_what_a_drive_does_not_do_is_refused(drive, method):
    assert drive.ask(method, "/").status_code == 405


def test_what_programs_of_drives_ask_is_refused_elsewhere(client, space):  # noqa: F811
    assert client.generic("PROPFIND", "/mairie/").status_code == 405
    assert client.generic("LOCK", "/").status_code == 405


def test_the_scope_is_closed_after_each_request(drive, place):  # noqa: F811
    drive.put("/a.txt")
    with scope(beneficiary=place):
        assert Entry.objects.filter(name="a.txt").exists()
