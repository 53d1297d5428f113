"""Components: a template that lists its options and fails on one it does not know.

`templates/ui/components/<name>.html` opens with a comment which is both its documentation, printed in the gallery, and
its contract, checked each time it is used:

    {% comment %}
    A state in two words, with its colour.
    label! — the words
    tone: neutral | ok | wait = neutral — what the colour says
    icon — the name of an icon
    {% endcomment %}

`!` marks an option that must be given; `a | b` lists the only values accepted; `= value` is the default.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.template import TemplateSyntaxError

HERE = Path(__file__).parent
COMPONENTS = HERE / "templates" / "ui" / "components"
GALLERY = HERE / "templates" / "ui" / "gallery"
ICONS = HERE / "icons"
DRAWINGS = HERE / "drawings"

_HEADER = re.compile(r"\A{% comment %}\n(?P<body>.*?)\n{% endcomment %}\n", re.DOTALL)
_OPTION = re.compile(
    r"^(?P<name>[a-z_]+)(?P<required>!)?(?:: (?P<choices>[^=—]+?))?(?: = (?P<default>[^—]*?))? — (?P<meaning>.+)$"
)


class ComponentError(TemplateSyntaxError):
    """A component was asked for in a way it does not know: the message says which way it does."""


@dataclass(frozen=True)
class Option:
    """One option of a component."""

    name: str
    meaning: str
    is_required: bool
    choices: tuple[str, ...]
    default: str


@dataclass(frozen=True)
class Component:
    """A component as its own template declares it."""

    name: str
    purpose: str
    options: tuple[Option, ...]

    @property
    def template_name(self) -> str:
        return f"ui/components/{self.name}.html"

    @property
    def wraps(self) -> bool:
        """Whether it stands around content: `{% wrap … %}…{% endwrap %}`."""
        return any(option.name == "content" for option in self.options)

    def context(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return every option with its value; raise `ComponentError` on an unknown, missing or unlisted one."""
        names = [option.name for option in self.options]
        for name in given:
            if name not in names:
                raise ComponentError(f"{self.name} has no option {name!r}; it knows {', '.join(names)}")
        values: dict[str, Any] = {}
        for option in self.options:
            value = given.get(option.name, option.default)
            if option.is_required and (option.name not in given or value is None or value == ""):
                raise ComponentError(f"{self.name} wants its option {option.name!r}")
            if value is None or value == "":
                value = option.default
            if option.choices and value != "" and str(value) not in option.choices:
                raise ComponentError(f"{self.name}: {option.name} is {value!r}, not one of {', '.join(option.choices)}")
            values[option.name] = value
        return values


def read_header(name: str, source: str) -> Component:
    """Read what a template declares; raise `ComponentError` when its opening comment is missing or malformed."""
    header = _HEADER.match(source)
    if header is None:
        raise ComponentError(f"{name} does not open with the comment that lists its options")
    purpose, *lines = header["body"].split("\n")
    options = []
    for line in lines:
        match = _OPTION.match(line)
        if match is None:
            raise ComponentError(f"{name}: this line is not an option: {line!r}")
        choices = tuple(choice.strip() for choice in match["choices"].split("|")) if match["choices"] else ()
        options.append(
            Option(match["name"], match["meaning"], bool(match["required"]), choices, match["default"] or "")
        )
    return Component(name, purpose, tuple(options))


@cache
def component(name: str) -> Component:
    """Return a component by its name; raise `ComponentError` when there is none."""
    path = COMPONENTS / f"{name}.html"
    if not re.fullmatch(r"[a-z_]+", name) or not path.is_file():
        raise ComponentError(f"there is no component {name!r}; see /ui/")
    return read_header(name, path.read_text(encoding="utf-8"))


def all_components() -> list[Component]:
    """Return every component, in the order of the alphabet."""
    return [component(path.stem) for path in sorted(COMPONENTS.glob("*.html"))]


@cache
def icon_shape(name: str) -> str:
    """Return the inside of an icon's SVG; raise `ComponentError` when there is none of that name."""
    path = ICONS / f"{name}.svg"
    if not re.fullmatch(r"[a-z0-9-]+", name) or not path.is_file():
        raise ComponentError(f"there is no icon {name!r}; see /ui/")
    match = re.search(r"<svg[^>]*>(.*)</svg>", path.read_text(encoding="utf-8"), re.DOTALL)
    if match is None:
        raise ComponentError(f"icons/{name}.svg holds no SVG")
    return match[1].strip()


@cache
def drawing_shape(name: str) -> str:
    """Return the inside of a drawing's SVG; raise `ComponentError` when there is none of that name."""
    path = DRAWINGS / f"{name}.svg"
    if not re.fullmatch(r"[a-z0-9-]+", name) or not path.is_file():
        raise ComponentError(f"there is no drawing {name!r}; see /ui/")
    match = re.search(r"<svg[^>]*>(.*)</svg>", path.read_text(encoding="utf-8"), re.DOTALL)
    if match is None:
        raise ComponentError(f"drawings/{name}.svg holds no SVG")
    return match[1].strip()


def all_drawings() -> list[str]:
    """Return the names of every drawing."""
    return sorted(path.stem for path in DRAWINGS.glob("*.svg"))


def all_icons() -> list[str]:
    """Return the names of every icon."""
    return sorted(path.stem for path in ICONS.glob("*.svg"))
