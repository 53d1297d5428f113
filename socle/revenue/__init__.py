"""Receipts of an operator, and the share of accessory activity in them. It issues no title and no invoice."""
