"""French names of the facts of a journal line, and which of them a screen may show."""

from __future__ import annotations

from socle.journal.models import Entry
from socle.journal.verbs import label_of

# What a fact is called. Facts that are not here are kept in the journal and shown to nobody on a screen: an operator
# who sees no money never meets an amount because someone forgot to hide it.
FACTS: dict[str, str] = {
    "helper": "en assistance, pour",
    "number": "n°",
    "reference": "référence",
    "agreement": "convention",
    "operator": "opérateur",
    "service": "service",
    "services": "services",
    "party": "partie",
    "change": "étape",
    "proof": "preuve",
    "attempt": "essai n°",
    "adopted_on": "adopté le",
    "published_on": "publié le",
    "starts_on": "à partir du",
    "ends_on": "jusqu’au",
    "role": "fonction",
    "insee_code": "code INSEE",
    "domain": "nom de domaine",
    "siret": "SIRET",
    "name": "nom",
    "version": "version",
    "communes": "communes",
    "year": "millésime",
    "priority": "prioritaire",
    "merged": "fusionnées",
    "split": "rétablies",
    "lost": "sans successeur connu",
    "added": "nouvelles",
    "share": "part disparue ou vidée",
    "gesture": "geste",
    "section": "rubrique",
    "row": "ligne",
    "lines": "lignes",
    "refused": "refusées d’emblée",
    "failed": "en échec",
    "sha256": "empreinte",
    "prefix": "jeton",
    "scopes": "portées",
    "operation": "opération",
    "events": "événements",
    "event": "événement",
    "delivery": "envoi",
    "issuer": "fournisseur",
    "recognised": "personne reconnue",
    "reason": "motif",
    "rule": "règle",
    "list": "liste",
    "rows": "lignes",
    "format": "format",
    "signature": "virus",
    "audit": "audit",
    "proposed": "critères proposés",
    "criteria": "critères",
    "conforming": "critères respectés",
    "applicable": "critères applicables",
    "actions": "actions",
    "article": "article",
    "articles": "articles",
    "approves": "approuve",
}

# Codes that a person would not read, in French.
VALUES: dict[str, dict[str, str]] = {
    "party": {"beneficiary": "bénéficiaire", "cdg": "centre de gestion", "lead": "syndicat"},
    "approves": {"model": "un modèle", "agreement": "une convention", "application": "une demande de subvention"},
    "change": {"make": "créer", "suspend": "suspendre", "resume": "rouvrir", "create": "créer", "publish": "publier"},
    "priority": {"yes": "oui", "no": "non"},
    "recognised": {"in_person": "en personne", "phone": "par téléphone", "video": "en visioconférence"},
    "reason": {
        "lost": "appareil perdu ou cassé",
        "stolen": "appareil volé",
        "replaced": "appareil remplacé, codes égarés",
        "left": "départ qui n’a pas été préparé",
        "at_risk": "compte peut-être utilisé par quelqu’un d’autre",
        "on_request": "à la demande de la personne ou de son organisme",
        "by_mistake": "ouvert par erreur",
        "back": "retour de la personne",
        "safe": "le doute est levé",
        "closed_by_mistake": "fermé par erreur",
    },
    "list": {
        "audit": "qui a vu et fait quoi",
        "batches": "lots",
        "journal": "journal",
        "messages": "boîte d’envoi",
        "people": "personnes",
        "readings": "qui a vu quoi",
        "tokens": "jetons d’accès",
        "webhooks": "webhooks",
    },
    "role": {
        "secretary": "secrétaire de mairie",
        "mayor": "maire ou représentant légal",
        "deputy": "adjointe ou adjoint au maire",
        "councillor": "élue ou élu",
        "agent": "agente ou agent",
        "programme_officer": "chargé·e de programme",
        "technician": "technicien ou technicienne",
        "finance_officer": "responsable financier ou financière",
        "president": "président ou présidente du syndicat",
        "cdg_advisor": "conseiller ou conseillère du centre de gestion",
        "cdg_president": "président ou présidente du centre de gestion",
        "assembly_secretary": "secrétaire de l’assemblée",
        "controller": "contrôleur ou contrôleuse d’une subvention",
    },
}

# What a twin gives as a proof is an identifier of its own, which nobody can check.
OF_A_TWIN = "simulé:"
_SHORT = 60
_DIGEST = 12


def shown_facts(entry: Entry) -> dict[str, str]:
    """Return the facts of a line that may be shown, by French name, short enough to be read."""
    shown = {}
    for key, name in FACTS.items():
        value = entry.facts.get(key)
        if value in (None, "", []):
            continue
        if key == "proof" and str(value).startswith(OF_A_TWIN):
            continue
        if key in ("event", "events"):
            value = [label_of(str(one)) for one in (value if isinstance(value, list) else [value])]
        value = VALUES.get(key, {}).get(str(value), value)
        text = ", ".join(str(item) for item in value) if isinstance(value, list) else str(value)
        if key == "sha256":
            text = f"{text[:_DIGEST]}…"
        shown[name] = text if len(text) <= _SHORT else f"{text[: _SHORT - 1]}…"
    return shown


def detail(entry: Entry) -> str:
    """Return the facts of a line on one line: « service : messagerie, étape : make »."""
    return " ; ".join(f"{name} : {value}" for name, value in shown_facts(entry).items())


def shareable(entry: Entry) -> dict[str, object]:
    """Return the facts of a line that may leave in a file, whole, by their codes."""
    return {key: entry.facts[key] for key in FACTS if key in entry.facts}
