"""Rule 25: who pays is said on sites and documents while it is due, and the page that says it is kept, dated."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from math import atan2, hypot, isclose, pi
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from socle.agreements.contract import mentions
from socle.agreements.document import agreement_html, render_agreement
from socle.config.reactions import REACTIONS
from socle.documents import actions as documents
from socle.documents import texts
from socle.grants import publicity
from socle.grants.actions.publicity import keep_capture, keep_captures
from socle.grants.models import Operation, Paper, Status
from socle.grants.retention import EVIDENCE
from socle.grants.schemes import schemes
from socle.grants.tasks import follow_publicity
from socle.lib.money import euros
from socle.lib.refusals import Refused
from socle.people.models import User
from socle.provisioning.models import State
from socle.sites import contract as sites
from socle.sites.publishing import folders
from socle.sites.publishing.actions import publish_waiting
from socle.ui.emblems import EMBLEMS
from tests import factories as f
from tests.agreements.facts import agreement as agreement_facts
from tests.agreements.test_document import words_of
from tests.grants.situations import grant
from tests.sites.conftest import equipped
from tests.sites.released import published, served

__all__ = ["published"]

FUND, SENTENCE = schemes()["react-eu"].fund, schemes()["react-eu"].value("sentence")
DAY = timedelta(days=1)
# Spending ends on 31 December 2023, and publicity five years later; the grant act is of 2 May 2022.
GRANTED_ON, LAST = date(2022, 5, 2), date(2028, 12, 31)


@pytest.fixture
def granted(operation, finance) -> Operation:
    grant(operation, finance)
    return operation


# --- When it is due --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("status", "on", "is_due"),
    [
        (Status.GRANTED, GRANTED_ON, True),
        (Status.GRANTED, GRANTED_ON - DAY, False),
        (Status.GRANTED, LAST, True),
        (Status.GRANTED, LAST + DAY, False),
        (Status.CLOSED, f.TODAY, True),
        *((status, f.TODAY, False) for status in (Status.DRAFT, Status.FILED, Status.COMPLETE, Status.REFUSED)),
    ],
)
def test_rule_25_who_pays_is_said_from_the_grant_act_to_the_end_of_publicity(granted, status, on, is_due):
    here = f.beneficiary()
    f.signed_agreement(here, starts_on=date(2022, 6, 1))
    Operation.objects.update(status=status)
    operation = Operation.objects.get()
    assert publicity.is_due(operation, on=on) is is_due
    assert bool(sites.mentions(here.pk, on=on)) is is_due
    assert (here.pk in publicity.by_beneficiary(on=on)) is is_due
    assert bool([one.mention for one in publicity.told(f.programme(), on=on) if one.mention]) is is_due


@pytest.mark.parametrize(
    ("fields", "is_covered"),
    [
        ({"starts_on": date(2023, 12, 31)}, True),
        ({"starts_on": date(2024, 1, 1)}, False),
        ({"starts_on": date(2020, 1, 1), "ends_on": date(2022, 1, 1)}, True),
        ({"starts_on": date(2020, 1, 1), "ends_on": date(2021, 12, 31)}, False),
        ({"starts_on": date(2022, 6, 1), "ends_on": None}, True),
        ({"starts_on": date(2022, 6, 1), "status": "ended"}, True),
        ({"starts_on": date(2022, 6, 1), "status": "ready"}, False),
    ],
)
def test_rule_25_it_is_said_of_the_agreements_in_force_while_it_spent(granted, fields, is_covered):
    here, other = f.beneficiary(), f.beneficiary(f.commune("62001", "Ablain", 300))
    f.signed_agreement(here, **fields)
    assert bool(sites.mentions(here.pk, on=f.TODAY)) is is_covered
    assert set(publicity.by_beneficiary(on=f.TODAY)) == ({here.pk} if is_covered else set())
    assert sites.mentions(other.pk, on=f.TODAY) == []


def test_who_pays_is_asked_in_one_query_and_of_a_programme_of_its_own(granted, settings):
    here = f.beneficiary()
    f.signed_agreement(here, starts_on=date(2022, 6, 1))
    with CaptureQueriesContext(connection) as queries:
        assert [one.fund for one in sites.mentions(here.pk, on=f.TODAY)] == [FUND]
    assert len(queries) == 1
    settings.SOCLE_SITES_MENTIONS = settings.SOCLE_AGREEMENTS_MENTIONS = ""
    assert sites.mentions(here.pk, on=f.TODAY) == mentions(granted.programme_id, on=GRANTED_ON) == []


# --- On sites --------------------------------------------------------------------------------------------------------
def home(website) -> str:
    return served(website)["index.html"].decode()


@pytest.fixture
def both(granted, time_machine):
    """The site of a commune that the operation paid for, and that of one that joined after, both published."""
    time_machine.move_to(f.NOW, tick=False)
    Operation.objects.update(status=Status.COMPLETE)
    paid, late = equipped("59474", "Prisches"), equipped("62001", "Ablain")
    f.signed_agreement(paid.beneficiary, starts_on=date(2022, 6, 1))
    f.signed_agreement(late.beneficiary)
    publish_waiting()
    return paid, late


@pytest.mark.slow
def test_rule_25_a_site_follows_the_grant_and_the_end_of_publicity_and_no_other_does(both, granted):
    paid, late = both
    before = served(late)
    assert FUND not in home(paid)
    follow_publicity.func()
    assert publish_waiting() == 0
    Operation.objects.update(status=Status.GRANTED)
    assert REACTIONS["operation.granted"] == REACTIONS["operation.terms_changed"] == (follow_publicity.module_path,)
    follow_publicity.func(str(granted.pk))
    assert publish_waiting() == 1
    page = home(paid)
    for said in (FUND, SENTENCE, 'aria-label="Union européenne"', "<br>".join(("Union européenne", FUND, SENTENCE))):
        assert said in page
    contact = served(paid)["contact/index.html"].decode()
    assert SENTENCE in contact
    assert served(late) == before
    assert publicity.follow(at=f.NOW) == 0
    after = datetime.combine(LAST + DAY, f.NOW.timetz())
    assert publicity.follow(at=after) == 1


@pytest.mark.slow
def test_rule_25_the_page_kept_is_the_page_served_with_its_hash_and_its_day(both, granted, finance):
    paid, late = both
    Operation.objects.update(status=Status.GRANTED)
    granted.refresh_from_db()
    with pytest.raises(Refused, match="ne dit pas encore qui le finance"):
        keep_capture(granted, paid, by=finance, at=f.NOW)
    with pytest.raises(Refused, match="n’est pas due"):
        keep_capture(granted, late, by=finance, at=f.NOW)
    publicity.follow(at=f.NOW)
    publish_waiting()
    with pytest.raises(Refused, match="chef de file"):
        keep_capture(granted, paid, by=f.user("autre@exemple.invalid"), at=f.NOW)
    paper = keep_capture(granted, paid, by=finance, at=f.NOW)
    assert (paper.kind, paper.name) == (Paper.Kind.PUBLICITY, "Page d’accueil de prisches, novembre 2026")
    archive = zipfile.ZipFile(io.BytesIO(documents.read(paper.document)))
    assert archive.read("index.html") == served(paid)["index.html"]
    says = archive.read("preuve.txt").decode()
    assert f"{paid.root_url}/" in says
    assert "25\u00a0novembre\u00a02026" in says
    assert f"{hashlib.sha256(served(paid)['index.html']).hexdigest()}  index.html" in says
    styles = [name for name in archive.namelist() if name.endswith(".css")]
    assert len(styles) >= 2
    assert all(archive.read(name) == served(paid)[name] for name in styles)
    assert paper.document.rule == EVIDENCE


@pytest.mark.slow
def test_a_page_is_kept_once_a_month_and_so_many_at_a_time(both, granted):
    paid, _ = both
    Operation.objects.update(status=Status.GRANTED)
    system = User.objects.system()
    assert keep_captures(by=system, at=f.NOW) == 0
    publicity.follow(at=f.NOW)
    publish_waiting()
    assert keep_captures(by=system, at=f.NOW, limit=0) == 0
    assert [keep_captures(by=system, at=at) for at in (f.NOW, f.NOW, f.NOW + 31 * DAY)] == [1, 0, 1]
    paid.suspended_at = f.NOW
    paid.save(update_fields=["suspended_at"])
    assert keep_captures(by=system, at=f.NOW + 62 * DAY) == 0
    (folders.home_of(paid.slug) / "current").unlink()
    paid.suspended_at = None
    paid.save(update_fields=["suspended_at"])
    assert keep_captures(by=system, at=f.NOW + 62 * DAY) == 0


# --- On documents ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("on", "is_said"),
    [(GRANTED_ON - DAY, False), (GRANTED_ON, True), (date(2023, 12, 31), True), (date(2024, 1, 1), False)],
)
def test_rule_25_a_document_composed_while_it_spends_says_who_pays(granted, on, is_said):
    found = mentions(granted.programme_id, on=on)
    assert [(one.fund, one.sentence, one.emblem) for one in found] == ([(FUND, SENTENCE, "europe")] if is_said else [])


@pytest.mark.slow
def test_rule_25_the_first_page_of_an_agreement_says_who_pays_and_the_state_has_no_emblem():
    said = tuple(
        publicity.mention_of(SimpleNamespace(name="Opération", scheme=scheme, is_fictitious=scheme == "detr"))
        for scheme in ("react-eu", "detr")
    )
    body = next(seed.body for seed in texts.seeds() if seed.name == "convention-tripartite")
    facts = agreement_facts(mentions=said)
    pdf = render_agreement(facts, body)  # Typst refuses what is not PDF/UA.
    for line in (*said[0].lines, *said[1].lines):
        assert line.replace("\u00a0", " ") in words_of(pdf).replace("\u00a0", " ")
        assert line in agreement_html(facts, body)
    assert (said[1].drawn, said[1].lines[-1]) == (None, "Opération fictive de démonstration")
    assert [one.value("emblem") for one in schemes().values()] == [None, "europe", "europe"]


# --- The emblem ------------------------------------------------------------------------------------------------------
def test_the_emblem_has_the_published_geometry():
    drawn = str(EMBLEMS["europe"].svg)
    assert 'd="M0 0h54v36h-54z"' in drawn
    stars = re.search(r'fill="#fc0" d="([^"]+)"', drawn)
    assert stars is not None
    outlines = [
        [tuple(map(float, point.split())) for point in star.split("L")] for star in stars[1].strip("Mz").split("zM")
    ]
    assert [len(star) for star in outlines] == [10] * 12
    middles = [(x, y + 2) for (x, y), *_ in outlines]  # One point of each is upright, at its radius.
    assert all(isclose(hypot(x - 27, y - 18), 12, abs_tol=0.02) for x, y in middles)
    for star, middle in zip(outlines, middles, strict=True):
        assert all(isclose(hypot(x - middle[0], y - middle[1]), 2, abs_tol=0.02) for x, y in star[::2])
    hours = [atan2(x - 27, 18 - y) % (2 * pi) for x, y in middles]
    assert all(isclose(later - one, pi / 6, abs_tol=0.01) for one, later in pairwise(hours))


# --- The programme's page --------------------------------------------------------------------------------------------
def test_the_page_of_the_programme_tells_the_operations_and_what_is_equipped(granted, client, time_machine):
    time_machine.move_to(f.NOW, tick=False)
    address = f"/programme/{granted.programme.code}/"
    here = f.beneficiary()
    f.signed_agreement(here, starts_on=date(2022, 6, 1))
    for service in ("messagerie", "site-internet"):
        f.installation(here, service, state=State.LIVE)
    page = client.get(address).content.decode()
    for said in (
        granted.name, granted.authority, "80\u00a0%", euros(Decimal("80000")), FUND, SENTENCE,
        "1\u00a0collectivité\u00a0équipée", "2\u00a0services\u00a0actifs",
    ):  # fmt: skip
        assert said in page, said
    assert page.index('class="funder"') < page.index("</h2>")
    assert "fictive" not in page
    Operation.objects.update(is_fictitious=True)
    assert "opération fictive" in client.get(address).content.decode()
    Operation.objects.update(status=Status.COMPLETE)
    page = client.get(address).content.decode()
    assert "Aides reçues" not in page
    assert SENTENCE not in page


def test_the_page_of_the_programme_costs_the_same_however_many_operations(granted, client, time_machine):
    time_machine.move_to(f.NOW, tick=False)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/programme/{granted.programme.code}/")
        return len(queries)

    cost()  # The first page of all reads what later ones remember.
    one = cost()
    for number in range(3):
        granted.pk, granted.name = None, f"Autre opération {number}"
        granted.save(force_insert=True)
    assert cost() == one
