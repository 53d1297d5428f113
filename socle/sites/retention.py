"""Retention rules of this room: how long its personal data is kept: another room's rule says it."""

from socle.lib.declared import Rule

RULES: tuple[Rule, ...] = ()

# Models that hold an e-mail address or a telephone number, and the rule that answers for them.
ANSWERED: dict[str, str] = {"websites.MunicipalFacts": "contacts-publics"}
