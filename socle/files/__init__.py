"""The shared folder of a mairie: its files, their versions, its bin, its links. Not the documents that bind."""
