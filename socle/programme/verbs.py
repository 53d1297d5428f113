"""The verbs that this room writes in the journal, and their French words."""

VERBS: dict[str, str] = {
    "assessment.kept": "Rangs des communes établis",
    "programme.loaded": "Programme chargé",
}
