"""The official papers of an agreement, the latest of each kind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from socle.agreements import proof
from socle.agreements.models import Agreement, Notification, Status
from socle.documents import actions as documents
from socle.documents.models import Document
from socle.documents.official import Mention, Official

PAGES = Mention("Numéro de page", r"Page 1 sur \d+")
EMPOWERED = Mention("Acte qui habilite", r"qu’habilite (?:l’article \d+ de )?la délibération", "CGCT, L. 2131-1")
PARTIES = Mention("Parties dénommées", r"ci-après dénommé")
PERIOD = Mention("Prise d’effet et durée", r"pour une durée de \d+ mois")
VAT = Mention("Régime de TVA", r"TVA", "CGI, 256 B", is_read=False)
PROCESSING = Mention("Sous-traitant, instruction, violation", r"informe immédiatement", "RGPD, 28, 3")
LIABLE = Mention("Responsabilité entière des sous-traitants ultérieurs", r"pleinement responsable", "RGPD, 28, 4")
# What article 28, 3 wants of a contract with a processor, and where each is.
ARTICLE_28 = tuple(
    Mention(what, pattern, "RGPD, 28, 3")
    for what, pattern in (
        ("Objet, durée, nature du traitement", r"La nature du traitement comprend .* Le traitement dure"),
        ("Finalités", r"Finalités\s:"),
        ("Types de données", r"Catégories de données\s:"),
        ("Personnes concernées", r"Personnes concernées\s:"),
        ("Instruction documentée (a)", r"que sur instruction documentée"),
        ("Confidentialité (b)", r"s’engagent à la confidentialité"),
        ("Sécurité (c)", r"mesures de sécurité de l’article 32"),
        ("Sous-traitants ultérieurs (d)", r"ne recourt à un autre sous-traitant que"),
        ("Aide aux droits des personnes (e)", r"aide le bénéficiaire à répondre aux demandes des personnes"),
        ("Aide aux articles 32 à 36 (f)", r"respecter les articles 32 à 36"),
        ("Restitution et suppression (g)", r"restitue puis supprime les données"),
        ("Audits (h)", r"permet la réalisation d’audits"),
    )
)
AMENDED = Mention("Convention modifiée", r"Avenant n° \d+ à la convention n°")
SIGNED = Mention("Pour qui l’on signe", r"Pour (?:le|la|l’)")
DAY = Mention("Date", r"[Ll]e \d+(?:er)? \w+ \d{4}")
WHO_SIGNS = "le bénéficiaire, le centre de gestion, le syndicat"
OF_THE_TYPE = ("durée", "préavis", "réversibilité", "prix", "régime de TVA")


def _read(document: Document | None) -> bytes | None:
    return documents.read(document) if document is not None else None


def _latest(**among: object) -> Agreement | None:
    printed = Agreement.every.filter(round__isnull=False, beneficiary__isnull=False, **among)
    return printed.select_related("round__original", "committee_print", "text").order_by("-pk").first()


def _agreement(at: datetime) -> bytes | None:
    # What leaves today says its version: one of an older text has not these mentions.
    found = _latest(amends=None, text__version__gte="2026-12-02")
    return _read(found.round.original) if found and found.round else None


def _amendment(at: datetime) -> bytes | None:
    found = _latest(amends__isnull=False)
    return _read(found.round.original) if found and found.round else None


def _for_the_committee(at: datetime) -> bytes | None:
    found = _latest(committee_print__isnull=False)
    return _read(found.committee_print) if found else None


def _proof(at: datetime) -> bytes | None:
    found = Agreement.every.filter(status=Status.SIGNED, round__isnull=False).order_by("-pk").first()
    return proof.compose(found, at=at) if found else None


def _letter(kind: Notification.Kind) -> Callable[[datetime], bytes | None]:
    def made(at: datetime) -> bytes | None:
        found = Notification.objects.filter(kind=kind).select_related("document").first()
        return _read(found.document) if found else None

    return made


def _notification(kind: Notification.Kind, *mentions: Mention, parameters: tuple[str, ...] = ()) -> Official:
    name = f"{kind.label[:1].upper()}{kind.label[1:]}, lettre"
    code = f"courrier-{kind.value}".replace("_", "-")
    who = "la présidence du syndicat, à la main"
    return Official(code, name, who, (PAGES, DAY, SIGNED, *mentions), _letter(kind), parameters)


PAPERS = (
    Official(
        "convention",
        "Convention tripartite",
        WHO_SIGNS,
        (PAGES, PARTIES, EMPOWERED, PERIOD, VAT, PROCESSING, LIABLE, *ARTICLE_28),
        _agreement,
        OF_THE_TYPE,
    ),
    Official("avenant", "Avenant", WHO_SIGNS, (PAGES, PARTIES, AMENDED), _amendment),
    Official(
        "convention-a-deliberer",
        "Document imprimé pour le comité syndical",
        "personne\u00a0: il se signe imprimé de nouveau, avec l’acte",
        (PAGES, PARTIES, Mention("Délibération à intervenir", r"délibération à intervenir")),
        _for_the_committee,
    ),
    Official(
        "preuve-de-convention",
        "Preuve d’une convention",
        "personne\u00a0: la plateforme l’établit",
        (PAGES, Mention("Résultat de la vérification", r"Résultat de la vérification")),
        _proof,
    ),
    _notification(Notification.Kind.CONCLUSION, Mention("Date d’effet", r"prend effet le \d+")),
    _notification(
        Notification.Kind.FORMAL_NOTICE, Mention("Délai", r"dans un délai de \d+ mois"), parameters=("délai",)
    ),
    _notification(
        Notification.Kind.TERMINATION, Mention("Date d’effet", r"prend effet le \d+"), parameters=("préavis",)
    ),
    _notification(
        Notification.Kind.SUSPENSION, Mention("Conditions du rétablissement", r"Conditions du rétablissement")
    ),
)
