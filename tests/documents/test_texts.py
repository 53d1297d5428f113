"""Published texts: once, as recorded, for ever."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest

from socle.documents import texts
from socle.documents.models import Text
from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.people.models import User

AT = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "convention" / "2026-11-25"
    folder.mkdir(parents=True)
    (folder / "text.md").write_text("# Convention\n\nBonjour.\n")
    record(tmp_path)
    return tmp_path


def record(root):
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(root)}\n"
        for path in sorted(root.glob("*/*/text.md"))
    ]
    (root / "VERSIONS").write_text("".join(lines))


def publish(root=None):
    return texts.publish_seeds(by=User.objects.system(), at=AT, root=root)


@pytest.mark.django_db
def test_publishing_twice_publishes_once(root):
    (text,) = publish(root)
    assert not text.is_demonstration
    assert publish(root) == []
    assert Text.objects.get().body == "# Convention\n\nBonjour.\n"
    assert Entry.objects.filter(verb="text.published").count() == 1


@pytest.mark.django_db
def test_a_text_that_is_not_the_one_recorded_is_refused(root):
    (root / "convention" / "2026-11-25" / "text.md").write_text("# Convention\n\nBonsoir.\n")
    with pytest.raises(Refused, match="n’est pas celui qu’enregistre"):
        publish(root)
    assert not Text.objects.exists()


@pytest.mark.django_db
def test_a_published_text_does_not_change_even_with_its_record(root):
    publish(root)
    (root / "convention" / "2026-11-25" / "text.md").write_text("# Convention\n\nBonsoir.\n")
    record(root)
    with pytest.raises(Refused, match="est publié avec d’autres mots"):
        publish(root)
    assert Text.objects.get().body == "# Convention\n\nBonjour.\n"


@pytest.mark.django_db
def test_a_version_published_here_stays_when_a_release_brings_another_of_its_date(root, caplog):
    """People may have signed it: the release's is left aside, and the others come."""
    mine = texts.publish("convention", "2026-11-25", "# La nôtre\n", is_shipped=False, by=User.objects.system(), at=AT)
    folder = root / "convention" / "2027-01-01"
    folder.mkdir()
    (folder / "text.md").write_text("# Convention\n\nBonsoir.\n")
    record(root)
    assert [text.version for text in publish(root)] == ["2027-01-01"]
    assert Text.objects.get(version="2026-11-25").sha256 == mine.sha256
    assert "text.date_taken name=convention version=2026-11-25" in caplog.text
    with pytest.raises(Refused, match="porte déjà la date"):
        texts.publish("convention", "2027-01-01", "# A\n", is_shipped=False, by=User.objects.system(), at=AT)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xef\xbb\xbf# A\r\n\r\nb\rc", "# A\n\nb\nc\n"),
        ("# Été\n\n\n".encode(), "# Été\n"),
        ("# Été\n".encode("latin-1"), None),
        (b"PK\x03\x04\xff\xfe", None),
        (b"a" * 800_001, None),
        (b"a" * 5_000_000, None),
    ],
)
def test_a_deposited_file_is_text_in_utf_8_of_a_reasonable_weight(content, words):
    if words is None:
        with pytest.raises(Refused, match=r"UTF-8|trop lourd"):
            texts.read_words(content)
    else:
        assert texts.read_words(content) == words


@pytest.mark.django_db
def test_another_version_is_published_beside_the_first(root):
    publish(root)
    folder = root / "convention" / "2027-01-01"
    folder.mkdir()
    (folder / "text.md").write_text("# Convention\n\nBonsoir.\n")
    record(root)
    assert [text.version for text in publish(root)] == ["2027-01-01"]


@pytest.mark.django_db
def test_one_faulty_text_publishes_none(root):
    folder = root / "lettre" / "2026-01-01"
    folder.mkdir(parents=True)
    (folder / "text.md").write_text("# Lettre\n\n**faute\n")
    record(root)
    with pytest.raises(Refused, match="étoile"):
        publish(root)
    assert not Text.objects.exists()


@pytest.mark.parametrize(
    ("path", "content", "sentence"),
    [
        ("convention/demain/text.md", b"# A", "porte sa date"),
        ("convention/2026-11-26/text.md", b"# \xff", "UTF-8"),
    ],
)
def test_a_wrong_file_is_named(root, path, content, sentence):
    (root / path).parent.mkdir(parents=True)
    (root / path).write_bytes(content)
    with pytest.raises(Refused, match=sentence):
        texts.seeds(root)


def test_a_wrong_record_is_named_with_its_line(root):
    (root / "VERSIONS").write_text("abc text.md\n")
    with pytest.raises(Refused, match="ligne 1"):
        texts.recorded_hashes(root)
    (root / "VERSIONS").unlink()
    with pytest.raises(Refused, match="introuvable"):
        texts.recorded_hashes(root)


@pytest.mark.parametrize(
    ("version", "found"),
    [("2026-01-01", None), ("2026-02-01", "2026-02-01"), ("2026-02-02", "2026-02-01"), ("2027-01-01", "2026-03-01")],
)
def test_a_text_is_set_by_its_own_layout_or_by_the_one_before(tmp_path, version, found):
    for day in ("2026-02-01", "2026-03-01"):
        (tmp_path / "convention" / day).mkdir(parents=True)
        (tmp_path / "convention" / day / "convention.typ").write_text("")
    (tmp_path / "convention" / "2026-12-31").mkdir()
    if found is None:
        with pytest.raises(Refused, match="introuvable"):
            texts.layout_of("convention", version, "convention.typ", root=tmp_path)
        # One for all of them, where none has its own.
        (tmp_path / "convention.typ").write_text("")
        assert texts.layout_of("convention", version, "convention.typ", root=tmp_path) == tmp_path / "convention.typ"
        return
    path = texts.layout_of("convention", version, "convention.typ", root=tmp_path)
    assert path == tmp_path / "convention" / found / "convention.typ"
