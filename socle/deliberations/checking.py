"""Says of the acts of a body what is late, what contradicts itself, and which file is not the one that was kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from socle.deliberations import deadlines
from socle.deliberations.contract import publisher
from socle.deliberations.models import Act, PublicationChoice
from socle.deliberations.numbering import normalise
from socle.deliberations.rules import choices_of, mode_among, why_not_vote
from socle.documents import actions as documents
from socle.lib import dates
from socle.lib.refusals import Refused
from socle.people.models import Beneficiary, Operator


@dataclass(frozen=True)
class Finding:
    """One thing to mend, in a French sentence, and the act that it is about."""

    act: str
    says: str


def examine(body: Beneficiary | Operator, *, on: date, with_files: bool = True) -> Iterator[Finding]:
    """Give what is late, contradictory or altered of the acts of this body, the oldest act first."""
    served = publisher().served(body.pk) if isinstance(body, Beneficiary) else {}
    choices = choices_of(body)
    acts = Act.of(body).select_related("document").order_by("adopted_on", "pk")
    numbers = Counter(normalise(number) for number in acts.order_by().values_list("number", flat=True))
    for act in acts.iterator(chunk_size=500):
        said = [*_lacking(act, on=on), *_contradicting(act, choices, on=on)]
        if numbers[normalise(act.number)] > 1:
            said.append("Un autre acte a le même numéro une fois transmis\u00a0: corrigez l’un des deux.")
        if with_files:
            said += _altered(act, served)
        yield from (Finding(act.name, sentence) for sentence in said)


def _lacking(act: Act, *, on: date) -> Iterator[str]:
    if not act.is_qualified:
        yield "Dites ce qu’il est."
    if act.kind == Act.Kind.LIST and (late := deadlines.of_list(act.adopted_on).why_late(act.published_on, on=on)):
        yield late
    if act.put_online_at is not None and not act.author:
        yield "Le public le lit sans son auteur ou son autrice\u00a0: dites-le."
    if act.is_telling or act.executory_on is not None:
        return
    it, e = ("elle", "e") if act.is_feminine else ("il", "")
    known = f"notifié{e}" if act.kind in Act.HELD_BACK else f"publié{e}"
    missing = [
        f"n’est pas {known}" if act.known_on is None else "",
        f"n’est pas reçu{e} en préfecture" if act.received_on is None and not act.not_transmissible_because else "",
    ]
    told = f"{act.adopted_words} {dates.in_words(act.adopted_on)}, {it} {' et '.join(filter(None, missing))}"
    yield f"{told}\u00a0: pas exécutoire."


def _contradicting(act: Act, choices: list[PublicationChoice], *, on: date) -> Iterator[str]:
    it, e = ("Elle", "e") if act.is_feminine else ("Il", "")
    for what, day in (
        (f"reçu{e} en préfecture", act.received_on),
        (f"publié{e}", act.published_on),
        (f"notifié{e}", act.notified_on),
    ):
        if day is not None and day < act.adopted_on:
            yield f"{it} serait {what} avant d’être adopté{e}\u00a0: vérifiez les deux dates."
        if day is not None and day > on:
            yield f"{it} serait {what} le {dates.in_words(day)}, qui n’est pas encore venu."
    if act.received_on is not None and act.not_transmissible_because:
        yield f"{it} est reçu{e} en préfecture, et dit{e} non transmissible."
    if (vote := act.vote) and (reason := why_not_vote(vote)):
        yield reason
    if act.published_on is not None and act.mode in (Act.Mode.POSTED, Act.Mode.PAPER):
        wanted = mode_among(choices, act.published_on)
        if wanted != act.mode:
            yield (
                f"Il est publié par un autre mode ({act.get_mode_display()}) que celui qui valait ce jour-là "
                f"({wanted.label}\u00a0; CGCT, art. L. 2131-1)."
            )


def _altered(act: Act, served: dict[str, str]) -> Iterator[str]:
    if act.document is None:
        return
    try:
        documents.read(act.document)
    except Refused as refusal:
        yield refusal.sentence
    if act.put_online_at is None or act.is_held_back:
        return
    there = served.get(publisher().path_of(act))
    if there is None:
        yield "La plateforme l’a mis en ligne, et le site ne le sert plus\u00a0: publiez le site de nouveau."
    elif there != act.online_sha256:
        yield "Le site sert un autre fichier que celui qui fut mis en ligne\u00a0: publiez le site de nouveau."
