"""What is done to the folder of a mairie and to what it holds. One action at a time changes a space: it is locked."""
