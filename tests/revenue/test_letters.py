"""P20 of the papers: the letter that calls a contribution says what the call says, and that it is no title."""

import subprocess

import pytest

from socle.lib.refusals import Refused
from socle.revenue import letters
from tests import factories as f
from tests.revenue.test_contributions import AT, agreement, export, noted, wants

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_paper_20_the_letter_tells_the_call_and_is_no_title(finance, settings):
    settings.DEMO = False
    one = agreement("59002", "signed", "60")
    lead = f.programme().lead()
    type(lead).objects.filter(pk=lead.pk).update(seat="1 rue de l’Essai, 62000 Arras")
    noted(finance)
    wants(one, finance, service_code="SVC-1")
    (called,) = export(finance)
    with pytest.raises(Refused, match="n’est pas publié"):
        letters.compose(called, at=AT)
    f.letter_texts()
    content = letters.compose(called, at=AT)
    told = subprocess.run(["pdftotext", "-layout", "-", "-"], input=content, capture_output=True, check=True)
    words = " ".join(told.stdout.decode().replace("\u00a0", " ").replace("\u202f", " ").split())
    for said in (
        "Appel de la contribution 2026", "Code service : SVC-1", called.reference,
        "n’est ni un titre ni une facture", "au plus tard le 25 décembre 2026", "À Arras, le 25 novembre 2026",
        "du 1er janvier 2026 au 31 décembre 2026",
    ):  # fmt: skip
        assert said in words, said
    # Called once, told the same: it is made of what was frozen, and only its day is that of the print.
    assert letters.compose(called, at=AT) == content
