"""The collection of waste on a site: rounds, moved days, drop-off points, and their calendars."""
