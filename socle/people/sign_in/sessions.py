"""The sessions people leave open: which device, since when, and how to end them from elsewhere."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.db import transaction
from django.db.models import F, Q
from django.http import HttpRequest
from django.utils import timezone

from socle.journal import actions as journal
from socle.lib import limits
from socle.people.models import OpenSession, User

# A session says it is alive at most this often: one write, not one for each page.
SEEN_EVERY = timedelta(minutes=5)
OPENED, SEEN = "opened_at", "seen_at"


def note_opened(request: HttpRequest, user: User, *, at: datetime) -> OpenSession:
    """Keep that a session has just been opened, with the device it says it is."""
    if request.session.session_key is None:
        request.session.save()
    request.session[OPENED] = request.session[SEEN] = at.timestamp()
    opened, _ = OpenSession.objects.update_or_create(
        session_key=request.session.session_key,
        defaults={
            "user": user,
            "device": request.headers.get("User-Agent", "")[:300],
            "address": limits.visitor(request),
            "opened_at": at,
            "seen_at": at,
        },
    )
    return opened


def note_seen(request: HttpRequest, *, at: datetime) -> None:
    """Keep that a session is alive, now and then."""
    seen = request.session.get(SEEN)
    if not isinstance(seen, int | float) or not request.session.session_key:
        return
    if at.timestamp() - seen >= SEEN_EVERY.total_seconds():
        request.session[SEEN] = at.timestamp()
        OpenSession.objects.filter(session_key=request.session.session_key).update(seen_at=at)


def note_used(session: OpenSession, *, at: datetime) -> None:
    """Keep that a session is alive: what was opened from it elsewhere (the webmail) has just been used."""
    if at - session.seen_at >= SEEN_EVERY:
        OpenSession.objects.filter(pk=session.pk, seen_at__lt=at).update(seen_at=at)


@transaction.atomic
def end(session: OpenSession, *, by: User, at: datetime) -> None:
    """End one session, at once: its next page will ask to sign in."""
    journal.record("person.session_ended", session.user, by=by, at=at)
    _store()(session.session_key).delete()
    session.delete()


@transaction.atomic
def end_all(user: User, *, by: User, at: datetime) -> int:
    """End every session of a person, listed or not; return how many were listed."""
    User.objects.filter(pk=user.pk).update(sessions_age=F("sessions_age") + 1)
    user.refresh_from_db(fields=["sessions_age"])
    listed = list(OpenSession.objects.filter(user=user))
    for session in listed:
        _store()(session.session_key).delete()
    OpenSession.objects.filter(user=user).delete()
    if listed:
        journal.record("person.sessions_ended", user, by=by, at=at)
    return len(listed)


def end_others(request: HttpRequest, user: User, *, at: datetime) -> int:
    """End every session of a person but the one that asks; return how many others were listed."""
    key, since = request.session.session_key, request.session.get(OPENED)
    was_listed = OpenSession.objects.filter(user=user, session_key=key).exists()
    ended = end_all(user, by=user, at=at)
    # The one that asks gets a new key and the new age; what it holds stays, and when it began too.
    update_session_auth_hash(request, user)
    note_opened(request, user, at=at)
    if since is not None:
        request.session[OPENED] = since
        began = datetime.fromtimestamp(since, tz=at.tzinfo)
        OpenSession.objects.filter(session_key=request.session.session_key).update(opened_at=began)
    return ended - was_listed


def note_closed(request: HttpRequest) -> None:
    """Forget the line of a session that is about to end."""
    OpenSession.objects.filter(session_key=request.session.session_key or "").delete()


def forget_others(user: User, *, but: str | None) -> None:
    """Erase the sessions a new password has just made useless, all but the one in which it was chosen."""
    others = OpenSession.objects.filter(user=user).exclude(session_key=but or "")
    for session in others:
        _store()(session.session_key).delete()
    others.delete()


def follow_key(request: HttpRequest, former: str | None, *, at: datetime) -> None:
    """After a change of key, keep the line of the session under its new key (a new password), or forget it (another
    person signed in, whose session has its own line).
    """
    key, former_line = request.session.session_key, OpenSession.objects.filter(session_key=former or "")
    if OpenSession.objects.filter(session_key=key or "").exists():
        former_line.delete()
    elif key is not None:
        former_line.update(session_key=key, seen_at=at)


def why_over(request: HttpRequest, *, at: datetime) -> str | None:
    """Say in French why this session has ended by itself, or None: its day is over, or nobody has used it for long."""
    opened, seen = request.session.get(OPENED), request.session.get(SEEN)
    if isinstance(opened, int | float) and at.timestamp() - opened > settings.SESSION_COOKIE_AGE:
        return "Votre session du jour est finie\u00a0: connectez-vous de nouveau."
    if isinstance(seen, int | float) and at.timestamp() - seen > settings.SESSION_IDLE.total_seconds():
        return "Votre session est restée longtemps sans servir\u00a0: connectez-vous de nouveau."
    return None


def alive(at: datetime) -> Q:
    """Which sessions may still be alive: their day is not over, and somebody used them lately."""
    return Q(opened_at__gt=at - _longest(), seen_at__gte=at - settings.SESSION_IDLE)


def of_request(request: HttpRequest, user: User) -> OpenSession | None:
    """The line of the session by which this person makes this request, or None when it was never listed."""
    return OpenSession.objects.filter(session_key=request.session.session_key or "", user=user).first()


def listed(user: User, *, at: datetime) -> list[OpenSession]:
    """Return the sessions that may still be alive, the last seen first."""
    return list(OpenSession.objects.filter(alive(at), user=user))


def forget_old() -> None:
    """Erase the lines of sessions that ended by themselves: a device and an address are personal."""
    OpenSession.objects.exclude(alive(timezone.now())).delete()


def _longest() -> timedelta:
    return timedelta(seconds=settings.SESSION_COOKIE_AGE)


def _store() -> Any:
    return import_module(settings.SESSION_ENGINE).SessionStore


# --- The device, in plain French --------------------------------------------------------------------------------------
# Each browser also says it is those it descends from: the first that matches wins.
BROWSERS = (
    (r"\bEdgA?/|\bEdgiOS/", "Edge"),
    (r"\bOPR/|\bOpera\b", "Opera"),
    (r"\bVivaldi/", "Vivaldi"),
    (r"\bSamsungBrowser/", "Samsung Internet"),
    (r"\bFirefox/|\bFxiOS/", "Firefox"),
    (r"\bChrom(?:e|ium)/|\bCriOS/|\bHeadlessChrome/", "Chrome"),
    (r"\bSafari/", "Safari"),
)
SYSTEMS = (
    (r"\biPhone\b", "un iPhone"),
    (r"\biPad\b", "un iPad"),
    (r"\bAndroid\b.*\bMobile\b", "un téléphone Android"),
    (r"\bAndroid\b", "une tablette Android"),
    (r"\bWindows\b", "un ordinateur Windows"),
    (r"\bCrOS\b", "un Chromebook"),
    (r"\bMacintosh\b|\bMac OS X\b", "un Mac"),
    (r"\bLinux\b|\bX11\b", "un ordinateur Linux"),
)


def device_in_words(agent: str) -> str:
    """Say in French what a browser says it is: « Firefox sur un ordinateur Windows »."""
    browser = next((name for pattern, name in BROWSERS if re.search(pattern, agent)), "")
    system = next((name for pattern, name in SYSTEMS if re.search(pattern, agent)), "")
    if browser and system:
        return f"{browser} sur {system}"
    return browser or system.capitalize() or "Un appareil que nous ne reconnaissons pas"
