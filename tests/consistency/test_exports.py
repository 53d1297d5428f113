"""A list that has pages has files: whoever adds one declares its columns, and its screen offers them."""

from tests.consistency import house


def test_every_screen_with_pages_offers_its_list_as_files() -> None:
    paginated = [
        path
        for path in house.files(".html")
        if "templates/console/" in path.as_posix() and '{% component "pagination"' in house.read(path)
    ]
    assert len(paginated) > 6  # The reading itself works.
    assert [str(path) for path in paginated if '{% component "exports"' not in house.read(path)] == []
