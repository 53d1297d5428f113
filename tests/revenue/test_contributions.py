"""The contributions of a year: what each agreement owes, what blocks a line, exported once, titles read back."""

from __future__ import annotations

import csv
import io
import threading
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scope, scopes_disabled
from hypothesis import given
from hypothesis import strategies as st

from socle.agreements.amendments import type_of
from socle.agreements.models import Agreement, ChosenService, Suspension
from socle.journal.models import Entry
from socle.lib.money import euros, to_cents
from socle.lib.refusals import Refused
from socle.lib.spreadsheet import as_csv, write
from socle.lib.tables import Faulty
from socle.people.models import Beneficiary, Operator, Role
from socle.programme.models import Assessment, PriceStratum
from socle.revenue import calls, sheets
from socle.revenue.contributions import Line, Period, Rate, State, _read, period, spread
from socle.revenue.models import CallSettings, Contribution, Debtor
from tests import factories as f
from tests.revenue.conftest import AT, agreement

D, ON = Decimal, date(2026, 11, 25)
REGIME = "non assujetti"
HOW = {
    "vat_rate": D(0), "vat_source": "CGI, article 256 B", "prorata": "months",
    "prorata_source": "convention, article 5", "payment_days": 30, "budget": "00", "account": "74748",
    "function": "020",
}  # fmt: skip
WANTS = {
    "siret": "", "is_service_code_required": False, "service_code": "", "is_engagement_required": False,
    "engagement": "", "engagement_year": None,
}  # fmt: skip


def plain(words: str) -> str:
    return words.replace("\u00a0", " ").replace("\u202f", " ")


def noted(finance, regime=REGIME, **how) -> CallSettings:
    return calls.note_settings(f.programme(), vat_regime=regime, **(HOW | how), by=finance, at=AT)


def wants(of: Agreement, finance, **what) -> Debtor:
    return calls.note_debtor(of.bound, f.programme(), **(WANTS | what), by=finance, at=AT)


def export(finance, year=2026, at=AT, **more) -> list[Contribution]:
    return calls.export(f.programme(), year, by=finance, at=at, **more)


def line_of(one: Agreement, year=2026, on=ON) -> Line:
    (found,) = [line for line in period(f.programme(), year, on=on).lines if line.agreement == one]
    return found


def suspended(one: Agreement, since: date, until: date | None) -> None:
    said = {"ground": "security", "reason": "danger", "conditions": "corriger", "recorded_at": AT}
    Suspension.objects.create(agreement=one, notified_on=since, effective_on=since, lifted_on=until, **said)


def amended(one: Agreement, on: date, price: str, **fields) -> None:
    """A concluded amendment, and what it wrote on its agreement."""
    with scopes_disabled():
        rank = Agreement.every.filter(amends=one).count() + 1
        said = {
            "programme": one.programme, "type": type_of(one) or f.amendments(one.programme), "text": one.text,
            "beneficiary": one.beneficiary, "amends": one, "number": f"{one.number}-A{rank}", "status": "signed",
            "term_months": 36, "annual_price": D(price), "vat_regime": one.vat_regime, "drafted_at": AT,
            "starts_on": on, "ends_on": one.ends_on,
            "changes": [["Contribution annuelle", euros(one.annual_price), euros(D(price))]],
        }  # fmt: skip
        made = Agreement.every.create(**(said | fields))
        if made.status == "signed":
            one.annual_price = D(price)
            one.save(update_fields=["annual_price"])


# --- What is owed -----------------------------------------------------------------------------------------------------
WHOLE = (date(2025, 1, 1), date(2027, 12, 31))
JAN, DEC = date(2026, 1, 1), date(2026, 12, 31)


@pytest.mark.parametrize(
    ("year", "term", "months", "days"),
    [
        (2026, WHOLE, 12, 365),
        (2028, (date(2028, 1, 1), date(2030, 12, 31)), 12, 366),
        (2026, (JAN, DEC), 12, 365),
        (2026, (date(2026, 1, 2), DEC), 11, 364),
        (2026, (date(2026, 3, 1), DEC), 10, 306),
        (2026, (date(2026, 3, 15), DEC), 9, 292),
        (2026, (DEC, date(2028, 12, 30)), 0, 1),
        (2026, (WHOLE[0], JAN), 0, 1),
        (2026, (WHOLE[0], date(2026, 1, 31)), 1, 31),
        (2028, (WHOLE[0], date(2028, 2, 28)), 1, 59),
        (2028, (WHOLE[0], date(2028, 2, 29)), 2, 60),
        (2026, (WHOLE[0], date(2026, 2, 28)), 2, 59),
        (2026, (date(2026, 5, 10), date(2026, 6, 20)), 0, 42),
        (2026, (date(2027, 1, 1), date(2027, 12, 31)), 0, 0),
        (2026, (date(2025, 1, 1), date(2025, 12, 31)), 0, 0),
    ],
)
def test_rule_29_a_year_counts_the_whole_months_or_the_days_of_service(year, term, months, days):
    rate = Rate(date.min, D(240))
    assert spread(year, term=term, rates=[rate]) == ([(rate, months)] if months else [])
    assert spread(year, term=term, rates=[rate], by_days=True) == ([(rate, days)] if days else [])


@pytest.mark.parametrize(
    ("off", "back", "months", "days"),
    [
        (date(2026, 3, 1), date(2026, 4, 1), 11, 334),
        (date(2026, 3, 1), date(2026, 3, 31), 12, 335),
        (date(2026, 3, 2), date(2026, 4, 1), 12, 335),
        (date(2026, 3, 2), date(2026, 5, 1), 11, 305),
        (date(2026, 3, 2), date(2026, 3, 2), 12, 365),
        (date(2025, 1, 1), date(2027, 1, 1), 0, 0),
        (date(2025, 1, 1), JAN, 12, 365),
    ],
)
def test_rule_29_a_suspension_takes_off_what_it_covers_whole_and_the_day_it_is_lifted_is_due(off, back, months, days):
    rate = Rate(date.min, D(240))
    assert dict(spread(2026, term=WHOLE, rates=[rate], stopped=[(off, back)])) == ({rate: months} if months else {})
    found = spread(2026, term=WHOLE, rates=[rate], stopped=[(off, back)], by_days=True)
    assert dict(found) == ({rate: days} if days else {})


@pytest.mark.parametrize(
    ("since", "before", "after", "days"),
    [(JAN, 0, 12, 0), (date(2026, 7, 1), 6, 6, 181), (date(2026, 7, 2), 7, 5, 182), (DEC, 12, 0, 364)],
)
def test_rule_29_a_month_is_at_the_price_of_its_first_day_and_a_day_at_its_own(since, before, after, days):
    old, new = Rate(date.min, D(100)), Rate(since, D(200))
    counts = dict(spread(2026, term=WHOLE, rates=[old, new]))
    assert (counts.get(old, 0), counts.get(new, 0)) == (before, after)
    counts = dict(spread(2026, term=WHOLE, rates=[old, new], by_days=True))
    assert (counts.get(old, 0), counts.get(new, 0)) == (days, 365 - days)


DAYS = st.dates(date(2025, 6, 1), date(2027, 6, 30))


@given(DAYS, DAYS, DAYS, st.booleans())
def test_rule_29_a_year_cut_in_two_counts_no_more_than_whole(one, other, cut, by_days):
    rate, (first, last) = Rate(date.min, D(1)), sorted((one, other))

    def count(begin: date, end: date) -> int:
        return sum(n for _, n in spread(2026, term=(begin, end), rates=[rate], by_days=by_days))

    whole = count(first, last)
    in_two = count(first, min(cut, last)) + count(max(cut + timedelta(days=1), first), last)
    assert whole - (0 if by_days else 1) <= in_two <= whole <= (365 if by_days else 12)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("price", "fields", "how", "net", "says"),
    [
        ("240", {}, {}, "240.00", "240,00 € par an, pour l’année entière ; prend effet le 1er janvier 2026."),
        ("100", {"starts_on": date(2026, 5, 15)}, {}, "58.33", "pour 7 mois entiers sur 12 ; prend effet le 15 mai"),
        ("100", {"starts_on": date(2026, 5, 15)}, {"prorata": "days"}, "63.29", "pour 231 jours sur 365 ; prend effet"),
        ("0.06", {"starts_on": date(2026, 12, 1)}, {}, "0.01", "pour 1 mois entier sur 12"),
        ("100", {"starts_on": DEC}, {}, "0.00", "Aucun mois entier de service ; prend effet le 31 décembre 2026"),
        ("90", {"starts_on": WHOLE[0], "ends_on": date(2026, 4, 30), "status": "ended"}, {}, "30.00", "fin le 30"),
        ("90", {"ends_on": date(2026, 6, 30)}, {"prorata_source": "avis"}, "45.00", "prorata : avis."),
    ],
)  # fmt: skip
def test_rule_29_what_is_owed_and_how_it_is_made_in_words(finance, price, fields, how, net, says):
    settings = noted(finance, **how)
    one = agreement("59001", fields.pop("status", "signed"), price, **fields)
    line = line_of(one)
    assert (line.net, line.settings) == (D(net), settings)
    assert says in plain(line.made)


def stratified(population: int, first="52", then="36", per_inhabitant=None) -> Agreement:
    kind = f.programme().tripartite()
    kind.annual_price, kind.per_inhabitant = D(0), per_inhabitant
    kind.save()
    PriceStratum.objects.create(type=kind, up_to=1500, annual_price=D(then), first_year_price=D(first), order=0)
    PriceStratum.objects.create(type=kind, up_to=None, annual_price=D(158), order=1)
    annual = D(then if population <= 1500 else 158) + (per_inhabitant or 0) * population
    one = agreement("59001", "signed", str(annual), starts_on=date(2026, 7, 1), ends_on=date(2029, 6, 30))
    one.assessment = Assessment.objects.create(
        programme=one.programme, commune=one.bound.commune, vintage=f.vintage(), assessed_at=AT, population=population,
        is_priority=True, rank=1, reasons="", rule_sha256="0" * 64,
    )  # fmt: skip
    with scopes_disabled():
        one.save(update_fields=["assessment"])
    return one


@pytest.mark.django_db
def test_rule_29_the_first_year_has_its_price_and_the_next_ones_theirs(finance):
    one = stratified(441)
    assert line_of(one).net == D("26.00")
    assert "52,00 € par an (première année), pour 6 mois entiers sur 12" in plain(line_of(one).made)
    assert line_of(one, 2027, date(2027, 2, 1)).net == D("36.00")
    # Agreed on apart, the price is that of every year.
    with scopes_disabled():
        Agreement.objects.filter(pk=one.pk).update(annual_price=D(40))
    assert line_of(one).net == D("20.00")


@pytest.mark.django_db
def test_rule_29_a_price_per_inhabitant_is_of_the_population_that_was_kept(finance):
    one = stratified(2000, per_inhabitant=D("0.25"))
    line = line_of(one)
    assert line.net == D("329.00")
    assert plain(line.made).endswith(
        "soit 158,00 €, au-delà de 1 500 habitants ; 0,25 € par habitant, pour 2 000 habitants."
    )


@pytest.mark.django_db
def test_rule_29_an_amendment_counts_from_its_day_and_the_first_price_is_read_in_its_words(finance):
    one = agreement("59001", "signed", "1200", starts_on=WHOLE[0])
    # One that leaves the price alone, one that nobody concluded.
    amended(one, date(2026, 2, 1), "1200", changes=[["Dernier jour", "31 décembre 2026", "31 décembre 2028"]])
    amended(one, date(2026, 3, 1), "9999", status="cancelled")
    amended(one, date(2026, 4, 1), "2400")
    amended(one, date(2026, 10, 2), "600")
    line = line_of(one)
    assert line.net == D(1200) * 3 / 12 + D(2400) * 7 / 12 + D(600) * 2 / 12
    assert plain(line.made).startswith(
        "1 200,00 € par an, pour 3 mois entiers sur 12 ; 2 400,00 € par an (avenant n° PMC-59001-A3), pour 7 mois "
        "entiers sur 12 ; 600,00 € par an (avenant n° PMC-59001-A4), pour 2 mois entiers sur 12"
    )
    assert line_of(one, 2025).net == D(1200)
    assert line_of(one, 2027, date(2027, 1, 1)).net == D(600)


@pytest.mark.django_db
def test_rule_29_an_option_added_in_the_first_year_keeps_the_first_year_s_price(finance):
    one = stratified(441)
    option = one.programme.services.get(code="telephonie")
    option.extra_price = D(12)
    option.save()
    ChosenService.objects.create(agreement=one, service=option)
    amended(one, date(2026, 10, 1), "48")
    line = line_of(one)
    assert line.net == D(52) * 3 / 12 + D(64) * 3 / 12
    assert "64,00 € par an (première année, avenant n° PMC-59001-A1)" in plain(line.made)
    assert plain(line.made).endswith("12,00 € pour le service « Téléphonie ».")


@given(st.decimals(0, 10**8, places=2))
def test_an_amount_written_in_french_is_read_again(amount):
    assert _read(euros(amount)) == amount


@pytest.mark.django_db
def test_rule_29_a_suspension_that_lasts_makes_its_line_wait_until_the_year_is_over(finance):
    noted(finance)
    one = agreement("59001", "signed", "120", starts_on=WHOLE[0])
    suspended(one, date(2026, 3, 1), date(2026, 5, 1))
    assert line_of(one).net == D(100)
    assert "suspendue du 1er mars au 30 avril 2026" in plain(line_of(one).made)
    suspended(one, date(2026, 10, 1), None)
    line = line_of(one)
    assert (line.state, line.net) == (State.BLOCKED, D(100))
    assert [(plain(lack.says), lack.who) for lack in line.missing] == [
        ("La convention est suspendue : ce qui est dû pour 2026 se sait quand la suspension est levée.",
         "la personne chargée du programme"),
    ]  # fmt: skip
    over = line_of(one, on=date(2027, 1, 1))
    assert (over.state, over.net) == (State.READY, D(70))
    assert line_of(one, 2025).state == State.READY, "the year before has nothing to do with it"
    assert "suspendue" not in line_of(one, 2025).made
    Suspension.objects.filter(lifted_on=None).update(effective_on=DEC)
    assert line_of(one).state == State.BLOCKED
    assert "suspendue du 1er mars au 30 avril" not in plain(line_of(one, 2027, date(2027, 2, 1)).made)


# --- What blocks a line -----------------------------------------------------------------------------------------------
MAIRIE, FINANCE, OFFICER = "la mairie", "la personne responsable des finances", "la personne chargée du programme"
LAST = {"engagement": "E1", "engagement_year": 2025}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("of_body", "of_agreement", "of_debtor", "lacks", "who"),
    [
        ({}, {}, {}, "", ""),
        ({"siret": ""}, {}, {}, "SIRET du débiteur manque", MAIRIE),
        ({"siret": "12345678901234"}, {}, {}, "SIRET du débiteur est faux", MAIRIE),
        ({"siret": ""}, {}, {"siret": f.siret.complete(f.siren(59001), "0002")}, "", ""),
        ({}, {"number": ""}, {}, "numéro de la convention manque", OFFICER),
        ({}, {"vat_regime": " "}, {}, "ne dit pas son régime de TVA", OFFICER),
        ({}, {"vat_regime": "autre"}, {}, "taux de TVA du régime « autre » n’est pas noté", FINANCE),
        ({}, {}, {"is_service_code_required": True}, "code service que ce débiteur exige manque", MAIRIE),
        ({}, {}, {"is_service_code_required": True, "service_code": "FIN"}, "", ""),
        ({}, {}, {"is_engagement_required": True}, "numéro d’engagement de 2026 que ce débiteur exige manque", MAIRIE),
        ({}, {}, {"is_engagement_required": True, **LAST}, "engagement de 2026 que", MAIRIE),
        ({}, {}, {"is_engagement_required": True, "engagement": "E1", "engagement_year": 2026}, "", ""),
    ],
)  # fmt: skip
def test_rule_29_what_is_missing_blocks_its_line_alone_and_says_who_brings_it(
    finance, of_body, of_agreement, of_debtor, lacks, who
):
    noted(finance)
    one, other = agreement("59001", "signed", "120"), agreement("59002", "signed", "60")
    wants(one, finance, **of_debtor)
    with scopes_disabled():
        Beneficiary.objects.filter(pk=one.bound.pk).update(**of_body)
        Agreement.objects.filter(pk=one.pk).update(**of_agreement)
    line = line_of(one)
    if lacks:
        (missing,) = line.missing
        assert lacks in plain(missing.says)
        assert missing.who == who
    assert line.state == (State.BLOCKED if lacks else State.READY)
    assert {call.agreement for call in export(finance)} == ({other} if lacks else {one, other})


@pytest.mark.django_db
def test_rule_29_only_who_is_bound_in_the_year_owes_and_where_nothing_is_owed_nothing_is_asked(finance):
    for code, status, fields in (
        ("59001", "draft", {}),
        ("59002", "ready", {}),
        ("59003", "cancelled", {}),
        ("59004", "signed", {"starts_on": date(2027, 1, 1)}),
        ("59005", "ended", {"starts_on": WHOLE[0], "ends_on": date(2025, 12, 31)}),
    ):
        agreement(code, status, "120", **fields)
    free = agreement("59006", "signed", "0")
    assert [(line.agreement, line.state, line.missing) for line in period(f.programme(), 2026, on=ON).lines] == [
        (free, State.NOTHING, ())
    ]
    with pytest.raises(Refused, match="Rien n’est à exporter pour 2026"):
        export(finance)


# --- Exported once ----------------------------------------------------------------------------------------------------
def file_of(rank: int, format: str = "csv") -> bytes:
    content = io.BytesIO()
    write(
        sheets.EXPORT, Contribution.objects.filter(export_rank=rank).select_related("agreement"), content, format=format
    )
    return content.getvalue()


@pytest.mark.django_db
def test_rule_29_a_period_is_exported_once_only_and_its_file_comes_again_as_it_was(finance, settings):
    noted(finance, vat_rate=D(20))
    one, late = agreement("59001", "signed", "100.01"), agreement("59002", "signed", "60")
    wants(one, finance, service_code="FIN", engagement="E-7", engagement_year=2026)
    wants(late, finance, is_service_code_required=True)
    (call,) = export(finance)
    assert (call.net, call.vat, call.total) == (D("100.01"), D("20.00"), D("120.01"))
    assert (call.reference, call.due_on, call.export_rank) == ("PMC-59001/2026", date(2026, 12, 25), 1)
    first = file_of(1)
    with pytest.raises(Refused, match="ne s’exporte qu’une fois"):
        export(finance)
    # What is noted since changes nothing of what left; what was blocked completes it.
    noted(finance, vat_rate=D(10), budget="99", payment_days=45)
    wants(one, finance, service_code="AUTRE")
    wants(late, finance, is_service_code_required=True, service_code="X")
    new = agreement("59003", "signed", "24", starts_on=date(2026, 11, 1))
    assert {(one.agreement, one.export_rank) for one in export(finance, at=AT + timedelta(hours=1))} == {
        (late, 2),
        (new, 2),
    }
    assert file_of(1) == first
    assert Contribution.objects.count() == 3
    row = next(csv.DictReader(io.StringIO(first.decode("utf-8-sig")), delimiter=";"))
    assert list(row.values()) == [
        "2026", "00", one.bound.siret, "Commune de Lieu 59001", "FIN", "E-7",
        "Contribution 2026, convention PMC-59001, Pack d’essai", "100,01", REGIME, "20,00", "20,00", "120,01", "74748",
        "020", "2026-11-25", "2026-12-25", "PMC-59001", "2026-01-01/2026-12-31", "convention-pmc-59001.pdf",
        "PMC-59001/2026", call.made,
        "Liste à titrer\u00a0: Socle n’émet ni titre ni facture. Facture taxée à un assujetti\u00a0: par Chorus Pro, "
        "depuis le logiciel de finances.",
    ]  # fmt: skip
    assert Entry.objects.filter(verb="contributions.exported").count() == 2
    assert Entry.objects.filter(verb="contributions.settings_noted").count() == 2
    assert Entry.objects.filter(verb="contributions.debtor_noted").count() == 4
    settings.DEMO = True
    agreement("59004", "signed", "24")
    export(finance)
    assert b"Montant fictif de d" in file_of(3)
    assert b"Montant fictif" not in file_of(2)
    # Whatever asks, the base keeps one a year.
    call.pk = None
    call.reference = "autre"
    with pytest.raises(IntegrityError):
        call.save(force_insert=True)


@pytest.mark.django_db
def test_rule_29_an_engagement_of_another_year_does_not_leave(finance):
    noted(finance)
    wants(agreement("59001", "signed", "100"), finance, engagement="E-7", engagement_year=2025)
    assert export(finance)[0].engagement == ""


@pytest.mark.django_db
def test_rule_29_only_what_was_read_leaves(finance):
    noted(finance)
    agreement("59001", "signed", "100")
    seen = calls.fingerprint(period(f.programme(), 2026, on=ON).of(State.READY))
    agreement("59002", "signed", "10")
    with pytest.raises(Refused, match="Des lignes ont changé"):
        export(finance, seen=seen)
    seen = calls.fingerprint(period(f.programme(), 2026, on=ON).of(State.READY))
    assert len(export(finance, seen=seen)) == 2


@pytest.mark.django_db
def test_rule_29_what_would_be_owed_otherwise_since_is_said_beside_what_was_called(finance):
    noted(finance)
    one = agreement("59001", "signed", "120")
    export(finance)
    assert line_of(one).drift == ""
    with scopes_disabled():
        Agreement.objects.filter(pk=one.pk).update(ends_on=date(2026, 6, 30))
    wants(one, finance, is_engagement_required=True)
    line = line_of(one)
    assert (line.state, line.called.total, line.missing) == (State.CALLED, D(120), ())
    assert "serait de 60,00 € HT" in plain(line.drift)


@pytest.mark.django_db
def test_a_year_to_come_is_read_and_not_exported(finance):
    noted(finance)
    agreement("59001", "signed", "120")
    assert period(f.programme(), 2027, on=ON).counts == {State.READY: 1}
    with pytest.raises(Refused, match="L’exercice 2027 n’a pas commencé"):
        export(finance, 2027)


@given(
    st.lists(st.decimals(D("0.01"), 10**6, places=2), min_size=1, max_size=8),
    st.decimals(0, 50, places=2),
)
@pytest.mark.slow
def test_rule_29_totals_are_those_of_their_lines_to_the_cent(nets, rate):
    settings = CallSettings(vat_rate=rate)
    lines = [Line(Agreement(), 2026, net, "", settings, Debtor()) for net in nets]
    for line in lines:
        assert line.total == line.net + line.vat
        assert line.vat == to_cents(line.vat)
        assert abs(line.vat - line.net * rate / 100) <= D("0.005")
    assert Period(2026, lines).ready_total == sum(line.total for line in lines)


@pytest.mark.django_db
def test_halves_of_a_cent_go_up(finance):
    noted(finance, vat_rate=D(5))
    line = line_of(agreement("59001", "signed", "0.10"))
    assert (line.vat, line.total) == (D("0.01"), D("0.11"))


@pytest.mark.django_db
def test_the_lines_of_a_year_ask_as_much_whatever_their_number(finance):
    noted(finance)

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            period(f.programme(), 2026, on=ON)
        return len(queries)

    one = agreement("59001", "signed", "10")
    suspended(one, date(2026, 1, 2), date(2026, 1, 3))
    before = asked()
    for code in ("59002", "59003", "59004"):
        suspended(agreement(code, "signed", "10"), date(2026, 1, 2), date(2026, 1, 3))
    assert asked() == before <= 12


@pytest.mark.slow
@pytest.mark.both
@pytest.mark.django_db(transaction=True)
def test_rule_29_of_two_exports_at_once_one_has_the_lines():
    f.text()
    finance = f.member(Role.FINANCE_OFFICER, f.programme().lead())
    noted(finance)
    for code in ("59001", "59002", "59003"):
        agreement(code, "signed", "10")
    start, outcomes = threading.Barrier(2), []

    def attempt() -> None:
        try:
            start.wait(timeout=60)
            outcomes.append(len(export(finance)))
        except Refused as refusal:
            outcomes.append("ne s’exporte qu’une fois" in refusal.sentence)
        finally:
            connection.close()

    threads = [threading.Thread(target=attempt) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(outcomes, key=str) == [3, True]
    assert Contribution.objects.count() == 3
    assert set(Contribution.objects.values_list("export_rank", flat=True)) == {1}


# --- Who may, and what a debtor may be --------------------------------------------------------------------------------
@pytest.mark.django_db
def test_the_finance_officer_of_the_lead_calls_and_nobody_else(finance):
    noted(finance)
    one = agreement("59001", "signed", "10")
    others = [
        f.member(Role.PRESIDENT, f.programme().lead()),
        f.member(Role.FINANCE_OFFICER, Operator.objects.get(code="cdg59"), email="autre@exemple.invalid"),
    ]
    for other in others:
        for act in (
            lambda who=other: export(who),
            lambda who=other: noted(who),
            lambda who=other: wants(one, who),
            lambda who=other: read_back(who, [("PMC-59001/2026", "1", "1", ON, D(0), D(10))]),
        ):
            with pytest.raises(Refused, match="responsable des finances du chef de file"):
                act()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("what", "why"),
    [
        ({"siret": "123"}, "14 chiffres"),
        ({"siret": "12345678901234"}, "clé de ce SIRET"),
        ({"engagement": "E1"}, "écrivez lequel"),
        ({"engagement": "E1", "engagement_year": 1989}, "de 1990 à 2100"),
    ],
)
def test_a_debtor_is_not_noted_with_what_cannot_be(finance, what, why):
    one = agreement("59001", "signed", "10")
    with pytest.raises(Refused, match=why):
        wants(one, finance, **what)
    with scope(beneficiary=one.bound):
        assert not Debtor.objects.exists()


# --- Titles read back -------------------------------------------------------------------------------------------------
HEADERS = (sheets.REFERENCE, *sheets.ANSWERS.values())
PAID = ("PMC-59001/2026", "12", "340", date(2026, 11, 20), D(20), D(100))


def read_back(by, rows, headers=HEADERS, at=AT) -> int:
    return calls.read_back(f.programme(), io.BytesIO(as_csv(headers, rows)), by=by, at=at)


@pytest.fixture
def called(finance):
    noted(finance)
    for code in ("59001", "59002"):
        agreement(code, "signed", "120")
    return export(finance)


@pytest.mark.django_db
def test_titles_are_read_back_and_read_twice_they_change_nothing(finance, called):
    other = (*PAID[:1], "12", "341", date(2026, 11, 21), D(120), D(0))
    assert read_back(finance, [PAID]) == 1
    one = Contribution.objects.get(reference=PAID[0])
    assert (one.bordereau, one.title, one.title_on, one.collected, one.outstanding) == PAID[1:]
    shown = period(f.programme(), 2026, on=ON)
    assert (shown.called, shown.collected, shown.outstanding) == (D(240), D(20), D(220))
    assert read_back(finance, [PAID], at=AT + timedelta(days=1)) == 0
    assert Contribution.objects.get(pk=one.pk).read_at == one.read_at
    assert Entry.objects.filter(verb="contributions.read_back").count() == 1
    # A title that was made again replaces the first.
    assert read_back(finance, [other]) == 1
    assert Contribution.objects.get(pk=one.pk).title == "341"


@pytest.mark.django_db
@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_the_list_filled_in_is_read_back_as_it_is(finance, called, format):
    read_back(finance, [PAID])
    agreement("59003", "signed", "10")
    content = io.BytesIO()
    write(sheets.LINES, period(f.programme(), 2026, on=ON).lines, content, format=format)
    Contribution.objects.update(title="", collected=None)
    assert calls.read_back(f.programme(), content, by=finance, at=AT) == 1
    one = Contribution.objects.get(reference=PAID[0])
    assert (one.title, one.collected) == ("340", D(20))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("rows", "faults"),
    [
        ([("AUTRE/2026", *PAID[1:])], ["ligne 3, colonne « Référence » (A) : « AUTRE/2026 » n’est la référence d’auc"]),
        ([("", *PAID[1:])], ["ligne 3, colonne « Référence » (A) : cette case est vide"]),
        ([PAID, PAID], ["ligne 4, colonne « Référence » (A) : cette référence est déjà à la ligne 3"]),
        ([(*PAID[:4], D("120.01"), D(0))], ["ligne 3, colonne « Encaissé » (E) : 120,01 € dépasse le montant appelé"]),
        ([(*PAID[:4], D(0), D("120.01"))], ["colonne « Reste à recouvrer » (F) : 120,01 € dépasse"]),
        ([(*PAID[:4], D(60), D("60.01"))], ["colonne « Reste à recouvrer » (F) : l’encaissé et le reste font plus"]),
        ([(*PAID[:4], D(-1), D(0))], ["colonne « Encaissé » (E) : un montant négatif"]),
        ([(*PAID[:4], "beaucoup", D(0))], ["colonne « Encaissé » (E) : « beaucoup » n’est pas un montant"]),
        ([(*PAID[:4], D("0.001"), D(0))], ["colonne « Encaissé » (E) : « 0.001 » est trop précis"]),
        ([(*PAID[:3], "hier", *PAID[4:])], ["colonne « Date du titre » (D) : « hier » n’est pas une date"]),
        ([(*PAID[:3], date(2026, 11, 26), *PAID[4:])], ["colonne « Date du titre » (D) : ce jour n’est pas encore"]),
        ([(PAID[0], "9" * 21, *PAID[2:])], ["colonne « Bordereau » (B) : ce numéro a plus de 20 caractères"]),
        ([(PAID[0], "", "340", "", "", "")], ["Bordereau", "Date du titre", "Encaissé", "Reste à recouvrer"]),
    ],
)  # fmt: skip
def test_a_wrong_line_is_said_with_its_place_and_nothing_is_taken(finance, called, rows, faults):
    good = ("PMC-59002/2026", "12", "341", date(2026, 11, 20), D(0), D(120))
    with pytest.raises(Faulty) as faulty:
        read_back(finance, [good, *rows])
    said = [plain(one.sentence) for one in faulty.value.faults]
    assert len(said) == len(faults)
    assert all(wanted in sentence for wanted, sentence in zip(faults, said, strict=True)), said
    assert not Contribution.objects.exclude(read_at=None).exists()
    assert not Entry.objects.filter(verb="contributions.read_back").exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "vide"),
        (b"PK\x03\x04 abime", "abîmé"),
        (as_csv(HEADERS[1:], []), "il y manque « Référence »"),
        (as_csv([*HEADERS, "Titre"], []), "on y lit deux fois « Titre »"),
        (as_csv(HEADERS, []), "ne dit rien d’aucun titre"),
        (as_csv(HEADERS, [(PAID[0], "", "", "", "", "")]), "ne dit rien d’aucun titre"),
        (as_csv(HEADERS, [PAID])[:-10], "tronqué"),
        (b";".join([b"x"] * 300), "colonnes"),
    ],
)
def test_a_file_that_is_not_one_is_refused_and_nothing_is_taken(finance, called, content, why):
    with pytest.raises(Refused) as refused:
        calls.read_back(f.programme(), io.BytesIO(content), by=finance, at=AT)
    assert why in plain(refused.value.sentence)
    assert not Contribution.objects.exclude(read_at=None).exists()


@pytest.mark.django_db
def test_the_reference_of_another_programme_is_unknown(finance, called):
    Contribution.objects.filter(reference=PAID[0]).update(agreement=_elsewhere())
    with pytest.raises(Faulty, match="d’aucune contribution appelée"):
        read_back(finance, [PAID])


def _elsewhere() -> Agreement:
    other = f.programme()
    other.pk, other.code = None, "autre"
    other.save(force_insert=True)
    with scopes_disabled():
        one = agreement("59009", "signed", "1")
        Agreement.objects.filter(pk=one.pk).update(programme=other)
    return one


@pytest.mark.django_db
def test_a_name_that_begins_like_a_formula_leaves_as_a_text(finance):
    noted(finance)
    one = agreement("59001", "signed", "10")
    with scopes_disabled():
        Beneficiary.objects.filter(pk=one.bound.pk).update(name="=HYPERLINK(1)")
    export(finance)
    assert b";'=HYPERLINK(1);" in file_of(1)
