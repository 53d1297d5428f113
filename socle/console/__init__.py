"""The operators' door: their screens. No rule and no model lives here."""
