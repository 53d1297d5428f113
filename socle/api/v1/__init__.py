"""Version 1: each operation reads through the caller's access, or calls one action, as a screen does.

One module per noun. The order of these imports is that of the document.
"""

# isort: off
from socle.api.v1 import own, communes, beneficiaries, acts, agreements, contributions, installations
from socle.api.v1 import join_requests, journal, webhooks
from socle.api.v1.offering import METHODS, ROOT, api
# isort: on

__all__ = [
    "METHODS",
    "ROOT",
    "acts",
    "agreements",
    "api",
    "beneficiaries",
    "communes",
    "contributions",
    "installations",
    "join_requests",
    "journal",
    "own",
    "webhooks",
]
