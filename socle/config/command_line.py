"""The `socle` command: Django's own command line, with our verbs, one style (hyphens)."""

from __future__ import annotations

import gc
import logging
import os
import re
import sys
import time

from socle import __version__

# Verbs that live as long as a service: their requests and ticks are logged, not the verb.
SERVICES = ("run", "web", "worker", "scheduler")
# Verbs whose files are read by servers that run under accounts of their own: they say themselves who reads each.
SHARING = ("mail_servers", "name_server", "webmail")
# The verb that tells of a refused database among the rest of what it finds.
TELLING = "doctor"


def main() -> None:
    """Run `socle <verb>`; a verb written with hyphens is looked up with underscores.

    Each verb leaves one line in `logs/verbs.log` of the data directory: its name, how it ended, how long it took. Its
    arguments may hold names: they are not written. A database that was never prepared is said in one sentence, with its
    remedy, instead of a trace; that of a release which is not taken over (compatibility) is refused before anything.
    """
    # What is imported stays: looked through for garbage at Python's own pace, it makes a start a tenth longer.
    gc.set_threshold(20_000, 20, 20)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "socle.config.settings")
    from django.conf import settings
    from django.core.management import BaseCommand, execute_from_command_line
    from django.db.utils import OperationalError, ProgrammingError

    from socle.operations import compatibility

    # Checking imports every screen, which takes longer than most verbs: each release is checked (`check_release`).
    BaseCommand.requires_system_checks = []
    arguments = list(sys.argv)
    if len(arguments) > 1 and not arguments[1].startswith("-"):
        arguments[1] = arguments[1].replace("-", "_")
    verb = arguments[1] if len(arguments) > 1 else "help"
    if verb in ("version", "--version"):
        sys.stdout.write(f"Socle {__version__}\n")
        return
    if verb not in SHARING:
        # What is written is for this account, as in service (UMask of the units); what others read is said where it is.
        os.umask(0o077)
    begun = time.monotonic()
    outcome = "done"
    try:
        if verb != TELLING and (sentence := settings.REFUSED_DATABASE):
            sys.exit(sentence)
        execute_from_command_line(arguments)
    except SystemExit as end:
        outcome = "done" if not end.code else f"failed ({end.code})"
        raise
    except BaseException as error:
        outcome = f"failed ({type(error).__name__})"
        if isinstance(error, OperationalError | ProgrammingError) and compatibility.is_unprepared(error):
            sys.exit(compatibility.UNPREPARED)
        raise
    finally:
        if verb not in SERVICES and re.fullmatch(r"[a-z_]{1,40}", verb):
            logging.getLogger("socle.verbs").info("%s: %s, %.1f s", verb, outcome, time.monotonic() - begun)
