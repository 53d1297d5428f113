"""Two people, one form: what changed meanwhile is seen, told, and either text taken in one press."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from bs4 import BeautifulSoup
from django import forms
from django.template import Context, Template

from socle.ui.meanwhile import Cell, Cells, Filled

KEPT = {"place": "Mairie", "note": "Venir.", "on": date(2026, 12, 3), "kind": "b", "is_open": True, "sum": Decimal(5)}
CODES = [("a", "Ordinaire"), ("b", "Extraordinaire")]


class RoomForm(Filled, forms.Form):
    place = forms.CharField(label="Lieu")
    note = forms.CharField(label="Note", required=False, widget=forms.Textarea())
    on = forms.DateField(label="Jour", required=False)
    kind = forms.ChoiceField(label="Nature", choices=CODES, required=False)
    is_open = forms.BooleanField(label="Ouverte", required=False)
    sum = forms.DecimalField(label="Somme", required=False)
    name = forms.CharField(label="Sans valeur gardée", required=False)


def sent(read=None, **written):
    data = {
        "place": "Mairie",
        "note": "Venir.",
        "on": "2026-12-03",
        "kind": "b",
        "is_open": "on",
        "sum": "5",
        **written,
    }
    return data if read is None else {**data, "lu": read}


def shown(kept=KEPT, **more) -> str:
    return RoomForm(initial=kept, **more).as_kept


@pytest.mark.parametrize(
    ("read", "kept", "written", "differences"),
    [
        # Nobody else saved: what they write is written.
        ({}, {}, {"place": "École"}, []),
        # Another changed the very field, or another one: nothing is written.
        ({}, {"place": "Salle"}, {"place": "École"}, [("Lieu", "Salle", "École")]),
        ({}, {"place": "Salle"}, {"note": "Non."}, [("Lieu", "Salle", "Mairie"), ("Note", "Venir.", "Non.")]),
        # Both wrote the same: there is nothing to choose.
        ({}, {"place": "Salle"}, {"place": "Salle"}, []),
        ({}, {"note": "Un\nDeux"}, {"note": "Un\r\nDeux"}, []),
        # As people read it: a day, a choice by its name, a box, nothing.
        ({}, {"on": date(2026, 12, 4)}, {}, [("Jour", "4\u00a0décembre\u00a02026", "3\u00a0décembre\u00a02026")]),
        ({}, {"on": None}, {}, [("Jour", "rien", "3\u00a0décembre\u00a02026")]),
        ({}, {"kind": "a"}, {}, [("Nature", "Ordinaire", "Extraordinaire")]),
        ({}, {"is_open": False}, {}, [("Ouverte", "non", "oui")]),
        ({}, {"sum": Decimal(6)}, {}, [("Somme", "6", "5")]),
        # Read again after it was told: it is written.
        ({"place": "Salle"}, {"place": "Salle"}, {"place": "École"}, []),
    ],
)  # fmt: skip
def test_what_changed_meanwhile_is_told_in_both_texts(read, kept, written, differences):
    form = RoomForm(sent(shown({**KEPT, **read}), **written), initial={**KEPT, **kept})
    assert form.is_valid() is (differences == [])
    assert [(one.label, one.theirs, one.yours) for one in form.differences] == differences
    assert ("a changé entre-temps" in str(form.non_field_errors())) is bool(differences)


def test_a_page_that_carries_nothing_is_compared_with_nothing():
    assert RoomForm(sent(place="École"), initial={**KEPT, "place": "Salle"}).is_valid()


def test_what_is_proposed_of_a_row_to_come_is_of_nobody():
    assert RoomForm(sent(shown(is_kept=False)), initial={**KEPT, "place": "Salle"}, is_kept=False).is_valid()
    # Unless somebody made that row meanwhile.
    assert not RoomForm(sent(shown(is_kept=False)), initial={**KEPT, "place": "Salle"}).is_valid()
    # And a row that went away is added again.
    assert RoomForm(sent(shown())).is_valid()


def test_one_press_takes_what_is_kept_and_nothing_is_written():
    form = RoomForm({**sent(shown(), place="École"), "prendre": "oui"}, initial={**KEPT, "place": "Salle"})
    assert not form.is_valid()
    assert form.errors == {}
    assert form["place"].value() == "Salle"


def drawn(form) -> BeautifulSoup:
    template = Template('{% load ui %}<form>{% component "fields" form=form %}</form>')
    return BeautifulSoup(template.render(Context({"form": form})), "html.parser")


def test_the_form_carries_what_it_showed_and_gives_both_presses_the_safe_one_first():
    assert drawn(RoomForm(initial=KEPT)).select_one("[name=lu]")["value"] == shown()
    assert not drawn(RoomForm(initial=KEPT)).select(".meanwhile")
    page = drawn(RoomForm(sent(shown(), place="École"), initial={**KEPT, "place": "Salle"}, auto_id=False))
    assert page.select_one("[name=lu]")["value"] == shown({**KEPT, "place": "Salle"})
    assert [one.get_text() for one in page.select(".difference")] == ["Salle", "École"]
    # « Entrée » in a field presses the first button of a form: it must not throw away what was written.
    first, second = page.select(".meanwhile button")
    assert (first.get("name"), second["name"], second.has_attr("formnovalidate")) == (None, "prendre", True)
    assert page.select_one("input[name=place]")["value"] == "École"


def test_two_forms_of_one_page_do_not_take_each_other_s():
    form = RoomForm(initial=KEPT, prefix="un")
    assert (form.read_name, form.taken_name) == ("un-lu", "un-prendre")


def test_a_table_of_choices_is_compared_cell_by_cell():
    def table(data=None, **kept):
        cells = {name: Cell(name, value, {"r": "lit", "w": "écrit"}) for name, value in kept.items()}
        return Cells(data, cells=cells)

    read = table(Léa="r", Ali="r").as_kept
    form = table({"lu": read, "Léa": "w", "Ali": "r"}, Léa="r", Ali="w")
    assert not form.is_valid()
    assert [(one.label, one.theirs, one.yours) for one in form.differences] == [
        ("Léa", "lit", "écrit"), ("Ali", "écrit", "lit"),
    ]  # fmt: skip
    assert form.value("Léa") == "w"
    assert table(Léa="r").value("Léa") == "r"
