"""What happens by itself, and how often: one table, read from top to bottom.

A tick never decides anything: it calls a function that re-derives what is due, so that a missed tick loses nothing and
two schedulers at once do no harm. One is at work at a time all the same (`run_alone`), the others stand by. A name that
points to a Django task is enqueued, unless one of it is already waiting; any other name is called here, without
argument.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import InterfaceError, OperationalError, close_old_connections, connections
from django.utils.module_loading import import_string
from django_tasks.base import Task, TaskResultStatus
from django_tasks_db.models import DBTaskResult

from socle.lib import locks

log = logging.getLogger("socle.scheduler")


@dataclass(frozen=True)
class Tick:
    """Every so many seconds, `what` (a dotted name) is called or enqueued."""

    every: int
    what: str


# How often, in seconds, a scheduler that waits looks whether the one at work is gone.
STANDING_BY = 2.0
MINUTE, HOUR, DAY = 60, 3600, 86400

TICKS: tuple[Tick, ...] = (
    # The lines of the journal join the hash chain, whose head is signed and kept.
    Tick(5, "socle.journal.heads.seal_and_keep"),
    # What the communes should have and what they have: one round of the loop.
    Tick(10, "socle.provisioning.tasks.reconcile_due"),
    # Each engine, tried all the way; the room that is taken of it.
    Tick(5 * MINUTE, "socle.provisioning.running.tasks.try_engines"),
    Tick(6 * HOUR, "socle.provisioning.running.tasks.read_rooms"),
    # The archives of those who leave, whose task was lost, or that wait for another try.
    Tick(MINUTE, "socle.provisioning.tasks.make_handovers"),
    # Signs of life: of whoever runs this table, and of whoever runs the tasks.
    Tick(20, "socle.operations.beats.scheduler_lives"),
    Tick(MINUTE, "socle.operations.beats.worker_lives"),
    # The batches that run have their tasks: one lost, or set aside, is replaced.
    Tick(5, "socle.batches.actions.hand_out"),
    # What the webhooks are to be told: read from the journal's sealed lines, and sent.
    Tick(5, "socle.integrations.deliveries.hand_out"),
    # Those whose webhook is stopped, or did not receive what was meant for it.
    Tick(MINUTE, "socle.integrations.tasks.tell_owners"),
    # A worker that was killed leaves its task « running » for ever: give it back.
    Tick(5, "socle.operations.reaper.reap"),
    # The ranks of the communes, when the map or a programme's rule has changed: each kept with its day and its reasons.
    Tick(DAY, "socle.agreements.tasks.keep_assessments"),
    # The folders of the mairies: what no row names, and the locks that are over.
    Tick(HOUR, "socle.files.tasks.sweep"),
    # The vintages confirmed in the console, whose task was lost.
    Tick(MINUTE, "socle.mergers.vintages.hand_out"),
    # The sites made since the last time join the search and reference indexes.
    Tick(MINUTE, "socle.websites.tasks.index_new_sites"),
    # The published files of the sites: what waits, and what another date changes.
    Tick(10, "socle.websites.tasks.publish_waiting"),
    Tick(5 * MINUTE, "socle.websites.tasks.follow_the_day"),
    # The alerts of the sites that appear, or disappear, by now: within a minute of their hour.
    Tick(20, "socle.websites.tasks.follow_the_hour"),
    # What is shared among sites: those it is now for, and no longer.
    Tick(5 * MINUTE, "socle.websites.sharing.tasks.follow_shares"),
    # What the messages of inhabitants call for: receipts, notices, answers that have not left.
    Tick(MINUTE, "socle.websites.messages.tasks.send_message_letters"),
    # The alerts by e-mail: the links that confirm, and the alerts that appeared.
    Tick(MINUTE, "socle.websites.subscriptions.tasks.send_subscription_letters"),
    Tick(30, "socle.websites.subscriptions.tasks.send_urgent_alerts"),
    Tick(30, "socle.websites.subscriptions.tasks.send_alerts"),
    # The communes' own names: what the DNS says of them, and their certificates.
    Tick(MINUTE, "socle.websites.tasks.check_names"),
    # The domains of the mail: their zones, where they are ours; what the DNS says of them.
    Tick(10, "socle.mail.zoning.tasks.write_zones"),
    Tick(MINUTE, "socle.mail.zoning.tasks.check_domains"),
    # The pages read on the sites, in what the web servers in front wrote.
    Tick(5 * MINUTE, "socle.websites.audience.tasks.read_audience"),
    # What is missing on the sites that were published since they were last examined.
    Tick(20, "socle.websites.upkeep.tasks.score_sites"),
    # The outside addresses that the sites lead to: each once a week, one of a host at a time.
    Tick(MINUTE, "socle.websites.upkeep.tasks.ask_outside_links"),
    # The owners of outside addresses who were not asked yet.
    Tick(MINUTE, "socle.mail.tasks.send_confirmations"),
    # Whoever comes to a mairie has a box at once: those whose first day has come, or whose message was lost.
    Tick(HOUR, "socle.mail.tasks.welcome_newcomers"),
    # What is to do on the sites, written once a week to those who keep them up.
    Tick(10 * MINUTE, "socle.websites.upkeep.tasks.remind_each_week"),
    # The old boxes being brought, whose task was lost.
    Tick(MINUTE, "socle.mail.tasks.carry_on"),
    # The former sites being read, and what is brought from them.
    Tick(10, "socle.websites.importing.tasks.carry_imports_on"),
    # The mail servers know what the mail says: each change tells them at once, this finds what a lost message left.
    Tick(HOUR, "socle.engines.postfix_dovecot.tasks.follow_all"),
    # What they are doing, what the boxes hold, and a real message from box to box.
    Tick(MINUTE, "socle.engines.postfix_dovecot.tasks.look"),
    Tick(5 * MINUTE, "socle.engines.postfix_dovecot.tasks.try_chain"),
    # What guests answered by mail to the invitations.
    Tick(MINUTE, "socle.engines.postfix_dovecot.tasks.read_answers"),
    Tick(15 * MINUTE, "socle.engines.postfix_dovecot.tasks.measure"),
    # The boxes to bring back to a date, and the copies they come from.
    Tick(MINUTE, "socle.engines.postfix_dovecot.tasks.carry_out_restorations"),
    Tick(DAY, "socle.engines.postfix_dovecot.tasks.save_messages"),
    # The invitations whose message has not left.
    Tick(MINUTE, "socle.people.tasks.send_invitations"),
    # What the people who left held changes hands, and those who leave soon are reminded.
    Tick(5 * MINUTE, "socle.people.leaving.hand_over_due"),
    Tick(HOUR, "socle.people.leaving.remind_due"),
    # What helpers opened ends with the last day of their access.
    Tick(5 * MINUTE, "socle.people.help.end_those_due"),
    # The claims of messages that left long ago.
    Tick(DAY, "socle.outbox.departures.forget_old"),
    # The letters of requests to join that have not left.
    Tick(MINUTE, "socle.joining.tasks.send_letters"),
    # The open requests to join whose agreement was drafted by another way.
    Tick(HOUR, "socle.joining.tasks.follow_drafts"),
    # Those of which nothing moved for long: whoever asked is reminded before they go.
    Tick(DAY, "socle.joining.tasks.remind_silent"),
    # The machines' saves: what came, a few checks, prunings and rehearsals at a time, and whoever is to be told.
    Tick(2 * MINUTE, "socle.backups.tasks.look"),
    Tick(10 * MINUTE, "socle.backups.tasks.check"),
    Tick(10 * MINUTE, "socle.backups.tasks.prune"),
    Tick(15 * MINUTE, "socle.backups.tasks.rehearse"),
    Tick(15 * MINUTE, "socle.backups.tasks.tell_troubles"),
    # What the editors asked to publish later, or to withdraw.
    Tick(MINUTE, "socle.websites.tasks.follow_schedules"),
    # Results of tasks long finished.
    Tick(HOUR, "socle.operations.ticks.prune_task_results"),
    # The answers kept for a day, so that a request asked twice is done once.
    Tick(HOUR, "socle.integrations.actions.forget_answers"),
    # What the log of the webhooks' deliveries keeps no longer.
    Tick(HOUR, "socle.integrations.deliveries.forget_old"),
    # Personal data whose time is over: each rule passes once a day.
    Tick(HOUR, "socle.operations.ticks.let_personal_data_go"),
    # Sessions that ended.
    Tick(DAY, "socle.operations.ticks.clear_sessions"),
    # What was kept of the devices of those sessions.
    Tick(HOUR, "socle.people.sign_in.sessions.forget_old"),
    # The counts of processes that ended long ago.
    Tick(DAY, "socle.operations.metrics.forget_the_dead"),
    # The invitations nobody accepted.
    Tick(DAY, "socle.people.invitations.forget_due"),
    # Statistics for SQLite's planner: without them its searches fall back on whole tables.
    Tick(HOUR, "socle.operations.ticks.optimize_database"),
)


def run_tick(tick: Tick) -> None:
    """Do it once. A tick that fails is logged, and tried again at its next time: it never stops the others."""
    close_old_connections()
    try:
        target = import_string(tick.what)
        if isinstance(target, Task):
            waiting = DBTaskResult.objects.filter(
                task_path=target.module_path, status__in=[TaskResultStatus.READY, TaskResultStatus.RUNNING]
            )
            if not waiting.exists():
                target.enqueue()
        else:
            target()
    except Exception:
        log.exception("tick failed: %s", tick.what)


def run_alone(
    stopping: Callable[[], bool],
    *,
    sleep: Callable[[float], None] = time.sleep,
    work: Callable[[Callable[[], bool]], None] | None = None,
) -> None:
    """Run the ticks while no other scheduler does, on any machine; else wait, ready to take over."""
    while not stopping():
        try:
            with locks.held_apart("scheduler-at-work") as lock:
                if lock.is_mine:
                    log.info("this scheduler is the one at work")
                    begin = work or (lambda until: run(until, sleep=sleep))
                    begin(lambda: stopping() or not lock.still_holds())
                    continue
        except (OperationalError, InterfaceError) as error:
            log.warning("the database does not answer (%s)", type(error).__name__)
            connections.close_all()
        sleep(STANDING_BY)


def run(
    stopping: Callable[[], bool],
    *,
    ticks: Sequence[Tick] = TICKS,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Run the ticks until `stopping()`. Each runs once at the start, then at its own pace, never to catch up."""
    due = dict.fromkeys(ticks, clock())
    while not stopping():
        for tick in ticks:
            if due[tick] <= clock() and not stopping():
                run_tick(tick)
                due[tick] = clock() + tick.every
        sleep(max(0.0, min(1.0, min(due.values()) - clock())))
