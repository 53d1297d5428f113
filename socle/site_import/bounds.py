"""How much of a former site is read, how fast, and how long: what keeps an import from being an attack.

The sites of small communes hold a few hundred pages; these bounds are wide, and a sentence says when one is reached.
"""

# An export is text: 50 MB is what the antivirus reads at most (socle.documents.rules).
MOST_FILE = 50 * 1024 * 1024
# Things of all natures taken from one source.
MOST_ITEMS = 5000
# Addresses read on a former site, one by one.
MOST_PAGES = 500
MOST_SITEMAPS = 50
MOST_REDIRECTS = 4
# Bytes of one answer: a map, a page, an image or a document.
MOST_MAP = 5 * 1024 * 1024
MOST_PAGE = 3 * 1024 * 1024
MOST_MEDIA = 20 * 1024 * 1024
# Seconds for one answer.
PATIENCE, MEDIA_PATIENCE = 15.0, 60.0
# Seconds between two requests to a former site, and what its robots.txt may ask at most.
DELAY, LONGEST_DELAY = 1.0, 10.0
# Signs of one text, longer than any page a person reads; levels of pages under pages.
MOST_TEXT = 400_000
MOST_DEPTH = 4
# The name under which we ask, which a robots.txt may refuse.
AGENT = "Socle"
