"""Every action stops where a rule it asks refuses, every rule answers what those it asks first answer: once for all.

Nothing is real but the action or the rule: what it is given, what it reads and what the others answer are stand-ins.
"""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Iterator
from operator import attrgetter
from typing import Any
from unittest.mock import MagicMock

import pytest
from django.db.models import QuerySet
from django_scopes import scopes_disabled

from socle.lib.refusals import Refused
from tests import factories as f
from tests.consistency.house import files, read

# Only something real comes as far as these rules: proved in their rooms.
NEEDS_MORE = {
    ("_is_left_unread", "scanning.why_not_take_unless_large"),
    ("answer", "rules.why_not_answer"),
    ("answer", "rules.why_not_say"),
    ("ask", "rules.why_not_ask_for_body"),
    ("ask", "rules.why_not_ask_for_commune"),
    ("ask", "rules.why_not_say"),
    ("ask", "rules.why_not_wish"),
    ("ask_name", "why_not_ask"),
    ("choose_look", "why_not_look_so"),
    ("confirm", "why_not_confirm"),
    ("create_site", "why_not_create_site"),
    ("create_token", "rules.why_not_create_token"),
    ("end_role", "rules.why_not_succeed"),
    ("give_rights", "rules.why_not_level"),
    ("load", "_why_not_load"),
    ("receive", "rules.why_not_send"),
    ("register_beneficiary", "rules.why_not_register"),
    ("relocate", "filenames.why_not_name"),
    ("relocate", "rules.why_not_hold"),
    ("set_calendar", "rules.why_not_publish"),
    ("set_calendar", "rules.why_not_set"),
    ("share_calendar", "rules.why_not_set"),
    ("take_back", "why_not_answer"),
}


def asked() -> Iterator[tuple[str, str, str]]:
    """Each `refuse(why_not(…))` of an action: its module, the action, the rule as it is written there."""
    for path in files(".py"):
        if path.parts[0] != "socle" or not (path.stem == "actions" or "actions" in path.parts):
            continue
        for action in ast.parse(read(path)).body:
            for node in ast.walk(action) if isinstance(action, ast.FunctionDef) else ():
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "refuse":
                    for called in ast.walk(node.args[0]):
                        rule = ast.unparse(called.func) if isinstance(called, ast.Call) else ""
                        if "why_not_" in rule:
                            yield ".".join(path.with_suffix("").parts), action.name, rule


def asked_first() -> Iterator[tuple[str, str, str]]:
    """Each rule that another begins by asking: `if reason := why_not(…)`, or `return why_not(…) or …`."""
    for path in files(".py"):
        if path.parts[0] != "socle" or not (path.stem.endswith("rules") or path.stem == "actions"):
            continue
        for rule in ast.parse(read(path)).body:
            if isinstance(rule, ast.FunctionDef) and rule.name.lstrip("_").startswith("why_"):
                for called in _beginning(rule):
                    yield ".".join(path.with_suffix("").parts), rule.name, ast.unparse(called.func)


def _beginning(rule: ast.FunctionDef) -> Iterator[ast.Call]:
    for statement in rule.body[1:]:
        match statement:
            case ast.If(test=ast.NamedExpr(value=ast.Call() as called)):
                yield called
            case ast.Return(value=ast.Call() as called):
                yield called
            case ast.Return(value=ast.BoolOp(op=ast.Or(), values=values)):
                yield from (value for value in values if isinstance(value, ast.Call))
                return
            case _:
                return


EVERY = set(asked())
ASKED = sorted(one for one in EVERY if one[1:] not in NEEDS_MORE)
FIRST = sorted(one for one in set(asked_first()) if "why_" in one[2])


def test_the_reading_works_and_what_is_left_out_is_there() -> None:
    assert len(ASKED) > 150
    assert len(FIRST) > 60
    assert {one[1:] for one in EVERY} >= NEEDS_MORE


def called_with_stand_ins(module: str, name: str, rule: str, asked: list[tuple[str, str, str]], patch: Any) -> Any:
    """Call this action or rule where this one of those it asks says « Non. », and the others nothing."""
    loaded = importlib.import_module(module)
    for where, asker, other in asked:
        if (where, asker) == (module, name):
            holder, _, called = other.rpartition(".")
            answer = "Non." if other == rule else None
            patch.setattr(attrgetter(holder)(loaded) if holder else loaded, called, lambda *_, said=answer, **__: said)
    for method in ("get", "first", "create", "_filter_or_exclude"):
        patch.setattr(QuerySet, method, lambda rows, *_, **__: MagicMock())
    wanted = [one for one in inspect.signature(getattr(loaded, name)).parameters.values() if one.default is one.empty]
    real = {"datetime": f.NOW, "date": f.TODAY, "str": "1"}
    given = {one.name: real.get(one.annotation) or MagicMock() for one in wanted}
    things = [given.pop(one.name) for one in wanted if one.kind is one.POSITIONAL_OR_KEYWORD]
    with scopes_disabled():
        return getattr(loaded, name)(*things, **given)


@pytest.mark.django_db
@pytest.mark.parametrize(("module", "name", "rule"), ASKED)
def test_an_action_stops_where_its_rule_refuses(module: str, name: str, rule: str, monkeypatch: Any) -> None:
    with pytest.raises(Refused, match=r"^Non\.$"):
        called_with_stand_ins(module, name, rule, ASKED, monkeypatch)


@pytest.mark.django_db
@pytest.mark.parametrize(("module", "name", "rule"), FIRST)
def test_a_rule_answers_what_the_one_it_asks_first_does(module: str, name: str, rule: str, monkeypatch: Any) -> None:
    assert called_with_stand_ins(module, name, rule, FIRST, monkeypatch) == "Non."
