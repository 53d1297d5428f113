"""The listing of a commune on its site: associations, businesses, schools, venues, typed or read from a spreadsheet."""
