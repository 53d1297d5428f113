"""What somebody writes in one field becomes what the lists show, then the rest of the page."""

from __future__ import annotations

import pytest

from socle.sites.writing import LONGEST_SUMMARY, laid_out

SENTENCE = "Le pont est fermé."
LONG = "a" * (LONGEST_SUMMARY - 1) + "."


@pytest.mark.parametrize(
    ("words", "summary", "body"),
    [
        ("", "", ""),
        ("  Le pont\r\nest fermé. ", "Le pont est fermé.", ""),
        (f"{SENTENCE}\r\n\r\nUne déviation.", SENTENCE, "<p>Une déviation.</p>"),
        # As long as may be, it is whole.
        (LONG, LONG, ""),
        # One more sign, and the last sentence goes below.
        (f"{SENTENCE} {LONG}", SENTENCE, f"<p>{LONG}</p>"),
        # No sentence ends in time: it is cut between two words.
        (f"{'b' * 399} {'c' * 9}", "b" * 399, f"<p>{'c' * 9}</p>"),
        # Nor any word.
        ("d" * 401, "d" * 400, "<p>d</p>"),
        (
            f"{SENTENCE}\n\n<b>Rue</b> du Moulin\net rue d’en bas.",
            SENTENCE,
            "<p>&lt;b&gt;Rue&lt;/b&gt; du Moulin<br>et rue d’en bas.</p>",
        ),
        (
            f"{SENTENCE}\n\nVoir https://www.exemple.fr/pont.",
            SENTENCE,
            '<p>Voir <a href="https://www.exemple.fr/pont">https://www.exemple.fr/pont</a>.</p>',
        ),
    ],
)
def test_words_are_cut_between_two_sentences_and_nothing_is_lost(words, summary, body):
    said, rest = laid_out(words)
    assert said == summary
    assert "".join(text.source for _, text in rest) == body
