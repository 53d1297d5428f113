"""A list that has pages has files: whoever adds one declares its columns, and its screen offers them."""

from tests.consistency import house

NAMES = ("writer", "DictWriter")


def test_every_screen_with_pages_offers_its_list_as_files() -> None:
    doors = ("templates/console/", "templates/mairie/")
    paginated = [
        path
        for path in house.files(".html")
        if any(door in path.as_posix() for door in doors) and '{% component "pagination"' in house.read(path)
    ]
    assert len(paginated) > 8  # The reading itself works.
    assert any("templates/mairie/" in path.as_posix() for path in paginated)
    assert [str(path) for path in paginated if '{% component "exports"' not in house.read(path)] == []


# Whoever writes a CSV file by itself, and the function by which no text of it is computed.
WRITERS = {
    "socle/lib/spreadsheet.py": "safe(",
    "socle/lib/archives.py": "harmless(",
    "socle/grants/exports.py": "harmless(",
    "socle/grants/react_eu/__init__.py": "",  # A file of ours, which the platform itself reads.
    "socle/grants/pasting.py": "",  # Kept nowhere: read again at once, by what refuses a formula.
}


def test_no_file_of_rows_is_written_without_the_function_that_disarms_formulas() -> None:
    found = {str(path) for path in house.code() if any(f"csv.{name}(" in house.read(path) for name in NAMES)}
    assert found == set(WRITERS)
    assert [path for path, function in WRITERS.items() if function not in house.read(path)] == []
    # One rule says what begins like a formula.
    assert [str(path) for path in house.code() if '"=", "+", "-", "@"' in house.read(path)] == []
