"""An agreement printed for the committee, then again with the act that approves it: both texts, line by line.

The approval is of the first print. It holds for the second as long as the two differ by nothing but the deed, cited as
to come and then by its number, and the day of the print.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from socle.agreements.deeds import approves_document, deed_to_come, facts_of, grounds_in_words, visa
from socle.agreements.document import BLOCKS, AgreementDocument, build, sheet_lines
from socle.agreements.models import Agreement, Party, Status
from socle.documents import differences, tree
from socle.documents.differences import Change
from socle.lib import dates


def words_of(data: AgreementDocument, text_body: str) -> str:
    """All that a document says, a line for each title, paragraph, item, row. Raises `Refused` as the print does."""
    return "\n".join(line for line in _lines(data, text_body) if line.strip())


def _lines(data: AgreementDocument, text_body: str) -> Iterator[str]:
    yield f"{data.title}, {_printed_on(data.drafted_on)}"
    for mention in data.mentions:
        yield from mention.lines
    for node in tree.fill(tree.parse(text_body, blocks=BLOCKS), data.variables()).nodes:
        if node.kind == "block":
            yield from _block(node.name, data)
        elif node.kind == "list":
            yield from ("".join(span.text for span in item) for item in node.items)
        else:
            marks = "#" * node.level + " " if node.kind == "heading" else ""
            yield marks + "".join(span.text for span in node.spans)


def _block(name: str, data: AgreementDocument) -> Iterator[str]:
    if name == "parties":
        yield from (f"{party.opening}, {party.description}" for party in data.parties)
    elif name == "visas":
        yield from data.visas
    elif name == "changes":
        yield from (" | ".join(change) for change in data.changes)
    elif name == "services":
        rows = ((one.name, one.summary, one.provided_by, one.legal_basis) for one in data.services)
        yield from (" | ".join(row) for row in rows)
    elif name == "rgpd":
        for sheet in data.processings:
            yield sheet.service
            yield from (f"{label}\u00a0: {value}" for label, value in sheet_lines(sheet))
    else:
        yield from (f"{party.name}, {party.representative}, {party.quality}" for party in data.parties)


def _printed_on(day: str) -> str:
    return f"imprimé le {day}"


def why_not_same(agreement: Agreement, facts: AgreementDocument, *, on: date) -> str | None:
    """Say in French what else than the deed and the day changed since the print that the committee read, or None."""
    others = differences.compare(_expected(agreement, on=on), words_of(facts, agreement.text.body))
    if not others:
        return None
    where = dict.fromkeys(change.heading or "en tête" for change in others)
    return (
        "Autre chose que la délibération et le jour a changé depuis le document que le comité syndical a approuvé ("
        f"{', '.join(where)})\u00a0: son acte ne vaut pas pour ces mots. Rétablissez ce qui a changé, ou reprenez le "
        "projet et faites délibérer le comité sur ce qui sera imprimé."
    )


def _expected(agreement: Agreement, *, on: date) -> str:
    """The words of the first print, with the act that approves it where it was to come, and the day of this one."""
    article, first = agreement.committee_article, agreement.committee_print
    assert article is not None
    assert first is not None
    act, is_amendment = facts_of(article.act), agreement.amends_id is not None
    lead = agreement.parties.select_related("act").get(kind=Party.Kind.LEAD)
    come = deed_to_come(lead.act.body if lead.act else act.body, is_amendment=is_amendment)
    does = approves_document(is_amendment=is_amendment)
    title, _, rest = agreement.committee_words.partition("\n")
    rest = rest.replace(visa(come), next(grounds_in_words([(act, str(article.number), does)], body="")))
    rest = rest.replace(
        f"qu’habilite la {come.sentence}", f"qu’habilite l’article {article.number} de la {act.sentence}"
    )
    before, after = (_printed_on(dates.in_words(day)) for day in (dates.day_of(first.kept_at), on))
    return f"{title.replace(before, after)}\n{rest}"


def changes_since(agreement: Agreement) -> list[Change]:
    """The changes from the print that the committee read to the one that is to be signed; of any other, none."""
    if agreement.committee_article is None or agreement.round is None or agreement.status != Status.READY:
        return []
    printed = words_of(build(agreement, at=agreement.round.opened_at), agreement.text.body)
    return differences.compare(agreement.committee_words, printed)
