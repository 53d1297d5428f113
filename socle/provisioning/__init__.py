"""Services each commune should have and has, and the loop between the two. Not how each system does it: engines."""
