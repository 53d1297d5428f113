"""Acts on the site of their body: dated by the platform, as open data by year, as a feed; and gone once held back."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from django.utils.html import strip_tags
from django_scopes import scope

from socle.config.reactions import REACTIONS
from socle.deliberations import actions, checking
from socle.deliberations.contract import publisher
from socle.documents import actions as documents
from socle.people.models import User
from socle.sites.publishing.actions import note_acts, publish_waiting
from tests import factories as f
from tests.deliberations.scdl import faults_of, lines_of
from tests.mairie.conftest import pdf
from tests.sites.released import served

SHOWN_OTHERWISE = (
    "described", "document_attached", "held_back", "online_asked", "published", "put_online", "qualified", "received",
    "removed", "shown_again",
)  # fmt: skip
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.mark.parametrize("verb", SHOWN_OTHERWISE)
def test_each_gesture_that_changes_what_the_public_reads_renews_the_site(verb):
    assert "socle.sites.tasks.publish_acts" in REACTIONS[f"act.{verb}"]


@pytest.mark.slow
def test_an_act_put_online_is_open_data_and_news_until_it_is_held_back(prisches, ablain, visit, time_machine):
    time_machine.move_to(f.NOW, tick=False)
    body, system = prisches.beneficiary, User.objects.system()
    kept = documents.keep(pdf(), title="x", filename="x.pdf", beneficiary=body, by=f.user(), at=f.NOW)
    said = {
        "document": kept,
        "published_on": None,
        "matter": "7.10",
        "author_name": "Ada Roi",
        "author_quality": "maire",
    }
    act = f.act(body, "2026-88", subject="Tarif des salles", **said)
    f.act(ablain.beneficiary, "2026-89", subject="D’à côté", matter="5.7")
    f.act(body, "2026-90", subject="Ancien", matter="", published_on=f.TODAY)
    with scope(beneficiary=body):
        actions.ask_online(act, by=system, at=f.NOW)
    note_acts(str(act.pk), at=f.NOW)
    publish_waiting()
    act.refresh_from_db()
    path = f"/actes/{act.pk}/acte-{act.pk}.pdf"
    # The digest is that of the bytes of the file, as it is on the disk of the site.
    assert act.online_sha256 == documents.digest_of(served(prisches)[path[1:]]) == kept.sha256
    assert publisher().served(body.pk)[path] == act.online_sha256
    assert publisher().roots([body.pk, 0]) == {body.pk: prisches.root_url}
    note_acts(str(act.pk), at=f.NOW)
    publish_waiting()
    page = served(prisches)["actes/index.html"].decode()
    assert "Ada Roi, maire" in strip_tags(page)
    assert "mis en ligne le" in strip_tags(page)
    assert '<a href="/deliberations-2026.csv">2026</a>' in page

    content = served(prisches)["deliberations-2026.csv"]
    answer = visit(prisches, "/deliberations-2026.csv")
    assert (answer.content, answer["Content-Type"]) == (content, "text/csv; charset=utf-8")
    assert faults_of(content) == []
    [line] = lines_of(content)
    assert (line["DELIB_ID"], line["DELIB_URL"]) == ("2026-88", f"{prisches.root_url}{path}")
    for missing in ("2025", "20261", "x"):
        assert visit(prisches, f"/deliberations-{missing}.csv").status_code == 404

    feed = ElementTree.fromstring(served(prisches)["actes.atom"])
    entries = {one.findtext(f"{ATOM}title"): one for one in feed.iter(f"{ATOM}entry")}
    assert set(entries) == {
        "Délibération n°\u00a02026-88\u00a0: Tarif des salles", "Délibération n°\u00a02026-90\u00a0: Ancien",
    }  # fmt: skip
    first = entries["Délibération n°\u00a02026-88\u00a0: Tarif des salles"]
    assert first.findtext(f"{ATOM}updated") == "2026-11-25T09:00:00+00:00"
    assert first.findtext(f"{ATOM}author/{ATOM}name") == "Ada Roi, maire"
    assert first.find(f"{ATOM}link").get("href") == f"{prisches.root_url}{path}"

    with scope(beneficiary=body):
        assert [one.says for one in checking.examine(body, on=f.TODAY)] == []
        actions.hold_back(act, because="le nom d’un locataire", by=system, at=f.NOW)
    note_acts(str(act.pk), at=f.NOW)
    publish_waiting()
    files = served(prisches)
    # The only one whose matter was said: no file is offered any more.
    assert path[1:] not in files
    assert [name for name, written in files.items() if b"Tarif des salles" in written] == []
    assert visit(prisches, path).status_code == visit(prisches, "/deliberations-2026.csv").status_code == 404
