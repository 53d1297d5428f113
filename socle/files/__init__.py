"""The shared folder of a mairie: its files, their versions, its bin, the links that lead to them. Not the documents that bind."""
