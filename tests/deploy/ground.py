"""Fill an installation on trial: run by its own commands, with its own variables; answers in JSON on the last line.

python -m tests.deploy.ground fill           a programme, an officer signed in, three communes and their sites
python -m tests.deploy.ground written        how many public bodies were registered, under which numbers
"""

from __future__ import annotations

import json
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "socle.config.settings")
django.setup()

from allauth.mfa.models import Authenticator  # noqa: E402
from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.utils import timezone  # noqa: E402
from django_scopes import scopes_disabled  # noqa: E402

from socle.people.models import Beneficiary, Role  # noqa: E402
from socle.sites.actions import create_site  # noqa: E402
from tests import factories as f  # noqa: E402

COMMUNES = (("59474", "Prisches"), ("59001", "Abancourt"), ("59002", "Abscon"))


def fill() -> dict[str, str | list[str]]:
    programme = f.programme()
    officer = f.member(Role.PROGRAMME_OFFICER, programme.lead())
    Authenticator.objects.get_or_create(user=officer, type=Authenticator.Type.TOTP, defaults={"data": {"secret": "x"}})
    session = SessionStore()
    session[SESSION_KEY] = str(officer.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = officer.get_session_auth_hash()
    session.create()
    communes = [f.commune(code, name) for code, name in COMMUNES]
    sites = [create_site(f.beneficiary(one), by=officer, at=timezone.now()).host for one in communes]
    return {"session": str(session.session_key), "site": sites[0], "sites": sites}


def written() -> dict[str, list[str]]:
    others = Beneficiary.objects.filter(kind=Beneficiary.Kind.OTHER)
    return {"siret": sorted(others.values_list("siret", flat=True))}


if __name__ == "__main__":
    with scopes_disabled():
        print(json.dumps({"fill": fill, "written": written}[sys.argv[1]]()))
