"""Deeds and parties as a document tells them: who signs, on the strength of which act, which article approves what."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from socle.deliberations.models import Act, Approval
from socle.documents import tree
from socle.lib import dates
from socle.lib.text import in_sentence, is_feminine, town_of

# What stands in the reading page of a draft for what is not known yet. It is never printed for signature.
TO_COMPLETE = "[à compléter]"
ASSEMBLIES = {
    "beneficiary": "assemblée délibérante",
    "cdg": "conseil d’administration",
    "technical_support": "comité syndical",
    "lead": "comité syndical",
}
CALLED = {
    "beneficiary": "le bénéficiaire",
    "cdg": "le centre de gestion",
    "technical_support": "l’appui technique",
    "lead": "le syndicat",
}


@dataclass(frozen=True)
class ActFacts:
    """The deed that empowers a signatory. Days are in words; one that is not known is empty.

    `article` is the one that delegates, or approves the document. A deed that is to come `approves` the document
    itself, once it is printed: it has no number there.
    """

    body: str
    number: str
    subject: str
    adopted_on: str
    received_on: str = ""
    published_on: str = ""
    executory_on: str = ""
    not_transmissible_because: str = ""
    is_fictitious: bool = False
    article: str = ""
    approves: str = ""

    @property
    def name(self) -> str:
        """« délibération n° 2021-16 du comité syndical du 23 novembre 2021 »."""
        if self.approves:
            return f"délibération à intervenir {_of_body(self.body)}, qui approuve {self.approves}"
        return f"délibération n°\u00a0{self.number} {_of_body(self.body)} du {self.adopted_on}"

    @property
    def sentence(self) -> str:
        """The act, then its road to the prefecture and to the public."""
        road = []
        if self.not_transmissible_because:
            road.append(f"non soumise à transmission ({self.not_transmissible_because})")
        elif self.received_on:
            road.append(f"reçue en préfecture le {self.received_on}")
        if self.published_on:
            road.append(f"publiée le {self.published_on}")
        if self.executory_on:
            road.append(f"exécutoire le {self.executory_on}")
        return ", ".join([self.name, *road]) + (" (acte fictif de démonstration)" if self.is_fictitious else "")


@dataclass(frozen=True)
class PartyFacts:
    """One party as the document names it; `siret` is spaced as people read it."""

    kind: str
    name: str
    legal_form: str
    siret: str
    seat: str
    representative: str
    quality: str
    act: ActFacts
    is_siret_fictitious: bool = False
    # The name of its place to sign; its kind where that is its own.
    field: str = ""

    @property
    def called(self) -> str:
        return CALLED[self.kind]

    @property
    def opening(self) -> str:
        """Its name at the head of a sentence, with its article: « La commune de Prisches »."""
        name = in_sentence(self.name)
        return name[:1].upper() + name[1:]

    @property
    def description(self) -> str:
        """Return the words after the name of a party, which agree with it; a commune needs no other legal form."""
        e = "e" if is_feminine(self.name) else ""
        # « Commune de Prisches, commune » says it twice.
        says_more = self.legal_form and self.legal_form.split()[0].lower() not in self.name.lower().split()
        of_article = f"l’article {self.act.article} de " if self.act.article else ""
        pieces = [
            self.legal_form if says_more else "",
            _seated(self.seat),
            f"SIRET\u00a0{self.siret}{' (numéro fictif de démonstration)' if self.is_siret_fictitious else ''}",
            f"représenté{e} par {self.representative}, {self.quality[:1].lower() + self.quality[1:]}",
            f"qu’habilite {of_article}la {self.act.sentence}",
            f"ci-après dénommé{e} «\u00a0{self.called}\u00a0»",
        ]
        return ", ".join(piece for piece in pieces if piece)


def grounds_in_words(cited: Sequence[tuple[ActFacts | None, str, str]], *, body: str) -> Iterator[str]:
    """The visas of these (act, article, what it does): an act once, with all its articles; one not known, in its place.

    « Vu la délibération n° 2021-16 …, dont l’article 5 approuve le modèle … et l’article 7 délègue la signature ; »
    """
    acts: dict[ActFacts, dict[str, list[str]]] = {}
    for act, article, does in cited:
        given = act or ActFacts(body, number=TO_COMPLETE, subject="", adopted_on=TO_COMPLETE)
        acts.setdefault(given, {}).setdefault(article or TO_COMPLETE, []).append(does)
    for act, articles in acts.items():
        said = " et ".join(f"l’article {number} {' et '.join(what)}" for number, what in articles.items())
        yield f"Vu la {act.name}{_about(act)}, dont {said}\u00a0;"


def approval_in_words(approval: Approval) -> str:
    """« l’article 5 de la délibération n° 2021-16 du comité syndical du 23 novembre 2021 »."""
    fictitious = " (approbation fictive de démonstration)" if approval.is_fictitious else ""
    return f"l’article {approval.article.number} de la {facts_of(approval.article.act).name}{fictitious}"


def approves_model(of: str = "de la présente convention", *, is_fictitious: bool = False) -> str:
    """The words for an article that approves the model of this."""
    return f"approuve le modèle {of}" + (" (approbation fictive de démonstration)" if is_fictitious else "")


def approves_document(*, is_amendment: bool) -> str:
    """The words for an article that approves the document itself."""
    return f"approuve {'le présent avenant' if is_amendment else 'la présente convention'}"


def deed_to_come(body: str, *, is_amendment: bool) -> ActFacts:
    """The deed by which an assembly approves a document once it is printed: it has no number yet."""
    return ActFacts(body, "", "", "", approves="le présent avenant" if is_amendment else "la présente convention")


def facts_of(act: Act) -> ActFacts:
    """The deed as a document tells it. A publication invented for a demonstration is not told of a real act."""
    tells = not act.is_publication_fictitious
    return ActFacts(
        body=act.body,
        number=act.number,
        subject=tree.typography(act.subject),
        adopted_on=dates.in_words(act.adopted_on),
        received_on=dates.in_words(act.received_on) if act.received_on else "",
        published_on=dates.in_words(act.published_on) if act.published_on and tells else "",
        executory_on=dates.in_words(act.executory_on) if act.executory_on and tells else "",
        not_transmissible_because=act.not_transmissible_because,
        is_fictitious=act.is_fictitious,
    )


def visa(act: ActFacts) -> str:
    """« Vu la délibération n° … ; »."""
    return f"Vu la {act.name}{_about(act)}\u00a0;"


def _seated(seat: str) -> str:
    """« dont le siège est situé 16 rue Haute, 59550 Prisches », « … situé à Arras », or the address after a colon."""
    if not seat:
        return ""
    if re.match(r"\d", seat):
        return f"dont le siège est situé {seat}"
    is_town = re.search(r"\d", seat) is None and town_of(seat)
    return f"dont le siège est situé à {seat}" if is_town else f"dont le siège est à l’adresse suivante\u00a0: {seat}"


def _of_body(body: str) -> str:
    """« du conseil municipal », « de l’assemblée générale »; a name we cannot decline stands between brackets."""
    first = body.split(" ", 1)[0].lower()
    if first in ("conseil", "comité", "bureau", "directoire"):
        return f"du {body}"
    if first == "assemblée":
        return f"de l’{body}"
    return f"({body})"


def _about(act: ActFacts) -> str:
    return f", portant «\u00a0{act.subject}\u00a0»" if act.subject else ""
