"""What a rule of retention is, and where the table of rules is read (settings name it, so that it knows every room)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from django.conf import settings
from django.db import models
from django.utils.module_loading import import_string


class Fate(models.TextChoices):
    """What becomes of personal data when its time is over."""

    ERASED = "erased", "effacées"
    PSEUDONYMISED = "pseudonymised", "pseudonymisées"
    KEPT = "kept", "conservées"


class LettingGo(Protocol):
    """What a room gives: let go of what is older than `before`; return how many rows. Dry, it only counts them."""

    def __call__(self, before: datetime, *, by: models.Model, at: datetime, is_dry: bool) -> int: ...


@dataclass(frozen=True)
class Rule:
    """One kind of personal data. `days` counts from what `since` says; a rule without `let_go` says why data is "
    "kept."""

    code: str
    what: str
    whose: str
    since: str
    days: int | None
    basis: str
    fate: Fate
    let_go: str = ""

    def before(self, at: datetime) -> datetime:
        """The instant before which data is let go."""
        return at - timedelta(days=self.days or 0)

    @property
    def act(self) -> LettingGo | None:
        act: Callable[..., int] | None = import_string(self.let_go) if self.let_go else None
        return act


def rules() -> tuple[Rule, ...]:
    """The table, with the lengths that this operator chose (SOCLE_RETENTION_DAYS); raise ValueError on a wrong one."""
    table: tuple[Rule, ...] = import_string(settings.SOCLE_RETENTION)
    chosen = dict(settings.SOCLE_RETENTION_DAYS)
    made = []
    for rule in table:
        text = chosen.pop(rule.code, None) if rule.days is not None else None
        if text is None:
            made.append(rule)
            continue
        if not str(text).isascii() or not str(text).isdigit() or int(text) < 1:
            raise ValueError(
                f"SOCLE_RETENTION_DAYS\u00a0: «\u00a0{rule.code}={text}\u00a0» n’est pas un nombre de jours."
            )
        made.append(replace(rule, days=int(text)))
    if chosen:
        raise ValueError(
            f"SOCLE_RETENTION_DAYS\u00a0: aucune règle ne s’appelle «\u00a0{', '.join(sorted(chosen))}\u00a0»."
        )
    return tuple(made)
