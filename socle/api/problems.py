"""Error responses: a problem in French, as RFC 9457 lays it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True)
class Kind:
    """One kind of problem: its status, its title, and what to do about it."""

    code: str
    status: int
    title: str
    remedy: str


KINDS: dict[str, Kind] = {
    kind.code: kind
    for kind in (
        Kind("mal-formee", 400, "Demande mal formée", "Corrigez la demande : « detail » dit ce qui ne se lit pas."),
        Kind("jeton", 401, "Jeton absent ou refusé", "Envoyez un jeton en cours dans l’en-tête Authorization."),
        Kind("interdit", 403, "Cela ne vous est pas permis", "« detail » dit qui peut le faire."),
        Kind("portee", 403, "Le jeton n’ouvre pas cela", "Créez un jeton qui a la portée que nomme « detail »."),
        Kind("introuvable", 404, "Introuvable", "La chose n’existe pas, ou n’est pas de celles que vous voyez."),
        Kind("methode", 405, "Méthode inconnue à cette adresse", "L’en-tête Allow dit lesquelles sont connues."),
        Kind("refus", 409, "Refusé par une règle", "« detail » dit laquelle, et le remède."),
        Kind("en-cours", 409, "Même demande en cours", "Attendez la fin de la première, puis redemandez."),
        Kind("depasse", 412, "La chose a changé depuis", "Relisez-la, puis redemandez avec sa nouvelle étiquette."),
        Kind("trop-gros", 413, "Demande trop grosse", "Envoyez moins à la fois."),
        Kind("type", 415, "Contenu d’un autre type", "Envoyez du JSON, avec Content-Type: application/json."),
        Kind("invalide", 422, "Valeurs refusées", "« errors » dit laquelle et pourquoi."),
        Kind("cle-deja-prise", 422, "Clé déjà prise", "Prenez une nouvelle clé pour une demande différente."),
        Kind("etiquette", 428, "Étiquette attendue", "Envoyez If-Match avec l’étiquette de ce que vous avez lu."),
        Kind("trop-souvent", 429, "Trop de demandes", "Attendez le temps que dit Retry-After."),
        Kind("panne", 500, "Erreur de notre côté", "Réessayez ; si elle dure, donnez « request_id » à l’assistance."),
    )
}


class Problem(Exception):
    """Raised anywhere below the door: answered as it is."""

    def __init__(self, code: str, detail: str, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.code, self.detail, self.headers = code, detail, dict(headers or {})


def answer(
    request: HttpRequest,
    code: str,
    detail: str,
    *,
    errors: Iterable[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """Write a problem."""
    kind = KINDS[code]
    body: dict[str, Any] = {
        "type": f"{settings.PLATFORM_URL}/api/#{kind.code}",
        "title": kind.title,
        "status": kind.status,
        "detail": detail,
        "request_id": getattr(request, "request_id", ""),
    }
    if listed := list(errors):
        body["errors"] = listed
    response = HttpResponse(json.dumps(body, ensure_ascii=False), status=kind.status, content_type=MEDIA_TYPE)
    for name, value in (headers or {}).items():
        response[name] = value
    return response


# --- What pydantic says, in French ------------------------------------------------------------------------------------
_SENTENCES = {
    "missing": "Cette valeur manque.",
    "extra_forbidden": "Ce nom n’est pas connu ici.",
    "string_type": "Un texte est attendu.",
    "string_too_short": "Le texte est trop court : au moins {min_length} caractères.",
    "string_too_long": "Le texte est trop long : au plus {max_length} caractères.",
    "string_pattern_mismatch": "Le texte n’a pas la forme attendue.",
    "string_unicode": "Le texte contient ce qui n’est pas un caractère.",
    "int_type": "Un nombre entier est attendu.",
    "int_parsing": "Un nombre entier est attendu.",
    "int_parsing_size": "Ce nombre est trop grand.",
    "int_from_float": "Un nombre entier est attendu.",
    "bool_parsing": "« true » ou « false » est attendu.",
    "bool_type": "« true » ou « false » est attendu.",
    "greater_than_equal": "Ce nombre est trop petit : au moins {ge}.",
    "less_than_equal": "Ce nombre est trop grand : au plus {le}.",
    "literal_error": "Cette valeur n’est pas de celles qui sont connues : {expected}.",
    "enum": "Cette valeur n’est pas de celles qui sont connues : {expected}.",
    "list_type": "Une liste est attendue.",
    "too_long": "La liste est trop longue : au plus {max_length}.",
    "dict_type": "Un objet est attendu.",
    "model_type": "Un objet est attendu.",
    "model_attributes_type": "Un objet est attendu.",
    "json_invalid": "Ce n’est pas du JSON.",
}
_DATES = ("date", "datetime", "time", "timezone")


def in_french(errors: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return the errors of a validation as `where` and `detail`; no value that was sent is repeated."""
    told = []
    for error in errors:
        source, *path = error["loc"]
        sentence = _SENTENCES.get(error["type"])
        if sentence is None and error["type"].startswith(_DATES):
            sentence = "Une date est attendue, comme 2026-11-25, ou un instant avec son fuseau."
        context = {
            key: str(value).replace("'", "").replace(" or ", " ou ") for key, value in error.get("ctx", {}).items()
        }
        words = (sentence or "Cette valeur n’a pas la forme attendue.").format_map(_Known(context))
        # The first name after the source is that of our own argument.
        where = [str(part) for part in path[1:]] or [str(part) for part in path]
        told.append({"in": str(source), "where": "/".join(where), "detail": words})
    return told


class _Known(dict[str, Any]):
    """Values of an error for its French sentence; an unknown one is an ellipsis."""

    def __getitem__(self, key: str) -> str:
        return str(super().__getitem__(key)).replace("'", "").replace(" or ", " ou ")

    def __missing__(self, key: str) -> str:
        return "…"
