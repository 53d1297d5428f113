"""A list that has pages has files: whoever adds one declares its columns, and its screen offers them."""

from tests.consistency import house


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
