"""Nothing left over, nothing stale, nothing that belongs to one machine."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from socle.operations import states
from tests.consistency import house

# A path or a name of somebody's machine has no place here.
OF_A_MACHINE = re.compile(
    r"(?<![\w./-])/(?:work|root|home/\w+|Users/\w+)/|\bhttps?://(?:10|192\.168|172\.(?:1[6-9]|2\d|3[01]))\."
)
# Words of a ticket or of a workshop, which a reader of the project cannot follow.
OF_A_WORKSHOP = re.compile(r"\b[Ii]ssues? ?#?\d+\b|\b(?:TODO|FIXME|XXX|HACK)\b")
TEXT = {".py", ".html", ".md", ".toml", ".txt", ".css", ".js", ".svg", ".typ", ".sh", ".yml", ".yaml", ".example", ""}
ALLOWED = {Path("tests/consistency/test_files.py")}


def texts() -> list[Path]:
    return [
        path
        for path in house.all_files()
        if path.suffix in TEXT
        and path not in ALLOWED
        and path.name not in ("uv.lock", "requirements.txt", "LICENSE")
        and "vendor" not in path.parts
        and not path.name.endswith((".min.css", ".min.js"))
    ]


@pytest.mark.slow
@pytest.mark.parametrize("pattern", [OF_A_MACHINE, OF_A_WORKSHOP], ids=["machine", "workshop"])
def test_the_project_speaks_only_of_itself(pattern: re.Pattern[str]) -> None:
    found = []
    for path in texts():
        text = house.read(path)
        found += [f"{path}:{text.count(chr(10), 0, one.start()) + 1}: {one[0]}" for one in pattern.finditer(text)]
    assert found == [], "\n".join(found)


@pytest.mark.slow
def test_no_template_is_an_orphan() -> None:
    named = {
        one
        for path in house.files(".py", ".html", ".typ")
        if path.parts[0] == "socle"
        for one in NAMED.findall(house.read(path))
    }
    orphans = []
    for path in house.files(".html"):
        if path.parts[0] != "socle" or "templates" not in path.parts:
            continue
        name = "/".join(path.parts[path.parts.index("templates") + 1 :])
        if not (_is_named(name, named) or _is_a_component(name, named) or _replaces(name) or _is_a_page(name)):
            orphans.append(str(path))
    assert orphans == [], "\n".join(orphans)


# What a quotation mark begins, with what it ends by.
NAMED = re.compile(r"""(["'])([\w./-]+)(?=(["'#{]))""")


def _is_named(name: str, named: set[tuple[str, str, str]]) -> bool:
    folder = name.rpartition("/")[0]
    # Chosen by its code: f"public/errors/{code}.html".
    wanted = {('"', f"{folder}/", "{"), ('"', name, '"'), ("'", name, "'"), ('"', name, "#")}
    return not named.isdisjoint(wanted)


def _is_a_component(name: str, named: set[tuple[str, str, str]]) -> bool:
    """A component is called by its name; the gallery shows it under the same."""
    match = re.fullmatch(r"ui/(?:components|gallery)/([\w-]+)\.html", name)
    return match is not None and any((mark, match[1], mark) in named for mark in ("'", '"'))


def _replaces(name: str) -> bool:
    """It stands in for a template of a library, under the same name."""
    from django.apps import apps

    theirs = [
        Path(config.path) / "templates" / name
        for config in apps.get_app_configs()
        if not config.name.startswith("socle.")
    ]
    return any(path.exists() for path in theirs) or name in ("400.html", "403.html", "404.html", "500.html")


def _is_a_page(name: str) -> bool:
    """Wagtail finds the template of a page by the name of its class."""
    from wagtail.models import get_page_models

    return name in {getattr(model, "template", "") for model in get_page_models()}


def test_the_pages_of_states_say_what_the_code_says() -> None:
    assert states.stale() == [], "run `socle describe-states`"


def test_a_stale_page_of_states_is_seen(settings: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(states.settings, "ROOT", tmp_path)
    folder = tmp_path / "docs" / "dev" / "states"
    folder.mkdir(parents=True)
    (folder / "gone.md").write_text("a thing that is no more")
    assert "docs/dev/states/gone.md" in states.write()
    assert states.stale() == []
    assert not (folder / "gone.md").exists()
    drawn = folder / "agreements.md"
    drawn.write_text(drawn.read_text().replace("draft --> ready", "draft --> signed"))
    assert states.stale() == ["docs/dev/states/agreements.md"]


@pytest.mark.slow
@pytest.mark.django_db
def test_the_migrations_say_what_the_models_say() -> None:
    said = StringIO()
    try:
        call_command("makemigrations", check=True, dry_run=True, stdout=said, stderr=said)
    except SystemExit:
        pytest.fail(said.getvalue())


def test_no_migration_is_named_auto() -> None:
    assert [path for path in house.files(".py") if "migrations" in path.parts and "auto" in path.stem] == []


@pytest.mark.django_db
@pytest.mark.slow
def test_django_finds_nothing_to_say_against_the_settings() -> None:
    said = StringIO()
    call_command("check", fail_level="WARNING", stdout=said, stderr=said)


def test_every_command_has_its_french_sentence() -> None:
    from django.core.management import get_commands, load_command_class

    ours = {name: app for name, app in get_commands().items() if app.startswith("socle.")}
    assert {"run", "demo", "worker", "scheduler"} <= set(ours)
    for name, app in ours.items():
        sentence = load_command_class(app, name).help
        assert sentence.endswith("."), f"socle {name}"
        assert sentence[0].isupper(), f"socle {name}"


def decisions() -> list[Path]:
    """The decisions, in the order of their numbers."""
    return sorted(path for path in house.files(".md") if path.match("docs/decisions/[0-9]*.md"))


def test_every_decision_is_in_the_index_once_under_its_own_title() -> None:
    lines = re.findall(
        r"^- \[(\d{4})\]\((\S+)\) (.+?)(?: \(superseded by (\d{4})\))?$", house.read("docs/decisions/README.md"), re.M
    )
    indexed = {(number, name, title, by) for number, name, title, by in lines}
    assert len(indexed) == len(lines)
    wanted = set()
    for path in decisions():
        title, by = re.match(r"# \d{4} [–-] (.+)\n\n\*.+?(?:Superseded by (\d{4}))?\.\*", house.read(path)).groups()  # type: ignore[union-attr]
        wanted.add((path.name[:4], path.name, title, by or ""))
    assert indexed == wanted


def test_a_new_decision_is_read_at_once() -> None:
    assert [path.name for path in decisions() if path.name > "0107" and len(house.read(path).split()) > 400] == []


def test_every_decision_has_its_number_and_its_date() -> None:
    pages = decisions()
    assert len(pages) >= 5
    assert [path.name[:4] for path in pages] == [f"{number:04}" for number in range(1, len(pages) + 1)]
    for path in pages:
        assert re.search(r"^\*\d{1,2} \w+ \d{4}\. (In force|Superseded by \d{4})\.\*$", house.read(path), re.M), path


@pytest.mark.parametrize(
    "name", ["LICENSE", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md", "README.md", ".env.example"]
)
def test_what_a_newcomer_looks_for_is_there(name: str) -> None:
    assert len(house.read(name)) > 200


# Pages and pictures announced before they are made; a line goes when its file comes.
TO_COME: set[str] = set()


def test_what_was_to_come_and_came_is_no_longer_announced() -> None:
    assert [name for name in sorted(TO_COME) if (house.ROOT / name).exists()] == []


def test_the_links_of_the_documentation_lead_somewhere() -> None:
    broken = []
    for path in house.files(".md"):
        prose = re.sub(r"```.*?```|`[^`]*`", "", house.read(path), flags=re.S)
        for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", prose):
            is_elsewhere = "://" in target or target.startswith("mailto:") or target in TO_COME
            if not is_elsewhere and not (house.ROOT / path).parent.joinpath(target).exists():
                broken.append(f"{path}: {target}")
    assert broken == [], "\n".join(broken)
