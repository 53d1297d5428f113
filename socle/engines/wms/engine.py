"""Asks a picture of a server of maps: GetMap of WMS 1.3.0, once per commune, scale and year."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from django.conf import settings

from socle.lib import http
from socle.sites.contract import MapError, Picture

# Seconds for the whole exchange, and bytes of a picture of 800 × 600 points.
TIMEOUT = 20.0
LIMIT = 4 * 1024 * 1024
PICTURES = ("image/png", "image/jpeg", "image/webp")
# What a server says of its refusal (OGC 06-042, 6.11 and annex E): a word, and nothing of its sentence is believed.
CODE = re.compile(rb"""<ServiceException\b[^>]{0,200}?\bcode\s*=\s*["']([A-Za-z]{1,40})["']""")
# Without one of these, nothing is asked: no picture is shown without whom it is from, and under which licence.
NEEDED = ("SOCLE_WMS_URL", "SOCLE_WMS_LAYER", "SOCLE_WMS_CREDIT", "SOCLE_WMS_LICENCE")


def ask(address: str, *, timeout: float = TIMEOUT) -> http.Answer:
    """Ask this question, and return an answer that says it is a picture. Raises `MapError`."""
    try:
        answer = http.get(address, timeout=timeout, limit=LIMIT)
    except http.OutgoingError as failure:
        raise MapError(f"Serveur de cartes\u00a0: {failure.sentence}") from failure
    if 300 <= answer.status < 400:
        raise MapError("Le serveur de cartes renvoie ailleurs\u00a0: donnez à SOCLE_WMS_URL l’adresse définitive.")
    if said := CODE.search(answer.body[:4096]):
        raise MapError(f"Le serveur de cartes refuse la demande («\u00a0{said[1].decode()}\u00a0»).")
    if answer.status != 200:
        raise MapError(f"Le serveur de cartes répond {answer.status}.")
    if _kind(answer) not in PICTURES:
        raise MapError("Le serveur de cartes n’a pas répondu par une image.")
    return answer


def _kind(answer: http.Answer) -> str:
    return answer.headers.get("content-type", "").partition(";")[0].strip().lower()


class Wms:
    """The server of maps that `SOCLE_WMS_URL` names, and its layer."""

    draws_streets = True

    def __init__(self, *, timeout: float = TIMEOUT) -> None:
        self.timeout = timeout

    def source(self) -> str:
        said = [str(getattr(settings, name)) for name in (*NEEDED, "SOCLE_WMS_STYLE", "SOCLE_WMS_DATE")]
        return " ".join(["wms", *said])

    def picture(self, box: tuple[float, float, float, float], width: int, height: int) -> Picture:
        if lacking := [name for name in NEEDED if not getattr(settings, name)]:
            raise MapError(f"Le serveur de cartes n’est pas interrogé\u00a0: il manque {', '.join(lacking)}.")
        answer = ask(self._address(box, width, height), timeout=self.timeout)
        return Picture(
            answer.body,
            _kind(answer),
            settings.SOCLE_WMS_CREDIT,
            settings.SOCLE_WMS_LICENCE,
            settings.SOCLE_WMS_DATE,
        )

    def _address(self, box: tuple[float, float, float, float], width: int, height: int) -> str:
        """Write the question. EPSG:3857 is one of the systems whose first axis goes east: x before y (annex B.4)."""
        asked = {
            "SERVICE": "WMS",
            "VERSION": "1.3.0",
            "REQUEST": "GetMap",
            "LAYERS": settings.SOCLE_WMS_LAYER,
            "STYLES": settings.SOCLE_WMS_STYLE,
            "CRS": "EPSG:3857",
            "BBOX": ",".join(f"{side:.2f}" for side in box),
            "WIDTH": width,
            "HEIGHT": height,
            "FORMAT": "image/png",
        }
        address: str = settings.SOCLE_WMS_URL
        joined = "" if address.endswith(("?", "&")) else "&" if "?" in address else "?"
        return f"{address}{joined}{urlencode(asked)}"
