"""Who did what, to which thing, when: written once, never edited, chained by hash. Not a log of technical events."""
