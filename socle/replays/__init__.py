"""Proofs anybody runs again (`socle replay`): the founding act counted from its text, a fictitious grant played."""
