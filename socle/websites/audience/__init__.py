"""How many pages of a site are read, counted from the lines of the web server in front: pages, never people."""
