"""The accessibility of the sites: the results of audits made elsewhere, the multi-year plan, the statement computed."""
