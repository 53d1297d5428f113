"""Receipts of an operator and its share of accessory activity; contributions called. It issues no title, no invoice."""
