"""Numbers, days and fractions in French letters, written and read back."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from socle.lib import dates, numerals

# A slow machine is no fault of the property.
steady = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "zéro"), (16, "seize"), (17, "dix-sept"), (21, "vingt-et-un"), (70, "soixante-dix"),
        (71, "soixante-et-onze"), (77, "soixante-dix-sept"), (80, "quatre-vingts"), (81, "quatre-vingt-un"),
        (91, "quatre-vingt-onze"), (100, "cent"), (200, "deux cents"), (201, "deux cent un"), (1000, "mille"),
        (2000, "deux mille"), (2021, "deux mille vingt-et-un"), (9999, "neuf mille neuf cent quatre-vingt-dix-neuf"),
    ],
)  # fmt: skip
def test_a_number_is_written_out_and_read_back(number, words):
    assert numerals.spelled(number) == words
    assert numerals.number_of(words.replace("-", " ").upper()) == number


@steady
@given(st.integers(0, numerals.MOST))
def test_every_number_is_read_back(number):
    assert numerals.number_of(numerals.spelled(number)) == number == numerals.number_of(str(number))


@pytest.mark.parametrize(
    "words", ["", "un un", "deux trois", "vingt cent", "-3", "²", "12345", "onze mille", "x" * 500]
)
def test_what_is_no_number_is_not_read(words):
    assert numerals.number_of(words) is None


@pytest.mark.parametrize("number", [-1, numerals.MOST + 1])
def test_a_number_out_of_bounds_is_not_written(number):
    with pytest.raises(ValueError, match="only numbers"):
        numerals.spelled(number)


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("vingt-trois novembre deux mille vingt-et-un", date(2021, 11, 23)),
        ("dix-sept novembre deux mille vingt et un", date(2021, 11, 17)),
        ("premier mars 2026", date(2026, 3, 1)),
        ("1er Août 2026", date(2026, 8, 1)),
        ("trente février 2026", None),
        ("trente brumaire 2026", None),
        ("mars 2026", None),
        ("un un mars 2026", None),
        ("3 mars " + "un" * 200, None),
    ],
)
def test_a_day_in_letters_is_read(words, day):
    assert numerals.day_of(words) == day


@steady
@given(st.dates(date(1000, 1, 1), date(9999, 12, 31)))
def test_every_day_in_letters_is_read(day):
    words = f"{numerals.spelled(day.day)} {dates.MONTHS[day.month - 1]} {numerals.spelled(day.year)}"
    assert numerals.day_of(words) == day == numerals.day_of(dates.in_words(day).replace("\u00a0", " "))


@pytest.mark.parametrize(
    ("words", "fraction"),
    [
        ("aux deux tiers de ces membres", Fraction(2, 3)),
        ("au tiers des membres", Fraction(1, 3)),
        ("un tiers de ses membres", Fraction(1, 3)),
        ("plus de la moitié des membres", Fraction(1, 2)),
        ("aux trois quarts", Fraction(3, 4)),
        ("le quart", Fraction(1, 4)),
        ("à la majorité", None),
        ("le quartier", None),
    ],
)
def test_a_fraction_is_read_in_a_sentence(words, fraction):
    assert numerals.fraction_of(words) == fraction


def test_a_fraction_is_said():
    assert numerals.fraction_in_words(Fraction(2, 3)) == "les deux tiers"
    assert numerals.fraction_in_words(Fraction(3, 5)) == "3/5"
