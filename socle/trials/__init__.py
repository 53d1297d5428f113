"""Servers that stand in for an operator's own, beside a demonstration and in tests: none serves in production."""
