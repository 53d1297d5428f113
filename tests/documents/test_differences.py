"""The words by which two versions of a text differ."""

from time import process_time

import pytest

from socle.documents.differences import MOST_WORDS, compare

BEFORE = (
    "# Convention\n\n## Article 1 – Objet\n\nLe syndicat fournit un site.\n\n"
    "## Article 2 – Durée\n\n- trois ans ;\n- un an.\n"
)


def written(before: str, after: str) -> list[tuple[str, str]]:
    """Each change as « heading », « words with [-removed-] and [+added+] »."""
    signs = {"same": "{}", "removed": "[-{}-]", "added": "[+{}+]"}
    return [
        (change.heading, "".join(signs[piece.kind].format(piece.words) for piece in change.pieces))
        for change in compare(before, after)
    ]


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        ("", "", []),
        ("\n\n", "\n\n\n", []),
        ("un site", "un site sûr", [("Article 1 – Objet", "Le syndicat fournit un site[+ sûr+].")]),
        ("un site", "deux sites", [("Article 1 – Objet", "Le syndicat fournit [-un site-][+deux sites+].")]),
        ("trois ans", "3 ans", [("Article 2 – Durée", "- [-trois-][+3+] ans ;")]),
        ("- un an.\n", "", [("Article 2 – Durée", "[-- un an.-]")]),
        ("## Article 2", "Nouveau.\n\n## Article 2", [("Article 1 – Objet", "[+Nouveau.+]")]),
        ("– Objet", "– Objets", [("Convention", "## Article 1 – [-Objet-][+Objets+]")]),
        ("# Convention\n", "# Convention\n\nAvant tout.\n", [("Convention", "[+Avant tout.+]")]),
        ("un site", "un <b>site</b>", [("Article 1 – Objet", "Le syndicat fournit un [+<b>+]site[+</b>+].")]),
    ],
)
def test_what_changed_is_told_word_by_word_under_its_title(old, new, changes):
    assert written(BEFORE, BEFORE.replace(old, new, 1) if old.strip() else BEFORE + new) == changes


def test_the_first_version_is_all_added():
    assert [words for _, words in written("", "# A\n\nb\n")] == ["[+# A+]", "[+b+]"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a b " * 20_000, "b a " * 20_000),
        ("".join(f"{n % 150} " for n in range(12_000)), "".join(f"{n % 149} " for n in range(12_000))),
        ("a\nb\n" * 2_000, "b\na\n" * 2_000),
        ("".join(f"{n % 90}\n" for n in range(4_000)), "".join(f"{n % 89}\n" for n in range(4_000))),
        (" ".join("ab"[n % 2] for n in range(MOST_WORDS // 2)), " ".join("ba"[n % 2] for n in range(MOST_WORDS // 2))),
    ],
)
def test_texts_made_to_be_slow_are_compared_all_the_same(before, after):
    began = process_time()
    compare(before, after)
    assert process_time() - began < 5
