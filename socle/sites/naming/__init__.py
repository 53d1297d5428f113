"""The commune's own name: asked for, explained until the DNS is right, served, and the former ones that lead to it."""
