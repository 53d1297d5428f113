"""What is seen of the audience: by the secretary, by the operator, by the inhabitants, by who keeps the platform."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scopes_disabled

from socle.lib.findings import Severity
from socle.operations import doctor
from socle.quality.audience import presenters, reading
from socle.quality.audience.demo_data import ensure_audience
from socle.sites.models import WebSite
from socle.sites.publishing.actions import look
from tests import factories as f
from tests.quality.test_audience import a_day, folder, line, write
from tests.sites.conftest import secretary
from tests.sites.two_communes import signed_in

SITE = "/mairie/site/audience/"

__all__ = ["a_day", "folder"]


# --- The doctor ------------------------------------------------------------------------------------------------------
def found() -> tuple[Severity, str]:
    (examined,) = doctor.examine(only=["audience"])
    words = " ".join(f"{finding.says} {finding.remedy}" for finding in examined.findings)
    return examined.severity, words.replace("\u00a0", " ")


def test_the_doctor_says_what_is_not_written_not_read_or_closed(prisches, folder, settings, tmp_path, time_machine):
    assert "n’a encore écrit aucune page lue" in found()[1]
    path = write(folder / "access.log", line())
    os.utime(path, (f.NOW.timestamp(), f.NOW.timestamp()))
    assert found()[0] is Severity.OK
    time_machine.move_to(f.NOW + timedelta(days=3), tick=False)
    assert "pas été comptées une seule fois" in found()[1]
    reading.read(at=f.NOW + timedelta(days=3))
    severity, said = found()
    assert severity is Severity.WARNING
    assert "Aucune page lue n’a été écrite depuis deux jours" in said
    os.utime(path, ((f.NOW + timedelta(days=3)).timestamp(),) * 2)
    assert found()[0] is Severity.OK
    time_machine.move_to(f.NOW + timedelta(days=6), tick=False)
    assert "pas été comptées depuis le" in found()[1]
    settings.SOCLE_ACCESS_LOGS = [str(tmp_path / "absent")]
    severity, said = found()
    assert severity is Severity.ERROR
    assert "socle-audience" in said
    settings.SOCLE_ACCESS_LOGS = []
    assert found()[0] is Severity.OK


def test_the_doctor_names_a_file_that_it_may_not_read(prisches, folder, monkeypatch):
    write(folder / "access.log", line())
    monkeypatch.setattr("socle.operations.doctor.audience.os.access", lambda path, mode: False)
    severity, said = found()
    assert severity is Severity.ERROR
    assert "access.log" in said
    assert "chmod g+r" in said


# --- The screens -----------------------------------------------------------------------------------------------------
def told(website, folder) -> None:
    write(
        folder / "access.log",
        *(line(website.host, "/") for _ in range(3)), line(website.host, "/contact/"),
        line(website.host, "/contact/", at=f.NOW - timedelta(days=45)), line(website.host, "/dechets/secteur/<b>/"),
        line(website.host, "/", at=f.NOW - timedelta(days=366)),
    )  # fmt: skip
    reading.read(at=f.NOW)


def page_of(client, path=SITE) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode().replace("&nbsp;", " ").replace("\u00a0", " ")


def test_the_secretary_reads_the_numbers_of_her_site_and_of_no_other(prisches, ablain, folder):
    told(prisches, folder)
    client = signed_in(secretary(prisches.beneficiary))
    page = page_of(client)
    for words in ("6 pages vues en douze mois", "Les pages les plus lues", "Mairie et contact", "décembre 2025",
                  "octobre 2026", "/dechets/secteur/&lt;b&gt;/", "Des pages, pas des personnes", "au bout de 25 mois",
                  "Le site est compté depuis le 1er novembre 2025"):  # fmt: skip
        assert words in page, words
    assert "novembre 2026" in page
    other = signed_in(secretary(ablain.beneficiary, email="ablain@exemple.invalid"))
    assert "Aucune page de votre site n’a encore été comptée" in page_of(other)


def test_the_numbers_leave_as_a_file(prisches, folder):
    told(prisches, folder)
    client = signed_in(secretary(prisches.beneficiary))
    table = client.get("/mairie/site/audience.csv").getvalue().decode("utf-8-sig")
    assert "2026-11-01;/;3" in table
    assert "2025-11-01;/;1" in table
    assert client.get("/mairie/site/audience.xlsx").getvalue()[:2] == b"PK"


@pytest.mark.slow
def test_the_screen_asks_as_many_questions_whatever_was_read(prisches, folder):
    told(prisches, folder)
    client = signed_in(secretary(prisches.beneficiary))
    client.get(SITE)

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            client.get(SITE)
        return len(seen)

    few = queries()
    write(folder / "autre.log", *(line(uri=f"/p-{n}/") for n in range(60)))
    reading.read(at=f.NOW)
    assert queries() == few


@pytest.mark.slow
def test_a_platform_that_counts_nothing_says_so_everywhere(prisches, settings, visit, valid_html):
    measured = visit(prisches, "/donnees-personnelles/")
    assert "compte les pages lues" in measured.content.decode()
    assert "aucune mesure d’audience" not in measured.content.decode()
    assert valid_html(measured.content) == []
    before = look()
    settings.SOCLE_ACCESS_LOGS = []
    look.cache_clear()
    # The pages already published are made anew.
    assert look() != before
    page = visit(prisches, "/donnees-personnelles/").content.decode()
    assert "aucune mesure d’audience" in page
    assert "compte les pages lues" not in page
    assert "n’est pas en service" in page_of(signed_in(secretary(prisches.beneficiary)))


def test_the_notice_says_the_length_that_the_operator_chose(prisches, settings, visit):
    settings.SOCLE_RETENTION_DAYS = {"audience": "400"}
    assert "au bout de 13 mois" in visit(prisches, "/donnees-personnelles/").content.decode()


def test_invented_numbers_say_that_they_are(prisches, settings):
    settings.DEMO, settings.SOCLE_ACCESS_LOGS = True, []
    with scopes_disabled():
        assert ensure_audience(prisches, by=f.user(), at=f.NOW)
        assert not ensure_audience(prisches, by=f.user(), at=f.NOW)
        audience = presenters.audience_of(prisches, on=f.TODAY)
    assert audience.total
    assert all(one.views for one in audience.months)
    assert {one.url for one in audience.pages} >= {f"{prisches.root_url}/", f"{prisches.root_url}/contact/"}


def test_sites_are_told_apart_by_what_was_read_last_month(prisches, ablain, folder):
    write(folder / "access.log", line(prisches.host, "/", at=f.NOW - timedelta(days=31)), line(ablain.host, "/"))
    reading.read(at=f.NOW)
    with scopes_disabled():
        rows = WebSite.objects.annotate(views=presenters.views_of_last_month(f.TODAY)).order_by("-views")
        assert list(rows.values_list("slug", "views")) == [(prisches.slug, 1), (ablain.slug, 0)]
