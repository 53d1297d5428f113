"""Demonstration steps of this room."""

from __future__ import annotations

from django.utils import timezone

from socle.lib import dates
from socle.lib.declared import Say, Step
from socle.people import personas
from socle.people.models import User
from socle.provisioning.access import access_of, within
from socle.sites.models.sites import WebSite
from socle.syndication.demo_data import ensure_shares


def _shares(say: Say) -> None:
    officer = User.objects.filter(email=f"officer@{personas.DOMAIN}").first()
    access = access_of(officer, on=dates.day_of(timezone.now())) if officer else None
    if access is None:
        return
    with within(access):
        site = WebSite.objects.filter(beneficiary__commune__isnull=False).order_by("pk").first()
        commune = site.beneficiary.commune if site is not None else None
        count = ensure_shares(access.operator, commune=commune, by=access.user, at=timezone.now()) if commune else 0
    if count:
        say(f"{count} contenus fictifs")


SHARES = Step("Contenus partagés\u00a0: une actualité, un événement et une alerte fictifs", _shares)
