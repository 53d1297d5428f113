"""The mail of the communes: domains, boxes, aliases, who opens them. Not the servers that carry it: engines do."""
