"""Lists as files: every list has one, for whoever reads it; typed, whole, and told when it names people."""

import csv
import io
import re
from datetime import UTC, datetime

import pytest
from bs4 import BeautifulSoup
from django_scopes import scopes_disabled
from openpyxl import load_workbook

from socle.journal.models import Entry
from socle.people import exports
from socle.people.models import Beneficiary, Operator
from socle.territory.models import Epci
from tests import factories as f
from tests.console.conftest import PRICE
from tests.console.test_access import PAGES, fill

# Pages that show a table and export none, and why.
NOT_LISTS = {
    "/console/": "the first lines of lists, which each has its own",
    "/console/subventions/": "the first lines of lists, and a few operations, which each have theirs",
    "/console/subventions/nouvelle/": "a form",
    "/console/programme/": "what the programme’s own file declares",
    "/console/programme/modeles/{text}/": "versions, each of which is a page, and points looked for",
    "/console/programme/modeles/{text}/{version}/": "points looked for in a text",
    "/console/territoire/": "the public files of the INSEE, as they were loaded",
    "/console/plateforme/": "what `socle doctor` prints",
    "/console/messagerie/": "what the servers do now, which their own tools print",
}
# One thing, which is a line of a list.
ONE_THING = (
    # The desk of an assembly: tests/mairie/test_exports.py says why its pages have none.
    "/console/seances/",
    "/console/noms-de-domaine/{name}/",
    "/console/finances/contributions/debiteurs/{signed}/",
    "/console/communes/59474/messagerie/",
    "/console/sauvegardes/{machine}/",
    "/console/conventions/{ready}/",
    "/console/conventions/{draft}/",
    "/console/webhooks/{webhook}/{",
    "/console/demandes/{join}/",
    "/console/fusions/{plan}/",
    "/console/personnes/{person59474}/",
    "/console/territoire/{brought}/",
)
FILE = re.compile(r"\.(csv|xlsx|json|pdf)$")


def links(client, address):
    """The formats offered by a page, by format."""
    soup = BeautifulSoup(client.get(address).content, "html.parser")
    return {a["href"].partition("?")[0].rpartition(".")[2]: a["href"] for a in soup.select(".exports a[download]")}


def sheet(response):
    return load_workbook(io.BytesIO(response.getvalue())).active


def table(response):
    return list(csv.reader(io.StringIO(response.getvalue().decode("utf-8-sig"), newline=""), delimiter=";"))


@pytest.mark.slow
def test_every_list_has_its_files_and_they_open_to_whoever_reads_it_and_to_nobody_else(world, enter):
    readers_of = {fill(address, world): (readers, refused) for address, readers, refused in PAGES}
    clients, checked = {who: enter(who) for who in ("officer", "president")}, 0
    for address, readers, refused in PAGES:
        if FILE.search(address) or "?" in address or address in NOT_LISTS or "/inviter/" in address:
            continue
        if address.startswith(ONE_THING):
            continue
        reader = next(who for who in clients if who in readers)
        soup = BeautifulSoup(clients[reader].get(fill(address, world)).content, "html.parser")
        offered = {FILE.search(a["href"])[1]: a["href"] for a in soup.select(".exports a[download]")}
        if soup.select("main table tbody tr, main ul.rows > li"):
            assert {"csv", "xlsx"} <= set(offered), f"{address} lists rows, and has no file"
        for url in offered.values():
            checked += 1
            # Whoever the screen refuses, the file refuses: the table of roles says both, and is tried role by role.
            of_it = readers_of.get(re.sub(r"\.(xlsx|json)$", ".csv", url.partition("?")[0]))
            assert of_it == (readers, refused) or address == "/console/personnes/", f"{url} is not read as {address} is"
    assert checked > 18  # Bodies, tokens and messages are offered once there are some.


@pytest.mark.slow
def test_every_file_opens_in_each_of_its_formats(world, enter, settings):
    settings.RATE_LIMITS = {"exports": "100000/60"}
    clients, opened = {who: enter(who) for who in ("officer", "president", "finance")}, 0
    for address, readers, _ in PAGES:
        path, _, kind = fill(address, world).partition(".")
        if kind != "csv":
            continue
        client = next(clients[who] for who in clients if who in readers)
        for extension in ("csv", "xlsx", *(["json"] if path.endswith("/journal") else [])):
            opened += 1
            answer = client.get(f"{path}.{extension}")
            assert answer.status_code == 200, (path, extension)
            assert re.search(rf'filename="[\w-]+-2026-11-25\.{extension}"', answer["Content-Disposition"]), path
            assert answer["Cache-Control"] == "private, no-store"
            assert answer.getvalue()
    assert opened > 50


@pytest.mark.slow
def test_a_file_is_the_list_as_the_page_filters_and_sorts_it_every_page_of_it(world, enter):
    for number in range(60):
        f.commune(f"62{100 + number}", f"Essai-{number:03d}", 200 + number)
    officer = enter("officer")
    offered = links(officer, "/console/communes/?departement=62&q=essai&tri=-population&page=2")
    assert "page" not in offered["csv"]
    rows = table(officer.get(offered["csv"]))[1:]
    assert [row[1] for row in rows] == [f"Essai-{number:03d}" for number in reversed(range(60))]
    cells = list(sheet(officer.get(offered["xlsx"])).iter_rows(min_row=2, values_only=True))
    assert [cell[1] for cell in cells] == [row[1] for row in rows]
    assert cells[0][5] == 259


def test_a_workbook_holds_days_numbers_and_texts_never_a_formula(world, enter):
    hostile = f.commune("62500", "=HYPERLINK(1)", 1100)
    hostile.epci = Epci.objects.create(siren="246200000", name="#N/A", kind="CC")
    hostile.save()
    officer = enter("officer")
    page = sheet(officer.get("/console/communes.xlsx?q=62500"))
    name, epci, population = page["B2"], page["E2"], page["F2"]
    assert (name.value, name.data_type, name.quotePrefix) == ("=HYPERLINK(1)", "s", True)
    assert (epci.value, epci.data_type) == ("#N/A", "s")
    assert (page["A2"].value, page["A2"].number_format) == ("62500", "@")
    assert (population.value, population.number_format, page.freeze_panes) == (1100, "#,##0", "A2")
    register = sheet(officer.get(f"/console/conventions.xlsx?q={world.signed}"))
    headers = [cell.value for cell in register[1]]
    row = dict(zip(headers, register[2], strict=True))
    assert len(row) == len(headers)
    assert row["Conclue le"].value == datetime(2026, 11, 25, 10, tzinfo=UTC).replace(tzinfo=None)
    assert row["Prend effet le"].is_date
    assert row["Contribution annuelle (€)"].value == float(PRICE)
    assert register.max_row == 2


def test_a_list_that_names_people_leaves_a_line_in_the_journal_which_names_nobody(world, enter):
    officer = enter("officer")
    before = Entry.objects.count()
    officer.get("/console/communes.csv")
    officer.head("/console/jetons.csv")
    assert Entry.objects.count() == before
    rows = table(officer.get("/console/communes/59474/personnes.csv"))
    assert [row[0] for row in rows[1:]]
    line = Entry.objects.get(verb="list.exported")
    prisches = Beneficiary.objects.get(commune__insee_code="59474")
    # Told to the mairie: it is about its people.
    assert (line.object_type, line.beneficiary_ref) == ("people.beneficiary", str(prisches.pk))
    assert line.facts == {"list": "people", "rows": len(rows) - 1, "format": "csv"}
    assert world.people["mayor59474"].name not in str(line.facts)
    count = len(table(officer.get("/console/journal.csv"))) - 1
    told = Entry.objects.filter(verb="list.exported").first()
    assert (told.object_type, told.facts["rows"]) == (Operator._meta.label_lower, count)


@pytest.mark.slow
def test_the_addresses_of_people_leave_only_where_the_page_shows_them(world, enter):
    address = "/console/communes/59474/personnes"
    for who, are_shown in (("officer", True), ("technician", False)):
        page, rows = enter(who).get(f"{address}/").content.decode(), table(enter(who).get(f"{address}.csv"))
        email = world.people["secretary"].email
        assert (email in page) == (email in str(rows)) == ("Courriel" in rows[0]) == are_shown


def test_a_long_file_is_written_on_disk_and_a_failed_reading_is_an_error_not_half_a_list(world, enter, monkeypatch):
    officer = enter("officer")
    short = officer.get("/console/communes.csv").content
    monkeypatch.setattr(exports, "IN_MEMORY", 100)
    response = officer.get("/console/communes.csv")
    assert response.streaming
    assert response.getvalue() == short
    with scopes_disabled(), pytest.raises(RuntimeError):
        exports.leave(
            response.wsgi_request, exports.Sheet("x", "x", "X", ()), _broken(),
            format="csv", owner=Operator.objects.first(), by=world.people["officer"],
        )  # fmt: skip


def _broken():
    yield "one"
    raise RuntimeError
