"""Mutation testing: small mistakes made on purpose in the rules, to see whether a test fails. `make mutants`."""
