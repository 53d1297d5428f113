"""Lists of the mairie as files: every page that lists something has one, which holds nothing of another commune."""

import csv
import io
import re

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_scopes import scope
from openpyxl import load_workbook

from socle.agreements import actions
from socle.agreements.models import Party
from socle.files.actions import bin as folders
from socle.files.queries import Place
from socle.journal.models import Entry
from socle.mairie.audit import PAGES
from tests import factories as f
from tests.mairie.test_doors import NAMES, address, furnish, is_gesture, kept_of

pytestmark = pytest.mark.django_db

# Pages that give no list as a file, and why.
NOT_LISTS = {
    **dict.fromkeys(("act", "agreement", "message", "webhook_delivery"), "one thing, which is a line of a list"),
    **dict.fromkeys(("agreement_text", "act_model", "act_model_text"), "a text to be read"),
    **dict.fromkeys(
        ("agreement_pdf", "act_document", "act_proof", "message_piece", "proof"),
        "a document kept, given as it is",
    ),
    **dict.fromkeys(
        ("act_record", "invite", "help", "membership_end", "name_ask", "token_new", "webhook_new", "webhook_change"),
        "a form",
    ),
    **dict.fromkeys(("shorter_day", "waste_shift", "waste_shift_change", "alert_change"), "a form"),
    **dict.fromkeys(("agreement_letter", "agreement_call"), "a letter, given as it is"),
    **dict.fromkeys(("agreement_services", "agreement_signatory", "sign", "deposit"), "a form about one agreement"),
    **dict.fromkeys(("event", "contact", "calendar"), "one thing"),
    **dict.fromkeys(
        ("event_new", "event_edit", "contact_new", "contact_edit", "contacts_import", "venue_new", "venue_edit"),
        "a form",
    ),
    **dict.fromkeys(("agenda", "agenda_week"), "a month or a week of calendars, which leave as calendars"),
    **dict.fromkeys(("venues", "venue", "venue_book"), "venues, whose bookings are calendars"),
    **dict.fromkeys(("backup_machine", "mailbox", "mail_alias", "mailbox_import", "file_version"), "one thing"),
    **dict.fromkeys(
        (
            "backup_ask",
            "backup_machine_add",
            "file_move",
            "files_move",
            "file_share",
            "mail_alias_make",
            "mailbox_absence",
            "mailbox_import_ask",
        ),
        "a form",
    ),
    **dict.fromkeys(("mailbox_forward", "mailbox_hand_over", "mailbox_make", "mailbox_restore"), "a form"),
    **dict.fromkeys(
        (
            "backup_certificate",
            "file_content",
            "file_thumbnail",
            "folder_zip",
            "handover_take",
            "domain_name_sheet",
            "mailbox_profile",
        ),
        "a document, given as it is",
    ),
    **dict.fromkeys(("files", "file"), "a folder, whose list leaves by « folder_file »"),
    **dict.fromkeys(("mail", "domain_names"), "a few boxes and names, all shown, which the console lists for all"),
    **dict.fromkeys(("files_drive", "mail_devices"), "how to set a machine"),
    **dict.fromkeys(
        ("meeting", "meeting_item", "meeting_ballot", "meeting_hold", "meeting_leave", "assembly_member"), "one thing"
    ),
    **dict.fromkeys(("transmission_act", "transmission_paper"), "one thing, and its files"),
    "eliminations": "a few slips, each of which leaves as a document",
    **dict.fromkeys(("elimination", "elimination_paper"), "one slip, and its paper"),
    **dict.fromkeys(
        (
            "meeting_convocation",
            "meeting_list",
            "meeting_minutes",
            "meeting_register",
            "meeting_posting",
            "meeting_item_text",
            "meeting_annex",
            "meeting_slip",
        ),
        "a document, given as it is",
    ),
    **dict.fromkeys(("meetings", "assembly", "transmission"), "a council, whose register and acts leave as files"),
    **dict.fromkeys(("mail_authorize", "mail_read", "mailbox_read"), "the way to the webmail"),
    **dict.fromkeys(
        (
            "record_paper",
            "album",
            "album_add",
            "closing",
            "hours",
            "publish_act",
            "publish_album",
            "publish_event",
            "publish_news",
        ),
        "a form",
    ),
    **dict.fromkeys(("alerts", "closings"), "a form, and the few that are on the site, which says them"),
    "publish": "the latest pages of the site, which are on it",
    "file_links": "links, whose addresses are known to nobody any more",
    "file_rights": "three lines, and what to change in them",
    "handovers": "the few archives of the last month",
    "calendars": "a few lines, each with its own address to be followed",
    "contacts_cards": "a file already, as address books read it",
    "home": "what its other pages list whole",
    "more": "the names of other pages",
    "guide": "words to read, the same for everybody",
    "guide_page": "words to read, the same for everybody",
    "identity": "one thing",
    "signatures": "the proof of one document, which is in the document itself",
    "bodies": "where one chooses in whose name one acts: a file of it would be of several beneficiaries",
    **dict.fromkeys(("choose_body", "help_leave", "token_revoke", "token_take_over"), "a gesture"),
    **dict.fromkeys(
        (
            "former_names",
            "former_mail_domains",
            "former_site_name",
            "former_site_name_gesture",
            "former_mail_domain",
            "former_mail_domain_gesture",
        ),
        "the way from a former address to the page of a name",
    ),
}


# Files that are not the list of the page of the same name: tried where they are made.
NOT_OF_A_PAGE = {
    "folder_file": "the list of any folder: tests/mairie/test_files.py",
    "domain_name_file": "the lines of one zone: tests/domains/test_screens.py",
    "handover_file": "an archive: tests/mairie/test_handovers.py",
    "paper_file": "the scan of a paper: tests/mairie/test_papers.py",
}


def table(response):
    return list(csv.reader(io.StringIO(response.getvalue().decode("utf-8-sig"), newline=""), delimiter=";"))


def offered(client, page):
    """The formats that a page offers of its list, with their addresses."""
    soup = BeautifulSoup(client.get(page).content, "html.parser")
    return {a["href"].partition("?")[0].rpartition(".")[2]: a["href"] for a in soup.select(".exports a[download]")}


def test_every_page_of_the_mairie_gives_its_list_as_files_or_says_why_not():
    pages = {name for name in NAMES if not is_gesture(name) and not name.endswith("_file")}
    with_a_file = {name for name in pages if f"{name}_file" in NAMES}
    assert pages - with_a_file == NOT_LISTS.keys()
    # A helper who takes a file away: the mairie reads which.
    assert {name for name in NAMES if name.endswith("_file")} - NOT_OF_A_PAGE.keys() <= PAGES.keys()


@pytest.mark.slow
def test_every_list_offers_its_files_which_hold_it_whole_and_nothing_of_another(mayor, world):
    furnish(world, world.there)
    furnish(world, world.here)
    for mairie in (world.here, world.there):
        kept = kept_of(mairie)[0]
        with scope(beneficiary=mairie.place):
            folders.trash(Place(kept, (kept,)), by=mairie.secretary, at=f.NOW)
    with scope(beneficiary=world.here.place):
        actions.cancel(world.here.agreement, by=world.officer, at=f.NOW)
        actions.draft(world.here.place, programme=world.programme, by=world.officer, at=f.NOW)
    rows = {}
    for name in NAMES:
        if not name.endswith("_file") or name in NOT_OF_A_PAGE:
            continue
        links = offered(mayor, address(name.removesuffix("_file"), world.here))
        assert set(links) == {"csv", "xlsx"}, name
        answer = mayor.get(links["csv"])
        assert re.search(r'filename="[\w-]+-2026-11-25\.csv"', answer["Content-Disposition"]), name
        assert answer["Cache-Control"] == "private, no-store"
        lines = table(answer)
        book = load_workbook(io.BytesIO(mayor.get(links["xlsx"]).getvalue())).active
        assert [cell.value for cell in book[1]] == lines[0], name
        whole = str([*lines, *book.values])
        assert "Taisnières" not in whole
        assert world.there.agreement.number not in whole
        rows[name] = lines[1:]
    assert all(rows.values()), [name for name, found in rows.items() if not found]
    assert len(rows) == 13
    assert {line[3] for line in rows["agreements_file"]} == {"abandonnée", "projet"}
    act = next(line for line in rows["acts_file"] if line[0] == "2026-59474")
    assert (act[3], act[8], act[9]) == (world.here.act.adopted_on.isoformat(), world.here.agreement.number, "oui")
    assert {line[0] for line in rows["tokens_file"]} == {"Logiciel"}
    assert {world.here.mayor.name, "Relais de Prisches"} <= {line[0] for line in rows["people_file"]}
    assert rows["services_file"][0][2] == "Choisi"


def test_the_file_is_filtered_as_the_page_and_an_act_is_never_a_formula(secretary, world):
    f.act(world.here.place, "2026-90", subject="=HYPERLINK(1)")
    act = next(row for row in table(secretary.get("/mairie/deliberations.csv")) if row[0] == "2026-90")
    assert act[2] == "'=HYPERLINK(1)"
    page = f"/mairie/qui-a-vu/?quoi=fait&personne={world.here.mayor.pk}&page=1"
    lines = table(secretary.get(offered(secretary, page)["csv"]))[1:]
    assert {row[1] for row in lines} == {"fait"}
    assert {row[3] for row in lines} == {world.here.mayor.name}
    for strange in ("?personne=%00&du=hier", "?quoi=rien&page=x"):
        assert secretary.get(f"/mairie/qui-a-vu.xlsx{strange}").status_code == 200
    assert secretary.get("/mairie/journal.pdf").status_code == 404


@pytest.mark.slow
def test_a_list_that_names_people_leaves_a_line_in_the_journal_of_the_mairie(secretary, world):
    told = Entry.objects.filter(verb="list.exported", beneficiary_ref=str(world.here.place.pk))
    for quiet in ("convention", "deliberations", "services"):
        secretary.get(f"/mairie/{quiet}.csv")
    secretary.head("/mairie/personnes.csv")
    assert not told.exists()
    rows = table(secretary.get("/mairie/personnes.csv"))
    assert told.get().facts == {"list": "people", "rows": len(rows) - 1, "format": "csv"}
    for loud in ("journal", "qui-a-vu", "jetons"):
        secretary.get(f"/mairie/{loud}.xlsx")
    assert {entry.facts["list"] for entry in told} == {"people", "journal", "audit", "tokens"}
    assert "Liste nommant des personnes exportée" in secretary.get("/mairie/journal/").content.decode()


@pytest.mark.slow
def test_a_file_costs_the_same_however_many_lines_it_has(secretary, world):
    def cost(name):
        with CaptureQueriesContext(connection) as queries:
            assert secretary.get(reverse(f"mairie:{name}", args=["csv"])).status_code == 200
        return len(queries)

    def costs():
        return {name: cost(name) for name in ("agreements_file", "acts_file", "audit_file", "journal_file")}

    party = Party.objects.get(agreement__beneficiary=world.here.place, kind="beneficiary")
    Party.objects.filter(pk=party.pk).update(act=world.here.act)
    costs()
    few = costs()
    for rank in range(8):
        act = f.act(world.here.place, f"2026-{rank:03d}")
        Party.objects.filter(pk=party.pk).update(act=act)
        Entry.objects.create(
            verb="act.recorded", object_type="deliberations.act", object_id=str(rank),
            beneficiary_ref=str(world.here.place.pk), by_ref=f"people.user:{world.here.secretary.pk}", at=f.NOW,
        )  # fmt: skip
        with scope(beneficiary=world.here.place):
            actions.cancel(world.here.agreement, by=world.officer, at=f.NOW)
            world.here.agreement = actions.draft(
                world.here.place, programme=world.programme, by=world.officer, at=f.NOW
            )
    assert costs() == few
