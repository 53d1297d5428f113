"""The `socle` command: Django's own command line, with our verbs, one style (hyphens)."""

import os
import sys


def main() -> None:
    """Run `socle <verb>`; a verb written with hyphens is looked up with underscores."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "socle.config.settings")
    from django.core.management import execute_from_command_line

    arguments = list(sys.argv)
    if len(arguments) > 1 and not arguments[1].startswith("-"):
        arguments[1] = arguments[1].replace("-", "_")
    execute_from_command_line(arguments)
