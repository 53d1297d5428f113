"""Addresses as people write them: read, refused with their remedy, compared with their look-alikes."""

from __future__ import annotations

import pytest

from socle.lib.refusals import Refused
from socle.mail import addresses

# 254 characters, the most that RFC 5321 leaves to an address.
ALMOST_TOO_LONG = f"{'a' * 63}@{'b' * 60}.{'c' * 60}.{'d' * 60}.fr"
ALMOST_TOO_LONG = ALMOST_TOO_LONG.replace("@", f"@{'e' * (253 - len(ALMOST_TOO_LONG))}.")


@pytest.mark.parametrize("text", ["mairie", " Mairie ", "etat-civil", "jean.dupont", "a1", "salle_des_fetes"])
def test_what_is_plain_is_read(text):
    assert addresses.read_local_part(text) == text.strip().lower()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Écrivez le début"),
        ("mairie@prisches.fr", "seulement ce qui précède"),
        ("état-civil", "écrivez «\u00a0etat-civil\u00a0»"),
        ("mаirie", "lettre cyrillique"),
        ("μairie", "lettre grecque"),
        ("ｍairie", "caractère large"),
        ("mai\u200brie", "pas de notre alphabet"),
        ("jean dupont", "pas d’espace"),
        (".mairie", "sans accent"),
        ("mairie.", "sans accent"),
        ("jean..dupont", "sans accent"),
        ("mairie+pub", "sans accent"),
        ('"mairie"', "sans accent"),
        ("mairie\r\nBcc", "sans accent"),
        ("a" * 65, "trop long"),
        ("../etc", "sans accent"),
    ],
)
def test_what_is_no_start_of_an_address_is_refused_with_its_remedy(text, words):
    with pytest.raises(Refused, match=words):
        addresses.read_local_part(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("mairie", "ma1rie"),
        ("mairie", "malrie"),
        ("accueil", "accuei1"),
        ("marne", "mame"),
        ("etat-civil", "etat.civil"),
    ],
)
def test_what_looks_the_same_is_seen(one, other):
    assert addresses.looks(one) == addresses.looks(other)


def test_what_looks_different_is_let_through():
    assert addresses.looks("urbanisme") != addresses.looks("accueil")


@pytest.mark.parametrize(
    "text",
    [
        "", "personne", "a@b", "a@@b.fr", "a b@c.fr", "a@b.fr\r\nBcc: x@y.fr", "a@b.fr,c@d.fr", ".a@b.fr", "a..b@c.fr",
        "é@b.fr", "a@" + "b" * 250 + ".fr", "x" * 65 + "@b.fr", "a@b_c.fr", "<a@b.fr>", "a@b.fr\x00",
        "a" + ALMOST_TOO_LONG,
    ],
)  # fmt: skip
def test_hostile_addresses_are_refused(text):
    with pytest.raises(Refused):
        addresses.read_address(text)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (ALMOST_TOO_LONG, ALMOST_TOO_LONG),
        (" Jean.Dupont@Exemple.FR ", "jean.dupont@exemple.fr"),
        ("mairie@bœuf.fr", "mairie@xn--buf-2na.fr"),
        ("a+b@exemple.fr", "a+b@exemple.fr"),
    ],
)
def test_whole_addresses_are_read(text, read):
    if "œ" in text:
        assert addresses.read_address(text).startswith("mairie@xn--")
    else:
        assert addresses.read_address(text) == read


@pytest.mark.parametrize(
    ("domain", "may"),
    [("prisches.fr", True), ("europa.eu", True), ("mairie.re", True), ("gmail.com", False), ("fr.com", False)],
)
def test_mail_stays_in_the_zones_that_the_operator_chose(domain, may):
    assert addresses.is_in_zone(domain) is may


def test_a_whole_domain_may_be_let_through(settings):
    settings.SOCLE_MAIL_FORWARD_ZONES = ["orange.com"]
    assert addresses.is_in_zone("orange.com")
    assert addresses.is_in_zone("mail.orange.com")
    assert not addresses.is_in_zone("notorange.com")
