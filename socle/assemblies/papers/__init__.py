"""The papers of a meeting as PDFs: convocation, extract of the register, list of deliberations, minutes, register.

Each is a tree of inert words set by one layout. Whoever must sign them signs by hand, or by a certificate of their own
(CRPA, L. 212-3): never by a click here.
"""

from __future__ import annotations

from socle.assemblies.papers.register import register as register
from socle.assemblies.papers.session import convocation as convocation
from socle.assemblies.papers.session import extract as extract
from socle.assemblies.papers.session import list_of as list_of
from socle.assemblies.papers.session import minutes as minutes
from socle.assemblies.papers.session import posting_certificate as posting_certificate
from socle.assemblies.papers.words import attendance_table as attendance_table
