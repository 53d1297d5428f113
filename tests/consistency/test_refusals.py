"""Every action stops where a rule it asks refuses, every rule answers what those it asks answer: once for all.

Nothing is real but the action or the rule: what it is given, what it reads and what others answer are drawn again and
again, until its way passes where the rule is asked, which says no.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from operator import attrgetter
from typing import Any

import pytest
from django.db.models import CharField, Choices, Model, QuerySet, TextField
from django_scopes import scopes_disabled

from socle.lib.refusals import Refused
from tests import factories as f
from tests.consistency.house import ROOT, files, read

# How many times a way is looked for.
TRIES = 400
# Only something real comes as far as these: proved in their rooms.
NEEDS_MORE = {
    ("_is_left_unread", "scanning.why_not_take_unless_large"),
    ("answer", "rules.why_not_answer"),
    ("answer", "rules.why_not_say"),
    ("ask", "rules.why_not_ask_for_body"),
    ("ask", "rules.why_not_ask_for_commune"),
    ("ask", "rules.why_not_say"),
    ("ask", "rules.why_not_wish"),
    ("choose_look", "why_not_look_so"),
    ("claim", "rules.why_not_claim"),
    ("create_site", "why_not_create_site"),
    ("create_token", "rules.why_not_create_token"),
    ("end_role", "rules.why_not_succeed"),
    ("_why_not", "why_not_add_round"),
    ("_why_not_approval", "why_approves_nothing"),
    ("_why_not_approval", "why_empowers_nobody"),
    ("note_answer", "rules.why_not_answer_line"),
    ("receive", "rules.why_not_send"),
    ("seat_all", "why_not_address"),
    ("register_beneficiary", "rules.why_not_register"),
    ("why_not_approve", "why_approves_nothing"),
    ("why_not_approve", "why_empowers_nobody"),
    ("why_not_ask", "why_not_claim"),
    ("why_not_ask_for_body", "_why_held"),
    ("why_not_ask_for_commune", "why_outside"),
    ("why_not_conclude", "why_only_a_demonstration"),
    ("why_not_make_ready", "why_only_a_demonstration"),
    ("why_not_publish", "why_not_date"),
    ("why_not_read", "http.why_not_call"),
    ("why_not_record", "why_not_matter"),
    ("why_not_record", "why_not_vote"),
    ("why_not_renew", "why_not_decided"),
    ("why_not_send_electronically", "_why_same_number"),
    ("why_not_set_account", "http.why_not_call"),
    ("why_not_set_account", "why_not_return_to"),
    ("why_not_terminate", "why_not_decided"),
    ("why_outside_delegation", "why_not_approved"),
    ("why_outside_delegation", "why_only_a_demonstration"),
}


@dataclass(frozen=True)
class Asked:
    """One place of an action or of a rule where another is asked, on these lines."""

    module: str
    name: str
    other: str
    line: int
    end: int

    def __str__(self) -> str:
        return f"{self.module.removeprefix('socle.')}.{self.name}, {self.other}"


def _functions(is_read: Callable[[Any], bool]) -> Iterator[tuple[str, ast.FunctionDef]]:
    for path in files(".py"):
        if path.parts[0] == "socle" and is_read(path):
            for function in ast.parse(read(path)).body:
                if isinstance(function, ast.FunctionDef):
                    yield ".".join(path.with_suffix("").parts), function


def _calls(node: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for called in ast.walk(node):
        if isinstance(called, ast.Call):
            yield ast.unparse(called.func), called


def asked_by_actions() -> Iterator[Asked]:
    """Each `refuse(why_not(…))` of an action, and each `check_…(…)` that refuses by itself."""
    for module, action in _functions(lambda path: path.stem == "actions" or "actions" in path.parts):
        for name, call in _calls(action):
            if name == "refuse":
                for rule, asked in _calls(call.args[0]):
                    if "why_not_" in rule:
                        yield Asked(module, action.name, rule, asked.lineno, asked.end_lineno or 0)
            elif name.startswith("check_"):
                yield Asked(module, action.name, name, call.lineno, call.end_lineno or 0)


def _rules() -> Iterator[tuple[str, ast.FunctionDef]]:
    for module, rule in _functions(lambda path: path.stem.endswith("rules") or path.stem == "actions"):
        if rule.name.lstrip("_").startswith("why_"):
            yield module, rule


def known(module: str) -> dict[str, Any]:
    return vars(importlib.import_module(module))


def asked_by_rules() -> Iterator[Asked]:
    """Each rule that another asks, and whose answer is its own: `if reason := why_not(…)`, `return … or why_not(…)`."""
    for module, rule in _rules():
        for node in ast.walk(rule):
            for name, call in _calls(node) if isinstance(node, ast.Return | ast.NamedExpr) and node.value else ():
                if name.rpartition(".")[2].lstrip("_").startswith("why_") and name.partition(".")[0] in known(module):
                    yield Asked(module, rule.name, name, call.lineno, call.end_lineno or 0)


ACTIONS, RULES = set(asked_by_actions()), set(asked_by_rules())
# What each asks, which then answers as it is told here.
OTHERS: dict[tuple[str, str], set[str]] = {}
for one in ACTIONS | RULES:
    OTHERS.setdefault((one.module, one.name), set()).add(one.other)
ASKED = sorted((one for one in ACTIONS | RULES if (one.name, one.other) not in NEEDS_MORE), key=repr)


def test_the_reading_works_and_what_is_left_out_is_there() -> None:
    assert len(ACTIONS) > 180
    assert len(RULES) > 150
    assert {(one.name, one.other) for one in ACTIONS | RULES} >= NEEDS_MORE


# Every ask of a rule, wherever it is: its function, and the rule, as often as it asks it. Written by the test.
KNOWN = ROOT / "tests/data/asked_rules.txt"


def asked_anywhere() -> list[str]:
    """Each function or method of the platform that asks a rule (`why_…`, `check_…`), once for each time it does."""
    found = []
    for path in files(".py"):
        if path.parts[0] != "socle" or "migrations" in path.parts:
            continue
        module = ".".join(path.with_suffix("").parts[1:])
        tree = ast.parse(read(path))
        named = [(one.name, one) for one in tree.body if isinstance(one, ast.FunctionDef)]
        for holder in (one for one in tree.body if isinstance(one, ast.ClassDef)):
            named += [(f"{holder.name}.{one.name}", one) for one in holder.body if isinstance(one, ast.FunctionDef)]
        for name, function in named:
            for rule, _ in _calls(function):
                if rule.rpartition(".")[2].lstrip("_").startswith(("why_", "check_")):
                    found.append(f"{module}.{name}: {rule}")
    return sorted(found)


def test_an_ask_that_goes_is_seen() -> None:
    """A case that is drawn of the source goes with its fault; this list stays, and is changed by who read it."""
    asked = asked_anywhere()
    assert len(asked) > 1000
    known = KNOWN.read_text().splitlines()
    if asked != known:
        KNOWN.write_text("".join(f"{one}\n" for one in asked))
    gone, new = (Counter(one) - Counter(other) for one, other in ((known, asked), (asked, known)))
    assert not gone, f"asked no more: {sorted(gone)}; the list is written again: commit it if that was meant"
    assert not new, "asked anew: the list is written again, commit it"


class Thing:
    """Whatever is asked of it, it answers: true or false, alike or not, holding something or nothing, as it is drawn.

    What its model says to be one of a few words is one of them, as what its name says to be a day or an instant.
    """

    def __init__(self, draw: random.Random, model: Any = None) -> None:
        vars(self).update(_draw=draw, _model=model, _is=draw.random() < 0.5)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name in ("resolve_expression", "as_sql"):
            raise AttributeError(name)
        return vars(self).setdefault(name, self._of(name))

    def _of(self, name: str) -> Any:
        fields = self._model._meta.fields_map | self._model._meta._forward_fields_map if self._model else {}
        if getattr(fields.get(name), "null", False) and self._draw.random() < 0.5:
            return None
        if choices := getattr(fields.get(name), "choices", None):
            return self._draw.choice([value for value, _ in choices])
        if name.endswith("_at"):
            return self._draw.choice([None, *INSTANTS])
        if name.endswith("_on"):
            return self._draw.choice([None, *DAYS])
        if isinstance(fields.get(name), CharField | TextField):
            return self._draw.choice(["", "1", "x" * 21_000])
        return Thing(self._draw, getattr(fields.get(name), "related_model", None))

    def _another(self, *args: Any, **kwargs: Any) -> Thing:
        return Thing(self._draw)

    def _either(self, *args: Any) -> bool:
        return bool(self._draw.random() < 0.5)

    __call__ = __getitem__ = __enter__ = __abs__ = __neg__ = _another
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __floordiv__ = __truediv__ = _another
    __or__ = __and__ = __ror__ = __rand__ = _another
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __contains__ = _either  # type: ignore[assignment]
    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        return bool(self._is)

    def __iter__(self) -> Iterator[Thing]:
        return iter([Thing(self._draw) for _ in range(self._draw.choice([0, 1, 2]))])

    def __len__(self) -> int:
        return int(self._draw.choice([0, 1, 1_000_000]))

    def __exit__(self, *args: Any) -> None:
        pass

    def __str__(self) -> str:
        return "1"

    def __int__(self) -> int:
        return 1

    __index__ = __int__

    def __format__(self, wanted: str) -> str:
        return "1"


INSTANTS = [f.NOW + timedelta(days=days) for days in (-400, -1, 0, 1, 400)]
DAYS = [one.date() for one in INSTANTS]


def given(annotation: str, draw: random.Random, known: dict[str, Any]) -> Any:
    """Something that may be handed in where this is asked for."""
    kind = draw.choice(annotation.split(" | "))
    if kind == "str":
        words = [word for one in known.values() if inspect.isclass(one) and issubclass(one, Choices) for word in one]
        return draw.choice(["", "1", "x" * 21_000, *words])
    few = {"None": [None], "bool": [True, False], "int": [-1, 0, 1, 1_000_000], "datetime": INSTANTS, "date": DAYS}
    model = known.get(kind)
    is_model = inspect.isclass(model) and issubclass(model, Model)
    return draw.choice(few[kind]) if kind in few else Thing(draw, model if is_model else None)


def answers(asked: Asked, patch: Any) -> Iterator[Any]:
    """What the one who asks answers or refuses, time after time, where what it asks there says « Non. »."""
    loaded, draw = importlib.import_module(asked.module), random.Random(str(asked))
    function = inspect.unwrap(getattr(loaded, asked.name))

    def is_there() -> bool:
        frame = sys._getframe(2)
        return frame.f_globals is vars(loaded) and asked.line <= frame.f_lineno <= asked.end

    def says(*args: Any, **kwargs: Any) -> str | None:
        return "Non." if is_there() else None

    def checks(*args: Any, **kwargs: Any) -> None:
        if is_there():
            raise Refused("Non.")

    def silent(*args: Any, **kwargs: Any) -> None:
        return None

    for helper, value in list(vars(loaded).items()):
        if helper != "refuse" and inspect.isfunction(value) and value.__module__.startswith("socle."):
            patch.setattr(loaded, helper, lambda *_, **__: Thing(draw))
    for other in OTHERS[asked.module, asked.name]:
        holder, _, called = other.rpartition(".")
        answer = silent if other != asked.other else checks if "check_" in called else says
        patch.setattr(attrgetter(holder)(loaded) if holder else loaded, called, answer)
    for method in ("get", "first", "last", "create", "exists", "count", "delete", "update", "_filter_or_exclude"):
        patch.setattr(QuerySet, method, lambda rows, *_, **__: Thing(draw))
    wanted = [one for one in inspect.signature(function).parameters.values() if one.default is one.empty]
    for _ in range(TRIES):
        if "settings" in vars(loaded):
            patch.setattr(loaded, "settings", Thing(draw))
        named = {one.name: given(str(one.annotation), draw, vars(loaded)) for one in wanted}
        things = [named.pop(one.name) for one in wanted if one.kind is one.POSITIONAL_OR_KEYWORD]
        try:
            with scopes_disabled():
                yield function(*things, **named)
        except Refused as refusal:
            yield str(refusal)
        except Exception:  # Nothing real could be done with what was drawn.
            yield None


@pytest.mark.django_db
@pytest.mark.parametrize("asked", ASKED, ids=str)
def test_who_asks_a_rule_refuses_what_it_refuses(asked: Asked, monkeypatch: Any) -> None:
    with monkeypatch.context() as patch:
        assert any(type(answer) is str and answer == "Non." for answer in answers(asked, patch))
