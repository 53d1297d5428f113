"""Grants: schemes, operations and their partners, expenses with evidence, claims and what is paid; not the receipts."""
