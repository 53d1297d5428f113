"""The deliberate mistakes: each is one change of a syntax tree, found again by its file and its number."""

from __future__ import annotations

import ast
import difflib
import itertools
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import CodeType
from typing import Any

# What is watched, and tried: what needs no browser, no server of its own and no long drill.
WATCHED = "not journey and not drill and not postgresql"
ROOT = Path(__file__).parents[2]
# Where a mistake costs the most: what refuses, what writes, what proves. The part that was drawn first.
FORMER = (
    "socle/**/*rules.py",
    "socle/**/actions.py",
    "socle/**/actions/*.py",
    "socle/signing/**/*.py",
    "socle/provisioning/**/*.py",
    "socle/journal/**/*.py",
    # What a grant pays for, and what the others say of an amount.
    "socle/**/eligibility.py",
    "socle/grants/judging.py",
)
# All the rest that holds a rule, a right, a sum or a day is the widened part, with the former; not this.
LEFT_OUT = (
    # What other programs do or read: their tests start servers, which are not watched.
    "socle/engines/**/*.py",
    "socle/trials/**/*.py",
    # Tables, words and assembly, which the tests of the house compare.
    "socle/config/**/*.py",
    "socle/ui/**/*.py",
    "socle/**/migrations/*.py",
    "socle/**/verbs.py",
    "socle/**/guide.py",
    "socle/**/apps.py",
    "socle/**/*urls.py",
    # Invented rows.
    "socle/**/demo*.py",
)

_COMPARISONS = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
_OPERATORS = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult}
_NO_NUMBERS = (ast.List, ast.Tuple, ast.JoinedStr, ast.ListComp, ast.Dict)
_NAMES = {"min": "max", "max": "min", "any": "all", "all": "any"}
_METHODS = {"filter": "exclude", "exclude": "filter", "first": "last", "last": "first"}
_QUERIES = {"filter", "exclude", "get", "update", "Q"}
# What says no rule: types, decorators, words.
_LEFT_ALONE = {"annotation", "returns", "decorator_list", "format_spec", "bases"}


ASKS = re.compile(r"\brefuse\(|\b_?(?:why|check)_\w+\(")


@dataclass(frozen=True)
class Mutant:
    """One mistake: which change of which file, from `line` to `end`.

    `function` is the line of the function that holds it, 0 outside any.
    """

    file: str
    number: int
    line: int
    end: int
    function: int
    diff: str

    @property
    def drops_a_refusal(self) -> bool:
        """Whether a rule that was asked is not any more."""
        before, after = ("".join(line for line in self.diff.splitlines() if line[:1] == sign) for sign in "-+")
        return len(ASKS.findall(before)) > len(ASKS.findall(after))


# The statement, the function it is in, what makes the change, the statement put in its place if it is replaced.
Change = tuple[ast.stmt, ast.FunctionDef | None, Callable[[], Any], ast.AST | None]


def files(part: str = "widened") -> list[str]:
    """The files of a part, `former` or `widened`, which holds the former."""
    found = _matching(FORMER if part == "former" else ("socle/**/*.py",)) - _matching(LEFT_OUT)
    return sorted(str(path.relative_to(ROOT)) for path in found)


def _matching(patterns: tuple[str, ...]) -> set[Path]:
    return {path for pattern in patterns for path in ROOT.glob(pattern)}


def share(files: list[str]) -> float:
    """The percentage of the lines of the platform that these files hold, migrations apart."""
    every = _matching(("socle/**/*.py",)) - _matching(("socle/**/migrations/*.py",))
    lines = {str(path.relative_to(ROOT)): path.read_bytes().count(b"\n") for path in every}
    return 100 * sum(lines[file] for file in files) / sum(lines.values())


def draw(files: list[str], count: int, seed: int) -> list[Mutant]:
    """That many mistakes among all those that can be made in these files, the same for a same seed."""
    trees = [(file, ast.parse((ROOT / file).read_text())) for file in files]
    every = [(file, number) for file, tree in trees for number, _ in enumerate(changes_of(tree))]
    chosen = random.Random(seed).sample(every, min(count, len(every)))
    return [mutant(file, number) for file, number in chosen]


def mutant(file: str, number: int) -> Mutant:
    _, statement, function, before, after = _changed(file, number)
    lines = difflib.unified_diff(before, after, lineterm="", n=0)
    diff = "\n".join(line for line in lines if line[:3] not in ("---", "+++") and line[:2] != "@@")
    # Of what holds other statements, what comes before them.
    body = getattr(statement, "body", None)
    end = max(statement.lineno, body[0].lineno - 1) if body else statement.end_lineno or statement.lineno
    return Mutant(file, number, statement.lineno, end, function.lineno if function else 0, diff)


def lines_naming(one: Mutant) -> set[int]:
    """The lines of functions of its file that use what this statement, outside any function, gives a name to."""
    tree = ast.parse((ROOT / one.file).read_text())
    (statement,) = (node for node in tree.body if node.lineno <= one.line <= (node.end_lineno or node.lineno))
    names = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and _is_target(node)}
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
    return {
        node.lineno
        for function in functions
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and node.id in names
    }


def compiled(file: str, number: int) -> CodeType:
    """The code of this file, with that mistake in it; its lines keep their numbers."""
    return compile(mutated(file, number), str(ROOT / file), "exec", dont_inherit=True)


def mutated(file: str, number: int | None) -> ast.Module:
    """Its tree, with that mistake in it, or as it is."""
    tree = ast.parse((ROOT / file).read_text()) if number is None else _changed(file, number)[0]
    return ast.fix_missing_locations(tree)


def _changed(file: str, number: int) -> tuple[ast.Module, ast.stmt, ast.FunctionDef | None, list[str], list[str]]:
    tree = ast.parse((ROOT / file).read_text())
    statement, function, change, new = next(itertools.islice(changes_of(tree), number, None))
    before = ast.unparse(statement).splitlines()
    change()
    return tree, statement, function, before, ast.unparse(ast.fix_missing_locations(new or statement)).splitlines()


def changes_of(tree: ast.Module) -> Iterator[Change]:
    """Each change that can be made to this tree, in its order; nothing is changed before it is called."""
    for put, node, statement, function in _nodes(tree, None, None):
        for new in _instead_of(node):
            yield statement, function, partial(put, new), new if node is statement else None
        for holders in _droppable(node):
            for rank in range(len(holders[0])):
                yield statement, function, lambda held=holders, rank=rank: [one.pop(rank) for one in held], None


def _nodes(node: ast.AST, statement: Any, function: Any) -> Iterator[tuple[Callable[..., None], ast.AST, Any, Any]]:
    for field, value in ast.iter_fields(node):
        if field in _LEFT_ALONE:
            continue
        if isinstance(node, ast.Subscript) and field == "slice" and isinstance(value, ast.Tuple):
            continue
        # Defaults are read where the function is defined, its body where it is called.
        inside = function
        if isinstance(node, ast.FunctionDef) and field == "body":
            inside = function or node
        for rank, child in enumerate(value if isinstance(value, list) else [value]):
            if not isinstance(child, ast.AST) or isinstance(child, ast.JoinedStr | ast.Assert) or _says_nothing(child):
                continue
            where = child if isinstance(child, ast.stmt) else statement

            def put(new: ast.AST, value: Any = value, rank: int = rank, field: str = field) -> None:
                if isinstance(value, list):
                    value[rank] = new
                else:
                    setattr(node, field, new)

            if where is not None:
                yield put, child, where, inside
            yield from _nodes(child, where, inside)


def _says_nothing(node: ast.AST) -> bool:
    """A docstring, a line of the log, what is only read by the checkers of the source."""
    text = ast.unparse(node) if isinstance(node, ast.Expr | ast.If | ast.Assign) else ""
    return (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)) or text.startswith(
        ("logger.", "log.", "if TYPE_CHECKING", "__all__ = ")
    )


def _instead_of(node: ast.AST) -> Iterator[ast.AST]:
    """What may be put in the place of this node."""
    match node:
        case ast.Compare(ops=[op]) if type(op) in _COMPARISONS:
            yield ast.Compare(node.left, [_COMPARISONS[type(op)]()], node.comparators)
        case ast.BoolOp(op=op, values=values):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values)
            for value in values:
                rest = [other for other in values if other is not value]
                yield rest[0] if len(rest) == 1 else ast.BoolOp(op, rest)
        case ast.UnaryOp(op=ast.Not()):
            yield node.operand
        case ast.BinOp(op=op) if type(op) in _OPERATORS and _are_numbers(node):
            yield ast.BinOp(node.left, _OPERATORS[type(op)](), node.right)
        case ast.If(test=test) | ast.While(test=test) if not _has_its_own_opposite(test):
            yield type(node)(ast.UnaryOp(ast.Not(), test), node.body, node.orelse)
        case ast.IfExp():
            yield ast.IfExp(node.test, node.orelse, node.body)
        case ast.Constant(value=bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(value=int(value) | float(value)):
            yield ast.Constant(value + 1)
        case ast.Return(value=ast.expr() as value) if ast.unparse(value) not in ("None", "True", "False"):
            yield ast.Return(ast.Constant(None))
        case ast.Expr(value=ast.Call()) | ast.Raise() | ast.Assign(targets=[ast.Attribute()]) | ast.AugAssign():
            yield ast.Pass()
        case ast.Name(id=name) if name in _NAMES:
            yield ast.Name(_NAMES[name], node.ctx)
        case ast.Attribute(attr=name) if name in _METHODS:
            yield ast.Attribute(node.value, _METHODS[name], node.ctx)
        case ast.Continue():
            yield ast.Break()


_EQUALITIES = ast.Eq | ast.NotEq | ast.Is | ast.IsNot | ast.In | ast.NotIn


def _has_its_own_opposite(test: ast.expr) -> bool:
    is_not = isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
    return is_not or (isinstance(test, ast.Compare) and isinstance(test.ops[0], _EQUALITIES))


def _droppable(node: ast.AST) -> Iterator[list[list[Any]]]:
    """Lists of this node that may lose an element: the conditions of a query or of a loop, the entries of a table."""
    match node:
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)) if name in _QUERIES and node.keywords:
            yield [node.keywords]
        case ast.comprehension() if node.ifs:
            yield [node.ifs]
        case ast.Dict(keys=[_, _, *_]) if not all(_is_text(one) for one in (*node.keys, *node.values)):
            yield [node.keys, node.values]
        case ast.List(elts=[_, _, *_]) | ast.Tuple(elts=[_, _, *_]) | ast.Set(elts=[_, _, *_]) if not _is_target(node):
            yield [node.elts]


def _are_numbers(node: ast.BinOp) -> bool:
    return not any(_is_text(one) or isinstance(one, _NO_NUMBERS) for one in (node.left, node.right))


def _is_text(node: ast.AST | None) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _is_target(node: Any) -> bool:
    return not isinstance(getattr(node, "ctx", ast.Load()), ast.Load)
