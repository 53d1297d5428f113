"""Documentation of the API: the OpenAPI document, and the same as a page."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import condition

from socle.api import problems
from socle.api.document import document
from socle.api.guard import guarded, tag_of
from socle.api.problems import Problem
from socle.integrations import deliveries, events
from socle.integrations.models import Scope
from socle.journal.models import Entry

METHODS = {"get": "GET", "post": "POST", "put": "PUT", "delete": "DELETE"}


def _written() -> bytes:
    return json.dumps(document(), ensure_ascii=False, separators=(",", ":")).encode()


@condition(etag_func=lambda request: tag_of(_written()))
def openapi(request: HttpRequest) -> HttpResponse:
    """Give the OpenAPI document; everybody may read it."""
    response = HttpResponse(_written(), content_type="application/json")
    response["Cache-Control"] = "public, max-age=300"
    # A program of somebody's page may read what everybody may.
    response["Access-Control-Allow-Origin"] = "*"
    return response


@guarded
def nothing_here(request: HttpRequest, rest: str = "") -> HttpResponseBase:
    """Answer, as the door does, an address that leads nowhere."""
    raise Problem("introuvable", "Il n’y a rien à cette adresse.")


def page(request: HttpRequest) -> HttpResponse:
    """Say in French what can be asked and how."""
    context = {
        "groups": _groups(document()),
        "scopes": [(scope.value, scope.label) for scope in Scope],
        "kinds": list(problems.KINDS.values()),
        "base": settings.PLATFORM_URL,
        "example": _example(),
        "events": [
            (subject, [(verb, events.label(verb)) for verb in verbs])
            for subject, verbs in {**events.EVENTS, **events.EVENTS_OF_OPERATORS, **events.EVENTS_OF_THE_LEAD}.items()
        ],
        "timeout": round(deliveries.TIMEOUT),
        "most_tries": deliveries.MOST_TRIES,
    }
    return render(request, "api/page.html", context)


def _example() -> str:
    """Return an example of what a webhook sends, made by the code that sends it."""
    entry = Entry(
        pk=4321,
        verb="agreement.signed",
        object_type="agreements.agreement",
        object_id="12",
        beneficiary_ref="34",
        at=datetime(2026, 11, 25, 9, 0, tzinfo=UTC),
    )
    return json.dumps(json.loads(events.body_of(entry, {12: "PMC-2026-0012"})), ensure_ascii=False, indent=2)


def _groups(written: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the operations by subject, in the order in which they are offered."""
    groups: dict[str, dict[str, Any]] = {}
    for path, methods in written["paths"].items():
        for method, operation in methods.items():
            tag = operation["tags"][0]
            group = groups.setdefault(tag, {"name": tag, "operations": []})
            group["operations"].append(
                {
                    "method": METHODS[method],
                    "path": path,
                    "title": operation["summary"],
                    "about": operation.get("description", ""),
                    "scope": operation["x-scope"],
                    "parameters": [_parameter(one) for one in operation["parameters"]],
                    "body": _fields(written, operation.get("requestBody")),
                    "answer": _fields(written, operation["responses"]["200"]),
                    "example": _example_of(written, operation.get("requestBody")),
                }
            )
    return list(groups.values())


def _parameter(parameter: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": parameter["name"],
        "place": {"path": "dans l’adresse", "query": "après « ? »", "header": "en-tête"}[parameter["in"]],
        "is_required": parameter["required"],
        "about": parameter.get("description", ""),
        "values": [str(value) for value in parameter["schema"].get("enum", [])],
    }


def _fields(written: dict[str, Any], holder: dict[str, Any] | None) -> list[dict[str, str]]:
    if not holder or "application/json" not in holder.get("content", ()):
        return []
    schema = holder["content"]["application/json"]["schema"]
    properties = _resolved(written, schema).get("properties", {})
    if "data" in properties:
        properties = _resolved(written, properties["data"]["items"]).get("properties", {})
    return [{"name": name, "about": one.get("description", "")} for name, one in properties.items()]


def _example_of(written: dict[str, Any], holder: dict[str, Any] | None) -> str:
    """The content that the document gives as an example, if it gives one."""
    if not holder or "content" not in holder:
        return ""
    examples = _resolved(written, holder["content"]["application/json"]["schema"]).get("examples", [])
    return json.dumps(examples[0], ensure_ascii=False, indent=2) if examples else ""


def _resolved(written: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in schema:
        return schema
    found: dict[str, Any] = written["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return found
