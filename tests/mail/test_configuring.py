"""What sets a mail program by itself, at each of its addresses; hostile requests are answered with nothing."""

from __future__ import annotations

import plistlib

import pytest
from django_scopes import scope
from lxml import etree

from socle.mail import domains
from socle.mail.configuring import documents
from socle.sites.hosts import is_served
from tests import factories as f

pytestmark = pytest.mark.django_db
PATH = "/.well-known/autoconfig/mail/config-v1.1.xml"
ASKED = (
    '<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006">'
    "<Request><EMailAddress>{}</EMailAddress></Request></Autodiscover>"
)


def found(content, name):
    return [one.text for one in etree.fromstring(content).iter() if etree.QName(one).localname == name]


def discover(client, address, host="localhost", path="/autodiscover/autodiscover.xml", body=None):
    content = ASKED.format(address).encode() if body is None else body
    return client.post(path, content, content_type="text/xml", SERVER_NAME=host)


def test_thunderbird_finds_the_servers_at_the_platform_and_at_the_domain_s_own_host(here, client):
    name = here.domain.name
    for asked in (
        {"path": f"{PATH}?emailaddress=mairie@{name}"},
        {"path": "/mail/config-v1.1.xml", "SERVER_NAME": f"autoconfig.{name}"},
        {"path": PATH, "SERVER_NAME": f"autoconfig.{name}"},
    ):
        response = client.get(asked.pop("path"), **asked)
        assert response.status_code == 200
        assert response["Content-Type"].startswith("application/xml")
        assert found(response.content, "hostname") == ["imap.courriel.exemple.fr", "smtp.courriel.exemple.fr"]
        assert found(response.content, "socketType") == ["SSL", "SSL"]
        assert found(response.content, "domain") == [name]


def test_nothing_tells_whether_a_box_exists(here, client):
    name = here.domain.name
    known, unknown = (client.get(f"{PATH}?emailaddress={one}@{name}") for one in ("mairie", "inconnue"))
    assert known.content == unknown.content
    assert b"mairie@" not in known.content


@pytest.mark.parametrize(
    "asked", ["", "?emailaddress=", "?emailaddress=x@ailleurs.fr", "?emailaddress=%00", "?emailaddress=" + "x" * 5000]
)
def test_what_is_not_ours_is_a_404(here, client, asked):
    assert client.get(PATH + asked).status_code == 404


def test_outlook_asks_by_post_and_is_answered(here, client):
    name = here.domain.name
    for host, path in (
        ("localhost", "/autodiscover/autodiscover.xml"),
        (f"autodiscover.{name}", "/Autodiscover/Autodiscover.xml"),
    ):
        response = discover(client, f"Mairie@{name}", host, path)
        assert response.status_code == 200
        assert found(response.content, "Server") == ["imap.courriel.exemple.fr", "smtp.courriel.exemple.fr"]
        assert found(response.content, "LoginName") == [f"mairie@{name}"] * 2
    assert client.get(f"/autodiscover/autodiscover.xml?Email=mairie@{name}").status_code == 200
    assert client.put("/autodiscover/autodiscover.xml").status_code == 405


def test_outlook_is_answered_with_capitals_at_the_platform_too(here, client):
    for path in ("/Autodiscover/Autodiscover.xml", "/AutoDiscover/autodiscover.xml"):
        assert discover(client, f"mairie@{here.domain.name}", path=path).status_code == 200


def test_the_hosts_of_the_mail_answer_in_a_demonstration_too_and_to_this_machine_only(here, client, settings):
    settings.DEMO = True
    asked = {
        "autoconfig": "/mail/config-v1.1.xml",
        "mta-sts": "/.well-known/mta-sts.txt",
        "autodiscover": f"/autodiscover/autodiscover.xml?Email=mairie@{here.domain.name}",
    }
    for label, path in asked.items():
        host = f"{label}.{here.domain.name}"
        assert client.get(path, SERVER_NAME=host).status_code == 200
        assert client.get(path, SERVER_NAME=host, REMOTE_ADDR="192.0.2.7").status_code == 403
        assert client.get(path, SERVER_NAME=host, HTTP_X_FORWARDED_FOR="192.0.2.7").status_code == 403
        # No door there, which a name that leads to this machine would open to others.
        assert client.get("/demonstration/", SERVER_NAME=host).status_code == 404
    assert client.get(asked["autoconfig"], SERVER_NAME="autoconfig.ailleurs.fr").status_code == 403


BOMB = b'<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;">]><a><EMailAddress>&c;</EMailAddress></a>'
OUTSIDE = b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a><EMailAddress>&b;</EMailAddress></a>'


@pytest.mark.parametrize(
    "body",
    [
        b"", b"\x00", b"<", b"{}", BOMB, OUTSIDE, b"<a/>", b"<a>" * 5000, "é".encode("utf-16"),
        b"<a><EMailAddress>x@y.fr\r\nX: y</EMailAddress></a>", b"<a><EMailAddress/></a>",
    ],
)  # fmt: skip
def test_a_hostile_request_is_refused(here, client, body):
    assert discover(client, "", body=body).status_code == 400
    assert b"root:" not in discover(client, "", body=body).content


def test_a_request_that_weighs_too_much_is_not_read(here, client):
    assert discover(client, "", body=b"<a>" + b"x" * documents.LARGEST_REQUEST).status_code == 413


def test_a_host_answers_for_its_own_mairie_only(here, there, client):
    response = discover(client, f"mairie@{there.domain.name}", f"autodiscover.{here.domain.name}")
    assert response.status_code == 400


def test_the_policy_is_served_at_its_host_only(here, client, settings):
    host = f"mta-sts.{here.domain.name}"
    response = client.get("/.well-known/mta-sts.txt", SERVER_NAME=host)
    assert response.content.decode().split("\r\n") == [
        "version: STSv1", "mode: testing", "mx: mx.courriel.exemple.fr", "max_age: 86400", "",
    ]  # fmt: skip
    settings.SOCLE_MAIL_MTA_STS = "enforce"
    assert b"max_age: 604800" in client.get("/.well-known/mta-sts.txt", SERVER_NAME=host).content
    assert client.get("/.well-known/mta-sts.txt").status_code == 404


def test_only_known_hosts_have_a_certificate_and_nothing_else_answers_there(here, client):
    name = here.domain.name
    for label in ("autoconfig", "autodiscover", "mta-sts"):
        assert is_served(f"{label}.{name}")
        assert client.get("/", SERVER_NAME=f"{label}.{name}").status_code == 404
        assert client.get("/compte/connexion/", SERVER_NAME=f"{label}.{name}").status_code == 404
    for host in (f"autoconfig.x{name}", f"imap.{name}", "autoconfig.", "autoconfig.exemple.fr", f"a.autoconfig.{name}"):
        assert not is_served(host)
    with scope(beneficiary=here.place):
        own = domains.take_domain(here.place, "prisches.fr", by=here.secretary, at=f.NOW)
        f.prove(here.place, own.name)
        assert is_served("autoconfig.prisches.fr")
        domains.close_domain(own, by=here.secretary, at=f.NOW)
    assert not is_served("autoconfig.prisches.fr")


@pytest.mark.slow
@pytest.mark.both
def test_who_asks_without_end_is_slowed(here, client):
    answers = {client.get(f"{PATH}?emailaddress=a@{here.domain.name}").status_code for _ in range(70)}
    assert answers == {200, 429}


def test_a_name_with_marks_stays_text(at_home):
    at_home.main.display_name = "<b>Mairie</b> & Cie"
    at_home.place.name = "Commune <de> & l’autre"
    profile = plistlib.loads(documents.apple_profile(at_home.main))
    assert profile["PayloadContent"][0]["EmailAccountName"] == "<b>Mairie</b> & Cie"
    at_home.domain.beneficiary = at_home.place
    assert found(documents.autoconfig(at_home.domain), "displayName") == ["Commune <de> & l’autre"]
