"""Rules: when something is counted, and for how long it is kept: a French sentence when not, or None."""

from __future__ import annotations

from django.conf import settings

from socle.retention.table import rules

# The rule of websites/retention.py that lets the numbers go.
RETENTION = "audience"
DAYS_IN_A_MONTH = 30.44


def why_not_measure() -> str | None:
    """Say why nothing is counted on this platform. A demonstration counts nothing either: its numbers are invented."""
    if settings.SOCLE_ACCESS_LOGS or settings.DEMO:
        return None
    return (
        "La mesure d’audience n’est pas en service sur cette plateforme\u00a0: rien n’est compté. L’opérateur la met "
        "en service en disant où le serveur web écrit les pages lues (SOCLE_ACCESS_LOGS)."
    )


def months_kept() -> int:
    """For how many months the numbers are kept, as the operator chose it."""
    days = next((rule.days for rule in rules() if rule.code == RETENTION), None)
    return max(1, round((days or 0) / DAYS_IN_A_MONTH))
