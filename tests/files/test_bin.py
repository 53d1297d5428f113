"""What is thrown away, taken back, erased; what time lets go."""

from datetime import timedelta

import pytest

from socle.files import queries
from socle.files.actions import bin, entries, links
from socle.files.models import Content, Entry, FolderRight, Level, Link, Version
from socle.files.rules import powers_of
from socle.lib.refusals import Refused
from socle.people.models import Role, User
from tests import factories as f
from tests.files.conftest import at
from tests.files.test_entries import is_right


def binned(space, secretary):
    return [one.name for one in queries.bin_of(space, powers_of(space, secretary, on=f.TODAY))]


def thrown(space, road, by):
    place = at(space, road)
    bin.trash(place, by=by, at=f.NOW)
    found = queries.by_id(space, place.entry.pk)
    assert found is not None
    return found


def test_a_folder_goes_with_all_it_contains_and_comes_back_whole(space, put, secretary):
    put("Secrétariat/a.txt", b"un")
    put("Secrétariat/b.txt", b"deux")
    place = thrown(space, "Secrétariat", secretary)
    assert binned(space, secretary) == ["Secrétariat"]
    assert queries.find(space, ["Secrétariat", "a.txt"]) is None
    assert is_right(space)
    bin.restore(place, by=secretary, at=f.NOW)
    assert at(space, "Secrétariat/b.txt").entry.size == 4
    assert binned(space, secretary) == []


def test_what_was_thrown_apart_stays_thrown_when_its_folder_comes_back(space, put, secretary):
    put("Secrétariat/a.txt")
    put("Secrétariat/b.txt")
    thrown(space, "Secrétariat/a.txt", secretary)
    folder = thrown(space, "Secrétariat", secretary)
    bin.restore(folder, by=secretary, at=f.NOW)
    assert binned(space, secretary) == ["a.txt"]
    assert at(space, "Secrétariat/b.txt")


def test_what_has_no_folder_any_more_comes_back_above_under_a_free_name(space, put, secretary):
    put("Secrétariat/a.txt", b"un")
    lost = thrown(space, "Secrétariat/a.txt", secretary)
    thrown(space, "Secrétariat", secretary)
    put("a.txt", b"deux")
    lost = queries.by_id(space, lost.entry.pk)
    back = bin.restore(lost, by=secretary, at=f.NOW)
    assert queries.place_of(back).names == ("a (2).txt",)


def test_a_name_is_free_once_its_file_is_in_the_bin(space, put, secretary):
    put("a.txt", b"un")
    thrown(space, "a.txt", secretary)
    put("a.txt", b"deux")
    thrown(space, "a.txt", secretary)
    assert binned(space, secretary) == ["a.txt", "a.txt"]


def test_erasing_gives_the_space_back_versions_included(space, put, secretary):
    put("a.txt", b"un")
    put("a.txt", b"deux")
    put("b.txt", b"deux")
    place = thrown(space, "a.txt", secretary)
    assert bin.erase(place, by=secretary, at=f.NOW) == 2
    assert not Version.objects.exists()
    assert [one.size for one in Content.objects.all()] == [4]
    assert is_right(space)


def test_erasing_a_folder_takes_what_was_thrown_apart_in_it_and_nothing_else(space, put, secretary):
    put("Secrétariat/a.txt", b"un")
    put("Secrétariat/b.txt", b"deux")
    put("c.txt", b"trois")
    thrown(space, "Secrétariat/a.txt", secretary)
    bin.erase(thrown(space, "Secrétariat", secretary), by=secretary, at=f.NOW)
    assert [one.size for one in Content.objects.all()] == [5]
    assert at(space, "c.txt").entry.trashed_at is None
    assert is_right(space)
    assert binned(space, secretary) == []


def test_only_what_is_in_the_bin_is_erased(space, put, secretary):
    put("a.txt")
    with pytest.raises(Refused, match="supprimez-le d’abord"):
        bin.erase(at(space, "a.txt"), by=secretary, at=f.NOW)
    with pytest.raises(Refused, match="pas dans la corbeille"):
        bin.restore(at(space, "a.txt"), by=secretary, at=f.NOW)


def test_emptying_takes_what_was_thrown_apart_in_what_goes(space, put, secretary):
    put("Secrétariat/a.txt", b"un")
    put("Secrétariat/b.txt", b"deux")
    thrown(space, "Secrétariat/a.txt", secretary)
    thrown(space, "Secrétariat", secretary)
    assert bin.empty_bin(space, by=secretary, at=f.NOW) == 2
    assert not Content.objects.exists()
    assert is_right(space)
    assert binned(space, secretary) == []


def test_who_only_reads_a_folder_erases_nothing_of_it_for_good(space, put, secretary, place):
    councillor = f.member(Role.COUNCILLOR, place)
    FolderRight.objects.create(folder=at(space, "Secrétariat").entry, role=Role.COUNCILLOR, level=Level.READ)
    put("Secrétariat/a.txt", b"un")
    thrown(space, "Secrétariat/a.txt", secretary)
    assert binned(space, councillor) == ["a.txt"]
    assert bin.empty_bin(space, by=councillor, at=f.NOW) == 0
    assert binned(space, secretary) == ["a.txt"]


@pytest.mark.parametrize(
    ("of_secretary", "of_deputy", "level"),
    [
        (None, None, Level.WRITE),
        (Level.NONE, None, Level.NONE),
        (Level.READ, None, Level.READ),
        (Level.NONE, Level.READ, Level.READ),
    ],
)
def test_a_deputy_reaches_what_the_secretary_does_unless_something_is_said_of_them(
    space, place, of_secretary, of_deputy, level
):
    deputy, folder = f.member(Role.DEPUTY, place), at(space, "Secrétariat").entry
    for role, said in ((Role.SECRETARY, of_secretary), (Role.DEPUTY, of_deputy)):
        if said is not None:
            FolderRight.objects.create(folder=folder, role=role, level=said)
    assert powers_of(space, deputy, on=f.TODAY).level(folder.pk) is level


def test_time_lets_go_of_the_bin_of_versions_and_of_links(space, put, secretary):
    put("Secrétariat/vieux.txt", b"un")
    put("a.txt", b"deux")
    put("a.txt", b"trois")
    thrown(space, "Secrétariat/vieux.txt", secretary)
    thrown(space, "Secrétariat", secretary)
    link, _ = links.share(at(space, "a.txt"), days=7, by=secretary, at=f.NOW)
    # One that was ended, long before it would have been over.
    Link.objects.filter(pk=link.pk).update(ended_at=f.NOW, expires_at=f.NOW + timedelta(days=900))
    links.share(at(space, "a.txt"), days=7, by=secretary, at=f.NOW)
    system, later = User.objects.system(), f.NOW + timedelta(days=400)
    for act, count in ((bin.erase_old, 2), (bin.erase_old_versions, 1), (links.forget_ended, 2)):
        assert act(f.NOW - timedelta(days=1), by=system, at=later, is_dry=False) == 0
        assert act(later, by=system, at=later, is_dry=True) == count
        assert act(later, by=system, at=later, is_dry=False) == count
        assert act(later, by=system, at=later, is_dry=False) == 0
    assert not Link.objects.exists()
    assert [one.name for one in Entry.objects.filter(is_folder=False)] == ["a.txt"]
    assert is_right(space)


def test_what_is_in_the_bin_is_not_written_nor_renamed(space, put, secretary, root):
    put("Secrétariat/a.txt")
    folder = thrown(space, "Secrétariat", secretary)
    with pytest.raises(Refused, match="dans la corbeille"):
        entries.make_folder(folder, "x", by=secretary, at=f.NOW)
    with pytest.raises(Refused, match="dans la corbeille"):
        entries.relocate(folder, root, "x", by=secretary, at=f.NOW)
