"""How often the same thing may be tried: a form posted by nobody in particular, a token, an address.

Counted in the shared cache, as failed sign-ins are, so that every process counts the same. The key is only kept
hashed: an address or an e-mail address is personal. Two requests at the very same instant may count for one: this
slows an abuse down, it is no lock.
"""

from __future__ import annotations

import io
import math
import time
from typing import Any

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest
from django.utils.crypto import salted_hmac


def why_not_yet(key: str, *, limit: int, per: int) -> str | None:
    """Count one more attempt for this key; a sentence when there were already `limit` in the last `per` seconds.

    `key` begins with what is tried: `f"join:{visitor(request)}"`. A view answers the sentence with status 429.
    """
    seconds = seconds_to_wait(key, limit=limit, per=per)
    return sentence(seconds) if seconds else None


def sentence(seconds: int) -> str:
    """Say to a person how long to wait."""
    if seconds < 100:
        return f"Trop d’essais en peu de temps : réessayez dans {seconds} secondes."
    return f"Trop d’essais en peu de temps : réessayez dans {math.ceil(seconds / 60)} minutes."


def seconds_to_wait(key: str, *, limit: int, per: int, count: int = 1) -> int:
    """Count one more attempt; 0 when it may go on, else the seconds to wait (for a `Retry-After`). Refused ones are not
    counted. `count`: those that whoever asks has let pass since it last asked, this one included.

    The attempts of the last `per` seconds are those of this window, and of the previous one the share not yet past:
    two numbers a key, whatever the traffic.
    """
    current, here, seconds = _looked_at(key, limit=limit, per=per)
    if not seconds:
        cache.set(current, here + count, timeout=2 * per)
    return seconds


def seconds_left(key: str, *, limit: int, per: int) -> int:
    """The seconds to wait before one more attempt fits, 0 when it does; counts nothing: for what counts only when it
    fails.
    """
    return _looked_at(key, limit=limit, per=per)[2]


def _looked_at(key: str, *, limit: int, per: int) -> tuple[str, int, int]:
    # The name of this window's count, the count, and the seconds to wait.
    now = time.time()
    window, into = divmod(now, per)
    name = "limit:" + salted_hmac("socle.lib.limits", key, algorithm="sha256").hexdigest()
    current, previous = f"{name}:{int(window)}", f"{name}:{int(window) - 1}"
    counts: dict[str, int] = cache.get_many([current, previous])
    here, before = counts.get(current, 0), counts.get(previous, 0)
    if here + before * (1 - into / per) < limit:
        return current, here, 0
    if here >= limit or not before:
        return current, here, max(1, math.ceil(per - into))
    # What the previous window weighs fades: the moment at which one more fits.
    return current, here, max(1, math.ceil(per * (1 - (limit - here) / before) - into) + 1)


def sender(environ: dict[str, Any]) -> str:
    """The same address for what is not a request yet, whose body is still to come; nobody's when it is not known."""
    try:
        return visitor(WSGIRequest({**environ, "wsgi.input": io.BytesIO()}))
    except PermissionDenied:
        return ""


def visitor(request: HttpRequest) -> str:
    """The network address of whoever asks, behind as many proxies of ours as SOCLE_TRUSTED_PROXIES says."""
    return str(get_adapter().get_client_ip(request))
