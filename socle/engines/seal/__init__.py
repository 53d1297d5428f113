"""The operator's seal, and the authorities that prove its time and its validity; not the twin of a demonstration."""
