"""The gallery of a site: albums made of many photographs at once, described one by one, ordered, shown as pages."""
