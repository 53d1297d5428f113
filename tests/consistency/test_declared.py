"""What the rooms declare is gathered: a file without its line would be forgotten in silence."""

from __future__ import annotations

import ast
import inspect
import re
from importlib import import_module

import pytest
from django.conf import settings
from django.utils.module_loading import import_string
from django_tasks.base import Task

from socle.documents.official import Official
from socle.lib.declared import Rule, Step, Tick, Waiting, WaitingAtMairie
from socle.people.offboarding import Kind
from tests.consistency import house

# The name of the files, what each declares there, and the setting that lists them.
KINDS = (("verbs", "VERBS", str, "SOCLE_VERBS"), ("retention", "RULES", Rule, "SOCLE_RETENTION"),
         ("offboarding", "HOLDINGS", Kind, "SOCLE_HOLDINGS"), ("ticks", "TICKS", Tick, "SOCLE_TICKS"),
         ("waiting", "WAITING", Waiting, "SOCLE_WAITING"),
         ("waiting", "AT_MAIRIE", WaitingAtMairie, "SOCLE_WAITING_AT_MAIRIE"),
         ("official", "PAPERS", Official, "SOCLE_PAPERS"))  # fmt: skip


def modules(name: str) -> list[str]:
    """The modules of that name, outside the commands."""
    paths = [path for path in house.files(".py") if path.parts[0] == "socle" and path.name == f"{name}.py"]
    return [".".join(path.with_suffix("").parts) for path in paths if "management" not in path.parts]


@pytest.mark.parametrize(("file", "name", "kind", "setting"), KINDS, ids=[kind[3] for kind in KINDS])
def test_what_a_room_declares_is_listed_once(file: str, name: str, kind: type, setting: str) -> None:
    declared = {f"{module}.{name}" for module in modules(file) if hasattr(import_module(module), name)}
    listed = getattr(settings, setting)
    assert sorted(listed) == sorted(declared)
    assert {type(one) for name in listed for one in import_string(name)} == {kind}


def test_each_step_of_a_demonstration_is_listed_once() -> None:
    declared = [
        f"{module}.{name}"
        for module in modules("demo_steps")
        for name, value in vars(import_module(module)).items()
        if isinstance(value, Step) and import_module(module).__name__ == value.do.__module__
    ]
    assert sorted(settings.SOCLE_DEMONSTRATION) == sorted(declared)


@pytest.mark.parametrize("given", [(), ("1",)], ids=["by a tick", "by a reaction"])
def test_whatever_starts_by_itself_can_be_started_with_what_it_is_given(given: tuple[str, ...]) -> None:
    """A tick gives nothing, a reaction the key of its object: said wrong, each run would fail where nobody looks."""
    ticks = [one.what for name in settings.SOCLE_TICKS for one in import_string(name)]
    reactions = [name for names in import_string(settings.SOCLE_REACTIONS).values() for name in names]
    for name in reactions if given else ticks:
        started = getattr(import_string(name), "func", import_string(name))
        for follow in (True, False):  # As it is written, and as it is wrapped.
            inspect.signature(started, follow_wrapped=follow).bind(*given)


def test_what_an_action_enqueues_by_name_is_a_task_that_takes_what_it_is_given() -> None:
    """A name is not seen by the types: said wrong, the gesture itself would fail, or each run where nobody looks."""
    named: list[str] = []
    for path in house.code():
        for node in house.nodes(path):
            if isinstance(node, ast.Constant) and re.fullmatch(r"socle(\.\w+)+\.tasks\.\w+", str(node.value)):
                assert isinstance(import_string(node.value), Task), node.value
            match node:
                case ast.Call(ast.Name("enqueue_at_commit"), [ast.Constant(str(name)), *arguments]):
                    inspect.signature(import_string(name).func).bind(*arguments)
                    named.append(name)
    assert len(named) > 10
