"""Tripartite agreements of a beneficiary with the operators, and their register. Not the services that follow."""
