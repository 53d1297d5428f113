"""The sites as files: written when something is published, renewed when what they show changes, swapped at once."""
