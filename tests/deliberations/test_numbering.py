"""Rules 14 and 15: the number of an act as @CTES writes it, and its identifier."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from socle.deliberations import numbering
from socle.deliberations.numbering import Identifier

# A slow machine is no fault of the property.
steady = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
D = date
SEED = "059-200039386-20211123-2021_16-DE"
# What the official schema accepts.
PATTERN = re.compile(r"[0|9]{1}[0-9]{1}[A|B|0-9]{1}-[0-9]{9}-[0-9]{8}-[a-zA-Z0-9_]{1,15}-[A-Z]{2}")


@pytest.mark.parametrize(
    "number",
    [
        "2021 – 16",
        "2021 — 16",
        "2021-16",
        "2021_16",
        "2021/16",
        " 2021 16 ",
        "2021\u00a0–\u00a016",
        "2021‑16",
        "2021.16",
    ],
)
def test_act_rule_14_every_spelling_of_a_number_is_one(number):
    assert numbering.normalise(number) == "2021_16"
    assert numbering.why_not_number(number) is None
    assert "2021_16" in (numbering.why_not_number(number, taken=["2021 — 16"]) or "")


@pytest.mark.parametrize(
    ("number", "says"),
    [
        ("A1", None),
        ("abc", None),
        ("2026_12345678901"[:15], None),
        ("2026_12345678901", "16 caractères"),
        ("7", "2 à 15"),
        ("", "2 à 15"),
        ("é2", "2 à 15"),
        ("2026#1", "2 à 15"),
        ("—", "2 à 15"),
    ],
)
def test_act_rule_14_a_number_is_one_that_the_transmission_takes(number, says):
    reason = numbering.why_not_number(number, taken=["2020_1"])
    assert (reason is None) == (says is None)
    assert says is None or says in reason


@steady
@given(st.text(max_size=20))
def test_act_rule_14_what_is_taken_makes_an_identifier_that_the_schema_takes(number):
    assert numbering.normalise(numbering.normalise(number)) == numbering.normalise(number)
    if numbering.why_not_number(number) is None:
        made = Identifier("059", "200039386", D(2021, 11, 23), number)
        assert PATTERN.fullmatch(str(made))


def test_act_rule_15_the_identifier_has_the_day_of_the_session():
    made = Identifier("059", "200039386", D(2021, 11, 23), "2021 – 16", "DE")
    assert str(made) == SEED
    assert made.why_not is None


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"department": "02A"}, None),
        ({"department": "974"}, None),
        ({"department": "59"}, "trois caractères"),
        ({"department": "159"}, "trois caractères"),
        ({"siren": "200039387"}, "clé"),
        ({"siren": "20003938"}, "9 chiffres"),
        ({"nature": "ZZ"}, "nature d’acte"),
        ({"number": "2021#16"}, "ne se transmet pas"),
    ],
)
def test_act_rule_15_each_part_is_checked(changed, says):
    parts = {"department": "059", "siren": "200039386", "adopted_on": D(2021, 11, 23), "number": "2021_16"} | changed
    reason = Identifier(**parts).why_not
    assert (reason is None) == (says is None)
    assert says is None or says in reason


@pytest.mark.parametrize(
    ("number", "times", "sent"),
    [
        ("2021 – 16", 1, "2021_16"),
        ("2021 – 16", 2, "2021_16_2"),
        ("2021 – 16", 12, "2021_16_12"),
        ("2026_1234567890", 2, "2026_12345678_2"),
        ("2026_12345678_9", 2, "2026_12345678_2"),
        ("2026_1234567_90", 2, "2026_1234567_2"),
    ],
)
def test_an_act_that_leaves_again_takes_another_number_that_is_its_own(number, times, sent):
    written = numbering.again(number, times)
    assert (written, numbering.why_not_number(written)) == (sent, None)
    assert numbering.is_again(written, number)
    assert not numbering.is_again(f"{written[:-1]}x", number)
