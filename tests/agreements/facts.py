"""An agreement's facts, as a real file would give them, without a database."""

from __future__ import annotations

from socle.agreements.deeds import ActFacts, PartyFacts
from socle.agreements.document import AgreementDocument, ProcessingFacts, ServiceFacts

SOCLE = "Socle numérique de base, dans le prolongement de l’article L. 1425-1 du CGCT (délibération n° 2021-16)"
NAMES = {
    "site-internet": "Site internet de la commune",
    "messagerie": "Messagerie de la mairie",
    "agendas": "Agendas et contacts partagés",
    "fichiers": "Dossier partagé de la mairie",
    "sauvegardes": "Sauvegarde des données",
}
LEAD = "Syndicat mixte Nord – Pas-de-Calais Numérique"


def act(body: str, number: str, subject: str, **changes) -> ActFacts:
    days = {
        "adopted_on": "3\u00a0mars\u00a02026",
        "received_on": "4\u00a0mars\u00a02026",
        "published_on": "5\u00a0mars\u00a02026",
        "executory_on": "5\u00a0mars\u00a02026",
    }
    return ActFacts(body=body, number=number, subject=subject, **(days | changes))


def party(kind: str, name: str, **changes) -> PartyFacts:
    given = {
        "legal_form": "commune",
        "siret": "215\u00a0904\u00a0749\u00a000010",
        "seat": "Mairie, 59550 Prisches",
        "representative": "Camille Exemple",
        "quality": "maire",
        "act": act("conseil municipal", "2026-07", "Convention tripartite « Pack Mairies Connectées »"),
    }
    return PartyFacts(kind=kind, name=name, **(given | changes))


def agreement(**changes) -> AgreementDocument:
    given = {
        "number": "PMC-2026-0001",
        "title": "Convention n°\u00a0PMC-2026-0001",
        "programme": "Pack Mairies Connectées",
        "priority_below": "1\u202f000",
        "parties": (
            party("beneficiary", "Commune de Prisches"),
            party(
                "cdg",
                "Centre de gestion du Nord",
                legal_form="centre de gestion de la fonction publique territoriale",
                siret="999\u00a0999\u00a0907\u00a000010",
                seat="département du Nord (siège à préciser)",
                representative="Dominique Fictif",
                quality="présidente du centre de gestion",
                act=act("conseil d’administration", "DEMO-2022-01", "Partenariat", is_fictitious=True),
                is_siret_fictitious=True,
            ),
            party(
                "lead",
                LEAD,
                legal_form="syndicat mixte ouvert",
                siret="200\u00a0039\u00a0386\u00a000038",
                seat="Arras",
                representative="Claude Modèle",
                quality="président du syndicat mixte",
                act=act(
                    "comité syndical",
                    "2021-16",
                    "Approbation du projet Pack Mairies Connectées et des modalités de sa mise en œuvre",
                    adopted_on="23\u00a0novembre\u00a02021",
                ),
            ),
        ),
        "services": tuple(
            ServiceFacts(code, name, "Un service complet dès le premier jour, que la mairie tient à jour.", SOCLE, LEAD)
            for code, name in NAMES.items()
        ),
        "processings": tuple(
            ProcessingFacts(
                name,
                "échanger des messages pour le service public communal",
                "identité, coordonnées, contenu et dates des messages",
                "agentes et agents, élues et élus, correspondantes et correspondants",
                "durée de la convention, puis remise à la commune",
                LEAD,
                ("Syndicat mixte Somme Numérique",),
            )
            for name in NAMES.values()
        ),
        "price": "240,00\u00a0€",
        "vat_regime": "TVA non précisée par l’acte fondateur",
        "price_note": "Montant fictif de démonstration.",
        "term_months": 36,
        "model_name": "convention-tripartite",
        "model_title": "Convention tripartite d’équipement numérique",
        "model_version": "2026-11-25",
        "model_version_in_words": "25\u00a0novembre\u00a02026",
        "is_demonstration": True,
        "support": "Syndicat mixte Somme Numérique",
        "drafted_on": "25\u00a0novembre\u00a02026",
        "drafted_day": "2026-11-25",
        "visas": ("Vu la délibération n°\u00a02021-16 du comité syndical du 23\u00a0novembre\u00a02021\u00a0;",),
    }
    return AgreementDocument(**(given | changes))
