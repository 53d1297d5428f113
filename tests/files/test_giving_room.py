"""The operator gives more space to a folder, from the command line."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests import factories as f


def run(*line):
    said = StringIO()
    call_command("give_room", *line, stdout=said)
    return said.getvalue().replace("\u00a0", " ")


def test_it_says_first_then_does(space):
    assert "de 10 Go à 25 Go" in run("59474", "25")
    space.refresh_from_db()
    assert space.quota_bytes == 10 * 10**9
    assert "Fait." in run("59474", "25", "--yes")
    space.refresh_from_db()
    assert space.quota_bytes == 25 * 10**9


@pytest.mark.parametrize(("line", "says"), [(("00000", "5"), "Aucune commune"), (("59474", "0"), "gigaoctets")])
def test_what_cannot_be_is_refused(space, line, says):
    with pytest.raises(CommandError, match=says):
        run(*line)


def test_a_commune_without_a_folder_is_told_so(db):
    f.beneficiary(f.commune("62001", "Ablain", 1800))
    with pytest.raises(CommandError, match="pas encore"):
        run("62001", "5")
