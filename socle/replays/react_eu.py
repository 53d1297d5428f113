"""The fictitious React-EU operation replayed on a base of its own, thrown away after: `socle replay react-eu`.

`replay` starts another process whose data directory is a temporary one, and whose database is in it: nothing of the
installation is opened. `main` is that process.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from socle.lib.refusals import Refused


def replay(out: Path) -> str:
    """Replay the operation and write its files in this folder; return what it says. Raises Refused."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="socle-replay-") as folder:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SOCLE_")}
        # What a `.env` file says of the installation is said otherwise: its database and its storage stay out of this.
        ours = {
            "SOCLE_DATA_DIR": folder,
            "SOCLE_DATABASE_URL": f"sqlite:///{folder}/socle.sqlite3",
            "SOCLE_FILES_TARGET": "",
            "SOCLE_CACHE_URL": "locmemcache://",
        }
        done = subprocess.run(  # noqa: S603 (our own command)
            [sys.executable, "-m", "socle.replays.react_eu", str(out.resolve())],
            env={**kept, **ours},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        reason = (done.stderr.strip() or "sans raison").splitlines()[-1]
        raise Refused(f"L’opération n’a pas pu être rejouée\u00a0: {reason}")
    return done.stdout


def main(out: Path) -> None:
    """Prepare the base, play the operation, write its files; say what each claim gives."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "socle.config.settings"
    import django

    django.setup()

    from django.apps import apps
    from django.conf import settings
    from django.core.management import call_command
    from django.utils import timezone

    from socle.documents import texts
    from socle.grants import react_eu
    from socle.lib.money import euros
    from socle.people.models import User
    from socle.programme import actions as programmes
    from socle.replays.react_eu_files import write
    from socle.territory.models import Department, Vintage

    # Tables as the models are: the migrations would take half of the replay to make the same.
    settings.MIGRATION_MODULES = {app.label: None for app in apps.get_app_configs()}
    call_command("migrate", run_syncdb=True, interactive=False, verbosity=0)
    by, at = User.objects.system(), timezone.now()
    # What a programme's file refers to; no commune is needed.
    for code, name in (("59", "Nord"), ("62", "Pas-de-Calais"), ("80", "Somme")):
        Department.objects.get_or_create(code=code, defaults={"name": name})
    Vintage.objects.get_or_create(year=2026, defaults={"source": "rejeu", "population_definition": "sans commune"})
    texts.publish_seeds(by=by, at=at)
    programme, _ = programmes.load(programmes.shipped(), by=by, at=at, demonstration=True)
    operation = react_eu.play(programme, by=by)
    write(operation, out)
    for claim in operation.claims.order_by("number"):
        sys.stdout.write(
            f"Demande {claim.number}\u00a0: {euros(claim.eligible)} éligibles, aide {euros(claim.aid)}, "
            f"{euros(claim.accepted or claim.eligible)} acceptés.\n"
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
