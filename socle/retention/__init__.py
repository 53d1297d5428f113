"""How long personal data is kept, by rule, and the proof that it was let go.

Each room declares its rules, and does its own erasing.
"""
