"""Upkeep of a site: links that lead nowhere any more, pages nobody has read again, facts to confirm."""
