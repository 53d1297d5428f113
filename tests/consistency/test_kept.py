"""What is kept of what people hand over is kept once every rule has passed, or goes with the refusal.

Each place that keeps a document is here, with the reason for which a refusal leaves none: rules first and nothing that
may refuse after, or the whole within `documents.unless_refused`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.consistency.house import code, nodes

WHOLE = "unless_refused"
LAST = "rules first: nothing may refuse after"
OURS = "composed by us, of what is invented"
# The place of `socle/`, and who holds the whole there, or why nothing does.
PLACES = {
    "agreements/actions.py:_record_act": (
        "agreements/actions.py:record_act_of_party agreements/actions.py:record_act_of_committee"
    ),
    "agreements/actions.py:_print": LAST,
    "agreements/notifications.py:write": LAST,
    "assemblies/actions/agenda.py:annex": LAST,
    "assemblies/actions/agenda.py:convene": LAST,
    "assemblies/actions/outcome.py:make_register": LAST,
    "assemblies/actions/outcome.py:certify_posting": LAST,
    "assemblies/actions/outcome.py:_record": (
        "assemblies/actions/outcome.py:close assemblies/actions/outcome.py:arrest_minutes"
    ),
    "assemblies/desk/answering.py:reply": WHOLE,
    "assemblies/desk/answering.py:stamp": WHOLE,
    "assemblies/desk/leaving.py:stamp": WHOLE,
    "assemblies/desk/leaving.py:note_elsewhere": WHOLE,
    "backups/certificate.py:attest": LAST,
    "backups/demo_data.py:ensure_attested": OURS,
    "backups/drills.py:rehearse": LAST,
    "grants/desk/expenses.py:_drop": LAST,
    "deliberations/exchange.py:_record": "deliberations/exchange.py:bring_in",
    "deliberations/incoming.py:_do": "deliberations/incoming.py:_apply",
    "deliberations/incoming.py:_one": WHOLE,
    "deliberations/incoming.py:_take_stamped_copy": LAST,
    "deliberations/sending.py:send_on_paper": LAST,
    "deliberations/signed.py:hand_back": LAST,
    "eliminations/actions.py:prepare": WHOLE,
    "grants/actions/claims.py:certify": LAST,
    "grants/actions/claims.py:record_visa": LAST,
    "grants/actions/expenses.py:add_evidence": LAST,
    "grants/actions/operations.py:add_paper": LAST,
    "grants/actions/operations.py:record_contract": LAST,
    "mairie/views/deliberations.py:_certify": WHOLE,
    "mairie/views/deliberations.py:_put_online": WHOLE,
    "mairie/views/deliberations.py:_record": WHOLE,
    "mairie/views/deliberations.py:hand_over": WHOLE,
    "operations/demo_steps.py:_open_the_showcase": OURS,
    "signing/actions.py:fill": LAST,
    "signing/on_paper.py:record": LAST,
}
# What may say no, by its name; the rest of what follows only writes.
MAY_REFUSE = (
    "refuse",
    "why_not",
    "forbid",
    "receive",
    "record_act",
    "note_stamped",
    "note_elsewhere",
    "reply",
    "hold_back",
)


KEEPERS = ("documents.keep", "operations.kept", "operations.deposited", "certificate.keep")


def keepers(path: Path) -> set[str]:
    """What keeps a document in a module: `documents.keep`, and its own functions that do nothing else than call it."""
    own = {
        node.name
        for node in nodes(path)
        if isinstance(node, ast.FunctionDef) and node.name.strip("_") in ("keep", "kept", "deposited")
        if any(ast.unparse(one.func) == "documents.keep" for one in ast.walk(node) if isinstance(one, ast.Call))
    }
    within = {"kept", "deposited"} if path.parts[1:3] == ("grants", "actions") else set()
    return {*KEEPERS, *own, *within}


def functions() -> Iterator[tuple[str, Path, ast.FunctionDef]]:
    for path in code():
        for node in nodes(path):
            if isinstance(node, ast.FunctionDef):
                yield f"{'/'.join(path.parts[1:])}:{node.name}", path, node


def calls(node: ast.AST, names: set[str]) -> list[ast.Call]:
    return [one for one in ast.walk(node) if isinstance(one, ast.Call) and ast.unparse(one.func) in names]


def places() -> dict[str, tuple[ast.FunctionDef, set[str]]]:
    """Each function that keeps a document, and by which calls; those that only keep are not places, but calls."""
    return {
        name: (node, keepers(path))
        for name, path, node in functions()
        if calls(node, keepers(path)) and node.name not in keepers(path)
    }


def refusals_after(node: ast.FunctionDef, by: set[str]) -> list[str]:
    """What may refuse in a function, below the line that keeps."""
    keeping = calls(node, by)
    line = min(one.lineno for one in keeping)
    inside = {id(part) for one in keeping for part in ast.walk(one)}
    every = [one for one in ast.walk(node) if isinstance(one, ast.Call)]
    later = [one for one in every if one.lineno > line and id(one) not in inside]
    named = [ast.unparse(one.func) for one in later if ast.unparse(one.func).split(".")[-1].startswith(MAY_REFUSE)]
    return named + ["raise" for one in ast.walk(node) if isinstance(one, ast.Raise) and one.lineno > line]


def test_each_place_that_keeps_a_document_is_known() -> None:
    assert sorted(places().keys() ^ PLACES.keys()) == []


def test_nothing_refuses_after_what_was_kept_or_the_whole_goes_with_the_refusal() -> None:
    written = {name: node for name, _, node in functions()}
    wrong = []
    for name, held in PLACES.items():
        if held == LAST:
            wrong += [f"{name}: {one}" for one in refusals_after(*places()[name])]
        elif held != OURS:
            holders = [name] if held == WHOLE else held.split()
            wrong += [f"{one} does not hold the whole" for one in holders if WHOLE not in ast.unparse(written[one])]
    assert wrong == []


def test_a_rule_asked_too_late_is_seen() -> None:
    def late(body: str) -> list[str]:
        (node,) = ast.parse(f"def take():\n{body}").body
        assert isinstance(node, ast.FunctionDef)
        return refusals_after(node, {"documents.keep"})

    assert late("    refuse(why())\n    document = documents.keep(x)\n    row.save()") == []
    assert late("    document = documents.keep(x)\n    rules.refuse(why())") == ["rules.refuse"]
    assert late("    document = documents.keep(x)\n    if late:\n        raise Refused('')") == ["raise"]
