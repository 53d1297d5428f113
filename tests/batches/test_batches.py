"""A batch goes on line by line, whatever happens to those who carry it; nothing is done twice, nothing is lost."""

from __future__ import annotations

import errno
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from socle.batches import actions, rules, tasks
from socle.batches.actions import Chosen
from socle.batches.gestures import all_gestures, gesture_of
from socle.batches.models import Batch, BatchLine, LineState, Status
from socle.batches.progress import REPORT, progress_of
from socle.journal.models import Entry
from socle.lib import locks
from socle.lib.refusals import Refused
from socle.people.models import Role, User
from tests import factories as f
from tests.batches import gestures
from tests.batches.gestures import BUSY, FULL, GONE, once, written

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def table(settings):
    settings.SOCLE_GESTURES = "tests.batches.gestures.GESTURES"
    once.clear()


def begin(*subjects, gesture="write", key=None, by=None):
    pack = f.programme()
    return actions.start(
        gesture_of(gesture),
        [Chosen(subject, f"Objet {subject}") for subject in subjects],
        programme=pack,
        operator=pack.lead(),
        key=key,
        by=by or User.objects.system(),
        at=timezone.now(),
    )


def states(batch):
    return dict(batch.lines.values_list("subject", "state"))


def carry_on(batch, times=1, **more):
    """A worker's turn, or several; as time passes, what was put off comes due."""
    for _ in range(times):
        BatchLine.objects.update(due_at=None)
        Batch.objects.update(next_try_at=None)
        actions.carry_on(only=batch.pk, **more)
    batch.refresh_from_db()
    return batch


def test_every_line_is_done_once_and_the_batch_ends():
    batch = carry_on(begin("a", "b", "c"))
    assert written() == ["a", "b", "c"]
    assert batch.status == Status.FINISHED
    assert set(states(batch).values()) == {LineState.DONE}
    carry_on(batch)
    assert written() == ["a", "b", "c"]
    assert list(Entry.objects.about(batch).order_by("id").values_list("verb", flat=True)) == [
        "batch.started",
        "batch.finished",
    ]


def test_each_line_ends_in_its_own_way_and_says_why():
    batch = carry_on(begin("a", "never", "refused", "failed", "wrong", "b"))
    assert states(batch) == {
        "a": "done",
        "never": "refused",
        "refused": "refused",
        "failed": "failed",
        "wrong": "failed",
        "b": "done",
    }
    says = dict(batch.lines.values_list("subject", "says"))
    assert says["never"] == "Refusée d’emblée."
    assert says["refused"] == "Le conseil n’a pas délibéré."
    assert says["failed"] == "Le serveur ne répond pas."
    assert "imprévue" in says["wrong"]
    # What the gestures that did not end had written is not there.
    assert written() == ["a", "b"]


def test_the_same_form_sent_twice_starts_once():
    key = uuid4()
    assert begin("a", key=key).pk == begin("a", key=key).pk
    assert BatchLine.objects.count() == 1


@pytest.mark.parametrize("gesture", ["write", "write_in_steps"])
def test_what_a_killed_worker_left_running_is_taken_again(gesture):
    batch = begin("a", "b", gesture=gesture)
    # The worker died in the middle: the gesture made of steps had done its own.
    batch.lines.filter(subject="a").update(state=LineState.RUNNING, starts=1, started_at=timezone.now())
    if gesture == "write_in_steps":
        gestures.Write().do("a", None, at=timezone.now())
    carry_on(batch)
    assert written() == ["a", "b"]
    assert batch.status == Status.FINISHED


def test_a_line_held_by_a_living_worker_is_passed_over(monkeypatch):
    batch = begin("a", "b")
    held = f"batch-line-{batch.lines.get(subject='a').pk}"

    class Free:
        def __init__(self, name):
            self.name = name

        def __enter__(self):
            return self.name != held

        def __exit__(self, *error):
            return None

    monkeypatch.setattr(actions.connection, "vendor", "postgresql", raising=False)
    monkeypatch.setattr(actions.locks, "held", Free)
    carry_on(batch)
    assert written() == ["b"]
    assert states(batch)["a"] == LineState.PENDING
    assert batch.status == Status.RUNNING


def test_a_line_that_kills_its_workers_is_set_aside():
    batch = begin("a", "b")
    batch.lines.filter(subject="a").update(state=LineState.RUNNING, starts=actions.MAX_STARTS)
    carry_on(batch)
    assert states(batch) == {"a": "failed", "b": "done"}
    assert "arrêté à chaque fois" in batch.lines.get(subject="a").says


@pytest.mark.parametrize("trouble", [FULL, GONE], ids=["disk", "database"])
def test_a_trouble_that_is_not_the_lines_spends_no_line_and_passes_by_itself(trouble):
    batch = begin("a", "b")
    once["a"] = trouble
    carry_on(batch)
    assert states(batch) == {"a": "pending", "b": "pending"}
    assert batch.lines.get(subject="a").starts == 0
    assert batch.hindrance
    assert batch.status == Status.RUNNING
    batch.refresh_from_db()
    assert not Batch.objects.due(timezone.now()).filter(next_try_at__gt=timezone.now()).exists()
    carry_on(batch)
    assert written() == ["a", "b"]
    assert (batch.status, batch.hindrance) == (Status.FINISHED, "")


def test_a_hindered_batch_is_tried_later_and_later():
    batch = begin("a")
    waits = []
    for _ in range(8):
        once["a"] = OSError(errno.ENOSPC, "No space left on device")
        before = timezone.now()
        Batch.objects.update(next_try_at=None)
        actions.carry_on(only=batch.pk, clock=lambda before=before: before)
        batch.refresh_from_db()
        waits.append(round((batch.next_try_at - before).total_seconds(), -1))
    assert waits == [10, 20, 40, 80, 160, 300, 300, 300]


def test_a_line_another_is_busy_with_comes_back_after_the_others():
    batch = begin("a", "b")
    once["a"] = BUSY
    actions.carry_on(only=batch.pk)
    assert states(batch) == {"a": "pending", "b": "done"}
    assert not Batch.objects.due(timezone.now()).exists()
    assert Batch.objects.due(timezone.now() + actions.LATER).exists()
    carry_on(batch)
    assert written() == ["b", "a"]


@pytest.mark.slow
@pytest.mark.both
def test_a_line_put_off_for_ever_fails():
    batch = begin("a")
    for _ in range(actions.MAX_WAITS + 1):
        once["a"] = BUSY
        carry_on(batch)
    assert states(batch) == {"a": "failed"}


def test_a_slice_ends_in_time_and_the_next_goes_on():
    batch = begin(*"abcd")
    start = timezone.now()
    ticks = iter(start + timedelta(seconds=n) for n in range(1000))
    assert actions.carry_on(only=batch.pk, slice_of=timedelta(seconds=6), clock=lambda: next(ticks))
    assert 0 < len(written()) < 4
    carry_on(batch)
    assert written() == list("abcd")


# --- Steering ---------------------------------------------------------------------------------------------------------
def test_paused_nothing_is_taken_and_resumed_it_goes_on():
    batch = begin("a", "b")
    actions.pause(batch, by=User.objects.system(), at=timezone.now())
    assert not actions.carry_on()
    # Nor are its lines by the batch beside, which goes on.
    carry_on(begin("other"))
    assert written() == ["other"]
    actions.resume(batch, by=User.objects.system(), at=timezone.now())
    carry_on(batch)
    assert written() == ["other", "a", "b"]


def test_a_pause_takes_effect_after_the_line_being_done(monkeypatch):
    batch = begin("a", "b", "c")
    do = gestures.Write.do

    def pausing(self, subject, wish, *, at):
        if subject == "b":
            actions.pause(batch, by=User.objects.system(), at=at)
        return do(self, subject, wish, at=at)

    monkeypatch.setattr(gestures.Write, "do", pausing)
    carry_on(batch)
    assert written() == ["a", "b"]
    assert batch.status == Status.PAUSED


def test_stopped_what_is_done_stays_what_remains_is_left_and_may_be_retried():
    batch = begin("a", "b", "failed")
    batch.lines.filter(subject="a").update(state=LineState.DONE)
    actions.cancel(batch, by=User.objects.system(), at=timezone.now())
    assert states(batch) == {"a": "done", "b": "left", "failed": "left"}
    assert not actions.carry_on()
    actions.retry(batch, by=User.objects.system(), at=timezone.now())
    carry_on(batch)
    assert states(batch) == {"a": "done", "b": "done", "failed": "failed"}
    assert written() == ["b"]


def test_a_line_that_ends_after_the_batch_was_stopped_says_what_came_of_it(monkeypatch):
    batch = begin("a", "b")
    do = gestures.Write.do

    def stopping(self, subject, wish, *, at):
        actions.cancel(batch, by=User.objects.system(), at=at)
        return do(self, subject, wish, at=at)

    monkeypatch.setattr(gestures.Write, "do", stopping)
    carry_on(batch)
    assert states(batch) == {"a": "done", "b": "left"}
    assert batch.status == Status.CANCELLED


def test_only_those_in_charge_steer_a_batch():
    pack = f.programme()
    finance, officer = f.member(Role.FINANCE_OFFICER, pack.lead()), f.member(Role.PROGRAMME_OFFICER, pack.lead())
    elsewhere = f.member(Role.TECHNICIAN, pack.centre_de_gestion_of(f.department("59")))
    batch = begin("a", by=officer)
    for person in (finance, elsewhere):
        with pytest.raises(Refused, match="Seules"):
            actions.pause(batch, by=person, at=timezone.now())
    own = begin("a", by=finance)
    assert actions.pause(own, by=finance, at=timezone.now()).status == Status.PAUSED


@pytest.mark.parametrize(
    ("status", "allowed"),
    [
        (Status.RUNNING, {"pause", "cancel"}),
        (Status.PAUSED, {"resume", "cancel"}),
        (Status.FINISHED, set()),
        (Status.CANCELLED, set()),
    ],
)
def test_a_batch_is_steered_from_its_state(status, allowed):
    batch = begin("a")
    Batch.objects.update(status=status)
    batch.refresh_from_db()
    system, on = User.objects.system(), f.TODAY
    rules_of = {"pause": rules.why_not_pause, "resume": rules.why_not_resume, "cancel": rules.why_not_cancel}
    assert {name for name, rule in rules_of.items() if rule(batch, by=system, on=on) is None} == allowed


@pytest.mark.parametrize("count", [0, rules.MOST + 1])
def test_nothing_or_too_much_is_refused_with_the_remedy(count):
    with pytest.raises(Refused, match=r"cochez|resserrez"):
        begin(*(f"n{number}" for number in range(count)))
    assert not Batch.objects.exists()


# --- Following --------------------------------------------------------------------------------------------------------
def test_the_time_left_is_read_from_the_latest_pace():
    batch = begin(*(f"n{number}" for number in range(10)))
    start = batch.resumed_at
    for number, line in enumerate(batch.lines.all()[:4], 1):
        ended = start + timedelta(seconds=2 * number)
        BatchLine.objects.filter(pk=line.pk).update(state=LineState.DONE, started_at=start, ended_at=ended)
    now = progress_of(batch, at=start + timedelta(seconds=8))
    assert (now.done, now.pending, now.total) == (4, 6, 10)
    assert now.seconds_left == 12
    assert now.time_left == "environ 10 secondes"
    assert not now.is_silent
    later = progress_of(batch, at=start + timedelta(minutes=5))
    assert later.is_silent
    assert later.seconds_left is None


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(3, "environ 5 secondes"), (88, "environ 90 secondes"), (150, "environ 2 minutes"), (7260, "environ 2 h 01")],
)
def test_the_time_left_is_said_as_a_person_would(seconds, words):
    from socle.batches.progress import Progress

    said = Progress(0, 0, 0, 0, 0, 1, seconds, False).time_left
    assert said.replace("\u00a0", " ") == words


def test_the_report_says_each_line():
    batch = carry_on(begin("a", "refused"))
    lines = [tuple(REPORT.cells(line)) for line in batch.lines.all()]
    assert [line[0] for line in lines] == ["Objet a", "Objet refused"]
    assert lines[1][2:4] == ("refusé", "Le conseil n’a pas délibéré.")


# --- The queue --------------------------------------------------------------------------------------------------------
@pytest.fixture
def queue(settings):
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    settings.SOCLE_BATCH_WORKERS = 2


def test_the_tick_replaces_the_tasks_that_were_lost(queue):
    assert actions.hand_out() == 0
    begin("a")  # It enqueues one of the two by itself.
    assert DBTaskResult.objects.count() == 1
    assert actions.hand_out() == 1
    assert actions.hand_out() == 0
    # Set aside by the reaper: it will not run again.
    DBTaskResult.objects.filter(pk=DBTaskResult.objects.first().pk).update(status=TaskResultStatus.FAILED)
    assert actions.hand_out() == 1


def test_a_task_hands_on_to_one_task_at_most(queue):
    begin("a")
    for _ in range(5):
        actions.enqueue_next()
    assert DBTaskResult.objects.count() == 2


def test_the_task_serves_the_batches_in_turn():
    first, second = begin("a"), begin("b")
    assert actions.carry_on()
    assert written() == ["a"]
    assert not actions.carry_on()
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.status == second.status == Status.FINISHED


def test_a_gesture_that_is_no_more_hinders_its_batch_and_loses_nothing():
    batch = begin("a")
    Batch.objects.update(gesture="vanished")
    carry_on(batch)
    assert "vanished" in batch.hindrance
    assert states(batch) == {"a": "pending"}


def test_the_house_declares_its_gestures(settings):
    settings.SOCLE_GESTURES = "socle.config.gestures.GESTURES"
    codes = [gesture.code for gesture in all_gestures()]
    assert len(codes) == len(set(codes)) >= 7
    for gesture in all_gestures():
        assert gesture.label
        assert gesture.explains.endswith(".")
    # Those made of several transactions, and what is asked twice before it is done.
    in_steps = {gesture.code for gesture in all_gestures() if not gesture.is_atomic}
    assert in_steps == {"equip", "remind_signatories", "remind_of_acts", "send_letter", "sign", "reconcile"}
    assert [gesture.code for gesture in all_gestures() if gesture.needs_care] == ["suspend"]
    with pytest.raises(Refused, match="equip"):
        gesture_of("nothing")


def test_a_lock_is_held_once_and_freed():
    with locks.held("essai") as first:
        assert first
    with locks.held("essai") as again:
        assert again


def test_nothing_is_tried_again_where_nothing_failed_nor_by_who_does_not_steer():
    batch = carry_on(begin("a"))
    with pytest.raises(Refused, match="rien à reprendre"):
        actions.retry(batch, by=User.objects.system(), at=timezone.now())
    assert carry_on(batch).status == Status.FINISHED
    BatchLine.objects.update(state=LineState.FAILED)
    stranger = f.member(Role.SECRETARY, f.beneficiary())
    with pytest.raises(Refused):
        actions.retry(batch, by=stranger, at=timezone.now())


def test_whoever_takes_a_batch_over_is_written_and_nobody_pauses_it():
    batch = begin("a", "b")
    officer, system = f.member(Role.PROGRAMME_OFFICER, batch.operator), User.objects.system()
    assert actions.hand_to(batch, to=officer, by=system, at=timezone.now())
    batch.refresh_from_db()
    assert (batch.followed_by, batch.status) == (officer, Status.RUNNING)
    assert Entry.objects.get(verb="batch.handed_over").facts == {"successor": officer.pk}
    assert actions.hand_to(batch, to=None, by=system, at=timezone.now())
    batch.refresh_from_db()
    assert (batch.followed_by, batch.status) == (officer, Status.PAUSED)
    assert Entry.objects.filter(verb="batch.handed_over").count() == 1


def test_whoever_may_not_steer_a_batch_takes_over_none_and_it_pauses():
    batch = begin("a")
    finance = f.member(Role.FINANCE_OFFICER, batch.operator)
    assert actions.hand_to(batch, to=finance, by=User.objects.system(), at=timezone.now())
    batch.refresh_from_db()
    assert (batch.followed_by, batch.status) == (None, Status.PAUSED)
    assert not Entry.objects.filter(verb="batch.handed_over").exists()


def test_a_batch_that_ends_or_goes_again_says_no_hindrance_any_more():
    batch = begin("a")
    Batch.objects.update(hindrance="Le disque est plein.", hindrances=3)
    batch = carry_on(batch)
    assert (batch.status, batch.hindrance, batch.next_try_at) == (Status.FINISHED, "", None)
    BatchLine.objects.update(state=LineState.FAILED)
    Batch.objects.update(hindrance="Le disque est plein.", hindrances=3)
    at = timezone.now()
    actions.retry(batch, by=User.objects.system(), at=at)
    batch.refresh_from_db()
    assert (batch.status, batch.hindrance, batch.hindrances) == (Status.RUNNING, "", 0)
    assert (batch.resumed_at, batch.ended_at, batch.next_try_at) == (at, None, None)


def rows_of(batch, *names):
    return list(batch.lines.order_by("pk").values_list("subject", *names))


def test_a_batch_keeps_what_it_was_asked_and_each_line_what_came_of_it():
    system, at = User.objects.system(), timezone.now()
    batch = actions.start(
        gesture_of("write"),
        [Chosen("a", "x" * 300, "59474"), Chosen("never", "Jamais")],
        programme=f.programme(), operator=f.programme().lead(), filters="y" * 2000, by=system, at=at,
    )  # fmt: skip
    batch.refresh_from_db()
    assert (batch.started_at, batch.resumed_at, batch.started_by, batch.filters) == (at, at, system, "y" * 1000)
    assert (batch.programme, batch.operator, batch.gesture) == (f.programme(), f.programme().lead(), "write")
    lines = {one.subject: one for one in batch.lines.all()}
    assert (lines["a"].label, lines["a"].code, lines["a"].ended_at, lines["a"].says) == ("x" * 200, "59474", None, "")
    assert (lines["never"].state, lines["never"].ended_at) == (LineState.REFUSED, at)
    assert Entry.objects.get().facts == {"gesture": "write", "lines": 2, "refused": 1}
    carry_on(batch)
    done = batch.lines.get(subject="a")
    assert (done.says, done.starts, done.due_at, done.started_at >= at) == ("a écrit.", 0, None, True)
    assert done.ended_at >= done.started_at
    assert Entry.objects.get(verb="batch.finished").facts == {"lines": 1, "failed": 0}
    assert batch.ended_at >= done.ended_at


def test_each_gesture_on_a_batch_is_written_and_touches_no_other():
    system, at = User.objects.system(), timezone.now()
    batch, other = begin(*"abcde"), begin(*"abcde")
    for one in (batch, other):
        for subject, state in zip("bcde", ("running", "failed", "left", "done"), strict=True):
            one.lines.filter(subject=subject).update(state=state, says="dit", starts=2, waits=3, due_at=at, ended_at=at)
        Batch.objects.filter(pk=one.pk).update(hindrance="Plein", hindrances=2, next_try_at=at)
    kept = Batch.objects.values().get(pk=other.pk), list(other.lines.order_by("pk").values())
    Entry._base_manager.all()._raw_delete("default")
    later = at + timedelta(hours=1)
    with pytest.raises(Refused, match="pas en pause"):
        actions.resume(batch, by=system, at=later)
    actions.pause(batch, by=system, at=later)
    actions.resume(batch, by=system, at=later)
    batch.refresh_from_db()
    assert (batch.status, batch.resumed_at, batch.hindrance, batch.hindrances, batch.next_try_at) == (
        Status.RUNNING, later, "", 0, None,
    )  # fmt: skip
    Batch.objects.filter(pk=batch.pk).update(hindrance="Plein", next_try_at=at)
    actions.cancel(batch, by=system, at=later)
    batch.refresh_from_db()
    assert (batch.status, batch.ended_at, batch.hindrance, batch.next_try_at) == (Status.CANCELLED, later, "", None)
    assert states(batch) == {"a": "left", "b": "left", "c": "failed", "d": "left", "e": "done"}
    said = dict(rows_of(batch, "says"))
    assert said["a"].startswith("Laissée")
    assert said["b"].startswith("En cours quand")
    actions.retry(batch, by=system, at=later)
    assert rows_of(batch, "state", "says", "starts", "waits", "due_at", "ended_at") == [
        *[(one, LineState.PENDING, "", 0, 0, None, None) for one in "abcd"],
        ("e", LineState.DONE, "dit", 2, 3, at, at),
    ]
    assert list(Entry.objects.order_by("pk").values_list("verb", "facts", "object_id")) == [
        ("batch.paused", {}, str(batch.pk)),
        ("batch.resumed", {}, str(batch.pk)),
        ("batch.cancelled", {"lines": 1}, str(batch.pk)),
        ("batch.retried", {"lines": 4}, str(batch.pk)),
    ]
    assert (Batch.objects.values().get(pk=other.pk), list(other.lines.order_by("pk").values())) == kept


@pytest.mark.parametrize("gesture", [actions.resume, actions.retry])
@pytest.mark.parametrize(("who", "takes"), [("stays", False), ("left", True), ("system", False)])
def test_whoever_sets_a_batch_going_takes_it_from_who_left(gesture, who, takes):
    lead, system = f.programme().lead(), User.objects.system()
    officer, author = f.member(Role.TECHNICIAN, lead), f.member(Role.PROGRAMME_OFFICER, lead)
    batch = begin("a", by=system if who == "system" else author)
    if who == "left":
        author.memberships.all().delete()
    batch.lines.update(state=LineState.FAILED)
    Batch.objects.filter(pk=batch.pk).update(status=Status.PAUSED if gesture is actions.resume else Status.FINISHED)
    batch.refresh_from_db()
    gesture(batch, by=officer, at=timezone.now())
    batch.refresh_from_db()
    assert batch.followed_by == (officer if takes else None)
    told = Entry.objects.filter(verb="batch.handed_over").values_list("facts", flat=True)
    assert list(told) == ([{"successor": officer.pk}] if takes else [])


def test_a_line_is_set_aside_or_fails_at_its_last_try():
    batch = begin("a", "b")
    batch.lines.filter(subject="a").update(starts=actions.MAX_STARTS - 1)
    batch.lines.filter(subject="b").update(waits=actions.MAX_WAITS - 1)
    once["b"] = BUSY
    before = timezone.now()
    actions.carry_on(only=batch.pk)
    assert states(batch) == {"a": "done", "b": "pending"}
    line = batch.lines.get(subject="b")
    assert (line.waits, line.starts, line.says) == (actions.MAX_WAITS, 0, "Un autre exécuteur s’en occupe.")
    assert before < line.due_at - actions.LATER <= timezone.now()
    once["b"] = BUSY
    assert states(carry_on(batch)) == {"a": "done", "b": "failed"}
    assert batch.lines.get(subject="b").says.endswith(f"Remise à plus tard {actions.MAX_WAITS} fois, sans succès.")


@pytest.mark.parametrize(("workers", "waiting", "hands"), [(2, 0, 1), (2, 1, 1), (2, 2, 0), (1, 1, 0)])
def test_a_task_is_handed_on_while_fewer_than_the_workers_wait(settings, queue, workers, waiting, hands):
    settings.SOCLE_BATCH_WORKERS = workers
    for _ in range(waiting):
        tasks.carry_on.enqueue()
    before = DBTaskResult.objects.count()
    actions.enqueue_next()
    assert DBTaskResult.objects.count() - before == hands
