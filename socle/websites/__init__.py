"""The public sites of the communes: their pages, their editor, the guard between communes. Not the platform's own pages."""
