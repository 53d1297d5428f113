"""The editor of the sites: Wagtail's own, closed except to the people of the active beneficiary, on their own site."""
