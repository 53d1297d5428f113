"""How an operation is offered, and what the operations of every noun share."""

import inspect
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.security import HttpBearer
from pydantic import BaseModel

from socle.api import problems
from socle.api.guard import Caller, caller_of, matches, tag_of
from socle.api.pages import Key, Slice, cut
from socle.api.problems import Problem
from socle.api.shapes.values import Page, Paged
from socle.integrations.models import Scope

ROOT = "/api/v1"
# The methods of each address, read as each process starts: the whole document takes a third of a second to write.
METHODS: dict[str, set[str]] = {}


class Bearer(HttpBearer):
    """The token, in the Authorization header. The door has read it before anything else."""

    def authenticate(self, request: HttpRequest, token: str) -> Caller:
        return caller_of(request)


api = NinjaAPI(
    title="Socle",
    version="1",
    description="Ce qu’un programme lit et demande à la plateforme, par les mêmes règles que les écrans.",
    openapi_url=None,
    docs_url=None,
    urls_namespace="api-v1",
    auth=Bearer(),
)


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    told = problems.in_french(error.errors)
    return problems.answer(request, "invalide", "Une valeur au moins est refusée.", errors=told)


@api.exception_handler(HttpError)
def _unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    return problems.answer(request, "mal-formee", "Le contenu de la demande n’est pas du JSON.")


@api.exception_handler(Http404)
def _not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    return problems.answer(request, "introuvable", str(error) or "Il n’y a rien à cette adresse.")


@dataclass(frozen=True)
class Answer:
    """Another answer than « 200, here it is ».

    `reads_as` is what will be read at that address, when the answer tells more this once: the tag is that one's.
    """

    content: BaseModel
    status: int = 200
    location: str = ""
    reads_as: BaseModel | None = None


@dataclass(frozen=True)
class Link:
    """The next requests that a program may make: an operation, and where in the answer each of its parameters is."""

    operation: str
    parameters: dict[str, str]


Operation = Callable[..., Any]


def operation(
    method: str,
    path: str,
    shape: Any,
    *,
    tag: str,
    scope: Scope | None = None,
    made: bool = False,
    tagged: bool = False,
    leads_to: Sequence[Link] = (),
    media: str = "",
) -> Callable[[Operation], Operation]:
    """Offer a function at an address: its scope checked, its answer written and tagged.

    The first line of its docstring is its French title, the rest its explanation. `tagged` ones want `If-Match`.
    `leads_to` are the operations that its answer gives the means to ask for. `media` is the type of a file, which has
    no shape.
    """

    def offer(function: Operation) -> Operation:
        known = _query_names(function)
        METHODS.setdefault(path, set()).add(method.upper())

        @wraps(function)
        def run(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if scope is not None:
                demand(request, scope)
            if unknown := sorted(set(request.GET) - known):
                errors = [{"in": "query", "where": name, "detail": "Ce nom n’est pas connu ici."} for name in unknown]
                return problems.answer(request, "invalide", "Un paramètre n’est pas connu ici.", errors=errors)
            return _written(function(request, *args, **kwargs))

        title, _, rest = (inspect.getdoc(function) or "").partition("\n")
        api.api_operation(
            [method],
            path,
            response={200: shape, 201: shape} if made else shape,
            summary=title.rstrip("."),
            description=re.sub(r"[ \n]+", " ", rest).strip() or None,
            tags=[tag],
            operation_id=function.__name__,
            openapi_extra={
                "x-scope": scope.value if scope else "",
                "x-if-match": tagged,
                "x-leads-to": [asdict(one) for one in leads_to],
                "x-media": media,
            },
        )(run)
        return run

    return offer


def demand(request: HttpRequest, scope: Scope) -> None:
    """Refuse a token that does not have this scope."""
    if caller_of(request).opens(scope):
        return
    challenge = f'Bearer realm="socle", error="insufficient_scope", scope="{scope.value}"'
    raise Problem(
        "portee",
        f"Ce jeton n’a pas la portée {scope.value} ({scope.label}).",
        headers={"WWW-Authenticate": challenge},
    )


def _query_names(function: Operation) -> set[str]:
    for parameter in inspect.signature(function).parameters.values():
        for kind in getattr(parameter.annotation, "__args__", ()):
            if inspect.isclass(kind) and issubclass(kind, Paged):
                return set(kind.model_fields)
    return set()


def _written(answer: Any) -> HttpResponse:
    if isinstance(answer, HttpResponse):  # A problem that lists its errors, or a file.
        return answer
    if not isinstance(answer, Answer):
        answer = Answer(answer)
    content = answer.content.model_dump_json().encode()
    response = HttpResponse(content, status=answer.status, content_type="application/json")
    response["ETag"] = tag_of(answer.reads_as.model_dump_json().encode() if answer.reads_as else content)
    if answer.location:
        response["Location"] = answer.location
    if isinstance(answer.content, Page) and answer.content.next:
        response["Link"] = f'<{answer.content.next}>; rel="next"'
    return response


def file_of(content: bytes, *, filename: str, media: str) -> HttpResponse:
    """Answer a file to keep, with its tag."""
    response = HttpResponse(content, content_type=media)
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    response["ETag"] = tag_of(content)
    return response


def must_match(request: HttpRequest, current: BaseModel) -> None:
    """Refuse to replace what changed since it was read."""
    given = request.headers.get("If-Match")
    if given is not None and not given.strip():
        raise Problem("mal-formee", "L’en-tête If-Match est vide.")
    if given is None:
        raise Problem("etiquette", "Lisez d’abord la chose, puis envoyez son étiquette (ETag) dans If-Match.")
    if not matches(given, tag_of(current.model_dump_json().encode())):
        raise Problem("depasse", "La chose a changé depuis que vous l’avez lue : relisez-la.")


def match_if_asked(request: HttpRequest, current: BaseModel) -> None:
    if "If-Match" in request.headers:
        must_match(request, current)


def allow(sentence: str | None) -> None:
    if sentence is not None:
        raise Problem("interdit", sentence)


def url_of(*parts: object) -> str:
    return f"{settings.PLATFORM_URL}{ROOT}/{'/'.join(str(part) for part in parts)}"


def about(rows: Any, filters: Any) -> Any:
    """Narrow rows of beneficiaries to those asked for."""
    if filters.department:
        rows = rows.filter(beneficiary__department__code=filters.department)
    if filters.beneficiary:
        rows = rows.filter(beneficiary=filters.beneficiary)
    if filters.insee_code:
        rows = rows.filter(beneficiary__commune__insee_code=filters.insee_code)
    return rows


def cut_of(request: HttpRequest, rows: Any, keys: dict[str, Key], filters: Paged) -> Slice[Any]:
    sort: str = filters.sort  # type: ignore[attr-defined]
    return cut(request, rows, keys=keys, sort=sort, limit=filters.limit, cursor=filters.cursor)
