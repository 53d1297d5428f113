"""The dated notices of a site: works, jobs, public tenders, public inquiries; each leaves the list after its day."""
