"""The quality of the sites: accessibility statements, pages seen by month, what is to be mended and read again."""
