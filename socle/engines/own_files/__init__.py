"""The engine of the folders of the mairies, kept by this platform, and their network drive. Not the files: `files`."""
