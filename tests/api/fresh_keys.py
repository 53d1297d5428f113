"""Read by schemathesis: a key of its own for each request, since a key that serves twice is refused on purpose."""

import itertools
from typing import Any

import schemathesis

count = itertools.count()


@schemathesis.hook  # type: ignore[untyped-decorator]
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    if case.headers and "Idempotency-Key" in case.headers and case.meta.generation.mode.is_positive:
        case.headers["Idempotency-Key"] = f"essai-{next(count)}"
