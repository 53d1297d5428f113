"""Finding a page of a site: an index published with the site, which the reader's own browser searches.

A site is files, and its search must be too: it answers while the platform is stopped, and nobody learns what an
inhabitant looked for. Without a script, the platform answers at `/_/recherche/` from the same index, more plainly
(`ranking.py`).
"""
