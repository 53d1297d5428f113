"""An import goes on in somebody's name, while they may; a former site without encryption is read, and it is said."""

from __future__ import annotations

import io
import socket
import ssl
import subprocess
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django_scopes import scope, scopes_disabled

from socle.journal.models import Entry
from socle.lib import http
from socle.lib.ports import free_port
from socle.people.models import HelpAccess, Role, User
from socle.site_import import actions, rules
from socle.site_import.fetching import IN_CLEAR, NotRead, Site
from socle.site_import.models import ItemState, SiteImport, Status
from tests import factories as f
from tests.site_import.former_site import export
from tests.site_import.test_importing import carry_on, do, drafts, former, items_at, on_that_day, reloaded
from tests.sites.conftest import secretary

__all__ = ["former", "on_that_day"]

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture
def person(prisches):
    return secretary(prisches.beneficiary)


@pytest.fixture
def colleague(prisches):
    return f.member(Role.MAYOR, prisches.beneficiary, email="maire@exemple.invalid")


def begun(website, former, by) -> SiteImport:
    with scope(beneficiary=website.beneficiary_id):
        return actions.read_export(website, io.BytesIO(export(former.address)), by=by, at=f.NOW)


def leave(person) -> None:
    """Their function ended yesterday."""
    person.memberships.update(ends_on=f.TODAY - timedelta(days=1))


# --- In whose name ---------------------------------------------------------------------------------------------------
@pytest.mark.slow
def test_whoever_lost_their_role_imports_nothing_more_and_another_carries_it_on(prisches, former, person, colleague):
    one = begun(prisches, former, person)
    leave(person)
    carry_on()
    one = reloaded(one)
    assert (one.status, one.says) == (Status.STOPPED, rules.LEFT)
    assert former.asked == []
    line = Entry.objects.filter(verb="website.import_stopped").get()
    assert line.facts["why"] == "rights"
    # Another person of the mairie reads on, then imports; the sentence leaves with the reason.
    one = do(actions.resume, one, colleague)
    assert (one.status, one.started_by) == (Status.SEEN, colleague)
    assert rules.LEFT not in one.says
    with scope(beneficiary=prisches.beneficiary_id):
        actions.import_chosen(one, by=colleague, at=f.NOW)
        actions.carry_on(seconds=0, at=f.NOW)
    made = len(drafts(prisches))
    leave(colleague)
    carry_on()
    one = reloaded(one)
    assert one.status == Status.STOPPED
    assert one.says.startswith(rules.LEFT)
    assert "Commentaires non repris" in one.says
    assert len(drafts(prisches)) == made
    # What was imported can be taken back, and the end of it is left to run.
    again = secretary(prisches.beneficiary, email="retour@exemple.invalid")
    one = do(actions.import_chosen, one, again)
    assert one.status == Status.DONE
    with scope(beneficiary=prisches.beneficiary_id):
        actions.take_back(one, by=again, at=f.NOW)
    leave(again)
    carry_on()
    assert reloaded(one).status == Status.TAKEN_BACK
    assert drafts(prisches) == {}


def test_a_helper_goes_on_as_long_as_the_access_is_open(prisches, former):
    operator = f.programme().lead()
    helper = f.member(Role.CDG_ADVISOR, operator)
    access = HelpAccess.objects.create(
        beneficiary=prisches.beneficiary,
        operator=operator,
        motive="Reprendre l’ancien site",
        starts_on=f.TODAY,
        ends_on=f.TODAY,
        opened_at=f.NOW,
        opened_by=f.user(),
    )
    one = begun(prisches, former, helper)
    carry_on()
    assert reloaded(one).status == Status.SEEN
    access.closed_at = f.NOW
    access.save()
    with scopes_disabled():
        assert rules.why_not_go_on(reloaded(one), on=f.TODAY) == rules.LEFT
        # The platform itself goes on with what it began; nobody to answer for it.
        ours = reloaded(one)
        ours.started_by = User.objects.system()
        assert rules.why_not_go_on(ours, on=f.TODAY) is None
        gone = reloaded(one)
        gone.started_by = None
        assert rules.why_not_go_on(gone, on=f.TODAY) == rules.LEFT


def test_a_person_of_another_mairie_is_nobody_here(prisches, ablain, former):
    one = begun(prisches, former, secretary(ablain.beneficiary, email="voisine@exemple.invalid"))
    carry_on()
    assert reloaded(one).status == Status.STOPPED


# --- Without encryption ----------------------------------------------------------------------------------------------
@pytest.fixture
def strict(settings):
    """An installation as it is shipped: nothing leaves in clear."""
    settings.OUTGOING_HTTP = False


def encrypted(address: str) -> str:
    return address.replace("http:", "https:")


@pytest.mark.parametrize("written", ["http", "https"])
@pytest.mark.slow
@pytest.mark.both
def test_a_site_that_does_not_answer_in_https_is_read_in_http_and_it_is_said(strict, written, prisches, former, person):
    address = former.address if written == "http" else encrypted(former.address)
    with scope(beneficiary=prisches.beneficiary_id):
        one = actions.read_address(prisches, address, is_declared=True, by=person, at=f.NOW)
    carry_on()
    one = reloaded(one)
    assert (one.status, one.is_in_clear) == (Status.SEEN, True)
    assert one.says.count(IN_CLEAR) == 1
    assert "/vie/" in former.asked
    one = do(actions.import_chosen, one, person)
    assert one.status == Status.DONE
    failed = {path: row.says for path, row in items_at(one, former).items() if row.state == ItemState.FAILED}
    assert failed == {}
    assert "La vie locale" in drafts(prisches)


@pytest.mark.slow
@pytest.mark.both
def test_the_pictures_of_an_export_are_asked_the_same_way(strict, prisches, former, person):
    one = begun(prisches, former, person)
    carry_on()
    one = do(actions.import_chosen, reloaded(one), person)
    assert (one.status, one.is_in_clear) == (Status.DONE, True)
    assert IN_CLEAR in one.says
    imported = [row for row in items_at(one, former).values() if row.image is not None]
    assert imported


def test_it_is_tried_in_https_once_and_not_at_each_slice_of_time(strict, former, monkeypatch):
    asked = []
    real = http.get

    def get(url, **kwargs):
        asked.append(url)
        return real(url, **kwargs)

    monkeypatch.setattr(http, "get", get)
    site = Site(former.address)
    for path in ("/vie/", "/vie/"):
        site.get(f"{former.address}{path}", limit=100_000)
    assert [url.partition(":")[0] for url in asked] == ["https", "http", "http"]
    again = Site(former.address, in_clear=site.in_clear)
    again.get(f"{former.address}/vie/", limit=100_000)
    assert [url.partition(":")[0] for url in asked[3:]] == ["http"]


def test_where_nobody_answers_at_all_or_the_name_is_unknown_nothing_changes(strict, monkeypatch):
    port = free_port()
    site = Site(f"https://127.0.0.1:{port}/")
    with pytest.raises(NotRead, match="ne répond pas"):
        site.get(f"https://127.0.0.1:{port}/", limit=1000)

    def unknown(url, **kwargs):
        raise http.Unknown("Le nom est inconnu.")

    monkeypatch.setattr(http, "get", unknown)
    site = Site("https://vieux-bourg.invalid/")
    with pytest.raises(NotRead, match="inconnu"):
        site.get("https://vieux-bourg.invalid/", limit=1000)
    assert not site.in_clear


def test_a_site_that_once_answered_in_https_is_never_asked_in_clear(strict, monkeypatch):
    asked = []

    def get(url, **kwargs):
        asked.append(url)
        if len(asked) > 1:
            raise http.Unreachable("Le serveur ne répond pas.")
        return http.Answer(200, b"<p>oui</p>", {"content-type": "text/html"})

    monkeypatch.setattr(http, "get", get)
    site = Site("https://vieux-bourg.invalid/", sleep=lambda seconds: None)
    site.get("https://vieux-bourg.invalid/a/", limit=1000)
    with pytest.raises(NotRead):
        site.get("https://vieux-bourg.invalid/b/", limit=1000)
    assert asked == ["https://vieux-bourg.invalid/a/", "https://vieux-bourg.invalid/b/"]


def test_a_certificate_that_is_not_good_is_said_and_the_same_pages_are_read_in_clear(strict, tmp_path: Path, former):
    """The same port answers both ways, as a site whose certificate ran out does on two."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    line = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1"]
    line += ["-subj", "/CN=127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(line, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    body = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            for _ in range(2):
                wire, _ = server.accept()
                with wire:
                    wire.settimeout(60)
                    if wire.recv(1, socket.MSG_PEEK) == b"\x16":
                        try:
                            context.wrap_socket(wire, server_side=True).close()
                        except OSError:
                            continue
                    else:
                        wire.recv(65536)
                        wire.sendall(body)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        address = f"https://127.0.0.1:{server.getsockname()[1]}/"
        site = Site(address)
        assert site.get(address, limit=1000).body == b"ok"
        assert site.in_clear
        thread.join(60)


def test_only_whoever_says_so_reads_in_clear(strict):
    with pytest.raises(http.Forbidden, match="https://"):
        http.get("http://exemple.invalid/")
    assert http.why_not_call("http://exemple.invalid/") is not None
    assert http.why_not_call("http://exemple.invalid/", in_clear=True) is None
    assert http.why_not_call("ftp://exemple.invalid/", in_clear=True) is not None
