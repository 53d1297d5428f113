from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socle.lib.hours import from_to, hour, hour_of


@pytest.mark.parametrize(
    "written",
    [
        "18:30",
        "18h30",
        "18H30",
        "18 h 30",
        "18\u00a0h\u00a030",
        "18.30",
        " 18h30 ",
        "18 heures 30",
        "18h30min",
        "18:30:00",
    ],
)
def test_half_past_six_is_read_as_people_write_it(written):
    assert hour_of(written) == time(18, 30)


@pytest.mark.parametrize("written", ["9h", "9 h", "9", "09", "9:00", "9 heures", "09h00"])
def test_a_round_hour_is_read_without_its_minutes(written):
    assert hour_of(written) == time(9)


@pytest.mark.parametrize(
    "written", ["", "h", "25h", "18h60", "18h3", "18.", "18:", "1830", "-1h", "18h30 ou 19h", "midi", "١٨h30", "18\n30"]
)
def test_what_is_not_an_hour_is_not_guessed(written):
    assert hour_of(written) is None


@given(st.text())
@pytest.mark.slow
def test_nothing_typed_breaks_the_reading(written):
    read = hour_of(written)
    assert read is None or isinstance(read, time)


@given(st.times().map(lambda at: at.replace(second=0, microsecond=0)))
def test_what_is_shown_is_read_back(at):
    assert hour_of(hour(at)) == at


def test_hours_stay_on_one_line():
    assert from_to(time(9), time(12, 5)) == "9\u00a0h\u00a0–\u00a012\u00a0h\u00a005"
