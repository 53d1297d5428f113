"""How long personal data is kept, by rule, and the proof that it was let go.

Each room does its own erasing; the table of rules is in config/retention.py, since it knows every room.
"""
