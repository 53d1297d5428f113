"""The OpenAPI document: what the library writes of our functions, completed with what the door does for all."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from socle.api import problems
from socle.api.v1 import ROOT, api
from socle.integrations.models import Scope

JSON = "application/json"
ALWAYS = ("401", "403", "429", "500")
_PROBLEM = {
    "type": "object",
    "description": "Ce qui ne va pas, selon la RFC 9457.",
    "required": ["type", "title", "status", "detail", "request_id"],
    "properties": {
        "type": {"type": "string", "description": "Adresse qui explique ce genre de problème."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "En français, avec le remède."},
        "request_id": {"type": "string", "description": "À donner à l’assistance."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["in", "where", "detail"],
                "properties": {"in": {"type": "string"}, "where": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}
_HEADERS = {
    "ETag": {"description": "Étiquette de ce qui est répondu.", "schema": {"type": "string"}},
    "Link": {"description": "Page suivante, s’il y en a une (rel=next).", "schema": {"type": "string"}},
    "Location": {"description": "Adresse de ce qui a été fait.", "schema": {"type": "string"}},
    "Retry-After": {"description": "Secondes à attendre.", "schema": {"type": "string"}},
}


@cache
def document() -> dict[str, Any]:
    """Return the document, as OpenAPI 3.1 wants it."""
    written: dict[str, Any] = json.loads(json.dumps(api.get_openapi_schema(path_prefix=ROOT.lstrip("/") + "/")))
    written["openapi"] = "3.1.0"
    # Where the document itself was read.
    written["servers"] = [{"url": "/"}]
    written["info"]["license"] = {"name": "EUPL-1.2", "identifier": "EUPL-1.2"}
    written["info"]["x-scopes"] = {scope.value: scope.label for scope in Scope}
    components = written["components"]
    components["schemas"]["Problem"] = _PROBLEM
    components["responses"] = {
        status: {
            "description": title,
            "content": {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status, title in _titles().items()
    }
    components["responses"]["429"]["headers"] = {"Retry-After": _HEADERS["Retry-After"]}
    for path, methods in written["paths"].items():
        for method, operation in methods.items():
            _complete(path, method, operation)
    return written


def _titles() -> dict[str, str]:
    titles: dict[str, str] = {}
    for kind in problems.KINDS.values():
        status = str(kind.status)
        titles[status] = f"{titles[status]} ; {kind.title.lower()}" if status in titles else kind.title
    return titles


def _complete(path: str, method: str, operation: dict[str, Any]) -> None:
    is_reading = method == "get"
    parameters = operation.setdefault("parameters", [])
    for parameter in parameters:
        parameter["schema"] = _plain(parameter["schema"])
    wants_tag = operation.pop("x-if-match", False)
    media = operation.pop("x-media", "")
    links = {
        one["operation"]: {"operationId": one["operation"], "parameters": one["parameters"]}
        for one in operation.pop("x-leads-to", [])
    }
    may_match = not is_reading and "{" in path and method != "put"
    if is_reading:
        parameters.append(_header("If-None-Match", "Étiquette de ce que vous avez déjà : 304 si rien n’a changé."))
    else:
        about = "Clé de votre choix, gardée un jour : la même demande répétée n’est faite qu’une fois."
        parameters.append(_header("Idempotency-Key", about, pattern=r"^[!-~]{1,255}$"))
        if wants_tag or may_match:
            about = "Étiquette (ETag) de ce que vous avez lu, ou *."
            parameters.append(_header("If-Match", about, required=wants_tag, minLength=1))
    for status, response in operation["responses"].items():
        named = ["ETag"] + (["Location"] if status == "201" else [])
        named += ["Link"] if is_reading and "limit" in {one["name"] for one in parameters} else []
        response["headers"] = {name: _HEADERS[name] for name in named}
        response["description"] = {"200": "Voici.", "201": "C’est fait."}[status]
        if links:
            response["links"] = links
        if media:
            response["content"] = {media: {}}
    if is_reading:
        operation["responses"]["304"] = {"description": "Rien n’a changé.", "headers": {"ETag": _HEADERS["ETag"]}}
    wrong = {*ALWAYS, "400", "422"}
    wrong |= {"404"} if "{" in path or "requestBody" in operation else set()
    wrong |= set() if is_reading else {"409", "413", "415"}
    wrong |= {"412"} if wants_tag or may_match else set()
    wrong |= {"428"} if wants_tag else set()
    for status in sorted(wrong):
        operation["responses"][status] = {"$ref": f"#/components/responses/{status}"}


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter is there or is not: an address has no way to say null."""
    choices = [one for one in schema.get("anyOf", []) if one.get("type") != "null"]
    if len(choices) == 1:
        kept = {name: value for name, value in schema.items() if name not in ("anyOf", "default")}
        return {**kept, **choices[0]}
    return schema


def _header(name: str, description: str, *, required: bool = False, **schema: Any) -> dict[str, Any]:
    return {
        "in": "header",
        "name": name,
        "required": required,
        "description": description,
        "schema": {"type": "string", **schema},
    }
