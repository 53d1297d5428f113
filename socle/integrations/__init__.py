"""The programs of others: the tokens by which they ask us, the webhooks by which we tell them. Not the engines.

Two doors manage them with the same words, so that what they draw in common (`forms.py`, a few fragments) is here.
"""
