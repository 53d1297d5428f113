"""A line of the journal holds identifiers, codes, dates and amounts: a person may be erased, the journal may not."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

import pytest

from tests.consistency import house

# What names a person, or leads to them.
PERSONAL = {
    "name", "first_name", "last_name", "full_name", "get_full_name", "get_short_name", "email", "phone", "address",
    "street", "birth_date", "signatory_name", "representative", "recipient", "sender", "to", "subject", "body",
    "message", "comment", "note", "question", "ip", "ip_address", "user_agent", "username", "password", "token",
    "secret",
}  # fmt: skip
# Names of things that are nobody's: (file, fact).
OF_NOBODY = {("documents/texts.py", "name"), ("mail/domains.py", "domain"), ("domains/ownership.py", "domain")}


def facts_written(within: Iterable[ast.AST]) -> Iterator[tuple[str, ast.expr]]:
    """Each (fact, value) given to `journal.record` among these nodes; a mapping unfolded is read key by key."""
    for call in house.records(within):
        for keyword in call.keywords:
            if keyword.arg is None and isinstance(keyword.value, ast.Dict):
                for key, value in zip(keyword.value.keys, keyword.value.values, strict=True):
                    if isinstance(key, ast.Constant):
                        yield str(key.value), value
            elif keyword.arg is not None and keyword.arg not in ("by", "at"):
                yield keyword.arg, keyword.value


def faults(within: Iterable[ast.AST], file: str = "") -> list[str]:
    found = []
    for fact, value in facts_written(within):
        if (file, fact) in OF_NOBODY:
            continue
        if fact in PERSONAL:
            found.append(f"{file}: {fact}={ast.unparse(value)}")
            continue
        read = {node.attr for node in ast.walk(value) if isinstance(node, ast.Attribute)}
        shown = [
            ast.unparse(node)
            for node in ast.walk(value)
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("str", "repr")
            for argument in node.args
            # `str(user)` is a name; `str(user.pk)` and `str(day)` are not.
            if isinstance(argument, ast.Name) and argument.id in ("user", "person", "by", "author", "member")
        ]
        if read & PERSONAL or shown:
            found.append(f"{file}: {fact}={ast.unparse(value)}")
    return found


@pytest.mark.slow
def test_no_line_of_the_journal_names_a_person() -> None:
    wrong: list[str] = []
    read = 0
    for path in house.code():
        read += sum(1 for _ in facts_written(house.nodes(path)))
        wrong += faults(house.nodes(path), str(path.relative_to("socle")))
    assert read > 30  # The reading itself works.
    assert wrong == [], "\n".join(wrong)


@pytest.mark.parametrize(
    "written",
    [
        "journal.record('a.b', thing, by=by, at=at, name=user.pk)",
        "journal.record('a.b', thing, by=by, at=at, who=user.email)",
        "journal.record('a.b', thing, by=by, at=at, who=str(user))",
        "journal.record('a.b', thing, by=by, at=at, who=user.get_full_name())",
        "record('a.b', thing, by=by, at=at, **{'phone': number})",
        "journal.record('a.b', thing, by=by, at=at, said=[form.note for form in forms])",
    ],
)
def test_each_way_of_naming_somebody_is_seen(written: str) -> None:
    assert len(faults(ast.walk(ast.parse(written)))) == 1


def test_identifiers_are_left_alone() -> None:
    harmless = "journal.record('a.b', thing, by=by, at=at, user=user.pk, day=str(day), code=service.code)"
    assert faults(ast.walk(ast.parse(harmless))) == []
