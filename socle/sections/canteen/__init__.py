"""The menus of the canteen on a site: a page for each week, typed or joined as a document."""
