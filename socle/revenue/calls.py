"""Actions on contributions: note how they are called and what a debtor wants, export a year once, read titles back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import IO, Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import Max
from django_scopes import scope

from socle.journal import actions as journal
from socle.lib import dates
from socle.lib.refusals import Refused, refuse
from socle.lib.text import counted
from socle.people.models import Beneficiary, User
from socle.programme.models import Programme
from socle.revenue import sheets
from socle.revenue.contributions import Line, State, period
from socle.revenue.models import CallSettings, Contribution, Debtor
from socle.revenue.rules import faults_of_title, why_not_call, why_not_set_debtor


@transaction.atomic
def note_settings(programme: Programme, *, vat_regime: str, by: User, at: datetime, **given: Any) -> CallSettings:
    """Note how the contributions under a VAT regime are called: the fields of `CallSettings`. Raises Refused."""
    on, operator = dates.day_of(at), programme.lead()
    refuse(why_not_call(by, operator, year=on.year, on=on))
    noted, _ = CallSettings.objects.update_or_create(
        programme=programme, vat_regime=vat_regime, defaults={**given, "noted_by": by, "noted_at": at}
    )
    journal.record("contributions.settings_noted", operator, by=by, at=at, settings=noted.pk, rate=str(noted.vat_rate))
    return noted


@transaction.atomic
def note_debtor(beneficiary: Beneficiary, programme: Programme, *, by: User, at: datetime, **given: Any) -> Debtor:
    """Note what a beneficiary wants on what it is asked to pay, for the lines to come: the fields of `Debtor`.

    Raises Refused.
    """
    on = dates.day_of(at)
    refuse(why_not_call(by, programme.lead(), year=on.year, on=on))
    number, engagement = given.get("siret", ""), given.get("engagement", "")
    refuse(why_not_set_debtor(number=number, engagement=engagement, engagement_year=given.get("engagement_year")))
    with scope(beneficiary=beneficiary):
        debtor, _ = Debtor.objects.update_or_create(
            beneficiary=beneficiary, defaults={**given, "noted_by": by, "noted_at": at}
        )
    journal.record("contributions.debtor_noted", beneficiary, by=by, at=at)
    return debtor


@transaction.atomic
def export(programme: Programme, year: int, *, by: User, at: datetime, seen: str = "") -> list[Contribution]:
    """Freeze the lines of a year that lack nothing and were never called; the others wait. Raises Refused.

    `seen` is what the screen showed of them (`fingerprint`): nothing leaves but what was read.
    """
    on, operator = dates.day_of(at), programme.lead()
    refuse(why_not_call(by, operator, year=year, on=on))
    # Two exports at once follow each other: the second finds the lines of the first called.
    Programme.objects.select_for_update(no_key=True).get(pk=programme.pk)
    ready = period(programme, year, on=on).of(State.READY)
    refuse(_why_not_export(ready, year, seen))
    last = Contribution.objects.filter(agreement__programme=programme, year=year).aggregate(last=Max("export_rank"))
    rank = (last["last"] or 0) + 1
    made = Contribution.objects.bulk_create(_frozen(line, programme, rank, by=by, at=at) for line in ready)
    # No amount: the journal is read by some who see none.
    journal.record("contributions.exported", operator, by=by, at=at, year=year, export=rank, lines=len(made))
    return made


def fingerprint(ready: list[Line]) -> str:
    """How many lines, and of how much: what whoever exports has read."""
    return f"{len(ready)}:{sum((line.total or Decimal(0) for line in ready), Decimal(0))}"


def _why_not_export(ready: list[Line], year: int, seen: str) -> str | None:
    if not ready:
        return (
            f"Rien n’est à exporter pour {year}\u00a0: une période ne s’exporte qu’une fois, et ce qui est déjà appelé "
            "se reprend par son fichier."
        )
    if seen and seen != fingerprint(ready):
        return "Des lignes ont changé depuis que la page est ouverte\u00a0: relisez-les, puis exportez."
    return None


def _frozen(line: Line, programme: Programme, rank: int, *, by: User, at: datetime) -> Contribution:
    agreement, how = line.agreement, line.settings
    # It lacks nothing.
    assert how is not None
    assert line.vat is not None
    assert line.total is not None
    first_on, last_on = line.period
    subject = f"Contribution {line.year}, {agreement}, {programme.name}"
    return Contribution(
        agreement=agreement,
        year=line.year,
        export_rank=rank,
        reference=f"{agreement.number}/{line.year}",
        first_on=first_on,
        last_on=last_on,
        debtor_name=agreement.bound.name,
        debtor_siret=line.siret,
        service_code=line.debtor.service_code,
        engagement=line.debtor.engagement if line.debtor.engagement_year == line.year else "",
        subject=subject[:160],
        made=line.made,
        budget=how.budget,
        account=how.account,
        function=how.function,
        net=line.net,
        vat_regime=how.vat_regime,
        vat_rate=how.vat_rate,
        vat=line.vat,
        total=line.total,
        due_on=dates.day_of(at) + timedelta(days=how.payment_days),
        exported_by=by,
        exported_at=at,
        is_fictitious=settings.DEMO,
    )


@transaction.atomic
def read_back(programme: Programme, file: IO[bytes], *, by: User, at: datetime) -> int:
    """Write what a file of the finance package says of the lines called; return how many it changes.

    All of it or nothing: raises `tables.Faulty` with every line at fault, or Refused. Read twice, it changes nothing.
    """
    called = _called(programme, by=by, at=at)
    answers = sheets.read({one.reference: one for one in called}, file, on=dates.day_of(at))
    if not answers:
        raise Refused("Ce fichier ne dit rien d’aucun titre\u00a0: ses colonnes de titre sont vides.")
    return _write(programme, answers, by=by, at=at)


class FaultyTitles(Refused):
    """Titles of which nothing is taken: of each fault, the rank of its title, its field, and why."""

    def __init__(self, faults: list[tuple[int, str, str]]) -> None:
        self.faults = faults
        super().__init__(f"Rien n’est pris\u00a0: {counted(len(faults), 'faute')} à corriger.")


@transaction.atomic
def note_titles(programme: Programme, titles: Sequence[tuple[str, dict[str, Any]]], *, by: User, at: datetime) -> int:
    """Write what the finance package tells of these references, each with its `sheets.ANSWERS`; return how many change.

    All of it or nothing, by the rules of its file: raises FaultyTitles, or Refused. Told twice, it changes nothing.
    """
    found = _called(programme, by=by, at=at).filter(reference__in=[reference for reference, _ in titles])
    called = {one.reference: one for one in found}
    faults, ranks = [], dict[str, int]()
    for rank, (reference, answer) in enumerate(titles):
        one = called.get(reference)
        if one is None:
            faults.append((rank, "reference", "Ce n’est la référence d’aucune contribution appelée."))
        elif (first := ranks.setdefault(reference, rank)) != rank:
            faults.append((rank, "reference", f"Cette référence est déjà dite par le titre de rang {first}."))
        total = one.total if one else None
        said = faults_of_title(total=total, on=dates.day_of(at), **answer)
        faults += [(rank, name, says[0].upper() + says[1:]) for name, says in said]
    if faults:
        raise FaultyTitles(faults)
    return _write(programme, [(called[reference], answer) for reference, answer in titles], by=by, at=at)


def _called(programme: Programme, *, by: User, at: datetime) -> models.QuerySet[Contribution]:
    """Hold all that was called until its titles are written. Raises Refused."""
    on = dates.day_of(at)
    refuse(why_not_call(by, programme.lead(), year=on.year, on=on))
    return Contribution.objects.select_for_update(of=("self",)).filter(agreement__programme=programme)


def _write(
    programme: Programme, answers: Sequence[tuple[Contribution, dict[str, Any]]], *, by: User, at: datetime
) -> int:
    changed = []
    for one, answer in answers:
        if any(getattr(one, name) != value for name, value in answer.items()):
            for name, value in answer.items():
                setattr(one, name, value)
            one.read_at = at
            changed.append(one)
    if changed:
        Contribution.objects.bulk_update(changed, [*sheets.ANSWERS, "read_at"], batch_size=500)
        journal.record("contributions.read_back", programme.lead(), by=by, at=at, lines=len(changed))
    return len(changed)
