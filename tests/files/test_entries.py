"""Files come, change, move; what they weigh is counted; what is refused leaves nothing behind."""

import errno
from datetime import timedelta

import pytest
from django_scopes import scope

from socle.engines.simulated.scanner import TRIAL
from socle.files import contents, queries, rules
from socle.files.actions import bin, entries, links, spaces
from socle.files.contents import Incoming, NoSpaceLeft
from socle.files.models import Content, Entry, Link, Lock, Space, Version
from socle.files.queries import Place
from socle.journal.models import Entry as Line
from socle.lib.refusals import Refused
from socle.people.models import Role, User
from tests import factories as f
from tests.files.conftest import at

LATER = f.NOW + timedelta(seconds=1)
FILE, FOLDER = Entry(parent_id=1), Entry(parent_id=1, is_folder=True)


def disk(root):
    """What lies on the disk, temporary files apart."""
    return sorted(path.name for path in root.rglob("*") if path.is_file())


def stored(entry):
    """Its bytes, as they lie in the storage."""
    with contents.contents().reader(entry.content.stored_name) as file:
        return file.read()


def is_right(space):
    space.refresh_from_db()
    return space.used_bytes == queries.counted(space)


def test_a_space_is_born_with_its_first_folders_and_once(space, root, place, secretary):
    again = spaces.open_space(place, by=secretary, at=f.NOW)
    assert again.pk == space.pk
    shown = list(Entry.objects.filter(parent=root.entry).values_list("name", flat=True))
    assert shown == ["Conseil municipal", "À partager", "Secrétariat"] or set(shown) == set(spaces.FIRST_FOLDERS)
    assert Line.objects.filter(verb="space.opened").count() == 1


def test_a_file_is_kept_under_its_digest_and_counted(space, put, a_disk_of_its_own):
    made = put("Secrétariat/lettre.txt", b"bonjour")
    assert (made.size, made.content.kind, made.modified_by.name) == (7, "text/plain", "Camille secrétaire de mairie")
    assert disk(a_disk_of_its_own) == [made.content.sha256]
    assert stored(made) == b"bonjour"
    space.refresh_from_db()
    assert space.used_bytes == 7
    line = Line.objects.get(verb="file.added")
    assert line.beneficiary_ref == str(space.beneficiary_id)
    assert "lettre" not in str(line.facts)


def test_the_same_bytes_weigh_once(space, put, secretary):
    put("a.txt")
    put("Secrétariat/b.txt")
    assert Content.objects.count() == 1
    assert is_right(space)
    assert space.used_bytes == 7


def test_a_name_is_found_whatever_its_case_in_one_query(space, put, django_assert_num_queries):
    put("Secrétariat/Budget.ODS")
    with django_assert_num_queries(1):
        found = queries.find(space, ["SECRÉTARIAT", "budget.ods"])
    assert found.names == ("Secrétariat", "Budget.ODS")


def test_writing_over_keeps_what_was_there(space, put, secretary):
    put("lettre.txt", b"un")
    made = put("LETTRE.txt", b"deux", at=f.NOW + timedelta(hours=1))
    assert Entry.objects.filter(is_folder=False).count() == 1
    version = Version.objects.get()
    assert (made.name, made.size, version.size, version.modified_at) == ("lettre.txt", 4, 2, f.NOW)
    assert is_right(space)
    assert space.used_bytes == 6
    entries.bring_back(version, at(space, "lettre.txt"), by=secretary, at=f.NOW + timedelta(hours=2))
    assert at(space, "lettre.txt").entry.size == 2
    assert [one.size for one in Version.objects.all()] == [4, 2]
    assert is_right(space)


def test_the_same_content_again_makes_no_version(space, put):
    put("a.txt")
    put("a.txt")
    assert not Version.objects.exists()


def test_what_was_empty_makes_no_version(space, put):
    put("a.txt", b"")
    put("a.txt", b"plein")
    assert not Version.objects.exists()
    assert is_right(space)


@pytest.mark.slow
def test_only_so_many_versions_are_kept_and_the_rest_is_given_back(space, put, settings):
    settings.SOCLE_FILES_VERSIONS = 3
    for rank in range(8):
        put("a.txt", f"version {rank}".encode(), at=f.NOW + timedelta(minutes=rank))
    assert Version.objects.count() == 3
    assert Content.objects.count() == 4
    assert is_right(space)


def test_a_folder_s_name_is_not_taken_by_a_file(space, put):
    with pytest.raises(entries.Taken):
        put("secrétariat")


def test_moving_and_renaming_keep_the_file_and_its_versions(space, put, secretary):
    put("a.txt", b"un")
    made = put("a.txt", b"deux")
    moved = entries.relocate(at(space, "a.txt"), at(space, "Secrétariat"), "b.txt", by=secretary, at=f.NOW)
    assert moved.pk == made.pk
    assert at(space, "Secrétariat/B.TXT").entry.pk == made.pk
    assert Version.objects.count() == 1
    assert queries.find(space, ["a.txt"]) is None


def test_a_file_changes_only_its_case(space, put, secretary, root):
    put("budget.txt")
    entries.relocate(at(space, "budget.txt"), root, "BUDGET.txt", by=secretary, at=f.NOW)
    assert at(space, "budget.txt").entry.name == "BUDGET.txt"


def test_what_is_in_the_way_is_not_written_over_by_a_move(space, put, secretary, root):
    put("a.txt", b"un")
    put("b.txt", b"deux")
    with pytest.raises(entries.Taken):
        entries.relocate(at(space, "a.txt"), root, "B.txt", by=secretary, at=f.NOW)


def test_a_folder_does_not_go_into_itself(space, secretary):
    entries.make_folder(at(space, "Secrétariat"), "Dedans", by=secretary, at=f.NOW)
    with pytest.raises(Refused, match="lui-même"):
        entries.relocate(
            at(space, "Secrétariat"), at(space, "Secrétariat/Dedans"), "Secrétariat", by=secretary, at=f.NOW
        )


def test_the_root_stays(space, root, secretary):
    for act in (
        lambda: bin.trash(root, by=secretary, at=f.NOW),
        lambda: entries.relocate(root, at(space, "Secrétariat"), "x", by=secretary, at=f.NOW),
    ):
        with pytest.raises(Refused, match="lui-même ne se renomme"):
            act()


def test_a_file_saved_beside_then_over_becomes_a_version(space, put, secretary):
    put("lettre.odt", b"un")
    put(".~lettre.tmp", b"un essai")
    put(".~lettre.tmp", b"deux")
    entries.replace(at(space, ".~lettre.tmp"), at(space, "lettre.odt"), by=secretary, at=f.NOW)
    assert at(space, "lettre.odt").entry.size == 4
    assert [one.size for one in Version.objects.all()] == [2]
    assert queries.find(space, [".~lettre.tmp"]) is None
    # What the draft had been is named by nothing any more: its place is given back.
    assert is_right(space)
    assert space.used_bytes == len(b"un") + len(b"deux")


def test_a_folder_takes_the_place_of_no_file_and_none_takes_its_own(space, put, secretary):
    put("lettre.odt", b"un")
    entries.make_folder(at(space, "Secrétariat"), "Dedans", by=secretary, at=f.NOW)
    for one, other in (("lettre.odt", "Secrétariat/Dedans"), ("Secrétariat/Dedans", "lettre.odt")):
        with pytest.raises(entries.Taken):
            entries.replace(at(space, one), at(space, other), by=secretary, at=f.NOW)


# --- What does not fit -----------------------------------------------------------------------------------------------
def test_beyond_the_quota_nothing_is_kept(space, put, a_disk_of_its_own, secretary):
    spaces.set_quota(space, 10, by=secretary, at=f.NOW)
    put("a.txt", b"1234567")
    with pytest.raises(NoSpaceLeft, match=r"il reste 3.octets"):
        put("b.txt", b"1234")
    assert is_right(space)
    assert len(disk(a_disk_of_its_own)) == 1
    # Refused while it comes, before the end.
    incoming = Incoming(3)
    incoming.write(b"12")
    with pytest.raises(NoSpaceLeft):
        incoming.write(b"34")
    assert incoming.size <= 3
    incoming.discard()


def test_two_at_once_do_not_pass_the_quota_together(space, root, put, secretary):
    """Both were told that they fit; the second is weighed again when it is kept."""
    spaces.set_quota(space, 10, by=secretary, at=f.NOW)
    late = Incoming(10)
    late.write(b"abcdefg")
    put("a.txt", b"1234567")
    with pytest.raises(NoSpaceLeft):
        entries.keep_file(root, "b.txt", late, by=secretary, at=f.NOW)
    assert not late.path.exists()


@pytest.mark.parametrize("step", ["write", "fsync", "link"])
def test_a_full_disk_is_said_and_leaves_nothing(space, put, monkeypatch, a_disk_of_its_own, step):
    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    if step == "write":
        original = Incoming.__init__

        def made(self, space):
            original(self, space)
            file = self._file

            class Full:
                write = staticmethod(full)
                close = file.close

            self._file = Full()

        monkeypatch.setattr(Incoming, "__init__", made)
    elif step == "fsync":
        monkeypatch.setattr("os.fsync", full)
    else:
        monkeypatch.setattr("os.link", full)
    with pytest.raises(NoSpaceLeft, match="disque de la plateforme est plein"):
        put("a.txt")
    monkeypatch.undo()
    if step != "write":
        assert disk(a_disk_of_its_own) == []
    assert not Content.objects.exists()
    assert is_right(space)


def test_bytes_swept_before_their_row_is_written_are_named_again(space, a_disk_of_its_own):
    incoming, storage = Incoming(100), contents.contents()
    incoming.write(b"en route")
    incoming.close()
    name = f"{space.pk}/{incoming.sha256[:2]}/{incoming.sha256}"
    storage.prepare(incoming, name)
    assert spaces.sweep(at=f.NOW) == 1
    storage.settle(incoming, name)
    incoming.discard()
    with storage.reader(name) as file:
        assert file.read() == b"en route"


def test_what_the_antivirus_finds_is_refused_and_not_kept(space, put, settings, a_disk_of_its_own):
    settings.SOCLE_SCANNER = "socle.engines.simulated.scanner.SimulatedScanner"
    with pytest.raises(Refused, match="programme malveillant"):
        put("facture.pdf", b"avant " + TRIAL)
    assert disk(a_disk_of_its_own) == []
    assert queries.find(space, ["facture.pdf"]) is None


# --- Locks of programs -----------------------------------------------------------------------------------------------
def hold(space, path, user, **more):
    defaults = {"scope": "exclusive", "is_deep": False, "timeout": 60, "expires_at": f.NOW + timedelta(minutes=1)}
    return Lock.objects.create(space=space, path=path, user=user, token="opaquelocktoken:1", **{**defaults, **more})


def test_what_a_program_holds_is_not_changed_from_elsewhere(space, put, secretary, mayor, root):
    put("lettre.odt", b"un")
    path = queries.drive_path(at(space, "lettre.odt"))
    lock = hold(space, path, mayor)
    for act in (
        lambda: put("lettre.odt", b"deux"),
        lambda: bin.trash(at(space, "lettre.odt"), by=secretary, at=f.NOW),
        lambda: entries.relocate(at(space, "lettre.odt"), root, "x.odt", by=secretary, at=f.NOW),
    ):
        with pytest.raises(entries.Held, match=mayor.name):
            act()
    with pytest.raises(entries.Held):
        # Another's token opens nothing.
        put("lettre.odt", b"deux", tokens=[lock.token])
    put("lettre.odt", b"deux", by=mayor, tokens=[lock.token])


def test_a_folder_that_contains_what_is_held_stays_where_it_is(space, put, secretary, mayor, root):
    put("Secrétariat/lettre.odt")
    hold(space, queries.drive_path(at(space, "Secrétariat/lettre.odt")), mayor)
    with pytest.raises(entries.Held):
        bin.trash(at(space, "Secrétariat"), by=secretary, at=f.NOW)
    with pytest.raises(entries.Held):
        entries.relocate(at(space, "Secrétariat"), root, "Bureau", by=secretary, at=f.NOW)


def test_a_deep_lock_holds_what_is_inside_and_a_lock_that_is_over_holds_nothing(space, put, secretary, mayor):
    lock = hold(space, queries.drive_path(at(space, "Secrétariat")), mayor, is_deep=True)
    with pytest.raises(entries.Held):
        put("Secrétariat/nouveau.txt")
    put("ailleurs.txt")
    Lock.objects.filter(pk=lock.pk).update(expires_at=f.NOW)
    put("Secrétariat/nouveau.txt")


def test_a_folder_that_is_held_takes_and_loses_nothing_and_what_is_in_it_changes(space, put, secretary, mayor, root):
    put("Secrétariat/lettre.odt", b"un")
    put("autre.odt", b"un")
    path = queries.drive_path(at(space, "Secrétariat"))
    hold(space, path, mayor)
    inside, outside, by = "Secrétariat/lettre.odt", at(space, "autre.odt"), {"by": secretary, "at": f.NOW}
    for act in (
        lambda: put("Secrétariat/nouveau.odt"),
        lambda: entries.make_folder(at(space, "Secrétariat"), "Dedans", **by),
        lambda: entries.relocate(outside, at(space, "Secrétariat"), "autre.odt", **by),
        lambda: entries.relocate(at(space, inside), root, "lettre.odt", **by),
        lambda: entries.copy_one(outside, at(space, "Secrétariat"), "autre.odt", **by),
        lambda: entries.replace(at(space, inside), outside, **by),
    ):
        with pytest.raises(entries.Held, match=mayor.name):
            act()
    put(inside, b"deux")
    made = entries.copy_one(outside, at(space, "Secrétariat"), "lettre.odt", **by)
    assert (made.pk, made.content) == (at(space, inside).entry.pk, outside.entry.content)
    assert entries.replace(outside, at(space, inside), **by).content == made.content
    assert is_right(space)


def test_a_copy_goes_over_a_file_and_over_no_folder(space, put, secretary, root):
    put("a.txt", b"un")
    by = {"by": secretary, "at": f.NOW}
    with pytest.raises(entries.Taken):
        entries.copy_one(at(space, "a.txt"), root, "Secrétariat", **by)
    with pytest.raises(entries.Taken):
        entries.copy_one(at(space, "Secrétariat"), root, "a.txt", **by)
    copied = entries.copy_one(at(space, "Secrétariat"), root, "Vide", **by)
    assert (copied.is_folder, copied.content, copied.size) == (True, None, at(space, "Secrétariat").entry.size)
    put("b.txt", b"deux")
    entries.copy_one(at(space, "a.txt"), root, "b.txt", **by)
    assert stored(at(space, "b.txt").entry) == b"un"
    assert [one.size for one in Version.objects.all()] == [4]
    assert is_right(space)


def test_what_nothing_names_gives_back_its_bytes_and_the_rest_stays(space, put, secretary):
    kept, gone = put("a.txt", b"un"), put("b.txt", b"deux")
    assert entries.let_go(space.pk, [kept.content_id, gone.content_id]) == 0
    Entry.objects.filter(pk=gone.pk).delete()
    assert entries.let_go(space.pk, [kept.content_id, gone.content_id]) == 4
    assert is_right(space)


# --- What is received and not kept -----------------------------------------------------------------------------------
def test_the_sweep_removes_what_no_row_names_and_nothing_else(space, put, a_disk_of_its_own, time_machine):
    kept = put("a.txt")
    orphan = a_disk_of_its_own / str(space.pk) / "ab" / ("ab" + "0" * 62)
    orphan.parent.mkdir(parents=True, exist_ok=True)
    orphan.write_bytes(b"x")
    fresh = Incoming(10)
    fresh.write(b"x")
    assert spaces.sweep(at=f.NOW) == 1
    assert not orphan.exists()
    assert fresh.path.exists()
    fresh._file.close()
    time_machine.move_to(f.NOW + timedelta(days=400))
    assert spaces.sweep(at=f.NOW + timedelta(days=400)) == 1
    assert not fresh.path.exists()
    assert stored(kept) == b"bonjour"


@pytest.mark.slow
def test_a_thousand_files_in_a_folder_cost_what_ten_do(space, root, secretary, django_assert_num_queries):
    from socle.files.rules import powers_of

    content = Content.objects.create(space=space, sha256="0" * 64, size=1, kind="text/plain", added_at=f.NOW)
    Entry.objects.bulk_create(
        Entry(
            space=space, parent=root.entry, name=f"f{rank}", key=f"f{rank}", search_name=f"f{rank}", is_folder=False,
            content=content, size=1, made_at=f.NOW, modified_at=f.NOW,
        )
        for rank in range(1_000)
    )  # fmt: skip
    powers = powers_of(space, secretary, on=f.TODAY)
    with django_assert_num_queries(1):
        assert len(queries.children(root.entry, powers)[:100]) == 100
    with django_assert_num_queries(1):
        assert len(queries.search(space, "f99", powers)) <= queries.MOST_FOUND
    with django_assert_num_queries(2):
        assert len(queries.with_all(root)) == 1_004


def test_the_search_forgets_accents_and_case_and_the_bin(space, put, secretary):
    from socle.files.rules import powers_of

    put("Secrétariat/Délibération école.pdf")
    put("Secrétariat/Ecole jetée.pdf")
    bin.trash(at(space, "Secrétariat/Ecole jetée.pdf"), by=secretary, at=f.NOW)
    powers = powers_of(space, secretary, on=f.TODAY)
    assert [one.shown for one in queries.search(space, "ECOLE delib", powers)] == [
        "Secrétariat › Délibération école.pdf"
    ]
    assert queries.search(space, "  ", powers) == []
    assert queries.search(space, "%", powers) == []


@pytest.mark.slow
@pytest.mark.both
def test_folders_are_not_nested_for_ever(space, root, secretary):
    where: Place = root
    for rank in range(30):
        made = entries.make_folder(where, f"n{rank}", by=secretary, at=f.NOW)
        where = Place(made, (*where.road, made))
    with pytest.raises(Refused, match="30 niveaux"):
        entries.make_folder(where, "de trop", by=secretary, at=f.NOW)
    assert queries.find(root.entry.space, list(where.names)).entry.pk == where.entry.pk


@pytest.mark.slow
@pytest.mark.both
def test_every_gesture_is_written_by_whom_on_what_and_nothing_of_a_neighbour_moves(space, put, secretary, mayor, root):
    there = f.beneficiary(f.commune("62001", "Ablain", 1800))
    neighbour = f.member(Role.SECRETARY, there)
    other = spaces.open_space(there, by=neighbour, at=f.NOW)
    with scope(beneficiary=there):
        incoming = Incoming(100)
        incoming.write(b"bonjour")
        entries.keep_file(Place(queries.root_of(other), ()), "a.txt", incoming, by=neighbour, at=f.NOW)
        before = list(Entry.objects.order_by("pk").values()), list(Space.objects.values())
    Line._base_manager.all()._raw_delete("default")
    by, later = {"by": secretary, "at": f.NOW}, f.NOW + timedelta(hours=1)
    one = put("a.txt", b"un")
    put("a.txt", b"deux", at=later)
    one.refresh_from_db()
    assert (one.modified_at, one.modified_by, one.size) == (later, secretary, 4)
    version = Version.objects.get()
    assert (version.size, version.modified_at, version.kept_at) == (2, f.NOW, later)
    entries.bring_back(version, at(space, "a.txt"), **by)
    made = entries.make_folder(root, "Bureau", **by)
    assert (made.name, made.modified_by, made.made_at, made.modified_at) == ("Bureau", secretary, f.NOW, f.NOW)
    moved = entries.relocate(at(space, "a.txt"), at(space, "Bureau"), "b.txt", **by)
    moved.refresh_from_db()
    assert (moved.parent, moved.name) == (made, "b.txt")
    copied = entries.copy_one(at(space, "Bureau/b.txt"), root, "c.txt", **by)
    assert (copied.size, copied.content, copied.modified_by) == (2, moved.content, secretary)
    entries.replace(at(space, "c.txt"), at(space, "Bureau/b.txt"), **by)
    trashed = bin.trash(at(space, "Bureau/b.txt"), **by)
    trashed.refresh_from_db()
    assert (trashed.trashed_at, trashed.trashed_by, trashed.trashed_with_id) == (f.NOW, secretary, trashed.pk)
    bin.restore(queries.by_id(space, trashed.pk), **by).refresh_from_db()
    assert at(space, "Bureau/b.txt").entry.trashed_by is None
    link, _ = links.share(at(space, "Bureau/b.txt"), days=7, password="huit-car", **by)
    assert (link.made_by, link.made_at, link.expires_at) == (secretary, f.NOW, f.NOW + timedelta(days=7))
    links.count_opening(link, at=later)
    links.end_link(link, **by)
    link.refresh_from_db()
    assert (link.count, link.opened_at, link.ended_at) == (1, later, f.NOW)
    bin.trash(at(space, "Bureau/b.txt"), **by)
    bin.erase(queries.by_id(space, trashed.pk), **by)
    bin.trash(at(space, "Bureau"), **by)
    bin.empty_bin(space, **by)
    spaces.set_quota(space, 5, **by)
    spaces.suspend_space(space, **by)
    space.refresh_from_db()
    assert (space.quota_bytes, space.suspended_at) == (5, f.NOW)
    spaces.resume_space(space, **by)
    secretariat = at(space, "Secrétariat").entry.pk
    spaces.give_rights(space, {(secretariat, "secretary"): "read", (0, "secretary"): "none"}, by=mayor, at=f.NOW)
    lines = list(Line.objects.order_by("pk"))
    assert [(one.verb, one.object_id, one.facts) for one in lines] == [
        ("file.added", str(one.pk), {"size": 2}),
        ("file.changed", str(one.pk), {"size": 4}),
        ("file.version_brought_back", str(one.pk), {"version": version.pk}),
        ("file.folder_made", str(made.pk), {}),
        ("file.moved", str(one.pk), {"folder": made.pk}),
        ("file.copied", str(copied.pk), {"source": one.pk}),
        ("file.replaced", str(one.pk), {"source": copied.pk}),
        ("file.trashed", str(one.pk), {}),
        ("file.restored", str(one.pk), {}),
        ("file.link_made", str(link.pk), {"entry": one.pk, "days": 7, "has_password": True}),
        ("file.link_ended", str(link.pk), {}),
        ("file.trashed", str(one.pk), {}),
        ("file.erased", str(one.pk), {}),
        ("file.trashed", str(made.pk), {}),
        ("file.bin_emptied", str(space.pk), {"count": 1}),
        ("space.room_given", str(space.pk), {"quota_bytes": 5}),
        ("space.suspended", str(space.pk), {}),
        ("space.resumed", str(space.pk), {}),
        ("space.rights_given", str(space.pk), {"folder": secretariat, "role": "secretary", "level": "read"}),
    ]
    assert {one.by_ref for one in lines[:-1]} == {f"people.user:{secretary.pk}"}
    assert {one.at for one in lines} == {f.NOW, later}
    with scope(beneficiary=there):
        assert (list(Entry.objects.order_by("pk").values()), list(Space.objects.values())) == before
    assert is_right(space)


@pytest.mark.parametrize(
    ("password", "says"),
    [("", None), ("7 signe", "8 caractères"), ("8 signes", None), ("x" * 200, None), ("x" * 201, "200 caractères")],
)
def test_the_password_of_a_link_at_its_bounds(space, put, secretary, password, says):
    put("a.txt")
    if says:
        with pytest.raises(Refused, match=says):
            links.share(at(space, "a.txt"), days=1, password=password, by=secretary, at=f.NOW)
    else:
        link, _ = links.share(at(space, "a.txt"), days=1, password=password, by=secretary, at=f.NOW)
        assert bool(link.password) is links.is_password_of(link, password) is bool(password)
        assert not links.is_password_of(link, "autre chose")


BUNDLED = (rules.MOST_BUNDLED, rules.MOST_BUNDLED_BYTES)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (lambda: rules.why_not_bundle(*BUNDLED), None),
        (lambda: rules.why_not_bundle(BUNDLED[0] + 1, 0), "C’est trop"),
        (lambda: rules.why_not_bundle(1, BUNDLED[1] + 1), "C’est trop"),
        (lambda: rules.why_not_share(FILE, days=1), None),
        (lambda: rules.why_not_share(FILE, days=30), None),
        (lambda: rules.why_not_share(FILE, days=0), "de 1 à 30 jours"),
        (lambda: rules.why_not_share(FILE, days=31), "de 1 à 30 jours"),
        (lambda: rules.why_not_share(Entry(parent_id=None), days=1), "Le dossier entier"),
        (lambda: rules.why_not_share(Entry(parent_id=1, trashed_with_id=1), days=1), "avant de le partager"),
        (lambda: rules.why_not_end_link(Link(expires_at=f.NOW + timedelta(seconds=1)), f.NOW), None),
        (lambda: rules.why_not_end_link(Link(expires_at=f.NOW), f.NOW), "n’ouvre déjà plus rien"),
        (lambda: rules.why_not_hold(FILE, "a", depth=1), "ne contient pas"),
        (lambda: rules.why_not_hold(FOLDER, "a", depth=29), None),
        (lambda: rules.why_not_hold(FOLDER, "a", depth=30), "30 niveaux au plus"),
        (lambda: rules.why_not_while_held([Lock(expires_at=f.NOW, user=User(name="Zoé"))], f.NOW), None),
        (
            lambda: rules.why_not_while_held([Lock(expires_at=LATER, user=User(name="Zoé"))], f.NOW),
            "ouvert en ce moment par Zoé",
        ),
        (lambda: rules.why_not_while_held([Lock(expires_at=LATER, user=User())], f.NOW), "par quelqu’un"),
        (lambda: rules.why_not_level("mayor", "read"), None),
        (lambda: rules.why_not_level("mayor", "none"), "garde au moins la lecture"),
        (lambda: rules.why_not_level("secretary", "none"), None),
        (lambda: rules.why_not_level("president", "read"), "n’existe pas"),
    ],
)
def test_the_rules_of_a_folder_at_their_bounds(settings, said, words):
    settings.SOCLE_FILES_LINK_DAYS = 30
    found = said()
    assert words in found.replace("\u00a0", " ") if words else found is None
