"""The commune's door: its screens. No rule and no model lives here."""
