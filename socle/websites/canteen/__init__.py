"""The menus of the canteen: written week by week or taken from a file, shown until they are over, given to others."""
