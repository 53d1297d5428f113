"""The `socle` command: Django's own command line, with our verbs, one style (hyphens)."""

import os
import sys


def main() -> None:
    """Run `socle <verb>`; a verb written with hyphens is looked up with underscores.

    A database that was never prepared is said in one sentence, with its remedy, instead of a trace.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "socle.config.settings")
    from django.core.management import execute_from_command_line
    from django.db.utils import OperationalError, ProgrammingError

    arguments = list(sys.argv)
    if len(arguments) > 1 and not arguments[1].startswith("-"):
        arguments[1] = arguments[1].replace("-", "_")
    try:
        execute_from_command_line(arguments)
    except (OperationalError, ProgrammingError) as error:
        if not _is_unprepared(error):
            raise
        sys.exit(
            "La base de données n’est pas prête : lancez « socle demo » (démonstration) ou « socle migrate »."
        )


def _is_unprepared(error: Exception) -> bool:
    """Whether a table is missing: SQLite says so in words, PostgreSQL by its code 42P01."""
    return "no such table" in str(error) or getattr(error.__cause__, "sqlstate", "") == "42P01"
