"""Receipts of an operator and its share of accessory activity, costs behind its prices, contributions called, yearly
reckonings between operators. It issues no title, no invoice.
"""
