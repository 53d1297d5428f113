"""A row is never saved whole over what others wrote of it meanwhile.

Whoever saves a row says what they write: `save(update_fields=…)`, `save(force_insert=True)` for one that was just made,
or `socle.lib.rows.write(row, fields)` for either. What was read before a call to an engine, or without a lock, would
otherwise put back a right that was moved or a service that was suspended while the engine spoke.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from tests.consistency.house import code, nodes

NAMED = {"update_fields", "force_insert"}
# What is saved and is no row of ours.
NOT_ROWS = {
    "request.session": "a session, in its own store",
    "layout": "the settings of the mail servers, a file",
    "webmail": "the settings of the webmail, a file",
}
# `_replace` puts a row just composed in the place of the one that asked for it: it is another row, wholly.
REPLACED = {("socle/site_import/looking.py", "row.save(force_update=True)")}


def bare_saves(within: Iterable[ast.AST]) -> list[str]:
    """Each call to `save` of what may be a row, that names nothing.

    Files and pictures are saved under a name: they give a positional argument. A `save` that passes on what it was
    given, or asks its parent, names nothing by itself.
    """
    found = []
    for node in within:
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "save"):
            continue
        saved = ast.unparse(node.func.value)
        names = {one.arg for one in node.keywords}
        if not (node.args or names & NAMED or saved == "super()" or saved in NOT_ROWS):
            found.append(ast.unparse(node))
    return found


def test_every_save_of_a_row_says_what_it_writes():
    assert len(code()) > 500  # The reading itself works.
    found = {(str(path), one) for path in code() for one in bare_saves(nodes(path))}
    assert found - REPLACED == set()
    assert found >= REPLACED


def walked(written: str) -> Iterable[ast.AST]:
    return ast.walk(ast.parse(written))


def test_a_bare_save_is_seen_wherever_it_hides():
    assert bare_saves(walked("room.save()")) == ["room.save()"]
    assert bare_saves(walked("def keep(self):\n    self.row.facts.save(using='other')")) == [
        "self.row.facts.save(using='other')"
    ]
    assert bare_saves(walked("room.save(update_fields=['name']); Room(name='x').save(force_insert=True)")) == []
    assert bare_saves(walked("picture.save(stream, 'PNG'); super().save(*args, **kwargs); layout.save()")) == []
