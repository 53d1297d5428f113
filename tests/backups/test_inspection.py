"""What is seen, what is let go, what is told: on the twin, with time that travels."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django_scopes import scope, scopes_disabled

from socle.backups import actions, emails, inspection, presenters, rules
from socle.backups.models import Check, EscrowUse, Machine, Purpose, Snapshot
from socle.engines.simulated.store import SimulatedStore
from socle.people.models import Role
from tests import factories as f
from tests.backups.conftest import DAY, enrolled, saves

KEEPING = rules.Keeping.of({"everything": "30d", "daily": "60d", "weekly": "6m", "monthly": "2y"})


@pytest.fixture
def repository(account, secretary):
    return enrolled(account, secretary)


def state(at) -> presenters.MachineRow:
    (row,) = presenters.rows_of(presenters.with_states(Machine.objects.all()), at=at)
    return row


def test_what_came_is_seen_once_and_dated_between_two_looks(repository, secretary):
    save = saves(repository, at=f.NOW + timedelta(hours=1))
    for _ in range(2):
        inspection.look(repository, by=secretary, at=f.NOW + timedelta(hours=2))
    (seen,) = Snapshot.objects.all()
    assert (seen.identifier, seen.dated_at, seen.is_doubtful) == (save.id, f.NOW + timedelta(hours=1), False)
    repository.refresh_from_db()
    assert repository.last_success_at == seen.dated_at
    assert repository.size == save.size


@pytest.mark.parametrize("claimed", [datetime(1990, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)])
def test_a_save_dated_by_hand_is_doubted_and_dated_by_us(repository, secretary, claimed):
    saves(repository, at=f.NOW)
    inspection.look(repository, by=secretary, at=f.NOW + DAY)
    saves(repository, at=claimed)
    inspection.look(repository, by=secretary, at=f.NOW + 2 * DAY)
    false = Snapshot.objects.get(is_doubtful=True)
    assert f.NOW + DAY <= false.dated_at <= f.NOW + 2 * DAY
    assert state(f.NOW + 2 * DAY).label == "Date douteuse"


def test_what_vanishes_without_us_is_noticed(repository, secretary):
    save = saves(repository, at=f.NOW)
    inspection.look(repository, by=secretary, at=f.NOW + DAY)
    SimulatedStore.repositories[repository.user].saves.pop(save.id)
    inspection.look(repository, by=secretary, at=f.NOW + 2 * DAY)
    assert Snapshot.objects.get().vanished_at is not None
    assert state(f.NOW + 2 * DAY).label == "Sauvegardes disparues"


def snapshot(number: int, days_ago: float) -> Snapshot:
    at = f.NOW - timedelta(days=days_ago)
    return Snapshot(pk=number, identifier=f"{number:064x}", dated_at=at, taken_at=at, seen_at=at)


def test_everything_is_kept_for_a_while_then_less_and_less():
    kept_of = [snapshot(number, number / 4) for number in range(4 * 800)]
    gone = {one.identifier for one in rules.what_to_let_go(kept_of, KEEPING, at=f.NOW)}
    kept = [one for one in kept_of if one.identifier not in gone]
    recent = [one for one in kept if f.NOW - one.dated_at <= timedelta(days=30)]
    assert len(recent) == 121
    assert 60 <= sum(timedelta(days=30) < f.NOW - one.dated_at <= timedelta(days=60) for one in kept) <= 64
    assert 30 <= sum(timedelta(days=60) < f.NOW - one.dated_at <= timedelta(days=186) for one in kept) <= 50
    assert max(f.NOW - one.dated_at for one in kept) <= timedelta(days=2 * 366)


def test_the_latest_stays_however_old_and_nothing_of_nothing_goes():
    assert rules.what_to_let_go([], KEEPING, at=f.NOW) == []
    old = [snapshot(1, 5000), snapshot(2, 4000)]
    assert rules.what_to_let_go(old, KEEPING, at=f.NOW) == [old[0]]


@pytest.mark.slow
def test_false_saves_never_push_the_true_ones_out():
    true = [snapshot(number, number + 0.5) for number in range(60)]
    false = [snapshot(1000 + number, 0.01) for number in range(5000)]
    gone = {one.pk for one in rules.what_to_let_go([*true, *false], KEEPING, at=f.NOW)}
    assert not gone & {one.pk for one in true}


@pytest.mark.parametrize(
    "written", [{}, {"everything": "6d"}, {"everything": "30"}, {"everything": "30d", "last": "3d"},
                {"everything": "30d", "daily": "x"}],
)  # fmt: skip
def test_a_rule_that_makes_no_sense_stops_everything(written):
    with pytest.raises(ValueError, match="SOCLE_MACHINE_BACKUPS_KEEP"):
        rules.Keeping.of(written)


@pytest.mark.slow
def test_pruning_lets_go_what_the_rules_say_and_writes_it_down(repository, secretary):
    for days in range(100):
        saves(repository, at=f.NOW + days * DAY)
        inspection.look(repository, by=secretary, at=f.NOW + days * DAY + timedelta(hours=1))
    gone = inspection.prune(repository, by=secretary, at=f.NOW + 100 * DAY)
    assert 20 < len(gone) < 60
    assert SimulatedStore().names(repository.user) == set(
        Snapshot.objects.filter(forgotten_at=None).values_list("identifier", flat=True)
    )
    assert EscrowUse.objects.get().purpose == Purpose.PRUNE
    assert inspection.prune(repository, by=secretary, at=f.NOW + 100 * DAY) == []


def test_a_lock_held_without_end_does_not_hold_for_ever(repository, secretary):
    for days in (0, 1, 200):
        saves(repository, at=f.NOW + days * DAY)
        inspection.look(repository, by=secretary, at=f.NOW + days * DAY)
    SimulatedStore.repositories[repository.user].is_locked = True
    at = f.NOW + 1000 * DAY
    assert inspection.prune(repository, by=secretary, at=at) == []
    repository.refresh_from_db()
    assert repository.busy_since_at == at
    assert len(inspection.prune(repository, by=secretary, at=at + 3 * DAY)) == 2


def test_nothing_is_pruned_of_what_is_damaged(repository, secretary):
    for days in range(3):
        saves(repository, at=f.NOW + days * DAY)
        inspection.look(repository, by=secretary, at=f.NOW + days * DAY)
    SimulatedStore.repositories[repository.user].damaged.add("/papiers/1.txt")
    at = f.NOW + 1000 * DAY
    check = inspection.check(repository, by=secretary, at=at)
    assert check is not None
    assert not check.is_sound
    assert inspection.prune(repository, by=secretary, at=at) == []
    assert state(at).label == "Dépôt abîmé"


def test_each_is_due_in_its_turn_and_no_oftener(repository, secretary):
    saves(repository, at=f.NOW)
    with scopes_disabled():
        pass
    assert inspection.look_due(by=secretary, at=f.NOW + timedelta(hours=1)) == 1
    assert inspection.look_due(by=secretary, at=f.NOW + timedelta(hours=1)) == 0
    assert inspection.check_due(by=secretary, at=f.NOW + DAY) == 1
    assert inspection.check_due(by=secretary, at=f.NOW + 2 * DAY) == 0
    assert Check.objects.get().is_sound
    assert inspection.prune_due(by=secretary, at=f.NOW + DAY) == 1
    assert inspection.prune_due(by=secretary, at=f.NOW + 2 * DAY) == 0


# --- Freshness and letters --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("hours", "label", "tone"),
    [(1, "À jour", "ok"), (35, "À jour", "ok"), (37, "À surveiller", "alert"), (73, "En retard", "danger")],
)
def test_how_fresh_a_daily_machine_is_said(repository, secretary, hours, label, tone):
    saves(repository, at=f.NOW)
    inspection.look(repository, by=secretary, at=f.NOW)
    row = state(f.NOW + timedelta(hours=hours))
    assert (row.label, row.tone) == (label, tone)


@pytest.mark.parametrize(
    ("code", "missing", "label", "tone"),
    [
        (0, [], "À jour", "ok"),
        (3, [], "Incomplète", "alert"),
        (3, ["/papiers"], "Dossier introuvable", "danger"),
        (0, ["/papiers"], "Dossier introuvable", "danger"),
        # Neither a folder of another's, nor what restic answers when nothing was saved, nor nothing at all.
        (0, ["/etc", "<script>", "/papiers/"], "À jour", "ok"),
        (1, ["/papiers"], "À jour", "ok"),
        (None, ["/papiers"], "À jour", "ok"),
    ],
)
def test_what_a_save_left_out_is_said_and_is_not_green(repository, secretary, code, missing, label, tone):
    saves(repository, at=f.NOW)
    inspection.look(repository, by=secretary, at=f.NOW)
    actions.note_outcome(repository.machine, code=code, missing=missing, by=secretary, at=f.NOW)
    row = state(f.NOW)
    assert (row.label, row.tone) == (label, tone)
    assert ("/papiers" in row.sentence) is (label == "Dossier introuvable")
    # The next save that leaves nothing out says it.
    actions.note_outcome(repository.machine, code=0, missing=[], by=secretary, at=f.NOW)
    assert state(f.NOW).label == "À jour"


def test_a_folder_that_is_asked_for_no_more_is_missing_no_more(repository, secretary):
    saves(repository, at=f.NOW)
    inspection.look(repository, by=secretary, at=f.NOW)
    machine = actions.note_outcome(repository.machine, code=3, missing=["/papiers"], by=secretary, at=f.NOW)
    actions.change_machine(machine, name="Accueil", folders="/actes", every_days=1, by=secretary, at=f.NOW)
    assert state(f.NOW).label == "À jour"


def test_a_late_machine_is_told_of_once_and_again_when_it_is_late_again(
    repository, secretary, django_db_blocker, monkeypatch
):
    f.member(Role.MAYOR, repository.beneficiary)
    monkeypatch.setattr(emails.departures, "send_once", _once_in_a_test())
    saves(repository, at=f.NOW)
    inspection.look(repository, by=secretary, at=f.NOW)
    assert emails.tell_troubles(at=f.NOW + DAY) == 0
    assert emails.tell_troubles(at=f.NOW + 4 * DAY) == 2
    assert emails.tell_troubles(at=f.NOW + 5 * DAY) == 0
    assert {message.to[0] for message in mail.outbox} == {
        person.email for person in emails.people_of(repository.beneficiary, at=f.NOW)
    }
    assert "Accueil" in mail.outbox[0].subject
    assert "/mairie/sauvegardes/" in mail.outbox[0].body
    saves(repository, at=f.NOW + 6 * DAY)
    inspection.look(repository, by=secretary, at=f.NOW + 6 * DAY)
    assert emails.tell_troubles(at=f.NOW + 6 * DAY) == 0
    assert emails.tell_troubles(at=f.NOW + 10 * DAY) == 2


def _once_in_a_test():
    """`send_once` wants to be out of any transaction: the same promise, kept in memory."""
    left: set[tuple[object, ...]] = set()

    def send_once(key, subject, text, to, *, at, headers=None):
        if (*key, to) in left:
            return False
        left.add((*key, to))
        emails.departures.send(key, subject, text, to)
        return True

    return send_once


def test_what_is_wrong_on_our_side_is_told_to_those_who_keep_the_key_too(repository, secretary, monkeypatch):
    officer = f.member(Role.PROGRAMME_OFFICER, f.programme().lead())
    monkeypatch.setattr(emails.departures, "send_once", _once_in_a_test())
    saves(repository, at=f.NOW)
    inspection.look(repository, by=secretary, at=f.NOW)
    SimulatedStore.repositories[repository.user].damaged.add("/papiers/1.txt")
    inspection.check(repository, by=secretary, at=f.NOW)
    assert emails.tell_troubles(at=f.NOW) == 2
    assert officer.email in {message.to[0] for message in mail.outbox}


def test_a_full_quota_is_told_before_and_when_it_closes(account, repository, secretary, monkeypatch):
    monkeypatch.setattr(emails.departures, "send_once", _once_in_a_test())
    saves(repository, at=f.NOW)
    account.quota = int(
        sum(len(c) for c in SimulatedStore.repositories[repository.user].saves.popitem()[1][1].values())
    )
    account.save()
    saves(repository, at=f.NOW)
    inspection.look_due(by=secretary, at=f.NOW + timedelta(hours=1))
    account.refresh_from_db()
    assert account.is_full
    assert SimulatedStore().who_enters() == frozenset()
    assert emails.tell_troubles(at=f.NOW + timedelta(hours=1)) == 1
    assert "plus de place" in mail.outbox[-1].subject
    actions.set_quota(account, gigabytes=1, by=secretary, at=f.NOW)
    assert emails.tell_troubles(at=f.NOW + timedelta(hours=2)) == 0


@pytest.mark.slow
def test_the_list_asks_as_much_for_one_machine_as_for_ten(account, secretary, django_assert_num_queries):
    for number in range(10):
        saves(enrolled(account, secretary, name=f"Poste {number}"), at=f.NOW)
    with scope(beneficiary=account.beneficiary), django_assert_num_queries(1):
        assert len(presenters.rows_of(presenters.with_states(Machine.objects.all()), at=f.NOW)) == 10
