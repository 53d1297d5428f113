"""The public sites of the communes: pages, editor, the guard between communes. Not the platform's own pages."""
