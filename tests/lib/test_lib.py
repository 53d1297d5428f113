from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socle.lib import dates, money, siret, text


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("20003938600038", None),
        ("20003938600039", "clé"),
        ("35600000049837", None),  # La Poste counts otherwise.
        ("2000393860003", "14 chiffres"),
        ("200039386000381", "14 chiffres"),
        ("٢٠٠٠٣٩٣٨٦٠٠٠٣٨", "14 chiffres"),
        ("", "14 chiffres"),
        ("2000393860003A", "14 chiffres"),
    ],
)
def test_a_siret_is_14_digits_with_a_right_key(number, reason):
    said = siret.why_not_siret(number)
    assert (said is None) if reason is None else (reason in said)


@given(st.integers(min_value=0, max_value=99_999_999), st.integers(min_value=0, max_value=9999))
def test_the_proposed_siret_of_any_siren_is_valid(stem, establishment):
    siren = next(f"{stem:08d}{key}" for key in range(10) if siret.why_not_siren(f"{stem:08d}{key}") is None)
    assert siret.why_not_siret(siret.complete(siren, f"{establishment:04d}")) is None


@given(st.text(max_size=20))
def test_no_text_breaks_the_check_of_a_siret(anything):
    said = siret.why_not_siret(siret.normalise(anything))
    assert said is None or said.endswith((".", "(NIC)."))


def test_a_siren_with_a_wrong_key_is_never_completed():
    with pytest.raises(ValueError, match="SIREN"):
        siret.complete("200039387")


def test_a_siret_is_read_in_groups():
    assert siret.spaced("20003938600038") == "200\u00a0039\u00a0386\u00a000038"


@pytest.mark.parametrize(
    ("on", "months", "expected"),
    [
        (date(2026, 11, 25), 36, date(2029, 11, 25)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2027, 12, 31), 2, date(2028, 2, 29)),
    ],
)
def test_months_are_added_without_leaving_the_month(on, months, expected):
    assert dates.add_months(on, months) == expected


def test_the_legal_day_is_that_of_paris():
    assert dates.day_of(datetime(2026, 11, 24, 23, 30, tzinfo=UTC)) == date(2026, 11, 25)
    with pytest.raises(ValueError, match="aware"):
        dates.day_of(datetime(2026, 11, 24, 23, 30))  # noqa: DTZ001 (the point of the test)


def test_days_and_instants_are_written_in_french():
    assert dates.in_words(date(2026, 12, 1)) == "1er\u00a0décembre\u00a02026"
    assert (
        dates.at_in_words(datetime(2026, 11, 25, 8, 5, tzinfo=UTC)) == "25\u00a0novembre\u00a02026 à 9\u00a0h\u00a005"
    )


@pytest.mark.parametrize(
    ("days", "said"), [(1, "1 jour"), (30, "30 jours"), (365, "un an"), (366, "366 jours"), (1095, "3 ans")]
)
def test_a_length_is_said_in_years_when_it_is_whole_years(days, said):
    assert dates.length_in_words(days).replace("\u00a0", " ") == said


@pytest.mark.parametrize(
    ("amount", "written"),
    [("1234.5", "1\u202f234,50\u00a0€"), ("0.005", "0,01\u00a0€"), ("-3", "-3,00\u00a0€")],
)
def test_amounts_are_written_as_in_french_administration(amount, written):
    assert money.euros(Decimal(amount)) == written


@pytest.mark.parametrize(
    ("name", "slug", "of"),
    [
        ("Prisches", "prisches", "de Prisches"),
        ("Écaillon", "ecaillon", "d’Écaillon"),
        ("Le Quesnoy", "le-quesnoy", "du Quesnoy"),
        ("Les Rues-des-Vignes", "les-rues-des-vignes", "des Rues-des-Vignes"),
        ("L’Écluse", "l-ecluse", "de L’Écluse"),
        ("La Longueville", "la-longueville", "de La Longueville"),
        ("Œuf-en-Ternois", "oeuf-en-ternois", "d’Œuf-en-Ternois"),
        ("Houdain", "houdain", "d’Houdain"),
    ],
)
def test_names_of_places_take_their_slug_and_their_preposition(name, slug, of):
    assert text.slug(name) == slug
    assert text.of_place(name) == of


@pytest.mark.parametrize(
    ("written", "number"),
    [("0", 0), ("12", 12), ("007", 7), ("9" * 18, 10**18 - 1), ("9" * 19, None), ("9" * 5000, None), ("", None),
     ("²", None), ("٣", None), ("-1", None), ("+1", None), ("1_0", None), (" 1", None), ("1.0", None), ("x", None)],
)  # fmt: skip
def test_a_number_is_written_in_our_figures_and_has_a_length(written, number):
    assert text.whole(written) == number


def test_a_number_that_is_a_year_has_four_figures_at_most():
    assert [text.whole(one, longest=4) for one in ("2026", "20260")] == [2026, None]


def test_names_are_searched_without_accents_hyphens_nor_case():
    assert text.folded("Œuf-en-Ternois") == text.folded("oeuf EN ternois")


def test_a_saint_is_read_and_written_in_full_or_shortened():
    for words in ("St-Omer", "saint omer", "St.Omer", "ST. OMER"):
        assert "saint omer" in text.readings(words), words
    # « Ste » is also how « Steenvoorde » begins; a name that only holds these letters is left alone.
    assert text.readings("Ste") == ["ste", "sainte"]
    assert text.readings("Estaires") == ["estaires"]
    assert text.readings(" - ") == []
    assert text.spellings("CCAS de St-Omer") == ["CCAS de St-Omer", "CCAS de saint-Omer"]
    assert text.spellings("Sainte-Barbe") == ["Sainte-Barbe", "ste-Barbe"]
    assert text.spellings("Estaires") == ["Estaires"]


@pytest.mark.parametrize(
    ("name", "of", "to"),
    [
        ("Commune d’Eccles", "de la commune d’Eccles", "à la commune d’Eccles"),
        ("Centre de gestion du Nord", "du Centre de gestion du Nord", "au Centre de gestion du Nord"),
        ("Syndicat mixte (fictif)", "du Syndicat mixte (fictif)", "au Syndicat mixte (fictif)"),
        ("Eau 59", "d’Eau 59", "à Eau 59"),
    ],
)
def test_bodies_take_their_prepositions(name, of, to):
    assert (text.of_body(name), text.to_body(name)) == (of, to)
