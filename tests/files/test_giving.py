"""What leaves with a mairie, what a person leaves behind, how the folder is explained."""

import hashlib
import io

from django.urls import reverse

from socle.files import guide, handover, offboarding
from socle.files.actions import bin, links
from tests import factories as f
from tests.files.conftest import at


class Shelf:
    """What a room is handed to fill, as a dictionary."""

    def __init__(self):
        self.files, self.notes = {}, []

    def copy(self, path, source, *, at=None):
        assert path not in self.files
        self.files[path] = source.read()
        return path

    def note(self, sentence):
        self.notes.append(sentence)


def test_the_files_are_given_as_they_are_and_the_rest_apart(space, put, secretary, place):
    put("Secrétariat/lettre.txt", b"un")
    put("Secrétariat/lettre.txt", b"deux")
    put("jeté.txt", b"trois")
    bin.trash(at(space, "jeté.txt"), by=secretary, at=f.NOW)
    shelf = Shelf()
    handover.write(place, shelf)
    assert shelf.files["fichiers/Secrétariat/lettre.txt"] == b"deux"
    assert [content for path, content in shelf.files.items() if path.startswith("versions/Secrétariat/")] == [b"un"]
    assert [content for path, content in shelf.files.items() if path.startswith("corbeille/")] == [b"trois"]
    assert len(shelf.files) == 3
    assert shelf.notes == []


def test_what_cannot_be_read_is_said_and_the_rest_is_given(space, put, place, a_disk_of_its_own):
    lost = put("perdu.txt", b"un")
    put("a.txt", b"deux")
    (a_disk_of_its_own / lost.content.stored_name).unlink()
    shelf = Shelf()
    handover.write(place, shelf)
    assert list(shelf.files) == ["fichiers/a.txt"]
    assert "perdu.txt" in shelf.notes[0]


def test_a_mairie_without_a_folder_gives_nothing(place):
    from django_scopes import scope

    shelf = Shelf()
    with scope(beneficiary=place):
        handover.write(place, shelf)
        assert guide.give(place, by=f.user(), at=f.NOW).links == ()
    assert shelf.files == {}


def test_the_guide_says_where_and_how_full(space, put, place, secretary):
    put("a.txt", b"1" * 1500)
    given = guide.give(place, by=secretary, at=f.NOW)
    assert given.links[0].url == reverse("mairie:files")
    assert given.asks_device_password
    assert "2\u00a0ko sur 10\u00a0Go" in given.figures[0].shown
    assert {"Sous Windows", "Sous macOS", "Sous Linux", "Sur un téléphone"} <= {way.title for way in given.ways}
    typed = [fact.value for way in given.ways for fact in way.to_type]
    assert secretary.email in typed


def test_whoever_leaves_is_told_of_the_links_that_stay(space, put, secretary):
    put("a.txt")
    links.share(at(space, "a.txt"), days=7, by=secretary, at=f.NOW)
    assert len(offboarding.links(secretary.memberships.get(), f.TODAY)) == 1
    assert offboarding.links(secretary.memberships.get(), f.date(2027, 1, 1)) == []


def test_bytes_are_found_again_by_their_digest(space, put):
    made = put("a.txt", b"bonjour")
    assert made.content.sha256 == hashlib.sha256(io.BytesIO(b"bonjour").read()).hexdigest()
