"""The screens of what operators propose to the sites."""

from socle.provisioning.desk import Desk

DESK = Desk(
    urls="socle.syndication.desk.urls.PATHS",
    lists=("socle.syndication.desk.views.SHARES",),
)
