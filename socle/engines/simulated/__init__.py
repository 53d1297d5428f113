"""Twins of the engines to come: state and ledger in the database, « simulé » wherever they show. Not real services."""
