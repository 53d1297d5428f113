"""What a file may be called, and what it is."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socle.files import filenames, kinds
from socle.files.models import Entry


@pytest.mark.parametrize("name", ["budget 2026.ods", "Délibération n° 12.pdf", ".bashrc", "l’école", "été", "a" * 200])
def test_the_names_people_give_are_taken(name):
    assert filenames.why_not_name(filenames.clean(name)) is None


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "Donnez un nom"),
        (".", "points"),
        ("..", "points"),
        ("a/b", "« / »"),
        ("a\\b", "« \\ »"),
        ("heure 12:30", "« : »"),
        ("quoi?", "« ? »"),
        ("fin.", "ne finit"),
        ("fin ", "ne finit"),
        ("fin\u00a0", "ne finit"),
        ("   ", "ne finit"),
        ("CON", "Windows se réserve"),
        ("nul.txt", "Windows se réserve"),
        ("LPT1.pdf", "Windows se réserve"),
        ("a\x00b", "invisibles"),
        ("a\nb", "invisibles"),
        ("facture\u202efdp.exe", "invisibles"),
        ("a" * 201, "trop long"),
        ("é" * 150, "trop long"),
    ],
)
def test_the_others_are_refused_with_their_reason(name, says):
    refusal = filenames.why_not_name(filenames.clean(name))
    assert refusal is not None
    assert says in refusal.replace("\u00a0", " ")


def test_two_ways_of_writing_an_accent_are_one_name():
    assert filenames.clean("e\u0301te\u0301.txt") == "été.txt"
    assert filenames.key_of("ÉTÉ.TXT") == filenames.key_of("été.txt") == filenames.key_of("e\u0301te\u0301.txt")


@pytest.mark.parametrize(
    ("one", "other", "is_one_name"),
    [
        ("Budget.ODS", "budget.ods", True),
        ("ÉTÉ.txt", "e\u0301te\u0301.txt", True),
        # A capital is one letter: that of « ß » is not two, on the disk of no computer of a mairie.
        ("STRASSE.txt", "straße.txt", False),
        ("STRAẞE.txt", "straße.txt", True),
        ("ﬁn.txt", "fin.txt", False),
        ("cœur", "coeur", False),
        ("été", "ete", False),
        (" fin", "fin", False),
        ("fin ", "fin", False),
        ("ΟΔΟΣ", "οδοσ", True),
    ],
)
def test_two_names_are_one_when_they_differ_by_capitals_letter_by_letter(one, other, is_one_name):
    assert (filenames.key_of(one) == filenames.key_of(other)) is is_one_name


def test_a_name_is_kept_as_it_was_given_or_refused():
    for name in (" 01 devis.pdf", "a  b.txt"):
        assert filenames.clean(name) == name
        assert filenames.why_not_name(name) is None


@pytest.mark.slow
@pytest.mark.both
def test_what_was_told_apart_before_still_is():
    """The rule before took more names for one (the migration changes keys, and meets no name twice)."""
    letters = (chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code <= 0xDFFF)
    assert all(filenames.key_of(one.lower().casefold()) == filenames.key_of(one.casefold()) for one in letters)


@given(st.text(max_size=300))
def test_whatever_is_typed_is_judged_and_never_breaks(text):
    name = filenames.clean(text)
    if filenames.why_not_name(name) is None:
        assert "/" not in name
        assert "\x00" not in name
        assert name not in (".", "..", "")
        assert all(
            len(value) <= Entry._meta.get_field(column).max_length
            for column, value in filenames.columns_of(name).items()
        )


def test_numbers_are_put_in_order():
    given = ["n° 10.txt", "N° 2.txt", "n° 002 bis.txt", "n° 1.txt", "été 2026.odt", "Été 2025.odt", "12", "2", "b", "a"]
    assert sorted(given, key=filenames.sort_of) == [
        "2", "12", "a", "b", "Été 2025.odt", "été 2026.odt", "n° 1.txt", "n° 002 bis.txt", "N° 2.txt", "n° 10.txt",
    ]  # fmt: skip
    # Nothing is too long for its column: « 1 2 3… » grows the most.
    assert len(filenames.sort_of("1 " * 100)) <= 1000


def test_a_name_already_taken_becomes_another():
    assert filenames.another("devis.pdf", 2) == "devis (2).pdf"
    assert filenames.another("archives", 3) == "archives (3)"
    assert len(filenames.another("a" * 200, 12)) <= filenames.LONGEST


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n....", kinds.PNG),
        (b"%PDF-1.7", kinds.PDF),
        (b"PK\x03\x04", kinds.BUNDLE),
        (b"<!doctype html><script>", kinds.PAGE),
        (b"<svg xmlns='x' onload='y'>", kinds.PAGE),
        (b"<?xml version='1.0'?><svg/>", kinds.PAGE),
        ("été".encode(), kinds.TEXT),
        ("été".encode()[:-1], kinds.TEXT),
        (b"\xff\xfe\x00", kinds.BYTES),
        (b"", kinds.TEXT),
    ],
)
def test_a_file_is_what_its_bytes_say(head, kind):
    assert kinds.kind_of(head) == kind


def test_a_name_never_makes_a_page_of_what_is_none_nor_hides_one():
    assert kinds.served_as("photo.png", kinds.PAGE) == kinds.PAGE
    assert not kinds.is_shown(kinds.served_as("photo.png", kinds.PAGE))
    assert kinds.served_as("a.html", kinds.TEXT) == kinds.TEXT
    assert kinds.served_as("a.docx", kinds.TEXT) == kinds.TEXT
    assert kinds.served_as("a.docx", kinds.BUNDLE).endswith("wordprocessingml.document")
    assert kinds.in_words(kinds.served_as("a.ods", kinds.BUNDLE)) == "tableau"
