"""Import of the site a commune had: read from an export or the site itself, shown, kept as drafts.

Nothing of it is ever published by the import, and nothing is written before someone has seen what was found.
"""
