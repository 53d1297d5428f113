"""The names that a commune gives to its site: asked for, served, made the main one; the former ones that lead to it."""
