"""The machines' saves: restic repositories behind one append-only restic-rest-server, acted upon from the disk."""
