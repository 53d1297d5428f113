"""Periodic tasks of this room, and how often each runs."""

from __future__ import annotations

from socle.lib.declared import MINUTE, Tick

TICKS: tuple[Tick, ...] = (
    # The alerts by e-mail: the links that confirm, and the alerts that appeared.
    Tick(MINUTE, "socle.sections.subscriptions.tasks.send_subscription_letters"),
    Tick(30, "socle.sections.subscriptions.tasks.send_urgent_alerts"),
    Tick(30, "socle.sections.subscriptions.tasks.send_alerts"),
)
