"""Run inside an installation that is saved, lost and brought back: what is put in it, what is looked at afterwards."""

from __future__ import annotations

import hashlib
import io
from typing import Any

from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.conf import settings
from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone
from django_scopes import scopes_disabled
from PIL import Image

from socle.agreements.models import Agreement, Status
from socle.documents import actions as documents
from socle.documents.models import Document
from socle.integrations import deliveries
from socle.integrations.models import Webhook
from socle.journal import actions as journal
from socle.lib import vault
from socle.lib.refusals import Refused
from socle.operations.safekeeping import inventory
from socle.people.models import Role, User
from socle.signing import verification
from socle.sites.models import CommuneImage, HomePage, WebSite
from socle.territory.models import Commune

PASSWORD = "chaudron-mistral-avesnes"


def add_pictures() -> None:
    """A photograph on the home page of each site, seen once."""
    with scopes_disabled():  # A drill sees everything.
        for website in WebSite.objects.select_related("site").order_by("pk"):
            content = io.BytesIO()
            # Noise: what a camera gives is not compressed again either.
            Image.effect_noise((1600, 1067), 40 + website.pk % 40).convert("RGB").save(content, "JPEG", quality=70)
            picture = CommuneImage.objects.create(
                title="Vue",
                file=ContentFile(content.getvalue(), name="vue.jpg"),
                collection_id=website.collection_id,
            )
            home = HomePage.objects.get(pk=website.root_page_id)
            home.picture, home.picture_alternative = picture, "La place"
            home.save_revision().publish()
            # Its renditions are made as it is seen.
            assert Client(headers={"host": website.host}).get("/").status_code == 200


def give_keys() -> dict[str, Any]:
    """Someone with a password and a second factor; return what opens, with an agreement and a site to look at."""
    with scopes_disabled():
        officer = User.objects.filter(memberships__role=Role.PROGRAMME_OFFICER, is_active=True).order_by("pk").first()
        assert officer is not None
        officer.set_password(PASSWORD)
        officer.save()
        secret = totp.generate_totp_secret()
        Authenticator.objects.filter(user=officer).delete()
        totp.TOTP.activate(officer, secret)
        agreement = Agreement.objects.filter(status=Status.SIGNED).latest("pk").number
        site = WebSite.objects.latest("pk").host
    _seal()
    return {"email": officer.email, "password": PASSWORD, "secret": secret, "agreement": agreement, "site": site}


def keep_documents(count: int) -> int:
    """Keep so many documents more; return how many there are in all."""
    for number in range(count):
        content = f"%PDF-1.7\nPièce {number} gardée le {timezone.now().isoformat()}".encode()
        documents.keep(
            content, title=f"Pièce {number}", filename="piece.pdf", by=User.objects.system(), at=timezone.now()
        )
    _seal()
    with scopes_disabled():
        return Document.objects.count()


def files() -> dict[str, str]:
    """Every file that lasts, with its SHA-256 and its rights; not the mark that names the database of here."""
    found = {}
    for name in inventory.entries(settings.DATA_DIR):
        place = settings.DATA_DIR / name
        for path in [place] if place.is_file() else sorted(place.rglob("*")):
            if path.is_file() and path != settings.DEMO_MARKER:
                digest = hashlib.sha256(path.read_bytes()).hexdigest()
                found[str(path.relative_to(settings.DATA_DIR))] = f"{digest} {path.stat().st_mode & 0o777:o}"
    return found


def inspect() -> dict[str, Any]:
    """Documents by their bytes, signatures by themselves, keys by what they encrypted, the journal by its chain."""
    wrong: list[str] = []
    with scopes_disabled():
        kept = list(Document.objects.order_by("pk"))
        for document in kept:
            try:
                documents.read(document)
            except Refused as refusal:
                wrong.append(refusal.sentence)
        signed = Agreement.objects.filter(status=Status.SIGNED).select_related("round__current")
        for agreement in signed:
            report = verification.verify(documents.read(agreement.round.current))
            if not report.is_sound or len(report.signatures) != 3:
                wrong.append(f"{agreement.number}: {report.verdict}, {len(report.signatures)} signatures")
        webhooks = list(Webhook.objects.all())
        for webhook in webhooks:
            try:
                vault.read(webhook.secret, purpose=deliveries.PURPOSE)
            except vault.Unreadable:
                wrong.append(f"the secret of webhook {webhook.pk} cannot be read")
        if not webhooks:
            wrong.append("there is no webhook, whose secret was to be read")
    chain = journal.verify()
    if not chain.is_intact:
        wrong.append(f"the chain is broken at {chain.broken_at}: {chain.reason}")
    return {"documents": len(kept), "signed": len(signed), "webhooks": len(webhooks), "entries": chain.sealed,
            "wrong": wrong}  # fmt: skip


def code(secret: str) -> str:
    """What an application would show now (RFC 6238)."""
    counter = int(timezone.now().timestamp()) // app_settings.TOTP_PERIOD
    return str(totp.format_hotp_value(totp.hotp_value(secret, counter)))


def commune_to_equip() -> str:
    """One that nothing binds yet."""
    free = Commune.objects.current().filter(department__code="62", beneficiary__isnull=True)
    return str(free.order_by("population").values_list("insee_code", flat=True)[0])


def _seal() -> None:
    while journal.seal():
        pass
