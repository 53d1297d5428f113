"""Procedures of a commune: the answers that the platform brings to what is asked, and what each mairie adds."""
