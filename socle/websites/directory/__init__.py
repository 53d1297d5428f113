"""The directory of a commune on its site: its associations and its businesses, typed or taken from a spreadsheet."""
