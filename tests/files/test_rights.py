"""Who may read and write what; nothing passes from a mairie to another."""

import pytest
from django_scopes import scope, scopes_disabled
from django_scopes.exceptions import ScopeError

from socle.files import queries, rules
from socle.files.actions import bin, entries, links, spaces
from socle.files.models import Entry, Level, Space
from socle.lib.refusals import Refused
from socle.people.models import Role, User
from tests import factories as f
from tests.files.conftest import at


def give(space, mayor, road, role, level):
    top = at(space, road).entry.pk
    return spaces.give_rights(space, {(top, role.value): level}, by=mayor, at=f.NOW)


def test_by_default_secretary_and_mayor_write_and_a_stranger_sees_nothing(space, secretary, mayor):
    for person in (secretary, mayor):
        assert rules.powers_of(space, person, on=f.TODAY).level(None) is Level.WRITE
    stranger = rules.powers_of(space, f.user("autre@exemple.invalid"), on=f.TODAY)
    assert stranger.level(None) is Level.NONE


@pytest.mark.parametrize(
    ("level", "sees", "writes"), [("none", False, False), ("read", True, False), ("write", True, True)]
)
def test_a_right_holds_for_all_that_a_folder_contains(space, put, secretary, mayor, level, sees, writes):
    put("Conseil municipal/ordre.txt")
    give(space, mayor, "Conseil municipal", Role.SECRETARY, level)
    powers = rules.powers_of(space, secretary, on=f.TODAY)
    place = at(space, "Conseil municipal/ordre.txt")
    assert powers.sees(place.top) is sees
    assert (rules.why_not_write(space, powers, place.top) is None) is writes
    root = queries.root_of(space)
    assert ("Conseil municipal" in [one.name for one in queries.children(root, powers)]) is sees
    assert bool(queries.search(space, "ordre", powers)) is sees
    if not writes:
        for act in (
            lambda: put("Conseil municipal/autre.txt"),
            lambda: put("Conseil municipal/ordre.txt", b"autre"),
            lambda: bin.trash(place, by=secretary, at=f.NOW),
            lambda: entries.relocate(place, at(space, "Secrétariat"), "x.txt", by=secretary, at=f.NOW),
            lambda: links.share(place, days=7, by=secretary, at=f.NOW),
        ):
            with pytest.raises(entries.Forbidden):
                act()
    put("Conseil municipal/du maire.txt", by=mayor)


def test_rights_are_given_by_the_mayor_who_keeps_reading(space, secretary, mayor):
    with pytest.raises(Refused, match="représente la mairie"):
        give(space, secretary, "Secrétariat", Role.SECRETARY, "read")
    with pytest.raises(Refused, match="garde au moins la lecture"):
        give(space, mayor, "Secrétariat", Role.MAYOR, "none")
    with pytest.raises(Refused, match="n’existe pas"):
        give(space, mayor, "Secrétariat", Role.MAYOR, "tout")
    assert give(space, mayor, "Secrétariat", Role.SECRETARY, "write") == 0
    assert give(space, mayor, "Secrétariat", Role.SECRETARY, "read") == 1


def test_a_function_that_ended_opens_nothing(space, secretary):
    secretary.memberships.update(ends_on=f.date(2026, 11, 24))
    assert rules.powers_of(space, secretary, on=f.TODAY).level(None) is Level.NONE


def test_what_is_suspended_keeps_everything_and_takes_nothing(space, put, secretary):
    put("a.txt")
    spaces.suspend_space(space, by=secretary, at=f.NOW)
    with pytest.raises(Refused, match="suspendu"):
        put("b.txt")
    spaces.resume_space(space, by=secretary, at=f.NOW)
    put("b.txt")
    assert at(space, "a.txt")


# --- Tenancy ---------------------------------------------------------------------------------------------------------
def test_nothing_is_read_without_saying_whose(db):
    with pytest.raises(ScopeError):
        list(Entry.objects.all())


def test_a_file_goes_to_no_other_mairie(space, put, secretary):
    put("a.txt")
    there = f.beneficiary(f.commune("62001", "Ablain", 1800))
    f.member(Role.SECRETARY, there, email=secretary.email)
    other = spaces.open_space(there, by=User.objects.system(), at=f.NOW)
    here = at(space, "a.txt")
    with scope(beneficiary=[space.beneficiary, there]):
        target = queries.Place(queries.root_of(other), ())
        for act in (entries.relocate, entries.copy_one):
            with pytest.raises(entries.Forbidden, match="d’une mairie à une autre"):
                act(here, target, "a.txt", by=secretary, at=f.NOW)
    with scope(beneficiary=there):
        assert queries.by_id(other, here.entry.pk) is None
        assert not Space.objects.filter(pk=space.pk).exists()


def test_two_mairies_never_share_the_same_bytes(space, put, a_disk_of_its_own):
    put("a.txt")
    there = f.beneficiary(f.commune("62001", "Ablain", 1800))
    by = f.member(Role.SECRETARY, there)
    other = spaces.open_space(there, by=by, at=f.NOW)
    from socle.files.contents import Incoming

    with scope(beneficiary=there):
        incoming = Incoming(100)
        incoming.write(b"bonjour")
        entries.keep_file(queries.Place(queries.root_of(other), ()), "a.txt", incoming, by=by, at=f.NOW)
        assert other.used_bytes == 0
        other.refresh_from_db()
        assert other.used_bytes == 7
    assert len([path for path in a_disk_of_its_own.rglob("*") if path.is_file()]) == 2


@pytest.mark.parametrize(
    ("secretary_level", "mayor_level", "level"),
    [("none", "read", "read"), ("write", "read", "write"), ("read", "write", "write"), ("none", "write", "write")],
)
def test_of_two_roles_the_larger_right_counts(space, put, mayor, secretary_level, mayor_level, level):
    put("Conseil municipal/ordre.txt")
    give(space, mayor, "Conseil municipal", Role.SECRETARY, secretary_level)
    give(space, mayor, "Conseil municipal", Role.MAYOR, mayor_level)
    f.member(Role.SECRETARY, space.beneficiary, email=mayor.email)
    top = at(space, "Conseil municipal").entry.pk
    assert rules.powers_of(space, mayor, on=f.TODAY).level(top) is Level(level)


def test_what_was_thrown_away_of_a_hidden_folder_is_not_seen_in_the_bin(space, put, secretary, mayor):
    put("Conseil municipal/ordre.txt")
    give(space, mayor, "Conseil municipal", Role.SECRETARY, "none")
    bin.trash(at(space, "Conseil municipal/ordre.txt"), by=mayor, at=f.NOW)
    seen = {
        person: queries.bin_of(space, rules.powers_of(space, person, on=f.TODAY)).count()
        for person in (secretary, mayor)
    }
    assert seen == {secretary: 0, mayor: 1}


def test_each_body_has_its_own_folder_where_no_scope_tells_them_apart(space, place):
    beside, without = f.beneficiary(f.commune("59057", "Bermeries")), f.beneficiary(f.commune("59003", "Aibes"))
    with scopes_disabled():
        other = spaces.open_space(beside, by=User.objects.system(), at=f.NOW)
        assert [queries.space_of(one) for one in (place, beside, without)] == [space, other, None]
