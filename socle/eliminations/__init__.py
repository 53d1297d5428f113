"""Public archives that end by a slip: proposed at their term, visaed by the archives, erased with their trace.

Not the data that goes by itself: that is `retention`.
"""
