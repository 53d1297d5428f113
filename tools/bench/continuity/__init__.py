"""`make bench-continuity`: mail, calendars and files at the size of a programme, beside the same engines by hand.

One installation on PostgreSQL holds it all: so many communes equipped, five boxes, 200 events and 100 files each. What
is measured of our servers is measured in turn, in the same run, of Postfix and Dovecot with maps written by hand, of
Radicale with its own storage, and of WsgiDAV with its own provider, over the same boxes, events and files.
"""
