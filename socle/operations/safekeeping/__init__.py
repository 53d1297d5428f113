"""Losing the platform and bringing it back: one instant of everything that lasts, saved elsewhere and restored.

Encryption, deduplication and checks are those of restic; ours are the instant (a database and its files that agree) and
the restoration (beside, verified, then swapped). What the beneficiaries' own machines save is another matter.
"""
