"""What each commune should have, what it has, and the loop between the two. Not how each system does it: engines."""
