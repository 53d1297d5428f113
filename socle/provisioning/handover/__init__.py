"""Leaving with all one's data: one archive of everything a beneficiary wrote, made by the worker, in open formats."""
