"""What tests of the identity provider share: how one leaves for it, and comes back."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.contrib.messages import get_messages

from socle.people.models import User
from tests.client import DemandingClient
from tests.people.liar import CLIENT, SECRET, Liar

DEPART, RETURN = "/compte/fournisseur/", "/compte/fournisseur/retour/"
EMAIL = "camille@exemple.invalid"


def configure(settings: Any, issuer: str, secret_file: Path) -> None:
    secret_file.write_text(f"{SECRET}\n")
    settings.OIDC_ISSUER = issuer
    settings.OIDC_CLIENT_ID = CLIENT
    settings.OIDC_CLIENT_SECRET_FILE = str(secret_file)
    settings.OUTGOING_INTERNAL = ["127.0.0.1"]


def siret_of(user: User) -> str:
    place = user.memberships.get().beneficiary
    assert place is not None
    return place.siret


def depart(client: DemandingClient, liar: Liar, path: str = DEPART) -> dict[str, str]:
    """Leave for the provider; return what was asked of it."""
    response = client.get(path)
    assert response.status_code == 302
    assert response["Location"].startswith(f"{liar.issuer}/authorize?"), said(response)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(response["Location"]).query).items()}
    liar.nonce = asked["nonce"]
    return asked


def enter(client: DemandingClient, liar: Liar, **more: str) -> Any:
    asked = depart(client, liar)
    return client.get(RETURN, {"code": "a-code", "state": asked["state"], **more})


def said(response: Any) -> str:
    return " ".join(str(message) for message in get_messages(response.wsgi_request))
