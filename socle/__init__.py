"""Socle: an open platform with which a public digital operator equips its small communes."""

__version__ = "0.2.0.dev0"
