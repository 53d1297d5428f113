"""Every verb that the code writes in the journal has its French words."""

import ast
from collections.abc import Iterator

from socle.journal.verbs import label_of, words
from tests.consistency import house


def verbs_written() -> Iterator[tuple[str, str]]:
    """Each (file, verb) given to `journal.record`, whether written there or chosen just above between two verbs."""
    for path in house.code():
        if not any(house.records(house.nodes(path))):
            continue
        for function in house.nodes(path):
            if not isinstance(function, ast.FunctionDef):
                continue
            within = [*ast.walk(function)]
            assigned = {
                target.id: node.value
                for node in within
                if isinstance(node, ast.Assign)
                for target in node.targets
                if isinstance(target, ast.Name)
            }
            for call in house.records(within):
                given = call.args[0]
                if isinstance(given, ast.Name):
                    given = assigned.get(given.id, given)
                found = [
                    node.value
                    for node in ast.walk(given)
                    if isinstance(node, ast.Constant) and isinstance(node.value, str) and "." in node.value
                ]
                assert found, f"{path}: this verb cannot be read: {ast.unparse(call)[:80]}"
                for verb in found:
                    yield str(path), verb


def test_every_verb_written_in_the_journal_has_its_french_words():
    written = set(verbs_written())
    assert len({verb for _, verb in written}) > 25  # The reading itself works.
    assert [(path, verb) for path, verb in sorted(written) if verb not in words()] == []


def test_a_verb_of_an_older_release_is_shown_as_it_is():
    assert label_of("agreement.signed") == "Convention conclue"
    assert label_of("agreement.vanished") == "agreement.vanished"
