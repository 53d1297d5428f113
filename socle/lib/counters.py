"""Counters of what happens, for whoever watches the platform: never who, never which address.

The counts of every process of this machine are added up by whoever reads them (socle.operations.metrics): each process
writes its own in the folder that settings name before this module is read.
"""

from __future__ import annotations

from prometheus_client import Counter, Histogram

# Seconds; the house's own aim is a page within 0.2.
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8)

REQUESTS = Counter("socle_requests", "Requests answered, by route and status.", ["door", "route", "method", "status"])
REQUEST_SECONDS = Histogram(
    "socle_request_seconds", "Time to answer, by route, in seconds.", ["door", "route"], buckets=BUCKETS
)
TURN_SECONDS = Histogram(
    "socle_turn_seconds", "Time a request that has come waits for its turn, in seconds.", buckets=(0.001, *BUCKETS)
)
MESSAGES = Counter("socle_messages", "Messages handed to the sending server, by outcome.", ["outcome"])
REFUSED_ATTEMPTS = Counter("socle_refused_attempts", "Requests refused for coming too often, by rule.", ["rule"])
