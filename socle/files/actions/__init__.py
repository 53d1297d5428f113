"""Actions on the folder of a mairie and on what it holds. One action at a time changes a space: it is locked."""
