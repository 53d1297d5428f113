"""Asks people to sign a document, in order, and keeps the proof. Not what the document binds them to.

What signs or verifies imports pyHanko: a verb imports it when it is asked for, since each process that starts would
wait half a second for it.
"""
