"""Actions on operations, expenses and claims: every write of this room."""
