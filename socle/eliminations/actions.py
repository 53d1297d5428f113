"""Actions on a slip: prepared and printed, its visa noted, what it lists erased; and what was agreed once."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from django.db import transaction

from socle.documents import actions as documents
from socle.eliminations import paper, queries, rules
from socle.eliminations.models import Slip, SlipArticle, SlipRow, StandingAgreement, Status
from socle.journal import actions as journal
from socle.lib.dates import day_of, length_in_words
from socle.lib.refusals import Refused, refuse
from socle.lib.rows import held
from socle.lib.text import slug
from socle.people.models import Beneficiary, User


def prepare(beneficiary: Beneficiary, *, by: User, at: datetime) -> Slip:
    """Freeze what is at its term into a slip, printed and kept. Raises Refused; nothing is then written."""
    with documents.unless_refused():
        # Two at once are two turns: the second finds the slip of the first.
        Beneficiary.objects.select_for_update().get(pk=beneficiary.pk)
        found = queries.proposals(beneficiary, at=at)
        refuse(rules.why_not_prepare(len(found), queries.latest(beneficiary)))
        number = _new_number(beneficiary, day_of(at).year)
        articles = [
            (
                SlipArticle(
                    rule=one.rule.code,
                    what=one.rule.what[:200],
                    term=f"{length_in_words(one.rule.days or 0)} {one.rule.since}"[:200],
                    first_on=batch.first_on,
                    last_on=batch.last_on,
                    count=len(batch.rows),
                    files=batch.files,
                    size=batch.size,
                ),
                batch.rows,
            )
            for one in found
            for batch in one.batches
        ]
        for rank, (article, _) in enumerate(articles, 1):
            article.rank = rank
        content = paper.compose(beneficiary, number, [article for article, _ in articles], at=at)
        document = documents.keep(
            content,
            title=f"Bordereau d’élimination n°\u00a0{number}",
            filename=f"bordereau-elimination-{slug(beneficiary.name)}-{number}.pdf",
            by=by,
            at=at,
            beneficiary=beneficiary,
        )
        slip: Slip = Slip.objects.create(
            beneficiary=beneficiary, number=number, made_at=at, made_by=by, document=document
        )
        for article, rows in articles:
            article.slip = slip
            article.save(force_insert=True)
            SlipRow.objects.bulk_create((SlipRow(article=article, row=row) for row in rows), batch_size=500)
        journal.record("elimination.prepared", slip, by=by, at=at, number=number, rows=_count(slip))
    return slip


def _new_number(beneficiary: Beneficiary, year: int) -> str:
    return f"{year}-{Slip.objects.filter(beneficiary=beneficiary, number__startswith=f'{year}-').count() + 1:02d}"


def _count(slip: Slip) -> int:
    return SlipRow.objects.filter(article__slip=slip).count()


@transaction.atomic
def note_visa(
    slip: Slip,
    *,
    visa_on: date,
    visa_from: str,
    reference: str = "",
    refused: Collection[int] = (),
    by: User,
    at: datetime,
) -> Slip:
    """Note the visa that the slip came back with, and the articles, by rank, that it refuses. Raises Refused."""
    slip, visa_from = held(slip, "beneficiary"), " ".join(visa_from.split())
    ranks = set(slip.articles.values_list("rank", flat=True))
    refuse(
        rules.why_not_note_visa(slip, visa_on=visa_on, visa_from=visa_from, ranks=ranks, refused=refused, on=day_of(at))
    )
    slip.articles.filter(rank__in=refused).update(is_refused=True)
    slip.status, slip.visa_on, slip.visa_from = Status.VISAED, visa_on, visa_from
    slip.visa_reference = " ".join(reference.split())
    slip.save(update_fields=["status", "visa_on", "visa_from", "visa_reference"])
    journal.record("elimination.visa_noted", slip, by=by, at=at, number=slip.number, visa_on=visa_on.isoformat())
    return slip


@transaction.atomic
def erase(slip: Slip, *, by: User, at: datetime) -> Slip:
    """Erase what the slip lists, but for what was taken up again since; its articles stay. Raises Refused."""
    slip = held(slip, "beneficiary")
    articles = list(slip.articles.filter(is_refused=False))
    refuse(
        rules.why_not_erase(
            slip,
            wanted={one.rule for one in articles},
            agreements=queries.agreements(slip.beneficiary),
            on=day_of(at),
        )
    )
    known, erased = {one.code: one for one in queries.ended_by_slip()}, 0
    for article in articles:
        rule = known.get(article.rule)
        kept = rule.kept_as if rule is not None else None
        if rule is None or kept is None:
            raise Refused(
                f"L’article {article.rank} relève d’une règle qui n’existe plus\u00a0: abandonnez ce bordereau, et "
                "préparez-en un autre."
            )
        rows = list(SlipRow.objects.filter(article=article).values_list("row", flat=True))
        try:
            erased += kept.erase(slip.beneficiary_id, rows, rule.before(at))
        except OSError as error:
            raise Refused(
                "Une pièce jointe n’a pas pu être effacée\u00a0: rien d’autre n’est changé. Réessayez dans un instant."
            ) from error
    slip.status, slip.ended_at, slip.ended_by, slip.erased = Status.ERASED, at, by, erased
    slip.save(update_fields=["status", "ended_at", "ended_by", "erased"])
    journal.record("elimination.erased", slip, by=by, at=at, number=slip.number, rows=erased)
    return slip


@transaction.atomic
def withdraw(slip: Slip, *, by: User, at: datetime) -> Slip:
    """Give up a slip: nothing is erased, and what it listed may be proposed again. Raises Refused."""
    slip = held(slip, "beneficiary")
    refuse(rules.why_not_withdraw(slip))
    slip.status, slip.ended_at, slip.ended_by = Status.WITHDRAWN, at, by
    slip.save(update_fields=["status", "ended_at", "ended_by"])
    journal.record("elimination.withdrawn", slip, by=by, at=at, number=slip.number)
    return slip


@transaction.atomic
def note_agreement(
    beneficiary: Beneficiary,
    *,
    rule: str,
    service: str,
    reference: str,
    signed_on: date,
    ends_on: date | None = None,
    by: User,
    at: datetime,
) -> StandingAgreement:
    """Note what the archives agreed once for a kind of archives. Raises Refused."""
    service, reference = " ".join(service.split()), " ".join(reference.split())
    Beneficiary.objects.select_for_update().get(pk=beneficiary.pk)
    refuse(
        rules.why_not_agree(
            queries.agreements(beneficiary),
            rule=rule,
            rules={one.code for one in queries.ended_by_slip()},
            service=service,
            reference=reference,
            signed_on=signed_on,
            ends_on=ends_on,
            on=day_of(at),
        )
    )
    made: StandingAgreement = StandingAgreement.objects.create(
        beneficiary=beneficiary,
        rule=rule,
        service=service,
        reference=reference,
        signed_on=signed_on,
        ends_on=ends_on,
        noted_at=at,
        noted_by=by,
    )
    journal.record("elimination.agreement_noted", made, by=by, at=at, rule=rule)
    return made


@transaction.atomic
def end_agreement(agreement: StandingAgreement, *, by: User, at: datetime) -> StandingAgreement:
    """End an agreement: the next slips want a visa again. Raises Refused."""
    agreement = StandingAgreement.objects.select_for_update().get(pk=agreement.pk)
    refuse(rules.why_not_end_agreement(agreement))
    agreement.ended_at = at
    agreement.save(update_fields=["ended_at"])
    journal.record("elimination.agreement_ended", agreement, by=by, at=at, rule=agreement.rule)
    return agreement
