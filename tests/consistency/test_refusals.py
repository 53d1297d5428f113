"""Every action stops where a rule it asks refuses, every rule answers what those it asks answer: once for all.

Nothing is real but the action or the rule: what it is given, what it reads and what others answer are drawn again and
again, until its way passes where the rule is asked, which says no.
"""

from __future__ import annotations

import ast
import contextlib
import dis
import importlib
import inspect
import os
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from operator import attrgetter
from typing import Any

import pytest
from django.core.paginator import Paginator
from django.db.models import CharField, Choices, Model, QuerySet, TextField
from django.forms import BaseForm
from django.http import HttpResponseBase
from django.urls import get_resolver
from django_scopes import scopes_disabled

from socle.lib.refusals import Refused
from tests import factories as f
from tests.consistency.house import ROOT, files, read

# How many times a way is looked for.
TRIES = 300
# Every ask of a rule, wherever it is: its function, and the rule, as often as it asks it. Written by the test.
KNOWN = ROOT / "tests/data/asked_rules.txt"
# Where only something real comes as far as the ask: which test does; or none that runs in the process itself, as of
# what a server or a command of its own asks.
NONE_WATCHED = "none watched"
NEEDS_MORE = dict(one.split(" -> ") for one in (ROOT / "tests/data/asked_for_real.txt").read_text().splitlines())


@dataclass(frozen=True)
class Asked:
    """One place of the platform where a rule is asked, on these lines; `is_followed` when its own words come out."""

    module: str
    name: str
    other: str
    line: int
    end: int
    is_followed: bool

    @property
    def pair(self) -> str:
        return f"{self.module.removeprefix('socle.')}.{self.name}: {self.other}"

    def __str__(self) -> str:
        return f"{self.module.removeprefix('socle.')}.{self.name}, {self.other}"


def _calls(node: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for called in ast.walk(node):
        if isinstance(called, ast.Call):
            yield ast.unparse(called.func), called


def _called(name: str) -> str:
    return name.rpartition(".")[2].lstrip("_")


def _functions() -> Iterator[tuple[str, str, ast.FunctionDef]]:
    """Each function and method of the platform: its module, its name with its class, what it does."""
    for path in files(".py"):
        if path.parts[0] == "socle" and "migrations" not in path.parts:
            module, body = ".".join(path.with_suffix("").parts).removesuffix(".__init__"), ast.parse(read(path)).body
            held = [(f"{one.name}.", one.body) for one in body if isinstance(one, ast.ClassDef)]
            for prefix, inside in [("", body), *held]:
                for one in inside:
                    if isinstance(one, ast.FunctionDef):
                        yield module, f"{prefix}{one.name}", one


def _followed(name: str, function: ast.FunctionDef) -> Iterator[ast.Call]:
    """The calls whose refusal comes out as it is: `refuse(…)`; of a rule, `if reason := …` and `return …`."""
    for node in ast.walk(function):
        is_given_back = isinstance(node, ast.Return | ast.NamedExpr) and node.value and _called(name).startswith("why_")
        is_refused = isinstance(node, ast.Call) and _called(ast.unparse(node.func)) == "refuse"
        if is_given_back or is_refused:
            yield from (call for _, call in _calls(node))


def asked_anywhere() -> Iterator[Asked]:
    """Each place where a function or a method asks a rule (`why_…`, `check_…`)."""
    for module, name, function in _functions():
        followed = set(_followed(name, function))
        for rule, call in _calls(function):
            if _called(rule).startswith(("why_", "check_")):
                is_followed = call in followed or _called(rule).startswith("check_")
                yield Asked(module, name, rule, call.lineno, call.end_lineno or 0, is_followed)


EVERY = sorted(asked_anywhere(), key=repr)
# What each asks, which then answers as it is told here.
OTHERS: dict[tuple[str, str], set[str]] = {}
for one in EVERY:
    OTHERS.setdefault((one.module, one.name), set()).add(one.other)
ASKED = sorted({one for one in EVERY if one.pair not in NEEDS_MORE}, key=repr)


def test_what_is_left_to_its_room_is_there() -> None:
    assert len(ASKED) > 1300
    assert {one.pair for one in EVERY} >= NEEDS_MORE.keys()
    for test in NEEDS_MORE.values():
        path, _, name = test.partition("::")
        assert test == NONE_WATCHED or f"def {name.rpartition('::')[2]}(" in read(path), test
    assert [*NEEDS_MORE.values()].count(NONE_WATCHED) <= 60


def test_an_ask_that_goes_is_seen() -> None:
    """A case that is drawn of the source goes with its fault; this list stays, and is changed by who read it."""
    asked = sorted(one.pair for one in EVERY)
    assert len(asked) > 1000
    known = KNOWN.read_text().splitlines()
    if asked != known:
        KNOWN.write_text("".join(f"{one}\n" for one in asked))
    gone, new = (Counter(one) - Counter(other) for one, other in ((known, asked), (asked, known)))
    assert not gone, f"asked no more: {sorted(gone)}; the list is written again: commit it if that was meant"
    assert not new, "asked anew: the list is written again, commit it"


# What is drawn may be a path or a command: nothing is written, removed or started meanwhile.
TOUCHES = ("os.", "sqlite3.connect", "shutil.", "subprocess.", "socket.", "signal.", "pty.", "tempfile.")
_is_kept_off = False


def _watch(event: str, args: tuple[Any, ...]) -> None:
    is_write = event == "open" and bool(int(args[2] or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
    if _is_kept_off and (is_write or (event.startswith(TOUCHES) and event not in ("os.listdir", "os.scandir"))):
        raise OSError(f"{event} by what was drawn")


sys.addaudithook(_watch)


@contextlib.contextmanager
def untouched() -> Iterator[None]:
    global _is_kept_off
    _is_kept_off = True
    try:
        yield
    finally:
        _is_kept_off = False


class Drawn(random.Random):
    """What is drawn for one try, what was said and done meanwhile, and what the rule asked at this place answers."""

    is_there: Callable[[Any], bool]

    def again(self, seed: str, answer: str | None) -> None:
        self.seed(seed)
        self.answer, self.done = answer, list[Any]()

    def says(self, *args: Any, **kwargs: Any) -> str | None:
        return self.answer if self.is_there(sys._getframe(1)) else None

    def checks(self, *args: Any, **kwargs: Any) -> None:
        if self.answer and self.is_there(sys._getframe(1)):
            raise Refused(self.answer)

    def does(self, *args: Any, **kwargs: Any) -> Thing:
        """Whatever is asked for; who asked, and with what, is noted."""
        self.done.append((plain(args), plain(kwargs)))
        return Thing(self)


def plain(value: Any, depth: int = 8) -> Any:
    """What two tries can be compared by: words, numbers, and what holds them."""
    match value:
        case str() | int() | None:
            return value
        case dict() if depth:
            return [(plain(key, 0), plain(one, depth - 1)) for key, one in value.items()]
        case list() | tuple() | set() if depth:
            return [plain(one, depth - 1) for one in value]
        case Thing():
            return "…"
        case _:
            within = vars(value) if depth and type(value).__module__.startswith("socle.") else {}
            return [type(value).__name__, plain(dict(within), depth - 1)]


class Thing:
    """Whatever is asked of it, it answers: true or false, alike or not, holding something or nothing, as it is drawn.

    What its model says to be one of a few words is one of them, as what its name says to be a day or an instant.
    """

    def __init__(self, draw: Drawn, model: Any = None) -> None:
        vars(self).update(_draw=draw, _model=model, _is=draw.random() < 0.5)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name in ("resolve_expression", "as_sql"):
            raise AttributeError(name)
        if _called(name).startswith("why_"):
            return self._draw.says
        if _called(name).startswith("check_"):
            return self._draw.checks
        return vars(self).setdefault(name, self._of(name))

    def _of(self, name: str) -> Any:
        fields = self._model._meta.fields_map | self._model._meta._forward_fields_map if self._model else {}
        if getattr(fields.get(name), "concrete", False) and fields[name].null and self._draw.random() < 0.5:
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
        return self._draw.does(*args, **kwargs)

    def __setitem__(self, key: Any, value: Any) -> None:
        self._draw.does(key, value)

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
        asking = sys._getframe(1)
        asked, wanted = asking.f_code.co_code[asking.f_lasti : asking.f_lasti + 2] if asking.f_lasti >= 0 else (0, 0)
        # As many as there are names for, or some.
        many = wanted if asked == dis.opmap["UNPACK_SEQUENCE"] else self._draw.choice([0, 1, 2])
        return iter([Thing(self._draw) for _ in range(many)])

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


def given(annotation: str, draw: Drawn, known: dict[str, Any]) -> Any:
    """Something that may be handed in where this is asked for."""
    kind = draw.choice(annotation.split(" | "))
    if kind == "str":
        words = [word for one in known.values() if inspect.isclass(one) and issubclass(one, Choices) for word in one]
        return draw.choice(["", "1", "x" * 21_000, *words])
    few = {"None": [None], "bool": [True, False], "int": [-1, 0, 1, 1_000_000], "datetime": INSTANTS, "date": DAYS}
    model = known.get(kind)
    is_model = inspect.isclass(model) and issubclass(model, Model)
    return draw.choice(few[kind]) if kind in few else Thing(draw, model if is_model else None)


def _place(asked: Asked) -> tuple[Any, Any]:
    """The module, and the function itself, whatever it is decorated with."""
    loaded = importlib.import_module(asked.module)
    found: Any = loaded
    for name in asked.name.split("."):
        found = vars(found)[name]
    inside: Any = getattr(found, "fget", None) or getattr(found, "func", found)
    return loaded, inspect.unwrap(inside)


def _surrounded(asked: Asked, draw: Drawn, patch: Any, *, is_alone: bool) -> Any:
    """The function, where nothing around it is real; alone, nor what it asks of other modules."""
    loaded, function = _place(asked)
    there = range(asked.line, asked.end + 1)
    draw.is_there = lambda frame: frame.f_globals is vars(loaded) and frame.f_lineno in there
    for helper, value in list(vars(loaded).items()):
        is_ours = inspect.isfunction(value) and value.__module__.startswith(("socle.", "django."))
        is_shown = inspect.isclass(value) and issubclass(value, BaseForm | HttpResponseBase | Paginator)
        is_table = isinstance(value, dict) and helper.isupper()
        if (is_ours and helper != "refuse") or is_shown:
            patch.setattr(loaded, helper, draw.does)
        elif is_table or (is_alone and inspect.ismodule(value) and value.__name__.startswith("socle.")):
            patch.setattr(loaded, helper, Thing(draw))
    for other in OTHERS[asked.module, asked.name]:
        holder, _, called = other.rpartition(".")
        with contextlib.suppress(AttributeError):  # What is held by something drawn answers as it.
            within = attrgetter(holder)(loaded) if holder else loaded
            patch.setattr(within, called, draw.checks if _called(called).startswith("check_") else draw.says)
    for method in ("get", "first", "last", "create", "exists", "count", "delete", "update", "_filter_or_exclude"):
        patch.setattr(QuerySet, method, lambda rows, *args, **named: draw.does(*args, **named))
    return function


def _tried(function: Any, draw: Drawn, patch: Any) -> tuple[Any, list[Any]]:
    """What it gives back or refuses when it is given what is drawn, and all that it did."""
    if "settings" in function.__globals__:
        patch.setitem(function.__globals__, "settings", Thing(draw))
    wanted = [one for one in inspect.signature(function).parameters.values() if one.default is one.empty]
    wanted = [one for one in wanted if one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)]
    named = {one.name: given(str(one.annotation), draw, function.__globals__) for one in wanted}
    things = [named.pop(one.name) for one in wanted if one.kind is one.POSITIONAL_OR_KEYWORD]
    try:
        with scopes_disabled(), untouched():
            found = function(*things, **named)
            return [*found] if inspect.isgenerator(found) else found, draw.done
    except Refused as refusal:
        return str(refusal), draw.done
    except Exception as error:  # Nothing real could be done with what was drawn, or it is said in another way.
        return "Non." if "Non." in str(error) else type(error), draw.done


def is_heeded(asked: Asked, patch: Any) -> bool:
    """Whether the refusal of the rule comes out as it is; where it need not, whether anything at all differs by it."""
    assert get_resolver().url_patterns  # Read before anything is put in the place of something else.
    for is_alone in (False, True):
        with patch.context() as around:
            if _is_heeded(asked, around, is_alone=is_alone):
                return True
    return False


def _is_heeded(asked: Asked, patch: Any, *, is_alone: bool) -> bool:
    draw = Drawn()
    function = _surrounded(asked, draw, patch, is_alone=is_alone)
    for attempt in range(TRIES):
        draw.again(f"{asked} {attempt}", "Non.")
        refused = _tried(function, draw, patch)
        if asked.is_followed:
            if type(refused[0]) is str and refused[0] == "Non.":
                return True
            continue
        # Twice, so that what differs of itself is not taken for an answer.
        without = []
        for _ in range(2):
            draw.again(f"{asked} {attempt}", None)
            without.append(plain(_tried(function, draw, patch)))
        if without[0] == without[1] != plain(refused):
            return True
    return False


@pytest.mark.django_db
@pytest.mark.parametrize("asked", ASKED, ids=str)
def test_who_asks_a_rule_heeds_what_it_refuses(asked: Asked, monkeypatch: Any) -> None:
    assert is_heeded(asked, monkeypatch)
