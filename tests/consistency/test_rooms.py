"""Each room says what it is for; the plan is true."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.consistency import house

# A thing with no home is a thing not yet understood.
NO_HOME = {"core", "common", "utils", "helpers", "misc"}
NO_VERB = ("do_", "handle_", "process_")
# What opens an outgoing connection.
CONNECTIONS = {
    "socket", "http.client", "urllib.request", "urllib3", "requests", "httpx", "aiohttp", "smtplib", "ftplib",
    "imaplib", "poplib", "telnetlib", "xmlrpc.client", "websockets", "paramiko",
    "boto3", "botocore", "storages",
}  # fmt: skip
MAY_CONNECT = (
    "socle/engines/",
    # Looks whether the server it started answers, on this machine.
    "socle/trials/",
    "socle/lib/http.py",
    # The storage of files, when it is not the disk: its address is a setting.
    "socle/lib/object_storage.py",
    # Reads what that storage answered, and connects to nothing.
    "socle/documents/object_storage.py",
    # Reads how a mail server refused, and connects to nothing.
    "socle/outbox/departures.py",
    # Looks whether a port of this machine is free, and whether the server it started answers.
    "socle/operations/supervisor.py",
    # Looks whether a port of this machine is free.
    "socle/lib/ports.py",
    # Asks for this machine's name, and holds a name of its kernel.
    "socle/operations/processes.py",
)

# The rooms whose models are pages.
HAVE_PAGES = ("sites", "sections", "quality")


# Doors name their files after the room that they show; an engine has files of its own.
NAME_FREELY = {"mairie", "console", "public", "api", "engines", "config"}


def test_a_file_name_that_three_rooms_bear_is_in_the_table_of_the_house() -> None:
    table = house.read("docs/dev/rooms.md").partition("A name that three")[0]
    said = set(re.findall(r"`(\w+)\.py`", table)) | {"__init__"}
    rooms: dict[str, set[str]] = {}
    for path in house.code():
        if len(path.parts) > 2 and path.parts[1] not in NAME_FREELY and "management" not in path.parts:
            rooms.setdefault(path.stem, set()).add(path.parts[1])
    assert {name: where for name, where in rooms.items() if len(where) > 2 and name not in said} == {}


@pytest.mark.parametrize("room", house.rooms(), ids=str)
def test_every_room_says_in_a_sentence_what_it_is_for(room: Path) -> None:
    sentence = ast.get_docstring(house.tree(room / "__init__.py")) or ""
    assert sentence.endswith("."), f"{room}/__init__.py says nothing"
    assert len(sentence.split()) >= 5


@pytest.mark.slow
def test_no_docstring_begins_with_what() -> None:
    """A module, a class, a function name their subject: whoever searches for it finds it."""
    wrong = [
        f"{path}: {said[:60]}"
        for path in house.code()
        for node in house.nodes(path)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        if (said := ast.get_docstring(node) or "").startswith("What ")
    ]
    assert wrong == [], "\n".join(wrong)


def test_the_plan_shows_every_room_that_exists_and_marks_those_to_come() -> None:
    plan = house.read("docs/dev/house.md").partition("## 1. The plan")[2].partition("Create a room")[0]
    shown = dict(re.findall(r"^├── (\w+)/ +([·✓]?)", plan, re.M) + re.findall(r"^└── (\w+)/ +([·✓]?)", plan, re.M))
    existing = {room.name for room in house.rooms() if len(room.parts) == 2}
    assert {name for name, mark in shown.items() if mark != "·"} == existing


def test_the_house_page_is_read_in_one_sitting() -> None:
    assert len(house.read("docs/dev/house.md").split()) <= 1500


def test_the_ways_through_the_house_name_files_and_functions_that_are_there() -> None:
    steps = re.findall(r"`((?:socle|deploy)/[\w/.-]+)`((?:(?:, then)? `\w+`)*)", house.read("docs/dev/flows.md"))
    assert len(steps) > 25
    for path, named in steps:
        assert (house.ROOT / path).exists(), path
        if functions := set(re.findall(r"`(\w+)`", named)):
            defined = {one.name for one in house.nodes(Path(path)) if isinstance(one, ast.FunctionDef)}
            assert functions <= defined, (path, functions - defined)


def test_nothing_is_called_by_a_name_that_means_nothing() -> None:
    named = [path for path in house.all_files() if NO_HOME & {*path.parts[:-1], path.stem}]
    assert named == []


def test_no_function_hides_its_verb() -> None:
    named = [
        f"{path}: {node.name}"
        for path in house.code()
        for node in house.nodes(path)
        if isinstance(node, ast.FunctionDef) and (node.name.startswith(NO_VERB) or node.name.endswith("_service"))
        # Django's own names, and those of the standard reader of HTML.
        if node.name not in ("process_view", "process_request", "process_response", "process_exception")
        and node.name not in ("handle_starttag", "handle_endtag", "handle_data", "handle_decl")
        # And those by which WsgiDAV asks a file to move or to copy itself.
        and node.name not in ("handle_move", "handle_copy")
    ]
    assert named == []


def test_only_engines_and_lib_http_open_an_outgoing_connection() -> None:
    wrong = []
    for path in house.code():
        if str(path).startswith(MAY_CONNECT):
            continue
        for node in house.nodes(path):
            if isinstance(node, ast.Import):
                names = {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                names = {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
            else:
                continue
            wrong += [f"{path}: {name}" for name in sorted(names & CONNECTIONS)]
    assert wrong == [], "\n".join(wrong)


def test_models_neither_read_the_clock_nor_import_an_action() -> None:
    wrong = []
    for path in house.code():
        # A page of Wagtail is a model and its own view: it is shown as of today.
        if (path.name != "models.py" and path.parent.name != "models") or path.parts[1] in HAVE_PAGES:
            continue
        for node in house.nodes(path):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                if node.func.attr in ("now", "today", "utcnow", "localdate"):
                    wrong.append(f"{path}:{node.lineno} reads the clock")
            elif isinstance(node, ast.ImportFrom) and re.search(r"\.(actions|tasks|rules)$", node.module or ""):
                wrong.append(f"{path}:{node.lineno} imports {node.module}")
    assert wrong == [], "\n".join(wrong)
