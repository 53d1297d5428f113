"""How days and hours are written where no template of ours says it: Wagtail's lists and histories."""
