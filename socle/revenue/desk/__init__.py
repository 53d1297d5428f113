"""The screens of contributions, of the accessory share and of what operators owe each other."""

from socle.provisioning.desk import Desk

DESK = Desk(
    urls="socle.revenue.desk.urls.PATHS",
)
