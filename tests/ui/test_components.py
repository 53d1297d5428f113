"""Components say their options and refuse the others; what they draw can be read by everyone."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django import forms
from django.core.paginator import Paginator
from django.template import engines
from django.test import RequestFactory
from django.urls import reverse

from socle.ui import components, gallery, shapes


def draw(source: str, path: str = "/", method: str = "GET", **context: Any) -> BeautifulSoup:
    template = engines["django"].from_string("{% load ui %}" + source)
    return BeautifulSoup(template.render(context, RequestFactory().generic(method, path)), "html.parser")


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ('{% component "bage" label="x" %}', "no component 'bage'"),
        ('{% component "../base" %}', "no component"),
        ('{% component "badge" label="x" color="red" %}', "no option 'color'"),
        ('{% component "badge" tone="ok" %}', "wants its option 'label'"),
        ('{% component "badge" label="" %}', "wants its option 'label'"),
        ('{% component "badge" label="x" tone="red" %}', "tone is 'red', not one of neutral, ok"),
        ('{% icon "unicorn" %}', "no icon 'unicorn'"),
        ('{% icon "../favicon" %}', "no icon"),
        ('{% icon "mail" size="huge" %}', "no size 'huge'"),
    ],
)
def test_a_component_asked_for_wrongly_says_what_it_knows(source: str, says: str) -> None:
    with pytest.raises(components.ComponentError, match=re.escape(says)):
        draw(source)


@pytest.mark.parametrize(
    "source",
    [
        "<p>no header</p>",
        "{% comment %}\nPurpose.\nLabel! no dash\n{% endcomment %}\n",
        "{% comment %}x{% endcomment %}",
    ],
)
def test_a_component_without_a_readable_header_is_refused(source: str) -> None:
    with pytest.raises(components.ComponentError):
        components.read_header("broken", source)


def test_every_component_has_its_example_and_every_example_its_component() -> None:
    named = {component.name for component in components.all_components()}
    assert named == {path.stem for path in components.GALLERY.glob("*.html")}
    assert len(named) > 15


@pytest.mark.parametrize("component", components.all_components(), ids=lambda component: component.name)
def test_a_component_uses_every_option_it_declares_and_its_defaults_are_allowed(
    component: components.Component,
) -> None:
    body = (components.COMPONENTS / f"{component.name}.html").read_text().split("{% endcomment %}", 1)[1]
    for option in component.options:
        assert re.search(rf"\b{option.name}\b", body), f"{option.name} is declared and never used"
        if option.choices and option.default:
            assert option.default in option.choices


@pytest.mark.parametrize("name", components.all_icons())
def test_an_icon_takes_the_colour_of_its_words(name: str) -> None:
    svg = (components.ICONS / f"{name}.svg").read_text()
    assert 'viewBox="0 0 24 24"' in svg
    assert 'stroke="currentColor"' in svg
    assert not re.search(r"style=|#[0-9a-f]{3,6}|<script|xlink", components.icon_shape(name))


@pytest.mark.parametrize("name", components.all_drawings())
def test_a_drawing_takes_the_colours_of_the_page(name: str) -> None:
    svg = (components.DRAWINGS / f"{name}.svg").read_text()
    assert 'viewBox="0 0 160 100"' in svg
    assert not re.search(r"style=|#[0-9a-f]{3,6}|<script|xlink|<text", components.drawing_shape(name))


def test_a_drawing_is_silent_and_an_unknown_one_fails() -> None:
    assert draw('{% drawing "phone" %}').svg["aria-hidden"] == "true"  # type: ignore[index]
    with pytest.raises(components.ComponentError, match="no drawing"):
        draw('{% drawing "phoenix" %}')


def test_an_icon_is_silent_unless_it_is_named() -> None:
    assert draw('{% icon "mail" %}').svg["aria-hidden"] == "true"  # type: ignore[index]
    named = draw('{% icon "mail" label="Messagerie" %}').svg
    assert named is not None
    assert (named["role"], named["aria-label"]) == ("img", "Messagerie")


def test_what_is_given_to_a_component_stays_text() -> None:
    soup = draw('{% component "badge" label=label %}', label="<script>alert(1)</script>")
    assert soup.script is None
    assert "<script>" in soup.get_text()


def test_a_refused_gesture_is_greyed_and_says_why() -> None:
    soup = draw('{% component "button" label="Signer" url="/x" refusal="La délibération manque." %}')
    assert soup.button is not None
    assert soup.button.has_attr("disabled")
    assert soup.a is None
    assert "La délibération manque." in soup.get_text()


def test_a_field_ties_its_label_its_help_and_its_error() -> None:
    form = gallery.ExampleForm({"siret": ""})
    soup = draw('{% component "field" field=form.siret %}', form=form)
    control = soup.find("input")
    assert control is not None
    assert soup.label is not None
    assert soup.label["for"] == control["id"]
    assert control["aria-invalid"] == "true"
    told = str(control["aria-describedby"]).split()
    assert len(told) == 2
    for reference in told:
        assert soup.find(id=reference) is not None


def test_the_errors_of_a_form_lead_to_their_fields() -> None:
    form = gallery.ExampleForm({"kind": "commune"})
    soup = draw('<form>{% component "fields" form=form %}</form>', form=form)
    links = [str(a["href"]) for a in soup.select(".error-summary a")]
    assert len(links) == 5
    for link in links:
        assert soup.find(id=link.removeprefix("#")) is not None, link


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_focus_starts_on_what_is_wrong_in_a_form_that_was_sent(method: str) -> None:
    soup = draw('{% component "error_summary" form=form %}', method=method, form=gallery.ExampleForm({}))
    assert bool(soup.select(".error-summary[autofocus]")) is (method == "POST")


def test_a_form_without_error_shows_no_summary() -> None:
    class One(forms.Form):
        name = forms.CharField()

    assert draw('{% component "error_summary" form=form %}', form=One({"name": "x"})).get_text().strip() == ""


COLUMNS = (shapes.Column("Commune", sort="name"), shapes.Column("Habitants", sort="population", is_number=True))


@pytest.mark.parametrize(
    ("asked", "order"),
    [("", "name"), ("?tri=population", "population"), ("?tri=-population", "-population"), ("?tri=password", "name")],
)
def test_a_list_is_sorted_only_by_what_it_offers(asked: str, order: str) -> None:
    assert shapes.Sorting.asked(RequestFactory().get(f"/{asked}"), COLUMNS, default="name").order == order


def test_a_header_reverses_its_order_keeps_the_filters_and_returns_to_the_first_page() -> None:
    request_path = "/?tri=name&departement=59&page=4"
    sorting = shapes.Sorting.asked(RequestFactory().get(request_path), COLUMNS, default="name")
    soup = draw(
        '{% wrap "table" columns=columns caption="Communes" sorting=sorting %}<tr><td>x</td></tr>{% endwrap %}',
        path=request_path,
        columns=COLUMNS,
        sorting=sorting,
    )
    first, second = (str(a["href"]) for a in soup.select("thead a"))
    assert "tri=-name" in first
    assert "departement=59" in first
    assert "page" not in first
    assert "tri=population" in second
    assert [th.get("aria-sort") for th in soup.select("thead th")] == ["ascending", None]


def test_bars_are_measured_on_the_longest_and_nothing_is_divided_by_zero() -> None:
    soup = draw(
        '{% component "bars" bars=bars caption="c" heading="h" measure="m" %}',
        bars=[shapes.Bar("a", 50), shapes.Bar("b", 25), shapes.Bar("c", 0)],
    )
    assert [rect["width"] for rect in soup.select(".bar-ink")] == ["100.00", "50.00", "0.00"]
    empty = draw('{% component "bars" bars=bars caption="c" heading="h" measure="m" %}', bars=[shapes.Bar("a", 0)])
    assert empty.select(".bar-ink")[0]["width"] == "0.00"


def test_a_short_list_has_no_pages_and_a_long_one_keeps_its_filters() -> None:
    short = Paginator(range(3), 10).get_page(1)
    assert draw('{% component "pagination" page=page %}', page=short).nav is None
    long = Paginator(range(300), 10).get_page(7)
    soup = draw('{% component "pagination" page=page %}', path="/?q=arras", page=long)
    assert soup.select_one('[aria-current="page"]').get_text(strip=True) == "Page7"  # type: ignore[union-attr]
    assert all("q=arras" in str(a["href"]) for a in soup.select("a"))


def test_the_road_marks_what_is_done_and_where_one_is() -> None:
    steps = shapes.road(shapes.JOURNEY, 2)
    assert [step.state for step in steps] == ["done", "done", "current", "todo", "todo", "todo"]
    assert {step.state for step in shapes.road(shapes.JOURNEY, len(shapes.JOURNEY))} == {"done"}
    soup = draw('{% component "steps" steps=steps %}', steps=steps)
    assert soup.select_one('[aria-current="step"]').find(class_="step-label").get_text() == "À la signature"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("{{ v|number }}", "34\u202f969"),
        ("{{ none|number }}", "–"),
        ("{{ money|euros }}", "1\u202f234,50\u00a0€"),
        ("{{ on|day }}", "1er\u00a0décembre\u00a02026"),
        ("{{ none|day }}", "–"),
        ("{{ late|day }}", "26\u00a0novembre\u00a02026"),
        ("{{ late|instant }}", "26\u00a0novembre\u00a02026 à 0\u00a0h\u00a030"),
        ("{{ none|instant }}", "–"),
        ("{{ siret|spaced_siret }}", "200\u00a0039\u00a0386\u00a000038"),
        ("Commune {{ place|of_place }}", "Commune d’Arras"),
        ("{{ 0|plural:'commune,communes' }}", "commune"),
        ("{{ 1|plural:'commune,communes' }}", "commune"),
        ("{{ 2|plural:'commune,communes' }}", "communes"),
    ],
)
def test_numbers_days_and_places_are_written_in_french(source: str, shown: str) -> None:
    context = {
        "v": 34969,
        "none": None,
        "money": Decimal("1234.5"),
        "on": date(2026, 12, 1),
        "late": datetime(2026, 11, 25, 23, 30, tzinfo=UTC),
        "siret": "20003938600038",
        "place": "Arras",
    }
    assert draw(source, **context).get_text() == shown


def test_an_instant_is_written_for_people_and_for_machines() -> None:
    soup = draw("{% moment at %}", at=datetime(2026, 11, 25, 23, 30, 5, 123456, tzinfo=UTC))
    assert soup.time is not None
    assert soup.time["datetime"] == "2026-11-25T23:30:05+00:00"
    assert draw("{% moment at %}", at=None).get_text() == "–"


@pytest.mark.django_db
@pytest.mark.slow
def test_the_gallery_shows_everything_in_a_demonstration(client: Any, settings: Any) -> None:
    settings.DEMO = True
    page = client.get(reverse("gallery")).content.decode()
    soup = BeautifulSoup(page, "html.parser")
    for component in components.all_components():
        assert soup.find(id=component.name) is not None
    assert len(soup.select(".gallery-icons li")) == len(components.all_icons())
    assert len(soup.select(".gallery-drawings li")) == len(components.all_drawings())


@pytest.mark.django_db
def test_the_gallery_is_closed_elsewhere(client: Any, settings: Any) -> None:
    settings.DEMO = settings.DEBUG = False
    assert client.get(reverse("gallery")).status_code == 404
