"""Pages of the sites seen per month, counted from the lines of the web server in front: pages, never people."""
