"""The accessibility of the sites: the criteria of the RGAA, audits kept one by one, the statement computed."""
